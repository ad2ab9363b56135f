"""One cell: what is wrong with it, and its text without invisible characters."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

Cells = tuple[str, ...]
"""A record of a table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellProblem:
    """Why a cell was not taken as it stands; `contacts` adds path, row and header.

    `taken` says whether the row still makes a recipient.
    """

    code: str
    field: str
    value: str
    suggestion: str = ""
    taken: bool = True


class Problems(list[CellProblem]):
    """Of the cells of one row, as they were found."""

    def tell(
        self, code: str, field: str, value: str, suggestion: str = "", *, taken: bool = True
    ) -> None:
        self.append(
            CellProblem(code=code, field=field, value=value, suggestion=suggestion, taken=taken)
        )


# The errors of Excel and LibreOffice, in English and French.
_ERRORS = (
    *("#n/a", "#na", "#nd", "#n/d", "#ref!", "#valeur!", "#value!", "#nom?", "#name?"),
    *("#null!", "#nul!", "#num!", "#nombre!", "#div/0!"),
)
_BEFORE_THE_SIGN = ("", " ", "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}")  # "#REF !"

UNCOMPUTED = "#formula?"
"""What stands for a formula whose result is not in the workbook: a program wrote it there, and no
spreadsheet has opened it since."""

EMPTY_WORDS = frozenset(
    {UNCOMPUTED, "nan", "none", "null", "na", "n/a", "<na>", "nat", "(null)", "undefined"}
    | {re.sub("(?=[!?]$)", space, error) for error in _ERRORS for space in _BEFORE_THE_SIGN}
)
"""What programs write where there is nothing; compared in lower case."""

# Line breaks and tabs are people's own. The rest is an accident or an attack: a cell in a wrong
# encoding (C1), a text that turns the reading direction around.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202b\u202e\u2067\ufffd]")
# Soft hyphen, zero-width characters, word joiner and operators, BOM; marks of the reading direction
# and what says that it is from left to right: web pages, mail programs and address books have them
# around addresses and numbers, and without them the text reads as it did.
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a\u202c\u202d\u2060-\u2064\u2066\u2068-\u206f\ufeff]"
)


MAILBOX = re.compile(r"[^\s@]@[^\s@]+\.[^\W\d_]{2}")
"""What looks like an e-mail address in a cell."""


def has_control(text: str) -> bool:
    """Whether one of `CONTROL` is in the text. All but U+FFFD are what Python does not print."""
    is_plain = text.isprintable() and "\N{REPLACEMENT CHARACTER}" not in text  # nearly all
    return not is_plain and bool(CONTROL.search(text))


def shown(text: str) -> str:
    """The text as it may stand on a terminal."""
    return CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def clean(cell: str) -> str:
    """NFC, without what is invisible, and without white space around it."""
    if cell.isascii():
        return cell.strip()
    return _INVISIBLE.sub("", unicodedata.normalize("NFC", cell)).strip()


# ="01004" and '01004 keep Excel from making a number of a text.
_AS_TEXT = re.compile(r"""\s*=\s*"((?:[^"]|"")*+)"\s*""")
_APOSTROPHE = re.compile(r"\s*'(?=[0-9=+@-])([^']*+)\s*")
_BETWEEN = re.compile(r"\s*'((?:[^']|'')*+)'\s*")  # as some programs quote


def unquoted(cell: str) -> str:
    """The cell as a spreadsheet shows it: ="01004" and '01004 are 01004, 'Y' is Y."""
    if meant := _AS_TEXT.fullmatch(cell):
        return meant[1].replace('""', '"')
    meant = _APOSTROPHE.fullmatch(cell) or _BETWEEN.fullmatch(cell)
    return meant[1].replace("''", "'") if meant else cell


def one_line(text: str) -> str:
    """The text with every run of white space as one space."""
    return " ".join(text.split()) if text else ""


def windows_letters(text: str) -> str:
    """The text with the letters that Windows has where Unicode has control characters.

    The directory of the administration writes "C\x9cur" for "Cœur": bytes of cp1252 that someone
    took for Latin-1. Nobody means a control character of that range.
    """
    return _C1.sub(lambda found: found[0].encode("latin-1").decode("cp1252"), text)


_C1 = re.compile("[\x80\x82-\x8c\x8e\x91-\x9c\x9e\x9f]")  # the others mean nothing in cp1252


def is_twice_encoded(text: str) -> bool:
    """Whether a letter looks as UTF-8 does to who takes it for cp1252."""
    may_be = "Ã" in text or "Â" in text or "Å" in text or "â€" in text
    return may_be and bool(_TWICE_ENCODED.search(text))


def once_encoded(text: str) -> str:
    """ "FranÃ§ois" → "François": UTF-8 that someone took for cp1252, and saved so."""
    if not is_twice_encoded(text):
        return text
    try:
        return text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return text


# What the first bytes of é, œ and ’ look like then, and before the second a sign that no French
# word has there.
_SECOND = re.escape(bytes(range(0x80, 0xC0)).decode("cp1252", errors="ignore"))
_TWICE_ENCODED = re.compile(f"[ÂÃÅ][{_SECOND}]|â€[{_SECOND}]")
