"""Claims about who writes and who signs, as the letter's blanks say it."""

from __future__ import annotations

import dataclasses
import datetime

import pytest

from merge.letters.kinds import Empty, Unwritable
from merge.letters.signers import Signer
from merge.letters.values import Values, Writer
from merge.model import Recipient
from tests.examples import each_line

WRITER = Writer(
    name="Le collectif",
    contact="contact@example.org",
    address=(),
    place="Rennes",
    place_article_code=0,
    signature=("Pour le collectif,", "Jeanne"),
    address_source="l'annuaire",
)
SIGNERS = (Signer(name="Ali", insee="76351"), Signer(name="Zoé"))
HAVRE = Recipient(key="76351", commune="Le Havre", insee="76351")
RENNES = Recipient(key="35238", commune="Rennes", insee="35238")
ABROAD = Recipient(key="bruxelles", commune="Bruxelles")


def value(blank: str, recipient: Recipient = HAVRE, **writer: object) -> object:
    values = Values(
        writer=dataclasses.replace(WRITER, **writer),  # type: ignore[arg-type]
        date=datetime.date(2026, 3, 1),
        feminine="la Maire",
        columns=(),
    )
    return values.of(recipient, [blank])[blank]


@pytest.mark.parametrize(
    ("recipient", "names"), [(HAVRE, ["Zoé", "Ali"]), (RENNES, ["Zoé"]), (ABROAD, ["Zoé"])]
)
def test_each_letter_is_signed_by_the_campaigns_signers_and_its_towns_own(
    recipient: Recipient, names: list[str]
) -> None:
    signature = "\n".join(["Pour le collectif,", "Jeanne", *names])
    assert value("signature", recipient, signers=SIGNERS) == signature
    assert value("signataires", recipient, signers=SIGNERS) == " et ".join(names)


@each_line
def test_a_mayor_is_called_by_a_surname_and_never_by_a_first_name_alone(
    first_name: str, surname: str, full: str | None
) -> None:
    found = value("maire", RENNES._replace(first_name=first_name, surname=surname))
    if full is None:
        assert not found
        with pytest.raises(Unwritable, match="empty-value"):
            str(found)
    else:
        assert found
        assert str(found) == full


def test_without_a_signature_the_name_signs() -> None:
    assert value("signature", signature=()) == "Le collectif"


def test_a_signature_of_nothing_is_a_fault_of_everybodys_letter() -> None:
    found = value("signature", signature=("",))
    with pytest.raises(Unwritable) as caught:
        str(found)
    assert (caught.value.field, caught.value.of_writer) == ("signature", True)


def test_a_town_without_signers_is_that_letters_fault_and_not_everybodys() -> None:
    found = value("signataires", RENNES, signers=SIGNERS[:1])
    assert not found
    with pytest.raises(Unwritable) as caught:
        str(found)
    assert (caught.value.code, caught.value.of_writer) == ("no-signer", False)


def test_without_any_signer_a_letter_that_names_them_is_nobodys() -> None:
    found = value("signataires")
    assert isinstance(found, Empty)
    assert found.of_writer


def test_an_answer_goes_where_the_writer_says_else_to_the_contact() -> None:
    assert value("repondre_a", reply_to="b@example.org") == "b@example.org"
    assert value("repondre_a") == "contact@example.org"


@each_line
def test_what_the_writer_has_not_said_can_be_asked_for_and_not_written(blank: str) -> None:
    empty = dict.fromkeys(("name", "contact", "address_source", "place"), " ")
    found = value(blank, HAVRE, **empty)
    assert not found
    with pytest.raises(Unwritable) as caught:
        str(found)
    assert caught.value.of_writer
