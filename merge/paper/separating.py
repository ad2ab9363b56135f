"""A lot → one PDF a recipient, the list of them, and all of that in one .zip.

They are made where nobody looks and then moved: the folder at once where there is none yet, else
each file over the one before it, and the list after the letters that it names.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from itertools import repeat
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from merge import disks
from merge.model import Addressed, Lot, Page
from merge.paper import binding, measuring
from merge.paper.lots import (
    LOTS,
    CutLetter,
    letter_path,
    letters_path,
    manifest_path,
    published_path,
    stack_of,
    zip_path,
)
from merge.paper.marks import Marks
from merge.paper.window import Window

Manifest = Callable[[Sequence[CutLetter]], bytes]
"""Writes the list of letters."""

_OF_A_LETTER = re.compile(r"lot-\d+-\d{3,}(-[a-z0-9-]+)?\.pdf")  # also as they were named before
_NO_DATE = (1980, 1, 1, 0, 0, 0)  # the first that a .zip knows: the same letters, the same bytes


def separated(
    folder: Path,
    scratch: Path,
    lot: Lot,
    pages: Sequence[Page],
    addressed: Sequence[Addressed],
    *,
    window: Window | None,
    marks: Marks | None,
    manifest: Manifest | None,
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
    if manifest is not None:
        all_pages = binding.count_pages(whole)
        own = [stack.pages(page.position, page.position, all_pages) for page in pages]
        starts = [each.start for each in own]
        read = measuring.lines(whole, starts, window) if window else repeat((), len(starts))
        letters = [
            _letter(cut / name, page, to, of_lot, shown)
            for name, page, to, of_lot, shown in zip(
                names, pages, addressed, own, read, strict=True
            )
        ]
        names.append(manifest_path(lot).name)
        disks.write(cut, names[-1], manifest(letters))
    zipped = scratch / zip_path(lot).name
    _zip(zipped, [cut / name for name in names])
    _put(folder, letters_path(lot).name, cut, names)
    disks.move(zipped, folder, zip_path(lot))
    return tuple(map(str, places))


def _letter(
    file: Path, page: Page, to: Addressed, of_lot: slice, shown: Sequence[str]
) -> CutLetter:
    """`of_lot` are its pages among the lot's, and `shown` the lines in its window. Where these are
    not those of the ledger, perhaps because the lot was made for another window, what the ledger
    has of them."""
    data, known = file.read_bytes(), to.address.split(", ")
    is_in_window = _plain(shown).endswith(_plain(known))
    return CutLetter(
        place=page.position,
        file=file.name,
        key=to.key,
        name=to.name,
        address=shown if is_in_window else known,
        country=to.country,
        is_in_window=is_in_window,
        first_page=of_lot.start + 1,
        sheets=page.sheets,
        pages=of_lot.stop - of_lot.start,
        sha256=hashlib.sha256(data).hexdigest(),
    )


def _plain(lines: Sequence[str]) -> str:
    return "".join("".join(lines).split())


def _zip(target: Path, files: Sequence[Path]) -> None:
    with ZipFile(target, "w") as zipped:
        for file in files:
            entry = ZipInfo(file.name, _NO_DATE)
            entry.compress_type = ZIP_STORED if file.suffix == ".pdf" else ZIP_DEFLATED
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
