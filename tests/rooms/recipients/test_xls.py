"""What calamine does not tell of an .xls: its errors, and that it wants a password."""

import io
import struct

import pytest

from merge.recipients.workbooks import xls
from merge.recipients.workbooks.xls import BadOleFile, streams
from tests.house import ROOT

GOLDEN = ROOT / "tests/golden" / "workbooks"  # test_workbook.py says how it was made


def record(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


BEGIN, END = record(0x0809, bytes(16)), record(0x000A)


def workbook(sheet: bytes, name: bytes = b"\x04\x00List") -> bytes:
    def start(at: int) -> bytes:
        return BEGIN + record(0x0085, struct.pack("<IH", at, 0) + name) + END

    return start(len(start(0))) + BEGIN + sheet + END


def cell(row: int, column: int, code: int, is_error: int = 1) -> bytes:
    return record(0x0205, struct.pack("<HHHBB", row, column, 0, code, is_error))


def computed(result: bytes) -> bytes:
    return record(0x0006, struct.pack("<HHH", 5, 3, 0) + result + bytes(8))


def test_an_error_that_was_typed_or_computed_is_found() -> None:
    truths = cell(4, 2, 1, 0) + cell(4, 3, 0, 0)  # 0 as an error is #NULL!
    chart = BEGIN + cell(9, 9, 0x2A) + END
    data = workbook(chart + cell(4, 1, 0x2A) + truths + computed(b"\2\0\7\0\0\0\xff\xff"))
    assert list(xls.errors(data, "List")) == [(5, 2, "#N/A"), (6, 4, "#DIV/0!")]
    assert not list(xls.errors(data, "Other"))
    for result in [
        b"\2\0\7\0\0\0\xf0\x3f",  # a number
        b"\1\0\0\0\0\0\xff\xff",  # FALSE
        b"\0\0\0\0\0\0\xff\xff",  # a text
        b"\3\0\0\0\0\0\xff\xff",  # no letter
    ]:
        assert list(xls.errors(workbook(computed(result)), "List")) == []


def test_every_error_of_excel_is_shown_as_excel_shows_it() -> None:
    codes = (0x00, 0x07, 0x0F, 0x17, 0x1D, 0x24, 0x2A)
    found = list(xls.errors(workbook(b"".join(cell(0, 0, code) for code in codes)), "List"))
    shown = "#NULL! #DIV/0! #VALUE! #REF! #NAME? #NUM! #N/A"
    assert [error for _row, _column, error in found] == shown.split()


def test_a_row_that_is_not_shown_is_found() -> None:
    def row(number: int, flags: int) -> bytes:
        return record(0x0208, struct.pack("<HHHHHHHH", number, 0, 9, 255, 0, 0, flags, 0))

    rows = row(0, 0x100) + row(1, 0x1DF) + row(7, 0x120)
    assert list(xls.hidden_rows(workbook(rows), "List")) == [8]


def test_a_sheet_is_found_by_a_name_with_accents() -> None:
    data = workbook(cell(0, 0, 0x17), b"\x06\x01" + "Œuvres".encode("utf-16-le"))
    assert list(xls.errors(data, "Œuvres")) == [(1, 1, "#REF!")]


def test_a_password_is_seen_in_the_first_records() -> None:
    assert xls.is_encrypted(BEGIN + record(0x0086) + record(0x002F, bytes(6)) + END)
    assert not xls.is_encrypted(workbook(record(0x002F, bytes(6))))


def test_what_the_workbook_has_no_room_for_is_seen() -> None:
    def texts(n: int) -> bytes:
        return BEGIN + record(0x00FC, struct.pack("<II", 9, n) + bytes(12)) + END

    def extent(*said: int) -> bytes:
        return workbook(record(0x0200, struct.pack("<IIHHH", *said, 0)))

    of_excel_95 = workbook(record(0x0200, struct.pack("<5H", 0, 9, 0, 9, 0)))
    short = [BEGIN + record(kind, b"\xff\xff\xff") + END for kind in (0x00FC, 0x0085)]
    fits = [texts(4), extent(0, 65_536, 0, 256), extent(0, 0, 0, 0), of_excel_95, *short]
    fits += [extent(65_000, 65_536, 0, 256)]
    endless = [texts(20), texts(0xFFFFFFFF)]  # of 48 bytes: a text takes three
    endless += [extent(8, 7, 0, 9), extent(0, 7, 9, 8), extent(0, 0x8000_0007, 0, 9)]
    endless += [extent(0, 1_000_000, 0, 256)]
    assert [data for data in fits if xls.promises_too_much(data)] == []
    assert [data for data in endless if not xls.promises_too_much(data)] == []


def test_a_worksheet_without_a_name_is_not_looked_for() -> None:
    for size in [0, 3, 7]:
        data = BEGIN + record(0x0085, bytes(size)) + END
        assert not list(xls.errors(data, "List"))
        assert not list(xls.hidden_rows(data, "List"))


def test_what_is_cut_in_a_worksheet_is_passed_over() -> None:
    short = record(0x0205, bytes(7)) + record(0x0006, bytes(13)) + record(0x0208, bytes(12))
    typed = cell(0, 0, 0x17)
    data = workbook(short + typed)
    for cut in (data, data[:-1], data[:-2]):
        assert list(xls.errors(cut, "List")) == [(1, 1, "#REF!")]
        assert not list(xls.hidden_rows(cut, "List"))
    assert not list(xls.errors(workbook(typed, b"\x02\x01L\0i"), "List"))


def test_the_streams_of_an_ole_file_have_their_names() -> None:
    found = streams(io.BytesIO((GOLDEN / "mairies.xls").read_bytes()))
    assert found["Workbook"].startswith(b"\x09\x08")


def test_an_ole_file_that_is_cut_or_runs_in_a_ring_is_bad() -> None:
    data = bytearray((GOLDEN / "mairies.xls").read_bytes())
    for length in (0, 100, 600, len(data) - 600):
        with pytest.raises(BadOleFile):
            streams(io.BytesIO(data[:length]))
    (table,) = struct.unpack_from("<I", data, 0x4C)
    (directory,) = struct.unpack_from("<I", data, 0x30)
    struct.pack_into("<I", data, (table + 1) * 512 + 4 * directory, directory)
    with pytest.raises(BadOleFile):
        streams(io.BytesIO(data))
