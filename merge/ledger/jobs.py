"""Print jobs in the ledger: an intent before the first byte, then what the printer says.

Each function works inside the caller's transaction. A lot follows its jobs, and its recipients
follow the lot; a job that makes a few letters again moves nobody, and each keeps its story.
"""

from __future__ import annotations

import sys
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, insert, select, update

from merge.errors import LedgerError
from merge.ledger import schema
from merge.ledger.printing import in_lot, lot, move_lot
from merge.ledger.rows import JOB_COLUMNS
from merge.ledger.states import may_move
from merge.ledger.story import keep_story
from merge.model import Channel, Job, Status

_jobs = schema.jobs
_DIGEST_SHOWN = 12  # hex digits: enough to tell two campaigns' lots apart in one printer's list
_PHASE = "printer"
_AGAIN = "again"
_OPEN = (Status.SUBMITTING, Status.ACCEPTED, Status.UNKNOWN)


def begin(
    tx: Connection,
    number: int,
    printer: str,
    at: datetime,
    sender: str,
    letters: tuple[int, int] | None,
) -> Job:
    """The intent: committed before the printer hears of the job. See `ports.Ledger.begin_job`."""
    of = lot(tx, number)
    if letters:
        refuse_part(tx, number, *letters)
    else:
        refuse_open_parts(tx, number)
    earlier = select(func.count()).select_from(_jobs).where(_jobs.c.lot == number)
    name = f"lot-{number:04}-{of.sha256[:_DIGEST_SHOWN]}-{tx.execute(earlier).scalar_one() + 1}"
    first, last = letters or (None, None)
    if letters:
        said = _named(number, *letters)
        some = _letters(number, *letters)
        keep_story(tx, some, Status.SUBMITTING, at, sender, phase=_AGAIN, words=said)
    else:
        move_lot(tx, number, Status.SUBMITTING, at, sender, phase=_PHASE, words=f"{printer} {name}")
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


def refuse_part(tx: Connection, number: int, first: int, last: int) -> None:
    """See `ports.Ledger.refuse_part`."""
    if lot(tx, number).status in (Status.SUBMITTING, Status.ACCEPTED):
        raise LedgerError("lot-at-printer", number=number)
    refuse_open_parts(tx, number, first, last)


def refuse_open_parts(tx: Connection, number: int, first: int = 1, last: int = sys.maxsize) -> None:
    """See `ports.Ledger.refuse_open_parts`."""
    part = select(_jobs.c.first, _jobs.c.last).where(
        _jobs.c.lot == number,
        _jobs.c.status.in_(_OPEN),
        _jobs.c.last >= first,  # the whole of a lot has no last letter
        _jobs.c.first <= last,
    )
    found = tx.execute(part.order_by(_jobs.c.id).limit(1)).one_or_none()
    if found is not None:
        raise LedgerError("part-in-doubt", number=number, first=found.first, last=found.last)


def settle(
    tx: Connection,
    job: Job,
    status: Status,
    at: datetime,
    sender: str,
    *,
    words: str,
    number: int | None,
) -> Job:
    """What is now known of a job. See `ports.Ledger.settle_job`.

    A status that may not follow what is known already changes nothing.
    """
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
        keep_story(tx, _letters(*letters), status, at, sender, phase=_AGAIN, words=said)
    return _job(tx, job.id)


def _let_follow(
    tx: Connection, job: Job, status: Status, at: datetime, sender: str, words: str
) -> None:
    """The lot goes where its last job is, unless a person has said where it is."""
    stands = lot(tx, job.lot).status
    latest = select(func.max(_jobs.c.id)).where(_jobs.c.lot == job.lot, _jobs.c.first.is_(None))
    if tx.execute(latest).scalar_one() != job.id:
        return
    if stands is status:  # as before, but for the words: held, out of paper
        deliveries = schema.deliveries
        keep_story(tx, in_lot(job.lot), status, at, sender, phase=_PHASE, words=words)
        tx.execute(update(deliveries).where(in_lot(job.lot)).values(detail=words))
    elif may_move(Channel.PAPER, stands, status):
        move_lot(tx, job.lot, status, at, sender, phase=_PHASE, words=words, detail=words)


def jobs(tx: Connection) -> list[Job]:
    """All of them, oldest first."""
    return [Job._make(row) for row in tx.execute(select(*JOB_COLUMNS).order_by(_jobs.c.id))]


def note_range(
    tx: Connection, number: int, first: int, last: int, at: datetime, sender: str
) -> None:
    """Some letters of a lot are made again: an attempt for each, and nothing else changes."""
    letters = (number, first, last)
    keep_story(tx, _letters(*letters), None, at, sender, phase=_AGAIN, words=_named(*letters))


def _named(number: int, first: int, last: int) -> str:
    return f"{number}: {first}-{last}"


def _letters(number: int, first: int, last: int) -> ColumnElement[bool]:
    deliveries = schema.deliveries
    return and_(deliveries.c.lot == number, deliveries.c.position.between(first, last))


def claimants(tx: Connection) -> set[str | None]:
    """The tokens of those, dead or alive, who have a job on its way to a printer."""
    return set(tx.execute(select(_jobs.c.sender).where(_on_its_way())).scalars())


def release_dead(tx: Connection, sender: str | None, now: datetime) -> int:
    """One who was handing a job over has died: the printer may have it, or not.

    Returns how many deliveries became `unknown`.
    """
    theirs = select(*JOB_COLUMNS).where(_on_its_way(), _jobs.c.sender == sender)
    doubtful = 0
    for row in tx.execute(theirs).all():
        job = Job._make(row)
        settle(tx, job, Status.UNKNOWN, now, sender or "", words="print-died", number=None)
        if job.first is None:
            doubtful += lot(tx, job.lot).letters
    return doubtful


def _on_its_way() -> ColumnElement[bool]:
    return _jobs.c.status == Status.SUBMITTING


def _job(tx: Connection, number: int) -> Job:
    return Job._make(tx.execute(select(*JOB_COLUMNS).where(_jobs.c.id == number)).one())
