"""Any spreadsheet → a table of text: nothing lost, shifted or made up.

That the same is read however it is written tells tests/promises/test_sheet_model.py.
"""

import contextlib
import hashlib
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merge.errors import SheetError
from merge.recipients import records
from merge.recipients.sheet import Sheet, read_sheet
from tests.facts import claims, wrong
from tests.tables import refusal, table_told, written

SHEETS = Path(__file__).with_name("sheets.txt")
HEADERS = ("Code INSEE", "Commune", "Courriel", "Remarque")


def read(data: bytes) -> Sheet:
    return read_sheet(io.BytesIO(data))


def cells(sheet: Sheet) -> list[tuple[str, ...]]:
    return [*sheet.head().rows.values()]


def refused(data: bytes) -> SheetError:
    error = refusal(data)
    assert error.path == "-"
    return error


def test_what_stands_in_a_csv_file_is_what_sheets_txt_says() -> None:
    assert [line for claim in claims(SHEETS) for line in wrong(SHEETS, claim, table_told)] == []


def test_one_short_name_is_enough_to_tell_windows_from_mac() -> None:
    texts = ("Maëlys ÇELIK", "Évreux", "Ambérieu", "Prénom", "Œuilly, été")
    files = [(name, text) for name in ("cp1252", "mac-roman") for text in texts]
    for encoding, text in [*files, ("iso8859-15", "Œuilly, été"), ("utf-16-be", "Évreux")]:
        data = written([HEADERS, ("1", text, "", "")]).encode(encoding)
        assert (encoding, cells(read(data))[0][1]) == (encoding, text)


def test_what_is_another_file_is_refused() -> None:
    files = {
        b"\n" * 1000: "sheet-empty",
        b"\n" * 1000 + b"01004;a@example.org\n": "no-header",
        b"PK\x03\x04 and no more": "workbook-damaged",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600): "workbook-damaged",
    }
    beginnings = (
        *(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"),
        *(b"\x1f\x8b\x08", b"7z\xbc\xaf\x27\x1c", "{}".encode("utf-16-le")),
    )
    files |= dict.fromkeys(beginnings, "not-a-sheet")
    assert {data: refused(data).code for data in files} == files


def test_a_byte_that_means_nothing_in_windows_is_kept_for_the_checks() -> None:
    table = read(b"Code INSEE;Commune\n35238;Rennes\xe9\x81\n")
    assert table.encoding == "latin-1"
    assert cells(table) == [("35238", "Rennesé\x81")]


def test_the_table_knows_the_sum_of_the_bytes(tmp_path: Path) -> None:
    data = b"Commune\nRennes\n"
    path = tmp_path / "liste.csv"
    path.write_bytes(data)
    assert read_sheet(path).sha256 == read(data).sha256 == hashlib.sha256(data).hexdigest()


def test_more_cells_than_memory_holds_are_refused_and_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(records, "CELLS_AT_MOST", 8)
    assert len(cells(read(b"Commune;CP\n" + b"Rennes;35000\n" * 3))) == 3
    error = refused(b"Commune;CP\n" + b"Rennes;35000\n" * 4)
    assert (error.code, error.facts) == ("sheet-too-large", {"words": "5 × 2 > 8"})
    error = refused(b"Commune;CP\n" + b"Rennes;35000;x\n" + b"Brest;29200\n")
    assert (error.code, error.row) == ("sheet-too-large", 2)  # the longest


def test_a_fault_far_down_comes_before_a_fault_of_the_header() -> None:
    assert refused(b"1;a\n" * 100 + b"\0\n").code == "not-a-sheet"
    assert refused(b"Commune;commune\n" + b"1;a\n" * 100 + b'"').code == "open-quote"


def test_a_field_too_many_far_down_is_found_as_well() -> None:
    rows = [[str(n), "a", "b", "c"] for n in range(500)]
    rows[400] += ["d", "e", "f"]
    table = read(written([HEADERS, *rows]).encode())
    assert len(cells(table)) == 499
    assert [problem.row for problem in table.told] == [402]


def test_a_row_of_hundreds_of_fields_is_told() -> None:
    table = read(written([HEADERS, *[["1", "a", "b", "c"]] * 300, ["x"] * 900]).encode())
    assert [(each.code, each.row) for each in table.told] == [("too-many-fields", 302)]
    assert len(cells(table)) == 300


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
        assert len(table.frame) or table.told


@given(st.text(st.sampled_from('a;,"\n\r\t|é@1'), max_size=60))
def test_any_text_gives_a_table_or_a_clear_error(text: str) -> None:
    with contextlib.suppress(SheetError):
        table = read(b"Commune;CP;Courriel\n" + text.encode())
        assert [*table.frame] == [*table.headers]
        left = [each for each in table.told if not each.taken]
        assert table.filled == len(table.frame) + len(left)  # no row is lost on the way


def test_a_large_json_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
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
        [(number, row)] = table.head().rows.items()
        said = dict(zip(table.headers, row, strict=True))
        assert (number, said["Code INSEE"], said["Commune"]) == (
            2,
            "45210",
            "Mairie - Montbouy",
        )
        assert said["Courriel"] == "mairie@montbouy.example.org"
    assert [(p.row, p.code) for p in folded.told] == [(3, "too-many-fields")]


def test_a_problem_of_the_annuaire_has_its_path(tmp_path: Path) -> None:
    path = tmp_path / "annuaire.csv"
    path.write_text(written([list(MAIRIE), ["Mairie - Montbouy", "[{", ""]], ","))
    [problem] = read_sheet(path).told
    assert (problem.path, problem.row) == (str(path), 2)
