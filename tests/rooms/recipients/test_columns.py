"""Headers → fields."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merge.errors import SheetError
from merge.french.communes import reference
from merge.recipients.columns import assign, understood
from merge.recipients.headers import (
    _FIELDS,
    _OF_OTHERS,
    _WORDS,
    FIELDS,
    _meant,
    field_called,
    field_named,
    is_known,
)
from merge.words.reasons import FIELD_WORDS
from tests.facts import claims, wrong

RNE_2022 = [
    *("Code du département", "Libellé du département"),
    *("Code de la collectivité à statut particulier",),
    *("Libellé de la collectivité à statut particulier",),
    *("Code de la commune", "Libellé de la commune"),
    *("Nom de l'élu", "Prénom de l'élu", "Code sexe", "Date de naissance"),
    *("Code de la catégorie socio-professionnelle",),
    *("Libellé de la catégorie socio-professionnelle",),
    *("Date de début du mandat", "Date de début de la fonction"),
]


FACTS = Path(__file__).with_name("columns.txt")


def meant(headers: str, *options: str) -> tuple[str, ...]:
    """What each column is: its fields; "kept" for the letter; "perhaps" what it is near to."""
    overrides = dict(option.split("=", 1) for option in options)
    own = {*overrides.pop("own", "").split(";")}
    columns = headers.split(";")
    try:
        found = assign(columns, overrides=overrides, own=own)
    except SheetError as error:
        told = ("field", "columns", "suggestion")
        facts = [f"{name} {error.facts[name]}" for name in told if error.facts.get(name)]
        return (f"refused: {error.code}", *facts)
    return tuple(
        " ".join(
            [
                *(field for field, column in found.fields.items() if column == index),
                *(["kept"] if header in found.others else []),
                *([f"perhaps {found.close[header]}"] if header in found.close else []),
                *(["dropped"] if header in found.dropped else []),
            ]
        )
        for index, header in enumerate(columns)
    )


def test_a_column_is_what_columns_txt_says() -> None:
    called, *others = claims(FACTS)
    assert wrong(FACTS, called, field_called) == []
    assert [line for claim in others for line in wrong(FACTS, claim, meant)] == []


def test_every_field_is_told_with_a_french_name_that_is_understood() -> None:
    with pytest.raises(SheetError) as caught:
        assign(["Commune"], overrides={"zzz": "Commune"})
    told = str(caught.value.facts["choices"]).split(", ")
    assert [each.partition(" (")[0] for each in told] == list(FIELDS)
    for each in told:
        name, _, french = each.removesuffix(")").partition(" (")
        assert field_named(french) == name


def test_no_words_stand_for_two_fields() -> None:
    meant = [words for table in (_FIELDS, _OF_OTHERS) for line in table for words in _meant([line])]
    assert len(meant) == len({*meant})
    spellings = [word for words in _WORDS.values() for word in words.split()]
    assert len(spellings) == len({*spellings})


def test_a_long_word_is_no_header() -> None:
    assert field_called("nomdela" * 9000) is None


def test_no_town_is_called_as_a_column_but_those_that_always_were() -> None:
    names = {commune.name for commune in reference().values() if is_known(commune.name)}
    assert names == {"Ville", "Villé", "Rue", "Villes"}


def test_two_columns_that_contradict_each_other_are_asked_about() -> None:
    headers = ["Commune", "Adresse 1", "Adresse mairie"]
    same = [("Nice", f"{n} rue X", f"{n} rue X, 06000 Nice") for n in range(20)]
    another = ("Nice", "4 rue X", "5 rue Y, 06000 Nice")
    for rows in ([], same, [*same, another]):
        assert understood(headers, rows=rows).fields["address_again"] == 2
    asked = understood(headers, rows=[*same, another, another])
    assert asked.contested == {"address": ("Adresse 1", "Adresse mairie")}
    assert not {"address", "address_again"} & asked.fields.keys()


@given(st.lists(st.text(max_size=8) | st.sampled_from(RNE_2022), unique=True, max_size=8))
def test_every_column_has_exactly_one_place(headers: list[str]) -> None:
    headers = [header for header in headers if not is_known(header)]
    columns = assign(["Commune", *headers])
    placed = [*columns.fields.values(), *columns.others.values()]
    assert sorted(placed) == list(range(len(headers) + 1))


def test_every_field_can_be_mapped() -> None:
    for field in FIELDS:
        assert assign(["Commune", "x"], overrides={field: "x"}).fields[field] == 1


def test_every_field_that_can_be_mapped_has_a_word_for_people() -> None:
    assert {*FIELDS} <= FIELD_WORDS.keys()
