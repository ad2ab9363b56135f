"""Any spreadsheet → a table of text: nothing lost, shifted or made up."""

import codecs
import contextlib
import csv
import datetime
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import assume, given
from hypothesis import strategies as st

from merge.errors import SheetError
from merge.recipients.sheet import Table, read_sheet

HEADERS = ("Code INSEE", "Commune", "Courriel", "Remarque")


def written(rows: Sequence[Sequence[str]], delimiter: str = ";", line_end: str = "\r\n") -> str:
    """A CSV text as spreadsheets write it: quoted where it must be."""

    def cell(text: str) -> str:
        needs = any(sign in text for sign in (delimiter, '"', "\r", "\n"))
        return '"' + text.replace('"', '""') + '"' if needs else text

    return "".join(delimiter.join(map(cell, row)) + line_end for row in rows)


def cells(table: Table) -> list[tuple[str, ...]]:
    return [row.cells for row in table.rows]


def refused(data: bytes, **given: object) -> SheetError:
    with pytest.raises(SheetError) as caught:
        read_sheet(data, **given)  # type: ignore[arg-type]
    assert caught.value.path == "-"
    return caught.value


ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "iso8859-15")


@st.composite
def dialects(draw: st.DrawFn) -> tuple[str, str, str, list[list[str]]]:
    encoding = draw(st.sampled_from((*ENCODINGS, "mac-roman")))
    delimiter = draw(st.sampled_from(";,\t|"))
    line_end = draw(st.sampled_from(("\n", "\r\n", "\r")))
    letters = st.characters(
        codec=encoding, exclude_categories=["Cs"], exclude_characters="\0\ufeff"
    )
    text = st.text(letters, max_size=6) | st.text(st.sampled_from(";,\"\t|\r\n a0'"), max_size=5)
    row = st.lists(text, min_size=4, max_size=4)
    return encoding, delimiter, line_end, draw(st.lists(row, min_size=1, max_size=5))


@given(dialects())
def test_with_the_dialect_given_any_table_reads_back_the_same(
    drawn: tuple[str, str, str, list[list[str]]],
) -> None:
    encoding, delimiter, line_end, rows = drawn
    filled = [tuple(row) for row in rows if any(cell.strip() for cell in row)]
    assume(filled)
    # Whole rows inside one cell are taken for the work of a stray quotation mark.
    assume(not any("\n" in cell and cell.count(delimiter) > 2 for row in rows for cell in row))
    data = written([HEADERS, *rows], delimiter, line_end).encode(encoding)
    table = read_sheet(data, encoding=encoding, delimiter=delimiter, header_row=1)
    assert table.headers == HEADERS
    assert cells(table) == filled
    assert [row.number for row in table.rows] == [
        number for number, row in enumerate(rows, start=2) if any(cell.strip() for cell in row)
    ]
    assert table.problems == ()


FRENCH = st.text(st.sampled_from("abéèàçœÉŒ'- 0129@."), max_size=8)


@given(
    st.sampled_from(("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be")),
    st.sampled_from(";,\t|"),
    st.lists(st.lists(FRENCH, min_size=4, max_size=4), min_size=1, max_size=5),
)
def test_unicode_in_any_dialect_is_read_without_being_told(
    encoding: str, delimiter: str, rows: list[list[str]]
) -> None:
    filled = [tuple(row) for row in rows if any(cell.strip() for cell in row)]
    assume(filled)
    table = read_sheet(written([HEADERS, *rows], delimiter).encode(encoding))
    assert table.headers == HEADERS
    assert cells(table) == filled
    assert table.delimiter == delimiter


@pytest.mark.parametrize("encoding", [*ENCODINGS, "mac-roman"])
def test_what_people_have_is_recognised(encoding: str) -> None:
    rows = [("02565", "Œuilly", "a@example.org", ""), ("72181", "Le Mans", "", "très bien, été")]
    table = read_sheet(written([HEADERS, *rows]).encode(encoding))
    assert cells(table) == rows


