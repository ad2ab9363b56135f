"""Send: the plan, its consents, and the progress of the last sending."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import Response

from merge.app import following, status
from merge.app.chosen import Narrowing
from merge.app.following import FollowedJob
from merge.app.forecast import moment_of
from merge.app.leaving import Sent
from merge.app.opening import now
from merge.app.send import Options, Plan
from merge.errors import Misuse
from merge.job import Consent, Give, JobRecord, JobState, Want, trouble_of
from merge.model import Status
from merge.web import frame, work
from merge.web.exchange import Exchange, get, post
from merge.web.tags import look_of
from merge.words import dates, events, machines, sending, servers, statuses
from merge.words.language import _
from merge.words.reasons import reason, typed
from merge.words.reasons.form import Reason
from merge.words.troubles import reason_of, unexpected_in_job

CALM_S = 15
"""Seconds between two updates of the progress; a change of state is shown at once."""

_STARTING = "starting"
_STATES = (Status.QUEUED, Status.DEFERRED, Status.HELD)
_WORD = re.compile(r"[\s,;]+")
_DIGITS = re.compile(r"[\s\u00a0\u202f.,']")


@dataclass(frozen=True, kw_only=True)
class PlannedSending:
    """A plan that is being agreed to: options, consents given, and what would be sent."""

    options: Options
    consents: Sequence[Consent]
    planned: work.Planned
    is_changed: bool = False  # since the last consent
    taken_up: int | None = None  # the row of the sending that is to go on
    rest: int = 0  # of that one: so many were agreed to, and have still to leave
    name: str = field(default_factory=lambda: secrets.token_urlsafe(9))  # carried by its forms


# Progress


def show(exchange: Exchange) -> Response:
    """The progress of the last sending, and the form for another."""
    return _stands(exchange, {})


def part(exchange: Exchange) -> Response:
    """The part that changes by itself, for htmx; 204 while nothing is worth a swap."""
    asked, at = exchange.query("state"), exchange.query("at")
    if _is_starting(exchange):
        return Response(status_code=204)
    row = following.last_sending_record(exchange.campaign)
    if asked == _STARTING and not (row and row.state in following.UNFINISHED):
        return Response(status_code=204, headers={"HX-Refresh": "true"})  # it is over, or refused
    is_same = row is not None and asked == _state(row)
    if is_same and at.isdecimal() and time.time() - int(at[:15]) < CALM_S:
        return Response(status_code=204)
    seen = following.last_sending(exchange.campaign)
    return exchange.see("_sending.html", 200, is_part=True, **_view(exchange, seen))


def _stands(exchange: Exchange, wrong: dict[str, str]) -> Response:
    seen = following.last_sending(exchange.campaign)
    chosen = exchange.typed() if wrong else {"wait": "on"}
    return exchange.see(
        "send.html",
        422 if wrong else 200,
        wrong=wrong,
        typed=chosen,
        states=[(each.value, statuses.status(each)) for each in _STATES],
        still=exchange.query("still") == "1",
        is_part=False,
        **_view(exchange, seen),
    )


def _view(exchange: Exchange, seen: FollowedJob | None) -> dict[str, Any]:
    glance = status.glance(exchange.campaign)
    email = glance.counts.email
    view: dict[str, Any] = {
        "seen": seen,
        "is_live": seen is not None and seen.goes_on,
        "state": _state(seen.record) if seen else "",
        "at": int(time.time()),
        "waiting": sum(email[each] for each in _STATES),
        "account": glance.account,
        "doubts": email[Status.UNKNOWN],
        "held": email[Status.HELD],
        "back": email[Status.BOUNCED],
        "to_print": glance.counts.paper[Status.QUEUED],
    }
    if _is_starting(exchange):
        return view | {"seen": None, "is_live": True, "state": _STARTING}
    if seen is None or seen.sending is None:
        return view | {"seen": None}
    zone, at = ZoneInfo(seen.settings.campaign.timezone), now()
    progress, ended = seen.sending, _how_it_ended(seen)
    return view | {
        "progress": progress,
        "figures": [
            (statuses.figures({each: n}), look_of(each))
            for each, n in sorted(progress.by_status.items())
            if n and each is not Status.QUEUED
        ],
        "rate": _rate(seen),
        "rest": sending.rest(progress.left, seen.settings, progress.days, at)
        if progress.days
        else "",
        "waits": _waits(seen, at),
        "machines": list(machines.lines(seen.machines, zone)) if seen.machines else (),
        "news": _news(seen, zone, at),
        "latest": [
            (
                f"{each.at.astimezone(zone):%H:%M:%S}",
                progress.names.get(each.key, each.key),
                exchange.url("recipient", number=progress.numbers[each.key]),
                statuses.status(each.status),
                look_of(each.status),
            )
            for each in progress.latest
        ],
        "ended": ended,
        "ways_out": frame.ways_out(exchange, ended.steps) if ended else (),
        "stopped_at": dates.at(progress.last_at or seen.record.at, zone, at),
        "command": _command(following.options_of(seen.record)),
    }


def _is_starting(exchange: Exchange) -> bool:
    return exchange.place in exchange.site.starting


def _state(row: JobRecord) -> str:
    return f"{row.number}-{row.state}-{row.stop_requested:d}"


def _rate(seen: FollowedJob) -> int:
    """Letters per minute; 0 while it cannot be told."""
    progress = seen.sending
    minutes = progress.window.total_seconds() / 60 if progress else 0
    return round(progress.sent_in_window / minutes) if progress and minutes >= 1 else 0


def _waits(seen: FollowedJob, at: datetime) -> str:
    if seen.record.state is not JobState.WAITING:
        return ""
    last = [event for _n, _at, event in seen.events if event.code in ("waiting", "away")]
    return sending.waits(last[-1].facts, at) if last else ""


def _news(seen: FollowedJob, zone: ZoneInfo, at: datetime) -> list[tuple[str, list[str]]]:
    """The job's messages with their times, newest first."""
    return [
        (dates.at(told_at, zone, at), list(events.told(event, at)))
        for _n, told_at, event in reversed(seen.events)
        if event.code in events.ASIDE
    ]


