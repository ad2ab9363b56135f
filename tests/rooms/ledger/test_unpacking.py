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


def of_others() -> dict[str, bytes]:
    """What no backup is made of."""
    return {
        "link": with_members("link", mode=0o120777),
        "pipe": with_members("pipe", mode=0o010600),
        "device": with_members("device", mode=0o060600),
        "twice": with_members("twice", "twice"),
        "bzip2": with_members("bz", kind=ZIP_BZIP2),
        "encrypted": encrypted(with_members()),
        "larger": announced_larger(with_members()),
        "bomb": a_bomb(),
        "one in another": in_one_another(),
        **{name: with_members(name) for name in NAMES},
    }


def in_one_another() -> bytes:
    """A hundred names for one packed file: each would be written."""
    whole = io.BytesIO()
    with ZipFile(whole, "w", ZIP_STORED) as packed:
        packed.writestr("campaign.toml", b"")
        packed.writestr("ledger.db", b"x" * 1000)
        first = packed.NameToInfo["ledger.db"]
        for number in range(100):
            info = ZipInfo(f"{number}.png")
            for name in ("header_offset", "file_size", "compress_size", "CRC", "compress_type"):
                setattr(info, name, getattr(first, name))
            packed.filelist.append(info)
            packed.NameToInfo[info.filename] = info
    return whole.getvalue()


def test_what_no_backup_is_made_of_is_refused_and_what_is_no_campaign_is_told_so(
    tmp_path: Path,
) -> None:
    none = (b"", b"PK", b"%PDF-1.4", b"PK\5\6" + bytes(18), bytes(5000))
    asked = [(name, data, "zip-refused") for name, data in of_others().items()]
    asked += [(repr(data[:9]), data, "zip-no-campaign") for data in none]
    failures = []
    for name, data, code in asked:
        (tmp_path / "x.zip").write_bytes(data)
        try:
            unpacking.look(tmp_path / "x.zip")
            failures.append((name, "taken"))
        except (Misuse, Refused) as trouble:
            if trouble.code != code:
                failures.append((name, trouble.code))
    assert failures == []


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


def repacked(good: Path, damage: Callable[[bytes], bytes]) -> Path:
    """The same .zip, its ledger changed by somebody on the way."""
    with ZipFile(good) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    files["ledger.db"] = damage(files["ledger.db"])
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


def test_a_ledger_that_is_none_is_not_taken_up(
    good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_HOME", str(tmp_path / "another"))
    theirs = Desk(tmp_path / "theirs")
    for damage in (
        lambda data: b"no database",
        lambda data: data[:8192] + bytes(len(data) - 8192),
        lambda data: with_table(data, "watch"),
    ):
        assert theirs.run("adopt", str(repacked(good, damage)), "--yes").code == 3
        assert not theirs.folder.exists()