@pytest.mark.parametrize("text", ["Maëlys ÇELIK", "Évreux", "Ambérieu", "Prénom"])
@pytest.mark.parametrize("encoding", ["cp1252", "mac-roman"])
def test_one_short_name_is_enough_to_tell_windows_from_mac(encoding: str, text: str) -> None:
    data = written([HEADERS, ("1", text, "", "")]).encode(encoding)
    assert cells(read_sheet(data))[0][1] == text


def test_a_byte_that_means_nothing_in_windows_is_kept_for_the_checks() -> None:
    table = read_sheet(b"Code INSEE;Commune\n35238;Rennes\xe9\x81\n")
    assert table.encoding == "latin-1"
    assert cells(table) == [("35238", "Rennesé\x81")]


def test_nothing_becomes_a_number_or_nan() -> None:
    rows = [
        ("01004", "nan", "None", "NA"),
        ("1e5", "", "1.50", "#N/A"),
        ("00", "inf", "-0", "TRUE"),
    ]
    assert cells(read_sheet(written([HEADERS, *rows]).encode())) == rows


def test_titles_and_empty_rows_are_passed_over_and_counted() -> None:
    text = "Liste des mairies\r\n\r\nmise à jour;2026\r\n" + written([HEADERS]) + "\r\n;;;\r\n"
    text += written([("01004", "Ambérieu", "", "")])
    table = read_sheet(text.encode())
    assert table.header_row == 4
    assert [(row.number, row.cells[0]) for row in table.rows] == [(7, "01004")]


def test_a_cell_with_line_breaks_is_one_row_as_in_a_spreadsheet() -> None:
    rows = [("1", "a\nb\r\nc", "", ""), ("2", "d", "", "")]
    table = read_sheet(written([HEADERS, *rows]).encode())
    assert [(row.number, row.cells[1]) for row in table.rows] == [(2, "a\nb\r\nc"), (3, "d")]


def test_a_header_that_nobody_knows_is_still_a_header() -> None:
    table = read_sheet(b"Alpha;Beta\nx;y\n")
    assert table.headers == ("Alpha", "Beta")


@pytest.mark.parametrize("position", [0, 1, 2])
def test_a_field_too_many_is_reported_with_its_row_and_shifts_nothing(position: int) -> None:
    rows = [["1", "a", "b", "c"], ["2", "d", "e", "f"], ["3", "g", "h", "i"]]
    rows[position].append("surplus")
    table = read_sheet(written([HEADERS, *rows]).encode())
    assert cells(table) == [tuple(row) for row in rows if len(row) == 4]
    [problem] = table.problems
    assert (problem.row, problem.code, problem.value) == (
        position + 2,
        "too-many-fields",
        "surplus",
    )
    assert not problem.taken


def test_a_field_too_many_far_down_is_found_as_well() -> None:
    rows = [[str(n), "a", "b", "c"] for n in range(500)]
    rows[400] += ["d", "e", "f"]
    table = read_sheet(written([HEADERS, *rows]).encode())
    assert len(table.rows) == 499
    assert table.problems[0].row == 402


def test_short_rows_are_filled_and_empty_columns_at_the_end_are_none() -> None:
    table = read_sheet(b"Commune;CP;;;\nRennes;;;;\nBrest\n")
    assert table.headers == ("Commune", "CP")
    assert cells(table) == [("Rennes", ""), ("Brest", "")]
    assert table.problems == ()


def test_an_empty_column_in_the_middle_moves_no_other() -> None:
    table = read_sheet(b"Commune;;CP\nRennes;;35000\n")
    assert table.headers == ("Commune", "CP")
    assert cells(table) == [("Rennes", "35000")]


def test_a_column_without_a_header_is_kept_and_reported() -> None:
    table = read_sheet(b"Commune;;CP;\nRennes;x;35000;y\nBrest;;29200;z\n")
    assert table.headers == ("Commune", "column B", "CP", "column D")
    assert cells(table)[1] == ("Brest", "", "29200", "z")
    assert {problem.code for problem in table.problems} == {"unnamed-column"}
    assert all(problem.taken for problem in table.problems)


