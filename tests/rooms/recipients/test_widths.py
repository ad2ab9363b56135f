"""Rows that are longer or shorter than the header: refused, told, or honest."""

import pytest

from merge.errors import SheetError
from tests.tables import refusal

HEADER = "Code INSEE,Commune,Adresse,Code postal,Ville,Courriel"
TOWNS = [
    ("01001", "L'Abergement-Clémenciat", "119, route de la Fontaine", "01400"),
    ("01004", "Ambérieu-en-Bugey", "1, place Robert-Marcelpoil", "01500"),
    ("35238", "Rennes", "Mairie", "35000"),
    ("29019", "Brest", "2, rue Frézier", "29200"),
    ("44109", "Nantes", "12 bis, rue de l'Hôtel de Ville", "44000"),
]


def refused(*lines: str) -> SheetError:
    return refusal("".join(f"{line}\r\n" for line in lines).encode())


def test_a_comma_without_quotation_marks_in_most_rows_is_refused_with_three_of_them() -> None:
    lines = [
        f"{code},{town},{street},{cp},{town},a@example.org" for code, town, street, cp in TOWNS
    ]
    error = refused(HEADER, *lines)
    assert (error.code, error.path) == ("rows-too-long", "-")
    assert (error.facts["rows"], error.facts["of"], error.facts["delimiter"]) == (4, 5, ",")
    shown = str(error.facts["examples"]).split(" / ")
    assert [each.partition(": ")[0] for each in shown] == ["2", "3", "5"]
    assert shown[0] == f"2: {lines[0]}".replace(", ", ",")
    lines = [f"{code};{street.replace(',', ';')};{cp}" for code, _, street, cp in TOWNS]
    assert str(refused("INSEE;Adresse;CP", *lines).facts["examples"]).startswith(
        "2: 01001;119;route"
    )


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