def _how_it_ended(seen: FollowedJob) -> Reason | None:
    """Why it ended early, and what to do next; None where it finished, or goes on."""
    result = seen.record.result
    if "why" in result:
        return reason_of(trouble_of(result["why"]))
    if result.get("trouble") == "unexpected":
        return unexpected_in_job(result.get("kind", ""))
    why = sending.why_it_ended(result.get("stopped_by", ""), seen.settings.account)
    return Reason(why=why, remedy="") if why else None


# The plan


async def plan(exchange: Exchange) -> Response:
    """Make the plan for those chosen."""
    limit = _number(exchange.text("limit"))
    if exchange.text("limit").strip() and not limit:
        wrong = {"limit": _("Type a number, such as 10, or leave it empty.")}
        return _stands(exchange, wrong)
    narrowing = Narrowing(
        departments=_words(exchange.text("department")),
        communes=tuple(filter(None, map(str.strip, exchange.text("commune").splitlines()))),
        statuses=tuple(each for each in _STATES if each.value in exchange.texts("state")),
    )
    options = Options(narrowing=narrowing, limit=limit or None, wait=bool(exchange.text("wait")))
    try:
        planned = await exchange.jobs.call(work.plan, exchange.place, options, ())
    except Misuse as trouble:
        fields = {"nobody-called": "commune", "no-such-department": "department"}
        if trouble.code not in fields:
            raise
        return _stands(exchange, {fields[trouble.code]: reason_of(trouble).why})
    return _drafted(exchange, PlannedSending(options=options, consents=(), planned=planned))


async def agree(exchange: Exchange) -> Response:
    """Give one consent, and make the plan anew."""
    draft = _posted(exchange)
    if isinstance(draft, Response):
        return draft
    wants = draft.planned.plan.wants
    if not (exchange.text("agreed") and wants):
        return _shown(exchange, draft, {"agreed": _("Tick this box to go on, or leave the page.")})
    (want,) = wants
    consents, approved, looked_at = list(draft.consents), [], None
    if draft.planned.plan.servers:
        approved = [each.now for each in draft.planned.plan.servers]
    elif want.option == "--accept-bounces":
        looked_at = want
    else:
        consents.append(want.agreed())
    planned = await exchange.jobs.call(
        work.plan,
        exchange.place,
        draft.options,
        consents,
        approved=approved,
        looked_at=looked_at,
        taken_up=draft.taken_up,
    )
    agreed = replace(
        draft, consents=consents, planned=planned, is_changed=False, name=secrets.token_urlsafe(9)
    )
    return _drafted(exchange, agreed)


