"""What the parts of a recipient are called."""

from __future__ import annotations

from collections.abc import Mapping

from merge.words.language import _

FIELD_WORDS: Mapping[str, str] = {
    "commune": _("Commune"),
    "insee": _("INSEE code"),
    "article_code": _("Article code"),
    "department": _("Département"),
    "population": _("Population"),
    "sex": _("Sex"),
    "first_name": _("First name"),
    "surname": _("Surname"),
    "email": _("E-mail"),
    "alternates": _("Other e-mails"),
    "street": _("Street"),
    "postcode": _("Postcode"),
    "locality": _("Locality"),
}
"""The parts of a recipient; other columns are called as their sheet calls them."""


def field(name: str) -> str:
    """A part of a recipient, as people call it."""
    return FIELD_WORDS.get(name, name)
