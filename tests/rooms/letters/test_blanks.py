"""Claims about the blanks of letters that other hands wrote."""

from __future__ import annotations

import pytest

from merge.errors import LetterError
from merge.letters import blanks
from merge.letters.drafts.draft import claims_residence, without_residents
from merge.letters.leftovers import leftovers
from tests.examples import each_line


def proposed(text: str) -> dict[str, str]:
    """The text's blanks by name, with what is proposed for each."""
    return {blank.name: blank.proposal for blank in blanks.find(text)}


def with_proposals(text: str) -> str:
    return blanks.filled(text, proposed(text))


# --- what is a blank, and what it means -----------------------------------------------------------


@each_line
def test_a_blank_is_understood_in_whatever_hand_with_its_preposition(
    text: str, source: str
) -> None:
    assert with_proposals(text) == source


@each_line
def test_the_town_that_a_letter_is_dated_from_is_not_its_readers(text: str) -> None:
    assert list(proposed(text).values()) == ["lieu", "date"]


@each_line
def test_what_only_looks_like_a_blank_is_left_alone(text: str) -> None:
    assert blanks.find(text) == ()


@each_line
def test_a_choice_is_one_blank(choice: str, meaning: str) -> None:
    (blank,) = blanks.find(f"{choice}, nous")
    assert (blank.found, blank.proposal, blank.certain) == (choice, meaning, True)


def test_what_a_blank_is_asked_with_is_whole_words() -> None:
    """« déosurveillance algorithmique à [xx] », and the backslash of a line break."""
    text = "Objet : la vidéosurveillance algorithmique à [xx], et ce que nous en pensons tous"
    (blank,) = blanks.find(text)
    assert blank.around == "algorithmique à [xx], et ce que nous en pensons"
    (blank,) = blanks.find("Habitants de [xx], vous\\\ncomptez")
    assert blank.around == "Habitants de [xx], vous"
    for blank in blanks.find('Soit [Montant|nombre("# ##0,00 €")] au [Terme|date_longue].'):
        assert blank.around == "Soit [Montant] au [Terme]."


def test_a_blank_says_where_it_stands() -> None:
    text = "Bonjour,\n\nla ville de **[xx]** dit"
    (blank,) = blanks.find(text)
    assert (blank.name, blank.row) == ("xx", 3)
    assert text[blank.start : blank.end] == blank.found == "de **[xx]**"
    assert blank.around == "la ville de **[xx]** dit"


@each_line
def test_each_blank_has_a_name_and_what_it_may_mean(text: str, meant: list[str]) -> None:
    """With a "?" where that is not beyond doubt, for a person may have to say it."""
    found = [
        f"{blank.name}: {blank.proposal}{'' if blank.certain else '?'}"
        for blank in blanks.find(text)
    ]
    assert found == meant


# --- names ----------------------------------------------------------------------------------------


@each_line
def test_a_mark_means_what_it_means_elsewhere(mark: str, certain: bool) -> None:
    first, second = blanks.find(f"habitants de {mark}, bonjour {mark}")
    assert (first.name, first.certain) == (second.name, True)
    assert (second.proposal, second.certain) == ("commune", certain)


# --- filling --------------------------------------------------------------------------------------


def test_what_is_not_understood_stays_and_is_found_as_a_leftover() -> None:
    text = "Le [bidule], «Vœu_du_conseil», ____ et <truc>, de [machin]"
    source = blanks.filled(text, {})
    assert source == "Le [bidule], [Vœu_du_conseil], [____] et [truc], de [machin]"
    assert [left.found for left in leftovers(source)] == [
        "[bidule]", "[Vœu_du_conseil]", "[____]", "[truc]", "[machin]",
    ]  # fmt: skip


def test_a_day_that_nobody_wrote_is_found_as_a_leftover() -> None:
    found = [left.found for left in leftovers("Rennes, le JJ/MM/AAAA, puis le xx/xx/2026")]
    assert found == ["JJ/MM/AAAA", "xx/xx/2026"]


@each_line
def test_what_looks_like_a_blank_is_found_in_its_row(blank: str) -> None:
    (left,) = leftovers(f"Un\n{{# deux\ntrois #}}\nle {blank}.", first_row=5)
    assert (left.found in blank, left.row) == (True, 8)
    (left,) = leftovers(f"{blank}.")
    assert left.row == 1


@each_line
def test_what_is_no_blank_is_no_leftover(words: str) -> None:
    assert list(leftovers(f"le {words}.")) == []


def test_prepositions_to_choose_from_mean_nothing_by_themselves() -> None:
    text = "le département [du/de la/des] [truc]"
    assert [left.found for left in leftovers(with_proposals(text))] == ["[du/de la/des]", "[truc]"]


def test_a_choice_that_nobody_makes_is_found_as_a_leftover() -> None:
    assert list(leftovers(blanks.filled("Monsieur le Maire / Madame la Maire,", {})))


@each_line
def test_a_person_may_say_what_a_blank_means(meaning: str, source: str) -> None:
    assert blanks.filled("pour de **[truc]**", {"truc": meaning}) == source


def test_another_meaning_than_the_proposed_one_melts_with_the_preposition_too() -> None:
    text = "au nom de [maire] du [groupe]"
    assert with_proposals(text) == "au nom de {{ maire }} du {{ groupe }}"
    assert blanks.filled(text, {"maire": "commune"}) == "au nom {{ commune|de }} du [groupe]"


def test_what_is_filled_has_no_blanks_any_more() -> None:
    source = with_proposals("A [lieu], le [date]\n\nhabitants de **[xx]**, [Signature]")
    assert blanks.filled(source, proposed(source)) == source


@each_line
def test_a_meaning_may_be_typed_as_people_say_it(typed: str, expression: str) -> None:
    assert blanks.meaning(typed) == expression


def test_a_column_of_a_sheet_to_come_is_known_as_such() -> None:
    assert blanks.column_of("voeu_du_conseil|majuscule") == "voeu_du_conseil"
    assert blanks.column_of("commune|de") == blanks.column_of("'mot'") == ""


@each_line
def test_a_meaning_that_the_language_cannot_say_is_refused(typed: str) -> None:
    with pytest.raises(LetterError) as caught:
        blanks.meaning(typed)
    assert (caught.value.code, caught.value.facts["value"]) == ("value-unfit", typed)


# --- residents ------------------------------------------------------------------------------------


@each_line
def test_the_group_says_its_name_where_nobody_who_signs_lives(claim: str) -> None:
    assert claims_residence(claim)
    assert without_residents(claim) == "Nous, {{ groupe }}, demandons"


def test_a_letter_about_inhabitants_claims_nothing() -> None:
    about = "Nous pensons aux habitant·es {{ commune|de }}, à tous les habitants."
    assert not claims_residence(about)
    assert without_residents(about) == about
