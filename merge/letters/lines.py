"""What a letter may say of several rows that are one recipient.

`ligne.montant` is the cell of one row, in a row of a table that stands there once for each;
`total.montant` is the exact sum of all; `nombre_lignes` is how many they are.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from merge.letters import amounts
from merge.letters.amounts import Amount, Summand
from merge.letters.kinds import Unwritable, paragraph, variable_name
from merge.model import LetterFault, Recipient

LINE = "ligne"
TOTAL = "total"
COUNT = "nombre_lignes"
DOTTED = (LINE, TOTAL)
"""What is named with a dot and the name of a column behind it, and never alone."""

EACH = "_lignes"
"""What a row of a table is repeated for; no column is called so."""
BEGIN, END = f"{{% for {LINE} in {EACH} %}}", "{% endfor %}"


class SheetLine:
    """One row. Jinja asks it for what stands behind the dot: a cell, empty where the sheet's is."""

    __slots__ = ("_cells", "_headers", "_typeset")

    def __init__(
        self,
        cells: Mapping[str, str],
        headers: Mapping[str, str],
        typeset: Callable[[str], str],
    ) -> None:
        self._cells, self._headers, self._typeset = cells, headers, typeset

    def __getitem__(self, name: str) -> str:
        header = self._headers[name]
        return paragraph(_cell(self._cells, header), header, self._typeset) or ""


class Totals:
    """The sums of one recipient, each made when the letter asks for it."""

    __slots__ = ("_lines", "_recipient")

    def __init__(self, recipient: Recipient, lines: Lines) -> None:
        self._recipient, self._lines = recipient, lines

    def __getitem__(self, name: str) -> Amount:
        return self._lines.total(self._recipient, self._lines.headers[name])


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """What a letter with `group:` in its head makes of a recipient's rows.

    `group` is that column as the head calls it, `headers` are all columns by what the letter calls
    them, and `signs` the decimal signs that whole columns prove, by header (see `amounts`).
    """

    group: str
    headers: Mapping[str, str]
    signs: Mapping[str, Collection[str]]
    locale: str
    typeset: Callable[[str], str]

    @property
    def names(self) -> frozenset[str]:
        """All that the letter may name."""
        dotted = (f"{owner}.{name}" for owner in DOTTED for name in self.headers)
        return frozenset((*DOTTED, COUNT, *dotted))

    def columns(self, called: Iterable[str]) -> tuple[str, ...]:
        """The headers of columns by what a letter calls them."""
        return tuple(self.headers[each] for each in called)

    def made_up(self, recipient: Recipient, cells: Mapping[str, str]) -> Recipient:
        """Somebody of no sheet, with two rows of these cells."""
        line = {**cells, self.group: recipient.number}
        return recipient._replace(lines=(line, line), rows=(2, 3))

    def each(self, recipient: Recipient) -> Sequence[SheetLine]:
        """The rows, in the order of the sheet."""
        return [SheetLine(cells, self.headers, self.typeset) for cells in recipient.lines]

    def totals(self, recipient: Recipient) -> Totals:
        """The sums, by what the letter calls their columns."""
        return Totals(recipient, self)

    def total(self, recipient: Recipient, header: str) -> Amount:
        """The exact sum of a column. Unwritable as `amounts.total`."""
        summands = summands_of(recipient, header)
        signs = self.signs.get(header)
        if signs is None:
            signs = amounts.proven_signs(each.cell for each in summands)
        return amounts.total(summands, field=header, signs=signs, locale=self.locale)

    def fault(self, recipient: Recipient) -> LetterFault | None:
        """Why the list as it was read makes no letter of its rows: "grouped-otherwise"."""
        first = recipient.lines[0] if recipient.lines else {}
        header = next((each for each in first if variable_name(each) == self.group), "")
        together = {cells.get(header, "") for cells in recipient.lines}
        if (
            not first
            or len(together) > 1
            or (recipient.number and recipient.number not in together)
        ):
            return LetterFault(key=recipient.key, code="grouped-otherwise")
        return None


def fault_of_rows(recipient: Recipient, lines: Lines | None) -> LetterFault | None:
    """Why the sheet itself holds the letter, or what `Lines.fault` says."""
    return recipient.fault_of_sheet or (lines.fault(recipient) if lines else None)


def summands_of(recipient: Recipient, header: str) -> list[Summand]:
    """The cells of a column, each with its row in the sheet. Unwritable("not-in-rows")."""
    rows = zip(recipient.rows, recipient.lines, strict=True)
    return [Summand(row=row, cell=_cell(cells, header)) for row, cells in rows]


def _cell(cells: Mapping[str, str], header: str) -> str:
    if header not in cells:  # it says whom the row is about
        raise Unwritable("not-in-rows", header)
    return cells[header]


def signs_of(
    recipients: Iterable[Recipient], headers: Collection[str]
) -> dict[str, frozenset[str]]:
    """The decimal signs that these columns prove, whoever's rows they stand in."""
    cells: dict[str, list[str]] = {header: [] for header in headers}
    for recipient in recipients:
        for line in recipient.lines:
            for header, found in cells.items():
                found.append(line.get(header, ""))
    return {header: amounts.proven_signs(found) for header, found in cells.items()}
