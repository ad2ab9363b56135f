"""What the parts of a recipient are called."""

from __future__ import annotations

from collections.abc import Mapping

from merge.words.language import N_, translate

FIELD_WORDS: Mapping[str, str] = {
    "commune": N_("Commune"),
    "insee": N_("INSEE code"),
    "article_code": N_("Article code"),
    "department": N_("Département"),
    "population": N_("Population"),
    "sex": N_("Sex"),
    "first_name": N_("First name"),
    "surname": N_("Surname"),
    "email": N_("E-mail"),
    "alternates": N_("Other e-mails"),
    "street": N_("Street"),
    "postcode": N_("Postcode"),
    "locality": N_("Locality"),
}
"""The parts of a recipient; other columns are called as their sheet calls them."""


def field(name: str) -> str:
    """A part of a recipient, as people call it."""
    return translate(FIELD_WORDS.get(name, name))
