"""A campaign that is closed goes on from one place: here until the .zip is whole, then there."""

from __future__ import annotations

import stat
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import psycopg
import pytest
from sqlalchemy import Table, insert, select

from merge.app.opening import open_campaign, users_accounts
from merge.errors import LedgerError
from merge.ledger import archive, copying, identity, schema
from merge.ledger.accounts import Accounts
from merge.ledger.archive import Archive
from merge.ledger.driver.places import database_at
from merge.ledger.opening import archive_place, ledger_place, put_on_server
from merge.ledger.records import Kind, SuppressedName
from tests.both import sql
from tests.desk import HAVRE, NICE, Desk, Y
from tests.dying import dies, dies_after_writing
from tests.house import ROOT
from tests.ledger_desk import Desk as LedgerDesk
from tests.ledger_desk import desk_from_dump

pytest_plugins = ["tests.servers.fixtures"]

NOW = datetime.now(UTC).replace(microsecond=0)
GOLDEN = ROOT / "tests/golden"
WRITERS = (
    ("print",),
    ("edit", "Nice", "email=a@example.org"),
    ("suppress", "Nice", "--reason", "asked"),
    ("answer", "Nice", "yes"),
    ("import", "--undo"),
    ("adopt", "--yes"),
)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.made(tmp_path, NICE, HAVRE, Y)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "campaign.zip"


Elsewhere = Callable[[], Desk]


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Elsewhere:
    """Another user each time, with a folder that is not there yet."""
    users = count(1)

    def other() -> Desk:
        number = next(users)
        monkeypatch.setenv("PUBLIPOSTAGE_HOME", str(tmp_path / f"home of another {number}"))
        return Desk(tmp_path / f"theirs {number}")

    return other


def close(file: Path) -> tuple[str, ...]:
    return ("backup", "--close", str(file), "--yes")


