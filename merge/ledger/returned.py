"""What came back after it was sent: `sent → bounced`, each report taken once.

Each function works inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, func, insert, select, update

from merge.campaign.ports import Bounce, Returned
from merge.ledger import doubt, schema
from merge.ledger.reading import chunks, deliveries_by_id
from merge.ledger.records import DELIVERY_COLUMNS
from merge.mail.addresses import written_in
from merge.model import Aim, Channel, Delivery, Phase, Status

_deliveries = schema.deliveries
_attempts = schema.attempts


def bounced(tx: Connection, bounces: Sequence[Bounce], who: str) -> Returned:
    """Note each report about a message of this campaign, once; who came back, what was about us.

    A report proves that the next server had accepted the message: it settles a doubt, too. One
    about the sender rather than the recipient leaves the delivery `sent`, so that nobody gets
    paper for it.
    """
    ours = _by_message_id(tx, [bounce.message_id for bounce in bounces if bounce.message_id])
    moved: list[int] = []
    about_us: list[Bounce] = []
    for bounce in bounces:
        delivery = ours.get(bounce.message_id)
        if delivery is None or delivery.id in moved:  # a list of several mailboxes, or a forwarder
            continue
        if not _is_about(bounce, delivery) or _is_known(tx, bounce, delivery):
            continue
        if delivery.status is not Status.SENT and not doubt.prove_sent(
            tx, delivery.id, at=bounce.at, who=who, words="proof-bounce"
        ):
            continue  # it is on its way again, or failed: the report is about an earlier letter
        _keep(tx, bounce, delivery, who)
        if bounce.outcome.aim is Aim.RECIPIENT:
            moved.append(delivery.id)
            _move(tx, bounce, delivery)
        else:
            about_us.append(bounce)
    return Returned(bounced=tuple(deliveries_by_id(tx, moved)), about_us=tuple(about_us))


def tried_since(tx: Connection, at: datetime) -> tuple[int, list[datetime]]:
    """How many e-mails were accepted since then, and when each report came back."""
    since = and_(_attempts.c.channel == Channel.EMAIL, _attempts.c.at >= at)
    accepted = select(func.count()).where(since, _attempts.c.status == Status.SENT)
    reports = select(_attempts.c.at).where(since, _attempts.c.phase == Phase.BOUNCE)
    return tx.execute(accepted).scalar_one(), list(tx.execute(reports).scalars())


def first_sent_at(tx: Connection) -> datetime | None:
    """When the first e-mail left, or may have."""
    left = _attempts.c.status.in_((Status.SENT, Status.UNKNOWN))
    query = select(func.min(_attempts.c.at)).where(_attempts.c.channel == Channel.EMAIL, left)
    found: datetime | None = tx.execute(query).scalar_one()
    return found


def _by_message_id(tx: Connection, message_ids: Sequence[str]) -> dict[str, Delivery]:
    message_id = _deliveries.c.message_id
    email = select(*DELIVERY_COLUMNS).where(_deliveries.c.channel == Channel.EMAIL)
    found = (
        Delivery._make(row)
        for some in chunks(message_ids)
        for row in tx.execute(email.where(message_id.in_(some)))
    )
    return {delivery.message_id: delivery for delivery in found}


def _is_about(bounce: Bounce, delivery: Delivery) -> bool:
    """Whether it is this letter that came back: an edited one keeps its Message-ID."""
    return not bounce.to or delivery.address.casefold() in written_in(bounce.to)


def _is_known(tx: Connection, bounce: Bounce, delivery: Delivery) -> bool:
    query = select(_attempts.c.id).where(
        _attempts.c.recipient == delivery.key,
        _attempts.c.wave == delivery.wave,
        _attempts.c.phase == Phase.BOUNCE,
        _attempts.c.at == bounce.at,
    )
    return tx.execute(query.limit(1)).first() is not None


def _keep(tx: Connection, bounce: Bounce, delivery: Delivery, who: str) -> None:
    tx.execute(
        insert(_attempts).values(
            recipient=delivery.key,
            wave=delivery.wave,
            at=bounce.at,
            channel=delivery.channel,
            status=Status.BOUNCED,
            phase=Phase.BOUNCE.value,
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
        .where(_deliveries.c.id == delivery.id, _deliveries.c.status == Status.SENT)
        .values(
            status=Status.BOUNCED,
            at=bounce.at,
            code=bounce.outcome.code,
            enhanced=bounce.outcome.enhanced,
            detail=bounce.outcome.words,
        )
    )
