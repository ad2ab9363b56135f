"""Claims about the layout of Word letters: what Markdown can say is kept, the rest is named."""

from __future__ import annotations

import re

import pytest

from merge.letters.drafts import fromhtml
from merge.letters.drafts.unplaced import LOOKS, Unplaced
from merge.words import drafting
from tests.examples import each_line
from tests.rooms.letters.test_word import PNG, SPACES, R, letter, run


def paragraph(text: str, properties: str = "", *forms: str) -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{run(text, *forms)}</w:p>"


def set_(alignment: str) -> str:
    return f'<w:jc w:val="{alignment}"/>'


def cell(*blocks: str, properties: str = "") -> str:
    inside = "".join(each if each.startswith("<") else paragraph(each) for each in blocks)
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inside}</w:tc>"


BORDERS = '<w:tblPr><w:tblBorders><w:top w:val="single"/></w:tblBorders></w:tblPr>'


def table(*rows: tuple[str, ...], properties: str = BORDERS) -> str:
    def one(each: str) -> str:
        return each if each.startswith("<w:tc>") else cell(each)

    body = "".join(f"<w:tr>{''.join(map(one, row))}</w:tr>" for row in rows)
    return f"<w:tbl>{properties}{body}</w:tbl>"


def looks(body: str, **options: dict[str, str | bytes]) -> list[tuple[str, str]]:
    told = letter(body, **options).unplaced
    return [(each.words, each.place) for each in told if each.kind == "look"]


# --- blocks ---------------------------------------------------------------------------------------


def test_blocks_that_are_set_alike_share_a_div() -> None:
    made = letter(
        paragraph("Collectif")
        + paragraph("Rennes,", set_("right"))
        + paragraph("le 3 mai", set_("end"))
        + paragraph("Lettre ouverte", set_("center"))
        + paragraph("Madame,", set_("both"))  # as pages set all paragraphs
    )
    assert made.markdown == (
        "Collectif\n\n::: right\nRennes,\n\nle 3 mai\n:::\n\n"
        "::: center\nLettre ouverte\n:::\n\nMadame,\n"
    )
    assert made.unplaced == ()


@pytest.mark.parametrize(
    ("indent", "expected", "named"),
    [
        ('w:left="567"', "::: indent\nmot\n:::\n", []),
        ('w:start="1134"', "::: indent\nmot\n:::\n", []),
        ('w:left="300"', "mot\n", []),
        ('w:firstLine="567"', "mot\n", [("first-line", "mot")]),
        ('w:left="5103"', "::: indent\nmot\n:::\n", [("deep-indent", "mot")]),
    ],
)
def test_an_indent_is_kept_from_one_centimetre_on(
    indent: str, expected: str, named: list[tuple[str, str]]
) -> None:
    body = paragraph("mot", f"<w:ind {indent}/>")
    assert letter(body).markdown == expected
    assert looks(body) == named


STYLES = (
    f'<w:styles {SPACES}><w:style w:type="paragraph" w:styleId="Base"><w:name w:val="Base"/>'
    '<w:pPr><w:jc w:val="right"/></w:pPr><w:rPr><w:b/></w:rPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="Date"><w:name w:val="Date"/>'
    '<w:basedOn w:val="Base"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Titre2"><w:name w:val="heading 2"/>'
    '<w:pPr><w:jc w:val="center"/></w:pPr><w:rPr><w:b/></w:rPr></w:style>'
    '<w:style w:type="character" w:styleId="Fort"><w:name w:val="Fort"/>'
    "<w:rPr><w:i/></w:rPr></w:style></w:styles>"
)


def test_what_a_style_says_is_kept_as_if_the_paragraph_said_it() -> None:
    strong = '<w:r><w:rPr><w:rStyle w:val="Fort"/></w:rPr><w:t>mot</w:t></w:r>'
    made = letter(
        paragraph("le 3 mai", '<w:pStyle w:val="Date"/>')
        + paragraph("Nos demandes", '<w:pStyle w:val="Titre2"/>')
        + f"<w:p>{strong}</w:p>",
        parts={
            "word/styles.xml": STYLES,
            "word/_rels/document.xml.rels": "<Relationships "
            'xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="s" Type="{R}/styles" Target="styles.xml"/></Relationships>',
        },
    )
    assert made.markdown == (
        "::: right\n**le 3 mai**\n:::\n\n::: center\n## Nos demandes\n:::\n\n*mot*\n"
    )


