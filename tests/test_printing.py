"""Lots at a printer, from the command line: each failure happens, and nobody is printed twice."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import pytest
from pikepdf import Page, Pdf
from pypdfium2 import PdfDocument

from merge.campaign import batch
from merge.campaign.batch import Printer
from merge.errors import Busy
from merge.french.communes import reference
from merge.model import Lot, PrintJob, PrintJobState, Status
from merge.words import printing
from tests.both import in_files, on_each_database
from tests.desk import Desk
from tests.dying import dies
from tests.servers.printerfaults import FaultPrinter

pytest_plugins = ["tests.servers.fixtures"]
pytestmark = on_each_database


FOUR = [
    f"{insee};{reference()[insee].name};F;Anne;LE GOFF;;1 place de la Mairie;01400;{insee}-Ville"
    for insee in ("01001", "01002", "01004", "01006")
]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A campaign with four towns that have no e-mail."""
    return Desk.made(tmp_path, *FOUR)


def paper(desk: Desk) -> dict[str, int]:
    return {status: n for status, n in desk.figures()["paper"].items() if n}


def log(desk: Desk) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = json.loads(desk.ok("log", "--format", "json").out)
    return rows


@contextmanager
def program(desk: Desk, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "merge", "-C", str(desk.folder), *words]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        yield process


def test_lots_are_made_printed_and_posted_by_a_persons_word(
    desk: Desk, fault_printer: FaultPrinter
) -> None:
    settings = desk.folder / "campaign.toml"
    settings.write_text(settings.read_text("utf-8") + "per_lot_printer = 2\n", "utf-8")
    said = desk.ok("print", "--printer", fault_printer.uri("fine"))
    assert said.err.count(": printed, says the printer.") == 2
    assert "Count 3 sheets" in said.err
    assert paper(desk) == {"finished": 4}
    assert len({job.sha256 for job in fault_printer.taken}) == 2
    desk.ok("print", "--posted", "1")
    row = log(desk)[0]
    assert (row["status"], row["lot"], row["position"], row["sheets"]) == ("posted", "1", "1", "1")
    assert row["lot_sha256"] == fault_printer.taken[0].sha256
    assert row["sha256"] not in ("", row["lot_sha256"])
    assert "" not in (row["made_at"], row["printed_at"], row["posted_at"])
    for again in ("--posted", "--printed"):
        said = desk.run("print", again, "1")
        assert (said.code, row["posted_at"][:10] in said.err) == (3, True), said.err
    desk.ok("print", "--returned", row["key"])
    assert paper(desk) == {"returned": 1, "posted": 1, "finished": 2}
    desk.ok("edit", row["key"], "email=mairie@example.org")
    assert log(desk)[0]["status"] == "queued"  # and by e-mail now
    assert desk.figures()["email"]["queued"] == 1


