"""A date, a time of day or a duration and its format code → what a spreadsheet shows (18.8.31)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import TypeAlias

from merge.french import grammar

Moment: TypeAlias = date | time | timedelta
"""What calamine makes of a cell whose format is one of these; a datetime is a date."""

_NIL = datetime(1899, 12, 30)
_PART = re.compile(
    r"""
      "(?P<quoted>[^"]*)"
    | \\(?P<escaped>.)
    | _.|\*.
    | \[\$-(?:[0-9a-f]*0c|f[48]00|x-sys|fr)[^\]]*\]  # in French, or as the computer has it
    | \[\$-(?P<foreign>[^\]]*)\]
    | \[(?P<total>h+)\]
    | (?P<date>d{1,4}(?!d)|y{1,4}(?!y))
    | (?P<month>m{1,4}(?!m))
    | (?P<hours>h+)
    | (?P<seconds>s+)
    | (?P<free>[^a-z"\\\[\]_*@#?0])
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_SECONDS_FOLLOW = re.compile(r'(?:[^a-z";\[]|\[[^\]]*\]|"[^"]*"|\\.)*s', re.IGNORECASE)
_CLOCK = re.compile(r"\d+(?::\d\d)+(?:[.,]\d+)?(?:\s?[ap]m)?|\d{1,2}\s?h(?:\s?\d\d)?\b", re.I)
_SAMPLE = datetime(2026, 3, 1, 18, 30, 5)


def shown(moment: Moment, code: str) -> str | None:
    """The moment as the format shows it, a whole day as `as_read` has it; None where the format
    is not understood.
    """
    parts = _parts(code)
    if parts is None:
        return None
    seconds = int(_since(moment).total_seconds() + 0.5)  # 18:29:59,9996 is a float's 18:30
    since = timedelta(seconds=seconds)
    text = "".join(_piece(kind, sign, since) for kind, sign in parts)
    return as_read(" ".join(text.split()), (_NIL + since).date())


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
            return moment - _NIL
        case date():
            return datetime.combine(moment, time()) - _NIL
        case time():
            return datetime.combine(_NIL, moment) - _NIL
    return moment


@lru_cache(maxsize=1024)
def _parts(code: str) -> Sequence[tuple[str, str]] | None:
    """The kinds and signs of the section for what is not negative; None where one is not
    understood, or a month or a day is written out in another language.
    """
    parts: list[tuple[str, str]] = []
    at, last = 0, ""
    while at < len(code) and code[at] != ";":
        found = _PART.match(code, at)
        if not found:
            return None
        at, kind = found.end(), found.lastgroup
        if not kind:
            continue
        text = found[kind].lower() if kind in ("date", "month") else found[kind]
        if kind == "month" and len(text) < 3:
            is_of_hours = last in ("hours", "total") or _SECONDS_FOLLOW.match(code, at)
            kind = "minutes" if is_of_hours else kind
        if kind in ("hours", "total", "minutes", "month", "seconds"):
            last = kind
        parts.append((kind, text))
    is_foreign = "foreign" in dict(parts)
    return None if is_foreign and re.search("mmm|ddd", code, re.I) else parts


def _piece(kind: str, sign: str, since: timedelta) -> str:
    """What one part shows of the time since `_NIL`."""
    when, whole_s = _NIL + since, int(since.total_seconds())
    match kind:
        case "date" | "month":
            form = {"y": "yy", "yyy": "yyyy"}.get(sign, sign)
            return grammar.part_of_date(when, form.replace("m", "M"))
        case "foreign":
            return ""
        case "quoted" | "escaped" | "free":
            return sign
    numbers = {
        "hours": when.hour,
        "minutes": when.minute,
        "seconds": when.second,
        "total": whole_s // 3600,
    }
    return str(numbers[kind]).zfill(len(sign))
