"""A number and its format code → what a French spreadsheet shows (ECMA-376 part 1, 18.8.31).

Ours, for want of a library that is kept up: `ssf` stands still since 2020, `xlfmt` and `q2numfmt`
are first versions, and none of them writes French. What is not understood here gives None, never a
guess: scientific notation, calendars and digits of other languages. Dates are `moments`'.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from functools import cached_property, lru_cache

from merge.french.grammar import NARROW_SPACE
from merge.recipients.workbooks import moments

GENERAL = "General"

_MONEY = '#,##0{}\\ "€"'
_ACCOUNT = '_-* #,##0{0}\\ {1}_-;\\-* #,##0{0}\\ {1}_-;_-* "-"{2}\\ {1}_-;_-@_-'
BUILT_IN: Mapping[int, str] = {
    0: GENERAL,
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    5: f"{_MONEY.format('')};\\-{_MONEY.format('')}",
    6: f"{_MONEY.format('')};[Red]\\-{_MONEY.format('')}",
    7: f"{_MONEY.format('.00')};\\-{_MONEY.format('.00')}",
    8: f"{_MONEY.format('.00')};[Red]\\-{_MONEY.format('.00')}",
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    12: "# ?/?",
    13: "# ??/??",
    **dict.fromkeys((14, *range(27, 37), *range(50, 59)), "dd/mm/yyyy"),
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "hh:mm",
    21: "hh:mm:ss",
    22: "dd/mm/yyyy hh:mm",
    37: "#,##0\\ _€;\\-#,##0\\ _€",
    38: "#,##0\\ _€;[Red]\\-#,##0\\ _€",
    39: "#,##0.00\\ _€;\\-#,##0.00\\ _€",
    40: "#,##0.00\\ _€;[Red]\\-#,##0.00\\ _€",
    41: _ACCOUNT.format("", "_€", ""),
    42: _ACCOUNT.format("", '"€"', ""),
    43: _ACCOUNT.format(".00", "_€", "??"),
    44: _ACCOUNT.format(".00", '"€"', "??"),
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss.0",
    48: "##0.0E+0",
    49: "@",
}
"""The codes that no file writes down, as the French Excel has them (18.8.30)."""

_LONGEST_CODE = 255  # Excel's own limit
_FORMATS_REMEMBERED = 1024
_NUMBERS_REMEMBERED = 1 << 16
_EXACT = Context(prec=700, rounding=ROUND_HALF_UP)  # any float with any number of decimals
_DIGITS = 15  # of a number in a spreadsheet


@lru_cache(maxsize=_NUMBERS_REMEMBERED)
def shown(value: float, code: str) -> str | None:
    """The number as the format shows it; None where that is not known here."""
    numbers, texts = _sections(code)
    if not math.isfinite(value):
        return None
    if not numbers:  # "@", or not understood
        return general(value) if texts else None
    conditions = [each.condition for each in numbers]
    is_signed = False
    if any(conditions):
        # What Excel writes in front of a number below zero is then not documented.
        if value < 0 or conditions[-1] or not all(conditions[:-1]):
            return None
        section = next(each for each in numbers if each.holds(value))
    elif value < 0 and len(numbers) > 1:
        section = numbers[1]
    else:
        section = numbers[2 if value == 0 and len(numbers) > 2 else 0]
        is_signed = value < 0
    made = section.number(abs(value))
    if made is None or not is_signed or _ONLY_ZEROS.fullmatch(made):
        return made
    return f"-{made}"


def shown_text(text: str, code: str) -> str:
    """A text as the format's section for texts shows it: "Mairie de "@."""
    _, texts = _sections(code)
    return texts.text(text) if texts and "@" in texts.trace else text