def test_another_command_that_takes_a_letter_stops_the_lots_for_now(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = desk.folder / "campaign.toml"
    text = settings.read_text("utf-8")
    settings.write_text(text.replace("per_lot = 250", "per_lot = 2"), "utf-8")

    def overtaken(printer: Printer, letters: Sequence[object]) -> None:
        if paper(desk) == {"queued": 2, "made": 2}:
            raise Busy("lot-overtaken", lot=2)

    monkeypatch.setattr(batch, "_refuse_overtaken", overtaken)
    said = desk.run("print")
    assert (said.code, said.out) == (4, "outbox/lots/lot-0001.pdf: 2 letters, 3 sheets\n")
    assert "While lot 2 was being made" in said.err


def test_a_printer_that_cannot_is_refused_before_a_page_is_made(
    desk: Desk, fault_printer: FaultPrinter
) -> None:
    for fault in ("no-pdf", "no-a4", "one-sided", "paused", "junk", "http-404"):
        said = desk.run("print", "--printer", fault_printer.uri(fault))
        assert said.code == 3
        assert said.err.startswith(fault_printer.uri(fault))
    assert paper(desk) == {"queued": 4}
    assert not list((desk.folder / "outbox").glob("lots/*"))


def test_what_went_wrong_is_told_with_what_comes_next_and_never_printed_again(
    desk: Desk, fault_printer: FaultPrinter
) -> None:
    said = desk.run("print", "--printer", fault_printer.uri("refuses"))
    assert (said.code, paper(desk)) == (1, {"failed": 4})
    assert "Too many jobs" in said.err
    assert "Nothing is printed again by itself" in said.err
    stands = desk.ok("status").out
    assert "Lot 1 (4 letters, 5 sheets): not printed to its end." in stands
    assert "refused" not in stands + desk.ok("show", "01001").out  # not by the town
    again = desk.run("print", "--printer", fault_printer.uri("fine"))
    assert "Nobody is left" in again.err
    assert (fault_printer.taken, {row["lot"] for row in log(desk)}) == ([], {"1"})


def test_where_nothing_is_left_to_do_with_a_lot_no_empty_line_says_so() -> None:
    at = datetime(2026, 11, 25, tzinfo=UTC)
    job = PrintJob(id=1, lot=1, printer="", name="", at=at, status=Status.ACCEPTED)
    lot = Lot(number=1, at=at, path="", letters=4, sheets=5, sha256="", status=Status.POSTED)
    assert printing.came_of(job, lot) == "Lot 1: taken by the printer."


def test_killed_between_the_job_and_its_answer_nobody_is_printed_twice(
    desk: Desk, fault_printer: FaultPrinter
) -> None:
    uri = fault_printer.uri("slow-reply")
    with program(desk, "print", "--printer", uri) as process:
        assert fault_printer.arrived.wait(60)
        process.kill()
    fault_printer.let_go.set()
    assert paper(desk) == {"unknown": 4}
    assert {row["detail"] for row in log(desk)} == {"print-died"}
    assert desk.run("print", "--printer", uri).code == 0  # nobody is left
    assert desk.run("print", "--lot", "1", "--printer", uri).code == 3
    assert len(fault_printer.taken) == 1
    # The printer's own list has it, by its name alone: the answer with its number was never read.
    desk.ok("answer", "01001", "yes", "--by", "phone")
    said = desk.ok("resolve", "--lot", "1").err
    assert "printed, says the printer" in said
    assert "do not post this envelope" in said
    assert paper(desk) == {"finished": 4}


def test_killed_in_the_middle_of_the_pages_it_is_in_doubt_until_a_person_looks(
    desk: Desk, fault_printer: FaultPrinter
) -> None:
    uri = fault_printer.uri("drop-body")
    assert desk.run("print", "--printer", uri).code == 1
    assert paper(desk) == {"unknown": 4}
    one = desk.run("resolve", "01001", "--not-sent")  # it is in doubt with its lot
    assert (one.code, "resolve --lot 1" in one.err) == (2, True)
    stays = desk.run("resolve", "--lot", "1", typed="n\nn\n")
    assert (stays.code, paper(desk)) == (1, {"unknown": 4})
    desk.ok("resolve", "--lot", "1", typed="n\ny\n")  # not one sheet came out
    assert paper(desk) == {"made": 4}
    desk.ok("print", "--lot", "1", "--printer", fault_printer.uri("fine"))
    assert (paper(desk), len(fault_printer.taken)) == ({"finished": 4}, 1)
    assert desk.run("resolve", "--lot", "1").code == 3
    desk.ok("print", "--printed", "1")  # a person has counted
    desk.ok("print", "--posted", "1")


def test_one_signal_leaves_the_job_to_the_printer_and_resolve_sees_its_end(
    desk: Desk, fault_printer: FaultPrinter
) -> None:
    with program(desk, "print", "--printer", fault_printer.uri("processing")) as process:
        assert fault_printer.looked.wait(60)
        process.send_signal(signal.SIGINT)
        _out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"resolve --lot 1" in err
    assert paper(desk) == {"accepted": 4}
    assert "switched off" in desk.run("resolve", "--lot", "1").err
    part = ("print", "--lot", "1", "--from", "2", "--printer", fault_printer.uri("fine"))
    said = desk.run(*part)
    assert (said.code, "come out twice" in said.err, len(fault_printer.taken)) == (3, True, 1)
    fault_printer.state = PrintJobState.COMPLETED
    desk.ok("resolve", "--lot", "1")
    assert paper(desk) == {"finished": 4}


def test_two_signals_in_the_middle_of_a_job_leave_it_in_doubt(
    desk: Desk, fault_printer: FaultPrinter
) -> None:
    with program(desk, "print", "--printer", fault_printer.uri("slow-reply")) as process:
        assert fault_printer.arrived.wait(60)
        process.send_signal(signal.SIGTERM)
        while process.poll() is None:  # one that comes in the same instant counts as the first
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.1)
    assert process.returncode in (130, -signal.SIGINT)  # the last one may come when all is done
    assert paper(desk) == {"unknown": 4}


