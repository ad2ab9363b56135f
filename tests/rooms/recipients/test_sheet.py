"""Any spreadsheet → a table of text: nothing lost, shifted or made up."""

import codecs
import contextlib
import csv
import hashlib
import io
import json
from collections.abc import Sequence
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from merge.errors import SheetError
from merge.model import RowProblem
from merge.recipients import delimited, header
from merge.recipients.cells import unquoted
from merge.recipients.sheet import Row, Table, read_sheet
from tests.house import ROOT

HEADERS = ("Code INSEE", "Commune", "Courriel", "Remarque")


def written(
    rows: Sequence[Sequence[str]],
    delimiter: str = ";",
    line_end: str = "\r\n",
    all_quoted: bool = False,
) -> str:
    """A CSV text as spreadsheets write it: quoted where it must be, or everywhere."""

    def cell(text: str) -> str:
        needs = all_quoted or any(sign in text for sign in (delimiter, '"', "\r", "\n"))
        return '"' + text.replace('"', '""') + '"' if needs else text

    return "".join(delimiter.join(map(cell, row)) + line_end for row in rows)


def read(data: bytes, **given: object) -> Table:
    return read_sheet(io.BytesIO(data), **given)  # type: ignore[arg-type]


def seen(cell: str) -> str:
    """The cell of a text file as a spreadsheet shows it."""
    return unquoted(cell, is_of_text_file=True)


def rows_of(table: Table) -> list[Row]:
    return [row for row in table.rows if isinstance(row, Row)]


def cells(table: Table) -> list[tuple[str, ...]]:
    return [row.cells for row in rows_of(table)]


def not_taken(table: Table) -> list[RowProblem]:
    return [row for row in table.rows if isinstance(row, RowProblem)]


def refused(data: bytes, **given: object) -> SheetError:
    with pytest.raises(SheetError) as caught:
        read(data, **given)
    assert caught.value.path == "-"
    return caught.value


ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "iso8859-15")


@st.composite
def dialects(draw: st.DrawFn) -> tuple[str, str, str, bool, list[list[str]]]:
    encoding = draw(st.sampled_from((*ENCODINGS, "mac-roman")))
    delimiter = draw(st.sampled_from(";,\t|"))
    line_end = draw(st.sampled_from(("\n", "\r\n", "\r")))
    letters = st.characters(
        codec=encoding, exclude_categories=["Cs"], exclude_characters="\0\ufeff"
    )
    text = st.text(letters, max_size=6) | st.text(st.sampled_from(";,\"\t|\r\n a0'"), max_size=5)
    row = st.lists(text, min_size=4, max_size=4)
    rows = draw(st.lists(row, min_size=1, max_size=5))
    return encoding, delimiter, line_end, draw(st.booleans()), rows


@example(("utf-8", "|", "\n", False, [["", "", "0", " "], ["", "", "\n ", "|"]]), 60)
@example(("utf-8", ";", "\n", False, [["", "", "", "'0'"], ["", "", "''", "''"]]), 60)
@given(dialects(), st.integers(min_value=1, max_value=60))
def test_with_the_dialect_given_any_table_reads_back_the_same(
    drawn: tuple[str, str, str, bool, list[list[str]]], block_bytes: int
) -> None:
    encoding, delimiter, line_end, all_quoted, rows = drawn
    filled = [tuple(map(seen, row)) for row in rows if any(cell.strip() for cell in row)]
    assume(filled)
    # Three cells between apostrophes are taken for quoted by them.
    assume(sum(cell.strip()[:1] == cell.strip()[-1:] == "'" for row in rows for cell in row) < 3)
    # Whole rows inside one cell are taken for the work of a stray quotation mark.
    assume(
        not any(
            len(cell.splitlines()) and cell.count(delimiter) > 2 for row in rows for cell in row
        )
    )
    data = written([HEADERS, *rows], delimiter, line_end, all_quoted).encode(encoding)
    with mock.patch.object(delimited, "_BLOCK_BYTES", block_bytes):
        table = read(data, encoding=encoding, delimiter=delimiter, header_row=1)
        assert table.headers == HEADERS
        assert cells(table) == filled
        assert [row.number for row in rows_of(table)] == [
            number for number, row in enumerate(rows, start=2) if any(cell.strip() for cell in row)
        ]
    assert table.problems == ()


