"""Accounts that nothing may leave from until a person has looked, in accounts.db.

A row for each report that said so: when it came, and its codes. The server's words stay in the
ledger of the campaign that it was about: they may hold a name or an address.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import NamedTuple
from zlib import crc32

from sqlalchemy import (
    Column,
    Connection,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    bindparam,
    delete,
    func,
    select,
    true,
)
from sqlalchemy.dialects.sqlite import insert

from merge.ledger.prepared import Prepared
from merge.ledger.schema import UtcTime
from merge.outcome import Bounce

metadata = MetaData()

# The key makes a report that is read again after a kill the same row.
_pauses = Table(
    "pauses",
    metadata,
    Column("account", Text, primary_key=True),
    Column("campaign", String(36), primary_key=True),
    Column("at", UtcTime, primary_key=True),
    Column("code", Integer),
    Column("enhanced", String(16), nullable=False),
)


class Latest(NamedTuple):
    """The last report about an account, and how many there are."""

    campaign: str
    at: datetime
    code: int | None
    enhanced: str
    reports: int


def make_ready(tx: Connection) -> None:
    """The table."""
    metadata.create_all(tx)


def pause(tx: Connection, account: str, campaign_id: str, reports: Sequence[Bounce]) -> None:
    """Nothing more may leave from this account."""
    rows = [
        {
            "account": account,
            "campaign": campaign_id,
            "at": _apart(report),
            "code": report.outcome.code,
            "enhanced": report.outcome.enhanced,
        }
        for report in reports
    ]
    if rows:
        tx.execute(insert(_pauses).on_conflict_do_nothing(), rows)


def _apart(report: Bounce) -> datetime:
    """When it came, with a fraction that is its letter's own.

    Mails tell no fraction of a second, and a server returns many at once: those of one second would
    be one row, and a number in their order another one in the next reading. What the server refused
    to our face, which is about no letter, has a fraction of its own.
    """
    about = report.message_id or report.to
    return report.at.replace(microsecond=crc32(about.encode()) % 1_000_000) if about else report.at


def latest(handle: sqlite3.Connection, account: str) -> Latest | None:
    """Why nothing may leave from it; None when it may."""
    found = _latest().one(handle, {"account": account})
    if found is None:
        return None
    campaign, at, code, enhanced, reports = found
    at = datetime.fromisoformat(at).replace(tzinfo=UTC)
    return Latest(campaign, at, code, enhanced, reports)


def lift(tx: Connection, account: str, campaign_id: str | None = None) -> None:
    """It may send again; with a campaign, as far as that one has paused it."""
    of = _pauses.c.campaign == campaign_id if campaign_id is not None else true()
    tx.execute(delete(_pauses).where(_pauses.c.account == account, of))


@cache
def _latest() -> Prepared:
    mine = _pauses.c.account == bindparam("account")
    n = select(func.count()).select_from(_pauses).where(mine).scalar_subquery()
    return Prepared(
        select(_pauses.c.campaign, _pauses.c.at, _pauses.c.code, _pauses.c.enhanced, n)
        .where(mine)
        .order_by(_pauses.c.at.desc())
        .limit(1)
    )
