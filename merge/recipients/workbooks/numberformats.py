"""A number and its format code → what a French spreadsheet shows (ECMA-376 part 1, 18.8.31).

Ours, for want of a library that is kept up: `ssf` stands still since 2020, `xlfmt` and `q2numfmt`
are first versions, and none of them writes French. What is not understood here gives None, never a
guess: scientific notation, calendars and digits of other languages. Dates are `moments`'.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from functools import lru_cache, partial
from typing import NamedTuple

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
_NUMBERS_REMEMBERED = 1 << 16  # a sheet is gone through twice
_EXACT = Context(prec=700, rounding=ROUND_HALF_UP)  # any float with any number of decimals
_DIGITS = 15  # of a number in a spreadsheet


@lru_cache(maxsize=_NUMBERS_REMEMBERED)
def shown(value: float, code: str) -> str | None:
    """The number as the format shows it; None where that is not known here."""
    if value >= 0 and float(value).is_integer() and code and not code.strip("0"):  # postcodes
        return str(int(value)).zfill(len(code))
    return _format(code).number(value)


def shown_text(text: str, code: str) -> str:
    """A text as the format's section for texts shows it: "Mairie de "@."""
    return _format(code).text(text)


def changes(code: str) -> bool:
    """Whether the format shows a number, or a text, in another way than General."""
    return _format(code).changes


def general(value: float) -> str:
    """A number to 15 digits with a decimal comma, and never as 3,3E+10."""
    if isinstance(value, int) or value.is_integer():
        return str(int(value))
    return format(_decimal(value), "f").replace(".", ",")


def _decimal(value: float) -> Decimal:
    if isinstance(value, int) or value.is_integer():
        return Decimal(int(value))
    return Decimal(f"{value:.{_DIGITS}g}")


