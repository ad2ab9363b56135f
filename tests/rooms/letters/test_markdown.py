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
from tests.examples import each_line
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


@each_line
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


@each_line
def test_a_blank_in_a_picture_is_refused(source: str) -> None:
    error = refused(f"a\n\nb {source}")
    assert (error.code, error.row) == ("picture-unclear", 6)


@each_line
def test_a_picture_that_is_none_is_not_shown_as_text(source: str) -> None:
    error = refused(f"a\n\n{source}")
    assert (error.code, error.row) == ("picture-unclear", 6)


# --- HTML -----------------------------------------------------------------------------------------


@each_line
def test_the_html_that_everyone_knows_is_understood(
    source: str, as_html: str | None, as_text: str
) -> None:
    assert text(source) == as_text
    assert html(source) == f"<p>{source if as_html is None else as_html}</p>" or as_html is None
    assert read(source).removed == ()


@each_line
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


@each_line
def test_a_paragraph_in_html_is_a_paragraph(source: str, paragraphs: list[str]) -> None:
    assert html(source).replace(">\n<p>", "><p>") == "".join(f"<p>{p}</p>" for p in paragraphs)
    assert read(source).removed == ()


def test_a_choice_may_stand_around_a_paragraph_in_html() -> None:
    assert html("{% if x %}<p>a</p>{% endif %}") == "{% if x %}<p>a</p>\n{% endif %}"


@each_line
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


@each_line
def test_what_never_ends_takes_nothing_of_the_letter_with_it(source: str) -> None:
    error = refused(f"a\n\n{source}\n\nc")
    assert (error.code, error.row) == ("html-unclosed", 6)


@each_line
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


@each_line
def test_an_html_document_is_no_letter(name: str) -> None:
    with pytest.raises(LetterError, match="letter-html"):
        markdown.read("<p>a</p>", path=name, first_row=1)
