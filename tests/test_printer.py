"""The printer: refused before anything is made, handed over once, and never believed too much."""

from __future__ import annotations

import dataclasses
import hashlib
import struct
from pathlib import Path

import pytest

from merge.errors import Misuse, Refused
from merge.model import HandedOver, PaperName, PrintFile, PrintJobState, Status
from merge.paper.ipp import reply
from merge.paper.printer import IppQueue, printer_uri
from merge.words.troubles import explain
from tests.servers.ports import free_ports
from tests.servers.printerfaults import FaultPrinter

pytest_plugins = ["tests.servers.fixtures"]


@pytest.fixture
def file(tmp_path: Path) -> PrintFile:
    path = tmp_path / "lot.pdf"
    path.write_bytes(b"%PDF-1.7\n" + bytes(200_000))
    return PrintFile(path=str(path), duplex=True, sheets=2, paper="A4")


def queue(printer: FaultPrinter, name: str) -> IppQueue:
    return IppQueue(printer.uri(name), answer_timeout_s=20, stall_timeout_s=20)


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("bureau", "ipp://localhost:631/printers/bureau"),
        ("Büro_2", "ipp://localhost:631/printers/B%C3%BCro_2"),
        ("ipp://192.0.2.7", "ipp://192.0.2.7/ipp/print"),
        ("ipps://printer.example.org:443/", "ipps://printer.example.org:443/ipp/print"),
        ("ipp://localhost:8631/printers/virt", "ipp://localhost:8631/printers/virt"),
    ],
)
def test_a_printer_is_an_address_or_the_name_of_a_queue(text: str, uri: str) -> None:
    assert printer_uri(text) == uri


@pytest.mark.parametrize(
    "text",
    [
        *("", "a b", "a/b", "socket://x:9100", "http://x/", "ipp://", "ipp://x:port/"),
        *("192.168.1.20", "192.168.1.20:631", "localhost:631"),
        *("ipp://x/é", "ipp://x/a\tb"),
        *("ipp://me@x/", "ipp://[fe80::1/", "ipp://bureau..local/ipp", f"ipp://{'x' * 64}/"),
    ],
)
def test_anything_else_is_no_printer(text: str) -> None:
    with pytest.raises(Misuse, match="printer-name"):
        printer_uri(text)


@pytest.mark.parametrize("text", ["ipp://me:secret@x/ipp/print", "ipp://me:secret@x:port/"])
def test_the_password_of_a_printer_is_not_said_again(text: str) -> None:
    with pytest.raises(Misuse) as caught:
        printer_uri(text)
    assert "secret" not in str(caught.value.facts)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("no-pdf", "printer-no-pdf"),
        ("no-a4", "printer-no-media"),
        ("one-sided", "printer-no-duplex"),
        ("not-accepting", "printer-not-accepting"),
        ("paused", "printer-stopped"),
        ("junk", "printer-junk"),
        ("http-401", "printer-forbids"),
        ("http-403", "printer-forbids"),
        ("http-404", "printer-missing"),
        ("http-426", "printer-wants-tls"),
    ],
)
def test_what_a_printer_cannot_do_is_told_before_anything_is_made(
    fault_printer: FaultPrinter, name: str, code: str
) -> None:
    with pytest.raises(Refused, match=code):
        queue(fault_printer, name).check(duplex=True, paper="A4")
    assert fault_printer.taken == []


