"""Where a database is, and what stands there: a file is SQLite's, a site is PostgreSQL's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from merge.errors import LedgerError, Trouble
from merge.ledger.driver.addresses import SHARED, Place, ServerPlace
from merge.ledger.driver.database import Database
from merge.ledger.driver.locks import FileLocks, Locks
from merge.ledger.driver.sqlite import SqliteDatabase, Synchronous


def database_at(
    place: Place, *, read_only: bool = False, synchronous: Synchronous = "FULL"
) -> Database:
    """The database of this place. With `synchronous` NORMAL a power cut may take the last commits
    of `writing_fast`, where that is faster.
    """
    if isinstance(place, Path):
        return SqliteDatabase(place, read_only=read_only, synchronous=synchronous)
    try:
        from merge.ledger.driver.postgres import PostgresDatabase
    except ImportError:  # psycopg is an extra
        raise LedgerError("database-without-driver", path=str(place)) from None

    return PostgresDatabase(place)


def copy_file(source: Path, target: Path) -> None:
    """A consistent copy of a file that may be in use, as `SqliteDatabase.copy_to`."""
    with closing(SqliteDatabase(source, read_only=True)) as database:
        database.copy_to(target)


def make_shared(site: ServerPlace) -> None:
    """What the driver itself needs in the schema that all campaigns share, made once."""
    from merge.ledger.driver.advisory import HOLDERS
    from merge.ledger.driver.postgres import make_schema

    make_schema(site, HOLDERS)


def beside(place: Place, name: str) -> Place:
    """The place of another one that belongs to this, and is gone soon."""
    if isinstance(place, Path):
        return place.with_name(f"{place.name}.{name}")
    return ServerPlace(place.url, f"{place.schema}_{name}")


def locks_at(place: Place, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Locks:
    """The locks of the campaign whose ledger this is."""
    if isinstance(place, Path):
        return FileLocks(place.parent, now=now)
    from merge.ledger.driver.advisory import AdvisoryLocks

    return AdvisoryLocks(place, now=now)


class Waiter(NamedTuple):
    """Somebody who holds no campaign, and is seen by a token; `keep` sees to it from time to time
    that the others still see it.
    """

    token: str
    keep: Callable[[], object]


@contextmanager
def seen_waiting(folder: Path, server: str, command: str) -> Iterator[Waiter]:
    """Make somebody who waits seen: on this machine by a lock in the folder and, where there is a
    server, on the others by a session.
    """
    with ExitStack() as stack:
        token = stack.enter_context(FileLocks(folder).share(command))
        if not server:
            yield Waiter(token, lambda: None)
            return
        from merge.ledger.driver.advisory import Presence

        presence = stack.enter_context(closing(Presence(server, command, token=token)))

        def keep() -> None:
            with suppress(Trouble):  # the server is away, and is asked again
                presence.keep()

        keep()
        yield Waiter(token, keep)


def is_waiting(folder: Path, server: str, token: str) -> bool:
    """Whether somebody is seen by this token, here or on the server; False where that is away."""
    if FileLocks(folder).alive(token):
        return True
    with suppress(Trouble):
        return bool(server) and locks_at(ServerPlace(server, SHARED)).alive(token)
    return False
