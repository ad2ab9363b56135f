"""Sending once: what the core does with a post office, whatever that post office does."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from merge.campaign.deliver import send
from merge.campaign.letters_to_send import FIRST_AT_ONCE
from merge.campaign.pace import reconnect_after
from merge.errors import LedgerError, Stopped
from merge.ledger import quota
from merge.ledger.driver.places import database_at
from merge.ledger.driver.postgres import _Pipelined
from merge.ledger.driver.sqlite import _Writing
from merge.ledger.ledger import Ledger
from merge.ledger.opening import ledger_place
from merge.ledger.records import Commit
from merge.model import Message, Status
from merge.outcome import Answered, Asked, Unreachable
from tests.both import on_each_database
from tests.fakes import GREYLISTED, OwnWatch, ScriptedOffice, town
from tests.place import Make

pytest_plugins = ["tests.servers.fixtures"]


def address(number: int) -> str:
    email = town(number).email
    assert email
    return email


Grant = Callable[[Sequence[str]], list[bool]]


def count_by(
    patch: pytest.MonkeyPatch, count: Callable[[Grant, Sequence[str]], list[bool]]
) -> None:
    """A commit counts what leaves by `count`, which is given how it is counted in truth."""
    spend = quota.spend
    patch.setattr(quota, "spend", lambda *asked: partial(count, spend(*asked)))


@on_each_database
@pytest.mark.parametrize("is_committed", [True, False])
def test_a_ctrl_c_at_a_commit_neither_loses_an_outcome_nor_writes_it_twice(
    make: Make, monkeypatch: pytest.MonkeyPatch, is_committed: bool
) -> None:
    place, office = make([town(n) for n in range(1, 11)]), ScriptedOffice()
    transaction: Any = _Pipelined if place.accounts.server else _Writing
    ends = transaction.__exit__
    is_due = True

    def interrupted(self: Any, kind: object, error: BaseException | None, at: object) -> None:
        nonlocal is_due
        ours = self._database.site if place.accounts.server else self._path
        is_ledger = ours == ledger_place(place.folder, place.accounts)
        is_hit = is_due and is_ledger and len(office.taken) == 5
        is_due = is_due and not is_hit
        if is_committed or not is_hit:
            ends(self, kind, error, at)
        if is_hit:
            raise KeyboardInterrupt

    monkeypatch.setattr(transaction, "__exit__", interrupted)
    with pytest.raises(KeyboardInterrupt), place.opened(office=office) as sender:
        send(sender)
    assert not is_due
    with place.opened(office=ScriptedOffice()) as sender:
        send(sender)
        attempts = [list(sender.ledger.attempts(town(n).key)) for n in range(1, 11)]
    assert place.statuses() == {Status.SENT: 10}
    assert [len(each) for each in attempts] == [1] * 10


def test_trouble_with_the_letters_that_follow_leaves_no_doubt_about_those_on_their_way(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = make([town(n) for n in range(1, FIRST_AT_ONCE + 37)])
    office = ScriptedOffice(connections=8)
    with place.opened(office=office) as sender:
        put, batches = sender.archive.put, list[int]()

        def put_one_batch(messages: Sequence[bytes]) -> list[str]:
            if batches:
                raise LedgerError("disk-full")
            batches.append(len(messages))
            return list(put(messages))

        monkeypatch.setattr(sender.archive, "put", put_one_batch)
        with pytest.raises(LedgerError, match="disk-full"):
            send(sender)
    with place.opened():  # whoever opens it next puts in doubt what is left of a sender
        pass
    assert len(office.taken) == FIRST_AT_ONCE
    assert place.statuses() == {Status.SENT: FIRST_AT_ONCE, Status.QUEUED: 36}


def test_what_is_refused_together_is_not_tried_again_together(make: Make) -> None:
    towns = [town(n) for n in range(1, 9)]
    place = make(towns)
    office = ScriptedOffice(fates={address(n): GREYLISTED for n in range(1, 9)})
    with place.opened(office=office) as sender:
        send(sender)
        due = {d.not_before for d in sender.ledger.deliveries() if d.not_before}
    assert len(due) == len(towns)
    assert max(due) - min(due) < timedelta(minutes=1, seconds=30)


def test_what_another_campaign_left_no_quota_for_is_taken_back_and_sent_when_there_is_some(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, office = make([town(n) for n in range(1, 8)]), ScriptedOffice(connections=2)
    with place.opened(office=office) as sender:
        was_short = list[int]()

        def be_short_once(spend: Grant, to: Sequence[str]) -> list[bool]:
            """Another campaign of this account was quicker by one."""
            if len(to) == 2 and not was_short:
                was_short.append(2)
                return [*spend(to[:1]), False]
            return spend(to)

        count_by(monkeypatch, be_short_once)
        first = send(sender, limit=6)
    assert (was_short, office.withdrawn) == ([2], 1)
    assert first.by_status == {Status.SENT: 6}
    assert place.statuses() == {Status.SENT: 6, Status.QUEUED: 1}
    assert set(Counter(p.envelope.recipient for p in office.taken).values()) == {1}


def test_what_was_heard_is_written_down_when_the_server_falls_silent(make: Make) -> None:
    place, seen = make([town(1), town(2)]), list[Status]()

    class Slow(ScriptedOffice):
        """It answers a body, and lets the one behind it wait for three turns."""

        def turn(self) -> Sequence[Asked | Answered | Unreachable]:
            if self.answers:
                return [self.answers.pop()]
            if self.taken and len(seen) < 2:
                delivery = sender.ledger.delivery(town(1).key)
                assert delivery
                seen.append(delivery.status)
                return []
            return super().turn()

    with place.opened(office=Slow()) as sender:
        assert send(sender).sent == 2
    assert seen == [Status.SENDING, Status.SENT]


@on_each_database
def test_what_a_sender_that_passed_for_dead_claims_again_is_not_offered_twice(make: Make) -> None:
    place = make([town(n) for n in range(1, 6)])

    def pass_for_dead(message: Message) -> None:
        """As where a file system has lost the sender's lock."""
        with closing(database_at(ledger_place(place.folder, place.accounts))) as database:
            Ledger(database, place.accounts, alive=lambda token: False).release_dead_senders()

    office = ScriptedOffice(behind=4, before_body=pass_for_dead)
    with place.opened(office=office) as sender:
        send(sender)
    taken = Counter(message.envelope.recipient for message in office.taken)
    assert set(taken.values()) == {1}
    assert place.statuses() == {Status.SENT: 5}