def test_pages_begin_where_word_begins_them() -> None:
    section = '<w:sectPr><w:type w:val="continuous"/></w:sectPr>'
    made = letter(
        paragraph("zéro", "<w:sectPr/>")
        + paragraph("un", section)
        + paragraph("deux", "<w:pageBreakBefore/>")
        + f'<w:p>{run("trois")}<w:r><w:br w:type="page"/></w:r></w:p>'
    )
    assert made.markdown == "zéro\n\nun\n\n\\newpage\n\ndeux\n\ntrois\n"


# --- lists ----------------------------------------------------------------------------------------

_FORMS = (
    '<w:lvl w:ilvl="0"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/>'
    '<w:lvlText w:val="{text}"/></w:lvl>'
    '<w:lvl w:ilvl="1"><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%1.%2)"/></w:lvl>'
    '<w:lvl w:ilvl="2"><w:numFmt w:val="bullet"/></w:lvl>'
)


def item(text: str, level: int = 0, number: int = 1) -> str:
    return paragraph(
        text,
        f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>',
    )


def listed(*items: str, form: str = "decimal", start: int = 1, text: str = "%1.") -> str:
    levels = _FORMS.format(form=form, start=start, text=text)
    numbering = (
        f'<w:numbering {SPACES}><w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
        '<w:num w:numId="2"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0">'
        '<w:startOverride w:val="1"/></w:lvlOverride></w:num></w:numbering>'
    )
    return letter("".join(items), parts={"word/numbering.xml": numbering}).markdown.strip("\n")


def test_a_list_goes_on_behind_what_stands_between() -> None:
    assert listed(item("un"), item("deux"), paragraph("suite"), item("trois"), start=4) == (
        "4. un\n5. deux\n\nsuite\n\n6. trois"
    )


def test_a_list_that_begins_anew_is_another() -> None:
    made = listed(item("un"), item("deux"), item("un", number=2), item("deux", number=2))
    assert made == "1. un\n2. deux\n1) un\n2) deux"


@each_line
def test_numbers_that_markdown_does_not_have_are_words(form: str, text: str, expected: str) -> None:
    assert listed(item("un"), item("deux"), form=form, start=4, text=text) == expected


def test_an_item_below_one_has_the_number_of_both() -> None:
    made = listed(item("un"), item("sous", 1), item("puce", 2), item("deux"))
    assert made == "1. un\n\n::: indent\n1.a) sous\n:::\n\n- puce\n\n2. deux"


OF_STYLES = (
    f"<w:styles {SPACES}>"
    + "".join(
        f'<w:style w:type="paragraph" w:styleId="Puce{n}"><w:pPr><w:numPr><w:numId w:val="{n}"/>'
        f"</w:numPr>{more}</w:pPr></w:style>"
        for n, more in ((1, ""), (2, ""), (3, '<w:ind w:left="1500"/>'))
    )
    + "</w:styles>"
)
OF_LISTS = (
    f"<w:numbering {SPACES}>"
    + "".join(
        f'<w:abstractNum w:abstractNumId="{n}"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/>'
        f'<w:pPr><w:ind w:left="{left}" w:hanging="360"/></w:pPr></w:lvl></w:abstractNum>'
        f'<w:num w:numId="{n}"><w:abstractNumId w:val="{n}"/></w:num>'
        for n, left in ((1, 360), (2, 720), (3, 720), (4, 400))
    )
    + "</w:numbering>"
)


def test_bullets_of_a_style_further_to_the_right_stand_in_those_before() -> None:
    def puce(words: str, number: int, more: str = "") -> str:
        return paragraph(words, f'<w:pStyle w:val="Puce{number}"/>{more}')

    made = letter(
        puce("un", 1)
        + puce("sous", 2)
        + puce("dessous", 3)
        + puce("sous", 2)
        + puce("deux", 1, '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="4"/></w:numPr>')
        + puce("loin", 1, '<w:ind w:left="900"/>'),
        parts={"word/styles.xml": OF_STYLES, "word/numbering.xml": OF_LISTS},
    )
    assert made.markdown == ("- un\n  - sous\n    - dessous\n  - sous\n- deux\n  - loin\n")


