"""What one run of `send --really` needs, and what comes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from merge.campaign.account import OwnAccount
from merge.campaign.pace import AWAY_AT_MOST, PACING_AT_MOST, Hours, reconnect_after, spread
from merge.campaign.ports import Composer, PostOffice, Template, Watch
from merge.campaign.supply import Order
from merge.campaign.suppression import Gate
from merge.errors import Misuse, Stopped
from merge.ledger.accounts import Accounts
from merge.ledger.archive import Archive
from merge.ledger.ledger import Ledger
from merge.ledger.records import QuotaLeft, QuotaLimits
from merge.model import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Everything a run needs, built by `merge.app`.

    `receiver` is the name, in `limits`, of who receives mail for a domain; "" for one without.
    """

    ledger: Ledger
    archive: Archive
    accounts: Accounts
    gate: Gate
    template: Template
    composer: Composer
    post_office: PostOffice
    watch: Watch
    account: OwnAccount
    limits: QuotaLimits
    envelope_sender: str
    connections: int = 1
    hours: Hours | None = None
    receiver: Callable[[str], str] = lambda domain: ""

    def opens_at(self, now: datetime) -> datetime:
        """When letters may leave, by the sending hours: `now`, or later."""
        return self.hours.next_open(now) if self.hours else now

    def quota_left(self, now: datetime) -> QuotaLeft:
        """How many messages may leave now, by the sending hours and the account's quota."""
        opens_at = self.opens_at(now)
        if opens_at > now:
            return QuotaLeft(now=0, next_at=opens_at)
        left = self.accounts.quota_left(self.account.name, self.limits, now)
        if left.next_at is None:
            return left
        return replace(left, next_at=self.opens_at(left.next_at))

    def full_receivers(self, now: datetime) -> Mapping[str, datetime]:
        """Those whose share of the account's quota is spent, and when each has some again."""
        left = self.accounts.left_by_receiver(self.account.name, self.limits, now)
        return {
            name: self.opens_at(each.next_at)
            for name, each in left.items()
            if each.now <= 0 and each.next_at is not None
        }


@dataclass(slots=True, kw_only=True)
class Run:
    """What came of one run: messages by status, and why it ended before the end, if it did."""

    by_status: Counter[Status] = field(default_factory=Counter)
    stopped_by: Literal[
        "", "at", "quota", "receiver", "hours", "limit", "deferred", "away", "interrupted"
    ] = ""
    next_at: datetime | None = None
    away: Stopped | None = None  # why the server is out of reach, while it is waited for
    tries: int = 0  # to reach it, so far

    @property
    def sent(self) -> int:
        """How many messages the next server accepted."""
        return self.by_status[Status.SENT]


_FORMS = ("%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M")
AWAKE_LATER_AT_MOST = timedelta(seconds=20)  # two campaigns of one account wake one by one


def wakes_at(next_at: datetime, campaign_id: str) -> datetime:
    """When to wake a run that may go on from `next_at`."""
    return next_at + spread(f"{campaign_id} {next_at}", AWAKE_LATER_AT_MOST)


def moment_of(typed: str, zone: ZoneInfo, now: datetime) -> datetime:
    """When a day and a time are by the clocks of this zone; a time alone is the next one. In UTC.

    Misuse("value-unfit") also for a time that is past, and for one that the clocks leave out or
    repeat when they are changed.
    """
    here, text = now.astimezone(zone), " ".join(typed.replace("T", " ").split())
    today, tomorrow = (f"{here.date() + timedelta(days=n)} {text}" for n in (0, 1))
    found = _read(today)
    if found and found <= here.replace(tzinfo=None):
        found = _read(tomorrow)
    found = found or next(filter(None, (_read(text, form) for form in _FORMS)), None)
    if found and here.replace(tzinfo=None) < found and found.year <= here.year + 1:
        moment, second = (found.replace(tzinfo=zone, fold=n).astimezone(UTC) for n in (0, 1))
        # Not while the clocks are put forward or back.
        if moment.astimezone(zone).replace(tzinfo=None) == found and moment == second:
            return moment
    raise Misuse("value-unfit", value=typed, example=f"{tomorrow[:10]} 09:00, 09:00")


def _read(text: str, form: str = _FORMS[0]) -> datetime | None:
    with suppress(ValueError):
        return datetime.strptime(text, form)
    return None


class Waiting:
    """The pauses of one run; `told` hears of each try to connect.

    `order` is whom the run is about. Without `wait` a server out of reach is
    waited for here, and given up after AWAY_AT_MOST.
    """

    def __init__(
        self,
        sender: Sender,
        run: Run,
        order: Order,
        *,
        wait: bool,
        told: Callable[[Run], object],
    ) -> None:
        self.outage: Stopped | None = None  # why the server is out of reach
        self._sender = sender
        self._run = run
        self._order = order
        self._wait = wait
        self._told = told
        self._away_since: datetime | None = None
        self._tries = 0  # to connect again

    def is_in_reach(self) -> None:
        """The server has said something."""
        self._away_since, self._tries = None, 0

    def may_go_on(self, *, at_limit: bool) -> bool:
        """Whether to look for more, perhaps after a pause; `run` says why not.

        Stopped("server-away") when it has been out of reach for too long.
        """
        if self.outage:
            return self._try_again(self.outage)
        sender, run = self._sender, self._run
        now = sender.watch.now()
        outlook = sender.ledger.outlook(self._order.keys, now)
        run.stopped_by, run.next_at, run.away = "", None, None
        if outlook.now and at_limit:
            run.stopped_by = "limit"
        elif outlook.now:
            left = sender.quota_left(now)
            if left.now <= 0:
                run.stopped_by = "hours" if sender.opens_at(now) > now else "quota"
                run.next_at = left.next_at
            elif self._order.full_until:
                run.stopped_by, run.next_at = "receiver", self._order.full_until
            else:
                return True
        elif outlook.next_at:
            run.stopped_by, run.next_at = "deferred", sender.opens_at(outlook.next_at)
        if run.next_at is None or run.next_at - now > PACING_AT_MOST:
            return False
        sender.watch.wait_until(wakes_at(run.next_at, sender.ledger.campaign_id))
        return True

    def _try_again(self, outage: Stopped) -> bool:
        sender, run, now = self._sender, self._run, self._sender.watch.now()
        self._away_since = self._away_since or now
        until = self._away_since + AWAY_AT_MOST
        if not self._wait and now >= until:
            minutes = round((now - self._away_since) / timedelta(minutes=1))
            raise Stopped("server-away", last=outage, minutes=minutes)
        next_at = now + reconnect_after(self._tries)
        next_at = sender.opens_at(next_at if self._wait else min(next_at, until))
        self.outage, self._tries = None, self._tries + 1
        run.stopped_by, run.next_at, run.away = "away", next_at, outage
        if not self._wait and next_at > until:  # the sending hours end meanwhile
            run.stopped_by, run.away = "hours", None
            return False
        if self._wait and next_at - now > PACING_AT_MOST:
            run.tries = self._tries
            return False
        self._told(run)
        sender.watch.wait_until(next_at)
        return True
