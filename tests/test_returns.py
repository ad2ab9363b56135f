"""What comes back: each report once, about the right letter, and a reason to stop in time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest

from merge.campaign.account import refuse_paused
from merge.campaign.deliver import send
from merge.campaign.ports import Limits, Notices, Returned
from merge.campaign.returns import (
    accept_bounces,
    read_returns,
    refuse_too_many,
)
from merge.errors import AccountPaused, Stopped
from merge.model import Channel, Outcome, Parcel, Status
from tests.fakes import LOST_AFTER_DOT, ScriptedOffice, town
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
        return read_returns(sender.books, mailbox, sender.account)


def test_a_bounce_moves_its_letter_and_keeps_the_servers_words(make: Make) -> None:
    place = sent(make, 3)
    mailbox = OwnMailbox(notices=[came_back(2, LATER, to="mairie-2@example.org")])
    (delivery,) = read(place, mailbox).bounced
    assert (delivery.key, delivery.status, delivery.code) == ("00002", Status.BOUNCED, 550)
    assert (delivery.enhanced, delivery.detail, delivery.at) == ("5.1.1", "unknown user", LATER)
    with place.opened() as sender:
        last = list(sender.books.attempts("00002"))[-1]
        paper = [each.key for each in sender.books.for_paper(None, all_queued=False)]
    assert (last.phase, last.status, last.words) == ("bounce", Status.BOUNCED, "unknown user")
    assert paper == ["00002"]


def test_reading_twice_changes_nothing_even_from_the_beginning(make: Make) -> None:
    place = sent(make, 2)
    mailbox = OwnMailbox(notices=[came_back(1, LATER)])
    read(place, mailbox)
    assert read(place, mailbox).bounced == ()
    with place.opened() as sender:
        assert sender.books.fact("mailbox_read_to") == "1"
        sender.books.set_fact("mailbox_read_to", "")  # its UIDVALIDITY has changed
    assert read(place, mailbox).bounced == ()
    with place.opened() as sender:
        assert len(list(sender.books.attempts("00001"))) == 2


def test_a_letter_that_came_back_from_two_mailboxes_came_back_once(make: Make) -> None:
    place = sent(make, 10)
    both = [came_back(n, LATER + timedelta(seconds=i)) for n in (1, 2) for i in (1, 2)]
    returned = read(place, OwnMailbox(notices=both))
    assert [each.key for each in returned.bounced] == ["00001", "00002"]
    with place.opened() as sender:
        assert len(list(sender.books.attempts("00001"))) == 2
        refuse_too_many(sender.books, LATER)  # two of ten are not too many


def test_before_the_first_letter_the_mailbox_is_not_read(make: Make) -> None:
    place = make([town(1)])

    class Unread(OwnMailbox):
        def bounces(self, *, since: datetime, after: str) -> Notices:
            raise AssertionError("nothing can have come back")

    assert read(place, Unread()).bounced == ()


def test_what_is_not_ours_is_left_alone(make: Make) -> None:
    place = sent(make, 1)
    mailbox = OwnMailbox(
        notices=[came_back(7, LATER), came_back(1, LATER, to="somebody-else@example.org")]
    )
    assert read(place, mailbox).bounced == ()
    assert place.statuses() == {Status.SENT: 1}


@pytest.mark.parametrize("better", ["autre@example.org", "1@example.org"], ids=["other", "part"])
def test_a_late_report_about_the_letter_before_an_edit_does_not_touch_the_one_after(
    make: Make, better: str
) -> None:
    place = sent(make, 1)
    mailbox = OwnMailbox(notices=[came_back(1, LATER, to="mairie-1@example.org")])
    read(place, mailbox)
    with place.opened("exclusive") as sender:
        sender.books.edit(town(1, email=better), {"email": better}, Channel.EMAIL, LATER)
    with place.opened() as sender:
        send(sender)
    mailbox.notices.append(came_back(1, LATER + timedelta(minutes=1), to="mairie-1@example.org"))
    assert read(place, mailbox).bounced == ()
    assert place.statuses() == {Status.SENT: 1}


def test_a_bounce_settles_a_doubt(make: Make) -> None:
    place = sent(make, 1, {"mairie-1@example.org": LOST_AFTER_DOT})
    assert place.statuses() == {Status.UNKNOWN: 1}
    read(place, OwnMailbox(notices=[came_back(1, LATER)]))
    assert place.statuses() == {Status.BOUNCED: 1}
    with place.opened() as sender:
        told = [(a.status, a.phase) for a in sender.books.attempts("00001")]
    assert told == [
        (Status.UNKNOWN, "body"),
        (Status.SENT, "proof"),
        (Status.BOUNCED, "bounce"),
    ]


def test_a_report_about_us_moves_nobody_to_paper_and_pauses_the_account(make: Make) -> None:
    place, mailbox = sent(make, 2), OwnMailbox(notices=[came_back(1, LATER, SPAM)])
    read(place, mailbox)
    assert place.statuses() == {Status.SENT: 2}
    read(place, OwnMailbox())  # a second look does not make it right
    with place.opened() as sender:
        with pytest.raises(AccountPaused) as caught:
            refuse_paused(sender.books, sender.account, LATER)
        facts = caught.value.facts
        assert (facts["codes"], facts["n"], facts["folder"]) == ("550 5.7.1", 1, str(place.folder))
        assert list(sender.books.attempts("00001"))[-1].words == "rejected as spam"
        accept_bounces(sender.books, sender.account, LATER)
        refuse_paused(sender.books, sender.account, LATER)
        sender.books.set_fact("mailbox_read_to", "")
    assert read(place, mailbox).about_us == ()  # somebody has read it
    with place.opened() as sender:
        refuse_paused(sender.books, sender.account, LATER)
        assert len(list(sender.books.attempts("00001"))) == 2


def test_a_pause_comes_before_its_report_counts_as_read(make: Make) -> None:
    """A kill in between reads the report again; the other way round it would be lost."""
    place = sent(make, 2)

    class Killed(BaseException):
        pass

    def dies(reports: object) -> None:
        raise Killed

    spam = [came_back(n, LATER, SPAM) for n in (1, 2)]  # a mailbox tells no fractions of a second
    with place.opened() as sender:
        with pytest.raises(Killed):
            sender.books.bounced(spam, dies)
        assert sender.account.refusal() is None
        for _again in range(2):  # and said twice each counts once
            sender.account.pause(spam)
        sender.books.bounced(spam, sender.account.pause)
        refusal = sender.account.refusal()
        assert refusal is not None
        assert refusal.facts["n"] == 2


def test_a_pause_that_comes_in_mid_run_lets_nothing_more_be_claimed(make: Make) -> None:
    """What another campaign of the account has heard counts from the next batch on."""
    place = make([town(number) for number in range(1, 4)])
    office = ScriptedOffice()
    with place.opened(office=office, limits=Limits(per_minute=1)) as sender:

        def heard(parcel: Parcel) -> None:
            sender.account.pause([came_back(9, START, SPAM)])

        office.before_body = heard
        with pytest.raises(AccountPaused):
            send(sender)
        assert len(office.taken) == 1
        sender.account.lift()
        office.before_body = lambda parcel: None
        send(sender)
    assert place.statuses() == {Status.SENT: 3}


def test_the_pause_that_a_ledger_kept_before_becomes_its_accounts(make: Make) -> None:
    place = sent(make, 1)
    with place.opened() as sender:
        sender.books.set_fact("bounces_about_us", '[2, "550 spam, Mairie de Nice"]')
        with pytest.raises(AccountPaused):
            refuse_paused(sender.books, sender.account, LATER)
        assert "Nice" not in (sender.books.fact("bounces_about_us") or "")
        sender.account.lift()
        refuse_paused(sender.books, sender.account, LATER)


def alarm(place: Place, minutes: int) -> str:
    with place.opened() as sender:
        try:
            refuse_too_many(sender.books, START + timedelta(minutes=minutes))
        except Stopped as stopped:
            return stopped.code
    return ""


def test_fifteen_in_an_hour_are_too_many_and_an_hour_later_they_are_not(make: Make) -> None:
    place = sent(make, 39)
    mailbox = OwnMailbox(notices=[came_back(n, LATER) for n in range(1, 15)])
    read(place, mailbox)
    assert alarm(place, 10) == ""
    mailbox.notices.append(came_back(15, LATER))
    read(place, mailbox)
    assert alarm(place, 10) == "too-many-bounces"
    assert alarm(place, 66) == ""


def test_one_in_twenty_of_at_least_forty_is_too_many_until_somebody_looked(make: Make) -> None:
    place = sent(make, 40)
    read(place, OwnMailbox(notices=[came_back(1, LATER)]))
    assert alarm(place, 10) == ""
    read(place, OwnMailbox(notices=[came_back(1, LATER), came_back(2, LATER)]))
    assert alarm(place, 90) == "too-many-bounces"
    with place.opened() as sender:
        accept_bounces(sender.books, sender.account, START + timedelta(minutes=10))
    assert alarm(place, 90) == ""


def test_of_fewer_than_forty_a_share_says_nothing(make: Make) -> None:
    place = sent(make, 39)
    read(place, OwnMailbox(notices=[came_back(n, LATER) for n in range(1, 10)]))
    assert alarm(place, 10) == ""


def test_of_the_first_ten_three_are_too_many_and_two_are_not(make: Make) -> None:
    place = sent(make, 10)
    mailbox = OwnMailbox(notices=[came_back(n, LATER) for n in (1, 2)])
    read(place, mailbox)
    assert alarm(place, 10) == ""
    mailbox.notices.append(came_back(3, LATER))
    read(place, mailbox)
    assert alarm(place, 90) == "too-many-bounces"


@pytest.mark.parametrize(("towns", "code"), [(10, "too-many-bounces"), (11, "")])
def test_late_reports_of_letters_that_somebody_has_looked_at_are_not_those_of_the_first_ten(
    make: Make, towns: int, code: str
) -> None:
    place = sent(make, towns)
    with place.opened() as sender:
        accept_bounces(sender.books, sender.account, START + timedelta(minutes=1))
    read(place, OwnMailbox(notices=[came_back(n, LATER) for n in (1, 2, 3)]))
    assert alarm(place, 90) == code
