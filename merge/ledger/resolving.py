"""Changes to deliveries without sending: doubts resolved, opt-outs applied and taken back.

A doubt ends by a person's word, or by proof of what the other side has. A delivery is suppressed
because whom it goes to opted out, and restored when that is taken back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    case,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from merge.errors import LedgerError
from merge.ledger import schema
from merge.ledger.deliveries import (
    came_back,
    chunks,
    deliveries_by_id,
    is_latest_wave,
    keep_attempts,
    may_become,
    stand,
    was_in_doubt,
)
from merge.ledger.reading import Reader
from merge.ledger.schema import DELIVERY_COLUMNS
from merge.ledger.states import may_move
from merge.model import Channel, Delivery, Status
from merge.outcome import Phase

_deliveries = schema.deliveries


class Resolving(Reader):
    """A person's word, a proof, a wish to opt out: what they do to deliveries."""

    def resolve(self, key: str, status: Status, at: datetime, who: str) -> Delivery:
        """A person's word on what is in doubt, kept as an attempt of phase `person`.

        Also on what came back because of us. LedgerError("resolve-nothing") when this recipient's
        delivery is neither; ValueError for a status that may not follow.
        """
        with self._database.writing() as tx:
            query = select(*DELIVERY_COLUMNS).where(
                _deliveries.c.recipient == key, is_latest_wave()
            )
            row = tx.execute(query).one_or_none()
            before = Delivery._make(row) if row is not None else None
            refused = select(_deliveries.c.id).where(
                _deliveries.c.recipient == key, is_latest_wave(), came_back(), stand() != ""
            )
            was_refused = tx.execute(refused).first() is not None
            if before is None or not (before.status is Status.UNKNOWN or was_refused):
                raise LedgerError(
                    "resolve-nothing", key=key, status=before.status if before else None
                )
            if not may_move(
                before.channel, Status.BOUNCED if was_refused else Status.UNKNOWN, status
            ):
                raise ValueError(status)
            tx.execute(
                insert(schema.attempts).values(
                    recipient=key,
                    wave=before.wave,
                    at=at,
                    channel=before.channel,
                    status=status,
                    phase="person",
                    duration_ms=0,
                    sender=who,
                )
            )
            # A copy of the earlier letter, filed by the provider, proves nothing for this one.
            again = (
                dict.fromkeys(("message_id", "sha256", "fingerprint"), "") if was_refused else {}
            )
            tx.execute(
                update(_deliveries)
                .where(_deliveries.c.id == before.id)
                .values(status=status, at=at, detail="", claimant=None, **again)
            )
            return deliveries_by_id(tx, [before.id])[0]

    def prove_sent(self, delivery_ids: Mapping[int, str], at: datetime, who: str) -> list[int]:
        """unknown → sent, by what the other side has; the ids for which that held.

        The words by delivery say what the proof is. Also what a person gave back: see `prove_sent`.
        """
        with self._database.writing() as tx:
            return [
                number
                for number, words in delivery_ids.items()
                if prove_sent(tx, number, at=at, who=who, words=words)
            ]

    def stopped_after_doubt(self) -> frozenset[int]:
        """The deliveries that are `deferred`, `failed` or `suppressed` and were in doubt before.

        Perhaps they were taken. Not those that had come back: they are proved.
        """
        query = select(_deliveries.c.id).where(_stopped_after_doubt())
        with self._database.reading() as tx:
            return frozenset(tx.execute(query).scalars())

    def suppress(self, reasons: Mapping[int, str], at: datetime) -> None:
        """These → `suppressed`, with the reason, where the states let them and no other has them.

        Each keeps an attempt, and remembers where it stood.
        """
        with self._database.writing() as tx:
            claimant = _deliveries.c.claimant
            may_rest = and_(
                may_become(Status.SUPPRESSED), or_(claimant.is_(None), claimant == self._sender)
            )
            for number, reason in reasons.items():
                this_one = and_(_deliveries.c.id == number, may_rest)
                keep_attempts(
                    tx, this_one, Status.SUPPRESSED, at, self._sender, phase="peace", words=reason
                )
                tx.execute(
                    update(_deliveries)
                    .where(this_one)
                    .values(
                        rested_from=_deliveries.c.status,
                        status=Status.SUPPRESSED,
                        at=at,
                        detail=reason,
                        claimant=None,
                        not_before=None,
                    )
                )

    def restore(self, delivery_ids: Sequence[int], at: datetime, why: str) -> None:
        """`suppressed` → where it stood; what was refused for now or held waits again."""
        with self._database.writing() as tx:
            before = _deliveries.c.rested_from
            waits = or_(before.is_(None), before.in_((Status.DEFERRED, Status.HELD)))
            place = case((waits, literal(Status.QUEUED, _deliveries.c.status.type)), else_=before)
            for some in chunks(delivery_ids):
                resting = and_(
                    _deliveries.c.id.in_(some), _deliveries.c.status == Status.SUPPRESSED
                )
                keep_attempts(tx, resting, place, at, self._sender, phase="peace", words=why)
                tx.execute(
                    update(_deliveries)
                    .where(resting)
                    .values(status=place, rested_from=None, at=at, detail="")
                )


