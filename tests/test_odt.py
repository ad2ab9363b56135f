"""Claims about letters from LibreOffice (.odt): read as those of Word are."""

from __future__ import annotations

import pytest

from merge.errors import LetterError
from merge.letters.drafts import draft, odt
from merge.letters.drafts.word import WordLetter
from tests.test_word import PNG, zipped

_NAMES = "urn:oasis:names:tc:opendocument:xmlns"
_SPACES = " ".join(
    f'xmlns:{short}="{_NAMES}:{long}:1.0"'
    for short, long in (
        ("office", "office"),
        ("style", "style"),
        ("text", "text"),
        ("table", "table"),
        ("draw", "drawing"),
        ("fo", "xsl-fo-compatible"),
        ("svg", "svg-compatible"),
        ("manifest", "manifest"),
    )
)
SPACES = (
    f'{_SPACES} xmlns:xlink="http://www.w3.org/1999/xlink" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"'
)


def style(name: str, family: str, inside: str, parent: str = "") -> str:
    based = f' style:parent-style-name="{parent}"' if parent else ""
    return f'<style:style style:name="{name}" style:family="{family}"{based}>{inside}</style:style>'


def paragraph_style(name: str, said: str, words: str = "", parent: str = "") -> str:
    inside = f"<style:paragraph-properties {said}/>"
    return style(name, "paragraph", f"{inside}<style:text-properties {words}/>", parent)


STYLES = (
    paragraph_style("Base", 'fo:text-align="end"', 'fo:font-weight="bold"')
    + paragraph_style("Date", "", parent="Base")
    + paragraph_style("Centre", 'fo:text-align="center"')
    + paragraph_style("Retrait", 'fo:margin-left="1.5cm"')
    + paragraph_style("Loin", 'fo:margin-left="9cm"')
    + paragraph_style("Alinea", 'fo:text-indent="12mm"')
    + paragraph_style("Page", 'fo:break-before="page"')
    + style("Gras", "text", '<style:text-properties fo:font-weight="bold"/>')
    + style("Barre", "text", '<style:text-properties style:text-line-through-style="solid"/>')
    + style("Cache", "text", '<style:text-properties text:display="none"/>')
    + style("Rouge", "text", '<style:text-properties fo:color="#ff0000"/>')
    + style("Bord", "table-cell", '<style:table-cell-properties fo:border="0.5pt solid #000000"/>')
    + '<text:list-style style:name="N"><text:list-level-style-number text:level="1" '
    'style:num-format="1" style:num-suffix="."/><text:list-level-style-number text:level="2" '
    'style:num-format="a" style:num-suffix=")"/></text:list-style>'
    '<text:list-style style:name="P"><text:list-level-style-bullet text:level="1"/>'
    '<text:list-level-style-bullet text:level="2"/></text:list-style>'
)


def odt_file(body: str, *, parts: dict[str, str | bytes] | None = None) -> bytes:
    """A text of LibreOffice with that body, as small as one can be."""
    everything: dict[str, str | bytes] = {
        "mimetype": "application/vnd.oasis.opendocument.text",
        "content.xml": f"<office:document-content {SPACES}><office:automatic-styles>{STYLES}"
        f"</office:automatic-styles><office:body><office:text>{body}</office:text></office:body>"
        "</office:document-content>",
        "Pictures/1.png": PNG,
        **(parts or {}),
    }
    return zipped(everything)


def letter(body: str, **options: dict[str, str | bytes]) -> WordLetter:
    return odt.read(odt_file(body, **options))


def p(words: str, called: str = "") -> str:
    return f'<text:p text:style-name="{called}">{words}</text:p>'


def span(words: str, called: str) -> str:
    return f'<text:span text:style-name="{called}">{words}</text:span>'


def looks(made: WordLetter) -> list[str]:
    return [each.words for each in made.unplaced if each.kind == "look"]


OUTLINE = "".join(
    f'<text:outline-level-style text:level="{level}" style:num-format="{form}" '
    f'style:num-suffix="{suffix}" text:display-levels="{levels}"/>'
    for level, form, suffix, levels in ((1, "I", ".", 1), (2, "1", "", 1), (3, "", "", 1))
)


