"""People and organisations: keys that the ledger mints, and who is found again by what."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from merge.app.opening import open_campaign
from merge.model import Audience, Recipient
from tests.desk import Desk
from tests.servers.capture import CaptureServer

pytest_plugins = ["tests.servers.fixtures"]

HEADER = "Adhérent;E-mail;Adresse;CP Ville"
ANNE = "Mme Anne MARTIN;anne@example.org;1 rue du Port;35000 Rennes"
PAUL = "M. Paul MARTIN;anne@example.org;1 rue du Port;35000 Rennes"
ROY = "Dr Lou ROY;;3 rue Haute;75011 Paris"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    desk = Desk(tmp_path / "campaign")
    desk.make(audience="people")
    return desk


def taken(desk: Desk, *rows: str, header: str = HEADER) -> dict[str, Recipient]:
    """Everybody by key, when a sheet with these rows has been imported."""
    desk.run("import", str(desk.sheet(*rows, header=header)))
    with open_campaign(desk.folder, access="read", command="show") as campaign:
        return {each.key: each for each in campaign.ledger.recipients()}


def test_a_member_has_a_key_a_civility_and_a_name(desk: Desk) -> None:
    anne, roy = taken(desk, ANNE, ROY).values()
    assert (anne.key, anne.civility, anne.sex, anne.name) == ("1", "Mme", "F", "Anne Martin")
    assert (roy.key, roy.civility, roy.sex, roy.postcode) == ("2", "Dr", None, "75011")


def test_a_couple_with_one_mailbox_is_two_and_stays_two(desk: Desk) -> None:
    first = taken(desk, ANNE, PAUL)
    assert [each.first_name for each in first.values()] == ["Anne", "Paul"]
    assert taken(desk, PAUL, ANNE).keys() == first.keys()


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("anne@example.org", "anne.martin@example.org"),
        ("MARTIN", "MARTYN"),
        ("1 rue du Port", "2 rue du Port"),
        ("35000 Rennes", "35700 Rennes"),
        ("Mme Anne MARTIN", "MARTIN Anne"),
    ],
)
def test_a_sheet_that_is_corrected_and_imported_again_doubles_nobody(
    desk: Desk, wrong: str, right: str
) -> None:
    before = taken(desk, ANNE, PAUL, ROY)
    after = taken(desk, ANNE.replace(wrong, right), PAUL, ROY)
    assert after.keys() == before.keys()
    assert after["2"]._replace(row=0) == before["2"]._replace(row=0)


def test_two_of_one_name_are_told_apart_by_where_they_live(desk: Desk) -> None:
    here, there = "Mme Anne MARTIN;;;35000 Rennes", "Mme Anne MARTIN;;;29200 Brest"
    before = taken(desk, here, there)
    assert taken(desk, there, here).keys() == before.keys()
    assert {each.locality for each in before.values()} == {"Rennes", "Brest"}


def test_namesakes_in_one_town_are_told_apart_by_their_streets(desk: Desk) -> None:
    rows = [f"Mme Anne MARTIN;;{n} rue du Port;35000 Rennes" for n in range(1, 9)]
    before = taken(desk, *rows)
    mended = [rows[0].replace("Port", "Porc"), *rows[1:]]
    after = taken(desk, *reversed(mended))
    assert {key: each.street[0][0] for key, each in after.items()} == {
        key: each.street[0][0] for key, each in before.items()
    }


def test_two_who_are_the_same_in_all_but_a_column_of_the_letter_stay_two(desk: Desk) -> None:
    header = f"{HEADER};Cotisation"
    rows = [f"{ANNE};25 €", f"{ANNE};30 €"]
    before = taken(desk, *rows, header=header)
    assert taken(desk, *reversed(rows), header=header).keys() == before.keys()


def test_somebody_new_is_not_taken_for_a_namesake_who_stands_further_down(desk: Desk) -> None:
    taken(desk, ANNE)
    new = "Mme Anne MARTIN;am@example.org;9 rue Haute;35000 Rennes"
    found = taken(desk, new, ANNE)
    assert [each.email for each in found.values()] == ["anne@example.org", "am@example.org"]


def test_whoever_may_be_doubled_is_named_and_nobody_else_in_the_town(desk: Desk) -> None:
    header = f"N° adhérent;{HEADER}"
    taken(desk, f"A7;{ANNE}", header=header)
    said = desk.run("import", str(desk.sheet(f"B7;{ANNE}", f"B8;{PAUL}", header=header)))
    assert "1 of those added has the name and an address of somebody" in said.err
    assert "second letter: 2. If" in said.err


def test_the_sheets_own_number_finds_whoever_has_changed_altogether(desk: Desk) -> None:
    header = f"N° adhérent;{HEADER}"
    taken(desk, f"A7;{ANNE}", header=header)
    found = taken(desk, "A7;Mme Anne DURAND;durand@example.org;;29200 Brest", header=header)
    assert [(each.key, each.surname) for each in found.values()] == [("1", "Durand")]


def test_another_number_is_another_person_whatever_else_is_the_same(desk: Desk) -> None:
    header = f"N° adhérent;{HEADER}"
    taken(desk, f"A7;{ANNE}", header=header)
    assert len(taken(desk, f"A8;{ANNE}", header=header)) == 2


def test_a_row_that_differs_in_nothing_is_left_aside_and_told(desk: Desk) -> None:
    said = desk.run("import", str(desk.sheet(ANNE, ANNE, header=HEADER)))
    assert (said.code, "differs in nothing from row 2" in said.out + said.err) == (1, True)


def test_a_row_without_a_name_and_a_mailbox_is_nobody(desk: Desk) -> None:
    said = desk.run("import", str(desk.sheet(ANNE, ";;1 rue du Port;35000 Rennes", header=HEADER)))
    assert (said.code, "neither a name nor an e-mail" in said.out + said.err) == (1, True)


def test_a_sheet_that_says_of_nobody_who_it_is_is_refused(desk: Desk) -> None:
    said = desk.run("import", str(desk.sheet("1 rue du Port;35000 Rennes", header="Rue;CP Ville")))
    assert said.code not in (0, 1)


def test_whoever_was_written_to_and_is_found_without_a_number_is_asked_about(
    desk: Desk, capture_server: CaptureServer
) -> None:
    taken(desk, ANNE)
    (desk.folder / "letter.md").write_text("---\nsubject: Bonjour\n---\n\nBonjour,\n\nÀ bientôt.\n")
    desk.connect(capture_server)
    desk.ok("send", "--really", "--yes", "--untested")
    mended = desk.sheet(ANNE.replace("anne@", "martin@"), header=HEADER)
    said = desk.run("import", str(mended), typed="n\n")
    assert (said.code, "1 address would change" in said.out + said.err) == (130, True)
    desk.ok("import", "--yes", str(mended))
    assert [each.email for each in taken(desk).values()] == ["martin@example.org"]


@pytest.mark.parametrize("header", ["Nom;E-mail", "name,email", "École;Courriel"])
def test_a_name_alone_is_an_organisations_where_those_are_written_to(
    tmp_path: Path, header: str
) -> None:
    desk = Desk(tmp_path / "campaign")
    desk.make(audience="organisations")
    sep = "," if "," in header else ";"
    (school,) = taken(desk, f"École Jules-Ferry{sep}jf@example.org", header=header).values()
    assert (school.organisation, school.name) == ("École Jules-Ferry",) * 2


def test_the_page_of_a_report_has_a_map_where_communes_are_written_to_alone(
    tmp_path: Path,
) -> None:
    audiences: Mapping[Audience, int] = {"organisations": 0, "people": 0, "communes": 1}
    for audience, maps in audiences.items():
        desk = Desk(tmp_path / audience)
        desk.make(audience=audience)
        desk.ok("report", "--html", str(tmp_path / f"{audience}.html"))
        page = (tmp_path / f"{audience}.html").read_text("utf-8")
        assert page.count("<svg") == maps
        assert page.count("Outlines of the départements") == maps
