"""Send the letters that go by e-mail: each once, and the ledger always first.

For one letter, in this order:

1. its delivery is claimed, so that no other sender takes it; it is rendered, composed, and its
   exact bytes are archived (`supply`);
2. it is offered: MAIL, RCPT, DATA, until the server says 354;
3. one commit: the intents of all that were asked for, and the outcomes that came with them;
4. the account's quota is spent, the commit is witnessed (`merge.ledger.identity`), and the
   suppression list is looked at once more;
5. the body is handed over. What the server then says is the outcome, committed with the next
   intents.

A kill before 3 leaves the delivery queued: nothing has left. A kill after 3 leaves it `sending`,
and the next command to open the ledger makes that `unknown`: it may have left, so it is never
sent again by itself. At most one message for each connection and kill can end so.

A server that answers at once, on this machine or in the house, asks for the next body before a
disk has turned. There, a commit also writes down ahead the intent of the next letter of each
connection: half as many commits, and at most two messages for each connection and kill that can
end in doubt. The suppression list is looked at once more before its body, unless that commit was a
moment ago; one that does not leave after all is taken back, and the quota has counted it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Literal

from merge.campaign import reminders
from merge.campaign.account import OwnAccount
from merge.campaign.pace import AWAY_AT_MOST, FAILURES_IN_A_ROW, Hours, reconnect_after, spread
from merge.campaign.plan import too_large
from merge.campaign.ports import (
    Accounts,
    Answered,
    Archive,
    Asked,
    Books,
    Composer,
    Limits,
    PostOffice,
    Room,
    Settled,
    Template,
    Unreachable,
    Watch,
)
from merge.campaign.retry import next_try, refused_each_time
from merge.campaign.supply import CLAIM_AT_ONCE, Order, Ready, Supply
from merge.campaign.suppression import Gate, Ruling, keep_back
from merge.errors import AccountPaused, Refused, Stopped, Trouble
from merge.model import Aim, Channel, Delivery, LetterFault, Outcome, Phase, Status

PACING_AT_MOST = timedelta(seconds=90)  # a pause up to this is the pace, not the end of a run
NEAR_MS = 5  # a server that answers a body in less is nearer than the disk
A_MOMENT = timedelta(milliseconds=NEAR_MS)  # in which the suppression list is taken for the same
AWAKE_LATER_AT_MOST = timedelta(seconds=20)  # two campaigns of one account wake one by one


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Everything one run of `send --really` needs, built by `merge.app`."""

    books: Books
    archive: Archive
    accounts: Accounts
    gate: Gate
    template: Template
    composer: Composer
    post_office: PostOffice
    watch: Watch
    account: OwnAccount
    limits: Limits
    envelope_sender: str
    connections: int = 1
    hours: Hours | None = None

    def opens_at(self, now: datetime) -> datetime:
        """When letters may leave, by the sending hours: `now`, or later."""
        return self.hours.next_open(now) if self.hours else now

    def room(self, now: datetime) -> Room:
        """How many messages may leave now, by the sending hours and the account's quota."""
        opens_at = self.opens_at(now)
        if opens_at > now:
            return Room(now=0, next_at=opens_at)
        room = self.accounts.room(self.account.name, self.limits, now)
        if room.next_at is None:
            return room
        return replace(room, next_at=self.opens_at(room.next_at))

    def spend(self, n: int, counter: int) -> int:
        """Up to n messages of the account's quota, and the ledger's counter witnessed."""
        return self.accounts.spend(
            self.account.name,
            self.limits,
            campaign_id=self.books.campaign_id,
            counter=counter,
            n=n,
            now=self.watch.now(),
        )


@dataclass(slots=True, kw_only=True)
class Run:
    """What came of one run: messages by status, and why it ended before the end, if it did."""

    by_status: Counter[Status] = field(default_factory=Counter)
    stopped_by: Literal["", "quota", "hours", "limit", "deferred", "away", "interrupted"] = ""
    next_at: datetime | None = None
    away: Stopped | None = None  # why the server is out of reach, while it is waited for

    @property
    def sent(self) -> int:
        """How many messages the next server accepted."""
        return self.by_status[Status.SENT]


