"""A lot as document parts, one for each recipient (PDF/VT, ISO 16612-2; ISO 32000-2, 14.12).

    lot
     ├─ cover sheet          a leaf: it is nobody's
     └─ letters
         ├─ a recipient      the record: its pages, with the blank ones of its last sheet
         └─ …

A record says which letter it is (the reference), its place in the lot and its sheets: what a
machine needs to find a letter, and to know when it has all of one. Not the address, which is on the
page and in the manifest: what a shop is not told, it cannot lose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pikepdf import Object, Page, Pdf

_LEVELS = ("Lot", "Section", "Recipient")
_RECORDS = 2  # the level of a recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One recipient's part. `pages` counts the blank ones, too."""

    reference: str
    position: int
    sheets: int
    pages: int


def divide(pdf: Pdf, cover_pages: int, records: Sequence[Record]) -> None:
    """Say which pages are whose: the cover's come first, then those of each record."""
    from pikepdf import Array, Dictionary, Name, String

    pages = list(pdf.pages)
    root = pdf.make_indirect(Dictionary(Type=Name.DPartRoot))
    top = pdf.make_indirect(Dictionary(Type=Name.DPart, Parent=root))
    letters = pdf.make_indirect(Dictionary(Type=Name.DPart, Parent=top))
    cover = _leaf(pdf, top, pages[:cover_pages])
    leaves, before = [], cover_pages
    for record in records:
        leaf = _leaf(pdf, letters, pages[before : before + record.pages])
        leaf.DPM = Dictionary(
            Reference=String(record.reference), Position=record.position, Sheets=record.sheets
        )
        leaves.append(leaf)
        before += record.pages
    if before != len(pages):
        raise ValueError(f"{len(pages)} pages, of which {before} have a part")
    letters.DParts = Array([Array(leaves)])
    top.DParts = Array([Array([cover, letters])])
    root.DPartRootNode = top
    root.RecordLevel = _RECORDS
    root.NodeNameList = Array([Name(f"/{level}") for level in _LEVELS])
    pdf.Root.DPartRoot = root


def take(pages: Sequence[Page]) -> list[Record]:
    """The records of some pages of a lot, which forget them: a page would take all others along."""
    counts: dict[tuple[int, int], int] = {}
    found: dict[tuple[int, int], Object] = {}
    for page in pages:
        if "/DPart" not in page.obj:
            continue
        part = page.obj.DPart
        counts[part.objgen] = counts.get(part.objgen, 0) + 1
        if "/DPM" in part:
            found[part.objgen] = part.DPM
        del page.obj["/DPart"]
    return [
        Record(
            reference=str(said.Reference),
            position=int(said.Position),
            sheets=int(said.Sheets),
            pages=counts[objgen],
        )
        for objgen, said in found.items()
    ]


def _leaf(pdf: Pdf, parent: Object, pages: Sequence[Page]) -> Object:
    from pikepdf import Dictionary, Name

    leaf = pdf.make_indirect(Dictionary(Type=Name.DPart, Parent=parent, Start=pages[0].obj))
    if len(pages) > 1:  # "not present otherwise"
        leaf.End = pages[-1].obj
    for page in pages:
        page.obj.DPart = leaf
    return leaf
