"""Claims about people who live in another country, from their row to their envelope."""

from __future__ import annotations

from pathlib import Path

from merge.french.postal import AddressBlock
from merge.post.envelope import block, town_and_region
from merge.recipients.address import with_region
from merge.recipients.columns import assign
from tests.facts import claims, wrong
from tests.imports import Imports
from tests.tables import imported, told

HEADER = "Nom;Prénom;Adresse;Code postal;Ville;Pays"


FACTS = Path(__file__).with_name("abroad.txt")


def arrives(headers: str, row: str) -> tuple[str, ...]:
    """The lines of the envelope below a name, then what is told of the row."""
    ((found,), _problems) = imported(headers, row.split(";"), audience="people")
    made = block(("", "X"), found.street, found.postcode, found.locality, found.country)
    lines = made.lines[1:] if isinstance(made, AddressBlock) else [f"!{made.code}"]
    return ("/".join(lines), *told(headers, "audience=people", row)[1:])


def test_whoever_lives_in_another_country_has_their_envelope_or_a_reason():
    assert wrong(FACTS, claims(FACTS)[0], arrives) == []


def test_a_postcode_of_another_country_holds_the_letter_and_no_edit_makes_one(people):
    (people.folder / "letter.md").write_text("---\nsubject: A\n---\n\nBonjour.\n", "utf-8")
    rows = ("MARTIN;Anne;Rue X 1;75001;Genève;Suisse", "ROY;Lou;1 rue du Port;35000;Rennes;")
    people.run("import", str(people.sheet(rows[0], header=HEADER)))
    people.run("print")
    paper = people.figures()["paper"]
    assert (paper["held"], paper["made"]) == (1, 0)
    people.run("import", str(people.sheet(*rows, header=HEADER)))
    before = Imports(people).everybody()
    for change in ("pays=Suisse", "pays=Narnia"):
        assert people.run("edit", "2", change).code == 2, change
    assert Imports(people).everybody() == before
    people.ok("edit", "1", "code postal=CH-1201")
    assert people.figures()["paper"]["queued"] == 2


def test_a_column_of_states_is_known_to_people_and_organisations_alone():
    for header in ("Province", "Région", "Provincia", "Bundesland", "État"):
        headers = ["Nom", "Ville", header]
        for audience in ("people", "organisations"):
            assert assign(headers, audience=audience).fields["region"] == 2
        found = assign([*headers, "Commune"], audience="communes")
        assert ("region" in found.fields, found.others[header]) == (False, 2)


def test_a_town_and_its_region_are_told_apart_as_they_were_joined() -> None:
    for each in (("Boston", "MA"), ("Washington, D.C.", "VA"), ("Saint-X, Y", "ON")):
        assert town_and_region(with_region(*each)) == each
