"""Today: a campaign's first page."""

from __future__ import annotations

from starlette.responses import Response

from merge.app import status
from merge.app.opening import now
from merge.web.exchange import Exchange, get
from merge.words.overview import overview


def show(exchange: Exchange) -> Response:
    """Where it stands, and what to do next."""
    seen = status.look(exchange.place, now())
    return exchange.see("today.html", seen=seen, lines=list(overview(seen)))


routes = [get("/c/{campaign:int}/today", "today", show)]
