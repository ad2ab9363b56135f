"""A disk that is full or may not be written: told, with an exit code, and nothing is lost."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from merge.french.communes import reference
from tests.desk import HAVRE, NICE, Desk, Y
from tests.disks import mounted
from tests.servers.capture import CaptureServer

pytest_plugins = ["tests.servers.fixtures"]

TOWNS = list(reference())[:12]


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    place = tmp_path / "small"
    place.mkdir()
    with mounted(place, "-t", "tmpfs", "-o", "size=1m", "tmpfs"):
        yield place


def fill(place: Path) -> Path:
    """Leave not one byte free."""
    file = place / "fill"
    with file.open("wb", buffering=0) as filling:
        try:
            while True:
                filling.write(b"\0" * 4096)
        except OSError:
            return file


@pytest.fixture
def desk(small: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    return Desk.made(small)


def sheet(desk: Desk, tmp_path: Path) -> str:
    return str(Desk(tmp_path / "beside").sheet(NICE, HAVRE, Y))


def test_an_import_on_a_full_disk_leaves_the_ledger_as_it_was(
    desk: Desk, small: Path, tmp_path: Path
) -> None:
    filled = fill(small)
    said = desk.run("import", sheet(desk, tmp_path))
    assert said.code == 3
    filled.unlink()
    assert desk.figures()["recipients"] == 0
    desk.ok("import", sheet(desk, tmp_path))
    assert desk.figures()["recipients"] == 3


def test_nothing_leaves_when_the_disk_is_full_and_everything_afterwards(
    desk: Desk, small: Path, tmp_path: Path, capture_server: CaptureServer
) -> None:
    desk.connect(capture_server)
    desk.ok("import", sheet(desk, tmp_path))
    filled = fill(small)
    said = desk.run("send", "--really", "--yes", "--untested")
    assert said.code == 3
    assert capture_server.messages == []
    said = desk.run("print")
    assert said.code == 3
    filled.unlink()
    desk.ok("send", "--really", "--yes", "--untested")
    assert len(capture_server.messages) == 2


def test_a_lot_for_which_there_is_too_little_room_is_told_at_every_step(
    desk: Desk, small: Path, tmp_path: Path
) -> None:
    """With a little more room each time: for the pages, the cover, the lot, the ledger."""
    rows = [f"{insee};;M;Jean;MARTIN;;1 place de la Mairie;01400;Ville" for insee in TOWNS]
    desk.ok("import", str(Desk(tmp_path / "beside").sheet(*rows)))
    refused = 0
    for room in range(0, 1_000_000, 100_000):
        filled = fill(small)
        with filled.open("r+b") as file:
            file.truncate(filled.stat().st_size - room)
        said = desk.run("print")
        if not said.code:
            break
        assert said.code == 3, said.err
        filled.unlink()
        assert not list((desk.folder / "outbox/making").glob("*"))
        refused += 1
    assert refused > 1
    assert desk.figures()["paper"]["made"] == len(TOWNS)
    assert [path.name for path in (desk.folder / "outbox/lots").iterdir()] == ["lot-0001.pdf"]


@pytest.fixture
def fixed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A campaign with recipients, in a folder that nobody may write any more."""
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    place = tmp_path / "fixed"
    place.mkdir()
    desk = Desk(place / "campaign")
    desk.make()
    desk.ok("import", sheet(desk, tmp_path))
    with mounted(place, "--bind", str(place)):
        subprocess.run(["mount", "-o", "remount,bind,ro", place], check=True)
        yield desk


def test_a_folder_that_may_not_be_written_can_be_read_and_is_refused_to_writers(
    fixed: Desk,
) -> None:
    for command, code in (
        *((reading, 0) for reading in ("status", "log", "check", "preview")),
        ("import communes.csv", 3),
        ("edit 06088 email=a@example.org", 3),
        ("send --really --yes --untested", 3),
        ("print", 3),
        ("adopt --yes", 3),
        ("account set --provider gmail --no-test", 2),
    ):
        said = fixed.run(*command.split())
        assert said.code == code, command + said.err
    assert fixed.figures()["email"]["queued"] == 2
