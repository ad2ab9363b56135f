"""The language that people are spoken to in. English is the source and needs no catalogue.

`_` and `ngettext` say a sentence where it stands. A constant is marked with `N_`, so that the
catalogue has it, and is put into a language by `translate` when it is used.
"""

from __future__ import annotations

import io
import pkgutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from types import MappingProxyType
from typing import NamedTuple

from merge.model import Audience


class Subject(NamedTuple):
    """Whom the campaign writes to that is spoken of; what is said `instead` of other sentences."""

    audience: Audience = "communes"
    instead: Mapping[str, str] = MappingProxyType({})


_COMMUNES = Subject()
_language = ContextVar("language", default="en")
_on_page = ContextVar("on_page", default=False)
_subject = ContextVar("subject", default=_COMMUNES)


@contextmanager
def speaking(language: str, *, on_page: bool = False) -> Iterator[None]:
    """Within it, all sentences are in that language: "fr" or "en". On a page they are for people
    who type no commands."""
    before, before_on_page = _language.set(language), _on_page.set(on_page)
    try:
        with about(_COMMUNES):
            yield
    finally:
        _language.reset(before)
        _on_page.reset(before_on_page)


@contextmanager
def about(subject: Subject) -> Iterator[None]:
    """Within it, sentences are about that, or what is opened in it; after it, as before."""
    before = _subject.set(subject)
    try:
        yield
    finally:
        _subject.reset(before)


def from_here_about(subject: Subject) -> None:
    """From here on sentences are about that, to the end of `speaking` or `about`."""
    _subject.set(subject)


def audience() -> Audience:
    """Whom the campaign writes to that is spoken of."""
    return _subject.get().audience


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
    return _said(marked) if marked else ""


def _(message: str) -> str:
    """The sentence in the language that is spoken."""
    return _said(message)


def ngettext(singular: str, plural: str, n: int) -> str:
    """The sentence that goes with n."""
    if singular in _subject.get().instead:
        is_one = n < 2 if code() == "fr" else n == 1
        return _said(singular if is_one else plural)
    return _catalogue(_language.get()).ngettext(singular, plural, n)


def _said(message: str) -> str:
    return _catalogue(_language.get()).gettext(_subject.get().instead.get(message, message))


def decimal(number: float) -> str:
    """The number as it is written in that language: French has a comma."""
    return f"{number:g}".replace(".", "," if code() == "fr" else ".")


@cache
def _catalogue(language: str) -> NullTranslations:
    if language == "en":
        return NullTranslations()
    compiled = pkgutil.get_data("merge", f"locale/{language}/LC_MESSAGES/messages.mo")
    return GNUTranslations(io.BytesIO(compiled or b""))
