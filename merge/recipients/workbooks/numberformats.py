"""A number and its format code → what a French spreadsheet shows (ECMA-376 part 1, 18.8.31).

What French people write down is understood: codes with zeros, telephones, money, percent. All else
gives None, never a guess: conditions, fractions, powers of ten, optional decimals. Dates are
`moments`'. No library that is kept up writes French.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from typing import TypeAlias

from merge.french.grammar import NARROW_SPACE
from merge.recipients.workbooks import moments

GENERAL = "General"

_EUROS, _CENTS, _DECIMALS = '#,##0\\ "€"', '#,##0.00\\ "€"', "#,##0.00"
BUILT_IN: Mapping[int, str] = {
    1: "0",
    2: "0.00",
    **dict.fromkeys((3, 37, 38), "#,##0"),
    **dict.fromkeys((4, 39, 40), _DECIMALS),
    **dict.fromkeys((5, 6), _EUROS),
    **dict.fromkeys((7, 8), _CENTS),
    9: "0%",
    10: "0.00%",
    **dict.fromkeys((11, 48), "0.00E+00"),
    **dict.fromkeys((12, 13), "# ??/??"),
    16: "d-mmm",
    17: "mmm-yy",
    **dict.fromkeys((18, 19), "h:mm AM/PM"),
    20: "hh:mm",
    21: "hh:mm:ss",
    22: "dd/mm/yyyy hh:mm",
    41: '#,##0;-#,##0;"-"',
    42: f'{_EUROS};-{_EUROS};"- €"',
    43: f'{_DECIMALS};-{_DECIMALS};"-"',
    44: f'{_CENTS};-{_CENTS};"- €"',
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss.0",
}
"""The codes that no file writes down (18.8.30), to show what the French Excel does; those that are
not here show a number as General, or a whole day.
"""

_LONGEST_CODE = 255  # Excel's own limit
_FORMATS_REMEMBERED = 1024
_NUMBERS_REMEMBERED = 1 << 16
_EXACT = Context(prec=700, rounding=ROUND_HALF_UP)  # any float with any number of decimals
_DIGITS = 15  # of a number in a spreadsheet

Section: TypeAlias = Sequence[tuple[str, str]]
"""What is between two semicolons: signs, and the text that each shows by itself."""


@lru_cache(maxsize=_NUMBERS_REMEMBERED)
def shown(value: float, code: str) -> str | None:
    """The number as the format shows it; None where that is not known here."""
    numbers, texts = _sections(code)
    if not math.isfinite(value):
        return None
    if not numbers:  # General, "@", or not understood
        return general(value) if texts else None
    if value < 0 and len(numbers) > 1:
        return _number(numbers[1], -value)
    made = _number(numbers[2 if value == 0 and len(numbers) > 2 else 0], abs(value))
    is_signed = value < 0 and made is not None and not _ONLY_ZEROS.fullmatch(made)
    return f"-{made}" if is_signed else made


def shown_text(text: str, code: str) -> str:
    """A text as the format's section for texts shows it: "Mairie de "@."""
    _, texts = _sections(code)
    if not any(sign == "@" for sign, _ in texts):
        return text
    return "".join(text if sign == "@" else own for sign, own in texts).strip()


def changes(code: str) -> bool:
    """Whether the format shows a number, or a text, in another way than General."""
    numbers, texts = _sections(code)
    if not numbers and not texts:
        return moments.changes(code)
    return bool(numbers) or shown_text("a", code) != "a"


def general(value: float) -> str:
    """A number to 15 digits with a decimal comma, and never as 3,3E+10."""
    return format(_decimal(value), "f").replace(".", ",")


def tidy(made: str) -> str:
    """Without what only makes columns stand straight; French has a space before the %."""
    made = re.sub(r"(?<=\d)%", "\u00a0%", made)
    return re.sub("[ \u2007]+", " ", made).strip(" ")  # the other is as wide as a digit


