"""Result: figures, the map, lists to work through, the public report, the reminder."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta

from starlette.exceptions import HTTPException
from starlette.responses import Response

from merge.app import remind, report_map, result, writing
from merge.app.result import CampaignResult
from merge.french.departments import CREDIT
from merge.job import Consent, silent
from merge.model import Status
from merge.web import work
from merge.web.downloads import download
from merge.web.exchange import Exchange, get, number_in, post
from merge.web.lines import shown
from merge.words import answers, events
from merge.words.language import N_, _, ngettext, translate
from merge.words.reasons import typed

WEEKS = 3
"""By default a mayor without an answer is called after so many."""
WAVES_AT_MOST = 9

TITLES: Mapping[str, str] = {
    "unread": N_("Answers to read"),
    "promised": N_("Who has said yes"),
    "call": N_("Whom to call"),
    "bounced": N_("What did not arrive"),
}
HINTS: Mapping[str, str] = {
    "unread": N_("A mail came, and nobody has said yet what it means."),
    "promised": N_("Yes, or yes on conditions: to be thanked, and held to it."),
    "call": N_("Their letter left long ago, and nothing has come back."),
    "bounced": N_("Refused, or sent back: another address helps."),
}
_BACK = " ".join(each.value for each in (Status.FAILED, Status.BOUNCED, Status.RETURNED))
FILES = {"html": "text/html; charset=utf-8", "csv": "text/csv; charset=utf-8"}


def _weeks(exchange: Exchange) -> int:
    given = exchange.query("weeks") or exchange.text("weeks")
    return int(given) if re.fullmatch(r"[1-9][0-9]?", given) else WEEKS


def _in_the_log(weeks: int) -> Mapping[str, Mapping[str, object]]:
    """The address of each list in the log."""
    return {
        "unread": {"answer": "unread"},
        "promised": {"answer": "yes conditions"},
        "call": {"answer": "none", "weeks": weeks},
        "bounced": {"state": _BACK},
    }


def _commands(weeks: int) -> Mapping[str, str]:
    return {
        "unread": "publipostage log --answer unread",
        "promised": "publipostage log --answer yes --answer conditions",
        "call": f"publipostage log --answer none --after {weeks}w",
        "bounced": "publipostage log --status failed --status bounced --status returned",
    }


def show(exchange: Exchange) -> Response:
    """The page."""
    weeks = _weeks(exchange)
    found = result.look(exchange.campaign, timedelta(weeks=weeks))
    return exchange.see(
        "result.html",
        found=found,
        figures=list(answers.counted(found.tally)),
        lists=[
            (
                name,
                translate(title),
                translate(HINTS[name]),
                found.lists[name].total,
                [shown(line, found.zone) for line in found.lists[name].lines],
                exchange.url("log", query=_in_the_log(weeks)[name]),
                _commands(weeks)[name],
            )
            for name, title in TITLES.items()
        ]
        + [
            (
                f"said-{place}",
                wording,
                _("Those who have answered so."),
                found.lists[f"said {wording}"].total,
                [shown(line, found.zone) for line in found.lists[f"said {wording}"].lines],
                exchange.url("log", query={"answer": wording}),
                f"publipostage log --answer {typed(wording)}",
            )
            for place, wording in enumerate(found.wordings, start=1)
        ],
        departments=[
            (report_map.named(each.code), each.code, each.tally)
            for each in found.departments
            if each.tally.written or each.tally.answered
        ],
        by_department=found.is_to_communes or any(each.code for each in found.departments),
        legend=report_map.legend(),
        credit=CREDIT,
        weeks=weeks,
        next_step=_next_step(exchange, found),
        names_consent=answers.names_people(found.name),
        done=exchange.query("done") == "closed",
    )


def _next_step(exchange: Exchange, found: CampaignResult) -> tuple[str, str, str]:
    """A sentence, what to click, and where that leads."""
    unread, call = found.lists["unread"], found.lists["call"]
    if unread.total:
        n = unread.total
        told = ngettext("{n} answer waits to be read.", "{n} answers wait to be read.", n)
        return told.format(n=n), _("Read them"), "#unread"
    if call.total:
        n = call.total
        told = ngettext(
            "{n} recipient has not answered: call, or write once more.",
            "{n} recipients have not answered: call, or write once more.",
            n,
        )
        return told.format(n=n), _("Prepare a reminder"), exchange.url("reminder")
    return _("Nothing waits here now."), _("Look at the log"), exchange.url("log")


def drawn(exchange: Exchange) -> Response:
    """The map, as a picture that loads nothing and names nobody."""
    picture = result.map_svg(exchange.campaign)
    if not picture:
        raise HTTPException(404)
    headers = {"Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'"}
    return Response(picture, media_type="image/svg+xml", headers=headers)


async def report(exchange: Exchange) -> Response:
    """The public report: to look at in a shut frame, or as a file."""
    form = exchange.request.path_params["form"]
    if form not in FILES:
        raise HTTPException(404)
    names = exchange.query("names") == "1"
    name = (_("report-names.{form}") if names else _("report.{form}")).format(form=form)
    content = await exchange.jobs.call(work.public_report, exchange.place, form, name, names=names)
    return download(content, name, FILES[form])


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
        foreign_reminder=writing.has_foreign_reminder(exchange.campaign),
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
        return exchange.go("reminder-opened", query={"wave": wave, "n": plan.opened})
    wrong = {"yes": _("Something has changed since you saw it. This is how it is now.")}
    return _reminder_page(exchange, wave, weeks, plan, status=409, wrong=wrong)


def opened(exchange: Exchange) -> Response:
    """That it is open, and what comes next."""
    return exchange.see("reminder_opened.html", n=number_in(exchange.query("n")) or 0)


async def close_reminder(exchange: Exchange) -> Response:
    """Close what of the last wave still waits."""
    await exchange.jobs.call(remind.take_back, exchange.place, None, silent)
    return exchange.go("result", query={"done": "closed"})


routes = [
    get("/c/{campaign:int}/result", "result", show),
    get("/c/{campaign:int}/result/map.svg", "result-map", drawn),
    get("/c/{campaign:int}/result/report/{form}", "result-report", report),
    get("/c/{campaign:int}/result/reminder", "reminder", reminder),
    post("/c/{campaign:int}/result/reminder/open", "reminder-open", open_reminder),
    get("/c/{campaign:int}/result/reminder/opened", "reminder-opened", opened),
    post("/c/{campaign:int}/result/reminder/close", "reminder-close", close_reminder),
]
