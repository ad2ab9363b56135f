"""XLSX, XLS, ODS: one worksheet as text, as people see it.

The files of golden/workbooks: mairies.* is one workbook of fictitious towns, written with
XlsxWriter and saved by LibreOffice 25.2 as .xls, .ods and .xlsx (`storeToURL`, filters "MS Excel
97", "calc8", "Calc MS Excel 2007 XML"); password.* is one row saved so with `Password="secret"`.
"""

import datetime
import struct
from collections.abc import Sequence
from pathlib import Path

from merge.recipients.sheet import read_sheet
from tests.facts import claims, wrong
from tests.house import ROOT
from tests.tables import people_told, refusal, sheet_told
from tests.workbooks import (
    NEXT_ROW,
    SHEET,
    changed,
    open_document,
    words,
    workbook,
)

GOLDEN = ROOT / "tests/golden" / "workbooks"
FACTS = Path(__file__).with_name("numberformats.txt")
KINDS = ("xls", "ods", "xlsx")
MAIRIES = {kind: (GOLDEN / f"mairies.{kind}").read_bytes() for kind in KINDS}
HEAD = ("Code INSEE", "Commune", "Courriel", "Remarque")


def cells(data: bytes) -> list[str]:
    """The rows of a sheet, without its headers."""
    return [*sheet_told(data)[1:]]


def test_a_worksheet_is_text_as_people_see_it_and_each_row_has_its_number() -> None:
    day = datetime.datetime(2026, 3, 1)
    read: list[tuple[Sequence[Sequence[object]], tuple[str, ...]]] = [
        (
            [HEAD, [1004, "Ambérieu", "01004", day], [2.5, "é", True, None]],
            (" · ".join(HEAD), "2: 1004 · Ambérieu · 01004 · 2026-03-01", "3: 2,5 · é · True · "),
        ),
        (
            [[], ["Mairies"], [], ["Commune"], [], ["Rennes"], [], ["Brest"]],
            ("Commune", "6: Rennes", "8: Brest"),
        ),
        (
            [[], [None, None, "Commune", "CP"], [None, None, "Rennes", "35000"]],
            ("Commune · CP", "3: Rennes · 35000"),
        ),
        (  # what somebody typed beside the table shifts nothing
            [["Commune", "CP"], ["Rennes", "35000", None, "à relancer"], ["Brest"]],
            (
                *("Commune · CP · column D", "2: Rennes · 35000 · à relancer", "3: Brest ·  · "),
                "!unnamed-column column D",
            ),
        ),
    ]
    assert [(rows, sheet_told(workbook(("F", rows)))) for rows, _ in read] == read


def test_the_first_sheet_that_is_seen_and_filled_is_read_unless_another_is_named(
    tmp_path: Path,
) -> None:
    data = workbook(
        ("secret", [["Commune"], ["Nice"]]),
        ("empty", []),
        ("blank", [[" "], ["\n"]]),
        ("first", [["Commune"], ["Rennes"]]),
        ("second", [["Commune"], ["Brest"]]),
        hidden="secret",
    )
    for named, town in (
        ({}, "Rennes"),
        ({"sheet": "second"}, "Brest"),
        ({"sheet": "secret"}, "Nice"),
    ):
        assert sheet_told(data, **named) == ("Commune", f"2: {town}")
    path = tmp_path / "liste.csv"  # whatever it is called
    path.write_bytes(data)
    assert read_sheet(path).sheet == "first"
    assert read_sheet(path).other_sheets == ("empty", "blank", "second")
    assert sheet_told(data, sheet="empty") == ("refused: no-table-in-worksheet",)
    assert sheet_told(workbook(("F", []))) == ("refused: sheet-empty",)
    error = refusal(data, sheet="third")
    assert error.code == "not-one-of"
    assert error.facts["choices"] == "secret, empty, blank, first, second"


def test_a_first_worksheet_without_a_table_names_the_others() -> None:
    for first in ([["à lire avant"]], [["Notes", "Suite"]]):
        data = workbook(("Notes", first), ("Mairies", [["Code INSEE"], ["35238"]]))
        error = refusal(data)
        assert error.code == "no-table-in-worksheet"
        assert (error.facts["sheet"], error.facts["others"]) == ("Notes", "Mairies")
    pointed_at_in_vain = [sheet_told(data, header_row=row)[0] for row in (1, 2)]
    assert pointed_at_in_vain == ["refused: sheet-empty 1", "refused: header-row-beyond 2"]


def test_what_libreoffice_keeps_of_another_workbook_is_no_worksheet() -> None:
    kept = '<table:table table:name="\'file:///home/zoe/base.ods\'#$Base" table:print="false">'
    kept += f"<table:table-row>{words('x')}</table:table-row></table:table>"
    data = open_document(words("Commune"), words("Rennes"))
    end = b"</office:spreadsheet>"
    assert sheet_told(changed(data, "content.xml", end, kept.encode() + end)) == (
        *("Commune", "2: Rennes"),
    )