def heading(words: str, level: int | str = 1, more: str = "") -> str:
    return f'<text:h text:outline-level="{level}" {more}>{words}</text:h>'


def outlined(levels: str) -> dict[str, str | bytes]:
    """The part of styles that numbers the headings so."""
    styles = f"<office:styles><text:outline-style>{levels}</text:outline-style></office:styles>"
    return {"styles.xml": f"<office:document-styles {SPACES}>{styles}</office:document-styles>"}


@pytest.mark.parametrize("level", ["0", "x", "-1", ""])
def test_a_heading_of_no_level_is_of_the_first(level: str) -> None:
    assert letter(heading("Bilan", level)).markdown == "# Bilan\n"


def test_a_number_shows_no_more_levels_than_stand_above_it() -> None:
    levels = OUTLINE.replace('display-levels="1"', 'display-levels="999999999"')
    made = letter(heading("Bilan") + heading("Sorties", 2), parts=outlined(levels))
    assert made.markdown == "# I. Bilan\n\n## 1.1 Sorties\n"


def test_numbered_headings_keep_their_numbers() -> None:
    made = letter(
        heading("Bilan")
        + heading("Sorties", 2)
        + heading("Comptes", 2)
        + heading("Détail", 3)
        + heading("Annexe", 1, 'text:is-list-header="true"')
        + heading("Projets")
        + heading("Été", 2),
        parts=outlined(OUTLINE),
    )
    assert made.markdown.split("\n\n") == [
        "# I. Bilan", "## 1 Sorties", "## 2 Comptes", "### Détail", "# Annexe", "# II. Projets",
        "## 1 Été\n",
    ]  # fmt: skip
    assert made.unplaced == ()


def test_so_do_headings_that_are_items_of_a_list() -> None:
    items = "".join(f"<text:list-item>{heading(each)}</text:list-item>" for each in ("Un", "Deux"))
    made = letter(f'<text:list text:style-name="N">{items}</text:list>')
    assert made.markdown == "# 1. Un\n\n# 2. Deux\n"


def test_the_size_of_words_is_told_where_it_is_not_the_usual_one() -> None:
    styles = (
        '<style:default-style style:family="paragraph"><style:text-properties fo:font-size="12pt"/>'
        "</style:default-style>"
        + style("Standard", "paragraph", "")
        + style("Petit", "paragraph", '<style:text-properties fo:font-size="8pt"/>', "Standard")
        + style("Usuel", "text", '<style:text-properties fo:font-size="12pt"/>')
    )
    note = (
        "<text:note><text:note-citation>1</text:note-citation><text:note-body>"
        f"{p('note', 'Petit')}</text:note-body></text:note>"
    )
    made = letter(
        p("petit", "Petit") + p(span("usuel", "Usuel") + note, "Standard"),
        parts={
            "styles.xml": f"<office:document-styles {SPACES}><office:styles>{styles}"
            "</office:styles></office:document-styles>"
        },
    )
    assert [(each.words, each.place) for each in made.unplaced] == [("size", "petit")]


# --- blocks ---------------------------------------------------------------------------------------


def test_paragraphs_are_set_as_their_styles_say() -> None:
    made = letter(
        p("Collectif")
        + p("Rennes, le 3 mai", "Date")
        + p("Lettre", "Centre")
        + p("retrait", "Retrait")
        + '<text:h text:outline-level="2">Nos demandes</text:h>'
        + p(f"un {span('mot', 'Gras')}<text:line-break/>deux")
    )
    assert made.markdown == (
        "Collectif\n\n::: right\n**Rennes, le 3 mai**\n:::\n\n::: center\nLettre\n:::\n\n"
        "::: indent\nretrait\n:::\n\n## Nos demandes\n\nun **mot**\\\ndeux\n"
    )
    assert made.unplaced == ()


def test_what_is_set_otherwise_is_named() -> None:
    made = letter(
        p("loin", "Loin")
        + p("<text:tab/><text:tab/>tab")
        + p("alinéa", "Alinea")
        + p(span("rouge", "Rouge"))
        + p(f"dit {span('barré', 'Barre')} et {span('caché', 'Cache')}")
    )
    assert looks(made) == ["deep-indent", "tabs", "first-line", "colour"]
    assert [(each.kind, each.words) for each in made.unplaced if each.kind != "look"] == [
        ("hidden", "caché"),
        ("struck", "barré"),
    ]