async def begin(exchange: Exchange) -> Response:
    """Send, if the number that was typed is that of the plan."""
    draft = _posted(exchange)
    if isinstance(draft, Response):
        return draft
    plan = draft.planned.plan
    if plan.trouble or any(want.give is not Give.TYPED for want in plan.wants):
        return exchange.go("send-plan")
    if _number(exchange.text("number")) != plan.letters:
        wrong = reason("number-differs", {"typed": exchange.text("number"), "n": plan.letters})
        return _shown(exchange, draft, {"number": wrong.why})
    options = draft.options
    if typed_at := exchange.text("at").strip():
        zone = ZoneInfo(draft.planned.settings.campaign.timezone)
        try:
            options = replace(options, at=moment_of(typed_at, zone, now()))
        except Misuse as trouble:
            return _shown(exchange, draft, {"at": reason_of(trouble).why})
    consents = [*draft.consents, *(want.agreed() for want in plan.wants)]
    return await _send(exchange, options, consents)


async def go_on(exchange: Exchange) -> Response:
    """Make the plan for the rest of the last sending.

    The number is filled in where those who wait are still those who were agreed to. The form must
    be of the last sending.
    """
    seen = following.last_sending(exchange.campaign)
    if seen is None or seen.goes_on or exchange.text("job") != str(seen.record.number):
        return exchange.go("send")
    rest = seen.sending.left if seen.sending else 0
    consents = [each for each in seen.record.consents if each.code != "letters"]
    options = following.options_of(seen.record)
    if options.limit is not None:
        options = replace(options, limit=rest)
    number = seen.record.number
    planned = await exchange.jobs.call(
        work.plan, exchange.place, options, consents, taken_up=number
    )
    return _drafted(
        exchange,
        PlannedSending(
            options=options, consents=consents, planned=planned, taken_up=number, rest=rest
        ),
    )


async def _send(exchange: Exchange, options: Options, consents: Sequence[Consent]) -> Response:
    place = exchange.place
    seen = following.last_sending(exchange.campaign)
    if place in exchange.site.starting or (seen and seen.goes_on):
        return exchange.go("send")
    # Before anything is awaited: the same plan posted from a second tab finds it gone.
    draft = exchange.site.plans.pop(place, None)
    exchange.site.starting.add(place)
    try:
        begun: int | Sent = await exchange.jobs.start(work.send, place, options, consents)
    except Exception:
        if draft is not None:
            exchange.site.plans.setdefault(place, draft)
        raise
    finally:
        exchange.site.starting.discard(place)
    if isinstance(begun, Sent):  # something has changed since
        kept = [each for each in consents if each.code != "letters"]
        planned = await exchange.jobs.call(work.plan, place, options, kept)
        return _drafted(
            exchange,
            PlannedSending(options=options, consents=kept, planned=planned, is_changed=True),
        )
    return exchange.go("send")


def pause(exchange: Exchange) -> Response:
    """The sending ends after the letter in hand."""
    seen = following.last_sending(exchange.campaign)
    if seen and seen.goes_on:
        following.ask_to_stop(exchange.place, seen.record.number)
    return exchange.go("send")


def show_plan(exchange: Exchange) -> Response:
    """Show the plan; the form where none was made."""
    draft = exchange.site.plans.get(exchange.place)
    return exchange.go("send") if draft is None else _shown(exchange, draft, {})


def _drafted(exchange: Exchange, draft: PlannedSending) -> Response:
    exchange.site.plans[exchange.place] = draft
    return exchange.go("send-plan")


def _posted(exchange: Exchange) -> PlannedSending | Response:
    """The plan that the form was made of, else the response that leads to the current one."""
    draft = exchange.site.plans.get(exchange.place)
    if draft is None:
        return exchange.go("send")
    if exchange.text("draft") == draft.name:
        return draft
    # Another tab has looked since: what was agreed to here is not what would leave.
    return _drafted(exchange, replace(draft, is_changed=True))


