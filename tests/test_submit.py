"""Handing lots to a printer: an intent before the first byte, once, and every end in the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from pikepdf import Pdf

from merge.campaign import submit
from merge.campaign.batch import print_lots
from merge.campaign.sender import Sender
from merge.campaign.submit import PrintDesk
from merge.errors import Busy, LedgerError, Misuse
from merge.model import HandedOver, Lot, Page, PaperName, PrintFile, PrintJobState, SeenJob, Status
from merge.paper.printer import IppQueue
from merge.paper.window import A4
from tests.fakes import OwnWatch, town
from tests.place import START, Make, Place
from tests.servers.printerfaults import FaultPrinter
from tests.test_batch import PlainPress, printer

pytest_plugins = ["tests.servers.fixtures"]

EVERYBODY = 3


@dataclass
class PlainStore:
    """Fills LotStore with one file for everything."""

    file: Path
    parts: list[tuple[int, int]] = field(default_factory=list)

    def whole(self, lot: Lot) -> PrintFile:
        with Pdf.new() as pdf:
            pdf.add_blank_page(page_size=(595, 842))
            pdf.save(self.file)
        return PrintFile(path=str(self.file), duplex=True, sheets=lot.sheets, paper="A4")

    def complete(self, lot: Lot, pages: Sequence[Page]) -> PrintFile:
        return self.whole(lot)

    def part(self, lot: Lot, pages: Sequence[Page], first: int, last: int) -> PrintFile:
        self.parts.append((first, last))
        return self.whole(lot)


ACCEPTED = HandedOver(status=Status.ACCEPTED, number=7)


@dataclass
class ScriptedQueue:
    """Fills PrintQueue with what a test says, and remembers what it was handed."""

    fate: HandedOver | BaseException = ACCEPTED
    seen: SeenJob | None = None
    on_hand_over: Callable[[], object] = lambda: None
    uri: str = "ipp://localhost/ipp/print"
    names: list[str] = field(default_factory=list)

    def check(self, *, duplex: bool, paper: PaperName) -> None:
        """It can do everything."""

    def hand_over(self, file: PrintFile, name: str) -> HandedOver:
        self.names.append(name)
        self.on_hand_over()
        if isinstance(self.fate, BaseException):
            raise self.fate
        return self.fate

    def look(self, number: int) -> SeenJob | None:
        return self.seen and replace(self.seen, name=self.seen.name or self.names[-1])

    def find(self, name: str) -> SeenJob | None:
        return None


COMPLETED = SeenJob(number=7, name="", state=PrintJobState.COMPLETED)


@pytest.fixture
def place(make: Make) -> Place:
    """A campaign with one lot of three letters, made."""
    place = make([town(n, email=None) for n in range(1, EVERYBODY + 1)])
    with place.opened() as sender:
        made = printer(sender, PlainPress())
        print_lots(replace(made, per_lot=EVERYBODY))
    return place


@contextmanager
def desk(
    place: Place, queue: IppQueue | ScriptedQueue, watch: OwnWatch | None = None
) -> Iterator[PrintDesk]:
    with place.opened() as sender:
        yield desk_of(place, sender, queue, watch)


def desk_of(
    place: Place,
    sender: Sender,
    queue: IppQueue | ScriptedQueue,
    watch: OwnWatch | None = None,
) -> PrintDesk:
    return PrintDesk(
        ledger=sender.ledger,
        accounts=place.accounts,
        gate=sender.gate,
        store=PlainStore(place.folder / "lot.pdf"),
        queue=queue,
        watch=watch or OwnWatch(),
        limit=timedelta(seconds=3),
    )


def stands(place: Place) -> tuple[Status, dict[Status, int], set[str]]:
    """The lot's status, how many recipients stand where, and what the log says of them."""
    with place.opened("read") as sender:
        (lot,) = sender.ledger.lots()
        deliveries = sender.ledger.deliveries()
    return (
        lot.status,
        dict(Counter(one.status for one in deliveries)),
        {one.detail for one in deliveries},
    )


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        ("fine", Status.FINISHED, ""),
        ("pending", Status.ACCEPTED, "job-pending"),
        ("held", Status.ACCEPTED, "job-held"),
        ("processing", Status.ACCEPTED, "job-processing"),  # as a queue whose printer is off
        ("stopped", Status.ACCEPTED, "job-stopped"),
        ("no-paper", Status.ACCEPTED, "job-no-paper"),
        ("jammed", Status.ACCEPTED, "job-jam"),
        ("opened", Status.ACCEPTED, "job-open"),
        ("no-ink", Status.ACCEPTED, "job-no-ink"),
        ("grumbles", Status.ACCEPTED, "job-processing"),
        ("canceled", Status.FAILED, "job-canceled"),
        ("aborted", Status.FAILED, "job-aborted"),
        ("vanished", Status.UNKNOWN, "job-vanished"),
        ("refuses", Status.FAILED, "Too many jobs (IPP 0x0507)"),
        ("junk", Status.FAILED, "printer-junk"),  # before the job
        ("junk-job", Status.UNKNOWN, "printer-junk"),
        ("junk-look", Status.ACCEPTED, "printer-junk"),
        ("gone-after", Status.ACCEPTED, "printer-unreachable"),
        ("drop-reply", Status.UNKNOWN, "connection-lost"),
        ("http-503-job", Status.UNKNOWN, "HTTP 503 Service Unavailable"),
    ],
)
def test_each_end_of_a_job_is_seen_in_the_ledger(
    place: Place, fault_printer: FaultPrinter, fault: str, status: Status, words: str
) -> None:
    with desk(place, IppQueue(fault_printer.uri(fault))) as at:
        job = submit.submit(at, 1)
        (lot,) = at.ledger.lots()
        tries = [(a.status, a.words) for a in at.ledger.attempts(town(1).key)]
    assert (job.status, job.words) == (status, words)
    assert stands(place) == (status, {status: EVERYBODY}, {words})
    assert (lot.printed_at is not None) is (status is Status.FINISHED)
    assert tries[1] == (Status.SUBMITTING, f"{fault_printer.uri(fault)} {job.name}")
    assert tries[-1] == (status, words)
    assert len(fault_printer.taken) <= 1


