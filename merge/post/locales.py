"""The languages that can be written: their dates, numbers and enumerations; the door to Babel."""

import datetime
import difflib
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from types import MappingProxyType

# Babel is loaded late: nobody who writes in French to French addresses waits for it.


@cache
def known(typed: str) -> str:
    """The language as Babel calls it ("pt_BR" for "pt-br"); "" for what it does not know."""
    if typed == "fr":
        return typed
    from babel import Locale, UnknownLocaleError

    try:
        return str(Locale.parse(typed.strip().replace("-", "_")))
    except (UnknownLocaleError, ValueError, TypeError):
        return ""


def nearest(typed: str) -> Sequence[str]:
    """What was perhaps meant: codes of languages with such a name, or that are written alike."""
    from babel.localedata import locale_identifiers

    words = typed.strip().casefold()
    named = [code for name, code in _by_name().items() if name == words]
    alike = difflib.get_close_matches(words.replace("-", "_"), _by_name(), 2, 0.8)
    spelled = {each.casefold(): each for each in locale_identifiers() if len(each) <= 5}
    close = difflib.get_close_matches(words.replace("-", "_"), spelled, 2, 0.7)
    found = (*named, *(_by_name()[each] for each in alike), *(spelled[each] for each in close))
    return [tag(each) for each in dict.fromkeys(found)][:3]


@cache
def _by_name() -> Mapping[str, str]:
    """The codes of languages by what French, English, and they themselves, call them."""
    from babel import Locale
    from babel.localedata import exists

    names: dict[str, str] = {}
    for speaker in ("en", "fr"):
        for code, name in Locale(speaker).languages.items():
            if exists(code):
                names.setdefault(name.casefold(), code)
    for code in tuple(names.values()):
        names.setdefault((Locale(code).language_name or code).casefold(), code)
    return MappingProxyType(names)


def tag(locale: str) -> str:
    """The language as HTML names it (BCP 47): "pt-BR"."""
    return locale.replace("_", "-")


def language(locale: str) -> str:
    """The language alone: "pt" of "pt_BR"."""
    return locale.partition("_")[0]


def long_date(day: datetime.date, locale: str, at: datetime.time | None = None) -> str:
    """The date in words: "1. März 2026"; with a time, "1. März 2026 um 18:30"."""
    from babel.dates import format_date, get_datetime_format

    date = format_date(day, "long", locale=locale)
    if at is None:
        return date
    both = str(get_datetime_format("long", locale=locale)).replace("'", "")
    return both.format(clock(at, locale), date)


def clock(at: datetime.time, locale: str) -> str:
    """The time of day: "18:30", "6:30 PM"."""
    from babel.dates import format_time

    return format_time(at, "short", locale=locale)


def part_of_date(day: datetime.date, part: str, locale: str) -> str:
    """A part of a date as Word calls it: "dd", "MMMM", "yyyy"."""
    from babel.dates import format_date

    return format_date(day, part.replace("ddd", "EEE").replace("EEEd", "EEEE"), locale=locale)


def number(count: int, locale: str) -> str:
    """A whole number with the signs between its thousands: "12.345"."""
    from babel.numbers import format_decimal

    return format_decimal(count, locale=locale)


def joints(n: int, locale: str) -> Sequence[str]:
    """What stands between each two of n names that are enumerated: ", " and " und "."""
    from babel.lists import format_list

    marks = [f"\0{i}\0" for i in range(n)]
    said = format_list(marks, locale=locale)
    ends = [(said.index(each), said.index(each) + len(each)) for each in marks]
    return [said[ends[i][1] : ends[i + 1][0]] for i in range(n - 1)]


def territories(locale: str) -> Mapping[str, str]:
    """What the language calls countries, and parts of the world, by their codes."""
    from babel import Locale

    return Locale(locale).territories


def territory_aliases() -> Mapping[str, Sequence[str]]:
    """Codes of territories by other codes of the same: "DEU" is DE."""
    from babel.core import get_global

    return get_global("territory_aliases")


def is_currency(code: str) -> bool:
    """Whether it is a code of ISO 4217 of a currency, of today or before."""
    from babel.numbers import is_currency

    return is_currency(code)


def amount(number: Decimal, currency: str, locale: str) -> str:
    """A sum with all its decimals, and those of its currency: "1 234,50 €".

    `currency` is a code of ISO 4217, a bare sign that stands as it is typed ("$"), or "".
    """
    from babel.numbers import (
        format_currency,
        format_decimal,
        get_currency_precision,
        get_currency_symbol,
    )

    if not currency:
        decimals = max(0, -int(number.as_tuple().exponent))
        form = "#,##0" + ("." + "0" * decimals if decimals else "")
        return format_decimal(number, form, locale=locale)
    code = currency if currency.isalpha() else _LIKE_ANY_SIGN
    is_usual = number == round(number, get_currency_precision(code))
    said = format_currency(
        number, code, locale=locale, currency_digits=is_usual, decimal_quantization=is_usual
    )
    if code != currency:
        said = said.replace(get_currency_symbol(code, locale), currency)
    # CLDR puts a space between letters and digits, and Babel forgets it.
    return re.sub(r"(?<=[^\W\d_])(?=\d)", "\N{NO-BREAK SPACE}", said)


_LIKE_ANY_SIGN = "EUR"