def test_a_heading_with_the_number_of_two_levels_begins_where_headings_do() -> None:
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="Titre{n}"><w:name w:val="heading {n}"/><w:pPr>'
        f'<w:numPr><w:ilvl w:val="{n - 1}"/><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        for n in (1, 2)
    )
    levels = "".join(
        f'<w:lvl w:ilvl="{n}"><w:numFmt w:val="decimal"/><w:lvlText w:val="{text}"/></w:lvl>'
        for n, text in enumerate(("%1", "%1.%2"))
    )
    made = letter(
        paragraph("But", '<w:pStyle w:val="Titre1"/>')
        + paragraph("Premier", '<w:pStyle w:val="Titre2"/>')
        + paragraph("Second", '<w:pStyle w:val="Titre2"/>'),
        parts={
            "word/styles.xml": f"<w:styles {SPACES}>{styles}</w:styles>",
            "word/numbering.xml": f'<w:numbering {SPACES}><w:abstractNum w:abstractNumId="0">'
            f'{levels}</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
            "</w:numbering>",
        },
    )
    assert made.markdown == "# 1 But\n\n## 1.1 Premier\n\n## 1.2 Second\n"


def test_bullets_stand_in_bullets() -> None:
    made = listed(item("un"), item("sous", 2), item("autre", 2), item("deux"), form="bullet")
    assert made == "- un\n  - sous\n  - autre\n- deux"


# --- tables ---------------------------------------------------------------------------------------


def test_a_table_is_a_table_with_its_head_and_its_alignments() -> None:
    made = letter(
        table(
            (cell(paragraph("Jour", "", "b")), cell(paragraph("Reste", "", "b"))),
            ("lundi", cell(paragraph("12", set_("right")))),
            (cell(paragraph("mardi", "", "b")), cell(paragraph("7", set_("right")))),
        )
    )
    assert made.markdown == "| Jour | Reste |\n| --- | --: |\n| lundi | 12 |\n| **mardi** | 7 |\n"
    assert made.unplaced == ()


def test_a_table_without_a_head_has_an_empty_one() -> None:
    made = letter(table(("a | b", "{{ nom|capitales }}"), (cell("un", "deux"), cell(""))))
    assert made.markdown == (
        "| | |\n| --- | --- |\n| a \\| b | {{ nom|capitales }} |\n| un<br>deux | |\n"
    )


def test_merged_cells_are_taken_apart_and_named() -> None:
    wide, first = '<w:gridSpan w:val="2"/>', '<w:vMerge w:val="restart"/>'
    made = letter(
        table(
            (cell("lundi", properties=first), "9 h", "Rennes"),
            (cell("", properties="<w:vMerge/>"), cell("fermé", properties=wide)),
        )
    )
    assert made.markdown == (
        "| | | |\n| --- | --- | --- |\n| lundi | 9 h | Rennes |\n| lundi | fermé | |\n"
    )
    assert made.unplaced == (Unplaced(kind="merged", words="lundi 9 h Rennes fermé"),)


def test_a_table_that_only_sets_things_side_by_side_is_taken_apart_and_named() -> None:
    made = letter(
        table(("Collectif", cell(paragraph("Rennes, le 3 mai", set_("right")))), properties="")
        + table((cell("Encadré", "Deux"),))
    )
    assert made.markdown == ("Collectif\n\n::: right\nRennes, le 3 mai\n:::\n\nEncadré\n\nDeux\n")
    assert [each.kind for each in made.unplaced] == ["layout", "layout"]


def test_a_cell_holds_a_list_and_another_table_as_lines() -> None:
    made = letter(
        table((cell(item("un") + item("deux")), cell(table(("a", "b")), "fin")), ("x", "y"))
    )
    assert made.markdown == ("| | |\n| --- | --- |\n| – un<br>– deux | a ; b<br>fin |\n| x | y |\n")
    assert [each.kind for each in made.unplaced] == ["nested"]


# --- pictures, margins, changes -------------------------------------------------------------------


