"""The way in, once; the end, when its user asks for it; where a browser waits for its form."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import suppress

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from merge.app import following
from merge.app.opening import open_campaign
from merge.errors import Trouble
from merge.web.exchange import Exchange, get, post, posted
from merge.web.guard import COOKIE
from merge.words.language import _


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
    """The server ends. Jobs go on; while there are some, it asks first."""
    going = [] if exchange.text("sure") else [*_goes_on(exchange)]
    if going:
        return exchange.see("ending.html", going=going)
    exchange.site.ends = True
    return exchange.see("ended.html")


def _goes_on(exchange: Exchange) -> Iterator[str]:
    """What is at work in the campaigns that are open here."""
    for place in filter(None, exchange.site.places):
        check = exchange.site.checks.of(place)
        if check is not None and check.is_at_work:
            yield _(
                "{campaign}: all letters are being checked. This ends with the program."
            ).format(campaign=place.name)
        with suppress(Trouble):  # told where the campaign is shown
            with open_campaign(place, access="read", command="status") as campaign:
                sending = following.last_sending(campaign)
                printing = following.last_printing(campaign)
            if sending and sending.goes_on:
                yield _("{campaign}: letters are being sent. This goes on by itself.").format(
                    campaign=place.name
                )
            if printing and printing.goes_on:
                yield _("{campaign}: lots are being made. This goes on by itself.").format(
                    campaign=place.name
                )


routes = [
    get("/start/{token}", "start", show),
    Route("/start/{token}", enter, methods=["POST"]),
    post("/end", "end", end),
    get("/posted/{form}", "posted-alone", posted),
    get("/c/{campaign:int}/posted/{form}", "posted", posted),
]