def test_a_stray_quotation_mark_that_swallows_rows_is_found() -> None:
    data = b'Commune;CP;Courriel\nRennes;"x;y\nBrest;29200;b@example.org\nLille;x";\nOo;1;2\n'
    table = read_sheet(data)
    assert [row.cells[0] for row in table.rows] == ["Oo"]
    assert [(p.row, p.code, p.taken) for p in table.problems] == [(2, "stray-quote", False)]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "sheet-empty"),
        (b"\xef\xbb\xbf \r\n\r\n", "sheet-empty"),
        (b";;\r\n;;\r\n", "sheet-empty"),
        (b"Commune;CP\r\n", "header-only"),
        (b"Commune;CP\r\n;\r\n\r\n", "header-only"),
        (b"01004;a@example.org\n01005;b@example.org\n", "no-header"),
        (b"Commune;commune \nRennes;Brest\n", "duplicate-header"),
        (b'Commune;CP\nBrest;29200\nRennes;"35000\nLille;59000\n', "open-quote"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "not-a-sheet"),
        (b"\xef\xbb\xbf\n<!DOCTYPE html><table>", "not-a-sheet"),
        (b'{"service": []}', "not-a-sheet"),
        (b"Commune;CP\nRen\0nes;35000\n", "nul-bytes"),
        (b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0", "nul-bytes"),
        (b"PK\x03\x04 and no more", "workbook-damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "workbook-damaged"),
        ("dÃ©partement;commune\n35;Rennes\n".encode(), "wrong-encoding"),
    ],
)
def test_what_is_no_table_is_a_clear_error(data: bytes, code: str) -> None:
    assert refused(data).code == code


def test_an_open_quotation_mark_is_found_in_its_row() -> None:
    assert refused(b'Commune;CP\n"a\nb";1\nRennes;"35000\nLille;59000\n').row == 3


def test_a_row_of_hundreds_of_fields_is_named() -> None:
    error = refused(written([HEADERS, *[["1", "a", "b", "c"]] * 300, ["x"] * 90]).encode())
    assert (error.code, error.row) == ("row-too-wide", 302)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"encoding": "klingon"}, "unknown-encoding"),
        ({"encoding": "rot13"}, "unknown-encoding"),
        ({"encoding": "ascii"}, "encoding-does-not-fit"),
        ({"encoding": "cp1252"}, "wrong-encoding"),
        ({"delimiter": ";;"}, "bad-delimiter"),
        ({"delimiter": '"'}, "bad-delimiter"),
        ({"header_row": 9}, "header-row-beyond"),
    ],
)
def test_what_is_given_wrongly_is_a_clear_error(given: dict[str, object], code: str) -> None:
    assert refused("Prénom;Commune\nZoé;Rennes\n".encode(), **given).code == code


@pytest.mark.parametrize("encoding", ["cp1252", "mac-roman", "latin-1"])
def test_a_header_read_in_the_wrong_encoding_names_the_right_one(encoding: str) -> None:
    error = refused("Département;Commune\n35;Rennes\n".encode(), encoding=encoding)
    assert (error.code, error.facts["suggestion"]) == ("wrong-encoding", "utf-8")


def test_what_is_given_decides() -> None:
    data = b"Commune|x\nCommune|y\nRennes|z\n"
    assert read_sheet(data, header_row=2).headers == ("Commune", "y")
    assert read_sheet(data, delimiter=";").headers == ("Commune|x",)
    assert read_sheet(b"Commune\tCP\nRennes\t35000\n", delimiter="tab").delimiter == "\t"


def test_a_file_that_is_not_there_or_is_none_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "letter.docx").write_bytes(b"Commune;CP\n")
    for path, code in [
        (tmp_path / "none.csv", "no-such-sheet"),
        (tmp_path, "sheet-is-a-folder"),
        (tmp_path / "letter.docx", "unknown-extension"),
    ]:
        with pytest.raises(SheetError) as caught:
            read_sheet(path)
        assert (caught.value.code, caught.value.path) == (code, str(path))


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
    table = read_sheet(
        workbook(("F", [HEADERS, [1004, "Ambérieu", "01004", day], [2.5, "é", True, None]]))
    )
    assert cells(table) == [
        ("1004", "Ambérieu", "01004", "2026-03-01"),
        ("2.5", "é", "True", ""),
    ]
    assert (table.sheet, table.encoding, table.delimiter) == ("F", "", "")


