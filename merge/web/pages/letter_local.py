"""Local paragraphs: what only one recipient's letter says."""

from __future__ import annotations

from starlette.responses import Response

from merge.app import log, passages, writing
from merge.app.writing import EditConflict
from merge.ledger.records import LogFilter, LogOrder
from merge.web.exchange import Exchange, get, post
from merge.words import blanks

FOUND_AT_MOST = 20


def show(exchange: Exchange) -> Response:
    """Those that there are, and whom else one may write some for."""
    typed = exchange.query("find").strip()
    found = None
    if typed:
        found = log.page(exchange.place, LogFilter(find=typed), LogOrder(by="name"), 1)
    return exchange.see(
        "letter_local.html",
        listed=passages.listed(exchange.place),
        blank=blanks.words_of("local"),
        typed=typed,
        total=found.total if found else None,
        found=found.lines[:FOUND_AT_MOST] if found else (),
        saved=exchange.query("saved"),
    )


def one(exchange: Exchange) -> Response:
    """One recipient's, as a text with words in brackets."""
    passage = passages.one(exchange.place, exchange.request.path_params["number"])
    columns = writing.look(exchange.place).columns
    return exchange.see(
        "letter_local_one.html",
        passage=passage,
        words=blanks.to_words(passage.source, columns),
        menu=blanks.menu(columns),
    )


def save(exchange: Exchange) -> Response:
    """Write it; an empty text takes it away."""
    number = exchange.request.path_params["number"]
    typed = exchange.text("words")
    passage = passages.one(exchange.place, number)
    if typed == exchange.text("was"):
        return exchange.go("letter-local")
    came = passages.save(exchange.place, number, exchange.text("version"), blanks.to_source(typed))
    if isinstance(came, EditConflict):
        columns = writing.look(exchange.place).columns
        return exchange.see(
            "letter_local_one.html",
            409,
            passage=passage,
            words=typed,
            theirs=blanks.to_words(came.stands, columns),
            menu=blanks.menu(columns),
        )
    return exchange.go("letter-local", query={"saved": number})


routes = [
    get("/c/{campaign:int}/letter/local", "letter-local", show),
    get("/c/{campaign:int}/letter/local/{number:int}", "letter-local-one", one),
    post("/c/{campaign:int}/letter/local/{number:int}", "letter-local-save", save),
]
