"""Where a database is: the path of a file, or a schema on a server."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote, urlsplit

from merge.errors import LedgerError

SHARED = "publipostage"
"""The schema of what belongs to all campaigns of a database."""

_SCHEMES = ("postgresql", "postgres")


@dataclass(frozen=True, slots=True)
class ServerPlace:
    """A schema of a PostgreSQL database. Its `url` may hold a password; `str()` of it does not.

    `note` is the path of the file that says so in a campaign's folder, where there is one.
    LedgerError("database-address") for what is no postgresql://user@host/database.
    """

    url: str
    schema: str
    note: str = field(default="", compare=False)

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
        """The server's name or address, or the folder of its socket."""
        return unquote(urlsplit(self.url).hostname or "")

    def __str__(self) -> str:
        parts = urlsplit(self.url)
        return f"postgresql://{self.host}:{parts.port or 5432}{parts.path}"

    def __repr__(self) -> str:
        return f"ServerPlace({self!s}, {self.schema!r})"

    def lock_key(self, name: str) -> int:
        """The key of an advisory lock (bigint) for this name of this schema."""
        digest = sha256(f"{self.schema} {name}".encode()).digest()
        return int.from_bytes(digest[:8], signed=True)


Place = Path | ServerPlace
