"""Everything but the sending: the e-mails in a folder, and what comes before the real thing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

from merge.app import letters
from merge.app.mail import REHEARSAL, composer
from merge.app.opening import Campaign, now, open_campaign
from merge.campaign import rehearse as core
from merge.campaign.check import (
    Findings,
    refuse_changed_letter,
    refuse_unless_right,
    refuse_untested,
)
from merge.campaign.plan import Narrowing
from merge.campaign.ports import Template
from merge.errors import Trouble
from merge.job import Listener
from merge.ledger.reading import Candidates
from merge.mail.rehearsal import RehearsalFolder
from merge.model import Channel, LetterFault


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What a rehearsal wrote, and what comes before a real sending: a step, or a trouble."""

    written: int
    folder: Path
    faults: Sequence[LetterFault]
    communes: dict[str, str]  # of those at fault, by key
    first: Literal["account", "test", ""]
    in_the_way: Trouble | None


def rehearse(place: Path, narrowing: Narrowing, limit: int | None, listener: Listener) -> Rehearsal:
    """The same as a real sending, into a folder."""
    with open_campaign(place, access="read", command="send", listener=listener) as campaign:
        template = letters.template(campaign)
        waiting = campaign.ledger.candidates(campaign.chosen(narrowing), [Channel.EMAIL])
        rehearsed = core.rehearse(
            template,
            composer(campaign),
            RehearsalFolder(campaign.folder, REHEARSAL).keep,
            (each.recipient for each in islice(waiting, limit)),
            now(),
        )
        found = Findings(
            letters=rehearsed.written + len(rehearsed.faults),
            faults=tuple(rehearsed.faults),
            of=campaign.ledger.count_recipients(),
        )
        has_account = bool(campaign.settings.account.host)
        trouble = _in_the_way(campaign, template, found, waiting) if has_account else None
        is_untested = trouble is not None and trouble.code == "letter-untested"
        return Rehearsal(
            written=rehearsed.written,
            folder=campaign.folder / REHEARSAL,
            faults=rehearsed.faults,
            communes=dict(campaign.ledger.communes_of([f.key for f in rehearsed.faults])),
            first="test" if is_untested else "" if has_account else "account",
            in_the_way=None if is_untested else trouble,
        )


def _in_the_way(
    campaign: Campaign, template: Template, found: Findings, waiting: Candidates
) -> Trouble | None:
    """Why a real sending would be refused."""
    try:
        refuse_changed_letter(campaign.ledger, template, accept_edit=False)
        refuse_unless_right(found)
        refuse_untested(campaign.ledger, template, untested=False)
    except Trouble as trouble:
        return trouble
    return None if campaign.is_blind else campaign.account.refusal()
