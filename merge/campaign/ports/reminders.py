"""The later waves of a campaign."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from merge.model import Channel


class ReminderBook(Protocol):
    """The later waves in the ledger of one campaign."""

    def open(self, wave: int, chosen: Sequence[tuple[str, Channel]], at: datetime) -> None:
        """A queued delivery of that wave for each: (key, channel)."""

    def take_back(self, wave: int) -> int:
        """Close what of the wave still waits and nobody has in hand; how many."""

    def waves(self) -> Mapping[str, int]:
        """The latest wave of everyone who was ever to be reminded, by key."""

    def wave_of(self, key: str) -> int:
        """The latest wave of one, as it is now: a reminder may be closed at any moment."""

    def waiting(self) -> Sequence[int]:
        """The waves of which a letter could still leave."""

    def overtaken(self, delivery_ids: Sequence[int] | None = None) -> Sequence[int]:
        """Those of these reminders (or of all) that could leave and should not.

        An answer has come, or the letter before came back. Asked with every turn of a sending.
        """

    def undecided(self, delivery_ids: Sequence[int] | None = None) -> Sequence[int]:
        """Those of these reminders (or of all) that could leave, while a mail may be their answer.

        Nobody has said yet whose that mail is. Asked with every turn of a sending.
        """

    def drop(self, delivery_ids: Sequence[int], at: datetime) -> int:
        """Close these where nothing has left; the letter before is then the latest. How many."""
