"""Rows that are longer or shorter than the header: refused, told, or honest."""

import io

import pytest

from merge.errors import SheetError
from merge.model import RowProblem
from merge.recipients.sheet import Row, Table, read_sheet

HEADER = "Code INSEE,Commune,Adresse,Code postal,Ville,Courriel"
TOWNS = [
    ("01001", "L'Abergement-Clémenciat", "119, route de la Fontaine", "01400"),
    ("01004", "Ambérieu-en-Bugey", "1, place Robert-Marcelpoil", "01500"),
    ("35238", "Rennes", "Mairie", "35000"),
    ("29019", "Brest", "2, rue Frézier", "29200"),
    ("44109", "Nantes", "12 bis, rue de l'Hôtel de Ville", "44000"),
]


def read(*lines: str, encoding: str = "utf-8", end: str = "\r\n") -> Table:
    return read_sheet(io.BytesIO((end.join(lines) + end).encode(encoding)))


def refused(*lines: str) -> SheetError:
    with pytest.raises(SheetError) as caught:
        read(*lines)
    return caught.value


def taken(table: Table) -> list[tuple[str, ...]]:
    return [row.cells for row in table.rows if isinstance(row, Row)]


def told(table: Table) -> list[tuple[int, str, bool]]:
    return [(p.row, p.code, p.taken) for p in table.rows if isinstance(p, RowProblem)]


def test_a_comma_without_quotation_marks_in_most_rows_is_refused_with_three_of_them() -> None:
    lines = [
        f"{code},{town},{street},{cp},{town},a@example.org" for code, town, street, cp in TOWNS
    ]
    error = refused(HEADER, *lines)
    assert (error.code, error.path) == ("rows-too-long", "-")
    assert (error.facts["rows"], error.facts["of"], error.facts["delimiter"]) == (4, 5, ",")
    shown = str(error.facts["examples"]).split(" / ")
    assert [each.partition(": ")[0] for each in shown] == ["2", "3", "5"]
    assert shown[0] == f"2: {lines[0]}"
    lines = [f"{code};{street.replace(',', ';')};{cp}" for code, _, street, cp in TOWNS]
    assert str(refused("INSEE;Adresse;CP", *lines).facts["examples"]).startswith(f"2: {lines[0]}")


@pytest.mark.parametrize(
    ("header", "line"),
    [
        # The address first, in the middle, last; with and without a space behind the comma.
        ("Adresse,INSEE,Commune,Courriel", "{street},{code},{town},a@example.org"),
        ("INSEE,Commune,Courriel,Adresse", "{code},{town},a@example.org,{street}"),
        ("INSEE,Commune,Adresse", "{code},{town},{street}"),
        ("INSEE,Adresse,CP Ville", "{code},{street},{cp} {town}"),
        ("Commune,Adresse,CP", "{town},{street},{cp}"),
        ("Adresse,Commune", "{street},{town}"),
        # What would be cut off is empty: nothing stands behind the last header.
        ("INSEE,Adresse,CP,Courriel,Remarque", "{code},{street},{cp},a@example.org,"),
        ("INSEE,Adresse,CP,Remarque,Suivi", "{code},{street},{cp},,"),
        # The header ends with a comma, as the rows do.
        ("INSEE,Adresse,CP,Courriel,", "{code},{street},{cp},a@example.org,"),
        ("INSEE,Adresse,CP,Courriel,", "{code},{street},{cp},a@example.org"),
        ("INSEE;Adresse;CP", "{code};{semicolon};{cp}"),
    ],
)
@pytest.mark.parametrize("space", [" ", ""])
def test_wherever_the_address_stands_it_is_found_to_be_cut(
    header: str, line: str, space: str
) -> None:
    lines = [
        line.format(
            code=code,
            town=town,
            cp=cp,
            street=street.replace(", ", f",{space}"),
            semicolon=street.replace(", ", f";{space}"),
        )
        for code, town, street, cp in TOWNS
    ]
    assert refused(header, *lines).code == "rows-too-long"