def test_the_intent_is_in_the_ledger_before_the_printer_hears_of_the_job(place: Place) -> None:
    def look() -> None:
        assert stands(place)[:2] == (Status.SUBMITTING, {Status.SUBMITTING: EVERYBODY})
        with place.opened("read") as sender:
            (job,) = sender.ledger.jobs()
            known = place.accounts.registered(sender.ledger.campaign_id)
            assert known
            assert known.counter == sender.ledger.counter
        assert (job.status, [job.name]) == (Status.SUBMITTING, queue.names)

    queue = ScriptedQueue(seen=COMPLETED, on_hand_over=look)
    with desk(place, queue) as at:
        assert submit.submit(at, 1).status is Status.FINISHED
    assert len(queue.names) == 1


@pytest.mark.parametrize("fault", ["drop-reply", "processing", "fine"])
def test_a_lot_that_may_be_printed_is_never_handed_over_again(
    place: Place, fault_printer: FaultPrinter, fault: str
) -> None:
    with desk(place, IppQueue(fault_printer.uri(fault))) as at:
        submit.submit(at, 1)
        with pytest.raises(LedgerError, match="lot-status"):
            submit.submit(at, 1)
    with place.opened() as sender:
        assert print_lots(printer(sender, PlainPress()), all_queued=True).lots == []
    assert len(fault_printer.taken) == 1


def test_one_who_dies_between_the_intent_and_the_answer_leaves_it_in_doubt(place: Place) -> None:
    with place.opened() as sender:
        sender.ledger.begin_job(1, "ipp://localhost/ipp/print", START)  # and the process ends
    assert stands(place) == (Status.UNKNOWN, {Status.UNKNOWN: EVERYBODY}, {"print-died"})


