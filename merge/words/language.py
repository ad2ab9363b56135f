"""The language that people are spoken to in. English is the source and needs no catalogue.

`_` and `ngettext` say a sentence where it stands. A constant is marked with `N_`, so that the
catalogue has it, and is put into a language by `translate` when it is used.
"""

from __future__ import annotations

import io
import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations

from merge.model import Audience

_language = ContextVar("language", default="en")
_on_page = ContextVar("on_page", default=False)
_audience = ContextVar[Audience]("audience", default="communes")


@contextmanager
def speaking(language: str, *, on_page: bool = False) -> Iterator[None]:
    """Within it, all sentences are in that language: "fr" or "en". On a page they are for people
    who type no commands."""
    before, before_on_page = _language.set(language), _on_page.set(on_page)
    audience_before = _audience.set("communes")
    try:
        yield
    finally:
        _language.reset(before)
        _on_page.reset(before_on_page)
        _audience.reset(audience_before)


def opened_for(audience: Audience) -> None:
    """The campaign that was opened last writes to these, to the end of `speaking`."""
    _audience.set(audience)


def audience() -> Audience:
    """Whom the campaign that was opened last writes to: they decide which blanks, columns and
    settings there are."""
    return _audience.get()


def on_page() -> bool:
    """Whether the sentences stand on a page, and not in a terminal."""
    return _on_page.get()


def code() -> str:
    """The language that is spoken, as HTML names it (BCP 47)."""
    return _language.get()


def N_(message: str) -> str:
    """Mark a constant for the catalogue; it stays English until `translate`."""
    return message


def translate(marked: str) -> str:
    """What `N_` has marked, in the language that is spoken. What is in no catalogue stays so."""
    return _catalogue(_language.get()).gettext(marked) if marked else ""


def _(message: str) -> str:
    """The sentence in the language that is spoken."""
    return _catalogue(_language.get()).gettext(message)


def ngettext(singular: str, plural: str, n: int) -> str:
    """The sentence that goes with n."""
    return _catalogue(_language.get()).ngettext(singular, plural, n)


def decimal(number: float) -> str:
    """The number as it is written in that language: French has a comma."""
    return f"{number:g}".replace(".", "," if code() == "fr" else ".")


@cache
def _catalogue(language: str) -> NullTranslations:
    if language == "en":
        return NullTranslations()
    compiled = pkgutil.get_data("merge", f"locale/{language}/LC_MESSAGES/messages.mo")
    return GNUTranslations(io.BytesIO(compiled or b""))
