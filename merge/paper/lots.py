"""Who is in which lot, and where each letter stands in its PDF. Pure arithmetic.

One rule keeps it simple: a letter owns whole sheets. With duplex printing a letter of one page is
followed by a blank one, so every letter starts on a right-hand page, no sheet ever carries two
recipients, and the pages of a lot are its sheets times the sides of a sheet. A cover comes first,
on as many sheets as its index needs, and is counted: what falls out of the printer is what the
ledger says.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from merge.model import Addressed, Letter, Lot, Page
from merge.paper.window import A4, SheetFormat

MOST_PAGES = 2  # one sheet: a third page is weight, and more than a mayor reads
MAKING = PurePosixPath("outbox/making")  # all relative to the campaign folder
LOTS = PurePosixPath("outbox/lots")
TEST_SHEET = PurePosixPath("outbox/test-sheet.pdf")
CUTTING = ".cutting-"  # how a folder in LOTS begins in which letters are cut out of a lot

_DIGEST_SHOWN = 12  # hex digits: enough to tell two makings of one lot apart
_MADE_NAME = re.compile(rf"(lot-\d+)-[0-9a-f]{{{_DIGEST_SHOWN}}}\.pdf")
_SLUG_LENGTH = 40


class Sortable(Protocol):
    """One who waits for a lot, as far as the order asks."""

    @property
    def department(self) -> str:
        """Its number: 35, 2A, 974."""

    @property
    def postcode(self) -> str:
        """Where the letter goes."""

    @property
    def country(self) -> str:
        """Where that is not the sender's own."""


def _by_postcode(recipient: Sortable) -> tuple[str, str]:
    return recipient.country, recipient.postcode  # what leaves the country needs another stamp


def _by_department(recipient: Sortable) -> tuple[str, str, str]:
    # Corsica was département 20: 2A and 2B go between 19 and 21. Unknown ones go last.
    department = re.sub(r"^2(?=[AB]$)", "20", recipient.department) or "~"
    return department, *_by_postcode(recipient)


ORDERS: Mapping[str, Callable[[Sortable], object]] = MappingProxyType(
    {
        "postcode": _by_postcode,
        "department": _by_department,
        "sheet": lambda recipient: 0,  # sorting is stable: they stay as they are
    }
)
"""What lots can be sorted by: the sort key of each order. Ties keep the order of the sheet."""


def plan_lots(ids: Sequence[int], keys: Sequence[Any], *, per_lot: int) -> Sequence[Sequence[int]]:
    """Everyone once, sorted by their keys (see ORDERS), at most `per_lot` to a lot; only the last
    is smaller.

    A lot is never empty, and in the order of its pages. It takes eight bytes a letter, for all of
    France may wait. ValueError when `per_lot` is below one: settings know better.
    """
    if per_lot < 1:
        raise ValueError(f"a lot of {per_lot} letters")
    queue = array("q", (ids[place] for place in sorted(range(len(ids)), key=keys.__getitem__)))
    return [queue[start : start + per_lot] for start in range(0, len(queue), per_lot)]


class IndexSize(NamedTuple):
    """How much of its index a cover shows: columns side by side, and lines in each, below what it
    says of the lot or on a page of their own."""

    columns: int
    on_top: int
    on_a_page: int


def index_size(sheet: SheetFormat) -> IndexSize:
    """That of a cover on this paper."""
    columns = 3 if sheet.width_mm >= A4.width_mm else 2
    return IndexSize(columns, _LINES_ON_TOP[sheet.title], int((sheet.height_mm - 57) / 4))


_LINES_ON_TOP = {"A4": 8, "A5": 4, "US Letter": 4}


