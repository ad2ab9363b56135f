"""Claims about `new --letter`: from a letter as somebody wrote it to the campaign's letter.md."""

from __future__ import annotations

import unicodedata
from itertools import product

import pytest

from merge.errors import LetterError
from merge.french.communes import reference
from merge.letters.drafts import draft
from merge.letters.drafts.draft import Draft
from merge.model import Channel, Sex
from merge.paper.fonts import configuration
from tests.desk import Said, run
from tests.examples import each_line
from tests.house import ROOT
from tests.vsa import mayor_of, rendered, vsa
from tests.word_files import docx, simple
from tests.word_files import run as word_run

GOLDEN = ROOT / "tests/golden"
LETTERS = GOLDEN / "letters-in"
ORIGINAL = GOLDEN / "vsa-original.txt"
MODEL = (ROOT / "templates/vsa/letter.md").read_text(encoding="utf-8")
SUBJECT = "Pas de vidéosurveillance algorithmique à [xx]"


def text_draft(text: str, name: str = "lettre.txt") -> Draft:
    return draft.read(text.encode(), name)


def proposals(made: Draft) -> dict[str, str]:
    return {blank.name: blank.proposal for blank in made.blanks}


# --- the model letter -----------------------------------------------------------------------------


def one_of_each_article_code() -> list[str]:
    found: dict[int | None, str] = {}
    for insee, commune in reference().items():
        if commune.postcodes:
            found.setdefault(commune.article_code, insee)
    return list(found.values())


def test_the_plain_letter_gives_the_letters_of_the_template():
    """To a town of each article, and to a mayor of whom nothing is known."""
    plain = draft.read(ORIGINAL.read_bytes(), ORIGINAL.name)
    filled = Draft(body=plain.body, subject=SUBJECT)
    mine, model = vsa(source=filled.source(proposals(filled))), vsa(source=MODEL)
    sexes: tuple[Sex, ...] = ("F", "M", None)
    for insee, sex in product(one_of_each_article_code(), sexes):
        for channel in (Channel.EMAIL, Channel.PAPER):
            made = rendered(mine, mayor_of(insee, sex), channel)
            assert made == rendered(model, mayor_of(insee, sex), channel)


# --- files ----------------------------------------------------------------------------------------


def test_a_text_is_read_in_the_encodings_that_people_have():
    for encoding, end in product(("utf-8", "utf-8-sig", "cp1252", "utf-16"), ("\n", "\r\n", "\r")):
        text = f"Objet : À lire{end}{end}L’été à [ville]…{end}"
        made = draft.read(text.encode(encoding), "Lettre.TXT")
        assert (made.subject, made.body) == ("À lire", "L’été à [ville]…\n"), (encoding, end)


@each_line
def test_accents_that_a_mac_keeps_apart_are_put_on_their_letters(name: str) -> None:
    apart = unicodedata.normalize("NFD", "Objet : l'été à [ville]\n\nMadame, à [ville], l'été.\n")
    made = text_draft(apart, name)
    assert unicodedata.is_normalized("NFC", made.source(proposals(made)))


@each_line
def test_another_kind_of_file_is_to_be_saved_anew(name: str) -> None:
    with pytest.raises(LetterError) as caught:
        draft.read(b"x", name)
    assert caught.value.code == "letter-not-word"


@each_line
def test_what_is_no_letter_is_refused_with_its_name(content: bytes, name: str, code: str) -> None:
    with pytest.raises(LetterError) as caught:
        draft.read(content, name)
    assert (caught.value.code, caught.value.path) == (code, name)


@each_line
def test_a_file_of_300_pages_is_refused_with_its_name(name: str) -> None:
    pages = ["La rue est un espace de droits. " * 94] * 300
    content = "\n\n".join(pages).encode()
    if name.endswith(".docx"):
        page = '<w:r><w:br w:type="page"/></w:r>'
        content = docx("".join(f"<w:p>{word_run(words)}{page}</w:p>" for words in pages))
    with pytest.raises(LetterError) as caught:
        draft.read(content, name)
    assert (caught.value.code, caught.value.path) == ("letter-of-a-book", name)
    assert caught.value.facts == {"n": 301 if name.endswith(".docx") else 300, "most": 100}


def test_a_letter_with_its_front_matter_is_taken_word_for_word() -> None:
    made = text_draft(MODEL, "ma-lettre.md")
    assert made.ready
    assert made.source({}) == MODEL