def test_what_was_cancelled_goes_to_the_printer_again_or_back_by_a_persons_word(
    desk: Desk, fault_printer: FaultPrinter
) -> None:
    desk.run("print", "--printer", fault_printer.uri("canceled"))
    again = ("print", "--lot", "1", "--printer", fault_printer.uri("aborted"))
    assert desk.run(*again, typed="n\n").code == 130
    assert len(fault_printer.taken) == 1
    assert "The printer gave it up" in desk.run(*again, typed="y\n").err
    assert (paper(desk), len(fault_printer.taken)) == ({"failed": 4}, 2)
    desk.ok("print", "--discard", "1", "--yes")
    assert paper(desk) == {"queued": 4}
    assert (desk.folder / "outbox/discarded/lot-0001.pdf").exists()


def test_who_is_changed_when_the_printer_failed_is_in_that_lot_and_in_no_other(
    desk: Desk, fault_printer: FaultPrinter
) -> None:
    desk.run("print", "--printer", fault_printer.uri("aborted"))
    said = desk.ok("edit", "01002", "address=9 rue Neuve", "email=mairie@example.org")
    assert "letter 2 of lot 1 is as it was" in said.err
    assert "--discard 1" in said.err
    assert paper(desk) == {"failed": 4}
    desk.ok("print", "--all")
    assert {row["lot"] for row in log(desk)} == {"1"}
    desk.ok("print", "--discard", "1", "--yes")
    desk.ok("print", "--all")
    assert [row["lot"] for row in log(desk)] == ["2"] * 4


def test_the_log_has_the_address_on_the_envelope_and_not_that_of_a_later_sheet(desk: Desk) -> None:
    desk.ok("print", "--commune", "01001")
    desk.ok("print", "--posted", "1")
    moved = [row.replace("1 place de la Mairie", "9 rue Neuve") for row in FOUR]
    desk.ok("import", str(desk.sheet(*moved)))
    desk.ok("print", "--commune", "01002")
    addresses = {row["key"]: row["address"] for row in log(desk)}
    assert addresses["01001"].startswith("1 PLACE DE LA MAIRIE, 01400 ")
    assert addresses["01002"].startswith("9 RUE NEUVE, 01400 ")
    assert addresses["01004"].startswith("01400 ")  # it waits
    desk.ok("print", "--discard", "2", "--yes")
    assert log(desk)[1]["address"].startswith("01400 ")


def test_a_lot_of_which_a_letter_has_gone_another_way_goes_to_no_printer(
    desk: Desk, fault_printer: FaultPrinter
) -> None:
    """As a ledger from before has it, whose edit took the letter out of a lot that had failed."""
    desk.run("print", "--printer", fault_printer.uri("aborted"))
    desk.sql(
        "UPDATE deliveries SET status = 'queued', lot = NULL, position = NULL "
        "WHERE recipient = '01002'"
    )
    again = ("print", "--lot", "1", "--printer", fault_printer.uri("fine"), "--yes")
    said = desk.run(*again)
    assert (said.code, "gone another way" in said.err) == (3, True)
    assert len(fault_printer.taken) == 1


def test_a_letter_changed_when_a_lot_is_made_has_not_left(desk: Desk) -> None:
    desk.ok("print", "--commune", "01001")
    letter = desk.folder / "letter.md"
    letter.write_text(letter.read_text("utf-8") + "\nPost-scriptum.\n", "utf-8")
    said = desk.run("print")
    assert (said.code, "They have it as it was" in said.err) == (3, True)
    assert "--discard LOT" in said.err
    desk.ok("print", "--printed", "1")  # that one may be in the post by now
    said = desk.run("print")
    assert (said.code, "after the first ones had left" in said.err) == (3, True)
    desk.ok("print", "--accept-edit")
    assert paper(desk) == {"printed": 1, "made": 3}


