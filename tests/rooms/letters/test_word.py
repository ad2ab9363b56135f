"""Claims about Word letters: no merge field vanishes, and what was set in bold is bold."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from html import escape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merge.errors import LetterError
from merge.letters import blanks
from merge.letters.drafts import fromhtml, word
from merge.letters.drafts.unplaced import Unplaced
from merge.letters.drafts.word import WordLetter
from tests.examples import each_line
from tests.rooms.letters.test_plain import said_by

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATED = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
PNG = b"\x89PNG\r\n\x1a\n picture"
SPACES = (
    f'xmlns:w="{W}" xmlns:r="{R}" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
)
NUMBERING = (
    f'<w:numbering {SPACES}><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0">'
    '<w:numFmt w:val="bullet"/></w:lvl></w:abstractNum><w:abstractNum w:abstractNumId="1">'
    '<w:lvl w:ilvl="0"><w:numFmt w:val="decimal"/></w:lvl></w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    '<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num></w:numbering>'
)


def docx(body: str, *, parts: dict[str, str | bytes] | None = None) -> bytes:
    """A Word file with that body, as small as one can be."""
    kinds = "".join(
        f'<Default Extension="{ending}" ContentType="{kind}"/>'
        for ending, kind in (
            ("rels", "application/vnd.openxmlformats-package.relationships+xml"),
            ("xml", "application/xml"),
            ("png", "image/png"),
            ("emf", "image/x-emf"),
        )
    )
    related = "".join(
        f'<Relationship Id="{name}" Type="{R}/{kind}" Target="{target}"{mode}/>'
        for name, kind, target, mode in (
            ("link", "hyperlink", "https://example.org/a_(b)", ' TargetMode="External"'),
            ("png", "image", "media/image1.png", ""),
            ("emf", "image", "media/image2.emf", ""),
            ("away", "image", "file:///etc/passwd", ' TargetMode="External"'),
            ("numbers", "numbering", "numbering.xml", ""),
        )
    )
    everything: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{TYPES}">{kinds}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{RELATED}"><Relationship Id="r" '
        f'Type="{R}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{RELATED}">{related}'
        "</Relationships>",
        "word/numbering.xml": NUMBERING,
        "word/document.xml": f"<w:document {SPACES}><w:body>{body}</w:body></w:document>",
        "word/media/image1.png": PNG,
        "word/media/image2.emf": b"emf",
        **(parts or {}),
    }
    return zipped(everything)


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """The file of those parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return file.getvalue()


def letter(body: str, **options: dict[str, str | bytes]) -> WordLetter:
    return word.read(docx(body, **options))


def markdown(*paragraphs: str) -> str:
    return letter("".join(f"<w:p>{each}</w:p>" for each in paragraphs)).markdown.strip("\n")


def run(text: str, *forms: str) -> str:
    look = "".join(f"<w:{form}/>" for form in forms)
    return f'<w:r><w:rPr>{look}</w:rPr><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def simple(code: str, shown: str = "Rennes", *forms: str) -> str:
    return f'<w:fldSimple w:instr="{escape(code)}">{run(shown, *forms)}</w:fldSimple>'


