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
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from merge.campaign import reminders
from merge.campaign.pace import FAILURES_IN_A_ROW
from merge.campaign.plan import too_large
from merge.campaign.retry import next_try, refused_each_time
from merge.campaign.sender import Run, Sender, Waiting
from merge.campaign.supply import CLAIM_AT_ONCE, Order, Ready, Supply
from merge.campaign.suppression import Ruling, keep_back
from merge.errors import AccountPaused, Refused, Stopped, Trouble
from merge.ledger.records import Settled
from merge.model import Channel, Delivery, LetterFault, Status
from merge.outcome import Aim, Answered, Asked, Unreachable


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
    Where the quota is spent, the sending hours are over or a deferred delivery is not yet due, the
    run ends and says when to go on. A server that is out of reach is tried again for AWAY_AT_MOST;
    with `wait` the run ends when the next try is far off, for the caller waits. `waiting` is told
    of each try. The ledger tells the truth however this ends. Stopped and AccountPaused say that
    the server refuses all of it for now.
    """
    run, order = Run(), order or order_of(sender, keys)
    pauses = Waiting(sender, run, order, wait=wait, told=waiting)
    sending = _Sending(sender, run, order, limit, pauses, advance)
    try:
        while True:
            sending.offer_more()
            if sending.is_busy:
                sending.turn()
            elif not sending.may_go_on():
                break
    finally:
        sending.tidy_up()
    if sending.trouble:
        raise sending.trouble
    if sender.watch.asked:
        run.stopped_by = "interrupted"
    return run


def order_of(sender: Sender, keys: Sequence[str] | None) -> Order:
    """That of a sending to these; None is everybody."""
    return Order(sender.ledger, keys, receiver=sender.receiver, full=sender.full_receivers)


class _Sending:
    """One run: what is under way, what came of it, and what must still be written down."""

    def __init__(
        self,
        sender: Sender,
        run: Run,
        order: Order,
        limit: int | None,
        pauses: Waiting,
        advance: Callable[[Status], object],
    ) -> None:
        self.trouble: Trouble | None = None  # why all of it should end
        self._sender = sender
        self._run = run
        self._limit = limit
        self._pauses = pauses
        self._advance = advance
        self._supply = Supply(
            ledger=sender.ledger,
            archive=sender.archive,
            template=sender.template,
            composer=sender.composer,
            envelope_sender=sender.envelope_sender,
            order=order,
            held=self._hold,
            gate=sender.gate,
            kept_back=self._keep_back,
            receiver=sender.receiver,
        )
        # By Message-ID. What is on its way has an intent in the ledger, what is offered has none.
        self._offered: dict[str, Ready] = {}
        self._on_its_way: dict[str, Ready] = {}
        self._outcomes: list[Settled] = []  # that share the next commit
        self._taken = 0  # messages that were offered, whatever came of them
        self._lost_in_a_row = 0
        self._too_large_in_a_row = 0

    @property
    def is_busy(self) -> bool:
        """Whether the post office has something of ours."""
        return bool(self._offered or self._on_its_way)

    @property
    def _is_ending(self) -> bool:
        return bool(self.trouble or self._pauses.outage or self._sender.watch.asked)

    @property
    def _left_of_limit(self) -> int:
        return CLAIM_AT_ONCE if self._limit is None else max(0, self._limit - self._taken)

    def may_go_on(self) -> bool:
        """Nothing is under way: whether to look for more, perhaps after a pause."""
        if self.trouble or self._sender.watch.asked:
            return False
        if self._pauses.outage:  # meanwhile another machine, or a person, may have a use for them
            self._supply.give_back()
        return self._pauses.may_go_on(at_limit=self._left_of_limit == 0)

    # Claim, compose, offer

    def offer_more(self) -> None:
        """Fill the post office, unless this run is to end."""
        office, watch = self._sender.post_office, self._sender.watch
        if self._sender.hours and not self._sender.hours.closes_at(watch.now()):
            self._supply.give_back()
            return
        while office.free_places > 0 and not self._is_ending:
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
            if ready.message.message_id in self._offered:
                continue  # already offered: our lock was lost and we re-claimed it
            self._offered[ready.message.message_id] = ready
            self._taken += 1
            office.offer(ready.message)

    def _claim_more(self) -> bool:
        sender = self._sender
        # Another campaign of this account may have heard meanwhile that it is refused.
        self.trouble = sender.account.refusal()
        if self.trouble:
            return False
        now = sender.watch.now()
        not_yet_counted = len(self._offered)
        most = min(self._left_of_limit, sender.quota_left(now).now - not_yet_counted)
        return most > 0 and self._supply.claim(most, now)

    def _is_too_large(self, ready: Ready) -> bool:
        """Whether it is held, for the server would not take it; many in a row end the run."""
        limit = self._sender.post_office.size_limit
        fault = too_large(ready.delivery.key, len(ready.message.data), limit)
        if fault is None:
            self._too_large_in_a_row = 0
            return False
        self._hold(ready.delivery, fault)
        self._too_large_in_a_row += 1
        if self._too_large_in_a_row >= FAILURES_IN_A_ROW and not self.trouble:
            self.trouble = Refused("server-takes-less", reason="all", value=fault.value)
        return True

    # 354, commit, body

    def turn(self) -> None:
        """Hear the post office; write down what it says; hand over what it asks for."""
        asked: list[Ready] = []
        heard = self._sender.post_office.turn()
        now = self._sender.watch.now()
        for news in heard:
            if isinstance(news, Unreachable):
                self._lose_touch(news.trouble)
                continue
            self._pauses.is_in_reach()
            if isinstance(news, Asked):
                asked.append(self._offered[news.message.message_id])
            else:
                self._settle(news, now)
        if self._is_ending:
            self._release([message.message_id for message in self._sender.post_office.recall()])
            asked = []
        # Outcomes wait for the next intent, to share its commit, as long as replies keep coming.
        if asked or (self._outcomes and not (heard and self._offered)):
            self._hand_over(asked, self._commit(self._those_not_overtaken(asked, now)))

    def _those_not_overtaken(self, asked: Sequence[Ready], now: datetime) -> Sequence[Ready]:
        """Without the reminders whose recipient has answered, or may have."""
        book = self._sender.ledger.reminders
        ids = [ready.delivery.id for ready in asked if ready.delivery.wave > 1]
        if not ids:
            return asked
        overtaken = book.overtaken(ids)
        book.drop(overtaken, now)
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

    def _commit(self, asked: Sequence[Ready]) -> set[int]:
        """Outcomes and intents; then the delivery ids of those whose bodies may leave.

        Not of one that somebody else settled meanwhile (resolve, purge). Nor, and its intent is
        taken back, where another campaign of this account was quicker to spend the quota, or the
        suppression list names the recipient by now.
        """
        sender = self._sender
        commit = sender.ledger.commit(
            self._outcomes,
            [ready.intent for ready in asked],
            sender.account.name,
            sender.limits,
            sender.watch.now(),
        )
        leaving, staying = set(commit.leaving), set(commit.staying)
        if not asked:
            return leaving
        if staying:
            self._supply.give_back()
        edition = sender.gate.renew()
        if any(ready.edition != edition for ready in asked):
            named = {ready.delivery.id for ready in asked if self._ruling(ready)} & leaving
            leaving, staying = leaving - named, staying | named
        if staying:
            sender.ledger.release(list(staying))
        for ready in asked:
            if ready.delivery.id in staying and (ruling := self._ruling(ready)):
                self._keep_back(ready.delivery, ruling)
        return leaving

    def _ruling(self, ready: Ready) -> Ruling | None:
        return self._sender.gate.ruling(ready.recipient, Channel.EMAIL)

    def _hand_over(self, asked: Sequence[Ready], leaving: Collection[int]) -> None:
        """Step 5. What has no intent after all does not leave."""
        office = self._sender.post_office
        for ready in asked:
            # First: if we are interrupted in here it becomes `unknown`, and nobody sends it again.
            del self._offered[ready.message.message_id]
            if ready.delivery.id in leaving:
                self._on_its_way[ready.message.message_id] = ready
                office.hand_over(ready.message)
            else:
                self._taken -= 1
                office.withdraw(ready.message)

    # Outcome

    def _settle(self, answered: Answered, now: datetime) -> None:
        """Note the outcome; end the run when the server refuses more than this one recipient."""
        sender, name = self._sender, answered.message.message_id
        ready = self._on_its_way.pop(name, None) or self._offered.pop(name)
        if answered.outcome.status is Status.QUEUED:  # refused for the login's sake: claimed anew
            sender.ledger.release([ready.delivery.id])
            self._taken -= 1
            return
        if answered.outcome.aim is Aim.ACCOUNT and self._outcomes:
            self._commit([])  # that others left meanwhile counts
        outcome, not_before = next_try(sender.ledger, ready.delivery, answered.outcome, now)
        fault = refused_each_time(sender.ledger, ready.delivery, outcome, now)
        if fault:
            outcome, not_before = outcome._replace(status=Status.HELD), None
        self._outcomes.append(
            Settled(
                delivery_id=ready.delivery.id,
                at=now,
                outcome=outcome,
                not_before=not_before,
                fault=fault,
            )
        )
        self._count(outcome.status)
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
                "connection-lost", times=self._lost_in_a_row, words=outcome.words
            )

    def _lose_touch(self, trouble: Trouble) -> None:
        """No connection could be made. Wait if the trouble is temporary, else end the run."""
        if isinstance(trouble, AccountPaused):
            self.trouble = self.trouble or self._sender.account.login_refused(trouble)
        elif isinstance(trouble, Stopped):
            self._pauses.outage = trouble
        else:
            self.trouble = self.trouble or trouble

    def _hold(self, delivery: Delivery, fault: LetterFault) -> None:
        self._sender.ledger.hold(delivery.id, fault, self._sender.watch.now())
        self._count(Status.HELD)

    def _keep_back(self, delivery: Delivery, ruling: Ruling) -> None:
        self._count(keep_back(self._sender.ledger, delivery, ruling, self._sender.watch.now()))

    def _count(self, status: Status) -> None:
        self._run.by_status[status] += 1
        self._advance(status)

    def tidy_up(self) -> None:
        """Always runs: writes the outcomes that are left, and releases every claim."""
        if self._outcomes:  # first: whatever else fails, what was heard is not in doubt
            self._commit([])
        self._sender.post_office.recall()
        self._release(list(self._offered))  # no body of it leaves any more, recalled or not
        self._supply.give_back()

    def _release(self, names: Sequence[str]) -> None:
        """Release the claims on these offered messages, whose body will not leave."""
        ids = [self._offered.pop(name).delivery.id for name in names]
        if ids:
            self._taken -= len(ids)
            self._sender.ledger.release(ids)
