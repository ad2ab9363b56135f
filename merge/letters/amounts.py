"""The numbers in the cells of a column, and their sums: exact, in one currency. Pure.

How a column writes its numbers:

- The decimal sign is a comma or a point. A cell proves which where it can be read one way only:
  "12,5", "1 234.50", "1.234,56", "1.234.567", "0.125". "1.234" proves nothing: it may be 1234.
- Where the cells of the whole column prove one sign, it holds for all of them, "1.234" included.
  Where they prove none or both, a cell that could be read both ways is no number.
- Between thousands stand spaces, apostrophes, or the sign that is not the decimal one, each before
  three digits; one kind in a cell.
- Before or behind stands a currency or nothing: a sign ("€", "$", "US$", "Fr."), a code of ISO 4217
  ("CHF"), "euros". "$" and "USD" are two, for it may be another dollar. Nothing is a unit of its
  own; only a zero goes with any.
- "12.-" and "12,--" are 12.00, and prove their sign. A dash and a currency, as spreadsheets show
  nothing owed ("- €"), are zero.
- A minus stands before the digits or before the currency. Brackets, percent and all else is no
  number.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from merge.letters.kinds import Unwritable
from merge.post import locales

_SPACE = " \u00a0\u2009\u202f"
_APART = f"[{_SPACE}'’]"  # between thousands
_UNIT = r"(?:[A-Za-z]{0,4}[€$£¥₣]|[€$£¥₣][A-Za-z]{0,3}|[A-Za-z]{2,5}\.?)"
_CELL = re.compile(
    rf"(?P<minus>[-\u2212+]?)[{_SPACE}]*(?:(?P<before>{_UNIT})[{_SPACE}]*)?(?P<inner>[-\u2212+]?)"
    rf"(?P<digits>\d(?:[\d.,]|{_APART}(?=\d))*)(?:(?P<flat>[.,])[-\u2013\u2014]{{1,2}})?"
    rf"(?:[{_SPACE}]*(?P<after>{_UNIT}))?",
    re.ASCII,
)
_NOTHING = re.compile(
    rf"(?:(?P<before>{_UNIT})[{_SPACE}]*)?[-\u2013\u2014][{_SPACE}]*(?P<after>{_UNIT})?", re.ASCII
)
_NAMES = {"€": "EUR", "euro": "EUR", "euros": "EUR", "fr": "CHF", "frs": "CHF", "sfr": "CHF"}
_DOLLARS = {"US$": "USD", "$US": "USD", "CA$": "CAD", "$CA": "CAD", "A$": "AUD", "AU$": "AUD"}
# With this decimal sign: the digits before it, what stands between thousands, those behind it.
_FORMS = {
    sign: re.compile(
        rf"(\d+|[1-9]\d{{0,2}}(?:({_APART}|[{other}])\d{{3}})(?:\2\d{{3}})*)(?:[{sign}](\d+))?"
    )
    for sign, other in ((",", "."), (".", ","))
}
_LONGEST = 20  # signs: what has more is no amount, and sums stay exact (28 digits)


class Amount(Decimal):
    """A sum that can be compared, and reads as in the letter's language: "1 234,56 €"."""

    unit: str
    locale: str

    @classmethod
    def of(cls, number: Decimal, unit: str, locale: str) -> Self:
        """`unit` as `_unit_called` has it; "" for a bare number."""
        self = cls(number)
        self.unit, self.locale = unit, locale
        return self

    def __str__(self) -> str:
        return locales.amount(Decimal(self), self.unit, self.locale)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summand:
    """One cell of a column, and the row of the sheet that it stands in."""

    row: int
    cell: str


def proven_signs(cells: Iterable[str]) -> frozenset[str]:
    """The decimal signs that the cells of a column prove."""
    found: set[str] = set()
    for cell in cells:
        if parts := _parts(cell):
            readings = _readings(parts[1])
            if len(readings) == 1:
                found |= readings.keys()
    return frozenset(found)


