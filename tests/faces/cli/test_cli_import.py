"""A sheet that comes by standard input; import*.txt tell the rest."""

from __future__ import annotations

from tests.desk import HEADER, NICE, Desk


def test_standard_input_is_a_sheet(desk: Desk) -> None:
    desk.ok("import", "-", typed=f"{HEADER}\n{NICE}\n")
    assert desk.figures()["recipients"] == 1
