"""What everybody's letter has is written once, and no letter reads differently for it."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest

from merge.letters import filling
from merge.letters.filling import Compiled
from merge.letters.idiom import FRENCH
from merge.letters.kinds import Empty, Town, Unwritable

KNOWN: dict[str, object] = {
    "lieu": Town("Le Mans", 2),
    "date": FRENCH.date(datetime.date(2026, 3, 1)),
    "groupe": 'Le <b>Collectif</b> & "Cie"',
    "contact": "contact@example.org",
}
VALUES: dict[str, object] = {
    **KNOWN,
    "commune": Town("Les Sables-d'Olonne", 4),
    "sexe": "F",
    "x": "<i>",
    "rien": Empty("x"),
}
SOURCES = [
    "{{ lieu|a|majuscule }}, le {{ date }}: {{ groupe }}",
    "{{ groupe ~ ' ' ~ contact }}{{ groupe ~ x }}{{ x }}",
    "{% if contact %}{{ contact }}{% else %}{{ x }}{% endif %}",
    "{% if x == 'a' %}{{ lieu }}{% elif groupe %}{{ date }}{% endif %}",
    "{{ groupe|ou(x) }}{{ rien|ou(groupe) }}{{ 'élu'|accord('élue') }}{{ groupe|accord(lieu) }}",
    "{{ '{' }}{{ lieu|de(gras=true) }}{{ commune|de }}{{ groupe if x else contact }}",
    "no blank",
    "",
]


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("compiling", [filling.compile_html, filling.compile_text])
def test_what_is_written_before_reads_as_if_it_were_written_for_each(
    compiling: Callable[..., Compiled], source: str
) -> None:
    for_each, before = compiling(source, "a"), compiling(source, "a", KNOWN)
    assert before.render(VALUES) == for_each.render(VALUES)


def test_a_value_that_all_share_is_written_once() -> None:
    once = filling.compile_html("{{ groupe }} {{ x }}", "a", KNOWN)
    assert once.render({"x": "y"}).endswith("Cie&#34; y")


def test_what_nobody_can_be_written_is_told_when_a_letter_is_filled() -> None:
    letter = filling.compile_text("{{ groupe }} {{ contact }}", "a", {"groupe": Empty("name")})
    with pytest.raises(Unwritable):
        letter.render({"groupe": Empty("name"), "contact": "x"})
