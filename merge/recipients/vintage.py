"""How old a file of mayors is: by the newest start of a term of office in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from merge.french.communes import fold
from merge.recipients.columns import field_called

ELECTION = date(2026, 3, 15)
"""The first round of the last municipal elections; the second was a week later."""
_NEXT_ELECTION = date(2032, 1, 1)  # a term that begins after that is a slip of the pen

_STARTS = frozenset(
    fold(header)
    for header in (
        *("Date de début de la fonction", "Date de début de fonction", "date_debut_fonction"),
        *("Date de début du mandat", "Date de début de mandat", "date_debut_mandat"),
    )
)
_SHAPES = {2014: frozenset({"codeinsee", "nompsn"})}  # vintages of the RNE without a date
_FRENCH = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


@dataclass(slots=True)
class Vintage:
    """What is told of a file's age; `see` is fed its rows, one by one.

    `newest` is the last day on which a mayor of the file took office, None when no row says one.
    """

    _columns: Sequence[int]
    _year_of_shape: int | None = None
    newest: date | None = None
    _seen: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, headers: Sequence[str]) -> Vintage | None:
        """None for a file that has no names of mayors, or nothing that dates them."""
        if not any(field_called(header) == "surname" for header in headers):
            return None
        folded = [fold(header) for header in headers]
        columns = [index for index, header in enumerate(folded) if header in _STARTS]
        year = next((year for year, shape in _SHAPES.items() if shape.issubset(folded)), None)
        return cls(columns, year) if columns or year else None

    def see(self, cells: Sequence[str]) -> None:
        """Look at one row: days as DD/MM/YYYY or ISO 8601, with or without a time of day."""
        for index in self._columns:
            text = cells[index].strip()[:10]
            if text and text not in self._seen:
                self._look_at(text)

    def _look_at(self, text: str) -> None:
        day = _day(text)
        if day is not None and day < _NEXT_ELECTION:
            self._seen.add(text)
            self.newest = max(day, self.newest or day)

    @property
    def year(self) -> int | None:
        """Of the newest start of a term, else the one that the headers give away."""
        return self.newest.year if self.newest else self._year_of_shape

    @property
    def before_election(self) -> bool:
        """Whether all of its mayors took office before the last elections: half of them changed."""
        if self.newest:
            return self.newest < ELECTION
        return self.year is not None and self.year < ELECTION.year


def _day(text: str) -> date | None:
    try:
        if found := _FRENCH.match(text):
            day, month, year = map(int, found.groups())
            return date(year, month, day)
        return date.fromisoformat(text)
    except ValueError:
        return None