def char(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def code(text: str) -> str:
    return f'<w:r><w:instrText xml:space="preserve">{escape(text)}</w:instrText></w:r>'


def field(words: str, *result: str) -> str:
    """A complex field whose code is split over runs, as Word does."""
    half = len(words) // 2
    shown = char("separate") + "".join(result) if result else ""
    return char("begin") + code(words[:half]) + code(words[half:]) + shown + char("end")


# --- what Word prints -----------------------------------------------------------------------------


def test_hidden_words_stay_hidden() -> None:
    shown = '<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>bien.</w:t></w:r>'
    paragraph = run("Tout va ") + run("(à vérifier) ", "vanish") + shown
    assert markdown(paragraph) == "Tout va bien."


# --- merge fields ---------------------------------------------------------------------------------

COMMUNE = ' MERGEFIELD "Nom de la commune" \\* MERGEFORMAT '


@pytest.mark.parametrize(
    ("paragraph", "expected"),
    [
        (simple(" MERGEFIELD Commune "), "[Commune]"),
        (simple(COMMUNE, "Rennes", "b"), "**[Nom de la commune]**"),
        ('<w:fldSimple w:instr=" MERGEFIELD Commune "/>', "[Commune]"),
        (field(COMMUNE, run("Ren"), run("nes")), "[Nom de la commune]"),
        (field(COMMUNE, run("«Nom de la commune»", "b")), "**[Nom de la commune]**"),
        (field(" MERGEFIELD Commune "), "[Commune]"),
        (field(' MERGEFIELD Rue \\b "au " \\f ","', run("x")), "{% if rue %}au [Rue],{% endif %}"),
        (field(' DATE \\@ "d MMMM yyyy" ', run("24 mai 2019")), "[date]"),
        (field(" ADDRESSBLOCK ", run("x")), "[ADDRESSBLOCK]"),
        (field(" MACROBUTTON NoMacro Cliquez ici ", run("x")), "[Cliquez ici]"),
        (field(" FORMTEXT ", run("     ")), "[____]"),
        (field(" NEXT "), "[NEXT]"),
        (field(" PAGE ", run("2")), ""),
        (field(" REF signet ", run("gardé")), "gardé"),
        (simple(" QUOTE mot ", "gardé"), "gardé"),
    ],
)
def test_a_field_becomes_a_blank_with_its_name_and_its_look(paragraph: str, expected: str) -> None:
    assert markdown(run("a "), run("b") + paragraph) == f"a\n\nb{expected}"


def test_a_field_goes_on_over_paragraphs() -> None:
    two = char("begin") + code(" MERGEFIELD Adresse ") + char("separate") + run("1 rue")
    assert markdown(two, run("35000 Rennes") + char("end") + run("!")) == "[Adresse]\n\n!"


def test_a_condition_shows_both_its_ways() -> None:
    inner = field(" MERGEFIELD Sexe ", run("F"))
    condition = (
        char("begin") + code(" IF ") + inner + code(' = "F" "Madame la Maire" "Monsieur le Maire" ')
    )
    made = markdown(condition + char("separate") + run("Madame la Maire", "b") + char("end"))
    assert made == "**[Madame la Maire / Monsieur le Maire]**"
    (blank,) = blanks.find(made)
    assert blank.proposal == "salutation"


def test_a_condition_too_long_for_a_blank_is_not_dropped_either() -> None:
    first, second = "mot " * 12 + "un", "mot " * 12 + "deux"
    made = markdown(field(f' IF 1 = 1 "{first}" "{second}" ', run(first)))
    assert made.startswith("[IF 1 = 1")
    assert made.endswith(f"{first} {second}")
    assert blanks.find(made)


def test_a_field_inside_a_link_is_a_blank_and_the_link_stays() -> None:
    inside = field(
        ' HYPERLINK "https://example.org" ', run("ici "), field(" MERGEFIELD X ", run("y"))
    )
    assert markdown(inside) == "[ici [X]](https://example.org)"


@each_line
def test_a_content_control_is_a_blank_unless_it_frames_words(settings: str, expected: str) -> None:
    control = (
        f"<w:sdt><w:sdtPr>{settings}</w:sdtPr><w:sdtContent>{run('Cliquez')}{run(' ici')}"
        "</w:sdtContent></w:sdt>"
    )
    assert markdown(run("de ") + control) == f"de {expected}"


WINGDINGS = '<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>'


@each_line
def test_a_checkbox_is_the_sign_that_it_shows(shown: str, state: str, expected: str) -> None:
    settings = f'<w14:checkbox><w14:checked w14:val="{state}"/></w14:checkbox>'
    control = f"<w:sdt><w:sdtPr>{settings}</w:sdtPr><w:sdtContent>{shown}</w:sdtContent></w:sdt>"
    made = letter(f"<w:p>{control}{run(' Oui')}</w:p>")
    assert made == WordLetter(markdown=f"{expected}\n", pictures={}, unplaced=())


@each_line
def test_a_checkbox_of_an_old_form_is_a_sign_as_word_draws_it(settings: str, expected: str) -> None:
    begin = (
        '<w:r><w:fldChar w:fldCharType="begin"><w:ffData>'
        f"<w:checkBox>{settings}</w:checkBox></w:ffData></w:fldChar></w:r>"
    )
    box = begin + code(" FORMCHECKBOX ") + char("separate") + char("end")
    assert markdown(box + run(" Oui")) == expected


def test_what_is_in_a_text_box_for_new_programs_only_is_read() -> None:
    box = (
        "<w:r><mc:AlternateContent><mc:Choice><w:drawing><wp:inline><a:graphic><wps:txbx>"
        f"<w:txbxContent><w:p>{simple(' MERGEFIELD Maire ')}</w:p></w:txbxContent>"
        "</wps:txbx></a:graphic></wp:inline></w:drawing></mc:Choice></mc:AlternateContent></w:r>"
    )
    assert "[Maire]" in markdown(box)


def test_a_strict_file_is_read_alike() -> None:
    body = f"<w:p>{simple(' MERGEFIELD Commune ')}</w:p>"
    document = f"<w:document {SPACES}><w:body>{body}</w:body></w:document>".replace(W, STRICT)
    assert word.read(docx("", parts={"word/document.xml": document})).markdown == "[Commune]\n"


def test_a_letter_of_word_in_a_browser_is_read_alike() -> None:
    body = f"<w:p>{run('à ')}{simple(' MERGEFIELD Commune ')}</w:p>"
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(docx(body))) as package,
        zipfile.ZipFile(file, "w") as renamed,
    ):
        for name in package.namelist():
            content = package.read(name).replace(b"word/document.xml", b"word/document2.xml")
            renamed.writestr(name.replace("document.xml", "document2.xml"), content)
    assert word.read(file.getvalue()).markdown == "à [Commune]\n"


