"""A text file of delimited values (RFC 4180) → its records.

How the file was written is guessed: its encoding from all of it, for the first accent may come
late; delimiter and quotation marks from its beginning. A wrong encoding passes here, for single
bytes mean something in each of them; the names of the communes show it (`sheet_checks`).

The fields of each record are counted before pandas reads them: it fills rows that are too short,
drops what is too much, and lets an open quotation mark swallow the rest of the file.
"""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from merge.errors import SheetError
from merge.recipients.header import HEADER_AMONG, known_headers
from merge.recipients.records import Records
from merge.recipients.source import Source

_SAMPLE = 100_000  # characters, or bytes
_MEGABYTE = 1_000_000
_SAMPLE_RECORDS = 200
_SPARE_COLUMNS = 32  # beyond the widest row of the sample, for rows with fields too many
_LONGEST_CELL = csv.field_size_limit()
_NUL = "\0"  # no text has it once it is checked


def read_text(source: Source, encoding: str = "", delimiter: str = "") -> Records:
    """All records. What is not given of `encoding` and `delimiter` is guessed.

    SheetError: "value-unfit", "sheet-empty"; "not-a-sheet" for what is no text in any encoding;
    with the row "wrong-encoding", "not-a-sheet", "open-quote", "row-too-wide".
    """
    import pandas as pd

    encoding = check_encoding(encoding) if encoding else encoding_of(source.data)
    text, fault = _decoded(source.data, encoding)
    delimiter = _told_delimiter(delimiter) if delimiter else guess_delimiter(text)
    quoting = quoting_of(_beginning(text, _MEGABYTE), delimiter)
    data = quoting.doubled(text).encode("utf-8", "surrogatepass")
    del text
    widths = _widths(data, quoting, delimiter, fault)
    if not widths:
        raise SheetError("sheet-empty")
    frame = pd.read_csv(
        io.BytesIO(data),
        sep=delimiter,
        quotechar=quoting.mark,
        skipinitialspace=quoting.is_spaced,
        header=None,
        names=range(max(widths) or 1),
        index_col=False,
        dtype=str,  # text as it stands
        keep_default_na=False,
        na_filter=False,
        skip_blank_lines=False,
        encoding_errors="surrogatepass",
        engine="c",
        low_memory=False,
    )
    return Records(source.name, frame, widths, encoding, delimiter)


def _decoded(data: bytes, encoding: str) -> tuple[str, SheetError | None]:
    """The text without a byte order mark; its first fault, and the lines before that."""
    fault = None
    try:
        text = data.decode(encoding)
    except UnicodeError as error:
        end = error.start if isinstance(error, UnicodeDecodeError) else 0
        text = codecs.getincrementaldecoder(encoding)().decode(data[:end]) if end else ""
        fault = SheetError("wrong-encoding", encoding=encoding)
    if _NUL in text:
        text, fault = text[: text.index(_NUL)], SheetError("not-a-sheet", kind="NUL")
    text = text.removeprefix("\ufeff")
    if text.count("\r") > text.count("\r\n"):  # pandas stumbles over it alone (its issue 51141)
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return (text[: text.rfind("\n") + 1] if fault else text), fault


def _widths(data: bytes, quoting: Quoting, delimiter: str, fault: SheetError | None) -> list[int]:
    """How many fields each record has. SheetError, with the row: the fault behind them,
    "open-quote", "row-too-wide".
    """
    widths: list[int] = []
    text = io.TextIOWrapper(io.BytesIO(data), "utf-8", "surrogatepass", newline="")
    lines = itertools.chain(text, [_NUL])  # the last one is taken in where a quotation is open
    try:
        for line in lines:
            if quoting.mark in line or len(line) > _LONGEST_CELL:
                record = next(quoting.records(itertools.chain([line], lines), delimiter))
                if record[-1].endswith(_NUL):
                    fault = fault or SheetError("open-quote")
                else:
                    widths.append(len(record))
            elif line != _NUL:
                widths.append(line.count(delimiter) + 1 if line.strip("\r\n") else 0)
    except csv.Error:
        fault = SheetError("open-quote")
    if fault:
        fault.row = len(widths) + 1
        raise fault
    most = max(widths[:_SAMPLE_RECORDS], default=1) + _SPARE_COLUMNS
    for row, width in enumerate(widths, start=1):
        if width > most:
            raise SheetError("row-too-wide", row=row)
    return widths


def _beginning(text: str, size: int) -> str:
    """The lines of the text that end within so many characters."""
    return text if len(text) <= size else text[: text.rfind("\n", 0, size) + 1]


def _told_delimiter(given: str) -> str:
    delimiter = "\t" if given in ("tab", "\\t") else given
    if len(delimiter) > 1 or delimiter in '"\r\n\0' or not delimiter.isascii():
        raise SheetError("value-unfit", value=delimiter, example="; tab")
    return delimiter


# --- the encoding ---------------------------------------------------------------------------------


def encoding_of(data: bytes) -> str:
    """A guess from all bytes. SheetError("not-a-sheet") for what is no text in any encoding."""
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in data[:_SAMPLE]:
        return _guess_utf_16(data[:_SAMPLE])
    try:
        data.decode()
    except UnicodeDecodeError:
        return _guess_single_byte(data)
    return "utf-8"


def check_encoding(name: str) -> str:
    """The name, if Python knows how to read text so. SheetError("value-unfit")."""
    try:
        io.TextIOWrapper(io.BytesIO(), encoding=name)
    except LookupError:
        example = "utf-8, cp1252, iso-8859-15, mac-roman"
        raise SheetError("value-unfit", value=name, example=example) from None
    return name


