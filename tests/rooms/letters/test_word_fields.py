"""Claims about the fields of Word: each says what Word prints, or is a blank that is told."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from merge.letters import amounts, forms
from merge.letters.drafts import draft
from merge.letters.drafts.unplaced import Unplaced
from merge.letters.idiom import FRENCH, Idiom
from tests.examples import each_line
from tests.rooms.letters.test_word import char, code, docx, field, letter, markdown, run


def merged(name: str, switches: str = "") -> str:
    return field(f" MERGEFIELD {name} {switches}", run("x"))


def condition(left: str, operator: str, right: str, first: str, second: str = "") -> str:
    """An IF whose left side and words are fields or text, as Word writes them."""

    def part(words: str) -> str:
        return words if words.startswith("<") else code(words)

    return (
        char("begin")
        + "".join(map(part, (" IF ", left, f' {operator} {right} "', first, '" "', second, '" ')))
        + char("separate")
        + run("résultat d'avant")
        + char("end")
    )


def one(paragraph: str) -> str:
    return markdown(run("a "), paragraph).removeprefix("a\n\n")


# --- switches -------------------------------------------------------------------------------------


@each_line
def test_a_switch_is_a_filter(switches: str, expected: str) -> None:
    assert one(merged("Ville", switches)) == expected


@each_line
def test_a_switch_that_no_filter_is_leaves_a_blank_and_is_told(switches: str) -> None:
    made = letter(f"<w:p>{run('Prix ')}{merged('Prix', switches)}</w:p>")
    assert made.markdown.startswith("Prix [MERGEFIELD Prix")
    (told,) = made.unplaced
    assert (told.kind, told.place) == ("rule", "Prix x")


def test_a_blank_with_a_filter_is_filled_as_the_column_and_the_filter() -> None:
    town, zone = merged("Ville", "\\* Upper"), merged("Zone")
    body = f"<w:p>{run('à ')}{town}{run(' ')}{zone}</w:p>"
    source = draft.read(docx(body), "x.docx").source({"Ville": "commune", "Zone": ""})
    assert source.endswith("\n\n{{ commune|capitales|a }} [Zone]\n")


# --- conditions -----------------------------------------------------------------------------------


@each_line
def test_a_condition_is_an_if_with_both_ways(operator: str, right: str, expected: str) -> None:
    made = one(condition(merged("Ville"), operator, right, "oui", "non"))
    assert made == f"{{% if {expected} %}}oui{{% else %}}non{{% endif %}}"


@each_line
def test_a_condition_of_a_word_file_that_libreoffice_saved_is_read(
    said: str, expected: str
) -> None:
    made = one(field(f' IF {said} "oui" "non" ', run("oui")))
    if expected:
        assert made == f"{{% if {expected} %}}oui{{% else %}}non{{% endif %}}"
    else:
        assert made.startswith("[IF ")


def test_a_condition_may_have_one_way_only() -> None:
    only = condition(merged("Ville"), "=", '"A"', "oui")
    assert one(only) == '{% if ville == "A" %}oui{% endif %}'
    other = condition(merged("Ville"), "=", '"A"', "", "non")
    assert one(other) == '{% if ville != "A" %}non{% endif %}'
    wild = condition(merged("Ville"), "<>", '"A*"', "", "non")
    assert one(wild) == '{% if ville|ressemble("A*") %}non{% endif %}'


def test_conditions_stand_in_conditions_with_fields() -> None:
    inner = condition(merged("Age"), "<", "18", "cher ", "chère ")
    made = one(condition(merged("Type"), "=", '"J"', inner, merged("Nom", r"\* Upper")))
    assert made == (
        '{% if type == "J" %}{% if age|nombre < 18 %}cher {% else %}chère {% endif %}'
        "{% else %}[Nom|capitales]{% endif %}"
    )


def test_a_condition_over_paragraphs_keeps_its_lines() -> None:
    begin = char("begin") + code(" IF ") + merged("Type") + code(' = "J" "un')
    made = markdown(begin, code('deux" "trois" ') + char("separate") + run("un") + char("end"))
    assert made == '{% if type == "J" %}un\\\ndeux{% else %}trois{% endif %}'


def test_a_quoted_field_and_one_on_the_right_are_compared() -> None:
    quoted = char("begin") + code(' IF "') + merged("Type") + code('" = "J" "a" "b" ') + char("end")
    assert one(quoted) == '{% if type == "J" %}a{% else %}b{% endif %}'
    turned = char("begin") + code(" IF 5 < ") + merged("N") + code(' "a" "b" ') + char("end")
    assert one(turned) == "{% if n|nombre > 5 %}a{% else %}b{% endif %}"
    both = char("begin") + code(" IF ") + merged("A") + code(" = ") + merged("B")
    assert one(both + code(' "a" "b" ') + char("end")) == ("{% if a == b %}a{% else %}b{% endif %}")


@pytest.mark.parametrize(
    "said",
    [
        condition(merged("Sexe"), "=", '"Femme"', "une", "un"),  # it is F, M or nothing
        condition(merged("Ville"), ">", '"M"', "une", "un"),
        field(' IF 1 = 1 "une" "un" ', run("une")),
        condition(field(" = 2 + 2 ", run("4")), "=", "4", "une", "un"),
        condition(merged("Ville"), "=", '"A"', "{une", "un"),
    ],
)
def test_a_condition_that_no_letter_can_say_is_a_blank_with_all_its_words(said: str) -> None:
    made = letter(f"<w:p>{said}</w:p>")
    assert made.markdown.startswith("[IF ")
    assert made.markdown.rstrip().endswith("une un")
    assert "rule" in {each.kind for each in made.unplaced}


def test_a_condition_asks_for_what_its_blank_means() -> None:
    asked = condition(merged("Dép"), "=", "Ille", "oui", "non")
    body = f"<w:p>{merged('Dép')} {asked}</w:p>"
    made = draft.read(docx(body), "x.docx").source({"Dép": "departement.nom"})
    assert '{% if departement.nom == "Ille" %}oui' in made


# --- codes of rows, bookmarks, the rest -----------------------------------------------------------


@each_line
def test_what_chooses_rows_or_counts_stays_open_and_is_told(said: str) -> None:
    made = letter(f"<w:p>{run('mot ')}{field(said, run('6'))}</w:p>")
    assert made.markdown.startswith("mot [")
    assert made.unplaced == (
        Unplaced(kind="rule", words=" ".join(said.split()), place=made.unplaced[0].place),
    )


def test_what_one_field_sets_another_says() -> None:
    setting = field(' SET lieu "Le ').replace(char("end"), "") + merged("Lieu") + code('" ')
    made = markdown(setting + char("end"), run("à ") + field(" REF lieu ", run("avant")))
    assert made == "à Le [Lieu]"


def test_a_link_that_is_another_for_each_is_told() -> None:
    link = (
        char("begin")
        + code(' HYPERLINK "https://example.org/')
        + merged("Code")
        + code('" ')
        + char("separate")
        + run("ici")
        + char("end")
    )
    made = letter(f"<w:p>{link}</w:p>")
    assert "ici" in made.markdown
    assert [each.kind for each in made.unplaced] == ["code"]


def test_hidden_words_are_told() -> None:
    made = letter(f"<w:p>{run('Tout ')}{run('à vérifier', 'vanish')}{run('va.')}</w:p>")
    assert made.unplaced == (Unplaced(kind="hidden", words="à vérifier", place="Tout va."),)


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
    from merge.letters.filters import ressemble

    assert ressemble(value, model) is expected


@each_line
def test_a_departement_is_compared_by_its_code_or_its_name(
    code: str, name: str, model: str, expected: bool
) -> None:
    from merge.letters.filters import ressemble
    from merge.letters.kinds import Department

    assert ressemble(Department(code, name), model) is expected


@each_line
def test_a_greeting_keeps_its_words_its_name_and_its_comma(form: str, expected: str) -> None:
    assert one(field(f' GREETINGLINE \\f "{form}" \\l 1036 ', run("x"))) == expected


def test_what_word_asks_for_at_each_letter_is_never_who_writes() -> None:
    asked = field(' FILLIN "Votre nom" ', run("x"))
    (blank,) = draft.read(docx(f"<w:p>{asked}</w:p>"), "a.docx").blanks_for("people")
    assert blank.proposal == "votre_nom"