def test_what_the_letter_has_no_place_for_is_told() -> None:
    header = f"<w:hdr {SPACES}><w:p>{run('Collectif')}{simple(' MERGEFIELD Logo ')}</w:p></w:hdr>"
    table = "<w:p><w:r><w:drawing><wp:inline><a:graphic><a:graphicData><pic:pic><pic:blipFill>"
    end = (
        "</pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>"
    )
    made = letter(
        f'{table}<a:blip r:embed="emf"/>{end}{table}<a:blip r:link="away"/>{end}'
        f'{table}<a:blip r:embed="png"/>{end}',
        parts={
            "word/header2.xml": header,
            "word/header1.xml": header,
            "word/footer1.xml": f"<w:ftr {SPACES}><w:p/></w:ftr>",
        },
    )
    assert made.unplaced == (
        Unplaced(kind="margin", words="CollectifRennes", place="header"),
        Unplaced(kind="picture", words="picture-1 (image/x-emf)"),
        Unplaced(kind="picture", words="picture-2"),
    )
    assert made.pictures == {"picture-3.png": PNG}
    assert len(blanks.find(made.markdown)) == 2


def test_words_that_are_struck_out_are_left_out_and_told() -> None:
    made = letter(
        f"<w:p>{run('Nous ')}{run('exigeons', 'strike')}{run('demandons ')}"
        f"{run('tout ', 'strike')}{run('cela.', 'dstrike', 'b')}{run(' Merci.')}</w:p>"
        f"<w:p>{run('Rien.', 'strike')}</w:p>"
    )
    assert made.markdown == "Nous demandons Merci.\n"
    assert [each.words for each in made.unplaced if each.kind == "struck"] == [
        "exigeons",
        "tout",
        "cela.",
        "Rien.",
    ]


def test_a_picture_on_the_disk_of_whoever_opens_the_letter_is_not_fetched(tmp_path: Path) -> None:
    (tmp_path / "own.png").write_bytes(PNG)
    related = (
        f'<Relationship Id="away" Type="{R}/image" Target="{(tmp_path / "own.png").as_uri()}"'
        ' TargetMode="External"/>'
    )
    made = letter(
        "<w:p><w:r><w:drawing><wp:inline><a:graphic><a:graphicData><pic:pic><pic:blipFill>"
        '<a:blip r:link="away"/></pic:blipFill></pic:pic></a:graphicData></a:graphic>'
        "</wp:inline></w:drawing></w:r></w:p>",
        parts={
            "word/_rels/document.xml.rels": f'<Relationships xmlns="{RELATED}">{related}'
            "</Relationships>"
        },
    )
    assert made.pictures == {}
    assert made.unplaced == (Unplaced(kind="picture", words="picture-1"),)


def test_a_field_that_the_letter_does_not_show_is_told() -> None:
    hidden = f"<w:p><w:unheard>{simple(' MERGEFIELD Caché ')}</w:unheard></w:p>"
    made = letter(hidden + f"<w:p>{run('x')}</w:p>")
    assert made.unplaced == (Unplaced(kind="field", words="[Caché]"),)


