"""How much an account has sent, as a sliding log in accounts.db.

Each row says how many an account had sent in all, and when. What it sent within any window is the
difference of two rows, however many lie between them. Each function works inside the caller's
transaction, by prepared statements: it runs with every message.

A clock that was set back neither opens a quota again nor closes it for longer than its window:
what was sent in what is now the future counts as sent this instant. On a server its clock alone
counts, whatever the machines' say: `by_its_clock`.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    ScalarSelect,
    Select,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from merge.ledger import accounts_schema
from merge.ledger.driver.database import Handle
from merge.ledger.driver.prepared import Prepared, by_its_clock, parameters
from merge.ledger.records import QuotaLeft, QuotaLimits

UNLIMITED = sys.maxsize
"""`QuotaLeft.now` of an account without limits."""

_sends = accounts_schema.sends


def quota_left(handle: Handle, account: str, limits: QuotaLimits, now: datetime) -> QuotaLeft:
    """How many may go now: the least that any window leaves. When the next may, if none."""
    usage = _usage(handle, account, limits, now)()
    if usage.room > 0:
        return QuotaLeft(now=usage.room, next_at=None)
    # What would fill it from what is now the future would do so until then: nobody spends now.
    _bring_back().run(handle, [{"account": account, "now": now}])
    full = [(length, limit) for length, limit, n in usage.left if n <= 0]
    return QuotaLeft(now=0, next_at=max(_frees(handle, account, *each, now) for each in full))


def at_receiver(account: str, receiver: str) -> str:
    """What an account sends to one receiver is counted under this name, too."""
    return f"{account} → {receiver}"


def spend(
    handle: Handle, account: str, limits: QuotaLimits, to: Collection[str], now: datetime
) -> Callable[[Sequence[str]], list[bool]]:
    """What is left for these receivers is asked. What is returned counts sends, each to one of
    them, as many as the quotas have left, and says which of them.
    """
    asked = _usage(handle, account, limits, now)
    asked_of_each = {
        name: _usage(handle, at_receiver(account, name), limits.receivers[name], now)
        for name in dict.fromkeys(to)
        if name in limits.receivers
    }

    def grant(to: Sequence[str]) -> list[bool]:
        of_all, of_each = asked(), {name: each() for name, each in asked_of_each.items()}
        granted: list[bool] = []
        taken: Counter[str] = Counter()
        for name in to:
            own = of_each.get(name)
            is_free = of_all.room > taken.total() and (own is None or own.room > taken[name])
            granted.append(is_free)
            taken[name] += is_free
        if taken.total():
            _count(handle, account, of_all.total + taken.total(), now)
        for name, own in of_each.items():
            if taken[name]:
                _count(handle, at_receiver(account, name), own.total + taken[name], now)
        return granted

    return grant


def _count(handle: Handle, account: str, total: int, now: datetime) -> None:
    row = {"account": account, "now": now, "total": total}
    _bring_back().run(handle, [row])
    _add().run(handle, [row])


def spent(tx: Connection, account: str, since: datetime) -> list[tuple[datetime, int]]:
    """When this account sent how many, after `since`, as far as the log goes back."""
    return [(at, n) for at, n in _log(tx, account) if at > since]


def take_over(tx: Connection, account: str, sends: Sequence[tuple[datetime, int]]) -> None:
    """Count what this account has sent elsewhere; what is counted already stays as it is."""
    here = _log(tx, account)
    new = {*sends} - {*here}
    if not new:
        return
    tx.execute(delete(_sends).where(_sends.c.account == account))
    total = 0
    for at, n in sorted([*here, *new]):
        total += n
        tx.execute(insert(_sends).values(account=account, at=at, total=total))


def _log(tx: Connection, account: str) -> list[tuple[datetime, int]]:
    """When this account sent how many, in the order in which it was written down."""
    query = select(_sends.c.at, _sends.c.total).where(_sends.c.account == account)
    rows = tx.execute(query.order_by(_sends.c.id)).all()
    totals = [0, *(total for _, total in rows)]
    return [(at, total - before) for (at, total), before in zip(rows, totals, strict=False)]


class _Usage:
    """What an account has sent in all; of each window its length, its limit and what is left."""

    def __init__(self, total: int, left: list[tuple[timedelta, int, int]]) -> None:
        self.total = total
        self.left = left

    @property
    def room(self) -> int:
        """How many more may go now."""
        return min((n for _, _, n in self.left), default=UNLIMITED)


def _usage(
    handle: Handle, account: str, limits: QuotaLimits, now: datetime
) -> Callable[[], _Usage]:
    windows = list(limits.windows())
    starts = {f"start_{i}": now - length for i, (length, _) in enumerate(windows)}
    totals = _totals(tuple(length for length, _ in windows))
    asked = totals.asked(handle, {"account": account, **starts})

    def read() -> _Usage:
        ((found, *before),) = asked()
        total = found or 0
        return _Usage(
            total,
            [
                (length, limit, limit - (total - (earlier or 0)))
                for (length, limit), earlier in zip(windows, before, strict=True)
            ],
        )

    return read


def _frees(handle: Handle, account: str, length: timedelta, limit: int, now: datetime) -> datetime:
    """When a full window has something left again: a send leaves it its length later.

    Never for a limit of 0; then a window's length from now, so that a caller asks again.
    """
    row = {"account": account, "start": now - length, "now": now, "limit": limit}
    found = _oldest_that_counts(length).records(handle, row)
    ago = found[0][1] - found[0][0] if found else timedelta()
    return now - max(ago, timedelta()) + length


def _latest(*where: ColumnElement[bool]) -> Select[Any]:
    mine = select(_sends).where(_sends.c.account == bindparam("account"), *where)
    return mine.order_by(_sends.c.at.desc(), _sends.c.id.desc()).limit(1)


def _total(of: Select[Any]) -> ScalarSelect[Any]:
    return of.with_only_columns(_sends.c.total).scalar_subquery()


def _at(name: str, ago: timedelta = timedelta()) -> ColumnElement[datetime]:
    return by_its_clock(bindparam(name, type_=_sends.c.at.type), ago)


@cache
def _totals(lengths: Sequence[timedelta]) -> Prepared:
    """The total now, and before the start of each window."""
    starts = (_at(f"start_{i}", length) for i, length in enumerate(lengths))
    before = (_total(_latest(_sends.c.at <= start)) for start in starts)
    return Prepared(select(_total(_latest()), *before))


@cache
def _oldest_that_counts(length: timedelta) -> Prepared:
    """The time of the send that fills the window, and now: once it drops out, another may go."""
    last = _total(_latest())
    return Prepared(
        select(_sends.c.at, _at("now"))
        .where(
            _sends.c.account == bindparam("account"),
            _sends.c.at > _at("start", length),
            _sends.c.total > last - bindparam("limit", type_=_sends.c.total.type),
        )
        .order_by(_sends.c.id)
        .limit(1)
    )


@cache
def _bring_back() -> Prepared:
    ahead = (_sends.c.account == bindparam("account"), _sends.c.at > _at("now"))
    return Prepared(update(_sends).where(*ahead).values(at=_at("now")))


@cache
def _add() -> Prepared:
    values = parameters(_sends.c[name] for name in ("account", "total"))
    return Prepared(insert(_sends).values(**values, at=_at("now")))
