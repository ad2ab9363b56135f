"""Rows by columns: cells that are alike are asked about once, and each row has what is wrong."""

from __future__ import annotations

from merge.recipients.cells import Problems
from merge.recipients.frame import Rows, recipients_of


def rows(*cells: tuple[str, str]) -> Rows:
    return Rows.of(cells, range(2, 2 + len(cells)), ("self", "Nom"))


def careful(one: str, other: str, problems: Problems) -> tuple[str | None, tuple[str, ...]]:
    if other == "?":
        problems.tell("doubtful", "Nom", other)
    return one or None, (one, other)


def test_cells_that_are_alike_are_asked_about_once_and_each_row_has_their_problems() -> None:
    asked: list[str] = []

    def counted(one: str, other: str, problems: Problems) -> tuple[str | None, tuple[str, ...]]:
        asked.append(f"{one}{other}")
        return careful(one, other, problems)

    given = rows(("", "?"), ("a", "b"), ("", "?"), ("NA", "nan"))
    found = given.asked(counted, ("self", "Nom"), ("self", "both"))
    assert asked == ["?", "ab", "NAnan"]
    assert [*found] == [
        (2, (None, "?", ("", "?"))),
        (3, ("a", "b", ("a", "b"))),
        (4, (None, "?", ("", "?"))),
        (5, ("NA", "nan", ("NA", "nan"))),
    ]
    told = {row: [each.code for each in some] for row, some in found.problems.items()}
    assert told == {2: ["doubtful"], 4: ["doubtful"]}
    assert next(iter(given)) == (2, ("", "?"))


def test_a_sheet_without_rows_is_a_frame_without_rows() -> None:
    found = rows().asked(careful, ("self", "Prénom"), ("self", "both"))
    assert [*found] == []
    assert [*recipients_of(found)] == []
