"""Claims about `new --letter`: from a letter as somebody wrote it to the campaign's letter.md."""

from __future__ import annotations

import unicodedata
from pathlib import Path

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


@pytest.mark.parametrize("sex", ["F", "M", None])
@pytest.mark.parametrize("insee", one_of_each_article_code())
def test_the_plain_letter_gives_the_letters_of_the_template(insee: str, sex: Sex) -> None:
    plain = draft.read(ORIGINAL.read_bytes(), ORIGINAL.name)
    filled = Draft(body=plain.body, subject=SUBJECT)
    mine, model = vsa(source=filled.source(proposals(filled))), vsa(source=MODEL)
    for channel in (Channel.EMAIL, Channel.PAPER):
        made = rendered(mine, mayor_of(insee, sex), channel)
        assert made == rendered(model, mayor_of(insee, sex), channel)


# --- files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_text_is_read_in_the_encodings_that_people_have(encoding: str, end: str) -> None:
    text = f"Objet : À lire{end}{end}L’été à [ville]…{end}"
    made = draft.read(text.encode(encoding), "Lettre.TXT")
    assert (made.subject, made.body) == ("À lire", "L’été à [ville]…\n")


@each_line
def test_accents_that_a_mac_keeps_apart_are_put_on_their_letters(name: str) -> None:
    apart = unicodedata.normalize("NFD", "Objet : l'été à [ville]\n\nMadame, à [ville], l'été.\n")
    made = text_draft(apart, name)
    assert unicodedata.is_normalized("NFC", made.source(proposals(made)))


def test_an_old_windows_file_is_read() -> None:
    made = draft.read((LETTERS / "windows.txt").read_bytes(), "windows.txt")
    assert made.subject == "À lire"
    assert made.source(proposals(made)).endswith("La ville {{ commune|de }} n’est pas à vendre…\n")


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


def test_a_line_that_tells_the_subject_is_no_part_of_the_letter() -> None:
    made = text_draft("Zoé\nObjet : ni caméras_ni *micros* à [xx]\n\nHabitants de [xx]")
    assert made.source(proposals(made)) == (
        "---\nsubject: ni caméras_ni *micros* {{ commune|a }}\n---\n\n"
        "Zoé\n\nHabitants {{ commune|de }}\n"
    )


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


