"""Recipients as they come into the ledger, and as a person changes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from merge.ledger.records import FieldChange, ImportChange
from merge.model import Channel, Recipient


class Intake(Protocol):
    """One import under way: nothing is kept before `keep`."""

    def take(
        self,
        said: Sequence[Recipient],
        joined: Callable[[Recipient, Recipient], Recipient] | None = None,
    ) -> Sequence[FieldChange]:
        """Upsert these recipients by key, with edits on top; what changed of those known.

        `joined(known, said)` makes the recipient of what was known of it before, by this import
        or by earlier ones; without it, what is said counts alone. A delivery that is no longer
        queued or held is never touched, but for `ImportChange.returned` and `deferred` when all
        of it is kept; `stay_returned` is settled then, too.
        """

    def pass_over(self, key: str) -> None:
        """One that stands in a sheet and is not to be taken from it: it is not absent."""

    def change(self) -> ImportChange:
        """What the import has done so far."""

    def keep(self, sources: Sequence[tuple[str, str]]) -> None:
        """Keep all of it when the context ends. `sources` are the sheets: (file, SHA-256)."""


class Importing(Protocol):
    """Who is written to."""

    def importing(self, at: datetime) -> AbstractContextManager[Intake]:
        """The whole import or nothing, in one transaction."""

    def undo_import(self, at: datetime) -> int:
        """Take back the last import; how many recipients it had added or changed.

        LedgerError: "undo-nothing", "undo-too-late" (something was sent, tried or printed since).
        """

    def edit(
        self,
        recipient: Recipient,
        changes: Mapping[str, str],
        channel: Channel | None,
        at: datetime,
    ) -> None:
        """Store an edited recipient and what was changed; requeue it if held, failed or bounced."""