def send(
    sender: Sender,
    *,
    keys: Sequence[str] | None = None,
    order: Order | None = None,
    limit: int | None = None,
    wait: bool = False,
    advance: Callable[[Status], object] = lambda status: None,
    waiting: Callable[[Run], object] = lambda run: None,
) -> Run:
    """Send what is queued or due again, up to `limit` messages, to `keys`; None is everybody.

    `order` is that of an earlier stage, which has its own keys: no stage looks at all who wait.
    `wait` goes on by itself when the quota is spent, the sending hours are over or a deferred
    delivery is not yet due; `waiting` is told before a long wait. A server that is out of reach is
    tried again for AWAY_AT_MOST, with `wait` for ever, and `waiting` is told each time. The ledger
    tells the truth however this ends. Stopped and AccountPaused say that the server refuses all of
    it for now.
    """
    desk = _Desk(sender, order or Order(sender.books, keys), limit, advance)
    try:
        while True:
            desk.offer_more()
            if desk.is_busy:
                desk.turn()
            elif (
                desk.trouble or sender.watch.asked or not desk.may_go_on(wait=wait, waiting=waiting)
            ):
                break
    finally:
        desk.tidy_up()
    if desk.trouble:
        raise desk.trouble
    if sender.watch.asked:
        desk.run.stopped_by = "interrupted"
    return desk.run


