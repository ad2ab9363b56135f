"""A campaign at a real CUPS with a real IPP Everywhere printer: what they do, and what we say."""

from __future__ import annotations

import pytest
from pikepdf import Pdf

from merge.campaign import submit
from merge.errors import Refused
from merge.model import Status
from merge.paper.printer import IppQueue
from tests.desk import Desk
from tests.place import START, Place
from tests.servers.printer import QUEUE, RealPrinter
from tests.test_printing import desk as desk
from tests.test_printing import paper, program
from tests.test_submit import desk as print_desk
from tests.test_submit import place as place
from tests.test_submit import stands

pytest_plugins = ["tests.servers.fixtures"]


def test_a_lot_comes_out_of_the_queue_and_out_of_the_printer_as_it_was_made(
    desk: Desk, real_printer: RealPrinter
) -> None:
    desk.ok("print", "--printer", real_printer.queue)
    desk.ok("print", "--lot", "1", "--from", "2", "--to", "3", "--printer", real_printer.device)
    assert paper(desk) == {"finished": 4}
    whole, part = real_printer.printed
    assert [sides for sides, _name in real_printer.begun] == ["two-sided-long-edge"] * 2
    assert len({name for _sides, name in real_printer.begun}) == 2
    with Pdf.open(whole) as lot, Pdf.open(part) as again:
        assert (len(lot.pages), len(again.pages)) == (10, 6)
        for page in (*lot.pages, *again.pages):
            assert [round(float(length)) for length in page.mediabox] == [0, 0, 595, 842]
    assert real_printer.run("lpstat", "-W", "completed", "-o").count(f"{QUEUE}-") == 1


def test_a_queue_that_is_not_there_or_paused_is_refused(real_printer: RealPrinter) -> None:
    with pytest.raises(Refused, match="printer-missing"):
        IppQueue(real_printer.queue + "-no").check(duplex=True)
    real_printer.run("cupsdisable", QUEUE)
    with pytest.raises(Refused, match="printer-stopped"):
        IppQueue(real_printer.queue).check(duplex=True)
    real_printer.run("cupsreject", QUEUE)
    with pytest.raises(Refused, match="printer-not-accepting"):
        IppQueue(real_printer.queue).check(duplex=True)


def test_a_printer_that_is_off_keeps_the_lot_accepted_and_prints_it_once_when_it_is_on(
    place: Place, real_printer: RealPrinter
) -> None:
    """The queue says "processing" as long as the printer is off: our limit ends the waiting."""
    queue = IppQueue(real_printer.queue)
    real_printer.switch_off()
    with print_desk(place, queue) as at:
        job = submit.submit(at, 1)
        assert (job.status, job.words) == (Status.ACCEPTED, "job-processing")
        real_printer.switch_on()
        real_printer.wait_for(lambda: real_printer.printed)
        real_printer.wait_for(lambda: (seen := queue.look(job.number or 0)) and seen.state.is_over)
        assert submit.look_up(at.books, queue, job, START).status is Status.FINISHED
    assert len(real_printer.printed) == 1


def test_cancelled_at_the_queue_in_the_middle_of_the_job(
    place: Place, real_printer: RealPrinter
) -> None:
    with real_printer.jammed(), print_desk(place, IppQueue(real_printer.queue)) as at:
        job = submit.submit(at, 1)
        assert (job.status, job.words) == (Status.ACCEPTED, "job-processing")
        real_printer.run("cancel", f"{QUEUE}-{job.number}")
        assert submit.look_up(at.books, at.queue, job, START).status is Status.FAILED
    assert stands(place)[2] == {"job-canceled"}


def test_a_job_that_is_held_waits_for_a_person(place: Place, real_printer: RealPrinter) -> None:
    real_printer.run("lpadmin", "-p", QUEUE, "-o", "job-hold-until-default=indefinite")
    with print_desk(place, IppQueue(real_printer.queue)) as at:
        job = submit.submit(at, 1)
    assert (job.status, job.words) == (Status.ACCEPTED, "job-held")
    assert real_printer.begun == []


def test_completed_is_no_proof_when_the_printer_lost_its_power_in_the_middle(
    place: Place, real_printer: RealPrinter
) -> None:
    """CUPS says "completed", not one sheet is there: only a person's word makes it posted."""
    queue = IppQueue(real_printer.queue)
    with print_desk(place, queue) as at:
        with real_printer.jammed():
            job = submit.submit(at, 1)
            real_printer.wait_for(lambda: real_printer.begun)
            real_printer.switch_off()
            real_printer.switch_on()
            real_printer.wait_for(
                lambda: (seen := queue.look(job.number or 0)) and seen.state.is_over
            )
        assert submit.look_up(at.books, queue, job, START).status is Status.FINISHED
    assert real_printer.printed == []
    assert stands(place)[0] is Status.FINISHED


def test_killed_while_the_printer_works_the_lot_is_accepted_and_comes_out_once(
    desk: Desk, real_printer: RealPrinter
) -> None:
    with real_printer.jammed():
        with program(desk, "print", "--printer", real_printer.queue) as process:
            real_printer.wait_for(lambda: real_printer.begun)
            process.kill()
        assert set(paper(desk)) <= {"accepted", "unknown"}
    queue, (_sides, name) = IppQueue(real_printer.queue), real_printer.begun[0]
    real_printer.wait_for(lambda: (seen := queue.find(name)) and seen.state.is_over)
    desk.ok("resolve", "--lot", "1")
    assert paper(desk) == {"finished": 4}
    desk.ok("print", "--printer", real_printer.queue)
    assert len(real_printer.begun) == 1