# --- looks ----------------------------------------------------------------------------------------


def test_a_line_break_at_the_end_of_a_paragraph_leaves_no_sign() -> None:
    ended = run("Cordialement,") + "<w:r><w:br/></w:r>"
    assert markdown(ended, "<w:r><w:br/></w:r>", run("Zoé")) == "Cordialement,\n\nZoé"


def test_a_new_page_is_one_of_the_letter() -> None:
    page = '<w:br w:type="page"/>'
    paragraph = f"<w:r>{page}<w:t>Un</w:t>{page}<w:t>Deux</w:t>{page}</w:r>"
    assert markdown(paragraph, f"<w:r>{page}</w:r>", run("Trois")) == (
        "\\newpage\n\nUn\n\n\\newpage\n\nDeux\n\n\\newpage\n\n\\newpage\n\nTrois"
    )


def test_words_stay_apart_where_word_has_a_rare_sign_between_them() -> None:
    assert markdown("<w:r><w:t>un</w:t><w:cr/><w:t>deux</w:t></w:r>") == "un\\\ndeux"
    assert markdown("<w:r><w:t>Rennes</w:t><w:ptab/><w:t>le 1er</w:t></w:r>") == "Rennes le 1er"


def test_bold_italics_and_links_stay() -> None:
    link = f'<w:hyperlink r:id="link">{run("un lien")}</w:hyperlink>'
    made = markdown(
        run("mot "), run("gras", "b") + run(" et "), run("penché", "i") + run(", ") + link
    )
    assert made == "mot\n\n**gras** et\n\n*penché*, [un lien](https://example.org/a_%28b%29)"


@each_line
def test_what_markdown_would_misread_comes_out_as_it_was(runs: str, expected: str) -> None:
    assert markdown(runs) == expected


runs = st.lists(
    st.tuples(st.text(st.sampled_from('ab é.,*_(!"'), min_size=1), st.booleans(), st.booleans()),
    min_size=1,
).filter(lambda runs: "___" not in "".join(text for text, _, _ in runs))


@given(runs)
def test_whatever_is_bold_or_italic_the_words_stay(runs: list[tuple[str, bool, bool]]) -> None:
    html = ""
    for text, bold, italic in runs:
        inner = f"<em>{escape(text)}</em>" if italic else escape(text)
        html += f"<strong>{inner}</strong>" if bold else inner
    said = said_by(fromhtml.read(f"<p>x</p><p>{html}</p>").markdown)
    assert "".join(said.split()) == "".join(f"x{''.join(text for text, _, _ in runs)}".split())


def test_lists_stay() -> None:
    def item(text: str, number: int) -> str:
        return (
            f'<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="{number}"/></w:numPr></w:pPr>'
            f"{run(text)}</w:p>"
        )

    made = letter(item("un", 1) + item("deux", 1) + item("trois", 2) + item("quatre", 2))
    assert made.markdown == "- un\n- deux\n\n1. trois\n2. quatre\n"


def test_pictures_stand_beside_the_letter() -> None:
    picture = (
        '<w:p><w:r><w:drawing><wp:inline><wp:docPr descr="Notre [logo]"/><a:graphic>'
        '<a:graphicData><pic:pic><pic:blipFill><a:blip r:embed="png"/></pic:blipFill></pic:pic>'
        "</a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>"
    )
    made = letter(picture + picture)
    assert made.markdown == "![Notre logo](picture-1.png)\n\n![Notre logo](picture-2.png)\n"
    assert made.pictures == {"picture-1.png": PNG, "picture-2.png": PNG}


@each_line
def test_a_picture_is_called_by_its_kind_as_programs_write_it(kind: str, ending: str) -> None:
    picture = (
        "<w:p><w:r><w:drawing><wp:inline><a:graphic><a:graphicData><pic:pic><pic:blipFill>"
        '<a:blip r:embed="png"/></pic:blipFill></pic:pic></a:graphicData></a:graphic>'
        "</wp:inline></w:drawing></w:r></w:p>"
    )
    default = f'<Default Extension="png" ContentType="{kind}"/>'
    made = letter(
        picture, parts={"[Content_Types].xml": f'<Types xmlns="{TYPES}">{default}</Types>'}
    )
    assert made.pictures == {f"picture-1.{ending}": PNG}
    assert made.unplaced == ()


