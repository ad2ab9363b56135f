"""Claims about plain text that becomes a letter: what was typed comes out."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from merge.french.grammar import typography
from merge.letters.drafts.plain import markdown
from merge.model import Letter, Recipient
from tests.examples import each_line
from tests.rooms.letters.test_template import letter


def letter_of(text: str) -> Letter:
    """What a reader gets of a plain letter."""
    return made_of(markdown(text).markdown)


def made_of(source: str) -> Letter:
    return letter(source, Recipient(key="1", commune="Nice"))


def said_by(source: str) -> str:
    """The plain text of a letter without its foot."""
    return made_of(source).text.partition("\n-- \n")[0].strip("\n")


def comes_out(text: str) -> str:
    return said_by(markdown(text).markdown)


# --- what looks like markup -----------------------------------------------------------------------


@each_line
def test_it_comes_out_as_it_was_typed(text: str) -> None:
    made = letter_of(text)
    assert made.text.startswith(typography(text) + "\n")
    assert not re.search("<(?!/?(?:p|br|a)\\b)", made.html)


def test_bold_is_bold() -> None:
    assert "<strong>mot</strong>" in letter_of("un **mot** ici").html
    assert comes_out("un ** mot ** et a** b") == "un ** mot ** et a** b"


WORDS = st.text(
    st.sampled_from("abcé12 *_#`[]()<>!&\\-+.>~|=\"'/{}%"), min_size=1, max_size=40
).filter(lambda text: not re.search(r"[{<%]\s*\w|\[[^\]]+\]|_{3}|\.{4}|\*\*|[{}%]{2}|\{", text))


@given(WORDS)
def test_no_sign_of_a_plain_line_is_markup(text: str) -> None:
    """The spaces of typography aside."""
    assert "".join(comes_out(f"x\n\n{text}.").split()) == "".join(f"x{text}.".split())


# --- lines ----------------------------------------------------------------------------------------


@each_line
def test_a_line_goes_on_where_it_was_only_wrapped(typed: str, said: str) -> None:
    assert comes_out(typed) == said


def test_a_broken_sentence_is_joined_and_told() -> None:
    before = "Elle a rejoint la liste des municipalités qui, ailleurs en Europe et aux"
    plain = markdown(f"{before}\n\nÉtats-Unis (Boston) ont dit non.\n\nFin")
    assert f"{before} États-Unis" in plain.markdown
    assert plain.joined == ("Europe et aux États-Unis (Boston) ont",)


@each_line
def test_paragraphs_that_were_meant_stay(text: str) -> None:
    assert markdown(text).joined == ()
    assert comes_out(text) == text


@each_line
def test_lines_with_bullets_are_a_list(mark: str) -> None:
    made = letter_of(f"Nous voulons :\n{mark} un mot\n{mark} un *autre*\nMerci")
    assert made.html.count("<li>") == 2
    assert "- un mot\n- un *autre*\n\nMerci" in made.text


def test_numbers_that_follow_each_other_are_a_list() -> None:
    assert "<ol>" in letter_of("1. un\n\n2. deux").html
    assert "<ol>" not in letter_of("1. un\n\n7. deux").html
