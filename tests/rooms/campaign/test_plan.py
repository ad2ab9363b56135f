"""Who is written to, on which channel, and who is meant by a word."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from merge.app.chosen import Narrowing, called, the_one
from merge.campaign.digests import fingerprint
from merge.channels import channel_for
from merge.errors import Misuse
from merge.model import Channel, Recipient, Status
from tests.facts import wrong
from tests.fakes import PlainTemplate, town
from tests.place import Make

TOWNS = [
    town(1, commune="Le Havre"),
    town(2, commune="Saint-Denis", email="Mairie@Example.org"),
    town(3, commune="Saint-Denis"),
]


CHANNELS = [
    (town(1), Channel.EMAIL),
    (town(1, email=None), Channel.PAPER),
    (town(1, email=None, postcode=""), None),
    (town(1, email=None, locality=""), None),
    (town(1, postcode=""), Channel.EMAIL),
]


def test_e_mail_where_there_is_an_address_paper_for_the_rest() -> None:
    assert [channel_for(recipient) for recipient, _ in CHANNELS] == [one for _, one in CHANNELS]


def a_town(said: str) -> Recipient:
    """As "00002 Saint-Denis <mairie@example.org>"."""
    key, _, rest = said.partition(" ")
    name, _, email = rest.partition(" <")
    return Recipient(key=key, commune=name, email=email.strip(">") or None)


def a_person(said: str) -> Recipient:
    """As "1 Anne/Roy/Acme"."""
    key, _, rest = said.partition(" ")
    first, surname, organisation = (*rest.split("/"), "")[:3]
    return Recipient(key=key, first_name=first, surname=surname, organisation=organisation)


def meant(of: Callable[[str], Recipient], there: str, word: str) -> str:
    return " ".join(each.key for each in called([of(one) for one in there.split("; ")], word))


def test_a_word_names_by_code_name_or_address() -> None:
    text = Path(__file__).with_suffix(".txt")
    assert wrong(text, "towns", partial(meant, a_town)) == []
    assert wrong(text, "people", partial(meant, a_person)) == []


def test_several_of_one_name_are_listed_and_none_is_taken() -> None:
    with pytest.raises(Misuse, match="several-called") as caught:
        the_one(TOWNS, "Saint-Denis")
    assert caught.value.facts["keys"] == "00002 (Saint-Denis), 00003 (Saint-Denis)"


def test_a_narrowing_that_names_nobody_is_an_error_and_not_nothing_to_do(make: Make) -> None:
    with make(TOWNS).opened("read") as sender:
        deliveries = sender.ledger.deliveries()
    for narrowing in (Narrowing(communes=["Trifouillis"]), Narrowing(departments=["75"])):
        with pytest.raises(Misuse):
            narrowing.keys(TOWNS, deliveries)
    assert Narrowing().keys(TOWNS, deliveries) is None
    assert Narrowing(departments=["0"]).keys(TOWNS, deliveries) == ["00001", "00002", "00003"]
    assert Narrowing(statuses=[Status.SENT]).keys(TOWNS, deliveries) == []
    assert Narrowing(communes=["00003", "00001"]).keys(TOWNS, deliveries) == ["00001", "00003"]


def test_a_resorted_sheet_changes_no_letter_and_another_name_does() -> None:
    letter, one = PlainTemplate(), town(1)
    same = fingerprint(letter, one._replace(row=99, source="other.csv"))
    assert same == fingerprint(letter, one)
    assert fingerprint(letter, one._replace(surname="Durand")) != same
    assert fingerprint(PlainTemplate(version="2"), one) != same


# Its value may never change: a letter that was refused for now is known by it in ledgers of old.
KNOWN_FINGERPRINT = "bcd1c628c54339a4f41ba7504ae9bfed3b307448688b0169d58ace13d68a5b31"


def test_a_letter_is_known_again_by_every_later_version_of_the_program() -> None:
    rennes = Recipient(
        key="35238",
        commune="Rennes",
        insee="35238",
        article_code=0,
        department="35",
        population=225081,
        sex="F",
        first_name="Nathalie",
        surname="Été",
        email="mairie@example.org",
        alternates=("b@example.org",),
        street=("Place de la Mairie",),
        postcode="35000",
        locality="Rennes",
        fields={"Téléphone": "02", "a": "é"},
        source="x.csv",
        row=7,
    )
    assert fingerprint(PlainTemplate(), rennes, by="groupe@example.org") == KNOWN_FINGERPRINT
