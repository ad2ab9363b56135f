"""Pictures and attachments are put into a letter and taken out; local paragraphs, one by one."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from merge.app import writing
from merge.app.new import LETTER
from merge.app.writing import EditConflict
from merge.errors import LetterError, Misuse
from tests.desk import Desk

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SOURCE = "---\nsubject: x\n---\n\nUn.\n\n\nDeux.\n"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path / "campaign")
    desk.make()
    (desk.folder / LETTER).write_text(SOURCE, "utf-8")
    return desk


def source(desk: Desk) -> str:
    return (desk.folder / LETTER).read_text("utf-8")


def test_an_attachment_is_named_in_the_head_and_taken_out_again(desk: Desk) -> None:
    letter = desk.reads(writing.look)
    desk.reads(writing.attach, letter, letter.version, "C:\\Mes docs\\tract.pdf", b"%PDF")
    assert source(desk) == SOURCE.replace("x\n", "x\nattachments: tract.pdf\n")
    assert (desk.folder / "tract.pdf").read_bytes() == b"%PDF"
    letter = desk.reads(writing.look)
    (file,) = desk.reads(writing.files, letter).files
    assert (file.name, file.kind, file.size, file.code) == ("tract.pdf", "attachment", 4, "")
    desk.reads(writing.attach, letter, letter.version, "tract.pdf", b"another")
    assert "attachments: tract.pdf, tract-2.pdf\n" in source(desk)
    for name in ("tract.pdf", "tract-2.pdf"):
        letter = desk.reads(writing.look)
        desk.reads(writing.detach, letter, letter.version, name)
    assert source(desk) == SOURCE
    assert (desk.folder / "tract.pdf").exists()


@pytest.mark.parametrize("name", ["a,b.pdf", "ledger.db", "campaign.toml", "", "..", "a:b.pdf"])
def test_what_no_letter_may_name_is_not_attached(desk: Desk, name: str) -> None:
    letter = desk.reads(writing.look)
    before = {each.name: each.read_bytes() for each in desk.folder.iterdir() if each.is_file()}
    with pytest.raises(Misuse):
        desk.reads(writing.attach, letter, letter.version, name, b"x")
    after = {each.name: each.read_bytes() for each in desk.folder.iterdir() if each.is_file()}
    assert after == before


def test_a_picture_stands_behind_the_paragraph_that_was_chosen(desk: Desk) -> None:
    letter = desk.reads(writing.look)
    desk.reads(
        writing.add_picture,
        letter,
        letter.version,
        "ma photo (1).PNG",
        PNG,
        words="la *place*",
        behind=0,
    )
    assert source(desk) == SOURCE.replace(
        "Un.\n", "Un.\n\n![la \\*place\\*](<ma photo 1.png>)\n"
    ).replace("\n\n\nDeux", "\n\nDeux")
    (file,) = desk.reads(writing.files, desk.reads(writing.look)).files
    assert (file.name, file.kind, file.code) == ("ma photo 1.png", "picture", "")


def test_the_editor_is_given_pictures_of_the_folder_and_nothing_else(desk: Desk) -> None:
    (desk.folder / "a.png").write_bytes(PNG)
    (desk.folder.parent / "b.png").write_bytes(PNG)
    (desk.folder / "c.png").write_bytes(b"secret")
    assert desk.reads(writing.picture, "a.png") == PNG
    for name in ("../b.png", str(desk.folder.parent / "b.png"), "c.png", "campaign.toml", "", "z"):
        assert desk.reads(writing.picture, name) is None


def test_a_file_that_is_no_picture_is_refused(desk: Desk) -> None:
    letter = desk.reads(writing.look)
    for data, code in ((b"GIF89a", "picture-unfit"), (PNG[:-9], "picture-unfit")):
        with pytest.raises(LetterError, match=code):
            desk.reads(
                writing.add_picture,
                letter,
                letter.version,
                "a.png",
                data,
                words="",
                behind=None,
            )
    assert source(desk) == SOURCE


def test_a_letter_that_has_changed_is_not_written_over(desk: Desk) -> None:
    letter = desk.reads(writing.look)
    (desk.folder / LETTER).write_text(SOURCE + "Trois.\n", "utf-8")
    came = desk.reads(writing.attach, letter, letter.version, "a.pdf", b"x")
    assert isinstance(came, EditConflict)
    assert source(desk) == SOURCE + "Trois.\n"
