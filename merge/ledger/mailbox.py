"""What the sender's mailbox changes: letters that came back, and copies of sent mail.

A letter comes back once (`sent → bounced`), however many reports say so. Copies are filed by
whoever sends: each takes a few at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, insert, not_, or_, select, update

from merge.ledger import schema
from merge.ledger.deliveries import (
    AFRESH,
    LEFT,
    PAPER,
    PERSON,
    POLICY,
    came_back,
    chunks,
    deliveries_by_id,
    is_latest_in,
    is_latest_wave,
    stand,
)
from merge.ledger.reading import Reader
from merge.ledger.records import Decision, PolicyReports, Returned, ReturnRate, Stand
from merge.ledger.resolving import prove_sent
from merge.ledger.schema import DELIVERY_COLUMNS
from merge.model import Channel, Delivery, Status
from merge.outcome import Aim, Bounce, Outcome, Phase

_deliveries = schema.deliveries
_attempts = schema.attempts
_sent = and_(
    _deliveries.c.channel == Channel.EMAIL,
    _deliveries.c.status.in_((Status.SENT, Status.BOUNCED)),
    _deliveries.c.sha256 != "",
)
_not_filed = _deliveries.c.copied != _deliveries.c.sha256

AGAIN_AFTER = timedelta(days=1)
_A_HUNDRED = 100


class Bouncing(Reader):
    """What came back to the sender, and what a person decided about it; copies of sent mail."""

    def bounced(
        self,
        bounces: Sequence[Bounce],
        hear: Callable[[PolicyReports], object],
        *,
        since: datetime,
    ) -> Returned:
        """sent → bounced, each report about a message of this campaign once.

        A report proves that the next server had accepted the message: it settles a doubt, too. One
        about the recipient counts more than one about the sender, whichever comes first. One about
        the sender has the phase "policy", and its letter waits for a person; `hear` is told of all
        of these that came after `since` before they count as read, so that a kill in between tells
        it again.
        """
        with self._database.writing() as tx:
            found = _bounced(tx, bounces, self._sender)
            if found.about_us:
                hear(_policy_reports(tx, since))
        return found

    def stands_of_refused(self) -> Mapping[int, Stand]:
        """How each letter stands that came back because of us, by delivery id."""
        with self._database.reading() as tx:
            query = select(_deliveries.c.id, stand()).where(came_back(), stand() != "")
            return {row[0]: row[1] for row in tx.execute(query)}

    def refused_as_senders(self) -> list[str]:
        """Whose latest letter came back because of us, and waits for a person's decision."""
        waits = and_(came_back(), stand() == "waits")
        query = select(_deliveries.c.recipient).where(waits).order_by(_deliveries.c.id)
        with self._database.reading() as tx:
            return list(tx.execute(query.where(is_latest_in(tx))).scalars())

    def came_back(self, *, waiting: bool, at_most: int | None = None) -> list[Delivery]:
        """Latest letters that reached nobody, newest first: those that wait for a person's decision
        (see `refused_as_senders`), or all that failed or came back for a reason of their own.
        Without those of a purge.
        """
        because_of_us = and_(came_back(), stand() == "waits" if waiting else stand() != "")
        query = (
            select(*DELIVERY_COLUMNS)
            .join(schema.recipients)
            .where(
                _deliveries.c.status.in_((Status.FAILED, Status.BOUNCED, Status.RETURNED)),
                is_latest_wave(),
                because_of_us if waiting else not_(because_of_us),
                schema.recipients.c.source != "",
            )
            .order_by(_deliveries.c.at.desc(), _deliveries.c.id.desc())
        )
        with self._database.reading() as tx:
            return [Delivery._make(row) for row in tx.execute(query.limit(at_most))]

    def decide_refused(
        self, decision: Decision, keys: Sequence[str], at: datetime, who: str
    ) -> Sequence[Delivery]:
        """A person's word on these, kept as an attempt: tried again a day later, on paper, or left.

        Those of them that did not come back so are left alone.
        """
        with self._database.writing() as tx:
            status = Status.DEFERRED if decision == "later" else Status.BOUNCED
            words = {"later": "", "paper": PAPER, "leave": LEFT}[decision]
            may = and_(came_back(), is_latest_wave(), stand() != "")
            ids = [
                number
                for some in chunks(keys)
                for number in tx.scalars(
                    select(_deliveries.c.id).where(may, _deliveries.c.recipient.in_(some))
                )
            ]
            rows: list[dict[str, Any]] = [
                {
                    "recipient": delivery.key,
                    "wave": delivery.wave,
                    "at": at,
                    "channel": delivery.channel,
                    "status": status,
                    "phase": PERSON,
                    "words": words,
                    "duration_ms": 0,
                    "sender": who,
                }
                for delivery in deliveries_by_id(tx, ids)
            ]
            if not rows:
                return []
            tx.execute(insert(_attempts), rows)
            if decision == "later":
                said = ("code", "enhanced", "detail")
                afresh = {name: value for name, value in AFRESH.items() if name not in said}
                again = {**afresh, "status": status, "at": at, "not_before": at + AGAIN_AFTER}
                for some in chunks(ids):
                    tx.execute(
                        update(_deliveries).where(_deliveries.c.id.in_(some)).values(**again)
                    )
            return deliveries_by_id(tx, ids)

    def tried_since(self, at: datetime) -> ReturnRate:
        """How many e-mails were accepted since then, and when each report came back."""
        with self._database.reading() as tx:
            since = and_(_attempts.c.channel == Channel.EMAIL, _attempts.c.at >= at)
            accepted = select(func.count()).where(since, _attempts.c.status == Status.SENT)
            reports = select(_attempts.c.at).where(since)
            return ReturnRate(
                accepted=tx.execute(accepted).scalar_one(),
                bounced=tuple(
                    tx.execute(reports.where(_attempts.c.phase == Phase.BOUNCE.value)).scalars()
                ),
                refused=tuple(tx.execute(reports.where(_attempts.c.phase == POLICY)).scalars()),
            )

    def first_sent_at(self) -> datetime | None:
        """When the first e-mail left, or may have."""
        with self._database.reading() as tx:
            left = _attempts.c.status.in_((Status.SENT, Status.UNKNOWN))
            query = select(func.min(_attempts.c.at)).where(
                _attempts.c.channel == Channel.EMAIL, left
            )
            found: datetime | None = tx.execute(query).scalar_one()
            return found

    def copies_due(self, *, after: int, limit: int) -> list[Delivery]:
        """Take up to `limit` e-mails that were sent and have no copy yet, with ids above `after`.

        Two senders never file the same copy; what a dead one had taken is free again.
        """
        copier, me = _deliveries.c.copier, self._sender
        named = select(copier).where(_sent, copier.is_not(None)).distinct()
        with self._database.reading() as tx:
            others = set(tx.execute(named).scalars()) - {me}
        dead = [token for token in others if not self._alive(token)]
        free = or_(copier.is_(None), copier == me, copier.in_(dead))
        query = (
            select(_deliveries.c.id)
            .where(_sent, _not_filed, free, _deliveries.c.id > after)
            .order_by(_deliveries.c.id)
            .limit(limit)
        )
        mine = update(_deliveries).where(_deliveries.c.id == bindparam("which")).values(copier=me)
        with self._database.writing() as tx:
            ids = list(tx.execute(query).scalars())
            if ids:
                tx.execute(mine, [{"which": number} for number in ids])
            return deliveries_by_id(tx, ids)

    def filed(self, filed: Sequence[Delivery], left: Sequence[Delivery]) -> None:
        """The copies of `filed` lie in the mailbox; those `left` are to be filed later."""
        with self._database.writing() as tx:
            mine = and_(
                _deliveries.c.id == bindparam("which"), _deliveries.c.copier == self._sender
            )
            if filed:
                tx.execute(
                    update(_deliveries)
                    .where(mine)
                    .values(copied=bindparam("to_copied"), copier=None),
                    [{"which": one.id, "to_copied": one.sha256} for one in filed],
                )
            if left:
                tx.execute(
                    update(_deliveries).where(mine).values(copier=None),
                    [{"which": one.id} for one in left],
                )


