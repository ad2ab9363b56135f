"""When letters may leave, as a person writes it: "08:00-20:00", "lun-ven 8h-20h".

Days may be named in French or English, by their first three letters or in full; a range of days may
go over the end of the week, and hours over midnight: then they belong to the day they begin on.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time

_EVERY_DAY = frozenset(range(7))
_DAYS = {
    name: number
    for names in (
        ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
        ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    )
    for number, full in enumerate(names)
    for name in (full, full[:3])
}
_TIME = r"(?P<{0}_hour>\d{{1,2}})(?:[:h](?P<{0}_minute>\d\d)?)?"
_HOURS = re.compile(
    rf"(?:(?P<days>[a-z ,-]*[a-z]) )?{_TIME.format('opens')}-{_TIME.format('closes')}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingHours:
    """From `opens` to `closes` on these days (Monday is 0). `closes` at or before `opens` is on
    the next day; midnight closes a day as 00:00."""

    opens: time
    closes: time
    days: frozenset[int] = _EVERY_DAY


def parse_hours(text: str) -> SendingHours | None:
    """The hours that a text means; None when it means none."""
    found = _HOURS.fullmatch(re.sub(r" ?- ?", "-", " ".join(_plain(text).split())))
    if found is None:
        return None
    opens, closes = _time(found, "opens"), _time(found, "closes")
    try:
        days = frozenset(_days(found["days"])) if found["days"] else _EVERY_DAY
    except KeyError:
        return None
    if opens is None or closes is None or opens == closes:
        return None  # whoever wants all day leaves the setting out
    return SendingHours(opens=opens, closes=closes, days=days)


def _plain(text: str) -> str:
    """Lower case, and any dash as a hyphen."""
    return "".join("-" if unicodedata.category(c) == "Pd" else c for c in text.casefold())


def _time(found: re.Match[str], which: str) -> time | None:
    hour, minute = int(found[f"{which}_hour"]), int(found[f"{which}_minute"] or 0)
    if (hour, minute, which) == (24, 0, "closes"):
        return time(0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _days(text: str) -> Iterator[int]:
    """The days of "lun-ven" or "lun, mer". KeyError for a word that is no day."""
    for part in re.split(r"[ ,]+", text):
        first, dash, last = part.partition("-")
        begins, ends = _DAYS[first], _DAYS[last if dash else first]
        yield from ((begins + n) % 7 for n in range((ends - begins) % 7 + 1))
