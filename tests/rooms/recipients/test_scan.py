"""What a workbook's XML can ask of the computer is seen by a parser, however it is written."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from merge.recipients.sheet import Row, read_sheet
from merge.recipients.source import Source
from merge.recipients.workbooks import container, xlsx, xml_parts
from merge.recipients.workbooks.cell_facts import SheetFacts
from tests.rooms.recipients.test_workbook import hidden_in, open_document, refused

SHEET = "xl/worksheets/sheet1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
TEXT = '<table:table-cell office:value-type="string"><text:p>{0}</text:p></table:table-cell>'


def rewritten(data: bytes, change: Callable[[dict[str, bytes]], object]) -> bytes:
    """The package with other members."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        members = {name: book.read(name) for name in book.namelist()}
    change(members)
    changed = io.BytesIO()
    with zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in members.items():
            book.writestr(name, content)
    return changed.getvalue()


def with_rows(*rows: str, begin: str = "") -> bytes:
    """A workbook of Excel with these rows under its header."""
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        book.add_worksheet().write_row(0, 0, ["Code INSEE", "Commune"])

    def change(members: dict[str, bytes]) -> None:
        header, end = members[SHEET].split(b"</sheetData>")
        members[SHEET] = header + "".join(rows).encode() + b"</sheetData>" + end
        members[SHEET] = members[SHEET].replace(b"<worksheet ", f"{begin}<worksheet ".encode(), 1)

    return rewritten(data.getvalue(), change)


def in_folder(data: bytes, folder: str, target: str) -> bytes:
    def change(members: dict[str, bytes]) -> None:
        relations = "xl/_rels/workbook.xml.rels"
        members[f"{folder}/sheet1.xml"] = members.pop(SHEET)
        members[relations] = members[relations].replace(b"worksheets/sheet1.xml", target.encode())

    return rewritten(data, change)


def text(place: str, said: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{said}</t></is></c>'


def rows_of(data: bytes) -> list[tuple[str, ...]]:
    table = read_sheet(io.BytesIO(data))
    return [row.cells for row in table.rows if isinstance(row, Row)]


# --- how far the cells go -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell",
    [
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
    ],
)
def test_a_cell_far_away_is_seen_however_it_is_written(cell: str) -> None:
    error = refused(with_rows(f'<row r="1048576">{cell}</row>'))
    assert (error.code, error.facts["cell"]) == ("stray-cell", "XFD1048576")


@pytest.mark.parametrize(
    ("folder", "target"),
    [("xl/sheets", "sheets/sheet1.xml"), ("parts", "/parts/sheet1.xml"), ("x", "../x/sheet1.xml")],
)
def test_a_worksheet_is_looked_at_wherever_it_lies_in_the_package(folder: str, target: str) -> None:
    far = with_rows('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    assert refused(in_folder(far, folder, target)).code == "stray-cell"


@pytest.mark.parametrize("folder", ["xl/sheets", "xl/worksheets/_more"])
def test_what_is_hidden_or_an_error_is_told_wherever_the_worksheet_lies(folder: str) -> None:
    hidden = with_rows(
        f'<row r="2" hidden="1">{text("A2", "35238")}{text("B2", "Rennes")}</row>',
        f'<row r="3">{text("A3", "35360")}<c t="e" r="B3"><v>#N/A</v></c></row>',
    )
    data = in_folder(hidden, folder, f"{folder.removeprefix('xl/')}/sheet1.xml")
    assert hidden_in(data) == ["2 Rennes"]
    assert rows_of(data) == [("35238", "Rennes"), ("35360", "#N/A")]


def test_rows_and_cells_that_do_not_say_where_they_stand_are_counted() -> None:
    cells = "<c><v>1</v></c>" * 3
    error = '<c t="e"><v>#REF!</v></c>'
    data = with_rows(
        f'<row r="4">{cells}<c r="F4"/>{error}</row>',
        f'<row hidden="true">{cells}<c r="D5"><v>2</v></c>{error}</row>',
    )
    (name,) = scanned(data)
    found = scanned(data)[name][""]
    assert (found.first, found.last, found.right) == (1, 5, 7)
    assert found.errors == {4: {7: "#REF!"}, 5: {5: "#REF!"}}
    assert list(found.hidden_rows()) == [5]


def scanned(data: bytes) -> dict[str, dict[str, SheetFacts]]:
    """The worksheets in which there is something to tell, by their parts."""
    scans = container.check_container(Source(io.BytesIO(data)))
    return {
        part: dict(sheets) for part, sheets in scans.items() if any(s.last for s in sheets.values())
    }


PIECES = st.sampled_from(
    [
        *('<c r="A2"><v>1</v></c>', '<c r="AB2"><v>1</v></c>', '<c r="Z12345" s="1"/>', "<c/>"),
        *('<c r="B12345"><v>1</v></c>', '<c r="AB12345"><v>1</v></c>', '<c r="ZZZ3"><v>1</v></c>'),
        *('<row r="7" hidden="1"/>', "<row\thidden='true'>x</row>", '<c t = "e"><v>#N/A</v></c>'),
        *("<c><f>A1</f></c>", "<c><f/><v>2</v></c>", text("C4", "chef"), text("C5", "pauvre")),
        *("<!-- x -->", '<c r="&#65;3"><v>1</v></c>', "<c \n r='AAA1'><v>1</v></c>"),
    ]
)


@given(pieces=st.lists(PIECES, max_size=4), block_bytes=st.integers(20, 200))
def test_a_worksheet_that_looks_plain_has_nothing_that_the_parser_tells(
    pieces: list[str], block_bytes: int
) -> None:
    part = (
        f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(pieces)}</sheetData></worksheet>'.encode()
    )
    if xlsx.is_plain(io.BytesIO(part), block_bytes):
        most = xml_parts.WorkbookLimits(
            cells=xlsx.PLAIN_CELLS_AT_MOST, rows=1 << 20, equal=1, text=1
        )
        found = xml_parts.parsed(io.BytesIO(part), xlsx.WorksheetPart, most, block_bytes)[""]
        assert (found.errors, found.hidden) == ({}, [])


