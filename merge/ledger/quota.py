"""How much an account has sent, as a sliding log in accounts.db.

Each row says how many an account had sent in all, and when. What it sent within any window is the
difference of two rows, however many lie between them. Each function works inside the caller's
transaction.

A clock may be set back, and right again. Each time stays as it was noted, and where the clock
stood then is noted beside it (`set_back`); as long as the log is out of order for that, it is gone
through row by row. What lies in a window by any of these clocks counts: so none opens a quota, and
none closes it for longer than its window. On a server its clock alone counts, whatever the
machines' say: `clock`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial

from sqlalchemy import Connection, delete, select

from merge.ledger import accounts_schema
from merge.ledger.column_types import moment
from merge.ledger.driver.database import handle_of
from merge.ledger.driver.expressions import clock
from merge.ledger.records import QuotaLeft, QuotaLimits

UNLIMITED = sys.maxsize
"""`QuotaLeft.now` of an account without limits."""

_sends = accounts_schema.sends
_SET_BACK = "↶ "
_JITTER = timedelta(minutes=1)  # of processes that ask for the time before they wait for each other

# The clocks are filled in. The first one runs with every message.
_USAGE = """
SELECT (SELECT total FROM sends WHERE account = :account ORDER BY at DESC, id DESC LIMIT 1),
    (SELECT at FROM sends WHERE account = :account ORDER BY at DESC, id DESC LIMIT 1),
    {now},
    EXISTS (SELECT 1 FROM sends WHERE account = :set_back)
"""
_BEFORE = """,
    (SELECT total FROM sends WHERE account = :account AND at <= {start}
    ORDER BY at DESC, id DESC LIMIT 1)
