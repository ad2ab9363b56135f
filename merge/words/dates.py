"""Days and times as people write them."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from merge.words.language import N_, _, on_page, translate

WEEKDAYS = (
    *(N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday")),
    N_("Sunday"),
)
MONTHS = (
    *(N_("January"), N_("February"), N_("March"), N_("April"), N_("May"), N_("June"), N_("July")),
    *(N_("August"), N_("September"), N_("October"), N_("November"), N_("December")),
)


def day(iso: str) -> str:
    """A day as people write it; "" stays so."""
    if not iso:
        return ""
    year, month, number = iso.split("-")
    return _("{year}-{month}-{day}").format(year=year, month=month, day=number)


def minute(iso: str) -> str:
    """A day and a time of ISO 8601, by the clocks that it says. In a terminal's table they keep
    their order of sorting."""
    return f"{day(iso[:10])} {iso[11:16]}".strip() if on_page() else iso.replace("T", " ")[:16]


def moment(at: datetime, zone: tzinfo | None) -> str:
    """A day and a time, by the clocks of the campaign; with the year, which may be any."""
    local = at.astimezone(zone)
    return _("{day} at {time}").format(day=day(f"{local:%Y-%m-%d}"), time=f"{local:%H:%M}")


def on(day: date) -> str:
    """ "Thursday 3 December"; without the year, which is this one or the next."""
    return _("{weekday} {day} {month}").format(
        weekday=translate(WEEKDAYS[day.weekday()]),
        day=day.day if day.day > 1 else _("1st"),
        month=translate(MONTHS[day.month - 1]),
    )


def at(moment: datetime, zone: ZoneInfo, now: datetime) -> str:
    """ "today at 14:05", "Thursday 3 December at 08:00", by the clocks of the campaign."""
    local = _full_minute(moment, zone)
    day = _("today") if local.date() == now.astimezone(zone).date() else on(local.date())
    return _("{day} at {time}").format(day=day, time=f"{local:%H:%M}")


def clock(moment: datetime, zone: ZoneInfo) -> str:
    """ "14:05", by the clocks of the campaign."""
    return f"{_full_minute(moment, zone):%H:%M}"


def _full_minute(moment: datetime, zone: ZoneInfo) -> datetime:
    """A minute that has begun counts as the next: whoever comes back then is not too early."""
    return (moment + timedelta(minutes=1) - timedelta.resolution).astimezone(zone)


def exactly(moment: datetime, zone: ZoneInfo) -> str:
    """ "Thursday 3 December 2026 at 08:00"."""
    local = moment.astimezone(zone)
    return _("{day} {year} at {time}").format(
        day=on(local.date()), year=local.year, time=f"{local:%H:%M}"
    )
