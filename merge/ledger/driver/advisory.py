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
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, cast

import psycopg

from merge.errors import Busy
from merge.ledger.driver.addresses import SHARED, ServerPlace
from merge.ledger.driver.database import patience
from merge.ledger.driver.locks import MIGRATION_TIMEOUT_S, Locks
from merge.ledger.driver.postgres import PostgresHandle, connect, trouble_of

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
        with self._session() as session:
            found = session.execute("SELECT FROM living WHERE token = %s", [token])
            return found.fetchone() is not None

    @contextmanager
    def one_migrator(self) -> Iterator[None]:
        """One session at a time; the others wait instead of being refused."""
        key = self._site.lock_key("migrate")
        give_up_at = time.monotonic() + patience(MIGRATION_TIMEOUT_S)
        with self._session() as session:
            while not _try(session, "pg_try_advisory_lock", key):
                if time.monotonic() > give_up_at:
                    raise Busy("ledger-busy", path=str(self._site))
                time.sleep(_POLL_S)
            yield

    @contextmanager
    def _held(self, command: str, *, shared: bool) -> Iterator[str]:
        token = f"{command}-{os.getpid()}-{secrets.token_hex(8)}"
        key = self._site.lock_key(token)
        about = {
            "command": command,
            "pid": os.getpid(),
            "host": platform.node(),
            "since": self._now().isoformat(timespec="seconds"),
            "shared": shared,
        }
        with self._session() as session:
            how = "pg_try_advisory_lock_shared" if shared else "pg_try_advisory_lock"
            if not _try(session, how, self._site.lock_key("campaign")):
                holder = next(self._living(session), {})
                reason = holder.get("command", "unnamed")
                raise Busy("busy", path=str(self._site), reason=reason, **holder)
            _try(session, "pg_try_advisory_lock", key)  # nobody else has this token
            session.execute("DELETE FROM holders WHERE token NOT IN (SELECT token FROM living)")
            session.execute(
                "INSERT INTO holders VALUES (%s, %s, %s, %s)",
                [token, key, self._site.schema, json.dumps(about)],
            )
            try:
                yield token
            finally:
                with suppress(psycopg.Error):  # the next holder sweeps
                    # The end of a session frees them, too, but a moment after it is closed here.
                    session.execute("SELECT pg_advisory_unlock_all()")
                    session.execute("DELETE FROM holders WHERE token = %s", [token])

    def _living(self, session: PostgresHandle) -> Iterator[dict[str, Any]]:
        """What is said of the holders that live."""
        query = "SELECT about FROM living WHERE campaign = %s ORDER BY token"
        for (text,) in session.execute(query, [self._site.schema]).fetchall():
            about = json.loads(text)
            yield {**about, "since": datetime.fromisoformat(about["since"]).astimezone()}

    @contextmanager
    def _session(self) -> Iterator[PostgresHandle]:
        session = connect(self._site)
        try:
            session.execute(cast(Any, f"SET search_path TO {SHARED}"))
            yield session
        except psycopg.Error as error:
            raise trouble_of(error, self._site) from error
        finally:
            session.close()


def _try(session: PostgresHandle, how: str, key: int) -> bool:
    return session.execute(cast(Any, f"SELECT {how}({key})")).fetchone() == (True,)
