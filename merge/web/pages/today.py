"""Today: the one next thing, what goes on, what has happened. Opening it reads the mailbox."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from merge.app import overview
from merge.app.inbox import TO_DECIDE, CaseKind
from merge.app.opening import now
from merge.app.overview import READS_EVERY, MailboxState, Overview, UnreadReason
from merge.errors import ExitCode, Trouble
from merge.job import JobState, trouble_of
from merge.model import Status
from merge.web.exchange import Exchange, get, post
from merge.web.pages.inbox import KINDS
from merge.words import dates, envelopes, machines, sending, statuses, troubles
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
"""The most urgent step, by its code in `overview.todos`: a sentence, a button, the page it leads
to."""

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
    """What waits, what goes on, what has happened; the mailbox is read meanwhile.

    Whoever waits for that is told nothing until it is read.
    """
    box = overview.mailbox(exchange.campaign)
    if exchange.is_swap and _is_being_read(exchange, box):
        return Response(status_code=204)
    if box.is_named and not box.is_being_read and not exchange.is_swap:
        _read(exchange, box)
        await asyncio.sleep(0)  # it is asked before the page is made
    return exchange.see("today.html", **_view(exchange))


async def read(exchange: Exchange) -> Response:
    """Read the mailbox now, however lately that was done."""
    box = overview.mailbox(exchange.campaign)
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
    task = asyncio.create_task(exchange.jobs.start(overview.read_mailbox, exchange.place))
    exchange.site.readings[exchange.place] = ReadingTry(at_s=time.monotonic(), task=task)


def _is_being_read(exchange: Exchange, box: MailboxState) -> bool:
    known = exchange.site.readings.get(exchange.place)
    return box.is_being_read or bool(known and not known.task.done())


def _view(exchange: Exchange) -> dict[str, Any]:
    day = overview.look(exchange.campaign, now(), overview.note_visit(exchange.campaign))
    n = sum(day.waits[each] for each in TO_DECIDE)
    exchange.glance = overview.Glance(name=day.name, counts=day.counts, waiting=n)
    code = day.todos[0]
    if code in ("send", "send-again") and day.sending and day.sending.goes_on:
        code = "sending"  # they wait for nobody
    sentence, button, page = _NEXT[code]
    first = (translate(sentence), "", translate(button), exchange.url(page))
    rest = _others(exchange, day)
    if cases := _cases(day):
        told = ngettext("{n} thing waits for your decision", "{n} things wait for your decision", n)
        if code not in ("resolve", "decide", "nothing"):
            rest = [(first[0], first[2], first[3]), *rest]
        first = (told.format(n=n), ", ".join(cases), _("Decide"), exchange.url("inbox"))
    return {
        "day": day,
        "first": first,
        "rest": rest,
        "warnings": [
            *troubles.warnings(day.cautions),
            *([troubles.explain(day.pause)] if day.pause else []),
            *envelopes.lines(day.to_keep),
        ],
        "since": dates.at(day.since, day.zone, day.at) if day.since else "",
        "happened": ", ".join(_happened(day)),
        "waits": _waits(day),
        "dates": _dates(day),
        "reading": _is_being_read(exchange, day.mailbox),
        "machines": [*machines.lines(day.machines, day.zone)] if day.machines else (),
        "read": _mailbox(exchange, day),
    }


def _cases(day: Overview) -> list[str]:
    """What is to be decided in the inbox, as its filters call it."""
    said = _("{label}: {value}")
    return [
        said.format(label=translate(KINDS[each][0]), value=n)
        for each in TO_DECIDE
        if (n := day.waits[each])
    ]


def _others(exchange: Exchange, day: Overview) -> list[tuple[str, str, str]]:
    """What else waits for a person: a sentence, what to click, and where that leads."""
    send, lost = exchange.url("send"), exchange.url("inbox", query={"kind": CaseKind.BOUNCE.value})
    held = day.counts.email[Status.HELD] + day.counts.paper[Status.HELD]
    found = (
        (held, _held, _("See what is at fault"), send),
        (len(day.lots), _lots, _("To the paper"), send),
        (day.waits[CaseKind.BOUNCE], _lost, _("Correct them"), lost),
        (day.left_rows, _left_out, _("See which"), exchange.url("recipients") + "#left"),
    )
    return [(words(n), label, address) for n, words, label, address in found if n]


def _lost(n: int) -> str:
    return ngettext(
        "{n} letter reached nobody: another address?",
        "{n} letters reached nobody: another address?",
        n,
    ).format(n=n)


def _left_out(n: int) -> str:
    return ngettext(
        "{n} row of the list was left out.", "{n} rows of the list were left out.", n
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


def _happened(day: Overview) -> list[str]:
    figures = [statuses.figures({each: n}) for each, n in day.happened.items()]
    if day.replied:
        mails = ngettext("{n} mail came in", "{n} mails came in", day.replied)
        figures.append(mails.format(n=day.replied))
    return figures


def _waits(day: Overview) -> str:
    """For what the sending that goes on waits; "" where it does not."""
    seen = day.sending
    if seen is None or seen.record.state is not JobState.WAITING:
        return ""
    told = [event for _n, _at, event in seen.events if event.code in ("waiting", "away")]
    return sending.waits(told[-1].facts, day.at) if told else ""


def _dates(day: Overview) -> list[str]:
    """What comes next, with its date."""
    found, seen = [], day.sending
    if seen and seen.record.state is JobState.KILLED and seen.sending and seen.sending.left:
        n = seen.sending.left
        found.append(
            ngettext(
                "The sending was stopped, {n} letter remains: go on whenever you like.",
                "The sending was stopped, {n} letters remain: go on whenever you like.",
                n,
            ).format(n=n)
        )
    if day.due_at and not (seen and seen.goes_on):
        put_off = _("Letters that were put off may be tried again {when}.")
        found.append(put_off.format(when=dates.at(max(day.due_at, day.at), day.zone, day.at)))
    if day.erase_on:
        erase = _("On {date} what is personal is to be erased.")
        found.append(erase.format(date=dates.day(day.erase_on.isoformat())))
    return found


def _mailbox(exchange: Exchange, day: Overview) -> list[str]:
    """When the mailbox was last read, and what went wrong at the last try."""
    said, box = [], day.mailbox
    if box.read_at:
        when = dates.at(box.read_at, day.zone, day.at)
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
    post("/c/{campaign:int}/today/read", "today-read", read),
]
