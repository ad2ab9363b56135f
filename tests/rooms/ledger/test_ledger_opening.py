"""Bad folders, bad files, bad disks: each is refused with its own code, and nothing is lost."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from merge.errors import LedgerError
from merge.ledger.archive import Archive
from merge.ledger.driver import files
from merge.ledger.driver.database import handle_of, in_haste
from merge.ledger.driver.files import network_file_system
from merge.ledger.driver.sqlite import SqliteDatabase
from merge.ledger.opening import adopt, create_ledger
from merge.model import Status
from tests.disks import mounted
from tests.facts import wrong
from tests.fakes import town
from tests.house import ROOT
from tests.ledger_desk import Desk, desk_from_dump, new_desk, store
from tests.ledger_hands import NOON, claim
from tests.next_schema import BEFORE, next_schema

FROZEN = ROOT / "tests/golden" / f"ledger-{BEFORE}.sql"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return new_desk(tmp_path, towns=3)


def test_a_new_campaign_is_private(desk: Desk) -> None:
    assert desk.folder.stat().st_mode & 0o777 == 0o700
    with desk.open("share") as opened:
        opened.archive.put([b"bytes"])
        files = [path for path in desk.folder.rglob("*") if path.is_file()]
        assert {"ledger.db", "ledger.db-wal", "archive.db"} <= {path.name for path in files}
        assert {path.stat().st_mode & 0o777 for path in files if path.suffix != ".json"} == {0o600}


def test_a_commit_survives_a_power_cut_and_no_row_loses_its_recipient(desk: Desk) -> None:
    database = SqliteDatabase(desk.ledger)
    with database.writing() as tx:
        pragmas = {
            name: tx.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    database.close()
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}  # 2 is FULL


def test_who_reads_writes_nothing(desk: Desk) -> None:
    with desk.open("read") as opened:
        with pytest.raises(LedgerError):
            opened.ledger.set_fact("colour", "blue")
        assert opened.ledger.fact("colour") is None


def test_who_writes_has_it_alone_from_the_first_moment(desk: Desk) -> None:
    """What is read before the first word is written must still hold then."""
    with (
        closing(SqliteDatabase(desk.ledger)) as database,
        closing(sqlite3.connect(desk.ledger, timeout=0)) as other,
    ):
        for writing in (database.writing, database.writing_fast):
            with writing(), pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("BEGIN IMMEDIATE")


def test_a_campaign_is_made_once(desk: Desk) -> None:
    with pytest.raises(LedgerError, match="folder-not-empty"):
        create_ledger(desk.folder, accounts=desk.accounts)


def test_a_creation_that_was_killed_is_in_nobodys_way(tmp_path: Path) -> None:
    folder = tmp_path / "campaign"
    folder.mkdir(mode=0o755)
    (folder / "ledger.db.making").write_bytes(b"half")
    (folder / "ledger.db.making-wal").write_bytes(b"half")
    desk = new_desk(tmp_path, towns=1)
    assert not list(folder.glob("*.making*"))
    assert desk.ledger.exists()
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_folder_without_a_ledger(tmp_path: Path, desk: Desk) -> None:
    assert replace(desk, folder=tmp_path).refusal("read") == "ledger-missing"


def test_a_ledger_that_is_none_is_refused_and_left_as_it_is(desk: Desk) -> None:
    with closing(sqlite3.connect(desk.folder / "other.db")) as other:
        other.execute("CREATE TABLE recipes (name)")
    recipes, head = (desk.folder / "other.db").read_bytes(), desk.ledger.read_bytes()[:64]
    for content in (b"", b"Bonjour", b"PK\x03\x04" + b"\0" * 4096, recipes, head):
        desk.ledger.write_bytes(content)
        for access in ("read", "share", "exclusive"):
            assert desk.refusal(access) == "ledger-damaged", content
        assert desk.ledger.read_bytes() == content


def test_a_damaged_ledger_is_refused_before_an_import_and_not_adopted(desk: Desk) -> None:
    content = bytearray(desk.ledger.read_bytes())
    content[-4096:] = b"\xff" * 4096  # a page of an index, that reading alone would not touch
    desk.ledger.write_bytes(content)
    assert desk.refusal("exclusive") == "ledger-damaged"
    with pytest.raises(LedgerError, match="ledger-damaged"):
        adopt(desk.folder, accounts=desk.accounts)


def test_an_import_that_fails_leaves_the_ledger_as_it_was(desk: Desk) -> None:
    twice = [town(8), town(8)]
    with desk.open("exclusive") as opened:
        with pytest.raises(LedgerError, match="ledger-error"):
            store(opened.ledger, twice)
        assert opened.ledger.counts().recipients == 3


def test_a_read_only_folder_is_read_and_not_written(tmp_path: Path) -> None:
    """Also what stands in the log alone, and what a dead sender left; not an older ledger."""
    disk = tmp_path / "disk"
    desk, older = new_desk(disk / "new", towns=3), disk / "older"
    older.mkdir()
    desk_of_before, copy = desk_from_dump(older, FROZEN), replace(desk, folder=disk / "copy")
    with desk.open("exclusive") as opened:
        opened.ledger.set_fact("colour", "blue")
        shutil.copytree(desk.folder, copy.folder)
    leave_dead_sender(desk)
    with mounted(disk, "--bind", str(disk)):
        subprocess.run(["mount", "-o", "remount,bind,ro", disk], check=True)
        assert desk.refusal("share") == desk.refusal("exclusive") == "folder-read-only"
        with desk.open("read") as opened:
            assert opened.ledger.counts().email[Status.SENDING] == 1
            with pytest.raises(LedgerError, match="folder-read-only"):
                opened.ledger.set_fact("a", "b")
        with copy.open("read") as opened:
            assert opened.ledger.fact("colour") == "blue"
        with next_schema():
            assert desk_of_before.refusal("read") == "ledger-older-read-only"
    with desk.open("read") as opened:
        assert (opened.fallen_in_doubt, opened.ledger.counts().email[Status.UNKNOWN]) == (1, 1)


def leave_dead_sender(desk: Desk) -> None:
    """One who had the first letter in hand."""
    desk.sql("UPDATE deliveries SET status = 'sending', claimant = 'send-1-a' WHERE id = 1")
    (desk.folder / "locks" / "send-1-a.lock").touch()


def test_what_a_dead_sender_left_is_read_as_it_stands_while_another_writes(desk: Desk) -> None:
    leave_dead_sender(desk)
    with closing(sqlite3.connect(desk.ledger, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with in_haste(), desk.open("read") as opened:
            assert opened.ledger.counts().email[Status.SENDING] == 1
    with desk.open("read") as opened:
        assert (opened.fallen_in_doubt, opened.ledger.counts().email[Status.UNKNOWN]) == (1, 1)


def test_a_full_disk_loses_nothing_and_holds_no_half_of_anything(
    desk: Desk, tmp_path: Path
) -> None:
    small = tmp_path / "small"
    small.mkdir()
    here = replace(desk, folder=small / "campaign")
    with mounted(small, "-t", "tmpfs", "-o", "size=1m", "none"):
        create_ledger(here.folder, accounts=here.accounts)
        here.import_towns([town(number) for number in range(3)])
        with here.open("exclusive") as opened:
            with pytest.raises(LedgerError, match="disk-full"):
                store(opened.ledger, [town(number) for number in range(20_000)])
            assert opened.ledger.counts().recipients == 3
            with pytest.raises(LedgerError, match="disk-full"):
                opened.archive.put([os.urandom(2_000_000)])
        (small / "ballast").write_bytes(b"\0" * (shutil.disk_usage(small).free // 4096 * 4096))
        assert here.refusal() == "disk-full"
        (small / "ballast").unlink()
        with here.open("share") as opened:
            assert len(claim(opened.ledger, None, 9, NOON)) == 3
    with mounted(small, "-t", "tmpfs", "-o", "size=40k", "none"):
        with pytest.raises(LedgerError, match="disk-full"):
            create_ledger(here.folder, accounts=desk.accounts)
        assert not here.ledger.exists()
    (tmp_path / "older").mkdir()
    older = desk_from_dump(tmp_path / "older", FROZEN)
    room = older.ledger.stat().st_size * 7 // 4 // 1024
    with mounted(small, "-t", "tmpfs", "-o", f"size={room}k", "none"), next_schema():
        here = replace(older, folder=small / "campaign")
        shutil.copytree(older.folder, here.folder)
        assert here.refusal("read") == "disk-full"
        assert not list(here.folder.glob("*.before-*"))


def test_no_error_of_a_library_gets_out(tmp_path: Path) -> None:
    (tmp_path / "archive.db").mkdir()
    with closing(Archive(tmp_path / "archive.db")) as archive, pytest.raises(LedgerError) as caught:
        archive.put([b"bytes"])
    assert caught.value.code == "ledger-unreachable"


MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
server:/home {place} nfs4 rw 0 0
//nas/share {place}/the\\040nas cifs rw 0 0
tmpfs {place}/local tmpfs rw 0 0
"""


