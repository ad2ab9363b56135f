"""Sending once: what the core does with a post office, whatever that post office does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from merge.campaign.deliver import send
from merge.campaign.pace import Hours, reconnect_after
from merge.campaign.sender import Run
from merge.campaign.supply import FIRST_AT_ONCE
from merge.campaign.suppression import named
from merge.errors import AccountPaused, LedgerError, Stopped
from merge.ledger import quota
from merge.ledger.driver.places import database_at
from merge.ledger.driver.postgres import _Pipelined
from merge.ledger.driver.sqlite import _Writing
from merge.ledger.ledger import Ledger
from merge.ledger.opening import ledger_place
from merge.ledger.records import Commit, Kind, QuotaLeft, QuotaLimits
from merge.model import Channel, Message, Recipient, Status
from merge.outcome import Aim, Answered, Asked, Outcome, Phase, Unreachable
from tests.both import on_each_database
from tests.fakes import (
    ACCEPTED,
    GREYLISTED,
    LOST_AFTER_DOT,
    TOO_MANY,
    OwnWatch,
    PlainTemplate,
    ScriptedOffice,
    town,
)
from tests.place import START, Make, send_on

pytest_plugins = ["tests.servers.fixtures"]

OFFICE_HOURS = Hours(
    opens=time(8), closes=time(20), days=frozenset(range(5)), zone=ZoneInfo("Europe/Paris")
)


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


@on_each_database
def test_a_kill_with_several_bodies_on_their_way_leaves_no_more_than_those_in_doubt(
    make: Make,
) -> None:
    place, office = make([town(n) for n in range(1, 41)]), ScriptedOffice(connections=8)

    def die_at_the_twelfth(message: Message) -> None:
        if len(office.taken) == 11:
            raise Killed

    office.before_body = die_at_the_twelfth
    with pytest.raises(Killed), place.opened(office=office) as sender:
        send(sender)
    again = ScriptedOffice(connections=8)
    with place.opened(office=again) as sender:
        send(sender)
    statuses = place.statuses()
    assert statuses[Status.UNKNOWN] <= 8
    assert statuses[Status.SENT] + statuses[Status.UNKNOWN] == 40
    taken = Counter(p.envelope.recipient for p in office.taken + again.taken)
    assert set(taken.values()) == {1}


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


def test_all_connections_broken_at_one_instant_are_one_failure(make: Make) -> None:
    place = make([town(n) for n in range(1, 41)])
    lost = {address(n): LOST_AFTER_DOT for n in range(1, 9)}
    with place.opened(office=ScriptedOffice(fates=lost, connections=8)) as sender:
        run = send(replace(sender, connections=8))
    assert run.by_status == {Status.UNKNOWN: 8, Status.SENT: 32}


def test_a_refusal_of_the_account_recalls_what_has_not_left(make: Make) -> None:
    place = make([town(n) for n in range(1, 41)])
    office = ScriptedOffice(fates={address(5): TOO_MANY}, connections=8)
    with pytest.raises(AccountPaused), place.opened(office=office) as sender:
        send(sender)
    assert not office.taken
    statuses = place.statuses()
    assert statuses[Status.DEFERRED] == 1
    assert statuses[Status.SENT] == len(office.taken)
    assert statuses[Status.SENT] + statuses[Status.QUEUED] == 39


def test_those_without_an_address_are_left_to_paper(make: Make) -> None:
    place, office = make([town(1), town(2, email=None)]), ScriptedOffice()
    with place.opened(office=office) as sender:
        send(sender)
        paper = [d for d in sender.ledger.deliveries() if d.channel is Channel.PAPER]
    assert len(office.taken) == 1
    assert [d.status for d in paper] == [Status.QUEUED]


def test_a_shared_mailbox_is_not_a_duplicate(make: Make) -> None:
    shared = "mairies@example.org"
    place, office = make([town(1, email=shared), town(2, email=shared)]), ScriptedOffice()
    with place.opened(office=office) as sender:
        send(sender)
    assert [p.envelope.recipient for p in office.taken] == [shared, shared]


@on_each_database
def test_the_intent_is_in_the_ledger_before_the_body_leaves(make: Make) -> None:
    place = make([town(1), town(2)])
    seen: list[Status] = []

    def look(message: Message) -> None:
        with place.opened("read") as reader:
            key = {address(1): town(1).key, address(2): town(2).key}[message.envelope.recipient]
            delivery = reader.ledger.delivery(key)
            assert delivery
            assert reader.archive.get(delivery.sha256) == message.data
            seen.append(delivery.status)

    with place.opened(office=ScriptedOffice(before_body=look)) as sender:
        send(sender)
    assert seen == [Status.SENDING, Status.SENDING]


@on_each_database
def test_the_quota_is_spent_before_the_body_leaves(make: Make) -> None:
    place = make([town(1)])
    room: list[int] = []
    limits = QuotaLimits(per_day=10)

    def look(message: Message) -> None:
        room.append(place.accounts.quota_left("groupe@example.org", limits, START).now)

    with place.opened(office=ScriptedOffice(before_body=look), limits=limits) as sender:
        send(sender)
    assert room == [9]


@on_each_database
def test_the_commit_is_witnessed_before_the_body_leaves(make: Make) -> None:
    place = make([town(n) for n in range(1, 5)])
    behind: list[int] = []

    def look(message: Message) -> None:
        with place.opened("read") as reader:
            known = place.accounts.registered(reader.ledger.campaign_id)
            assert known
            behind.append(reader.ledger.counter - known.counter)

    with place.opened(office=ScriptedOffice(before_body=look)) as sender:
        send(sender)
    assert behind == [0, 0, 0, 0]


class Killed(BaseException):
    """Stands for kill -9 at this instant: nothing after it runs but what Python must."""


def test_a_letter_refused_for_the_login_s_sake_goes_again_and_counts_once(make: Make) -> None:
    place = make([town(n) for n in range(1, 6)])
    logged_out = Outcome(
        status=Status.QUEUED, phase=Phase.BODY, aim=Aim.CONNECTION, code=530, words="no more"
    )
    office = ScriptedOffice(fates={address(3): logged_out})

    def log_in(message: Message) -> None:
        if message.envelope.recipient == address(5):
            assert place.statuses()[Status.SENDING] <= 1  # the third waits as if never offered
            office.fates = {}

    office.before_body = log_in
    with place.opened(office=office) as sender:
        run = send(sender)
    assert [each.envelope.recipient for each in office.taken] == [
        address(n) for n in (1, 2, 4, 5, 3)
    ]
    assert (place.statuses(), run.sent) == ({Status.SENT: 5}, 5)


SPAM_LIKE = Outcome(
    status=Status.DEFERRED,
    phase=Phase.BODY,
    aim=Aim.ACCOUNT,
    code=550,
    enhanced="5.7.1",
    words="rejected: content",
)


def test_one_whom_the_server_always_refuses_starves_nobody_and_is_held_with_its_words(
    make: Make,
) -> None:
    """Each town has a mailbox of its own domain, and new ones come each day."""
    own = [town(n, email=f"mairie@ville-{n}.example") for n in range(1, 26)]
    place, watch = make(own[:20]), OwnWatch()
    fates = {"mairie@ville-1.example": SPAM_LIKE}
    ends = []
    for day in range(6):
        if day:
            place.take([*own[: 19 + day], own[19 + day]])
        with place.opened(office=ScriptedOffice(fates=fates), watch=watch) as sender:
            try:
                send(sender)
                ends.append("done")
            except AccountPaused:
                ends.append("paused")
        watch.pass_by(timedelta(days=1))
    assert ends == ["paused", "paused", "done", "done", "done", "done"]
    with place.opened("read") as sender:
        held = sender.ledger.delivery(town(1).key)
        tries = [one.status for one in sender.ledger.attempts(town(1).key)]
    assert held
    assert held.status is Status.HELD
    assert held.detail == "refused-alone reply=550 5.7.1 rejected: content"
    assert (held.code, held.enhanced) == (550, "5.7.1")
    assert tries == [Status.DEFERRED, Status.DEFERRED, Status.HELD]
    assert place.statuses() == {Status.SENT: 24, Status.HELD: 1}


def test_fresh_letters_leave_before_those_that_are_due_again(make: Make) -> None:
    place, watch = make([town(n) for n in range(1, 21)]), OwnWatch()
    office = ScriptedOffice(fates={address(n): GREYLISTED for n in (1, 2)})
    with place.opened(office=office, watch=watch) as sender:
        send(sender, limit=10)
    watch.pass_by(timedelta(hours=1))
    office = ScriptedOffice()
    with place.opened(office=office, watch=watch) as sender:
        send(sender)
    order = [each.envelope.recipient for each in office.taken]
    assert order == [address(n) for n in (*range(11, 21), 1, 2)]


def test_a_refusal_that_everybody_meets_holds_nobody(make: Make) -> None:
    place, watch = make([town(n) for n in range(1, 6)]), OwnWatch()
    everybody = {address(n): SPAM_LIKE for n in range(1, 6)}
    for _day in range(12):
        with (
            pytest.raises(AccountPaused),
            place.opened(office=ScriptedOffice(fates=everybody), watch=watch) as sender,
        ):
            send(sender)
        watch.pass_by(timedelta(days=1))
    assert Status.HELD not in place.statuses()


def test_a_quota_that_ends_each_day_holds_nobody(make: Make) -> None:
    """Whoever meets it first is the first of the next day, once nobody is fresh."""
    place, watch, left = make([town(n) for n in range(1, 31)]), OwnWatch(), 0
    for _day in range(12):
        left = 3  # the provider takes so many a day, and says so once they are spent

        class Spent(ScriptedOffice):
            def turn(self) -> Sequence[Asked | Answered | Unreachable]:
                nonlocal left
                left = max(0, left)
                everyone = {address(n): TOO_MANY for n in range(1, 31)}
                self.fates = {} if left else everyone
                news = super().turn()
                left -= sum(isinstance(each, Asked) for each in news)
                return news

        with place.opened(office=Spent(), watch=watch) as sender, suppress(AccountPaused):
            send(sender)
        watch.pass_by(timedelta(days=1))
    statuses = place.statuses()
    assert Status.HELD not in statuses
    assert statuses[Status.SENT] == 30


def test_a_refused_login_or_another_refusal_in_between_is_not_that_letter_s(make: Make) -> None:
    place, watch = make([town(n) for n in range(1, 4)]), OwnWatch()
    fates = [SPAM_LIKE, GREYLISTED, SPAM_LIKE, SPAM_LIKE]
    for fate in fates:
        office = ScriptedOffice(fates={address(1): fate})
        with place.opened(office=office, watch=watch) as sender, suppress(AccountPaused):
            send(sender)
        watch.pass_by(timedelta(days=1))
    # Nobody else left since the others were sent: nothing says that it is about this one alone.
    assert place.statuses()[Status.HELD] == 0


def test_a_letter_that_waited_long_behind_the_others_is_not_given_up_for_that(make: Make) -> None:
    place, watch = make([town(1)]), OwnWatch()
    for _try in range(2):
        with place.opened(
            office=ScriptedOffice(fates={address(1): GREYLISTED}), watch=watch
        ) as sender:
            send(sender)
        watch.pass_by(timedelta(days=40))
    assert place.statuses() == {Status.DEFERRED: 1}


# --- a network that goes away --------------------------------------------------------------------

AWAY = Stopped("server-unreachable", reason="no-route", host="mail.example.org", port=465)
TEN_MINUTES = timedelta(minutes=10)


def test_a_network_that_is_back_in_a_while_is_only_a_pause(make: Make) -> None:
    place, watch, told = make([town(n) for n in range(1, 6)]), OwnWatch(), list[Run]()
    office = ScriptedOffice(away=[AWAY] * 3)
    with place.opened(office=office, watch=watch) as sender:
        run = send(sender, waiting=lambda run: told.append(replace(run)))
        attempts = list(sender.ledger.attempts())
    assert (run.sent, run.stopped_by, run.away) == (5, "", None)
    assert watch.waits == [START + timedelta(seconds=each) for each in (10, 30, 70)]
    assert [(each.stopped_by, each.next_at, each.away) for each in told] == [
        ("away", at, AWAY) for at in watch.waits
    ]
    assert len(attempts) == 5  # a connection that does not come about is no try of any letter


def test_a_network_that_stays_away_is_waited_for_ten_minutes_and_nothing_is_claimed(
    make: Make,
) -> None:
    place, watch = make([town(n) for n in range(1, 6)]), OwnWatch()
    office = ScriptedOffice(away=[AWAY] * 50)

    def nobody_has_it(run: Run) -> None:
        with place.opened("read") as reader:
            assert not list(reader.ledger.deliveries({Status.SENDING}))
            assert reader.ledger.outlook(None, watch.now()).now == 5  # free for any other sender

    with pytest.raises(Stopped) as caught, place.opened(office=office, watch=watch) as sender:
        send(sender, waiting=nobody_has_it)
    assert caught.value.code == "server-away"
    assert caught.value.facts == {"last": AWAY, "minutes": 10}
    assert watch.now() == START + TEN_MINUTES
    assert watch.waits[-2:] == [START + timedelta(seconds=310), START + TEN_MINUTES]
    assert place.statuses() == {Status.QUEUED: 5}


def test_with_wait_a_network_that_stays_away_ends_the_run_until_the_next_try(make: Make) -> None:
    place, watch = make([town(n) for n in range(1, 6)]), OwnWatch()
    with place.opened(office=ScriptedOffice(away=[AWAY] * 50), watch=watch) as sender:
        run = send(sender, wait=True)
    assert (run.sent, run.stopped_by, run.away, run.tries) == (0, "away", AWAY, 5)
    assert watch.now() == START + timedelta(seconds=150)
    assert run.next_at == watch.now() + reconnect_after(4)
    assert place.statuses() == {Status.QUEUED: 5}


def test_each_outage_has_its_ten_minutes(make: Make) -> None:
    place, watch = make([town(n) for n in range(1, 41)]), OwnWatch()
    office = ScriptedOffice(away=[AWAY] * 5)

    def away_again(message: Message) -> None:
        if message.envelope.recipient == address(20):
            watch.pass_by(timedelta(hours=1))
            office.away = [AWAY] * 5

    office.before_body = away_again
    with place.opened(office=office, watch=watch) as sender:
        assert send(sender).sent == 40
    assert [p.envelope.recipient for p in office.taken].count(address(20)) == 1


def test_an_interruption_ends_the_wait_for_a_network(make: Make) -> None:
    place, watch = make([town(1)]), OwnWatch()

    def ask(run: Run) -> None:
        watch.asked = True

    with place.opened(office=ScriptedOffice(away=[AWAY] * 9), watch=watch) as sender:
        run = send(sender, wait=True, waiting=ask)
    assert (run.sent, run.stopped_by) == (0, "interrupted")
    assert place.statuses() == {Status.QUEUED: 1}


def test_what_is_refused_together_is_not_tried_again_together(make: Make) -> None:
    towns = [town(n) for n in range(1, 9)]
    place = make(towns)
    office = ScriptedOffice(fates={address(n): GREYLISTED for n in range(1, 9)})
    with place.opened(office=office) as sender:
        send(sender)
        due = {d.not_before for d in sender.ledger.deliveries() if d.not_before}
    assert len(due) == len(towns)
    assert max(due) - min(due) < timedelta(minutes=1, seconds=30)


def test_a_letter_that_the_server_would_not_take_is_held_before_it_is_offered(make: Make) -> None:
    place = make([town(1), town(2, commune="L" * 3_000), town(3)])
    office = ScriptedOffice(size_limit=3_000)
    with place.opened(office=office) as sender:
        run = send(sender)
        held = sender.ledger.delivery(town(2).key)
    assert run.by_status == {Status.SENT: 2, Status.HELD: 1}
    assert address(2) not in {each.recipient for each in office.offered}
    assert held
    assert (held.status, held.detail) == (Status.HELD, "server-takes-less size=0.1 > 0.0")
    assert place.statuses() == {Status.SENT: 2, Status.HELD: 1}


# --- what is written down before a body leaves ----------------------------------------------------


@pytest.mark.parametrize(("connections", "together"), [(1, [1] * 10), (3, [3, 3, 3, 1])])
def test_no_more_letters_stand_as_sending_than_there_are_connections(
    make: Make, monkeypatch: pytest.MonkeyPatch, connections: int, together: list[int]
) -> None:
    office = ScriptedOffice(behind=2, connections=connections)
    place, intents = make([town(n) for n in range(1, 11)]), list[int]()
    with place.opened(office=office) as sender:
        commit = sender.ledger.commit

        def count(settled: Any, intended: Sequence[Any], *how: Any) -> Commit:
            intents.append(len(intended))
            done = commit(settled, intended, *how)
            # All of these would be in doubt after a kill.
            assert len(sender.ledger.deliveries({Status.SENDING})) <= connections
            return done

        monkeypatch.setattr(sender.ledger, "commit", count)
        assert send(replace(sender, connections=connections)).sent == 10
    assert list(filter(None, intents)) == together


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


def test_a_stop_of_somebody_else_counts_no_letter_twice(make: Make) -> None:
    place, watch = make([town(n) for n in range(1, 6)]), OwnWatch()

    def ask(message: Message) -> None:
        if message.envelope.recipient == address(2):
            place.accounts.suppression.add([named(Kind.ADDRESS, address(9))], "", START)

    office = ScriptedOffice(behind=2, before_body=ask)
    with place.opened(office=office, watch=watch, limits=QuotaLimits(per_hour=20)) as sender:
        assert send(sender).sent == 5
        assert sender.quota_left(watch.now()).now == 15


# --- sending hours ---


def test_outside_the_hours_nothing_leaves_and_the_run_says_when_they_begin(make: Make) -> None:
    place, office = make([town(n) for n in range(1, 4)]), ScriptedOffice()
    evening = OwnWatch(time=datetime(2026, 11, 27, 20, tzinfo=UTC))  # a Friday
    with place.opened(office=office, watch=evening, hours=OFFICE_HOURS) as sender:
        run = send(sender)
    assert (run.sent, run.stopped_by, office.offered) == (0, "hours", [])
    assert run.next_at == datetime(2026, 11, 30, 7, tzinfo=UTC)  # Monday at 8 in Paris


def test_when_the_hours_end_the_message_in_hand_is_the_last(make: Make) -> None:
    place = make([town(n) for n in range(1, 9)])
    watch = OwnWatch(time=datetime(2026, 11, 26, 18, 59, tzinfo=UTC))
    office = ScriptedOffice(before_body=lambda message: watch.pass_by(timedelta(seconds=25)))
    with place.opened(office=office, watch=watch, hours=OFFICE_HOURS) as sender:
        run = send(sender)
    assert (run.sent, run.stopped_by) == (3, "hours")
    assert place.statuses() == {Status.SENT: 3, Status.QUEUED: 5}


def test_a_quota_that_has_room_again_at_night_waits_for_the_hours_too(make: Make) -> None:
    place = make([town(n) for n in range(1, 4)])
    late = OwnWatch(time=datetime(2026, 11, 26, 18, 30, tzinfo=UTC))
    with place.opened(watch=late, hours=OFFICE_HOURS, limits=QuotaLimits(per_hour=2)) as sender:
        run = send(sender)
    assert (run.sent, run.stopped_by) == (2, "quota")
    assert run.next_at == datetime(2026, 11, 27, 7, tzinfo=UTC)


def test_a_letter_refused_for_now_after_the_body_goes_again_as_the_same_bytes(make: Make) -> None:
    place = make([town(1)])
    refused = GREYLISTED._replace(phase=ACCEPTED.phase)
    office = ScriptedOffice(fates={address(1): refused})
    bodies: list[bytes] = []
    office.before_body = lambda message: bodies.append(message.data)
    watch = OwnWatch()
    with place.opened(office=office, watch=watch) as sender:
        send(sender)
        watch.pass_by(timedelta(hours=3))
        office.fates = {}
        assert send(sender).sent == 1
    assert len(bodies) == 2
    assert len(set(bodies)) == 1


def test_a_letter_refused_for_now_is_made_anew_when_the_archive_has_lost_it(make: Make) -> None:
    """It went first each time, and kept all others from being sent."""
    place = make([town(1), town(2)])
    office = ScriptedOffice(fates={address(1): GREYLISTED._replace(phase=ACCEPTED.phase)})
    watch = OwnWatch()
    with place.opened(office=office, watch=watch) as sender:
        send(sender, limit=1)
    assert place.statuses() == {Status.DEFERRED: 1, Status.QUEUED: 1}
    for archive in place.folder.glob("archive.db*"):
        archive.unlink()
    watch.pass_by(timedelta(hours=3))
    with place.opened(watch=watch) as sender:
        send(sender)
    assert place.statuses() == {Status.SENT: 2}


def test_what_is_refused_for_five_days_has_failed(make: Make) -> None:
    place = make([town(1)])
    office, watch = ScriptedOffice(fates={address(1): GREYLISTED}), OwnWatch()
    with place.opened(office=office, watch=watch) as sender:
        send_on(sender)
    assert place.statuses() == {Status.FAILED: 1}
    assert timedelta(days=4) < watch.now() - START <= timedelta(days=5)


def test_another_address_is_not_given_up_for_what_the_one_before_has_refused(make: Make) -> None:
    place, other = make([town(1)]), "autre@example.org"
    office = ScriptedOffice(fates={address(1): GREYLISTED, other: GREYLISTED})
    watch = OwnWatch()
    with place.opened(office=office, watch=watch) as sender:
        while (due := send(sender).next_at) and due - START < timedelta(days=4):
            watch.wait_until(due)
    with place.opened("exclusive") as sender:
        better = town(1, email=other)
        sender.ledger.edit(better, {"email": other}, Channel.EMAIL, watch.now())
    watch.wait_until(watch.now() + timedelta(days=2))
    with place.opened(office=office, watch=watch) as sender:
        send(sender)
        assert office.offered[-1].recipient == other
        assert place.statuses() == {Status.DEFERRED: 1}
        send_on(sender)
    assert place.statuses() == {Status.FAILED: 1}


SHARED = QuotaLimits(per_hour=50, receivers={"Orange": QuotaLimits(per_day=3)})


def two_receivers() -> list[Recipient]:
    """Every other has a mailbox with Orange."""
    return [
        town(n, email=f"mairie-{n}@{'orange.example' if n % 2 else 'example.org'}")
        for n in range(1, 13)
    ]


def receiver(domain: str) -> str:
    return "Orange" if domain == "orange.example" else ""


def test_a_receiver_gets_no_more_in_a_day_than_its_share_and_the_others_go_on(make: Make) -> None:
    place, watch = make(two_receivers()), OwnWatch()
    with place.opened(watch=watch, limits=SHARED, receiver=receiver) as sender:
        run = send(sender)
        assert (run.sent, run.stopped_by) == (9, "receiver")
        assert run.next_at == START + timedelta(days=1)
        assert sender.quota_left(watch.now()).now == 41
    assert place.statuses() == {Status.SENT: 9, Status.QUEUED: 3}
    with place.opened(watch=watch, limits=SHARED, receiver=receiver) as sender:
        run = send(sender)
        assert (run.sent, run.stopped_by) == (0, "receiver")
        watch.wait_until(START + timedelta(days=1, seconds=1))
        assert (send(sender).sent, place.statuses()) == (3, {Status.SENT: 12})


def test_the_pace_by_the_minute_is_kept_without_asking(make: Make) -> None:
    place, watch = make([town(n) for n in range(1, 6)]), OwnWatch()
    with place.opened(watch=watch, limits=QuotaLimits(per_minute=2)) as sender:
        run = send(sender)
    assert (run.sent, run.stopped_by) == (5, "")
    assert watch.now() >= START + timedelta(minutes=2)


def test_an_interruption_finishes_the_message_in_hand(make: Make) -> None:
    place, watch = make([town(n) for n in range(1, 6)]), OwnWatch()

    def ask_at_the_second(message: Message) -> None:
        watch.asked = message.envelope.recipient == address(2)

    office = ScriptedOffice(behind=2, before_body=ask_at_the_second)
    with place.opened(office=office, watch=watch) as sender:
        run = send(sender)
        assert run.stopped_by == "interrupted"
        assert place.statuses() == {Status.SENT: 2, Status.QUEUED: 3}
        watch.asked = False
        assert send(sender).sent == 3  # nothing stayed claimed in vain


def test_a_recipient_at_fault_is_held_and_the_others_go(make: Make) -> None:
    place = make([town(1), town(2), town(3)])
    with place.opened(template=PlainTemplate(at_fault=frozenset({town(2).key}))) as sender:
        run = send(sender)
    assert run.by_status == {Status.SENT: 2, Status.HELD: 1}
    assert place.statuses() == {Status.SENT: 2, Status.HELD: 1}


def test_what_a_sender_that_died_had_only_claimed_is_sent_by_the_next(make: Make) -> None:
    place = make([town(1)])
    with place.opened() as sender:
        (delivery,) = sender.ledger.deliveries()
        assert sender.ledger.claim([delivery.id], START)
    with place.opened() as sender:
        assert send(sender).sent == 1


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


def test_when_another_has_spent_the_quota_what_is_not_offered_yet_is_let_go(make: Make) -> None:
    everyone, limits = range(1, 6), QuotaLimits(per_hour=5)
    place = make([town(n) for n in everyone])
    office = ScriptedOffice()

    def spend_the_rest(message: Message) -> None:
        if message.envelope.recipient == address(2):
            account = sender.account.name
            more = sender.accounts.spend(
                account, limits, campaign_id="another", counter=1, to=[""] * 3, now=START
            )
            assert more == [True] * 3

    office.before_body = spend_the_rest
    with place.opened(office=office, limits=limits) as sender:
        run = send(sender)
    assert (run.sent, run.stopped_by) == (2, "quota")
    assert address(5) not in {each.recipient for each in office.offered}
    assert place.statuses() == {Status.SENT: 2, Status.QUEUED: 3}


def test_no_more_is_offered_than_the_quota_has_room_for(make: Make) -> None:
    place, limits = make([town(n) for n in range(1, 11)]), QuotaLimits(per_hour=5)

    class Strict(ScriptedOffice):
        """It would rather not hear of more."""

        def offer(self, message: Message) -> None:
            super().offer(message)
            assert len(self.queue) <= 5

    office = Strict(behind=9)
    with place.opened(office=office, limits=limits) as sender:
        assert send(sender).sent == 5
    assert (len(office.offered), office.withdrawn) == (5, 0)


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


@pytest.mark.parametrize("written", [(), None])
def test_without_an_intent_in_the_ledger_no_body_leaves(
    make: Make, monkeypatch: pytest.MonkeyPatch, written: tuple[int, ...] | None
) -> None:
    place, office = make([town(1), town(2)]), ScriptedOffice()

    def refuse(*_: object) -> Commit:
        if written is None:
            raise Stopped("quota-spent")
        return Commit(leaving=written)

    with place.opened(office=office) as sender, monkeypatch.context() as patch:
        patch.setattr(sender.ledger, "commit", refuse)
        with suppress(Stopped):
            send(sender)
    assert office.taken == []
    assert office.withdrawn == (2 if written is not None else 1)


@pytest.mark.parametrize("trouble", [False, True])
def test_a_quota_that_cannot_be_spent_leaves_no_doubt(
    make: Make, monkeypatch: pytest.MonkeyPatch, trouble: bool
) -> None:
    place, office = make([town(1)]), ScriptedOffice()

    def count(_spend: Grant, _to: Sequence[str]) -> list[bool]:
        if trouble:
            raise Stopped("quota-spent")
        monkeypatch.setattr(place.accounts, "quota_left", lambda *_: QuotaLeft(now=0, next_at=None))
        return [False]

    with place.opened(office=office) as sender, monkeypatch.context() as patch:
        count_by(patch, count)
        with suppress(Stopped):
            send(sender)
    assert (office.taken, office.withdrawn) == ([], 1)
    assert place.statuses() == {Status.QUEUED: 1}


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

    def refuse(*_: object) -> None:
        raise Stopped("quota-spent")

    def stop(_message: Message) -> None:
        watch.asked = True

    office.before_body = stop
    with place.opened(office=office, watch=watch) as sender, monkeypatch.context() as patch:
        patch.setattr(sender.ledger, "release", refuse)
        with pytest.raises(Stopped):
            send(sender)
        assert sender.ledger.counts().email[Status.SENT] == 1


def test_the_bytes_of_another_sender_or_letter_are_never_handed_over_again(make: Make) -> None:
    place = make([town(1)])
    refused = GREYLISTED._replace(phase=ACCEPTED.phase)
    office = ScriptedOffice(fates={address(1): refused})
    bodies: list[bytes] = []
    office.before_body = lambda message: bodies.append(message.data)
    watch = OwnWatch()
    for version, by in (("1", "a"), ("2", "a"), ("2", "b")):
        with place.opened(
            office=office, watch=watch, template=PlainTemplate(version=version)
        ) as sender:
            send(replace(sender, envelope_sender=f"{by}@example.org"))
        watch.pass_by(timedelta(hours=13))
    assert len(set(bodies)) == 3


def test_only_those_who_are_named_are_written_to(make: Make) -> None:
    place, office = make([town(n) for n in range(1, 6)]), ScriptedOffice()
    with place.opened(office=office) as sender:
        run = send(sender, keys=[town(2).key, town(4).key])
    assert run.stopped_by == ""
    assert [p.envelope.recipient for p in office.taken] == [address(2), address(4)]


def test_a_server_that_is_away_for_hours_is_tried_again_at_least_every_ten_minutes() -> None:
    pauses = [reconnect_after(tries) for tries in range(1, 200)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == max(pauses) == timedelta(minutes=10)
