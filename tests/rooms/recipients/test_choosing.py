"""`[select]`: who is written to."""

from __future__ import annotations

from pathlib import Path

import pytest

from merge.errors import SettingsError
from merge.french.communes import reference
from merge.model import Recipient
from merge.recipients import choosing
from merge.settings import Range, SelectSettings
from tests.facts import claims, wrong

FACTS = Path(__file__).with_name("choosing.txt")


def everyone() -> list[Recipient]:
    communes = [reference()[code] for code in ("35238", "35360", "2A004", "75056", "97101")]
    return [
        *(
            Recipient(
                key=commune.insee,
                insee=commune.insee,
                commune=commune.name,
                department=commune.department,
                population=commune.population,
            )
            for commune in communes
        ),
        Recipient(key="x", commune="Pays de Vitré"),
    ]


def chosen(select: str) -> list[str] | tuple[str, ...]:
    said = dict(each.split(" ", 1) for each in select.split("; ") if each)
    borders = {name: int(said.pop(name)) for name in ("min", "max") if name in said}
    named = {name: tuple(cells.split(", ")) for name, cells in said.items()}
    settings = SelectSettings(**named, population=Range(**borders) if borders else None)
    try:
        return choosing.chosen(everyone(), settings)
    except SettingsError as error:
        return (f"refused: {error.code}", *map(str, error.facts.values()))


def test_select_narrows_as_choosing_txt_says() -> None:
    assert [line for claim in claims(FACTS) for line in wrong(FACTS, claim, chosen)] == []


def test_who_stands_on_the_border_of_a_population_is_within_it() -> None:
    town = Recipient(key="x", commune="A", population=500)
    for least, most, taken in ((500, 500, 1), (501, None, 0), (None, 499, 0)):
        settings = SelectSettings(population=Range(min=least, max=most))
        assert len(choosing.chosen([town], settings)) == taken


def test_a_name_of_two_recipients_is_not_enough_to_select_one() -> None:
    twins = [Recipient(key=key, commune="Sainte-Rose") for key in ("97129", "97419")]
    with pytest.raises(SettingsError) as caught:
        choosing.chosen(twins, SelectSettings(exclude=("Sainte Rose",)))
    assert caught.value.code == "select-ambiguous-commune"
    assert caught.value.facts["suggestion"] == "97129 Sainte-Rose, 97419 Sainte-Rose"


def test_a_name_without_its_parentheses_spares_nobody_by_accident() -> None:
    """`check` took it for a commune, and nobody was left out."""
    there = reference()["58062"]
    town = Recipient(key="58062", commune=there.name)
    settings = SelectSettings(exclude=("Château-Chinon",))
    assert choosing.chosen([town], settings) == []
    twins = [town, Recipient(key="58063", commune="Château-Chinon (Campagne)")]
    assert choosing.chosen(twins, SelectSettings(exclude=(there.name,))) == ["58063"]
    with pytest.raises(SettingsError, match="select-ambiguous-commune"):
        choosing.chosen([town, town._replace(key="58063")], settings)
