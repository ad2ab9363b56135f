"""Lots that are handed to a printer through `lp`, from the command line: never twice by itself."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pikepdf import Page, Pdf

from tests.desk import Desk
from tests.dying import dies
from tests.house import ROOT
from tests.printers import OwnLp, paper
from tests.printers import desk as desk
from tests.printers import lp as lp

pytest_plugins = ["tests.servers.fixtures"]

AGAIN = ("print", "--lot", "1", "--printer", "bureau")


def test_lots_are_made_printed_and_posted_by_a_persons_word(desk: Desk, lp: OwnLp) -> None:
    settings = desk.folder / "campaign.toml"
    text = settings.read_text("utf-8").replace("per_lot = 250", "per_lot = 2")
    settings.write_text(text, "utf-8")
    desk.ok("print", "--printer", "bureau")
    assert paper(desk) == {"made": 4}  # until a person says so
    lots = [str(desk.folder / f"outbox/lots/lot-000{n}.pdf") for n in (1, 2)]
    assert [words[-1] for words in lp.told] == lots
    desk.ok("print", "--printed", "1")
    desk.ok("print", "--posted", "1")
    for again in ("--posted", "--printed"):
        assert desk.run("print", again, "1").code == 3
    desk.ok("print", "--returned", "01001")
    assert paper(desk) == {"returned": 1, "posted": 1, "made": 2}
    desk.ok("edit", "01001", "email=mairie@example.org")
    assert desk.figures()["email"]["queued"] == 1


def test_lp_is_told_the_queue_the_sides_the_paper_and_no_password(
    desk: Desk, lp: OwnLp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Left to itself a queue prints on Letter, and scales: the address leaves the window."""
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "geheim")
    desk.ok("print", "--printer", "bureau")
    options = ["-osides=two-sided-long-edge", "-omedia=iso_a4_210x297mm", "-oprint-scaling=none"]
    path = str(desk.folder / "outbox/lots/lot-0001.pdf")
    assert lp.told == [["-d", "bureau", *options, "--", path]]
    assert "geheim" not in (lp.folder / "lp.environ").read_text("utf-8")


def test_a_lot_is_handed_over_a_second_time_by_a_persons_word_alone(desk: Desk, lp: OwnLp) -> None:
    desk.ok("print", "--printer", "bureau")
    desk.ok("print", "--printer", "bureau")
    assert desk.run(*AGAIN, typed="y\n").code == 3
    assert len(lp.told) == 1
    desk.ok(*AGAIN, "--yes")
    assert len(lp.told) == 2


@pytest.mark.parametrize(("when", "printed"), [("before", 0), ("after", 1)])
def test_killed_at_the_printer_the_lot_is_not_printed_again_by_itself(
    desk: Desk, lp: OwnLp, when: str, printed: int
) -> None:
    desk.ok("print")
    dies(desk, "merge.app.paper:hand_over", when, *AGAIN)
    assert (len(lp.told), paper(desk)) == (printed, {"made": 4})
    assert desk.run(*AGAIN).code == 3
    assert len(lp.told) == printed
    desk.ok(*AGAIN, "--yes")
    assert len(lp.told) == printed + 1


def test_what_lp_refuses_wants_a_persons_word_again(desk: Desk, lp: OwnLp) -> None:
    lp.refuse()
    said = desk.run("print", "--printer", "burau")
    assert (said.code, (desk.folder / "outbox/lots/lot-0001.pdf").exists()) == (3, True)
    assert "The printer or class does not exist" in said.err
    (lp.folder / "lp.refuses").unlink()
    assert desk.run(*AGAIN).code == 3
    desk.ok(*AGAIN, "--yes")
    assert (len(lp.told), paper(desk)) == (2, {"made": 4})