def _shown(exchange: Exchange, draft: PlannedSending, wrong: dict[str, str]) -> Response:
    planned, at = draft.planned, now()
    plan, settings = planned.plan, planned.settings
    reason = reason_of(plan.trouble) if plan.trouble else None
    is_the_rest = plan.letters == draft.rest and not planned.is_for_others
    return exchange.see(
        "send_plan.html",
        422 if wrong else 200,
        wrong=wrong,
        typed=exchange.typed() or {"number": plan.letters if is_the_rest else ""},
        plan=plan,
        draft=draft.name,
        is_changed=draft.is_changed,
        is_for_others=planned.is_for_others and plan.letters > 0,
        reason=reason,
        ways_out=frame.ways_out(exchange, reason.steps) if reason else (),
        want=_asked(plan),
        servers=[
            list(servers.told(each.now, each.before, with_password=each.with_password))
            for each in plan.servers
        ],
        told=[
            line
            for event in planned.told
            if event.code in events.ASIDE
            for line in events.told(event, at)
        ],
        forecast=sending.forecast(plan.letters, settings, plan.days, at) if plan.letters else "",
        put_off=sending.put_off(plan.put_off_until, settings, at) if plan.put_off_until else "",
        pdf_work=sending.pdf_work(plan.letters) if settings.letter.attach_pdf else "",
        look=_first_look(exchange, plan),
        is_first=planned.is_first and bool(settings.account.imap.host),
        waits=draft.options.wait,
        everybody=draft.options.narrowing.is_everybody and draft.options.limit is None,
        command=_command(draft.options, draft.consents),
    )


def _asked(plan: Plan) -> str:
    """The label of the box for the next consent; "" where a number is typed, or none is due."""
    want: Want | None = next(iter(plan.wants), None)
    if want is None or want.give is Give.TYPED:
        return ""
    return {
        "servers": _("These are my servers, and my password may go there."),
        "--untested": _("Do without a test letter to myself."),
        "--accept-edit": _("I have looked at the changed letter: go on with it."),
        "--accept-bounces": _("I have looked why letters came back: go on."),
    }[want.code if want.code == "servers" else want.option]


def _first_look(exchange: Exchange, plan: Plan) -> tuple[str, str] | None:
    """The link to what a person should look at before agreeing: label and address."""
    option = plan.wants[0].option if plan.wants else ""
    there = {
        "--untested": ("check", _("Send a test letter to yourself first")),
        "--accept-edit": ("letter", _("Look at the letter first")),
        "--accept-bounces": ("inbox", _("Look at what came back first")),
    }
    name, label = there.get(option, ("", ""))
    return (label, exchange.url(name)) if name else None


def _command(options: Options, consents: Sequence[Consent] = ()) -> str:
    """The line that does the same."""
    agreed = {"letter-untested": "--untested", "letter-changed": "--accept-edit"}
    words = [
        "publipostage send --really",
        *(agreed[each.code] for each in consents if each.code in agreed),
        *(["--wait"] if options.wait else []),
        *([f"--limit {options.limit}"] if options.limit else []),
        *(f"--department {typed(each)}" for each in options.narrowing.departments),
        *(f"--commune {typed(each)}" for each in options.narrowing.communes),
        *(f"--status {each}" for each in options.narrowing.statuses),
    ]
    return " ".join(words)


def _words(text: str) -> tuple[str, ...]:
    return tuple(filter(None, _WORD.split(text)))


def _number(text: str) -> int:
    """A number as people type it, "1 117"; 0 for what is none."""
    digits = _DIGITS.sub("", text)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 0


routes = [
    get("/c/{campaign:int}/send", "send", show),
    get("/c/{campaign:int}/send/part", "send-part", part),
    get("/c/{campaign:int}/send/plan", "send-plan", show_plan),
    post("/c/{campaign:int}/send/plan", "send-look", plan),
    post("/c/{campaign:int}/send/agree", "send-agree", agree),
    post("/c/{campaign:int}/send/begin", "send-begin", begin),
    post("/c/{campaign:int}/send/go-on", "send-go-on", go_on),
    post("/c/{campaign:int}/send/pause", "send-pause", pause),
]
