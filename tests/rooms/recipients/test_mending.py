"""A cell that was mended in what was read of a sheet, and the next file that has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from merge.model import MendedCell, RowProblem
from merge.recipients.answers import Place
from merge.recipients.cells import Cells
from merge.recipients.columns import assign
from merge.recipients.mending import mended
from merge.recipients.records import framed
from merge.recipients.sheet import Sheet

HEADERS = ("Code INSEE", "Courriel", "CP")
ROWS = (("35238", "rennes@example,org", "35000"), ("29019", "brest@example.org", "292O0"))
WRONG = "rennes@example,org"
RIGHT = "rennes@example.org"
MENDED = MendedCell(2, "Courriel", WRONG, RIGHT, ("35238",))


def read(
    *rows: Cells,
    known: Sequence[MendedCell] = (),
    here: Mapping[Place, str] = {},
    first: int = 2,
) -> tuple[list[Cells], list[RowProblem], list[MendedCell]]:
    frame = framed(rows).set_axis(HEADERS, axis="columns")
    frame.index += first
    given = Sheet(path="x.csv", headers=HEADERS, header_row=1, frame=frame)
    sheet, done = mended(given, assign(HEADERS), known, here)
    assert [*given.head().rows.values()] == [*rows]
    return [*sheet.head().rows.values()], [*sheet.told], done


def test_a_cell_mended_here_counts_and_is_told_with_its_place() -> None:
    rows, problems, done = read(*ROWS, here={(2, "Courriel"): RIGHT})
    assert rows == [("35238", RIGHT, "35000"), ROWS[1]]
    (told,) = problems
    assert (told.code, told.row, told.column) == ("cell-mended", 2, "Courriel")
    assert (told.value, told.suggestion, told.taken) == (WRONG, RIGHT, True)
    assert done == [MENDED]


def test_a_mended_cell_is_found_in_the_next_file_wherever_its_row_stands() -> None:
    rows, problems, done = read(*reversed(ROWS), known=[MENDED], first=9)
    assert rows == [ROWS[1], ("35238", RIGHT, "35000")]
    assert [problem.row for problem in problems] == [10]
    assert done == [MENDED._replace(row=10)]


def test_a_file_that_was_corrected_wins_over_what_was_mended() -> None:
    corrected = ("35238", "mairie@example.org", "35000")
    assert read(corrected, ROWS[1], known=[MENDED]) == ([corrected, ROWS[1]], [], [])


def test_a_cell_that_says_the_same_of_somebody_else_is_left_alone() -> None:
    other = ("29019", WRONG, "29200")
    assert read(other, known=[MENDED]) == ([other], [], [])


def test_what_is_mended_here_wins_and_may_take_a_mended_cell_back() -> None:
    rows, _, done = read(*ROWS, known=[MENDED], here={(2, "Courriel"): "autre@example.org"})
    assert rows[0][1] == "autre@example.org"
    assert done == [MENDED._replace(after="autre@example.org")]
    assert read(*ROWS, known=[MENDED], here={(2, "Courriel"): WRONG}) == (list(ROWS), [], [])


def test_rows_that_are_alike_are_told_apart_by_their_place() -> None:
    twin = ("", "", "Saint-Denis")
    known = [
        MendedCell(2, "Code INSEE", "", "93066", ("",)),
        MendedCell(3, "Code INSEE", "", "97411", ("",)),
    ]
    rows, _, _ = read(twin, twin, twin, known=known)
    assert [cells[0] for cells in rows] == ["93066", "97411", ""]


def test_a_column_that_is_gone_is_mended_nowhere() -> None:
    gone = MENDED._replace(column="Mail")
    assert read(*ROWS, known=[gone], here={(2, "Autre"): "x"}) == (list(ROWS), [], [])
