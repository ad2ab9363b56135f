"""A text file of delimited values (RFC 4180) → its records, in memory that does not grow with it.

The file is gone through twice. The first time everything is checked that concerns the whole of
it, with the `csv` module: it stops at the first fault, where pandas would first hold the rest of
the file behind an open quotation mark. The second time pandas reads a large file, as many rows at a
time as a block of the file held the first time; by then it knows the widest row, and shifts none.
All others are left to `csv` then, too: it has read all mayors of France before pandas is loaded.
So are lines that end with CR alone, over which pandas stumbles (pandas issue 51141), and quotation
marks that are not as RFC 4180 has them, for both readings have to agree.
"""

from __future__ import annotations

import codecs
import csv
import io
import itertools
from collections.abc import Iterable, Iterator

from merge.errors import SheetError
from merge.recipients.cells import Cells
from merge.recipients.dialect import (
    SAMPLE_CHARACTERS,
    guess_delimiter,
    quoting_of,
    sample_records,
)
from merge.recipients.source import Source

_BLOCK_BYTES = 2 << 20
_BLOCKS_OF_CSV = 4  # at most
_LONGEST_LINE = 16 << 20  # characters; no row of a spreadsheet comes near
_SPARE_COLUMNS = 32  # beyond the widest row of the sample, for rows with fields too many
_NUL = "\0"  # no text has it once it is checked


class DelimitedText:
    """The records of a text file. Without `delimiter` it is guessed.

    Iterate `checked()` to its end first: it has all the errors. Iterating the object itself then
    gives the same records, short ones filled with "" to the width of the widest.
    """

    def __init__(self, source: Source, encoding: str, delimiter: str = "") -> None:
        self._source = source
        self.encoding = encoding
        sample = self._sample()
        self.delimiter = delimiter or guess_delimiter(sample)
        self.quoting = quoting_of(sample[:SAMPLE_CHARACTERS], self.delimiter)
        widest = max(map(len, sample_records(sample, self.delimiter)), default=1)
        self._width_at_most = widest + _SPARE_COLUMNS
        self._width = 1
        self._records_of_blocks: list[int] = []
        self._has_lone_cr = False

    def checked(self) -> Iterator[list[str]]:
        """Every record, as long as it is.

        SheetError, with the row: "encoding-does-not-fit", "nul-bytes", "open-quote",
        "cell-too-long", "row-too-wide".
        """
        self._width, self._records_of_blocks = 1, []
        lines = _Lines(self._texts())
        # A line of two cells behind the last one: in an open quotation mark they become one.
        ended = itertools.chain(lines, [_NUL + self.delimiter + _NUL])
        number = before = 0
        block = 1
        try:
            for number, record in enumerate(self._cut(ended), start=1):
                if record and record[-1].endswith(_NUL):
                    if record != [_NUL, _NUL]:
                        raise SheetError("open-quote", row=number)
                    self._records_of_blocks.append(number - 1 - before)
                    self._has_lone_cr = lines.has_lone_cr
                    return
                if len(record) > self._width:
                    if len(record) > self._width_at_most:
                        raise SheetError("row-too-wide", row=number)
                    self._width = len(record)
                if lines.blocks > block:
                    self._records_of_blocks.append(number - before)
                    before, block = number, lines.blocks
                yield record
        except csv.Error:
            raise SheetError("cell-too-long", row=number + 1, most=csv.field_size_limit()) from None
        except SheetError as error:
            error.row = error.row or number + 1
            raise

    def __iter__(self) -> Iterator[Cells]:
        is_small = len(self._records_of_blocks) <= _BLOCKS_OF_CSV
        with_csv = is_small or self._has_lone_cr or not self.quoting.is_usual
        return self._with_csv() if with_csv else self._with_pandas()

    def _cut(self, lines: Iterable[str]) -> Iterator[list[str]]:
        return self.quoting.records(lines, self.delimiter)

    def _with_csv(self) -> Iterator[Cells]:
        for record in self._cut(_Lines(self._texts())):
            yield (*record, *[""] * (self._width - len(record)))

    def _with_pandas(self) -> Iterator[Cells]:
        import pandas as pd

        with pd.read_csv(
            _Text(self._texts()),
            sep=self.delimiter,
            header=None,
            names=range(self._width),
            index_col=False,
            dtype=object,  # text as it stands
            keep_default_na=False,
            na_filter=False,
            skip_blank_lines=False,
            encoding_errors="surrogatepass",
            engine="c",
            low_memory=False,
            iterator=True,
        ) as reader:
            for rows in filter(None, self._records_of_blocks):
                frame = reader.get_chunk(rows)
                yield from zip(*(frame[column].tolist() for column in frame), strict=True)

    def _sample(self) -> str:
        """The first text: what lies before the first fault, when there is one."""
        sample = ""
        try:
            for text in self._texts():
                sample += text
                if len(sample) > SAMPLE_CHARACTERS:
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
                    fault = SheetError("encoding-does-not-fit", encoding=self.encoding)
                except UnicodeError:
                    text, fault = "", SheetError("encoding-does-not-fit", encoding=self.encoding)
                if _NUL in text:
                    text, fault = text[: text.index(_NUL)], SheetError("nul-bytes")
                if is_first and text:
                    text, is_first = text.removeprefix("\ufeff"), False
                yield text
                if fault:
                    raise fault


class _Lines:
    """Lines with their ends (CRLF, LF, CR). The last one of a fault's text does not come."""

    def __init__(self, texts: Iterator[str]) -> None:
        self._texts = texts
        self.blocks = 0  # of text, asked for up to now
        self.has_lone_cr = False  # up to now

    def __iter__(self) -> Iterator[str]:
        rest = ""
        for block in self._texts:
            self.blocks += 1
            text = rest + block
            # A CR at the very end may be half of a CRLF.
            end = max(text.rfind("\n"), text.rfind("\r", 0, len(text) - 1)) + 1
            yield from self._cut(text[:end])
            rest = text[end:]
            if len(rest) > _LONGEST_LINE:
                raise SheetError("cell-too-long", most=csv.field_size_limit())
        yield from self._cut(rest)

    def _cut(self, text: str) -> Iterator[str]:
        self.has_lone_cr = self.has_lone_cr or text.count("\r") > text.count("\r\n")
        return io.StringIO(text, newline="")


class _Text(io.TextIOBase):
    """Blocks of text as the open file that pandas wants, never more than it asks for:
    it would be ten times slower."""

    def __init__(self, texts: Iterator[str]) -> None:
        self._texts = texts
        self._block = io.StringIO()

    def read(self, size: int | None = -1) -> str:
        text = self._block.read(size)
        while not text:
            block = next(self._texts, None)
            if block is None:
                return ""
            self._block = io.StringIO(block, newline="")
            text = self._block.read(size)
        return text
