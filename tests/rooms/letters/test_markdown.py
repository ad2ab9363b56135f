"""Pictures and HTML among the Markdown of a letter: what becomes of them in both channels."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from merge.errors import LetterError
from merge.letters import markdown
from merge.letters.enclosures import NamedFile
from merge.letters.markdown import Body
from merge.letters.markup import Removed
from tests.rooms.letters.test_template import without_marks


def read(source: str) -> Body:
    return markdown.read(source, path="letter.md", first_row=4)


def html(source: str) -> str:
    return "".join(block.html for block in read(source).blocks).strip()


def text(source: str) -> str:
    return "".join(block.text for block in read(source).blocks).strip()


def refused(source: str) -> LetterError:
    with pytest.raises(LetterError) as caught:
        read(source)
    return caught.value


# --- pictures -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "name", "said"),
    [
        ("![La *mairie*](a.png)", "a.png", "[La mairie]"),
        ("![x](photos/a.jpeg)", "photos/a.jpeg", "[x]"),
        ("![x](ma photo d'été.JPG)", "ma photo d'été.JPG", "[x]"),
        ("![x](<ma photo.png>)", "ma photo.png", "[x]"),
        ("![](a.png)", "a.png", ""),
        ("[![x](a.png)](https://example.org)", "a.png", "[x] <https://example.org>"),
    ],
)
def test_a_picture_is_its_words_in_brackets_where_there_are_no_pictures(
    source: str, name: str, said: str
) -> None:
    assert read(source).pictures == (NamedFile(name, 4),)
    assert text(source) == said
    assert html(source).count("<img ") == 1


def test_a_name_and_words_cannot_leave_the_tag_of_a_picture() -> None:
    made = html('![" onerror="x](<a" onerror="x.png>)')
    assert made == (
        '<p><img style="max-width: 100%" src="a%22%20onerror%3D%22x.png" '
        'alt="&quot; onerror=&quot;x"></p>'
    )


@pytest.mark.parametrize(
    "source", ["![x]({{ a }}.png)", "![{{ a }}](x.png)", '![x](x.png "{{ a }}")']
)
def test_a_blank_in_a_picture_is_refused(source: str) -> None:
    error = refused(f"a\n\nb {source}")
    assert (error.code, error.row) == ("picture-unclear", 6)


@pytest.mark.parametrize("source", ["![x](a b.gif)", "![x](file:///etc/passwd)", "![x](a.png"])
def test_a_picture_that_is_none_is_not_shown_as_text(source: str) -> None:
    error = refused(f"a\n\n{source}")
    assert (error.code, error.row) == ("picture-unclear", 6)


# --- HTML -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "as_html", "as_text"),
    [
        ("<b>a</b> <strong>b</strong>", "<strong>a</strong> <strong>b</strong>", "a b"),
        ("<i>a <EM>b</EM></i>", "<em>a <em>b</em></em>", "a b"),
        ("<u>a</u> m<sup>2</sup> H<sub>2</sub>O", None, "a m2 H2O"),
        ("<span>a</span>", "<span>a</span>", "a"),
        ("a<br>b<br/>c<br />d", "a<br />\nb<br />\nc<br />\nd", "a\nb\nc\nd"),
        ("**<b>a</b>** <b>*c*</b>", None, "a c"),
        (
            '<a href="https://example.org/?a&amp;b">c</a>',
            '<a href="https://example.org/?a&amp;b">c</a>',
            "c <https://example.org/?a&b>",
        ),
        ("<a href='mailto:a@example.org'>a@example.org</a>", None, "a@example.org"),
        ("<a href='mailto:a@example.org'>c</a>", None, "c <a@example.org>"),
        ('<a href="{{ x }}">{{ x }}</a>', '<a href="{{ (x)|_cible }}">{{ x }}</a>', "{{ x }}"),
        (
            '<a href="{{ x }}">c</a>',
            '<a href="{{ (x)|_cible }}">c</a>',
            "c <{{ (x)|_cible }}>",
        ),
    ],
)
def test_the_html_that_everyone_knows_is_understood(
    source: str, as_html: str | None, as_text: str
) -> None:
    assert text(source) == as_text
    assert html(source) == f"<p>{source if as_html is None else as_html}</p>" or as_html is None
    assert read(source).removed == ()


@pytest.mark.parametrize(
    ("source", "page"),
    [
        (
            "[a **b**](https://c.example.org)!",
            "a <strong>b</strong></a> &lt;https://c.example.org&gt;!",
        ),
        ("- [a](mailto:b@example.org)", "a</a> &lt;b@example.org&gt;"),
        ("[a](https://example.org/{{ x }})", "a</a> &lt;https://example.org/{{ (x)|_partie }}&gt;"),
        ("<https://example.org>", "https://example.org</a></p>"),
    ],
)
def test_a_link_says_its_address_where_nobody_can_click(source: str, page: str) -> None:
    (block,) = read(source).blocks
    assert page in without_marks(block.page)
    assert "&lt;" not in block.html


def test_a_list_begins_with_its_number_on_the_page() -> None:
    (block,) = read("3. a\n4. b").blocks
    assert block.text == "3. a\n4. b\n\n"
    assert '<ol start="3" style="counter-reset: list-item 2">' in block.page


def test_a_list_that_begins_as_lists_do_is_numbered_from_one() -> None:
    (block,) = read("1. a\n2. b").blocks
    assert (block.text, "counter-reset" in block.page) == ("1. a\n2. b\n\n", False)


@pytest.mark.parametrize(
    ("source", "paragraphs"),
    [
        ("<p>a</p><p>b</p>\nc", ["a", "b", "c"]),
        ("<div>\n\n**a**\n\n</div>\n\nb", ["<strong>a</strong>", "b"]),
        ("<div><p>a\nb</p></div>", ["a\nb"]),
        ("<b>a <div>b</div></b>", ["<strong>a \nb\n</strong>"]),
        ("<div></div>", []),
    ],
)
def test_a_paragraph_in_html_is_a_paragraph(source: str, paragraphs: list[str]) -> None:
    assert html(source).replace(">\n<p>", "><p>") == "".join(f"<p>{p}</p>" for p in paragraphs)
    assert read(source).removed == ()


def test_a_choice_may_stand_around_a_paragraph_in_html() -> None:
    assert html("{% if x %}<p>a</p>{% endif %}") == "{% if x %}<p>a</p>\n{% endif %}"


@pytest.mark.parametrize(
    ("source", "left", "found"),
    [
        ("<script>alert(1)\n\nx</script>a", "a", ["<script>alert(1) x</script>"]),
        ("<STYLE>p {}</STYLE>a", "a", ["<STYLE>p {}</STYLE>"]),
        ("<iframe src=x>b</iframe>a", "a", ["<iframe src=x>b</iframe>"]),
        ("<!-- b\nc -->a", "a", ["<!-- b c -->"]),
        ("a<o:p></o:p>", "a", ["<o:p>", "</o:p>"]),
        ("<center>a</center>", "a", ["<center>"]),
        ("<p align=center>a</p>", "a", ["<p align=center>"]),
        ("<font color=red>a</font>", "a", ["<font color=red>"]),
        ("<b onclick=x>a</b>", "<strong>a</strong>", ["<b onclick=x>"]),
        ("<span style='x'>a</span>", "<span>a</span>", ["<span style='x'>"]),
        ("<img src=x onerror=alert(1)>a", "a", ["<img src=x onerror=alert(1)>"]),
        ("<a href='javascript:x'>a</a>", "a", ["<a href='javascript:x'>"]),
        ("<a href='&#106;avascript:x'>a</a>", "a", ["<a href='&#106;avascript:x'>"]),
        ("<a href='//x'>a</a>", "a", ["<a href='//x'>"]),
        ("<a name=x>a</a>", "a", ["<a name=x>"]),
        ("a<br clear=all>b", "a<br />\nb", ["<br clear=all>"]),
        ("<b>a", "a", ["<b>"]),
        ("a</b>", "a", ["</b>"]),
        ("<b>a <i>b</b></i>", "a <em>b</em>", ["<b>"]),
        ("<?php x ?>a", "a", ["<?php x ?>"]),
        ("<span class='{{ x }}'>a</span>", "<span>a</span>", ["<span class='{{ x }}'>"]),
    ],
)
def test_all_other_html_is_removed_and_told(source: str, left: str, found: list[str]) -> None:
    assert html(source) == f"<p>{left}</p>"
    assert [each.found for each in read(source).removed] == found
    assert text(source) == re.sub("<[^>]*>", "", left)


def test_what_is_removed_is_told_with_its_row() -> None:
    source = "a\nb <font>c</font>\n\n<!-- d\n\ne -->\n\nf <hr>"
    assert read(source).removed == (
        Removed("<font>", 5),
        Removed("<!-- d e -->", 7),
        Removed("<hr>", 11),
    )


@pytest.mark.parametrize("source", ["<script>b", "<!-- b", "<style><b>", '<svg a="<">b'])
def test_what_never_ends_takes_nothing_of_the_letter_with_it(source: str) -> None:
    error = refused(f"a\n\n{source}\n\nc")
    assert (error.code, error.row) == ("html-unclosed", 6)


@pytest.mark.parametrize("words", ["<votre ville>", "<ville>", "1 < 2 > 0", "`<b>`", "\\<b>"])
def test_angle_brackets_that_are_no_html_stay_words(words: str) -> None:
    assert text(words) == words.strip("`").removeprefix("\\")
    assert read(words).removed == ()


class _Seen(HTMLParser):
    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def assert_harmless(made: str) -> None:
    """Only what Markdown writes."""
    for tag, attributes in _Seen(made).tags:
        assert tag in ALLOWED
        assert set(attributes) <= {"a": {"href", "title"}, "ol": {"start"}}.get(tag, set()) | (
            {"src", "alt", "style", "title"} if tag == "img" else set()
        )
        target = (attributes.get("href") or "https:").lower()
        assert not target.startswith(("javascript:", "data:", "vbscript:"))


ALLOWED = {
    *("p", "strong", "em", "u", "sup", "sub", "span", "br", "a", "ul", "ol", "li", "hr", "code"),
    *("blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "img"),
}
BITS = st.sampled_from(
    [
        *("<script>", "</script>", "<b>", "</b>", "<p>", "</p>", "<a href='javascript:x'>", "</a>"),
        *("<a href=https://example.org>", "<img src=x onerror=y>", "<svg/onload=x>", "<!--", "-->"),
        *("<iframe ", ">", "<", "/", "&lt;", "&#60;script>", "**", "_", "`", "[", "](", ")", "\\"),
        *("\n", "\n\n", " ", "a", "- ", "> ", "# ", '"', "'", "<br>", "<i", "on=x", "javascript:"),
        *("{% if x %}", "{% endif %}", "{{ x }}"),
    ]
)


@given(st.lists(BITS, max_size=25).map("".join))
@example("<scr<script>x</script>ipt>alert(1)</script>")
@example("<<b>script>a</b>")
@example("<b <script>x</script> onclick=y>a</b>")
def test_no_letter_can_hold_html_that_does_something(source: str) -> None:
    try:
        made = html(source)
    except LetterError:
        return
    assert_harmless(made)


@pytest.mark.parametrize("name", ["letter.html", "Lettre.HTM"])
def test_an_html_document_is_no_letter(name: str) -> None:
    with pytest.raises(LetterError, match="letter-html"):
        markdown.read("<p>a</p>", path=name, first_row=1)
