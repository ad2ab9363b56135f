"""What a person has not looked at yet, before letters leave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from merge.words import dates
from merge.words.language import N_, _, ngettext, translate

if TYPE_CHECKING:
    from datetime import datetime

    from merge.app.readiness import Checked, OpenPoint

_OPEN_POINTS: Mapping[str, tuple[str, str]] = {
    "not-checked": (
        N_("The letter waits for {n} recipient, and was never checked."),
        N_("The letters wait for {n} recipients, and were never checked."),
    ),
    "changed-since": (
        N_("The letter or the list has changed since the last check."),
        N_("The letter or the list has changed since the last check."),
    ),
    "notes-open": (
        N_("{n} remark waits for your yes."),
        N_("{n} remarks wait for your yes."),
    ),
    "page-not-seen": (
        N_("{n} letter goes on paper, and nobody has looked at its pages yet."),
        N_("{n} letters go on paper, and nobody has looked at their pages yet."),
    ),
    "pages-not-measured": (
        N_("The pages of {n} letter cannot be measured on this computer."),
        N_("The pages of {n} letters cannot be measured on this computer."),
    ),
    "no-account": (
        N_("{n} letter goes by e-mail, and nobody has said from which mailbox."),
        N_("{n} letters go by e-mail, and nobody has said from which mailbox."),
    ),
    "servers-not-approved": (
        N_("Nobody has said yet that your password may go to this mail server."),
        N_("Nobody has said yet that your password may go to this mail server."),
    ),
    "not-tested": (
        N_("You have not sent this letter to yourself yet."),
        N_("You have not sent this letter to yourself yet."),
    ),
    "no-mailbox": (
        N_("The mailbox cannot be read here: what comes back will not be seen."),
        N_("The mailbox cannot be read here: what comes back will not be seen."),
    ),
    "mailbox-not-read": (
        N_("The mailbox was never read: whether that works is not known yet."),
        N_("The mailbox was never read: whether that works is not known yet."),
    ),
}


def open_point(what: OpenPoint) -> str:
    """The sentence for one open point."""
    one, several = _OPEN_POINTS[what.code]
    said = translate(one) if what.n == 1 else translate(several)
    return said.format(n=what.n)


def checked(last: Checked, zone: ZoneInfo, now: datetime) -> str:
    """When the last check was, of how many letters, with how many faults."""
    local = last.at.astimezone(zone)
    is_today = local.date() == now.astimezone(zone).date()
    day = _("today") if is_today else dates.on(local.date())
    made = ngettext("{n} letter", "{n} letters", last.letters).format(n=last.letters)
    return _("Checked {day} at {time}: {letters}, at fault: {faults}.").format(
        day=day, time=f"{local:%H:%M}", letters=made, faults=last.faults
    )
