"""Render all letters of a text that is being written: its notes, its faults, and the extremes.

This takes seconds, so a face runs it in a process of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from merge.app import letters
from merge.app.letters import LetterNotes
from merge.app.opening import open_campaign
from merge.channels import channel_for
from merge.letters.examples import built_in, columns_to_come, with_cells
from merge.model import LetterFault, Recipient

FAULTS_LISTED = 50
_A_FAULT = 1_000  # as bad as so many remarks


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """Notes and faults of a text, for `of` recipients.

    `faults` are the first of `n_at_fault`, with the `numbers` of their recipients by key. `longest`
    and `worst` are numbers of recipients: of the longest letter, and of the one with a fault, else
    with most remarks, else the longest.
    """

    notes: LetterNotes
    of: int
    n_at_fault: int
    faults: Sequence[LetterFault]
    numbers: Mapping[str, int]
    longest: int
    worst: int


def run(place: Path, *, wave: int = 1, source: str | None = None) -> Survey:
    """Render a wave's text, `source` or the saved one, for all recipients.

    Without a list there are three made-up recipients. LetterError for a fault of every letter.
    """
    with open_campaign(place, access="read", command="preview") as campaign:
        ledger = campaign.ledger
        template = letters.drafted(campaign, wave, source)
        text = letters.source_of(campaign, template.path) if source is None else source
        recipients: Sequence[Recipient] = ledger.recipients()
        notes = letters.notes_on(
            campaign, template, letters.remarks_on(campaign, template, recipients, text)
        )
        audience = campaign.settings.campaign.audience
        to_come = columns_to_come(text, campaign.ledger.headers(), audience)
        recipients = recipients or built_in(campaign.settings.campaign.audience)
        said = Counter(
            key
            for remark in notes.remarks
            if len(remark.keys) < len(recipients)  # one that concerns all makes no letter the worst
            for key in remark.keys
        )
        faults: list[LetterFault] = []
        longest = worst = (0, 0, -1)
        for number, recipient in enumerate(recipients, 1):
            channel = channel_for(recipient)
            if channel is None:
                continue
            letter = template.render(with_cells(recipient, to_come, template.lines), channel)
            if isinstance(letter, LetterFault):
                faults.append(letter)
                worst = max(worst, (_A_FAULT + said[recipient.key], 0, -number))
                continue
            length = len(letter.text)
            longest = max(longest, (length, 0, -number))
            worst = max(worst, (said[recipient.key], length, -number))
        told = faults[:FAULTS_LISTED]
        at_fault = {each.key for each in told}
        numbers = {each.key: n for n, each in enumerate(recipients, 1) if each.key in at_fault}
        return Survey(
            notes=notes,
            of=len(recipients),
            n_at_fault=len(faults),
            faults=told,
            numbers=numbers,
            longest=-longest[2],
            worst=-worst[2],
        )
