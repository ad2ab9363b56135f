"""data/communes.csv holds every case that the demo must show, and invents every person."""

import csv
from collections import Counter

from merge.french.communes import reference
from merge.french.grammar import Sex, de, title
from merge.french.postal import AddressBlock, block
from tests.house import ROOT

FILE = ROOT / "data" / "communes.csv"
HEADERS = "Code INSEE;Commune;Sexe;Prénom;Nom;Courriel;Adresse;Code postal;Ville"


def rows() -> list[dict[str, str]]:
    with FILE.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def test_it_is_written_as_a_french_excel_writes() -> None:
    content = FILE.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf" + HEADERS.encode() + b"\r\n")
    assert content.count(b"\n") == content.count(b"\r\n") == len(rows()) + 1


def test_it_has_at_least_65_communes_each_once_and_named_as_in_the_reference() -> None:
    assert len(rows()) >= 65
    assert len({row["Code INSEE"] for row in rows()}) == len(rows())
    assert all(reference()[row["Code INSEE"]].name == row["Commune"] for row in rows())


def test_it_has_every_article_code_and_one_commune_without() -> None:
    codes = Counter(reference()[row["Code INSEE"]].article_code for row in rows())
    assert set(codes) == {0, 1, 2, 3, 4, 5, 6, 8, None}
    assert codes[None] == 1


def test_it_has_the_communes_that_trip_programs() -> None:
    names = {row["Commune"] for row in rows()}
    assert {"Le Havre", "Château-Chinon (Ville)", "Le Vernet-Chaméane"} <= names
    departments = {reference()[row["Code INSEE"]].department for row in rows()}
    assert {"2A", "2B", "971", "972", "973", "974", "976", "988"} <= departments
    assert any("Cedex" in row["Ville"] for row in rows())


def test_one_mairie_is_too_long_for_a_postal_line() -> None:
    lines = [f"Mairie {de(row['Commune'], code_of(row))}" for row in rows()]
    assert [line for line in lines if len(line) > 38] == [
        "Mairie de Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson"
    ]


def test_two_communes_share_a_mailbox() -> None:
    mailboxes = Counter(row["Courriel"] for row in rows() if row["Courriel"])
    assert [count for count in mailboxes.values() if count > 1] == [2]


def test_six_have_no_email_two_no_postal_address_and_one_neither() -> None:
    no_email = {row["Code INSEE"] for row in rows() if not row["Courriel"]}
    no_address = {
        row["Code INSEE"]
        for row in rows()
        if not (row["Adresse"] or row["Code postal"] or row["Ville"])
    }
    assert len(no_email) == 6
    assert len(no_address) == 2
    assert len(no_email & no_address) == 1


def test_every_other_row_has_a_whole_postal_address_that_the_norm_takes() -> None:
    for row in rows():
        if not row["Code postal"]:
            continue
        mairie = f"Mairie {de(row['Commune'], code_of(row))}"
        lines = [mairie, title(sex_of(row)), row["Adresse"]]
        assert row["Adresse"]
        assert isinstance(block(lines, row["Code postal"], row["Ville"]), AddressBlock), row


def test_addresses_are_of_example_org_and_every_mayor_has_a_name() -> None:
    assert all(row["Courriel"].endswith("@example.org") for row in rows() if row["Courriel"])
    assert all(row["Prénom"] and row["Nom"] for row in rows())


def test_the_sex_is_f_or_m_and_sometimes_blank() -> None:
    assert {row["Sexe"] for row in rows()} == {"F", "M", ""}


def code_of(row: dict[str, str]) -> int | None:
    return reference()[row["Code INSEE"]].article_code


def sex_of(row: dict[str, str]) -> Sex:
    match row["Sexe"]:
        case "F" | "M" as sex:
            return sex
        case _:
            return None
