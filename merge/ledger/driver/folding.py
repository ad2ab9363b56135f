"""Text compared as people type it, within a query: without accents, capitals and hyphens.

The database knows accents of ASCII alone. What was folded once is remembered: names stay as they
are from one query to the next.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, func, text

from merge.french.communes import fold
from merge.ledger.driver.database import handle_of

_REMEMBERED = 100_000  # of all of France a name and a line each: 20 MB

FUNCTIONS = r"""
CREATE OR REPLACE FUNCTION folded(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT regexp_replace(regexp_replace(btrim(regexp_replace(regexp_replace(
        replace(replace(replace(lower(normalize($1, NFKD)), 'ß', 'ss'), 'œ', 'oe'), 'æ', 'ae'),
        '[\u0300-\u036f]', '', 'g'), '[^[:alnum:]]+', ' ', 'g')),
        '\mst\M', 'saint', 'g'), '\mste\M', 'sainte', 'g')
$$;
CREATE OR REPLACE FUNCTION has_words(text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(bool_and(position(word IN folded($1)) > 0), true)
    FROM unnest(string_to_array(current_setting('publipostage.typed', true), ' ')) AS word
$$;
"""
"""The same for PostgreSQL, which keeps them: `fold`, in SQL."""


@lru_cache(_REMEMBERED)
def _folded(text: str) -> str:
    return fold(text)


def teach(tx: Connection, typed: str = "") -> None:
    """This connection can `folded` from now on, and `has_words`: those that were typed."""
    handle = handle_of(tx)
    if isinstance(handle, sqlite3.Connection):
        handle.create_function("folded", 1, _folded, deterministic=True)
        handle.create_function("has_words", 1, _finder(fold(typed).split()), deterministic=True)
    else:
        said = text("SELECT set_config('publipostage.typed', :typed, true)")
        tx.execute(said, {"typed": fold(typed)})


def _finder(words: list[str]) -> Callable[[str], bool]:
    def has_words(text: str) -> bool:
        return all(map(_folded(text).__contains__, words))

    return has_words


def folded(value: ColumnElement[Any]) -> ColumnElement[str]:
    """The value as `fold` makes it; it sorts as people expect."""
    return func.folded(value, type_=Text)


def has_words(value: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether each word that was typed, or its beginning, stands anywhere in the text."""
    return func.has_words(value)
