"""What a page answers once a letter was to be saved: the letter, or both texts."""

from __future__ import annotations

from collections.abc import Collection

from starlette.responses import Response

from merge.app.writing import EditConflict, WrittenLetter
from merge.web.exchange import Exchange
from merge.words import blanks


def saved(
    exchange: Exchange, page: str, letter: WrittenLetter, came: str | EditConflict, **query: str
) -> Response:
    """Back to that page of the letter; what `overtaken` says where the file has changed."""
    if isinstance(came, EditConflict):
        return overtaken(exchange, letter.name, came, letter.columns)
    of = {"file": letter.name} if letter.is_reminder else {}
    return exchange.go(page, query={"saved": 1, **of, **query})


def overtaken(
    exchange: Exchange, name: str, came: EditConflict, columns: Collection[str] = ()
) -> Response:
    """Both texts of a file that was changed meanwhile, their blanks as words: nothing was written.

    `columns` are the headers of the list, where they are known.
    """
    return exchange.see(
        "letter_overtaken.html",
        409,
        name=name,
        came=came,
        stands=blanks.to_words(came.stands, columns),
        wanted=blanks.to_words(came.wanted, columns),
    )