def picture(kind: str = "inline", size: str = '<wp:extent cx="1800000" cy="1"/>') -> str:
    return (
        f"<w:r><w:drawing><wp:{kind}>{size}<a:graphic><a:graphicData><pic:pic><pic:blipFill>"
        '<a:blip r:embed="png"/></pic:blipFill></pic:pic></a:graphicData></a:graphic>'
        f"</wp:{kind}></w:drawing></w:r>"
    )


def test_a_picture_has_its_size() -> None:
    assert letter(f"<w:p>{picture()}</w:p>").markdown == "![](picture-1.png){width=5cm}\n"
    assert looks(f"<w:p>{run('là')}{picture('anchor')}</w:p>") == [("position", "là")]


def test_an_old_picture_has_its_size() -> None:
    old = (
        '<w:p><w:r><w:pict><v:shape xmlns:v="urn:schemas-microsoft-com:vml" '
        'style="position:relative;width:72pt;height:1pt"><v:imagedata r:id="png"/></v:shape>'
        "</w:pict></w:r></w:p>"
    )
    assert letter(old).markdown == "![](picture-1.png){width=2.54cm}\n"


def test_a_logo_in_the_header_is_kept_as_a_file() -> None:
    related = "http://schemas.openxmlformats.org/package/2006/relationships"
    made = letter(
        paragraph("mot"),
        parts={
            "word/header1.xml": f"<w:hdr {SPACES}><w:p>{run('Collectif')}{picture()}</w:p></w:hdr>",
            "word/_rels/header1.xml.rels": f'<Relationships xmlns="{related}"><Relationship '
            f'Id="png" Type="{R}/image" Target="media/image1.png"/></Relationships>',
        },
    )
    assert made.pictures == {"logo-1.png": PNG}
    assert made.unplaced == (
        Unplaced(kind="margin", words="Collectif", place="header"),
        Unplaced(kind="logo", words="logo-1.png", place="header"),
    )


def test_tracked_changes_are_accepted_and_each_is_named() -> None:
    deleted = "<w:r><w:delText>exigeons </w:delText></w:r>"
    made = letter(
        f"<w:p>{run('Nous ')}<w:del>{deleted}</w:del><w:ins>{run('demandons ')}</w:ins>"
        f"{run('cela.')}</w:p>"
        f"<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr>{run('Et ')}</w:p><w:p>{run('ceci.')}</w:p>"
    )
    assert made.markdown == "Nous demandons cela.\n\nEt ceci.\n"
    assert made.unplaced == (
        Unplaced(kind="deleted", words="exigeons", place="Nous demandons cela."),
        Unplaced(kind="inserted", words="demandons", place="Nous demandons cela."),
    )


def test_a_comment_is_named_with_the_paragraph_that_it_is_on() -> None:
    comment = f'<w:comment w:id="4"><w:p>{run("À vérifier")}</w:p></w:comment>'
    made = letter(
        f'<w:p>{run("La loi de 2023")}<w:r><w:commentReference w:id="4"/></w:r></w:p>',
        parts={"word/comments.xml": f"<w:comments {SPACES}>{comment}</w:comments>"},
    )
    assert made.markdown == "La loi de 2023\n"
    assert made.unplaced == (Unplaced(kind="comment", words="À vérifier", place="La loi de 2023"),)


def test_the_fonts_that_somebody_chose_are_named_once() -> None:
    chosen = '<w:r><w:rPr><w:rFonts w:ascii="{}" w:hAnsi="x"/></w:rPr><w:t>mot</w:t></w:r>'
    body = "".join(chosen.format(name) for name in ("Garamond", "Comic Sans MS", "Garamond"))
    made = letter(f"<w:p>{body}</w:p>")
    assert made.unplaced == (Unplaced(kind="font", words="Comic Sans MS, Garamond"),)


FONTS = f"""<w:styles {SPACES}><w:style w:type="paragraph" w:default="1" w:styleId="Normal">
<w:rPr><w:rFonts w:ascii="{{font}}"/></w:rPr></w:style></w:styles>"""


@each_line
def test_the_font_of_a_style_is_named_unless_a_program_has_it_by_itself(
    font: str, told: list[str]
) -> None:
    made = letter(paragraph("mot"), parts={"word/styles.xml": FONTS.format(font=font)})
    assert [each.words for each in made.unplaced] == told