def test_a_network_file_system_is_recognised_and_warned_about_and_not_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS.format(place=tmp_path), encoding="utf-8")
    kinds = {"": "nfs4", "campaign": "nfs4", "the nas/campaign": "cifs", "local/campaign": None}
    assert {each: network_file_system(tmp_path / each, mounts) for each in kinds} == kinds
    assert network_file_system(tmp_path.parent, mounts) is None
    assert network_file_system(tmp_path, tmp_path / "no-such-file") is None
    desk = new_desk(tmp_path)
    monkeypatch.setattr(files, "network_file_system", lambda folder: "nfs4")
    with desk.open("share") as opened:
        (caution,) = opened.cautions
    assert (caution.code, caution.detail) == ("network-file-system", "nfs4")


def change(desk: Desk, statements: str) -> None:
    """Do to the ledger what only a stranger would."""
    with closing(sqlite3.connect(desk.ledger)) as ledger:
        ledger.executescript(f"PRAGMA writable_schema=ON; {statements}")
        ledger.commit()


SEND_AGAIN = (
    "CREATE TRIGGER kind AFTER UPDATE ON deliveries WHEN new.status = 'sent' "
    "BEGIN UPDATE deliveries SET status = 'queued' WHERE id = new.id; END"
)


def test_a_ledger_that_is_built_in_another_way_is_refused_and_not_adopted(tmp_path: Path) -> None:
    places = count(1)

    def refusals(done: str) -> str:
        desk = new_desk(tmp_path / str(next(places)))
        change(desk, done)
        with pytest.raises(LedgerError) as caught:
            adopt(desk.folder, accounts=desk.accounts)
        found = {desk.refusal(access) for access in ("read", "share", "exclusive")}
        return " ".join(found | {caught.value.code})

    assert wrong(Path(__file__).with_suffix(".txt"), "built in another way", refusals) == []


