"""A text file is cut into records as RFC 4180 has it; each fault has its row."""

import contextlib
import csv
import io
import tracemalloc

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from merge.errors import SheetError
from merge.recipients.cells import unquoted
from merge.recipients.records import Records
from merge.recipients.source import Source
from merge.recipients.text import doubled, encoding_of, read_text, records


def records_of(data: bytes, encoding: str = "utf-8", delimiter: str = ";") -> Records:
    return read_text(Source(io.BytesIO(data)), encoding, delimiter)


def refused(data: bytes, encoding: str = "utf-8") -> SheetError:
    with pytest.raises(SheetError) as caught:
        records_of(data, encoding)
    return caught.value


@example("00;0;1e5\n01;1;NA\n")
@given(st.text(st.sampled_from('a0;;""\n\n\r\r é\\\''), max_size=40))
def test_pandas_cuts_any_text_as_csv_does_and_takes_nothing_for_a_number(text: str) -> None:
    with contextlib.suppress(SheetError):
        read = records_of(text.encode())
        if "\r" in text.replace("\r\n", ""):  # alone it ends a line, and one that is quoted is LF
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        cut = list(records(io.StringIO(doubled(text, ";"), newline=""), ";"))
        if " " not in text and "\\" not in text:
            assert cut == list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
        assert read.widths.tolist() == [*map(len, cut)]
        width = max(map(len, cut)) or 1  # an empty line is one empty cell
        as_it_stands = [[*record, *[""] * (width - len(record))] for record in cut]
        assert read.frame.to_numpy().tolist() == [
            [*map(unquoted, record)] for record in as_it_stands
        ]


def test_a_windows_file_that_ends_with_an_accent_is_no_utf_8_that_was_cut() -> None:
    assert encoding_of(b"commune\nVitr\xe9") == "cp1252"


def test_a_backslash_before_two_marks_is_one_of_json_in_a_cell() -> None:
    frame = records_of(b'a;b\n"[""\\"""", 1]";x\n').frame
    assert [*frame.loc[2]] == ['["\\"", 1]', "x"]
    frame = records_of(b'a;b\n"Le \\"Bourg\\"";x\n').frame
    assert [*frame.loc[2]] == ['Le "Bourg"', "x"]


def test_no_text_of_quotation_marks_keeps_anybody_waiting() -> None:
    """Each of these is slow where a pattern goes back over what it has read."""
    for filler in (';"\\"a', '\\"', '\\" '):
        assert len(doubled(filler * 50_000, ";")) == len(filler) * 50_000
    for filler in ("''", "'", "' ", '=""', '="'):
        assert not unquoted(filler * 50_000).strip("'\"= ")


def test_how_cells_are_quoted_is_seen_a_long_way_down() -> None:
    plain = b"Commune;Adresse\n" + b"Rennes;Mairie\n" * 20_000
    frame = records_of(plain + b'Brest; "2; rue Y"\n').frame
    assert [*frame.loc[len(frame)]] == ["Brest", "2; rue Y"]


def test_a_fault_is_told_with_its_row() -> None:
    faults = [
        (b'a;b\n"two\nlines";c\nd;\xff', "wrong-encoding", 3),
        (b"a;b\nc;d\ne;\xc3", "wrong-encoding", 3),
        (b'a;b\n"c\n\xff', "wrong-encoding", 2),
        (b'a;b\n"two\nlines";c\nd;\0\n', "not-a-sheet", 3),
        (b"a\rb\rc\0\r", "not-a-sheet", 3),
        (b'a;b\n"c', "open-quote", 2),
        (b'a;b\n"', "open-quote", 2),
        (b'a;b\n"c""', "open-quote", 2),
        (b"a;b\nc;d\n" + b"x" * 140_000, "open-quote", 3),
    ]
    found = [(data, error.code, error.row) for data, *_ in faults for error in [refused(data)]]
    assert found == faults


def test_a_quotation_mark_that_opens_a_whole_file_stops_at_once() -> None:
    data = b'a;b\n"c;d\n' + b"e;f\n" * 1_000_000
    tracemalloc.start()
    error = refused(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (error.code, error.row) == ("open-quote", 2)
    assert peak < 40_000_000


def test_half_a_character_of_utf_16_is_told_with_its_row() -> None:
    for encoding in ("utf-16-le", "utf-16-be", "utf-16"):
        data = "Commune\nRennes\nÉvreux".encode(encoding)
        assert refused(data[:-1], encoding).row == 3


def test_an_encoding_that_cannot_read_a_file_is_told() -> None:
    for encoding in ("undefined", "idna"):
        assert refused(b"Commune\nRenn\xe9s\n", encoding).code == "wrong-encoding"
