"""`publipostage import` as a person meets it: what it says, asks, keeps and takes back."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.desk import HAVRE, HEADER, NICE, Desk, Y

pytest_plugins = ["tests.servers.fixtures"]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    return Desk.made(tmp_path)


@pytest.fixture
def filled(desk: Desk) -> Desk:
    desk.ok("import", str(desk.sheet(NICE, HAVRE, Y)))
    return desk


def rows_of(report: Path) -> list[list[str]]:
    return list(csv.reader(report.read_text("utf-8-sig").splitlines(), delimiter=";"))


def test_every_problem_change_and_absence_is_in_the_report(filled: Desk, tmp_path: Path) -> None:
    changed = NICE.replace("Étienne", "Paul").replace("ÇELIK", "=HYPERLINK()")
    sheet, report = filled.sheet(changed, "99999;Nulle-Part;;;;;;;"), tmp_path / "out" / "r.csv"
    said = filled.run("import", str(sheet), "--report", str(report))
    assert said.code == 1
    head, *rows = rows_of(report)
    assert (head[0], len(head)) == ("File", 7)
    unknown = next(row for row in rows if row[3] == "99999")
    assert (unknown[1], unknown[2], unknown[6]) == ("3", "Code INSEE", "no")
    renamed = {row[2]: row for row in rows if row[2].startswith("06088 Nice: ")}
    assert renamed["06088 Nice: Surname"][3] == "Çelik"
    assert "Paul" in renamed["06088 Nice: First name"][4]
    assert [row[3] for row in rows if row[2] == "Nom"] == ["'=HYPERLINK()"]
    assert {row[3] for row in rows if "not in these sheets" in row[4]} == {"76351", "80829"}
    assert not [cell for row in rows for cell in row if cell.startswith("=")]


def test_no_report_is_written_over_the_sheet_that_it_is_about(desk: Desk) -> None:
    sheet = desk.sheet(NICE)
    before = sheet.read_bytes()
    said = desk.run("import", str(sheet), "--report", str(sheet), "--dry-run")
    assert said.code == 2
    assert sheet.read_bytes() == before


def test_a_report_that_cannot_be_written_keeps_nothing(desk: Desk) -> None:
    said = desk.run("import", str(desk.sheet(NICE)), "--report", "/proc/nowhere/r.csv")
    assert (said.code, desk.figures()["recipients"]) == (2, 0)


def test_an_import_is_undone_after_its_lot_was_given_back(filled: Desk) -> None:
    filled.ok("print", "--all")
    said = filled.run("import", "--undo")
    assert said.code == 3
    filled.ok("print", "--discard", "1", "--yes")
    filled.ok("import", "--undo")
    assert filled.figures()["recipients"] == 0


@pytest.mark.parametrize(
    "word",
    [("answer", "Rennes", "yes"), ("replies", "--yes", "--from", "mails")],
    ids=["answered", "proposed"],
)
def test_what_a_new_town_has_answered_since_keeps_it(filled: Desk, word: tuple[str, ...]) -> None:
    filled.ok("import", str(filled.sheet("35238;Rennes;F;Anne;BO;r@example.org;;;")))
    mail = b"From: Mairie de Rennes <x@example.net>\r\n\r\nBonjour\r\n"
    (filled.folder / "mails").mkdir()
    (filled.folder / "mails" / "1.eml").write_bytes(mail)
    filled.ok(*(each.replace("mails", str(filled.folder / "mails")) for each in word))
    said = filled.run("import", "--undo")
    assert said.code == 3
    assert filled.figures()["recipients"] == 4


def test_standard_input_is_a_sheet(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    import io
    import sys

    stdin = io.TextIOWrapper(io.BytesIO(f"{HEADER}\n{NICE}\n".encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    from merge.cli import main

    assert main(["-C", str(desk.folder), "import", "-"]) == 0
    assert desk.figures()["recipients"] == 1
