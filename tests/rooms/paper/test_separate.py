"""Each letter of a lot as a PDF of its own, and a .zip of all."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from zipfile import ZipFile

import pytest

from merge.paper import lot_files
from tests.desk import Desk
from tests.dying import dies
from tests.pages import sha256, texts
from tests.printers import desk as desk
from tests.printers import paper

pytestmark = pytest.mark.usefixtures("pages_can_be_made")

LOTS = Path("outbox/lots")
SEPARATE = ("print", "--lot", "1", "--separate")
NAMES = [
    "lot-01-001-l-abergement-clemenciat-01001.pdf",
    "lot-01-002-l-abergement-de-varey-01002.pdf",
    "lot-01-003-amberieu-en-bugey-01004.pdf",
    "lot-01-004-ambleon-01006.pdf",
]


def lying(desk: Desk) -> list[str]:
    """All that lies among the lots, below their folder."""
    lots = desk.folder / LOTS
    return sorted(str(path.relative_to(lots)) for path in lots.rglob("*") if path.is_file())


ALL = ["lot-0001.pdf", "lot-0001.zip", *(f"lot-0001/{name}" for name in NAMES)]


def test_the_zip_has_all_of_them_and_the_same_lot_gives_the_same_zip(desk: Desk) -> None:
    desk.ok("print", "--separate")
    zipped = desk.folder / LOTS / "lot-0001.zip"
    with ZipFile(zipped) as files:
        assert files.namelist() == NAMES
        for name in NAMES:
            assert files.read(name) == (zipped.with_suffix("") / name).read_bytes()
    before = sha256(zipped)
    zipped.unlink()
    desk.ok(*SEPARATE)
    assert sha256(zipped) == before


def test_letters_named_as_before_give_way_and_what_a_person_put_there_stays(desk: Desk) -> None:
    desk.ok("print", "--separate")
    folder = desk.folder / LOTS / "lot-0001"
    for name in ("lot-0001-0001-01001.pdf", "lot-01-001-old-name-01001.pdf", "à moi.pdf", "x.txt"):
        (folder / name).write_bytes(b"x")
    (folder / NAMES[0]).write_bytes(b"cut short")
    desk.ok(*SEPARATE)
    assert sorted(path.name for path in folder.iterdir()) == sorted([*NAMES, "à moi.pdf", "x.txt"])
    assert len(texts(folder / NAMES[0])) == 2


def test_who_is_erased_is_in_no_zip(desk: Desk) -> None:
    desk.ok("print", "--separate")
    desk.ok("print", "--posted", "1")
    desk.ok("purge", "01001", "--really", "--yes")
    assert lying(desk) == []


def whole(desk: Desk) -> list[str]:
    return [name for name in lying(desk) if not name.startswith(".cutting-")]


def test_a_kill_leaves_nothing_half_written_and_the_next_makes_all(desk):
    """Between the steps: cut, zipped, the folder put in its place, the .zip put in its place."""
    desk.ok("print")
    for point, when in (("lot_files:_zip", "before"), ("lot_files:_put", "before")):
        dies(desk, f"merge.paper.{point}", when, *SEPARATE)
        assert whole(desk) == ["lot-0001.pdf"]
    dies(desk, "merge.paper.lot_files:_put", "after", *SEPARATE)
    assert whole(desk) == sorted({*ALL} - {"lot-0001.zip"})
    desk.ok(*SEPARATE)
    assert whole(desk) == sorted(ALL)
    before = {name: sha256(desk.folder / LOTS / name) for name in ALL}
    dies(desk, "merge.paper.lot_files:_put", "before", *SEPARATE)
    assert whole(desk) == sorted(ALL)
    assert {name: sha256(desk.folder / LOTS / name) for name in ALL} == before
    assert paper(desk) == {"made": 4}


def test_a_full_disk_is_told_and_leaves_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(lot_files, "_zip", full)
        said = desk.run("print", "--separate")
        assert said.code == 1
        assert lying(desk) == ["lot-0001.pdf"]
        assert desk.run(*SEPARATE).code == 3
        assert lying(desk) == ["lot-0001.pdf"]
    desk.ok(*SEPARATE)
    assert lying(desk) == sorted(ALL)