def test_what_is_closed_is_refused_here_and_goes_on_there(
    desk: Desk, file: Path, elsewhere: Elsewhere
) -> None:
    desk.ok("print")
    desk.ok("suppress", "y@example.org", "--reason", "by phone")
    figures = desk.figures()
    desk.ok(*close(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for words in WRITERS:
        assert desk.run(*words).code == 3, words
    assert desk.figures() == figures  # it can still be read

    theirs = elsewhere()
    theirs.ok("adopt", str(file), "--yes")
    assert theirs.figures() == figures
    assert "by phone" not in theirs.ok("suppress").out  # who that is, and why, stays here
    theirs.ok("print", "--posted", "1")
    assert stat.S_IMODE(theirs.folder.stat().st_mode) == 0o700


def test_a_zip_is_refused_where_its_campaign_is_in_use(
    desk: Desk, file: Path, tmp_path: Path
) -> None:
    desk.ok("backup", str(file))
    second = Desk(tmp_path / "second")
    said = second.run("adopt", str(file), "--yes")
    assert said.code == 3
    assert not second.folder.exists()
    desk.ok("print")


def test_what_was_unpacked_by_hand_is_adopted_with_its_opt_outs(
    desk: Desk, file: Path, elsewhere: Elsewhere
) -> None:
    desk.ok("suppress", "y@example.org", "--reason", "by phone")
    desk.ok(*close(file))
    theirs = elsewhere()
    with ZipFile(file) as packed:
        packed.extractall(theirs.folder)
    assert theirs.run("print").code == 3
    theirs.ok("adopt", "--yes")
    assert opted_out("y@example.org")


def test_what_fails_on_the_way_leaves_the_campaign_open_here(
    desk: Desk, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(identity, "pack", fails)
    assert desk.run(*close(file)).code == 3
    assert not file.exists()
    desk.ok("print")


# Who opted out


def opted_out(address: str) -> bool:
    with closing(users_accounts()) as accounts:
        named = SuppressedName(Kind.ADDRESS, address)
        return accounts.suppression.known().reason(named) is not None


def test_every_kind_of_line_of_a_recipient_goes_along_as_a_hash(
    desk: Desk, file: Path, elsewhere: Elsewhere
) -> None:
    """Those of Y are known by name, those of Nice as hashes alone."""
    desk.ok("import", str(desk.sheet(NICE, HAVRE, Y.replace("@example.org", "@example.net"))))
    of_y, of_nice = (
        [
            SuppressedName(Kind.TOWN, insee),
            SuppressedName(Kind.ADDRESS, address),
            SuppressedName(Kind.DOMAIN, address.partition("@")[2]),
            SuppressedName(Kind.DEAD, address),
        ]
        for insee, address in (("80829", "y@example.net"), ("06088", "nice@example.org"))
    )
    stranger = SuppressedName(Kind.ADDRESS, "else@example.com")
    with closing(users_accounts()) as accounts:
        accounts.suppression.add([*of_y, *of_nice, stranger], "by phone", NOW)
        accounts.suppression.forget(of_nice)
    desk.ok(*close(file))
    with ZipFile(file) as packed:
        packed.extract("ledger.db", file.parent)
    (said,) = sql(file.parent / "ledger.db", "SELECT value FROM facts WHERE name = 'opt_outs'")[0]
    assert "example" not in said
    elsewhere().ok("adopt", str(file), "--yes")
    with closing(users_accounts()) as accounts:
        known = accounts.suppression.known()
        assert [known.reason(named) for named in [*of_y, *of_nice]] == [""] * 8
        assert known.reason(stranger) is None
        assert accounts.suppression.add([*of_y, *of_nice], "again", NOW) == 0
        assert accounts.suppression.take_back([*of_y, *of_nice]) == 8


def test_opt_outs_that_are_none_are_not_adopted(
    desk: Desk, file: Path, elsewhere: Elsewhere
) -> None:
    desk.ok(*close(file))
    theirs = elsewhere()
    with ZipFile(file) as packed:
        packed.extractall(theirs.folder)
    for said in (
        "[]",
        "[" * 100_000,
        '[["eA=="], [["d", "world", "2026-01-01T00:00:00Z"]]]',
        '[["eA=="], [["d", "town", "yesterday"]]]',
        '[["eA=="], [["d", "town", "2026-01-01T00:00:00"]]]',
    ):
        changed = "UPDATE facts SET value = :said WHERE name = 'opt_outs'"
        sql(theirs.folder / "ledger.db", changed, said=said)
        assert theirs.run("adopt", "--yes").code == 3, said
        assert theirs.run("print").code == 3, said


# Killed


def one_place_at_most(desk: Desk, file: Path) -> None:
    """After a kill: it works here, or it is closed and can be packed."""
    works_here = desk.run("edit", "Nice", "email=b@example.org").code == 0
    size = file.stat().st_size if file.exists() else 0
    assert not (works_here and size)
    if not size:
        desk.ok(*close(file))
    assert desk.run("print").code == 3
    with ZipFile(file) as packed:
        assert packed.testzip() is None


def test_a_kill_while_it_is_closed_leaves_no_two_that_send(
    desk: Desk, file: Path, tmp_path: Path
) -> None:
    """At each step of the .zip, and behind each write."""

    def moved_on(number: int) -> Desk:
        one_place_at_most(desk, file)
        there = Desk(tmp_path / f"from {number}")
        there.ok("adopt", str(file), "--yes")
        file.unlink()
        return there

    for number, (step, when) in enumerate(
        (("_fill", "before"), ("_write", "before"), ("_write", "after"))
    ):
        dies(desk, f"merge.ledger.backup:{step}", when, *close(file))
        desk = moved_on(-number)
    times = 0
    while dies_after_writing(desk, times + 1, *close(file)):
        times += 1
        desk = moved_on(times)
    assert times > 1


ADOPTING = (
    ("merge.ledger.unpacking:unpack", "before"),
    ("merge.ledger.opening:adopt", "before"),
    ("merge.ledger.suppression:SuppressionList.take_hashed", "before"),
    ("merge.ledger.suppression:SuppressionList.take_hashed", "after"),
    ("merge.ledger.opening:take_in", "after"),
)
TO_SERVER = (
    ("merge.ledger.copying:copy_rows", "after"),
    ("merge.ledger.archive:Archive.replace_by", "after"),
    ("merge.ledger.opening:detach", "after"),
    ("merge.ledger.opening:put_on_server", "after"),
)


def test_an_adoption_that_was_killed_is_begun_again_in_files_and_into_a_database(
    desk: Desk,
    file: Path,
    elsewhere: Elsewhere,
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk.ok("suppress", "y@example.org", "--reason", "by phone")
    desk.ok(*close(file))
    for point, when in (*ADOPTING, *TO_SERVER):
        theirs = elsewhere()
        if is_shared := (point, when) in TO_SERVER:
            monkeypatch.setenv("PUBLIPOSTAGE_DATABASE", postgres_url)
        theirs.folder.mkdir()
        dies(theirs, point, when, "adopt", str(file), "--yes")
        if list(theirs.folder.glob("ledger.*")):
            is_adopted = theirs.run("edit", "Nice", "email=a@example.org").code == 0
            assert is_adopted == (point.endswith("take_in"))
            if not is_adopted:
                theirs.ok("adopt", "--yes")
        else:
            theirs.ok("adopt", str(file), "--yes")
        assert opted_out("y@example.org")
        if is_shared:
            assert not list(theirs.folder.glob("*.db*"))
            assert not {name for name in schemas(postgres_url) if "making" in name}
        file.unlink()
        theirs.ok(*close(file))


# Into a database, and out of it


def schemas(url: str) -> set[str]:
    """Those of campaigns, without their ids."""
    asked = "SELECT regexp_replace(nspname, '_[0-9a-f]{32}', '') FROM pg_namespace"
    with psycopg.connect(url) as connection:
        found = connection.execute(f"{asked} WHERE nspname ~ '_[0-9a-f]{{32}}'")
        return {name for (name,) in found}


def test_it_goes_on_in_a_database_and_in_a_folder_again(
    desk: Desk,
    file: Path,
    tmp_path: Path,
    elsewhere: Elsewhere,
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with open_campaign(desk.folder, access="share", command="send") as campaign:
        (digest,) = campaign.archive.put([b"the exact bytes"])
    desk.ok("suppress", "y@example.org", "--reason", "by phone")
    desk.ok(*close(file))
    figures = desk.figures()
    theirs = elsewhere()
    monkeypatch.setenv("PUBLIPOSTAGE_DATABASE", postgres_url)
    theirs.ok("adopt", str(file), "--yes")
    assert theirs.figures() == figures
    assert (theirs.folder / "ledger.id").exists()
    second = Desk(tmp_path / "second")
    assert second.run("adopt", str(file), "--yes").code == 3
    with monkeypatch.context() as of_a_third:  # who shares the database alone
        of_a_third.setenv("PUBLIPOSTAGE_HOME", str(tmp_path / "home of a third"))
        assert second.run("adopt", str(file), "--yes").code == 3
    assert not second.folder.exists()
    theirs.ok("print")
    figures = theirs.figures()

    theirs.ok(*close(tmp_path / "back.zip"))
    assert theirs.run("print").code == 3
    with ZipFile(tmp_path / "back.zip") as packed:
        assert not {"ledger.id", "ledger.db-wal"} & set(packed.namelist())
    monkeypatch.delenv("PUBLIPOSTAGE_DATABASE")
    second.ok("adopt", str(tmp_path / "back.zip"), "--yes")
    assert second.figures() == figures
    assert opted_out("y@example.org")
    with open_campaign(second.folder, access="share", command="send") as campaign:
        assert campaign.archive.get(digest) == b"the exact bytes"
    second.ok("print", "--posted", "1")

    second.ok(*close(tmp_path / "once more.zip"))
    monkeypatch.setenv("PUBLIPOSTAGE_DATABASE", postgres_url)
    third = Desk(tmp_path / "third")  # what was closed there makes room for it
    third.ok("adopt", str(tmp_path / "once more.zip"), "--yes")
    assert third.figures()["paper"]["posted"] == 1


# Row by row


@pytest.fixture
def full(tmp_path: Path, postgres_url: str) -> LedgerDesk:
    """A ledger with something in every table, and an archive with messages and an attachment."""
    frozen = desk_from_dump(tmp_path, sorted(GOLDEN.glob("ledger-*.sql"))[-1])
    made = LedgerDesk(frozen.folder, Accounts(frozen.accounts.path, server=postgres_url))
    with made.open("exclusive"):  # brings it up to date
        pass
    with closing(database_at(made.ledger)) as database, database.writing() as tx:
        for table in schema.metadata.sorted_tables:
            if tx.execute(select(table)).first() is None:
                tx.execute(insert(table), a_row(table))
    body = b"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b"QUJD" * 2_000 + b"\r\n--end"
    with closing(Archive(made.folder / "archive.db")) as messages:
        messages.put([b"Nice: " + body, b"Le Havre: " + body, b"Y"])
    return made


def a_row(table: Table) -> dict[str, Any]:
    """With a word where its type wants one, the least where it may be empty."""
    said = {"recipient": "01001", "meaning": "yes", "at": NOW, "noted_at": NOW}
    numbered = table.autoincrement_column
    some = {int: 1, bool: False, str: "œ" * 8, bytes: b"PK"}
    row = {}
    for column in table.c:
        if column.name in said:
            row[column.name] = said[column.name]
        elif not (column.nullable or column.server_default or column is numbered):
            row[column.name] = some[column.type.python_type]
    return row


def rows_of(desk: LedgerDesk) -> dict[str, list[Any]]:
    """All of ledger and archive, but whose it is."""
    found = {}
    ledger, messages = (
        ledger_place(desk.folder, desk.accounts),
        archive_place(desk.folder, desk.accounts),
    )
    for place, tables in ((ledger, schema.metadata), (messages, archive._metadata)):
        with closing(database_at(place)) as database, database.reading() as tx:
            for table in tables.sorted_tables:
                columns = [c for c in table.c if c.name != "install"]
                rows = tx.execute(select(*columns).order_by(*table.primary_key))
                found[table.name] = [tuple(row) for row in rows]
    return found


def test_every_row_is_in_the_database_and_the_next_have_numbers_behind_them(
    full: LedgerDesk,
) -> None:
    before = rows_of(full)
    assert all(before.values()), [name for name, rows in before.items() if not rows]
    put_on_server(full.folder, full.accounts)
    assert {path.name for path in full.folder.iterdir()} >= {"ledger.id"}
    assert not list(full.folder.glob("*.db*"))
    assert rows_of(full) == before
    place = ledger_place(full.folder, full.accounts)
    with closing(database_at(place)) as database, database.writing() as tx:
        for table in schema.metadata.sorted_tables:
            number = table.autoincrement_column
            if number is None or table.name == "campaign":
                continue
            row = tx.execute(select(table).order_by(number.desc())).mappings().first()
            assert row is not None, table.name
            new = {k: v for k, v in row.items() if k not in (number.name, "identity")}
            if table.name == "replies":
                new["identity"] = "another"
            if table.name == "deliveries":
                new["wave"] = 9
            tx.execute(insert(table), new)
            numbers = tx.execute(select(number).order_by(number)).scalars().all()
            assert numbers[-1] > max(r[0] for r in before[table.name] or [(0,)]), table.name


def test_a_copy_that_is_not_the_same_changes_nothing(
    full: LedgerDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows_of(full)

    def spoils(tx: Any, table: Table) -> None:
        if table.name == "recipients":
            tx.execute(table.update().where(table.c.key == "01002").values(surname="other"))

    monkeypatch.setattr(copying, "number_on", spoils)
    with pytest.raises(LedgerError, match="copy-differs"):
        put_on_server(full.folder, full.accounts)
    assert rows_of(full) == before
