"""A cell that was mended in what was read of a sheet, and the next file that has it."""

from __future__ import annotations

from merge.model import MendedCell, RowProblem
from merge.recipients.columns import assign
from merge.recipients.mending import Mending, Place
from merge.recipients.sheet import Row, Table

HEADERS = ("Code INSEE", "Courriel", "CP")
ROWS = (("35238", "rennes@example,org", "35000"), ("29019", "brest@example.org", "292O0"))
WRONG = "rennes@example,org"
RIGHT = "rennes@example.org"
MENDED = MendedCell(2, "Courriel", WRONG, RIGHT, ("35238",))


def table(*rows: tuple[str, ...], first: int = 2) -> Table:
    numbered = [Row(number, cells) for number, cells in enumerate(rows, start=first)]
    return Table(path="x.csv", headers=HEADERS, header_row=1, rows=numbered)


def read(
    given: Table, *known: MendedCell, here: dict[Place, str] | None = None
) -> tuple[list[tuple[str, ...]], list[RowProblem], list[MendedCell]]:
    mending = Mending(given, assign(given.headers), known, here or {})
    rows: list[tuple[str, ...]] = []
    problems: list[RowProblem] = []
    for found in mending.mended.rows:
        if isinstance(found, RowProblem):
            problems.append(found)
        else:
            rows.append(found.cells)
    return rows, problems, mending.done


def test_a_cell_mended_here_counts_and_is_told_with_its_place() -> None:
    rows, problems, done = read(table(*ROWS), here={(2, "Courriel"): RIGHT})
    assert rows == [("35238", RIGHT, "35000"), ROWS[1]]
    (told,) = problems
    assert (told.code, told.row, told.column) == ("cell-mended", 2, "Courriel")
    assert (told.value, told.suggestion, told.taken) == (WRONG, RIGHT, True)
    assert done == [MENDED]


def test_a_mended_cell_is_found_in_the_next_file_wherever_its_row_stands() -> None:
    rows, problems, done = read(table(*reversed(ROWS), first=9), MENDED)
    assert rows == [ROWS[1], ("35238", RIGHT, "35000")]
    assert [problem.row for problem in problems] == [10]
    assert done == [MENDED._replace(row=10)]


def test_a_file_that_was_corrected_wins_over_what_was_mended() -> None:
    corrected = ("35238", "mairie@example.org", "35000")
    assert read(table(corrected, ROWS[1]), MENDED) == ([corrected, ROWS[1]], [], [])


def test_a_cell_that_says_the_same_of_somebody_else_is_left_alone() -> None:
    other = ("29019", WRONG, "29200")
    assert read(table(other), MENDED) == ([other], [], [])


def test_what_is_mended_here_wins_and_may_take_a_mended_cell_back() -> None:
    rows, _, done = read(table(*ROWS), MENDED, here={(2, "Courriel"): "autre@example.org"})
    assert rows[0][1] == "autre@example.org"
    assert done == [MENDED._replace(after="autre@example.org")]
    assert read(table(*ROWS), MENDED, here={(2, "Courriel"): WRONG}) == (list(ROWS), [], [])


def test_rows_that_are_alike_are_told_apart_by_their_place() -> None:
    twin = ("", "", "Saint-Denis")
    mended = [
        MendedCell(2, "Code INSEE", "", "93066", ("",)),
        MendedCell(3, "Code INSEE", "", "97411", ("",)),
    ]
    rows, _, _ = read(table(twin, twin, twin), *mended)
    assert [cells[0] for cells in rows] == ["93066", "97411", ""]


def test_a_column_that_is_gone_is_mended_nowhere() -> None:
    gone = MENDED._replace(column="Mail")
    assert read(table(*ROWS), gone, here={(2, "Autre"): "x"}) == (list(ROWS), [], [])


def test_rows_are_mended_each_time_they_are_gone_through() -> None:
    mending = Mending(table(*ROWS), assign(HEADERS), (MENDED,))
    assert list(mending.mended.rows) == list(mending.mended.rows)
    assert mending.done == [MENDED]