def test_who_asks_for_a_second_time_is_told_of_the_lots_that_lie_there(desk: Desk) -> None:
    desk.ok("print")
    said = desk.ok("print").err
    assert "Nobody is left" in said
    assert "Lot 1 (4 letters, 5 sheets): ready to print." in said
    desk.ok("print", "--posted", "1")
    assert "Lot 1" not in desk.ok("print").err


def test_the_test_sheet_speaks_of_marks_only_where_it_has_some(desk: Desk) -> None:
    settings = desk.folder / "campaign.toml"
    own = "window = { left = 100, top = 55, width = 90, height = 24%s }"
    for folds, is_marked in ((", folds = [99]", True), ("", False)):
        text = re.sub("(?m)^window = .*$", own % folds, settings.read_text("utf-8"))
        settings.write_text(text, "utf-8")
        desk.ok("print", "--test-sheet")
        with PdfDocument(desk.folder / "outbox/test-sheet.pdf") as document:
            said = document[0].get_textpage().get_text_bounded()
        assert ("marks on the left edge" in said) is is_marked


def test_a_return_address_wider_than_the_window_is_refused_before_anything_is_made(
    desk: Desk,
) -> None:
    settings = desk.folder / "campaign.toml"
    text = settings.read_text("utf-8").replace("[paper]", "[paper]\nreturn_address = true", 1)
    settings.write_text(re.sub("(?m)^name = .*$", f'name = "{"W" * 40}"', text), "utf-8")
    for words in (("check",), ("print",), ("print", "--test-sheet")):
        said = desk.run(*words)
        assert said.code == 2
        assert "campaign.toml: The return address is 1" in said.err
        assert "a line of the window 85 mm" in said.err
        assert "Shorten address in [letterhead] or [sender]" in said.err
    assert not list(desk.folder.glob("outbox/**/*.pdf"))


def test_nothing_of_a_lot_that_was_given_back_lies_where_it_could_be_printed(
    desk: Desk, fault_printer: FaultPrinter
) -> None:
    desk.ok("print", "--separate")
    desk.ok("print", "--lot", "1", "--from", "2", "--to", "3")
    desk.ok("print", "--discard", "1", "--yes")
    assert list((desk.folder / "outbox/lots").iterdir()) == []
    put_away = sorted(path.name for path in (desk.folder / "outbox/discarded").iterdir())
    assert put_away == ["lot-0001", "lot-0001-letters-2-3.pdf", "lot-0001.pdf", "lot-0001.zip"]
    said = desk.run("print", "--lot", "1", "--printer", fault_printer.uri("fine"))
    assert (said.code, "given back" in said.err) == (3, True), said.err  # not: put it back there


def test_a_lot_is_printed_on_the_sides_that_it_was_made_for(
    desk: Desk, fault_printer: FaultPrinter
) -> None:
    desk.ok("print")
    settings = desk.folder / "campaign.toml"
    duplex = settings.read_text("utf-8")
    simplex = duplex.replace('duplex = "long-edge"', 'duplex = "one-sided"')
    assert simplex != duplex
    settings.write_text(simplex, "utf-8")
    one_sided = ("--printer", fault_printer.uri("one-sided"))
    for part in ((), ("--from", "2", "--to", "3")):
        said = desk.run("print", "--lot", "1", *part, *one_sided)
        assert (said.code, "print --discard 1" in said.err) == (3, True), said.err
    assert (paper(desk), fault_printer.taken) == ({"made": 4}, [])
    desk.ok("print", "--discard", "1", "--yes")
    desk.ok("print")
    settings.write_text(duplex, "utf-8")
    desk.ok("print", "--lot", "2", *one_sided)
    assert (paper(desk), len(fault_printer.taken)) == ({"finished": 4}, 1)


def drawn(page: Page) -> bytes:
    page.contents_coalesce()
    return page.Contents.read_bytes()


