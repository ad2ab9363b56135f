"""Claims about the fields of Word: each says what Word prints, or is a blank that is told."""

from __future__ import annotations

import datetime
from decimal import Decimal

from merge.letters import amounts, forms
from merge.letters.drafts import draft
from merge.letters.filters import ressemble
from merge.letters.idiom import FRENCH, Idiom
from merge.letters.kinds import Department
from tests.examples import each_line
from tests.word_files import docx, expanded

VILLE = "⦃‹ MERGEFIELD Ville \\* Upper ›⦙<run>x</run>⦄"
ZONE = "⦃‹ MERGEFIELD Zone ›⦙<run>x</run>⦄"
ASKED = f"⦃‹ IF ›{ZONE}‹ = Ille &quot;oui&quot; &quot;non&quot; ›⦙<run>non</run>⦄"


def source_of(paragraph: str, **meanings: str) -> str:
    return draft.read(docx(expanded(f"<p>{paragraph}</p>")), "x.docx").source(meanings)


def test_a_blank_with_a_filter_is_filled_as_the_column_and_the_filter() -> None:
    source = source_of(f"<run>à </run>{VILLE}<run> </run>{ZONE}", Ville="commune", Zone="")
    assert source.endswith("\n\n{{ commune|capitales|a }} [Zone]\n")


def test_a_condition_asks_for_what_its_blank_means() -> None:
    source = source_of(ZONE + ASKED, Zone="departement.nom")
    assert '{% if departement.nom == "Ille" %}oui' in source


# --- the filters ----------------------------------------------------------------------------------


@each_line
def test_a_date_stands_in_the_form_of_the_letter(form: str, expected: str) -> None:
    assert forms.date_in_form(datetime.date(2026, 3, 1), form, FRENCH) == expected


def test_a_date_in_another_language_is_in_its_words() -> None:
    day = datetime.date(2026, 3, 1)
    assert forms.date_in_form(day, "dddd d MMMM yyyy", Idiom("de")) == "Sonntag 1 März 2026"


@each_line
def test_a_number_stands_in_the_form_of_the_letter(typed: str, form: str, expected: str) -> None:
    number = amounts.number_of(typed)
    assert number is not None
    assert forms.number_in_form(number, form) == expected


@each_line
def test_what_is_no_number_or_may_be_two_is_none(typed: str) -> None:
    assert amounts.number_of(typed) is None


def test_a_number_is_exact() -> None:
    assert amounts.number_of("0,1") == Decimal("0.1")


@each_line
def test_words_are_compared_as_word_does(value: str, model: str, expected: bool) -> None:
    assert ressemble(value, model) is expected


@each_line
def test_a_departement_is_compared_by_its_code_or_its_name(
    code: str, name: str, model: str, expected: bool
) -> None:
    assert ressemble(Department(code, name), model) is expected


def test_what_word_asks_for_at_each_letter_is_never_who_writes() -> None:
    asked = expanded("<p>⦃‹ FILLIN &quot;Votre nom&quot; ›⦙<run>x</run>⦄</p>")
    (blank,) = draft.read(docx(asked), "a.docx").blanks_for("people")
    assert blank.proposal == "votre_nom"