def total(
    summands: Sequence[Summand], *, field: str, signs: Collection[str], locale: str
) -> Amount:
    """The exact sum of these cells of the column `field`, which proves the decimal `signs`.

    Unwritable("not-an-amount"), with row and cell in its value, for a cell that is empty, no
    number, may be two of them, or is of another currency than those before it.
    """
    numbers: list[Decimal] = []
    unit: str | None = None
    for each in summands:
        number, called = read(each, field, signs)
        numbers.append(number)
        if unit is None or (not any(numbers[:-1]) and not unit):
            unit = called
        elif called != unit and (called or number):
            raise Unwritable("not-an-amount", field, _shown(each))
    whole = sum(numbers, Decimal(0))
    return Amount.of(whole, unit or "", locale)


def read(each: Summand, field: str, signs: Collection[str]) -> tuple[Decimal, str]:
    """The number of one cell and its currency, "" for a bare number. Unwritable as `total`."""
    parts = _parts(each.cell)
    readings = _readings(parts[1]) if parts else {}
    if not parts or not readings:
        value = _shown(each) if each.cell.strip() else str(each.row)
        raise Unwritable("not-an-amount", field, value)
    minus, _digits, unit = parts
    if len(readings) > 1 and len({*readings.values()}) > 1:
        if len(signs) != 1:
            raise Unwritable("not-an-amount", field, _shown(each))
        readings = {sign: number for sign, number in readings.items() if sign in signs}
    number = next(iter(readings.values()))
    return (-number if minus else number), unit


FAULT = "not-an-amount"
"""What `total` raises: a cell of the sheet is at fault, and no word of the letter."""


def place_of(value: str) -> tuple[str, str]:
    """The row and the cell that the value of one of these names."""
    row, _space, cell = value.partition(" ")
    return row, cell[1:-1]


def number_of(typed: str) -> Decimal | None:
    """What a cell says by itself, whatever its currency or a percent sign behind it; None for what
    is no number, or may be one of two ("1.234").
    """
    parts = _parts(typed.strip().removesuffix("%"))
    numbers = {*_readings(parts[1]).values()} if parts else set()
    if not parts or len(numbers) != 1:
        return None
    (number,) = numbers
    return -number if parts[0] else number


def unit_of(typed: str) -> str:
    """The currency beside the number of a cell, or "%"; "" for a bare number, and for none."""
    if typed.rstrip().endswith("%"):
        return "%"
    parts = _parts(typed)
    return parts[2] if parts else ""


def _shown(each: Summand) -> str:
    return f"{each.row} ({each.cell})"


def _parts(cell: str) -> tuple[bool, str, str] | None:
    """Whether there is a minus, the digits with their signs, the unit; None for no amount."""
    cell = cell.strip()
    if nothing := _NOTHING.fullmatch(cell):
        unit = _unit_called("".join(filter(None, nothing.groups())))
        return (False, "0", unit) if unit else None
    found = _CELL.fullmatch(cell)
    if (
        not found
        or len(found["digits"]) > _LONGEST
        or (found["minus"] and found["inner"])
        or (found["before"] and found["after"])
    ):
        return None
    typed = found["before"] or found["after"] or ""
    unit = _unit_called(typed)
    if typed and not unit:
        return None
    minus = (found["minus"] or found["inner"]) in ("-", "\u2212")
    digits = found["digits"] + (f"{found['flat']}00" if found["flat"] else "")
    return minus, digits, unit


def _unit_called(typed: str) -> str:
    """The code of ISO 4217 where what is typed means one, the sign where it may mean several; ""
    for no currency.
    """
    if not typed.strip("$£¥₣"):
        return typed
    known = _NAMES.get(typed.casefold().rstrip(".")) or _DOLLARS.get(typed.upper())
    if known:
        return known
    return typed.upper() if locales.is_currency(typed.upper()) else ""


def _readings(digits: str) -> dict[str, Decimal]:
    """What the digits may say, by decimal sign; one that has none reads the same by both."""
    found: dict[str, Decimal] = {}
    for sign, form in _FORMS.items():
        if parts := form.fullmatch(digits):
            whole, apart, decimals = parts.groups()
            bare = whole.replace(apart, "") if apart else whole
            found[sign] = Decimal(f"{bare}.{decimals}" if decimals else bare)
    return found
