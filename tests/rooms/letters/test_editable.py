"""A letter as the document of an editor, and what comes back of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merge.app.new import LETTER, model_letter
from merge.errors import Misuse
from merge.letters import editable, frontmatter, head
from merge.letters.editable import BlockEdit, edited, edits_of, read
from tests.examples import each_line
from tests.rooms.letters.test_blocks import SOURCES

MODEL = (model_letter() / LETTER).read_text()


def document(source: str) -> list[dict[str, Any]]:
    """What an editor tells that has changed nothing, and that has lost what it was given."""
    told = json.loads(json.dumps([dict(block.node) for block in read(source, LETTER).blocks]))
    assert isinstance(told, list)
    return told


def test_the_model_letter_is_all_prose() -> None:
    letter = read(MODEL, LETTER)
    assert letter.subject == "Pas de vidéosurveillance algorithmique {{ commune|a }}"
    assert all(block.is_prose for block in letter.blocks)
    assert document(MODEL)[3]["content"][1] == {
        "type": "blank",
        "attrs": {"expression": "commune|de", "name": ""},
    }
    assert MODEL.splitlines()[letter.blocks[3].row - 1] == letter.blocks[3].source


@given(SOURCES)
def test_blocks_that_are_kept_keep_every_byte(source: str) -> None:
    n = len(read(source, LETTER).blocks)
    if n:
        assert edited(source, LETTER, None, edits_of([{"keep": i} for i in range(n)])) == source


def test_the_model_letter_told_node_by_node_is_the_same() -> None:
    assert edited(MODEL, LETTER, None, edits_of(document(MODEL))) == MODEL


def test_one_changed_word_changes_one_line() -> None:
    told = document(MODEL)
    told[3]["content"][0]["text"] = "Nous, citoyen·nes "
    changed = edited(MODEL, LETTER, None, edits_of([*({"keep": i} for i in range(3)), *told[3:]]))
    differ = [
        (a, b) for a, b in zip(MODEL.splitlines(), changed.splitlines(), strict=True) if a != b
    ]
    assert [b for _a, b in differ] == [
        differ[0][0].replace("Nous, habitant·es ", "Nous, citoyen·nes ")
    ]


CLOSED = "{% if population %}\r\n\r\nb\r\n\r\n\r\n- c\r\n\r\n{% endif %}"


def test_an_if_around_paragraphs_is_one_closed_block_that_is_told_without_its_source() -> None:
    source = f"a\r\n\r\n{CLOSED}\r\n\r\n<b>d</b>\r\n"
    shown = read(source, LETTER).blocks
    assert [each.source for each in shown] == ["a", CLOSED, "<b>d</b>"]
    assert [each.row for each in shown] == [1, 3, 12]
    told = document(source)
    assert told[1:] == [{"type": "closed", "attrs": {"n": n}} for n in (1, 2)]
    told[0]["content"][0]["text"] = "z"
    moved = [told[1], told[0], {"type": "closed", "attrs": {"n": None}}]
    assert edited(source, LETTER, None, edits_of(moved)) == f"{CLOSED}\r\n\r\nz\r\n"


def test_an_if_that_never_ends_closes_itself_alone() -> None:
    assert [b.is_prose for b in read("{% if a %}\n\nb\n\nc\n", LETTER).blocks] == [
        False,
        True,
        True,
    ]


def test_what_an_editor_cannot_have_made_of_a_choice_or_a_picture_is_words() -> None:
    odd = [
        {"type": "choice", "attrs": {"source": "{% for a in b %}c{% endfor %}"}},
        {"type": "picture", "attrs": {"src": "javascript:a", "alt": "Une", "width": ""}},
        {"type": "picture", "attrs": {"src": "a.png", "alt": "", "width": "9 m"}},
    ]
    told = [{"type": "paragraph", "attrs": {}, "content": odd}]
    made = edited("", LETTER, None, edits_of(told))
    assert made == "{\\% for a in b %}c{\\% endfor %}Une![](a.png)\n"


def test_the_paragraph_that_was_cut_in_two_is_two() -> None:
    told = [
        {"type": "paragraph", "attrs": {"n": 0}, "content": [{"type": "text", "text": "un"}]},
        {"type": "paragraph", "attrs": {"n": None}, "content": [{"type": "text", "text": "deux"}]},
        {"type": "paragraph", "attrs": {"n": None}},
        {"keep": 1},
    ]
    assert edited("un deux\n\n\ntrois\n", LETTER, None, edits_of(told)) == "un\n\ndeux\n\ntrois\n"


def test_a_list_beside_a_list_that_stays_is_another() -> None:
    item = {
        "type": "item",
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": "b"}]}],
    }
    told = [{"keep": 0}, {"type": "bullets", "attrs": {}, "content": [item]}, {"keep": 1}]
    changed = edited("- a\n\n* c\n", LETTER, None, edits_of(told))
    assert changed == "- a\n\n+ b\n\n* c\n"


@each_line
def test_what_is_no_document_of_ours_is_refused(told: str) -> None:
    with pytest.raises(Misuse, match="letter-document"):
        edits_of(json.loads(told))


def test_a_document_of_thousands_of_blocks_is_refused():
    with pytest.raises(Misuse, match="letter-document"):
        edits_of([{"keep": 0}] * 5_000)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=3)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["type", "attrs", "content", "text", "marks", "keep", "n"]),
            st.one_of(inner, st.sampled_from(["paragraph", "text", "blank", "item", "bullets"])),
            max_size=4,
        ),
    ),
    max_leaves=12,
)


@given(st.lists(JSON, max_size=3))
def test_whatever_is_told_is_a_letter_or_refused(told: list[object]) -> None:
    try:
        edits = edits_of(told)
    except Misuse:
        return
    assert edited("a\n\nb\n", LETTER, None, edits) is not None


def test_a_number_that_the_letter_has_not_is_a_new_block() -> None:
    told = [
        {"keep": 7},
        {"type": "paragraph", "attrs": {"n": -1}, "content": [{"type": "text", "text": "b"}]},
    ]
    assert edited("a\n", LETTER, None, edits_of(told)) == "b\n"


def test_an_expression_that_no_blank_can_say_is_words() -> None:
    blank = {"type": "blank", "attrs": {"expression": "commune * 2", "name": ""}}
    told = [{"type": "paragraph", "attrs": {}, "content": [blank]}]
    assert edited("", LETTER, None, edits_of(told)) == "\\[commune \\* 2]\n"


def test_an_open_blank_stays_one_that_check_finds() -> None:
    blank = {"type": "blank", "attrs": {"expression": "", "name": "Nom du maire"}}
    told = [{"type": "paragraph", "attrs": {}, "content": [blank]}]
    assert edited("", LETTER, None, edits_of(told)) == "[Nom du maire]\n"


@pytest.mark.parametrize("subject", ["Un objet", '"entre guillemets"', "a: b", "{{ commune }}"])
@pytest.mark.parametrize(
    "source",
    [
        "---\nsubject: x\nattachments: a.pdf\n---\n\nb\n",
        "---\r\nattachments: a.pdf\r\nsubject: x\r\n---\r\nb",
        "\ufeff---\nsubject: x\n---\nb\n",
        "---\nattachments: a.pdf\n---\nb\n",
        "b\n",
        "---\nb\n",
    ],
)
def test_a_subject_is_put_into_the_head_and_changes_nothing_else(source: str, subject: str) -> None:
    changed = head.with_value(source, "subject", subject)
    front = frontmatter.split(changed.removeprefix("\ufeff"), LETTER)
    assert front.subject == subject
    assert changed.endswith(source[head.length(source) :])
    assert head.with_value(changed, "subject", subject) == changed


def test_a_line_is_taken_out_of_the_head() -> None:
    source = "---\nsubject: x\nattachments: a.pdf\n---\n\nb\n"
    assert head.with_value(source, "attachments", "") == "---\nsubject: x\n---\n\nb\n"
    assert head.with_value("b\n", "attachments", "") == "b\n"


def test_a_very_long_letter_is_one_block() -> None:
    source = "a\n\n" * (editable.MOST_BLOCKS + 1)
    (block,) = read(source, LETTER).blocks
    assert not block.is_prose
    assert edited(source, LETTER, None, [BlockEdit(of=0)]) == source