def changes(code: str) -> bool:
    """Whether the format shows a number, or a text, in another way than General."""
    numbers, texts = _sections(code)
    if not numbers and not texts:
        return moments.changes(code)
    return any(each.trace != _GENERAL for each in numbers) or shown_text("a", code) != "a"


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
    | \[(?P<condition><=|>=|<>|<|>|=)(?P<bound>-?\d+(?:\.\d+)?)\]
    | (?P<colour>\[(?:Black|Blue|Cyan|Green|Magenta|Red|White|Yellow|Colou?r\ ?\d{1,2})\])
    | (?P<general>General|Standard)
    | (?<=/)(?P<below>[1-9]\d{0,3})
    | (?P<sign>[0#?.,%/@])
    | (?P<end>;)
    | (?P<free>[-+():!^&'~{}<>=$\ ]|[^\x00-\x7f])
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_COMPARED = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "<>": operator.ne,
}
_GENERAL, _WRITTEN = "G", "\0"  # in a section's trace
_PADDING = {"0": "0", "?": " ", "#": ""}
"""What stands in the place of a digit that the number has not."""

_ONLY_ZEROS = re.compile(r"[^1-9]*0[^1-9]*")
_PLACES = re.compile(
    r"""[^0#?,.@]* (?P<whole>[0#?](?:[^.@]*[0#?])?) (?P<scale>[^0#?.@]*)
    (?P<point>\.?) (?P<behind>[^.@]*?) (?P<more>[^0#?.@]*)""",
    re.VERBOSE,
)
_FRACTION = re.compile(
    r" *(?:(?P<whole>[0#?]+) +)?[0#?]{1,3} *\/ *(?:(?P<places>[0#?]{1,3})|(?P<below>\d+)) *"
)


@lru_cache(maxsize=_FORMATS_REMEMBERED)
def _sections(code: str) -> tuple[Sequence[_Section], _Section | None]:
    """Those for numbers, and the one for texts; none where the code is not understood."""
    sections, at = [_Section()], 0
    code = code or GENERAL
    while at < len(code):
        found = _TOKEN.match(code, at)
        if not found or len(code) > _LONGEST_CODE:
            return (), None
        at, kind = found.end(), found.lastgroup or ""
        match kind:
            case "end":
                sections.append(_Section())
            case "bound":
                sections[-1].condition = (found["condition"], float(found["bound"]))
            case "general":
                sections[-1].tokens.append((_GENERAL, ""))
            case "sign" | "below":
                sections[-1].tokens.append((found[kind], "%" if found[kind] == "%" else ""))
            case "quoted" | "escaped" | "currency" | "free":
                sections[-1].tokens.append((_WRITTEN, found[kind]))
            case "room":  # as wide as that sign
                sections[-1].tokens.append((_WRITTEN, " "))
    if len(sections) > 4:
        return (), None
    has_texts = len(sections) == 4 or "@" in sections[-1].trace
    return (sections[:-1], sections[-1]) if has_texts else (sections, None)


@dataclass
class _Section:
    """What is between two semicolons. A token is a sign and, where it is `_WRITTEN`, its text."""

    tokens: list[tuple[str, str]] = field(default_factory=list)
    condition: tuple[str, float] | None = None

    @cached_property
    def trace(self) -> str:
        return "".join(sign for sign, _ in self.tokens)

    def holds(self, value: float) -> bool:
        """Whether it is for this number, if it is not for all."""
        compared, bound = self.condition or ("=", value)
        return bool(_COMPARED[compared](value, bound))

    def text(self, text: str) -> str:
        """A text with what stands around it."""
        return "".join(text if sign == "@" else written for sign, written in self.tokens).strip()

    def number(self, value: float) -> str | None:
        """A number that is not negative; None where the section is not understood."""
        kinds = {*self.trace}
        if kinds <= {_GENERAL, _WRITTEN}:
            pieces = (general(value) if sign == _GENERAL else text for sign, text in self.tokens)
            return tidy("".join(pieces))
        if "/" in kinds:
            found = _FRACTION.fullmatch(self.trace.replace(_WRITTEN, " "))
            return _fraction(found, value) if found else None
        found = _PLACES.fullmatch(self.trace)
        if not found or _GENERAL in kinds or {",", _WRITTEN} <= {*found["whole"]}:
            return None
        return tidy(self._decimals(value, found))

    def _decimals(self, value: float, found: re.Match[str]) -> str:
        # Behind the last digit, or the last before the point, each comma takes three digits away.
        scaled = (found["scale"] + found["more"]).count(",")
        behind = [sign for sign in found["behind"] if sign in _PADDING]
        number = _decimal(value).scaleb(2 * self.trace.count("%") - 3 * scaled, _EXACT)
        number = number.quantize(Decimal(1).scaleb(-len(behind)), context=_EXACT)
        whole, _, decimals = format(number, "f").partition(".")
        whole, kept = whole.lstrip("0"), len(decimals.rstrip("0"))
        digits = _in_places(whole, found["whole"])
        for at, sign in enumerate(behind):
            digits.append(decimals[at] if sign == "0" or at < kept else _PADDING[sign])
        left = iter(digits)
        pieces = [next(left) if sign in _PADDING else text for sign, text in self.tokens]
        before = "".join(pieces[: found.start("point")])
        after = "".join(pieces[found.end("point") :])
        # Excel shows "12," where nothing follows, and LibreOffice "12".
        is_shown = after[:1].isdigit() or after[:1] in ("-", "\N{EN DASH}")  # "12,-" is money
        return f"{before},{after}" if found["point"] and is_shown else before + after


def _in_places(digits: str, places: str) -> list[str]:
    """The digits of a whole number, what is too much in the first of the places."""
    signs = [sign for sign in places if sign in _PADDING]
    if "," in places:
        digits = digits.zfill(len("".join(signs).lstrip("#?")))
        grouped = re.sub(r"(?<=\d)(?=(?:\d{3})+\Z)", NARROW_SPACE, digits)
        return [grouped, *[""] * (len(signs) - 1)]
    lacking = len(signs) - len(digits)
    if lacking >= 0:
        return [*(_PADDING[sign] for sign in signs[:lacking]), *digits]
    return [digits[: 1 - lacking], *digits[1 - lacking :]]


def _fraction(found: re.Match[str], value: float) -> str:
    whole, number = 0, Fraction(_decimal(value))
    if found["whole"]:
        whole, number = divmod(number, 1)
    if found["below"]:
        below = int(found["below"])
        above = round(number * below)
    else:
        number = number.limit_denominator(10 ** len(found["places"]) - 1)
        above, below = number.numerator, number.denominator
    if not found["whole"]:
        return f"{above}/{below}"
    if above == below:
        whole, above = whole + 1, 0
    parts = [f"{whole}" if whole or not above else "", f"{above}/{below}" if above else ""]
    return " ".join(filter(None, parts))
