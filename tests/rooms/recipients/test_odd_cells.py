"""Cells that a database may refuse come to the same in files and on a server."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from tests.both import on_each_database
from tests.desk import HAVRE, HEADER, NICE, Desk

pytest_plugins = ["tests.servers.fixtures"]
pytestmark = on_each_database

NOTE = "what stands there"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.made(tmp_path)


def workbook(desk: Desk, note: str) -> str:
    """Nice and Le Havre; at Nice the file itself has these characters, as XML."""
    content = io.BytesIO()
    rows = [f"{HEADER};Note", f"{NICE};{NOTE}", f"{HAVRE};"]
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            for column, cell in enumerate(row.split(";")):
                sheet.write_string(number, column, cell)
    path = desk.folder.with_name("communes.xlsx")
    with zipfile.ZipFile(content) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(NOTE.encode(), note.encode()))
    return str(path)


def test_a_nul_keeps_its_row_out_and_no_other(desk: Desk) -> None:
    said = desk.run("import", workbook(desk, "a_x0000_b"))
    assert said.code == 1
    assert "A character in this cell cannot be printed (…)." in said.out
    assert desk.figures()["recipients"] == 1


def test_half_a_character_keeps_nobody_out(desk: Desk) -> None:
    desk.ok("import", workbook(desk, "a_xD800_b"))
    assert desk.figures()["recipients"] == 2
    assert "Nice" in desk.ok("show", "06088").out


@pytest.mark.parametrize("note", ["a&#xD800;b", "a&#0;b"])
def test_what_no_xml_may_hold_is_no_workbook(desk: Desk, note: str) -> None:
    said = desk.run("import", workbook(desk, note))
    assert (said.code, desk.figures()["recipients"]) == (2, 0)
    assert "communes.xlsx: This file is damaged" in said.err


def test_a_cell_of_a_million_characters_is_kept_whole(desk: Desk) -> None:
    desk.ok("import", workbook(desk, "x" * 1_000_000))
    assert "x" * 1_000_000 in desk.ok("show", "06088").out


def test_a_key_that_is_too_long_keeps_its_row_out_and_no_other(desk: Desk) -> None:
    keys = ("é" * 255, "é" * 256)
    rows = (f"{key};Ville {number};v{number}@example.org" for number, key in enumerate(keys))
    sheet = desk.sheet(*rows, header="Numéro;Commune;Courriel")
    said = desk.run("import", str(sheet), "--map", "key=Numéro")
    assert said.code == 1
    assert "255 characters at most" in " ".join(said.out.split())
    assert desk.figures()["recipients"] == 1
    assert desk.ok("show", "é" * 255).code == 0
