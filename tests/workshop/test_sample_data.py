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


def test_each_row_is_of_a_commune_and_of_nobody_who_lives() -> None:
    assert len(rows()) >= 65
    assert len({row["Code INSEE"] for row in rows()}) == len(rows())
    for row in rows():
        assert reference()[row["Code INSEE"]].name == row["Commune"]
        assert row["Prénom"]
        assert row["Nom"]
        assert not row["Courriel"] or row["Courriel"].endswith("@example.org")
        if row["Code postal"]:
            lines = [mairie(row), title(SEXES[row["Sexe"]]), row["Adresse"]]
            assert row["Adresse"]
            assert isinstance(block(lines, row["Code postal"], row["Ville"]), AddressBlock), row


SEXES: dict[str, Sex] = {"F": "F", "M": "M", "": None}


def mairie(row: dict[str, str]) -> str:
    return f"Mairie {de(row['Commune'], reference()[row['Code INSEE']].article_code)}"


def test_it_has_every_case_that_trips_programs() -> None:
    towns = [reference()[row["Code INSEE"]] for row in rows()]
    codes = Counter(town.article_code for town in towns)
    assert set(codes) == {0, 1, 2, 3, 4, 5, 6, 8, None}
    assert codes[None] == 1
    assert {"Le Havre", "Château-Chinon (Ville)", "Le Vernet-Chaméane"} <= {t.name for t in towns}
    overseas = {"2A", "2B", "971", "972", "973", "974", "976", "988"}
    assert overseas <= {town.department for town in towns}
    assert any("Cedex" in row["Ville"] for row in rows())
    assert {row["Sexe"] for row in rows()} == SEXES.keys()
    too_long = [mairie(row) for row in rows() if len(mairie(row)) > 38]
    assert too_long == ["Mairie de Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson"]


def test_two_share_a_mailbox_six_have_no_email_two_no_postal_address_and_one_neither() -> None:
    mailboxes = Counter(row["Courriel"] for row in rows())
    assert mailboxes.pop("") == 6
    assert [count for count in mailboxes.values() if count > 1] == [2]
    nowhere = [r for r in rows() if not (r["Adresse"] or r["Code postal"] or r["Ville"])]
    assert len(nowhere) == 2
    assert len([row for row in nowhere if not row["Courriel"]]) == 1