# --- how long its texts are -----------------------------------------------------------------------


def test_one_cell_that_is_longer_than_any_is_refused_where_it_stands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(xml_parts, "LONGEST_TEXT", 3_000)
    monkeypatch.setattr(container, "_BLOCK_BYTES", 500)
    error = refused(with_rows(f'<row r="2">{text("A2", "x" * 8_000)}</row>'))
    assert (error.code, error.row) == ("sheet-too-large", 2)
    long = TEXT.format("x" * 8_000)
    assert refused(open_document(TEXT.format("Commune"), long)).code == "sheet-too-large"


def test_shared_texts_are_limited_one_by_one_and_together(monkeypatch: pytest.MonkeyPatch) -> None:
    def texts(said: str) -> bytes:
        data = io.BytesIO()
        with xlsxwriter.Workbook(data) as book:
            book.add_worksheet().write_column(0, 0, ["Commune", said])

        def grow(members: dict[str, bytes]) -> None:
            members["xl/sharedStrings.xml"] = members["xl/sharedStrings.xml"].replace(
                b"GROWS", b"x" * 8_000
            )

        return rewritten(data.getvalue(), grow)

    monkeypatch.setattr(container, "_BLOCK_BYTES", 500)
    assert rows_of(texts("GROWS")) == [("x" * 8_000,)]
    monkeypatch.setattr(xml_parts, "LONGEST_TEXT", 3_000)
    assert refused(texts("GROWS")).code == "sheet-too-large"
    monkeypatch.setattr(container, "_TEXT_MEGABYTES_AT_MOST", 0)
    assert refused(texts("Rennes")).code == "sheet-too-large"


def test_a_document_type_which_could_define_texts_that_grow_is_damage() -> None:
    bomb = '<!DOCTYPE worksheet [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    assert refused(with_rows(text("A2", "&b;"), begin=bomb)).code == "workbook-damaged"


# --- LibreOffice ----------------------------------------------------------------------------------


def test_millions_of_hidden_rows_behind_the_table_are_no_rows() -> None:
    empty = "<table:table-cell/>"
    hidden = f'table:visibility="collapse" table:number-rows-repeated="30000000">{empty}'
    rest = f"</table:table-row><table:table-row {hidden}"
    data = open_document(TEXT.format("Commune"), TEXT.format("Rennes") + rest)
    (found,) = scanned(data)["content.xml"].values()
    assert found.hidden == [(3, 30_000_002)]
    assert list(found.hidden_rows()) == []
    assert rows_of(data) == [("Rennes",)]


@pytest.mark.parametrize("cell", [TEXT.format("Rennes"), "<table:table-cell/>"])
def test_more_rows_of_libreoffice_than_can_be_read_are_refused_before_they_are_made(
    cell: str,
) -> None:
    rows = f'</table:table-row><table:table-row table:number-rows-repeated="29000000">{cell}'
    end = f"</table:table-row><table:table-row>{TEXT.format('Brest')}"
    error = refused(open_document(TEXT.format("Commune"), f"{TEXT.format('Vitré')}{rows}{end}"))
    assert error.code == "sheet-too-large"


def test_each_of_the_equal_rows_of_libreoffice_has_its_error() -> None:
    cell = (
        '<table:table-cell office:value-type="string" xmlns:calcext="urn:calcext"'
        ' calcext:value-type="error"><text:p>#N/A</text:p></table:table-cell>'
    )
    rows = f'</table:table-row><table:table-row table:number-rows-repeated="2">{TEXT}{cell}'
    data = open_document(TEXT.format("Commune") + TEXT.format("Courriel"), rows.format("Rennes"))
    assert rows_of(data) == [("Rennes", "#N/A"), ("Rennes", "#N/A")]


def test_a_number_that_is_none_is_damage() -> None:
    for row in ('<row r="x" hidden="1"/>', '<row r="2"><c r="A" t="e"><v>1</v></c></row>'):
        assert refused(with_rows(row)).code == "workbook-damaged"
