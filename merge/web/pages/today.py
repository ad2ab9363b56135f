"""Today: a campaign's first page. Opening it reads the mailbox, by a job."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import Response

from merge.app import today
from merge.app.inbox import CaseKind
from merge.app.opening import now
from merge.app.today import READS_EVERY, MailboxState, Today, UnreadReason
from merge.errors import ExitCode, Trouble
from merge.job import JobState, trouble_of
from merge.model import Status
from merge.web.exchange import Exchange, get, post
from merge.words import dates, machines, sending, statuses, troubles
from merge.words.language import N_, _, ngettext, translate

_NEXT: Mapping[str, tuple[str, str, str]] = {
    "write": (N_("The letter has still to be written."), N_("To the letter"), "letter"),
    "import": (N_("Nobody is on the list yet."), N_("To the recipients"), "recipients"),
    "reach": (N_("Nobody on the list can be reached."), N_("To the recipients"), "recipients"),
    "resolve": (N_("Some letters are in doubt."), N_("Look at them"), "inbox"),
    "decide": (N_("Some letters came back because of us."), N_("Look at them"), "inbox"),
    "edit": (N_("Some letters are held."), N_("See what is at fault"), "send"),
    "account": (
        N_("It is not said yet which mailbox the letters leave from."),
        N_("To the mailbox"),
        "send",
    ),
    "send": (N_("Letters wait to leave by e-mail."), N_("To the sending"), "send"),
    "send-again": (N_("Letters were put off, and are tried again."), N_("To the sending"), "send"),
    "sending": (N_("Letters are leaving."), N_("See how far it is"), "send"),
    "print": (N_("Letters wait to be printed."), N_("To the paper"), "send"),
    "print-failed": (
        N_("E-mails that came to nothing can go on paper."),
        N_("To the paper"),
        "send",
    ),
    "edit-failed": (
        N_("Some letters need another address."),
        N_("To the recipients"),
        "recipients",
    ),
    "post": (N_("Letters wait to be posted."), N_("To the paper"), "send"),
    "edit-returned": (N_("The post brought letters back."), N_("To the recipients"), "recipients"),
    "nothing": (N_("Everybody has been written to."), N_("See what came of it"), "result"),
}
"""The most urgent step, by the code of `Todo`: a sentence, a button, the page that it leads to."""

_UNREAD: Mapping[UnreadReason, str] = {
    "none": N_("No mailbox is read here: answers and letters that come back are not seen."),
    "too-early": "",
    "server": N_("The mailbox was not read: nobody has approved its server yet."),
    "password": N_("The mailbox was not read: its password is not there."),
}


@dataclass(kw_only=True)
class ReadingTry:
    """A job of this server that reads a mailbox."""

    at_s: float  # by the monotonic clock
    task: asyncio.Task[int | UnreadReason | None]

    @property
    def why(self) -> UnreadReason | Trouble | None:
        """Why it was not read; None while that is not known."""
        if not self.task.done() or self.task.cancelled():
            return None
        error = self.task.exception()
        if isinstance(error, Trouble):
            return error
        came = None if error else self.task.result()
        return came if isinstance(came, str) else None


async def show(exchange: Exchange) -> Response:
    """What waits, what has happened, what goes on by itself; the mailbox is read meanwhile."""
    box = today.mailbox(exchange.campaign)
    if box.is_named and not box.is_being_read:
        _read(exchange, box)
        await asyncio.sleep(0)  # it is asked before the page is made
    return exchange.see("today.html", 200, is_part=False, **_view(exchange))


def part(exchange: Exchange) -> Response:
    """The same once the mailbox has been read; 204 until then."""
    if _is_being_read(exchange, today.mailbox(exchange.campaign)):
        return Response(status_code=204)
    return exchange.see("_today.html", 200, is_part=True, **_view(exchange))


async def read(exchange: Exchange) -> Response:
    """Read the mailbox now, however lately that was done."""
    box = today.mailbox(exchange.campaign)
    if box.is_named and not box.is_being_read:
        _read(exchange, box, now_please=True)
        await asyncio.sleep(0)  # it is asked before the page is made
    return exchange.go("today")


def _read(exchange: Exchange, box: MailboxState, *, now_please: bool = False) -> None:
    """Start reading, unless a reading is at work or was just tried."""
    known = exchange.site.readings.get(exchange.place)
    seconds = READS_EVERY.total_seconds()
    if known and not known.task.done():
        return
    is_fresh = known is not None and time.monotonic() - known.at_s < seconds
    is_read = box.last is not None and now() - box.last.at < READS_EVERY
    if (is_fresh or is_read) and not now_please:
        return
    task = asyncio.create_task(exchange.jobs.start(today.read_mailbox, exchange.place))
    exchange.site.readings[exchange.place] = ReadingTry(at_s=time.monotonic(), task=task)


def _is_being_read(exchange: Exchange, box: MailboxState) -> bool:
    known = exchange.site.readings.get(exchange.place)
    return box.is_being_read or bool(known and not known.task.done())


def _view(exchange: Exchange) -> dict[str, Any]:
    day = today.look(exchange.campaign, today.note_visit(exchange.campaign))
    zone, at = ZoneInfo(day.settings.campaign.timezone), now()
    sentence, button, page = _NEXT[day.todo.code]
    return {
        "day": day,
        "left_out": _left_out(day.left_rows),
        "warnings": list(troubles.warnings(day.cautions)),
        "waits": [(line, exchange.url(page)) for line, page in _waits(day)],
        "since": dates.at(day.since, zone, at) if day.since else "",
        "happened": _happened(day),
        "going": [(line, exchange.url(page)) for line, page in _going(day, at)],
        "dates": _dates(day, zone, at),
        "reading": _is_being_read(exchange, day.mailbox),
        "machines": list(machines.lines(day.machines, zone)) if day.machines else (),
        "read": _mailbox(exchange, day.mailbox, zone, at),
        "step": (translate(sentence), translate(button), exchange.url(page)),
        "counts": [
            (n, label)
            for n, label in (
                (day.counts.recipients, _("on the list")),
                (day.counts.email[Status.SENT], _by_email(day.counts.email[Status.SENT])),
                (day.counts.paper[Status.POSTED], _("in the post")),
                (_to_go(day), _("still to go")),
            )
            if n
        ],
    }


def _by_email(n: int) -> str:
    return ngettext("sent by e-mail", "sent by e-mail", n)


def _to_go(day: Today) -> int:
    email, paper = day.counts.email, day.counts.paper
    waiting = (Status.QUEUED, Status.DEFERRED, Status.HELD)
    return sum(by.get(each, 0) for by in (email, paper) for each in waiting)


def _waits(day: Today) -> list[tuple[str, str]]:
    """What waits for a person, and the page where it is decided."""
    waits, email = day.waits, day.counts.email
    say = (
        (waits[CaseKind.DOUBT], "inbox", _doubts),
        (waits[CaseKind.STOP], "inbox", _stops),
        (waits[CaseKind.WHOSE], "inbox", _strangers),
        (waits[CaseKind.ANSWER], "inbox", _answers),
        (waits[CaseKind.REFUSED], "inbox", _refused),
        (email[Status.HELD] + day.counts.paper[Status.HELD], "send", _held),
        (day.lots_to_post, "send", _lots),
    )
    return [(words(n), page) for n, page, words in say if n]


def _left_out(n: int) -> str:
    if not n:
        return ""
    return ngettext(
        "{n} row of the list was left out.", "{n} rows of the list were left out.", n
    ).format(n=n)


def _doubts(n: int) -> str:
    return ngettext(
        "{n} letter in doubt: was it sent?", "{n} letters in doubt: were they sent?", n
    ).format(n=n)


def _stops(n: int) -> str:
    return ngettext(
        "{n} mail that seems to ask for no more letters",
        "{n} mails that seem to ask for no more letters",
        n,
    ).format(n=n)


def _strangers(n: int) -> str:
    return ngettext(
        "{n} mail of which nobody knows whose it is",
        "{n} mails of which nobody knows whose they are",
        n,
    ).format(n=n)


def _answers(n: int) -> str:
    return ngettext("{n} answer to read", "{n} answers to read", n).format(n=n)


def _refused(n: int) -> str:
    return ngettext(
        "{n} letter that came back because of us", "{n} letters that came back because of us", n
    ).format(n=n)


def _held(n: int) -> str:
    return ngettext(
        "{n} letter held, in which something is not right",
        "{n} letters held, in which something is not right",
        n,
    ).format(n=n)


def _lots(n: int) -> str:
    return ngettext("{n} lot that is not posted yet", "{n} lots that are not posted yet", n).format(
        n=n
    )


def _happened(day: Today) -> list[str]:
    figures = [statuses.figures({each: n}) for each, n in day.happened.items()]
    if day.replied:
        mails = ngettext("{n} mail came in", "{n} mails came in", day.replied)
        figures.append(mails.format(n=day.replied))
    return figures


def _going(day: Today, at: datetime) -> list[tuple[str, str]]:
    """What goes on by itself, and its page."""
    found = []
    seen = day.sending
    if seen and seen.sending and seen.goes_on:
        line = ngettext(
            "The sending: {n} letter of {of} has left.",
            "The sending: {n} letters of {of} have left.",
            seen.sending.sent,
        ).format(n=seen.sending.sent, of=seen.sending.agreed)
        told = [event for _n, _at, event in seen.events if event.code in ("waiting", "away")]
        if seen.record.state is JobState.WAITING and told:
            line = f"{line} {sending.waits(told[-1].facts, at)}"
        found.append((line, "send"))
    return found


def _dates(day: Today, zone: ZoneInfo, at: datetime) -> list[str]:
    """What comes next, with its date."""
    found = []
    goes_on = day.sending is not None and day.sending.goes_on
    if day.sending and day.sending.record.state is JobState.KILLED and day.sending.sending:
        n = day.sending.sending.left
        stopped = ngettext(
            "The sending was stopped, {n} letter remains: go on whenever you like.",
            "The sending was stopped, {n} letters remain: go on whenever you like.",
            n,
        )
        found += [stopped.format(n=n)] if n else []
    if day.due_at and not goes_on:
        put_off = _("Letters that were put off may be tried again {when}.")
        found.append(put_off.format(when=dates.at(max(day.due_at, at), zone, at)))
    if day.erase_on:
        erase = _("On {date} what is personal is to be erased.")
        found.append(erase.format(date=dates.day(day.erase_on.isoformat())))
    return found


def _mailbox(exchange: Exchange, box: MailboxState, zone: ZoneInfo, at: datetime) -> list[str]:
    """When the mailbox was last read, and what went wrong at the last try."""
    said = []
    if box.read_at:
        when = dates.at(box.read_at, zone, at)
        said.append(_("The mailbox was last read {when}.").format(when=when))
    elif not box.is_named:
        said.append(translate(_UNREAD["none"]))
    known = exchange.site.readings.get(exchange.place)
    why = known.why if known else None
    last = box.last.result if box.last and box.last.exit_code not in (None, ExitCode.DONE) else {}
    if isinstance(why, Trouble):
        said.append(troubles.mailbox_trouble(why))
    elif why:
        said.append(translate(_UNREAD[why]))
    elif "why" in last:
        said.append(troubles.mailbox_trouble(trouble_of(last["why"])))
    return [line for line in said if line]


routes = [
    get("/c/{campaign:int}/today", "today", show),
    get("/c/{campaign:int}/today/part", "today-part", part),
    post("/c/{campaign:int}/today/read", "today-read", read),
]
