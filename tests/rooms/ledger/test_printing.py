"""Lots that are handed to a printer through `lp`, from the command line: never twice by itself."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from pikepdf import Page, Pdf
from pypdfium2 import PdfDocument

from merge.campaign import batch
from merge.campaign.batch import Printer
from merge.errors import Busy
from merge.french.communes import reference
from tests.both import in_files, on_each_database
from tests.desk import Desk
from tests.dying import dies

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


_LP = """#!/bin/sh
printf '%s\\n' "$@" end >>"$0.said"
env >>"$0.environ"
[ -e "$0.refuses" ] && { echo "lp: The printer or class does not exist." >&2; exit 1; }
echo "request id is bureau-7 (1 file(s))"
"""


@dataclass(frozen=True)
class OwnLp:
    """An `lp` that prints nothing, and remembers what it was told."""

    folder: Path

    @property
    def told(self) -> list[list[str]]:
        """The words of each time."""
        said = self.folder / "lp.said"
        text = said.read_text("utf-8") if said.exists() else ""
        return [words.splitlines() for words in text.split("end\n")[:-1]]

    def refuse(self) -> None:
        (self.folder / "lp.refuses").touch()


@pytest.fixture
def lp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OwnLp:
    """The only one on the PATH."""
    folder = tmp_path / "programs"
    folder.mkdir()
    (folder / "lp").write_text(_LP, "utf-8")
    (folder / "lp").chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join((str(folder), os.environ["PATH"])))
    return OwnLp(folder)


def test_a_campaign_can_do_without_the_press(desk: Desk) -> None:
    assert "Set fast: 4; plainly: 0" in desk.ok("print", "-v").err
    desk.ok("print", "--discard", "1", "--yes")
    settings = desk.folder / "campaign.toml"
    said = settings.read_text("utf-8")
    settings.write_text(said.replace("[paper]\n", "[paper]\npress = false\n"), "utf-8")
    again = desk.ok("print", "-v").err
    assert "Set fast: 0; plainly: 4; both ways and compared: 0.\n" in again


def test_lots_are_made_printed_and_posted_by_a_persons_word(desk: Desk, lp: OwnLp) -> None:
    settings = desk.folder / "campaign.toml"
    text = settings.read_text("utf-8").replace("per_lot = 250", "per_lot = 2")
    settings.write_text(text, "utf-8")
    said = desk.ok("print", "--printer", "bureau")
    assert said.err.count(": handed to “bureau”. request id is bureau-7") == 2
    assert "Count 3 sheets" in said.err
    assert paper(desk) == {"made": 4}  # until a person says so
    lots = [str(desk.folder / f"outbox/lots/lot-000{n}.pdf") for n in (1, 2)]
    assert [words[-1] for words in lp.told] == lots
    desk.ok("print", "--printed", "1")
    desk.ok("print", "--posted", "1")
    row = log(desk)[0]
    assert (row["status"], row["lot"], row["position"], row["sheets"]) == ("posted", "1", "1", "1")
    assert row["sha256"] not in ("", row["lot_sha256"])
    assert "" not in (row["made_at"], row["printed_at"], row["posted_at"])
    for again in ("--posted", "--printed"):
        said = desk.run("print", again, "1")
        assert (said.code, row["posted_at"][:10] in said.err) == (3, True), said.err
    desk.ok("print", "--returned", row["key"])
    assert paper(desk) == {"returned": 1, "posted": 1, "made": 2}
    desk.ok("edit", row["key"], "email=mairie@example.org")
    assert log(desk)[0]["status"] == "queued"  # and by e-mail now
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
    assert "Lot 1 (4 letters, 5 sheets): ready to print, handed to “bureau”." in (
        desk.ok("status").out
    )
    assert "Nobody is left" in desk.ok("print", "--printer", "bureau").err
    again = ("print", "--lot", "1", "--printer", "salon")
    said = desk.run(*again, typed="y\n")
    assert (said.code, "was handed to “bureau” on 20" in said.err) == (3, True), said.err
    assert "--lot 1 --printer bureau --yes" in said.err
    assert len(lp.told) == 1
    desk.ok(*again, "--yes")
    assert [words[1] for words in lp.told] == ["bureau", "salon"]
    assert "handed to “salon”" in desk.ok("status").out


@pytest.mark.parametrize(("when", "printed"), [("before", 0), ("after", 1)])
def test_killed_at_the_printer_the_lot_is_not_printed_again_by_itself(
    desk: Desk, lp: OwnLp, when: str, printed: int
) -> None:
    desk.ok("print")
    again = ("print", "--lot", "1", "--printer", "bureau")
    dies(desk, "merge.app.paper:hand_over", when, *again)
    assert (len(lp.told), paper(desk)) == (printed, {"made": 4})
    said = desk.run(*again)
    assert (said.code, "its sheets may be printed" in said.err) == (3, True), said.err
    assert len(lp.told) == printed
    desk.ok(*again, "--yes")
    assert len(lp.told) == printed + 1


def test_what_lp_refuses_is_told_in_its_words_and_wants_a_persons_word_again(
    desk: Desk, lp: OwnLp
) -> None:
    lp.refuse()
    said = desk.run("print", "--printer", "burau")
    assert (said.code, said.out) == (3, "outbox/lots/lot-0001.pdf: 4 letters, 5 sheets\n")
    assert "The printer or class does not exist" in said.err
    (lp.folder / "lp.refuses").unlink()
    assert desk.run("print", "--lot", "1", "--printer", "bureau").code == 3
    desk.ok("print", "--lot", "1", "--printer", "bureau", "--yes")
    assert (len(lp.told), paper(desk)) == (2, {"made": 4})


def test_without_lp_the_pdf_is_made_and_how_to_print_it_is_said(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    said = desk.run("print", "--printer", "bureau")
    made = "outbox/lots/lot-0001.pdf"
    assert (said.code, said.out) == (3, f"{made}: 4 letters, 5 sheets\n")
    assert f"{desk.folder / made}: This computer has no print service" in said.err
    assert "Print it by hand: in actual size" in said.err
    assert "handed to" not in desk.ok("status").out


def test_an_lp_of_the_current_folder_is_not_run(
    desk: Desk, lp: OwnLp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = desk.folder / "lp"
    own.write_text("#!/bin/sh\ntouch stranger\n", "utf-8")
    own.chmod(0o755)
    program = [sys.executable, "-m", "merge", "print", "--printer", "bureau"]
    root = str(Path(batch.__file__).parents[2])
    for relative in ("", "."):
        environ = {**os.environ, "PATH": os.pathsep.join((relative, os.environ["PATH"]))}
        environ["PYTHONPATH"] = os.pathsep.join((os.environ.get("PYTHONPATH", ""), root))
        subprocess.run([*program, "--all"], cwd=desk.folder, env=environ, check=True)
        desk.ok("print", "--discard", str(len(lp.told)), "--yes")
    assert not (desk.folder / "stranger").exists()
    assert len(lp.told) == 2


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


def test_who_is_changed_when_a_lot_is_made_is_in_that_lot_and_in_no_other(
    desk: Desk, lp: OwnLp
) -> None:
    desk.ok("print", "--printer", "bureau")
    said = desk.ok("edit", "01002", "address=9 rue Neuve", "email=mairie@example.org")
    assert "letter 2 of lot 1 is as it was" in said.err
    assert "--discard 1" in said.err
    assert paper(desk) == {"made": 4}
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
    desk: Desk, lp: OwnLp
) -> None:
    desk.ok("print")
    desk.sql(
        "UPDATE deliveries SET status = 'queued', lot = NULL, position = NULL "
        "WHERE recipient = '01002'"
    )
    said = desk.run("print", "--lot", "1", "--printer", "bureau")
    assert (said.code, "gone another way" in said.err) == (3, True)
    assert lp.told == []
    assert "handed to" not in desk.ok("status").out


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
        assert "campaign.toml [sender], [letterhead], [paper] return_address" in said.err
    assert not list(desk.folder.glob("outbox/**/*.pdf"))


def test_nothing_of_a_lot_that_was_given_back_lies_where_it_could_be_printed(
    desk: Desk, lp: OwnLp
) -> None:
    desk.ok("print", "--separate")
    desk.ok("print", "--lot", "1", "--from", "2", "--to", "3")
    desk.ok("print", "--discard", "1", "--yes")
    assert list((desk.folder / "outbox/lots").iterdir()) == []
    put_away = sorted(path.name for path in (desk.folder / "outbox/discarded").iterdir())
    assert put_away == ["lot-0001", "lot-0001-letters-2-3.pdf", "lot-0001.pdf", "lot-0001.zip"]
    said = desk.run("print", "--lot", "1", "--printer", "bureau")
    assert (said.code, "given back" in said.err) == (3, True), said.err  # not: put it back there
    assert lp.told == []
    for again in (("--posted", "1"), ("--discard", "1", "--yes")):
        assert "given back" in desk.run("print", *again).err
        assert list((desk.folder / "outbox/lots").iterdir()) == []


def test_a_lot_is_printed_on_the_sides_and_the_paper_that_it_was_made_for(
    desk: Desk, lp: OwnLp
) -> None:
    desk.ok("print")
    settings = desk.folder / "campaign.toml"
    duplex = settings.read_text("utf-8")
    simplex = duplex.replace('duplex = "long-edge"', 'duplex = "one-sided"')
    assert simplex != duplex
    settings.write_text(simplex, "utf-8")
    desk.ok("print", "--lot", "1", "--printer", "bureau")
    desk.ok("print", "--lot", "1", "--from", "2", "--to", "3", "--printer", "bureau")
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
    assert "which has 1 to 4." in desk.run("print", "--lot", "1", "--from", "9").err
    handed = desk.ok("print", "--lot", "1", "--to", "1", "--printer", "bureau").err
    assert "Lot 1, letters 1 to 1: handed to “bureau”." in handed
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
        said = desk.run(*words, typed="n\n")
        assert (said.code, "arrive twice" in said.err) == (130, True)
    assert lp.told == []
    assert [path.name for path in (desk.folder / "outbox/lots").iterdir()] == ["lot-0001.pdf"]
    desk.ok(*part, "--yes")
    desk.ok(*part, "--printer", "bureau", typed="y\n")
    assert len(lp.told) == 1


@in_files  # a server keeps another copy of the lot, which comes in its place
def test_a_pdf_that_is_not_the_ledgers_goes_to_no_printer(desk: Desk, lp: OwnLp) -> None:
    desk.ok("print")
    lot = desk.folder / "outbox/lots/lot-0001.pdf"
    with lot.open("ab") as file:
        file.write(b"\n")
    words = ("print", "--lot", "1", "--printer", "bureau")
    assert "not in its place as it was made" in desk.run(*words).err
    assert desk.run("print", "--lot", "1", "--from", "1").code == 3
    lot.unlink()
    said = desk.run(*words)
    assert (said.code, lp.told, paper(desk)) == (3, [], {"made": 4})
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
        ("print", "--printer", "ipp://localhost/printers/bureau"),
        ("print", "--printer", "192.168.1.20:631"),
        ("print", "--printer", "-d"),
        ("print", "--lot", "1", "--printer", "http://x/"),
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
    ):
        assert desk.run(*words).code == 2, words
    assert desk.run("print", "--returned", "01001").code == 3
    assert paper(desk) == {"made": 4}
    desk.ok("print", "--discard", "1", "--yes")
    assert "given back" in desk.run("print", "--posted", "1").err
    desk.ok("print")
    desk.ok("print", "--printed", "2")
    assert "that cannot be done with it" in desk.run("print", "--printed", "2").err
