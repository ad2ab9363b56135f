"""A letter that is an HTML document says what the same letter in Markdown says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merge.errors import LetterError
from merge.letters import markdown
from merge.letters.enclosures import NamedFile
from merge.letters.markdown import Body
from merge.letters.markup import Removed
from tests.test_markdown import BITS, assert_harmless


def read(source: str, path: str = "letter.html") -> Body:
    return markdown.read(source, path=path, first_row=4)


def html(body: Body) -> str:
    return "".join(block.html for block in body.blocks)


def text(body: Body) -> str:
    return "".join(block.text for block in body.blocks)


@pytest.mark.parametrize(
    ("path", "said"), [("letter.html", "*a*"), ("Lettre.HTM", "*a*"), ("letter.md", "a")]
)
def test_a_letter_is_html_by_its_name(path: str, said: str) -> None:
    assert text(markdown.read("<p>*a*</p>", path=path, first_row=1)).strip() == said


@pytest.mark.parametrize(
    ("document", "source"),
    [
        ("<p>a</p>\n<p>b\nc</p>", "a\n\nb c"),
        ("a<p>b", "a\n\nb"),
        ("<P>a <b>b</b>, <em>c</em></P>", "a **b**, *c*"),
        ("<p>a<br>b</p>", "a\\\nb"),
        ("<h1>a</h1><h3>b</h3>", "# a\n\n### b"),
        ("<ul>\n<li>a</li>\n<li>b</li>\n</ul>", "- a\n- b"),
        ("<ul><li>a<li>b</ul>", "- a\n- b"),
        ('<ol start="3"><li>a<ul><li>c</li></ul></li><li>b</li></ol>', "3. a\n   - c\n4. b"),
        ("<ul><li><p>a</p><p>b</p></li></ul>", "- a\n\n  b"),
        ("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b"),
        ("a<hr>b", "a\n\n***\n\nb"),
        ('<a href="https://example.org/{{ x }}">a</a>', "[a](https://example.org/{{ x }})"),
        ('<a href="{{ x }}">a</a>', "[a]({{ x }})"),
        ('<img src="un logo.png" alt="x">', "![x](un logo.png)"),
        (
            "<p>{{ x }} ?</p>{% if y %}<p>a</p>{% endif %}",
            "{{ x }} ?\n\n{% if y %}\n\na\n\n{% endif %}",
        ),
        ("<p>1 &lt; 2 &amp; *a* _b_ # [c](d)</p>", "1 < 2 & \\*a\\* \\_b\\_ # \\[c](d)"),
        ("<p>a&nbsp;b</p>", "a\u00a0b"),
        ("<div><div>a</div></div>", "a"),
        ("<b>a<p>b</b> c", "**a**\n\n**b** c"),
        ("<b>a <i>b</b> c</i>", "**a *b*** c"),
        ("<p> <b></b></p>a", "a"),
        ("<votre ville>", "\\<votre ville>"),
    ],
)
def test_it_says_what_markdown_says(document: str, source: str) -> None:
    made, expected = read(document), read(source, "letter.md")
    assert html(made) == html(expected)
    assert text(made) == text(expected)
    assert made.removed == ()


def test_what_cannot_be_said_in_both_channels_is_removed_and_told() -> None:
    source = """<!DOCTYPE html>
<html lang="fr"><head><style>p { color: red }</style></head><body class="x">
<script>alert(1)</script>
<p onclick="x">a <font size="2">b</font> <a href="javascript:x">c</a></p>
<table><tr><td>d</td></tr></table></body></html>"""
    body = read(source)
    assert html(body) == "<p>a b c</p>\n<p>d</p>\n"
    assert body.removed == (
        Removed("<head><style>p { color: red }</style></head>", 5),
        Removed('<body class="x">', 5),
        Removed("<script>alert(1)</script>", 6),
        Removed('<p onclick="x">', 7),
        Removed('<font size="2">', 7),
        Removed('<a href="javascript:x">', 7),
        Removed("<table>", 8),
        Removed("<tr>", 8),
        Removed("<td>", 8),
    )


def test_a_fault_is_told_with_its_row() -> None:
    assert read('<p>a</p>\n\n<p>\nb <img src="a.png"></p>').pictures == (NamedFile("a.png", 7),)
    with pytest.raises(LetterError) as caught:
        read("<p>a</p>\n\n<p>b {% if x %}</p><p>c{% endif %}</p>")
    assert (caught.value.code, caught.value.row) == ("letter-tangled", 6)


@given(st.lists(BITS | st.sampled_from(["<ul>", "<li>", "</ul>", "<h1>", "</h1>"])).map("".join))
def test_no_document_can_hold_html_that_does_something(source: str) -> None:
    try:
        body = read(source)
    except LetterError:
        return
    assert_harmless(html(body))
