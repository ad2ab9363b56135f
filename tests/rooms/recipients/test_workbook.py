"""XLSX, XLS, ODS: one worksheet as text, as people see it.

The files of golden/workbooks: mairies.* is one workbook of fictitious towns, written with
XlsxWriter and saved by LibreOffice 25.2 as .xls, .ods and .xlsx (`storeToURL`, filters "MS Excel
97", "calc8", "Calc MS Excel 2007 XML"); password.* is one row saved so with `Password="secret"`.
"""

import datetime
import io
import re
import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from merge.errors import SheetError
from merge.recipients.sheet import Row, Table, read_sheet
from merge.recipients.source import Source
from merge.recipients.workbooks import container, xlsb
from merge.recipients.workbooks.cell_facts import SheetFacts
from merge.recipients.workbooks.container import left_out
from tests.facts import wrong
from tests.house import ROOT
from tests.tables import everyone_in

GOLDEN = ROOT / "tests/golden" / "workbooks"
HEADERS = ("Code INSEE", "Commune", "Courriel", "Remarque")


def read(data: bytes, **given: object) -> Table:
    return read_sheet(io.BytesIO(data), **given)  # type: ignore[arg-type]


def rows_of(table: Table) -> list[tuple[int, tuple[str, ...]]]:
    return [(row.number, row.cells) for row in table.rows if isinstance(row, Row)]


def cells(table: Table) -> list[tuple[str, ...]]:
    return [cells for _, cells in rows_of(table)]


def refused(data: bytes, **given: object) -> SheetError:
    with pytest.raises(SheetError) as caught:
        read(data, **given)
    return caught.value


def workbook(*sheets: tuple[str, Sequence[Sequence[object]]], hidden: str = "") -> bytes:
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in sheets:
            sheet = book.add_worksheet(name)
            if name == hidden:
                sheet.hide()
            else:
                sheet.activate()
            for r, row in enumerate(rows):
                for c, value in enumerate(row):
                    if isinstance(value, datetime.date):
                        sheet.write_datetime(r, c, value, day)
                    else:
                        sheet.write(r, c, value)
    return data.getvalue()


def test_a_workbook_is_text_as_people_see_it() -> None:
    day = datetime.datetime(2026, 3, 1)
    table = read(
        workbook(("F", [HEADERS, [1004, "Ambérieu", "01004", day], [2.5, "é", True, None]]))
    )
    assert cells(table) == [
        ("1004", "Ambérieu", "01004", "2026-03-01"),
        ("2,5", "é", "True", ""),
    ]
    assert (table.sheet, table.encoding, table.delimiter) == ("F", "", "")


def test_rows_of_a_workbook_keep_their_numbers_below_titles_and_gaps() -> None:
    rows: list[list[object]] = [[], ["Mairies"], [], ["Commune"], [], ["Rennes"], [], ["Brest"]]
    table = read(workbook(("F", rows)))
    assert rows_of(table) == [(6, ("Rennes",)), (8, ("Brest",))]
    assert table.header_row == 4


def test_what_somebody_typed_beside_the_table_shifts_nothing() -> None:
    head = ["Commune", "CP"]
    noted = ["Rennes", "35000", None, "à relancer"]
    table = read(workbook(("F", [head, noted, ["Brest"], ["Nice"]])))
    assert table.headers == ("Commune", "CP", "column D")
    assert cells(table) == [
        ("Rennes", "35000", "à relancer"),
        ("Brest", "", ""),
        ("Nice", "", ""),
    ]
    [problem] = table.problems
    assert (problem.code, problem.column, problem.value) == (
        *("unnamed-column", "column D", "à relancer"),
    )


