"""`[select]`: who is written to."""

from __future__ import annotations

import pytest

from merge.errors import SettingsError
from merge.french.communes import reference
from merge.model import Recipient
from merge.recipients import choosing
from merge.settings import Range, SelectSettings


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


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (SelectSettings(), ["35238", "35360", "2A004", "75056", "97101", "x"]),
        (SelectSettings(departments=("35",)), ["35238", "35360"]),
        (SelectSettings(communes=("rennes", "2a004", "x")), ["35238", "2A004", "x"]),
        (SelectSettings(exclude=("Rennes", "PARIS")), ["35360", "2A004", "97101", "x"]),
        (SelectSettings(population=Range(min=100_000)), ["35238", "75056"]),
        (SelectSettings(population=Range(max=30_000), departments=("35",)), ["35360"]),
        (SelectSettings(departments=("35",), exclude=("35238",)), ["35360"]),
        (SelectSettings(exclude=("Acigné",)), ["35238", "35360", "2A004", "75056", "97101", "x"]),
        (SelectSettings(exclude=("35051",)), ["35238", "35360", "2A004", "75056", "97101", "x"]),
    ],
)
def test_select_narrows_by_what_it_names(settings: SelectSettings, expected: list[str]) -> None:
    assert choosing.chosen(everyone(), settings) == expected


@pytest.mark.parametrize(
    ("setting", "settings"),
    [
        ("communes", SelectSettings(communes=("Renes",))),
        ("exclude", SelectSettings(exclude=("Renes",))),
    ],
)
def test_a_slip_in_select_spares_nobody_by_accident(setting: str, settings: SelectSettings) -> None:
    with pytest.raises(SettingsError) as caught:
        choosing.chosen(everyone(), settings)
    assert caught.value.code == "select-unknown-commune"
    assert caught.value.facts == {"name": f"select.{setting}", "value": "Renes"}


@pytest.mark.parametrize(
    ("least", "most", "taken"), [(500, 500, 1), (501, None, 0), (None, 499, 0)]
)
def test_who_stands_on_the_border_of_a_population_is_within_it(
    least: int | None, most: int | None, taken: int
) -> None:
    town = Recipient(key="x", commune="A", population=500)
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
