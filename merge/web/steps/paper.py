"""The fifth step, paper: make lots, download them, and mark what became of each."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from merge.app import following, lots, paper
from merge.app.chosen import Narrowing
from merge.app.opening import Campaign
from merge.campaign.envelopes import NOT_YET_POSTED
from merge.errors import LedgerError, Misuse, Refused, Trouble
from merge.job import Consent, JobState, Want, silent
from merge.model import Status
from merge.paper.lots import TEST_SHEET
from merge.web.child import within
from merge.web.downloads import stream
from merge.web.exchange import Exchange, number_in
from merge.web.steps import StepLine, Wrong
from merge.web.tags import look_of
from merge.words import dates, envelopes
from merge.words import lots as lot_words
from merge.words.events import question
from merge.words.language import _, ngettext
from merge.words.troubles import reason_of, why

_KNOWN_FOR_S = 120.0  # it rarely changes, and a look costs a process
_MARKS = {"printed": Status.PRINTED, "posted": Status.POSTED, "discard": Status.QUEUED}
_FIELD = {  # beside which the reason of a refusal stands
    "lot-range": "first",
    "nobody-called": "others",
    "several-called": "others",
}
_CHANGED = ("letter-changed", "letter-changed-in-lots")


async def _pages_lack(exchange: Exchange, *, again: bool = False) -> Misuse | None:
    """As `paper.what_pages_lack`, looked up again after `_KNOWN_FOR_S`."""
    site = exchange.site
    if again or site.lacking is None or time.monotonic() - site.lacking[0] > _KNOWN_FOR_S:
        site.lacking = (time.monotonic(), await exchange.jobs.call(paper.what_pages_lack))
    return site.lacking[1]


_PDF = "application/pdf"

# All lots


def waiting(campaign: Campaign) -> int:
    """Letters of the next lot: paper queued, e-mail failed or bounced."""
    return campaign.ledger.count_for_paper(None, all_queued=False)


def line(campaign: Campaign, n: int, has_job: bool) -> StepLine:
    """How many letters wait for paper, and how many lots for the post."""
    to_post = sum(lot.status in NOT_YET_POSTED for lot in campaign.ledger.lots())
    said = [
        ngettext("{n} letter", "{n} letters", n).format(n=n) if n else "",
        ngettext("{n} lot to post", "{n} lots to post", to_post).format(n=to_post)
        if to_post
        else "",
    ]
    told = ", ".join(filter(None, said))
    return StepLine(is_done=not told and not has_job, line=told or _("nobody waits for paper"))


async def view(exchange: Exchange, n: int, **more: Any) -> dict[str, Any]:
    """All lots, and the form for the next."""
    lacking = await _pages_lack(exchange, again=exchange.query("look") == "again")
    campaign = exchange.campaign
    made = campaign.ledger.lots()
    return {
        "lots": made[::-1],
        "for_paper": n,
        "by_email": campaign.ledger.counts().email[Status.QUEUED],
        "lacking": reason_of(lacking) if lacking else None,
        "keep": [envelopes.line(each) for each in campaign.envelopes_to_keep()],
        "next_lot": next((lot for lot in made if lot.status in NOT_YET_POSTED), None),
        "has_sheet": lots.has_test_sheet(campaign),
        **_words(campaign),
        **{"made": {}, "asks_edit": "", **more},
    }


def job(exchange: Exchange) -> Mapping[str, Any] | None:
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


async def make(exchange: Exchange) -> Wrong | None:
    """Start a job that makes lots."""
    try:
        await exchange.jobs.start(
            lots.make,
            exchange.place,
            Narrowing(),
            all_queued=bool(exchange.text("all")),
            consents=_agreed_to_edit(exchange),
            separate=False,
        )
    except Trouble as trouble:
        asks_edit = trouble.code in _CHANGED
        edit = exchange.text("edit") if exchange.text("accept_edit") else ""
        if asks_edit:
            facts = {"versions": trouble.facts["versions"]}
            edit = json.dumps({"code": trouble.code, "facts": facts})
        wrong = {"accept_edit" if asks_edit else "": str(reason_of(trouble))}
        return Wrong(fields=wrong, more={"made": exchange.typed(), "asks_edit": edit})
    return None


def _agreed_to_edit(exchange: Exchange) -> Sequence[Consent]:
    """Consent to a changed letter, in the versions that the form has shown."""
    if not exchange.text("accept_edit"):
        return ()
    try:
        return (Consent(**json.loads(exchange.text("edit"))),)
    except (ValueError, TypeError, RecursionError):
        raise HTTPException(400) from None


def stop(exchange: Exchange) -> None:
    """End the printing after the lot in hand."""
    following.ask_to_stop(exchange.place, int(exchange.request.path_params["number"]))


async def sheet(exchange: Exchange) -> None:
    """Make the test sheet."""
    await exchange.jobs.call(lots.test_sheet, exchange.place, silent, "")


def file(exchange: Exchange) -> Response:
    """A PDF of a lot, of some letters of one, or the test sheet."""
    campaign, number = exchange.campaign, number_in(exchange.query("lot"))
    if number is None:
        try:
            return stream(lots.test_sheet_pdf(campaign), _PDF, name=TEST_SHEET.name)
        except FileNotFoundError:
            raise HTTPException(404) from None
    first, last = number_in(exchange.query("first")), number_in(exchange.query("last"))
    some = (first, last) if first is not None and last is not None else None
    name, found = lots.LotJob(campaign, number, silent).opened(some)
    return stream(found, _PDF, name=name)


# One lot


def lot(exchange: Exchange) -> Response:
    """One lot, and what can be done with it."""
    return _lot_page(exchange)


def _lot_page(exchange: Exchange, status: int = 200, **more: Any) -> Response:
    campaign = exchange.campaign
    job = lots.LotJob(campaign, _number(exchange), silent)
    files = job.files()
    wants = [*job.wants_to_mark(Status.QUEUED), *job.wants_of_a_part()]
    return exchange.see(
        "lot.html",
        status,
        lot=job.lot,
        has_file=None in files,
        parts=[each for each in files if each],
        keep=job.to_keep(),
        moves=[status.value for status in job.moves],
        is_queued=job.lot.status is Status.QUEUED,
        keep_line=envelopes.line,
        asks={want.code: question(want) for want in wants},
        **_words(campaign),
        **{"wrong": {}, "typed": {}, "left_out": frozenset(), **more},
    )


def mark(exchange: Exchange) -> Response:
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
        return _lot_page(exchange, 422, wrong=wrong, typed=typed, left_out=left_out)
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
        return _lot_page(exchange, 422, wrong=wrong, typed=exchange.typed())
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


def _words(campaign: Campaign) -> dict[str, Any]:
    return {
        "lot_status": lot_words.lot_status,
        "lot_name": lot_words.lot_name,
        "lot_stands": lot_words.lot_stands,
        "tag_of": look_of,
        "day_of": lambda at: dates.exactly(at, campaign.zone),
    }
