"""The small language of blanks: agreement, prepositions that melt, and how deep a letter may go."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from merge.errors import LetterError
from merge.french.communes import reference
from merge.letters import filling, filters, language
from merge.letters.kinds import Department, Empty, Town, Written
from merge.letters.leftovers import slips
from tests.examples import each_line

NAMES = frozenset({"commune", "departement", "lieu", "sexe"})


def used(source: str, *, names: frozenset[str] = NAMES) -> frozenset[str]:
    return language.read(source, path="letter.md", first_row=1, names=names)


def filled(source: str, **values: object) -> str:
    return filling.compile_text(source, "letter.md").render(values)


# --- agreement with the mayor ---------------------------------------------------------------------


@each_line
def test_a_word_agrees_with_the_mayor(
    blank: str, feminine: str, masculine: str, unknown: str
) -> None:
    assert filled(blank, sexe="F", commune="Y") == feminine
    assert filled(blank, sexe="M", commune="Y") == masculine
    for nobody_knows in (Empty("sex"), "", "X"):
        assert filled(blank, sexe=nobody_knows, commune="Y") == unknown


def test_a_letter_with_an_agreement_uses_the_sex() -> None:
    assert used('{{ "élu"|accord("élue") }}') == {"sexe"}
    assert used("{{ commune|de }}") == {"commune"}


def test_an_agreement_in_html_is_escaped() -> None:
    blank = filling.compile_html('{{ "<b>"|accord("&") }}', "letter.md")
    assert blank.render({"sexe": "F"}) == "&amp;"
    assert blank.render({"sexe": "M"}) == "&lt;b&gt;"


# --- the preposition and the name -----------------------------------------------------------------


def test_bold_changes_no_word_of_any_commune() -> None:
    for commune in reference().values():
        town = Town(commune.name, commune.article_code)
        for melt in (filters.de, filters.a):
            bold = melt(town, gras=True)
            assert bold == melt(town)
            assert isinstance(bold, Written)
            (_none, before), (tag, name) = bold.pieces
            assert (tag, before + name) == ("strong", bold)
            assert town.endswith(name)


@each_line
def test_another_filter_before_the_preposition_changes_nothing_of_it(
    blank: str, havre: str, hyeres: str, ham: str
) -> None:
    for insee, expected in (("76351", havre), ("83069", hyeres), ("80410", ham)):
        town = Town(reference()[insee].name, reference()[insee].article_code)
        assert filled(f"{{{{ {blank} }}}}", commune=town) == expected


def test_a_capital_stands_at_the_beginning_of_what_is_partly_bold() -> None:
    havre = Town("Le Havre", 2)
    assert filled("{{ commune|a(gras=true)|majuscule }}", commune=havre) == "Au Havre"
    own = Town("salle des fêtes", None, "salle des fêtes")  # and no preposition
    bold = filters.de(own, gras=True)
    assert isinstance(bold, Written)
    assert bold.pieces == (("", ""), ("strong", "salle des fêtes"))
    assert filters.majuscule(bold) == "Salle des fêtes"


def test_what_a_row_has_typed_is_changed_behind_its_preposition() -> None:
    town = Town("Le Bourg d'Ys", None, "du bourg d'Ys", "")
    assert filled("{{ commune|capitales|de }}", commune=town) == "du BOURG D'YS"
    assert filled("{{ commune|insecable|de }}", commune=town) == "du bourg\u00a0d'Ys"
    assert filled("{{ commune|insecable|a }}", commune=town) == "au Bourg\u00a0d'Ys"
    ain = Department("01", Town("Ain", None, "de l'Ain"))
    assert filled("{{ departement|capitales|de }}", departement=ain) == "de l'AIN"
    assert filters.de(Town("Le Vernet-Chaméane", 0).changed(str.upper)) == "du VERNET-CHAMÉANE"


@each_line
def test_a_preposition_of_the_authors_does_not_melt_into_a_bare_blank(
    words: str, found: str, suggestion: str
) -> None:
    (slip,) = slips(f"Un\n\n{words}", first_row=5)
    assert (slip.kind, slip.found, slip.suggestion, slip.row) == (
        "preposition",
        found,
        suggestion,
        7,
    )
    used(suggestion)
    assert not list(slips(suggestion))


@each_line
def test_what_melts_or_has_nothing_to_melt_is_no_slip(words: str) -> None:
    assert not list(slips(words))


@each_line
def test_a_name_behind_que_is_told_for_it_may_begin_with_a_vowel(found: str) -> None:
    told = [(slip.kind, slip.found, slip.row) for slip in slips(f"Un\n{found} dit")]
    assert told == [("elision", found, 2)]


@each_line
def test_what_has_its_preposition_may_stand_behind_que(words: str) -> None:
    assert not list(slips(words))


@each_line
def test_markup_that_letters_do_not_have_is_told(source: str, found: str) -> None:
    told = [(slip.kind, slip.found) for slip in slips(source)]
    assert told == [("markup", found)]


@each_line
def test_rules_and_lists_are_markup_of_a_letter(words: str) -> None:
    assert not list(slips(words))


@each_line
def test_a_slip_is_told_with_its_row(words: str, kind: str, found: str, suggestion: str) -> None:
    (slip,) = slips(f"Un {{{{ lieu }}}}\n{{# deux\ntrois #}}\n{words}", first_row=5)
    assert (slip.kind, slip.found, slip.suggestion) == (kind, found, suggestion)
    assert slip.row == 8


@each_line
def test_words_that_hold_a_slip_are_none(words: str) -> None:
    assert not list(slips(words))


def test_a_sign_that_nobody_sees_is_told_once() -> None:
    source = "un {{ commune }}\ndeux \u202etrois\u202c\nquatre \u202e\x0b\u200b cinq"
    told = [(slip.kind, slip.found, slip.row) for slip in slips(source)]
    assert told == [
        ("invisible", "U+202E", 2),
        ("invisible", "U+202C", 2),
        ("invisible", "U+000B", 3),
    ]


def test_each_place_is_told_with_its_own_row_and_blank() -> None:
    source = "de {{ lieu|de }} {{ maire }}\nde {{ commune }}\n{# rien\n#}à **{{ lieu }}**"
    assert [(slip.found, slip.row) for slip in slips(source)] == [
        ("de {{ lieu|de }}", 1),
        ("de {{ commune }}", 2),
        ("à **{{ lieu }}**", 4),
    ]


# --- comparisons ----------------------------------------------------------------------------------

COMPARED = NAMES | {"departement", "maire", "population", "adherents"}


@each_line
def test_a_comparison_that_is_so_in_no_letter_is_refused(test: str, vain: str) -> None:
    with pytest.raises(LetterError) as caught:
        used(f"Un\n{{% if {test} %}}oui{{% endif %}}", names=COMPARED)
    assert (caught.value.code, caught.value.facts["name"]) == ("compared-in-vain", vain)
    assert caught.value.row == 2


@each_line
def test_a_comparison_that_may_be_so_passes(test: str) -> None:
    used(f"{{% if {test} %}}oui{{% endif %}}", names=COMPARED)


# --- how deep a letter may go ---------------------------------------------------------------------


def test_choices_within_choices_as_a_person_writes_them_pass() -> None:
    ten = "{% if sexe %}" * 10 + "oui" + "{% endif %}" * 10
    used(ten)
    assert filled(ten, sexe="F") == "oui"


@pytest.fixture
def nothing_collected() -> Iterator[None]:
    """At the bottom of a full stack, what other tests left to the collector cannot be ended."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("nothing_collected")
