"""A sheet that would take the computer is given up, with the limit that it met and what to do."""

from __future__ import annotations

import gc
import io
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from merge.app import confined
from merge.app.confined import read_sheet
from merge.confined import helpers
from merge.confined.limits import MEBIBYTE, Limits
from merge.confined.plain import plain
from merge.errors import SheetError
from merge.recipients.sheet import read_sheet as read_here
from merge.recipients.sheet import send
from tests.desk import HEADER, NICE, SAMPLE, Desk
from tests.house import ROOT
from tests.workbooks import TEXT, open_document, with_rows

GOLDEN = ROOT / "tests/golden"


@pytest.fixture(autouse=True)
def _alone() -> Iterator[None]:
    """Without a helper that other tests have made large."""
    helpers.end()
    yield
    helpers.end()


def limited(monkeypatch: pytest.MonkeyPatch, cpu_s: float = 60, megabytes: int = 2048) -> None:
    limits = Limits(cpu_s=cpu_s, memory=megabytes * MEBIBYTE, wall_s=60)
    monkeypatch.setattr(confined, "_of_sheet", lambda path: limits)


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def stopped(path: Path) -> SheetError:
    with pytest.raises(SheetError) as caught:
        list(read_sheet(path).rows)
    return caught.value


# --- as it is read here ---------------------------------------------------------------------------


def test_a_sheet_says_the_same_as_without_a_helper() -> None:
    for path in (
        SAMPLE,
        GOLDEN / "communes-tricky.csv",
        *sorted((GOLDEN / "workbooks").glob("mairies.*")),
    ):
        here, there = read_here(path), read_sheet(path)
        assert list(there.rows) == list(here.rows) == list(there.rows)  # again and again
        assert replace(there, rows=()) == replace(here, rows=())


def test_an_error_of_reading_is_the_same(tmp_path: Path) -> None:
    for name, data in (("a.csv", b'Commune\n"x'), ("b.xlsx", b"PK\x03\x04"), ("c.pdf", b"")):
        path = written(tmp_path / name, data)
        with pytest.raises(SheetError) as here:
            read_here(path)
        there = stopped(path)
        assert (there.code, there.path, there.row, there.facts) == (
            *(here.value.code, str(path)),
            *(here.value.row, here.value.facts),
        )
    assert stopped(tmp_path / "absent.csv").code == "file-unreadable"
    assert stopped(tmp_path).code == "file-unreadable"


def test_a_sheet_that_was_changed_meanwhile_is_not_read_on(tmp_path: Path) -> None:
    path = written(tmp_path / "x.csv", b"Commune\nRennes\n")
    table = read_sheet(path)
    assert len(list(table.rows)) == 1
    written(path, b"Commune\nBrest\n")
    with pytest.raises(SheetError) as caught:
        list(table.rows)
    assert (caught.value.code, caught.value.path) == ("sheet-changed", str(path))


def test_a_stream_is_read_by_its_own_name_and_leaves_no_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    table = read_sheet(io.BytesIO(f"{HEADER}\r\n{NICE}\r\n".encode()))
    (copy,) = (each for each in tmp_path.iterdir() if each.is_file())  # beside the helper's folder
    assert os.name != "posix" or copy.stat().st_mode & 0o777 == 0o600
    assert table.path == "-"
    assert [row.number for row in table.rows if hasattr(row, "number")] == [2]
    del table
    gc.collect()
    assert not [each for each in tmp_path.rglob("*") if each.is_file()]
    with pytest.raises(SheetError) as caught:
        read_sheet(io.BytesIO(b'Commune\n"x'))
    assert caught.value.path == "-"


# --- limits ---------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits time alone")
def test_a_sheet_that_takes_too_much_memory_says_so_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(monkeypatch, megabytes=100)
    cell = TEXT.format("Rennes")
    rows = f'</table:table-row><table:table-row table:number-rows-repeated="1900000">{cell * 15}'
    path = written(tmp_path / "x.ods", open_document(TEXT.format("Commune"), cell + rows))
    desk = Desk(tmp_path / "campaign")
    desk.make()
    said = desk.run("import", str(path))
    assert said.code == 2
    assert "Traceback" not in said.err
    assert desk.figures()["recipients"] == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits time alone")
def test_a_sheet_that_takes_too_much_time_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited(monkeypatch, cpu_s=0.5)
    data = with_rows(*['<row r="7" hidden="1"><c r="A7"><v>1</v></c></row>'] * 1_500_000)
    error = stopped(written(tmp_path / "x.xlsx", data))
    assert error.code == "sheet-too-large"


def test_a_helper_that_ends_while_rows_come_leaves_nothing_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(*_: object) -> Iterator[object]:
        yield json.loads(json.dumps(next(send(SAMPLE, {})), default=plain))
        raise helpers.RanAway("crash", "Segmentation fault")

    monkeypatch.setattr(helpers, "answers", told)
    desk = Desk(tmp_path / "campaign")
    desk.make()
    said = desk.run("import", str(SAMPLE))
    assert said.code == 2
    assert "Segmentation fault" in said.err
    assert desk.figures()["recipients"] == 0


def test_what_is_no_table_is_not_taken_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helpers, "answers", lambda *_: iter([["x"] * 9]))
    error = stopped(SAMPLE)
    assert error.code == "sheet-too-large"


def test_the_larger_the_file_the_more_it_may_take(tmp_path: Path) -> None:
    def limits(begin: bytes, size: int) -> Limits:
        with (tmp_path / "x").open("wb") as file:
            file.write(begin)
            file.truncate(size)
        return confined._of_sheet(tmp_path / "x")

    text, more = limits(b"Code", 1_000), limits(b"Code", 1_000_000_000)
    assert more.cpu_s > text.cpu_s + 300
    assert more.memory == text.memory
    assert limits(b"PK\x03\x04", 10_000_000).cpu_s > limits(b"Code", 10_000_000).cpu_s
    assert limits(b"[{", 200_000_000).memory > more.memory
