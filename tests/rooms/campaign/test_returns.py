"""What comes back: each report once, about the right letter, and a reason to stop in time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import insert

from merge.campaign.account import refuse_paused
from merge.campaign.deliver import send
from merge.campaign.replies import follow_up
from merge.campaign.returns import (
    accept_bounces,
    decide,
    read_returns,
    refuse_too_many,
)
from merge.errors import AccountPaused, Stopped
from merge.ledger import schema
from merge.ledger.records import Decision, Returned
from merge.model import Channel, Status
from merge.outcome import Notices, Outcome
from tests.fakes import ScriptedOffice, town
from tests.mailboxes import SPAM, OwnMailbox, came_back
from tests.place import START, Make, Place

LATER = START + timedelta(minutes=5)


def sent(make: Make, towns: int, fates: Mapping[str, Outcome] | None = None) -> Place:
    place = make([town(number) for number in range(1, towns + 1)])
    with place.opened(office=ScriptedOffice(fates=fates or {})) as sender:
        send(sender)
    return place


def read(place: Place, mailbox: OwnMailbox) -> Returned:
    with place.opened() as sender:
        return read_returns(sender.ledger, mailbox, sender.account)


def test_reading_twice_changes_nothing_even_from_the_beginning(make: Make) -> None:
    place = sent(make, 2)
    mailbox = OwnMailbox(notices=[came_back(1, LATER)])
    read(place, mailbox)
    assert read(place, mailbox).bounced == ()
    with place.opened() as sender:
        assert sender.ledger.fact("mailbox_read_to") == "1"
        sender.ledger.set_fact("mailbox_read_to", "")  # its UIDVALIDITY has changed
    assert read(place, mailbox).bounced == ()
    with place.opened() as sender:
        assert len(list(sender.ledger.attempts("00001"))) == 2


def test_reports_count_as_read_once_they_are_in_the_ledger(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, mailbox = sent(make, 1), OwnMailbox(notices=[came_back(1, LATER)])

    def dies(*_: object, **_more: object) -> None:
        raise KeyboardInterrupt

    with place.opened() as sender, monkeypatch.context() as patch:
        patch.setattr(sender.ledger, "bounced", dies)
        with pytest.raises(KeyboardInterrupt):
            read_returns(sender.ledger, mailbox, sender.account)
    assert read(place, mailbox).bounced


def test_a_letter_that_came_back_from_two_mailboxes_came_back_once(make: Make) -> None:
    place = sent(make, 10)
    both = [came_back(n, LATER + timedelta(seconds=i)) for n in (1, 2) for i in (1, 2)]
    returned = read(place, OwnMailbox(notices=both))
    assert [each.key for each in returned.bounced] == ["00001", "00002"]
    with place.opened() as sender:
        assert len(list(sender.ledger.attempts("00001"))) == 2
        refuse_too_many(sender.ledger, LATER)  # two of ten are not too many


def test_before_the_first_letter_the_mailbox_is_not_read(make: Make) -> None:
    place = make([town(1)])

    class Unread(OwnMailbox):
        def bounces(self, *, since: datetime, after: str) -> Notices:
            raise AssertionError("nothing can have come back")

    assert read(place, Unread()).bounced == ()


def pauses(place: Place) -> bool:
    with place.opened() as sender:
        return sender.account.refusal() is not None


def test_one_report_about_us_moves_nobody_to_paper_and_pauses_nothing(make: Make) -> None:
    place, mailbox = sent(make, 2), OwnMailbox(notices=[came_back(1, LATER, SPAM)])
    (delivery,) = read(place, mailbox).about_us
    assert (delivery.key, delivery.status, delivery.detail) == (
        *("00001", Status.BOUNCED),
        "rejected as spam",
    )
    assert place.statuses() == {Status.SENT: 1, Status.BOUNCED: 1}
    assert not pauses(place)
    with place.opened() as sender:
        assert list(sender.ledger.for_paper(None, all_queued=True)) == []
        assert len(sender.ledger.candidates(None, [Channel.PAPER])) == 0
        assert sender.ledger.refused_as_senders() == ["00001"]
        assert sender.ledger.stands_of_refused() == {delivery.id: "waits"}
        last = list(sender.ledger.attempts("00001"))[-1]
        assert (last.phase, last.status) == ("policy", Status.BOUNCED)
        assert follow_up(sender.ledger, place.accounts.suppression, LATER) == ([], 0)
        assert place.accounts.suppression.lines() == []


RATES = [  # towns, letters that came back because of us, whether the account pauses
    (40, 2, False),  # one in twenty, and two are no rule
    (40, 3, True),
    (59, 3, True),
    (60, 3, False),  # of sixty, three are no more than one in twenty
    (60, 4, True),
    (120, 5, False),
    (120, 6, True),
]


def test_the_account_pauses_by_the_rate_of_the_last_hundred(tmp_path: Path) -> None:
    failures = []
    for number, (towns, spam, is_paused) in enumerate(RATES):
        place = sent(partial(Place, tmp_path / str(number)), towns)
        mailbox = OwnMailbox()
        for last in range(towns - spam + 1, towns + 1):  # each is read for itself, as they come
            mailbox.notices.append(came_back(last, LATER, SPAM))
            read(place, mailbox)
        if pauses(place) is not is_paused:
            failures.append((towns, spam))
        place.accounts.close()
    assert failures == []


def test_a_rate_is_that_of_the_letters_up_to_the_last_that_came_back_for_reports_come_late(
    make: Make,
) -> None:
    """Those of the hundred that left last may not be there yet."""
    place = sent(make, 150)
    read(place, OwnMailbox(notices=[came_back(number, LATER, SPAM) for number in (7, 8, 9)]))
    assert pauses(place)


def test_what_a_person_has_looked_at_counts_towards_no_pause(make: Make) -> None:
    place = sent(make, 40)
    mailbox = OwnMailbox(notices=[came_back(number, LATER, SPAM) for number in (1, 2, 3)])
    read(place, mailbox)
    with place.opened() as sender, pytest.raises(AccountPaused) as caught:
        refuse_paused(sender.ledger, sender.account, LATER)
    facts = caught.value.facts
    assert (facts["codes"], facts["n"], facts["folder"]) == ("550 5.7.1", 3, str(place.folder))
    with place.opened() as sender:
        accept_bounces(sender.ledger, sender.account, LATER + timedelta(minutes=1))
    later = LATER + timedelta(minutes=2)
    mailbox.notices += [came_back(number, later, SPAM) for number in (4, 5)]
    read(place, mailbox)
    assert not pauses(place)
    mailbox.notices.append(came_back(6, later, SPAM))
    read(place, mailbox)
    assert pauses(place)


def test_what_came_back_because_of_us_says_nothing_of_the_list(make: Make) -> None:
    """Until there are so many in an hour that a host would block the mailbox."""
    place = sent(make, 40)
    read(place, OwnMailbox(notices=[came_back(number, LATER, SPAM) for number in range(1, 15)]))
    assert alarm(place, 10) == ""
    read(place, OwnMailbox(notices=[came_back(n, LATER, SPAM) for n in range(1, 16)]))
    assert alarm(place, 10) == "too-many-bounces"


def decided(place: Place, decision: Decision, keys: list[str] | None = None) -> list[str]:
    with place.opened("exclusive") as sender:
        found = decide(sender.ledger, sender.account, decision, keys, LATER, "me")
        return [delivery.key for delivery in found]


def test_on_paper_it_is_printed_and_its_next_address_is_not_tried(make: Make) -> None:
    place = make([town(1, alternates=("accueil@example.org",)), town(2)])
    with place.opened() as sender:
        send(sender)
    read(place, OwnMailbox(notices=[came_back(1, LATER, SPAM)]))
    assert decided(place, "paper") == ["00001"]
    with place.opened() as sender:
        assert follow_up(sender.ledger, place.accounts.suppression, LATER) == ([], 0)
        assert [each.key for each in sender.ledger.for_paper(None, all_queued=False)] == ["00001"]
        assert sender.ledger.refused_as_senders() == []


def test_a_decision_about_one_of_several_leaves_the_others_waiting_and_the_pause(
    make: Make,
) -> None:
    place = sent(make, 40)
    read(place, OwnMailbox(notices=[came_back(number, LATER, SPAM) for number in (1, 2, 3)]))
    assert decided(place, "paper", ["00002"]) == ["00002"]
    with place.opened() as sender:
        assert sender.ledger.refused_as_senders() == ["00001", "00003"]
    assert pauses(place)


def test_a_decision_lifts_no_pause_that_another_campaign_brought_about(make: Make) -> None:
    place = sent(make, 2)
    read(place, OwnMailbox(notices=[came_back(1, LATER, SPAM)]))
    with place.opened() as sender:
        place.accounts.pause(sender.account.name, "another", [came_back(9, LATER, SPAM)])
    decided(place, "leave")
    assert pauses(place)


def test_what_a_ledger_of_before_left_sent_stands_as_come_back_once_it_is_read(make: Make) -> None:
    place = sent(make, 3)
    with place.opened("exclusive") as sender:
        with sender.ledger._database.writing() as tx:  # as it was
            for number, words in ((1, "spam"), (2, "spam")):
                tx.execute(
                    insert(schema.attempts).values(
                        recipient=f"{number:05}",
                        wave=1,
                        at=LATER,
                        channel=Channel.EMAIL,
                        status=Status.BOUNCED,
                        phase="bounce",
                        code=550,
                        enhanced="5.7.1",
                        words=words,
                        duration_ms=0,
                    )
                )
        for _again in range(2):
            follow_up(sender.ledger, place.accounts.suppression, LATER)
        assert sender.ledger.refused_as_senders() == ["00001", "00002"]
    assert place.statuses() == {Status.SENT: 1, Status.BOUNCED: 2}


def test_a_pause_comes_before_its_report_counts_as_read(make: Make) -> None:
    """A kill in between reads the report again; the other way round it would be lost."""
    place = sent(make, 3)

    class Killed(BaseException):
        pass

    def dies(refused: object) -> None:
        raise Killed

    spam = [came_back(n, LATER, SPAM) for n in (1, 2, 3)]  # a mailbox tells no fractions
    with place.opened() as sender:
        with pytest.raises(Killed):
            sender.ledger.bounced(spam, dies, since=START)
        assert sender.account.refusal() is None
        for _again in range(2):  # and said twice each counts once
            sender.account.pause(spam)
        sender.ledger.bounced(spam, sender.account.hear, since=START)
        refusal = sender.account.refusal()
        assert refusal is not None
        assert refusal.facts["n"] == 3


def test_the_pause_that_a_ledger_kept_before_becomes_its_accounts(make: Make) -> None:
    place = sent(make, 1)
    with place.opened() as sender:
        sender.ledger.set_fact("bounces_about_us", '[2, "550 spam, Mairie de Nice"]')
        with pytest.raises(AccountPaused):
            refuse_paused(sender.ledger, sender.account, LATER)
        assert "Nice" not in (sender.ledger.fact("bounces_about_us") or "")
        sender.account.lift()
        refuse_paused(sender.ledger, sender.account, LATER)


def alarm(place: Place, minutes: int) -> str:
    with place.opened() as sender:
        try:
            refuse_too_many(sender.ledger, START + timedelta(minutes=minutes))
        except Stopped as stopped:
            return stopped.code
    return ""


ALARMS = [  # towns, bounces, minutes after the first letter, minute of the last look, is stopped
    (39, 14, 10, None, False),
    (39, 15, 10, None, True),
    (39, 15, 66, None, False),  # an hour later they are not
    (40, 1, 10, None, False),
    (40, 2, 90, None, True),  # one in twenty of at least forty
    (40, 2, 90, 10, False),  # somebody has looked
    (39, 9, 10, None, False),  # of fewer a share says nothing
    (10, 2, 10, None, False),
    (10, 3, 90, None, True),  # of the first ten
    (10, 3, 90, 1, True),
    (11, 3, 90, 1, False),  # late reports of letters that somebody has looked at
]


def test_bounces_are_too_many_by_the_hour_by_their_share_and_of_the_first_ten(
    tmp_path: Path,
) -> None:
    failures = []
    for number, (towns, back, minutes, looked, is_stopped) in enumerate(ALARMS):
        place = sent(partial(Place, tmp_path / str(number)), towns)
        read(place, OwnMailbox(notices=[came_back(n, LATER) for n in range(1, back + 1)]))
        if looked is not None:
            with place.opened() as sender:
                accept_bounces(sender.ledger, sender.account, START + timedelta(minutes=looked))
        if alarm(place, minutes) != ("too-many-bounces" if is_stopped else ""):
            failures.append((towns, back, minutes, looked))
        place.accounts.close()
    assert failures == []