def _decimal(value: float) -> Decimal:
    if isinstance(value, int) or value.is_integer():
        return Decimal(int(value))
    return Decimal(f"{value:.{_DIGITS}g}")


_TOKEN = re.compile(
    r"""
      "(?P<quoted>[^"]*)"
    | \\(?P<escaped>.)
    | _(?P<room>.)
    | (?P<fill>\*.)
    | \[\$(?P<currency>[^\]-]*)(?:-[^\]]*)?\]
    | (?P<colour>\[(?:Black|Blue|Cyan|Green|Magenta|Red|White|Yellow|Colou?r\ ?\d{1,2})\])
    | (?P<sign>[0#?.,%@])
    | (?P<end>;)
    | (?P<free>[-+():!^&'~{}<>=$\ ]|[^\x00-\x7f])
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_WRITTEN = "w"  # the sign of a text that is shown as it stands
_PADDING = {"0": "0", "?": " ", "#": ""}
"""What stands in the place of a digit that the number has not."""

_ONLY_ZEROS = re.compile(r"[^1-9]*0[^1-9]*")
_PLACES = re.compile(
    r"[w%]*(?P<whole>[0#?](?:[0#?,]*[0#?]|[0#?w]*[0#?])?)(?:\.(?P<behind>0+))?[w%]*"
)


@lru_cache(maxsize=_FORMATS_REMEMBERED)
def _sections(code: str) -> tuple[Sequence[Section], Section]:
    """Those for numbers, and the one for texts; none where the code is not understood."""
    if code.lower() in ("", "general", "standard"):
        return (), [("@", "")]
    sections: list[list[tuple[str, str]]] = [[]]
    at = 0
    while at < len(code):
        found = _TOKEN.match(code, at)
        if not found or len(code) > _LONGEST_CODE:
            return (), ()
        at, kind = found.end(), found.lastgroup or ""
        match kind:
            case "end":
                sections.append([])
            case "sign":
                sign = found[kind]
                sections[-1].append((sign, {"%": "%", ".": ","}.get(sign, "")))
            case "quoted" | "escaped" | "currency" | "free":
                sections[-1].append((_WRITTEN, found[kind]))
            case "room":  # as wide as that sign
                sections[-1].append((_WRITTEN, " "))
    if len(sections) > 4:
        return (), ()
    has_texts = len(sections) == 4 or ("@", "") in sections[-1]
    return (sections[:-1], sections[-1]) if has_texts else (sections, ())


def _number(section: Section, value: float) -> str | None:
    """A number that is not negative; None where the section is not understood."""
    signs = "".join(sign for sign, _ in section)
    if not signs.strip(_WRITTEN):
        return tidy("".join(text for _, text in section))
    found = _PLACES.fullmatch(signs)
    if not found:
        return None
    behind = len(found["behind"] or "")
    number = _decimal(value).scaleb(2 * signs.count("%"), _EXACT)
    number = number.quantize(Decimal(1).scaleb(-behind), context=_EXACT)
    whole, _, decimals = format(number, "f").partition(".")
    digits = iter([*_in_places(whole.lstrip("0"), found["whole"]), *decimals])
    return tidy("".join(next(digits) if sign in _PADDING else text for sign, text in section))


def _in_places(digits: str, places: str) -> list[str]:
    """A text for each of the places: a digit of the whole number, or what pads it. The first place
    takes the digits for which there is no place; where they are grouped, it takes all.
    """
    signs = [sign for sign in places if sign in _PADDING]
    if "," in places:
        digits = digits.zfill(len("".join(signs).lstrip("#?")))
        grouped = re.sub(r"(?<=\d)(?=(?:\d{3})+\Z)", NARROW_SPACE, digits)
        return [grouped, *[""] * (len(signs) - 1)]
    lacking = len(signs) - len(digits)
    if lacking >= 0:
        return [*(_PADDING[sign] for sign in signs[:lacking]), *digits]
    return [digits[: 1 - lacking], *digits[1 - lacking :]]
