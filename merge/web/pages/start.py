"""The way in, once; the end, when its user asks for it; where a browser waits for its form."""

from __future__ import annotations

import secrets

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from merge.web.exchange import Exchange, get, post, posted
from merge.web.guard import COOKIE


def show(exchange: Exchange) -> Response:
    """A button: nothing is spent by looking, whoever looks ahead of a person."""
    token = exchange.request.path_params["token"]
    if not exchange.site.instance.is_good(token):
        raise HTTPException(401)
    return exchange.see("start.html", token=token)


async def enter(request: Request) -> Response:
    """Spend the token for a cookie. It needs no one-time id: it is one."""
    site = request.app.state.site
    try:
        campaign = site.instance.spend(request.path_params["token"])
    except KeyError:
        raise HTTPException(401) from None
    session = secrets.token_urlsafe(32)
    site.sessions.add(session)
    if campaign is None:
        address = site.url("campaigns", {}, None)
    else:
        address = site.url("today", {"campaign": site.open(campaign)}, None)
    answer = RedirectResponse(address, status_code=303)
    answer.set_cookie(COOKIE, session, path=site.address.root, httponly=True, samesite="strict")
    return answer


def end(exchange: Exchange) -> Response:
    """The server ends. Jobs go on."""
    exchange.site.ends = True
    return exchange.see("ended.html")


routes = [
    get("/start/{token}", "start", show),
    Route("/start/{token}", enter, methods=["POST"]),
    post("/end", "end", end),
    get("/posted/{form}", "posted-alone", posted),
    get("/c/{campaign:int}/posted/{form}", "posted", posted),
]
