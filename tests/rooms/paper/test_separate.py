"""Each letter of a lot as a PDF of its own, and a .zip of all."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from merge.paper import lot_files
from tests.desk import Desk
from tests.house import ROOT
from tests.pages import sha256, texts
from tests.rooms.ledger.test_printing import desk as desk
from tests.rooms.ledger.test_printing import paper

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


def test_each_letter_is_a_file_named_by_its_place_and_its_commune(desk: Desk) -> None:
    desk.ok("print", "--separate")
    assert lying(desk) == sorted(ALL)


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


def test_a_lot_that_is_given_back_takes_its_letters_and_their_zip_along(desk: Desk) -> None:
    desk.ok("print", "--separate")
    desk.ok("print", "--discard", "1", "--yes")
    assert lying(desk) == []
    there = {path.name for path in (desk.folder / "outbox/discarded").iterdir()}
    assert there == {"lot-0001", "lot-0001.pdf", "lot-0001.zip"}


def test_who_is_erased_is_in_no_zip(desk: Desk) -> None:
    desk.ok("print", "--separate")
    desk.ok("print", "--posted", "1")
    desk.ok("purge", "01001", "--really", "--yes")
    assert lying(desk) == []


KILLED = """
import os, signal, sys
from merge.cli import main
from merge.paper import binding, lot_files
from merge import disks
at, folder = int(sys.argv[1]), sys.argv[2]
n = 0
def counted(call):
    def do(*arguments, **more):
        global n
        n += 1
        if n == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*arguments, **more)
    return do
binding._cut = counted(binding._cut)
lot_files._zip = counted(lot_files._zip)
lot_files._put = counted(lot_files._put)
disks.move = counted(disks.move)
main(["-C", folder, "print", "--lot", "1", "--separate"])
"""


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("at", [1, 3, 5, 6, 7])
def test_a_kill_leaves_nothing_half_written_and_the_next_makes_all(
    desk: Desk, at: int, again: bool
) -> None:
    """Cut, cut, …, zipped, the folder put in its place, the .zip put in its place."""
    desk.ok("print", *(["--separate"] if again else []))
    whole = {}
    if again:
        whole = {name: (desk.folder / LOTS / name).read_bytes() for name in ALL}
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(at), str(desk.folder)], cwd=ROOT, capture_output=True
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    lots = desk.folder / LOTS
    seen = [name for name in lying(desk) if not name.startswith(".cutting-")]
    if again:
        assert seen == sorted(ALL)
        assert {name: (lots / name).read_bytes() for name in ALL} == whole
    else:
        assert seen in (["lot-0001.pdf"], sorted(set(ALL) - {"lot-0001.zip"}))
    desk.ok(*SEPARATE)
    assert [name for name in lying(desk) if not name.startswith(".cutting-")] == sorted(ALL)
    assert paper(desk) == {"made": 4}


def test_a_full_disk_is_told_and_leaves_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(lot_files, "_zip", full)
        said = desk.run("print", "--separate")
        assert (said.code, "disk is full" in said.err) == (1, True), said
        assert "outbox/lots/lot-0001.pdf: 4 letters" in said.out
        assert lying(desk) == ["lot-0001.pdf"]
        again = desk.run(*SEPARATE)
        assert (again.code, "disk is full" in again.err) == (3, True)
        assert lying(desk) == ["lot-0001.pdf"]
    desk.ok(*SEPARATE)
    assert lying(desk) == sorted(ALL)


def test_letters_cut_out_carry_the_marks_of_their_sheets(desk: Desk) -> None:
    desk.ok("print", "--separate")
    for place, name in enumerate(NAMES, start=1):
        (front, back) = texts(desk.folder / LOTS / "lot-0001" / name)
        assert f"lot 1 · {place}/4" in front
        assert "lot" not in back
