"""Blanks as words in brackets, and back, in both languages."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merge.app.new import LETTER, REMINDER, model_letter
from merge.letters import blanks, language
from merge.letters.values import OF_OTHERS
from merge.model import Audience
from merge.words import speaking
from merge.words.blanks import LANGUAGES, lost, menu, to_source, to_words, words_of
from merge.words.language import opened_for

COLUMNS = ("Quartier", "Nom de l'élu", "Prix [€]", "Est-ce sûr ?")


def in_language(code: str, source: str, audience: Audience = "communes") -> str:
    with speaking(code):
        opened_for(audience)
        return to_words(source, COLUMNS)


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("name", [LETTER, REMINDER])
def test_a_model_letter_is_the_same_after_it_was_words(name: str, code: str) -> None:
    source = (model_letter() / name).read_text()
    assert to_source(in_language(code, source)) == source


def test_words_of_one_language_are_understood_while_the_other_is_spoken() -> None:
    words = in_language("fr", "{{ commune|de }} {{ quartier }}")
    with speaking("en"):
        assert to_source(words) == "{{ commune|de }} {{ quartier }}"


@pytest.mark.parametrize(
    ("words", "gone"),
    [
        ("Cher [prenom], à [nom de la commune] !", ""),
        ("Cher [prenom], au [comune]", "[nom de la commune]"),
        ("Cher [prenom], à [nom de la commune", "[nom de la commune]"),
        ("Cher [prenom], à nom de la commune", "[nom de la commune]"),
        ("Cher [prenom], à [name of the commune]", ""),
        ("Cher [prenom]", ""),  # taken out whole
        ("Cher ami", ""),
    ],
)
def test_a_blank_that_is_half_left_is_told(words: str, gone: str) -> None:
    assert [*lost("Cher [prenom], à [nom de la commune]", words)] == [gone][: bool(gone)]


def test_any_space_and_any_apostrophe_will_do() -> None:
    assert to_source("[le  jour de l’envoi] [colonne :\u00a0Quartier]") == (
        "{{ date }} {{ quartier }}"
    )


@pytest.mark.parametrize("audience", get_args(Audience))
@pytest.mark.parametrize("code", LANGUAGES)
def test_every_choice_of_the_menu_has_words_of_its_own(code: str, audience: Audience) -> None:
    with speaking(code):
        opened_for(audience)
        groups = menu(COLUMNS, is_reminder=True, has_lines=True)
        choices = [each for group in groups for each in group.choices]
    assert len({expression for expression, _words in choices}) == len(choices)
    for expression, _words in choices:
        with speaking(code):
            opened_for(audience)
            assert to_source(f"[{words_of(expression, COLUMNS)}]") == f"{{{{ {expression} }}}}"


def test_lines_are_offered_to_a_letter_of_several_rows_alone() -> None:
    opened_for("people")
    offered, other = (
        {expression for group in menu(COLUMNS, has_lines=each) for expression, _ in group.choices}
        for each in (True, False)
    )
    assert offered - other == {
        *("nombre_lignes", "ligne.quartier", "ligne.nom_de_l_elu", "ligne.prix"),
        *("ligne.est_ce_sur", "total.quartier", "total.nom_de_l_elu", "total.prix"),
        "total.est_ce_sur",
    }


def test_every_name_of_people_and_organisations_has_words() -> None:
    for name in OF_OTHERS:
        words = in_language("en", f"{{{{ {name} }}}}", "people")
        assert not words.startswith("[column")


def test_an_author_who_writes_to_communes_keeps_words_that_are_blanks_elsewhere() -> None:
    assert to_source("Cher [prénom], à [ville]") == "Cher [prénom], à [ville]"


def test_the_menu_offers_each_audience_what_its_letters_may_name() -> None:
    for audience in get_args(Audience):
        opened_for(audience)
        offered = {each for group in menu(OF_OTHERS) for each, _words in group.choices}
        has_communes = audience == "communes"
        assert ("commune" in offered, "maire" in offered) == (has_communes, has_communes)
        assert offered.issuperset(OF_OTHERS)
    opened_for("people")
    assert "A column of the list" not in [group.label for group in menu()]
    (of_list,) = (group for group in menu(("Date", "Quartier")) if "column" in group.label)
    assert of_list.choices == [("colonne.date", "Date"), ("quartier", "Quartier")]
    of_mayors = menu(("Titre", "Département"))[-1].choices  # which no blank of people is called
    assert of_mayors == [("titre", "Titre"), ("departement", "Département")]
    assert to_words("{{ titre }}", ("Titre",)) == "[column: Titre]"
    of_lines = menu(("Date",), has_lines=True)[-1]
    assert "ligne.date" in [each for each, _words in of_lines.choices]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{{ colonne.date }}", "[colonne\u00a0: Date]"),
        ("{{ colonne.quartier }}", "[formule\u00a0: colonne.quartier]"),
        ("{{ ligne.date }}", "[dans chaque ligne\u00a0: Date]"),
    ],
)
def test_a_column_that_is_called_as_a_blank_of_ours_has_words(source: str, words: str) -> None:
    with speaking("fr"):
        opened_for("people")
        assert to_words(source, ("Date", "Quartier")) == words
        assert to_source(words) == source


@pytest.mark.parametrize("name", sorted(blanks.NAMES | {"local"}))
def test_every_name_that_a_letter_may_use_has_words(name: str) -> None:
    for code in LANGUAGES:
        words = in_language(code, f"{{{{ {name} }}}}")
        assert not words.startswith("[column")
        assert not words.startswith("[colonne")
        assert to_source(words) == f"{{{{ {name} }}}}"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("[Nom]", "[Nom]"),
        ("\\[date]", "\\[date]"),
        ("[nom de la commune]", "[nom de la commune ?]"),
        ("[nom de la commune ?]", "[nom de la commune ? ?]"),
        ("[ici](http://example.org)", "[ici](http://example.org)"),
        ("{% if population %}x{% endif %}", "{% if population %}x{% endif %}"),
        ('{{ "Cher"|accord("Chère") }}', "[Cher / Chère]"),
        ("{{ quartier }}", "[colonne\u00a0: Quartier]"),
        ("{{ prix }}", "[colonne\u00a0: prix]"),
        ("{{ echeance|date_longue }}", "[formule\u00a0: echeance|date_longue]"),
        ('{{ "[" }}', '{{ "[" }}'),
        ("{{ commune }}(1)", "{{ commune }}(1)"),
        ("{{ commune }}[date]", "{{ commune }}[date]"),
        ("{{- commune }}", "{{- commune }}"),
    ],
)
def test_what_the_author_wrote_survives(source: str, words: str) -> None:
    assert in_language("fr", source) == words
    assert to_source(words) == source


PIECES = [
    *("[", "]", "(", ")", "\\", "!", " ", "?", " ?", "/", " / ", "\n", "{", "}", "{{", "}}", '"'),
    *("{{ commune|de }}", "{{ date }}", "{{ quartier }}", "{{ x|capitales }}", "{% if x %}"),
    *('{{ "Cher"|accord("Chère") }}', "{{ est_ce_sur }}", "{{- date }}", "{# [date] #}"),
    *("[date]", "[le jour de l'envoi]", "[the day of sending]", "[colonne : Quartier]", "[xx]"),
    *("[column: a]", "[Cher / Chère]", "[formule : commune]", "mot", "[le jour de l’envoi ?]"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join), st.sampled_from(LANGUAGES))
def test_a_source_is_the_same_after_it_was_words(source: str, code: str) -> None:
    assert to_source(in_language(code, source)) == spaced(source)


def spaced(source: str) -> str:
    """Each blank with its spaces, as words give it back."""
    return re.sub(
        r"\{\{ *([^{}]*?) *\}\}",
        lambda found: f"{{{{ {found[1]} }}}}" if blanks.is_expression(found[1]) else found[0],
        source,
    )


@given(st.text(max_size=30))
def test_what_somebody_types_settles(words: str) -> None:
    source = to_source(words)
    assert to_source(in_language("fr", source)) == source


def test_the_names_of_a_letter_stay_the_same_through_words() -> None:
    source = (model_letter() / LETTER).read_text()
    assert language.named(to_source(in_language("en", source))) == language.named(source)
