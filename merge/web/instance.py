"""One server for each user: the folder that only they can read, and how they get in.

The folder `web` beside accounts.db holds the lock of the server at work, its address, and the
tokens that open it: each is a file, spent by removing it. Whoever can write there is its user, so
a second `publipostage web` lets its user into the first server.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path

from merge import disks
from merge.errors import Busy
from merge.ledger.driver.locks import Locks

_RUNNING = "running.json"
_AT_MOST = 10_000  # bytes of each of these files

_START_FILE = """\
<!doctype html>
<html lang="{language}"><meta charset="utf-8"><title>publipostage</title>
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url={address}">
<p><a href="{address}">publipostage</a></p></html>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a server listens: everything it has lies below `root`."""

    port: int
    root: str  # "/RANDOM/"

    @property
    def host(self) -> str:
        """What a request has to name; never `localhost`, which may be led elsewhere."""
        return f"127.0.0.1:{self.port}"

    def start(self, token: str) -> str:
        """The page that lets its user in, once."""
        return f"http://{self.host}{self.root}start/{token}"


class Instance:
    """The private folder of this user's server. `home` is where accounts.db lies."""

    def __init__(self, home: Path) -> None:
        disks.make_private_folder(home / "web")
        self._folder = home / "web"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Be the one server of this user. Busy where there is one."""
        with Locks(self._folder).exclusive("web"):
            for old in self._folder.glob("token-*"):
                old.unlink(missing_ok=True)
            try:
                yield
            finally:
                for each in (*self._folder.glob("token-*"), self._folder / _RUNNING):
                    with suppress(OSError):
                        each.unlink(missing_ok=True)

    def tell(self, address: Address) -> None:
        """Say where the server listens."""
        disks.write(self._folder, _RUNNING, json.dumps(asdict(address)).encode())

    def running(self) -> Address | None:
        """Where the server at work listens; None while it does not say so."""
        try:
            with Locks(self._folder).share("web-again"):
                return None  # nobody holds it
        except Busy:
            pass
        try:
            return Address(**json.loads(disks.read(self._folder, _RUNNING, _AT_MOST)))
        except (OSError, ValueError, TypeError):
            return None

    def token(self, campaign: Path | None) -> str:
        """A way in, for once; it opens that campaign."""
        token = secrets.token_urlsafe(32)
        disks.write(self._folder, f"token-{token}", str(campaign or "").encode())
        return token

    def spend(self, token: str) -> Path | None:
        """Take it: the campaign to open. KeyError for one that is spent or was never given."""
        if not token.replace("-", "").replace("_", "").isalnum():
            raise KeyError(token)
        at = self._folder / f"token-{token}"
        try:
            campaign = disks.read(self._folder, at.name, _AT_MOST).decode()
            at.unlink()
            (self._folder / f"token-{token}.html").unlink(missing_ok=True)
        except OSError:
            raise KeyError(token) from None
        return Path(campaign) if campaign else None

    def is_good(self, token: str) -> bool:
        """Whether it would let in."""
        return token.replace("-", "").replace("_", "").isalnum() and (
            (self._folder / f"token-{token}").is_file()
        )

    def start_file(self, address: Address, token: str, language: str) -> Path:
        """A private file that leads a browser in: the token stands in no list of processes."""
        page = _START_FILE.format(address=escape(address.start(token)), language=language)
        return disks.write(self._folder, f"token-{token}.html", page.encode())
