"""The lots of a campaign, their state and their files, as a page shows them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath
from typing import BinaryIO
from zoneinfo import ZoneInfo

from merge import disks
from merge.app.lots import LotJob
from merge.app.opening import Campaign
from merge.campaign.envelopes import Stays
from merge.campaign.lots import the_lot
from merge.errors import Refused
from merge.job import Want, silent
from merge.model import Counts, Lot, Status
from merge.paper.lots import (
    TEST_SHEET,
    made_of,
    part_path,
    published_path,
    zip_path,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperOverview:
    """All lots, newest first, and how many letters wait for the next one."""

    counts: Counts
    waiting: int  # letters of the next lot: paper queued, e-mail failed or bounced
    by_email: int  # e-mails still queued, which it takes too if asked
    lots: Sequence[Lot]
    to_keep: Sequence[Stays]
    zone: ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class LotDetails:
    """One lot, and what can be done with it."""

    lot: Lot
    to_keep: Sequence[Stays]
    moves: frozenset[Status]  # what a person may mark it as
    wants: Sequence[Want]  # consents for giving it back, or printing it again
    has_file: bool
    files: Sequence[tuple[int, int]]  # PDFs of some letters: first, last
    is_separated: bool  # there is a .zip of all letters
    zone: ZoneInfo


def look(campaign: Campaign) -> PaperOverview:
    """Read all lots."""
    ledger = campaign.ledger
    counts, lots = ledger.counts(), ledger.lots()
    return PaperOverview(
        counts=counts,
        waiting=ledger.count_for_paper(None, all_queued=False),
        by_email=counts.email[Status.QUEUED],
        lots=lots[::-1],
        to_keep=campaign.envelopes_to_keep(),
        zone=campaign.zone,
    )


def lot(campaign: Campaign, number: int) -> LotDetails:
    """Read one lot. Misuse("lot-missing")."""
    ledger = campaign.ledger
    found = the_lot(ledger, number)
    job = LotJob(campaign, number, silent)
    files = [path.stem for path in _files(campaign, found)]
    stem = PurePosixPath(published_path(found.path)).stem
    return LotDetails(
        lot=found,
        to_keep=job.to_keep(),
        moves=job.moves,
        wants=[*job.wants_to_mark(Status.QUEUED), *job.wants_of_a_part()],
        has_file=stem in files,
        files=[letters for name in files if (letters := _letters(name, stem))],
        is_separated=disks.place(campaign.folder, zip_path(found)).is_file(),
        zone=campaign.zone,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """An open file to be downloaded; the receiver closes it."""

    name: str
    size: int
    file: BinaryIO


def lot_pdf(campaign: Campaign, number: int, letters: tuple[int, int] | None = None) -> Download:
    """Open the PDF of a lot, or of some of its letters, and note the download.

    Misuse("lot-missing"), Refused("lot-file-missing"), and as `disks.opened`.
    """

    def path(found: Lot) -> str:
        return part_path(found.path, *letters) if letters else published_path(found.path)

    return _lot_file(campaign, number, path)


def separated(campaign: Campaign, number: int) -> Download:
    """The same of the .zip of its letters."""
    return _lot_file(campaign, number, zip_path)


def _lot_file(campaign: Campaign, number: int, path: Callable[[Lot], str | PurePath]) -> Download:
    name = path(the_lot(campaign.ledger, number))
    try:
        file = disks.opened(campaign.folder, name)
    except OSError:
        raise Refused("lot-file-missing", path=str(name), number=number, reason="") from None
    return _download(campaign, PurePosixPath(name).name, file)


def test_sheet_pdf(campaign: Campaign) -> Download:
    """Open the latest test sheet. FileNotFoundError."""
    file = disks.opened(campaign.folder, TEST_SHEET)
    return Download(name=TEST_SHEET.name, size=_size(file), file=file)


def has_test_sheet(campaign: Campaign) -> bool:
    """Whether a test sheet was made."""
    return disks.place(campaign.folder, TEST_SHEET).is_file()


def _download(campaign: Campaign, name: str, file: BinaryIO) -> Download:
    try:
        campaign.note_export("lot", name)
        return Download(name=name, size=_size(file), file=file)
    except BaseException:
        file.close()
        raise


def _size(file: BinaryIO) -> int:
    size = file.seek(0, 2)
    file.seek(0)
    return size


def _files(campaign: Campaign, found: Lot) -> Sequence[Path]:
    patterns = (each for each in made_of(found.path) if each.endswith(".pdf"))
    return [path for pattern in patterns for path in disks.found(campaign.folder, pattern)]


def _letters(name: str, stem: str) -> tuple[int, int] | None:
    """The range of letters that a file's name tells."""
    first, _, last = name.removeprefix(f"{stem}-letters-").partition("-")
    return (int(first), int(last)) if first.isdigit() and last.isdigit() else None