def _bounced(tx: Connection, bounces: Sequence[Bounce], who: str) -> Returned:
    """Note each report about a message of this campaign, once; who came back, what was about us.

    A report proves that the next server had accepted the message: it settles a doubt, too. One
    about the recipient counts more than one about the sender, whichever comes first.
    """
    ours = _by_message_id(tx, [bounce.message_id for bounce in bounces if bounce.message_id])
    moved: list[int] = []
    about_us: list[int] = []
    for bounce in bounces:
        delivery = ours.get(bounce.message_id)
        is_ours = bounce.outcome.aim is not Aim.RECIPIENT
        # A list of several mailboxes, or a forwarder.
        if delivery is None or delivery.id in (*moved, *(about_us if is_ours else ())):
            continue
        if not bounce.is_of(delivery.address) or _is_known(tx, bounce, delivery):
            continue
        if not (
            delivery.status is Status.SENT
            or (not is_ours and _came_back_because_of_us(tx, delivery))
            or prove_sent(tx, delivery.id, at=bounce.at, who=who, words="proof-bounce")
        ):
            continue  # sent again since, or failed: the report is about the earlier attempt
        if bounce.is_forwarders(delivery.address):
            continue
        _keep(tx, bounce, delivery, who, POLICY if is_ours else Phase.BOUNCE.value)
        _move(tx, bounce, delivery)
        (about_us if is_ours else moved).append(delivery.id)
    return Returned(
        bounced=tuple(deliveries_by_id(tx, moved)),
        about_us=tuple(deliveries_by_id(tx, [each for each in about_us if each not in moved])),
    )