def cover_pages(letters: int, sheet: SheetFormat = A4) -> int:
    """How many pages the cover of so many letters has."""
    columns, on_top, on_a_page = index_size(sheet)
    return 1 + max(0, -(-(letters - columns * on_top) // (columns * on_a_page)))


def cover_sheets(letters: int, *, duplex: bool, sheet: SheetFormat = A4) -> int:
    """On how many sheets they are printed."""
    pages = cover_pages(letters, sheet)
    return -(-pages // 2) if duplex else pages


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one letter stands in the PDF of its lot. Positions and pages count from 1."""

    position: int
    first_page: int
    pages: int  # printed ones
    blanks: int  # blank pages after them, which fill the letter's last sheet
    sheets: int


def places(pages: Sequence[int], *, duplex: bool, sheet: SheetFormat = A4) -> tuple[Place, ...]:
    """The place of each letter behind the cover, from how many pages each one has."""
    sides = 2 if duplex else 1  # of a sheet
    found: list[Place] = []
    sheets_before = cover_sheets(len(pages), duplex=duplex, sheet=sheet)
    for position, count in enumerate(pages, start=1):
        sheets = -(-count // sides)
        found.append(
            Place(
                position=position,
                first_page=sheets_before * sides + 1,
                pages=count,
                blanks=sheets * sides - count,
                sheets=sheets,
            )
        )
        sheets_before += sheets
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class LotSheet:
    """One sheet of a lot behind its cover, and whose letter it carries. All count from 1."""

    lot: int
    place: int
    letters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """The sheets of a lot: `sheets` in all, the cover's and then `of_letters` those of each."""

    lot: int
    of_letters: Sequence[int]
    sheets: int

    @property
    def cover(self) -> int:
        """How many sheets are the cover's. That of the first lots had no index."""
        return self.sheets - sum(self.of_letters)

    def of(self, first: int, last: int) -> Sequence[LotSheet]:
        """The sheets of the letters from one place to another."""
        return [
            LotSheet(lot=self.lot, place=place, letters=len(self.of_letters))
            for place in range(first, last + 1)
            for _leaf in range(self.of_letters[place - 1])
        ]

    def pages(self, first: int, last: int, all_pages: int) -> slice:
        """Which of the lot's pages they are; `all_pages` tell how many sides of a sheet it has."""
        sides = all_pages // self.sheets
        return slice(self._above(first) * sides, self._above(last + 1) * sides)

    def _above(self, place: int) -> int:
        return self.cover + sum(self.of_letters[: place - 1])


def stack_of(lot: Lot, pages: Sequence[Page]) -> Stack:
    """The sheets of a lot that is made; `pages` are all that it has."""
    of_letters = [page.sheets for page in pages]
    return Stack(lot=lot.number, of_letters=of_letters, sheets=lot.sheets)


def envelopes(shares: Sequence[bool]) -> int:
    """How many envelopes letters want, of which each may share that of the one before it; 0 where
    each has its own."""
    return shares.count(False) if any(shares) else 0


def bookmark(letter: Letter) -> str:
    """What finds a letter in the PDF: its key, the commune, and the last line of the window.

    "76351 · Le Havre · 76084 LE HAVRE CEDEX". The commune's name is whole here, whatever the
    lines of the window had to leave out of it.
    """
    return " · ".join(filter(None, [letter.key, letter.name, *letter.address[-1:]]))


def checksum(pages: Sequence[Page]) -> str:
    """SHA-256 over who is in a lot, in which order, on which pages; for the cover sheet.

    The lot's own SHA-256 cannot stand in the lot. This one can be worked out again from the
    ledger alone: a line "position key sheets sha256" for each recipient.
    """
    lines = (f"{page.position} {page.key} {page.sheets} {page.sha256}\n" for page in pages)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def made_path(number: int, sha256: str) -> str:
    """Where a lot waits until the ledger knows of it.

    Its digest is in the name: of two commands that make the same lot at once, neither can
    publish the other's file.
    """
    return str(MAKING / f"lot-{number:04}-{sha256[:_DIGEST_SHOWN]}.pdf")


def published_path(path: str) -> str:
    """Where a person finds the lot that was made at `path`; of a published one, `path` itself."""
    name = PurePosixPath(path).name
    made = _MADE_NAME.fullmatch(name)
    return str(LOTS / (f"{made[1]}.pdf" if made else name))


def letters_path(lot: Lot) -> PurePosixPath:
    """The folder of the letters of a lot that are PDFs of their own, beside the published lot."""
    return LOTS / PurePosixPath(published_path(lot.path)).stem


def zip_path(lot: Lot) -> PurePosixPath:
    """The .zip of the same letters, beside that folder."""
    return letters_path(lot).with_suffix(".zip")


def letter_path(lot: Lot, place: int, to: Addressed) -> PurePosixPath:
    """Where one recipient's own PDF lies: "lot-01-012-bruz-35047.pdf" in `letters_path`.

    Lot and place alone make the name unique, on file systems that fold case too; name and key (of
    which only plain letters and digits are kept) are for the eye.
    """
    digits = max(3, len(str(lot.letters)))
    name = "-".join(
        [f"lot-{lot.number:02}-{place:0{digits}}", *filter(None, map(_plain, (to.name, to.key)))]
    )
    return letters_path(lot) / f"{name}.pdf"


def _plain(text: str) -> str:
    ascii_alone = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_alone)[:_SLUG_LENGTH].strip("-")


def part_path(lot_path: str, first: int, last: int) -> str:
    """Where some letters of a lot, made again, lie: beside the published lot."""
    lot = PurePosixPath(published_path(lot_path)).stem
    return str(LOTS / f"{lot}-letters-{first}-{last}.pdf")


def addresses_path(lot_path: str, name: str) -> str:
    """Where its addresses lie on labels or envelopes of this name."""
    lot = PurePosixPath(published_path(lot_path)).stem
    return str(LOTS / f"{lot}-addresses-{name}.pdf")


def made_of(lot_path: str) -> tuple[str, ...]:
    """What finds all that lies in the folder of lots of one lot, as patterns of paths.

    Its PDF, its letters in a folder and in a .zip, letters that were made again, and its addresses.
    """
    lot = PurePosixPath(published_path(lot_path)).stem
    again = (f"{lot}-{each}-*.pdf" for each in ("letters", "addresses"))
    names = (f"{lot}.pdf", lot, f"{lot}.zip", *again)
    return tuple(str(LOTS / name) for name in names)
