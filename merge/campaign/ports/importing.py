"""Recipients as they come into the books, and as a person changes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from merge.model import Channel, Counts, Recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """What an import changed in one recipient that was known: one field, before and after.

    `field` is an attribute of `Recipient`, or a header of the sheet. `written_to`: a letter to
    this recipient has left, or may have.
    """

    key: str
    commune: str
    field: str
    before: str
    after: str
    written_to: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportChange:
    """What one import did to the recipients."""

    added: int
    changed: int
    unchanged: int
    absent: tuple[str, ...]  # keys in the ledger that are not in these sheets: they stay
    twins: tuple[str, ...]  # keys added of those who were there before under another
    edited: tuple[str, ...]  # keys of those whom an edit holds against what a sheet says
    returned: tuple[str, ...]  # keys: what the post returned waits again, for another address
    deferred: tuple[str, ...]  # keys: what was refused for now is due, at another address
    counts: Counts  # of all recipients, by the channel that they will have when it is kept
    stay_returned: tuple[str, ...]  # keys: what waited again would go where it came back from


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