def test_what_a_command_trips_over_in_a_ledger_that_is_not_sound_is_told_as_damage(
    desk: Desk,
) -> None:
    lots: dict[int, str] = {}
    with pytest.raises(KeyError), desk.open("read"):
        lots[7]
    change(desk, "UPDATE deliveries SET lot = 7")
    with pytest.raises(LedgerError, match="ledger-damaged"), desk.open("read"):
        lots[7]


def test_an_older_ledger_is_compared_before_it_is_migrated(tmp_path: Path) -> None:
    old = desk_from_dump(tmp_path, FROZEN)
    change(old, SEND_AGAIN)
    with next_schema(), pytest.raises(LedgerError, match="ledger-altered") as caught:
        old.open("share").__enter__()
    assert caught.value.facts["name"] == "kind"  # the foreign part
    assert not list(old.folder.glob("*.before-*"))


def test_what_analysing_leaves_in_a_ledger_is_no_harm(desk: Desk) -> None:
    change(desk, "ANALYZE")
    with desk.open("exclusive"):
        pass


def test_an_archive_in_which_something_runs_by_itself_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with closing(Archive(path)) as archive:
        (digest,) = archive.put([b"Bonjour"])
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TRIGGER t AFTER INSERT ON messages BEGIN SELECT 1; END")
    with (
        closing(Archive(path)) as archive,
        pytest.raises(LedgerError, match="ledger-altered"),
    ):
        archive.get(digest)


def test_the_schema_of_a_ledger_is_trusted_with_nothing(desk: Desk) -> None:
    with closing(SqliteDatabase(desk.ledger)) as database, database.glancing() as tx:
        assert tx.exec_driver_sql("PRAGMA trusted_schema").scalar_one() == 0
        if sys.version_info >= (3, 12):  # the first with a way to ask for it
            handle: Any = handle_of(tx)
            assert handle.getconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE)