def test_a_markdown_letter_keeps_its_markup_and_gets_a_front_matter() -> None:
    made = text_draft("**Objet :** un \\*mot\\*\n\n# Titre\n\n*à* [ville]\n", "x.md")
    assert made.source(proposals(made)) == (
        "---\nsubject: un *mot*\n---\n\n# Titre\n\n*à* {{ commune }}\n"
    )


def test_braces_that_nobody_can_read_are_told_with_their_row() -> None:
    made = Draft(body="Bonjour {{ commune\n", subject="x")
    with pytest.raises(LetterError) as caught:
        draft.left_open(made.source({}), "letter.md")
    assert (caught.value.code, caught.value.row) == ("letter-syntax", 5)


@each_line
def test_a_subject_is_no_markdown(line: str, subject: str) -> None:
    assert draft.read(f"{line}\n\nBonjour".encode(), "x.md").subject == subject


def test_a_letter_that_other_hands_wrote_keeps_its_signs() -> None:
    made = draft.read((LETTERS / "collectif.txt").read_bytes(), "collectif.txt")
    assert made.source(proposals(made)) == (LETTERS / "collectif.md").read_text("utf-8")
    left = draft.left_open(made.source(proposals(made)), "letter.md")
    assert [(each.found, each.row) for each in left] == [("[bidule]", 15)]


def test_a_word_letter_has_subject_blanks_and_pictures() -> None:
    body = (
        f"<w:p>{word_run('Objet : ', 'b')}{word_run('à ')}{simple(' MERGEFIELD Commune ')}</w:p>"
        f"<w:p>{word_run('Habitants de ')}{simple(' MERGEFIELD Commune ', 'X', 'b')}.</w:p>"
    ).replace("</w:fldSimple>.", "</w:fldSimple>" + word_run("."))
    made = draft.read(docx(body), "lettre.docx")
    assert made.source(proposals(made)) == (
        "---\nsubject: {{ commune|a }}\n---\n\nHabitants {{ commune|de(gras=true) }}.\n"
    )


# --- the command ----------------------------------------------------------------------------------


@pytest.fixture
def new(tmp_path):
    """`new` with that Word letter, everything else told."""

    def run_it(letter: bytes) -> Said:
        (tmp_path / "lettre.docx").write_bytes(letter)
        options = ["--name", "Sans caméras", "--group", "Collectif", "--contact", "c@example.org"]
        options += ["--from", "g@example.org", "--place", "Rennes", "--subject", "x"]
        letter_of = ["--letter", str(tmp_path / "lettre.docx")]
        said = run("new", str(tmp_path / "campaign"), *options, *letter_of)
        assert said.code == 0, said.err
        return said

    return run_it


def test_pictures_of_a_word_letter_stand_in_the_campaign(new, tmp_path):
    new(
        docx(
            "<w:p><w:r><w:drawing><wp:inline><a:graphic><a:graphicData><pic:pic><pic:blipFill>"
            '<a:blip r:embed="png"/></pic:blipFill></pic:pic></a:graphicData></a:graphic>'
            "</wp:inline></w:drawing></w:r></w:p>"
        )
    )
    assert "![](picture-1.png)" in (tmp_path / "campaign/letter.md").read_text("utf-8")
    assert (tmp_path / "campaign/picture-1.png").read_bytes().startswith(b"\x89PNG")


def in_fonts(*fonts: str) -> bytes:
    runs = "".join(
        f'<w:r><w:rPr><w:rFonts w:ascii="{font}"/></w:rPr><w:t>{"mot " * (9 - 8 * i)}</w:t></w:r>'
        for i, font in enumerate(fonts)
    )
    return docx(f"<w:p>{runs}</w:p>")


def test_pages_are_set_in_the_font_of_a_letter_that_this_computer_has(new, tmp_path, monkeypatch):
    monkeypatch.setattr(configuration, "present", lambda style: configuration.named(style))
    said = new(in_fonts("Garamond", "Comic Sans MS")).err
    assert "Garamond" in said
    assert "Comic Sans MS" in said
    look = (tmp_path / "campaign/letter.css").read_text("utf-8")
    assert look.endswith('html {\n  font-family: "Garamond", serif;\n}\n')
    assert look.startswith((ROOT / "templates/vsa/letter.css").read_text("utf-8"))
