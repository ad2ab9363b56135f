"""Cells for other programs: none starts a formula."""

from __future__ import annotations

import csv
import io
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merge.app import export
from tests.tables import sheet_told

PARIS = ZoneInfo("Europe/Paris")
FORMULA = ("=", "+", "-", "@")


@given(st.lists(st.text(), min_size=1), st.booleans())
def test_any_cell_comes_back_and_none_starts_a_formula(cells: list[str], excel: bool) -> None:
    cells = [cell.replace("\0", "").replace("\r", "") for cell in cells]
    columns = [str(n) for n in range(len(cells))]
    content = b"".join(export.written(columns, [cells], "excel" if excel else "csv"))
    text = content.decode("utf-8-sig" if excel else "utf-8")
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=";" if excel else ","))
    assert rows[0] == columns
    for before, after in zip(cells, rows[1], strict=True):
        assert after in (before, "'" + before)
        assert not after.lstrip(" \t\n").startswith(FORMULA)


def test_a_workbook_has_each_row_as_text_on_as_many_worksheets_as_that_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(export, "_ROWS_OF_A_WORKSHEET", 2)
    rows = [("01000", "=1+1"), ("nan", "1E5"), ("2026-03-01", "https://example.org")]
    (data,) = export.written(("a", "b"), rows, "xlsx")
    first, second = (sheet_told(data, sheet=f"publipostage {n}") for n in (1, 2))
    assert first == ("a · b", "2: 01000 · =1+1", "3: nan · 1E5")
    assert second == ("a · b", "2: 2026-03-01 · https://example.org")


def test_a_formula_in_any_disguise_is_text() -> None:
    cells = ["=1+1", "＝1+1", "＋1", "－1", "＠SUM(A1)", "−1", "|cmd", "%0A"]
    cells += ["\u200b=1+1", "\u00a0\t=1", "\ufeff@x"]
    assert [export.harmless(cell) for cell in cells] == ["'" + cell for cell in cells]
