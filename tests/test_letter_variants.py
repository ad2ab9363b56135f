"""Letters are one variant that differ in nothing but what fills their blanks."""

from __future__ import annotations

from merge.letters.variants import Variants
from merge.model import Channel, Letter, Recipient
from tests.test_template import HAVRE, compiled

NICE = HAVRE._replace(
    key="06088", commune="Nice", insee="06088", surname="Çelik", population=353701
)
BRUZ = HAVRE._replace(key="35047", commune="Bruz", insee="35047", population=18000)


def variants(body: str, *recipients: Recipient, own: str = "") -> list[tuple[str, int]]:
    template = compiled(body)
    found = Variants()
    for each in recipients:
        letter = template.render(each, Channel.EMAIL)
        assert isinstance(letter, Letter)
        found.add(letter, each, own and f"{own} {each.key}")
    assert len(found) == len(found.commonest(9))
    return [(each.key, each.letters) for each in found.commonest(9)]


def test_names_make_no_other_variant() -> None:
    assert variants("À {{ commune }}, {{ maire.nom }}.", NICE, HAVRE, BRUZ) == [("06088", 3)]


def test_each_branch_is_a_wording_and_the_commonest_comes_first() -> None:
    chooses = "{% if population > 100000 %}ville{% else %}village{% endif %} {{ commune }}"
    assert variants(chooses, BRUZ, NICE, HAVRE) == [("06088", 2), ("35047", 1)]


def test_a_man_a_woman_and_nobody_knows_who_are_addressed_otherwise() -> None:
    three = (HAVRE, NICE._replace(sex="M"), BRUZ._replace(sex=None))
    assert len(variants("{{ salutation }}", *three)) == 3


def test_what_was_written_for_one_town_alone_is_a_variant() -> None:
    assert len(variants("{{ commune }}", NICE, HAVRE, own="Une phrase vraie.")) == 2


def test_letters_with_footnotes_are_told_apart_by_their_words_alone() -> None:
    noted = "À {{ commune }}[^1].\n\n[^1]: {{ commune }}, dit-on."
    assert variants(noted, NICE, HAVRE) == [("06088", 2)]
    chooses = noted.replace("À", "{% if population > 100000 %}a[^2]{% endif %} À")
    assert len(variants(f"{chooses}\n\n[^2]: une note", NICE, BRUZ)) == 2