FRENCH = st.text(st.sampled_from("abéèàçœÉŒ'- 0129@."), max_size=8)


@given(
    st.sampled_from(("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be")),
    st.sampled_from(";,\t|"),
    st.sampled_from(("\n", "\r\n", "\r")),
    st.lists(st.lists(FRENCH, min_size=4, max_size=4), min_size=1, max_size=5),
)
def test_unicode_in_any_dialect_is_read_without_being_told(
    encoding: str, delimiter: str, line_end: str, rows: list[list[str]]
) -> None:
    filled = [tuple(map(seen, row)) for row in rows if any(cell.strip() for cell in row)]
    assume(filled)
    table = read(written([HEADERS, *rows], delimiter, line_end).encode(encoding))
    assert table.headers == HEADERS
    assert cells(table) == filled
    assert table.delimiter == delimiter


@pytest.mark.parametrize("encoding", [*ENCODINGS, "mac-roman"])
def test_what_people_have_is_recognised(encoding: str) -> None:
    rows = [("02565", "Œuilly", "a@example.org", ""), ("72181", "Le Mans", "", "très bien, été")]
    table = read(written([HEADERS, *rows]).encode(encoding))
    assert cells(table) == rows


@pytest.mark.parametrize("text", ["Maëlys ÇELIK", "Évreux", "Ambérieu", "Prénom"])
@pytest.mark.parametrize("encoding", ["cp1252", "mac-roman"])
def test_one_short_name_is_enough_to_tell_windows_from_mac(encoding: str, text: str) -> None:
    data = written([HEADERS, ("1", text, "", "")]).encode(encoding)
    assert cells(read(data))[0][1] == text


def test_a_byte_that_means_nothing_in_windows_is_kept_for_the_checks() -> None:
    table = read(b"Code INSEE;Commune\n35238;Rennes\xe9\x81\n")
    assert table.encoding == "latin-1"
    assert cells(table) == [("35238", "Rennesé\x81")]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ('="01004"', "01004"),
        (' ="01004" ', "01004"),
        ('="1 ""X"""', '1 "X"'),
        ("'01004", "01004"),
        ("'01004'", "01004"),
        ("'=1+1", "=1+1"),
        ("'2A004", "2A004"),
        ("'t Hof", "'t Hof"),
        ("'70s' rock'", "'70s' rock'"),
        ("=A1", "=A1"),
        ("L'Haÿ", "L'Haÿ"),
        (' "Le Bourg"', "Le Bourg"),
        ('12"', '12"'),
    ],
)
def test_what_keeps_excel_from_making_a_number_is_no_part_of_the_cell(
    typed: str, shown: str
) -> None:
    table = read(f"Code INSEE;Commune;Note\r\n1;Y;{typed}\r\n".encode())
    assert cells(table) == [("1", "Y", shown)]


def test_headers_are_read_so_too() -> None:
    table = read(b'="Code INSEE";="Commune";\'01\r\n="01004";\'x;="a"\r\n')
    assert table.headers == ("Code INSEE", "Commune", "01")
    assert cells(table) == [("01004", "'x", "a")]


def test_nothing_becomes_a_number_or_nan() -> None:
    rows = [
        ("01004", "nan", "None", "NA"),
        ("1e5", "", "1.50", "#N/A"),
        ("00", "inf", "-0", "TRUE"),
    ]
    assert cells(read(written([HEADERS, *rows]).encode())) == rows


