"""Print jobs: an intent before the first byte, then what the printer says.

A lot follows its jobs, and its recipients follow the lot; a job that makes a few letters again
moves nobody, and each keeps its attempts.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, insert, select, update

from merge.errors import LedgerError
from merge.ledger import schema
from merge.ledger.deliveries import keep_attempts
from merge.ledger.printing import AGAIN, in_lot, lot, move_lot, refuse_open_parts
from merge.ledger.reading import Reader
from merge.ledger.schema import JOB_COLUMNS
from merge.ledger.states import may_move
from merge.model import Channel, PrintJob, Status

_jobs = schema.jobs
_DIGEST_SHOWN = 12  # hex digits: enough to tell two campaigns' lots apart in one printer's list
_PHASE = "printer"


class Jobs(Reader):
    """What printers were handed."""

    def begin_job(
        self, number: int, printer: str, at: datetime, letters: tuple[int, int] | None = None
    ) -> PrintJob:
        """The intent to hand a lot to a printer, committed before it hears of the job: made |
        failed → submitting.

        With `letters` (first and last position) it is a part made again: nobody's state changes,
        and each of them keeps an attempt. LedgerError("lot-…") for what the states do not allow,
        or as in `refuse_open_parts` and `refuse_part`; ("ledger-gone"): see `Database`.
        """
        self._database.refuse_elsewhere()
        sender = self._sender
        with self._database.writing() as tx:
            of = lot(tx, number)
            if letters:
                _refuse_part(tx, number, *letters)
            else:
                refuse_open_parts(tx, number)
            earlier = select(func.count()).select_from(_jobs).where(_jobs.c.lot == number)
            count = tx.execute(earlier).scalar_one() + 1
            name = f"lot-{number:04}-{of.sha256[:_DIGEST_SHOWN]}-{count}"
            first, last = letters or (None, None)
            if letters:
                said = _named(number, *letters)
                some = _letters(number, *letters)
                keep_attempts(tx, some, Status.SUBMITTING, at, sender, phase=AGAIN, words=said)
            else:
                move_lot(
                    tx,
                    number,
                    Status.SUBMITTING,
                    at,
                    sender,
                    phase=_PHASE,
                    words=f"{printer} {name}",
                )
            row = {
                "lot": number,
                "printer": printer,
                "name": name,
                "at": at,
                "status": Status.SUBMITTING,
                "first": first,
                "last": last,
                "sender": sender,
            }
            (made,) = tx.execute(insert(_jobs).returning(_jobs.c.id), row).one()
            return _job(tx, made)

    def settle_job(
        self,
        job: PrintJob,
        status: Status,
        at: datetime,
        words: str = "",
        number: int | None = None,
    ) -> PrintJob:
        """What is now known of a job; the lot and its recipients follow where the states let them.

        What a person has said meanwhile stands. A status that may not follow what is known already
        changes nothing.
        """
        with self._database.writing() as tx:
            return _settle(tx, job, status, at, self._sender, words=words, number=number)

    def jobs(self) -> list[PrintJob]:
        """All of them, oldest first."""
        query = select(*JOB_COLUMNS).order_by(_jobs.c.id)
        with self._database.reading() as tx:
            return [PrintJob._make(row) for row in tx.execute(query)]

    def refuse_open_parts(self, number: int) -> None:
        """As `printing.refuse_open_parts`, of the whole lot."""
        with self._database.reading() as tx:
            refuse_open_parts(tx, number)

    def refuse_part(self, number: int, first: int, last: int) -> None:
        """The same of some letters; LedgerError("lot-at-printer") while it has the whole lot."""
        with self._database.reading() as tx:
            _refuse_part(tx, number, first, last)

    def note_range(self, number: int, first: int, last: int, at: datetime) -> None:
        """Some letters of a lot are made again, as files: an attempt for each, and no more."""
        letters = (number, first, last)
        said = {"phase": AGAIN, "words": _named(*letters)}
        with self._database.writing() as tx:
            keep_attempts(tx, _letters(*letters), None, at, self._sender, **said)


def _refuse_part(tx: Connection, number: int, first: int, last: int) -> None:
    if lot(tx, number).status in (Status.SUBMITTING, Status.ACCEPTED):
        raise LedgerError("lot-at-printer", number=number)
    refuse_open_parts(tx, number, first, last)


def _settle(
    tx: Connection,
    job: PrintJob,
    status: Status,
    at: datetime,
    sender: str,
    *,
    words: str,
    number: int | None,
) -> PrintJob:
    before = _job(tx, job.id)
    if status is not before.status and not may_move(Channel.PAPER, before.status, status):
        return before
    told = {"number": number} if number is not None else {}
    tx.execute(
        update(_jobs).where(_jobs.c.id == job.id).values(status=status, at=at, words=words, **told)
    )
    if before.first is None or before.last is None:
        _let_follow(tx, before, status, at, sender, words)
    elif (status, words) != (before.status, before.words):
        letters = (before.lot, before.first, before.last)
        said = words or _named(*letters)
        keep_attempts(tx, _letters(*letters), status, at, sender, phase=AGAIN, words=said)
    return _job(tx, job.id)


def _let_follow(
    tx: Connection, job: PrintJob, status: Status, at: datetime, sender: str, words: str
) -> None:
    """The lot goes where its last job is, unless a person has said where it is."""
    stands = lot(tx, job.lot).status
    latest = select(func.max(_jobs.c.id)).where(_jobs.c.lot == job.lot, _jobs.c.first.is_(None))
    if tx.execute(latest).scalar_one() != job.id:
        return
    if stands is status:  # as before, but for the words: held, out of paper
        deliveries = schema.deliveries
        keep_attempts(tx, in_lot(job.lot), status, at, sender, phase=_PHASE, words=words)
        tx.execute(update(deliveries).where(in_lot(job.lot)).values(detail=words))
    elif may_move(Channel.PAPER, stands, status):
        move_lot(tx, job.lot, status, at, sender, phase=_PHASE, words=words, detail=words)


def _named(number: int, first: int, last: int) -> str:
    return f"{number}: {first}-{last}"


def _letters(number: int, first: int, last: int) -> ColumnElement[bool]:
    deliveries = schema.deliveries
    return and_(deliveries.c.lot == number, deliveries.c.position.between(first, last))


def release_printer(tx: Connection, sender: str | None, now: datetime) -> int:
    """One who was handing a job over has died: the printer may have it, or not.

    Returns how many deliveries became `unknown`.
    """
    theirs = select(*JOB_COLUMNS).where(
        _jobs.c.status == Status.SUBMITTING, _jobs.c.sender == sender
    )
    doubtful = 0
    for row in tx.execute(theirs).all():
        job = PrintJob._make(row)
        _settle(tx, job, Status.UNKNOWN, now, sender or "", words="print-died", number=None)
        if job.first is None:
            doubtful += lot(tx, job.lot).letters
    return doubtful


def _job(tx: Connection, number: int) -> PrintJob:
    return PrintJob._make(tx.execute(select(*JOB_COLUMNS).where(_jobs.c.id == number)).one())
