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


def killed(desk: Desk, at: int) -> list[str]:
    """What lies there by its own name once the command was killed at this step.

    Cut, cut, …, zipped, the folder put in its place, the .zip put in its place.
    """
    command = [sys.executable, "-c", KILLED, str(at), str(desk.folder)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    return whole(desk)


def whole(desk: Desk) -> list[str]:
    return [name for name in lying(desk) if not name.startswith(".cutting-")]


def test_a_kill_leaves_nothing_half_written_and_the_next_makes_all(desk: Desk) -> None:
    desk.ok("print")
    assert [killed(desk, at) for at in (1, 5, 6)] == [["lot-0001.pdf"]] * 3
    assert killed(desk, 7) == sorted({*ALL} - {"lot-0001.zip"})
    desk.ok(*SEPARATE)
    assert whole(desk) == sorted(ALL)
    before = {name: sha256(desk.folder / LOTS / name) for name in ALL}
    for at in (3, 6, 7):
        assert killed(desk, at) == sorted(ALL)
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