def test_rows_can_be_read_again_and_by_two_at_once() -> None:
    table = read(b"Commune;CP\nRennes;35000\nx;y;z\nBrest;29200\n")
    once = list(table.rows)
    assert [getattr(row, "number", None) for row in once] == [2, None, 4]
    assert list(zip(table.rows, table.rows, strict=True)) == list(zip(once, once, strict=True))


def test_the_table_knows_the_sum_of_the_bytes(tmp_path: Path) -> None:
    data = b"Commune\nRennes\n"
    path = tmp_path / "liste.csv"
    path.write_bytes(data)
    assert read_sheet(path).sha256 == read(data).sha256 == hashlib.sha256(data).hexdigest()


def test_too_many_rows_are_refused_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(header, "ROWS_AT_MOST", 3)
    assert len(cells(read(b"Commune\n" + b"Rennes\n;\n" * 3))) == 3
    error = refused(b"Commune\n" + b"Rennes\n" * 5)
    assert (error.code, error.facts) == ("sheet-too-large", {"words": "5 > 3"})


def test_a_fault_far_down_comes_before_a_fault_of_the_header() -> None:
    assert refused(b"1;a\n" * 100 + b"\0\n").code == "not-a-sheet"
    assert refused(b"Commune;commune\n" + b"1;a\n" * 100 + b'"').code == "open-quote"


def test_titles_and_empty_rows_are_passed_over_and_counted() -> None:
    text = "Liste des mairies\r\n\r\nmise à jour;2026\r\n" + written([HEADERS]) + "\r\n;;;\r\n"
    text += written([("01004", "Ambérieu", "", "")])
    table = read(text.encode())
    assert table.header_row == 4
    assert [(row.number, row.cells[0]) for row in rows_of(table)] == [(7, "01004")]


def test_a_cell_with_line_breaks_is_one_row_as_in_a_spreadsheet() -> None:
    rows = [("1", "a\nb\r\nc", "", ""), ("2", "d", "", "")]
    table = read(written([HEADERS, *rows]).encode())
    assert [(row.number, row.cells[1]) for row in rows_of(table)] == [(2, "a\nb\r\nc"), (3, "d")]


@pytest.mark.parametrize("title", ["[Liste provisoire]", "{à revoir}", "BZH", "BZh9", "7z", "PKW"])
def test_a_title_that_begins_as_another_kind_of_file_does_is_a_title(title: str) -> None:
    assert cells(read(f"{title};\nCommune;CP\nRennes;35000\n".encode())) == [("Rennes", "35000")]


def test_a_header_is_read_without_what_nobody_sees() -> None:
    table = read("\u200bCommune\u00a0;Pre\u0301nom\x01;Nom\u202e\n1;2;3\n".encode())
    assert table.headers == ("Commune", "Prénom", "Nom")


def test_a_header_that_nobody_knows_is_still_a_header() -> None:
    table = read(b"Alpha;Beta\nx;y\n")
    assert table.headers == ("Alpha", "Beta")


@pytest.mark.parametrize("position", [0, 1, 2])
def test_a_field_too_many_is_reported_with_its_row_and_shifts_nothing(position: int) -> None:
    rows = [["1", "a", "b", "c"], ["2", "d", "e", "f"], ["3", "g", "h", "i"]]
    rows[position].append("surplus")
    table = read(written([HEADERS, *rows]).encode())
    assert cells(table) == [tuple(row) for row in rows if len(row) == 4]
    [problem] = not_taken(table)
    assert (problem.row, problem.code, problem.value) == (
        position + 2,
        "too-many-fields",
        "surplus",
    )
    assert not problem.taken


def test_a_field_too_many_far_down_is_found_as_well() -> None:
    rows = [[str(n), "a", "b", "c"] for n in range(500)]
    rows[400] += ["d", "e", "f"]
    table = read(written([HEADERS, *rows]).encode())
    assert len(cells(table)) == 499
    assert [problem.row for problem in not_taken(table)] == [402]


def test_short_rows_are_filled_and_empty_columns_at_the_end_are_none() -> None:
    table = read(b"Commune;CP;;;\nRennes;;;;\nBrest\n")
    assert table.headers == ("Commune", "CP")
    assert cells(table) == [("Rennes", ""), ("Brest", "")]
    assert table.problems == ()


