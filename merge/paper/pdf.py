"""Letters → the PDF of one lot, and one letter → a PDF to look at.

For one lot, in this order:

1. set the letters in runs, so that memory stays flat however many there are, measure them and
   take the digest of each one's pages (`runs`, `maker`);
2. work out from these the place of each, and the lot's checksum;
3. set the cover sheet, which carries it;
4. bind cover, letters, blank pages and bookmarks into one file in `outbox/making`;
5. when the ledger knows of the lot, publish: one move into `outbox/lots`.

Whatever goes wrong before the end of 4 leaves no lot behind.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cached_property
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory

from merge import disks
from merge.disks import disk_full_told
from merge.errors import Refused
from merge.model import Addressed, Letter, LetterFault, Lot, LotFile, Page, Proof, Ways
from merge.paper import binding, lot_files, measuring, stationery
from merge.paper.binding import Marks
from merge.paper.cover import WEIGHTS, Cover, CoverWords, Weights, cover_html, index, weighed
from merge.paper.fonts import width_mm
from merge.paper.lots import (
    CUTTING,
    LOTS,
    MAKING,
    MOST_PAGES,
    TEST_SHEET,
    Stack,
    addresses_path,
    bookmark,
    checksum,
    cover_sheets,
    envelopes,
    made_path,
    places,
    published_path,
)
from merge.paper.runs import (
    AnyMaker,
    ConfinedMaker,
    Finished,
    Maker,
    Setup,
    finished,
    lots_finished,
)
from merge.paper.stationery import ENVELOPES, LABELS, AddressFile, Sheets, SheetWords, sheet_html
from merge.paper.window import A4, Window

_LEFT_BEHIND_S = 24 * 60 * 60  # longer than any command works at one lot


class LotPress:
    """Fills `LotMaker` for one campaign folder.

    What stands in the window is measured where one is given, and the sheets of a lot get `marks`
    where some are. Letters are set by the press where it is to be `fast`, by as many processes as
    there are `workers`, which changes no byte. Nor does `confined`: to set them in processes with
    limits alone, for a folder that may be a stranger's. LetterError("letter-runaway") then, too.
    """

    def __init__(
        self,
        folder: Path,
        *,
        duplex: bool = True,
        words: CoverWords | None = None,
        campaign: str = "",
        weights: Weights = WEIGHTS,
        window: Window | None = None,
        marks: Marks | None = None,
        fast: bool = True,
        workers: int = 1,
        confined: bool = False,
    ) -> None:
        self._folder = folder
        self._confined = confined
        self._duplex = duplex
        self._words = words or CoverWords()
        self._campaign = campaign
        self._weights = weights
        self._window = window
        self._sheet = window.sheet if window else A4
        self._marks = marks
        self._fast = fast
        self._workers = workers
        self._ahead: tuple[Sequence[Letter], Sequence[Finished]] | None = None

    @cached_property
    def _maker(self) -> AnyMaker:
        """Made at the first letter: a command that ends up printing nothing loads no fonts."""
        setup = Setup(
            folder=self._folder,
            window=self._window,
            clear=self._marks.area if self._marks else None,
            duplex=self._duplex,
            fast=self._fast,
        )
        return ConfinedMaker(setup) if self._confined else Maker(setup)

    def prove(self, letters: Iterable[Letter], n: int) -> Iterator[Proof]:
        """How each of the `n` letters would come out on paper, in their order.

        LetterError as in `Typesetter.run`.
        """
        for run in finished(self._maker, letters, n, workers=self._workers):
            yield from run.proofs

    @disk_full_told()
    def make(self, number: int, letters: Sequence[Letter], at: datetime) -> LotFile:
        """Write the lot into `outbox/making`, durably. Same input, same bytes.

        `LotFile.sheets` counts the cover's, `Page.sheets` the letter's own; `Page.sha256` is
        explained at `binding.digests`. A letter whose window shows anything but its address is
        left out. LetterError as in `Typesetter.run`, or Refused("disk-full"), and then no file.
        """
        making = disks.folder_in(self._folder, MAKING)
        with TemporaryDirectory(prefix=".making-", dir=making) as scratch:
            return self._make(number, letters, at, Path(scratch))

    def ahead(self, lots: Iterable[Sequence[Letter]], n: int) -> Generator[Sequence[Letter]]:
        """The same lots, `n` letters in all, each when its pages are set: `make` finds them.

        While one is made, all processes set those that follow. LetterError as in `make`.
        """
        with disk_full_told():
            making = disks.folder_in(self._folder, MAKING)
            _sweep(making, "*")
            with TemporaryDirectory(prefix=".setting-", dir=making) as scratch:
                for lot, done in lots_finished(
                    self._maker, map(tuple, lots), n, folder=Path(scratch), workers=self._workers
                ):
                    self._ahead = lot, done
                    yield lot
                    self._ahead = None
                    del lot, done

    def _make(self, number: int, letters: Sequence[Letter], at: datetime, scratch: Path) -> LotFile:
        if self._ahead is not None and self._ahead[0] is letters:
            done = self._ahead[1]
        else:
            n, workers = len(letters), self._workers
            done = list(finished(self._maker, letters, n, folder=scratch, workers=workers))
        proofs = [proof for run in done for proof in run.proofs]
        faults = tuple(proof.fault for proof in proofs if proof.fault)
        letters = [letter for letter, proof in zip(letters, proofs, strict=True) if not proof.fault]
        if not letters:
            return LotFile(path="", sha256="", sheets=0, pages=(), faults=faults)
        counts = [proof.pages for proof in proofs if not proof.fault]
        hashes = [sha256 for run in done for sha256 in run.digests]

        placed = places(counts, duplex=self._duplex, sheet=self._sheet)
        pages = tuple(
            Page(key=letter.key, position=place.position, sheets=place.sheets, sha256=sha256)
            for letter, place, sha256 in zip(letters, placed, hashes, strict=True)
        )
        of_letters = [place.sheets for place in placed]
        sheets = sum(of_letters)
        sheets += cover_sheets(len(letters), duplex=self._duplex, sheet=self._sheet)
        shares = [letter.shares_envelope for letter in letters]
        bookmarks = [bookmark(letter) for letter in letters]
        cover = Cover(
            number=number,
            letters=len(letters),
            sheets=sheets,
            first=bookmarks[0],
            last=bookmarks[-1],
            duplex=self._duplex,
            at=at,
            checksum=checksum(pages),
            index=index(pages, bookmarks, weighed(of_letters, shares, self._weights)),
            envelopes=envelopes(shares),
            campaign=self._campaign,
        )
        cover_path = scratch / "cover.pdf"
        cover_path.write_bytes(
            self._maker.page(cover_html(cover, self._words, self._sheet, measured=width_mm))
        )

        lot = scratch / "lot.pdf"
        binding.bind(
            lot,
            cover=cover_path,
            runs=[run.pdf for run in done if run.pdf],
            places=placed,
            bookmarks=list(map(binding.Bookmark, bookmarks, shares)),
            stack=Stack(
                lot=number,
                of_letters=of_letters,
                sheets=sheets,
            ),
            marks=self._marks,
            title=binding.Title(
                title=self._words.lot.format(number=number), at=at, duplex=self._duplex
            ),
        )
        sha256 = _made_durable(lot)
        path = made_path(number, sha256)
        disks.place(self._folder, published_path(path))  # refused before the ledger knows of it
        disks.move(lot, self._folder, path)
        _sync_folder(self._folder / MAKING)
        return LotFile(
            path=path,
            sha256=sha256,
            sheets=sheets,
            pages=pages,
            ways=sum((run.ways for run in done), Ways()),
            overlong=tuple(
                letter.key
                for letter, count in zip(letters, counts, strict=True)
                if count > MOST_PAGES
            ),
            faults=faults,
            warnings=tuple(dict.fromkeys(words for run in done for words in run.warnings)),
        )

    def forget(self, path: str) -> None:
        """Take a made lot away that is not published, and never will be."""
        disks.place(self._folder, path).unlink(missing_ok=True)

    def publish(self, path: str) -> str:
        """Move a made lot into `outbox/lots`, in one step, over nothing; its path there.

        A lot that is no longer in the making has been published before, and what a person has
        since done with the file is theirs: nothing happens. Refused("file-exists") when another
        file has its name, and as `disks.place`.
        """
        published = published_path(path)
        made, target = (disks.place(self._folder, name) for name in (path, published))
        if path == published or not made.exists():
            return published
        disks.folder_in(self._folder, LOTS)
        try:
            _move_over_nothing(made, target)
        except FileExistsError:
            if _sha256(target) != _sha256(made):
                raise Refused("file-exists", path=published) from None
            made.unlink()  # a kill between the two halves of an earlier move
        _sync_folder(target.parent)
        return published

    @disk_full_told()
    def separate(
        self, lot: Lot, pages: Sequence[Page], addressed: Sequence[Addressed]
    ) -> tuple[str, ...]:
        """One PDF a recipient, cut out of a lot; their paths, in the lot's order.

        `pages` are all those of the lot, as `make` returned them or the ledger keeps them, and
        `addressed` to whom they go. Beside their folder lies a .zip of them: all of that is made
        before any of it is in its place.
        """
        lots = disks.folder_in(self._folder, LOTS)
        _sweep(lots, f"{CUTTING}*")
        with TemporaryDirectory(prefix=CUTTING, dir=lots) as scratch:
            return lot_files.separated(
                self._folder,
                Path(scratch),
                lot,
                pages,
                addressed,
                marks=self._marks,
            )

    def test_sheet(self, words: SheetWords, name: str = "", sender: Sequence[str] = ()) -> str:
        """Write the sheet to try printer and envelope with; its path. The window must be known.

        Of labels or envelopes of this `name` it is one that has their outlines.
        """
        if self._window is None:
            raise ValueError("a test sheet without a window")
        if name:
            pdf = self._pdf_of(stationery.outlines(name, sender))
        else:
            pdf = self._maker.page(sheet_html(self._window, words, duplex=self._duplex))
        disks.folder_in(self._folder, TEST_SHEET.parent)
        disks.write(self._folder, TEST_SHEET, pdf)
        return str(TEST_SHEET)

    def addresses(
        self,
        lot: Lot,
        name: str,
        addresses: Sequence[tuple[str, Sequence[str]]],
        *,
        skipped: int = 0,
        sender: Sequence[str] = (),
    ) -> AddressFile:
        """The lines of each (key, lines) on labels or envelopes of this name, in this order.

        Of the first sheet of labels so many are `skipped`. An address that is not where it should
        be, whole and alone, is a fault and left out.
        """
        labels, faults = LABELS.get(name), list[LetterFault]()
        place = next(labels.places()) if labels else ENVELOPES[name].place
        left = {key: stationery.fitted(lines, place) for key, lines in addresses}

        def leave_out(key: str, line: str) -> None:
            fault = LetterFault(
                key=key,
                code="address-not-on-label" if labels else "address-not-on-envelope",
                value=line,
            )
            faults.append(fault)
            del left[key]

        for key, lines in list(left.items()):
            if line := stationery.too_long(lines, place):
                leave_out(key, line)
        while left:
            if labels:
                sheets = stationery.on_labels(name, list(left.values()), skipped)
            else:
                sheets = stationery.on_envelopes(name, list(left.values()), sender)
            pdf = self._pdf_of(sheets)
            found = list(measuring.misplaced(pdf, sheets.pages))
            if not any(found):
                path = PurePath(addresses_path(lot.path, name))
                disks.folder_in(self._folder, path.parent)
                disks.write(self._folder, path, pdf)
                return AddressFile(path=path.as_posix(), n=len(left), faults=faults)
            for key, flaw in zip(list(left), found, strict=True):
                if flaw:
                    leave_out(key, flaw.words)
        return AddressFile(path="", n=0, faults=faults)

    def _pdf_of(self, sheets: Sheets) -> bytes:
        size_mm = sheets.width_mm, sheets.height_mm
        return binding.joined([self._maker.page(html, size_mm) for html in sheets.documents()])

    def single(self, letter: Letter) -> bytes:
        """One letter as it will be printed, without cover, tagged for screen readers."""
        return self._maker.tagged(letter.key, letter.page.html)


def _sweep(folder: Path, pattern: str) -> None:
    """Remove what a command that was killed has left behind: nobody touched it for a day."""
    for left in folder.glob(pattern):
        with suppress(FileNotFoundError):  # another command sweeps too
            if time.time() - left.lstat().st_mtime < _LEFT_BEHIND_S:
                continue
            if left.is_dir() and not left.is_symlink():
                shutil.rmtree(left)
            else:
                left.unlink()


def _move_over_nothing(source: Path, target: Path) -> None:
    """FileExistsError when the target is there already, even if it appeared this instant."""
    if os.name == "nt":
        source.rename(target)  # Windows never renames over a file
        return
    try:
        target.hardlink_to(source)
    except FileExistsError:
        raise
    except OSError:  # a memory stick's file system has no links
        if target.exists():
            raise FileExistsError(target) from None
        source.rename(target)
    else:
        source.unlink()


def _made_durable(path: Path) -> str:
    """The file's SHA-256 in hex, once its bytes are on the disk."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync_folder(folder: Path) -> None:
    """Make a new name in a folder survive a power cut, where the system lets a program ask."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
