"""The lots as they lie in `outbox/lots`: for a printer, again in part, cut into their letters.

`LotFiles` fills `LotStore`.

A lot is what the ledger says it is, byte for byte, or it goes to no printer: somebody may have
put another file under its name, or "improved" the page in an editor.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from merge import disks
from merge.errors import Refused
from merge.model import Addressed, Lot, Page, PrintFile
from merge.paper import binding
from merge.paper.binding import Marks
from merge.paper.cover import WEIGHTS, Cover, CoverWords, Weights, cover_html, index, weighed
from merge.paper.fonts import width_mm
from merge.paper.lots import (
    CUTTING,
    LOTS,
    checksum,
    cover_sheets,
    envelopes,
    letter_path,
    letters_path,
    part_path,
    published_path,
    stack_of,
    zip_path,
)
from merge.paper.window import FORMATS

WordsOfPart = Callable[[int, int], CoverWords]
"""The words of the cover sheet of the letters from one position to another."""


class LotFiles:
    """The lots of one campaign folder. `words` and `weights` are for the cover of a part; `marks`
    for the sheets of a lot that has none."""

    def __init__(
        self,
        folder: Path,
        *,
        now: Callable[[], datetime],
        campaign: str = "",
        words: WordsOfPart = lambda first, last: CoverWords(),
        weights: Weights = WEIGHTS,
        marks: Marks | None = None,
    ) -> None:
        self._folder = folder
        self._now = now
        self._campaign = campaign
        self._words = words
        self._weights = weights
        self._marks = marks

    def whole(self, lot: Lot) -> PrintFile:
        """The lot's PDF. Refused("lot-file-missing"), also for one that was changed.

        `reason` "cut-off": a `print` that was killed has not yet put it into its place.
        """
        published = published_path(lot.path)
        try:
            with disks.opened(self._folder, published) as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            why = "cut-off" if disks.place(self._folder, lot.path).exists() else ""
            raise Refused(
                "lot-file-missing", path=published, number=lot.number, reason=why
            ) from None
        if found != lot.sha256:
            raise Refused("lot-file-missing", path=published, number=lot.number, reason="")
        path = self._folder / published
        return PrintFile(
            path=str(path),
            duplex=binding.is_duplex(path, lot.sheets),
            sheets=lot.sheets,
            paper=binding.paper(path),
        )

    def complete(self, lot: Lot, pages: Sequence[Page]) -> PrintFile:
        """The lot's PDF, of which `pages` are all that the ledger has. Refused as `whole`, and
        ("lot-incomplete") when a letter of the lot has gone another way since.
        """
        whole = self.whole(lot)
        if [page.position for page in pages] != list(range(1, lot.letters + 1)):
            raise Refused("lot-incomplete", number=lot.number)
        return whole

    def letter(self, lot: Lot, pages: Sequence[Page], position: int) -> bytes:
        """One letter of a lot as a PDF, bit for bit as `LotPress.separate` cuts it. Refused as
        `complete`."""
        whole = self.complete(lot, pages)
        return binding.letter(Path(whole.path), stack_of(lot, pages), self._marks, position)

    def part(self, lot: Lot, pages: Sequence[Page], first: int, last: int) -> PrintFile:
        """Some letters of a lot, into `outbox/lots`, under a cover sheet of their own.

        `pages` are all those of the lot; positions count from 1. Refused as `complete`.
        """
        from merge.paper.typesetting import Typesetter

        whole = self.complete(lot, pages)
        wanted = pages[first - 1 : last]
        words, at = self._words(first, last), self._now()
        sheet = FORMATS[whole.paper]
        weights = dataclasses.replace(self._weights, sheet=sheet)
        sheets = cover_sheets(len(wanted), duplex=whole.duplex, sheet=sheet)
        of_letters = [page.sheets for page in wanted]
        sheets += sum(of_letters)
        bookmarks = binding.bookmarks(Path(whole.path))[first - 1 : last]
        labels = [each.label for each in bookmarks]
        shares = [False, *(each.shares_envelope for each in bookmarks[1:])]
        cover = Cover(
            number=lot.number,
            letters=len(wanted),
            sheets=sheets,
            first=labels[0],
            last=labels[-1],
            duplex=whole.duplex,
            at=at,
            checksum=checksum(wanted),
            index=index(wanted, labels, weighed(of_letters, shares, weights)),
            envelopes=envelopes(shares),
            campaign=self._campaign,
        )
        with TemporaryDirectory(prefix=CUTTING, dir=disks.folder_in(self._folder, LOTS)) as scratch:
            cover_path, part = Path(scratch) / "cover.pdf", Path(scratch) / "part.pdf"
            html = cover_html(cover, words, sheet, measured=width_mm)
            cover_path.write_bytes(Typesetter(self._folder, sheet).run([("", html)]).pdf)
            binding.excerpt(
                part,
                cover=cover_path,
                lot=Path(whole.path),
                stack=stack_of(lot, pages),
                letters=(first, last),
                marks=self._marks,
                title=binding.Title(
                    title=words.lot.format(number=lot.number), at=at, duplex=whole.duplex
                ),
            )
            target = disks.move(part, self._folder, part_path(lot.path, first, last))
        return dataclasses.replace(whole, path=str(target), sheets=sheets)


# --- a lot → one PDF a recipient, and all of them in one .zip -------------------------------------

# They are made where nobody looks and then moved: the folder at once where there is none yet, else
# each file over the one before it.
_OF_A_LETTER = re.compile(r"lot-\d+-\d{3,}(-[a-z0-9-]+)?\.pdf")  # also as they were named before
_NO_DATE = (1980, 1, 1, 0, 0, 0)  # the first that a .zip knows: the same letters, the same bytes


def separated(
    folder: Path,
    scratch: Path,
    lot: Lot,
    pages: Sequence[Page],
    addressed: Sequence[Addressed],
    *,
    marks: Marks | None,
) -> tuple[str, ...]:
    """The paths of the letters, in the lot's order. `scratch` is an empty folder beside theirs."""
    whole = disks.place(folder, published_path(lot.path))
    places = [
        letter_path(lot, page.position, to) for page, to in zip(pages, addressed, strict=True)
    ]
    cut = disks.folder_in(scratch, letters_path(lot).name)
    stack = stack_of(lot, pages)
    binding.split(whole, stack, marks, [cut / place.name for place in places])
    names = [place.name for place in places]
    zipped = scratch / zip_path(lot).name
    _zip(zipped, [cut / name for name in names])
    _put(folder, letters_path(lot).name, cut, names)
    disks.move(zipped, folder, zip_path(lot))
    return tuple(map(str, places))


def _zip(target: Path, files: Sequence[Path]) -> None:
    with ZipFile(target, "w") as zipped:
        for file in files:
            entry = ZipInfo(file.name, _NO_DATE)
            entry.compress_type = ZIP_STORED
            entry.external_attr = 0o600 << 16
            zipped.writestr(entry, file.read_bytes())


def _put(folder: Path, name: str, cut: Path, names: Sequence[str]) -> None:
    """What was made takes its place. What else lies there stays, but the same letters under other
    names: whoever prints the folder would print them twice."""
    target = disks.place(folder, LOTS / name)
    for file in cut.iterdir():
        file.chmod(0o600)
    if not target.exists():
        cut.rename(target)
        return
    for each in names:
        disks.move(cut / each, folder, LOTS / name / each)
    for other in disks.found(folder, str(LOTS / name / "*.pdf")):
        if other.name not in names and _OF_A_LETTER.fullmatch(other.name):
            other.unlink()
