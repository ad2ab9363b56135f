"""The whole of `status`: where a campaign stands, what to do next, and what nobody has looked at
yet before letters leave.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from merge.job import Step
from merge.words import (
    answers,
    dates,
    envelopes,
    lots,
    machines,
    replies,
    troubles,
)
from merge.words.language import _, ngettext
from merge.words.statuses import where_it_stands

if TYPE_CHECKING:
    from datetime import date, datetime

    from merge.app.check import Checked
    from merge.app.overview import Overview


def overview(seen: Overview) -> Iterator[str]:
    """Each thing that it says, on a line or more of its own."""
    n = seen.counts.recipients
    title = ngettext("“{name}”: {n} recipient", "“{name}”: {n} recipients", n)
    yield title.format(name=seen.name, n=n)
    yield where_it_stands(seen.counts)
    if seen.counts.unreachable:
        yield _who("--channel", "none")
    if lost := seen.waits["bounce"]:
        yield ngettext(
            "{n} letter was refused or came back.", "{n} letters were refused or came back.", lost
        ).format(n=lost)
        yield _who("--status", "failed", "--status", "bounced", "--status", "returned")
    if seen.tally.answered:
        yield answers.figures(seen.tally)
        yield _who("--answers")
    for each in seen.todos:
        yield todo(each)
    if seen.tally.unread:
        yield answers.to_read(seen.tally.unread)
    if stops := seen.waits["stop"]:
        yield replies.stops(stops)
    if strangers := seen.waits["whose"]:
        yield replies.waiting(strangers)
    if seen.pause:
        yield troubles.explain(seen.pause)
    if refused := seen.waits["refused"]:
        yield replies.because_of_us(refused)
    for lot in seen.lots:
        yield lots.lot_line(lot)
    if seen.to_keep:
        yield from envelopes.lines(seen.to_keep)
    if seen.is_to_erase and seen.erase_on:
        yield _time_to_erase(seen.erase_on)
    if seen.machines:
        at_work = (f"    {line}" for line in machines.lines(seen.machines, seen.zone))
        yield "\n".join((_("Machines:"), *at_work))


def _who(*options: str) -> str:
    return _("    Who: {command}").format(command=Step(command="log", options=options))


def todo(code: str) -> str:
    """One thing left to do, with the command to type."""
    return {
        "write": _("To do: write your letter in letter.md (its subject and its text)"),
        "import": _("To do: publipostage import SHEET"),
        "reach": _("To do: publipostage import SHEET, with their e-mail or postal addresses"),
        "resolve": _(
            "To do: settle those in doubt (publipostage log --status unknown), with publipostage "
            "resolve"
        ),
        "decide": _("To do: decide about what came back because of you (publipostage resolve)"),
        "edit": _("To do: cure those held (publipostage check), with publipostage edit KEY …"),
        "account": _("To do: publipostage account set"),
        "send": _("To do: publipostage send --really"),
        "send-again": _("To do, later: publipostage send --really (those put off)"),
        "sending": _("Another command is sending: wait for it."),
        "print": _("To do: publipostage print"),
        "print-failed": _("To do: publipostage print (for those whose e-mail failed)"),
        "edit-failed": _(
            "To do: another address for those whose e-mail failed and who have no postal one "
            "(publipostage log --status bounced --status failed), with publipostage edit KEY …"
        ),
        "post": _(
            "To do: print the lots that are not printed yet, post them, then publipostage print "
            "--posted LOT"
        ),
        "edit-returned": _(
            "To do: another address for those whose letter came back (publipostage edit KEY …)"
        ),
        "nothing": _("Everyone who can be reached has been written to."),
    }[code]


def _time_to_erase(day: date) -> str:
    """The day that `campaign.retain_until` names has come."""
    return _("Personal data was due for deletion on {day}. To erase it: publipostage purge").format(
        day=dates.day(day.isoformat())
    )


def unseen(n: int) -> str:
    """So many letters go on paper, and nobody has looked at a page of them."""
    return ngettext(
        "{n} letter goes on paper, and nobody has looked at its pages yet.",
        "{n} letters go on paper, and nobody has looked at their pages yet.",
        n,
    ).format(n=n)


def checked(last: Checked, zone: ZoneInfo, now: datetime) -> str:
    """When the last check was, of how many letters, with how many faults."""
    local = last.at.astimezone(zone)
    is_today = local.date() == now.astimezone(zone).date()
    day = _("today") if is_today else dates.on(local.date())
    made = ngettext("{n} letter", "{n} letters", last.letters).format(n=last.letters)
    return _("Checked {day} at {time}: {letters}, at fault: {faults}.").format(
        day=day, time=f"{local:%H:%M}", letters=made, faults=last.faults
    )
