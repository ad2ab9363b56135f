"""A letter is changed block by block, and never overwritten unseen."""

from __future__ import annotations

from pathlib import Path

import pytest

from merge.app import writing
from merge.app.writing import EditConflict
from merge.errors import LetterError, Misuse
from merge.letters.editable import BlockEdit
from tests.desk import Desk


def put(desk: Desk, source: bytes, name: str = "letter.md") -> None:
    (desk.folder / name).write_bytes(source)


SOURCE = (
    b"\xef\xbb\xbf---\r\nsubject: Un objet\r\n---\r\n\r\n"
    b"Un {{ commune|de }},\r\nici.\r\n\r\n\r\n<b>x</b>\r\n"
)


def test_a_letter_is_shown_as_it_stands_in_its_file(desk: Desk) -> None:
    put(desk, SOURCE)
    letter = desk.reads(writing.look)
    assert (letter.name, letter.is_reminder) == ("letter.md", False)
    assert letter.version == writing.version_of(SOURCE)
    assert letter.source.encode() == SOURCE
    assert [(b.source, b.row, b.is_prose) for b in letter.shown.blocks] == [
        ("Un {{ commune|de }},\r\nici.", 5, True),
        ("<b>x</b>", 9, False),
    ]
    assert letter.others == ("reminder.md",)


def test_one_edit_changes_its_block_and_no_other_byte(desk: Desk) -> None:
    put(desk, SOURCE)
    version = desk.reads(writing.look).version
    edits = [BlockEdit(of=0, source="Deux,\nlà."), BlockEdit(of=1)]
    new = desk.reads(writing.save, "letter.md", version, None, edits)
    changed = (desk.folder / "letter.md").read_bytes()
    assert changed == SOURCE.replace(b"Un {{ commune|de }},\r\nici.", b"Deux,\r\nl\xc3\xa0.")
    assert new == writing.version_of(changed)


def test_a_letter_that_is_saved_unchanged_keeps_its_bytes(desk: Desk) -> None:
    put(desk, SOURCE)
    version = desk.reads(writing.look).version
    assert desk.reads(writing.save, "letter.md", version, None, None) == version
    assert (desk.folder / "letter.md").read_bytes() == SOURCE


def test_a_file_that_has_changed_meanwhile_is_left_as_it_is_and_both_texts_are_told(
    desk: Desk,
) -> None:
    put(desk, SOURCE)
    shown = desk.reads(writing.look)
    put(desk, SOURCE.replace(b"ici", b"ailleurs"))
    edits = [BlockEdit(of=0, source="Deux."), BlockEdit(of=1)]
    came = desk.reads(writing.save, "letter.md", shown.version, "Autre", edits, base=shown.source)
    assert isinstance(came, EditConflict)
    assert "ailleurs" in came.stands
    assert came.wanted == shown.source.replace("Un {{ commune|de }},\r\nici.", "Deux.").replace(
        "Un objet", "Autre"
    )
    assert b"ailleurs" in (desk.folder / "letter.md").read_bytes()
    taken = desk.reads(writing.save_source, "letter.md", came.version, came.wanted)
    assert (desk.folder / "letter.md").read_bytes().decode() == came.wanted
    assert taken == writing.version_of(came.wanted.encode())
    again = desk.reads(writing.save_source, "letter.md", came.version, "x")
    assert isinstance(again, EditConflict)


def test_the_version_before_each_change_is_put_back_and_forth_to_the_byte(desk: Desk) -> None:
    put(desk, SOURCE)
    assert not desk.reads(writing.look).has_before
    first = desk.reads(writing.look).version
    assert desk.reads(writing.save, "", first, None, None) == first
    assert not desk.reads(writing.look).has_before  # nothing was changed
    second = str(desk.reads(writing.save, "", first, "Autre", None))
    third = str(desk.reads(writing.save_source, "", second, "---\nsubject: x\n---\n\nTrois.\n"))
    for now, then in ((third, second), (second, third), (third, second)):
        assert desk.reads(writing.look).has_before
        assert desk.reads(writing.put_back, "", now) == then
    assert (desk.folder / "letter.md").read_bytes() == SOURCE.replace(b"Un objet", b"Autre")
    came = desk.reads(writing.put_back, "", third)  # it is another one since
    assert isinstance(came, EditConflict)
    assert desk.reads(writing.look).version == second


def test_what_would_be_saved_is_told_and_nothing_is_written(desk: Desk) -> None:
    put(desk, SOURCE)
    version = desk.reads(writing.look).version
    would = writing.drafted(desk.folder, "letter.md", version, "Autre", None)
    assert would.encode() == SOURCE.replace(b"Un objet", b"Autre")
    assert (desk.folder / "letter.md").read_bytes() == SOURCE


def test_no_other_file_is_read_or_written(desk: Desk) -> None:
    for name in ("campaign.toml", "../x.md", "ledger.db", "texts/06088.md"):
        with pytest.raises(Misuse):
            desk.reads(writing.look, name)
        with pytest.raises(Misuse):
            desk.reads(writing.save_source, name, "", "x")


def test_a_link_in_the_place_of_the_letter_is_not_followed(desk: Desk, tmp_path: Path) -> None:
    outside = tmp_path / "outside.md"
    outside.write_bytes(SOURCE)
    (desk.folder / "letter.md").unlink()
    (desk.folder / "letter.md").symlink_to(outside)
    with pytest.raises(Exception, match="folder-link"):
        desk.reads(writing.look)
    assert outside.read_bytes() == SOURCE


def test_a_letter_that_is_no_text_says_so(desk: Desk) -> None:
    put(desk, b"\xff\xfe\x00")
    with pytest.raises(LetterError, match="not-utf8"):
        desk.reads(writing.look)


def test_a_letter_with_a_broken_head_or_no_words_is_shown_all_the_same(desk: Desk) -> None:
    for source in (b"", b"---\nsubject: x\n", b"{{ commune", b"---\nwrong\n---\na\n"):
        put(desk, source)
        shown = desk.reads(writing.look).shown
        assert all(block.source in source.decode() for block in shown.blocks)