def test_an_empty_column_in_the_middle_moves_no_other() -> None:
    table = read(b"Commune;;CP\nRennes; ;35000\n")
    assert table.headers == ("Commune", "CP")
    assert cells(table) == [("Rennes", "35000")]


def test_a_column_without_a_header_is_kept_and_reported() -> None:
    table = read(b"Commune;;CP;\nRennes;x;35000;y\nBrest;;29200;z\n")
    assert table.headers == ("Commune", "column B", "CP", "column D")
    assert cells(table)[1] == ("Brest", "", "29200", "z")
    assert {problem.code for problem in table.problems} == {"unnamed-column"}
    assert all(problem.taken for problem in table.problems)


@pytest.mark.parametrize(
    ("header", "named"),
    [
        ("Commune;;column B", ("Commune", "column B (2)", "column B")),
        ("Commune;Column_C;", ("Commune", "Column_C", "column C (2)")),
        (";column A (2);column A", ("column A (3)", "column A (2)", "column A")),
        ("Commune;;colonne B", ("Commune", "column B", "colonne B")),
    ],
)
def test_a_column_without_a_header_takes_the_name_of_no_other(
    header: str, named: tuple[str, ...]
) -> None:
    table = read(f"{header}\nRennes;x;y\nBrest;z;\n".encode(), header_row=1)
    assert (table.headers, cells(table)) == (named, [("Rennes", "x", "y"), ("Brest", "z", "")])
    assert [problem.code for problem in table.problems] == ["unnamed-column"]


def test_what_stands_behind_the_last_header_in_half_of_the_rows_is_a_column() -> None:
    half = read(b"Commune;CP\nRennes;35000;x\nBrest;29200\n;\nLille;59000;y\nNice;06000\n")
    assert (half.headers, len(cells(half))) == (("Commune", "CP", "column C"), 4)
    third = read(b"Commune;CP\nRennes;35000;x\nBrest;29200;  \nLille;59000\n")
    assert (third.headers, len(cells(third))) == (("Commune", "CP"), 2)
    assert [(p.row, p.code) for p in not_taken(third)] == [(2, "too-many-fields")]


def test_a_stray_quotation_mark_that_swallows_rows_is_found() -> None:
    data = b'Commune;CP;Courriel\nRennes;"x;y\nBrest;29200;b@example.org\nLille;x";\nOo;1;2\n'
    table = read(data)
    assert [row.cells[0] for row in rows_of(table)] == ["Oo"]
    assert [(p.row, p.code, p.taken) for p in not_taken(table)] == [(2, "stray-quote", False)]


@pytest.mark.parametrize(
    "swallowed",
    ['Rennes;"x\nBrest;29200\nLille;x"', '"Rennes;x\nBrest";29200', '"a;x\nb;x\nc";x'],
)
def test_a_stray_quotation_mark_is_found_between_two_columns(swallowed: str) -> None:
    table = read(f"Commune;CP\n{swallowed}\nOo;31110\n".encode())
    assert cells(table) == [("Oo", "31110")]
    assert [(p.row, p.code) for p in not_taken(table)] == [(2, "stray-quote")]


@pytest.mark.parametrize(
    "note",
    ["vu;\nrappeler", "a;b\nc", "a\nb; c", "a\nb;", "a\n;b", "a\nb;c;d", "a\nb", "a;b", "a\n"],
)
def test_a_note_of_several_lines_beside_one_column_is_a_note(note: str) -> None:
    table = read(written([("Commune", "Note"), ("Rennes", note)]).encode())
    assert cells(table) == [("Rennes", note)]
    table = read(written([("Commune",), (note,)]).encode(), delimiter=";")
    assert cells(table) == [(note,)]


