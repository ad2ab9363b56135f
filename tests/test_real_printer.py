"""A campaign at a real CUPS with a real IPP Everywhere printer: what they do, and what we say.

What these two never do is left to `printerfaults`: an answer that is no IPP, a state or a list that
lies, a "stopped" job, HTTP errors, and an answer that is lost after the whole job has been taken.
"""

from __future__ import annotations

import re
import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import pytest
from pikepdf import Pdf

from merge.campaign import submit
from merge.errors import Refused
from merge.model import Lot, PrintFile, PrintJobState, Status
from merge.paper.printer import IppQueue
from tests.desk import Desk
from tests.place import START, Place
from tests.servers.printer import QUEUE, RealPrinter
from tests.test_printing import desk as desk
from tests.test_printing import log, paper, program
from tests.test_submit import EVERYBODY, PlainStore, stands
from tests.test_submit import desk as print_desk
from tests.test_submit import place as place

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


def test_a_lot_on_us_letter_is_printed_on_it_whatever_the_settings_say_by_then(
    desk: Desk, real_printer: RealPrinter
) -> None:
    """Part of it, too, with a cover of its own. A5 this printer does not know."""
    settings = desk.folder / "campaign.toml"
    before = settings.read_text("utf-8")
    settings.write_text(_on(before, "A5", "din-c6"), "utf-8")
    said = desk.run("print", "--printer", real_printer.device)
    assert "This printer does not know A5." in said.err
    assert not list(desk.folder.glob("outbox/**/*.pdf"))
    settings.write_text(_on(before, "letter", "us-10"), "utf-8")
    desk.ok("print", "--printer", real_printer.device)
    settings.write_text(before, "utf-8")
    for printer in (real_printer.device, real_printer.queue):
        desk.ok("print", "--lot", "1", "--from", "2", "--to", "3", "--printer", printer)
    assert paper(desk) == {"finished": 4}
    assert len(real_printer.media) == 3
    for told in real_printer.media:
        assert "na_letter_8.5x11in" in told or {"21590", "27940"} <= set(re.findall(r"\d+", told))
    for made in real_printer.printed:
        with Pdf.open(made) as lot:
            for page in lot.pages:
                assert [round(float(length)) for length in page.mediabox] == [0, 0, 612, 792]


def _on(settings: str, paper: str, window: str) -> str:
    own = f'format = "{paper}"\nwindow = "{window}"'
    return re.sub("(?m)^window = .*$", own, settings)


def test_a_queue_that_is_not_there_or_paused_is_refused(real_printer: RealPrinter) -> None:
    with pytest.raises(Refused, match="printer-missing"):
        IppQueue(real_printer.queue + "-no").check(duplex=True, paper="A4")
    real_printer.run("cupsdisable", QUEUE)
    with pytest.raises(Refused, match="printer-stopped"):
        IppQueue(real_printer.queue).check(duplex=True, paper="A4")
    real_printer.run("cupsreject", QUEUE)
    with pytest.raises(Refused, match="printer-not-accepting"):
        IppQueue(real_printer.queue).check(duplex=True, paper="A4")


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
        assert submit.look_up(at.ledger, queue, job, START).status is Status.FINISHED
    assert len(real_printer.printed) == 1


def test_cancelled_at_the_queue_in_the_middle_of_the_job(
    place: Place, real_printer: RealPrinter
) -> None:
    with real_printer.jammed(), print_desk(place, IppQueue(real_printer.queue)) as at:
        job = submit.submit(at, 1)
        assert (job.status, job.words) == (Status.ACCEPTED, "job-processing")
        real_printer.run("cancel", f"{QUEUE}-{job.number}")
        assert submit.look_up(at.ledger, at.queue, job, START).status is Status.FAILED
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
        assert submit.look_up(at.ledger, queue, job, START).status is Status.FINISHED
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


def test_out_of_paper_is_in_the_ledger_while_it_lasts_and_the_lot_comes_out_once(
    desk: Desk, real_printer: RealPrinter
) -> None:
    with (
        real_printer.out_of_paper(),
        program(desk, "print", "--printer", real_printer.queue) as process,
    ):
        real_printer.wait_for(lambda: {row["detail"] for row in log(desk)} == {"job-no-paper"})
        assert paper(desk) == {"accepted": 4}
        (real_printer.root / "empty").unlink()
        _out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert b"no more paper" in err
    assert (paper(desk), len(real_printer.printed)) == ({"finished": 4}, 1)


