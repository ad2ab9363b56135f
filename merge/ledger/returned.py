"""What came back after it was sent: `sent → bounced`, each report taken once; see `policy`.

Each function works inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, insert, select, update

from merge.ledger import doubt, policy, schema
from merge.ledger.queueing import AFRESH
from merge.ledger.reading import chunks, deliveries_by_id, is_latest_wave
from merge.ledger.records import Decision, Refused, Returned, Stand, Tried
from merge.ledger.rows import DELIVERY_COLUMNS
from merge.mail.addresses import written_in
from merge.model import Channel, Delivery, Status
from merge.outcome import Aim, Bounce, Outcome, Phase

_deliveries = schema.deliveries
_attempts = schema.attempts

AGAIN_AFTER = timedelta(days=1)
_A_HUNDRED = 100


def bounced(tx: Connection, bounces: Sequence[Bounce], who: str) -> Returned:
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
        if not _is_about(bounce, delivery) or _is_known(tx, bounce, delivery):
            continue
        if not (
            delivery.status is Status.SENT
            or (not is_ours and _came_back_because_of_us(tx, delivery))
            or doubt.prove_sent(tx, delivery.id, at=bounce.at, who=who, words="proof-bounce")
        ):
            continue  # it is on its way again, or failed: the report is about an earlier letter
        _keep(tx, bounce, delivery, who, policy.POLICY if is_ours else Phase.BOUNCE.value)
        _move(tx, bounce, delivery)
        (about_us if is_ours else moved).append(delivery.id)
    return Returned(
        bounced=tuple(deliveries_by_id(tx, moved)),
        about_us=tuple(deliveries_by_id(tx, [each for each in about_us if each not in moved])),
    )


def stands(tx: Connection) -> dict[int, Stand]:
    """The e-mails that came back so, by delivery id, and what a person has decided."""
    query = select(_deliveries.c.id, policy.stand()).where(policy.came_back(), policy.stand() != "")
    return {row[0]: row[1] for row in tx.execute(query)}


def waiting(tx: Connection, key: str | None = None) -> list[str]:
    """Whose latest letter came back so, and nobody has decided."""
    waits = and_(policy.came_back(), is_latest_wave(), policy.stand() == "waits")
    query = select(_deliveries.c.recipient).where(waits).order_by(_deliveries.c.id)
    if key is not None:
        query = query.where(_deliveries.c.recipient == key)
    return list(tx.execute(query).scalars())


def decide(
    tx: Connection, decision: Decision, keys: Sequence[str], at: datetime, who: str
) -> list[Delivery]:
    """A person's word on these, kept as an attempt: tried again a day later, on paper, or left.

    Those of them that did not come back so are left alone.
    """
    status = Status.DEFERRED if decision == "later" else Status.BOUNCED
    words = {"later": "", "paper": policy.PAPER, "leave": policy.LEFT}[decision]
    may = and_(policy.came_back(), is_latest_wave(), policy.stand() != "")
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
            "phase": policy.PERSON,
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
            tx.execute(update(_deliveries).where(_deliveries.c.id.in_(some)).values(**again))
    return deliveries_by_id(tx, ids)


def refused(tx: Connection, since: datetime) -> Refused:
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
    rows = list(tx.execute(found.where(_attempts.c.phase == policy.POLICY, _attempts.c.at > since)))
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
    return Refused(
        reports=tuple(_bounce(row) for row in rows),
        letters=len(back.intersection(letters)),
        of=len(letters),
    )


def take_over(tx: Connection) -> None:
    """A ledger of before left such a letter `sent`: it is what the last word in it was."""
    later = _attempts.alias()
    is_last = (
        ~select(later.c.id)
        .where(
            later.c.recipient == _attempts.c.recipient,
            later.c.wave == _attempts.c.wave,
            later.c.id > _attempts.c.id,
        )
        .exists()
    )
    query = (
        select(_attempts, _deliveries.c.id.label("delivery"))
        .join(
            _deliveries,
            and_(
                _deliveries.c.recipient == _attempts.c.recipient,
                _deliveries.c.wave == _attempts.c.wave,
            ),
        )
        .where(
            _attempts.c.phase == Phase.BOUNCE.value,
            _deliveries.c.status == Status.SENT,
            _deliveries.c.channel == Channel.EMAIL,
            is_last,
        )
    )
    for row in list(tx.execute(query)):
        tx.execute(update(_attempts).where(_attempts.c.id == row.id).values(phase=policy.POLICY))
        tx.execute(
            update(_deliveries)
            .where(_deliveries.c.id == row.delivery)
            .values(
                status=Status.BOUNCED,
                at=row.at,
                code=row.code,
                enhanced=row.enhanced,
                detail=row.words,
            )
        )


def tried_since(tx: Connection, at: datetime) -> Tried:
    """How many e-mails were accepted since then, and when each report came back."""
    since = and_(_attempts.c.channel == Channel.EMAIL, _attempts.c.at >= at)
    accepted = select(func.count()).where(since, _attempts.c.status == Status.SENT)
    reports = select(_attempts.c.at).where(since)
    return Tried(
        accepted=tx.execute(accepted).scalar_one(),
        bounced=tuple(tx.execute(reports.where(_attempts.c.phase == Phase.BOUNCE.value)).scalars()),
        refused=tuple(tx.execute(reports.where(_attempts.c.phase == policy.POLICY)).scalars()),
    )


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
        _attempts.c.phase.in_((Phase.BOUNCE.value, policy.POLICY)),
        _attempts.c.at == bounce.at,
    )
    return tx.execute(query.limit(1)).first() is not None


def _came_back_because_of_us(tx: Connection, delivery: Delivery) -> bool:
    waits = and_(_deliveries.c.id == delivery.id, policy.came_back(), policy.stand() != "")
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
