"""A text file is cut into records in memory that does not grow with it; each fault has its row."""

import contextlib
import csv
import io
import sys
import tracemalloc
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merge.errors import SheetError
from merge.recipients import delimited
from merge.recipients.delimited import DelimitedText, quoting_of
from merge.recipients.source import Source


def text_of(data: bytes, encoding: str = "utf-8", delimiter: str = ";") -> DelimitedText:
    return DelimitedText(Source(io.BytesIO(data)), encoding, delimiter)


def refused(data: bytes, encoding: str = "utf-8") -> SheetError:
    with pytest.raises(SheetError) as caught:
        list(text_of(data, encoding).checked())
    return caught.value


@pytest.mark.parametrize("block_bytes", [1, 2, 3, 7, 1 << 20])
@given(st.text(st.sampled_from('a0;;""\n\n\r\r é\\\''), max_size=40))
def test_both_readings_cut_any_text_alike(block_bytes: int, raw: str) -> None:
    with (
        mock.patch.object(delimited, "_BLOCK_BYTES", block_bytes),
        contextlib.suppress(SheetError),
    ):
        text = text_of(raw.encode())
        checked = list(text.checked())
        quoting = quoting_of(raw, ";")
        assert checked == list(quoting.records(io.StringIO(raw, newline=""), ";"))
        if quoting.is_usual:
            assert checked == list(csv.reader(io.StringIO(raw, newline=""), delimiter=";"))
        width = max(map(len, checked), default=0) or 1  # an empty line is one empty cell
        assert list(text) == [(*record, *[""] * (width - len(record))) for record in checked]


def test_a_windows_file_that_ends_with_an_accent_is_no_utf_8_that_was_cut() -> None:
    assert delimited.encoding_of([b"commune\nVitr\xe9"]) == "cp1252"


STREET = "2, rue de l'Y"


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ('01004, "2, rue de l\'Y" , x', ["01004", f"{STREET} ", "x"]),
        ("'01004','2, rue de l''Y','x'", ["01004", STREET, "x"]),
        ("'01004','2, rue de l\\'Y','x'", ["01004", STREET, "x"]),
        ("'01004', '2, rue de l''Y', 'x'", ["01004", STREET, "x"]),
        (r'01004,"Le \"Bourg\", 2",x', ["01004", 'Le "Bourg", 2', "x"]),
        (r'01004,"Le \"Bourg\"","C:\\"', ["01004", 'Le "Bourg"', "C:\\"]),
        (r'01004,"Le ""Bourg"", 2","C:\"', ["01004", 'Le "Bourg", 2', "C:\\"]),
        ("'01004,'01005,L'Y", ["'01004", "'01005", "L'Y"]),  # apostrophes of Excel's
        ("'t Hof,'t Hof,'t Hof", ["'t Hof"] * 3),
        ("'70s' rock','x','y'", ["'70s' rock'", "'x'", "'y'"]),
    ],
)
def test_cells_are_cut_however_they_stand_in_quotation_marks(line: str, cells: list[str]) -> None:
    text = text_of(f"a,b,c\r\n{line}\r\n".encode(), delimiter="")
    assert list(text.checked())[1:] == [cells]
    assert list(text)[1:] == [tuple(cells)]


@pytest.mark.parametrize(
    "rows",
    [
        (";;;'0'", ";;'';''"),
        ("'x';a", "'y';b", "z;c", "'w';d"),  # not the whole column
        ("a;'x", "y';b", "'c';'d'", "'e';'f'"),  # what two rows have is no cell
    ],
)
def test_an_apostrophe_quotes_whole_columns_and_swallows_no_row(rows: tuple[str, ...]) -> None:
    text = text_of("\n".join(["a;b;c;d"[: 2 * rows[0].count(";") + 1], *rows, ""]).encode())
    assert list(text)[1:] == [tuple(row.split(";")) for row in rows]


