"""Paper: make lots, download or print them, and mark what became of each."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from merge.app import following, lots, paper, paperwork
from merge.app import print as printing
from merge.app.chosen import Narrowing
from merge.app.paperwork import Download
from merge.campaign.envelopes import NOT_YET_POSTED
from merge.errors import LedgerError, Misuse, Refused, Trouble
from merge.job import Consent, JobState, Want, silent
from merge.model import Status
from merge.web.child import within
from merge.web.downloads import stream
from merge.web.exchange import Exchange, get, post
from merge.web.tags import look_of
from merge.words import dates, envelopes
from merge.words import lots as lot_words
from merge.words.events import question
from merge.words.language import _
from merge.words.troubles import reason_of, why

_KNOWN_FOR_S = 120.0  # it rarely changes, and a look costs a process
_MARKS = {"printed": Status.PRINTED, "posted": Status.POSTED, "discard": Status.QUEUED}
_FIELD = {  # beside which the reason of a refusal stands
    "lot-range": "first",
    "nobody-called": "others",
    "several-called": "others",
}
_FIELD_TO_MAKE = {
    "no-such-department": "departments",
    "nobody-called": "communes",
    "several-called": "communes",
}
_CHANGED = ("letter-changed", "letter-changed-in-lots")


async def _pages_lack(exchange: Exchange, *, again: bool = False) -> Misuse | None:
    """As `paper.what_pages_lack`, looked up again after `_KNOWN_FOR_S`."""
    site = exchange.site
    if again or site.lacking is None or time.monotonic() - site.lacking[0] > _KNOWN_FOR_S:
        site.lacking = (time.monotonic(), await exchange.jobs.call(paper.what_pages_lack))
    return site.lacking[1]


# All lots


async def show(exchange: Exchange) -> Response:
    """All lots, and the form for the next."""
    return await _page(exchange)


async def _page(exchange: Exchange, status: int = 200, **more: Any) -> Response:
    lacking = await _pages_lack(exchange, again=exchange.query("look") == "again")
    job = _job(exchange)  # first: of one that has ended, the lots are read that it has made
    seen = paperwork.look(exchange.campaign)
    return exchange.see(
        "paper.html",
        status,
        seen=seen,
        lacking=reason_of(lacking) if lacking else None,
        job=job,
        keep=[envelopes.line(each) for each in seen.to_keep],
        next_lot=next((lot for lot in seen.lots[::-1] if lot.status in NOT_YET_POSTED), None),
        has_sheet=paperwork.has_test_sheet(exchange.campaign),
        **_words(),
        **{"wrong": {}, "typed": {}, "asks_edit": None, **more},
    )


def _job(exchange: Exchange) -> Mapping[str, Any] | None:
    """The printing at work, else the last one."""
    seen = following.last_printing(exchange.campaign)
    if seen is None:
        return None
    record = seen.record
    steps = [event.facts for _number, _at, event in seen.events if event.code == "pages-made"]
    trouble = record.result.get("trouble")
    return {
        "number": record.number,
        "goes_on": seen.goes_on,
        "killed": record.state is JobState.KILLED,
        "done": steps[-1] if steps else None,
        "lots": record.result.get("lots", ()),
        "exit": record.exit_code,
        "trouble": why(Refused(str(trouble))) if trouble in _SAID_ALONE else "",
        "stopping": record.stop_requested,
    }


_SAID_ALONE = ("disk-full",)  # troubles whose words need no more than their code


async def make(exchange: Exchange) -> Response:
    """Start a job that makes lots."""
    narrowing = Narrowing(
        departments=tuple(exchange.text("departments").replace(",", " ").split()),
        communes=tuple(_lines(exchange.text("communes"))),
    )
    try:
        await exchange.jobs.start(
            printing.run,
            exchange.place,
            narrowing,
            all_queued=bool(exchange.text("all")),
            consents=_agreed_to_edit(exchange),
            separate=bool(exchange.text("separate")),
        )
    except Trouble as trouble:
        asks_edit = trouble.code in _CHANGED
        field = "accept_edit" if asks_edit else _FIELD_TO_MAKE.get(trouble.code, "")
        return await _page(
            exchange,
            422,
            wrong={field: str(reason_of(trouble))},
            typed=exchange.typed(),
            asks_edit={"code": trouble.code, "versions": json.dumps(trouble.facts["versions"])}
            if asks_edit
            else _shown_edit(exchange),
        )
    return exchange.go("paper")


def _agreed_to_edit(exchange: Exchange) -> Sequence[Consent]:
    """Consent to a changed letter, in the versions that the form has shown."""
    if not exchange.text("accept_edit"):
        return ()
    try:
        facts = {"versions": json.loads(exchange.text("edit_versions"))}
    except ValueError:
        raise HTTPException(400) from None
    return (Consent(code=exchange.text("edit_code"), facts=facts),)


def _shown_edit(exchange: Exchange) -> Mapping[str, str] | None:
    """What was agreed to of the letter, while something else is still asked."""
    if not exchange.text("accept_edit"):
        return None
    return {"code": exchange.text("edit_code"), "versions": exchange.text("edit_versions")}


def stop(exchange: Exchange) -> Response:
    """End the printing after the lot in hand."""
    following.ask_to_stop(exchange.place, int(exchange.request.path_params["number"]))
    return exchange.go("paper")


async def sheet(exchange: Exchange) -> Response:
    """Make the test sheet."""
    await exchange.jobs.call(lots.test_sheet, exchange.place, silent, "")
    return exchange.go("paper")


def sheet_pdf(exchange: Exchange) -> Response:
    """The test sheet itself."""
    try:
        return _sent(paperwork.test_sheet_pdf(exchange.campaign))
    except FileNotFoundError:
        raise HTTPException(404) from None


# One lot


async def lot(exchange: Exchange) -> Response:
    """One lot, and what can be done with it."""
    return await _lot_page(exchange)


async def _lot_page(exchange: Exchange, status: int = 200, **more: Any) -> Response:
    seen = paperwork.lot(exchange.campaign, _number(exchange))
    return exchange.see(
        "lot.html",
        status,
        seen=seen,
        lot=seen.lot,
        lacking=await _pages_lack(exchange),
        keep=seen.to_keep,
        moves=[status.value for status in seen.moves],
        is_queued=seen.lot.status is Status.QUEUED,
        keep_line=envelopes.line,
        asks={want.code: question(want) for want in seen.wants},
        **_words(),
        **{"wrong": {}, "typed": {}, "left_out": frozenset(), **more},
    )


def lot_pdf(exchange: Exchange) -> Response:
    """Its PDF."""
    return _sent(paperwork.lot_pdf(exchange.campaign, _number(exchange)))


def letters_pdf(exchange: Exchange) -> Response:
    """The PDF of some of its letters."""
    letters = (exchange.request.path_params["first"], exchange.request.path_params["last"])
    return _sent(paperwork.lot_pdf(exchange.campaign, _number(exchange), letters))


async def separate(exchange: Exchange) -> Response:
    """Make a PDF for each of its letters, with a list, and a .zip of all."""
    number = _number(exchange)
    try:
        opening = partial(lots.open, exchange.place, number, listener=silent)
        await exchange.jobs.call(within, opening, lots.LotJob.separate)
    except LedgerError:
        raise
    except Trouble as trouble:
        return await _lot_page(exchange, 422, wrong={"": str(reason_of(trouble))})
    return exchange.go("lot", number=number)


def letters_zip(exchange: Exchange) -> Response:
    """The .zip of all its letters."""
    return _sent(paperwork.separated(exchange.campaign, _number(exchange)), "application/zip")


async def mark(exchange: Exchange) -> Response:
    """Mark the lot as printed, posted or discarded."""
    word = exchange.text("mark")
    if word not in _MARKS:
        raise HTTPException(400)
    status, wrong = _MARKS[word], dict[str, str]()
    others = _lines(exchange.text("others"))
    try:
        with lots.open(exchange.place, _number(exchange), listener=silent) as job:
            wants = job.wants_to_mark(status)
            consents = _agreed(exchange, wants, wrong)
            if status is Status.POSTED and not exchange.text("sure"):
                wrong["sure"] = _("Tick this box if it is so.")
            if not wrong:
                without = [*exchange.texts("except"), *job.keys_of(others)]
                job.mark(status, consents, list(dict.fromkeys(without)))
    except LedgerError:  # of the whole campaign: a page of its own says where that is mended
        raise
    except Trouble as trouble:
        wrong = {_FIELD.get(trouble.code, ""): str(reason_of(trouble))}
    if wrong:
        left_out = frozenset(exchange.texts("except"))
        typed = exchange.typed()
        return await _lot_page(exchange, 422, wrong=wrong, typed=typed, left_out=left_out)
    return exchange.go("lot", number=_number(exchange))


async def print_lot(exchange: Exchange) -> Response:
    """Make some of its letters again as a PDF."""
    number, wrong = _number(exchange), dict[str, str]()
    try:
        typed = [exchange.text(each).strip() or None for each in ("first", "last")]
        opening = partial(lots.open, exchange.place, number, listener=silent)
        with opening() as job:
            (first, last), wants = job.letters(*typed), job.wants_of_a_part()
        consents = _agreed(exchange, wants, wrong)
        if not wrong:
            await exchange.jobs.call(within, opening, lots.LotJob.part, first, last, consents)
    except Trouble as trouble:
        wrong = {_FIELD.get(trouble.code, ""): str(reason_of(trouble))}
    if wrong:
        return await _lot_page(exchange, 422, wrong=wrong, typed=exchange.typed())
    return exchange.go("lot", number=number)


# What they share


def _number(exchange: Exchange) -> int:
    return int(exchange.request.path_params["number"])


def _lines(text: str) -> Sequence[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _agreed(exchange: Exchange, wants: Sequence[Want], wrong: dict[str, str]) -> Sequence[Consent]:
    """A consent for each ticked box; adds the others to `wrong`."""
    for want in wants:
        if not exchange.text(want.code):
            wrong[want.code] = _("Tick this box if it is so: {question}").format(
                question=question(want)
            )
    return [want.agreed() for want in wants if exchange.text(want.code)]


def _sent(download: Download, media_type: str = "application/pdf") -> Response:
    return stream(download.file, media_type, name=download.name, size=download.size)


def _words() -> dict[str, Any]:
    return {
        "lot_status": lot_words.lot_status,
        "lot_name": lot_words.lot_name,
        "lot_stands": lot_words.lot_stands,
        "tag_of": look_of,
        "day_of": dates.exactly,
    }


_LOT = "/c/{campaign:int}/paper/{number:int}"
routes = [
    get("/c/{campaign:int}/paper", "paper", show),
    post("/c/{campaign:int}/paper/make", "paper-make", make),
    post("/c/{campaign:int}/paper/job/{number:int}/stop", "paper-stop", stop),
    post("/c/{campaign:int}/paper/sheet", "paper-sheet", sheet),
    get("/c/{campaign:int}/paper/sheet.pdf", "paper-sheet-pdf", sheet_pdf),
    get(_LOT, "lot", lot),
    get(_LOT + "/lot.pdf", "lot-pdf", lot_pdf),
    get(_LOT + "/letters/{first:int}-{last:int}.pdf", "lot-letters-pdf", letters_pdf),
    get(_LOT + "/letters.zip", "lot-letters-zip", letters_zip),
    post(_LOT + "/separate", "lot-separate", separate),
    post(_LOT + "/mark", "lot-mark", mark),
    post(_LOT + "/print", "lot-print", print_lot),
]
