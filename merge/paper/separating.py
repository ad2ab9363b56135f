"""A lot → one PDF a recipient, and all of them in one .zip.

They are made where nobody looks and then moved: the folder at once where there is none yet, else
each file over the one before it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from merge import disks
from merge.model import Addressed, Lot, Page
from merge.paper import binding
from merge.paper.lots import (
    LOTS,
    letter_path,
    letters_path,
    published_path,
    stack_of,
    zip_path,
)
from merge.paper.marks import Marks

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