def test_the_delimiter_is_guessed_around_cells_in_strange_quotation_marks() -> None:
    rows = [f'0100{n}; "{n}, rue X, {n}, y, z" ; "a, b, c"' for n in range(5)]
    assert (
        text_of("\n".join(["Code INSEE;Adresse;Note", *rows]).encode(), delimiter="").delimiter
        == ";"
    )


@pytest.mark.parametrize("filler", ['; "', ";'a", ';"\\"a', ";''", '""', "\\'"])
def test_no_text_of_quotation_marks_keeps_anybody_waiting(filler: str) -> None:
    """Each of these is slow where a pattern goes back over what it has read."""
    for delimiter in (";", ","):
        short, long = (f"{filler * times}\n" for times in (50, 50_000))
        assert quoting_of(long, delimiter) == quoting_of(short, delimiter)


def test_a_file_of_a_usual_size_does_not_wait_for_pandas() -> None:
    text = text_of(b"a;b\n" * 100)
    with mock.patch.dict(sys.modules, {"pandas": None}):
        assert list(text.checked()) == [["a", "b"]] * 100
        assert list(text) == [("a", "b")] * 100


def test_a_file_is_never_in_memory_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "_BLOCK_BYTES", 1 << 16)
    text = text_of((b"Rennes;" + b"x" * 8_000 + b"\n") * 2_000)  # 16 MB
    several_blocks = text_of(b"a;b\n" * 100_000)
    list(several_blocks.checked())
    next(iter(several_blocks))  # loads pandas
    tracemalloc.start()
    assert sum(1 for _ in text.checked()) == sum(1 for _ in text) == 2_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6_000_000


@pytest.mark.parametrize(
    ("data", "code", "row"),
    [
        (b'a;b\n"two\nlines";c\nd;\xff', "wrong-encoding", 3),
        (b"a;b\nc;d\ne;\xc3", "wrong-encoding", 3),
        (b'a;b\n"two\nlines";c\nd;\0\n', "not-a-sheet", 3),
        (b"a\rb\rc\0\r", "not-a-sheet", 3),
        (b'a;b\n"c', "open-quote", 2),
        (b'a;b\n"', "open-quote", 2),
        (b'a;b\n"c""', "open-quote", 2),
        (b"a;b\nc;d\n" + b"x" * 140_000, "open-quote", 3),
        (b"a;b\nc;d\n" + b";" * 40, "row-too-wide", None),  # the sample is as wide
        (b"a;b\n" * 300 + b";" * 40, "row-too-wide", 301),
    ],
)
@pytest.mark.parametrize("block_bytes", [3, 1 << 20])
def test_a_fault_is_told_with_its_row(
    block_bytes: int, data: bytes, code: str, row: int | None
) -> None:
    with mock.patch.object(delimited, "_BLOCK_BYTES", block_bytes):
        if row is None:
            assert list(text_of(data).checked())
        else:
            error = refused(data)
            assert (error.code, error.row) == (code, row)


def test_a_quotation_mark_that_opens_a_whole_file_stops_at_once() -> None:
    data = b'a;b\n"c;d\n' + b"e;f\n" * 1_000_000
    tracemalloc.start()
    error = refused(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (error.code, error.row) == ("open-quote", 2)
    assert peak < 40_000_000


def test_a_file_without_any_line_end_stops_before_it_fills_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(delimited, "_LONGEST_LINE", 1_000)
    monkeypatch.setattr(delimited, "_BLOCK_BYTES", 100)
    error = refused(b"a;b\n" + b"x" * 3_000)
    assert (error.code, error.row) == ("open-quote", 2)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16"])
def test_half_a_character_of_utf_16_is_told_with_its_row(encoding: str) -> None:
    data = "Commune\nRennes\nÉvreux".encode(encoding)
    assert refused(data[:-1], encoding).row == 3


@pytest.mark.parametrize("encoding", ["undefined", "idna"])
def test_an_encoding_that_cannot_read_a_file_is_told(encoding: str) -> None:
    assert refused(b"Commune\nRenn\xe9s\n", encoding).code == "wrong-encoding"
