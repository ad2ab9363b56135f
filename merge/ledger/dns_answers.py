"""What DNS said of domains, kept for a day: the next command need not ask again."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from merge.ledger import accounts_schema
from merge.ledger.driver.database import Database, upsert

KEPT = timedelta(days=1)
"""However long the zone itself says: by then it may have mail again, or none any more."""

_answers = accounts_schema.dns_answers

Said = tuple[str, tuple[str, ...]]
"""A state, and the values."""


class DnsAnswers:
    """The answers, by name and kind, in accounts.db: only definite ones are worth keeping."""

    def __init__(self, database: Callable[[], Database]) -> None:
        self._database = database

    def known(self, now: datetime) -> Mapping[tuple[str, str], Said]:
        """All that are not a day old."""
        fresh = (_answers.c.at > now - KEPT, _answers.c.at <= now)
        columns = (_answers.c.name, _answers.c.kind, _answers.c.state, _answers.c.said)
        with self._database().reading() as tx:
            rows: Sequence[tuple[str, str, str, str]] = [
                tuple(row) for row in tx.execute(select(*columns).where(*fresh))
            ]
        return {(name, kind): (state, tuple(json.loads(said))) for name, kind, state, said in rows}

    def keep(self, said: Mapping[tuple[str, str], Said], now: datetime) -> None:
        """Keep these from now on; forget all that are a day old."""
        rows = [
            {"name": name, "kind": kind, "state": state, "said": json.dumps(values), "at": now}
            for (name, kind), (state, values) in said.items()
        ]
        with self._database().writing() as tx:
            forget_old(tx, now)
            if rows:
                tx.execute(upsert(_answers), rows)


def forget_old(tx: Connection, now: datetime) -> None:
    """Drop what is a day old: the domains of a campaign are its recipients'."""
    tx.execute(delete(_answers).where(_answers.c.at <= now - KEPT))