def test_letters_are_made_again_from_the_lots_own_pages(
    desk: Desk, fault_printer: FaultPrinter
) -> None:
    desk.ok("print")
    said = desk.ok("print", "--lot", "1", "--from", "2", "--to", "3").out
    assert said == "outbox/lots/lot-0001-letters-2-3.pdf: letters 2 to 3, 3 sheets\n"
    part = desk.folder / "outbox/lots/lot-0001-letters-2-3.pdf"
    with Pdf.open(desk.folder / "outbox/lots/lot-0001.pdf") as lot, Pdf.open(part) as again:
        assert [drawn(page) for page in list(again.pages)[2:]] == [
            drawn(page) for page in list(lot.pages)[4:8]
        ]
        with again.open_outline() as outline:
            assert [item.title.split(" ")[0] for item in outline.root] == ["01002", "01004"]
    subprocess.run(["qpdf", "--check", str(part)], check=True, capture_output=True)
    assert paper(desk) == {"made": 4}
    tries = json.loads(desk.ok("log", "--attempts", "--format", "json").out)
    assert [row["key"] for row in tries if row["phase"] == "again"] == ["01002", "01004"]
    assert desk.ok("log", "--attempts").out.count(" made again ") == 2
    told = [line.rpartition("  ")[2].strip() for line in desk.ok("show", "01002").out.splitlines()]
    assert told[-2:] == ["Lot 1", "Lot 1, letters 2 to 3"]
    assert "letters 1 to 4: --from" in desk.run("print", "--lot", "1", "--from", "9").err
    desk.ok("print", "--lot", "1", "--to", "1", "--printer", fault_printer.uri("fine"))
    assert (paper(desk), len(fault_printer.taken)) == ({"made": 4}, 1)


def test_letters_made_again_and_in_doubt_are_settled_by_proof_or_by_a_person(
    desk: Desk, fault_printer: FaultPrinter
) -> None:
    desk.ok("print")
    part = ("--lot", "1", "--from", "2", "--to", "3")
    lost, fine = fault_printer.uri("drop-body"), fault_printer.uri("fine")
    assert desk.run("print", *part, "--printer", lost).code == 1
    settle = "publipostage resolve --lot 1 --from 2 --to 3"
    for command in ("status", "resolve"):
        said = desk.run(command)
        assert settle in said.out + said.err, command
    refused = desk.run("print", *part, "--printer", fine)
    assert (refused.code, settle in refused.err, fault_printer.taken) == (3, True, [])
    asked = desk.run("resolve", *part, typed="n\nn\n")  # some of them came out
    assert (asked.code, "Are all 3 sheets there" in asked.err) == (1, True)
    desk.ok("print", *part, "--printer", fine)
    assert (len(fault_printer.taken), desk.run("resolve", *part).code) == (1, 3)

    desk.run("print", *part, "--printer", fault_printer.uri("drop-reply"))
    assert "printed, says the printer" in desk.ok("resolve", *part).err  # found by its name
    desk.run("print", *part, "--printer", lost)
    assert "Not one is printed" in desk.ok("resolve", *part, "--not-printed").err
    desk.run("print", *part, "--printer", lost)
    desk.ok("resolve", "--lot", "1", "--to", "3", "--printed")
    assert settle not in desk.ok("status").out
    assert paper(desk) == {"made": 4}
    tries = json.loads(desk.ok("log", "--attempts", "--format", "json").out)
    again = [row["status"] for row in tries if (row["key"], row["phase"]) == ("01002", "again")]
    assert " ".join(status for status, _more in groupby(again)) == (
        "submitting unknown failed submitting accepted finished submitting unknown finished "
        "submitting unknown made submitting unknown printed"
    )


def test_letters_of_a_posted_lot_are_printed_again_by_a_persons_word_alone(
    desk: Desk, fault_printer: FaultPrinter
) -> None:
    desk.ok("print")
    desk.ok("print", "--posted", "1")
    part = ("print", "--lot", "1", "--from", "2", "--to", "3")
    for words in (part, (*part, "--printer", fault_printer.uri("fine"))):
        said = desk.run(*words, typed="n\n")
        assert (said.code, "arrive twice" in said.err) == (130, True)
    assert fault_printer.taken == []
    assert [path.name for path in (desk.folder / "outbox/lots").iterdir()] == ["lot-0001.pdf"]
    desk.ok(*part, "--yes")
    desk.ok(*part, "--printer", fault_printer.uri("fine"), typed="y\n")
    assert len(fault_printer.taken) == 1