def test_a_footnote_has_its_number_and_stands_at_the_end() -> None:
    mark = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    related = f'<Relationship Id="f" Type="{R}/footnotes" Target="footnotes.xml"/>'
    made = letter(
        f"<w:p>{run('La loi')}{mark}{run('.')}</w:p>",
        parts={
            "word/footnotes.xml": f'<w:footnotes {SPACES}><w:footnote w:id="2"><w:p>'
            f"{run('Celle de 2023.')}</w:p></w:footnote></w:footnotes>",
            "word/_rels/document.xml.rels": f'<Relationships xmlns="{RELATED}">{related}'
            "</Relationships>",
        },
    )
    assert made.markdown == "La loi[^1].\n\n[^1]: Celle de 2023.\n"
    assert blanks.find(made.markdown) == ()


def test_headings_and_raised_letters_are_words() -> None:
    made = fromhtml.read("<h2>A <b>b</b></h2><p>1<sup>er</sup></p>")
    assert made.markdown == "## A **b**\n\n1er\n"
    assert made.unplaced == ()


def test_raised_and_lowered_digits_stay_and_other_words_are_told() -> None:
    made = fromhtml.read(
        "<p>10<sup>2</sup> m<b><sup>3</sup></b>, CO<sub>2</sub></p><p>e<sup>ix</sup></p>"
    )
    assert made.markdown == "10² m**³**, CO₂\n\neix\n"
    assert made.unplaced == (Unplaced(kind="look", words="raised", place="eix"),)


def test_no_word_is_missing_where_digits_are_raised() -> None:
    raised = '<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>2</w:t></w:r>'
    made = letter(f"<w:p>{run('10 m')}{raised}</w:p>")
    assert (made.markdown, made.unplaced) == ("10 m²\n", ())


# --- what is no letter ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xd0\xcf\x11\xe0 an old .doc",
        docx("")[:200],
        docx("", parts={"word/document.xml": "<w:document"}),
        docx("", parts={"_rels/.rels": "<"}),
        docx("", parts={"word/header1.xml": "<"}),
    ],
)
def test_what_is_no_word_file_is_said_so(content: bytes) -> None:
    with pytest.raises(LetterError) as caught:
        word.read(content)
    assert caught.value.code == "letter-not-word"


def test_a_zip_that_grows_without_end_is_not_unpacked() -> None:
    with pytest.raises(LetterError) as caught:
        word.read(docx("", parts={"word/media/image1.png": b"\0" * 60_000_000}))
    assert caught.value.code == "letter-too-large"


def test_a_picture_of_100_mb_is_refused_by_what_the_zip_claims() -> None:
    claimed = bytearray(docx("", parts={"word/media/image1.png": PNG}))
    entry = claimed.rindex(b"word/media/image1.png") - 46  # of the list at the end of the zip
    claimed[entry + 24 : entry + 28] = (100_000_000).to_bytes(4, "little")
    with pytest.raises(LetterError) as caught:
        word.read(bytes(claimed))
    assert (caught.value.code, caught.value.facts) == ("letter-too-large", {"megabytes": 50})


def test_a_picture_that_is_larger_than_the_zip_claims_is_not_unpacked_either() -> None:
    large = PNG + bytes(1_000_000)
    claimed = bytearray(docx("", parts={"word/media/image1.png": large}))
    entry = claimed.rindex(b"word/media/image1.png") - 46
    claimed[entry + 24 : entry + 28] = (100).to_bytes(4, "little")
    with pytest.raises(LetterError) as caught:
        word.read(bytes(claimed))
    assert caught.value.code == "letter-not-word"


def test_a_letter_may_have_a_large_picture_but_not_a_text_of_its_size() -> None:
    large = PNG + bytes(6_000_000)
    assert word.read(docx("", parts={"word/media/image1.png": large})).markdown == "\n"
    with pytest.raises(LetterError) as caught:
        word.read(docx(" " * 6_000_000))
    assert (caught.value.code, caught.value.facts) == ("letter-too-large", {"megabytes": 5})


def test_entities_that_multiply_are_refused() -> None:
    laughs = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {name} "{f"&{before};" * 20}">'
        for before, name in zip("abcdefg", "bcdefgh", strict=True)
    )
    document = f"{laughs}]><w:document {SPACES}><w:body>&h;</w:body></w:document>"
    with pytest.raises(LetterError):
        word.read(docx("", parts={"word/document.xml": document}))
