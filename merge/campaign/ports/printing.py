"""Lots of paper in the ledger, from the queue to the letterbox."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from merge.ledger.records import Taken
from merge.model import Delivery, Job, Lot, LotFile, Status


class Printing(Protocol):
    """What becomes of letters on paper."""

    def for_paper(self, keys: Sequence[str] | None, *, all_queued: bool) -> Iterator[Delivery]:
        """Whom a lot may take: paper queued, e-mail failed or bounced; with `all_queued` also
        e-mail queued. Never sending, sent, deferred, unknown, suppressed.

        Read a page at a time, as `candidates`."""

    def count_for_paper(self, keys: Sequence[str] | None, *, all_queued: bool) -> int:
        """How many there are of them."""

    def next_lot(self) -> int:
        """The number that the next lot gets."""

    def commit_lot(
        self, lot: LotFile, number: int, at: datetime, taken: Mapping[str, Taken]
    ) -> bool:
        """One transaction: the lot, and its recipients → (paper, made). False, and nothing
        written, when one of them may no longer be taken. `taken` is by key."""

    def mark_lot(
        self, number: int, status: Status, at: datetime, without: Sequence[str] = ()
    ) -> Lot:
        """made → printed → posted, for the lot and every recipient in it; made → queued is
        discarding it. LedgerError("lot-…") for what the states do not allow.

        The letters to `without` were taken out by hand: they wait again where they waited.
        LedgerError("not-in-lot") for one that is not in it.
        """

    def refuse_open_parts(self, number: int) -> None:
        """LedgerError("part-in-doubt") while a printer may still have letters of a lot that were
        printed again, or is being handed them."""

    def refuse_part(self, number: int, first: int, last: int) -> None:
        """The same of some letters; LedgerError("lot-at-printer") while it has the whole lot."""

    def begin_job(
        self, number: int, printer: str, at: datetime, letters: tuple[int, int] | None = None
    ) -> Job:
        """Write down that a lot is about to be handed to a printer: made | failed → submitting.

        With `letters` (first and last position) it is a part made again: nobody's state changes,
        and each of them keeps an attempt. LedgerError("lot-…") for what the states do not allow,
        or as in `refuse_open_parts` and `refuse_part`.
        """

    def settle_job(
        self, job: Job, status: Status, at: datetime, words: str = "", number: int | None = None
    ) -> Job:
        """What is now known of a job; the lot and its recipients follow where the states let
        them. What a person has said meanwhile stands."""

    def note_range(self, number: int, first: int, last: int, at: datetime) -> None:
        """Some letters of a lot are made again: an attempt for each of them, and no more."""

    def mark_returned(self, key: str, at: datetime) -> Delivery:
        """posted → returned for one recipient: the envelope came back.

        LedgerError("returned-not-posted") when no letter to it is in the post, ("returned-already")
        when it has come back before.
        """
