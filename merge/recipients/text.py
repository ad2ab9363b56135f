"""A text file of delimited values (RFC 4180) → its records.

How the file was written is guessed: its encoding from all of it, for the first accent may come
late; the delimiter from its beginning. A wrong encoding passes here, for single bytes mean
something in each of them; the names of the communes show it (`sheet_checks`).

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
from collections.abc import Iterable, Iterator

from merge.errors import SheetError
from merge.recipients.header import HEADER_AMONG, known_headers
from merge.recipients.records import Records, check_cells
from merge.recipients.source import Source

_SAMPLE = 100_000  # characters, or bytes
_SAMPLE_RECORDS = 200
_NUL = "\0"  # no text has it once it is checked


def read_text(source: Source, encoding: str = "", delimiter: str = "") -> Records:
    """All records. What is not given of `encoding` and `delimiter` is guessed.

    SheetError: "value-unfit", "sheet-empty"; "not-a-sheet" for what is no text in any encoding;
    with the row "wrong-encoding", "not-a-sheet", "open-quote", "sheet-too-large".
    """
    import pandas as pd

    encoding = check_encoding(encoding) if encoding else encoding_of(source.data)
    text, fault = _decoded(source.data, encoding)
    delimiter = _told_delimiter(delimiter) if delimiter else guess_delimiter(text)
    text = doubled(text, delimiter)
    widths = _widths(text, delimiter, fault)
    if not widths:
        raise SheetError("sheet-empty")
    widest = max(widths)
    check_cells(len(widths), widest, row=widths.index(widest) + 1)
    data = io.BytesIO(text.encode("utf-8", "surrogatepass"))
    del text
    frame = pd.read_csv(
        data,
        sep=delimiter,
        skipinitialspace=True,
        header=None,
        names=range(widest or 1),
        index_col=False,
        dtype=str,  # text as it stands
        keep_default_na=False,
        na_filter=False,
        skip_blank_lines=False,
        encoding_errors="surrogatepass",
        engine="c",
    )
    return Records(source.name, frame, widths, encoding, delimiter)


def _decoded(data: bytes, encoding: str) -> tuple[str, SheetError | None]:
    """The text without a byte order mark, and its first fault: the text ends with the line before
    it.
    """
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


def doubled(text: str, delimiter: str) -> str:
    """The text with two quotation marks for a backslash and one ("Le \\"Bourg\\""), if that is how
    it is written; JSON in a cell has a backslash and two.
    """
    escaped = rf'\\"(?! *(?:{re.escape(delimiter)}|[\r\n]|\Z))'  # what else would end its cell
    return re.sub(escaped, '""', text) if re.search(rf'{escaped}(?!")', text) else text


def records(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    """The records, without spaces behind the delimiter. csv.Error for a cell that is too long."""
    return csv.reader(lines, delimiter=delimiter, skipinitialspace=True)


def _widths(text: str, delimiter: str, fault: SheetError | None) -> list[int]:
    """How many fields each record has.

    SheetError, with the row behind the last whole record: the `fault` behind the text, or
    "open-quote".
    """
    widths: list[int] = []
    record: list[str] = []
    end = [_NUL, _NUL]
    lines = itertools.chain(io.StringIO(text, newline=""), [delimiter.join(end)])
    try:
        for record in records(lines, delimiter):
            widths.append(len(record))
        widths.pop()
        if record != end:  # a quotation that is open has taken it in
            fault = fault or SheetError("open-quote")
    except csv.Error:
        fault = SheetError("open-quote")
    if fault:
        fault.row = len(widths) + 1
        raise fault
    return widths


def _told_delimiter(given: str) -> str:
    delimiter = "\t" if given in ("tab", "\\t") else given
    if len(delimiter) > 1 or delimiter in '"\r\n\0' or not delimiter.isascii():
        raise SheetError("value-unfit", value=delimiter, example="; tab")
    return delimiter


def guess_delimiter(text: str) -> str:
    """The one that cuts out known headers and rows of equal width."""

    def fitness(delimiter: str) -> tuple[int, float, int]:
        lines = io.StringIO(doubled(text[:_SAMPLE], delimiter), newline="")
        some = [*filter(None, itertools.islice(records(lines, delimiter), _SAMPLE_RECORDS))]
        if not some:
            return (0, 0.0, 0)
        known = max(map(known_headers, some[:HEADER_AMONG]))
        [(usual, times)] = Counter(map(len, some)).most_common(1)
        return (known, times / len(some) if usual > 1 else 0.0, usual)

    return max(";,\t|", key=fitness)


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
        return _guess_single_byte(data.translate(None, bytes(range(128))))
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
    """By the zeros beside Latin letters."""
    high, low = sample[::2].count(0), sample[1::2].count(0)
    if max(high, low) > len(sample) / 4:  # most letters are Latin ones
        return "utf-16-le" if low > high else "utf-16-be"
    row = sample.count(b"\n", 0, sample.index(0)) + 1
    raise SheetError("not-a-sheet", row=row, kind="NUL")


def _guess_single_byte(accents: bytes) -> str:
    """The encoding in which the bytes beyond ASCII are French letters."""

    def fitness(encoding: str) -> int:
        return sum(_WORTH.get(letter, 0) for letter in accents[:_SAMPLE].decode(encoding, "ignore"))

    found = max(("cp1252", "mac-roman", "iso8859-15"), key=fitness)
    is_windows = found != "cp1252" or not any(byte in accents for byte in _NOT_WINDOWS)
    return found if is_windows else "latin-1"


_LETTERS = "àáâäæçèéêëîïóôöùúûüÿœ"
# A small é of Windows is a capital È to a Mac; capitals within names are fewer.
_WORTH = {**dict.fromkeys(f"{_LETTERS.upper()}€", 1), **dict.fromkeys(_LETTERS, 2)}
_NOT_WINDOWS = b"\x81\x8d\x8f\x90\x9d"  # they mean nothing in cp1252
