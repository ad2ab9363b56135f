"""How a text file was written: its encoding, delimiter, quotation marks, header row. Guesses.

A wrong encoding passes here: single bytes mean something in each of them. The names of the
communes find it out (`contacts`).
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from merge.errors import SheetError
from merge.recipients.columns import is_known

DELIMITERS = (";", ",", "\t", "|")
SAMPLE_CHARACTERS = 100_000
_SAMPLE_RECORDS = 200
HEADER_AMONG = 30  # rows from the first: titles and notes are shorter than that

_BYTE_ORDER_MARKS = (  # the longer first: UTF-32's little-endian mark begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def encoding_of(blocks: Iterable[bytes]) -> str:
    """A guess from the bytes of the whole file, given block by block.

    SheetError("nul-bytes") for what is no text in any encoding.
    """
    clues = _Clues()
    for block in blocks:
        if clues.start == b"":
            clues.start = block[:SAMPLE_CHARACTERS]
            for mark, name in _BYTE_ORDER_MARKS:
                if block.startswith(mark):
                    return name
            if b"\0" in clues.start:
                return _guess_utf_16(clues.start)
        clues.take(block)
    return "utf-8" if clues.is_utf_8() else _guess_single_byte(clues)


def check_encoding(name: str) -> str:
    """The name, if Python knows how to read text so. SheetError("unknown-encoding")."""
    try:
        io.TextIOWrapper(io.BytesIO(), encoding=name)
    except LookupError:
        raise SheetError("unknown-encoding", encoding=name) from None
    return name


class _Clues:
    """What the bytes of a file tell about its encoding, as far as they were taken."""

    def __init__(self) -> None:
        self.start = b""
        self.telling = b""  # lines that are not ASCII, as many as a guess needs
        self.fits_windows = True
        self._utf_8: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")()

    def take(self, block: bytes) -> None:
        if self._utf_8:
            try:
                self._utf_8.decode(block)
            except UnicodeDecodeError:
                self._utf_8 = None
        if block.isascii():
            return
        self.fits_windows = self.fits_windows and not any(code in block for code in _NOT_WINDOWS)
        if len(self.telling) < SAMPLE_CHARACTERS:
            lines = (line for line in block.splitlines() if not line.isascii())
            self.telling = b"\n".join((self.telling, *lines))[:SAMPLE_CHARACTERS]

    def is_utf_8(self) -> bool:
        """Whether all was, up to the end: no character is cut there."""
        return self._utf_8 is not None and not self._utf_8.getstate()[0]


def _guess_utf_16(sample: bytes) -> str:
    """By the zeros beside Latin letters; chardet needs more text than a few rows have."""
    high, low = sample[::2].count(0), sample[1::2].count(0)
    if max(high, low) > len(sample) / 4:  # most letters are Latin ones
        return "utf-16-le" if low > high else "utf-16-be"
    raise SheetError("nul-bytes", row=sample.count(b"\n", 0, sample.index(0)) + 1)


def _guess_single_byte(clues: _Clues) -> str:
    import chardet  # it takes longer to load than most sheets to read

    telling = clues.telling
    found = chardet.detect(telling, include_encodings=["windows-1252", "iso-8859-15", "macroman"])[
        "encoding"
    ]
    if found == "MacRoman":
        # Mac Roman has the small letters of French at 0x88–0x9F, Windows at 0xE0–0xFB. A few
        # names are too short a text for chardet.
        mac, windows = (sum(telling.count(byte) for byte in r) for r in (_MAC, _WINDOWS))
        if mac >= windows:
            return "mac-roman"
    if found == "iso8859-15" and any(telling.count(byte) for byte in _LATIN_9):
        return "iso8859-15"
    return "cp1252" if clues.fits_windows else "latin-1"


_LATIN_9 = [bytes([code]) for code in b"\xa4\xbc\xbd\xbe"]  # € Œ œ Ÿ; elsewhere it is as cp1252
_MAC = [bytes([code]) for code in range(0x88, 0xA0)]
_WINDOWS = [bytes([code]) for code in range(0xE0, 0xFC)]
_NOT_WINDOWS = b"\x81\x8d\x8f\x90\x9d"  # they mean nothing in cp1252


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoting:
    """How cells stand in quotation marks, where it is not as RFC 4180 has it."""

    mark: str = '"'
    is_spaced: bool = False  # a space before the mark: Ain; "2, rue Y"
    is_escaped: bool = False  # a backslash before a mark within: "Le \\"Bourg\\""

    @property
    def is_usual(self) -> bool:
        """Whether all is as RFC 4180 has it."""
        return self == Quoting()

    def records(self, lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
        """The records. csv.Error for a cell that is too long."""
        if self.is_escaped:
            lines = map(self._without_backslashes, lines)
        return csv.reader(
            lines, delimiter=delimiter, quotechar=self.mark, skipinitialspace=self.is_spaced
        )

    def _without_backslashes(self, line: str) -> str:
        if "\\" not in line:
            return line
        return _ESCAPED[self.mark].sub(lambda pair: pair[1] * (1 + (pair[1] == self.mark)), line)


_ESCAPED = {mark: re.compile(rf"\\([\\{mark}])") for mark in "\"'"}
_SINGLE_AT_LEAST = 3  # cells; an apostrophe before a number is a habit of Excel's


def quoting_of(text: str, delimiter: str) -> Quoting:
    """How cells that are cut by the delimiter stand in quotation marks in that text."""
    if len(text) >= SAMPLE_CHARACTERS:
        text = text[: text.rfind("\n") + 1]  # the last line may be cut in the middle of a cell
    cut = re.escape(delimiter)
    begin, end = rf"(?:\A|[\r\n]|{cut})", rf"(?= *(?:{cut}|[\r\n]|\Z))"
    mark = '"'
    if not re.search(rf'{begin} *"', text):
        opened = len(re.findall(rf"{begin} *'", text))
        whole = rf"{begin} *'(?:[^'\\]|''|\\.)*+'{end}"
        if _SINGLE_AT_LEAST <= opened == len(re.findall(whole, text)):
            mark = "'"
    escaped = rf"{begin} *{mark}[^{mark}\n]*+(?<=\\){mark}(?!{mark}){end.replace('?=', '?!')}"
    is_escaped = bool(re.search(escaped, text))
    letter = rf"[^{mark}\\]|\\." if is_escaped else f"[^{mark}]"
    within = f"(?:{letter}|{mark}{mark})*+"
    # All cells in turn: what stands in one begins no other.
    cells = re.findall(rf"{begin}( *){mark}({within}){mark}{end}", text)
    is_spaced = any(space and cell and not cell.startswith(mark) for space, cell in cells)
    return Quoting(mark=mark, is_spaced=is_spaced, is_escaped=is_escaped)


def sample_records(text: str, delimiter: str) -> list[list[str]]:
    """The first records of the text, cut by that delimiter; [] when it cannot be cut so."""
    sample = text[:SAMPLE_CHARACTERS]
    records: list[list[str]] = []
    quoting = quoting_of(sample, delimiter)
    try:
        for record in quoting.records(io.StringIO(sample, newline=""), delimiter):
            records.append(record)
            if len(records) == _SAMPLE_RECORDS:
                return records
    except csv.Error:  # a cell of more than 128 KB
        return []
    # The last one may be cut in the middle.
    return records[:-1] if len(text) > len(sample) else records


def guess_delimiter(text: str) -> str:
    """The one that cuts out known headers and rows of equal width."""

    def fitness(delimiter: str) -> tuple[int, float, int]:
        records = [record for record in sample_records(text, delimiter) if record]
        if not records:
            return (0, 0.0, 0)
        widths = [len(record) for record in records]
        usual = max(set(widths), key=lambda width: (widths.count(width), width))
        known = max(_known(record) for record in records[:HEADER_AMONG])
        if usual == 1:
            return (known, 0.0, 1)
        return (known, widths.count(usual) / len(widths), usual)

    return max(DELIMITERS, key=fitness)


def find_header(rows: Sequence[Sequence[str]]) -> int | None:
    """Index of the header among the first rows; None when they are all data.

    The row with the most headers that the program knows, and of those with as many one of more
    than a cell ("Communes" is a title); if it knows none, the first row of more than one cell (or
    of one, in a sheet of one column) that does not look like data.
    """
    first = [(i, row) for i, row in enumerate(rows[:HEADER_AMONG]) if any(map(str.strip, row))]
    if not first:
        return None
    best, row = max(first, key=lambda pair: (_known(pair[1]), _filled(pair[1]) > 1))  # the first
    if _known(row):
        return best
    widest = max(_filled(row) for _, row in first)
    for index, row in first:
        if _filled(row) > 1 or widest == 1:
            return None if any(map(_is_datum, row)) else index
    return None


def meant_encoding(header: str, encoding: str) -> str | None:
    """The encoding in which a header would be a known one, when it is none as it was read.

    "" when the file itself was spoilt before: no other encoding would mend it. None when nothing
    says that the encoding is wrong.
    """
    if header.isascii() or is_known(header):
        return None
    read_as = dict.fromkeys((encoding or "utf-8", *_ENCODINGS))
    for wrong in read_as:
        for right in _ENCODINGS:
            with contextlib.suppress(UnicodeError):
                if is_known(header.encode(wrong).decode(right)):
                    return right if wrong == encoding else ""
    return None


_ENCODINGS = ("utf-8", "cp1252", "mac-roman", "cp850", "latin-1", "iso8859-15")


def _known(record: Sequence[str]) -> int:
    cells = [cell for cell in record if cell and not cell.isspace()]
    return sum(is_known(cell, exactly=len(cells) == 1) for cell in cells)


def _filled(record: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in record)


def _is_datum(cell: str) -> bool:
    return "@" in cell or cell.strip().isdigit()