@pytest.mark.parametrize(
    ("status", "code"), [(0x0507, "printer-refuses"), (0x0406, "printer-missing")]
)
def test_a_printer_that_does_not_say_what_it_can_do_is_told(
    status: int, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    printer = IppQueue("ipp://localhost/printers/x")
    answer = reply(struct.pack(">HHIB", 0x0200, status, 1, 3))
    monkeypatch.setattr(printer, "_ask", lambda *_about: answer)
    with pytest.raises(Refused, match=code):
        printer.check(duplex=True, paper="A4")


@pytest.mark.parametrize("name", ["fine", "old", "fewer", "no-media"])
def test_a_printer_that_can_is_let_pass(fault_printer: FaultPrinter, name: str) -> None:
    queue(fault_printer, name).check(duplex=True, paper="A4")


def test_one_side_is_enough_for_a_campaign_that_wants_one(fault_printer: FaultPrinter) -> None:
    queue(fault_printer, "one-sided").check(duplex=False, paper="A4")


def test_a_printer_that_is_switched_off_is_told() -> None:
    (port,) = free_ports(1)
    off = IppQueue(f"ipp://localhost:{port}/ipp/print")
    with pytest.raises(Refused, match="printer-unreachable") as caught:
        off.check(duplex=True, paper="A4")
    assert "refused" in str(caught.value.facts["words"])


def test_no_encryption_where_there_is_none(fault_printer: FaultPrinter) -> None:
    uri = fault_printer.uri("fine").replace("ipp:", "ipps:")
    with pytest.raises(Refused, match="printer-tls"):
        IppQueue(uri).check(duplex=True, paper="A4")


def test_a_job_always_names_its_paper_its_sides_and_its_size(
    fault_printer: FaultPrinter, file: PrintFile
) -> None:
    taken = queue(fault_printer, "fine").hand_over(file, "lot-0003-abc-1")
    assert (taken.status, taken.number) == (Status.ACCEPTED, 1)
    (job,) = fault_printer.taken
    assert job.sha256 == hashlib.sha256(Path(file.path).read_bytes()).hexdigest()
    told = {name: values for name, values in job.facts.items() if name != "printer-uri"}
    assert told == {
        "attributes-charset": ("utf-8",),
        "attributes-natural-language": ("en",),
        "requesting-user-name": ("publipostage",),
        "job-name": ("lot-0003-abc-1",),
        "ipp-attribute-fidelity": (True,),
        "document-format": ("application/pdf",),
        "media": ("iso_a4_210x297mm",),
        "sides": ("two-sided-long-edge",),
        "print-scaling": ("none",),
        "job-sheets": ("none",),
        "copies": (1,),
        "number-up": (1,),
    }


@pytest.mark.parametrize(
    ("name", "paper", "media"),
    [
        ("fine", "letter", "na_letter_8.5x11in"),
        ("old", "letter", "na-letter"),
        ("no-media", "A5", "iso_a5_148x210mm"),
        ("no-media", "letter", "na_letter_8.5x11in"),
    ],
)
def test_a_job_names_the_paper_that_it_is_made_for(
    fault_printer: FaultPrinter, file: PrintFile, name: str, paper: PaperName, media: str
) -> None:
    at = queue(fault_printer, name)
    at.check(duplex=True, paper=paper)
    at.hand_over(dataclasses.replace(file, paper=paper), "a")
    assert fault_printer.taken[0].facts["media"] == (media,)


def test_a_printer_without_the_paper_is_told_by_the_papers_name(
    fault_printer: FaultPrinter,
) -> None:
    with pytest.raises(Refused, match="printer-no-media") as caught:
        queue(fault_printer, "fine").check(duplex=True, paper="A5")
    assert "This printer does not know A5." in explain(caught.value)


def test_a_printer_is_spoken_to_in_its_own_words(
    fault_printer: FaultPrinter, file: PrintFile
) -> None:
    queue(fault_printer, "old").hand_over(file, "a")
    queue(fault_printer, "fewer").hand_over(file, "b")
    old, fewer = fault_printer.taken
    assert old.facts["media"] == ("a4",)
    assert "print-scaling" not in fewer.facts
    assert fewer.facts["media"] == ("iso_a4_210x297mm",)


@pytest.mark.parametrize(
    ("name", "status", "words", "taken"),
    [
        ("refuses", Status.FAILED, "Too many jobs (IPP 0x0507)", 0),
        ("http-503-job", Status.UNKNOWN, "HTTP 503 Service Unavailable", 0),
        ("junk-job", Status.UNKNOWN, "printer-junk", 1),
        ("drop-reply", Status.UNKNOWN, "connection-lost", 1),
        ("junk", Status.FAILED, "printer-junk", 0),  # seen before the job is begun
        ("http-404", Status.FAILED, "printer-missing", 0),
    ],
)
def test_what_is_certain_and_what_is_in_doubt(
    fault_printer: FaultPrinter, file: PrintFile, name: str, status: Status, words: str, taken: int
) -> None:
    got = queue(fault_printer, name).hand_over(file, "lot")
    assert (got.status, got.words, got.number) == (status, words, None)
    assert len(fault_printer.taken) == taken


def test_a_job_whose_pages_are_gone_is_not_begun(
    fault_printer: FaultPrinter, file: PrintFile
) -> None:
    Path(file.path).unlink()
    got = queue(fault_printer, "fine").hand_over(file, "lot")
    assert (got.status, got.words) == (Status.FAILED, "pages-unreadable")
    assert fault_printer.taken == []


def test_a_job_that_was_cut_in_the_middle_is_in_doubt(
    fault_printer: FaultPrinter, tmp_path: Path
) -> None:
    path = tmp_path / "large.pdf"
    path.write_bytes(b"%PDF-1.7\n" + bytes(30_000_000))  # more than any buffer on the way
    large = PrintFile(path=str(path), duplex=False, sheets=2, paper="A4")
    got = queue(fault_printer, "drop-body").hand_over(large, "lot")
    assert (got.status, got.number) == (Status.UNKNOWN, None)
    assert got.words


def test_a_printer_that_does_not_answer_leaves_the_job_in_doubt(
    fault_printer: FaultPrinter, file: PrintFile
) -> None:
    silent = IppQueue(fault_printer.uri("slow-reply"), stall_timeout_s=0.2)
    expected = HandedOver(status=Status.UNKNOWN, words="no-reply-in-time")
    assert silent.hand_over(file, "lot") == expected
    assert len(fault_printer.taken) == 1


@pytest.mark.parametrize("name", ["pending", "held", "processing", "stopped", "aborted"])
def test_the_state_of_a_job_is_read(
    fault_printer: FaultPrinter, file: PrintFile, name: str
) -> None:
    printer = queue(fault_printer, name)
    number = printer.hand_over(file, "lot").number
    assert number
    seen = printer.look(number)
    assert seen
    assert (seen.name, seen.state) == ("lot", PrintJobState[name.upper()])
    assert printer.find("lot") == seen
    assert printer.find("another") is None
    assert printer.look(number + 1) is None


def test_a_job_that_is_in_neither_list_is_found_among_all(
    fault_printer: FaultPrinter, file: PrintFile
) -> None:
    """As CUPS now and then has one that is over: it would count as vanished."""
    printer = queue(fault_printer, "unlisted")
    printer.hand_over(file, "lot")
    found = printer.find("lot")
    assert found
    assert found.state is PrintJobState.COMPLETED


@pytest.mark.parametrize(
    ("name", "code"), [("gone-after", "printer-unreachable"), ("junk-look", "printer-junk")]
)
def test_a_printer_that_cannot_be_asked_any_more_is_told(
    fault_printer: FaultPrinter, file: PrintFile, name: str, code: str
) -> None:
    printer = queue(fault_printer, name)
    printer.hand_over(file, "lot")
    with pytest.raises(Refused, match=code):
        printer.look(1)
