"""An older ledger is backed up and migrated, once, by whoever comes first."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, nullcontext
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from merge.ledger import schema
from merge.ledger.accounts import Accounts
from merge.ledger.driver import migrating
from merge.ledger.driver.locks import FileLocks
from merge.ledger.driver.sqlite import SqliteDatabase
from merge.ledger.opening import adopt
from merge.ledger.records import Grade
from merge.model import Status
from tests.both import sql
from tests.fakes import sums_agree
from tests.house import ROOT
from tests.ledger_desk import Desk, desk_from_dump, new_desk
from tests.ledger_hands import NOON, claim, hands
from tests.next_schema import BEFORE, NEXT, next_schema

GOLDEN = ROOT / "tests/golden"


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Desk]:
    """A campaign with a ledger of the schema before the newest."""
    with next_schema():
        yield desk_from_dump(tmp_path, GOLDEN / f"ledger-{BEFORE}.sql")


def version_of(path: Path) -> str:
    database = SqliteDatabase(path, read_only=True)
    try:
        return migrating.schema_version(database)
    finally:
        database.close()


def test_the_program_knows_every_revision_and_a_frozen_ledger_of_each() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", "merge.ledger:migrations")
    walked = [step.revision for step in ScriptDirectory.from_config(config).walk_revisions()]
    assert sorted(walked) == sorted(migrating.SHAPES)
    frozen = sorted(path.name for path in GOLDEN.glob("ledger-*.sql"))
    assert frozen == [f"ledger-{version}.sql" for version in migrating.SHAPES]


def test_the_shape_that_is_known_is_that_of_the_migrations_and_of_the_frozen_ledger(
    tmp_path: Path,
) -> None:
    paths = {tmp_path / "made.db": BEFORE}
    for version in migrating.SHAPES:
        paths[frozen := tmp_path / f"{version}.db"] = version
        with closing(sqlite3.connect(frozen)) as ledger:
            ledger.executescript((GOLDEN / f"ledger-{version}.sql").read_text("utf-8"))
    with closing(SqliteDatabase(tmp_path / "made.db")) as database:
        migrating.migrate(database)
    for path, version in paths.items():
        with closing(SqliteDatabase(path)) as database, database.reading() as tx:
            shape = migrating.shape_of(tx)
        assert sha256(repr(shape).encode()).hexdigest() == migrating.SHAPES[version]


def test_migrations_and_tables_describe_the_same_ledger(tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    desk = new_desk(tmp_path)
    database = SqliteDatabase(desk.ledger)
    with database.reading() as tx:
        context = MigrationContext.configure(
            tx, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, schema.metadata) == []
    database.close()


@pytest.mark.parametrize("version", [*migrating.SHAPES, NEXT])
def test_a_frozen_ledger_is_read_whole(tmp_path: Path, version: str) -> None:
    is_next = version == NEXT  # is what BEFORE is migrated to
    desk = desk_from_dump(tmp_path, GOLDEN / f"ledger-{BEFORE if is_next else version}.sql")
    with next_schema() if is_next else nullcontext(), desk.open("share", "send") as opened:
        ledger = opened.ledger
        graded = [(one.graded, one.address[:8], one.published) for one in ledger.answers.all()]
        proved = [(Grade.DELIBERATION, "https://", True), (Grade.SPOKEN, "", False)]
        assert graded == (proved if version > "0016" else [])
        statuses = {one.key: one.status for one in ledger.deliveries()}
        assert statuses == {
            "01001": Status.SENT,
            "01002": Status.UNKNOWN,  # stood in `sending`, and its sender is long dead
            "01004": Status.DEFERRED,
            "01005": Status.QUEUED,
            "01006": Status.MADE,
        }
        assert opened.fallen_in_doubt == 1
        assert sums_agree(ledger.counts())
        assert ledger.counter == 2
        assert ledger.fact("letter_date") == "2026-11-24"
        first = ledger.recipient("01001")
        assert first is not None
        assert (first.commune, first.street, first.fields) == (
            "L'Abergement-Clémenciat",
            ("1 place de la Mairie",),
            {"Remarque": "vue"},
        )
        assert [one.status for one in ledger.attempts()] == [
            Status.SENT,
            Status.DEFERRED,
            Status.MADE,
            Status.UNKNOWN,
        ]
        imports = [(one.can_be_undone, one.is_overtaken) for one in ledger.readings.imports(9)]
        assert imports == [(True, False), (False, False)]
        assert ledger.mark_lot(1, Status.QUEUED, NOON).status is Status.QUEUED
        later = datetime(2026, 12, 1, tzinfo=UTC)
        due = claim(ledger, None, 9, later)
        assert [one.key for one in due] == ["01005", "01004"]  # what was put off comes last


def test_an_older_ledger_is_backed_up_before_it_is_migrated_and_no_backup_is_overwritten(
    old: Desk, tmp_path: Path
) -> None:
    """Whether it is opened or adopted."""
    backups = [old.folder / f"ledger.db.before-{NEXT}{again}" for again in ("", "-2")]
    backups[0].write_bytes(b"an earlier one")
    with old.open("read") as opened:
        assert opened.backup == backups[1]
        assert [caution.code for caution in opened.cautions] == ["ledger-migrated"]
    with old.open("read") as opened:
        assert opened.backup is None
    assert (version_of(old.ledger), version_of(backups[1])) == (NEXT, BEFORE)
    assert backups[0].read_bytes() == b"an earlier one"
    assert backups[1].stat().st_mode & 0o777 == 0o600
    assert sql(backups[1], "SELECT count(*) FROM deliveries") == [(5,)]
    old.ledger.write_bytes(backups[1].read_bytes())
    other = Accounts(tmp_path / "other-machine" / "accounts.db")
    assert adopt(old.folder, accounts=other).code == "ledger-foreign"
    assert version_of(old.ledger) == NEXT


def test_six_migrators_at_once_make_one_migration(old: Desk) -> None:
    with ExitStack() as stack:
        children = [
            stack.enter_context(hands("migrate", old.folder, old.accounts)) for _ in range(6)
        ]
        for child in children:
            child.says("ready")
        for child in children:
            child.goes_on()
        told = [child.rest()[0] for child in children]
    assert sorted(told) == [f"ledger.db.before-{NEXT}", *["nothing-due"] * 5]
    assert version_of(old.ledger) == NEXT


def test_a_sender_of_an_older_program_is_not_migrated_under_its_feet(old: Desk) -> None:
    with FileLocks(old.folder).share("send"):
        assert old.refusal("read") == "busy"
    assert version_of(old.ledger) == BEFORE


def test_a_ledger_of_another_program_is_told_which_and_left_alone(tmp_path: Path) -> None:
    for version, code in (("0099", "newer"), ("0015", "too-old")):
        desk = new_desk(tmp_path / version)
        desk.sql("UPDATE alembic_version SET version_num = :version", version=version)
        before = desk.ledger.read_bytes()
        found = {desk.refusal(access) for access in ("read", "share", "exclusive")}
        assert found == {f"ledger-{code}"}
        assert desk.ledger.read_bytes() == before


def test_a_damaged_older_ledger_is_not_migrated(old: Desk) -> None:
    content = bytearray(old.ledger.read_bytes())
    content[4096 * 8 :] = b"\xff" * (len(content) - 4096 * 8)
    old.ledger.write_bytes(content)
    assert old.refusal() == "ledger-damaged"
    assert not list(old.folder.glob("*.before-*"))


def test_alembic_is_not_imported_when_nothing_is_due(tmp_path: Path) -> None:
    desk = new_desk(tmp_path)
    program = (
        "import sys; from pathlib import Path;"
        "from merge.ledger.driver.migrating import bring_up_to_date;"
        "from merge.ledger.driver.locks import FileLocks;"
        "folder = Path(sys.argv[1]);"
        "assert bring_up_to_date(folder / 'ledger.db', FileLocks(folder)) is None;"
        "assert 'alembic' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program, desk.folder], check=True)
