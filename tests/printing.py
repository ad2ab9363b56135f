"""The paper's ports filled for tests: lots that are names on a list, and a printer's files."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pikepdf import Pdf

from merge.campaign.batch import Printer
from merge.campaign.ports import Sender
from merge.model import Addressed, Letter, LetterFault, Lot, LotFile, Page, PrintFile
from merge.paper.lots import published_path
from tests.fakes import PlainTemplate


@dataclass
class PlainPress:
    """Fills LotMaker with names on a list: what is being made, and what a person can find."""

    making: list[str] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    letters: dict[str, list[str]] = field(default_factory=dict)
    spoiled: frozenset[str] = frozenset()  # the keys of those whose window shows too much
    cut: list[str] = field(default_factory=list)

    def ahead(self, lots: Iterable[Sequence[Letter]], n: int) -> Generator[Sequence[Letter]]:
        yield from lots

    def make(self, number: int, letters: Sequence[Letter], at: datetime) -> LotFile:
        faults = tuple(
            LetterFault(key=letter.key, code="text-in-window", value="Objet")
            for letter in letters
            if letter.key in self.spoiled
        )
        letters = [letter for letter in letters if letter.key not in self.spoiled]
        path = f"outbox/making/lot-{number}.pdf"
        self.making.append(path)
        self.letters[path] = [letter.key for letter in letters]
        pages = tuple(
            Page(key=letter.key, position=position, sheets=1, sha256="0" * 64)
            for position, letter in enumerate(letters, start=1)
        )
        return LotFile(
            path=path, sha256="0" * 64, sheets=len(pages) + 1, pages=pages, faults=faults
        )

    def forget(self, path: str) -> None:
        self.making.remove(path)

    def publish(self, path: str) -> str:
        published = path.replace("making", "lots")
        if published not in self.found:
            self.found.append(published)
        return published

    def separate(
        self, lot: Lot, pages: Sequence[Page], addressed: Sequence[Addressed]
    ) -> tuple[str, ...]:
        assert [to.key for to in addressed] == [page.key for page in pages]
        self.cut += [f"{published_path(lot.path)}/{page.key}" for page in pages]
        return tuple(self.cut)


@dataclass
class PlainStore:
    """Fills LotStore with one file for everything."""

    file: Path
    parts: list[tuple[int, int]] = field(default_factory=list)

    def complete(self, lot: Lot, pages: Sequence[Page]) -> PrintFile:
        with Pdf.new() as pdf:
            pdf.add_blank_page(page_size=(595, 842))
            pdf.save(self.file)
        return PrintFile(path=str(self.file), duplex=True, sheets=lot.sheets, paper="A4")

    def part(self, lot: Lot, pages: Sequence[Page], first: int, last: int) -> PrintFile:
        self.parts.append((first, last))
        return self.complete(lot, pages)


def printer(sender: Sender, press: PlainPress, template: PlainTemplate | None = None) -> Printer:
    return Printer(
        ledger=sender.ledger,
        accounts=sender.accounts,
        gate=sender.gate,
        template=template or PlainTemplate(),
        press=press,
        watch=sender.watch,
        per_lot=2,
        order="sheet",
    )
