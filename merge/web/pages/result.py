"""Result: figures, the map, lists to work through, the public report, the reminder."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from starlette.exceptions import HTTPException
from starlette.responses import Response

from merge.app import remind, report_map, result
from merge.app.backup import REPORT
from merge.app.inbox import CaseKind
from merge.app.result import CampaignResult
from merge.errors import Misuse
from merge.french.maps import CREDIT
from merge.job import Consent, silent
from merge.web import work
from merge.web.downloads import download
from merge.web.exchange import Exchange, get, number_in, post
from merge.words import answers, events
from merge.words.language import _, ngettext
from merge.words.troubles import reason_of

WEEKS = 3
"""By default a mayor without an answer is called after so many."""
WAVES_AT_MOST = 9


def _weeks(exchange: Exchange) -> int:
    given = exchange.query("weeks") or exchange.text("weeks")
    return int(given) if re.fullmatch(r"[1-9][0-9]?", given) else WEEKS


def show(exchange: Exchange) -> Response:
    """The page."""
    return _page(exchange)


def _page(
    exchange: Exchange, status: int = 200, *, contact: str | None = None, wrong: str = ""
) -> Response:
    found = result.look(exchange.campaign, timedelta(weeks=WEEKS))
    return exchange.see(
        "result.html",
        status,
        found=found,
        figures=list(answers.counted(found.tally)),
        rows=[row for row in _rows(exchange, found) if row[0]],
        departments=[
            (report_map.named(each.code), each.code, each.tally)
            for each in found.departments
            if each.tally.written or each.tally.answered
        ],
        by_department=found.is_to_communes or any(each.code for each in found.departments),
        legend=report_map.legend(),
        credit=CREDIT,
        next_step=_next_step(exchange, found),
        done=exchange.query("done"),
        contact=exchange.campaign.settings.sender.contact if contact is None else contact,
        is_published=(exchange.place / REPORT).is_dir(),
        wrong={"contact": wrong} if wrong else {},
    )


def _rows(exchange: Exchange, found: CampaignResult) -> Iterator[tuple[int, str, str, str]]:
    """How many, who they are, what to click, and where that leads."""

    def log(**asked: object) -> str:
        return exchange.url("recipients", query=asked)

    tally = found.tally
    agreed = ngettext("has agreed", "have agreed", tally.committed)
    yield tally.committed, agreed, _("Thank them"), log(answer="yes conditions")
    refused = ngettext("refuses", "refuse", tally.meanings["no"])
    yield tally.meanings["no"], refused, _("Look at them"), log(answer="no")
    for wording, n in tally.wordings:
        yield n, wording, _("Look at them"), log(answer=wording)
    silent_for = ngettext(
        "has not answered for three weeks", "have not answered for three weeks", found.to_call
    )
    yield found.to_call, silent_for, _("Call them"), log(answer="none", weeks=WEEKS)
    lost = ngettext("was never reached", "were never reached", found.lost)
    to = exchange.url("inbox", query={"kind": CaseKind.BOUNCE.value})
    yield found.lost, lost, _("Another address"), to


def _next_step(exchange: Exchange, found: CampaignResult) -> tuple[str, str, str]:
    """A sentence, what to click, and where that leads."""
    if n := found.tally.unread:
        told = ngettext("{n} answer waits to be read.", "{n} answers wait to be read.", n)
        to = exchange.url("inbox", query={"kind": CaseKind.ANSWER.value})
        return told.format(n=n), _("Read them"), to
    if n := found.to_call:
        told = ngettext(
            "{n} recipient has not answered: call, or write once more.",
            "{n} recipients have not answered: call, or write once more.",
            n,
        )
        return told.format(n=n), _("Prepare a reminder"), exchange.url("reminder")
    return _("Nothing waits here now."), _("Look at the recipients"), exchange.url("recipients")


def drawn(exchange: Exchange) -> Response:
    """The map, as a picture that loads nothing and names nobody."""
    picture = result.map_svg(exchange.campaign)
    if not picture:
        raise HTTPException(404)
    headers = {"Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'"}
    return Response(picture, media_type="image/svg+xml", headers=headers)


async def table(exchange: Exchange) -> Response:
    """The public report as a table."""
    content = await exchange.jobs.call(work.report_file, exchange.place)
    return download(content, _("report.csv"), "text/csv; charset=utf-8")


async def publish(exchange: Exchange) -> Response:
    """Write the public report."""
    contact = exchange.text("contact").strip()
    try:
        await exchange.jobs.call(work.publish, exchange.place, contact)
    except Misuse as trouble:
        return _page(exchange, 422, contact=contact, wrong=str(reason_of(trouble)))
    return exchange.go("result", query={"done": "published"})


async def published(exchange: Exchange) -> Response:
    """It as a .zip."""
    try:
        content = await exchange.jobs.call(work.published, exchange.place, _("report.zip"))
    except FileNotFoundError:
        raise HTTPException(404) from None
    return download(content, _("report.zip"), "application/zip")


async def reminder(exchange: Exchange) -> Response:
    """Whom a reminder would go to: asked for, or asked again since something has changed."""
    asked = exchange.query("wave")
    if not asked:
        return _reminder_page(exchange, 2, _weeks(exchange), None)
    wave = int(asked) if re.fullmatch("[2-9]", asked) else 2
    weeks = _weeks(exchange)
    plan = await exchange.jobs.call(work.reminder, exchange.place, wave, timedelta(weeks=weeks))
    return _reminder_page(exchange, wave, weeks, plan)


def _reminder_page(
    exchange: Exchange,
    wave: int,
    weeks: int,
    plan: work.ReminderPlan | None,
    *,
    status: int = 200,
    wrong: Mapping[str, str] | None = None,
) -> Response:
    wants: Sequence[str] = [events.question(want) for want in plan.wants] if plan else ()
    return exchange.see(
        "reminder.html",
        status,
        opened=number_in(exchange.query("opened")) or 0,
        plan=plan,
        wave=wave,
        weeks=weeks,
        waves=range(2, WAVES_AT_MOST + 1),
        wants=wants,
        number=plan.wants[0].facts["n"] if plan and plan.wants else 0,
        wrong=wrong or {},
    )


async def open_reminder(exchange: Exchange) -> Response:
    """Open it for the very letters that were agreed to; a plan that has changed is shown again."""
    asked, number = exchange.text("wave"), number_in(exchange.text("number"))
    wave = int(asked) if re.fullmatch("[2-9]", asked) else 2
    weeks, place = _weeks(exchange), exchange.place
    after = timedelta(weeks=weeks)
    if not exchange.text("yes") or number is None:
        plan = await exchange.jobs.call(work.reminder, place, wave, after)
        wrong = {"yes": _("Tick the box: only then does anything change.")}
        return _reminder_page(exchange, wave, weeks, plan, status=422, wrong=wrong)
    facts = {"wave": wave, "n": number, "letter": exchange.text("letter")}
    given = [Consent(code="open-wave", facts=facts)]
    plan = await exchange.jobs.call(work.reminder, place, wave, after, given)
    if plan.opened:
        return exchange.go("reminder", query={"opened": plan.opened})
    wrong = {"yes": _("Something has changed since you saw it. This is how it is now.")}
    return _reminder_page(exchange, wave, weeks, plan, status=409, wrong=wrong)


async def close_reminder(exchange: Exchange) -> Response:
    """Close what of the last wave still waits."""
    await exchange.jobs.call(remind.take_back, exchange.place, None, silent)
    return exchange.go("result", query={"done": "closed"})


routes = [
    get("/c/{campaign:int}/result", "result", show),
    get("/c/{campaign:int}/result/map.svg", "result-map", drawn),
    get("/c/{campaign:int}/result/report.csv", "result-table", table),
    post("/c/{campaign:int}/result/publish", "result-publish", publish),
    get("/c/{campaign:int}/result/report.zip", "result-published", published),
    get("/c/{campaign:int}/result/reminder", "reminder", reminder),
    post("/c/{campaign:int}/result/reminder/open", "reminder-open", open_reminder),
    post("/c/{campaign:int}/result/reminder/close", "reminder-close", close_reminder),
]
