"""Lots of one printing that several machines make: each once, and whoever began tells of all."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from merge.campaign.batch import Made, Printed, Shared, print_lots
from merge.campaign.sender import Sender
from merge.errors import Busy
from merge.ledger.records import Kind
from merge.model import Delivery, Letter, LetterFault, Status, Ways
from tests.fakes import OwnWatch, PlainTemplate, town
from tests.place import Make, Place
from tests.test_batch import PlainPress, printer
from tests.test_suppression import add

PRINTING = 1
TOWNS = [town(n, email=None) for n in range(1, 6)]


def printing(
    sender: Sender,
    press: PlainPress,
    template: PlainTemplate | None = None,
    *,
    ask: Callable[[], object] | None = None,
    heard: Callable[[], Printed] = Printed,
    number: int = PRINTING,
) -> Printed:
    shared = Shared(printing=number, ask=ask, heard=heard)
    return print_lots(replace(printer(sender, press, template), shared=shared))


def in_lots(place: Place) -> dict[int, list[str]]:
    with place.opened("read") as sender:
        ledger = sender.ledger
        return {n.number: [page.key for page in ledger.pages(n.number)] for n in ledger.lots()}


EACH_ONCE = {1: ["00001", "00002"], 2: ["00003", "00004"], 3: ["00005"]}


def test_who_begins_tells_of_what_others_made(make: Make) -> None:
    place, press, told = make(TOWNS), PlainPress(), [Printed()]

    def help_out() -> None:
        with place.opened() as other:
            told[0] = printing(other, press)

    with place.opened() as sender:
        made = printing(
            sender, PlainPress(), ask=help_out, heard=lambda: told.pop() if told else Printed()
        )
    assert [lot.number for lot in made.lots] == [1, 2, 3]
    assert in_lots(place) == EACH_ONCE
    assert len(press.found) == 3


def test_what_a_helper_leaves_is_made_where_it_was_begun(make: Make) -> None:
    place, watch = make(TOWNS), OwnWatch()
    helped: list[Printed] = []

    class Stopping(PlainPress):
        def ahead(self, lots: Iterable[Sequence[Letter]], n: int) -> Generator[Sequence[Letter]]:
            for lot in lots:
                yield lot
                watch.asked = True

    def help_out() -> None:
        with place.opened(watch=watch) as other:
            helped.append(printing(other, Stopping()))

    with place.opened() as sender:
        made = printing(sender, PlainPress(), ask=help_out)
    assert [lot.number for lot in helped[0].lots] == [1]
    assert helped[0].interrupted
    assert ([lot.number for lot in made.lots], made.interrupted) == ([2, 3], False)
    assert in_lots(place) == EACH_ONCE


def test_who_waits_for_the_last_lots_of_others_takes_what_they_leave_when_they_die(
    make: Make,
) -> None:
    place = make(TOWNS)
    with place.opened() as sender:
        other = place.opened()
        helper = other.__enter__()

        class Waiting(OwnWatch):
            def wait_until(self, when: datetime) -> None:
                """The helper dies meanwhile."""
                other.__exit__(None, None, None)

        def help_out() -> None:
            assert helper.ledger.lot_plan.take(PRINTING, [1, 2, 3]) == 1

        made = printing(replace(sender, watch=Waiting()), PlainPress(), ask=help_out)
    assert [lot.number for lot in made.lots] == [2, 3, 1]
    assert in_lots(place) == EACH_ONCE


def test_a_lot_is_made_without_whoever_asks_for_peace_while_it_is_made(make: Make) -> None:
    place = make(TOWNS)

    class Called(PlainPress):
        def ahead(self, lots: Iterable[Sequence[Letter]], n: int) -> Generator[Sequence[Letter]]:
            for lot in lots:
                add(place, Kind.TOWN, "00002")
                yield lot

    with place.opened("exclusive") as sender, sender.ledger.importing(OwnWatch().now()) as intake:
        intake.take([town(n, insee=f"{n:05}", email=None) for n in range(1, 6)])
        intake.keep([])
    with place.opened() as sender:
        made = printing(sender, Called(), ask=lambda: None)
    assert sorted(lot.number for lot in made.lots) == [1, 2, 3]
    assert in_lots(place) == {**EACH_ONCE, 1: ["00001"]}
    assert place.statuses() == {Status.MADE: 4, Status.SUPPRESSED: 1}


def test_a_lot_of_which_all_are_at_fault_is_told_and_keeps_nobody_waiting(make: Make) -> None:
    place = make([town(n, email=None) for n in range(1, 42)])
    with place.opened() as sender:
        template = PlainTemplate(at_fault=frozenset({"00041"}))
        made = printing(sender, PlainPress(), template, ask=lambda: None)
        assert sender.ledger.lot_plan.lots(PRINTING) == {}
    assert [fault.key for fault in made.faults] == ["00041"]
    assert len(made.lots) == 20


def test_faults_that_others_found_are_told(make: Make) -> None:
    fault = LetterFault(key="00009", code="text-in-window")
    elsewhere = Made(number=9, path="", letters=2, sheets=3, overlong=(), warnings=(), ways=Ways())
    heard, steps = [Printed(lots=[elsewhere], faults=[fault])], list[int]()
    shared = Shared(
        printing=PRINTING, ask=lambda: None, heard=lambda: heard.pop() if heard else Printed()
    )
    with make(TOWNS).opened() as sender:
        whole = replace(printer(sender, PlainPress()), shared=shared)
        made = print_lots(whole, advance=steps.append)
    assert (made.faults, elsewhere in made.lots) == ([fault], True)
    assert sum(steps) == len(TOWNS) + 3


def test_a_printing_that_another_one_replaces_says_so(make: Make) -> None:
    place = make(TOWNS)

    def begin_another() -> None:
        with place.opened() as other:
            other.ledger.lot_plan.begin(PRINTING + 1, [])

    with place.opened() as sender, pytest.raises(Busy, match="lot-overtaken"):
        printing(sender, PlainPress(), ask=begin_another)
    assert in_lots(place) == {}
    assert place.statuses() == {Status.QUEUED: 5}


def test_whoever_stops_a_printing_ends_it_for_all(make: Make) -> None:
    place, watch = make(TOWNS), OwnWatch()

    def stop() -> None:
        watch.asked = True

    with place.opened(watch=watch) as sender:
        made = printing(sender, PlainPress(), ask=stop)
        assert made.interrupted
        with place.opened() as other:
            assert printing(other, PlainPress()).lots == []
    assert place.statuses() == {Status.QUEUED: 5}


def test_a_lot_that_cannot_be_made_is_told_and_not_tried_for_ever(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = make(TOWNS)
    with place.opened() as sender:
        monkeypatch.setattr(sender.ledger, "commit_lot", lambda *_, **__: False)
        with pytest.raises(Busy, match="lot-overtaken"):
            printing(sender, PlainPress(), ask=lambda: None)
        assert sender.ledger.lot_plan.lots(PRINTING) == {}


def test_nobody_makes_a_lot_of_the_plan_before_while_the_next_one_is_made(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else some of its letters would be planned again, among those of others."""
    place, took = make(TOWNS), list[int | None]()
    with place.opened() as other, place.opened() as sender:
        other.ledger.lot_plan.begin(PRINTING, [[1, 2]])
        for_paper = sender.ledger.for_paper

        def found(keys: None, *, all_queued: bool) -> Iterator[Delivery]:
            took.append(other.ledger.lot_plan.take(PRINTING, [1]))
            return for_paper(keys, all_queued=all_queued)

        monkeypatch.setattr(sender.ledger, "for_paper", found)
        printing(sender, PlainPress(), ask=lambda: None, number=PRINTING + 1)
    assert took == [None]
    assert in_lots(place) == EACH_ONCE
