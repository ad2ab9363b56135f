"""A text file of delimited values (RFC 4180) → its records, in memory that does not grow with it.

How the file was written is guessed: its encoding, delimiter and quotation marks. A wrong encoding
passes here, for single bytes mean something in each of them; the names of the communes show it
(`sheet_checks`).

The file is read twice. The first time everything is checked that concerns the whole of it, with the
`csv` module: it stops at the first fault, where pandas would first hold the rest of the file behind
an open quotation mark. The second time `csv` reads again what is small; what is large pandas reads,
now that the widest row is known and none is shifted. Not with lines that end with CR alone, over
which pandas stumbles (pandas issue 51141), nor with quotation marks that are not as RFC 4180 has
them. Both cut alike, and pandas is the reader of tables that the users know; it is not there for
speed (24 MB: 1.0 s and 96 MB of memory, with `csv` 0.8 s and 59 MB; 120 MB: 3.8 s and 3.9 s).
"""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from merge.errors import SheetError
from merge.recipients.cells import Cells
from merge.recipients.header import HEADER_AMONG, known_headers
from merge.recipients.source import Source

DELIMITERS = (";", ",", "\t", "|")
_SAMPLE_CHARACTERS = 100_000
_SAMPLE_RECORDS = 200
_BLOCK_BYTES = 2 << 20
_MEGABYTE = 1_000_000
_BLOCKS_OF_CSV = 4  # at most
_LONGEST_LINE = 16 << 20  # characters; no row of a spreadsheet comes near
_SPARE_COLUMNS = 32  # beyond the widest row of the sample, for rows with fields too many
_NUL = "\0"  # no text has it once it is checked


