"""Claims about letters that people bring: the address, the residents, the reminder are theirs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from merge.app import campaigns, new, status
from merge.app.new import LETTER, REMINDER, model_letter
from merge.letters.drafts import addressee, draft
from merge.letters.drafts.draft import Draft
from merge.letters.drafts.unplaced import Unplaced
from merge.letters.leftovers import TO_WRITE
from merge.model import Audience
from merge.words import drafting
from tests.desk import Desk, begin
from tests.examples import each_line
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


def test_the_address_of_a_word_letter_is_left_out_and_told() -> None:
    rows = (("Civilité", "Nom"), ("Adresse",), ("CP", "Ville"))
    far = '<w:pPr><w:ind w:left="5103"/></w:pPr>'  # what it looked like is not told, too
    paragraphs = "".join(f"<w:p>{far}{merged(*row)}</w:p>" for row in rows)
    made = draft.read(docx(f"{paragraphs}<w:p>{word_run('Bonjour,')}</w:p>"), "x.docx")
    assert made.body == "Bonjour,\n"
    assert made.unplaced == (
        Unplaced(kind="address", words="[Civilité] [Nom] / [Adresse] / [CP] [Ville]"),
    )
    (said,) = drafting.unplaced_words(made.unplaced)
    assert "[CP] [Ville]" in said


# --- what blanks mean -----------------------------------------------------------------------------


def test_postcode_and_town_are_both() -> None:
    for name in ("CP_Ville", "CP Ville", "Code postal et ville"):
        source = new.letter(of_text(f"Objet : x\n\nJ'écris à [{name}].\n")).source
        assert source.endswith('J\'écris à {{ code_postal ~ " " ~ commune }}.\n')


def proposals(text: str, *, audience: Audience) -> dict[str, str]:
    blanks = of_text(text).blanks_for(audience)
    return {blank.name: blank.proposal for blank in blanks}


def test_civility_and_name_are_what_the_columns_say() -> None:
    text = "[Civilité] [Nom],\n\nNous vous écrivons de [Ville].\n"
    assert proposals(text, audience="people") == {
        "Civilité": "civilite",
        "Nom": "nom",
        "Ville": "ville",
    }
    assert proposals(text, audience="communes") == {
        "Civilité": '"Monsieur"|accord("Madame", "Madame, Monsieur")',
        "Nom": "maire.nom",
        "Ville": "commune",
    }
    assert proposals("[Civilité],\n", audience="communes") == {"Civilité": "titre"}


def of_fields(*names: str, around: str = "{}") -> Draft:
    fields = (simple(f" MERGEFIELD {name} ", f"«{name}»") for name in names)
    return draft.read(docx(f"<w:p>{around.format(''.join(fields))}</w:p>"), "lettre.docx")


def test_a_merge_field_is_a_column_and_never_what_the_program_says_by_itself() -> None:
    made = of_fields("Année", "Groupe", "Numéro", "Montant", "Nom", "CP_Ville")
    assert new.letter(made, subject="x", audience="people").meanings == {
        "Année": "colonne.annee",
        "Groupe": "colonne.groupe",
        "Numéro": "colonne.numero",
        "Montant": "montant",
        "Nom": "nom",
        "CP_Ville": 'code_postal ~ " " ~ ville',
    }


def test_a_merge_field_that_a_list_is_read_by_is_the_blank_of_that() -> None:
    made = of_fields("Société", "Mail", "Rue", "Localité", "Numéro")
    assert new.letter(made, subject="x", audience="people").meanings == {
        "Société": "organisation",
        "Mail": "courriel",
        "Rue": "adresse",
        "Localité": "ville",
        "Numéro": "colonne.numero",
    }
    in_list = new.blanks_of(made, "people", ("Société",))  # kept as a column of its own
    assert in_list[0].proposal == "societe"


@pytest.mark.parametrize(
    ("audience", "meant"),
    [
        ("communes", ("colonne.titre", "colonne.commune", "colonne.contact", "membre", "nom")),
        ("people", ("titre", "commune", "colonne.contact", "membre", "colonne.nom")),
    ],
)
def test_a_merge_field_is_the_column_of_its_name_whatever_else_it_could_mean(
    audience: Audience, meant: Sequence[str]
) -> None:
    names = ("Titre", "Commune", "Contact", "Membre", "Nom")
    assert [each.proposal for each in new.blanks_of(of_fields(*names), audience, names)] == [*meant]


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


def test_what_is_no_merge_field_is_what_the_program_says() -> None:
    assert proposals("Nous, [groupe], en [année]", audience="people") == {
        "groupe": "groupe",
        "année": "annee",
    }
    blanks = of_text("Le [groupe] de [Montant]").blanks_for("people", ("Groupe", "Montant"))
    assert [each.proposal for each in blanks] == ["groupe", "montant"]


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


@pytest.mark.parametrize("name", ["Contact", "Membre", "Groupe", "Nom", "Ville", "Mail"])
@pytest.mark.parametrize("audience", ["communes", "people"])
def test_what_is_compared_is_what_is_printed(name: str, audience: Audience) -> None:
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


def test_a_letter_to_people_says_nothing_of_mayors() -> None:
    made = new.letter(
        of_text("Objet : x\n\n[Prénom] [Nom]\n\nLe département de [département], [CP_Ville]\n"),
        audience="people",
    )
    assert made.meanings == {
        "Prénom": "prenom",
        "Nom": "nom",
        "département": "",
        "CP_Ville": 'code_postal ~ " " ~ ville',
    }


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


def test_the_reminder_of_an_own_letter_names_it_and_waits_for_its_words() -> None:
    said = new.own_reminder()
    quoted = "{{ premier_envoi.date }} : {{ premier_envoi.objet }}"
    assert said.startswith(f"---\nsubject: Notre lettre du {quoted}\n---\n")
    assert "[texte de la relance]" in said
    assert "vidéosurveillance" not in said


def test_the_model_s_reminder_is_foreign_to_another_letter_alone() -> None:
    model = new.model_reminder()
    letter = (new.model_letter() / LETTER).read_text("utf-8")
    assert not new.is_foreign_reminder(letter, model)
    assert new.is_foreign_reminder("---\nsubject: x\n---\n\nMadame,\n", model)
    assert not new.is_foreign_reminder("---\nsubject: x\n---\n\nMadame,\n", f"{model}!")


def test_a_new_campaign_with_an_own_letter_has_a_reminder_to_be_written(tmp_path: Path) -> None:
    own = tmp_path / "lettre.txt"
    own.write_text("Objet : Un banc\n\nMadame, un banc, s'il vous plaît.\n", "utf-8")
    begin(tmp_path / "campagne", own)
    reminder = (tmp_path / "campagne" / REMINDER).read_text("utf-8")
    assert reminder == new.own_reminder()


# --- the letter that is still to be written -------------------------------------------------------


def test_a_letter_to_be_written_is_the_first_thing_to_do_and_nothing_is_proposed_to_leave(
    tmp_path: Path,
) -> None:
    desk = Desk(tmp_path / "campaign")
    desk.make(audience="people")
    desk.ok("import", str(desk.sheet("Anne;MARTIN;a@example.org", header="Prénom;Nom;E-mail")))
    said = desk.ok("status").out
    assert "To do: write your letter in letter.md" in said
    assert "send --really" not in said
    checked = desk.run("check")
    assert (checked.code, "The letter has still to be written" in checked.err) == (2, True)
    assert campaigns.look(desk.folder).todo == status.TODOS["write"]
    letter = desk.folder / LETTER
    letter.write_text("---\nsubject: Vœux\n---\n\n{{ salutation }},\n\nBonne année !\n", "utf-8")
    assert "write your letter" not in desk.ok("status").out
    letter.unlink()  # told by whoever makes letters
    assert "write your letter" not in desk.ok("status").out


def test_what_is_to_be_written_stands_so_in_the_letters_that_we_begin() -> None:
    ordinary = model_letter().with_name("ordinary")
    begun = "".join((ordinary / name).read_text("utf-8") for name in (LETTER, REMINDER))
    assert {*re.findall(r"\[[^\]]+\]", begun)} - {"[sujet]"} == {*TO_WRITE}