def test_out_of_paper_when_nobody_follows_it_any_more(
    place: Place, real_printer: RealPrinter
) -> None:
    """As to the printer itself, without a queue before it."""
    queue = IppQueue(real_printer.device)
    with real_printer.out_of_paper(), print_desk(place, queue) as at:
        job = submit.submit(at, 1)
        real_printer.wait_for(lambda: (seen := queue.look(job.number or 0)) and seen.complaint)
        seen = submit.look_up(at.ledger, queue, job, START)
        assert (seen.status, seen.words) == (Status.ACCEPTED, "job-no-paper")
    assert stands(place)[2] == {"job-no-paper"}


def test_a_printer_that_gives_up_has_failed_and_gets_it_again_by_a_persons_word_alone(
    desk: Desk, real_printer: RealPrinter
) -> None:
    with real_printer.broken():
        said = desk.run("print", "--printer", real_printer.device)
    assert (said.code, paper(desk)) == (1, {"failed": 4})
    assert "Nobody is left" in desk.ok("print", "--printer", real_printer.device).err
    assert (len(real_printer.begun), real_printer.printed) == (1, [])
    desk.ok("print", "--lot", "1", "--printer", real_printer.device, "--yes")
    assert (paper(desk), len(real_printer.printed)) == ({"finished": 4}, 1)


def test_what_the_printer_gave_up_may_be_completed_to_its_queue(
    desk: Desk, real_printer: RealPrinter
) -> None:
    """CUPS says "canceled", or "completed" when it was slow to ask: it is printed once at most."""
    with real_printer.broken():
        desk.run("print", "--printer", real_printer.queue)
    assert paper(desk) in ({"failed": 4}, {"finished": 4})
    assert "Nobody is left" in desk.ok("print", "--printer", real_printer.queue).err
    assert (len(real_printer.begun), real_printer.printed) == (1, [])


@pytest.mark.parametrize("door", ["device", "queue"])
def test_cancelled_at_the_device(place: Place, real_printer: RealPrinter, door: str) -> None:
    """A queue may say "completed" of that, too."""
    queue = IppQueue(real_printer.queue if door == "queue" else real_printer.device)
    with print_desk(place, queue) as at:
        with real_printer.jammed():
            job = submit.submit(at, 1)
            real_printer.wait_for(lambda: real_printer.begun)
            real_printer.cancel_at_the_device()
        real_printer.wait_for(lambda: (seen := queue.look(job.number or 0)) and seen.state.is_over)
        ended = submit.look_up(at.ledger, queue, job, START).status
        assert ended is Status.FAILED or (door == "queue" and ended is Status.FINISHED)
    assert stands(place)[:2] == (ended, {ended: EVERYBODY})
    assert len(real_printer.begun) == 1


def test_refused_after_the_checks(place: Place, real_printer: RealPrinter) -> None:
    queue = IppQueue(real_printer.queue)
    queue.check(duplex=True, paper="A4")
    real_printer.run("cupsreject", QUEUE)
    with print_desk(place, queue) as at:
        job = submit.submit(at, 1)
    assert (job.status, job.number) == (Status.FAILED, None)
    assert "not accepting jobs" in job.words
    assert stands(place)[0] is Status.FAILED
    assert real_printer.begun == []


def test_a_printer_that_takes_no_pdf_is_refused_before_a_lot_is_made(
    desk: Desk, real_printer: RealPrinter
) -> None:
    real_printer.switch_off()
    real_printer.switch_on(takes="image/urf")
    said = desk.run("print", "--printer", real_printer.device)
    assert (said.code, paper(desk)) == (3, {"queued": 4})
    assert "takes no PDF" in said.err


def test_a_queue_that_is_stopped_in_the_middle_waits_and_then_begins_anew(
    place: Place, real_printer: RealPrinter
) -> None:
    """CUPS prints it all again when it is started, whoever sent it: that is not our doing."""
    queue = IppQueue(real_printer.queue)
    with print_desk(place, queue) as at:
        with real_printer.jammed():
            job = submit.submit(at, 1)
            real_printer.wait_for(lambda: real_printer.begun)
            real_printer.run("cupsdisable", QUEUE)
            real_printer.wait_for(
                lambda: (
                    (found := queue.look(job.number or 0)) and found.state is PrintJobState.PENDING
                )
            )
            seen = submit.look_up(at.ledger, queue, job, START)
            assert (seen.status, seen.words) == (Status.ACCEPTED, "job-pending")
        real_printer.run("cupsenable", QUEUE)
        real_printer.wait_for(lambda: (seen := queue.look(job.number or 0)) and seen.state.is_over)
        assert submit.look_up(at.ledger, queue, job, START).status is Status.FINISHED
        assert len(at.ledger.jobs()) == 1
    assert len({name for _sides, name in real_printer.begun}) == 1


