"""Printing lots: who gets paper, and that a PDF which can be found is one the ledger knows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NoReturn

import pytest

from merge.campaign import batch
from merge.campaign.batch import Printed, print_lots
from merge.campaign.deliver import send
from merge.errors import Busy
from merge.ledger.ledger import Ledger
from merge.ledger.reading import Reader
from merge.model import (
    Channel,
    Letter,
    LotFile,
    Recipient,
    Status,
)
from tests.fakes import NO_SUCH_USER, OwnWatch, PlainTemplate, ScriptedOffice, town
from tests.place import Make, Place
from tests.printing import PlainPress, printer


def on_paper(place: Place, press: PlainPress, *, all_queued: bool = False) -> Printed:
    with place.opened() as sender:
        return print_lots(printer(sender, press), all_queued=all_queued)


def in_lots(place: Place) -> list[str]:
    """The keys of all who are in a lot, in the order of the pages."""
    with place.opened() as sender:
        ledger = sender.ledger
        return [page.key for lot in ledger.lots() for page in ledger.pages(lot.number)]


def test_a_refused_e_mail_goes_on_paper_where_there_is_an_address(make: Make) -> None:
    place = make([town(1), town(2, street=(), postcode="", locality="")])
    office = ScriptedOffice(fates={town(n).email or "": NO_SUCH_USER for n in (1, 2)})
    with place.opened(office=office) as sender:
        send(sender)
        made = print_lots(printer(sender, PlainPress()))
        deliveries = {d.key: d for d in sender.ledger.deliveries()}
    assert in_lots(place) == [town(1).key]
    assert made.unreachable == [town(2).key]
    assert deliveries[town(1).key].channel is Channel.PAPER
    assert deliveries[town(2).key].status is Status.FAILED


def test_a_letter_whose_window_is_spoiled_is_held_and_the_lot_goes_on(make: Make) -> None:
    place = make([town(n, email=None) for n in range(1, 4)])
    press = PlainPress(spoiled=frozenset({town(1).key, town(3).key}))
    made = on_paper(place, press)  # the lots are of two and one
    assert [fault.key for fault in made.faults] == [town(1).key, town(3).key]
    assert in_lots(place) == [town(2).key]
    assert place.statuses() == {Status.MADE: 1, Status.HELD: 2}


def test_windows_that_are_spoiled_for_many_stop_their_lot_and_hold_nobody(make: Make) -> None:
    place = make([town(n, email=None) for n in range(1, 7)])
    press = PlainPress(spoiled=frozenset({town(3).key, town(4).key}))
    made = on_paper(place, press)
    assert [lot.path for lot in made.lots] == press.found == ["outbox/lots/lot-1.pdf"]
    assert made.refused
    assert (made.refused.code, made.refused.facts["lot"]) == ("lot-at-fault", 2)
    assert place.statuses() == {Status.MADE: 2, Status.QUEUED: 4}


def test_recipients_are_in_memory_a_lot_at_a_time(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "_PAGE", 3)
    place, press = make([town(n, email=None) for n in range(1, 8)]), PlainPress()
    asked: list[int] = []
    with place.opened() as sender:
        read = sender.ledger.recipients_of

        def counted(keys: Sequence[str]) -> Sequence[Recipient]:
            asked.append(len(keys))
            return read(keys)

        monkeypatch.setattr(sender.ledger, "recipients_of", counted)
        monkeypatch.delattr(Reader, "recipients")
        print_lots(printer(sender, press))
    assert in_lots(place) == [town(n).key for n in range(1, 8)]
    assert max(asked) == 3


def test_a_fault_of_the_page_holds_no_working_e_mail(make: Make) -> None:
    place = make([town(1), town(2)])
    with place.opened() as sender:
        template = PlainTemplate(at_fault=frozenset({town(1).key}))
        made = print_lots(printer(sender, PlainPress(), template), all_queued=True)
    assert [fault.key for fault in made.faults] == [town(1).key]
    assert place.statuses() == {Status.MADE: 1, Status.QUEUED: 1}


class Killed(BaseException):
    """Stands for kill -9 at this instant."""


def test_a_kill_leaves_no_lot_to_find_before_the_ledger_knows_and_the_next_finishes_one_after(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, press = make([town(1, email=None)]), PlainPress()

    def die(*_: object, **__: object) -> NoReturn:
        raise Killed

    for of, name, status in ((Ledger, "commit_lot", "queued"), (press, "publish", "made")):
        with monkeypatch.context() as patch:
            patch.setattr(of, name, die)
            with pytest.raises(Killed):
                on_paper(place, press)
        assert press.making
        assert press.found == []
        assert place.statuses() == {Status(status): 1}
    assert on_paper(place, press).lots == []
    assert press.found == ["outbox/lots/lot-1.pdf"]


def test_a_letter_that_leaves_by_mail_meanwhile_is_not_printed(make: Make) -> None:
    place, press = make([town(1), town(2)]), PlainPress()

    class Slow(PlainPress):
        def make(self, number: int, letters: Sequence[Letter], at: datetime) -> LotFile:
            with place.opened() as other:
                send(other)
            return super().make(number, letters, at)

    slow = Slow(found=press.found)
    with pytest.raises(Busy, match="lot-overtaken"), place.opened() as sender:
        print_lots(printer(sender, slow), all_queued=True)
    assert press.found == []
    assert place.statuses() == {Status.SENT: 2}


def test_an_interruption_finishes_the_lot_in_hand(make: Make) -> None:
    place, watch = make([town(n, email=None) for n in range(1, 6)]), OwnWatch()

    def ask(letters: int) -> None:
        watch.asked = True

    with place.opened(watch=watch) as sender:
        made = print_lots(printer(sender, PlainPress()), advance=ask)
    assert (len(made.lots), made.interrupted) == (1, True)
    assert place.statuses() == {Status.MADE: 2, Status.QUEUED: 3}


def test_a_lot_is_witnessed_so_that_a_restored_ledger_cannot_print_it_again(make: Make) -> None:
    place = make([town(1, email=None)])
    with place.opened() as sender:
        before = sender.ledger.counter
        print_lots(printer(sender, PlainPress()))
        known = place.accounts.registered(sender.ledger.campaign_id)
        assert sender.ledger.counter > before
        assert known
        assert known.counter == sender.ledger.counter