@pytest.mark.parametrize(
    "source",
    [
        "{% if sexe %}" * 100 + "{% endif %}" * 100,
        "{% if sexe %}" * 100_000 + "{% endif %}" * 100_000,
        "{{ " + "(" * 100_000 + "commune" + ")" * 100_000 + " }}",
        "{{ commune" + "|majuscule" * 5_000 + " }}",
        "{{ " + "not " * 5_000 + "commune }}",
        "{{ commune" + " and commune" * 5_000 + " }}",
        "{{ commune " + "if sexe else commune " * 5_000 + " }}",
    ],
    ids=["100 ifs", "100,000 ifs", "brackets", "filters", "not", "and", "if else"],
)
def test_what_no_person_writes_is_refused_and_not_a_crash(source: str) -> None:
    with pytest.raises(LetterError) as caught:
        language.read(f"Un\n{source}", path="letter.md", first_row=4, names=NAMES)
    assert (caught.value.code, caught.value.facts["words"]) == ("letter-runaway", "depth")
    assert caught.value.row in (4, 5)


# --- slots ----------------------------------------------------------------------------------------


def test_what_letter_after_letter_says_is_in_memory_once() -> None:
    template = filling.compile_html("<p>{{ lieu }} à {{ commune }}, le 5.</p>", "page.html")
    nice, y = (
        template.slotted({"lieu": "Salle des fêtes", "commune": name}) for name in ("Nice", "Y")
    )
    assert nice.parts == ("<p>", " à ", ", le 5.</p>")
    assert (nice.values, y.values) == (("Salle des fêtes", "Nice"), ("Salle des fêtes", "Y"))
    pairs = [*zip(nice.parts, y.parts, strict=True), (nice.values[0], y.values[0])]
    assert all(one is other for one, other in pairs)
