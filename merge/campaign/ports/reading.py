"""What the ledger says of a campaign, to whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from merge.ledger.records import Candidate, Stand, Tried
from merge.model import Attempt, Channel, Counts, Delivery, Job, Lot, Page, Recipient, Status

_T = TypeVar("_T")


class Candidates(Protocol):
    """Some of them, in the order of the sheet.

    They are read a page at a time, each time anew, so that a campaign of any size fits: one whose
    letter has left meanwhile is not among them.
    """

    def __len__(self) -> int:
        """How many there were when they were asked for."""

    def __iter__(self) -> Iterator[Candidate]:
        """Those whose letter still could leave."""


class Reading(Protocol):
    """What is in the ledger. Nobody is kept waiting by whoever reads."""

    @property
    def campaign_id(self) -> str:
        """The campaign's own id, for life."""

    @property
    def counter(self) -> int:
        """Commits after which something could have left. Accounts keeps a copy of it."""

    def fact(self, name: str) -> str | None:
        """A fact about the campaign: `letter_version`, `letter_date`, `tested_version` …"""

    def fact_as(self, name: str, read: Callable[[str], _T]) -> _T | None:
        """A fact as `read` makes it of its text. LedgerError("ledger-damaged") where it cannot."""

    def recipients(self) -> Sequence[Recipient]:
        """All of them, in the order of the sheet, edits applied."""

    def recipient(self, key: str) -> Recipient | None:
        """The one with this key."""

    def recipients_of(self, keys: Sequence[str]) -> Sequence[Recipient]:
        """Those with these keys, in any order."""

    def communes_of(self, keys: Sequence[str]) -> Mapping[str, str]:
        """The communes of those with these keys, by their keys."""

    def headers(self) -> Collection[str]:
        """Every column of the sheets that is no field of its own."""

    def candidates(self, keys: Sequence[str] | None, channels: Sequence[Channel]) -> Candidates:
        """Those whose letter could still leave on one of `channels`.

        One whose e-mail failed or bounced gets paper next, where there is an address.
        """

    def deliveries(self, statuses: Collection[Status] | None = None) -> Sequence[Delivery]:
        """All of them, or those that stand there, in the order of the sheet."""

    def deliveries_by_id(self, ids: Sequence[int]) -> Sequence[Delivery]:
        """These, in this order, without those that are gone."""

    def delivery(self, key: str, wave: int | None = None) -> Delivery | None:
        """One recipient's outcome in its latest wave, or in one; None for whom nothing reaches."""

    def attempts(self, key: str | None = None) -> Iterator[Attempt]:
        """Oldest first."""

    def lots(self) -> Sequence[Lot]:
        """All of them; a discarded one has the status `queued`."""

    def pages(self, number: int) -> Sequence[Page]:
        """Who is in a lot, in the order of its pages."""

    def jobs(self) -> Sequence[Job]:
        """All of them, oldest first."""

    def counts(self) -> Counts:
        """Each recipient counted once."""

    def count_recipients(self) -> int:
        """How many recipients there are."""

    def others_sent(self, key: str, after: datetime, before: datetime) -> bool:
        """Whether the server took an e-mail to somebody else after the one and until the other."""

    def readdressed_at(self, key: str) -> datetime | None:
        """When an edit or an import last gave this recipient another e-mail address."""

    def stopped_after_doubt(self) -> Collection[int]:
        """Those `deferred`, `failed` or `suppressed` that were in doubt before: perhaps taken."""

    def refused_as_senders(self) -> Sequence[str]:
        """Whose letter came back because of us, and waits for a person's decision."""

    def stands_of_refused(self) -> Mapping[int, Stand]:
        """How each letter stands that came back because of us, by delivery id."""

    def tried_since(self, at: datetime) -> Tried:
        """How many e-mails were accepted since then, and when each report came back."""

    def first_sent_at(self) -> datetime | None:
        """When the first e-mail left, or may have; None before that."""
