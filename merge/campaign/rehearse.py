"""Everything but the sending: the same letters, the same bytes, into a folder.

A rehearsal touches no delivery, spends no quota and asks no server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from merge.campaign.ports import Composer, Template
from merge.model import Channel, Letter, LetterFault, Message, Recipient


@dataclass(slots=True, kw_only=True)
class Rehearsed:
    """How many e-mails a rehearsal wrote, and whose letters are at fault."""

    written: int = 0
    faults: list[LetterFault] = field(default_factory=list)


def rehearse(
    template: Template,
    composer: Composer,
    keep: Callable[[Message], object],
    recipients: Iterable[Recipient],
    date: datetime,
) -> Rehearsed:
    """Render and compose each, and keep it."""
    rehearsed = Rehearsed()
    for recipient in recipients:
        letter = template.render(recipient, Channel.EMAIL)
        made = (
            composer.compose(letter, to=recipient.email, wave=letter.wave, date=date)
            if isinstance(letter, Letter) and recipient.email
            else letter
        )
        if isinstance(made, LetterFault):
            rehearsed.faults.append(made)
        elif isinstance(made, Message):
            keep(made)
            rehearsed.written += 1
    return rehearsed
