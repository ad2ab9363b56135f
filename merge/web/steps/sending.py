"""The fourth step: what leaves and when, with a yes to it, and the progress of the last sending."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from merge.app import following
from merge.app.chosen import Narrowing
from merge.app.following import FollowedJob
from merge.app.leaving import Sent
from merge.app.opening import now
from merge.app.send import Options
from merge.campaign.forecast import moment_of
from merge.campaign.pace import FIRST_STAGE
from merge.errors import Misuse
from merge.job import Consent, Give, JobRecord, JobState, trouble_of
from merge.model import Counts, Status
from merge.web import frame, work
from merge.web.exchange import Exchange
from merge.web.steps import StepLine, Wrong
from merge.web.tags import look_of
from merge.words import dates, events, machines, sending, statuses
from merge.words.language import _, ngettext
from merge.words.reasons import reason
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
    rest: int = 0  # of that one: so many were agreed to, and have still to leave
    stood: str = ""  # as `_stands` had it when the plan was made
    name: str = field(default_factory=lambda: secrets.token_urlsafe(9))  # carried by its forms


# Progress


def waiting(counts: Counts) -> int:
    """E-mails that have not left."""
    return sum(counts.email[each] for each in _STATES)


def is_live(exchange: Exchange, seen: FollowedJob | None) -> bool:
    """Whether letters leave, or are about to."""
    return _is_starting(exchange) or bool(seen and seen.goes_on)


def line(exchange: Exchange, counts: Counts, seen: FollowedJob | None) -> StepLine:
    """How many e-mails wait or have left."""
    left = waiting(counts)
    if is_live(exchange, seen):
        return StepLine(is_done=False, line="")  # the bar below says it, and is renewed
    if left:
        return StepLine(
            is_done=False, line=ngettext("{n} e-mail", "{n} e-mails", left).format(n=left)
        )
    gone = counts.email[Status.SENT]
    said = (
        ngettext("{n} e-mail has left", "{n} e-mails have left", gone) if gone else _("no e-mail")
    )
    return StepLine(is_done=True, line=said.format(n=gone))


def is_as_it_was(exchange: Exchange) -> bool:
    """What the page that asks shows of the sending still holds, or nearly so."""
    asked, at = exchange.query("state"), exchange.query("at")
    if _is_starting(exchange):
        return True
    row = following.last_sending_record(exchange.campaign)
    if row is None or asked != _state(row):
        return False
    return at.isdecimal() and time.time() - int(at[:15]) < CALM_S


def is_over(exchange: Exchange) -> bool:
    """What was being prepared is refused, or over already: the page is to be asked for anew."""
    row = following.last_sending_record(exchange.campaign)
    return exchange.query("state") == _STARTING and not (row and row.state in following.UNFINISHED)


def progress_view(exchange: Exchange, counts: Counts, seen: FollowedJob | None) -> dict[str, Any]:
    """How the last sending stands."""
    email = counts.email
    view: dict[str, Any] = {
        "job": seen,
        "is_live": seen is not None and seen.goes_on,
        "state": _state(seen.record) if seen else "",
        "at": int(time.time()),
        "waiting": waiting(counts),
        "doubts": email[Status.UNKNOWN],
        "held": email[Status.HELD],
        "back": email[Status.BOUNCED],
    }
    if _is_starting(exchange):
        return view | {"job": None, "is_live": True, "state": _STARTING}
    if seen is None or seen.sending is None:
        return view | {"job": None}
    zone, at = ZoneInfo(seen.settings.campaign.timezone), now()
    progress, ended = seen.sending, _how_it_ended(seen)
    return view | {
        "progress": progress,
        "figures": [
            (statuses.figures({each: n}), look_of(each))
            for each, n in sorted(progress.by_status.items())
            if n and each is not Status.QUEUED
        ],
        "rest": sending.rest(progress.left, seen.settings, progress.days, at)
        if progress.days
        else "",
        "waits": _waits(seen, at),
        "machines": list(machines.lines(seen.machines, zone)) if seen.machines else (),
        "news": _news(seen, zone, at),
        "ended": ended,
        "ways_out": frame.ways_out(exchange, ended.steps) if ended else (),
        "stopped_at": dates.at(progress.last_at or seen.record.at, zone, at),
    }


def _is_starting(exchange: Exchange) -> bool:
    return exchange.place in exchange.site.starting


def _state(row: JobRecord) -> str:
    return f"{row.number}-{row.state}-{row.stop_requested:d}"


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


def plan_view(exchange: Exchange, typed: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The plan that is being agreed to; what to choose, where there is none."""
    draft = exchange.site.plans.get(exchange.place)
    if draft and not draft.is_changed and draft.stood != _stands(exchange):
        del exchange.site.plans[exchange.place]  # to be made anew
        draft = None
    shown: dict[str, Any] = {
        "draft": draft,
        "chosen": typed if typed is not None and "limit" in typed else {"wait": "on"},
        "states": [(each.value, statuses.status(each)) for each in _STATES],
    }
    if draft is None:
        return shown
    planned, at = draft.planned, now()
    plan, settings = planned.plan, planned.settings
    trouble = plan.trouble if plan.trouble and not planned.asked else None
    reason = reason_of(trouble) if trouble else None
    is_the_rest = plan.letters == draft.rest and not planned.is_for_others
    zone = ZoneInfo(settings.campaign.timezone)
    return shown | {
        "typed": typed or {"number": str(plan.letters) if is_the_rest else ""},
        "plan": plan,
        "is_changed": draft.is_changed,
        "is_for_others": planned.is_for_others and plan.letters > 0,
        "reason": reason,
        "ways_out": frame.ways_out(exchange, reason.steps) if reason else (),
        "asked": [
            (want.code, reason_of(why).why, *_asked(exchange, want.option))
            for want, why in planned.asked
        ],
        "told": [
            line
            for event in planned.told
            if event.code in events.ASIDE
            for line in events.told(event, at)
        ],
        "stages": sending.stages(plan.days, zone, at, first=_first_stage(draft)),
        "put_off": sending.put_off(plan.put_off_until, settings, at) if plan.put_off_until else "",
        "pdf_work": sending.pdf_work(plan.letters) if settings.letter.attach_pdf else "",
        "waits": draft.options.wait,
        "everybody": draft.options.narrowing.is_everybody and draft.options.limit is None,
    }


