"""What comes back: each report once, about the right letter, and a reason to stop in time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

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
from merge.ledger.records import Decision, QuotaLimits, Returned
from merge.model import Channel, Message, Status
from merge.outcome import Notices, Outcome
from tests.fakes import LOST_AFTER_DOT, OwnWatch, ScriptedOffice, town
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


def test_a_bounce_moves_its_letter_and_keeps_the_servers_words(make: Make) -> None:
    place = sent(make, 3)
    mailbox = OwnMailbox(notices=[came_back(2, LATER, to="mairie-2@example.org")])
    (delivery,) = read(place, mailbox).bounced
    assert (delivery.key, delivery.status, delivery.code) == ("00002", Status.BOUNCED, 550)
    assert (delivery.enhanced, delivery.detail, delivery.at) == ("5.1.1", "unknown user", LATER)
    with place.opened() as sender:
        last = list(sender.ledger.attempts("00002"))[-1]
        paper = [each.key for each in sender.ledger.for_paper(None, all_queued=False)]
    assert (last.phase, last.status, last.words) == ("bounce", Status.BOUNCED, "unknown user")
    assert paper == ["00002"]


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
        sender.ledger.edit(town(1, email=better), {"email": better}, Channel.EMAIL, LATER)
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
        told = [(a.status, a.phase) for a in sender.ledger.attempts("00001")]
    assert told == [
        (Status.UNKNOWN, "body"),
        (Status.SENT, "proof"),
        (Status.BOUNCED, "bounce"),
    ]


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


@pytest.mark.parametrize(
    ("towns", "spam", "is_paused"),
    [
        (40, 2, False),  # one in twenty, and two are no rule
        (40, 3, True),
        (59, 3, True),
        (60, 3, False),  # of sixty, three are no more than one in twenty
        (60, 4, True),
        (120, 5, False),
        (120, 6, True),
    ],
)
def test_the_account_pauses_by_the_rate_of_the_last_hundred(
    make: Make, towns: int, spam: int, is_paused: bool
) -> None:
    place = sent(make, towns)
    last = range(towns - spam + 1, towns + 1)
    for number in last:  # each is read for itself, as they come
        read(place, OwnMailbox(notices=[came_back(number, LATER, SPAM)]))
        with place.opened() as sender:
            sender.ledger.set_fact("mailbox_read_to", "")
    assert pauses(place) is is_paused


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


@pytest.mark.parametrize("spam_first", [True, False])
def test_that_the_recipient_is_unknown_counts_more_than_what_is_said_of_us(
    make: Make, spam_first: bool
) -> None:
    place = sent(make, 1)
    reports = [came_back(1, LATER, SPAM), came_back(1, LATER + timedelta(minutes=1))]
    for at, report in enumerate(reports if spam_first else reversed(reports)):
        read(place, OwnMailbox(notices=[report] * (at + 1)))
    with place.opened() as sender:
        assert sender.ledger.stands_of_refused() == {}
        assert [each.key for each in sender.ledger.for_paper(None, all_queued=False)] == ["00001"]


def decided(place: Place, decision: Decision, keys: list[str] | None = None) -> list[str]:
    with place.opened("exclusive") as sender:
        found = decide(sender.ledger, sender.account, decision, keys, LATER, "me")
        return [delivery.key for delivery in found]


def test_put_off_it_is_sent_once_more_a_day_later_and_not_before(make: Make) -> None:
    place = sent(make, 40)
    mailbox = OwnMailbox(notices=[came_back(number, LATER, SPAM) for number in (1, 2, 3)])
    read(place, mailbox)
    assert decided(place, "later") == ["00001", "00002", "00003"]
    assert place.statuses() == {Status.SENT: 37, Status.DEFERRED: 3}
    assert not pauses(place)  # who decides has looked
    for after, taken in ((timedelta(hours=23), 0), (timedelta(hours=25), 3)):
        office = ScriptedOffice()
        with place.opened(office=office, watch=OwnWatch(time=LATER + after)) as sender:
            send(sender)
        assert len(office.taken) == taken
    assert place.statuses() == {Status.SENT: 40}
    with place.opened() as sender:
        sender.ledger.set_fact("mailbox_read_to", "")
    assert read(place, mailbox).about_us == ()  # of the letter before


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


def test_left_it_stays_and_nothing_takes_it_until_a_person_says_otherwise(make: Make) -> None:
    place = sent(make, 2)
    read(place, OwnMailbox(notices=[came_back(1, LATER, SPAM)]))
    assert decided(place, "leave") == ["00001"]
    with place.opened() as sender:
        assert list(sender.ledger.for_paper(None, all_queued=False)) == []
        assert sender.ledger.refused_as_senders() == []
    assert decided(place, "paper") == []  # it waits no more
    assert decided(place, "paper", ["00001", "00002"]) == ["00001"]
    with place.opened() as sender:
        assert [each.key for each in sender.ledger.for_paper(None, all_queued=False)] == ["00001"]


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


def test_whoever_wants_no_letters_and_changes_their_mind_is_where_they_were(make: Make) -> None:
    place = sent(make, 1)
    read(place, OwnMailbox(notices=[came_back(1, LATER, SPAM)]))
    with place.opened() as sender:
        (delivery,) = sender.ledger.deliveries([Status.BOUNCED])
        sender.ledger.suppress({delivery.id: "asked"}, LATER)
        assert sender.ledger.refused_as_senders() == []
        sender.ledger.restore([delivery.id], LATER, "")
        assert sender.ledger.refused_as_senders() == ["00001"]


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


def test_a_pause_that_comes_in_mid_run_lets_nothing_more_be_claimed(make: Make) -> None:
    """What another campaign of the account has heard counts from the next batch on."""
    place = make([town(number) for number in range(1, 4)])
    office = ScriptedOffice()
    with place.opened(office=office, limits=QuotaLimits(per_minute=1)) as sender:

        def heard(message: Message) -> None:
            sender.account.pause([came_back(9, START, SPAM)])

        office.before_body = heard
        with pytest.raises(AccountPaused):
            send(sender)
        assert len(office.taken) == 1
        sender.account.lift()
        office.before_body = lambda message: None
        send(sender)
    assert place.statuses() == {Status.SENT: 3}


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
        accept_bounces(sender.ledger, sender.account, START + timedelta(minutes=10))
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
        accept_bounces(sender.ledger, sender.account, START + timedelta(minutes=1))
    read(place, OwnMailbox(notices=[came_back(n, LATER) for n in (1, 2, 3)]))
    assert alarm(place, 90) == code
