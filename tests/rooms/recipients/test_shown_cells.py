"""A letter says what the spreadsheet shows: number formats, merged cells."""

from __future__ import annotations

import datetime
import io
import re
import struct
import zipfile
from collections.abc import Sequence

import pytest
import xlsxwriter
from xlsxwriter.utility import xl_cell_to_rowcol

from tests.rooms.recipients.test_workbook import (
    binary,
    cells,
    open_document,
    package,
    read,
    record,
    rows_of,
)
from tests.tables import everyone_in

PHONE = '0#" "##" "##" "##" "##'
EUROS = '#,##0.00\\ "€"'


def formatted(*rows: Sequence[object], merged: Sequence[str] = ()) -> bytes:
    """An XLSX of one worksheet; a pair is a value and the code that it is shown by."""
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        sheet = book.add_worksheet("F")
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                value, code = cell if isinstance(cell, tuple) else (cell, "General")
                sheet.write(r, c, value, book.add_format({"num_format": code}))
        for cells_of in merged:
            first = xl_cell_to_rowcol(cells_of.partition(":")[0])
            sheet.merge_range(cells_of, rows[first[0]][first[1]])
    return data.getvalue()


def test_a_letter_says_what_excel_shows() -> None:
    head = ("Commune", "Tél", "Montant", "Part", "CP", "Reste")
    row = ("Rennes", (223456789, PHONE), (1234.5, EUROS), (0.125, "0.0%"), (1000, "00000"), 2.5)
    assert cells(read(formatted(head, row))) == [
        ("Rennes", "02 23 45 67 89", "1\u202f234,50 €", "12,5\u00a0%", "01000", "2,5")
    ]


def test_each_cell_has_its_own_format() -> None:
    rows = [("Rennes", (n, "00000" if n % 3 else "0.0")) for n in range(1, 8)]
    shown = [("Rennes", f"{n:05}" if n % 3 else f"{n},0") for n in range(1, 8)]
    assert cells(read(formatted(("Commune", "N"), *rows))) == shown


def test_a_date_comes_as_it_did_whatever_its_format() -> None:
    day = datetime.date(2026, 3, 1)
    head, row = ("Commune", "Jour"), ("Rennes", (day, "[$-40C]d mmmm yyyy"))
    assert cells(read(formatted(head, row))) == [("Rennes", "2026-03-01")]


def test_a_text_is_shown_with_what_stands_around_it() -> None:
    head, row = ("Commune", "Lieu"), ("Rennes", ("Rennes", '"Mairie de "@'))
    assert cells(read(formatted(head, row))) == [("Rennes", "Mairie de Rennes")]


def test_a_code_that_is_shown_as_a_number_is_a_code_all_the_same() -> None:
    head = ("Code INSEE", "Adresse", "CP", "Montant")
    row = ((1004, "#,##0"), "1 rue X", (1500, "0.00"), (1500, "0.00"))
    (recipient,), _ = everyone_in(read(formatted(head, row)))
    assert (recipient.key, recipient.postcode) == ("01004", "01500")
    assert recipient.fields == {"Montant": "1500,00"}


def test_what_is_shown_in_a_way_that_is_not_known_is_kept_and_told() -> None:
    head = ("Code INSEE", "Montant", "Date de naissance")
    table = read(formatted(head, ("35238", (123456, "0.00E+00"), (5, "0.00E+00"))))
    assert cells(table) == [("35238", "123456", "5")]
    _, problems = everyone_in(table)
    assert [(each.code, each.row, each.column, each.value) for each in problems] == [
        ("shown-otherwise", 2, "Montant", "123456")
    ]


def test_an_error_stays_one_whatever_its_format() -> None:
    data = formatted(("Commune", "N"), ("Rennes", ("#N/A", "00000")))
    assert cells(read(data)) == [("Rennes", "#N/A")]


@pytest.mark.parametrize("without", [rb' r="[A-Z]+\d+"', rb'(?<=<row) r="\d+"', b""])
def test_a_format_is_found_where_cells_do_not_say_where_they_stand(without: bytes) -> None:
    data = formatted(("Commune", "N"), ("Rennes", (7, "000")), ("Brest", 8), ("Nice", (9, "000")))
    bare = changed(data, "xl/worksheets/sheet1.xml", without)
    assert cells(read(bare)) == [("Rennes", "007"), ("Brest", "8"), ("Nice", "009")]


def changed(workbook: bytes, member: str, without: bytes) -> bytes:
    """The workbook with that taken out of one of its parts."""
    copied = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as package, zipfile.ZipFile(copied, "w") as copy:
        for name in package.namelist():
            content = package.read(name)
            if name == member and without:
                content = re.sub(without, b"", content)
            copy.writestr(name, content)
    return copied.getvalue()


@pytest.mark.parametrize("without", [rb'numFmtId="\d+"', b"formatCode"])
def test_styles_that_are_damaged_leave_the_numbers_as_they_are(without: bytes) -> None:
    data = changed(formatted(("Commune", "N"), ("Rennes", (7, "000"))), "xl/styles.xml", without)
    assert cells(read(data)) == [("Rennes", "7")]


def number(value: object, text: str, kind: str = "float", more: str = "") -> str:
    return (
        f'<table:table-cell office:value-type="{kind}" office:value="{value}" {more}>'
        f"<text:p>{text}</text:p></table:table-cell>"
    )


