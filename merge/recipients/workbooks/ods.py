"""ODS: how far the cells of its tables go, their errors and hidden rows, what is shown in them.

OpenDocument 1.3 part 3, 9.1, 19.675 (rows) and 19.749 (visibility); the type "error" is
LibreOffice's own (calcext).
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date
from xml.parsers import expat

from merge.errors import SheetError
from merge.recipients.workbooks import moments
from merge.recipients.workbooks.cell_facts import SheetFacts
from merge.recipients.workbooks.numberformats import general, tidy
from merge.recipients.workbooks.xml_parts import NAMES_KEPT, WorkbookLimits, XmlPart, local, pairs

_NUMBERS = frozenset({"float", "percentage", "currency"})
_MOMENTS = frozenset({"date", "time"})
_NOT_THE_NUMBER = re.compile(r"\d[Ee][+-]?\d|\A#(?:FMT|#)")  # "1,2E+05", "#FMT", "###"


class TablesPart(XmlPart):
    """What is looked for in the tables of a document."""

    def __init__(
        self, parser: expat.XMLParserType, most: WorkbookLimits, sheets: dict[str, SheetFacts]
    ) -> None:
        super().__init__(parser, most, sheets)
        self._sheet = SheetFacts()
        self._names: dict[str, str] = {}
        self._rows = range(0)
        self._columns = range(0)
        self._depth = 0  # within a cell that shows an error
        self._shown: list[str] | None = None
        self._type = ""  # of the cell
        self._value, self._spanned = "nan", 1  # as the last element says

    def start(self, name: str, attributes: list[str]) -> None:
        """See `XmlPart`."""
        self.tags += 1
        kind = self._local(name)
        if self._shown is not None:
            self._depth += 1
            # Its own paragraph: one of an annotation stands deeper.
            if self._depth == 1 and kind == "p":
                self._parser.CharacterDataHandler = self._shown.append
            elif kind == "s" and self._parser.CharacterDataHandler:
                self._shown.append(" ")
        elif kind in ("table-cell", "covered-table-cell"):
            repeated, type_ = self._repeated(attributes, "number-columns-repeated", "value-type")
            begin = self._columns.stop
            self._columns = range(begin, begin + repeated)
            if type_:
                self._holds()
            if type_ == "error" or type_ in _NUMBERS or type_ in _MOMENTS:
                self._shown, self._depth, self._type = [], 0, type_
                self._parser.EndElementHandler = self._end
            if self._spanned > 1:
                last = self._rows.start + self._spanned - 1
                self._sheet.merged.append((self._rows.start, last, begin))
        elif kind == "table-row":
            repeated, seen = self._repeated(attributes, "number-rows-repeated", "visibility")
            self._rows = range(self._rows.stop, self._rows.stop + repeated)
            self._columns = range(1, 1)
            self.row = self._rows.start
            if seen in ("collapse", "filter"):
                self._sheet.note_hidden(self._rows.start, self._rows.stop - 1)
        elif kind == "table":
            found = (v for k, v in pairs(attributes) if self._local(k) == "name")
            self._sheet = self._sheets.setdefault(next(found, ""), SheetFacts())
            self._rows = range(1, 1)

    def _local(self, name: str) -> str:
        """The name without its prefix."""
        found = self._names.get(name)
        if found is None:
            if len(self._names) > NAMES_KEPT:
                self._names.clear()
            found = self._names[name] = local(name)
        return found

    def _repeated(self, attributes: list[str], number: str, other: str) -> tuple[int, str]:
        """How many equal ones this is, and the value of another attribute: the last one of it, for
        what LibreOffice adds follows what the standard has."""
        repeated, said = 1, ""
        self._value, self._spanned = "nan", 1
        for name, value in pairs(attributes):
            local = self._local(name)
            if local == number:
                repeated = int(value) if len(value) <= len(str(self._most.equal)) else 0
                if not 0 < repeated <= self._most.equal:
                    raise SheetError("workbook-damaged")
            elif local == other and said != "error":
                said = value
            elif local in ("value", "date-value"):
                self._value = value
            elif local == "number-rows-spanned":
                self._spanned = int(value)
        return repeated, said

    def _holds(self) -> None:
        sheet, rows, right = self._sheet, self._rows, self._columns.stop - 1
        if right > sheet.right or rows.stop - 1 > sheet.last or rows.start < sheet.first:
            self._fill(sheet, rows.start, right)
            self._fill(sheet, rows.stop - 1, right)

    def _end(self, name: str) -> None:
        if self._depth > 0:
            if self._depth == 1:
                self._parser.CharacterDataHandler = None
            self._depth -= 1
            return
        shown = "".join(self._shown or ()).strip()
        if self._type == "error":
            for row in self._rows:
                for column in self._columns:
                    self._sheet.note_error(row, column, shown)
        elif shown and (exact := self._exactly(shown)) != "":
            for column in self._columns:
                self._sheet.shown.note(self._rows.start, self._rows.stop - 1, column, exact)
        self._shown = None
        self._parser.EndElementHandler = None

    def _exactly(self, shown: str) -> str | None:
        """What is shown where that is not what is read without it, "" where it is; None where
        less is shown than there is.
        """
        if self._type in _MOMENTS:
            with suppress(ValueError):
                day = date.fromisoformat(self._value.partition("T")[0])
                read = moments.as_read(shown, day)
                return "" if read == day.isoformat() else read
            return shown
        if shown.replace(".", ",") == general(float(self._value)):
            return ""
        return None if _NOT_THE_NUMBER.search(shown) else tidy(shown)