def test_the_first_sheet_that_is_seen_and_filled_is_read_unless_another_is_named() -> None:
    data = workbook(
        ("secret", [["Commune"], ["Nice"]]),
        ("empty", []),
        ("blank", [[" "], ["\n"]]),
        ("first", [["Commune"], ["Rennes"]]),
        ("second", [["Commune"], ["Brest"]]),
        hidden="secret",
    )
    assert (read(data).sheet, read(data).sheets) == ("first", ("first", "second"))
    assert cells(read(data, sheet="second")) == [("Brest",)]
    hidden = read(data, sheet="secret")
    assert (cells(hidden), hidden.sheets) == ([("Nice",)], ("first", "second"))
    error = refused(data, sheet="third")
    assert error.code == "not-one-of"
    assert error.facts["choices"] == "secret, empty, blank, first, second"


def test_a_workbook_or_a_worksheet_without_text_is_empty() -> None:
    assert refused(workbook(("F", []))).code == "sheet-empty"
    data = workbook(("F", []), ("G", [["Commune"], ["Rennes"]]))
    assert refused(data, sheet="F").code == "no-table-in-worksheet"


TABLE = """<office:document-content
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">
<office:body><office:spreadsheet><table:table table:name="Feuille1">{rows}</table:table>
</office:spreadsheet></office:body></office:document-content>"""
MIMETYPE = b"application/vnd.oasis.opendocument.spreadsheet"
MANIFEST = """<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">
<m:file-entry m:full-path="content.xml" m:media-type="text/xml">{encryption}</m:file-entry>
</m:manifest>"""


def open_document(*rows: str, encryption: str = "") -> bytes:
    content = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("mimetype", MIMETYPE)
        file.writestr("content.xml", TABLE.format(rows=content))
        file.writestr("META-INF/manifest.xml", MANIFEST.format(encryption=encryption))
    return data.getvalue()


def test_what_libreoffice_keeps_of_another_workbook_is_no_worksheet() -> None:
    row = '<table:table-row><table:table-cell office:value-type="string"><text:p>{0}</text:p>'
    row += "</table:table-cell></table:table-row>"
    kept = '<table:table table:name="\'file:///home/zoe/base.ods\'#$Base" table:print="false">'
    content = TABLE.format(rows=row.format("Commune") + row.format("Rennes"))
    content = content.replace(
        "</office:spreadsheet>", f"{kept}{row.format('x')}</table:table></office:spreadsheet>"
    )
    manifest = MANIFEST.format(encryption="").encode()
    members = {"mimetype": MIMETYPE, "content.xml": content.encode()}
    table = read(package(**members, **{"META-INF/manifest.xml": manifest}))
    assert (table.sheets, cells(table)) == (("Feuille1",), [("Rennes",)])


def test_a_workbook_is_read_whatever_it_is_called(tmp_path: Path) -> None:
    path = tmp_path / "liste.csv"
    path.write_bytes(workbook(("F", [["Commune"], ["Rennes"]])))
    assert read_sheet(path).sheet == "F"


@pytest.mark.parametrize("suffix", ["xls", "ods", "xlsx"])
def test_each_kind_of_workbook_says_the_same(suffix: str) -> None:
    table = read_sheet(GOLDEN / f"mairies.{suffix}")
    assert (table.header_row, table.sheet) == (3, "Mairies")
    assert rows_of(table) == [
        (
            4,
            (
                *("1004", "Ambérieu-en-Bugey", "mairie@amberieu.example.org", "33123456789"),
                *("21010004800017", "True", "25\u00a0%", "2026-03-22", "#N/A"),
            ),
        ),
        (
            5,
            (
                *("2A004", "Ajaccio", "mairie@ajaccio.example.org", "33987654321"),
                *("123456789012345", "False", "13\u00a0%", "2026-03-22", "#DIV/0!"),
            ),
        ),
        (7, ("35238", "Rennes", "", "", "", "", "100\u00a0%", "2026-01-01", "à revoir")),
    ]


@pytest.mark.parametrize("suffix", ["xls", "ods", "xlsx"])
def test_the_visible_worksheets_with_text_are_named(suffix: str) -> None:
    path = GOLDEN / f"mairies.{suffix}"
    assert read_sheet(path).sheets == ("Mairies", "Œuvres")
    assert cells(read_sheet(path, sheet="Œuvres")) == [("Œuilly", "02160")]
    with pytest.raises(SheetError) as caught:
        read_sheet(path, sheet="Oeuvres")
    assert caught.value.code == "not-one-of"
    assert caught.value.facts["choices"] == "Mairies, Œuvres, caché, vide"


