"""Settle lots letter by letter, by the log of the machine that put them into envelopes."""

from __future__ import annotations

import hashlib
from collections import Counter
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
from merge.model import Lot, Page, RowProblem, Status

_TOLD_BY = 12  # hex digits of the log's SHA-256: the ledger knows it again by them


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledLot:
    """A lot that the log names, as it stands now."""

    lot: Lot
    verdicts: Mapping[Verdict, int]  # how many of its letters have each
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
            told_by, said = _digest(file), campaign.ledger.inserted()
            found = [
                _settle(campaign, lots[number], pages[number], verdicts, told_by, said)
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


def _settle(
    campaign: Campaign,
    lot: Lot,
    pages: Sequence[Page],
    verdicts: Mapping[int, Verdict],
    told_by: str,
    said: Mapping[tuple[int, str], tuple[str, str]],
) -> SettledLot:
    """`said` is what logs have said before, as `ledger.inserted` has it."""
    ledger = campaign.ledger
    keys = {page.position: page.key for page in pages}
    of_lot = {key: each for (number, key), each in said.items() if number == lot.number}
    before = {key: verdict for key, (verdict, _log) in of_lot.items()}
    is_known = any(log == told_by for _verdict, log in of_lot.values())
    posted: list[int] = []
    if lot.status is Status.POSTED:
        posted = [at for at, verdict in verdicts.items() if verdict != "inserted"]
    elif not is_known:
        # What one log has in an envelope, no other one takes out of it by its silence.
        new = {
            keys[at]: verdict
            for at, verdict in verdicts.items()
            if not (before.get(keys[at]) == "inserted" and verdict in ("inserted", "missing"))
        }
        if new:
            lot = ledger.note_inserted(lot.number, new, told_by, now())
            campaign.accounts.witness(ledger.campaign_id, ledger.counter)
    named = {keys[at] for at in verdicts}
    return SettledLot(
        lot=lot,
        verdicts=Counter(verdicts.values()),
        silent=len(set(keys.values()) - named - before.keys()),
        is_known=is_known,
        posted=posted,
    )


def _digest(file: Path) -> str:
    try:
        with file.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()[:_TOLD_BY]
    except OSError as error:
        raise SheetError("sheet-unreadable", path=str(file), detail=error.strerror or "") from None
