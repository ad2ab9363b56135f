"""The whole of `status`: where a campaign stands, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

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
from merge.words.statuses import listed, where_it_stands

if TYPE_CHECKING:
    from datetime import date

    from merge.app.status import Overview


def overview(seen: Overview) -> Iterator[str]:
    """Each thing that it says, on a line or more of its own."""
    n = seen.counts.recipients
    title = ngettext("“{name}”: {n} recipient", "“{name}”: {n} recipients", n)
    begin = title.format(name=seen.name, n=n), where_it_stands(seen.counts)
    yield "\n".join((*begin, *listed(seen.unreachable)))
    if seen.came_back:
        yield "\n".join((_("Refused or come back:"), *listed(seen.came_back)))
    if seen.answered:
        yield answers.figures(seen.tally)
        yield "\n".join(listed(seen.answered))
    for each in seen.todos:
        yield todo(each.code)
    if seen.tally.unread:
        yield answers.to_read(seen.tally.unread)
    if seen.stops:
        yield replies.stops(seen.stops)
    if seen.undecided_replies:
        yield replies.waiting(seen.undecided_replies)
    if seen.pause:
        yield troubles.explain(seen.pause)
    if seen.came_back_because_of_us:
        yield replies.because_of_us_listed(seen.came_back_because_of_us)
    for lot in seen.lots:
        yield lots.lot_line(lot)
    if seen.to_keep:
        yield from envelopes.lines(seen.to_keep)
    if seen.erase_since:
        yield _time_to_erase(seen.erase_since)
    if seen.machines:
        at_work = (f"    {line}" for line in machines.lines(seen.machines, seen.zone))
        yield "\n".join((_("Machines:"), *at_work))


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
