"""A campaign that moves from its folder to the database and back is whole, and is in one place."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import psycopg
import pytest
from sqlalchemy import Integer, Table, insert, select

from merge.app.opening import home, open_campaign, users_accounts
from merge.app.shared_files import keep_lots
from merge.errors import LedgerError
from merge.ledger import archive, copying, moving, schema
from merge.ledger.accounts import Accounts
from merge.ledger.archive import Archive
from merge.ledger.driver.database import number_on
from merge.ledger.driver.places import database_at
from merge.ledger.moving import Home
from merge.ledger.opening import archive_place, ledger_place
from merge.ledger.records import QuotaLimits
from tests.crash.ledger_desk import Desk as LedgerDesk
from tests.crash.ledger_desk import desk_from_dump
from tests.desk import HAVRE, NICE, Desk, Y
from tests.dying import dies
from tests.servers.postgres import end_sessions

pytest_plugins = ["tests.servers.fixtures"]

NOW = datetime.now(UTC).replace(microsecond=0)
GOLDEN = Path(__file__).parent / "golden"
TO_DATABASE = ("move", "--to", "database", "--yes")
TO_FOLDER = ("move", "--to", "folder", "--yes")


@pytest.fixture
def desk(tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A campaign in its folder, of a user who has a database from now on."""
    made = Desk.made(tmp_path, NICE, HAVRE, Y)
    made.ok("print")
    monkeypatch.setenv("PUBLIPOSTAGE_DATABASE", postgres_url)
    return made


def schemas(url: str) -> set[str]:
    """Those of campaigns, without their ids."""
    asked = "SELECT regexp_replace(nspname, '_[0-9a-f]{32}', '') FROM pg_namespace"
    with psycopg.connect(url) as connection:
        found = connection.execute(f"{asked} WHERE nspname ~ '_[0-9a-f]{{32}}'")
        return {name for (name,) in found}


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
    row = {}
    for column in table.c:
        if column.name in said:
            row[column.name] = said[column.name]
        elif not column.nullable and column.server_default is None and not column.primary_key:
            row[column.name] = 1 if isinstance(column.type, Integer) else False
            if column.type.python_type is str:
                row[column.name] = "œ" * 8
    return row


def rows_of(desk: LedgerDesk) -> dict[str, list[Any]]:
    """All of ledger and archive, but what a move itself changes."""
    found = {}
    ledger, messages = (
        ledger_place(desk.folder, desk.accounts),
        archive_place(desk.folder, desk.accounts),
    )
    for place, tables in ((ledger, schema.metadata), (messages, archive._metadata)):
        with closing(database_at(place)) as database, database.reading() as tx:
            for table in tables.sorted_tables:
                columns = [c for c in table.c if c.name not in ("install", "counter")]
                rows = tx.execute(select(*columns).order_by(*table.primary_key))
                found[table.name] = [tuple(row) for row in rows if "move" not in tuple(row)]
    return found


def move(desk: LedgerDesk) -> None:
    with desk.open("exclusive") as opened:
        planned = moving.planned(desk.folder, desk.accounts, opened.ledger.campaign_id)
        moving.carry(planned, desk.accounts, at=NOW, who="me")
    moving.finish(planned, desk.accounts)


def test_every_row_is_there_and_back_again(full: LedgerDesk, postgres_url: str) -> None:
    before = rows_of(full)
    assert all(before.values()), [name for name, rows in before.items() if not rows]
    move(full)
    assert {path.name for path in full.folder.iterdir()} >= {"ledger.id"}
    assert not list(full.folder.glob("*.db*"))
    assert rows_of(full) == before
    with full.open("share") as opened:
        assert [job.command for job in opened.ledger.commands.all()][-1] == "move"
    move(full)
    assert rows_of(full) == before
    assert not (full.folder / "ledger.id").exists()
    with full.open("share"):
        pass


def test_the_next_rows_have_numbers_behind_those_that_came(full: LedgerDesk) -> None:
    before = rows_of(full)
    move(full)
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


def test_what_was_there_is_erased_but_for_where_it_is_now(
    full: LedgerDesk, postgres_url: str
) -> None:
    with full.open("read") as opened:
        campaign_id = opened.ledger.campaign_id
    move(full)
    move(full)
    assert schemas(postgres_url) == {"campaign"}
    with closing(
        database_at(Home.on_server(full.accounts, campaign_id, full.folder).ledger)
    ) as left:
        for table in schema.metadata.sorted_tables:
            with left.reading() as tx:
                rows = tx.execute(select(table)).all()
            assert len(rows) == (table.name in ("campaign", "facts")), table.name


