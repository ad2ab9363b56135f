"""Dates and numbers of a cell in a form that the author gives, as the pictures of Word do. Pure."""

from __future__ import annotations

import datetime
import re
from decimal import ROUND_HALF_UP, Decimal

from merge.french import grammar
from merge.letters.idiom import Idiom
from merge.letters.kinds import Written

_DATE_PART = re.compile(
    r"(?P<first>d(?=\s+MMMM(?!M)))|(?P<date>d{1,4}|M{1,4}|yyyy|yy)"
    r"|(?P<clock>\b(?:HH?|mm?|ss?)\b)|'(?P<quoted>[^']*)'|(?P<other>[^dMy])"
)


def is_date_form(form: str) -> bool:
    """Whether the form is one: days, months, years, hours and the signs between them."""
    part = r"(?:d{1,4}|M{1,4}|yyyy|yy|\b(?:HH?|mm?|ss?)\b|'h'|[ ,./:\u00a0-])+"
    return re.fullmatch(part, form) is not None


def date_in_form(
    day: datetime.date | None, form: str, idiom: Idiom, clock: datetime.time | None = None
) -> str | None:
    """d, M and y count as in Word: one or two for digits, three for the short word, four for the
    long one (of a year two or four digits). The first of a month is "1er" in French words. H, m
    and s are of the time. None where the form wants a part that is not there.
    """
    pieces: list[tuple[str, str]] = []
    for found in _DATE_PART.finditer(form):
        if found["clock"]:
            if clock is None:
                return None
            number = {"H": clock.hour, "m": clock.minute, "s": clock.second}[found[0][0]]
            pieces.append(("", str(number).zfill(len(found[0]))))
        elif found["first"] or found["date"]:
            if day is None:
                return None
            if found["first"] and day.day == 1 and idiom.is_french:
                pieces += [("", "1"), ("sup", "er")]
            else:
                pieces.append(("", idiom.part_of_date(day, found[0])))
        else:
            pieces.append(("", found["other"] or found["quoted"]))
    return Written(*pieces)


def _taken_apart(form: str) -> tuple[str, str, str, str, str] | None:
    """What stands before, the whole part, the decimal sign, the decimals, what stands behind.

    The last comma or point is the decimal one, unless it stands before three places and another
    of its kind or "#" says that it parts thousands: "#,##0".
    """
    found = re.fullmatch(r"([€$£ ]*)([#0](?:[#0 .,]*[#0])?)([€$£% ]*)", form)
    if not found:
        return None
    before, digits, after = found.groups()
    cut = re.search(r"[.,](?=0*#*\Z)", digits)
    if not cut or re.search(r"#[.,]##0\Z", digits):
        return before, digits, "", "", after
    return before, digits[: cut.start()], cut[0], digits[cut.end() :], after


def is_number_form(form: str) -> bool:
    """Whether the form is one of digits, with a currency or a percent sign at most."""
    return _taken_apart(form) is not None


def number_in_form(number: Decimal, form: str) -> str:
    """0 is a digit that is always there, # one that may be; halves are rounded up, as in Word."""
    parts = _taken_apart(form)
    if parts is None:
        return str(number)
    before, whole, sign, decimals, after = parts
    rounded = abs(number).quantize(Decimal(1).scaleb(-len(decimals)), ROUND_HALF_UP)
    digits, _, fraction = f"{rounded:f}".partition(".")
    digits = digits.rjust(whole.count("0"), "0")
    if between := re.search(r"[ .,](?=[#0]{3}\Z)", whole):
        apart = grammar.NARROW_SPACE if between[0] == " " else between[0]
        digits = re.sub(r"(?<=[0-9])(?=(?:[0-9]{3})+\Z)", apart, digits)
    least = len(decimals.rstrip("#"))
    while len(fraction) > least and fraction.endswith("0"):
        fraction = fraction[:-1]
    minus = "-" if number < 0 and rounded else ""
    spaced = [part.replace(" ", grammar.NO_BREAK_SPACE) for part in (before, after)]
    return f"{minus}{spaced[0]}{digits}{sign if fraction else ''}{fraction}{spaced[1]}"
