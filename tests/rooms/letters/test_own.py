"""Claims about local paragraphs and unprintable characters in a whole letter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from merge.errors import LetterError
from merge.letters.template import CompiledTemplate
from merge.model import Channel, Letter, LetterFault, Recipient
from tests.examples import each_line
from tests.rooms.letters.test_template import HAVRE, compiled

# --- The page that goes with an e-mail ----------------------------------------------------------


def with_page(body: str, **options: Any) -> CompiledTemplate:
    return compiled(body, attach_pdf=True, **options)


def page_of(template: CompiledTemplate, recipient: Recipient) -> Letter:
    letter = template.render(recipient, Channel.EMAIL)
    assert isinstance(letter, Letter), letter
    assert letter.attached
    return letter.attached


def test_the_page_that_goes_with_an_e_mail_is_the_one_that_would_be_printed() -> None:
    template = with_page("Un {{ commune }}.")
    assert page_of(template, HAVRE) == template.render(HAVRE, Channel.PAPER)
    assert compiled("Un.").version != with_page("Un.").version


def test_who_has_no_postal_address_is_called_by_name_on_the_page_of_an_e_mail() -> None:
    nowhere = HAVRE._replace(street=(), postcode="", locality="")
    template = with_page("Un.")
    assert page_of(template, nowhere).address == ("Mairie du Havre", "Madame la Maire")
    assert isinstance(template.render(nowhere, Channel.PAPER), LetterFault)


def test_what_the_page_cannot_show_holds_the_e_mail_too() -> None:
    def unprintable(text: str) -> Sequence[str]:
        return [each for each in text if each == "☃"]

    odd = HAVRE._replace(commune="Le ☃")
    template = with_page("{{ commune }}", unprintable=unprintable)
    held = LetterFault(key="76351", code="glyph-missing", field="commune", value="☃")
    assert template.render(odd, Channel.EMAIL) == held
    assert isinstance(template.render(HAVRE, Channel.EMAIL), Letter)


# --- Local paragraphs ---------------------------------------------------------------------------

PLACED = "Un.\n\n{{ local }}\n\nDeux."


def body_of(template: CompiledTemplate, recipient: Recipient = HAVRE) -> tuple[str, str]:
    """The letter's own text and HTML."""
    letter = template.render(recipient, Channel.EMAIL)
    assert isinstance(letter, Letter)
    return letter.text.partition("-- \n")[0].strip(), letter.html.strip()


@each_line
def test_whoever_has_none_sees_no_gap(body):
    assert body_of(compiled(body)) == ("Un.\n\nDeux.", "<p>Un.</p>\n<p>Deux.</p>")


def test_a_cell_gives_paragraphs_too():
    havre = HAVRE._replace(fields={"Local": "Trois.\n{{ 7*7 }} <b>"})
    assert body_of(compiled(PLACED, columns=["Local"]), havre) == (
        "Un.\n\nTrois.\n\n{{ 7*7 }} <b>\n\nDeux.",
        "<p>Un.</p>\n<p>Trois.</p>\n<p>{{ 7*7 }} &lt;b&gt;</p>\n<p>Deux.</p>",
    )


def test_a_subject_has_no_place_for_paragraphs():
    with pytest.raises(LetterError) as refused:
        compiled("Un.", head="subject: {{ local }}", columns=["Local"])
    assert refused.value.code == "unknown-variable"


def test_what_is_somebodys_own_is_only_what_the_letter_shows():
    havre = HAVRE._replace(fields={"Local": "Trois."})
    assert compiled(PLACED, columns=["Local"]).own(havre) == "Trois."
    assert compiled("Un.", columns=["Local"]).own(havre) == ""


# --- Characters that paper cannot show ----------------------------------------------------------


def without_z(text: str) -> tuple[str, ...]:
    """A machine whose fonts have no ž."""
    return ("ž",) if "ž" in text else ()


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"surname": "Ježek"}, "surname"), ({"fields": {"Rue": "ž"}}, "Rue")],
)
def test_a_character_that_no_font_has_holds_the_page_that_shows_it(changes, field):
    template = compiled("{{ maire }} {{ rue }}", columns=["Rue"], unprintable=without_z)
    recipient = HAVRE._replace(**({"fields": {"Rue": "x"}} | changes))
    assert template.render(recipient, Channel.PAPER) == LetterFault(
        key="76351", code="glyph-missing", field=field, value="ž"
    )
    assert isinstance(template.render(recipient, Channel.EMAIL), Letter)


def test_a_character_that_the_page_does_not_show_holds_nothing():
    template = compiled("Un.", columns=["Rue"], unprintable=without_z)
    recipient = HAVRE._replace(surname="Ježek", fields={"Rue": "ž"})
    assert isinstance(template.render(recipient, Channel.PAPER), Letter)