def test_a_workbook_behind_a_password_says_so() -> None:
    for suffix in ["xls", "ods", "xlsx"]:
        with pytest.raises(SheetError) as caught:
            read_sheet(GOLDEN / f"password.{suffix}")
        assert caught.value.code == "workbook-password"


def test_a_workbook_that_libreoffice_locked_part_by_part_says_so() -> None:
    data = open_document(encryption="<m:encryption-data/>")
    assert refused(data).code == "workbook-password"


def test_a_workbook_that_a_zip_program_locked_says_so() -> None:
    data = bytearray(workbook(("F", [["Commune"], ["Rennes"]])))
    data[data.rindex(b"PK\x01\x02") + 8] |= 1  # of its last part alone, APPNOTE 4.4.4
    assert refused(bytes(data)).code == "workbook-password"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (33123456789, "33123456789"),
        (123456789012345, "123456789012345"),
        (1e20, "100000000000000000000"),
        (0.1 + 0.2, "0,3"),
        (1e-7, "0,0000001"),
        (-2.5, "-2,5"),
        (True, "True"),
        ("01004", "01004"),
        ("#N/A", "#N/A"),
        (datetime.datetime(2026, 3, 22, 9, 5), "2026-03-22"),
    ],
)
def test_a_number_is_never_in_scientific_notation(value: object, text: str) -> None:
    table = read(workbook(("F", [["Commune", "Valeur"], ["Rennes", value]])))
    assert cells(table) == [("Rennes", text)]


def time_shown(value: str, code: str) -> str:
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Commune", "Heure"])
        sheet.write_string(1, 0, "Rennes")
        sheet.write_number(1, 1, float(value), book.add_format({"num_format": code}))
    table = read(data.getvalue())
    assert table.unlike == {}
    return cells(table)[0][1]


def test_a_time_of_a_workbook_is_what_the_sheet_shows() -> None:
    path = Path(__file__).with_name("numberformats.txt")
    assert wrong(path, "a time of a workbook is what the sheet shows", time_shown) == []


@pytest.mark.parametrize(
    ("value", "shown", "text"),
    [
        ('"time" office:time-value="PT18H30M00S"', "18:30", "18:30"),
        ('"time" office:time-value="PT36H00M00S"', "36:00", "36:00"),
        ('"date" office:date-value="2026-03-01T18:30:00"', "mars 2026", "mars 2026"),
        ('"date" office:date-value="2026-03-01T18:30:00"', "01/03/26 18:30", "2026-03-01 18:30"),
        ('"date" office:date-value="2026-03-01T18:30:00"', "dimanche 1 mars 2026", "2026-03-01"),
        ('"date" office:date-value="2026-03-26"', "mars 26", "mars 26"),
    ],
)
def test_a_time_of_libreoffice_is_what_the_sheet_shows(value: str, shown: str, text: str) -> None:
    cell = "<table:table-cell office:value-type={0}><text:p>{1}</text:p></table:table-cell>"
    typed = [cell.format('"string"', each) for each in ("Commune", "Heure", "Rennes")]
    data = open_document(typed[0] + typed[1], typed[2] + cell.format(value, shown))
    assert cells(read(data)) == [("Rennes", text)]


def test_a_table_that_begins_in_column_c_keeps_its_columns() -> None:
    data = workbook(("F", [[], [None, None, "Commune", "CP"], [None, None, "Rennes", "35000"]]))
    table = read(data)
    assert (table.headers, rows_of(table)) == (("Commune", "CP"), [(3, ("Rennes", "35000"))])