def test_a_page_begins_where_a_style_begins_one() -> None:
    assert letter(p("un") + p("deux", "Page")).markdown == "un\n\n\\newpage\n\ndeux\n"


def listed(called: str, *items: str, more: str = "") -> str:
    inside = "".join(f"<text:list-item>{each}</text:list-item>" for each in items)
    return f'<text:list text:style-name="{called}"{more}>{inside}</text:list>'


def test_lists_have_their_numbers_and_stand_in_each_other() -> None:
    bullets = listed("P", p("un") + listed("", p("sous")), p("deux"))
    assert letter(bullets).markdown == "- un\n  - sous\n- deux\n"
    numbers = listed("N", p("un"), p("deux"))
    on = listed("N", p("trois"), more=' text:continue-numbering="true"')
    assert letter(numbers + p("suite") + on).markdown == "1. un\n2. deux\n\nsuite\n\n3. trois\n"


def test_a_number_that_markdown_does_not_have_is_words() -> None:
    made = letter(listed("N", p("un") + listed("", p("sous"), p("autre")), p("deux")))
    assert "a) sous" in made.markdown
    assert "b) autre" in made.markdown
    assert made.unplaced == ()


def table(*rows: str, inside: str = "") -> str:
    lines = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    return f"<table:table>{inside}{lines}</table:table>"


def cell(words: str, more: str = "", called: str = "Bord") -> str:
    blocks = words if words.startswith("<text:p") else p(words)
    return f'<table:table-cell table:style-name="{called}"{more}>{blocks}</table:table-cell>'


def test_a_table_is_one_with_its_head_and_merged_cells_named() -> None:
    head = f"<table:table-header-rows><table:table-row>{cell('Jour')}{cell('Reste')}"
    head += "</table:table-row></table:table-header-rows>"
    merged = cell("tout", ' table:number-columns-spanned="2"') + "<table:covered-table-cell/>"
    made = letter(table(cell("lundi") + cell(p("12", "Base")), merged, inside=head))
    assert made.markdown == ("| Jour | Reste |\n| --- | --: |\n| lundi | **12** |\n| tout | |\n")
    assert [each.kind for each in made.unplaced] == ["merged"]


def test_a_bare_row_is_taken_apart() -> None:
    made = letter(table(cell("Collectif", called="") + cell(p("le 3 mai", "Base"), called="")))
    assert made.markdown == "Collectif\n\n::: right\n**le 3 mai**\n:::\n"
    assert [each.kind for each in made.unplaced] == ["layout"]


def test_an_empty_cell_repeated_a_million_times_is_one() -> None:
    many = cell("", ' table:number-columns-repeated="1000000"')
    assert letter(table(cell("a") + many, cell("b") + many)).markdown.count("|") < 15


# --- pictures, notes, margins, changes ------------------------------------------------------------


def frame(inside: str, more: str = 'text:anchor-type="as-char"') -> str:
    return f'<draw:frame {more} svg:width="5.004cm">{inside}</draw:frame>'


IMAGE = '<draw:image xlink:href="Pictures/1.png"/>'


def test_a_picture_has_its_words_and_its_width() -> None:
    made = letter(p(frame(f"{IMAGE}<svg:desc>Notre logo</svg:desc>")))
    assert made.markdown == "![Notre logo](picture-1.png){width=5cm}\n"
    assert made.pictures == {"picture-1.png": PNG}
    floating = letter(p("mot" + frame(IMAGE, 'text:anchor-type="paragraph"')))
    assert looks(floating) == ["position"]


def test_a_picture_that_is_not_in_the_file_is_named() -> None:
    for away in ("Pictures/2.png", "../../etc/passwd", "http://example.org/a.png", "Object 1.emf"):
        made = letter(p(frame(f'<draw:image xlink:href="{away}"/>')))
        assert [each.kind for each in made.unplaced] == ["picture"]
        assert made.pictures == {}


def test_a_text_box_is_a_paragraph_behind_and_named() -> None:
    made = letter(p("mot" + frame(f"<draw:text-box>{p('encadré')}</draw:text-box>")))
    assert made.markdown == "mot\n\nencadré\n"
    assert [(each.kind, each.words) for each in made.unplaced] == [("box", "encadré")]


