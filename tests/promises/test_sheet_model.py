"""A sheet there and back: the same people are read of it, however it is written."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import astuple
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from merge.recipients.sheet import read_sheet
from tests import anylist
from tests.tables import everyone_in
from tests.workbooks import open_document, workbook

HEADERS = (
    ("N° client", "Customer no", "numero_adherent"),
    ("Civilité", "Title", "CIVILITE :"),
    ("Prénom", "First name", "PRENOM", "Prénom :"),
    ("Nom", "Last name", "Nom de famille"),
    ("E-mail", "Courriel", "Adresse électronique", "mail"),
    ("Adresse", "Street", "Rue", "adresse1"),
    ("Code postal", "CP", "Zip", "code_postal"),
    ("Ville", "City", "VILLE"),
    ("Pays", "Country", "pays"),
    ("Société", "Company", "Organisation"),
)
"""How people call each column of `Somebody`; behind them stands one for notes."""

UNICODE = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be")
ENCODINGS = (*UNICODE, "cp1252", "iso8859-15", "mac-roman")
NOTES = st.text(st.sampled_from(";,\"\t|\n aéœ0'«"), max_size=6).filter(
    lambda note: note.strip()[:1] != "'"  # which makes a text of a number in Excel
)
FORMATS = ("csv", "csv", "csv", "xlsx", "ods")
PEOPLE = anylist.made_up(60, countries=("France", "Suisse", "France", "Allemagne"))

Rows = Sequence[Sequence[str]]


def ods(rows: Rows, *, as_numbers: bool) -> bytes:
    def cell(text: str) -> str:
        paragraphs = "</text:p><text:p>".join(text.replace("&", "&amp;").split("\n"))
        kind = f'float" office:value="{int(text)}' if as_numbers and text.isdigit() else "string"
        return (
            f'<table:table-cell office:value-type="{kind}"><text:p>{paragraphs}</text:p>'
            "</table:table-cell>"
        )

    return open_document(*("".join(map(cell, row)) for row in rows))


def typed(rows: Rows, *, as_numbers: bool) -> list[list[object]]:
    """The cells, of which those of digits are numbers, and lose their zeros."""
    is_number = str.isdigit if as_numbers else (lambda text: False)
    return [[int(cell) if is_number(cell) else cell for cell in row] for row in rows]


@st.composite
def sheets(draw: st.DrawFn) -> tuple[list[anylist.Somebody], list[str], bytes, dict[str, Any]]:
    """People, their notes, a sheet that has both, and what the reader is told of it."""
    people = draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=5, unique=True))
    notes = [draw(NOTES) for _each in people]
    columns = [draw(st.sampled_from(names)) for names in HEADERS]
    table = [[*columns, "Remarque"]]
    table += [[*map(str, astuple(each)), note] for each, note in zip(people, notes, strict=True)]
    order = draw(st.permutations(range(len(table[0]))))
    table = [[row[column] for column in order] for row in table]
    if draw(st.booleans()):
        table = [["Clients à jour"], [], *table]
    match draw(st.sampled_from(FORMATS)):
        case "csv":
            encoding, delimiter = draw(st.sampled_from(ENCODINGS)), draw(st.sampled_from(";,\t|"))
            end = draw(st.sampled_from(("\n", "\r\n", "\r")))
            quoted = draw(st.booleans())
            data = anylist.delimited(table, delimiter, end, all_quoted=quoted).encode(encoding)
            is_told = encoding not in UNICODE or draw(st.booleans())
            told = {"encoding": encoding, "delimiter": delimiter} if is_told else {}
            return people, notes, data, told
        case "xlsx":
            cells = typed(table, as_numbers=draw(st.booleans()))
            return people, notes, workbook(("Clients", cells)), {}
    return people, notes, ods(table, as_numbers=draw(st.booleans())), {}


@settings(max_examples=150)
@given(sheets())
def test_the_same_people_are_read_however_a_sheet_is_written(
    sheet: tuple[list[anylist.Somebody], list[str], bytes, dict[str, Any]],
) -> None:
    people, notes, data, told = sheet
    recipients, problems = everyone_in(read_sheet(io.BytesIO(data), **told), "people")
    found = [
        (
            *(each.number, each.civility, each.first_name, each.surname, each.email or ""),
            *(each.street, each.postcode, each.locality, each.organisation),
        )
        for each in recipients
    ]
    assert found == [
        (
            *(str(each.number), each.civility, each.first_name, each.surname.title(), each.email),
            *((each.street,), each.postcode, each.town, each.company),
        )
        for each in people
    ]
    assert [each.country for each in recipients] == [
        {"Suisse": "CH", "Allemagne": "DE"}.get(each.country, "") for each in people
    ]
    assert [each.fields["Remarque"] for each in recipients] == [note.strip() for note in notes]
    assert {each.code for each in problems} <= {"zero-restored", "encoding-unproven"}