def test_the_second_ctrl_c_leaves_it_in_doubt(place: Place) -> None:
    queue = ScriptedQueue(fate=KeyboardInterrupt())
    with desk(place, queue) as at, pytest.raises(KeyboardInterrupt):
        submit.submit(at, 1)
    assert stands(place) == (Status.UNKNOWN, {Status.UNKNOWN: EVERYBODY}, {"interrupted"})


@pytest.mark.parametrize("trouble", [Busy("ledger-busy"), KeyboardInterrupt()])
def test_what_goes_wrong_before_the_printer_hears_of_the_job_leaves_no_doubt(
    place: Place, monkeypatch: pytest.MonkeyPatch, trouble: BaseException
) -> None:
    def fail(campaign_id: str, counter: int) -> None:
        raise trouble

    queue = ScriptedQueue(seen=COMPLETED)
    with desk(place, queue) as at:
        with monkeypatch.context() as patch:
            patch.setattr(place.accounts, "witness", fail)
            with pytest.raises(type(trouble)):
                submit.submit(at, 1)
        assert queue.names == []
        assert stands(place) == (
            Status.FAILED,
            {Status.FAILED: EVERYBODY},
            {"not-handed-over"},
        )
        assert submit.submit(at, 1).status is Status.FINISHED


def test_the_first_ctrl_c_stops_looking_and_loses_nothing(
    place: Place, fault_printer: FaultPrinter
) -> None:
    watch = OwnWatch(asked=True)
    with desk(place, IppQueue(fault_printer.uri("processing")), watch) as at:
        assert submit.submit(at, 1).status is Status.ACCEPTED
    assert (fault_printer.looks, watch.waits) == (1, [])
    assert stands(place)[0] is Status.ACCEPTED


def test_a_printer_that_fails_while_lots_wait_gets_no_further_one(make: Make) -> None:
    place = make([town(n, email=None) for n in range(1, 6)])
    queue = ScriptedQueue(fate=HandedOver(status=Status.FAILED, words="no"))
    with place.opened() as sender:
        at = desk_of(place, sender, queue)

        def hand_over(number: int) -> bool:
            return submit.submit(at, number).status is Status.FINISHED

        printed = print_lots(replace(printer(sender, PlainPress()), hand_over=hand_over))
    assert (printed.stopped, len(printed.lots), len(queue.names)) == (True, 1, 1)
    assert place.statuses() == {Status.FAILED: 2, Status.QUEUED: 3}


def test_what_failed_can_be_handed_over_again_by_a_persons_command_under_another_name(
    place: Place, fault_printer: FaultPrinter
) -> None:
    with desk(place, IppQueue(fault_printer.uri("canceled"))) as at:
        first = submit.submit(at, 1)
    with desk(place, IppQueue(fault_printer.uri("fine"))) as at:
        second = submit.submit(at, 1)
    assert (first.status, second.status) == (Status.FAILED, Status.FINISHED)
    assert first.name != second.name
    assert first.name.startswith("lot-0001-000000000000-")


def test_a_lost_answer_is_found_again_in_the_printers_list(
    place: Place, fault_printer: FaultPrinter
) -> None:
    with desk(place, IppQueue(fault_printer.uri("drop-reply"))) as at:
        job = submit.submit(at, 1)
        assert (job.status, job.number) == (Status.UNKNOWN, None)
        found = submit.look_up(at.ledger, at.queue, job, START)
    assert (found.status, found.number) == (Status.FINISHED, 1)
    assert stands(place)[:2] == (Status.FINISHED, {Status.FINISHED: EVERYBODY})


@pytest.mark.parametrize(
    ("fault", "words"),
    [("vanished", "job-vanished"), ("gone-after", "printer-unreachable")],
)
def test_a_list_that_proves_nothing_leaves_it_in_doubt(
    place: Place, fault_printer: FaultPrinter, fault: str, words: str
) -> None:
    with desk(place, IppQueue(fault_printer.uri(fault))) as at:
        job = submit.submit(at, 1)
        found = submit.look_up(at.ledger, at.queue, job, START)
    assert (found.status, found.words) == (Status.UNKNOWN, words)
    assert stands(place)[0] is Status.UNKNOWN