def _policy_reports(tx: Connection, since: datetime) -> PolicyReports:
    """The reports of this kind that came after `since`, and how many of a hundred letters came
    back so: of those up to the last that did, for reports come late.
    """
    found = select(_attempts, _deliveries.c.message_id).join(
        _deliveries,
        and_(
            _deliveries.c.recipient == _attempts.c.recipient,
            _deliveries.c.wave == _attempts.c.wave,
        ),
    )
    rows = list(tx.execute(found.where(_attempts.c.phase == POLICY, _attempts.c.at > since)))
    back = {(row.recipient, row.wave) for row in rows}
    accepted = and_(_attempts.c.status == Status.SENT, _attempts.c.channel == Channel.EMAIL)
    last = max(
        (
            tx.execute(select(func.max(_attempts.c.id)).where(accepted, of)).scalar() or 0
            for some in chunks(sorted({key for key, _ in back}))
            for of in (_attempts.c.recipient.in_(some),)
        ),
        default=0,
    )
    place = select(_attempts.c.recipient, _attempts.c.wave).where(accepted, _attempts.c.id <= last)
    letters = [
        (key, wave)
        for key, wave in tx.execute(place.order_by(_attempts.c.id.desc()).limit(_A_HUNDRED))
    ]
    return PolicyReports(
        reports=tuple(_bounce(row) for row in rows),
        letters=len(back.intersection(letters)),
        of=len(letters),
    )


def _by_message_id(tx: Connection, message_ids: Sequence[str]) -> dict[str, Delivery]:
    message_id = _deliveries.c.message_id
    email = select(*DELIVERY_COLUMNS).where(_deliveries.c.channel == Channel.EMAIL)
    found = (
        Delivery._make(row)
        for some in chunks(message_ids)
        for row in tx.execute(email.where(message_id.in_(some)))
    )
    return {delivery.message_id: delivery for delivery in found}


def _is_known(tx: Connection, bounce: Bounce, delivery: Delivery) -> bool:
    query = select(_attempts.c.id).where(
        _attempts.c.recipient == delivery.key,
        _attempts.c.wave == delivery.wave,
        _attempts.c.phase.in_((Phase.BOUNCE.value, POLICY)),
        _attempts.c.at == bounce.at,
    )
    return tx.execute(query.limit(1)).first() is not None


def _came_back_because_of_us(tx: Connection, delivery: Delivery) -> bool:
    waits = and_(_deliveries.c.id == delivery.id, came_back(), stand() != "")
    return tx.execute(select(_deliveries.c.id).where(waits)).first() is not None


def _keep(tx: Connection, bounce: Bounce, delivery: Delivery, who: str, phase: str) -> None:
    tx.execute(
        insert(_attempts).values(
            recipient=delivery.key,
            wave=delivery.wave,
            at=bounce.at,
            channel=delivery.channel,
            status=Status.BOUNCED,
            phase=phase,
            code=bounce.outcome.code,
            enhanced=bounce.outcome.enhanced,
            words=bounce.outcome.words,
            duration_ms=0,
            sender=who,
        )
    )


def _move(tx: Connection, bounce: Bounce, delivery: Delivery) -> None:
    tx.execute(
        update(_deliveries)
        .where(
            _deliveries.c.id == delivery.id,
            _deliveries.c.status.in_((Status.SENT, Status.BOUNCED)),
        )
        .values(
            status=Status.BOUNCED,
            at=bounce.at,
            code=bounce.outcome.code,
            enhanced=bounce.outcome.enhanced,
            detail=bounce.outcome.words,
        )
    )


def _bounce(row: Any) -> Bounce:
    return Bounce(
        message_id=row.message_id,
        to="",
        at=row.at,
        outcome=Outcome(
            status=Status.BOUNCED,
            phase=Phase.BOUNCE,
            aim=Aim.ACCOUNT,
            code=row.code,
            enhanced=row.enhanced,
            words=row.words,
        ),
    )
