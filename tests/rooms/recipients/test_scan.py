"""What a workbook can ask of the computer is seen however it is written; damage is told."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import pytest

from merge.recipients import records
from merge.recipients.sheet import read_sheet
from tests.rooms.recipients.test_workbook import KINDS, MAIRIES
from tests.tables import people_told, refusal, sheet_told
from tests.workbooks import (
    NEXT_ROW,
    SHEET,
    changed,
    members_of,
    open_document,
    package,
    with_rows,
    words,
    workbook,
)

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
FAR = "XFD1048576"
DAMAGED, TOO_LARGE, STRAY = (
    (f"refused: {code}",) for code in ("workbook-damaged", "sheet-too-large", "stray-cell")
)


def text(place: str, said: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{said}</t></is></c>'


def filled(place: str) -> str:
    return f'<c r="{place}"><v>1</v></c>'


def in_folder(data: bytes, folder: str, target: str) -> bytes:
    """The workbook with its worksheet elsewhere in the package."""
    data = changed(data, "xl/_rels/workbook.xml.rels", b"worksheets/sheet1.xml", target.encode())
    members = members_of(data)
    return package(**{f"{folder}/sheet1.xml": members.pop(SHEET)}, **members)


# How far the cells go


def test_a_cell_far_away_is_seen_however_it_is_written() -> None:
    """ECMA-376 18.3.1.35: how far a worksheet goes may be left out, or is what it began with."""
    cells = [
        '<c s="0" r="XFD1048576"><v>1</v></c>',
        '<c  r="XFD1048576"><v>1</v></c>',
        '<c\nr="XFD1048576"><v>1</v></c>',
        '<c r = "XFD1048576"><v>1</v></c>',
        "<c r='XFD1048576'><v>1</v></c>",
        '<c t="n" a=">" r="XFD1048576"><v>1</v></c>',
        '<c r="&#88;FD1048576"><v>1</v></c>',
        '<c r="XFD1048576"><!-- <c r="A3"> --><v>1</v></c>',
        f'<y:c xmlns:y="{MAIN}" r="XFD1048576"><y:v>1</y:v></y:c>',
        '<c r="XFD1048576"><f>1+1</f></c>',
        '<c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c>',
        '<c r="XFC1048576"/><c><v>1</v></c>',
        '<c r="C1048576"><v>1</v></c><c s="1"><v>1</v></c><c r="XFD1048576"><v>1</v></c>',
    ]
    written = {cell: with_rows(f'<row r="1048576">{cell}</row>') for cell in cells}
    plain = next(iter(written.values()))
    written["no dimension"] = changed(plain, SHEET, b"<dimension [^>]*/>")
    for folder, target in ("xl/sheets", "sheets"), ("parts", "/parts"), ("x", "../x"):
        written[folder] = in_folder(plain, folder, f"{target}/sheet1.xml")
    told = {how: sheet_told(data) for how, data in written.items()}
    assert told == dict.fromkeys(written, (f"refused: stray-cell {FAR}",))


def test_a_cell_far_away_is_named_wherever_it_stands() -> None:
    down = with_rows('<row r="5"><c r="XFD5"><v>1</v></c></row>', '<row r="50001"><c r="A50001"/>'
        '<c r="B50001"><v>1</v></c></row>')  # fmt: skip
    found = {
        "ADU200000": with_rows('<row r="200000"><c r="ADU200000"><v>5</v></c></row>'),
        "XFD5": changed(down, SHEET, b"<dimension [^>]*/>", b'<dimension ref="A1:B50001"/>'),
    }
    assert {cell: sheet_told(data)[0] for cell, data in found.items()} == {
        cell: f"refused: stray-cell {cell}" for cell in found
    }


def test_a_colour_far_away_is_no_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "CELLS_AT_MOST", 100)
    rows = f'<row r="2">{text("A2", "35238")}</row>', '<row r="1001"><c r="CW1001" s="0"/></row>'
    assert people_told(with_rows(*rows)) == ("35238",)


def test_a_table_far_down_a_worksheet_is_near(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "CELLS_AT_MOST", 4)
    table: list[list[str]] = [*([] for _ in range(20)), ["Commune"], ["Rennes"]]
    assert sheet_told(workbook(("F", table)), header_row=21) == ("Commune", "22: Rennes")
    assert refusal(workbook(("F", [*table, [None, "Brest"]]))).code == "stray-cell"


def test_a_cell_far_away_in_another_worksheet_keeps_nobody_from_this_one(tmp_path: Path) -> None:
    data = workbook(("F", [["Commune"], ["Rennes"]]), ("G", [["x"]]), ("H", [[" "]]))
    second = SHEET.replace("1", "2")
    data = changed(
        data, second, b"(?=</sheetData>)", f'<row r="1048576">{filled(FAR)}</row>'.encode()
    )
    path = tmp_path / "x.xlsx"
    path.write_bytes(data)
    found = read_sheet(path)
    assert (found.sheet, found.sheets) == ("F", ("F", "G", "H"))
    assert sheet_told(data, sheet="G") == (f"refused: stray-cell {FAR}",)


def test_what_is_hidden_or_an_error_is_told_wherever_the_worksheet_lies() -> None:
    data = with_rows(
        f'<row r="2" hidden="1">{text("A2", "35238")}{text("B2", "Rennes")}</row>',
        f'<row r="3">{text("A3", "35360")}<c t="e" r="B3"><v>#N/A</v></c></row>',
    )
    for folder in ("xl/sheets", "xl/worksheets/_more"):
        moved = in_folder(data, folder, f"{folder.removeprefix('xl/')}/sheet1.xml")
        assert sheet_told(moved)[1:] == ("2: 35238 · Rennes", "3: 35360 · #N/A")
        assert "!2 hidden-row" in people_told(moved)


def test_rows_and_cells_that_do_not_say_where_they_stand_are_counted() -> None:
    cell, error = '<c t="inlineStr"><is><t>Z</t></is></c>', '<c t="e"><v>#REF!</v></c>'
    data = with_rows(
        f'<row r="4">{text("A4", "35238")}{cell}<c r="E4"/>{error}</row>',
        f'<row hidden="true">{text("A5", "35360")}{error}</row>',
    )
    assert sheet_told(data)[1:3] == ("4: 35238 · Z · #REF!", "5: 35360 · #REF! · ")
    assert "!5 hidden-row" in people_told(data)


# How long its texts are, and how many its rows


def test_more_equal_rows_or_cells_than_there_can_be_are_seen_before_they_take_all_memory() -> None:
    empty = "<table:table-cell/>"
    repeated = '<table:table-cell table:number-columns-repeated="{0}"/>'
    rows = 'table:visibility="collapse" table:number-rows-repeated="{0}"'
    for far in (repeated, NEXT_ROW.format(rows) + empty):
        for many, told in (30_000_001, ("refused: sheet-empty 1",)), (10**20, DAMAGED):
            assert sheet_told(open_document(words("Commune"), far.format(many))) == told
    end = NEXT_ROW.format("") + words("Brest")
    for cell in (words("Rennes"), empty):
        many_rows = NEXT_ROW.format('table:number-rows-repeated="29000000"') + cell
        data = open_document(words("Commune"), words("Vitré") + many_rows + end)
        assert refusal(data).code == "stray-cell"


def test_empty_or_hidden_rows_behind_the_table_are_none() -> None:
    for attributes, cell in (
        ('table:number-rows-repeated="1048574"', 'table:number-columns-repeated="16384"'),
        ('table:visibility="collapse" table:number-rows-repeated="30000000"', ""),
    ):
        rest = NEXT_ROW.format(attributes) + f"<table:table-cell {cell}/>"
        data = open_document(words("Code INSEE"), words("35238") + rest)
        assert people_told(data) == ("35238",)


# What is damaged, or something else


def saying(data: bytes, unpacked: int) -> bytes:
    """The package, of which the first file is said to unpack to so many bytes."""
    entry = data.index(b"PK\x01\x02")  # its place in the list of contents, APPNOTE 4.3.12
    return data[: entry + 24] + struct.pack("<I", unpacked) + data[entry + 28 :]


def in_a_ring(old: bytes) -> bytes:
    """The .xls, of which the directory goes on where it began ([MS-CFB] 2.2)."""
    data = bytearray(old)
    (table,) = struct.unpack_from("<I", data, 0x4C)
    (directory,) = struct.unpack_from("<I", data, 0x30)
    struct.pack_into("<I", data, (table + 1) * 512 + 4 * directory, directory)
    return bytes(data)


def test_what_is_damaged_says_so() -> None:
    by_lzma = package(zipfile.ZIP_LZMA, **{"xl/é.xml": bytes(1000)})
    texts = MAIRIES["xls"].index(b"\xfc\x00\x05\x01") + 8  # the record SST, how many it has
    bomb = '<!DOCTYPE worksheet [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    damaged = {
        "it unpacks to more than it says": saying(package(**{"xl/workbook.xml": b"x" * 99}), 10),
        "a name that a broken disk has changed": by_lzma.replace("é".encode(), b"\xff\xff"),
        "a method that it has changed": by_lzma.replace(b"]\0\0\x80\0", b"\xff\0\0\x80\0"),
        "no workbook of Excel in it": package(**{"xl/workbook.xml": b"<x/>"}),
        "no workbook of LibreOffice in it": package(**{"content.xml": b"<x/>"}),
        "texts without end": MAIRIES["xls"][:texts] + b"\xff" * 4 + MAIRIES["xls"][texts + 4 :],
        "texts that grow": with_rows(text("A2", "&b;"), begin=bomb),
        "texts that grow in LibreOffice": changed(
            open_document(words("&b;")), "content.xml", b"(?=<office:document)", bomb.encode()
        ),
        "a document type behind a long comment": with_rows(
            text("A2", "&b;"), begin=f"<!-- {'x' * 70_000} -->{bomb}"
        ),
        "no end of the rows": changed(workbook(("F", [["x"]])), SHEET, b"</sheetData>.*"),
        "a directory in a ring": in_a_ring(MAIRIES["xls"]),
        "a number that is none": with_rows('<row r="x" hidden="1"/>'),
        "a place that is none": with_rows('<row r="2"><c r="A" t="e"><v>1</v></c></row>'),
    }
    told = {how: sheet_told(data) for how, data in damaged.items()}
    assert told == dict.fromkeys(damaged, DAMAGED)


def test_a_small_file_that_unpacks_to_gigabytes_is_refused_by_what_it_says() -> None:
    error = refusal(saying(package(**{"xl/workbook.xml": b"x"}), 3_000_000_000))
    assert (error.code, error.facts) == ("sheet-too-large", {"words": "> 2000 MB"})


def test_another_file_is_called_by_its_name() -> None:
    files = {
        "XLSB": package(**{"xl/workbook.bin": b"x"}),
        "ZIP": package(**{"word/document.xml": b"x"}),
    }
    for kind, data in files.items():
        error = refusal(data)
        assert (error.code, error.facts["kind"]) == ("not-a-sheet", kind)


def test_a_workbook_cut_anywhere_is_a_clear_error() -> None:
    for kind in KINDS:
        data = MAIRIES[kind]
        told = {sheet_told(data[:length])[0] for length in range(4, len(data) - 1, 509)}
        refused = {each for each in told if each.startswith("refused: ")}
        assert refused <= {*DAMAGED, "refused: sheet-empty"}  # or it is read


class PanicException(BaseException):
    """As what a panic of Rust comes out of calamine: no Exception, and importable from nowhere."""


def test_what_calamine_dies_of_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    data = workbook(("F", [["Commune"], ["Rennes"]]))
    for error, code in (
        (PanicException(), "workbook-damaged"),
        (OSError("its own, which has no number"), "workbook-damaged"),
        (OSError(5, "Input/output error"), "file-unreadable"),  # a disk is no damage of the file
    ):

        def fail(_: object, error: BaseException = error) -> None:
            raise error

        monkeypatch.setattr("python_calamine.load_workbook", fail)
        assert refusal(data).code == code
