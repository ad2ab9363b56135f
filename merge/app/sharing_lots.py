"""Lots that several machines make: whoever begins a printing, and the workers that help.

What each lot is of stands in the ledger (`lot_plan`). Its file is kept on the server before the
ledger knows of it, so that whoever began can fetch it; what else is to be told of it is an event of
their run. Nothing here runs where a campaign's ledger is a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from merge.app import hands, letters, paper
from merge.app.opening import Campaign, now, open_campaign
from merge.app.running import Running, running
from merge.app.shared_files import agreed_version, collect_lots, keep_lots, remove_lots
from merge.campaign import batch
from merge.campaign.batch import Made, Printed, Shared
from merge.campaign.ports import Watch
from merge.errors import ExitCode
from merge.job import Event, Facts, Result
from merge.model import LetterFault, Lot, Status, Ways
from merge.paper.lots import published_path
from merge.words.lots import cover_words

_TOLD = "lots-made-elsewhere"


class SharedPrinting:
    """A printing that was begun here, whose lots others make, too."""

    def __init__(self, campaign: Campaign, job: Running, *, separate: bool) -> None:
        self._campaign = campaign
        self._job = job
        self._separate = separate
        self._numbers: frozenset[int] = frozenset()
        self._last = 0  # event that was heard
        self.shared = Shared(printing=job.number, ask=self._ask, heard=self._heard)

    def complete(self, printed: Printed) -> None:
        """Also those lots whose maker died before it told of them; all by their numbers."""
        told = {lot.number for lot in printed.lots}
        untold = [
            lot
            for lot in self._campaign.ledger.lots()
            if lot.number in self._numbers and lot.number not in told
        ]
        collect_lots(self._campaign, [lot.number for lot in untold])
        printed.lots += map(_untold, untold)
        printed.lots.sort(key=lambda lot: lot.number)

    def _ask(self) -> None:
        campaign, number = self._campaign, self._job.number
        self._numbers = frozenset(campaign.ledger.lot_plan.lots(number))
        version = agreed_version(campaign)
        facts = {"printing": number, "version": version, "separate": self._separate}
        hands.ask_for_lots(campaign, facts)

    def _heard(self) -> Printed:
        printed = Printed()
        events = self._campaign.ledger.commands.events_since(self._job.number, self._last)
        for self._last, _at, event in events:
            if event.code == _TOLD:
                printed.lots += map(_made, event.facts["lots"])
                printed.faults += (LetterFault(**each) for each in event.facts["faults"])
        collect_lots(self._campaign, [lot.number for lot in printed.lots])
        return printed


def collect_missing(campaign: Campaign) -> None:
    """Bring those lots into the folder whose maker elsewhere outlived whoever began."""
    if campaign.files is None:
        return
    collect_lots(
        campaign,
        [
            lot.number
            for lot in campaign.ledger.lots()
            if lot.status is Status.MADE and not _lies_here(campaign.folder, lot)
        ],
    )


def help_to_make(folder: Path, facts: Facts, watch: Watch) -> tuple[str, Sequence[int]]:
    """Make lots of a printing that was begun elsewhere until all are made: the campaign's name, and
    the numbers of those that were made here.

    Nothing when it is over, or another letter was agreed to since. Refused as `letters.fix`; Misuse
    for what this machine lacks.
    """
    with open_campaign(folder, access="share", command="print") as campaign:
        name, printing = campaign.settings.campaign.name, facts["printing"]
        is_over = not campaign.ledger.lot_plan.lots(printing)
        if is_over or campaign.fetched_version != facts["version"]:
            return name, ()
        if lacking := paper.what_pages_lack():
            raise lacking
        template = letters.template(campaign)
        letters.fix(campaign, template, mailed=False)
        options = {"separate": facts["separate"], "helps": printing}
        with running(campaign, "print", options, (), watch=watch, helps=printing) as job:
            telling = _Telling(campaign, printing)
            printer = paper.printer(
                campaign,
                template,
                job,
                cover_words(campaign.zone),
                separate=facts["separate"],
                shared=Shared(printing=printing, ask=None, heard=Printed),
                told=telling.tell,
            )
            printed = batch.print_lots(printer)
            telling.tell(printed)
            numbers = [lot.number for lot in printed.lots]
            code = ExitCode.INTERRUPTED if printed.interrupted else ExitCode.DONE
            job.end(Result(code=code, facts={"lots": numbers}))
    return name, numbers


class _Telling:
    """Tells whoever began what was made here, and leaves nothing of it in this folder."""

    def __init__(self, campaign: Campaign, printing: int) -> None:
        self._campaign = campaign
        self._printing = printing
        self._lots = self._faults = 0  # that were told

    def tell(self, printed: Printed) -> None:
        """What is new of it."""
        lots, faults = printed.lots[self._lots :], printed.faults[self._faults :]
        if lots or faults:
            keep_lots(self._campaign, [lot.number for lot in lots])
            facts = {"lots": list(map(asdict, lots)), "faults": list(map(asdict, faults))}
            event = Event(code=_TOLD, facts=facts)
            self._campaign.ledger.commands.tell(self._printing, event, now())
            remove_lots(self._campaign, [lot.number for lot in lots])
            self._lots, self._faults = len(printed.lots), len(printed.faults)


def _lies_here(folder: Path, lot: Lot) -> bool:
    return (folder / published_path(lot.path)).exists()


def _made(said: dict[str, Any]) -> Made:
    lists = {name: tuple(said[name]) for name in ("overlong", "warnings")}
    return Made(**said | lists | {"ways": Ways(**said["ways"])})


def _untold(lot: Lot) -> Made:
    return Made(
        number=lot.number,
        path=published_path(lot.path),
        letters=lot.letters,
        sheets=lot.sheets,
        overlong=(),
        warnings=(),
        ways=Ways(),
    )
