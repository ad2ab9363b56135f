"""A .zip from a stranger: what no backup of ours holds is refused, and nothing of it is left."""

from __future__ import annotations

import io
import sqlite3
import struct
import warnings
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import pytest

from merge.errors import Misuse, Refused
from merge.ledger import unpacking
from tests.desk import HAVRE, NICE, Desk


def with_members(*names: str, mode: int = 0o100600, kind: int = ZIP_DEFLATED) -> bytes:
    """A campaign, and beside it these."""
    whole = io.BytesIO()
    with ZipFile(whole, "w", kind) as packed, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a name that is there twice
        for name in ("ledger.db", "campaign.toml"):
            packed.writestr(name, b"x" * 100)
        for name in names:
            info = ZipInfo("placeholder")
            info.filename, info.external_attr, info.compress_type = name, mode << 16, kind
            packed.writestr(info, b"/etc/passwd")
    return whole.getvalue()


def announced_larger(data: bytes) -> bytes:
    """The table of contents says 4 GB of the first file, and its own header does, too."""
    at = data.index(b"PK\1\2")
    return data[: at + 24] + struct.pack("<I", 4_000_000_000) + data[at + 28 :]


def encrypted(data: bytes) -> bytes:
    at = data.index(b"PK\1\2")
    return data[: at + 8] + b"\1\0" + data[at + 10 :]


def a_bomb() -> bytes:
    whole = io.BytesIO()
    with ZipFile(whole, "w", ZIP_DEFLATED) as packed:
        packed.writestr("campaign.toml", b"")
        packed.writestr("ledger.db", b"")
        for number in range(3):
            packed.writestr(f"{number}.png", bytes(100_000_000))
    return whole.getvalue()


NAMES = [
    *("../out.txt", "a/../../out.txt", "/etc/cron.d/x", "C:\\x", "a\\b", "//server/x", "a//b"),
    *("outbox/.", "nul\x01l", "aux:stream", "LEDGER.DB", "x" * 300, " "),
    "ledger.db/x\nz",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_no_backup_has_is_refused(name: str, tmp_path: Path) -> None:
    file = tmp_path / "x.zip"
    file.write_bytes(with_members(name))
    with pytest.raises(Refused, match="zip-refused"):
        unpacking.look(file)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (with_members("link", mode=0o120777), "zip-refused"),
        (with_members("pipe", mode=0o010600), "zip-refused"),
        (with_members("device", mode=0o060600), "zip-refused"),
        (with_members("twice", "twice"), "zip-refused"),
        (with_members("bz", kind=ZIP_BZIP2), "zip-refused"),
        (encrypted(with_members()), "zip-refused"),
        (announced_larger(with_members()), "zip-refused"),
        (a_bomb(), "zip-refused"),
    ],
)
def test_what_no_backup_is_made_of_is_refused(data: bytes, code: str, tmp_path: Path) -> None:
    file = tmp_path / "x.zip"
    file.write_bytes(data)
    with pytest.raises(Refused, match=code):
        unpacking.look(file)


def test_files_that_lie_in_one_another_are_refused(tmp_path: Path) -> None:
    """A hundred names for one packed file: each would be written."""
    file = tmp_path / "x.zip"
    with ZipFile(file, "w", ZIP_STORED) as packed:
        packed.writestr("campaign.toml", b"")
        packed.writestr("ledger.db", b"x" * 1000)
        first = packed.NameToInfo["ledger.db"]
        for number in range(100):
            info = ZipInfo(f"{number}.png")
            for name in ("header_offset", "file_size", "compress_size", "CRC", "compress_type"):
                setattr(info, name, getattr(first, name))
            packed.filelist.append(info)
            packed.NameToInfo[info.filename] = info
    with pytest.raises(Refused, match="zip-refused"):
        unpacking.look(file)


@pytest.mark.parametrize("data", [b"", b"PK", b"%PDF-1.4", b"PK\5\6" + bytes(18), bytes(5000)])
def test_what_is_no_campaign_is_told_so(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "x.zip"
    file.write_bytes(data)
    with pytest.raises(Misuse, match="zip-no-campaign"):
        unpacking.look(file)


def test_a_file_that_is_not_as_announced_is_damaged(tmp_path: Path) -> None:
    file = tmp_path / "x.zip"
    data = with_members("letter.md")
    file.write_bytes(data)
    files = unpacking.look(file)
    for wrong in (-1, 1):
        changed = [
            unpacking.Packed(name=each.name, size=each.size + wrong * (each.name == "letter.md"))
            for each in files
        ]
        folder = tmp_path / f"to {wrong}"
        folder.mkdir()
        with pytest.raises(Refused, match="zip-refused"):
            unpacking.unpack(file, changed, folder)
        assert not (folder / "letter.md").exists()


@pytest.fixture
def good(tmp_path: Path) -> Path:
    desk = Desk(tmp_path / "campaign")
    desk.make()
    desk.ok("import", str(desk.sheet(NICE, HAVRE)))
    desk.ok("backup", "--close", str(tmp_path / "good.zip"), "--yes")
    return tmp_path / "good.zip"


def repacked(good: Path, change: Callable[[dict[str, bytes]], object]) -> Path:
    """The same .zip, changed by somebody on the way."""
    with ZipFile(good) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    change(files)
    bad = good.with_name("bad.zip")
    with ZipFile(bad, "w", ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    return bad


def with_table(ledger: bytes, name: str) -> bytes:
    """Somebody has built a table into it."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(ledger[:18] + b"\1\1" + ledger[20:])  # SQLite's mark of no log
        database.execute(f"CREATE TABLE {name} (x)")
        database.commit()
        return database.serialize()


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda data: b"no database", "damaged, or this is none"),
        (lambda data: data[:8192] + bytes(len(data) - 8192), "The ledger is damaged"),
        (lambda data: with_table(data, "watch"), "has changed how this database"),
    ],
)
def test_a_ledger_that_is_none_is_not_taken_up(
    good: Path,
    tmp_path: Path,
    damage: Callable[[bytes], bytes],
    told: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def change(files: dict[str, bytes]) -> None:
        files["ledger.db"] = damage(files["ledger.db"])

    monkeypatch.setenv("PUBLIPOSTAGE_HOME", str(tmp_path / "another"))
    theirs = Desk(tmp_path / "theirs")
    said = theirs.run("adopt", str(repacked(good, change)), "--yes")
    assert (said.code, "bad.zip: " in said.err, told in said.err) == (3, True, True), said.err
    assert not theirs.folder.exists()


def test_a_folder_with_something_in_it_is_left_alone(good: Path, tmp_path: Path) -> None:
    theirs = Desk(tmp_path / "theirs")
    theirs.folder.mkdir()
    (theirs.folder / "diary.txt").write_text("mine", "utf-8")
    said = theirs.run("adopt", str(good), "--yes")
    assert (said.code, [path.name for path in theirs.folder.iterdir()]) == (2, ["diary.txt"])


def test_a_backup_is_unpacked_and_adopted_in_one_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(tmp_path / "campaign")
    desk.make()
    desk.ok("import", str(desk.sheet(NICE, HAVRE)))
    desk.ok("backup", str(tmp_path / "copy.zip"))
    monkeypatch.setenv("PUBLIPOSTAGE_HOME", str(tmp_path / "another"))
    copy = Desk(tmp_path / "copy")
    assert copy.run("adopt", str(tmp_path / "copy.zip"), typed="n\n").code == 130
    assert not copy.folder.exists()
    copy.ok("adopt", str(tmp_path / "copy.zip"), "--yes")
    assert copy.figures() == desk.figures()
