"""The campaigns of this user."""

from __future__ import annotations

from starlette.responses import Response

from merge.web.exchange import Exchange, get


def show(exchange: Exchange) -> Response:
    """Those that were opened here."""
    return exchange.see("campaigns.html", places=list(enumerate(exchange.site.places, 1)))


routes = [get("/", "campaigns", show)]