def test_an_error_of_excel_is_kept_as_its_text_in_each_sheet() -> None:
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        for name, error in (("Première", "#REF!"), ("A & B", "#NAME?")):
            sheet = book.add_worksheet(name)
            sheet.write_row(1, 1, ["Commune", "Courriel"])
            sheet.write(2, 1, "Rennes")
            sheet.write_formula(2, 2, "=X", None, error)
    assert cells(read(data.getvalue())) == [("Rennes", "#REF!")]
    assert cells(read(data.getvalue(), sheet="A & B")) == [("Rennes", "#NAME?")]


def test_a_formula_that_nobody_has_computed_is_told() -> None:
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Code INSEE", "Courriel", "Note"])
        sheet.write(1, 0, "35238")
        sheet.write_formula(1, 1, '="a"&"@example.org"', None, "")
        sheet.write_formula(1, 2, "=1+1", None, 2)
    sheet_1, cell = "xl/worksheets/sheet1.xml", b'<c r="B2"'
    computed = repacked(data.getvalue(), sheet_1, cell, cell + b' t="str"')  # to no letter at all
    for workbook, codes in ((data.getvalue(), ["formula-not-computed"]), (computed, [])):
        [recipient], problems = everyone_in(read(workbook))
        assert (recipient.email, recipient.fields) == (None, {"Note": "2"})
        assert [each.code for each in problems] == codes


