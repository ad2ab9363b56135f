"""How the campaigns of a server stand, for whoever watches over it: numbers alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select

from merge.ledger import schema
from merge.ledger.accounts import Accounts
from merge.ledger.driver.addresses import SHARED, ServerPlace
from merge.ledger.driver.database import Database
from merge.ledger.driver.migrating import newest, schema_version
from merge.ledger.driver.places import database_at
from merge.ledger.driver.session import connect
from merge.ledger.identity import standing
from merge.ledger.ledger import Ledger
from merge.model import Counts, Status

RATE_WINDOW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauges:
    """One campaign: its letters, e-mails sent in the last RATE_WINDOW, and since when the oldest
    queued one waits. `counts` is None for a ledger of another version of the program."""

    campaign_id: str
    counts: Counts | None
    sent_lately: int = 0
    oldest_queued_at: datetime | None = None


def gauges(accounts: Accounts, now: datetime) -> Iterator[Gauges]:
    """Of each campaign of the user's server that has not moved away. LedgerError."""
    with connect(ServerPlace(accounts.server, SHARED)) as session:
        found = session.execute(
            "SELECT nspname FROM pg_namespace WHERE nspname ~ '^campaign_[0-9a-f]{32}$' ORDER BY 1"
        ).fetchall()
    for (name,) in found:
        campaign_id = str(UUID(name.removeprefix("campaign_")))
        with closing(database_at(accounts.site_of(campaign_id), read_only=True)) as database:
            if schema_version(database) != newest():
                yield Gauges(campaign_id=campaign_id, counts=None)
                continue
            state = standing(database)
            if state and state.is_open:
                ledger = Ledger(database, accounts)
                sent = ledger.attempts_since(now - RATE_WINDOW).get(Status.SENT, 0)
                yield Gauges(
                    campaign_id=campaign_id,
                    counts=ledger.counts(),
                    sent_lately=sent,
                    oldest_queued_at=_oldest_queued_at(database),
                )


def _oldest_queued_at(database: Database) -> datetime | None:
    delivery = schema.deliveries.c
    with database.reading() as tx:
        query = select(func.min(delivery.at)).where(delivery.status == Status.QUEUED)
        found: datetime | None = tx.execute(query).scalar_one()
    return found
