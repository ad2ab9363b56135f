"""Whatever happens in whatever order: no delivery moves against the states, nobody is lost."""

from __future__ import annotations

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from merge.channels import MOVES, STATUSES, TAKEN_BY_PAPER
from merge.errors import LedgerError
from merge.ledger.driver.sqlite import SqliteDatabase
from merge.ledger.ledger import Ledger
from merge.ledger.records import Taken
from merge.ledger.states import (
    REQUEUED_BY_EDIT,
    TOUCHED_BY_IMPORT,
    may_move,
    sources,
)
from merge.model import Channel, Delivery, LetterFault, LotFile, Page, Recipient, Status
from tests.fakes import sums_agree, town
from tests.promises.crash.ledger_desk import new_desk, store
from tests.promises.crash.ledger_hands import COUNTED, NOON, claim, intent, settled

SENDERS = ("first", "second")
NUMBERS = range(1, 5)
numbers = st.sampled_from(NUMBERS)
senders = st.sampled_from(SENDERS)
OUTCOMES = (Status.SENT, Status.DEFERRED, Status.FAILED, Status.UNKNOWN, Status.QUEUED)


some_way = st.sampled_from((*Channel, None))


def test_sent_is_never_left_but_for_bounced() -> None:
    assert [s for s in Status if may_move(Channel.EMAIL, Status.SENT, s)] == [Status.BOUNCED]


def test_unknown_is_only_left_by_proof_or_a_persons_word() -> None:
    after = {s for s in Status if may_move(Channel.EMAIL, Status.UNKNOWN, s)}
    assert after == {Status.SENT, Status.QUEUED}


def test_only_what_has_not_left_can_be_sent() -> None:
    assert set(sources(Channel.EMAIL, Status.SENDING)) == {Status.QUEUED, Status.DEFERRED}


def test_paper_takes_nobody_whom_an_e_mail_may_have_reached() -> None:
    never = {Status.SENDING, Status.SENT, Status.DEFERRED, Status.UNKNOWN, Status.SUPPRESSED}
    assert not set(TAKEN_BY_PAPER) & never


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.PAPER])
def test_a_channel_moves_between_its_own_states_alone(channel: Channel) -> None:
    own = set(STATUSES[channel])
    assert MOVES[channel].keys() <= own
    assert {after for moves in MOVES[channel].values() for after in moves} <= own


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.PAPER])
def test_no_channel_writes_again_to_whom_it_has_reached(channel: Channel) -> None:
    moves = MOVES[channel]
    assert set(moves.get(Status.SENT, ())) <= {Status.BOUNCED}
    assert set(moves.get(Status.POSTED, ())) <= {Status.RETURNED}


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.PAPER])
def test_every_channel_can_hold_suppress_and_queue_again(channel: Channel) -> None:
    moves = MOVES[channel]
    assert {Status.HELD, Status.SUPPRESSED} <= set(moves[Status.QUEUED])
    for status in (Status.HELD, Status.SUPPRESSED):
        assert Status.QUEUED in moves[status]


CUT_OFF = (*TOUCHED_BY_IMPORT, Status.DEFERRED)
"""Nothing has left: a sheet that takes the address away ends the letter's way there."""