def test_a_stray_quotation_mark_is_found_in_a_file_of_an_old_mac_too() -> None:
    data = b'Commune;CP;Courriel\rRennes;"x;y\rBrest;29200;b@example.org\rLille;x";\rOo;1;2\r'
    table = read(data)
    assert [row.cells[0] for row in rows_of(table)] == ["Oo"]
    assert [(p.row, p.code) for p in not_taken(table)] == [(2, "stray-quote")]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "sheet-empty"),
        (b"\n" * 1000, "sheet-empty"),
        (b"\xef\xbb\xbf \r\n\r\n", "sheet-empty"),
        (b";;\r\n;;\r\n", "sheet-empty"),
        (b"Commune;CP\r\n", "sheet-empty"),
        (b"Commune;CP\r\n;\r\n\r\n", "sheet-empty"),
        (b"01004;a@example.org\n01005;b@example.org\n", "no-header"),
        (b"Commune;commune \nRennes;Brest\n", "duplicate-header"),
        (b'Commune;CP\nBrest;29200\nRennes;"35000\nLille;59000\n', "open-quote"),
        (b"\n" * 1000 + b"01004;a@example.org\n", "no-header"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "not-a-sheet"),
        (b"\xef\xbb\xbf\n<!DOCTYPE html><table>", "not-a-sheet"),
        (b'{"alpha": []}', "not-a-sheet"),
        (b' [ {"alpha": 1}]', "not-a-sheet"),
        (b"{}", "not-a-sheet"),
        ("{}".encode("utf-16-le"), "not-a-sheet"),
        (b'["alpha"]', "not-a-sheet"),
        (b"[[1]]", "not-a-sheet"),
        (b"{\\rtf1\\ansi Commune", "not-a-sheet"),
        (b"\x89PNG\r\n\x1a\n", "not-a-sheet"),
        (b"\xff\xd8\xff\xe0", "not-a-sheet"),
        (b"\x1f\x8b\x08", "not-a-sheet"),
        (b"BZh91AY&SY", "not-a-sheet"),
        (b"7z\xbc\xaf\x27\x1c", "not-a-sheet"),
        (b"Commune;CP\nRen\0nes;35000\n", "not-a-sheet"),
        (b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0", "not-a-sheet"),
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
        ({"encoding": "klingon"}, "value-unfit"),
        ({"encoding": "rot13"}, "value-unfit"),
        ({"encoding": "ascii"}, "wrong-encoding"),
        ({"encoding": "cp1252"}, "wrong-encoding"),
        ({"delimiter": ";;"}, "value-unfit"),
        ({"delimiter": '"'}, "value-unfit"),
        ({"delimiter": "\n"}, "value-unfit"),
        ({"delimiter": "é"}, "value-unfit"),
        ({"header_row": 9}, "header-row-beyond"),
    ],
)
def test_what_is_given_wrongly_is_a_clear_error(given: dict[str, object], code: str) -> None:
    assert refused("Prénom;Commune\nZoé;Rennes\n".encode(), **given).code == code


def test_a_header_row_in_a_sheet_that_ends_before_it_says_how_many_rows_there_are() -> None:
    assert refused(b"\n ;\n", header_row=1).code == "sheet-empty"
    error = refused(b"Commune;CP\nRennes;35000\n;\n", header_row=5)
    assert (error.code, error.row, error.facts) == ("header-row-beyond", 5, {"rows": 3})


@pytest.mark.parametrize("encoding", ["cp1252", "mac-roman", "latin-1"])
def test_a_header_read_in_the_wrong_encoding_names_the_right_one(encoding: str) -> None:
    error = refused("Département;Commune\n35;Rennes\n".encode(), encoding=encoding)
    assert (error.code, error.facts["suggestion"]) == ("wrong-encoding", "utf-8")


def test_what_is_given_decides() -> None:
    data = b"Commune|x\nCommune|y\nRennes|z\n"
    assert read(data, header_row=2).headers == ("Commune", "y")
    assert read(data, delimiter=";").headers == ("Commune|x",)
    for tab in ("tab", "\\t", "\t"):
        assert read(b"Commune;x\tCP\nRennes\t35000\n", delimiter=tab).headers == ("Commune;x", "CP")