def test_a_number_that_the_printer_gave_to_another_job_proves_nothing(place: Place) -> None:
    queue = ScriptedQueue(seen=SeenJob(number=7, name="another", state=PrintJobState.COMPLETED))
    with desk(place, queue) as at:
        job = at.ledger.begin_job(1, queue.uri, START)
        job = at.ledger.settle_job(job, Status.ACCEPTED, START, number=7)
        assert submit.look_up(at.ledger, queue, job, START).status is Status.UNKNOWN


def test_what_a_person_said_meanwhile_stands(place: Place) -> None:
    with desk(place, ScriptedQueue()) as at:
        job = at.ledger.begin_job(1, "ipp://localhost/ipp/print", START)
        job = at.ledger.settle_job(job, Status.ACCEPTED, START, number=7)
        at.ledger.mark_lot(1, Status.POSTED, START)
        at.ledger.settle_job(job, Status.FAILED, START, "job-aborted")
    assert stands(place) == (Status.POSTED, {Status.POSTED: EVERYBODY}, {""})


def test_an_earlier_jobs_late_news_moves_no_lot_that_was_handed_over_since(place: Place) -> None:
    with desk(place, ScriptedQueue()) as at:
        first = at.ledger.begin_job(1, "ipp://localhost/ipp/print", START)
        at.ledger.settle_job(first, Status.UNKNOWN, START)
        at.ledger.mark_lot(1, Status.MADE, START)
        at.ledger.begin_job(1, "ipp://localhost/ipp/print", START)
        at.ledger.settle_job(first, Status.FAILED, START, "job-aborted")
        (lot,) = at.ledger.lots()
    assert lot.status is Status.SUBMITTING


@pytest.mark.parametrize("after", [Status.PRINTED, Status.POSTED, Status.MADE, Status.QUEUED])
def test_a_person_settles_what_no_list_can(place: Place, after: Status) -> None:
    with desk(place, ScriptedQueue(fate=HandedOver(status=Status.UNKNOWN))) as at:
        submit.submit(at, 1)
        assert at.ledger.mark_lot(1, after, START).status is after
    assert stands(place)[:2] == (after, {after: EVERYBODY})


def test_some_letters_again_move_nobody_and_each_keeps_an_attempt(place: Place) -> None:
    queue = ScriptedQueue(seen=COMPLETED)
    with desk(place, queue) as at:
        submit.submit(at, 1)
        before = at.ledger.deliveries()
        job = submit.submit_part(at, 1, 2, 3)
        after = at.ledger.deliveries()
        noted = [(a.key, a.phase, a.status, a.words) for a in at.ledger.attempts()][-6:]
    assert (job.status, job.first, job.last) == (Status.FINISHED, 2, 3)
    assert [one._replace(attempts=0) for one in after] == [
        one._replace(attempts=0) for one in before
    ]
    story = [Status.SUBMITTING, Status.ACCEPTED, Status.FINISHED]
    assert noted == [(town(n).key, "again", it, "1: 2-3") for it in story for n in (2, 3)]
    assert len(set(queue.names)) == 2
    assert submit.parts_in_doubt(at.ledger) == []


def test_letters_that_another_command_is_handing_over_are_not_handed_over_as_well(
    place: Place,
) -> None:
    with desk(place, ScriptedQueue(seen=COMPLETED)) as at:
        job = at.ledger.begin_job(1, "ipp://localhost/ipp/print", START, (2, 3))
        with pytest.raises(LedgerError, match="part-in-doubt"):
            submit.submit_part(at, 1, 3, 3)
        with pytest.raises(LedgerError, match="part-in-doubt"):
            submit.submit(at, 1)
        assert submit.parts_in_doubt(at.ledger) == []  # nobody need settle it
        at.ledger.settle_job(job, Status.FAILED, START)
        submit.submit(at, 1)


