"""What a person must say yes to is found in the author's words, and nothing else is."""

from __future__ import annotations

from typing import Any

from merge.french.communes import reference
from merge.letters.remarks import OTHER_THINGS, Remark, Remarks
from merge.model import Recipient
from tests.examples import each_line
from tests.house import ROOT
from tests.vsa import town_of

VSA = (ROOT / "templates" / "vsa" / "letter.md").read_text(encoding="utf-8")


EVERYONE = tuple(map(town_of, reference()))


def named(body: str) -> list[tuple[str, int]]:
    """The names that are told over all communes, with their rows in the body."""
    found = Remarks(f"---\nsubject: x\n---\n{body}", EVERYONE).found()
    return [(each.words, each.row - 3) for each in found if each.code == "recipient-named"]


def the_one(code: str, body: str, *recipients: Recipient, **options: Any) -> Remark | None:
    found = Remarks(body, recipients, **options).found()
    return next((each for each in found if each.code == code), None)


# --- the model letter, to all communes ------------------------------------------------------------


def test_the_model_letter_names_montpellier_and_no_other_commune() -> None:
    (remark,) = [each for each in Remarks(VSA, EVERYONE).found() if each.code == "recipient-named"]
    assert (remark.keys, remark.words) == (("34172",), "Montpellier")
    assert "Montpellier" in VSA.splitlines()[remark.row - 1]


def test_the_model_letter_says_ville_to_every_village_and_claims_to_live_everywhere() -> None:
    by_code = {each.code: each for each in Remarks(VSA, EVERYONE).found()}
    village, residence = by_code["village-called-ville"], by_code["claims-residence"]
    assert len(village.keys) == sum(
        each.population is not None and each.population < 2000 for each in EVERYONE
    )
    assert (village.words, residence.words) == ("la ville", "Nous, habitant·es")
    assert len(residence.keys) == len(EVERYONE)
    assert by_code["guessed-article"].keys == tuple(
        each.key for each in EVERYONE if each.article_code is None
    )


# --- guesses --------------------------------------------------------------------------------------

NOUMEA = town_of("98818")


def test_a_guess_is_told_where_the_letter_uses_it() -> None:
    source = "Un\n\nhabitants {{ commune|de }}"
    remark = the_one("guessed-article", source, NOUMEA, town_of("76351"))
    assert remark == Remark(code="guessed-article", keys=("98818",), words="de Nouméa", row=3)
    assert the_one("guessed-article", "habitants, {{ commune }}", NOUMEA) is None
    assert the_one("guessed-article", "fait {{ lieu|a }}", NOUMEA) is None


def test_a_name_that_no_reference_has_is_a_guess() -> None:
    unknown = Recipient(key="x", commune="Les Essarts-d'Exemple")
    remark = the_one("guessed-article", "{{ commune|a(gras=true) }}", unknown)
    assert remark is not None
    assert remark.words == "aux Essarts-d'Exemple"


def test_a_correction_of_the_row_is_no_guess() -> None:
    corrected = NOUMEA._replace(fields={"Commune de": "de Nouméa"})
    assert the_one("guessed-article", "{{ commune|de }}", corrected) is None
    assert the_one("guessed-article", "{{ commune|de }} {{ commune|a }}", corrected) is not None
    empty = NOUMEA._replace(fields={"commune_de": " "})
    assert the_one("guessed-article", "{{ commune|de }}", empty) is not None


# --- a recipient named in the letter --------------------------------------------------------------


@each_line
def test_a_town_is_told_that_the_letter_speaks_of_it(body: str, names: list[str]) -> None:
    assert [f"{row} {words}" for words, row in named(body)] == names


@each_line
def test_what_is_no_town_is_not_told(body: str) -> None:
    assert named(body) == []


def test_what_stands_behind_a_choice_is_told() -> None:
    assert named("{% if insee == '35238' %}\na{% endif %}\nMontpellier") == [("Montpellier", 3)]


def test_towns_of_one_name_are_told_together() -> None:
    remark = the_one("recipient-named", "comme à Saint-Denis", *EVERYONE)
    assert remark is not None
    assert {"93066", "97411"} < set(remark.keys)


def test_the_words_that_are_other_things_are_communes_too() -> None:
    assert {each.commune for each in EVERYONE} >= OTHER_THINGS


# --- a title of one sex ---------------------------------------------------------------------------

WOMAN = town_of("06088")._replace(sex="F")
MAN = town_of("35238")._replace(sex="M")
SOMEBODY = town_of("80829")


@each_line
def test_a_title_of_one_sex_is_told_where_it_goes_to_the_other(
    body: str, words: str, keys: tuple[str, ...]
) -> None:
    assert the_one("called-otherwise", body, WOMAN, MAN, SOMEBODY) == Remark(
        code="called-otherwise", keys=keys, words=words, row=2
    )


def test_men_alone_may_be_called_so() -> None:
    assert the_one("called-otherwise", "Monsieur le Maire,", MAN) is None


@each_line
def test_both_sexes_and_other_mayors_are_no_title_of_the_reader(body: str) -> None:
    assert the_one("called-otherwise", body, WOMAN, MAN, SOMEBODY) is None


# --- a village called a town ----------------------------------------------------------------------

VILLAGE = town_of("80829")  # Y


@each_line
def test_a_village_is_told_that_it_is_called_a_town(body: str, words: str) -> None:
    town = town_of("76351")
    assert the_one("village-called-ville", body, VILLAGE, town) == Remark(
        code="village-called-ville", keys=("80829",), words=words, row=2
    )
    assert the_one("village-called-ville", body, town) is None
    assert the_one("village-called-ville", body, VILLAGE._replace(population=None)) is None


@each_line
def test_other_towns_and_set_phrases_call_no_village_a_town(body: str) -> None:
    assert the_one("village-called-ville", body, VILLAGE) is None


# --- who lives there ------------------------------------------------------------------------------


@each_line
def test_a_claim_to_live_there_is_told_to_those_where_no_signer_lives(
    body: str, words: str | None
) -> None:
    remark = the_one(
        "claims-residence", body, VILLAGE, NOUMEA, towns_with_signers=frozenset({"98818"})
    )
    assert remark is not None
    assert (remark.keys, remark.row) == (("80829",), 2)
    assert words in (None, remark.words)
    assert the_one("claims-residence", body, NOUMEA, towns_with_signers={"98818"}) is None


@each_line
def test_who_claims_nothing_is_not_told(body: str) -> None:
    assert the_one("claims-residence", body, VILLAGE) is None