def words(*texts: str) -> str:
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    return "".join(map(cell.format, texts))


def test_a_letter_says_what_libreoffice_shows() -> None:
    note = "<office:annotation><text:p>3</text:p></office:annotation>"
    row = (
        words("Rennes")
        + number(223456789, "02 23<text:s/>45 67 89").replace("<text:p>", f"{note}<text:p>")
        + number(1234.5, "1\u202f234,50 €", "currency")
        + number(0.125, "12,5%", "percentage")
        + number(2.5, "2,5")
        + number(2.5, "2.5")
        + number(7, "007", more='table:number-columns-repeated="2"')
    )
    table = read(open_document(words("Commune", *"ABCDEFG"), row))
    assert cells(table) == [
        (
            *("Rennes", "02 23 45 67 89", "1\u202f234,50 €", "12,5\u00a0%"),
            *("2,5", "2,5", "007", "007"),
        )
    ]


def test_a_code_that_libreoffice_shows_as_a_number_is_a_code_all_the_same() -> None:
    row = number(1004, "1\u00a0004,00")
    (recipient,), _ = everyone_in(read(open_document(words("Code INSEE"), row)))
    assert recipient.key == "01004"


@pytest.mark.parametrize("text", ["1,23E+05", "#FMT", "###"])
def test_a_number_that_libreoffice_does_not_show_whole_is_kept_and_told(text: str) -> None:
    row = words("35238") + number(123456, text)
    table = read(open_document(words("Code INSEE", "N"), row))
    assert cells(table) == [("35238", "123456")]
    assert [each.code for each in everyone_in(table)[1]] == ["shown-otherwise"]


def test_a_binary_workbook_says_what_it_shows() -> None:
    def text(of: str) -> bytes:
        return struct.pack("<I", len(of)) + of.encode("utf-16-le")

    styles = (
        record(615, struct.pack("<I", 1))
        + record(44, struct.pack("<H", 164) + text("00000"))
        + record(616)
        + record(626)
        + record(47, struct.pack("<2H12x", 0, 164))  # of what no cell has: a named style
        + record(627)
        + record(617, struct.pack("<I", 2))
        + record(47, struct.pack("<2H12x", 0, 0))
        + record(47, struct.pack("<2H12x", 0, 164))
        + record(618)
    )
    shown = record(0, struct.pack("<2IH7x", 1, 0, 300)) + record(5, struct.pack("<2Id", 0, 1, 7))
    plain = record(5, struct.pack("<2Id", 1, 0, 7))
    data = binary((0, 0, "Commune"), (0, 1, "N"), end=shown + plain + record(146) + record(130))
    with zipfile.ZipFile(io.BytesIO(data)) as package_of:
        members = {name: package_of.read(name) for name in package_of.namelist()}
    assert cells(read(package(**members, **{"xl/styles.bin": styles}))) == [("00007", "7")]


def test_a_cell_that_is_merged_with_those_below_gives_each_row_its_value() -> None:
    rows = [
        ("Département", "Commune", "Note"),
        ("35", "Rennes", "a"),
        ("", "Retiers", ""),
        ("", "", ""),
        ("", "Vern", "c"),
        ("29", "Brest", ""),
    ]
    data = formatted(*rows, merged=["A2:A5", "C2:C3"])
    assert rows_of(read(data)) == [
        (2, ("35", "Rennes", "a")),
        (3, ("35", "Retiers", "a")),
        (5, ("35", "Vern", "c")),
        (6, ("29", "Brest", "")),
    ]


def test_a_merge_from_the_header_down_is_none_of_the_rows() -> None:
    rows = [("Commune", "Tél", ""), ("", "fixe", "mobile"), ("Rennes", "02", "06")]
    found = read(formatted(*rows, merged=["A1:A2", "B1:C1"]), header_row=1)
    assert cells(found)[-1][0] == "Rennes"
    assert "Commune" not in [row[0] for row in cells(found)]


def test_a_header_of_two_rows_is_read_with_what_they_share() -> None:
    rows = [("Code INSEE", "Maire", "", "CP"), ("", "Nom", "Prénom", ""), ("35238", "X", "Y", "35")]
    found = read(formatted(*rows, merged=["A1:A2", "B1:C1", "D1:D2"]))
    assert found.headers == ("Code INSEE", "Nom", "Prénom", "CP")
    assert rows_of(found) == [(3, ("35238", "X", "Y", "35"))]


def test_merges_that_touch_are_not_one() -> None:
    rows = [("Dépt", "Commune"), ("35", "A"), ("", "B"), ("29", "C"), ("", "D")]
    found = cells(read(formatted(*rows, merged=["A2:A3", "A4:A5"])))
    assert [row[0] for row in found] == ["35", "35", "29", "29"]


def test_a_cell_that_libreoffice_merged_with_those_below_does_so_too() -> None:
    top = words("35").replace(
        "<table:table-cell", '<table:table-cell table:number-rows-spanned="2"'
    )
    below = "<table:covered-table-cell/>" + words("Retiers")
    table = read(open_document(words("Dépt", "Commune"), top + words("Rennes"), below))
    assert cells(table) == [("35", "Rennes"), ("35", "Retiers")]
