"""Where a database is, and what stands there: a file is SQLite's, a site is PostgreSQL's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from merge.errors import LedgerError
from merge.ledger.driver.database import Database
from merge.ledger.driver.locks import FileLocks, Locks
from merge.ledger.driver.sqlite import SqliteDatabase, Synchronous

SHARED = "publipostage"
"""The schema of what belongs to all campaigns of a database."""

_SCHEMES = ("postgresql", "postgres")


@dataclass(frozen=True, slots=True)
class Site:
    """A schema of a PostgreSQL database. Its `url` may hold a password; `str()` of it does not.

    LedgerError("database-address") for what is no postgresql://user@host/database.
    """

    url: str
    schema: str

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            is_one = parts.scheme in _SCHEMES and parts.hostname and parts.port != 0
        except ValueError:  # a port that is none
            is_one = False
        if not is_one or not parts.path.strip("/"):
            raise LedgerError("database-address")

    @property
    def host(self) -> str:
        """The server's name or address."""
        return urlsplit(self.url).hostname or ""

    def __str__(self) -> str:
        parts = urlsplit(self.url)
        return f"postgresql://{self.host}:{parts.port or 5432}{parts.path}"

    def __repr__(self) -> str:
        return f"Site({self!s}, {self.schema!r})"

    def lock_key(self, name: str) -> int:
        """The key of an advisory lock (bigint) for this name of this schema."""
        digest = sha256(f"{self.schema} {name}".encode()).digest()
        return int.from_bytes(digest[:8], signed=True)


Place = Path | Site


def database_at(
    place: Place, *, read_only: bool = False, synchronous: Synchronous = "FULL"
) -> Database:
    """The database of this place. With `synchronous` NORMAL a power cut may take the last commits
    of `writing_fast`, where that is faster.
    """
    if isinstance(place, Path):
        return SqliteDatabase(place, read_only=read_only, synchronous=synchronous)
    from merge.ledger.driver.postgres import PostgresDatabase

    return PostgresDatabase(place)


def make_shared(site: Site) -> None:
    """What the driver itself needs in the schema that all campaigns share, made once."""
    from merge.ledger.driver.advisory import HOLDERS
    from merge.ledger.driver.folding import FUNCTIONS
    from merge.ledger.driver.postgres import make_schema

    make_schema(site, HOLDERS, FUNCTIONS)


def beside(place: Place, name: str) -> Place:
    """The place of another one that belongs to this, and is gone soon."""
    if isinstance(place, Path):
        return place.with_name(f"{place.name}.{name}")
    return Site(place.url, f"{place.schema}_{name}")


def locks_at(place: Place, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Locks:
    """The locks of the campaign whose ledger this is."""
    if isinstance(place, Path):
        return FileLocks(place.parent, now=now)
    from merge.ledger.driver.advisory import AdvisoryLocks

    return AdvisoryLocks(place, now=now)
