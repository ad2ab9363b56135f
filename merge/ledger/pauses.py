"""Accounts that nothing may leave from until a person has looked, in accounts.db.

A row for each report that said so: when it came, and its codes. The server's words stay in the
ledger of the campaign that it was about: they may hold a name or an address.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import NamedTuple

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
)
from sqlalchemy.dialects.sqlite import insert

from merge.campaign.ports import Bounce
from merge.ledger.prepared import Prepared
from merge.ledger.schema import UtcTime

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
    """Nothing more may leave from this account.

    Mails tell no fraction of a second: those of one second stand a microsecond apart, or they
    would be one row.
    """
    rows: list[dict[str, object]] = []
    of_second = Counter[datetime]()
    for report in reports:
        rows.append(
            {
                "account": account,
                "campaign": campaign_id,
                "at": report.at + timedelta(microseconds=of_second[report.at]),
                "code": report.outcome.code,
                "enhanced": report.outcome.enhanced,
            }
        )
        of_second[report.at] += 1
    if rows:
        tx.execute(insert(_pauses).on_conflict_do_nothing(), rows)


def latest(handle: sqlite3.Connection, account: str) -> Latest | None:
    """Why nothing may leave from it; None when it may."""
    found = _latest().one(handle, {"account": account})
    if found is None:
        return None
    campaign, at, code, enhanced, reports = found
    at = datetime.fromisoformat(at).replace(tzinfo=UTC)
    return Latest(campaign, at, code, enhanced, reports)


def lift(tx: Connection, account: str) -> None:
    """It may send again."""
    tx.execute(delete(_pauses).where(_pauses.c.account == account))


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