def test_rows_of_a_workbook_keep_their_numbers_below_titles_and_gaps() -> None:
    rows: list[list[object]] = [[], ["Mairies"], [], ["Commune"], [], ["Rennes"], [], ["Brest"]]
    table = read_sheet(workbook(("F", rows)))
    assert [(row.number, row.cells) for row in table.rows] == [(6, ("Rennes",)), (8, ("Brest",))]
    assert table.header_row == 4


def test_the_first_sheet_that_is_seen_and_filled_is_read_unless_another_is_named() -> None:
    data = workbook(
        ("secret", [["Commune"], ["Nice"]]),
        ("empty", []),
        ("first", [["Commune"], ["Rennes"]]),
        ("second", [["Commune"], ["Brest"]]),
        hidden="secret",
    )
    assert read_sheet(data).sheet == "first"
    assert cells(read_sheet(data, sheet="second")) == [("Brest",)]
    error = refused(data, sheet="third")
    assert error.code == "no-such-worksheet"
    assert error.facts["sheets"] == "secret, empty, first, second"


TABLE = """<office:document-content
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">
<office:body><office:spreadsheet><table:table table:name="Feuille1">{rows}</table:table>
</office:spreadsheet></office:body></office:document-content>"""
MANIFEST = """<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">
<m:file-entry m:full-path="content.xml" m:media-type="text/xml">{encryption}</m:file-entry>
</m:manifest>"""


def open_document(*rows: str, encryption: str = "") -> bytes:
    content = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        file.writestr("content.xml", TABLE.format(rows=content))
        file.writestr("META-INF/manifest.xml", MANIFEST.format(encryption=encryption))
    return data.getvalue()


def test_a_sheet_of_libreoffice_is_read() -> None:
    text = '<table:table-cell office:value-type="string"><text:p>{0}</text:p></table:table-cell>'
    number = '<table:table-cell office:value-type="float" office:value="{0}"/>'
    data = open_document(
        text.format("Commune") + text.format("Code postal"),
        '<table:table-cell table:number-columns-repeated="2"/>',
        text.format("Ambérieu-en-Bugey") + number.format(1500),
    )
    table = read_sheet(data)
    assert [(row.number, row.cells) for row in table.rows] == [(3, ("Ambérieu-en-Bugey", "1500"))]


def test_a_workbook_is_read_whatever_it_is_called(tmp_path: Path) -> None:
    path = tmp_path / "liste.csv"
    path.write_bytes(workbook(("F", [["Commune"], ["Rennes"]])))
    assert read_sheet(path).sheet == "F"


def test_a_workbook_behind_a_password_says_so() -> None:
    excel = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")
    assert refused(excel).code == "workbook-password"
    libreoffice = open_document(encryption="<m:encryption-data/>")
    assert refused(libreoffice).code == "workbook-password"


@given(st.binary(max_size=200))
def test_any_bytes_give_a_table_or_a_clear_error(data: bytes) -> None:
    with contextlib.suppress(SheetError):
        table = read_sheet(data)
        assert table.rows or table.problems


@given(st.text(st.sampled_from('a;,"\n\r\t|é@1'), max_size=60))
def test_any_text_gives_a_table_or_a_clear_error(text: str) -> None:
    with contextlib.suppress(SheetError):
        table = read_sheet(b"Commune;CP;Courriel\n" + text.encode())
        assert all(len(row.cells) == len(table.headers) for row in table.rows)


def test_the_sample_is_as_its_writer_says() -> None:
    path = Path(__file__).parent.parent / "data" / "communes.csv"
    assert path.read_bytes().startswith(codecs.BOM_UTF8)
    with path.open(encoding="utf-8-sig", newline="") as file:
        expected = list(csv.reader(file, delimiter=";"))
    table = read_sheet(path)
    assert [list(table.headers), *map(list, cells(table))] == expected
    assert (table.encoding, table.delimiter, table.header_row) == ("utf-8", ";", 1)
