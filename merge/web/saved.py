"""What a page answers once a letter was to be saved: the letter, or both texts."""

from __future__ import annotations

from starlette.responses import Response

from merge.app import preview
from merge.app.new import REMINDER
from merge.app.writing import EditConflict, WrittenLetter
from merge.letters.prose import open_as_words
from merge.web.exchange import Exchange


def saved(
    exchange: Exchange, page: str, letter: WrittenLetter, came: str | EditConflict, **query: str
) -> Response:
    """Back to that page of the letter; what `overtaken` says where the file has changed."""
    if isinstance(came, EditConflict):
        return overtaken(exchange, letter.name, came)
    of = {"file": letter.name} if letter.is_reminder else {}
    return exchange.go(page, query={"saved": 1, **of, **query})


def overtaken(exchange: Exchange, name: str, came: EditConflict) -> Response:
    """Both letters of a file that was changed meanwhile, as their reader gets them: nothing was
    written.
    """
    return exchange.see(
        "letter_overtaken.html",
        409,
        name=name,
        came=came,
        stands=_shown(exchange, name, came.stands),
        wanted=_shown(exchange, name, came.wanted),
    )


def _shown(exchange: Exchange, name: str, source: str) -> str:
    """The token of a letter of this text; what nothing fills yet stands there in brackets."""
    wave = 2 if name == REMINDER else 1
    asked = preview.select(exchange.campaign, wave=wave, source=open_as_words(source))
    return exchange.site.previews.keep(asked, is_draft=True)