class _Desk:
    """One run: what is under way, what came of it, and what must still be written down."""

    def __init__(
        self,
        sender: Sender,
        order: Order,
        limit: int | None,
        advance: Callable[[Status], object],
    ) -> None:
        self.run = Run()
        self.trouble: Trouble | None = None  # why all of it should end
        self._sender = sender
        self._order = order
        self._limit = limit
        self._advance = advance
        self._supply = Supply(
            books=sender.books,
            archive=sender.archive,
            template=sender.template,
            composer=sender.composer,
            envelope_sender=sender.envelope_sender,
            order=order,
            held=self._hold,
            gate=sender.gate,
            kept_back=self._keep_back,
        )
        # By Message-ID. What is offered may have an intent, what is on its way has one.
        self._offered: dict[str, Ready] = {}
        self._on_its_way: dict[str, Ready] = {}
        self._intended: set[int] = set()  # ids of what is offered and has one
        self._is_near = False  # the server: see NEAR_MS
        self._pending: list[Settled] = []  # outcomes that share the next commit
        self._look: tuple[datetime, int] | None = None  # when the list was read, its edition
        self._taken = 0  # messages that were offered, whatever came of them
        self._lost_in_a_row = 0
        self._outage: Stopped | None = None  # the server is out of reach: all is taken back
        self._away_since: datetime | None = None  # it was last in reach, and
        self._tries = 0  # so often it was tried again
        self._too_large_in_a_row = 0

    @property
    def is_busy(self) -> bool:
        """Whether the post office has something of ours."""
        return bool(self._offered or self._on_its_way)

    def offer_more(self) -> None:
        """Fill the post office, unless this run is to end."""
        office, watch = self._sender.post_office, self._sender.watch
        if self._sender.hours and not self._sender.hours.closes_at(watch.now()):
            self._supply.give_back()
            return
        while office.room > 0 and not self._is_ending:
            ready = self._supply.take()
            if ready is None:
                try:
                    if not self._claim_more():
                        return
                except Trouble as trouble:  # what is on its way must still be heard of
                    self.trouble = trouble
                continue
            if self._is_too_large(ready):
                continue
            if ready.parcel.message_id in self._offered:
                continue  # a claim that was void, the sender's lock being lost, is ours again
            self._offered[ready.parcel.message_id] = ready
            self._taken += 1
            office.offer(ready.parcel)

    def turn(self) -> None:
        """Hear the post office; write down what it says; hand over what it asks for."""
        asked: list[Ready] = []
        heard = self._sender.post_office.turn()
        now = self._sender.watch.now()
        for news in heard:
            if isinstance(news, Unreachable):
                self._lose_touch(news.trouble)
                continue
            self._away_since, self._tries = None, 0
            if isinstance(news, Asked):
                asked.append(self._offered[news.parcel.message_id])
            else:
                self._settle(news, now)
        if self._is_ending:
            self._recall()
            asked = []
        unwritten = [ready for ready in asked if not self._may_leave(ready, now)]
        # An outcome alone waits for the intent that shares its commit, while the server talks.
        if unwritten or (self._pending and not (heard and self._offered)):
            self._write_down(unwritten, now, asked)
        self._hand_over(asked)

    def may_go_on(self, *, wait: bool, waiting: Callable[[Run], object]) -> bool:
        """Nothing is under way: whether to look for more, perhaps after a pause."""
        if self._outage:
            return self._try_again(self._outage, wait=wait, waiting=waiting)
        sender, run = self._sender, self.run
        now = sender.watch.now()
        outlook = sender.books.outlook(self._order.keys, now)
        run.stopped_by, run.next_at, run.away = "", None, None
        if outlook.now and self._left_of_limit == 0:
            run.stopped_by = "limit"
        elif outlook.now:
            room = sender.room(now)
            if room.now > 0:
                return True
            run.stopped_by = "hours" if sender.opens_at(now) > now else "quota"
            run.next_at = room.next_at
        elif outlook.next_at:
            run.stopped_by, run.next_at = "deferred", sender.opens_at(outlook.next_at)
        is_long = run.next_at is not None and run.next_at - now > PACING_AT_MOST
        if run.next_at is None or (is_long and not wait):
            return False
        if is_long:
            waiting(run)
        waking = f"{sender.books.campaign_id} {run.next_at}"
        sender.watch.wait_until(run.next_at + spread(waking, AWAKE_LATER_AT_MOST))
        return True

    def _lose_touch(self, trouble: Trouble) -> None:
        """No connection comes about. What is only for now passes; all else ends the run."""
        if isinstance(trouble, AccountPaused):
            reply = trouble.facts.get("reply")
            refused = Outcome(
                status=Status.DEFERRED,
                phase=Phase.LOGIN,
                aim=Aim.ACCOUNT,
                code=reply if isinstance(reply, int) else None,
                words=str(trouble.facts.get("words", "")),
            )
            trouble = self._sender.account.refused(refused)
        elif isinstance(trouble, Stopped):
            self._outage = trouble
            return
        self.trouble = self.trouble or trouble

    def _try_again(self, outage: Stopped, *, wait: bool, waiting: Callable[[Run], object]) -> bool:
        """Wait for the server to be back; False, and `trouble`, when that has lasted too long."""
        sender, run, now = self._sender, self.run, self._sender.watch.now()
        self._supply.give_back()  # another machine, or a person, may have a use for them meanwhile
        self._away_since = self._away_since or now
        until = self._away_since + AWAY_AT_MOST
        if not wait and now >= until:
            minutes = round((now - self._away_since) / timedelta(minutes=1))
            self.trouble = Stopped("server-away", last=outage, minutes=minutes)
            return False
        next_at = now + reconnect_after(self._tries)
        next_at = sender.opens_at(next_at if wait else min(next_at, until))
        self._outage, self._tries = None, self._tries + 1
        run.stopped_by, run.next_at, run.away = "away", next_at, outage
        if not wait and next_at > until:  # the sending hours end meanwhile
            run.stopped_by, run.away = "hours", None
            return False
        waiting(run)
        sender.watch.wait_until(next_at)
        return True

    def tidy_up(self) -> None:
        """However it ends: outcomes are written down, and nothing stays claimed in vain."""
        if self._pending:  # first: whatever else fails, what was heard is not in doubt
            self._commit([], self._sender.watch.now())
        self._sender.post_office.recall()
        self._let_go(list(self._offered))  # no body of it leaves any more, recalled or not
        self._supply.give_back()

    @property
    def _is_ending(self) -> bool:
        return bool(self.trouble or self._outage or self._sender.watch.asked)

    @property
    def _left_of_limit(self) -> int:
        return CLAIM_AT_ONCE if self._limit is None else max(0, self._limit - self._taken)

    def _claim_more(self) -> bool:
        sender = self._sender
        # Another campaign of this account may have heard meanwhile that it is refused.
        self.trouble = sender.account.refusal()
        if self.trouble:
            return False
        now = sender.watch.now()
        under_way = len(self._offered) - len(self._intended)  # not yet counted against the quota
        most = min(self._left_of_limit, sender.room(now).now - under_way)
        return most > 0 and self._supply.claim(most, now)

    def _is_too_large(self, ready: Ready) -> bool:
        """Whether it is held, for the server would not take it; many in a row end the run."""
        limit = self._sender.post_office.size_limit
        fault = too_large(ready.delivery.key, len(ready.parcel.data), limit)
        if fault is None:
            self._too_large_in_a_row = 0
            return False
        self._hold(ready.delivery, fault)
        self._too_large_in_a_row += 1
        if self._too_large_in_a_row >= FAILURES_IN_A_ROW and not self.trouble:
            self.trouble = Refused("server-takes-less", reason="all", value=fault.value)
        return True

    def _hold(self, delivery: Delivery, fault: LetterFault) -> None:
        self._sender.books.hold(delivery.id, fault, self._sender.watch.now())
        self._count(Status.HELD)

    def _keep_back(self, delivery: Delivery, ruling: Ruling) -> None:
        self._count(keep_back(self._sender.books, delivery, ruling, self._sender.watch.now()))

    def _count(self, status: Status) -> None:
        self.run.by_status[status] += 1
        self._advance(status)

    def _may_leave(self, ready: Ready, now: datetime) -> bool:
        """Whether its intent was written down ahead, and it has not opted out since."""
        if ready.delivery.id not in self._intended:
            return False
        return self._edition(now) == ready.edition or not self._ruling(ready)

    def _edition(self, now: datetime) -> int:
        """The suppression list's, of which the gate knows all; a moment ago is now."""
        if self._look and timedelta() <= now - self._look[0] < A_MOMENT:
            return self._look[1]
        return self._sender.gate.renew()

    def _write_down(
        self, unwritten: Sequence[Ready], now: datetime, asked: Sequence[Ready]
    ) -> None:
        """Steps 3 and 4, for what was asked for and is unwritten, and for what is written ahead.

        One ahead that may not leave stays claimed while the post office has it: let go, it could
        be claimed again and offered twice. It is looked at anew when the server asks for it.
        """
        free = self._those_not_overtaken(unwritten)
        ahead = self._next(asked) if unwritten else ()
        tried = [*free, *ahead]
        leaving, staying = self._commit(tried, now)
        # Also of one that was written down before and is in neither: it may be suppressed by now.
        self._intended.difference_update(ready.delivery.id for ready in tried)
        self._intended |= leaving
        self._forget([ready for ready in free if ready.delivery.id in staying])

    def _next(self, asked: Sequence[Ready]) -> Sequence[Ready]:
        """Whose intents are written down ahead: of each connection the one that it asks for next.

        No reminder: until its body leaves, an answer may overtake it.
        """
        if not self._is_near:
            return ()
        leaving = {ready.delivery.id for ready in asked}
        taken = leaving | self._intended
        others = (one for one in self._offered.values() if one.delivery.id not in taken)
        most = self._sender.connections - len(self._intended - leaving)
        return [one for one in islice(others, most) if one.delivery.wave == 1]

    def _hand_over(self, asked: Sequence[Ready]) -> None:
        """Step 5. What has no intent after all does not leave."""
        office = self._sender.post_office
        for ready in asked:
            # First: after an interruption in here it is in doubt, rather than anybody's to send.
            del self._offered[ready.parcel.message_id]
            if ready.delivery.id in self._intended:
                self._intended.remove(ready.delivery.id)
                self._on_its_way[ready.parcel.message_id] = ready
                office.hand_over(ready.parcel)
            else:
                self._taken -= 1
                office.withdraw(ready.parcel)

    def _those_not_overtaken(self, asked: Sequence[Ready]) -> Sequence[Ready]:
        """All but the reminders in front of which an answer has come, or may have."""
        book = self._sender.books.reminders
        ids = [ready.delivery.id for ready in asked if ready.delivery.wave > 1]
        if not ids:
            return asked
        overtaken = book.overtaken(ids)
        book.drop(overtaken, self._sender.watch.now())
        undecided = book.undecided(ids)
        free = []
        for ready in asked:
            if ready.delivery.id in overtaken:
                self._count(Status.SUPPRESSED)
            elif ready.delivery.id in undecided:
                self._hold(ready.delivery, reminders.undecided(ready.delivery.key))
            else:
                free.append(ready)
        return free

    def _commit(self, intended: Sequence[Ready], now: datetime) -> tuple[set[int], set[int]]:
        """The ids whose intent is written: those whose bodies may leave, and the others.

        One that is in neither was settled meanwhile by somebody else (resolve, purge). Another may
        not leave because a campaign of this account was quicker to spend the quota, or because the
        suppression list names it by now.
        """
        sender = self._sender
        commit = sender.books.commit(self._pending, [ready.intent for ready in intended])
        self._pending = []
        if not commit.intended:
            return set(), set()
        granted = sender.spend(len(commit.intended), commit.counter)
        leaving, staying = set(commit.intended[:granted]), set(commit.intended[granted:])
        if staying:
            self._supply.give_back()
        edition = sender.gate.renew()
        self._look = now, edition  # now or later
        if any(ready.edition != edition for ready in intended):
            named = {ready.delivery.id for ready in intended if self._ruling(ready)} & leaving
            leaving, staying = leaving - named, staying | named
        return leaving, staying

    def _ruling(self, ready: Ready) -> Ruling | None:
        return self._sender.gate.ruling(ready.recipient, Channel.EMAIL)

    def _forget(self, asked: Sequence[Ready]) -> None:
        """The intents of these, of which nothing leaves; whom the list names is kept back."""
        if asked:
            self._sender.books.release([ready.delivery.id for ready in asked])
        for ready in asked:
            if ruling := self._ruling(ready):
                self._keep_back(ready.delivery, ruling)

    def _recall(self) -> None:
        """Take back all that has no body on its way, and let others have it."""
        self._let_go([parcel.message_id for parcel in self._sender.post_office.recall()])

    def _let_go(self, names: Sequence[str]) -> None:
        """Others may have what was offered under these Message-IDs."""
        ids = [self._offered.pop(name).delivery.id for name in names]
        if ids:
            self._taken -= len(ids)
            self._intended.difference_update(ids)
            self._sender.books.release(ids)

    def _settle(self, answered: Answered, now: datetime) -> None:
        """Note the outcome; end the run when the server refuses more than this one recipient."""
        sender, name = self._sender, answered.parcel.message_id
        ready = self._on_its_way.pop(name, None) or self._offered.pop(name)
        self._intended.discard(ready.delivery.id)
        if answered.outcome.aim is Aim.ACCOUNT and self._pending:
            self._commit([], now)  # that others left meanwhile counts
        outcome, not_before = next_try(sender.books, ready.delivery, answered.outcome, now)
        fault = refused_each_time(sender.books, ready.delivery, outcome, now)
        if fault:
            outcome, not_before = outcome._replace(status=Status.HELD), None
        self._pending.append(
            Settled(
                delivery_id=ready.delivery.id,
                at=now,
                outcome=outcome,
                not_before=not_before,
                fault=fault,
            )
        )
        self._count(outcome.status)
        self._is_near = outcome.phase is Phase.BODY and outcome.duration_ms < NEAR_MS
        if outcome.aim is Aim.CONNECTION:
            self._lost_in_a_row += 1
        else:
            self._lost_in_a_row = 0
        if self.trouble or fault:
            return
        if outcome.aim is Aim.ACCOUNT:
            self.trouble = sender.account.refused(outcome)
        # All connections may break at one instant: that is one failure.
        elif self._lost_in_a_row >= FAILURES_IN_A_ROW + sender.connections - 1:
            self.trouble = Stopped(
                "connection-lost",
                times=self._lost_in_a_row,
                words=outcome.words,
                reason=outcome.words,
            )
