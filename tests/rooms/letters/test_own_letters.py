"""Claims about letters that people bring: the address, the residents, the reminder are theirs."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

from merge.app import new
from merge.app.new import LETTER, REMINDER, model_letter
from merge.letters.drafts import addressee, draft
from merge.letters.drafts.draft import Draft
from merge.letters.drafts.unplaced import Unplaced
from merge.letters.leftovers import TO_WRITE
from merge.model import Audience
from tests.examples import each_line
from tests.facts import wrong
from tests.word_files import char, code, docx, field, simple
from tests.word_files import run as word_run


def of_text(text: str) -> Draft:
    return draft.read(text.encode(), "lettre.txt")


def merged(*names: str) -> str:
    return word_run(" ").join(simple(f' MERGEFIELD "{name}" ') for name in names)


# --- the block of the address ---------------------------------------------------------------------


@each_line
def test_the_block_of_the_address_is_left_to_the_envelope(block: str) -> None:
    body, lines = addressee.without_address(f"Collectif\n\n{block}\n\nMadame,\n")
    assert body == "Collectif\n\nMadame,\n"
    assert lines[0].replace("\\", "") in block


@each_line
def test_what_is_no_block_of_the_address_stays(text: str) -> None:
    assert addressee.without_address(text) == (text, ())


def test_a_div_that_only_held_the_address_goes_with_it() -> None:
    block = "[Nom]\n\n[Adresse]\n\n[CP] [Ville]"
    body, _lines = addressee.without_address(f"a\n\n::: indent\n{block}\n:::\n\nb\n")
    assert body == "a\n\nb\n"
    body, _lines = addressee.without_address(f"::: right\n{block}\n\nle 3 mai\n:::\n\nb\n")
    assert body == "::: right\nle 3 mai\n:::\n\nb\n"


def test_the_address_of_a_word_letter_is_left_out_with_its_look():
    rows = (("Civilité", "Nom"), ("Adresse",), ("CP", "Ville"))
    far = '<w:pPr><w:ind w:left="5103"/></w:pPr>'
    paragraphs = "".join(f"<w:p>{far}{merged(*row)}</w:p>" for row in rows)
    made = draft.read(docx(f"{paragraphs}<w:p>{word_run('Bonjour,')}</w:p>"), "x.docx")
    assert made.body == "Bonjour,\n"
    assert made.unplaced == (
        Unplaced(kind="address", words="[Civilité] [Nom] / [Adresse] / [CP] [Ville]"),
    )


# --- what blanks mean -----------------------------------------------------------------------------


def of_fields(*names: str, around: str = "{}") -> Draft:
    fields = (simple(f" MERGEFIELD {name} ", f"«{name}»") for name in names)
    return draft.read(docx(f"<w:p>{around.format(''.join(fields))}</w:p>"), "lettre.docx")


BLANKS = Path(__file__).with_suffix(".txt")


def test_a_blank_of_a_text_means_what_its_words_say():
    def meant(audience: Audience, typed: str) -> list[str]:
        return [each.proposal for each in of_text(typed).blanks_for(audience)]

    assert wrong(BLANKS, "what a blank of a text means", meant) == []


def test_a_merge_field_is_a_column_of_the_list_before_it_is_anything_else():
    def meant(audience: Audience, in_list: str, *names: str) -> list[str]:
        columns = [each for each in in_list.split(", ") if each]
        return [each.proposal for each in new.blanks_of(of_fields(*names), audience, columns)]

    assert wrong(BLANKS, "what a merge field means", meant) == []


_LINE = "<w:r><w:br/></w:r>"


def test_a_subject_among_references_leaves_no_sign_in_their_paragraph() -> None:
    made = draft.read(
        docx(
            f"<w:p>{word_run('Nos réf. : 12')}{_LINE}{word_run('Objet : le bruit')}{_LINE}"
            f"{word_run('PJ : 2')}</w:p>"
        ),
        "a.docx",
    )
    assert (made.subject, made.body) == ("le bruit", "Nos réf. : 12\\\nPJ : 2\n")
    last = draft.read("Nos réf. : 12\\\nObjet : le bruit\n\nMadame,\n".encode(), "a.md")
    assert last.body == "Nos réf. : 12\n\nMadame,\n"


def test_a_merge_field_to_mayors_is_theirs_beyond_doubt() -> None:
    made = of_fields("Civilité", "Nom", "Commune")
    assert {blank.name: blank.certain for blank in made.blanks_for("communes")} == {
        "Civilité": True,
        "Nom": True,
        "Commune": True,
    }
    assert not any(blank.certain for blank in of_text("[Nom]").blanks_for("communes"))


def test_the_civility_of_a_mayor_is_said_without_the_office_as_a_cell_says_it() -> None:
    made = of_fields("Civilité", around="{}" + word_run(" le Maire,"))
    source = new.letter(made, subject="x").source
    assert '{{ "Monsieur"|accord("Madame", "Madame, Monsieur") }} le Maire,' in source


def of_condition(name: str, compared: str, *, around: str = "{}") -> Draft:
    inner = field(f" MERGEFIELD {name} ", word_run("x"))
    made = char("begin") + code(" IF ") + inner + code(f' {compared} "a" "b" ') + char("separate")
    whole = around.format(made + word_run("a") + char("end"))
    return draft.read(docx(f"<w:p>{whole}</w:p>"), "x.docx")


@each_line
def test_a_condition_on_the_civility_of_a_mayor_asks_for_the_sex(
    name: str, compared: str, asked: str
) -> None:
    for around in ("{}", "{} " + simple(" MERGEFIELD Civilité ")):
        made = of_condition(name, compared, around=around)
        assert f"{{% if {asked} %}}a" in new.letter(made, subject="x").source


def test_a_condition_on_a_civility_that_a_list_to_mayors_keeps_asks_for_its_column() -> None:
    made = of_condition("Civilité", '= "Madame"', around="{} " + simple(" MERGEFIELD Civilité "))
    source = new.letter(made, subject="x", columns=("Civilité",)).source
    assert '{% if civilite == "Madame" %}' in source


@each_line
def test_a_condition_never_asks_for_what_says_something_of_the_writer(
    name: str, audience: Audience, asked: str
) -> None:
    made = of_condition(name, '<> "x"')
    source = new.letter(made, subject="x", audience=audience).source
    assert f'{{% if {asked} != "x" %}}' in source


@each_line
def test_a_condition_on_a_kept_column_with_a_name_of_ours_compares_the_column(
    name: str, audience: Audience, asked: str
) -> None:
    made = of_condition(name, '= "Madame"')
    source = new.letter(made, subject="x", audience=audience, columns=(name,)).source
    assert f'{{% if {asked} == "Madame" %}}' in source


def test_what_is_compared_is_what_is_printed():
    names: list[str] = ["Contact", "Membre", "Groupe", "Nom", "Ville", "Mail"]
    audiences: list[Audience] = ["communes", "people"]
    for name, audience in product(names, audiences):
        printed = new.letter(of_fields(name), subject="x", audience=audience).meanings[name]
        compared = new.letter(of_condition(name, '= "x"'), subject="x", audience=audience).source
        assert f'{{% if {printed} == "x" %}}' in compared


def test_the_day_of_a_letter_stays_beside_a_column_of_dates() -> None:
    dated = f"<w:p>{word_run('Brest, le ')}{field(' DATE ', word_run('3 mai'))}</w:p>"
    paid = f"<w:p>{word_run('payée le ')}{simple(' MERGEFIELD Date ')}</w:p>"
    made = draft.read(docx(dated + paid), "lettre.docx")
    source = new.letter(made, subject="x", audience="people").source
    assert "Brest, le {{ date }}" in source
    assert "payée le {{ colonne.date }}" in source


# --- who lives there ------------------------------------------------------------------------------


@each_line
def test_what_is_around_the_town_goes_with_it(around: str) -> None:
    words = f"Nous, habitants de [ville] {around}".rstrip()
    made = new.letter(of_text(f"Objet : x\n\n{words}, demandons.\n"), residents=False)
    assert made.source.endswith("\n\nNous, {{ groupe }}, demandons.\n")
    ((before, after),) = made.residence_changes
    assert before == words.replace("de [ville]", "{{ commune|de }}") + ","
    assert after == "Nous, {{ groupe }},"


# --- the reminder ---------------------------------------------------------------------------------


def test_the_model_s_reminder_is_foreign_to_another_letter_alone() -> None:
    model = new.model_reminder()
    letter = (new.model_letter() / LETTER).read_text("utf-8")
    assert not new.is_foreign_reminder(letter, model)
    assert new.is_foreign_reminder("---\nsubject: x\n---\n\nMadame,\n", model)
    assert not new.is_foreign_reminder("---\nsubject: x\n---\n\nMadame,\n", f"{model}!")


def test_what_is_to_be_written_stands_so_in_the_letters_that_we_begin() -> None:
    ordinary = model_letter().with_name("ordinary")
    begun = "".join((ordinary / name).read_text("utf-8") for name in (LETTER, REMINDER))
    assert {*re.findall(r"\[[^\]]+\]", begun)} - {"[sujet]"} == {*TO_WRITE}