"""
_NOTED = """
SELECT account, at, total, {now} FROM sends WHERE account IN (:account, :set_back) ORDER BY id
"""
_OLDEST_THAT_COUNTS = """
SELECT at, {now} FROM sends
WHERE account = :account AND at > {start} AND total > (
    SELECT total FROM sends WHERE account = :account ORDER BY at DESC, id DESC LIMIT 1
) - :limit
ORDER BY id LIMIT 1
"""
_ADD = "INSERT INTO sends (account, at, total) VALUES (:account, {now}, :total)"


def quota_left(tx: Connection, account: str, limits: QuotaLimits, now: datetime) -> QuotaLeft:
    """How many may go now: the least that any window leaves. When the next may, if none."""
    usage = _usage(tx, account, limits, now)
    if usage.room > 0:
        return QuotaLeft(now=usage.room, next_at=None)
    full = [(length, limit) for length, limit, n in usage.left if n <= 0]
    return QuotaLeft(now=0, next_at=max(usage.frees(*each) for each in full))


def at_receiver(account: str, receiver: str) -> str:
    """What an account sends to one receiver is counted under this name, too."""
    return f"{account} → {receiver}"


def set_back(account: str) -> str:
    """Where its clock stood when it was found to be set back is noted under this name, too."""
    return f"{_SET_BACK}{account}"


def spend(
    tx: Connection, account: str, limits: QuotaLimits, to: Collection[str], now: datetime
) -> Callable[[Sequence[str]], list[bool]]:
    """What is left for these receivers is asked. What is returned counts sends, each to one of
    them, as many as the quotas have left, and says which of them.
    """
    of_all = _usage(tx, account, limits, now)
    of_each = {
        name: _usage(tx, at_receiver(account, name), limits.receivers[name], now)
        for name in dict.fromkeys(to)
        if name in limits.receivers
    }

    def grant(to: Sequence[str]) -> list[bool]:
        granted: list[bool] = []
        for name in to:
            asked = [of_all, *([of_each[name]] if name in of_each else [])]
            is_free = all(usage.room > usage.taken for usage in asked)
            granted.append(is_free)
            for usage in asked:
                usage.taken += is_free
        for usage in (of_all, *of_each.values()):
            if usage.taken:
                _add(tx, usage.account, usage.at, usage.total + usage.taken)
        return granted

    return grant


def _add(tx: Connection, account: str, at: datetime, total: int) -> None:
    row = {"account": account, "now": at, "total": total}
    handle_of(tx).execute(_ADD.format(now=clock(tx, "now")), row)


def spent(tx: Connection, account: str, since: datetime) -> list[tuple[datetime, int]]:
    """When this account sent how many, after `since`, as far as the log goes back."""
    return [(at, n) for at, n in _log(tx, account) if at > since]


def forget_set_backs(tx: Connection, now: datetime) -> None:
    """Forget that a clock was set back where the log is in order again."""
    account = _sends.c.account
    noted = select(account).where(account.between(_SET_BACK, f"{_SET_BACK}\U0010ffff")).distinct()
    for name in tx.execute(noted).scalars().all():
        times = [at for at, _n in _log(tx, name.removeprefix(_SET_BACK))]
        if times == sorted(times) and (not times or times[-1] <= now + _JITTER):
            tx.execute(delete(_sends).where(account == name))


def _log(tx: Connection, account: str) -> list[tuple[datetime, int]]:
    """When this account sent how many, in the order in which it was written down."""
    query = select(_sends.c.at, _sends.c.total).where(_sends.c.account == account)
    rows = tx.execute(query.order_by(_sends.c.id)).all()
    totals = [0, *(total for _, total in rows)]
    return [(at, total - before) for (at, total), before in zip(rows, totals, strict=False)]


@dataclass(slots=True)
class _Usage:
    """What an account has sent in all, and the time to note for the next; of each window its
    length, its limit and what is left. `frees` says of a length and a limit when there is more.
    """

    account: str
    total: int
    at: datetime
    left: list[tuple[timedelta, int, int]]
    frees: Callable[[timedelta, int], datetime]
    taken: int = 0  # of what is left, just now

    @property
    def room(self) -> int:
        """How many more may go now."""
        return min((n for _, _, n in self.left), default=UNLIMITED)


def _usage(tx: Connection, account: str, limits: QuotaLimits, now: datetime) -> _Usage:
    windows = limits.windows()
    starts = {f"start_{i}": now - length for i, (length, _) in enumerate(windows)}
    clocks = (clock(tx, f"start_{i}", length) for i, (length, _) in enumerate(windows))
    about = {"account": account, "set_back": set_back(account), "now": now}
    asked = handle_of(tx).execute(_usages(clock(tx, "now"), *clocks), about | starts)
    ((found, noted, here, was_set_back, *before),) = asked
    at, here = noted and moment(noted), moment(here)
    if was_set_back or (at and at > here + _JITTER):
        return _gone_through(tx, account, windows, now)
    total = found or 0
    return _Usage(
        account,
        total,
        max(now, at or now),
        [
            (length, limit, limit - (total - (earlier or 0)))
            for (length, limit), earlier in zip(windows, before, strict=True)
        ],
        partial(_frees, tx, account, now),
    )


def _gone_through(
    tx: Connection, account: str, windows: Sequence[tuple[timedelta, int]], now: datetime
) -> _Usage:
    """The same of a log whose clock was set back."""
    about = {"account": account, "set_back": set_back(account), "now": now}
    rows = list(handle_of(tx).execute(_NOTED.format(now=clock(tx, "now")), about))
    here = moment(rows[0][-1])
    total = 0
    noted: list[tuple[datetime, int]] = []
    for name, at, so_far, _now in rows:
        n = so_far - total if name == account else 0
        noted.append((moment(at), n))
        total += n
    if abs(noted[-1][0] - here) > _JITTER:
        _add(tx, set_back(account), now, 0)
        noted.append((here, 0))
    sent = list(_by_each_clock(noted))

    def counted(length: timedelta) -> list[tuple[datetime, int]]:
        """What lies in the window that ends now: the last of its times there, and how many."""
        there = [
            (max((at for at in times if here - length < at <= here + _JITTER), default=None), n)
            for times, n in sent
        ]
        return [(at, n) for at, n in there if at]

    def frees(length: timedelta, limit: int) -> datetime:
        leaving = sorted(counted(length))
        used = sum(n for _at, n in leaving)
        for at, n in leaving:
            used -= n
            if used < limit:
                return now - max(here - at, timedelta()) + length
        return now + length

    left = [(each, limit, limit - sum(n for _at, n in counted(each))) for each, limit in windows]
    return _Usage(account, total, max(now, noted[-1][0]), left, frees)


def _by_each_clock(
    noted: Sequence[tuple[datetime, int]],
) -> Iterator[tuple[set[datetime], int]]:
    """When so many were sent: as it was noted, by a clock that is never set back, by each time that
    it was set back to later, and as late as what was noted first when it was right again allows.
    """
    onward: list[datetime] = []
    right_again: dict[int, datetime] = {}
    behind: list[int] = []
    for i, (at, _n) in enumerate(noted):
        if i and at < onward[-1]:
            onward.append(onward[-1] + max(at - noted[i - 1][0], timedelta()))
            behind.append(i)
        else:
            right_again |= {each: at - (onward[-1] - onward[each]) for each in behind}
            onward.append(at)
            behind.clear()
    back: set[datetime] = set()
    for i in reversed(range(len(noted))):
        at, n = noted[i]
        if n:
            yield {at, onward[i], right_again.get(i, at), *(each for each in back if each < at)}, n
        if i and at < noted[i - 1][0]:
            back.add(at)


def _frees(tx: Connection, account: str, now: datetime, length: timedelta, limit: int) -> datetime:
    """When a full window has something left again: a send leaves it its length later.

    Never for a limit of 0; then a window's length from now, so that a caller asks again.
    """
    row = {"account": account, "start": now - length, "now": now, "limit": limit}
    asked = _OLDEST_THAT_COUNTS.format(now=clock(tx, "now"), start=clock(tx, "start", length))
    ago = timedelta()
    for at, here in handle_of(tx).execute(asked, row):
        ago = moment(here) - moment(at)
    return now - max(ago, timedelta()) + length


@cache
def _usages(now: str, *starts: str) -> str:
    """The total now, when it was noted, what time it is, whether the clock was ever set back, and
    the total before the start of each window.
    """
    return _USAGE.format(now=now) + "".join(_BEFORE.format(start=start) for start in starts)
