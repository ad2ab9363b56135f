"""One recipient mended by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from merge.errors import Misuse
from merge.model import Recipient
from merge.recipients import editing
from tests.facts import claims, wrong

RENNES = Recipient(key="35238", insee="35238", commune="Rennes", fields={"Remarque": "x"})
FACTS = Path(__file__).with_name("edits.txt")


def edited(before: str, *changes: str) -> tuple[str, ...]:
    """Each part that the changes change, and its problems; `before` is "sex=F; email=a@b"."""
    known = dict(part.split("=") for part in before.split("; ") if part)
    was = RENNES._replace(**known)  # type: ignore[arg-type]
    typed = dict(change.split("=", 1) for change in changes)
    try:
        now = editing.edited(was, typed)
    except Misuse as error:
        return f"refused: {error.code}", str(error.facts.get("reason") or "")
    changed = {
        name: getattr(now, name) for name in now._fields if getattr(now, name) != getattr(was, name)
    }
    changed |= changed.pop("fields", {})
    told = (problem.code for problem in editing.noticed(now, typed))
    return (
        *(f"{name} {_one_line(value)}".strip() for name, value in changed.items()),
        *(f"!{code}" for code in told),
    )


def _one_line(value: object) -> str:
    return " / ".join(value) if isinstance(value, tuple) else str(value or "")


def test_an_edit_changes_what_edits_txt_says_and_nothing_else() -> None:
    assert [line for claim in claims(FACTS) for line in wrong(FACTS, claim, edited)] == []


def test_a_cell_is_called_by_its_header_and_a_correction_by_its_name() -> None:
    cells = {"Tel": "1", "Tél": "2", "N° de tél": "3"}
    for called, name in [
        ("Tél", "Tél"),
        ("tel", "Tel"),
        ("N° DE TÉL", "N° de tél"),
        ("commune_de", "commune_de"),
    ]:
        after = editing.edited(RENNES._replace(fields=cells), {called: "du x"})
        assert after.fields == {**cells, name: "du x"}


def test_of_two_postcodes_both_are_told_until_an_edit_says_which() -> None:
    changes = {"adresse": "1 rue X, 35031 Rennes Cedex", "cp": "35000"}
    before = editing.edited(RENNES, changes)
    assert [problem.code for problem in editing.noticed(before, changes)] == ["second-postcode"]
    assert editing.edited(before, {"nom": "Martin"}).street == before.street
    after = editing.edited(before, {"cp": "35031"})
    assert (after.street, after.postcode, after.locality) == (("1 rue X",), "35031", "Rennes Cedex")
    assert not editing.noticed(after, {"cp": "35031"})


def test_who_is_no_commune_takes_another_name() -> None:
    person = Recipient(key="7", commune="Zoé")
    assert editing.edited(person, {"commune": "Zoé  Martin"}).commune == "Zoé Martin"


def test_a_refusal_calls_the_field_as_it_was_typed() -> None:
    with pytest.raises(Misuse) as caught:
        editing.edited(RENNES, {"Courriel": "toto"})
    assert caught.value.facts["field"] == "Courriel"