def test_notes_stand_at_the_end() -> None:
    note = (
        '<text:note text:note-class="footnote"><text:note-citation>1</text:note-citation>'
        f"<text:note-body>{p('Celle de 2023.')}</text:note-body></text:note>"
    )
    assert letter(p(f"La loi{note}.")).markdown == "La loi[^1].\n\n[^1]: Celle de 2023.\n"


def test_margins_are_named_and_their_logo_kept() -> None:
    around = (
        f"<office:document-styles {SPACES}><office:master-styles><style:master-page>"
        f"<style:header>{p('Collectif')}{p(frame(IMAGE))}</style:header>"
        f"<style:footer>{p('Page 1')}</style:footer></style:master-page>"
        "</office:master-styles></office:document-styles>"
    )
    made = letter(p("mot"), parts={"styles.xml": around})
    assert made.pictures == {"logo-1.png": PNG}
    assert [(each.kind, each.words, each.place) for each in made.unplaced] == [
        ("margin", "Collectif", "header"),
        ("logo", "logo-1.png", "header"),
        ("margin", "Page 1", "footer"),
    ]


def test_tracked_changes_are_accepted_and_comments_named() -> None:
    info = "<office:change-info><dc:date>2026-01-01</dc:date></office:change-info>"
    changes = (
        '<text:tracked-changes><text:changed-region text:id="d"><text:deletion>'
        f"{info}{p('exigeons')}</text:deletion></text:changed-region>"
        f'<text:changed-region text:id="i"><text:insertion>{info}</text:insertion>'
        "</text:changed-region></text:tracked-changes>"
    )
    comment = f"<office:annotation><dc:creator>A</dc:creator>{p('À vérifier')}</office:annotation>"
    made = letter(
        changes
        + p(
            'Nous <text:change text:change-id="d"/><text:change-start text:change-id="i"/>'
            f'demandons<text:change-end text:change-id="i"/> cela.{comment}'
        )
    )
    assert made.markdown == "Nous demandons cela.\n"
    assert sorted((each.kind, each.words) for each in made.unplaced) == [
        ("comment", "À vérifier"),
        ("deleted", "exigeons"),
        ("inserted", "demandons"),
    ]
    assert {each.place for each in made.unplaced} == {"Nous demandons cela."}


def test_what_was_deleted_at_no_place_is_named_all_the_same() -> None:
    deleted = f"<text:deletion>{p('exigeons')}</text:deletion>"
    region = f'<text:changed-region text:id="d">{deleted}</text:changed-region>'
    made = letter(f"<text:tracked-changes>{region}</text:tracked-changes>{p('mot')}")
    assert [(each.kind, each.words) for each in made.unplaced] == [("deleted", "exigeons")]


def test_a_field_is_not_told_to_have_lost_what_it_showed() -> None:
    made = letter(p("Saint-Malo, le <text:date>11/29/26</text:date>"))
    assert made.markdown == "Saint-Malo, le [date]\n"
    assert made.unplaced == ()


@pytest.mark.parametrize(
    ("position", "expected"),
    [
        ("super 58%", "m²"),
        ("33% 58%", "m²"),
        ("sub 58%", "m₂"),
        ("-33% 58%", "m₂"),
        ("0% 100%", "m2"),
    ],
)
def test_raised_and_lowered_digits_stay(position: str, expected: str) -> None:
    properties = f'<style:text-properties style:text-position="{position}"/>'
    styles = f"<office:styles>{style('Haut', 'text', properties)}</office:styles>"
    around = f"<office:document-styles {SPACES}>{styles}</office:document-styles>"
    made = letter(p(f"m{span('2', 'Haut')}"), parts={"styles.xml": around})
    assert (made.markdown, made.unplaced) == (f"{expected}\n", ())


