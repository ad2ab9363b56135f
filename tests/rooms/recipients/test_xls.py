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


def test_an_error_that_was_typed_or_computed_is_found() -> None:
    typed = record(0x0205, struct.pack("<HHHBB", 4, 1, 0, 0x2A, 1))
    truth = record(0x0205, struct.pack("<HHHBB", 4, 2, 0, 1, 0))
    untruth = record(0x0205, struct.pack("<HHHBB", 4, 3, 0, 0, 0))  # 0 as an error is #NULL!
    computed = record(0x0006, struct.pack("<HHH", 5, 3, 0) + b"\2\0\7\0\0\0\xff\xff" + bytes(8))
    number = record(0x0006, struct.pack("<HHHd", 6, 3, 0, 1.5) + bytes(8))
    chart = BEGIN + record(0x0205, struct.pack("<HHHBB", 9, 9, 0, 0x2A, 1)) + END
    data = workbook(chart + typed + truth + untruth + computed + number)
    assert list(xls.errors(data, "List")) == [(5, 2, "#N/A"), (6, 4, "#DIV/0!")]
    assert not list(xls.errors(data, "Other"))


def test_every_error_of_excel_is_shown_as_excel_shows_it() -> None:
    for code, shown in [
        (0x00, "#NULL!"),
        (0x07, "#DIV/0!"),
        (0x0F, "#VALUE!"),
        (0x17, "#REF!"),
        (0x1D, "#NAME?"),
        (0x24, "#NUM!"),
        (0x2A, "#N/A"),
    ]:
        data = workbook(record(0x0205, struct.pack("<HHHBB", 0, 0, 0, code, 1)))
        assert list(xls.errors(data, "List")) == [(1, 1, shown)]


def test_what_a_formula_gives_else_is_no_error() -> None:
    for result in [
        b"\2\0\7\0\0\0\xf0\x3f",  # a number
        b"\1\0\0\0\0\0\xff\xff",  # FALSE
        b"\0\0\0\0\0\0\xff\xff",  # a text
        b"\3\0\0\0\0\0\xff\xff",  # no letter
    ]:
        computed = record(0x0006, struct.pack("<HHH", 5, 3, 0) + result + bytes(8))
        assert list(xls.errors(workbook(computed), "List")) == []


def test_a_row_that_is_not_shown_is_found() -> None:
    def row(number: int, flags: int) -> bytes:
        return record(0x0208, struct.pack("<HHHHHHHH", number, 0, 9, 255, 0, 0, flags, 0))

    rows = row(0, 0x100) + row(1, 0x1DF) + row(7, 0x120)
    assert list(xls.hidden_rows(workbook(rows), "List")) == [8]


def test_a_sheet_is_found_by_a_name_with_accents() -> None:
    typed = record(0x0205, struct.pack("<HHHBB", 0, 0, 0, 0x17, 1))
    data = workbook(typed, b"\x06\x01" + "Œuvres".encode("utf-16-le"))
    assert list(xls.errors(data, "Œuvres")) == [(1, 1, "#REF!")]


def test_a_password_is_seen_in_the_first_records() -> None:
    assert xls.is_encrypted(BEGIN + record(0x0086) + record(0x002F, bytes(6)) + END)
    assert not xls.is_encrypted(workbook(record(0x002F, bytes(6))))


def test_texts_that_have_no_room_in_the_workbook_are_seen() -> None:
    def texts(n: int) -> bytes:
        return BEGIN + record(0x00FC, struct.pack("<II", 9, n) + bytes(12)) + END

    assert not xls.promises_too_much(texts(4))
    assert xls.promises_too_much(texts(20))  # of 48 bytes: a text takes three
    assert xls.promises_too_much(texts(0xFFFFFFFF))


def test_cells_without_end_are_seen() -> None:
    for extent, is_endless in [
        ((0, 65_536, 0, 256), False),
        ((0, 0, 0, 0), False),
        ((8, 7, 0, 9), True),
        ((0, 7, 9, 8), True),
        ((0, 0x8000_0007, 0, 9), True),
        ((0, 1_000_000, 0, 256), True),
        ((65_000, 65_536, 0, 256), False),
    ]:
        data = workbook(record(0x0200, struct.pack("<IIHHH", *extent, 0)))
        assert xls.promises_too_much(data) is is_endless


def test_a_record_that_is_too_short_says_nothing() -> None:
    for kind in (0x00FC, 0x0085):
        assert not xls.promises_too_much(BEGIN + record(kind, b"\xff\xff\xff") + END)
    of_excel_95 = record(0x0200, struct.pack("<5H", 0, 9, 0, 9, 0))
    assert not xls.promises_too_much(workbook(of_excel_95))


def test_a_worksheet_without_a_name_is_not_looked_for() -> None:
    for size in [0, 3, 7]:
        data = BEGIN + record(0x0085, bytes(size)) + END
        assert not list(xls.errors(data, "List"))
        assert not list(xls.hidden_rows(data, "List"))


def test_what_is_cut_in_a_worksheet_is_passed_over() -> None:
    short = record(0x0205, bytes(7)) + record(0x0006, bytes(13)) + record(0x0208, bytes(12))
    typed = record(0x0205, struct.pack("<HHHBB", 0, 0, 0, 0x17, 1))
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
