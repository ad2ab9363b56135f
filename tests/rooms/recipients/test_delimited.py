"""A text file is cut into records in memory that does not grow with it; each fault has its row."""

import contextlib
import csv
import io
import sys
import tracemalloc
from itertools import product
from unittest import mock

import pytest
from hypothesis import example, given
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


@example(block_bytes=1, raw="00;0;1e5\n01;1;NA\n")
@given(
    block_bytes=st.sampled_from([1, 2, 3, 7, 1 << 20]),
    raw=st.text(st.sampled_from('a0;;""\n\n\r\r é\\\''), max_size=40),
)
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


def test_no_text_of_quotation_marks_keeps_anybody_waiting() -> None:
    """Each of these is slow where a pattern goes back over what it has read."""
    for filler, delimiter in product(['; "', ";'a", ';"\\"a', ";''", '""', "\\'"], ";,"):
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


def test_a_fault_is_told_with_its_row() -> None:
    faults = [
        (b'a;b\n"two\nlines";c\nd;\xff', "wrong-encoding", 3),
        (b"a;b\nc;d\ne;\xc3", "wrong-encoding", 3),
        (b'a;b\n"two\nlines";c\nd;\0\n', "not-a-sheet", 3),
        (b"a\rb\rc\0\r", "not-a-sheet", 3),
        (b'a;b\n"c', "open-quote", 2),
        (b'a;b\n"', "open-quote", 2),
        (b'a;b\n"c""', "open-quote", 2),
        (b"a;b\nc;d\n" + b"x" * 140_000, "open-quote", 3),
        (b"a;b\n" * 300 + b";" * 40, "row-too-wide", 301),
    ]
    for block_bytes in (3, 1 << 20):
        with mock.patch.object(delimited, "_BLOCK_BYTES", block_bytes):
            found = [
                (data, error.code, error.row) for data, *_ in faults for error in [refused(data)]
            ]
            assert found == faults
            assert list(text_of(b"a;b\nc;d\n" + b";" * 40).checked())  # the sample is as wide


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


def test_half_a_character_of_utf_16_is_told_with_its_row() -> None:
    for encoding in ("utf-16-le", "utf-16-be", "utf-16"):
        data = "Commune\nRennes\nÉvreux".encode(encoding)
        assert refused(data[:-1], encoding).row == 3


def test_an_encoding_that_cannot_read_a_file_is_told() -> None:
    for encoding in ("undefined", "idna"):
        assert refused(b"Commune\nRenn\xe9s\n", encoding).code == "wrong-encoding"
