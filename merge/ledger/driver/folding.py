"""Text compared as people type it, within a query: without accents, capitals and hyphens.

The database knows accents of ASCII alone. What was folded once is remembered: names stay as they
are from one query to the next.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, func

from merge.french.communes import fold
from merge.ledger.driver.database import handle_of

_REMEMBERED = 100_000  # of all of France a name and a line each: 20 MB


@lru_cache(_REMEMBERED)
def _folded(text: str) -> str:
    return fold(text)


def teach(tx: Connection, typed: str = "") -> None:
    """This connection can `folded` from now on, and `has_words`: those that were typed."""
    handle = handle_of(tx)
    handle.create_function("folded", 1, _folded, deterministic=True)
    handle.create_function("has_words", 1, _finder(fold(typed).split()), deterministic=True)


def _finder(words: list[str]) -> Callable[[str], bool]:
    def has_words(text: str) -> bool:
        return all(map(_folded(text).__contains__, words))

    return has_words


def folded(text: ColumnElement[Any]) -> ColumnElement[str]:
    """The text as `fold` makes it; it sorts as people expect."""
    return func.folded(text, type_=Text)


def has_words(text: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether each word that was typed, or its beginning, stands anywhere in the text."""
    return func.has_words(text)
