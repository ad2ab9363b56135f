"""Claims about people who live in another country, from their row to their envelope."""

from __future__ import annotations

from pathlib import Path

import pytest

from merge.app.opening import open_campaign
from merge.french.postal import AddressBlock
from merge.model import Channel, Recipient
from merge.post.envelope import block, town_and_region
from merge.recipients.abroad import with_region
from merge.recipients.columns import assign
from tests.desk import Desk

HEADER = "Nom;Prénom;Adresse;Code postal;Ville;Pays"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path / "campaign")
    desk.make(audience="people")
    letter = "---\nsubject: Bonjour\n---\n\n{{ salutation }},\n\n{{ signature }}\n"
    (desk.folder / "letter.md").write_text(letter, encoding="utf-8")
    return desk


def everybody(desk: Desk) -> list[Recipient]:
    with open_campaign(desk.folder, access="read", command="show") as campaign:
        return list(campaign.ledger.recipients())


def imported(desk: Desk, *rows: str, header: str = HEADER) -> tuple[Recipient, str]:
    """The first recipient of a sheet with these rows, and what the import says."""
    said = desk.run("import", str(desk.sheet(*rows, header=header)))
    assert said.code in (0, 1), said.err
    return everybody(desk)[0], said.out + said.err


@pytest.mark.parametrize(
    ("cells", "place"),
    [
        ("Rue du Rhône 1;1201;Genève;Suisse", ("1201", "Genève", "CH")),
        ("Rue du Rhône 1;CH-1201;Genève;", ("1201", "Genève", "CH")),
        ("Rue du Rhône 1;;CH-1201 Genève;", ("1201", "Genève", "CH")),
        ("Rue du Rhône 1;;1201 Genève;CH", ("1201", "Genève", "CH")),
        ("Rue du Rhône 1, 1201 Genève;;;Switzerland", ("1201", "Genève", "CH")),
        ("16 bd Albert-Ier;98000;Monaco;Monaco", ("98000", "Monaco", "MC")),
        ("16 bd Albert-Ier;98000;Monaco;", ("98000", "Monaco", "")),
        ("10 Downing Street;sw1a2aa;London;UK", ("SW1A 2AA", "London", "GB")),
        ("10 Downing Street;;London SW1A 2AA;UK", ("SW1A 2AA", "London", "GB")),
        ("01 BP 12;;Abidjan 01;Côte d'Ivoire", ("", "Abidjan 01", "CI")),
        ("1 rue du Port;35000;Rennes;France", ("35000", "Rennes", "")),
        ("1 rue du Port;97400;Saint-Denis;La Réunion", ("97400", "Saint-Denis", "")),
    ],
)
def test_an_address_of_another_country_is_taken(desk, cells, place):
    found, _said = imported(desk, f"MARTIN;Anne;{cells}")
    assert (found.postcode, found.locality, found.country) == place
    assert [line.partition(",")[0] for line in found.street] == [
        cells.partition(";")[0].split(",")[0]
    ]
    assert found.has_postal_address


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ("Rue X 1;1201;Genève;", "“1201” is a postcode of another country: Belgium, Switzerland"),
        ("Rue X 1;75001;Genève;Suisse", "“75001” is a postcode of another country: France"),
        ("Rue X 1;1201;Genève;Swisse", "“Swisse” is no country that is known"),
        ("Rue X 1;1201;Genève;Swisse", "Perhaps: Switzerland"),
        ("Straße 1;1067;Dresden;Allemagne", "“1067” is not a postcode. Perhaps: 01067"),
        ("Rue X 1;12;Genève;Suisse", "“12” is not a postcode."),
    ],
)
def test_a_country_that_nobody_knows_and_a_postcode_of_another_are_told(desk, cells, told):
    _found, said = imported(desk, f"MARTIN;Anne;{cells}")
    assert told in " ".join(said.split())


