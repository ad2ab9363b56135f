"""Settle lots letter by letter, by the log of the machine that put them into envelopes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from merge.app.confined import read_sheet
from merge.app.opening import Campaign, now, open_campaign
from merge.app.running import running
from merge.campaign import inserter
from merge.campaign.envelopes import NOT_YET_POSTED, Stays
from merge.campaign.inserter import LotPlace, Unread, Verdict
from merge.errors import ExitCode, SheetError
from merge.job import Listener, Result
from merge.ledger.printing import Inserted
from merge.model import Lot, Page, RowProblem, Status

_TOLD_BY = 12  # hex digits of the log's SHA-256: the ledger knows it again by them


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledLot:
    """A lot that the log names, as it stands now."""

    lot: Lot
    in_order: int  # letters that this log names, and that are in their envelopes as all logs say
    silent: int  # letters that no log has named yet
    is_known: bool  # this log was settled before: nothing was changed
    posted: Sequence[int]  # of a lot that is in the post: the letters that are not `inserted`


@dataclass(frozen=True, slots=True, kw_only=True)
class InsertedLots:
    """The lots that the log names, its rows that settle nothing, and of these lots the envelopes
    to take out."""

    code: ExitCode
    lots: Sequence[SettledLot]
    unread: Sequence[Unread]
    to_keep: Sequence[Stays]


def settle(place: Path, file: Path, listener: Listener) -> InsertedLots:
    """Read the log and keep what it says. `inserted` is not posted: that a person says.

    Every error of reading a sheet (see `read_sheet`); SheetError("inserter-log-columns").
    """
    with open_campaign(place, access="share", command="print", listener=listener) as campaign:
        lots = {lot.number: lot for lot in campaign.ledger.lots()}
        pages = {
            number: campaign.ledger.pages(number)
            for number, lot in lots.items()
            if lot.status is not Status.QUEUED
        }
        log = _read(file, lots, pages)
        by_lot: dict[int, dict[int, Verdict]] = {}
        for at, verdict in sorted(log.verdicts.items()):
            by_lot.setdefault(at.lot, {})[at.place] = verdict
        with running(campaign, "print", {"inserted": True}, ()) as job:
            told_by, before = _digest(file), campaign.ledger.inserted()
            known = {number for (number, _key), said in before.items() if told_by in said.by_log}
            for number, verdicts in by_lot.items():
                if number not in known and lots[number].status is not Status.POSTED:
                    lots[number] = _noted(campaign, lots[number], pages[number], verdicts, told_by)
            said = campaign.ledger.inserted()
            found = [
                _settled(lots[number], pages[number], verdicts, said, is_known=number in known)
                for number, verdicts in by_lot.items()
            ]
            to_keep = [one for one in campaign.envelopes_to_keep() if one.lot in by_lot]
            is_partly = log.unread or to_keep or any(each.silent or each.posted for each in found)
            code = ExitCode.PARTLY if is_partly or not found else ExitCode.DONE
            job.end(Result(code=code, facts={"lots": list(by_lot)}))
        return InsertedLots(code=code, lots=found, unread=log.unread, to_keep=to_keep)


def _read(
    file: Path, lots: Mapping[int, Lot], pages: Mapping[int, Sequence[Page]]
) -> inserter.InserterLog:
    table = read_sheet(file, header_row=1)
    letters = {
        LotPlace(number, page.position): page for number, some in pages.items() for page in some
    }
    references = {
        page.key: at for at, page in letters.items() if lots[at.lot].status in NOT_YET_POSTED
    }
    return inserter.read_log(
        table.headers,
        (
            (row.row, None) if isinstance(row, RowProblem) else (row.number, row.cells)
            for row in table.rows
        ),
        letters,
        references,
        lots={number: lot.letters for number, lot in lots.items()},
        path=str(file),
    )


def _noted(
    campaign: Campaign,
    lot: Lot,
    pages: Sequence[Page],
    verdicts: Mapping[int, Verdict],
    told_by: str,
) -> Lot:
    ledger, keys = campaign.ledger, {page.position: page.key for page in pages}
    by_key = {keys[at]: verdict for at, verdict in verdicts.items()}
    lot = ledger.note_inserted(lot.number, by_key, told_by, now())
    campaign.accounts.witness(ledger.campaign_id, ledger.counter)
    return lot


def _settled(
    lot: Lot,
    pages: Sequence[Page],
    verdicts: Mapping[int, Verdict],
    said: Mapping[tuple[int, str], Inserted],
    *,
    is_known: bool,
) -> SettledLot:
    """`verdicts` are those of this log, and `said` is what all logs say, as the ledger has it."""
    named = {page.key: verdicts[page.position] for page in pages if page.position in verdicts}
    heard = {page.key: each for page in pages if (each := said.get((lot.number, page.key)))}
    in_order = (
        heard[key].is_in_order if key in heard else verdict == "inserted"
        for key, verdict in named.items()
    )
    is_posted = lot.status is Status.POSTED
    return SettledLot(
        lot=lot,
        in_order=sum(in_order),
        silent=sum(page.key not in named and page.key not in heard for page in pages),
        is_known=is_known,
        posted=[at for at, verdict in verdicts.items() if is_posted and verdict != "inserted"],
    )


def _digest(file: Path) -> str:
    try:
        with file.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()[:_TOLD_BY]
    except OSError as error:
        raise SheetError("sheet-unreadable", path=str(file), detail=error.strerror or "") from None
