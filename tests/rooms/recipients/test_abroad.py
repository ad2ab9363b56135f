"""Claims about people who live in another country, from their row to their envelope."""

from __future__ import annotations

from pathlib import Path

import pytest

from merge.app.opening import open_campaign
from merge.french.postal import AddressBlock
from merge.model import Recipient
from merge.post.envelope import block, town_and_region
from merge.recipients.abroad import with_region
from merge.recipients.columns import assign
from tests.desk import Desk
from tests.facts import claims, wrong
from tests.tables import imported as imported_of
from tests.tables import told

HEADER = "Nom;Prénom;Adresse;Code postal;Ville;Pays"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path / "campaign")
    desk.make(audience="people")
    letter = "---\nsubject: Bonjour\n---\n\n{{ salutation }},\n\n{{ signature }}\n"
    (desk.folder / "letter.md").write_text(letter, encoding="utf-8")
    return desk


FACTS = Path(__file__).with_name("abroad.txt")


def arrives(headers: str, row: str) -> tuple[str, ...]:
    """The lines of the envelope below a name, then what is told of the row."""
    ((found,), _problems) = imported_of(headers, row.split(";"), audience="people")
    made = block(("", "X"), found.street, found.postcode, found.locality, found.country)
    lines = made.lines[1:] if isinstance(made, AddressBlock) else [f"!{made.code}"]
    return ("/".join(lines), *told(headers, "audience=people", row)[1:])


def test_whoever_lives_in_another_country_has_their_envelope_or_a_reason():
    assert wrong(FACTS, claims(FACTS)[0], arrives) == []


def everybody(desk: Desk) -> list[Recipient]:
    with open_campaign(desk.folder, access="read", command="show") as campaign:
        return list(campaign.ledger.recipients())


def imported(desk: Desk, *rows: str, header: str = HEADER) -> tuple[Recipient, str]:
    """The first recipient of a sheet with these rows, and what the import says."""
    said = desk.run("import", str(desk.sheet(*rows, header=header)))
    assert said.code in (0, 1), said.err
    return everybody(desk)[0], said.out + said.err


def test_a_postcode_of_another_country_holds_the_letter_and_an_edit_cures_it(desk):
    found, _said = imported(desk, "MARTIN;Anne;Rue X 1;75001;Genève;Suisse")
    desk.run("print", "--all")
    assert "another country" in _shown(desk, found.key)
    desk.ok("edit", found.key, "code postal=CH-1201")
    assert everybody(desk)[0].postcode == "1201"


def _shown(desk: Desk, key: str) -> str:
    said = desk.run("show", key)
    return " ".join((said.out + said.err).split())


def test_an_edit_changes_country_and_postcode_together(desk):
    found, _said = imported(desk, "MARTIN;Anne;1 rue du Port;35000;Rennes;")
    refused = desk.run("edit", found.key, "pays=Suisse")
    assert (refused.code, "“35000” is a postcode of another country" in refused.err) == (2, True)
    assert desk.run("edit", found.key, "pays=Narnia").code == 2
    desk.ok("edit", found.key, "code postal=1201", "ville=Genève", "pays=Suisse")
    now = everybody(desk)[0]
    assert (now.postcode, now.locality, now.country) == ("1201", "Genève", "CH")
    assert desk.run("edit", found.key, "pays=France").code == 2, "1201 is none of France"
    desk.ok("edit", found.key, "code postal=35000", "ville=Rennes", "pays=")
    assert everybody(desk)[0].country == ""


def test_a_country_that_a_prefix_says_stays_with_a_sheet_without_the_column(desk):
    header = "Nom;Prénom;Adresse;CP Ville"
    found, _said = imported(desk, "MARTIN;Anne;Rue X 1;CH-1201 Genève", header=header)
    assert (found.country, found.postcode) == ("CH", "1201")
    again, _said = imported(desk, "MARTIN;Anne;Rue X 2;CH-1201 Genève", header=header)
    assert (again.country, again.street, len(everybody(desk))) == ("CH", ("Rue X 2",), 1)


STATES = "Nom;Prénom;Adresse;Code postal;Ville;State;Pays"


@pytest.mark.parametrize("header", ["Province", "Région", "Provincia", "Bundesland", "État"])
def test_a_column_of_states_is_known_to_people_and_organisations_alone(header):
    headers = ["Nom", "Ville", header]
    for audience in ("people", "organisations"):
        assert assign(headers, audience=audience).fields["region"] == 2
    found = assign([*headers, "Commune"], audience="communes")
    assert ("region" in found.fields, found.others[header]) == (False, 2)


def test_a_sheet_that_gains_or_lacks_the_states_doubles_nobody(desk):
    row = "MARTIN;Anne;1 Main St;02108;Boston"
    imported(desk, f"{row};US", header=HEADER)
    now, _said = imported(desk, f"{row};MA;US", header=STATES)
    assert (now.locality, len(everybody(desk))) == ("Boston, MA", 1)
    again, _said = imported(desk, f"{row};US", header=HEADER)
    assert (again.locality, len(everybody(desk))) == ("Boston, MA", 1)
    moved, _said = imported(desk, f"{row};NH;US", header=STATES)
    assert (moved.locality, len(everybody(desk))) == ("Boston, NH", 1)


def test_an_edit_of_the_state_is_one_of_the_envelope(desk):
    found, _said = imported(desk, "MARTIN;Anne;1 Main St;02108;Boston;MA;US", header=STATES)
    desk.ok("edit", found.key, "State=New York")
    assert everybody(desk)[0].locality == "Boston, NY"
    refused = desk.run("edit", found.key, "State=Narnia")
    assert refused.code == 2
    assert "“Narnia” cannot be taken for “State”." in refused.err
    assert "for example: AL, AK, AS" in refused.err
    assert everybody(desk)[0].fields["State"] == "New York"


@pytest.mark.parametrize(
    ("town", "region"),
    [("Boston", "MA"), ("Washington, D.C.", "VA"), ("Saint-X, Y", "ON")],
)
def test_a_town_and_its_region_are_told_apart_as_they_were_joined(town: str, region: str) -> None:
    assert town_and_region(with_region(town, region)) == (town, region)