def set_in(words: str, font: str) -> str:
    look = f'<w:rPr><w:rFonts w:ascii="{font}"/></w:rPr>'
    return f"<w:p><w:r>{look}<w:t>{words}</w:t></w:r></w:p>"


@each_line
def test_the_font_of_most_of_the_text_is_its_own(body: str, of_style: str, font: str) -> None:
    made = letter(body, parts={"word/styles.xml": FONTS.format(font=of_style)})
    assert made.font == font


SIZED = f"""<w:styles {SPACES}><w:docDefaults><w:rPrDefault><w:rPr><w:sz w:val="22"/></w:rPr>
</w:rPrDefault></w:docDefaults><w:style w:type="paragraph" w:styleId="Petit"><w:name w:val="Petit"/>
<w:rPr><w:sz w:val="16"/></w:rPr></w:style><w:style w:type="paragraph" w:styleId="Titre1">
<w:name w:val="heading 1"/><w:rPr><w:sz w:val="40"/></w:rPr></w:style></w:styles>"""


def test_the_size_of_words_is_told_where_it_is_not_the_usual_one() -> None:
    def sized(words: str, size: int) -> str:
        return f'<w:r><w:rPr><w:sz w:val="{size}"/></w:rPr><w:t>{words}</w:t></w:r>'

    def styled(words: str, called: str) -> str:
        return f'<w:p><w:pPr><w:pStyle w:val="{called}"/></w:pPr>{run(words)}</w:p>'

    made = letter(
        styled("Titre", "Titre1")
        + styled("en petit", "Petit")
        + f"<w:p>{sized('en grand', 36)}</w:p><w:p>{sized('usuel', 22)}{run(' aussi')}</w:p>",
        parts={"word/styles.xml": SIZED},
    )
    assert made.unplaced == (
        Unplaced(kind="look", words="size", place="en petit"),
        Unplaced(kind="look", words="size", place="en grand"),
    )


def test_words_that_no_reader_of_word_knows_are_named() -> None:
    made = letter(f"<w:p>{run('mot')}<w:ruby>{run('caché')}</w:ruby></w:p>")
    assert made.unplaced == (Unplaced(kind="lost", words="motcaché"),)


def test_looks_without_a_word_of_markdown_are_named() -> None:
    coloured = '<w:r><w:rPr><w:color w:val="FF0000"/></w:rPr><w:t>rouge</w:t></w:r>'
    small = '<w:r><w:rPr><w:caps/><w:u w:val="single"/></w:rPr><w:t>mot</w:t></w:r>'
    assert looks(f"<w:p>{coloured}</w:p><w:p>{small}</w:p>") == [
        ("colour", "rouge"),
        ("underline", "mot"),
        ("capitals", "mot"),
    ]


# --- words ----------------------------------------------------------------------------------------


def test_each_look_has_its_words() -> None:
    assert drafting.LOOKS.keys() == set(LOOKS)


def test_one_sentence_tells_all_places_of_one_thing() -> None:
    told = [Unplaced(kind="look", words="underline", place=f"mot {i}") for i in range(5)]
    (said,) = drafting.unplaced_words(told)
    assert "“mot 2”" in said
    assert "“mot 3”" not in said


def test_one_sentence_tells_all_of_one_kind_each_with_its_place() -> None:
    told = [
        Unplaced(kind="inserted", words="un", place="dit un"),
        Unplaced(kind="rule", words="NEXT", place="dit suite"),
        Unplaced(kind="inserted", words="deux", place="dit deux"),
    ]
    inserted, rule = drafting.unplaced_words(told)
    assert inserted.endswith("inserted: “un” (at “dit un”); “deux” (at “dit deux”)")
    assert rule.endswith("there: NEXT (at “dit suite”)")


# --- HTML -----------------------------------------------------------------------------------------


@each_line
def test_html_becomes_the_markdown_that_says_it(html: str, expected: str) -> None:
    assert fromhtml.read(html).markdown == expected


def test_a_table_of_a_million_columns_is_none() -> None:
    body = table((cell("a", properties='<w:gridSpan w:val="1000000"/>'), "b"), ("c", "d"))
    assert len(letter(body).markdown) < 2_000


# --- forms ----------------------------------------------------------------------------------------

TAB = "<w:r><w:tab/></w:r>"


