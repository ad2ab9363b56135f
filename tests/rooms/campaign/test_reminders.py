"""Reminders: who gets one, and who is left out when an answer comes at the last moment."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from merge.campaign.batch import print_lots
from merge.campaign.check import Findings, check, requeue_cured
from merge.campaign.deliver import send
from merge.campaign.ports import Sender
from merge.campaign.reminders import (
    Heard,
    Opening,
    Waves,
    WhyNot,
    first_letters,
    plan,
    undecided,
    versions,
)
from merge.campaign.suppression import named
from merge.errors import Busy
from merge.ledger.records import Answer, Kind, Meaning, Proposal, Reply, Way
from merge.model import Channel, FirstLetter, Letter, Message, Status
from merge.outcome import Outcome, Sort
from tests.fakes import NO_SUCH_USER, PlainTemplate, ScriptedOffice, town
from tests.place import START, Make, Place
from tests.printing import PlainPress, printer

NOBODY = Heard(answered=frozenset(), undecided=frozenset())


def says_yes(sender: Sender, key: str) -> None:
    sender.ledger.answers.add(
        Answer(key=key, meaning=Meaning.YES, at=START, way=Way.PHONE, noted_at=START)
    )


def may_answer(sender: Sender, key: str) -> None:
    mail = Reply(
        identity="<1@x>",
        sort=Sort.ANSWER,
        at=START,
        proposals=(Proposal("99999", "domain"), Proposal(key, "commune")),
    )
    sender.ledger.replies.keep([mail])


def opening(
    place: Place, *, wave: int = 2, heard: Heard = NOBODY, days: int = 1, really: bool = False
) -> Opening:
    """As it would be some days from now."""
    with place.opened("exclusive") as sender:
        found = plan(
            sender.ledger,
            sender.gate,
            heard,
            wave=wave,
            keys=None,
            before=START + timedelta(days=days),
        )
        if really:
            chosen = [(who.key, channel) for who, channel in found.chosen]
            sender.ledger.reminders.open(wave, chosen, START)
    return found


def sent(make: Make, *numbers: int, **fates: Outcome) -> Place:
    place = make([town(number) for number in numbers])
    office = ScriptedOffice({f"mairie-{n[1:]}@example.org": fate for n, fate in fates.items()})
    with place.opened(office=office) as sender:
        send(sender)
    return place


def taken_by(office: ScriptedOffice) -> list[str]:
    return [message.envelope.recipient for message in office.taken]


def test_who_was_reached_on_paper_after_a_bounce_is_reminded_on_paper_from_the_posting_on(
    make: Make,
) -> None:
    place = sent(make, 1, t1=NO_SUCH_USER)
    with place.opened() as sender:
        print_lots(printer(sender, PlainPress()))
        sender.ledger.mark_lot(1, Status.POSTED, START + timedelta(days=9))
    assert opening(place, days=8).left_out == {"00001": WhyNot.RECENT}
    found = opening(place, days=10, really=True)
    assert [channel for _who, channel in found.chosen] == [Channel.PAPER]
    with place.opened("exclusive") as sender, sender.ledger.importing(START) as intake:
        intake.take([town(1, surname="AUTRE")])
        intake.keep([])
    with place.opened("read") as sender:
        waiting = sender.ledger.delivery("00001")
    assert waiting is not None
    assert (waiting.wave, waiting.channel, waiting.status) == (2, Channel.PAPER, Status.QUEUED)


def test_a_dead_address_gets_its_reminder_on_paper_and_a_stop_none(make: Make) -> None:
    place = sent(make, 1, 2)
    place.accounts.suppression.add([named(Kind.DEAD, "mairie-1@example.org")], "came back", START)
    place.accounts.suppression.add([named(Kind.ADDRESS, "mairie-2@example.org")], "asked", START)
    found = opening(place)
    assert [channel for _who, channel in found.chosen] == [Channel.PAPER]
    assert found.left_out == {"00002": WhyNot.SUPPRESSED}


def test_whoever_answers_while_the_server_waits_for_the_body_gets_no_reminder(make: Make) -> None:
    place = sent(make, 1, 2, 3, 4)
    opening(place, really=True)
    office = ScriptedOffice(behind=2)  # of first letters, 2 and 3 would share a commit
    with place.opened(office=office) as sender:

        def answers(message: Message) -> None:
            if message.envelope.recipient == "mairie-2@example.org":
                says_yes(sender, "00003")

        office.before_body = answers
        run = send(sender)
    assert taken_by(office) == [f"mairie-{number}@example.org" for number in (1, 2, 4)]
    assert office.withdrawn == 1
    assert run.by_status == {Status.SENT: 3, Status.SUPPRESSED: 1}
    with place.opened("read") as sender:
        latest = sender.ledger.delivery("00003")
        assert latest is not None
        assert (latest.wave, latest.status) == (1, Status.SENT)
        assert [each.words for each in sender.ledger.attempts("00003")][-1] == "reminder-overtaken"


def test_a_mail_that_may_be_the_answer_holds_the_reminder_until_somebody_has_said(
    make: Make,
) -> None:
    place = sent(make, 1, 2)
    opening(place, really=True)
    office = ScriptedOffice()
    with place.opened(office=office) as sender:
        office.before_body = lambda message: may_answer(sender, "00002")
        run = send(sender)
        assert taken_by(office) == ["mairie-1@example.org"]
        assert run.by_status == {Status.SENT: 1, Status.HELD: 1}
        held = sender.ledger.delivery("00002")
        assert held is not None
        assert (held.wave, held.status, held.detail) == (2, Status.HELD, "reply-undecided")
        office.before_body = lambda message: None
        waves = Waves(
            first=PlainTemplate(),
            reminders={2: PlainTemplate()},
            wave_of=sender.ledger.reminders.wave_of,
            firsts={},
            waiting=(2,),
            undecided=frozenset({"00002"}),
        )
        still = check(waves, sender.ledger.candidates(None, [Channel.EMAIL]))
        assert ([fault.code for fault in still.faults], still.cured) == (["reply-undecided"], ())
        sender.ledger.replies.dismiss(1)
        decided = replace(waves, undecided=frozenset())
        requeue_cured(
            sender.ledger, check(decided, sender.ledger.candidates(None, [Channel.EMAIL]))
        )
        assert send(sender).sent == 1


def test_many_mails_that_nobody_has_decided_stop_nobody_elses_reminder() -> None:
    faults = tuple(undecided(f"{number:05}") for number in range(1, 10))
    assert not Findings(letters=10, faults=faults).stops_all


class _HeardMeanwhile(PlainPress):
    """While it makes a lot, something comes from somebody in it."""

    def __init__(self, sender: Sender, comes: Callable[[Sender, str], None]) -> None:
        super().__init__()
        self._sender = sender
        self._comes = comes

    def ahead(self, lots: Iterable[Sequence[Letter]], n: int) -> Generator[Sequence[Letter]]:
        for lot in lots:
            self._comes(self._sender, lot[0].key)
            yield lot


@pytest.mark.parametrize("comes", [says_yes, may_answer])
def test_no_lot_is_made_with_a_reminder_that_an_answer_came_in_front_of_or_may_have(
    make: Make, comes: Callable[[Sender, str], None]
) -> None:
    place = sent(make, 1)
    opening(place, really=True)
    with place.opened() as sender:
        with pytest.raises(Busy):
            print_lots(printer(sender, _HeardMeanwhile(sender, comes)), all_queued=True)
        if comes is may_answer:
            return  # the next `print` holds it: see test_cli_reminders
        assert print_lots(printer(sender, PlainPress()), all_queued=True).lots == []


def test_each_waves_letter_has_its_own_version_and_changes_no_other(make: Make) -> None:
    first, second = PlainTemplate(), PlainTemplate()
    second.version = "2" * 64
    firsts = {"00001": FirstLetter(date=START.date(), channel=Channel.EMAIL, message_id="<1@x>")}
    waves = Waves(
        first=first,
        reminders={2: second},
        wave_of=lambda key: 2 if key == "00001" else 1,
        firsts=firsts,
        waiting=(1, 2),
    )
    assert versions(waves) == {1: first.version, 2: second.version}
    reminder, other = (waves.render(town(n), Channel.EMAIL) for n in (1, 2))
    assert isinstance(reminder, Letter)
    assert (reminder.wave, reminder.follows) == (2, "<1@x>")
    assert isinstance(other, Letter)
    assert (other.wave, other.follows) == (1, "")
    assert waves.own_version(town(2)) == first.own_version(town(2))
    assert waves.own_version(town(1)) != ""


def test_what_a_reminder_says_of_the_first_is_the_day_it_left_and_how(make: Make) -> None:
    from zoneinfo import ZoneInfo

    place = sent(make, 1, 2, t2=NO_SUCH_USER)
    with place.opened("read") as sender:
        found = first_letters(sender.ledger, ZoneInfo("Europe/Paris"))
    assert list(found) == ["00001"]
    assert found["00001"].date == START.astimezone(ZoneInfo("Europe/Paris")).date()
    assert found["00001"].message_id
