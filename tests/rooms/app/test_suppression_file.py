"""The suppression list as a file: what one computer writes, another takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desk import HAVRE, NICE, Desk, Y


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.made(tmp_path, NICE, HAVRE, Y)


def on_paper_and_by_email(desk: Desk) -> tuple[int, int]:
    figures = desk.figures()
    return figures["paper"]["suppressed"], figures["email"]["suppressed"]


def test_what_one_user_has_written_another_takes(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.ok("suppress", "Le Havre", "--reason", "par téléphone")
    desk.ok("suppress", "nice@example.org", "--reason", "by mail")
    desk.ok("suppress", "@example.net", "--reason", "asked", "--yes")
    file = tmp_path / "list.csv"
    file.write_text(desk.ok("suppress", "--csv").out, encoding="utf-8", newline="")
    monkeypatch.setenv("PUBLIPOSTAGE_HOME", str(tmp_path / "another"))
    desk.ok("adopt", "--yes")
    assert desk.run("suppress", "--import", str(file), typed="n\n").code == 130
    assert "Nobody is on the list" in desk.ok("suppress").out + desk.ok("suppress").err
    said = desk.ok("suppress", "--import", str(file), "--yes")
    assert "3 lines are new on the list." in said.err
    listed = desk.ok("suppress").out
    assert all(each in listed for each in ("76351", "nice@example.org", "example.net"))
    assert "par téléphone" in listed
    assert on_paper_and_by_email(desk) == (1, 1)
    assert "0 lines are new; 3 are" in desk.ok("suppress", "--import", str(file)).err


def test_a_plain_column_of_names_will_do_and_what_names_nobody_is_told(
    desk: Desk, tmp_path: Path
) -> None:
    file = tmp_path / "stop.csv"
    rows = ["Qui;Motif", "Le Havre;demandé", "Atlantide;", "y@example.org;"]
    file.write_text("\r\n".join(rows), encoding="cp1252")
    said = desk.run("suppress", "--import", str(file), "--yes")
    assert (said.code, "left out: 3." in said.err) == (1, True)
    assert on_paper_and_by_email(desk) == (1, 1)
    assert "stop.csv" in desk.ok("suppress").out  # the reason, where the file has none


def test_no_cell_of_the_list_starts_a_formula(desk: Desk) -> None:
    desk.ok("suppress", "Nice", "--reason", "=1+1")
    assert ",'=1+1," in desk.ok("suppress", "--csv").out