def _stopped_after_doubt() -> ColumnElement[bool]:
    before = func.coalesce(_deliveries.c.rested_from, Status.QUEUED)
    rests = and_(_deliveries.c.status == Status.SUPPRESSED, before != Status.BOUNCED)
    refused = _deliveries.c.status.in_((Status.DEFERRED, Status.FAILED))
    return and_(or_(refused, rests), was_in_doubt())


def prove_sent(tx: Connection, delivery_id: int, *, at: datetime, who: str, words: str) -> bool:
    """There is proof that the next server took it: `unknown` → `sent`, with an attempt.

    A late proof also wins over a person's word, if the delivery is queued, held, deferred, failed
    or suppressed since, still an e-mail, and unclaimed. False, and nothing written, for any other
    delivery.
    """
    given_back = and_(
        or_(
            _deliveries.c.status.in_((Status.QUEUED, Status.HELD)),
            _stopped_after_doubt(),
        ),
        _deliveries.c.message_id != "",
        _deliveries.c.claimant.is_(None),
    )
    in_doubt = and_(
        _deliveries.c.id == delivery_id,
        _deliveries.c.channel == Channel.EMAIL,
        or_(_deliveries.c.status == Status.UNKNOWN, given_back),
    )
    proven = tx.execute(
        update(_deliveries)
        .where(in_doubt)
        .values(
            status=Status.SENT,
            at=at,
            detail=words,
            code=None,
            enhanced="",
            not_before=None,
            rested_from=None,
        )
    )
    if not proven.rowcount:
        return False
    (delivery,) = deliveries_by_id(tx, [delivery_id])
    tx.execute(
        insert(schema.attempts).values(
            recipient=delivery.key,
            wave=delivery.wave,
            at=at,
            channel=delivery.channel,
            status=Status.SENT,
            phase="proof",
            words=words,
            duration_ms=0,
            sender=who,
        )
    )
    return True


def release_sender(tx: Connection, sender: str | None, now: datetime) -> int:
    """A sender has died: its claims are void, and what it was sending is in doubt.

    Returns how many deliveries became `unknown`; each keeps an attempt that says so.
    """
    claimant = _deliveries.c.claimant
    theirs = claimant.is_(None) if sender is None else claimant == sender
    in_doubt = and_(theirs, _deliveries.c.status == Status.SENDING)
    died = {"phase": Phase.BODY.value, "words": "sender-died"}
    keep_attempts(tx, in_doubt, Status.UNKNOWN, now, sender or "", **died)
    doubtful = tx.execute(
        update(_deliveries)
        .where(in_doubt)
        .values(status=Status.UNKNOWN, at=now, detail="sender-died", claimant=None)
    )
    if sender is not None:
        tx.execute(update(_deliveries).where(theirs).values(claimant=None))
    return doubtful.rowcount