def refuse(*_: object) -> Commit:
    raise Stopped("quota-spent")


@pytest.mark.parametrize(
    ("of", "name", "instead"),
    [
        (Ledger, "commit", refuse),
        (Ledger, "commit", lambda *_: Commit(leaving=())),  # others have settled them meanwhile
        (quota, "spend", refuse),
    ],
    ids=["no commit", "no intent", "no count"],
)
def test_without_an_intent_in_the_ledger_no_body_leaves(
    make: Make, monkeypatch: pytest.MonkeyPatch, of: object, name: str, instead: object
) -> None:
    place, office = make([town(1), town(2)]), ScriptedOffice()
    with place.opened(office=office) as sender, monkeypatch.context() as patch:
        patch.setattr(of, name, instead)
        with suppress(Stopped):
            send(sender)
    assert office.taken == []
    assert office.withdrawn > 0
    assert place.statuses() == {Status.QUEUED: 2}


def test_what_was_heard_is_written_down_once_though_the_next_letter_cannot_be_counted(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, office = make([town(1), town(2)]), ScriptedOffice()
    with place.opened(office=office) as sender, monkeypatch.context() as patch:

        def count_the_first(spend: Grant, to: Sequence[str]) -> list[bool]:
            if office.taken:
                raise LedgerError("ledger-busy")
            return spend(to)

        count_by(patch, count_the_first)
        with pytest.raises(LedgerError):
            send(sender)
        assert [attempt.status for attempt in sender.ledger.attempts()] == [Status.SENT]
    assert place.statuses() == {Status.SENT: 1, Status.QUEUED: 1}


def test_what_was_heard_is_written_down_even_if_nothing_can_be_given_back(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, office = make([town(n) for n in range(1, 9)]), ScriptedOffice()
    watch = OwnWatch()

    def stop(_message: Message) -> None:
        watch.asked = True

    office.before_body = stop
    with place.opened(office=office, watch=watch) as sender, monkeypatch.context() as patch:
        patch.setattr(sender.ledger, "release", refuse)
        with pytest.raises(Stopped):
            send(sender)
        assert sender.ledger.counts().email[Status.SENT] == 1


def test_a_server_that_is_away_for_hours_is_tried_again_at_least_every_ten_minutes() -> None:
    pauses = [reconnect_after(tries) for tries in range(1, 200)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == max(pauses) == timedelta(minutes=10)


def test_whoever_is_heard_of_behind_a_server_out_of_reach_ends_the_outage(make: Make) -> None:
    class TellsOfItFirst(ScriptedOffice):
        def turn(self) -> Sequence[Asked | Answered | Unreachable]:
            return [*reversed(super().turn())]

    class Impatient(OwnWatch):
        def now(self) -> datetime:
            assert next(asked) < 1000, "the run does not end"
            return super().now()

    place, office, asked = make([town(n) for n in range(1, 5)]), TellsOfItFirst(), itertools.count()
    office.before_body = lambda _message: office.away.append(Stopped("server-away"))
    with place.opened(office=office, watch=Impatient()) as sender:
        assert send(sender).sent == 4
    assert [each.recipient for each in office.offered] == [town(n).email for n in range(1, 5)]