@pytest.mark.parametrize(
    "lines",
    [
        # A delimiter at the end of every row
        ("INSEE,Adresse,CP", "35238,Mairie,35000,", "29019,2 rue Frézier,29200,"),
        ("INSEE;Adresse;CP;", "35238;Mairie;35000;", "29019;2 rue Frézier;29200;"),
        ("INSEE,Remarque,CP", "35238,,,", "29019,,29200,", "44109,x,44000,,"),
        # Quoted as it should be
        ("INSEE,Adresse,CP", '35238,"1, rue X",35000', '29019,"2, rue Y",29200'),
        # A space behind every comma
        ("INSEE, Adresse, CP", "35238, Mairie, 35000", "29019, 2 rue Frézier, 29200"),
        ("INSEE, Adresse, CP", "35238, Mairie, 35000, ", "29019, 2 rue Frézier, 29200, "),
    ],
)
def test_what_an_honest_program_writes_is_read_without_a_word(lines: tuple[str, ...]) -> None:
    table = read(*lines)
    assert len(table.headers) == 3
    assert len(taken(table)) == len(lines) - 1
    assert told(table) == []
    assert table.problems == ()


@pytest.mark.parametrize(
    "lines",
    [
        ("INSEE,Commune,Courriel", "35238,Rennes,a@b.fr,vu", "29019,Brest,c@b.fr,"),
        ("INSEE,Commune,Courriel", "35238,Rennes,a@b.fr,vu, oui", "29019,Brest,c@b.fr"),
        ("INSEE,Commune,Nom", "35238,Rennes,LE GOFF,vu", "29019,Brest,MARTIN,vu"),
        ("INSEE;Commune;Nom", "35238;Rennes;LE GOFF;vu", "29019;Brest;MARTIN"),
        ("INSEE;Nom;Mail", "35238;LE GOFF;a@b.fr;06", "29019;MARTIN;inconnu;"),
        ("INSEE,Nom,Mail,", "35238,LE GOFF,a@b.fr,vu", "29019,MARTIN,,"),
        ("INSEE,Nom,Nom 2,", "35238,A,B,vu", "29019,C,D,"),
        # Another address behind a cell that says there is none.
        ("INSEE;Mail;CP", "35238;inconnu;35000;a@b.fr", "29019;;29200;c@b.fr"),
    ],
)
def test_a_last_column_without_a_header_is_one(lines: tuple[str, ...]) -> None:
    table = read(*lines)
    assert table.headers[3] == "column D"
    assert len(taken(table)) == 2
    assert [problem.code for problem in table.problems][:1] == ["unnamed-column"]


def test_a_row_here_and_there_that_was_cut_is_told_and_left_out() -> None:
    lines = [f"{n:05},Mairie,{n + 30000},x" for n in range(1001, 1011)]
    table = read(
        "INSEE,Adresse,CP,Remarque", *lines, "35238,1, rue X,35000,y", "29019,2, rue Y,29200,"
    )
    assert told(table) == [(12, "too-many-fields", False), (13, "too-many-fields", False)]
    assert len(taken(table)) == 10


def test_a_row_that_ends_before_a_column_that_others_fill_is_told() -> None:
    table = read(
        "INSEE;Nom;Courriel;Remarque",
        "35238;LE GOFF;a@example.org;",
        "29019;MARTIN b@example.org",
        "44109;DUPONT;c@example.org",
        "01004;D'ALMEIDA;;",
    )
    assert told(table) == [(3, "too-few-fields", True)]
    assert len(taken(table)) == 4


@pytest.mark.parametrize(
    "lines",
    [
        # Excel stops writing delimiters where a block of rows has nothing in its last columns.
        ("INSEE;CP;Remarque", "35238;35000;", *["29019;29200"] * 30, "44109;44000;vu"),
        ("INSEE;CP;Remarque;Suivi", "35238;35000", "29019;29200"),
        ("INSEE", "35238", "29019"),
    ],
)
def test_cells_at_the_end_that_no_program_writes_are_nothing_to_tell(
    lines: tuple[str, ...],
) -> None:
    table = read(*lines)
    assert told(table) == []
    assert len(taken(table)) == len(lines) - 1


def test_numbers_are_those_of_the_spreadsheet_below_titles_gaps_and_notes_of_two_lines() -> None:
    table = read(
        *("Liste des mairies", "", "INSEE;Remarque;CP", '35238;"a\nb";35000', ""),
        *("29019;x", "44109;y;44000", "01004;z;01500"),
    )
    assert told(table) == [(6, "too-few-fields", True)]
    assert told(table) == [(6, "too-few-fields", True)]  # and so again