@pytest.mark.parametrize(("letters", "code"), [((3, 3), "part-in-doubt"), (None, "lot-at-printer")])
def test_letters_that_another_command_hands_over_while_they_are_made_again_are_left_to_it(
    place: Place, letters: tuple[int, int] | None, code: str
) -> None:
    """It takes a second to make them: time enough to type the same line in another window."""
    queue = ScriptedQueue(seen=COMPLETED)
    with desk(place, queue) as at, place.opened() as other:
        store = at.store

        class SlowStore(PlainStore):
            def part(self, lot: Lot, pages: Sequence[Page], first: int, last: int) -> PrintFile:
                other.ledger.begin_job(1, queue.uri, START, letters)
                return store.part(lot, pages, first, last)

        with pytest.raises(LedgerError, match=code):
            submit.submit_part(replace(at, store=SlowStore(place.folder / "slow.pdf")), 1, 2, 3)
    assert queue.names == []


def test_letters_made_again_and_in_doubt_are_printed_no_third_time_before_they_are_settled(
    place: Place,
) -> None:
    with desk(place, ScriptedQueue(fate=HandedOver(status=Status.UNKNOWN, words="x"))) as at:
        submit.submit_part(at, 1, 2, 3)
        with pytest.raises(LedgerError, match="part-in-doubt"):
            submit.submit_part(at, 1, 1, 2)
        with pytest.raises(LedgerError, match="part-in-doubt"):
            submit.submit(at, 1)
        submit.submit_part(at, 1, 1, 1)  # is not among them
        with pytest.raises(LedgerError, match="part-not-in-doubt"):
            submit.the_part(at.ledger, 1, 3, 3)
        job = submit.the_part(at.ledger, 1, 2, None)
        assert job.status is Status.UNKNOWN
        assert submit.sheets_of_part(at.ledger, job, duplex=True, sheet=A4) == 3
        at.ledger.settle_job(job, Status.MADE, START)
        submit.submit_part(at, 1, 2, 3)
        assert [one.first for one in submit.parts_in_doubt(at.ledger)] == [1, 2]
        assert {one.status for one in at.ledger.deliveries()} == {Status.MADE}


def test_a_lot_is_cut_into_files_only_while_all_its_letters_are_in_it(place: Place) -> None:
    with desk(place, ScriptedQueue()) as at:
        press = PlainPress()
        assert len(submit.make_separate(at.ledger, at.gate, at.store, press, 1)) == EVERYBODY
        at.ledger.mark_lot(1, Status.QUEUED, START)
        with pytest.raises(LedgerError, match="lot-discarded"):
            submit.make_separate(at.ledger, at.gate, at.store, press, 1)


@pytest.mark.parametrize(("first", "last"), [(0, 1), (2, 1), (1, EVERYBODY + 1)])
def test_a_lot_has_no_other_letters_than_its_own(place: Place, first: int, last: int) -> None:
    with desk(place, ScriptedQueue()) as at, pytest.raises(Misuse, match="lot-range"):
        submit.submit_part(at, 1, first, last)


def test_no_letter_of_a_discarded_lot_is_made_again(place: Place) -> None:
    with desk(place, ScriptedQueue()) as at:
        at.ledger.mark_lot(1, Status.QUEUED, START)
        with pytest.raises(LedgerError, match="lot-discarded"):
            submit.submit_part(at, 1, 1, 1)
        with pytest.raises(Misuse, match="lot-missing"):
            submit.submit_part(at, 9, 1, 1)


def test_an_envelope_that_came_back_is_this_recipients_alone(place: Place) -> None:
    with desk(place, ScriptedQueue()) as at:
        ledger = at.ledger
        with pytest.raises(LedgerError, match="returned-not-posted"):
            ledger.mark_returned(town(1).key, START)
        ledger.mark_lot(1, Status.POSTED, START)
        assert ledger.mark_returned(town(1).key, START).status is Status.RETURNED
        with pytest.raises(LedgerError, match="returned-already"):
            ledger.mark_returned(town(1).key, START)
        (lot,) = ledger.lots()
    assert (lot.status, lot.posted_at) == (Status.POSTED, START)
    assert place.statuses() == {Status.RETURNED: 1, Status.POSTED: 2}
