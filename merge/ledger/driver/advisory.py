"""Who holds a campaign on PostgreSQL: advisory locks that die with their session.

Each holder has a session of its own for its life, in which it holds the campaign's lock, shared or
alone, and the lock of its token. A table beside them names it to people. A session whose process
was killed, or whose link was cut, is ended by the server (`postgres` sets its keepalives), and its
locks are free.
"""

from __future__ import annotations

import json
import os
import platform
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from typing import Any, cast

import psycopg

from merge.errors import Busy
from merge.ledger.driver.addresses import SHARED, ServerPlace
from merge.ledger.driver.database import (
    DamagedValueError,
    campaign_id_of,
    json_object,
    one_line,
    patience,
    telling_damage,
)
from merge.ledger.driver.locks import MIGRATION_TIMEOUT_S, Locks
from merge.ledger.driver.session import PostgresHandle, connect, trouble_of

HOLDERS = """
CREATE TABLE IF NOT EXISTS holders (
    token text PRIMARY KEY, key bigint NOT NULL, campaign text NOT NULL, about text NOT NULL
);
CREATE OR REPLACE VIEW living AS SELECT * FROM holders WHERE key IN (
    -- an advisory lock of one bigint stands there as two halves
    SELECT classid::bigint << 32 | objid::bigint FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 1 AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
);
"""
"""Who holds what, for people; made in the schema that all campaigns share."""

_POLL_S = 0.05


class AdvisoryLocks(Locks):
    """The locks of one campaign's schema."""

    def __init__(
        self, site: ServerPlace, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._site = site
        self._now = now

    def alive(self, token: str) -> bool:
        """Whether the holder of this token still lives, by its session's lock."""
        with _session(self._site) as session:
            found = session.execute("SELECT FROM living WHERE token = %s", [token])
            return found.fetchone() is not None

    @contextmanager
    def one_migrator(self) -> Iterator[None]:
        """One session at a time; the others wait instead of being refused."""
        key = self._site.lock_key("migrate")
        give_up_at = time.monotonic() + patience(MIGRATION_TIMEOUT_S)
        with _session(self._site) as session:
            while not _try(session, "pg_try_advisory_lock", key):
                if time.monotonic() > give_up_at:
                    raise Busy("ledger-busy", path=str(self._site))
                time.sleep(_POLL_S)
            yield

    @contextmanager
    def _held(self, command: str, *, shared: bool) -> Iterator[str]:
        token = _token(command)
        about = _about(command, self._now()) | {"shared": shared}
        with _session(self._site) as session:
            how = "pg_try_advisory_lock_shared" if shared else "pg_try_advisory_lock"
            if not _try(session, how, self._site.lock_key("campaign")):
                seen = _living(session)
                named = (each for each in seen if each and each.schema == self._site.schema)
                holder = dict(next((each.about for each in named), {}))
                reason = holder.get("command", "unnamed")
                raise Busy("busy", path=str(self._site), reason=reason, **holder)
            _enter(session, self._site, token, about)
            try:
                yield token
            finally:
                with suppress(psycopg.Error):  # the next holder sweeps
                    _leave(session, token)


class Presence:
    """A process that holds no campaign, seen among those that do, by a token of its own or one that
    it has. Several threads may call it."""

    def __init__(
        self,
        server: str,
        command: str,
        *,
        token: str = "",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._site = ServerPlace(server, SHARED)
        self._command, self._token, self._now = command, token or _token(command), now
        self._about = _about(command, now())
        self._session: PostgresHandle | None = None
        self._is_said = False
        self._alone = threading.Lock()

    def say(self, **facts: str) -> None:
        """What it does from now on. LedgerError, as `keep`."""
        self._about, self._is_said = _about(self._command, self._now()) | facts, False
        self.keep()

    def keep(self) -> None:
        """Be seen, in a session of its own: a new one where that has ended. LedgerError where the
        server is away.
        """
        with self._alone:
            try:
                if self._session is None:
                    self._session, self._is_said = connect(self._site, SHARED), False
                if not self._is_said:
                    _enter(self._session, self._site, self._token, self._about)
                    self._is_said = True
                self._session.execute("SELECT")
            except psycopg.Error as error:
                self.close()
                raise trouble_of(error, self._site) from error

    def close(self) -> None:
        """Be seen no more."""
        if self._session is not None:
            with suppress(psycopg.Error):  # it has ended by itself
                _leave(self._session, self._token)
            self._session.close()
        self._session = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """One process that is seen: its token, the schema that it holds, and what it says of itself."""

    token: str
    schema: str
    about: Mapping[str, Any]


def living(server: str) -> Sequence[Holder | None]:
    """All that are seen on this server; None for what cannot be read. LedgerError, as `connect`."""
    with _session(ServerPlace(server, SHARED)) as session:
        return _living(session)


def _living(session: PostgresHandle) -> Sequence[Holder | None]:
    found = session.execute("SELECT token, campaign, about FROM living ORDER BY token").fetchall()
    holders: list[Holder | None] = []
    for row in found:
        try:
            holders.append(_holder(*row))
        except DamagedValueError:  # whoever may connect may write there
            holders.append(None)
    return holders


@telling_damage
def _holder(token: str, schema: str, text: str) -> Holder:
    about = json_object(text)
    since = datetime.fromisoformat(about["since"]).astimezone()
    if not MINYEAR < since.year < MAXYEAR:
        raise ValueError(since)  # it has no time in another zone
    campaign = about.get("campaign")
    return Holder(
        token=token,
        schema=schema,
        about={
            **{name: one_line(about[name]) for name in ("command", "host")},
            "pid": int(about["pid"]),
            "since": since,
            "campaign": campaign_id_of(campaign) if campaign else "",
        },
    )


def _token(command: str) -> str:
    return f"{command}-{os.getpid()}-{secrets.token_hex(8)}"


def _about(command: str, at: datetime) -> dict[str, Any]:
    return {
        "command": command,
        "pid": os.getpid(),
        "host": platform.node(),
        "since": at.isoformat(timespec="seconds"),
    }


def _enter(
    session: PostgresHandle, site: ServerPlace, token: str, about: Mapping[str, object]
) -> None:
    """Lock this token for the session's life, and name its holder; the dead are swept."""
    key = site.lock_key(token)
    _try(session, "pg_try_advisory_lock", key)  # nobody else has this token
    session.execute("DELETE FROM holders WHERE token NOT IN (SELECT token FROM living)")
    session.execute(
        "INSERT INTO holders VALUES (%s, %s, %s, %s) "
        "ON CONFLICT (token) DO UPDATE SET about = EXCLUDED.about",
        [token, key, site.schema, json.dumps(about)],
    )


def _leave(session: PostgresHandle, token: str) -> None:
    """The end of a session frees its locks, too, but a moment after it is closed here."""
    session.execute("SELECT pg_advisory_unlock_all()")
    session.execute("DELETE FROM holders WHERE token = %s", [token])


@contextmanager
def _session(site: ServerPlace) -> Iterator[PostgresHandle]:
    session = connect(site, SHARED)
    try:
        yield session
    except psycopg.Error as error:
        raise trouble_of(error, site) from error
    finally:
        session.close()


def _try(session: PostgresHandle, how: str, key: int) -> bool:
    return session.execute(cast(Any, f"SELECT {how}({key})")).fetchone() == (True,)