def test_the_fonts_that_somebody_chose_are_named() -> None:
    fonts = "".join(
        style(name, family, f'<style:text-properties style:font-name="{font}"/>')
        for name, family, font in (
            ("Standard", "paragraph", "Garamond"),
            ("Corps", "paragraph", "Liberation Serif"),
            ("Mot", "text", "Comic Sans MS"),
            ("Rien", "text", "Arial"),
        )
    )
    around = f"<office:document-styles {SPACES}>{fonts}</office:document-styles>"
    body = p(f"mot {span('mot', 'Mot')}{span(' ', 'Rien')}", "Standard") + p("mot", "Corps")
    made = letter(body, parts={"styles.xml": around})
    assert [(each.kind, each.words) for each in made.unplaced] == [
        ("font", "Comic Sans MS, Garamond")
    ]
    assert made.font == ""
    more = p("mot", "Standard") * 2 + p(f"un {span('mot', 'Mot')} {span('', '')}mot", "Standard")
    assert letter(body + more, parts={"styles.xml": around}).font == "Garamond"


# --- fields ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (
            '<text:database-display text:column-name="Nom">&lt;Nom&gt;</text:database-display>',
            "[Nom]",
        ),
        ("<text:placeholder>&lt;Ville&gt;</text:placeholder>", "[Ville]"),
        ('<text:user-field-get text:name="Lieu">x</text:user-field-get>', "[Lieu]"),
        ('<text:text-input text:description="Votre nom">x</text:text-input>', "[Votre nom]"),
        ("<text:date>24/05/2019</text:date>", "[date]"),
        ('<text:date text:fixed="true">24/05/2019</text:date>', "24/05/2019"),
        ("<text:author-name>Zoé</text:author-name>", "Zoé"),
        ("<text:bookmark-ref>mot</text:bookmark-ref>", "mot"),
    ],
)
def test_a_field_is_a_blank_or_its_words(said: str, expected: str) -> None:
    assert letter(p(f"a {said}")).markdown == f"a {expected}\n"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("ooow:Sexe == &quot;F&quot;", '{% if sexe == "F" %}oui{% else %}non{% endif %}'),
        (
            "ooow:[base.table.Sexe] NEQ &quot;F&quot;",
            '{% if sexe != "F" %}oui{% else %}non{% endif %}',
        ),
        ("ooow:Age L 18", "{% if age|nombre < 18 %}oui{% else %}non{% endif %}"),
    ],
)
def test_conditional_text_is_an_if(condition: str, expected: str) -> None:
    said = (
        f'<text:conditional-text text:condition="{condition}" text:string-value-if-true="oui" '
        'text:string-value-if-false="non">oui</text:conditional-text>'
    )
    assert letter(p(said)).markdown == f"{expected}\n"


def test_a_condition_that_no_letter_can_say_is_a_blank_and_told() -> None:
    said = (
        '<text:conditional-text text:condition="ooow:A AND B" text:string-value-if-true="oui" '
        'text:string-value-if-false="non">oui</text:conditional-text>'
    )
    made = letter(p(f"mot {said}<text:database-next/>"))
    assert made.markdown.startswith("mot [IF A AND B")
    assert [each.kind for each in made.unplaced] == ["rule", "rule"]


# --- drafts and what is no letter -----------------------------------------------------------------


def test_a_draft_comes_of_it_as_of_a_word_file() -> None:
    body = p("Objet : À lire") + p("Madame, à <text:placeholder>&lt;Ville&gt;</text:placeholder>")
    made = draft.read(odt_file(body), "Lettre.ODT")
    assert (made.subject, made.body) == ("À lire", "Madame, à [Ville]\n")


def manifest(inside: str) -> dict[str, str | bytes]:
    return {"META-INF/manifest.xml": f"<manifest:manifest {SPACES}>{inside}</manifest:manifest>"}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "letter-not-word"),
        (odt_file("")[:150], "letter-not-word"),
        (odt_file("", parts={"content.xml": "<office"}), "letter-not-word"),
        (odt_file("", parts={"styles.xml": "<"}), "letter-not-word"),
        (odt_file("", parts=manifest("<manifest:encryption-data/>")), "letter-encrypted"),
        (odt_file("", parts={"Pictures/2.png": bytes(60_000_000)}), "letter-too-large"),
        (odt_file(" " * 6_000_000), "letter-too-large"),
    ],
    ids=["empty", "cut", "content", "styles", "password", "picture", "text"],
)
def test_what_cannot_be_read_is_said_so(content: bytes, expected: str) -> None:
    with pytest.raises(LetterError) as caught:
        odt.read(content)
    assert caught.value.code == expected
