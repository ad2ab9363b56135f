"""One server for each user: the folder that only they can read, and how they get in.

The folder `web` beside accounts.db holds the lock of the server at work, its address, and the
tokens that open it: each is a file, spent by removing it. Whoever can write there is its user, so
a second `publipostage web` lets its user into the first server.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path

from merge import disks
from merge.errors import Busy
from merge.ledger.driver.locks import FileLocks

_RUNNING = "running.json"
_TOKEN = re.compile(r"[\w-]{10,100}", re.ASCII)
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
        with FileLocks(self._folder).exclusive("web", wait_s=0):
            self._forget_all()
            try:
                yield
            finally:
                self._forget_all()
                (self._folder / _RUNNING).unlink(missing_ok=True)

    def tell(self, address: Address) -> None:
        """Say where the server listens."""
        disks.write(self._folder, _RUNNING, json.dumps(asdict(address)).encode())

    def running(self) -> Address | None:
        """Where the server at work listens; None while it does not say so."""
        try:
            with FileLocks(self._folder).share("web-again"):
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
        self._keep(token, {"campaign": str(campaign or "")})
        return token

    def spend(self, token: str) -> Path | None:
        """Take it: the campaign to open. KeyError for one that is spent or was never given."""
        kept = self._kept(token)
        self._forget(token, kept)
        return Path(kept["campaign"]) if kept["campaign"] else None

    def is_good(self, token: str) -> bool:
        """Whether it would let in."""
        try:
            return bool(self._kept(token))
        except KeyError:
            return False

    def start_file(self, address: Address, token: str, language: str, folder: Path | None) -> Path:
        """A private file that leads a browser in: the token stands in no list of processes.

        It lies in `folder` where the browser may not read elsewhere; it goes when it is spent.
        """
        page = _START_FILE.format(address=escape(address.start(token)), language=language)
        at = (folder or self._folder) / f"publipostage-{secrets.token_hex(8)}.html"
        self._keep(token, {**self._kept(token), "start_file": str(at)})
        return disks.write(at.parent, at.name, page.encode())

    def _keep(self, token: str, about: dict[str, str]) -> None:
        disks.write(self._folder, f"token-{token}", json.dumps(about).encode())

    def _kept(self, token: str) -> dict[str, str]:
        if not _TOKEN.fullmatch(token):
            raise KeyError(token)
        try:
            about: dict[str, str] = json.loads(disks.read(self._folder, f"token-{token}", _AT_MOST))
        except (OSError, ValueError):
            raise KeyError(token) from None
        return about

    def _forget(self, token: str, about: dict[str, str]) -> None:
        try:
            (self._folder / f"token-{token}").unlink()
        except OSError:  # another was faster
            raise KeyError(token) from None
        if start_file := about.get("start_file"):
            with suppress(OSError):
                Path(start_file).unlink()

    def _forget_all(self) -> None:
        for path in self._folder.glob("token-*"):
            token = path.name.removeprefix("token-")
            with suppress(KeyError):
                self._forget(token, self._kept(token))
            path.unlink(missing_ok=True)


def folder_of_snap(default_browser: str, home: Path) -> Path | None:
    """Where a browser that is a snap may read: on Ubuntu, Firefox sees nothing hidden in a home.

    `default_browser` is its entry in the menu ("firefox_firefox.desktop").
    """
    name, is_snap, _rest = default_browser.partition("_")
    folder = home / "snap" / name / "common"
    return folder if is_snap and name.isidentifier() and folder.is_dir() else None
