"""Send: one page from the mailbox to the paper, in five steps. One that is done is a line; the
first that is not is open, or the one that the address names."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.responses import Response

from merge.app import following
from merge.model import Status
from merge.web.exchange import Exchange, Handler, ask, get, post
from merge.web.steps import Wrong, letters, mailbox, paper, sending
from merge.words.language import N_, translate

STEPS = {
    "mailbox": N_("Your mailbox"),
    "letters": N_("What will arrive"),
    "test": N_("A letter to yourself"),
    "sending": N_("Send"),
    "paper": N_("Paper"),
}
Act = Callable[[Exchange], Wrong | Awaitable[Wrong | None] | None]


async def show(exchange: Exchange) -> Response:
    """The page; 204 to one that asks itself anew while nothing of the sending is worth a swap."""
    if exchange.is_swap and exchange.query("state"):
        if sending.is_over(exchange):
            return Response(status_code=204, headers={"HX-Refresh": "true"})
        if sending.is_as_it_was(exchange):
            return Response(status_code=204)
    return await _page(exchange, exchange.query("step"), exchange.query("after"))


async def _page(
    exchange: Exchange, asked: str, after: str = "", wrong: Wrong | None = None
) -> Response:
    """With the step that is asked for open, or the one whose form this comes `after`, while it has
    more to do.
    """
    campaign = exchange.campaign
    counts, seen = exchange.glance.counts, following.last_sending(campaign)
    printing, for_paper = paper.job(exchange), paper.waiting(campaign)
    live, waiting = sending.is_live(exchange, seen), sending.waiting(counts)
    has_left = bool(counts.email[Status.SENT])
    looks = await letters.look(exchange) if asked == "letters" or not live else None
    on_paper = bool(printing and printing["goes_on"])
    lines = {
        "mailbox": mailbox.line(exchange, has_left=has_left or not waiting),
        "letters": letters.line(exchange, looks, waiting + for_paper),
        "test": letters.test_line(exchange, looks),
        "sending": sending.line(exchange, counts, seen),
        "paper": paper.line(campaign, for_paper, on_paper),
    }
    if after in lines and (not lines[after].is_done or mailbox.is_unread(exchange, after)):
        asked = after
    first = next((name for name, each in lines.items() if not each.is_done), "sending")
    opened = {asked if asked in STEPS else "sending" if live else first}
    if live and not lines["paper"].is_done and not wrong:
        opened.add("paper")
    more = dict(wrong.more) if wrong else {}
    fields = wrong.fields if wrong else {}
    values: dict[str, Any] = {"called": {}, "typed": {}}
    if "mailbox" in opened:
        values |= mailbox.view(exchange, wrong=fields, **more)
    if looks and "letters" in opened:
        values |= letters.view(exchange, looks)
    if "test" in opened:
        values |= letters.test_view(exchange)
    if "sending" in opened:
        typed = more.get("typed")
        values |= sending.progress_view(exchange, counts, seen)
        if not live:
            values |= sending.plan_view(exchange, typed) | mailbox.pace_view(exchange, typed)
    if "paper" in opened:
        made = more if asked == "paper" else {}
        values |= {"printing": printing, **await paper.view(exchange, for_paper, **made)}
        values["unseen"] = letters.unseen(looks) if looks else ""
    return exchange.see(
        "send.html",
        wrong.status if wrong else 200,
        wrong=fields,
        steps=[(name, translate(label), lines[name]) for name, label in STEPS.items()],
        opened=opened,
        first=first,
        live=live,
        still=exchange.query("still") == "1",
        **values,
    )


def _form(step: str, act: Act, *, stays: bool = False) -> Handler:
    """What a form of this step does: then the page, or what is wrong with the form. The step
    `stays` open, or does while it is not done."""

    async def handler(exchange: Exchange) -> Response:
        done = act(exchange)
        wrong = await done if inspect.isawaitable(done) else done
        if wrong:
            return await _page(exchange, step, wrong=wrong)
        query = {"step" if stays else "after": step}
        return exchange.go("send", query=query)

    return handler


_C, _LOT = "/c/{campaign:int}", "/c/{campaign:int}/paper/{number:int}"
routes = [
    get(_C + "/send", "send", show),
    ask("/c/{campaign:int}/mailbox/hint", "mailbox-hint", mailbox.hint),
    post(_C + "/mailbox", "mailbox-set", _form("mailbox", mailbox.set_and_try)),
    post(_C + "/mailbox/sign-in", "mailbox-sign-in", _form("mailbox", mailbox.sign_in)),
    post(_C + "/mailbox/signed-in", "mailbox-signed-in", _form("mailbox", mailbox.signed_in)),
    post(_C + "/mailbox/pace", "mailbox-pace", _form("sending", mailbox.pace, stays=True)),
    post(_C + "/check", "check-now", _form("letters", letters.check)),
    post(_C + "/check/confirm", "check-confirm", _form("letters", letters.confirm)),
    post(_C + "/check/test", "check-test", _form("test", letters.test)),
    post(_C + "/send/plan", "send-plan", _form("sending", sending.plan, stays=True)),
    post(_C + "/send/begin", "send-begin", _form("sending", sending.begin, stays=True)),
    post(_C + "/send/go-on", "send-go-on", _form("sending", sending.go_on, stays=True)),
    post(_C + "/send/pause", "send-pause", _form("sending", sending.pause, stays=True)),
    post(_C + "/paper/make", "paper-make", _form("paper", paper.make, stays=True)),
    post(_C + "/paper/job/{number:int}/stop", "paper-stop", _form("paper", paper.stop, stays=True)),
    post(_C + "/paper/sheet", "paper-sheet", _form("paper", paper.sheet, stays=True)),
    get(_C + "/paper/file", "paper-file", paper.file),
    get(_LOT, "lot", paper.lot),
    post(_LOT + "/mark", "lot-mark", paper.mark),
    post(_LOT + "/print", "lot-print", paper.print_lot),
]