class Life(RuleBasedStateMachine):
    """Two senders who print, a person with sheets and edits, and death, on one ledger."""

    def __init__(self) -> None:
        super().__init__()
        self.place = Path(tempfile.mkdtemp())
        desk = new_desk(self.place, towns=len(NUMBERS))
        self.database = SqliteDatabase(desk.ledger)
        self.dead: set[str] = set()
        self.clock = NOON
        self.ledger = {
            name: Ledger(
                self.database,
                desk.accounts,
                sender=name,
                alive=lambda token: token not in self.dead,
                now=lambda: self.clock,
            )
            for name in SENDERS
        }
        self.before = self.now_stands()
        self.accepted: set[str] = set()
        self.tries = 0

    def teardown(self) -> None:
        self.database.close()
        shutil.rmtree(self.place)

    def now_stands(self) -> dict[str, Delivery]:
        return {one.key: one for one in self.ledger["first"].deliveries()}

    def delivery(self, number: int) -> Delivery | None:
        return self.ledger["first"].delivery(f"{number:05}")

    @rule(sender=senders, limit=st.integers(0, 3))
    def claim(self, sender: str, limit: int) -> None:
        for one in claim(self.ledger[sender], None, limit, self.clock):
            assert one.key not in self.accepted

    @rule(sender=senders, number=numbers)
    def intend(self, sender: str, number: int) -> None:
        if (one := self.delivery(number)) is not None:
            written = (
                self.ledger[sender].commit([], [intent(one)], *COUNTED[:2], self.clock).leaving
            )
            assert not written or one.key not in self.accepted

    @rule(sender=senders, number=numbers, outcome=st.sampled_from(OUTCOMES))
    def settle(self, sender: str, number: int, outcome: Status) -> None:
        """Also from a sender who has no business with it: late, or mistaken."""
        one = self.delivery(number)
        if one is None or (one.status is not Status.SENDING and outcome is Status.SENT):
            return  # a server never says "accepted" for what no intent was written for
        self.ledger[sender].commit(
            [settled(one, outcome, self.clock)], [], *COUNTED[:2], self.clock
        )

    @rule(sender=senders, number=numbers)
    def release(self, sender: str, number: int) -> None:
        if (one := self.delivery(number)) is not None:
            self.ledger[sender].release([one.id])

    @rule(number=numbers)
    def hold(self, number: int) -> None:
        if (one := self.delivery(number)) is not None:
            self.ledger["first"].hold(one.id, LetterFault(key=one.key, code="x"), self.clock)

    @rule(sender=senders)
    def die_and_come_back(self, sender: str) -> None:
        self.dead.add(sender)
        other = next(name for name in SENDERS if name != sender)
        self.ledger[other].release_dead_senders()
        self.dead.discard(sender)

    @rule(number=numbers, status=st.sampled_from((Status.SENT, Status.QUEUED)))
    def resolve(self, number: int, status: Status) -> None:
        one = self.delivery(number)
        try:
            self.ledger["first"].resolve(f"{number:05}", status, self.clock, "camille")
        except LedgerError:
            assert one is None or not (
                one.status is Status.UNKNOWN and may_move(one.channel, one.status, status)
            )

    @rule(number=numbers, reached=some_way)
    def edit(self, number: int, reached: Channel | None) -> None:
        edited = reached_by(number, reached)
        self.ledger["first"].edit(edited, {"email": edited.email or ""}, reached, self.clock)

    @rule(ways=st.lists(some_way, max_size=4))
    def import_again(self, ways: list[Channel | None]) -> None:
        store(self.ledger["first"], [reached_by(n, way) for n, way in enumerate(ways, start=1)])

    @rule(chosen=st.sets(numbers, min_size=1), all_queued=st.booleans())
    def make_lot(self, chosen: set[int], all_queued: bool) -> None:
        ledger = self.ledger["first"]
        keys = [f"{number:05}" for number in sorted(chosen)]
        taken = list(ledger.for_paper(keys, all_queued=all_queued))
        if not taken:
            return
        pages = tuple(
            Page(key=one.key, position=place, sheets=1, sha256="b" * 64)
            for place, one in enumerate(taken, start=1)
        )
        lot = LotFile(path="lot.pdf", sha256="c" * 64, sheets=len(pages), pages=pages)
        whose = {
            one.key: Taken(
                delivery_id=one.id, fingerprint="d" * 64, address="9 rue Neuve, 35000 RENNES"
            )
            for one in taken
        }
        assert ledger.commit_lot(lot, ledger.next_lot(), self.clock, whose)

    @rule(sender=senders)
    def hand_the_last_lot_over(self, sender: str) -> None:
        ledger = self.ledger[sender]
        if lots := ledger.lots():
            number, before = lots[-1].number, lots[-1].handed_at
            try:
                ledger.note_handed_over(number, "bureau", self.clock, before)
            except LedgerError:
                assert lots[-1].status is not Status.MADE

    @rule(number=numbers)
    def find_an_envelope(self, number: int) -> None:
        one = self.delivery(number)
        try:
            self.ledger["first"].mark_returned(f"{number:05}", self.clock)
        except LedgerError:
            assert one is None or one.status is not Status.POSTED

    @rule(status=st.sampled_from((Status.PRINTED, Status.POSTED, Status.MADE, Status.QUEUED)))
    def mark_last_lot(self, status: Status) -> None:
        ledger = self.ledger["first"]
        if lots := ledger.lots():
            try:
                ledger.mark_lot(lots[-1].number, status, self.clock)
            except LedgerError:
                assert not may_move(Channel.PAPER, lots[-1].status, status)

    @rule()
    def let_time_pass(self) -> None:
        self.clock += timedelta(minutes=30)

    @invariant()
    def nobody_is_lost_or_counted_twice(self) -> None:
        counts = self.ledger["first"].counts()
        assert sums_agree(counts)
        assert counts.recipients == len(NUMBERS)

    @invariant()
    def every_move_is_one_that_the_states_allow(self) -> None:
        after = self.now_stands()
        for key, new in after.items():
            old = self.before.get(key)
            if old is not None and old != new:
                assert moved_rightly(old, new), (old, new)
        for key in self.before.keys() - after.keys():
            assert self.before[key].status in CUT_OFF
        self.accepted |= {key for key, one in after.items() if one.status is Status.SENT}
        assert all(after[key].status is Status.SENT for key in self.accepted)
        self.before = after

    @invariant()
    def no_attempt_is_forgotten(self) -> None:
        tries = len(list(self.ledger["first"].attempts()))
        assert tries >= self.tries
        self.tries = tries


def moved_rightly(old: Delivery, new: Delivery) -> bool:
    if old.channel is new.channel:
        return old.status is new.status or may_move(old.channel, old.status, new.status)
    if new.status is Status.QUEUED:
        # by a sheet or an edit, or back from a discarded lot
        may_change = (*CUT_OFF, *REQUEUED_BY_EDIT, Status.MADE, Status.UNKNOWN)
        return old.status in may_change
    # `print --all-queued` takes what waits for a sender, too.
    is_taken = new.channel is Channel.PAPER and old.status in (*TAKEN_BY_PAPER, Status.QUEUED)
    return is_taken and may_move(new.channel, Status.QUEUED, new.status)


def reached_by(number: int, channel: Channel | None) -> Recipient:
    if channel is Channel.EMAIL:
        return town(number)
    if channel is Channel.PAPER:
        return town(number)._replace(email=None)
    return town(number)._replace(email=None, postcode="", locality="")


Life.TestCase.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
TestLife = Life.TestCase
