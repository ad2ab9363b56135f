"""On which days letters leave, and when to come back, as people say it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from merge.cli.language import _, ngettext

if TYPE_CHECKING:
    from merge.campaign.pace import Day

PDF_S = 0.08  # a letter of two pages with tags, on a computer of 2020

WEEKDAYS = (
    *(_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday")),
    _("Sunday"),
)
MONTHS = (
    *(_("January"), _("February"), _("March"), _("April"), _("May"), _("June"), _("July")),
    *(_("August"), _("September"), _("October"), _("November"), _("December")),
)


def on(day: date) -> str:
    """ "Thursday 3 December"; without the year, which is this one or the next."""
    return _("{weekday} {day} {month}").format(
        weekday=WEEKDAYS[day.weekday()],
        day=day.day if day.day > 1 else _("1st"),
        month=MONTHS[day.month - 1],
    )


def at(moment: datetime, zone: ZoneInfo, now: datetime) -> str:
    """ "today at 14:05", "Thursday 3 December at 08:00", by the clocks of the campaign."""
    local = moment.astimezone(zone)
    day = _("today") if local.date() == now.astimezone(zone).date() else on(local.date())
    return _("{day} at {time}").format(day=day, time=f"{local:%H:%M}")


def forecast(n: int, address: str, days: Sequence[Day], today: date) -> str:
    """On which days the letters leave that are about to be sent."""
    return ngettext(
        "{n} letter to send from {address}: {days}.",
        "{n} letters to send from {address}: {days}.",
        n,
    ).format(n=n, address=address, days=in_days(days, today))


def pdf_work(n: int) -> str:
    """What it costs that so many e-mails take their page along, "" when it is not worth a word."""
    minutes = round(n * PDF_S / 60)
    if not minutes:
        return ""
    return ngettext(
        "Each takes its letter along as a PDF: about {n} minute of work for this computer in all.",
        "Each takes its letter along as a PDF: about {n} minutes of work for this computer in all.",
        minutes,
    ).format(n=minutes)


def example(n: int, days: Sequence[Day], today: date) -> str:
    """On which days so many letters would leave."""
    return _("{n} letters would leave so: {days}.").format(n=n, days=in_days(days, today))


def in_days(days: Sequence[Day], today: date) -> str:
    """ "3 today, then up to 270 a day, done on Thursday 3 December (11 days)"."""
    each = [
        (_("{n} today") if day.date == today else _("{n} on {date}")).format(
            n=day.letters, date=on(day.date)
        )
        for day in days
    ]
    if len(days) <= 3:
        return ", ".join(each)
    return _("{first}, then up to {most} a day, done on {date} ({days} days)").format(
        first=each[0],
        most=max(day.letters for day in days[1:]),
        date=on(days[-1].date),
        days=len(days),
    )
