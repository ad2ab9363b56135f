"""Several rows → recipients, or reasons; of one alone rows.txt tells."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merge.errors import SheetError
from merge.french.communes import reference
from merge.recipients.sheet import Sheet, read_sheet
from tests.facts import claims, wrong
from tests.house import ROOT
from tests.tables import everyone_in, imported, people_told

FACTS = Path(__file__).with_name("contacts.txt")


def told(headers: str, rows: str) -> tuple[str, ...]:
    data = "\n".join([headers, *rows.split(" / ")]).encode()
    return tuple(each.replace(" | ", ", ") for each in people_told(data))


def test_what_is_taken_of_several_rows_is_what_contacts_txt_says() -> None:
    assert [line for claim in claims(FACTS) for line in wrong(FACTS, claim, told)] == []


def test_the_sample_is_taken_whole() -> None:
    table = read_sheet(ROOT / "data" / "communes.csv")
    found, problems = everyone_in(table)
    assert problems == []
    assert len(found) == len(table.frame) >= 65
    assert sum(recipient.email is None for recipient in found) == 6
    assert {recipient.article_code for recipient in found} == {0, 1, 2, 3, 4, 5, 6, 8, None}


def test_what_is_no_departement_is_refused() -> None:
    with pytest.raises(SheetError, match="value-unfit"):
        imported("commune", ("Montbouy",), department="453")


def test_a_very_long_address_is_left_as_it_is_typed() -> None:
    typed = "1 rue X " + "12345 - " * 5_000 + "9"
    [recipient], _ = imported("INSEE;Adresse", ("35238", typed))
    assert (recipient.street, recipient.postcode) == ((typed,), "")


ACCENTED = [c for c in list(reference().values())[::90] if "é" in c.name or "è" in c.name][:30]
PLAIN = [c for c in list(reference().values())[::90] if c.name.isascii()][:30]


def as_read(encoding: str, read_as: str, headers: str) -> Sheet:
    rows = [f"{c.insee};{c.name};{c.department}" for c in (*PLAIN, *ACCENTED)]
    return read_sheet(io.BytesIO("\n".join([headers, *rows]).encode(encoding)), encoding=read_as)


WRONG_READINGS = """
utf-8 cp1252, utf-8 mac-roman, utf-8 latin-1, cp1252 mac-roman, cp1252 cp850, cp1252 cp1251,
mac-roman latin-1"""


def test_a_wrong_encoding_never_passes_in_silence() -> None:
    for encoding, read_as in map(str.split, WRONG_READINGS.split(",")):
        for headers in ("INSEE;Commune;Dep", "x;Commune;Dep"):
            with pytest.raises(SheetError) as caught:
                everyone_in(as_read(encoding, read_as, headers))
            assert caught.value.code == "wrong-encoding-or-column"
            assert caught.value.facts["encoding"] == read_as
            assert caught.value.facts["examples"]


def test_the_right_encoding_passes() -> None:
    for headers in ("INSEE;Commune;Dep", "x;Commune;Dep"):
        found, _ = everyone_in(as_read("cp1252", "cp1252", headers))
        assert len(found) == len(PLAIN) + len(ACCENTED)


def test_a_column_of_names_moved_by_one_row_stops_the_import() -> None:
    moved = [*PLAIN[1:], *PLAIN[:1]]
    rows = [(own.insee, other.name) for own, other in zip(PLAIN, moved, strict=True)]
    with pytest.raises(SheetError) as caught:
        imported("INSEE;Commune", *rows)
    assert caught.value.code == "wrong-encoding-or-column"


def test_a_renamed_commune_here_and_there_stops_nothing() -> None:
    rows = [(commune.insee, commune.name) for commune in (*PLAIN, *ACCENTED)]
    rows[3] = (rows[3][0], "Villeneuve-Ancienne")
    found, [problem] = imported("INSEE;Commune", *rows)
    assert len(found) == len(rows)
    assert (problem.code, problem.suggestion) == ("name-disagrees", PLAIN[3].name)


def test_accents_left_out_by_hand_are_no_wrong_encoding() -> None:
    rows = [(c.insee, c.name.upper().translate(str.maketrans("ÉÈ", "EE"))) for c in ACCENTED]
    assert len(imported("INSEE;Commune", *rows)[0]) == len(rows)


def test_a_code_of_another_departement_than_was_named_is_left_out() -> None:
    found, [problem] = imported("INSEE", ("35238",), ("29019",), department="35")
    assert (len(found), problem.code, problem.row) == (1, "department-disagrees", 3)


def test_where_no_name_can_prove_the_encoding_that_is_told() -> None:
    sheet = "INSEE;Nom\n35238;Éric\n35360;Zoé\n"
    assert everyone_in(read_sheet(io.BytesIO(sheet.encode())))[1] == []
    _, [problem] = everyone_in(read_sheet(io.BytesIO(sheet.encode("cp1252"))))
    assert (problem.code, problem.value, problem.suggestion) == (
        "encoding-unproven",
        "Éric",
        "cp1252",
    )


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6) | st.sampled_from(
    ["35238", "1004", "Rennes", "a@b.fr", "M", "35", "nan"]
)


# Three spoilt names would be a wrong encoding.
@given(st.lists(st.lists(CELL, min_size=9, max_size=9).filter(any), min_size=1, max_size=2))
def test_every_row_is_a_recipient_or_has_a_reason(rows: list[list[str]]) -> None:
    headers = "INSEE;Commune;Dep;Sexe;Nom;Mail;Adresse;CP;Autre"
    found, problems = imported(headers, *rows)
    kept = {recipient.row for recipient in found}
    lost = {problem.row for problem in problems if not problem.taken}
    assert kept | lost == set(range(2, len(rows) + 2))
    assert not kept & lost
    assert len({recipient.key for recipient in found}) == len(found)