class Group:
    """Somebody who types `new`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "campaign"
        self.file = folder / "lettre.txt"

    def new(self, *words: str, letter: str | bytes | None = None, typed: str = "") -> Said:
        """`new`, everything but the letter told."""
        options = ["--name", "Sans caméras", "--group", "Collectif", "--contact", "c@example.org"]
        options += ["--from", "g@example.org", "--place", "Rennes"]
        if letter is not None:
            content = letter.encode() if isinstance(letter, str) else letter
            self.file.write_bytes(content)
            options += ["--letter", str(self.file)]
        return run("new", str(self.folder), *options, *words, typed=typed)

    @property
    def letter(self) -> str:
        return (self.folder / "letter.md").read_text(encoding="utf-8")


@pytest.fixture
def group(tmp_path: Path) -> Group:
    return Group(tmp_path)


@pytest.fixture
def someone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("merge.cli.output.somebody_is_there", lambda: True)


def test_a_script_takes_the_plain_letter_as_it_is(group: Group) -> None:
    said = group.new("--subject", SUBJECT, letter=ORIGINAL.read_bytes())
    assert (said.code, group.letter) == (0, MODEL)
    assert "aux États-Unis" in said.err  # the broken line was joined, and that is said


def test_without_a_letter_it_is_the_model(group: Group) -> None:
    assert (group.new().code, group.letter) == (0, MODEL)
    assert (group.folder / "letter.css").exists()


def test_a_script_fills_what_is_beyond_doubt_and_lists_the_rest(group: Group) -> None:
    said = group.new(letter="À [bidule], habitants de [ville], [nom]\n")
    assert said.code == 0
    assert "À [bidule], habitants {{ commune|de }}, [nom]" in group.letter
    assert "letter.md:5" in said.err
    assert "[bidule]" in said.err
    assert "[nom]" in said.err
    assert "subject: Sans caméras\n" in group.letter


def test_a_script_fills_no_blank_that_is_in_doubt_in_one_place(group: Group) -> None:
    assert group.new(letter="habitants de XXX, bonjour XXX\n").code == 0
    assert "habitants de [XXX], bonjour [XXX]" in group.letter


def test_fill_says_what_a_blank_means(group: Group) -> None:
    said = group.new(
        *("--fill", "BIDULE=ville", "--fill", "nom=Vœu", "--fill", "xx="),
        letter="À [bidule] [nom] de [xx], ville de [xx]\n",
    )
    assert said.code == 0
    assert "{{ commune|a|majuscule }} {{ voeu }} de [xx], ville de [xx]" in group.letter
    assert "“voeu”" in said.err  # a column of the sheet to come


@pytest.mark.parametrize(
    ("letter", "fill", "told"),
    [
        ("[ville]", "truc=commune", "“truc”"),
        ("[ville]", "ville", "--fill BLANK=MEANING"),
        ("[ville]", "ville=7*7", "“7*7”"),
        (MODEL, "xx=commune", "already has"),
    ],
)
def test_a_fill_that_means_nothing_is_refused(
    group: Group, letter: str, fill: str, told: str
) -> None:
    group.file = group.file.with_suffix(".md")
    said = group.new("--fill", fill, letter=letter)
    assert (said.code, told in said.err, group.folder.exists()) == (2, True, False), said.err


def test_a_letter_to_people_is_filled_with_what_people_have(group: Group) -> None:
    said = group.new(
        *("--for", "people", "--address-source", "votre adhésion", "--fill", "bidule=Quartier"),
        *("--fill", "machin=ville", "--fill", "truc=organisation"),
        letter="Bonjour [prénom] [nom],\n\nRendez-vous à [ville], le [bidule]: [machin], [truc].\n",
    )
    assert said.code == 0, said.err
    assert "Bonjour {{ prenom }} {{ nom }},\n\nRendez-vous à {{ ville }}" in group.letter
    assert "le {{ quartier }}: {{ ville }}, {{ organisation }}." in group.letter
    assert "“quartier”" in said.err
    assert "“prenom”" not in said.err  # no column need come
    assert "maire" not in group.letter + said.err


def test_a_letter_is_needed_to_fill_its_blanks(group: Group) -> None:
    assert group.new("--fill", "xx=commune").code == 2
    assert group.new("--subject", "x").code == 2
    assert not group.folder.exists()


@pytest.mark.usefixtures("someone")
def test_no_blank_is_asked_for(group: Group) -> None:
    said = group.new("--fill", "zut=slogan", letter="[bidule] de [xx], ville de [xx], [zut]\n")
    assert said.code == 0, said.err
    assert "[bidule] {{ commune|de }}, ville {{ commune|de }}, {{ slogan }}" in group.letter
    assert "letter.md:5: nothing fills [bidule] yet" in said.err


def test_a_subject_given_beside_the_one_of_the_letter_is_not_taken_without_a_word(
    group: Group,
) -> None:
    said = group.new("--subject", "Les avions", letter="Objet : Le bruit\n\nMadame,\n")
    assert "subject: Les avions" in group.letter
    assert "Le bruit" in said.err + said.out


@pytest.mark.usefixtures("someone")
def test_ctrl_c_at_a_question_leaves_nothing(group: Group) -> None:
    assert group.new(typed="").code != 0
    assert not group.folder.exists()


# --- who writes -----------------------------------------------------------------------------------

CLAIM = "Nous, habitant·es {{ commune|de }},"
NAME = "Nous, {{ groupe }},"


@pytest.mark.parametrize(
    ("words", "says"), [([], CLAIM), (["--residents"], CLAIM), (["--no-residents"], NAME)]
)
def test_the_letter_says_who_writes_as_it_is_told(
    group: Group, words: list[str], says: str
) -> None:
    assert group.new(*words).code == 0
    assert says in group.letter


@pytest.mark.usefixtures("someone")
@pytest.mark.parametrize(("typed", "says"), [("\n", NAME), ("y\n", CLAIM)])
def test_a_person_is_asked_whether_somebody_lives_there(
    group: Group, typed: str, says: str
) -> None:
    said = group.new(typed=typed)
    assert said.code == 0
    assert says in group.letter


def test_pictures_of_a_word_letter_stand_in_the_campaign(group: Group) -> None:
    picture = (
        "<w:p><w:r><w:drawing><wp:inline><a:graphic><a:graphicData><pic:pic><pic:blipFill>"
        '<a:blip r:embed="png"/></pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline>'
        "</w:drawing></w:r></w:p>"
    )
    group.file = group.file.with_suffix(".docx")
    said = group.new("--subject", "x", letter=docx(picture))
    assert said.code == 0
    assert "![](picture-1.png)" in group.letter
    assert (group.folder / "picture-1.png").read_bytes().startswith(b"\x89PNG")


UNDERLINED = '<w:p><w:r><w:rPr><w:u w:val="single"/></w:rPr><w:t>[ville] souligné</w:t></w:r></w:p>'


def test_what_is_not_kept_of_a_letter_is_told_before_the_campaign_stands(group: Group) -> None:
    group.file = group.file.with_suffix(".docx")
    said = group.new("--subject", "x", letter=docx(UNDERLINED)).err
    assert said.index("underlining is not kept") < said.index("The campaign stands in")
    assert said.count("underlining is not kept") == 1


def in_fonts(*fonts: str) -> bytes:
    runs = "".join(
        f'<w:r><w:rPr><w:rFonts w:ascii="{font}"/></w:rPr><w:t>{"mot " * (9 - 8 * i)}</w:t></w:r>'
        for i, font in enumerate(fonts)
    )
    return docx(f"<w:p>{runs}</w:p>")


def test_pages_are_set_in_the_font_of_a_letter_that_this_computer_has(
    group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(configuration, "present", lambda style: configuration.named(style))
    group.file = group.file.with_suffix(".docx")
    said = group.new("--subject", "x", letter=in_fonts("Garamond", "Comic Sans MS")).err
    assert "Pages are set in the font of the file, Garamond, which this computer has" in said
    assert "The fonts of the file (Comic Sans MS) are not kept" in said
    look = (group.folder / "letter.css").read_text("utf-8")
    assert look.endswith('html {\n  font-family: "Garamond", serif;\n}\n')
    assert look.startswith((ROOT / "templates/vsa/letter.css").read_text("utf-8"))