def _first_stage(draft: PlannedSending) -> int:
    is_read = bool(draft.planned.settings.account.imap.host)
    return FIRST_STAGE if draft.planned.is_first and is_read else 0


async def plan(exchange: Exchange) -> Wrong | None:
    """Make the plan for those chosen."""
    limit = _number(exchange.text("limit"))
    if exchange.text("limit").strip() and not limit:
        wrong = {"limit": _("Type a number, such as 10, or leave it empty.")}
        return Wrong(fields=wrong, more={"typed": exchange.typed()})
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
        wrong = {fields[trouble.code]: reason_of(trouble).why}
        return Wrong(fields=wrong, more={"typed": exchange.typed()})
    _keep(exchange, PlannedSending(options=options, consents=(), planned=planned))
    return None


async def begin(exchange: Exchange) -> Wrong | None:
    """Send, if all that the plan asks for was agreed to, and the number that was typed is its."""
    draft = exchange.site.plans.get(exchange.place)
    if draft is None:
        return None
    if exchange.text("draft") != draft.name:
        # Another tab has looked since: what was agreed to here is not what would leave.
        _keep(exchange, replace(draft, is_changed=True, name=secrets.token_urlsafe(9)))
        return None
    planned = draft.planned
    plan, typed = planned.plan, exchange.typed()
    is_due = all(want.give is Give.TYPED for want in plan.wants) or planned.asked
    if plan.servers or not plan.letters or not is_due or (plan.trouble and not planned.asked):
        return None
    wrong = {
        want.code: _("Tick this box if it is so: {question}").format(
            question=_asked(exchange, want.option)[0]
        )
        for want, _why in planned.asked
        if not exchange.text(want.code)
    }
    if _number(exchange.text("number")) != plan.letters:
        said = reason("number-differs", {"typed": exchange.text("number"), "n": plan.letters})
        wrong["number"] = said.why
    options = draft.options
    if typed_at := exchange.text("at").strip():
        zone = ZoneInfo(planned.settings.campaign.timezone)
        try:
            options = replace(options, at=moment_of(typed_at, zone, now()))
        except Misuse as trouble:
            wrong["at"] = reason_of(trouble).why
    if wrong:
        return Wrong(fields=wrong, more={"typed": typed})
    agreed = [want.agreed() for want, _why in planned.asked]
    await _send(exchange, options, [*draft.consents, *agreed, plan.number.agreed()])
    return None


async def go_on(exchange: Exchange) -> None:
    """Make the plan for the rest of the last sending.

    The number is filled in where those who wait are still those who were agreed to. The form must
    be of the last sending.
    """
    seen = following.last_sending(exchange.campaign)
    if seen is None or seen.goes_on or exchange.text("job") != str(seen.record.number):
        return
    rest = seen.sending.left if seen.sending else 0
    consents = [each for each in seen.record.consents if each.code != "letters"]
    options = following.options_of(seen.record)
    if options.limit is not None:
        options = replace(options, limit=rest)
    number = seen.record.number
    planned = await exchange.jobs.call(
        work.plan, exchange.place, options, consents, taken_up=number
    )
    draft = PlannedSending(options=options, consents=consents, planned=planned, rest=rest)
    _keep(exchange, draft)


async def _send(exchange: Exchange, options: Options, consents: Sequence[Consent]) -> None:
    place = exchange.place
    seen = following.last_sending(exchange.campaign)
    if place in exchange.site.starting or (seen and seen.goes_on):
        return
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
        planned = await exchange.jobs.call(work.plan, place, options, ())
        draft = PlannedSending(options=options, consents=(), planned=planned, is_changed=True)
        _keep(exchange, draft)


def pause(exchange: Exchange) -> None:
    """The sending ends after the letter in hand."""
    seen = following.last_sending(exchange.campaign)
    if seen and seen.goes_on:
        following.ask_to_stop(exchange.place, seen.record.number)


def _keep(exchange: Exchange, draft: PlannedSending) -> None:
    exchange.site.plans[exchange.place] = replace(draft, stood=_stands(exchange))


def _stands(exchange: Exchange) -> str:
    """Who waits, as far as it can be told at once."""
    ledger = exchange.campaign.ledger
    return f"{ledger.list_version()} {[ledger.counts().email[each] for each in _STATES]}"


def _asked(exchange: Exchange, option: str) -> tuple[str, str, str]:
    """The label of the box for this consent, and the link to what a person should look at first."""
    step = exchange.url("send", query={"step": "test"})
    label, words, url = {
        "--untested": (
            _("Do without a test letter to myself."),
            _("Send a test letter first"),
            step,
        ),
        "--accept-edit": (
            _("I have looked at the changed letter: go on with it."),
            _("Look at the letter first"),
            exchange.url("letter"),
        ),
        "--accept-bounces": (
            _("I have looked why letters came back: go on."),
            _("Look at what came back first"),
            exchange.url("inbox"),
        ),
    }[option]
    return label, words, url


def _words(text: str) -> tuple[str, ...]:
    return tuple(filter(None, _WORD.split(text)))


def _number(text: str) -> int:
    """A number as people type it, "1 117"; 0 for what is none."""
    digits = _DIGITS.sub("", text)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 0