def test_whose_country_nobody_knows_gets_no_letter_on_paper(desk):
    found, _said = imported(desk, "MARTIN;Anne;Rue X 1;1201;Genève;Swisse")
    assert not found.has_postal_address


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


def test_the_envelope_of_a_lot_names_the_country(desk):
    imported(desk, "MARTIN;Anne;Rue du Rhône 1;1201;Genève;Suisse")
    desk.ok("print", "--all")
    with open_campaign(desk.folder, access="read", command="show") as campaign:
        (delivery,) = campaign.ledger.deliveries()
    assert delivery.channel is Channel.PAPER
    assert delivery.address == "Rue du Rhône 1, 1201 GENÈVE, SUISSE"


STATES = "Nom;Prénom;Adresse;Code postal;Ville;State;Pays"


@pytest.mark.parametrize(
    ("cells", "line"),
    [
        ("1 Main St;02108;Boston;Massachusetts;US", "BOSTON, MA 02108"),
        ("1 Main St;02108;Boston;ma;US", "BOSTON, MA 02108"),
        ("1 Main St;02108;Boston, MA;MA;US", "BOSTON, MA 02108"),
        ("1 Main St;02108;Boston;;US", "BOSTON 02108"),
        ("1 rue Peel;H3Z 2Y7;Montréal;Québec;Canada", "MONTRÉAL, QC H3Z 2Y7"),
        ("1 rue Peel;V6B 1A1;Vancouver;Colombie-Britannique;Canada", "VANCOUVER, BC V6B 1A1"),
        ("1 George St;2000;Sydney;New South Wales;Australie", "SYDNEY NSW 2000"),
        ("Rua Augusta 1;01305-000;São Paulo;São Paulo;Brésil", "SÃO PAULO-SP"),
        ("Via Dante 1;20121;Milano;MI;Italie", "20121 MILANO MI"),
        ("Via Dante 1;20121;Milano;Milano;Italie", "20121 MILANO MI"),
        ("Calle Mayor 1;28801;Alcalá de Henares;M;Espagne", "28801 ALCALÁ DE HENARES MADRID"),
        ("Calle Mayor 1;28013;Madrid;Madrid;Espagne", "28013 MADRID"),
        ("Main Street;H71 XY12;Clifden;Co. Galway;Irlande", "CO. GALWAY"),
        ("Main Street;H71 XY12;Clifden;County Galway;Irlande", "CO. GALWAY"),
        ("Main Street;H71 XY12;Clifden;Galway;Irlande", "CO. GALWAY"),
        ("Hauptstr. 1;80331;München;Bayern;Allemagne", "80331 MÜNCHEN"),
        ("1 rue du Port;35000;Rennes;Bretagne;", "35000 RENNES"),
    ],
)
def test_a_state_stands_on_the_envelope_where_its_country_has_it(desk, cells, line):
    found, _said = imported(desk, f"MARTIN;Anne;{cells}", header=STATES)
    made = block(
        *(("", "Anne Martin"), found.street, found.postcode, found.locality, found.country)
    )
    assert isinstance(made, AddressBlock)
    assert line in made.lines
    assert found.fields["State"] == cells.split(";")[3], "a letter may speak of it"


@pytest.mark.parametrize("header", ["Province", "Région", "Provincia", "Bundesland", "État"])
def test_a_column_of_states_is_known_to_people_and_organisations_alone(header):
    headers = ["Nom", "Ville", header]
    for audience in ("people", "organisations"):
        assert assign(headers, audience=audience).fields["region"] == 2
    found = assign([*headers, "Commune"], audience="communes")
    assert ("region" in found.fields, found.others[header]) == (False, 2)


def test_a_state_that_the_country_has_not_is_told_and_left_out(desk):
    row = "MARTIN;Anne;1 Main St;02108;Boston;Narnia;US"
    found, said = imported(desk, row, header=STATES)
    assert "“Narnia” is no state or province" in " ".join(said.split())
    assert found.locality == "Boston"


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
