"""ledger.db: all that the core asks of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from merge.campaign.ports.importing import Importing
from merge.campaign.ports.printing import Printing
from merge.campaign.ports.reading import Reading
from merge.campaign.ports.reminders import ReminderBook
from merge.campaign.ports.sending import Sending
from merge.model import LetterFault


class Ledger(Reading, Importing, Sending, Printing, Protocol):
    """ledger.db. Readers are free; writers hold the campaign's lock (see `merge.ledger.locks`)."""

    @property
    def reminders(self) -> ReminderBook:
        """The later waves."""

    def set_fact(self, name: str, value: str) -> None:
        """Remember it; the last value counts."""

    def hold(self, delivery_id: int, fault: LetterFault, at: datetime) -> None:
        """queued → held, with the fault as detail."""

    def requeue(self, delivery_ids: Sequence[int]) -> None:
        """held → queued."""

    def rest(self, reasons: Mapping[int, str], at: datetime) -> None:
        """Nothing may leave for these → suppressed; nobody whom another sender has in hand."""

    def end_rest(self, delivery_ids: Sequence[int], at: datetime, why: str) -> None:
        """suppressed → where they stood before; each keeps an attempt that says why."""