# A section: 18.8.31. What stands in a token's place says what it is, its text what it shows.
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
    | (?P<digit>[0#?])
    | (?P<sign>[.,%/@])
    | (?P<free>[-+():!^&'~{}<>=$\ ]|[^\x00-\x7f])
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_DATE = re.compile(r"\[(?:h+|m+|s+)\]|am/pm|a/p|[dmyhs]", re.IGNORECASE)
_SECTION_END = re.compile(r'((?:"[^"]*"|\\.|[_*].|\[[^\]]*\]|[^;"\\_*\[])*)(?:;|\Z)', re.DOTALL)
_COMPARED: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "<>": operator.ne,
}


def _holds(compare: Callable[[float, float], bool], bound: float, value: float) -> bool:
    return compare(value, bound)


class _Token(NamedTuple):
    kind: str  # "text", "digit", "fixed", "sign" or "general"
    text: str


_AT, _POINT, _COMMA, _PERCENT, _SLASH = (_Token("sign", sign) for sign in "@.,%/")


_ONLY_ZEROS = re.compile(r"[^1-9]*0[^1-9]*")


class _NotUnderstood(Exception):
    """A code, or its use on this number."""


@lru_cache(maxsize=_FORMATS_REMEMBERED)
def _format(code: str) -> _Format:
    return _Format(code or GENERAL)


class _Format:
    """One format code, with up to four sections."""

    def __init__(self, code: str) -> None:
        self._numbers: list[_Section] = []
        self._texts: _Section | None = None
        try:
            sections = [_Section(each) for each in _sections(code)]
        except _NotUnderstood:
            is_date = len(code) <= _LONGEST_CODE and _is_date(code)
            self.changes = not is_date or moments.changes(code)
            return
        if len(sections) == 4 or sections[-1].is_text:
            self._texts = sections.pop()
        self._numbers = sections
        self.changes = not all(each.is_general for each in sections) or (
            self._texts is not None and self._texts.text("a") != "a"
        )

    def text(self, text: str) -> str:
        return self._texts.text(text) if self._texts else text

    def number(self, value: float) -> str | None:
        if not math.isfinite(value):
            return None
        if not self._numbers:  # "@"
            return general(value) if self._texts else None
        try:
            section, is_signed = self._section_for(value)
            made = section.number(abs(value))
        except _NotUnderstood:
            return None
        if value < 0 and is_signed and not _ONLY_ZEROS.fullmatch(made):
            return f"-{made}"
        return made

    def _section_for(self, value: float) -> tuple[_Section, bool]:
        """The section that a number is shown by, and whether its sign is written."""
        first, *others = self._numbers
        if any(each.condition for each in self._numbers):
            return self._section_by_condition(value), False
        if value < 0 and others:
            return others[0], False
        if value == 0 and len(others) > 1:
            return others[1], False
        return first, True

    def _section_by_condition(self, value: float) -> _Section:
        *asked, last = self._numbers
        if value < 0 or not asked or last.condition or not asked[0].condition:
            raise _NotUnderstood  # how Excel writes the sign then is not documented
        for section in asked:
            if section.condition and section.condition(value):
                return section
        return last


def _is_date(code: str) -> bool:
    bare = re.sub(r'"[^"]*"|\\.|[_*].|\[\$[^\]]*\]|General|Standard', "", code, flags=re.I)
    return bool(_DATE.search(re.sub(r"\[[a-z]{3,}[^\]]*\]", "", bare, flags=re.I)))


def _sections(code: str) -> Sequence[str]:
    if len(code) > _LONGEST_CODE:
        raise _NotUnderstood
    found: list[str] = []
    at = 0
    while section := _SECTION_END.match(code, at):
        found.append(section[1])
        at = section.end()
        if at == len(code) and not section[0].endswith(";"):
            break
    if at < len(code) or not 1 <= len(found) <= 4:
        raise _NotUnderstood
    return found


class _Section:
    """What is between two semicolons."""

    def __init__(self, code: str) -> None:
        self.condition: Callable[[float], bool] | None = None
        self._tokens = list(self._read(code))
        self.is_text = _AT in self._tokens
        self.is_general = [token.kind for token in self._tokens] == ["general"]
        self._made = self._maker()

    def _read(self, code: str) -> Iterator[_Token]:
        at = 0
        while at < len(code):
            found = _TOKEN.match(code, at)
            if not found:
                # The denominator of "# ?/8", and nothing else that is not quoted.
                fixed = re.compile(r"\d+").match(code, at)
                if not fixed or not code[:at].rstrip().endswith("/"):
                    raise _NotUnderstood
                yield _Token("fixed", fixed[0])
                at = fixed.end()
                continue
            at = found.end()
            match found.lastgroup:
                case "quoted" | "escaped" | "currency" | "free":
                    yield _Token("text", found[found.lastgroup])
                case "room":  # as wide as that sign
                    yield _Token("text", " ")
                case "bound":
                    self.condition = partial(
                        _holds, _COMPARED[found["condition"]], float(found["bound"])
                    )
                case "digit" | "sign" | "general":
                    yield _Token(found.lastgroup, found[0])

    def text(self, text: str) -> str:
        """A text with what stands around it."""
        if not self.is_text:
            return text
        return "".join(text if token == _AT else token.text for token in self._tokens).strip()

    def number(self, value: float) -> str:
        """A number that is not negative."""
        if self._made is None:
            raise _NotUnderstood
        made = self._made(value)
        return tidy(made)

    def _maker(self) -> Callable[[float], str] | None:
        """What makes a text of a number; None for what is not understood."""
        tokens = self._tokens
        kinds = {token.kind for token in tokens}
        if self.is_text:
            return None
        if "general" in kinds:
            return self._general if kinds <= {"general", "text"} else None
        if _SLASH in tokens:
            trace = "".join(" " if token.kind == "text" else token.text for token in tokens)
            found = _FRACTION.fullmatch(trace)
            return partial(_fraction, found) if found else None
        return None if "fixed" in kinds else _decimals(tokens)

    def _general(self, value: float) -> str:
        shown = (general(value) if t.kind == "general" else t.text for t in self._tokens)
        return "".join(shown)


def tidy(made: str) -> str:
    """Without what only makes columns stand straight; French has a space before the %."""
    if "%" in made:
        made = re.sub(r"(?<=\d)%", "\u00a0%", made)
    return re.sub("[ \u2007]+", " ", made).strip(" ")  # the other is as wide as a digit


def _decimals(tokens: Sequence[_Token]) -> Callable[[float], str] | None:
    digits = [i for i, token in enumerate(tokens) if token.kind == "digit"]
    commas = [i for i, token in enumerate(tokens) if token == _COMMA]
    points = [i for i, token in enumerate(tokens) if token == _POINT]
    point = points[0] if points else len(tokens)
    whole = [i for i in digits if i < point]
    if len(points) > 1 or (commas and (not whole or commas[0] < whole[0])):
        return None
    if not whole and any(token.kind == "sign" for token in tokens):
        return None  # ".00" has no place for what is before the comma
    last = whole[-1] if whole else -1
    # Behind the last digit, or the last before the point, each takes three digits away.
    scaled = sum(last < i < point or i > max(digits, default=-1) for i in commas)
    kept = [token for token in tokens[point + 1 :] if token != _COMMA]
    return _Decimals(
        before=[token for token in tokens[:point] if token != _COMMA],
        behind=kept,
        has_point=bool(points),
        is_grouped=any(i < last for i in commas),
        shift=2 * tokens.count(_PERCENT) - 3 * scaled,
    )


class _Decimals:
    """Digits in the places that a section has for them. Called for every cell of a column."""

    def __init__(
        self,
        *,
        before: Sequence[_Token],
        behind: Sequence[_Token],
        has_point: bool,
        is_grouped: bool,
        shift: int,
    ) -> None:
        self._before = [(token.kind == "digit", token.text) for token in reversed(before)]
        self._places = sum(is_digit for is_digit, _ in self._before)
        self._paddings = [_PADDING[text] for is_digit, text in reversed(self._before) if is_digit]
        self._behind = [(token.kind == "digit", token.text) for token in behind]
        decimals = sum(is_digit for is_digit, _ in self._behind)
        self._quantum = Decimal(1).scaleb(-decimals)
        self._has_point = has_point
        self._is_grouped = is_grouped
        self._shift = shift
        # "02 23 45 67 89": whole numbers, by far the most, want no arithmetic.
        self._mask = "" if shift or has_point or is_grouped or not self._places else self._masked()

    def _masked(self) -> str:
        pieces = ["%s" if is_digit else text.replace("%", "%%") for is_digit, text in self._before]
        return "".join(reversed(pieces))

    def __call__(self, value: float) -> str:
        if self._mask and float(value).is_integer():
            digits = str(int(value)) if value else ""
            lacking = self._places - len(digits)
            if lacking < 0:
                return self._mask % (digits[: 1 - lacking], *digits[1 - lacking :])
            return self._mask % (*self._paddings[:lacking], *digits)
        number = _decimal(value)
        if self._shift:
            number = number.scaleb(self._shift, _EXACT)
        digits = format(number.quantize(self._quantum, context=_EXACT), "f")
        whole, _, decimals = digits.partition(".")
        made = self._whole("" if whole == "0" else whole)
        behind = self._decimals(decimals)
        # Excel shows "12," where nothing follows, and LibreOffice "12".
        is_shown = behind[:1].isdigit() or behind[:1] in ("-", "–")  # "12,-" is a sum of money
        return f"{made},{behind}" if self._has_point and is_shown else made + behind

    def _whole(self, digits: str) -> str:
        left, written = self._places, 0
        pieces: list[str] = []  # from right to left
        for is_digit, text in self._before:
            if not is_digit:
                pieces.append(text)
                continue
            left -= 1
            taken = digits if not left else digits[-1:]
            digits = digits[: len(digits) - len(taken)]
            for digit in reversed(taken) if taken else _PADDING[text]:
                if self._is_grouped and written and written % 3 == 0:
                    pieces.append(NARROW_SPACE if digit.isdigit() else " ")
                pieces.append(digit)
                written += 1
        pieces.reverse()
        return "".join(pieces)

    def _decimals(self, digits: str) -> str:
        pieces: list[str] = []
        kept, at = len(digits.rstrip("0")), 0
        for is_digit, text in self._behind:
            if is_digit:
                text = digits[at] if at < kept or text == "0" else _PADDING[text]
                at += 1
            pieces.append(text)
        return "".join(pieces)


_PADDING = {"0": "0", "?": " ", "#": ""}
"""What stands in the place of a digit that the number has not."""


def _fraction(found: re.Match[str], value: float) -> str:
    whole, number = 0, Fraction(_decimal(value))
    if found["whole"]:
        whole, number = divmod(number, 1)
    if found["fixed"]:
        below = int(found["fixed"])
        above = round(number * below)
    else:
        number = number.limit_denominator(10 ** len(found["below"]) - 1)
        above, below = number.numerator, number.denominator
    if not found["whole"]:
        return f"{above}/{below}"
    if above == below:
        whole, above = whole + 1, 0
    parts = [f"{whole}" if whole or not above else "", f"{above}/{below}" if above else ""]
    return " ".join(filter(None, parts))


_FRACTION = re.compile(
    r" *(?:(?P<whole>[0#?]+) +)?[0#?]{1,3} *\/ *(?:(?P<below>[0#?]{1,3})|(?P<fixed>[1-9]\d{0,3})) *"
)
