"""What a group is told of its pages before and while they are made."""

from __future__ import annotations

import gc
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2 as pdfium
import pytest

from merge.campaign import check as checking
from merge.campaign.check import Findings
from merge.ledger.reading import Candidates
from merge.letters.examples import BUILT_IN
from merge.model import Recipient
from merge.paper.window import FORMATS, PROFILES
from tests.desk import HAVRE, HEADER, NICE, Desk, Y
from tests.pages import need_pages, texts


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Nice and Y by e-mail, Le Havre on paper."""
    need_pages()
    return Desk.made(tmp_path, NICE, HAVRE, Y)


def add(desk: Desk, file: str, text: str) -> None:
    path = desk.folder / file
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def test_check_tells_what_spoils_the_window_and_print_holds_the_letter(desk: Desk) -> None:
    add(desk, "letter.css", ".subject { position: absolute; top: 40mm; left: 90mm }")
    said = desk.run("check")
    assert said.code == 1
    assert "Le Havre (76351): the window of the envelope also shows" in said.err
    assert desk.run("print").code == 1
    assert desk.figures()["paper"]["held"] == 1
    assert not (desk.folder / "outbox/lots").exists()


def test_check_counts_what_the_pages_show_beside_what_the_letters_lack(desk: Desk) -> None:
    rows = (f"{NICE};x", f"{HAVRE};x", f"{Y.replace('y@example.org', '')};")
    desk.ok("import", str(desk.sheet(*rows, header=f"{HEADER};Note")))
    add(desk, "letter.md", "\n{{ note }}\n")
    add(desk, "letter.css", ".subject { position: absolute; top: 40mm; left: 90mm }")
    said = desk.run("check")
    assert said.code == 3  # two of three: it is the letter's
    assert "Y (80829): “Note” is empty" in said.err
    assert "Le Havre (76351): the window of the envelope also shows" in said.err
    assert "1 by e-mail, 2 on paper; at fault: 2." in said.out


def test_check_counts_the_letters_that_are_addressed_both_ways(desk: Desk) -> None:
    assert "1 letter is addressed both ways" in desk.ok("check").out  # of Y, on neither's word
    desk.ok("import", str(desk.sheet(NICE, HAVRE, Y.replace("VAN DEN", "Mme VAN DEN"))))
    assert "both ways" not in desk.ok("check").out
    desk.ok("import", str(desk.sheet(NICE, HAVRE, Y.replace("y@example.org", ""))))
    letter = desk.folder / "letter.md"
    letter.write_text("---\nsubject: x\n---\nBonjour\n\n{{ signature }}\n", encoding="utf-8")
    assert "1 letter is addressed both ways" in desk.ok("check").out  # in the window


def test_check_says_nothing_of_a_letter_of_two_pages(desk: Desk) -> None:
    add(desk, "letter.css", ".subject { break-before: page } html { font-size: 7pt }")
    assert "more than two pages" not in desk.ok("check").err
    desk.ok("print")
    assert len(texts(desk.folder / "outbox/lots/lot-0001.pdf")[2:]) == 2  # behind the cover


def test_the_held_letter_is_printed_once_the_look_is_mended(desk: Desk) -> None:
    look = (desk.folder / "letter.css").read_text(encoding="utf-8")
    add(desk, "letter.css", "@page { margin: 50mm 20mm }")  # the address moves with it
    assert "does not show all of “Mairie du Havre”" in desk.run("print").err
    (desk.folder / "letter.css").write_text(look, encoding="utf-8")
    desk.ok("print")
    assert desk.figures()["paper"]["made"] == 1


def test_check_and_print_tell_a_letter_of_three_pages(desk: Desk) -> None:
    letter = (desk.folder / "letter.md").read_text(encoding="utf-8")
    (desk.folder / "letter.md").write_text(
        letter.replace("{{ salutation_courte }},", "Un mot.\n\n" * 80 + "{{ salutation_courte }},"),
        encoding="utf-8",
    )
    for command in ("check", "print"):
        said = desk.ok(command).err
        assert "Le Havre (76351): the letter has more than two pages" in said
        assert "shorten letter.md" in said


def test_a_missing_picture_is_told_by_check_and_stops_print(desk: Desk) -> None:
    add(desk, "letter.css", 'main { background: url("gone.png") }')
    for command in ("check", "print"):
        said = desk.run(command)
        assert said.code == 2
        assert "gone.png: The letter to 76351 shows what is no whole file" in said.err
    assert desk.figures()["paper"]["queued"] == 1


def test_check_reads_all_recipients_before_pages_want_memory_and_lets_them_go(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def alive() -> int:
        """Of those made since the campaign was opened: what was there before is set aside."""
        gc.collect()
        made = (each for each in gc.get_objects() if type(each) is Recipient)
        return sum(each not in BUILT_IN for each in made)

    events: list[object] = []
    read, measure = Candidates.recipients, checking.check_pages

    def reading(candidates: Candidates) -> Iterator[Recipient]:
        events.append("read")
        return read(candidates)

    def measuring(*arguments: Any, **more: Any) -> Findings:
        events.append(alive())
        return measure(*arguments, **more)

    monkeypatch.setattr(Candidates, "recipients", reading)
    monkeypatch.setattr(checking, "check_pages", measuring)
    desk.ok("check")
    assert events[0] == "read"
    assert events[-1] == 0


def test_the_envelope_of_the_settings_moves_the_address(desk: Desk, tmp_path: Path) -> None:
    add(desk, "campaign.toml", "fold_marks = true\n")
    places = {}
    for profile in PROFILES:
        settings = (desk.folder / "campaign.toml").read_text(encoding="utf-8")
        paper = next(name for name, each in FORMATS.items() if each == PROFILES[profile].sheet)
        set_to = f'format = "{paper}"\nwindow = "{profile}"'
        (desk.folder / "campaign.toml").write_text(
            settings.replace('window = "nf-right"', set_to), encoding="utf-8"
        )
        page = tmp_path / f"{profile}.pdf"
        desk.ok("preview", "Le Havre", "--as", "pdf", "-o", str(page))
        (desk.folder / "campaign.toml").write_text(settings, encoding="utf-8")
        with pdfium.PdfDocument(page) as document:
            text = document[0].get_textpage()
            found = text.search("Mairie du Havre").get_next()
            assert found
            places[profile] = round(text.get_charbox(found[0])[0] / 72 * 25.4)
    assert places == {
        **{"nf-right": 105, "sn-left": 30, "sn-right": 117, "din": 22},
        **{"sn-left-c5": 23, "sn-right-c5": 120, "din-c6": 22, "us-10": 27},
    }


def test_each_recipient_has_a_pdf_of_its_own_when_asked(desk: Desk) -> None:
    desk.ok("print", "--separate")
    lots = desk.folder / "outbox/lots"
    name = "lot-01-001-le-havre-76351.pdf"
    names = {path.name for path in (lots / "lot-0001").iterdir()}
    assert names == {name}
    assert texts(lots / "lot-0001" / name) == texts(lots / "lot-0001.pdf")[2:]


def test_the_cover_says_when_as_people_say_it(desk: Desk) -> None:
    desk.ok("print")
    cover = " ".join(texts(desk.folder / "outbox/lots/lot-0001.pdf")[0].split())
    assert re.search(r"Made \w+day \w+ \w+ \d{4} at \d\d:\d\d ", cover), cover


def test_the_cover_of_a_part_names_its_first_and_last_letter_as_that_of_the_lot_does(
    desk: Desk,
) -> None:
    desk.ok("print", "--all")
    desk.ok("print", "--lot", "1", "--from", "2", "--to", "2")
    part = desk.folder / "outbox/lots/lot-0001-letters-2-2.pdf"
    cover = " ".join(texts(part)[0].split())
    with pikepdf.Pdf.open(part) as pdf, pdf.open_outline() as outline:
        (mark,) = (item.title for item in outline.root)
    assert re.fullmatch(r"\d{5} · .+ · \d{5} .+", mark)
    assert cover.count(mark) == 2


def test_a_lot_that_is_made_is_cut_into_the_same_files_later(desk: Desk) -> None:
    desk.ok("print", "--separate")
    own = desk.folder / "outbox/lots/lot-0001/lot-01-001-le-havre-76351.pdf"
    at_once = own.read_bytes()
    own.unlink()
    before = desk.figures()
    said = desk.ok("print", "--lot", "1", "--separate")
    assert said.out == "outbox/lots/lot-0001: 1 letter\n"
    assert "with a list: outbox/lots/lot-0001.zip" in said.err
    assert own.read_bytes() == at_once
    assert desk.figures() == before
    for words in (("--from", "1"), ("--printer", "bureau")):
        assert desk.run("print", "--lot", "1", "--separate", *words).code == 2
    desk.ok("print", "--discard", "1", "--yes")
    assert "given back" in desk.run("print", "--lot", "1", "--separate").err


def test_the_pages_of_one_recipient_are_shown_bit_for_bit(desk: Desk) -> None:
    refused = desk.run("show", "Le Havre", "--pdf")
    assert (refused.code, "preview 76351 --as pdf" in refused.err) == (2, True)
    desk.ok("print", "--all", "--separate")
    folder = desk.folder / "outbox/lots/lot-0001"
    for key in ("06088", "76351"):
        (own,) = folder.glob(f"*-{key}.pdf")
        assert shown(desk, key) == own.read_bytes()
    with (desk.folder / "outbox/lots/lot-0001.pdf").open("ab") as lot:
        lot.write(b"\n")
    assert "not in its place as it was made" in desk.run("show", "Le Havre", "--pdf").err


def shown(desk: Desk, key: str) -> bytes:
    command = [sys.executable, "-m", "merge", "-C", str(desk.folder), "show", key, "--pdf"]
    return subprocess.run(command, check=True, capture_output=True).stdout


@pytest.mark.parametrize(("duplex", "pages"), [("long-edge", 2), ("one-sided", 1)])
def test_a_sheet_tries_the_envelope(desk: Desk, duplex: str, pages: int) -> None:
    settings = (desk.folder / "campaign.toml").read_text(encoding="utf-8")
    (desk.folder / "campaign.toml").write_text(
        settings.replace('duplex = "long-edge"', f'duplex = "{duplex}"'), encoding="utf-8"
    )
    before = desk.figures()
    said = desk.ok("print", "--test-sheet")
    assert said.out == "outbox/test-sheet.pdf\n"
    sheet = texts(desk.folder / "outbox/test-sheet.pdf")
    assert len(sheet) == pages
    assert sheet[0].count("M" * 38) == 6
    assert "100 mm" in sheet[0]
    assert desk.figures() == before
