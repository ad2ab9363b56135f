"""What came of a campaign, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from merge.ledger.records import Meaning


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How many towns were written to, have answered, and what."""

    towns: int
    written: int
    answered: int
    unread: int  # answered, and nobody has noted the meaning yet
    meanings: Counter[str] = field(default_factory=Counter)

    @property
    def committed(self) -> int:
        """Those that said yes."""
        return self.meanings[Meaning.YES]

    @property
    def wordings(self) -> Sequence[tuple[str, int]]:
        """The answers in wordings of the campaign's own, those of most first."""
        found = [(each, n) for each, n in self.meanings.items() if each not in set(Meaning)]
        return sorted(found, key=lambda each: (-each[1], each[0]))


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentFigures:
    """The figures of one département."""

    code: str
    tally: Figures


class TownOnMap(NamedTuple):
    """Where a town lies, as the list has it, and what it has answered."""

    latitude: str
    longitude: str
    said: str | None  # None: written to, no answer