def tabbed(*inside: str, stops: tuple[tuple[str, int, str], ...] = ()) -> str:
    tabs = "".join(
        f'<w:tab w:val="{val}" w:pos="{pos}" w:leader="{leader}"/>' for val, pos, leader in stops
    )
    return f"<w:p><w:pPr><w:tabs>{tabs}</w:tabs></w:pPr>{''.join(inside)}</w:p>"


def written(body: str) -> str:
    """The Markdown, its lines to write on as "_12" for twelve signs."""
    said = letter(body).markdown.replace("\\_", "_")
    return re.sub("_+", lambda found: f"_{len(found[0])}", said)


def test_the_leader_of_a_tab_is_a_line_to_write_on_as_wide_as_it() -> None:
    one = ("left", 4536, "dot")  # 8 cm, of 0.21 cm each
    two = ("left", 7938, "underscore")
    signed = tabbed(run("Fait à"), TAB, run("le"), TAB, stops=(one, two))
    assert written(signed) == "Fait à _32 le _26\n"
    assert letter(signed).unplaced == ()
    assert written(tabbed(TAB, stops=(one,))) == "_38\n"
    assert written(tabbed(run("Nom"), TAB, run("12 €"), stops=(("right", 4536, "dot"),))) == (
        "Nom _32 12 €\n"
    )
    assert written(tabbed(run("Nom"), TAB, run("Anne"), stops=(("left", 4536, "none"),))) == (
        "Nom Anne\n"
    )


def test_a_tab_stop_at_the_margin_is_none() -> None:
    """As LibreOffice writes one into each heading."""
    assert written(tabbed(run("Nom"), stops=(("left", 0, "none"),))) == "Nom\n"


def test_a_line_is_no_wider_than_a_page_of_ours() -> None:
    assert written(tabbed(TAB, stops=(("left", 11000, "dot"),))) == "_68\n"


def test_what_is_underlined_and_empty_is_a_line_to_write_on() -> None:
    underlined = '<w:r><w:rPr><w:u w:val="single"/></w:rPr>'
    tabs = f"{underlined}<w:tab/><w:tab/></w:r>"
    spaces = f'{underlined}<w:t xml:space="preserve">{" " * 20}</w:t></w:r>'
    assert written(tabbed(run("Nom"), tabs, run(", né le"), spaces)) == "Nom _8, né le _8\n"


def of_slip(*rows: str, borders: str = BORDERS) -> str:
    grid = '<w:gridCol w:w="1701"/><w:gridCol w:w="2835"/>'
    return f"<w:tbl>{borders}<w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"


def slip_row(*cells: str, high: int = 0) -> str:
    properties = f'<w:trPr><w:trHeight w:val="{high}"/></w:trPr>' if high else ""
    return f"<w:tr>{properties}{''.join(map(cell, cells))}</w:tr>"


def test_the_empty_cells_of_a_form_keep_their_width_and_height() -> None:
    body = of_slip(slip_row("Nom", ""), slip_row("Signature", "", high=1134))  # 2 cm
    assert written(body).splitlines()[2:] == ["| Nom | _21 |", "| Signature | <br><br><br>_21 |"]
    headed = of_slip(slip_row("Nom", "Signature"), slip_row("Anne", ""), slip_row("Paul", ""))
    assert written(headed).splitlines()[-1] == "| Paul | _21 |"
    assert (
        written(of_slip(slip_row("", high=2268))).splitlines()[-1]
        == "| <br><br><br><br><br><br>_12 |"
    )


def test_an_empty_cell_among_figures_stays_empty() -> None:
    body = of_slip(slip_row("Nom", "Prix"), slip_row("Anne", ""), slip_row("Paul", "12"))
    assert written(body).splitlines()[-2:] == ["| Anne | |", "| Paul | 12 |"]
    bare = of_slip(slip_row("Nom", ""), slip_row("Anne", ""), borders="<w:tblPr/>")
    assert "_" not in written(bare)


def test_a_drawn_frame_is_named() -> None:
    drawn = '<wp:inline><wp:docPr name="Rectangle 3"/></wp:inline>'
    told = letter(f"<w:p>{run('Signature :')}<w:r><w:drawing>{drawn}</w:drawing></w:r></w:p>")
    assert told.unplaced == (Unplaced(kind="picture", words="Rectangle 3"),)