def test_held_by_a_person_in_the_queue(place: Place, real_printer: RealPrinter) -> None:
    queue = IppQueue(real_printer.queue)
    real_printer.run("cupsdisable", QUEUE)
    with print_desk(place, queue) as at:
        job = submit.submit(at, 1)
        assert (job.status, job.words) == (Status.ACCEPTED, "job-pending")
        real_printer.run("lp", "-i", f"{QUEUE}-{job.number}", "-H", "hold")
        real_printer.run("cupsenable", QUEUE)
        assert submit.look_up(at.ledger, queue, job, START).words == "job-held"
        assert real_printer.begun == []
        real_printer.run("lp", "-i", f"{QUEUE}-{job.number}", "-H", "resume")
        real_printer.wait_for(lambda: (seen := queue.look(job.number or 0)) and seen.state.is_over)
        assert submit.look_up(at.ledger, queue, job, START).status is Status.FINISHED
    assert len(real_printer.begun) == 1


def test_a_queue_that_is_deleted_takes_the_proof_with_it(
    place: Place, real_printer: RealPrinter
) -> None:
    queue = IppQueue(real_printer.queue)
    real_printer.run("cupsdisable", QUEUE)
    with print_desk(place, queue) as at:
        job = submit.submit(at, 1)
        real_printer.run("lpadmin", "-x", QUEUE)
        assert submit.look_up(at.ledger, queue, job, START).status is Status.UNKNOWN
    assert stands(place)[0] is Status.UNKNOWN


@dataclass
class LongStore(PlainStore):
    """A file that takes a printer seconds to swallow: a gigabyte, of which the disk has nothing."""

    def whole(self, lot: Lot) -> PrintFile:
        with self.file.open("wb") as file:
            file.write(b"%PDF-1.7\n")
            file.truncate(1 << 30)
        return PrintFile(path=str(self.file), duplex=True, sheets=lot.sheets, paper="A4")


@pytest.mark.parametrize("letters", [None, (2, 3)])
@pytest.mark.parametrize("door", ["queue", "device"])
def test_the_body_of_a_job_cut_in_half_leaves_it_in_doubt(
    place: Place, real_printer: RealPrinter, door: str, letters: tuple[int, int] | None
) -> None:
    """Print server or printer die in the middle; on again, they know of no job, and get none."""
    printer = real_printer
    uri, spool, die, live = {
        "queue": (printer.queue, "requests", printer.kill_cups, printer.start_cups),
        "device": (printer.device, "spool", printer.switch_off, printer.switch_on),
    }[door]
    with print_desk(place, IppQueue(uri)) as at, ThreadPoolExecutor(1) as pool:
        long = replace(at, store=LongStore(place.folder / "long.pdf"))
        under_way = (
            pool.submit(submit.submit_part, long, 1, *letters)
            if letters
            else pool.submit(submit.submit, long, 1)
        )
        real_printer.wait_for(lambda: real_printer.is_being_fed(spool, least=1 << 20))
        die()
        job = under_way.result(timeout=60)
        assert (job.status, job.words) == (Status.UNKNOWN, "connection-lost")
        live()
        seen = submit.look_up(at.ledger, at.queue, job, START)
        assert (seen.status, seen.words) == (Status.UNKNOWN, "job-vanished")
    left = Status.MADE if letters else Status.UNKNOWN  # letters made again move nobody
    assert stands(place)[:2] == (left, {left: EVERYBODY})
    assert real_printer.begun == []


def test_one_ctrl_c_leaves_the_job_to_the_printer(desk: Desk, real_printer: RealPrinter) -> None:
    with real_printer.jammed(), program(desk, "print", "--printer", real_printer.queue) as process:
        real_printer.wait_for(lambda: real_printer.begun)
        process.send_signal(signal.SIGINT)
        _out, err = process.communicate(timeout=60)
    assert (process.returncode, b"resolve --lot 1" in err) == (130, True)
    assert paper(desk) == {"accepted": 4}
    real_printer.wait_for(lambda: desk.run("resolve", "--lot", "1").code == 0)
    assert (paper(desk), len(real_printer.printed)) == ({"finished": 4}, 1)
