"""What comes back: each report once, about the right letter, and a reason to stop in time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest

from merge.campaign.deliver import send
from merge.campaign.returns import read_returns
from merge.ledger.records import Returned
from merge.outcome import Outcome
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