def test_a_copy_that_is_not_the_same_moves_nothing(
    full: LedgerDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows_of(full)

    def spoils(tx: Any, table: Table) -> None:
        if table.name == "recipients":
            tx.execute(table.update().where(table.c.key == "01002").values(surname="other"))

    monkeypatch.setattr(copying, "number_on", spoils)
    with pytest.raises(LedgerError, match="copy-differs"):
        move(full)
    monkeypatch.undo()
    assert rows_of(full) == before
    with full.open("share"):
        pass


# By the command


def test_it_goes_on_in_the_database_and_in_the_folder_again(desk: Desk, postgres_url: str) -> None:
    figures = desk.figures()
    said = desk.ok("move", "--to", "database", typed="y\n")
    assert "3 recipients, 3 letters" in said.err
    assert "secret" not in said.err + said.out
    assert desk.figures() == figures
    desk.ok("print", "--posted", "1")
    desk.ok("edit", "Nice", "email=autre@example.org")
    figures = desk.figures()
    (lot,) = (desk.folder / "outbox" / "lots").glob("*.pdf")
    pages = lot.read_bytes()
    with open_campaign(desk.folder, access="share", command="print") as campaign:
        keep_lots(campaign, [1])
    lot.unlink()
    desk.ok(*TO_FOLDER)
    assert desk.figures() == figures
    assert lot.read_bytes() == pages  # also of a lot that was made elsewhere
    assert schemas(postgres_url) == {"campaign"}
    desk.ok("edit", "Nice", "email=nice@example.org")
    assert "nice@example.org" in desk.ok("show", "Nice").out


def test_a_no_leaves_it_where_it_is(desk: Desk, postgres_url: str) -> None:
    assert desk.run("move", "--to", "database", typed="n\n").code == 130
    assert (desk.folder / "ledger.db").exists()
    assert schemas(postgres_url) == set()


def test_the_list_goes_along_and_back_and_nobody_is_lost(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as without:
        without.delenv("PUBLIPOSTAGE_DATABASE")
        desk.ok("suppress", "y@example.org", "--reason", "by phone")
    assert "1 line of your list" in desk.ok(*TO_DATABASE).err
    assert "by phone" in desk.ok("suppress").out
    desk.ok("suppress", "nice@example.org", "--reason", "by letter")
    desk.ok(*TO_FOLDER)
    listed = desk.ok("suppress").out
    desk.ok(*TO_DATABASE)
    assert desk.ok("suppress").out == listed
    desk.ok(*TO_FOLDER)
    monkeypatch.delenv("PUBLIPOSTAGE_DATABASE")
    listed = desk.ok("suppress").out
    assert "by phone" in listed
    assert "by letter" in listed


def test_the_quota_goes_along_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_campaign(desk.folder, access="read", command="status") as campaign:
        account = campaign.account.name
    mine = Accounts(home() / "accounts.db")
    limits = QuotaLimits()
    granted = mine.spend(account, limits, campaign_id="x", counter=1, to=[""] * 3, now=NOW)
    assert granted == [True] * 3
    mine.close()
    for _again in range(2):
        desk.ok(*TO_DATABASE)
        with closing(users_accounts()) as accounts:
            assert sum(n for _at, n in accounts.spent(account, NOW - timedelta(hours=1))) == 3
        desk.ok(*TO_FOLDER)


# Who is refused


def test_copies_of_the_folder_of_before_are_refused(desk: Desk, tmp_path: Path) -> None:
    copied = Desk(tmp_path / "copied")
    shutil.copytree(desk.folder, copied.folder)
    desk.ok(*TO_DATABASE)
    said = copied.run("print")
    assert (said.code, "older than what has left" in said.err) == (3, True)
    desk.ok(*TO_FOLDER)
    assert copied.run("print").code == 3


def test_another_folder_of_the_campaign_is_told_where_it_is(desk: Desk, tmp_path: Path) -> None:
    desk.ok(*TO_DATABASE)
    other = Desk(tmp_path / "other")
    shutil.copytree(desk.folder, other.folder)
    other.ok("status")
    desk.ok(*TO_FOLDER)
    for words in (("status",), ("print",), ("adopt", "--yes"), ("backup", str(tmp_path / "x.zip"))):
        said = other.run(*words)
        assert (said.code, f"kept in {desk.folder}" in said.err) == (3, True), said.err
    assert other.run(*TO_FOLDER).code == 3
    desk.ok(*TO_DATABASE)
    other.ok("status")


@pytest.mark.parametrize(
    ("to", "code", "words"),
    [
        ("postgresql://me:hush@127.0.0.1/x", 2, "list of processes"),
        ("postgresql://me@127.0.0.1/x?password=hush", 2, "list of processes"),
        ("postgresql://db.example.org/other", 2, "names another database"),
        ("the moon", 2, "“database” or “folder”"),
        ("folder", 2, "there already"),
    ],
)
def test_an_address_that_is_none_or_says_too_much(
    desk: Desk, to: str, code: int, words: str
) -> None:
    said = desk.run("move", "--to", to, "--yes")
    assert (said.code, words in said.err, "hush" in said.err) == (code, True, False), said.err
    assert (desk.folder / "ledger.db").exists()


def test_the_address_without_its_password_serves(desk: Desk, postgres_url: str) -> None:
    scheme, _, rest = postgres_url.partition("://")
    desk.ok("move", "--to", f"{scheme}://{rest.rpartition('@')[2]}", "--yes")
    assert (desk.folder / "ledger.id").exists()


def test_without_a_database_it_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PUBLIPOSTAGE_DATABASE")
    said = desk.run(*TO_DATABASE)
    assert (said.code, "Nobody says which database" in said.err) == (3, True)


def test_a_note_beside_a_ledger_that_never_moved_is_left_alone(desk: Desk, tmp_path: Path) -> None:
    kept = tmp_path / "ledger.db"
    shutil.copy(desk.folder / "ledger.db", kept)
    desk.ok(*TO_DATABASE)
    shutil.copy(kept, desk.folder / "ledger.db")
    for words in (TO_DATABASE, TO_FOLDER, ("status",)):
        said = desk.run(*words)
        assert (said.code, "If a move was cut off" in said.err) == (3, True), said.err
    assert kept.read_bytes() == (desk.folder / "ledger.db").read_bytes()


@pytest.mark.parametrize("moves", [TO_DATABASE, TO_FOLDER])
def test_nobody_else_may_be_at_work(desk: Desk, moves: tuple[str, ...]) -> None:
    if moves is TO_FOLDER:
        desk.ok(*TO_DATABASE)
    with open_campaign(desk.folder, access="share", command="send"):
        said = desk.run(*moves)
        assert (said.code, "Another command is at work" in said.err) == (3, True), said.err
    with closing(users_accounts()) as accounts, accounts.living("send") as waiter:
        with open_campaign(desk.folder, access="share", command="send") as campaign:
            commands = campaign.ledger.commands
            number = commands.begin("send", {}, [], NOW, "me")
            commands.wait(number, NOW + timedelta(hours=1), NOW, waiter.token)
        said = desk.run(*moves)
        assert (said.code, "waits to go on" in said.err) == (3, True), said.err
    desk.ok(*moves)


def test_of_two_at_once_one_moves_it(desk: Desk) -> None:
    figures = desk.figures()
    command = [sys.executable, "-m", "merge", "-C", str(desk.folder), *TO_DATABASE]
    both = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(2)]
    said = [each.communicate()[1].decode() for each in both]
    assert sorted(each.returncode == 0 for each in both) == [False, True], said
    assert "Traceback" not in "".join(said)
    assert desk.figures() == figures


# What fails on the way


# SQLAlchemy does not close the cursor of a connection that was cut, of which psycopg warns.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_server_that_goes_away_in_the_middle(
    desk: Desk, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(tx: Any, table: Table) -> None:
        number_on(tx, table)
        if table.name == "deliveries":
            end_sessions(postgres_url)

    with monkeypatch.context() as patched:
        patched.setattr(copying, "number_on", cut)
        said = desk.run(*TO_DATABASE)
    assert (said.code, "cannot be reached" in said.err) == (3, True), said.err
    desk.ok("print", "--posted", "1")
    figures = desk.figures()
    desk.ok(*TO_DATABASE)
    assert desk.figures() == figures
    assert schemas(postgres_url) == {"archive", "campaign"}


def test_a_full_disk_in_the_middle(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.ok(*TO_DATABASE)

    def fills(tx: Any, table: Table) -> None:
        number_on(tx, table)
        if table.name == "recipients":
            pages = tx.exec_driver_sql("PRAGMA page_count").scalar_one()
            tx.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
            tx.execute(
                insert(schema.facts), [{"name": f"n{n}", "value": "x" * 9000} for n in range(9)]
            )

    with monkeypatch.context() as patched:
        patched.setattr(copying, "number_on", fills)
        said = desk.run(*TO_FOLDER)
    assert (said.code, "The disk is full" in said.err) == (3, True), said.err
    assert not list(desk.folder.glob("*.db*"))
    desk.ok("print", "--posted", "1")
    desk.ok(*TO_FOLDER)


# Killed

POINTS = [
    ("merge.ledger.copying:copy_rows", "after"),
    ("merge.ledger.moving:_fill", "after"),
    ("merge.ledger.identity:move_away", "after"),
    ("merge.ledger.archive:Archive.replace_by", "after"),
    ("merge.ledger.moving:_erase", "before"),
    ("merge.ledger.moving:_erase", "after"),
]


@pytest.mark.parametrize(("point", "when"), POINTS)
@pytest.mark.parametrize("moves", [TO_DATABASE, TO_FOLDER])
def test_a_kill_leaves_one_place_at_most_and_loses_nothing(
    desk: Desk, postgres_url: str, moves: tuple[str, ...], point: str, when: str
) -> None:
    if moves is TO_FOLDER:
        desk.ok(*TO_DATABASE)
    figures = desk.figures()
    dies(desk, point, when, *moves)
    usable = [home for home in homes(desk) if home]
    assert len(usable) <= 1
    said = desk.run("status", "--json")
    assert said.code == 0 or "publipostage move --to" in said.err, said.err
    again = desk.run(*moves)
    assert again.code == 0 or (usable, "already" in again.err) == ([True], True), again.err
    assert desk.figures() == figures
    desk.ok("edit", "Nice", "email=b@example.org")
    assert not list(desk.folder.glob("*making*"))
    assert {name for name in schemas(postgres_url) if "making" in name} == set()
    if moves is TO_DATABASE:
        assert not list(desk.folder.glob("*.db*"))
    else:
        assert not (desk.folder / "ledger.id").exists()


def homes(desk: Desk) -> Iterator[bool]:
    """Of both places: whether a command would write there."""
    with closing(users_accounts()) as accounts:
        noted = desk.folder / "ledger.id"
        campaign_id = noted.read_text().strip() if noted.exists() else ""
        if (desk.folder / "ledger.db").exists():
            found = moving._standing(desk.folder / "ledger.db")
            assert found is not None
            campaign_id = found.campaign_id
            # beside a note no command opens it
            yield found.is_open and not noted.exists()
        server = moving._standing(Home.on_server(accounts, campaign_id, desk.folder).ledger)
        yield server is not None and server.is_open


# Packed


@contextmanager
def another_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with monkeypatch.context() as theirs:
        theirs.setenv("PUBLIPOSTAGE_HOME", str(tmp_path / "home of another"))
        theirs.delenv("PUBLIPOSTAGE_DATABASE")
        yield Desk(tmp_path / "theirs")


@pytest.mark.parametrize("command", ["backup", "hand-over"])
def test_what_is_packed_from_the_database_is_taken_up_anywhere(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    desk.ok("suppress", "y@example.org", "--reason", "by phone")
    desk.ok(*TO_DATABASE)
    figures = desk.figures()
    with open_campaign(desk.folder, access="share", command="send") as campaign:
        (digest,) = campaign.archive.put([b"the exact bytes"])
    file = tmp_path / "campaign.zip"
    desk.ok(command, str(file), *(["--yes"] if command == "hand-over" else []))
    with ZipFile(file) as packed:
        names = set(packed.namelist())
        assert {"ledger.db", "archive.db", "campaign.toml"} <= names
        assert not names & {"ledger.id", "ledger.db-wal"}
    assert desk.run("print").code == (3 if command == "hand-over" else 0)
    with another_user(tmp_path, monkeypatch) as theirs:
        told = theirs.ok("adopt", str(file), "--yes").err
        assert ("1 line comes with it" in told) == (command == "hand-over")
        assert theirs.figures() == figures
        with open_campaign(theirs.folder, access="share", command="send") as campaign:
            assert campaign.archive.get(digest) == b"the exact bytes"
        theirs.ok("print", "--posted", "1")
