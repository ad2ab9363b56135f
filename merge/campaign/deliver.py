"""Send the letters that go by e-mail: each once, and the ledger always first.

For one letter, in this order:

1. claim: no other sender takes it. It is rendered and composed, and its exact bytes are archived
   (`letters_to_send`);
2. offer: MAIL, RCPT, DATA, until the server says 354 (`merge.mail.smtp`);
3. commit: one transaction has the intents of all that were asked for, and the outcomes heard
   since the last one; then the account's quota is spent;
4. the suppression list is looked at once more (answers to a reminder: just before 3);
5. body: it is handed over. What the server then says is the outcome, and is committed with the
   next intents.

Killed before the commit, a delivery is still queued: no body has left. Killed after it, and before
its outcome is committed, it is `sending`; once this process is dead, whoever opens the ledger makes
that `unknown`: it may have left, so it is never sent again by itself. A connection's next commit
has its last outcome too: at most one message for each connection and kill ends so.

This rests on three things elsewhere: `ledger.commit` gives an intent only to what this sender has
claimed and has not left, and empties the list of outcomes once they are on disk; a connection lost
behind a body is `unknown`, which `next_try` leaves alone. `ledger.release` takes intents back, too:
nothing is released but what is still in `offered`, or was never handed over.

An opt-out: `commit`. Quota, limit, stage: `most` and `may_go_on`; another campaign was quicker:
`commit`. A connection lost: `settle`; none to be had: `lose_touch`, `tries_again`. Ctrl-C:
`is_ending`, and bodies on their way are heard of; a second one leaves them `sending`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from merge.campaign.letters_to_send import LettersToSend, ToSend
from merge.campaign.pace import (
    BOUNCES_TAKE,
    FAILURES_IN_A_ROW,
    FIRST_STAGE,
    LATER_STAGE,
    PACING_AT_MOST,
    Outage,
    Why,
    is_open,
    may_leave,
    wakes_at,
)
from merge.campaign.ports import Sender
from merge.campaign.reminders import without_overtaken
from merge.campaign.retry import next_try, refused_each_time
from merge.campaign.suppression import keep_back
from merge.errors import AccountPaused, Stopped, Trouble
from merge.ledger.records import Settled
from merge.model import Channel, Status
from merge.outcome import Aim, Answered, Asked, Unreachable

Told = Callable[["Run"], object]


@dataclass(slots=True, kw_only=True)
class Run:
    """A sending so far: how many messages have each status, and why it ended, if it did.

    A sending that waited long goes on with the Run that it had.
    """

    by_status: Counter[Status] = field(default_factory=Counter)
    answered: int = 0  # offers that came to an end, whatever it was
    stopped_by: Why = ""
    next_at: datetime | None = None
    away: Stopped | None = None  # why the server is out of reach, while it is waited for
    tries: int = 0  # to reach it, so far

    @property
    def sent(self) -> int:
        """How many messages the next server accepted."""
        return self.by_status[Status.SENT]

    def ends(
        self,
        why: Why = "",
        next_at: datetime | None = None,
        away: Stopped | None = None,
        tries: int = 0,
    ) -> None:
        """Why it ends, or waits, and until when; without a word, it goes on."""
        self.stopped_by, self.next_at, self.away, self.tries = why, next_at, away, tries


def send(
    sender: Sender,
    run: Run | None = None,
    *,
    keys: Sequence[str] | None = None,
    limit: int | None = None,
    wait: bool = False,
    look: Callable[[], object] | None = None,
    advance: Callable[[Status], object] = lambda status: None,
    waiting: Told = lambda run: None,
    begun: Callable[[int], object] = lambda sent: None,
) -> Run:
    """Send what is queued or due again, up to `limit` messages, to `keys`; None is everybody.

    It ends where the quota is spent, the hours are over or a deferred delivery is not yet due, and
    says when to go on; a pause of up to PACING_AT_MOST is waited for. A server out of reach is
    tried again for 10 minutes, and `waiting` told of each try; with `wait`, for ever, and the run
    ends where the next try is far off, for then the caller waits. `look`, between stages, may raise
    Stopped; behind the first ten letters of a campaign `begun` is told, and it waits for bounces.

    The ledger tells the truth however this ends. Stopped, AccountPaused: the server, or what came
    back, is a reason to send no more for now.
    """
    loop = _Loop(sender, run or Run(), keys, limit, wait, look, advance, waiting, begun)
    try:
        while True:
            loop.offer()
            if loop.has_any_in_hand:
                asked = loop.hear()
                leaving = loop.commit(asked)  # on disk first,
                loop.hand_over(asked, leaving)  # only then a body
            elif not loop.may_go_on():
                break
    finally:
        loop.write_and_let_go()
    if loop.trouble:
        raise loop.trouble
    if sender.watch.asked:
        loop.run.ends("interrupted")
    return loop.run


@dataclass(slots=True)
class _Loop:
    """The state of one sending. What is `offered` has no intent in the ledger yet, what is
    `on_its_way` has one; both by Message-ID.
    """

    sender: Sender
    run: Run
    keys: Sequence[str] | None
    limit: int | None
    wait: bool
    look: Callable[[], object] | None
    advance: Callable[[Status], object]
    waiting: Told
    begun: Callable[[int], object]
    offered: dict[str, ToSend] = field(default_factory=dict)
    on_its_way: dict[str, ToSend] = field(default_factory=dict)
    outcomes: list[Settled] = field(default_factory=list)  # of the next commit, which empties it
    heard: Sequence[object] = ()  # in the latest turn
    trouble: Trouble | None = None  # why all of it should end
    outage: Outage | None = None  # since a letter last came to an end
    is_away: bool = False  # in an outage: nothing is offered before the next try
    lost_in_a_row: int = 0
    is_first: bool = False  # no letter of this campaign had left before
    stage_ends: int | None = None  # when so many are taken
    letters: LettersToSend = field(init=False)

    def __post_init__(self) -> None:
        self.letters = LettersToSend(self.sender, self.keys, most=self.most, count=self.count)
        self.is_first = self.look is not None and self.sender.ledger.first_sent_at() is None
        self.begin_stage()

    @property
    def has_any_in_hand(self) -> bool:
        """Whether the post office has something of ours."""
        return bool(self.offered or self.on_its_way)

    @property
    def is_ending(self) -> bool:
        """Whether to offer no more messages, and only await the replies to bodies already sent."""
        return bool(self.trouble or self.is_away or self.sender.watch.asked)

    @property
    def taken(self) -> int:
        """Messages that the server has heard of, or is hearing of."""
        return self.run.answered + len(self.offered) + len(self.on_its_way)

    # Claim and offer

    def offer(self) -> None:
        """Fill the post office, unless the run is to end."""
        if not is_open(self.sender, self.sender.watch.now()):
            self.letters.close()
            return
        if self.sender.post_office.free_places <= 0 or self.is_ending:
            return
        try:
            for letter in self.letters:
                if letter.message.message_id not in self.offered:  # else we passed for dead
                    self.offered[letter.message.message_id] = letter
                    self.sender.post_office.offer(letter.message)
                if self.sender.post_office.free_places <= 0 or self.is_ending:
                    return
        except Trouble as trouble:  # what is on its way must still be heard of
            self.trouble = self.trouble or trouble

    def most(self) -> int:
        """How many more letters may be claimed. Trouble where none may leave by this account."""
        if refusal := self.sender.account.refusal():  # by what another campaign has heard meanwhile
            raise refusal
        room = [may_leave(self.sender, self.sender.watch.now()).now - len(self.offered)]
        room += [most - self.taken for most in (self.limit, self.stage_ends) if most is not None]
        return min(room)

    # Hear, commit, hand over

    def hear(self) -> Sequence[ToSend]:
        """The letters whose body the server asks for (354); all its other replies are settled.

        No letter where the sending is to end: whatever has no body on its way is given up.
        """
        asked: list[ToSend] = []
        self.heard = self.sender.post_office.turn()
        now = self.sender.watch.now()
        for news in self.heard:
            if isinstance(news, Unreachable):
                self.lose_touch(news.trouble, now)
                continue
            self.outage, self.is_away = None, False
            if isinstance(news, Asked):
                asked.append(self.offered[news.message.message_id])
            else:
                self.settle(news, now)
        if not self.is_ending:
            return asked
        self.sender.post_office.close(but_bodies=True)
        self.release_offered()
        return ()

    def commit(self, asked: Sequence[ToSend]) -> Collection[int]:
        """Write down intents and outcomes; the deliveries whose bodies may leave.

        Not what somebody else settled meanwhile (resolve, purge): it gets no intent. Nor, and it is
        taken back, where another campaign of this account was quicker to spend the quota, or where
        the suppression list names the recipient by now.
        """
        if not asked and (not self.outcomes or (self.heard and self.offered)):
            return ()  # outcomes wait for the next intent, while replies keep coming
        still = without_overtaken(self.sender.ledger, asked, self.sender.watch.now(), self.count)
        commit = self.sender.ledger.commit(
            self.outcomes,
            [letter.intent for letter in still],
            self.sender.account.name,
            self.sender.limits,
            self.sender.watch.now(),
        )
        if not still:
            return ()
        if commit.staying:
            self.letters.close()
        named, edition = {}, self.sender.gate.renew()
        for letter in still:
            if letter.edition == edition:
                continue
            if ruling := self.sender.gate.ruling(letter.recipient, Channel.EMAIL):
                named[letter.delivery.id] = letter.delivery, ruling
        back = {*commit.staying, *(named.keys() & {*commit.leaving})}
        if back:
            self.sender.ledger.release(list(back))
        for number in back & named.keys():
            self.count(keep_back(self.sender.ledger, *named[number], self.sender.watch.now()))
        return {*commit.leaving} - named.keys()

    def hand_over(self, asked: Sequence[ToSend], leaving: Collection[int]) -> None:
        """The bodies. Whoever waits for one that may not leave after all is hung up on."""
        for letter in asked:
            # First: if we are interrupted in here it becomes `unknown`, and nobody sends it again.
            del self.offered[letter.message.message_id]
            if letter.delivery.id in leaving:
                self.on_its_way[letter.message.message_id] = letter
                self.sender.post_office.hand_over(letter.message)
            else:
                self.sender.post_office.close(letter.message)

    # What came of it

    def settle(self, answered: Answered, now: datetime) -> None:
        """Note the outcome; end the run when the server refuses more than this one recipient."""
        name, outcome = answered.message.message_id, answered.outcome
        letter = self.on_its_way.pop(name, None) or self.offered.pop(name)
        delivery = letter.delivery
        if outcome.status is Status.QUEUED:  # its login was refused, and it is as if never offered
            self.sender.ledger.release([delivery.id])
            return
        self.run.answered += 1
        if outcome.aim is Aim.ACCOUNT and self.outcomes:
            self.commit_outcomes()  # for `refused_each_time` counts the others who left meanwhile
        outcome, not_before = next_try(self.sender.ledger, delivery, outcome, now)
        fault = refused_each_time(self.sender.ledger, delivery, outcome, now)
        if fault:
            outcome, not_before = outcome._replace(status=Status.HELD), None
        self.outcomes.append(Settled(delivery.id, now, outcome, not_before, fault))
        self.count(outcome.status)
        self.lost_in_a_row = self.lost_in_a_row + 1 if outcome.aim is Aim.CONNECTION else 0
        if self.trouble or fault:
            return
        if outcome.aim is Aim.ACCOUNT:
            self.trouble = self.sender.account.refused(outcome)
        # All connections may break at one instant: that is one failure.
        elif self.lost_in_a_row >= FAILURES_IN_A_ROW + self.sender.connections - 1:
            self.trouble = Stopped("connection-lost", times=self.lost_in_a_row, words=outcome.words)

    def lose_touch(self, trouble: Trouble, now: datetime) -> None:
        """No connection could be made. Wait if the trouble is temporary, else end the run."""
        if isinstance(trouble, AccountPaused):
            self.trouble = self.trouble or self.sender.account.login_refused(trouble)
        elif isinstance(trouble, Stopped):
            since, tries = (self.outage.since, self.outage.tries) if self.outage else (now, 0)
            self.outage, self.is_away = Outage(trouble, since, tries), True
        else:
            self.trouble = self.trouble or trouble

    def count(self, status: Status) -> None:
        """One more letter of which this came."""
        self.run.by_status[status] += 1
        self.advance(status)

    # Nothing is in hand

    def may_go_on(self) -> bool:
        """Whether to look for more, perhaps after a pause; `run` says why not."""
        run, sender, now = self.run, self.sender, self.sender.watch.now()
        if self.trouble or sender.watch.asked:
            return False
        run.ends()
        if self.outage and self.is_away:
            return self.tries_again(self.outage, now)
        outlook = sender.ledger.outlook(self.keys, now)
        if outlook.now and self.limit is not None and self.taken >= self.limit:
            run.ends("limit")
            return False
        if outlook.now and self.stage_ends is not None and self.taken >= self.stage_ends:
            self.end_stage()
            return True
        leave = may_leave(sender, now, outlook, self.letters.full_until)
        if leave.now:
            return True
        run.ends(leave.why, leave.next_at)
        if leave.next_at is None or leave.next_at - now > PACING_AT_MOST:
            return False
        sender.watch.wait_until(wakes_at(leave.next_at, sender.ledger.campaign_id))
        return True

    def tries_again(self, outage: Outage, now: datetime) -> bool:
        """Wait for a server that is out of reach, unless that is long and the caller does."""
        self.letters.close()  # meanwhile another machine, or a person, may have a use for them
        leave = may_leave(self.sender, now, outage=outage, wait=self.wait)
        self.is_away = False
        outage.tries += 1
        if leave.why == "hours" or leave.next_at is None:
            self.run.ends(leave.why, leave.next_at)
            return False
        self.run.ends(leave.why, leave.next_at, outage.trouble, outage.tries)
        if self.wait and leave.next_at - now > PACING_AT_MOST:
            return False
        self.waiting(self.run)
        self.sender.watch.wait_until(leave.next_at)
        return True

    def begin_stage(self) -> None:
        """So many letters leave before somebody looks at what came back."""
        if self.look:
            self.stage_ends = self.taken + (FIRST_STAGE if self.is_first else LATER_STAGE)

    def end_stage(self) -> None:
        """Look at what came back. Behind the first letters that is waited for."""
        watch = self.sender.watch
        if self.is_first and self.run.sent:
            self.begun(self.run.sent)
            watch.wait_until(watch.now() + BOUNCES_TAKE)
            self.is_first = False
        if self.look and not watch.asked:
            self.look()
        self.begin_stage()

    # At the end

    def write_and_let_go(self) -> None:
        """However it ends. A body whose answer is not heard any more stays `sending`."""
        try:
            self.commit_outcomes()  # first: whatever else fails, what was heard is not in doubt
        finally:
            self.sender.post_office.close()
            self.release_offered()  # no body of it leaves any more
            self.letters.close()

    def commit_outcomes(self) -> None:
        """Without any intent."""
        if self.outcomes:
            sender = self.sender
            now = self.sender.watch.now()
            self.sender.ledger.commit(self.outcomes, [], sender.account.name, sender.limits, now)

    def release_offered(self) -> None:
        """Others may have what was offered and has no body on its way."""
        if self.offered:
            self.sender.ledger.release([letter.delivery.id for letter in self.offered.values()])
            self.offered.clear()
