"""Footnotes, blocks to the right, page breaks and widths of pictures in a letter; their faults."""

from __future__ import annotations

import json
import re

from merge.letters import blocks, editable, prose
from merge.letters.blanks import spans
from merge.letters.blocks import NewBlock
from merge.letters.drafts.plain import markdown as of_plain_text
from merge.letters.editable import BlockEdit
from merge.letters.pictures import css_width
from merge.model import Channel, Letter, Pieced
from tests.examples import each_line
from tests.rooms.letters.test_template import HAVRE, PNG, Folder, compiled, html, letter, page, text

NOTES = "a[^1] b[^x].\n\n[^1]: Un: *deux*\n\n[^x]: {{ commune }}\n    et\n\n    après"


def test_footnotes_stand_at_the_end_of_an_e_mail() -> None:
    made = html(NOTES)
    assert made.startswith("<p>a<sup>1</sup> b<sup>2</sup>.</p>\n<div style=")
    assert "<sup>1</sup> Un\u00a0: <em>deux</em></p>" in made
    assert "<sup>2</sup> Le Havre\net<br>après</p>\n</div>" in made


def test_a_footnote_of_a_page_stands_where_it_is_called() -> None:
    made = page(NOTES).html
    assert '<p>a<span class="note">Un\u00a0: <em>deux</em></span> b<span class="note">' in made
    assert "Le Havre et<br>après</span>.</p>" in made


@each_line
def test_footnotes_are_numbered_as_they_are_read(source: str, said: str) -> None:
    assert text(source) == said


def test_letters_with_footnotes_share_what_the_template_says() -> None:
    one, other = (letter(NOTES, HAVRE._replace(commune=name)) for name in ("Le Havre", "Nice"))
    for a, b in ((one.html, other.html), (one.text, other.text)):
        assert isinstance(a, Pieced)
        assert isinstance(b, Pieced)
        pairs = list(zip(a.pieces, b.pieces, strict=True))
        assert [pair for pair in pairs if pair[0] != pair[1]] == [("Le Havre", "Nice")]


def test_a_block_says_its_words_and_how_it_stands() -> None:
    source = "::: {} \na\n\nb {{{{ commune }}}}\n:::\n\nc"
    for name, mail in (
        ("right", '<div align="right" style="text-align: right">'),
        ("center", '<div align="center" style="text-align: center">'),
        ("indent", '<div style="margin-left: 32px">'),
    ):
        assert text(source.format(name)) == "a\n\nb Le Havre\n\nc"
        assert html(source.format(name)).startswith(f"{mail}\n<p>a</p>\n<p>b Le Havre</p>\n</div>")
        assert f'<div class="{name}">\n<p>a</p>' in page(source.format(name)).html


def test_one_block_may_stand_in_another() -> None:
    for fence in ("::::", ":::"):
        made = page(f"{fence} indent\na\n\n::: right\nb\n:::\n{fence}").html
        assert (
            '<div class="indent">\n<p>a</p>\n<div class="right">\n<p>b</p>\n</div>\n</div>' in made
        )


def test_a_page_break_is_one_on_a_page_alone() -> None:
    source = "a\n\n\\newpage\n\nb"
    assert text(source) == "a\n\nb"
    assert html(source) == "<p>a</p>\n<p>b</p>"
    assert '<p>a</p>\n<div class="newpage"></div>\n<p>b</p>' in page(source).html
    assert text("\\\\newpage") == "\\newpage"


@each_line
def test_a_picture_is_as_wide_as_is_said(typed: str, css: str, told: int) -> None:
    source = f"![x](a.png){{width={typed}}}"
    folder = Folder({"a.png": PNG})
    made = html(source, files=folder)
    assert f'<img width="{told}" style="max-width: 100%; width: {css}" src="cid:' in made
    printed = compiled(source, files=folder).render(HAVRE, Channel.PAPER)
    assert isinstance(printed, Letter)
    assert f'<img style="max-width: 100%; width: {css}" src="a.png"' in printed.page.html


@each_line
def test_what_is_no_width_is_none(typed: str) -> None:
    assert css_width(typed) == "" or typed == "１cm"


# --- in the editor --------------------------------------------------------------------------------

BLOCKS = (
    "Bonjour[^1] **à tous**,",
    "| A | B |\n|---|--:|\n| 1 | {{ commune }} |",
    "::: right\n\nà droite\n\n- liste\n\n:::",
    "\\newpage",
    "[^1]: Une note\n    et sa suite",
    "![x](a.png){width=50%}",
    "Fin.",
)
LETTER = "---\nsubject: Objet\n---\n" + "\n\n".join(BLOCKS) + "\n"


def test_each_block_of_a_letter_is_found_whole() -> None:
    split = blocks.split(LETTER)
    assert tuple(each.source for each in split.blocks) == BLOCKS
    assert split.source == LETTER


def test_each_form_of_a_letter_is_edited_as_what_it_is() -> None:
    shown = editable.read(LETTER, "letter.md").blocks
    assert [each.node["type"] for each in shown] == [
        *("paragraph", "table", "aligned", "newpage", "note", "paragraph", "paragraph")
    ]
    told = json.loads(json.dumps([dict(each.node) for each in shown]))
    assert not re.search(r":::|newpage\"]|\[\^|!\[|\{[{%]", json.dumps(told))
    again = editable.edited(LETTER, "", None, editable.edits_of(told))
    rewritten = [each.source for each in blocks.split(again).blocks]
    assert all(map(prose.says_the_same, rewritten, BLOCKS))
    assert prose.read("a\n\\newpage") is None


def test_blocks_keep_their_bytes_when_another_is_edited() -> None:
    kept = [BlockEdit(of=i) for i in range(6)]
    edited = editable.edited(LETTER, "letter.md", None, [*kept, BlockEdit(of=6, source="Autre.")])
    assert edited == LETTER.replace("Fin.", "Autre.")
    assert (
        blocks.joined(blocks.split(LETTER), [NewBlock(each, i) for i, each in enumerate(BLOCKS)])
        == LETTER
    )


@each_line
def test_what_is_typed_as_words_stays_words(typed: str) -> None:
    lines = typed.split("\n")
    pieces = [prose.Piece("text", lines[0])]
    for line in lines[1:]:
        pieces += [prose.Piece("break"), prose.Piece("text", line)]
    written = prose.write(prose.Prose(lines=(tuple(pieces),)))
    assert text(written).replace("\u00a0", " ") == typed
    assert text(of_plain_text(typed).markdown).replace("\u00a0", " ") == typed


def test_what_says_how_a_letter_looks_is_no_blank_of_a_draft() -> None:
    assert list(spans("a[^1] ![x](a.png){width=5cm} {width=50%}")) == []
