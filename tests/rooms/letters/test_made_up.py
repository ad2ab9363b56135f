"""Made-up recipients, to whom a letter is shown while there is no list."""

from __future__ import annotations

import pytest

from merge.app.new import LETTER, model_letter
from merge.french.communes import reference
from merge.letters.examples import BUILT_IN, built_in, columns_to_come, with_cells
from merge.letters.values import OF_OTHERS
from merge.model import Audience, Channel, Letter, Recipient
from tests.vsa import rendered, vsa


def letter_of(source: str, recipient: Recipient, channel: Channel = Channel.EMAIL) -> Letter:
    return rendered(vsa(source=source, columns=tuple(recipient.fields)), recipient, channel)


def test_each_built_in_commune_is_as_the_reference_has_it_and_is_shown_the_model_letter():
    for each in BUILT_IN:
        known = reference()[each.key]
        assert (each.commune, each.article_code, each.population) == (
            known.name,
            known.article_code,
            known.population,
        )
        assert each.postcode in known.postcodes
        for channel in (Channel.EMAIL, Channel.PAPER):
            assert letter_of((model_letter() / LETTER).read_text(), each, channel).subject


def test_a_column_that_is_yet_to_come_is_named_and_shown_in_brackets() -> None:
    source = "---\nsubject: {{ quartier }}\n---\n\n{{ maire.nom }} {{ elu }} {{ quartier }}\n"
    assert columns_to_come(source) == ("quartier", "elu")
    assert columns_to_come(source, ["Quartier"]) == ("elu",)
    shown = with_cells(BUILT_IN[0], columns_to_come(source))
    assert letter_of(source, shown).text.startswith("Lemoine [elu] [quartier]")


def test_a_letter_that_cannot_be_read_waits_for_no_column() -> None:
    assert columns_to_come("{{ quartier") == ()


@pytest.mark.parametrize("audience", ["people", "organisations"])
def test_made_up_people_are_no_mayors_and_fill_what_a_letter_may_name(audience: Audience) -> None:
    source = "---\nsubject: S\n---\n\n{{ salutation }}, {{ nom_complet }} ({{ ville }})"
    for each in built_in(audience):
        assert (each.commune, each.insee) == ("", None)
        assert each.name == (each.organisation or each.person)
    assert columns_to_come(source, OF_OTHERS) == ()
