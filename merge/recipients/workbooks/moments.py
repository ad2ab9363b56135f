"""A date, a time of day or a duration and its format code → what a spreadsheet shows (18.8.31)."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from locale import windows_locale
from typing import NamedTuple

from merge.french import grammar
from merge.post import locales

Moment = date | time | timedelta
"""What calamine makes of a cell whose format is one of these; a datetime is a date."""

_NIL = datetime(1899, 12, 30)
_A_DAY_S = 24 * 3600
_PART = re.compile(
    r"""
      "(?P<quoted>[^"]*)"
    | \\(?P<escaped>.)
    | _.|\*.
    | \[\$[^\]-]*-(?P<language>[^\]]*)\]
    | \[(?P<total>h+|m+|s+)\]
    | \[[^\]]*\]
    | (?P<noon>am/pm|a/p)
    | (?P<date>d{1,4}(?!d)|y{1,4}(?!y))
    | (?P<month>m{1,5}(?!m))
    | (?P<hours>h+)
    | (?P<seconds>s+)
    | (?P<fraction>[.,]0+)
    | (?P<free>[^a-z"\\\[\]_*@#?0])
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_SECONDS_FOLLOW = re.compile(r'(?:[^a-z";\[]|\[[^\]]*\]|"[^"]*"|\\.)*s', re.IGNORECASE)
_CLOCK = re.compile(
    r"\d+(?::\d\d)+(?:[.,]\d+)?(?:\s?[ap]m)?|\d{1,2}\s?h(?:\s?\d\d)?\b", re.IGNORECASE
)
_SAMPLE = datetime(2026, 3, 1, 18, 30, 5)


class _CodePart(NamedTuple):
    kind: str
    text: str


def shown(moment: Moment, code: str) -> str | None:
    """The moment as the format shows it, a whole day as `as_read` has it; None where the format
    is not understood.
    """
    parts = _parts(code)
    if parts is None:
        return None
    since = _since(moment)
    has_fraction = any(part.kind == "fraction" for part in parts)
    since = timedelta(milliseconds=round(since / timedelta(milliseconds=1)))
    if not has_fraction:  # 18:29:59,9996 is a float's 18:30
        since = timedelta(seconds=int(since.total_seconds() + 0.5))
    pieces = [_piece(part, parts, since) for part in parts]
    text = " ".join("".join(pieces).split())
    return as_read(text, (_NIL + since).date())


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
def _parts(code: str) -> tuple[_CodePart, ...] | None:
    """The parts of the section for what is not negative; None where it is not understood."""
    parts = list[_CodePart]()
    at, last = 0, ""
    while at < len(code) and code[at] != ";":
        found = _PART.match(code, at)
        if not found:
            return None
        at, kind = found.end(), found.lastgroup
        if not kind:
            continue
        text = found[kind]
        if kind == "month" and len(text) < 3:
            is_of_hours = last in ("hours", "total") or _SECONDS_FOLLOW.match(code, at)
            kind = "minutes" if is_of_hours else kind
        if kind in ("hours", "total", "minutes", "month", "seconds"):
            last = kind
        parts.append(_CodePart(kind, text))
    return tuple(parts)


def _piece(part: _CodePart, parts: tuple[_CodePart, ...], since: timedelta) -> str:
    """What one part shows of the time since `_NIL`."""
    when, whole_s = _NIL + since, int(since.total_seconds())
    match part.kind:
        case "date" | "month":
            form = {"y": "yy", "yyy": "yyyy"}.get(part.text.lower(), part.text.lower())
            return _part_of_date(when, form.replace("m", "M"), _language(parts))
        case "hours":
            is_half = any(each.kind == "noon" for each in parts)
            return _padded((when.hour - 1) % 12 + 1 if is_half else when.hour, part)
        case "minutes":
            return _padded(when.minute, part)
        case "seconds":
            return _padded(when.second, part)
        case "total":
            unit = {"h": 3600, "m": 60, "s": 1}[part.text[0].lower()]
            return _padded(whole_s // unit, part)
        case "noon":
            word = "AM" if when.hour < 12 else "PM"
            return word if len(part.text) > 3 else word[0]
        case "fraction":
            places = len(part.text) - 1
            return f",{when.microsecond:06}"[: places + 1]
        case "language":
            return ""
    return part.text


def _padded(number: int, part: _CodePart) -> str:
    return str(number).zfill(len(part.text))


def _language(parts: tuple[_CodePart, ...]) -> str:
    """The locale that the code names by its number or its name; "fr" where it names none."""
    said = next((part.text for part in parts if part.kind == "language"), "")
    number = said.partition(",")[0]
    by_number = windows_locale.get(int(number, 16)) if re.fullmatch("[0-9A-Fa-f]+", number) else ""
    return locales.known(by_number or number) or "fr"


def _part_of_date(when: date, part: str, locale: str) -> str:
    if part == "MMMMM":
        return _part_of_date(when, "MMMM", locale)[:1]
    if locales.language(locale) == "fr":
        return grammar.part_of_date(when, part)
    return locales.part_of_date(when, part, locale)