def repacked(data: bytes, member: str, old: bytes, new: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        members = {name: book.read(name) for name in book.namelist()}
    assert old in members[member]
    return package(**{**members, member: members[member].replace(old, new)})


def test_an_error_in_a_repeated_row_of_libreoffice_is_where_it_stands() -> None:
    text = '<table:table-cell office:value-type="string"><text:p>{0}</text:p></table:table-cell>'
    error = (
        '<table:table-cell table:number-columns-repeated="2" office:value-type="string"'
        ' office:string-value="" xmlns:calcext="urn:calcext" calcext:value-type="error">'
        "<text:p>#N/A</text:p></table:table-cell>"
    )
    table = read(
        open_document(
            "".join(map(text.format, ("Commune", "CP", "Courriel"))), text.format("Brest") + error
        )
    )
    assert cells(table) == [("Brest", "#N/A", "#N/A")]


def test_what_somebody_noted_at_an_error_of_libreoffice_is_no_part_of_it() -> None:
    cell = (
        '<table:table-cell office:value-type="string" xmlns:calcext="urn:calcext"'
        ' calcext:value-type="error"><office:annotation><text:p>voir Zoé</text:p>'
        "</office:annotation><text:p>#N/A</text:p></table:table-cell>"
    )
    text = '<table:table-cell office:value-type="string"><text:p>{0}</text:p></table:table-cell>'
    row = text.format("Brest") + cell
    table = read(open_document(text.format("Commune") + text.format("Courriel"), row))
    assert cells(table) == [("Brest", "#N/A")]


@pytest.mark.parametrize("suffix", ["ods", "xlsx"])
def test_an_error_is_found_wherever_the_blocks_are_cut(
    suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for size in range(40, 80):
        monkeypatch.setattr(container, "_BLOCK_BYTES", size)
        shown = [row[-1] for row in cells(read_sheet(GOLDEN / f"mairies.{suffix}"))]
        assert shown == ["#N/A", "#DIV/0!", "à revoir"]


def test_a_binary_workbook_has_no_errors_and_hidden_rows_that_are_read() -> None:
    source = Source(io.BytesIO(package(**{"xl/workbook.bin": b"x"})))
    assert left_out(source, {}, "F") == SheetFacts()


def hidden_in(data: bytes, **given: object) -> list[str]:
    _, problems = everyone_in(read(data, **given))
    return [f"{each.row} {each.value}" for each in problems if each.code == "hidden-row"]


def test_a_row_that_a_filter_hides_is_read_and_told() -> None:
    rows = [["Code INSEE"], ["35238"], ["35360"], ["Total"], ["35093"]]
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        for name, hidden in (("F", ()), ("G", (2, 3, 4))):
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
                sheet.set_row(number, None, None, {"hidden": number in hidden})
    assert hidden_in(data.getvalue()) == []
    assert hidden_in(data.getvalue(), sheet="G") == ["3 Vitré", "5 Dinard"]


@pytest.mark.parametrize("how", ["filter", "collapse"])
def test_a_row_that_libreoffice_hides_is_told(how: str) -> None:
    def row(text: str, attributes: str = "") -> str:
        return (
            f'<table:table-row {attributes}><table:table-cell office:value-type="string">'
            f"<text:p>{text}</text:p></table:table-cell></table:table-row>"
        )

    hidden = f'table:visibility="{how}" table:number-rows-repeated="2"'
    rows = row("Code INSEE") + row("x", hidden) + row("35238") + row("35360", hidden)
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("mimetype", MIMETYPE)
        file.writestr("content.xml", TABLE.format(rows=rows))
        file.writestr("META-INF/manifest.xml", MANIFEST.format(encryption=""))
    assert hidden_in(data.getvalue()) == ["5 Vitré"]


@pytest.mark.parametrize("many", [30_000_001, 10**20])
@pytest.mark.parametrize(
    "far",
    [
        '<table:table-cell table:number-columns-repeated="{0}"/>',
        '</table:table-row><table:table-row table:visibility="collapse"'
        ' table:number-rows-repeated="{0}"><table:table-cell/>',
    ],
)
def test_more_equal_rows_or_cells_than_there_can_be_are_seen_before_they_take_all_memory(
    far: str, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    cell = '<table:table-cell office:value-type="string"><text:p>Commune</text:p>'
    data = open_document(f"{cell}</table:table-cell>", far.format(many))
    for block_bytes in (*range(100, 400, 10), 1_000_000):
        monkeypatch.setattr(container, "_BLOCK_BYTES", block_bytes)
        assert refused(data).code == "workbook-damaged"


def test_the_empty_rows_to_the_end_of_a_sheet_are_none() -> None:
    text = '<table:table-cell office:value-type="string"><text:p>{0}</text:p></table:table-cell>'
    rest = '<table:table-cell table:number-columns-repeated="16384"/>'
    row = f'</table:table-row><table:table-row table:number-rows-repeated="1048574">{rest}'
    table = read(open_document(text.format("Commune"), text.format("Rennes") + row))
    assert rows_of(table) == [(2, ("Rennes",))]


def package(**members: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return data.getvalue()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("word/document.xml", "Word"),
        ("ppt/presentation.xml", "PowerPoint"),
        ("Index/Document.iwa", "Numbers"),
        ("mairies.csv", "ZIP"),
    ],
)
def test_another_thing_in_a_zip_is_called_by_its_name(name: str, kind: str) -> None:
    error = refused(package(**{name: b"x"}))
    assert (error.code, error.facts["kind"]) == ("not-a-sheet", kind)


def test_a_large_workbook_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "large.xlsx"
    with path.open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(201_000_000)
    with pytest.raises(SheetError) as caught:
        read_sheet(path)
    assert caught.value.code == "sheet-too-large"
    assert caught.value.facts == {"words": "> 200 MB"}


def test_a_small_file_that_unpacks_to_gigabytes_is_refused_by_what_it_says() -> None:
    data = bytearray(package(**{"xl/workbook.xml": b"x"}))
    entry = data.index(b"PK\x01\x02")  # its place in the list of contents, APPNOTE 4.3.12
    struct.pack_into("<I", data, entry + 24, 3_000_000_000)
    error = refused(bytes(data))
    assert error.code == "sheet-too-large"
    assert error.facts == {"words": "> 2000 MB"}


def test_a_file_that_unpacks_to_more_than_it_says_is_refused() -> None:
    data = bytearray(package(**{"xl/workbook.xml": b"x" * 100_000}))
    entry = data.index(b"PK\x01\x02")
    struct.pack_into("<I", data, entry + 24, 10)
    assert refused(bytes(data)).code == "workbook-damaged"


@pytest.mark.parametrize(
    ("found", "instead"),
    [("é".encode(), b"\xff\xff"), (b"]\0\0\x80\0", b"\xff\0\0\x80\0")],
    ids=["name", "method"],
)
def test_a_name_or_a_method_that_a_broken_disk_has_changed_is_damage(
    found: bytes, instead: bytes
) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_LZMA) as file:
        file.writestr("xl/é.xml", bytes(1000))
    assert found in data.getvalue()
    assert refused(data.getvalue().replace(found, instead)).code == "workbook-damaged"


def old_workbook(*, word: int) -> tuple[bytearray, list[int]]:
    """An .xls in which one entry of the directory is a Word document, and where its entries are."""
    data = bytearray((GOLDEN / "mairies.xls").read_bytes())
    (directory,) = struct.unpack_from("<I", data, 0x30)
    entry = [(directory + 1) * 512 + 128 * i for i in range(6)]  # [MS-CFB] 2.6.1
    name = "WordDocument".encode("utf-16-le")
    struct.pack_into("<64sH", data, entry[word], name, len(name) + 2)
    return data, entry


def test_an_old_word_file_is_called_by_its_name() -> None:
    data, _ = old_workbook(word=1)
    error = refused(bytes(data))
    assert (error.code, error.facts["kind"]) == ("not-a-sheet", "Word")


def test_what_is_embedded_in_a_workbook_is_not_the_workbook() -> None:
    data, entry = old_workbook(word=5)
    struct.pack_into("<i", data, entry[4] + 72, -1)  # "\5SummaryInformation" was before it
    struct.pack_into("<B", data, entry[3] + 66, 1)  # "\1Ole" becomes a storage
    struct.pack_into("<i", data, entry[3] + 76, 5)
    struct.pack_into("<II", data, entry[3] + 116, 0, 0)
    assert len(cells(read(bytes(data)))) == 3


def test_a_package_that_opens_and_holds_no_workbook_is_damaged() -> None:
    for member in ["xl/workbook.xml", "content.xml"]:
        assert refused(package(**{member: b"<x/>"})).code == "workbook-damaged"


def test_texts_without_end_are_seen_before_they_take_all_memory() -> None:
    data = (GOLDEN / "mairies.xls").read_bytes()
    begins = data.index(b"\xfc\x00\x05\x01") + 8  # the record SST, how many texts it has
    broken = data[:begins] + b"\xff\xff\xff\xff" + data[begins + 4 :]
    assert refused(broken).code == "workbook-damaged"


@pytest.mark.parametrize(
    ("said", "far"),
    [(b"", (1_048_575, 16_383)), (b'<dimension ref="A1:A2"/>', (200_000, 800))],
)
def test_a_cell_far_away_is_named_whatever_the_worksheet_says_of_how_far_it_goes(
    said: bytes, far: tuple[int, int]
) -> None:
    """ECMA-376 18.3.1.35 leaves it out at will, and some programs write what they began with."""
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        sheet = book.add_worksheet()
        sheet.write_column(0, 0, ["Commune", "Rennes"])
        sheet.write(*far, 5)
    error = refused(saying(data.getvalue(), said))
    assert (error.code, error.facts["cell"]) == ("stray-cell", xl_rowcol_to_cell(*far))


def test_a_cell_far_to_the_right_counts_with_all_the_rows_below_it() -> None:
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        sheet = book.add_worksheet()
        sheet.write_column(0, 0, ["Commune", "Rennes"])
        sheet.write(4, 16_383, "x")
        sheet.write(50_000, 0, "Brest")
    error = refused(saying(data.getvalue(), b'<dimension ref="A1:B50001"/>'))
    assert (error.code, error.facts["cell"]) == ("stray-cell", "XFD5")


def test_a_cell_far_away_is_seen_wherever_the_blocks_are_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(container, "_CELLS_AT_MOST", 100)
    data = workbook(("F", [["Commune"], ["Rennes"], [None] * 60 + [5]]))
    for size in range(100, 140):
        monkeypatch.setattr(container, "_BLOCK_BYTES", size)
        assert refused(data).code == "stray-cell"


def saying(workbook: bytes, dimension: bytes) -> bytes:
    """The workbook with something else about how far its worksheets go, or nothing."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as package, zipfile.ZipFile(changed, "w") as copy:
        for name in package.namelist():
            copy.writestr(name, re.sub(rb"<dimension [^>]*/>", dimension, package.read(name)))
    return changed.getvalue()


def record(kind: int, body: bytes = b"") -> bytes:
    """Of an .xlsb, [MS-XLSB] 2.1.4."""
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size = len(body)
    while size > 0x7F:
        head, size = head + bytes([size & 0x7F | 0x80]), size >> 7
    return head + bytes([size]) + body


def binary(*found: tuple[int, int, object], end: bytes = b"") -> bytes:
    """An .xlsb of one worksheet, which says that it ends in B2, with a value in these cells."""

    def text(of: str) -> bytes:
        return struct.pack("<I", len(of)) + of.encode("utf-16-le")

    content = record(129) + record(148, struct.pack("<4I", 0, 1, 0, 1)) + record(145)
    for row, column, value in found:
        content += record(0, struct.pack("<2IH7x", row, 0, 300))
        place = struct.pack("<2I", column, 0)
        if value is None:
            content += record(1, place)
        elif isinstance(value, str):
            content += record(6, place + text(value))
        else:
            content += record(5, place + struct.pack("<d", value))
    return package(
        **{
            "xl/workbook.bin": record(131)
            + record(143)
            + record(156, struct.pack("<2I", 0, 1) + text("rId1") + text("F"))
            + record(144)
            + record(132),
            "xl/_rels/workbook.bin.rels": b'<Relationships><Relationship Id="rId1"'
            b' Target="worksheets/sheet1.bin"/></Relationships>',
            "xl/worksheets/sheet1.bin": content + (end or record(146) + record(130)),
        }
    )


NOTE = "à relancer " * 20


@pytest.mark.parametrize(
    ("found", "cell"),
    [
        ([(1_048_575, 16_383, 5)], "XFD1048576"),
        ([(1_048_575, 28, "x")], "AC1048576"),
        ([(4, 16_383, "x"), (50_000, 0, "Brest")], "A50001"),
    ],
)
def test_a_cell_far_away_in_a_binary_workbook_is_named_before_it_takes_all_memory(
    found: list[tuple[int, int, object]], cell: str
) -> None:
    error = refused(binary((0, 0, "Commune"), (1, 0, "Rennes"), *found))
    assert (error.code, error.facts["cell"]) == ("stray-cell", cell)


@pytest.mark.parametrize("letters", [58, 10_000, 2_000_000])  # a size of 128 bytes; of three, four
def test_a_long_text_in_a_binary_workbook_hides_no_cell_behind_it(letters: int) -> None:
    found = [(0, 0, "Commune"), (1, 0, "x" * letters), (1_048_575, 16_383, 5)]
    assert refused(binary(*found)).code == "stray-cell"


def test_whatever_a_cell_of_a_binary_workbook_holds_counts() -> None:
    for kind in range(2, 12):
        far = record(0, struct.pack("<2IH7x", 1_048_575, 0, 300)) + record(
            kind, b"\xff\x3f" + bytes(16)
        )
        assert refused(binary((0, 0, "Commune"), (1, 0, "Rennes"), end=far)).code == "stray-cell"


def test_a_colour_far_away_in_a_binary_workbook_is_no_cell() -> None:
    data = binary((0, 0, "Commune"), (1, 0, "Rennes"), (1_048_575, 16_383, None))
    assert cells(read(data)) == [("Rennes",)]


def test_a_table_far_down_a_binary_worksheet_is_near(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "_CELLS_AT_MOST", 20)
    table = [(20, 9, "Commune"), (21, 9, "Rennes")]
    assert cells(read(binary(*table), header_row=21)) == [("Rennes",)]
    assert refused(binary(*table, (22, 9, "Brest"))).code == "stray-cell"


def test_a_cell_of_a_binary_workbook_that_no_worksheet_has_is_damage() -> None:
    for place in [(1_048_576, 0), (0xFFFF_FFF0, 0), (2, 16_384), (2, 1 << 16)]:
        data = binary((0, 0, "Commune"), (1, 0, "Rennes"), (*place, "x"))
        assert refused(data).code == "workbook-damaged"


def test_a_binary_worksheet_that_ends_too_early_is_damage() -> None:
    for end in [record(6, bytes(200))[:-1], b"\x80", b"\x06\xff", b"\x06"]:
        data = binary((0, 0, "Commune"), (1, 0, "Rennes"), end=end)
        assert refused(data).code == "workbook-damaged"


def test_a_cell_of_a_binary_workbook_is_found_wherever_the_blocks_are_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(container, "_CELLS_AT_MOST", 100)
    data = binary((0, 0, "Commune"), (1, 0, NOTE), (2, 60, 5))
    for size in (*range(1, 40), 300):
        monkeypatch.setattr(xlsb, "_BLOCK_BYTES", size)
        error = refused(data)
        assert (error.code, error.facts["cell"]) == ("stray-cell", "BI3")


def test_a_colour_far_away_is_no_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "_CELLS_AT_MOST", 100)
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        sheet = book.add_worksheet()
        sheet.write_column(0, 0, ["Commune", "Rennes"])
        sheet.write_blank(1_000, 100, None, book.add_format({"bg_color": "red"}))
    assert cells(read(data.getvalue())) == [("Rennes",)]


@pytest.mark.parametrize("suffix", ["xls", "ods", "xlsx"])
def test_a_workbook_cut_anywhere_is_a_clear_error(suffix: str) -> None:
    data = (GOLDEN / f"mairies.{suffix}").read_bytes()
    for length in range(4, len(data) - 1, 509):
        try:
            list(read(data[:length]).rows)
        except SheetError as error:
            assert error.code in ("workbook-damaged", "sheet-empty")  # noqa: PT017 or it is read


class PanicException(BaseException):
    """As what a panic of Rust comes out of calamine: no Exception, and importable from nowhere."""


def test_a_panic_in_calamine_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def panic(_: object) -> None:
        raise PanicException

    data = workbook(("F", [["Commune"], ["Rennes"]]))
    monkeypatch.setattr("python_calamine.load_workbook", panic)
    assert refused(data).code == "workbook-damaged"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(5, "Input/output error"), "file-unreadable"),
        (OSError("calamine's own, which has no number"), "workbook-damaged"),
    ],
)
def test_a_disk_that_cannot_be_read_is_no_damage_of_the_workbook(
    monkeypatch: pytest.MonkeyPatch, error: OSError, code: str
) -> None:
    def fail(_: object) -> None:
        raise error

    data = workbook(("F", [["Commune"], ["Rennes"]]))
    monkeypatch.setattr("python_calamine.load_workbook", fail)
    assert refused(data).code == code


@pytest.mark.parametrize("first", [[["à lire avant"]], [["Notes", "Suite"]]])
def test_a_first_worksheet_without_a_table_names_the_others(
    tmp_path: Path, first: Sequence[Sequence[object]]
) -> None:
    path = tmp_path / "mairies.xlsx"
    path.write_bytes(workbook(("Notes", first), ("Mairies", [["Code INSEE"], ["35238"]])))
    with pytest.raises(SheetError) as caught:
        read_sheet(path)
    assert caught.value.code == "no-table-in-worksheet"
    assert (caught.value.facts["sheet"], caught.value.facts["others"]) == ("Notes", "Mairies")


def test_a_header_that_was_pointed_at_in_vain_is_told_as_it_is() -> None:
    data = workbook(("Notes", [["à lire avant"]]), ("Mairies", [["Code INSEE"], ["35238"]]))
    assert refused(data, header_row=1).code == "sheet-empty"
    assert refused(data, header_row=2).code == "header-row-beyond"