def test_without_lp_the_pdf_is_made_and_handed_to_nobody(
    desk: Desk, lp: OwnLp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = os.environ["PATH"]
    monkeypatch.setenv("PATH", str(tmp_path))
    assert desk.run("print", "--printer", "bureau").code == 3
    monkeypatch.setenv("PATH", programs)
    desk.ok(*AGAIN)
    assert [words[-1] for words in lp.told] == [str(desk.folder / "outbox/lots/lot-0001.pdf")]


def test_an_lp_of_the_current_folder_is_not_run(desk: Desk, lp: OwnLp) -> None:
    own = desk.folder / "lp"
    own.write_text("#!/bin/sh\ntouch stranger\n", "utf-8")
    own.chmod(0o755)
    environ = {**os.environ, "PATH": os.pathsep.join(("", ".", os.environ["PATH"]))}
    environ["PYTHONPATH"] = os.pathsep.join((os.environ.get("PYTHONPATH", ""), str(ROOT)))
    program = [sys.executable, "-m", "merge", "print", "--printer", "bureau"]
    subprocess.run(program, cwd=desk.folder, env=environ, check=True)
    assert (len(lp.told), (desk.folder / "stranger").exists()) == (1, False)


def test_who_is_changed_when_a_lot_is_made_is_in_that_lot_and_in_no_other(desk: Desk) -> None:
    desk.ok("print")
    desk.ok("edit", "01002", "address=9 rue Neuve", "email=mairie@example.org")
    desk.ok("print", "--all")
    assert desk.sql("SELECT DISTINCT lot FROM deliveries") == [(1,)]
    desk.ok("print", "--discard", "1", "--yes")
    desk.ok("print", "--all")
    assert desk.sql("SELECT DISTINCT lot FROM deliveries") == [(2,)]


def test_a_lot_of_which_a_letter_has_gone_another_way_goes_to_no_printer(
    desk: Desk, lp: OwnLp
) -> None:
    desk.ok("print")
    desk.sql(
        "UPDATE deliveries SET status = 'queued', lot = NULL, position = NULL "
        "WHERE recipient = '01002'"
    )
    assert (desk.run(*AGAIN).code, lp.told) == (3, [])


def test_a_letter_changed_when_a_lot_is_made_is_printed_by_a_persons_word(desk: Desk) -> None:
    desk.ok("print", "--commune", "01001")
    letter = desk.folder / "letter.md"
    letter.write_text(letter.read_text("utf-8") + "\nPost-scriptum.\n", "utf-8")
    assert desk.run("print").code == 3
    desk.ok("print", "--accept-edit")
    assert paper(desk) == {"made": 4}


def test_a_return_address_wider_than_the_window_is_refused_before_anything_is_made(
    desk: Desk,
) -> None:
    settings = desk.folder / "campaign.toml"
    text = settings.read_text("utf-8").replace("[paper]", "[paper]\nreturn_address = true", 1)
    settings.write_text(re.sub("(?m)^name = .*$", f'name = "{"W" * 40}"', text), "utf-8")
    for words in (("check",), ("print",), ("print", "--test-sheet")):
        assert desk.run(*words).code == 2, words
    assert not list(desk.folder.glob("outbox/**/*.pdf"))


def test_nothing_of_a_lot_that_was_given_back_lies_where_it_could_be_printed(
    desk: Desk, lp: OwnLp
) -> None:
    desk.ok("print", "--separate")
    desk.ok("print", "--lot", "1", "--from", "2", "--to", "3")
    desk.ok("print", "--lot", "1", "--labels", "L7163")
    desk.ok("print", "--discard", "1", "--yes")
    put_away = sorted(path.name for path in (desk.folder / "outbox/discarded").iterdir())
    assert {"lot-0001", "lot-0001-letters-2-3.pdf", "lot-0001.pdf", "lot-0001.zip"} <= {*put_away}
    for again in (AGAIN, ("print", "--posted", "1"), ("print", "--discard", "1", "--yes")):
        assert desk.run(*again).code == 3  # not: put it back there
        assert list((desk.folder / "outbox/lots").iterdir()) == []
    assert lp.told == []


def test_a_lot_is_printed_on_the_sides_and_the_paper_that_it_was_made_for(
    desk: Desk, lp: OwnLp
) -> None:
    desk.ok("print")
    settings = desk.folder / "campaign.toml"
    duplex = settings.read_text("utf-8")
    simplex = duplex.replace('duplex = "long-edge"', 'duplex = "one-sided"')
    assert simplex != duplex
    settings.write_text(simplex, "utf-8")
    desk.ok(*AGAIN)
    desk.ok(*AGAIN, "--from", "2", "--to", "3")
    desk.ok("print", "--discard", "1", "--yes")
    letter = re.sub("(?m)^window = .*$", 'format = "letter"\nwindow = "us-10"', simplex)
    settings.write_text(letter, "utf-8")
    desk.ok("print")
    settings.write_text(duplex, "utf-8")
    desk.ok("print", "--lot", "2", "--printer", "bureau")
    both = ["-osides=two-sided-long-edge", "-omedia=iso_a4_210x297mm"]
    one = ["-osides=one-sided", "-omedia=na_letter_8.5x11in"]
    assert [words[2:4] for words in lp.told] == [both, both, one]


def drawn(page: Page) -> bytes:
    page.contents_coalesce()
    return page.Contents.read_bytes()


def test_letters_are_made_again_from_the_lots_own_pages(desk: Desk, lp: OwnLp) -> None:
    desk.ok("print")
    desk.ok("print", "--lot", "1", "--from", "2", "--to", "3")
    part = desk.folder / "outbox/lots/lot-0001-letters-2-3.pdf"
    with Pdf.open(desk.folder / "outbox/lots/lot-0001.pdf") as lot, Pdf.open(part) as again:
        assert [drawn(page) for page in list(again.pages)[2:]] == [
            drawn(page) for page in list(lot.pages)[4:8]
        ]
        with again.open_outline() as outline:
            assert [item.title.split(" ")[0] for item in outline.root] == ["01002", "01004"]
    subprocess.run(["qpdf", "--check", str(part)], check=True, capture_output=True)
    desk.ok("print", "--lot", "1", "--to", "1", "--printer", "bureau")
    assert [words[-1] for words in lp.told] == [str(part.with_name("lot-0001-letters-1-1.pdf"))]
    assert paper(desk) == {"made": 4}
    assert "handed to" not in desk.ok("status").out  # not the lot


def test_letters_of_a_posted_lot_are_printed_again_by_a_persons_word_alone(
    desk: Desk, lp: OwnLp
) -> None:
    desk.ok("print")
    desk.ok("print", "--posted", "1")
    part = ("print", "--lot", "1", "--from", "2", "--to", "3")
    for words in (part, (*part, "--printer", "bureau")):
        assert desk.run(*words, typed="n\n").code == 130
    assert lp.told == []
    assert [path.name for path in (desk.folder / "outbox/lots").iterdir()] == ["lot-0001.pdf"]
    desk.ok(*part, "--yes")
    desk.ok(*part, "--printer", "bureau", typed="y\n")
    assert len(lp.told) == 1


def test_a_pdf_that_is_not_the_ledgers_goes_to_no_printer(desk: Desk, lp: OwnLp) -> None:
    desk.ok("print")
    lot = desk.folder / "outbox/lots/lot-0001.pdf"
    with lot.open("ab") as file:
        file.write(b"\n")
    part = ("print", "--lot", "1", "--from", "1")
    assert [desk.run(*words).code for words in (AGAIN, part)] == [3, 3]
    lot.unlink()
    assert desk.run(*AGAIN).code == 3
    assert (lp.told, paper(desk)) == ([], {"made": 4})


def test_what_makes_no_sense_is_refused(desk: Desk) -> None:
    desk.ok("print")
    labels = ("--lot", "1", "--labels", "L7160")
    for words in (
        ("--printer", "ipp://localhost/printers/bureau"),
        ("--printer", "192.168.1.20:631"),
        ("--printer", "-d"),
        ("--lot", "1"),
        ("--from", "1"),
        ("--lot", "1", "--posted", "1"),
        ("--posted", "1", "--printer", "bureau"),
        ("--lot", "1", "--from", "9"),
        ("--lot", "1", "--from", "0"),
        ("--posted", "1", "--posted", "2"),
        ("--posted", "1", "--all"),
        ("--discard", "1", "--yes", "--status", "made"),
        ("--lot", "1", "--labels", "L9999"),
        ("--lot", "1", "--envelopes", "C7"),
        (*labels, "--skip", "21"),
        (*labels, "--skip", "-1"),
        (*labels, "--envelopes", "DL"),
        (*labels, "--printer", "bureau"),
        ("--lot", "9", "--labels", "L7160"),
        ("--labels", "L7160"),
        ("--test-sheet", *labels),
    ):
        assert desk.run("print", *words).code == 2, words
    assert desk.run("print", "--returned", "01001").code == 3
    assert paper(desk) == {"made": 4}
    assert [path.name for path in (desk.folder / "outbox/lots").iterdir()] == ["lot-0001.pdf"]
