"""Lots of paper, from the queue to the letterbox."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    update,
)

from merge.channels import TAKEN_BY_PAPER
from merge.errors import LedgerError, Misuse, Refused
from merge.ledger import schema
from merge.ledger.deliveries import chunks, is_kept_from_paper, is_latest_in, keep_attempts
from merge.ledger.reading import Reader
from merge.ledger.records import Taken
from merge.ledger.schema import DELIVERY_COLUMNS, LOT_COLUMNS
from merge.ledger.states import may_move
from merge.model import Addressed, Channel, Delivery, Lot, LotFile, Page, Status

_deliveries = schema.deliveries
_QUEUED_FOR_EMAIL = (Channel.EMAIL, Status.QUEUED)
_TAKES = (
    (Channel.PAPER, Status.QUEUED),
    *((Channel.EMAIL, status) for status in TAKEN_BY_PAPER),
)
_TOLD_AT = {Status.PRINTED: "printed_at", Status.POSTED: "posted_at"}


class Printing(Reader):
    """What becomes of letters on paper."""

    def for_paper(self, keys: Sequence[str] | None, *, all_queued: bool) -> Iterator[Delivery]:
        """Whom a lot may take: paper queued, e-mail failed or bounced; with `all_queued` also
        e-mail queued. Never sending, sent, deferred, unknown, suppressed.

        In the order of the sheet, read a page at a time, as `attempts`.
        """
        with self._database.reading() as tx:
            ids = _ids_for_paper(tx, keys, all_queued=all_queued)
        for some in chunks(ids):
            with self._database.reading() as tx:
                page = _for_paper(tx, some, all_queued=all_queued)
            yield from page

    def count_for_paper(self, keys: Sequence[str] | None, *, all_queued: bool) -> int:
        """How many there are of them."""
        with self._database.reading() as tx:
            if keys is not None:
                return len(_ids_for_paper(tx, keys, all_queued=all_queued))
            free = _may_be_printed(tx, all_queued=all_queued)
            return int(tx.execute(select(func.count()).where(free)).scalar_one())

    def next_lot(self) -> int:
        """The number that the next lot will have."""
        with self._database.reading() as tx:
            return _next_lot(tx)

    def commit_lot(
        self,
        lot: LotFile,
        number: int,
        at: datetime,
        taken: Mapping[str, Taken],
    ) -> bool:
        """The lot, and its recipients → (paper, made). False, and nothing written, when one may no
        longer be taken. `taken` is by key.

        It names the delivery and not the recipient: when a first letter comes back its reminder is
        closed, and the page of that reminder must not count as the first letter. Bumps the counter:
        from here on the pages can leave. LedgerError("ledger-gone"): see `Database`.
        """
        self._database.refuse_elsewhere()
        with self._database.writing() as tx:
            place = [
                _deliveries.c.recipient,
                _deliveries.c.id,
                _deliveries.c.channel,
                _deliveries.c.status,
            ]
            free = select(*place).where(_may_be_printed(tx, all_queued=True))
            found = {
                row.recipient: row
                for some in chunks([taken[page.key].delivery_id for page in lot.pages])
                for row in tx.execute(free.where(_deliveries.c.id.in_(some)))
            }
            if _next_lot(tx) != number or len(found) != len(lot.pages):
                return False
            tx.execute(
                insert(schema.lots).values(
                    number=number,
                    at=at,
                    path=lot.path,
                    letters=len(lot.pages),
                    sheets=lot.sheets,
                    sha256=lot.sha256,
                    status=Status.MADE,
                )
            )
            rows: list[dict[str, Any]] = []
            for page in lot.pages:
                row = found[page.key]
                was_queued_for_email = (row.channel, row.status) == _QUEUED_FOR_EMAIL
                rows.append(
                    {
                        "which": row.id,
                        "to_position": page.position,
                        "to_sheets": page.sheets,
                        "to_sha256": page.sha256,
                        "to_fingerprint": taken[page.key].fingerprint,
                        "to_address": taken[page.key].address,
                        "to_taken_from": Channel.EMAIL if was_queued_for_email else Channel.PAPER,
                    }
                )
            tx.execute(
                update(_deliveries)
                .where(_deliveries.c.id == bindparam("which"))
                .values(
                    channel=Channel.PAPER,
                    status=Status.MADE,
                    at=at,
                    lot=number,
                    position=bindparam("to_position"),
                    sheets=bindparam("to_sheets"),
                    sha256=bindparam("to_sha256"),
                    taken_from=bindparam("to_taken_from"),
                    fingerprint=bindparam("to_fingerprint"),
                    address=bindparam("to_address"),
                    message_id="",
                    code=None,
                    enhanced="",
                    detail="",
                ),
                rows,
            )
            keep_attempts(
                tx, in_lot(number), Status.MADE, at, self._sender, phase="lot", words=str(number)
            )
            _count(tx)
            return True

    def mark_lot(
        self, number: int, status: Status, at: datetime, without: Sequence[str] = ()
    ) -> Lot:
        """A person's word on a lot: printed, posted, made again possible, or queued: discarded, and
        everyone back where they waited.

        The letters to `without` were taken out by hand, however far the lot has come: they wait
        again where they waited. A home printer needs no word of its own: who posts what was made
        has printed it.

        Misuse("lot-missing") for a number that is not in the ledger; LedgerError for what the
        states do not allow: "lot-discarded", "lot-status", and
        ("not-in-lot") for a letter that is not where the lot is.
        """
        with self._database.writing() as tx:
            _take_out(tx, number, without, at, self._sender)
            words = str(number)
            return move_lot(tx, number, status, at, self._sender, phase="lot", words=words)

    def note_handed_over(
        self, number: int, printer: str, at: datetime, before: datetime | None
    ) -> None:
        """The intent to hand a lot to a printer, committed before it hears of it.

        `before`: when it was handed over last, as a person knew; Refused("consent-missing") where
        that is no longer so. LedgerError as in `mark_lot` unless it is made, and ("ledger-gone"):
        see `Database`.
        """
        self._database.refuse_elsewhere()
        with self._database.writing() as tx:
            known = lot(tx, number)
            if known.status is not Status.MADE:
                raise _cannot_be(known)
            if known.handed_at != before:
                raise Refused("consent-missing", option="--yes")
            noted = update(schema.lots).where(schema.lots.c.number == number)
            tx.execute(noted.values(handed_at=at, handed_to=printer))
            _count(tx)

    def note_range(self, number: int, first: int, last: int, at: datetime) -> None:
        """Some letters of a lot are made again: an attempt for each, and no more."""
        letters = and_(_deliveries.c.lot == number, _deliveries.c.position.between(first, last))
        words = f"{number}: {first}-{last}"
        with self._database.writing() as tx:
            keep_attempts(tx, letters, None, at, self._sender, phase=AGAIN, words=words)

    def pages(self, number: int) -> list[Page]:
        """Who is in a lot, in the order of its pages. One who left it since is missing."""
        with self._database.reading() as tx:
            query = (
                select(
                    _deliveries.c.recipient,
                    _deliveries.c.position,
                    _deliveries.c.sheets,
                    _deliveries.c.sha256,
                )
                .where(_deliveries.c.lot == number)
                .order_by(_deliveries.c.position)
            )
            return [
                Page(key=key, position=position, sheets=sheets, sha256=sha256)
                for key, position, sheets, sha256 in tx.execute(query)
            ]

    def addressed(self, number: int) -> list[Addressed]:
        """To whom the letters of a lot go, in their order, as `pages` has them."""
        query = (
            select(_deliveries.c.recipient, schema.NAME)
            .join(schema.recipients)
            .where(_deliveries.c.lot == number)
            .order_by(_deliveries.c.position)
        )
        with self._database.reading() as tx:
            return list(map(Addressed._make, tx.execute(query)))

    def mark_returned(self, key: str, at: datetime) -> Delivery:
        """posted → returned for one recipient, by a person's word: the last that was posted.

        LedgerError("returned-not-posted") when no letter to it is in the post, ("returned-already")
        when it has come back before.
        """
        with self._database.writing() as tx:
            posted_first = _deliveries.c.status != Status.POSTED
            query = select(*DELIVERY_COLUMNS).where(_deliveries.c.recipient == key)
            row = tx.execute(
                query.order_by(posted_first, _deliveries.c.wave.desc()).limit(1)
            ).one_or_none()
            before = Delivery._make(row) if row is not None else None
            if before is None or not may_move(before.channel, before.status, Status.RETURNED):
                status = before.status if before is not None else None
                if status is Status.RETURNED:
                    raise LedgerError("returned-already", key=key)
                raise LedgerError("returned-not-posted", key=key, status=status)
            which = _deliveries.c.id == before.id
            keep_attempts(tx, which, Status.RETURNED, at, self._sender, phase="person", words="")
            tx.execute(update(_deliveries).where(which).values(status=Status.RETURNED, at=at))
            return Delivery._make(tx.execute(select(*DELIVERY_COLUMNS).where(which)).one())


AGAIN = "again"
"""The phase of an attempt to print some letters of a lot again."""


def _may_be_printed(tx: Connection, *, all_queued: bool) -> ColumnElement[bool]:
    takes = (*_TAKES, _QUEUED_FOR_EMAIL) if all_queued else _TAKES
    places = (
        and_(_deliveries.c.channel == channel, _deliveries.c.status == status)
        for channel, status in takes
    )
    free = and_(_deliveries.c.claimant.is_(None), not_(is_kept_from_paper()))
    return and_(or_(*places), free, is_latest_in(tx))


def _ids_for_paper(tx: Connection, keys: Sequence[str] | None, *, all_queued: bool) -> array[int]:
    """The deliveries that a lot may take, in the order of the sheet: a few bytes each."""
    query = (
        select(_deliveries.c.id, _deliveries.c.recipient)
        .join(schema.recipients)
        .where(_may_be_printed(tx, all_queued=all_queued))
        .order_by(schema.recipients.c.position)
    )
    wanted = frozenset(keys) if keys is not None else None
    return array("q", (n for n, key in tx.execute(query) if wanted is None or key in wanted))


def _for_paper(tx: Connection, ids: Sequence[int], *, all_queued: bool) -> list[Delivery]:
    """Those of these that a lot still may take, in this order; none that a sender has claimed."""
    query = select(*DELIVERY_COLUMNS).where(
        _deliveries.c.id.in_(ids), _may_be_printed(tx, all_queued=all_queued)
    )
    found = {one.id: one for one in map(Delivery._make, tx.execute(query))}
    return [found[number] for number in ids if number in found]


def _next_lot(tx: Connection) -> int:
    """The number after the last lot, discarded or not."""
    last = tx.execute(select(func.max(schema.lots.c.number))).scalar_one()
    return int(last or 0) + 1


def move_lot(
    tx: Connection,
    number: int,
    status: Status,
    at: datetime,
    sender: str,
    *,
    phase: str,
    words: str,
) -> Lot:
    """The lot, and those of its recipients that still are where it is; an attempt for each.

    LedgerError as in `Printing.mark_lot`.
    """
    known = lot(tx, number)
    if not may_move(Channel.PAPER, known.status, status):
        raise _cannot_be(known)
    keep_attempts(tx, in_lot(number), status, at, sender, phase=phase, words=words)
    if status is Status.QUEUED:
        _put_back(tx, in_lot(number), at)
    else:
        moved = update(_deliveries).where(in_lot(number))
        tx.execute(moved.values(status=status, at=at, detail=""))
    told = {_TOLD_AT[status]: at} if status in _TOLD_AT else {}
    tx.execute(
        update(schema.lots).where(schema.lots.c.number == number).values(status=status, **told)
    )
    _count(tx)
    return lot(tx, number)


def _count(tx: Connection) -> None:
    """So that a ledger restored from before this is refused: it would print or post it again."""
    tx.execute(update(schema.campaign).values(counter=schema.campaign.c.counter + 1))


def _put_back(tx: Connection, whom: ColumnElement[bool], at: datetime) -> None:
    """Where they waited before they were in a lot."""
    tx.execute(
        update(_deliveries)
        .where(whom)
        .values(
            status=Status.QUEUED,
            at=at,
            detail="",
            channel=func.coalesce(
                _deliveries.c.taken_from, literal(Channel.PAPER, _deliveries.c.channel.type)
            ),
            address="",
            lot=None,
            position=None,
            sheets=None,
            sha256="",
            fingerprint="",
            taken_from=None,
        )
    )


def _take_out(tx: Connection, number: int, keys: Sequence[str], at: datetime, sender: str) -> None:
    """Letters that a person took out of a lot before it was posted wait again where they waited.

    However far the lot has come: their envelopes are in that person's hands. LedgerError as
    `mark_lot`, and ("not-in-lot") for one whose letter is not where the lot is.
    """
    lot(tx, number)
    for key in keys:
        this_one = and_(_deliveries.c.recipient == key, in_lot(number))
        if tx.execute(select(_deliveries.c.id).where(this_one)).first() is None:
            raise LedgerError("not-in-lot", number=number, key=key)
        keep_attempts(tx, this_one, Status.QUEUED, at, sender, phase="lot", words=str(number))
        _put_back(tx, this_one, at)


def _cannot_be(known: Lot) -> LedgerError:
    if known.status is Status.QUEUED:
        return LedgerError("lot-discarded", number=known.number)
    since = known.posted_at or known.printed_at or known.at
    return LedgerError("lot-status", number=known.number, status=known.status, since=since)


def lot(tx: Connection, number: int) -> Lot:
    """One lot. Misuse("lot-missing") for a number that is not in the ledger."""
    query = select(*LOT_COLUMNS).where(schema.lots.c.number == number)
    row = tx.execute(query).one_or_none()
    if row is None:
        raise Misuse("lot-missing", number=number)
    return Lot._make(row)


def in_lot(number: int) -> ColumnElement[bool]:
    """Those that still are where their lot is; one that came back has a status of its own."""
    lot_status = select(schema.lots.c.status).where(schema.lots.c.number == number)
    return and_(_deliveries.c.lot == number, _deliveries.c.status == lot_status.scalar_subquery())