def _guess_utf_16(sample: bytes) -> str:
    """By the zeros beside Latin letters; chardet needs more text than a few rows have."""
    high, low = sample[::2].count(0), sample[1::2].count(0)
    if max(high, low) > len(sample) / 4:  # most letters are Latin ones
        return "utf-16-le" if low > high else "utf-16-be"
    row = sample.count(b"\n", 0, sample.index(0)) + 1
    raise SheetError("not-a-sheet", row=row, kind="NUL")


def _guess_single_byte(data: bytes) -> str:
    import chardet  # it takes longer to load than most sheets to read

    lines = (b"\n" + line for line in data.splitlines() if not line.isascii())
    telling = b"".join(lines)[:_SAMPLE]
    among = ["windows-1252", "iso-8859-15", "macroman"]
    found = chardet.detect(telling, include_encodings=among)["encoding"]
    if found == "MacRoman":
        # Mac Roman has the small letters of French at 0x88–0x9F, Windows at 0xE0–0xFB. A few
        # names are too short a text for chardet.
        mac = sum(0x88 <= byte < 0xA0 for byte in telling)
        windows = sum(0xE0 <= byte < 0xFC for byte in telling)
        if mac >= windows:
            return "mac-roman"
    if found == "iso8859-15" and any(byte in telling for byte in _LATIN_9):
        return "iso8859-15"
    return "latin-1" if any(byte in data for byte in _NOT_WINDOWS) else "cp1252"


_LATIN_9 = b"\xa4\xbc\xbd\xbe"  # € Œ œ Ÿ; elsewhere it is as cp1252
_NOT_WINDOWS = b"\x81\x8d\x8f\x90\x9d"  # they mean nothing in cp1252


# --- delimiter and quotation marks ----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoting:
    """How cells stand in quotation marks, where it is not as RFC 4180 has it."""

    mark: str = '"'
    is_spaced: bool = False  # a space before the mark: Ain; "2, rue Y"
    is_escaped: bool = False  # a backslash before a mark within: "Le \\"Bourg\\""

    def records(self, lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
        """The records. csv.Error for a cell that is too long."""
        return csv.reader(
            lines, delimiter=delimiter, quotechar=self.mark, skipinitialspace=self.is_spaced
        )

    def doubled(self, text: str) -> str:
        """The text with two marks instead of a backslash and one."""
        if not self.is_escaped:
            return text
        pairs = rf"\\([\\{self.mark}])"
        return re.sub(pairs, lambda pair: pair[1] * (1 + (pair[1] == self.mark)), text)


_SINGLE_AT_LEAST = 3  # cells; an apostrophe before a number is a habit of Excel's


def quoting_of(text: str, delimiter: str) -> Quoting:
    """How cells that are cut by the delimiter stand in quotation marks in that text."""
    cut = re.escape(delimiter)
    begin, end = rf"(?:\A|[\r\n]|{cut})", rf"(?= *(?:{cut}|[\r\n]|\Z))"
    double, single = (re.search(f"{begin} *{mark}", text) for mark in "\"'")
    mark = "'" if single and not double and _has_apostrophes_around(text, cut) else '"'
    escaped = rf"{begin} *{mark}[^{mark}\n]*+(?<=\\){mark}(?!{mark}){end.replace('?=', '?!')}"
    is_escaped = bool(re.search(escaped, text))
    letter = rf"[^{mark}\\]|\\." if is_escaped else f"[^{mark}]"
    within = f"(?:{letter}|{mark}{mark})*+"
    # All cells in turn: what stands in one begins no other.
    cells = re.findall(rf"{begin}( *){mark}({within}){mark}{end}", text)
    is_spaced = any(space and cell and not cell.startswith(mark) for space, cell in cells)
    return Quoting(mark=mark, is_spaced=is_spaced, is_escaped=is_escaped)


def _has_apostrophes_around(text: str, cut: str) -> bool:
    """Whether apostrophes quote: all filled cells of a column below its header, none over two
    lines. Empty ones say nothing: a cell may well be two apostrophes.
    """
    whole = rf"'(?:[^'\\]|''|\\.)*+'(?= *(?:{cut}|$))"
    cell = re.compile(rf"(?:^|{cut}) *(?:({whole})|((?:(?!{cut}).)*+))")
    rows = [cell.findall(line) for line in re.split(r"[\r\n]+", text) if line]
    if any(plain.startswith("'") for row in rows for _quoted, plain in row):
        return False
    usual = _usual_width(rows)
    below = [each for each in rows if len(each) == usual][1:]
    filled = [
        [i for row in below for i, cell in enumerate(row) if cell[of] not in ("", "''")]
        for of in (0, 1)
    ]
    return len(filled[0]) >= _SINGLE_AT_LEAST and set(filled[0]).isdisjoint(filled[1])


def guess_delimiter(text: str) -> str:
    """The one that cuts out known headers and rows of equal width."""
    sample = _beginning(text, _SAMPLE)

    def fitness(delimiter: str) -> tuple[int, float, int]:
        quoting = quoting_of(sample, delimiter)
        lines = io.StringIO(quoting.doubled(sample), newline="")
        some = itertools.islice(quoting.records(lines, delimiter), _SAMPLE_RECORDS)
        records = [record for record in some if record]
        if not records:
            return (0, 0.0, 0)
        known = max(known_headers(record) for record in records[:HEADER_AMONG])
        usual = _usual_width(records)
        share = sum(len(record) == usual for record in records) / len(records)
        return (known, share if usual > 1 else 0.0, usual)

    return max(";,\t|", key=fitness)


def _usual_width(rows: Iterable[Sequence[object]]) -> int:
    """The one of most rows; of two, the larger."""
    widths = Counter(map(len, rows))
    return max(widths, key=lambda width: (widths[width], width))
