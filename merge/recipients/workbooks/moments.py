"""A date, a time of day or a duration and its format code → what a spreadsheet shows (18.8.31)."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import TypeAlias

Moment: TypeAlias = date | time | timedelta
"""What calamine makes of a cell whose format is one of these; a datetime is a date."""

NIL = datetime(1899, 12, 30)
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[\$[^\]]*\]')
_FORM = re.compile(
    r"(?P<day>[dmy\W]*[dmy])?\W*?(?:(?P<total>\[)?(?P<hours>h+)\]?:mm(?P<seconds>:ss)?)?\W*"
)
_CLOCK = re.compile(
    r"\d+(?::\d\d)+(?:[.,]\d+)?(?:\s?[ap]m)?|\d{1,2}\s?h(?:\s?\d\d)?\b", re.IGNORECASE
)
_SAMPLE = datetime(2026, 3, 1, 18, 30, 5)


def shown(moment: Moment, code: str) -> str | None:
    """What the format shows: a whole day in the form that has one reading, "18:30", or both; None
    where it is anything else, "mars 2026" or "18h30".
    """
    found = _FORM.fullmatch(_LITERAL.sub("", code.partition(";")[0]).lower())
    if not found or not {*(found["day"] or "dmy")} >= {*"dmy"}:
        return None
    seconds = int(_since(moment).total_seconds() + 0.5)  # 18:29:59,9996 is a float's 18:30
    parts = [(NIL + timedelta(seconds=seconds)).date().isoformat()] if found["day"] else []
    if found["hours"]:
        hours, minutes = divmod(seconds // 60, 60)
        hour = str(hours if found["total"] else hours % 24).zfill(len(found["hours"]))
        rest = f":{seconds % 60:02}" if found["seconds"] else ""
        parts.append(f"{hour}:{minutes:02}{rest}")
    return " ".join(parts) or None


def as_read(shown: str, day: date) -> str:
    """What a cell shows, with a whole day of it in the form that has one reading: "01/03/26 18:30"
    is "2026-03-01 18:30", and "mars 2026" stays.
    """
    clock = _CLOCK.search(shown)
    left = shown.replace(clock[0], "") if clock else shown
    numbers = [int(each) for each in re.findall(r"\d+", left)]
    has_year = day.year in numbers or day.year % 100 in numbers
    has_month = len(numbers) > 2 or (len(numbers) == 2 and bool(re.search(r"[^\W\d]", left)))
    if not (day.day in numbers and has_year and has_month):
        return shown
    return f"{day.isoformat()} {clock[0]}" if clock else day.isoformat()


@lru_cache(maxsize=1024)
def changes(code: str) -> bool:
    """Whether the format shows anything but a whole day."""
    return shown(_SAMPLE, code) != _SAMPLE.date().isoformat()


def _since(moment: Moment) -> timedelta:
    match moment:
        case datetime():
            return moment - NIL
        case date():
            return datetime.combine(moment, time()) - NIL
        case time():
            return datetime.combine(NIL, moment) - NIL
    return moment