def test_a_lot_is_not_given_back_while_letters_of_it_may_still_come_out(
    desk: Desk, fault_printer: FaultPrinter
) -> None:
    desk.ok("print")
    part = ("--lot", "1", "--from", "2", "--to", "3")
    assert desk.run("print", *part, "--printer", fault_printer.uri("drop-body")).code == 1
    said = desk.run("print", "--discard", "1", "--yes")
    assert (said.code, "resolve --lot 1 --from 2 --to 3" in said.err) == (3, True)
    assert paper(desk) == {"made": 4}
    assert (desk.folder / "outbox/lots/lot-0001.pdf").exists()
    desk.ok("resolve", *part, "--not-printed")
    desk.ok("print", "--discard", "1", "--yes")
    assert paper(desk) == {"queued": 4}


@in_files  # a server keeps another copy of the lot, which comes in its place
def test_a_pdf_that_is_not_the_ledgers_goes_to_no_printer(
    desk: Desk, fault_printer: FaultPrinter
) -> None:
    desk.ok("print")
    lot = desk.folder / "outbox/lots/lot-0001.pdf"
    with lot.open("ab") as file:
        file.write(b"\n")
    words = ("print", "--lot", "1", "--printer", fault_printer.uri("fine"))
    assert "checksum differs" in desk.run(*words).err
    assert desk.run("print", "--lot", "1", "--from", "1").code == 3
    lot.unlink()
    said = desk.run(*words)
    assert (said.code, fault_printer.taken, paper(desk)) == (3, [], {"made": 4})
    assert "not in its place" in said.err


def test_a_lot_whose_print_was_killed_before_it_was_in_its_place_is_no_lost_one(desk: Desk) -> None:
    dies(desk, "merge.ledger.ledger:Ledger.commit_lot", "after", "print")
    said = desk.run("show", "01001", "--pdf")
    assert (said.code, "To put it there: publipostage print" in said.err) == (3, True)
    desk.ok("print")
    assert (desk.folder / "outbox/lots/lot-0001.pdf").exists()
    desk.ok("print", "--lot", "1", "--from", "1", "--to", "1")


def test_what_makes_no_sense_is_refused(desk: Desk) -> None:
    desk.ok("print")
    for words in (
        ("print", "--printer", "http://x/"),
        ("print", "--lot", "1"),
        ("print", "--from", "1"),
        ("print", "--lot", "1", "--posted", "1"),
        ("print", "--posted", "1", "--returned", "01001"),
        ("print", "--posted", "1", "--printer", "bureau"),
        ("print", "--returned", "01001", "--from", "1"),
        ("print", "--lot", "1", "--from", "9"),
        ("print", "--lot", "1", "--from", "0"),
        ("print", "--lot", "1", "--to", "0"),
        ("print", "--posted", "1", "--test-sheet"),
        ("print", "--posted", "1", "--posted", "2"),
        ("print", "--discard", "1", "--discard", "1"),
        ("print", "--posted", "1", "--commune", "01001"),
        ("print", "--posted", "1", "--all"),
        ("print", "--discard", "1", "--yes", "--status", "made"),
        ("print", "--lot", "1", "--from", "1", "--department", "01"),
        ("print", "--lot", "1", "--printer", "bureau", "--commune", "01001"),
        ("resolve", "01001", "--lot", "1"),
        ("resolve", "01001", "--printed"),
        ("resolve", "--lot", "1", "--sent"),
        ("resolve", "--from", "1"),
    ):
        assert desk.run(*words).code == 2, words
    assert desk.run("print", "--returned", "01001").code == 3
    assert paper(desk) == {"made": 4}
    desk.ok("print", "--discard", "1", "--yes")
    assert "given back" in desk.run("print", "--posted", "1").err
    desk.ok("print")
    desk.ok("print", "--printed", "2")
    assert "is printed already, since 20" in desk.run("print", "--printed", "2").err
