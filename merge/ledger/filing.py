"""Copies in the folder of sent mail: whose is still to be filed, and who is about to.

Each function works inside the caller's transaction. Two senders never file the same copy: each
takes a few, and what a dead one had taken is free again.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, and_, bindparam, or_, select, update

from merge.ledger import schema
from merge.ledger.reading import deliveries_by_id
from merge.model import Channel, Delivery, Status

_deliveries = schema.deliveries
_sent = and_(
    _deliveries.c.channel == Channel.EMAIL,
    _deliveries.c.status.in_((Status.SENT, Status.BOUNCED)),
    _deliveries.c.sha256 != "",
)
_not_filed = _deliveries.c.copied != _deliveries.c.sha256


def copiers(tx: Connection) -> set[str]:
    """The tokens of the senders, dead or alive, that are about to file a copy."""
    copier = _deliveries.c.copier
    named = select(copier).where(_sent, copier.is_not(None)).distinct()
    return {token for token in tx.execute(named).scalars() if token is not None}


def take(
    tx: Connection, sender: str, dead: Sequence[str], *, after: int, limit: int
) -> list[Delivery]:
    """Up to `limit` that were sent and have no copy yet, with ids above `after`, now `sender`'s."""
    copier = _deliveries.c.copier
    free = or_(copier.is_(None), copier == sender, copier.in_(dead))
    query = (
        select(_deliveries.c.id)
        .where(_sent, _not_filed, free, _deliveries.c.id > after)
        .order_by(_deliveries.c.id)
        .limit(limit)
    )
    ids = list(tx.execute(query).scalars())
    if ids:
        mine = update(_deliveries).where(_deliveries.c.id == bindparam("which"))
        tx.execute(mine.values(copier=sender), [{"which": number} for number in ids])
    return deliveries_by_id(tx, ids)


def settle(
    tx: Connection, sender: str, filed: Sequence[Delivery], left: Sequence[Delivery]
) -> None:
    """Note that the copies of `filed` lie in the mailbox, and give back those `left`."""
    mine = and_(_deliveries.c.id == bindparam("which"), _deliveries.c.copier == sender)
    if filed:
        tx.execute(
            update(_deliveries).where(mine).values(copied=bindparam("to_copied"), copier=None),
            [{"which": one.id, "to_copied": one.sha256} for one in filed],
        )
    if left:
        tx.execute(
            update(_deliveries).where(mine).values(copier=None), [{"which": one.id} for one in left]
        )
