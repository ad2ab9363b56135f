"""A letter says what the spreadsheet shows: number formats, merged cells."""

from __future__ import annotations

import datetime

from tests.rooms.recipients.test_workbook import cells
from tests.tables import people_told, sheet_told
from tests.workbooks import (
    SHEET,
    changed,
    number,
    open_document,
    words,
    workbook,
)

EUROS = '#,##0.00\\ "€"'
PHONE = '0#" "##" "##" "##" "##'


def test_a_letter_says_what_excel_shows() -> None:
    shown = [
        ((223456789, PHONE), "02 23 45 67 89"),
        ((1234.5, EUROS), "1\u202f234,50 €"),
        ((0.125, "0.0%"), "12,5\u00a0%"),
        ((1000, "00000"), "01000"),
        (2.5, "2,5"),
        ((datetime.date(2026, 3, 1), "[$-40C]d mmmm yyyy"), "2026-03-01"),
        (("Rennes", '"Mairie de "@'), "Mairie de Rennes"),
        (("#N/A", "00000"), "#N/A"),
    ]
    rows = [["Commune", "N"], *(["Y", cell] for cell, _ in shown)]
    assert cells(workbook(("F", rows))) == [
        f"{n}: Y · {text}" for n, (_, text) in enumerate(shown, 2)
    ]


def test_a_code_that_is_shown_as_a_number_is_a_code_all_the_same() -> None:
    rows = [
        ["Code INSEE", "Adresse", "CP", "Montant"],
        [(1004, "#,##0"), "1 rue X", (1500, "0.00"), (1500, "0.00")],
    ]
    assert people_told(workbook(("F", rows)))[0] == (
        "01004 | street 1 rue X | postcode 01500 | Montant: 1500,00"
    )
    row = number(1004, "1\u00a0004,00")
    assert people_told(open_document(words("Code INSEE"), row))[0] == "01004"


def test_what_is_shown_in_a_way_that_is_not_known_is_kept_and_told() -> None:
    rows = [
        ["Code INSEE", "Montant", "Date de naissance"],
        ["35238", (123456, "0.00E+00"), (5, "0.00E+00")],
    ]
    kept = ("35238 | Montant: 123456", "!2 shown-otherwise Montant")
    assert people_told(workbook(("F", rows))) == kept
    for text in ("1,23E+05", "#FMT", "###"):
        row = words("35238") + number(123456, text)
        assert people_told(open_document(words("Code INSEE", "Montant"), row)) == kept


def test_a_format_is_found_where_cells_do_not_say_where_they_stand() -> None:
    rows = [["Commune", "N"], ["A", (7, "000")], ["B", 8], ["C", (9, "000")]]
    data = workbook(("F", rows))
    for bare in (
        changed(data, SHEET, rb' r="[A-Z]+\d+"'),
        changed(data, SHEET, rb'(?<=<row) r="\d+"'),
    ):
        assert cells(bare) == ["2: A · 007", "3: B · 8", "4: C · 009"]
    without_numbers = changed(data, "xl/styles.xml", rb'numFmtId="\d+"')
    assert cells(without_numbers) == ["2: A · 7", "3: B · 8", "4: C · 9"]
    no_xml = changed(data, "xl/styles.xml", b"formatCode")  # and so nobody knows what is shown
    assert sheet_told(no_xml) == ("refused: workbook-damaged",)


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
    assert cells(open_document(words("Commune", *"ABCDEFG"), row)) == [
        "2: Rennes · 02 23 45 67 89 · 1\u202f234,50 € · 12,5\u00a0% · 2,5 · 2,5 · 007 · 007"
    ]


def test_merged_cells_give_each_row_their_value_and_each_column_its_header() -> None:
    told = {
        # the département of four rows, a note of two
        "Département;Commune;Note/35;Rennes;a/;Retiers;/;;/;Vern;c/29;Brest;|A2:A5,C2:C3": (
            "Département · Commune · Note",
            *("2: 35 · Rennes · a", "3: 35 · Retiers · a", "5: 35 · Vern · c", "6: 29 · Brest · "),
        ),
        # two that touch are not one
        "Dépt;Commune/35;A/;B/29;C/;D|A2:A3,A4:A5": (
            *("Dépt · Commune", "2: 35 · A", "3: 35 · B", "4: 29 · C", "5: 29 · D"),
        ),
        # a header of two rows
        "Code INSEE;Maire;;CP/;Nom;Prénom;/35238;X;Y;35|A1:A2,B1:C1,D1:D2": (
            *("Code INSEE · Nom · Prénom · CP", "3: 35238 · X · Y · 35"),
        ),
    }
    found = {}
    for written in told:
        rows, _, merged = written.partition("|")
        split = [row.split(";") for row in rows.split("/")]
        found[written] = sheet_told(workbook(("F", split), merged=merged.split(",")))
    assert found == told


def test_a_merge_from_the_header_down_makes_a_row_of_nobody() -> None:
    rows = [["Code INSEE", "Tél", ""], ["", "fixe", "mobile"], ["35238", "02", "06"]]
    data = workbook(("F", rows), merged=["A1:A2", "B1:C1"])
    assert sheet_told(data, header_row=1)[1:3] == (
        *("2: Code INSEE · fixe · mobile", "3: 35238 · 02 · 06"),
    )
    found = people_told(data, header_row=1)
    assert found[0].startswith("35238 | ")
    assert [each for each in found[1:] if each.startswith("!2 ")], "and the row is told"


def test_a_cell_that_libreoffice_merged_with_those_below_does_so_too() -> None:
    spanned = '<table:table-cell table:number-rows-spanned="2"'
    top = words("35").replace("<table:table-cell", spanned) + words("Rennes")
    below = "<table:covered-table-cell/>" + words("Retiers")
    data = open_document(words("Dépt", "Commune"), top, below)
    assert cells(data) == ["2: 35 · Rennes", "3: 35 · Retiers"]
