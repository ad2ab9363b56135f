"""A letter.md is cut into blocks and put together again, and keeps every byte that nobody edits."""

from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from merge.app.new import model_letter
from merge.letters.blocks import NewBlock, joined, split
from tests.examples import each_line

BREAKS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029 \t"

# Pieces that letters are made of, and that could be taken for one another.
PIECES = [
    *("\n", "\n\n", "\r\n", "\r", "\u2028", "\x0b", " ", "   ", "\t", "\ufeff", "\u00a0"),
    *("---\n", "subject: x\n", "# Titre", "- un", "* deux", "1. trois", "> cité", "***", "===="),
    *("{{ commune|de }}", "{% if x %}", "{% endif %}", "{# a\n\nb #}", "{{", "}}", "{%"),
    *(
        "**gras**",
        "*a",
        "[xx]",
        "\\[",
        "[a](http://x.fr)",
        "![p](a.png)",
        "`c`",
        "<b>",
        "<!--",
        "-->",
    ),
    *("mot", "é", "œ", "&amp;", "\\", "\0", "| a | b |", "|--|--|", "```", "    code"),
]
SOURCES = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=5)), max_size=25).map(
    "".join
)


def as_it_is(source: str) -> list[NewBlock]:
    return [NewBlock(block.source, i) for i, block in enumerate(split(source).blocks)]


@given(SOURCES)
@example("\n---\n---\n")
def test_what_is_split_is_joined_to_the_same_bytes(source: str) -> None:
    letter = split(source)
    assert letter.source == source
    if letter.blocks:
        assert joined(letter, as_it_is(source)) == source


@given(SOURCES, st.data())
def test_editing_one_block_changes_no_other_byte(source: str, data: st.DataObject) -> None:
    letter = split(source)
    if not letter.blocks:
        return
    i = data.draw(st.integers(0, len(letter.blocks) - 1))
    edited = as_it_is(source)
    edited[i] = NewBlock("Tout autre chose.", i)
    before = "".join(
        (letter.head, *(g + b.source for g, b in zip(letter.gaps, letter.blocks[:i], strict=False)))
    )
    behind = source[len(before) + len(letter.gaps[i]) + len(letter.blocks[i].source) :]
    result = joined(letter, edited)
    assert result.startswith(before)
    behind = behind.lstrip(BREAKS)  # an empty line may be needed where there was none
    assert result.endswith(behind)
    middle = result[len(before) : len(result) - len(behind)]
    assert re.sub(r"[\s\ufeff]", "", middle) == "Toutautrechose."


@given(SOURCES)
def test_no_block_begins_or_ends_with_an_empty_line(source: str) -> None:
    for block in split(source).blocks:
        assert block.source.strip()
        assert block.source == block.source.rstrip()


@each_line
def test_the_model_letters_are_paragraphs(name: str) -> None:
    source = (model_letter() / name).read_text()
    letter = split(source)
    assert letter.head.startswith("---\n")
    assert letter.head.endswith("---\n")
    assert [b.source for b in letter.blocks] == source[len(letter.head) :].strip().split("\n\n")
    for block in letter.blocks:
        assert source.splitlines()[block.row - 1] == block.source.splitlines()[0]


@each_line
def test_a_letter_is_cut_where_an_empty_line_parts_what_it_says(source, blocks: list[str]) -> None:
    assert [block.source for block in split(source).blocks] == blocks


def test_a_new_block_stands_between_empty_lines_and_an_emptied_one_is_gone() -> None:
    letter = split("---\nsubject: x\n---\n\n\na\n\n\nb\n\n\n\nc\n")
    a, b, c = as_it_is(letter.source)
    assert joined(letter, [a, NewBlock("neuf"), b, c]) == (
        "---\nsubject: x\n---\n\n\na\n\nneuf\n\nb\n\n\n\nc\n"
    )
    assert joined(letter, [a, NewBlock("  ", 1), c]) == "---\nsubject: x\n---\n\n\na\n\nc\n"


def test_a_file_from_windows_keeps_its_line_breaks() -> None:
    letter = split("---\r\nsubject: x\r\n---\r\n\r\na\r\nb\r\n\r\nc\r\n")
    assert joined(letter, [NewBlock("d\ne", 0), NewBlock("c", 1), NewBlock("f")]) == (
        "---\r\nsubject: x\r\n---\r\n\r\nd\r\ne\r\n\r\nc\r\n\r\nf\r\n"
    )


def test_what_was_a_heading_does_not_run_into_the_words_below_it() -> None:
    letter = split("# a\nb\n")
    assert joined(letter, [NewBlock("a", 0), NewBlock("b", 1)]) == "a\n\nb\n"
    assert joined(letter, [NewBlock("# c", 0), NewBlock("b", 1)]) == "# c\nb\n"


def test_an_empty_letter_gets_its_first_words() -> None:
    letter = split("---\nsubject: x\n---\n")
    assert joined(letter, [NewBlock("a"), NewBlock("b")]) == "---\nsubject: x\n---\n\na\n\nb\n"
    assert joined(split(""), [NewBlock("a")]) == "a\n"