def test_each_kind_of_workbook_says_the_same() -> None:
    for kind, data in MAIRIES.items():
        path = GOLDEN / f"mairies.{kind}"
        assert (read_sheet(path).header_row, read_sheet(path).sheets) == (
            3,
            ("Mairies", "Œuvres", "vide"),
        )
        assert cells(data) == [
            "4: 1004 · Ambérieu-en-Bugey · mairie@amberieu.example.org · 33123456789"
            " · 21010004800017 · True · 25\u00a0% · 2026-03-22 · #N/A",
            "5: 2A004 · Ajaccio · mairie@ajaccio.example.org · 33987654321"
            " · 123456789012345 · False · 13\u00a0% · 2026-03-22 · #DIV/0!",
            "7: 35238 · Rennes ·  ·  ·  ·  · 100\u00a0% · 2026-01-01 · à revoir",
        ]
        assert sheet_told(data, sheet="Œuvres")[1:] == ("2: Œuilly · 02160",)
        assert refusal(data, sheet="Oeuvres").facts["choices"] == "Mairies, Œuvres, caché, vide"


def test_a_workbook_behind_a_password_says_so() -> None:
    by_a_zip_program = bytearray(workbook(("F", [["Commune"], ["Rennes"]])))
    last = by_a_zip_program.rindex(b"PK\x01\x02")
    by_a_zip_program[last + 8] |= 1  # of its last part alone, APPNOTE 4.4.4
    locked = [(GOLDEN / f"password.{kind}").read_bytes() for kind in KINDS]
    part_by_part = open_document(encryption="<m:encryption-data/>")
    for data in (*locked, part_by_part, bytes(by_a_zip_program)):
        assert sheet_told(data) == ("refused: workbook-password",)


def test_a_number_and_a_time_are_what_the_sheet_shows() -> None:
    def of_excel(value: str, code: str) -> str:
        rows = [["Code INSEE", "Valeur"], ["35238", (float(value), code)]]
        return "; ".join(people_told(workbook(("F", rows)))).removeprefix("35238 | Valeur: ")

    def of_libreoffice(kind: str, value: str, shown: str) -> str:
        cell = words(shown).replace("string", f'{kind}" office:{kind}-value="{value}')
        row = cells(open_document(words("Commune", "Heure"), words("Rennes") + cell))[0]
        return row.removeprefix("2: Rennes · ")

    _understood, _looks, times, numbers, others = claims(FACTS)
    assert [*wrong(FACTS, times, of_excel), *wrong(FACTS, numbers, of_excel)] == []
    assert wrong(FACTS, others, of_libreoffice) == []


# Errors, formulas, hidden rows


def test_an_error_is_kept_as_its_text_in_each_sheet() -> None:
    def sheet(name: str, error: str) -> tuple[str, list[list[object]]]:
        row: list[object] = [None, "Rennes", ("=X", "General", error)]
        return name, [[], [None, "Commune", "Courriel"], row]

    data = workbook(sheet("Première", "#REF!"), sheet("A & B", "#NAME?"))
    for name, error in (("Première", "#REF!"), ("A & B", "#NAME?")):
        assert sheet_told(data, sheet=name)[1:] == (f"3: Rennes · {error}",)


def test_an_error_of_libreoffice_stands_in_each_of_its_equal_rows_and_cells_without_notes() -> None:
    error = (
        '<table:table-cell table:number-columns-repeated="2" office:value-type="string"'
        ' office:string-value="" calcext:value-type="error"><office:annotation>'
        "<text:p>voir Zoé</text:p></office:annotation><text:p>#N/A</text:p></table:table-cell>"
    )
    rows = NEXT_ROW.format('table:number-rows-repeated="2"') + words("Brest") + error
    assert cells(open_document(words("Commune", "CP", "Courriel"), rows)) == [
        *("3: Brest · #N/A · #N/A", "4: Brest · #N/A · #N/A"),
    ]


def test_an_xls_of_a_macintosh_counts_its_days_from_1904() -> None:
    since = MAIRIES["xls"].index(struct.pack("<2H", 0x0022, 2)) + 4  # [MS-XLS] 2.4.77
    data = bytearray(MAIRIES["xls"])
    data[since] = 1
    assert cells(bytes(data))[2] == cells(MAIRIES["xls"])[2].replace("2026-01-01", "2030-01-02")


def test_a_formula_that_nobody_has_computed_is_told() -> None:
    rows = [
        ["Code INSEE", "Courriel", "Note"],
        ["35238", ('="a"&"@example.org"', "General", ""), ("=1+1", "General", 2)],
    ]
    data = workbook(("F", rows))
    assert people_told(data) == ("35238 | Note: 2", "!2 formula-not-computed Courriel")
    to_no_letter_at_all = changed(data, SHEET, b'<c r="B2"', b'<c r="B2" t="str"')
    assert people_told(to_no_letter_at_all) == ("35238 | Note: 2",)


def test_a_row_that_is_hidden_is_read_and_told() -> None:
    rows = [["Code INSEE"], ["35238"], ["35360"], ["Total"], ["35093"]]
    data = workbook(("F", rows), ("G", rows), hidden_rows={"G": (3, 4, 5)})
    hidden = ("!3 hidden-row", "!5 hidden-row")
    told = [[each for each in people_told(data, sheet=name) if each in hidden] for name in "FG"]
    assert told == [[], [*hidden]]
    old = bytearray(MAIRIES["xls"])
    old[old.index(struct.pack("<3H", 0x0208, 16, 6)) + 16] |= 0x20  # [MS-XLS] 2.4.221: fDyZero
    assert "!7 hidden-row" in people_told(bytes(old))
    for how in ("filter", "collapse"):
        attributes = f'table:visibility="{how}" table:number-rows-repeated="2"'
        row = [NEXT_ROW.format(attributes) + words(cell) for cell in ("x", "35360")]
        found = people_told(open_document(words("Code INSEE") + row[0], words("35238") + row[1]))
        assert [each for each in found if "hidden" in each] == ["!5 hidden-row"]