class DelimitedText:
    """The records of a text file. What is not given of `encoding` and `delimiter` is guessed.

    Iterate `checked()` to its end first: it has all the errors. Iterating the object itself then
    gives the same records, short ones filled with "" to the width of the widest.

    SheetError: "not-a-sheet" for what is no text in any encoding.
    """

    def __init__(self, source: Source, encoding: str = "", delimiter: str = "") -> None:
        self._source = source
        self.encoding = encoding or encoding_of(source.blocks(_MEGABYTE))
        sample = self._sample()
        self.delimiter = delimiter or guess_delimiter(sample)
        self.quoting = quoting_of(sample[:_SAMPLE_CHARACTERS], self.delimiter)
        widest = max(map(len, _sample_records(sample, self.delimiter)), default=1)
        self._width_at_most = widest + _SPARE_COLUMNS
        self._width = 1
        self._rows = 0
        self._has_lone_cr = False

    def checked(self) -> Iterator[list[str]]:
        """Every record, as long as it is.

        SheetError, with the row: "wrong-encoding", "not-a-sheet", "open-quote",
        "row-too-wide".
        """
        self._width = 1
        lines = _Lines(self._texts())
        # A line of two cells behind the last one: in an open quotation mark they become one.
        ended = itertools.chain(lines, [_NUL + self.delimiter + _NUL])
        number = 0
        try:
            for number, record in enumerate(self.quoting.records(ended, self.delimiter), start=1):
                if record and record[-1].endswith(_NUL):
                    if record != [_NUL, _NUL]:
                        raise SheetError("open-quote", row=number)
                    self._rows, self._has_lone_cr = number - 1, lines.has_lone_cr
                    return
                if len(record) > self._width:
                    if len(record) > self._width_at_most:
                        raise SheetError("row-too-wide", row=number)
                    self._width = len(record)
                yield record
        except csv.Error:
            raise SheetError("open-quote", row=number + 1) from None
        except SheetError as error:
            error.row = error.row or number + 1
            raise

    def __iter__(self) -> Iterator[Cells]:
        is_small = self._source.size <= _BLOCKS_OF_CSV * _BLOCK_BYTES
        if not (is_small or self._has_lone_cr or not self.quoting.is_usual):
            yield from self._with_pandas()
            return
        for record in self.quoting.records(_Lines(self._texts()), self.delimiter):
            yield (*record, *[""] * (self._width - len(record)))

    def _with_pandas(self) -> Iterator[Cells]:
        import pandas as pd

        with (
            self._source.open() as file,
            pd.read_csv(
                file,
                sep=self.delimiter,
                header=None,
                names=range(self._width),
                index_col=False,
                dtype=object,  # text as it stands
                keep_default_na=False,
                na_filter=False,
                skip_blank_lines=False,
                encoding=self.encoding,
                encoding_errors="surrogatepass",
                engine="c",
                low_memory=False,
                chunksize=max(1, self._rows * _BLOCK_BYTES // self._source.size),
            ) as frames,
        ):
            for frame in frames:
                yield from zip(*(frame[column].tolist() for column in frame), strict=True)

    def _sample(self) -> str:
        """The first text: what lies before the first fault, when there is one."""
        sample = ""
        try:
            for text in self._texts():
                sample += text
                if len(sample) > _SAMPLE_CHARACTERS:
                    break
        except SheetError:
            pass
        return sample

    def _texts(self) -> Iterator[str]:
        """The file in blocks of text, without a byte order mark. What is before a fault comes."""
        decoder = codecs.getincrementaldecoder(self.encoding)()
        is_first, block = True, b" "
        with self._source.open() as file:
            while block:
                block = file.read(_BLOCK_BYTES)
                fault = None
                try:
                    text = decoder.decode(block, final=not block)
                except UnicodeDecodeError as error:
                    held_back = len(decoder.getstate()[0])
                    text = decoder.decode(block[: max(0, error.start - held_back)])
                    fault = SheetError("wrong-encoding", encoding=self.encoding)
                except UnicodeError:
                    text, fault = "", SheetError("wrong-encoding", encoding=self.encoding)
                if _NUL in text:
                    text, fault = text[: text.index(_NUL)], SheetError("not-a-sheet", kind="NUL")
                if is_first and text:
                    text, is_first = text.removeprefix("\ufeff"), False
                yield text
                if fault:
                    raise fault


class _Lines:
    """Lines with their ends (CRLF, LF, CR). The last one of a fault's text does not come."""

    def __init__(self, texts: Iterator[str]) -> None:
        self._texts = texts
        self.has_lone_cr = False  # up to now

    def __iter__(self) -> Iterator[str]:
        rest = ""
        for block in self._texts:
            text = rest + block
            # A CR at the very end may be half of a CRLF.
            end = max(text.rfind("\n"), text.rfind("\r", 0, len(text) - 1)) + 1
            yield from self._cut(text[:end])
            rest = text[end:]
            if len(rest) > _LONGEST_LINE:
                raise SheetError("open-quote")
        yield from self._cut(rest)

    def _cut(self, text: str) -> Iterator[str]:
        self.has_lone_cr = self.has_lone_cr or text.count("\r") > text.count("\r\n")
        return io.StringIO(text, newline="")


# --- the encoding ---------------------------------------------------------------------------------

_BYTE_ORDER_MARKS = (  # the longer first: UTF-32's little-endian mark begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def encoding_of(blocks: Iterable[bytes]) -> str:
    """A guess from the bytes of the whole file, given block by block.

    SheetError("not-a-sheet") for what is no text in any encoding.
    """
    utf_8 = codecs.getincrementaldecoder("utf-8")()
    is_utf_8 = fits_windows = True
    telling = b""  # lines that are not ASCII, as many as a guess needs
    for number, block in enumerate(blocks):
        if not number:
            for mark, name in _BYTE_ORDER_MARKS:
                if block.startswith(mark):
                    return name
            if b"\0" in block[:_SAMPLE_CHARACTERS]:
                return _guess_utf_16(block[:_SAMPLE_CHARACTERS])
        try:
            is_utf_8 = is_utf_8 and utf_8.decode(block) is not None
        except UnicodeDecodeError:
            is_utf_8 = False
        if not block.isascii():
            fits_windows = fits_windows and not any(code in block for code in _NOT_WINDOWS)
            if len(telling) < _SAMPLE_CHARACTERS:
                lines = (line for line in block.splitlines() if not line.isascii())
                telling = b"\n".join((telling, *lines))[:_SAMPLE_CHARACTERS]
    if is_utf_8 and not utf_8.getstate()[0]:  # no character is cut at the end
        return "utf-8"
    return _guess_single_byte(telling, fits_windows=fits_windows)


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


def _guess_single_byte(telling: bytes, *, fits_windows: bool) -> str:
    import chardet  # it takes longer to load than most sheets to read

    among = ["windows-1252", "iso-8859-15", "macroman"]
    found = chardet.detect(telling, include_encodings=among)["encoding"]
    if found == "MacRoman":
        # Mac Roman has the small letters of French at 0x88–0x9F, Windows at 0xE0–0xFB. A few
        # names are too short a text for chardet.
        mac, windows = (sum(telling.count(byte) for byte in r) for r in (_MAC, _WINDOWS))
        if mac >= windows:
            return "mac-roman"
    if found == "iso8859-15" and any(telling.count(byte) for byte in _LATIN_9):
        return "iso8859-15"
    return "cp1252" if fits_windows else "latin-1"


_LATIN_9 = [bytes([code]) for code in b"\xa4\xbc\xbd\xbe"]  # € Œ œ Ÿ; elsewhere it is as cp1252
_MAC = [bytes([code]) for code in range(0x88, 0xA0)]
_WINDOWS = [bytes([code]) for code in range(0xE0, 0xFC)]
_NOT_WINDOWS = b"\x81\x8d\x8f\x90\x9d"  # they mean nothing in cp1252


# --- delimiter and quotation marks ----------------------------------------------------------------


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
    if len(text) >= _SAMPLE_CHARACTERS:
        text = text[: text.rfind("\n") + 1]  # the last line may be cut in the middle of a cell
    cut = re.escape(delimiter)
    begin, end = rf"(?:\A|[\r\n]|{cut})", rf"(?= *(?:{cut}|[\r\n]|\Z))"
    is_double = re.search(rf'{begin} *"', text) or "'" not in text
    mark = '"' if is_double or not _has_apostrophes_around(text, cut) else "'"
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
    widths = Counter(map(len, rows))
    usual = max(widths, key=lambda width: (widths[width], width))
    below = [each for each in rows if len(each) == usual][1:]
    filled = [
        [i for row in below for i, cell in enumerate(row) if cell[of] not in ("", "''")]
        for of in (0, 1)
    ]
    return len(filled[0]) >= _SINGLE_AT_LEAST and set(filled[0]).isdisjoint(filled[1])


def _sample_records(text: str, delimiter: str) -> list[list[str]]:
    """The first records of the text, cut by that delimiter; [] when it cannot be cut so."""
    sample = text[:_SAMPLE_CHARACTERS]
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
        records = [record for record in _sample_records(text, delimiter) if record]
        if not records:
            return (0, 0.0, 0)
        widths = [len(record) for record in records]
        usual = max(set(widths), key=lambda width: (widths.count(width), width))
        known = max(known_headers(record) for record in records[:HEADER_AMONG])
        if usual == 1:
            return (known, 0.0, 1)
        return (known, widths.count(usual) / len(widths), usual)

    return max(DELIMITERS, key=fitness)
