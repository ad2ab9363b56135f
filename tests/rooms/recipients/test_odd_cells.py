"""Cells that a database may refuse come to the same in files and on a server."""

from __future__ import annotations

import pytest

from tests.both import on_each_database
from tests.desk import HAVRE, HEADER, NICE, Desk
from tests.workbooks import changed, workbook

pytest_plugins = ["tests.servers.fixtures"]


def noted(desk: Desk, note: str) -> str:
    """Nice and Le Havre; at Nice the file itself has these characters, as XML."""
    rows = [row.split(";") for row in (f"{HEADER};Note", f"{NICE};NOTED", HAVRE)]
    data = changed(workbook(("F", rows)), "xl/sharedStrings.xml", b"NOTED", note.encode())
    path = desk.folder.with_name("communes.xlsx")
    path.write_bytes(data)
    return str(path)


@on_each_database
@pytest.mark.parametrize(
    ("note", "code", "taken"),
    [("a_x0000_b", 1, ["Le Havre"]), ("a_xD800_b", 0, ["Le Havre", "Nice"])],
)
def test_a_nul_keeps_its_row_out_and_half_a_character_nobody(
    desk: Desk, note: str, code: int, taken: list[str]
) -> None:
    assert desk.run("import", noted(desk, note)).code == code
    assert desk.figures()["recipients"] == len(taken)
    assert all(desk.ok("show", name) for name in taken)


def test_what_no_xml_may_hold_is_no_workbook(desk: Desk) -> None:
    for note in ("a&#xD800;b", "a&#0;b"):
        assert desk.run("import", noted(desk, note)).code == 2
    assert desk.figures()["recipients"] == 0


def test_a_cell_of_a_million_characters_is_kept_whole(desk: Desk) -> None:
    desk.ok("import", noted(desk, "x" * 1_000_000))
    assert "x" * 1_000_000 in desk.ok("show", "06088").out


def test_a_key_that_is_too_long_keeps_its_row_out_and_no_other(desk: Desk) -> None:
    keys = ("é" * 255, "é" * 256)
    rows = (f"{key};Ville {number};v{number}@example.org" for number, key in enumerate(keys))
    sheet = desk.sheet(*rows, header="Numéro;Commune;Courriel")
    assert desk.run("import", str(sheet), "--map", "key=Numéro").code == 1
    assert desk.figures()["recipients"] == 1
    assert desk.ok("show", "é" * 255).code == 0
