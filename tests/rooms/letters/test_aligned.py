"""Blocks that are aligned, read for an editor and written anew."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from merge.letters import aligned, editable
from merge.letters.aligned import KINDS, Aligned
from merge.letters.blocks import split
from merge.letters.drafts import word
from merge.letters.editable import BlockEdit, edited, edits_of
from merge.letters.prose import Prose, read
from tests.examples import each_line
from tests.rooms.letters.test_prose import BLOCKS, said
from tests.word_letters import LETTERS, content

ALIGNED = st.builds(
    Aligned,
    kind=st.sampled_from(KINDS),
    blocks=st.lists(BLOCKS.filter(lambda each: each.kind != "note"), min_size=1, max_size=3).map(
        tuple
    ),
)


def pieces(div: Aligned) -> list[tuple[str, str]]:
    return [each for block in div.blocks for each in said(block)]


@given(ALIGNED)
def test_an_aligned_block_loses_no_word_and_stays_one_block(div: Aligned) -> None:
    source = aligned.write(div)
    if not source:
        assert not pieces(div)
        return
    beside = [block.source for block in split(f"a\n\n{source}\n\nb").blocks]
    assert beside == ["a", source, "b"]
    again = aligned.read(source)
    if again is None:  # as in test_prose: what no editor shows of one block
        assert any(read(each.source) is None for each in split(aligned.unfenced(source)[1]).blocks)
        return
    assert pieces(again) == pieces(div)
    assert again.kind == div.kind
    assert aligned.write(again) == source


@each_line
def test_an_aligned_block_is_read_and_written_as_it_was(source: str) -> None:
    found = aligned.read(source)
    assert found is not None
    assert aligned.read(aligned.write(found)) == found


@each_line
def test_what_is_not_aligned_prose_stays_closed(source: str) -> None:
    assert aligned.read(source) is None


def test_the_editor_shows_no_fence_and_tells_the_file_as_it_was() -> None:
    source = "::: right\n**Anaïs**\\\n{{ date }}\n\n- a\n:::\n\nFin.\n"
    told = json.loads(json.dumps([dict(each.node) for each in editable.read(source, "").blocks]))
    assert [told[0]["type"], told[0]["attrs"]] == ["aligned", {"n": 0, "kind": "right"}]
    assert ":::" not in json.dumps(told)
    assert edited(source, "", None, edits_of(told)) == source
    told[0]["attrs"]["kind"] = "center"
    assert edited(source, "", None, edits_of(told)) == source.replace("right", "center")


def test_no_block_of_twenty_word_letters_shows_its_fences() -> None:
    shown = [
        each
        for name in LETTERS
        for each in editable.read(word.read(content(name)).markdown, "letter.md").blocks
    ]
    assert sum(each.node["type"] == "aligned" for each in shown) == 26
    assert [each.source for each in shown if not each.is_prose and ":::" in each.source] == []


def test_an_aligned_block_whose_words_are_all_gone_is_gone() -> None:
    empty = Aligned(kind="right", blocks=(Prose(lines=((),)),))
    assert edited("a\n\nb\n", "", None, [BlockEdit(of=0), BlockEdit(prose=empty)]) == "a\n"