def test_a_file_that_is_not_there_or_is_none_is_a_clear_error(tmp_path: Path) -> None:
    for name in ("letter.docx", "~$mairies.xlsx", ".~lock.mairies.ods#"):
        (tmp_path / name).write_bytes(b"Commune;CP\n")
    for path, code in [
        (tmp_path / "none.csv", "file-unreadable"),
        (tmp_path, "file-unreadable"),
        (tmp_path / "letter.docx", "not-a-sheet"),
        (tmp_path / "~$mairies.xlsx", "not-a-sheet"),
        (tmp_path / ".~lock.mairies.ods#", "not-a-sheet"),
    ]:
        with pytest.raises(SheetError) as caught:
            read_sheet(path)
        assert (caught.value.code, caught.value.path) == (code, str(path))


@given(st.binary(max_size=200))
def test_any_bytes_give_a_table_or_a_clear_error(data: bytes) -> None:
    with contextlib.suppress(SheetError):
        table = read(data)
        assert list(table.rows)


@given(st.text(st.sampled_from('a;,"\n\r\t|é@1'), max_size=60))
def test_any_text_gives_a_table_or_a_clear_error(text: str) -> None:
    with contextlib.suppress(SheetError):
        table = read(b"Commune;CP;Courriel\n" + text.encode())
        assert all(len(row.cells) == len(table.headers) for row in rows_of(table))
        left = [each for each in not_taken(table) if not each.taken]
        assert table.filled == len(rows_of(table)) + len(left)  # no row is lost on the way


def test_the_sample_is_as_its_writer_says() -> None:
    path = ROOT / "data" / "communes.csv"
    assert path.read_bytes().startswith(codecs.BOM_UTF8)
    with path.open(encoding="utf-8-sig", newline="") as file:
        expected = list(csv.reader(file, delimiter=";"))
    table = read_sheet(path)
    assert [list(table.headers), *map(list, cells(table))] == expected
    assert (table.encoding, table.delimiter, table.header_row) == ("utf-8", ";", 1)


def test_a_large_json_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "annuaire.json"
    with path.open("wb") as file:
        file.write(b'{"service": [')
        file.truncate(201_000_000)
    with pytest.raises(SheetError) as caught:
        read_sheet(path)
    assert (caught.value.code, caught.value.facts) == ("sheet-too-large", {"words": "> 200 MB"})


MAIRIE = {
    "nom": "Mairie - Montbouy",
    "pivot": [{"type_service_local": "mairie", "code_insee_commune": ["45210"]}],
    "adresse_courriel": ["mairie@montbouy.example.org"],
}


def test_the_annuaire_is_a_table_as_json_and_as_csv() -> None:
    whole = read(json.dumps({"service": [MAIRIE]}).encode())
    nested = [value if isinstance(value, str) else json.dumps(value) for value in MAIRIE.values()]
    folded = read(
        written(
            [list(MAIRIE), nested, [*nested, "surplus"], ["Préfecture", "[]", ""]], ","
        ).encode()
    )
    for table in (whole, folded):
        [row] = rows_of(table)
        said = dict(zip(table.headers, row.cells, strict=True))
        assert (row.number, said["Code INSEE"], said["Commune"]) == (
            2,
            "45210",
            "Mairie - Montbouy",
        )
        assert said["Courriel"] == "mairie@montbouy.example.org"
    assert [(p.row, p.code) for p in not_taken(folded)] == [(3, "too-many-fields")]


def test_a_problem_of_the_annuaire_has_its_path(tmp_path: Path) -> None:
    path = tmp_path / "annuaire.csv"
    path.write_text(written([list(MAIRIE), ["Mairie - Montbouy", "[{", ""]], ","))
    [problem] = not_taken(read_sheet(path))
    assert (problem.path, problem.row) == (str(path), 2)
