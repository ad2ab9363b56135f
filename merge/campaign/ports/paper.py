"""Letters → pages → lots → a printer."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from merge.model import HandedOver, Letter, Lot, LotFile, Page, PrintFile, Proof, SeenJob


class Prover(Protocol):
    """Letters → how they would come out on paper. What paper costs, only a press knows."""

    def prove(self, letters: Iterable[Letter], n: int) -> Iterator[Proof]:
        """Each of about `n` letters set and measured, in their order; few are in memory at once."""


class Press(Protocol):
    """Letters → the PDF of one lot."""

    def ahead(self, lots: Iterable[Sequence[Letter]], n: int) -> Generator[Sequence[Letter]]:
        """The same lots, in their order, `n` letters in all: each is to be made when it comes.

        Told beforehand of those that follow, the press can work on them meanwhile.
        """

    def make(self, number: int, letters: Sequence[Letter], at: datetime) -> LotFile:
        """Write the lot where nobody looks yet (`outbox/making`). Same input, same bytes.

        Those at fault are left out of it: see `LotFile`.
        """

    def publish(self, path: str) -> str:
        """Move a made lot to its place in `outbox/lots`, once the ledger knows of it."""

    def separate(self, path: str, pages: Sequence[Page]) -> Sequence[str]:
        """One PDF a recipient beside the published lot; their paths, in the lot's order."""


class LotStore(Protocol):
    """The PDFs of the lots as they lie in `outbox/lots`."""

    def whole(self, lot: Lot) -> PrintFile:
        """Refused: "lot-file-missing", "lot-file-changed" (its SHA-256 is not the ledger's)."""

    def complete(self, lot: Lot, pages: Sequence[Page]) -> PrintFile:
        """`whole`, with every letter of it still among `pages`. Refused("lot-incomplete")."""

    def part(self, lot: Lot, pages: Sequence[Page], first: int, last: int) -> PrintFile:
        """The letters `first` to `last` of a lot, from its own pages, under a cover sheet of
        their own. Refused as `complete`."""


class PrintQueue(Protocol):
    """A printer, or a queue of a print server before it."""

    @property
    def uri(self) -> str:
        """Where it is."""

    def check(self, *, duplex: bool) -> None:
        """Refused("printer-…") when it is out of reach or cannot do what a lot needs."""

    def hand_over(self, file: PrintFile, name: str) -> HandedOver:
        """Give it the job. UNKNOWN when it may have taken it; never tried a second time."""

    def look(self, number: int) -> SeenJob | None:
        """The job as it stands, with what the printer lacks; None when it knows of none.

        Refused("printer-…") when it cannot be asked.
        """

    def find(self, name: str) -> SeenJob | None:
        """The job with this name in the printer's lists; None proves nothing: lists are cleared.

        Refused("printer-…") when it cannot be asked.
        """
