"""What the forms of the gear do: whom not to write to, backups, closing, adopting, erasing."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from functools import partial
from io import BytesIO
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from merge.app import backup, export, purge, suppress
from merge.errors import Misuse, Trouble
from merge.job import Consent, silent
from merge.ledger.records import Kind, SuppressedName
from merge.web.child import within
from merge.web.downloads import download, stream
from merge.web.exchange import Exchange, get, number_in, post
from merge.web.pages.settings import facts_of, see
from merge.words import campaigns as words
from merge.words import suppression as list_words
from merge.words.events import question
from merge.words.language import _
from merge.words.troubles import reason_of

_LIST_AT_MOST = 5_000_000


# The suppression list


def add(exchange: Exchange) -> Response:
    """Suppress a recipient, an address or a domain."""
    whom, why = exchange.text("whom").strip(), " ".join(exchange.text("reason").split())
    wrong: dict[str, str] = {}
    if not whom:
        wrong["whom"] = _("Say whom: a name, an e-mail address, or a domain such as @example.org.")
    if not why:
        wrong["reason"] = str(reason_of(Misuse("suppress-why")))
    if wrong:
        return see(exchange, 422, wrong=wrong, typed=exchange.typed())
    try:
        with suppress.open(exchange.place, whom, silent) as job:
            wants = job.plan().wants
            ticked = exchange.text("domain")
            agreed = [want.agreed() for want in wants if ticked == str(want.facts["n"])]
            result = job.run(agreed, why)
    except Trouble as trouble:
        wrong["whom" if isinstance(trouble, Misuse) else ""] = str(reason_of(trouble))
        return see(exchange, 422, wrong=wrong, typed=exchange.typed())
    if not result.wants:
        return exchange.go("settings", query={"done": "kept"})
    return see(
        exchange,
        422,
        wrong={"domain": _("Tick this box if you mean all of it.")},
        typed=exchange.typed(),
        asks=question(result.wants[0]),
        asks_n=result.wants[0].facts["n"],
    )


def lift(exchange: Exchange) -> Response:
    """Take a line off the list."""
    why, value = " ".join(exchange.text("why").split()), exchange.text("value")
    if exchange.text("kind") not in set(Kind) or not value:
        raise HTTPException(400)
    if not why:
        wrong = {"search": _("Say why it may be written to again; nothing was changed.")}
        return see(exchange, 422, wrong=wrong, typed=exchange.typed())
    line = SuppressedName(Kind(exchange.text("kind")), value)
    try:
        with suppress.open(exchange.place, line, silent) as job:
            job.take_back(why)
    except Trouble as trouble:
        return see(exchange, 422, wrong={"": str(reason_of(trouble))}, typed=exchange.typed())
    return exchange.go("settings", query={"done": "lifted"})


async def list_file(exchange: Exchange) -> Response:
    """Show what a file would add to the list; add it with a consent."""
    chosen, token = exchange.files("list"), exchange.text("token")
    data = (
        await chosen[0].read(_LIST_AT_MOST + 1) if chosen else exchange.site.lists.get(token, b"")
    )
    if not data or len(data) > _LIST_AT_MOST:
        wrong = {"list": _("Choose a file of at most 5 MB.")}
        return see(exchange, 422, wrong=wrong)
    opening = partial(suppress.open_for_file, exchange.place, silent)
    try:
        plan = await exchange.jobs.call(within, opening, suppress.plan_file, BytesIO(data))
    except Misuse as trouble:
        return see(exchange, 422, wrong={"list": str(reason_of(trouble))})
    if not chosen and exchange.text("agreed") == str(len(plan.lines)):
        agreed = [want.agreed() for want in plan.wants]
        result = await exchange.jobs.call(within, opening, suppress.take_file, plan, agreed)
        if not result.wants:
            exchange.site.lists.pop(token, None)
            return exchange.go("settings", query={"done": "list"})
    token = secrets.token_urlsafe(12)
    exchange.site.lists[token] = data
    return exchange.see(
        "never_list.html",
        token=token,
        n=len(plan.lines),
        lines=list(list_words.from_file(plan)),
        asks=question(plan.wants[0]) if plan.wants else "",
    )


# Copies


async def save(exchange: Exchange) -> Response:
    """Make a backup."""
    left_out = await exchange.jobs.call(backup.save_here, exchange.place)
    return exchange.go("settings", query={"done": "partly-saved" if left_out else "saved"})


async def file(exchange: Exchange) -> Response:
    """Download the list of whom not to write to, or a backup."""
    if exchange.request.path_params["name"] == "never.csv":
        name = _("publipostage-suppression.csv")
        export.note(exchange.place, "list", name)
        excel = exchange.language == "fr"
        content = await exchange.jobs.call(suppress.written, exchange.place, excel=excel)
        return download(content, name, "text/csv; charset=utf-8")
    try:
        found = backup.download(exchange.campaign, exchange.request.path_params["name"])
    except FileNotFoundError:
        raise HTTPException(404) from None
    return stream(found, "application/zip")


async def close(exchange: Exchange) -> Response:
    """End the campaign here, and make the backup from which it goes on elsewhere."""
    if not exchange.text("close"):
        wrong = {"close": _("Tick this box if you have read it. Nothing was changed.")}
        return see(exchange, 422, wrong=wrong, typed=exchange.typed())
    await exchange.jobs.call(backup.save_here, exchange.place, closes=True)
    return exchange.go("settings")


async def adopt(exchange: Exchange) -> Response:
    """Adopt this ledger."""
    if not exchange.text("agree"):
        wrong = {"agree": _("Tick this box if you have read it. Nothing was changed.")}
        return see(exchange, 422, wrong=wrong, typed=exchange.typed())
    plan = backup.adoption(exchange.place)
    if facts_of(plan) != exchange.text("facts"):
        wrong = {"agree": _("It has changed meanwhile. Read it again.")}
        return see(exchange, 422, wrong=wrong)
    agreed = [want.agreed() for want in plan.wants]
    await exchange.jobs.call(backup.adopt, exchange.place, agreed)
    return exchange.go("settings", query={"done": "adopted"})


def forget(exchange: Exchange) -> Response:
    """Note that a person has deleted a downloaded file."""
    backup.note_deleted(exchange.campaign, int(exchange.request.path_params["number"]))
    return exchange.go(exchange.text("back") if exchange.text("back") == "erase" else "settings")


# Erasing
_ERASED = ("recipients", "messages", "waiting")


async def rehearsal(exchange: Exchange) -> Response:
    """What would be erased."""
    return await _erase_page(exchange, exchange.query("who").strip())


async def _erase_page(exchange: Exchange, who: str, status: int = 200, **more: Any) -> Response:
    values: dict[str, Any] = {"who": who, "plan": None, "refused": None, "wrong": {}, **more}
    try:
        opening = partial(purge.open, exchange.place, silent, really=False)
        values["plan"] = plan = await exchange.jobs.call(within, opening, purge.plan, who or None)
        values["given_up"] = words.given_up(plan.erasure.waiting)
        values["copies"] = words.copies(plan.copies)
        values["exports"] = list(zip(plan.elsewhere, words.exports(plan.elsewhere), strict=True))
    except Misuse as trouble:
        status, values["wrong"] = 422, {"who": str(reason_of(trouble))}
    except Trouble as trouble:
        values["refused"] = reason_of(trouble)
    here = exchange.place.resolve()
    found = await exchange.jobs.call(purge.everywhere, who) if "@" in who else ()
    values["others"] = [
        (
            each.place.name,
            exchange.url("erase", campaign=exchange.site.open(each.place), query={"who": who}),
        )
        for each in found
        if not each.is_gone and each.place.resolve() != here
    ]
    return exchange.see("erase.html", status, name=here.name, done=exchange.query("done"), **values)


def agreed_to_erase(exchange: Exchange) -> Sequence[Consent]:
    """Consent to just what the form has shown; none without figures."""
    figures = {each: number_in(exchange.text(each)) for each in _ERASED if exchange.text(each)}
    if None in figures.values():
        raise HTTPException(400)
    return (Consent(code="erase", facts=figures),)


async def erase(exchange: Exchange) -> Response:
    """Erase it."""
    who, name = exchange.text("who"), exchange.place.resolve().name
    if exchange.text("typed_name").strip() != name:
        wrong = {"typed_name": _("Type the name as it stands there: {name}").format(name=name)}
        return await _erase_page(exchange, who, 422, wrong=wrong)
    opening = partial(purge.open, exchange.place, silent, really=True)
    result = await exchange.jobs.call(
        within, opening, purge.run, who or None, agreed_to_erase(exchange)
    )
    if result.wants:
        wrong = {"typed_name": _("It has changed meanwhile. Read it again.")}
        return await _erase_page(exchange, who, 422, wrong=wrong)
    return exchange.go("erase", query={"done": "erased"})


_AT = "/c/{campaign:int}/keeping"
routes = [
    post(_AT + "/never", "keeping-add", add),
    post(_AT + "/never/lift", "keeping-lift", lift),
    post(_AT + "/never/upload", "keeping-list-file", list_file),
    post(_AT + "/backup", "keeping-save", save),
    post(_AT + "/close", "keeping-close", close),
    post(_AT + "/adopt", "keeping-adopt", adopt),
    post(_AT + "/files/{number:int}/deleted", "keeping-forget", forget),
    get(_AT + "/erase", "erase", rehearsal),
    post(_AT + "/erase", "erase-now", erase),
    get(_AT + "/{name}", "keeping-file", file),
]
