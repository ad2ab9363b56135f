"""A third channel, declared here alone: volunteers take the letter to the mairie by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from merge.app import status
from merge.campaign.check import check, requeue_cured
from merge.campaign.deliver import send
from merge.campaign.reminders import Heard, first_letters, plan
from merge.campaign.suppression import end_suppression, keep_suppressed, named
from merge.channels.registry import registered
from merge.channels.spec import ChannelSpec
from merge.ledger.ledger import Ledger
from merge.ledger.records import Kind
from merge.letters.trial import try_once
from merge.model import Channel, Delivery, LetterFault, Recipient, Status, sums_agree
from merge.words import speaking
from merge.words.statuses import channels, where_it_stands
from tests import test_ledger_states
from tests.fakes import NO_SUCH_USER, PlainTemplate, ScriptedOffice, town
from tests.place import START, Make, Place
from tests.test_template import compiled

# The channel


def _reaches(recipient: Recipient) -> bool:
    return recipient.fields.get("porteur", "") != ""


def _reaches_sql(recipient: Any) -> Any:
    return recipient.fields.contains('"porteur"')


HAND = Channel("hand")
BY_HAND = ChannelSpec(
    channel=HAND,
    statuses=(
        *(Status.QUEUED, Status.SENT, Status.FAILED, Status.UNKNOWN),
        *(Status.HELD, Status.SUPPRESSED),
    ),
    moves={
        Status.QUEUED: {
            *(Status.SENT, Status.FAILED, Status.UNKNOWN),  # "there", "closed", "in the letterbox"
            *(Status.HELD, Status.SUPPRESSED),
        },
        Status.UNKNOWN: {Status.SENT, Status.QUEUED},
        Status.FAILED: {Status.QUEUED, Status.SUPPRESSED},
        Status.HELD: {Status.QUEUED, Status.SUPPRESSED},
        Status.SUPPRESSED: {Status.QUEUED, Status.FAILED},
    },
    reaches=_reaches,
    reaches_sql=_reaches_sql,
    takes_over=((Channel.EMAIL, Status.FAILED),),
    on_page=True,
    in_letters="porteur",
)


@pytest.fixture(autouse=True)
def by_hand() -> Iterator[ChannelSpec]:
    with registered(BY_HAND) as spec:
        yield spec


def carried(number: int, **other: Any) -> Recipient:
    """A town that nothing but a volunteer reaches."""
    alone = {"email": None, "postcode": "", "locality": "", "fields": {"porteur": "Camille"}}
    return town(number, **(alone | other))


def offered(ledger: Ledger) -> list[int]:
    waiting = ledger.candidates(None, [HAND])
    return [each.delivery_id for each in waiting if not each.is_held]


def delivery(place: Place, number: int) -> Delivery:
    with place.opened("read") as sender:
        found = sender.ledger.delivery(f"{number:05}")
        assert found is not None
        return found


def stands(place: Place, number: int) -> tuple[Channel, Status]:
    found = delivery(place, number)
    return found.channel, found.status


# The state tests of the other channels, with this one among them


class LifeWithAVolunteer(test_ledger_states.Life):
    """As `Life`, while the third channel is registered."""


LifeWithAVolunteer.TestCase.settings = test_ledger_states.Life.TestCase.settings
TestLifeWithAVolunteer = LifeWithAVolunteer.TestCase


@pytest.mark.parametrize(
    "claim",
    [
        test_ledger_states.test_no_channel_takes_what_another_may_have_reached,
        test_ledger_states.test_a_channel_moves_between_its_own_states_alone,
        test_ledger_states.test_no_channel_writes_again_to_whom_it_has_reached,
        test_ledger_states.test_every_channel_can_hold_suppress_and_queue_again,
    ],
)
def test_what_holds_of_the_others_holds_of_it(claim: Callable[[Channel], None]) -> None:
    claim(HAND)


# What the ledger, the counts and the words make of it


def test_an_import_reaches_by_it_whom_no_other_channel_reaches(make: Make) -> None:
    place = make([town(1), town(2, email=None), carried(3), carried(4, fields={})])
    with place.opened("read") as sender:
        counts = sender.ledger.counts()
    assert sums_agree(counts)
    assert counts.by_channel[HAND][Status.QUEUED] == 1
    assert counts.unreachable == 1
    assert stands(place, 3) == (HAND, Status.QUEUED)


def test_status_json_has_its_states_after_the_others_zeros_included(make: Make) -> None:
    place = make([carried(1)])
    with place.opened("read") as sender:
        figures = status.figures(sender.ledger.counts())
    assert list(figures) == ["recipients", "email", "paper", "hand", "unreachable"]
    assert json.loads(json.dumps(figures["hand"])) == {
        each.value: int(each is Status.QUEUED) for each in BY_HAND.statuses
    }


def test_people_read_its_figures(make: Make) -> None:
    place = make([town(1), carried(2)])
    with place.opened("read") as sender, speaking("en"):
        counts = sender.ledger.counts()
        assert channels(counts) == "1 by e-mail, 0 on paper, 1 (hand)."
        assert where_it_stands(counts).splitlines()[-1] == "hand: 1 waiting"


def test_the_ledger_lets_it_make_its_own_moves_and_no_others(make: Make) -> None:
    place = make([carried(number) for number in range(1, 4)])
    with place.opened() as sender:
        ledger = sender.ledger
        first, second, third = offered(ledger)
        assert ledger.settle(HAND, first, Status.SENT, START, "Camille")
        assert ledger.settle(HAND, second, Status.UNKNOWN, START)
        assert not ledger.settle(HAND, first, Status.QUEUED, START)  # sent is never left
        assert not ledger.settle(HAND, third, Status.BOUNCED, START)
        assert offered(ledger) == [third]
        (attempt,) = ledger.attempts("00001")
        assert ledger.resolve("00002", Status.SENT, START, "camille").status is Status.SENT
    assert (attempt.channel, attempt.status, attempt.words) == (HAND, Status.SENT, "Camille")
    assert stands(place, 3) == (HAND, Status.QUEUED)


@pytest.mark.parametrize("other", [Channel.EMAIL, Channel.PAPER])
def test_email_and_paper_settle_by_their_own_commits_alone(make: Make, other: Channel) -> None:
    place = make([town(1)])
    with place.opened() as sender, pytest.raises(ValueError, match="commits of its own"):
        sender.ledger.settle(other, delivery(place, 1).id, Status.SENT, START)
    assert stands(place, 1) == (Channel.EMAIL, Status.QUEUED)


def test_it_takes_over_whom_an_email_failed_to_reach(make: Make) -> None:
    place = make([carried(1, email="mairie-1@example.org"), town(2)])
    fates = dict.fromkeys(("mairie-1@example.org", "mairie-2@example.org"), NO_SUCH_USER)
    with place.opened(office=ScriptedOffice(fates=fates)) as sender:
        send(sender)
        (taken,) = sender.ledger.candidates(None, [HAND])  # nobody carries the other one
        assert taken.channel is HAND
        assert sender.ledger.settle(HAND, taken.delivery_id, Status.SENT, START)
        assert not sender.ledger.settle(HAND, delivery(place, 2).id, Status.SENT, START)
    assert stands(place, 1) == (HAND, Status.SENT)
    assert stands(place, 2) == (Channel.EMAIL, Status.FAILED)


def test_a_letter_with_a_fault_is_held_and_waits_again_once_it_is_mended(make: Make) -> None:
    place = make([carried(1)])
    with place.opened() as sender:
        (waits,) = offered(sender.ledger)
        sender.ledger.hold(waits, LetterFault(key="00001", code="empty-value", field="nom"), START)
        assert not offered(sender.ledger)
        assert not sender.ledger.settle(HAND, waits, Status.SENT, START)
        found = check(PlainTemplate(), sender.ledger.candidates(None, [HAND]))
        requeue_cured(sender.ledger, found)
        assert offered(sender.ledger) == [waits]


def test_whoever_opts_out_gets_nothing_by_it_until_that_is_taken_back(make: Make) -> None:
    place = make([carried(1)])
    line = named(Kind.RECIPIENT, f"{place_id(place)} 00001")
    place.accounts.suppression.add([line], "asked", START)
    with place.opened() as sender:
        (stopped,) = keep_suppressed(sender.ledger, sender.gate, START)
        assert stopped.channel is HAND
        assert not offered(sender.ledger)
        place.accounts.suppression.take_back([line])
        sender.gate.renew()
        assert end_suppression(sender.ledger, sender.gate, [line], START, "taken back") == 1
        assert len(offered(sender.ledger)) == 1


def place_id(place: Place) -> str:
    with place.opened("read") as sender:
        return sender.ledger.campaign_id


def test_another_way_in_the_sheet_takes_it_off_the_volunteers(make: Make) -> None:
    place = make([carried(1)])
    place.take([town(1)])
    assert stands(place, 1) == (Channel.EMAIL, Status.QUEUED)
    place.take([carried(1)])
    assert stands(place, 1) == (HAND, Status.QUEUED)


def test_a_reminder_goes_the_way_that_the_first_letter_took(make: Make) -> None:
    place = make([carried(1)])
    with place.opened() as sender:
        ledger = sender.ledger
        assert ledger.settle(HAND, offered(ledger)[0], Status.SENT, START)
        nobody = Heard(answered=frozenset(), undecided=frozenset())
        later = START + timedelta(days=1)
        opening = plan(ledger, sender.gate, nobody, wave=2, keys=None, before=later)
        ((who, way),) = opening.chosen
        ledger.reminders.open(2, [(who.key, way)], later)
        assert first_letters(ledger, ZoneInfo("Europe/Paris"))["00001"].channel is HAND
    assert (delivery(place, 1).wave, *stands(place, 1)) == (2, HAND, Status.QUEUED)


def test_its_letter_is_tried_and_made_as_it_declares(make: Make) -> None:
    letter = compiled("Bonjour,\n")
    try_once(lambda: letter)
    made = letter.render(town(1), HAND)
    assert not isinstance(made, LetterFault)
    assert (made.channel, made.html) == (HAND, "")
    assert made.page.html
