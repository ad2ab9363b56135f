"""Letters that came back because of whoever sent them, or of what they say: they wait for a person.

They stand as `bounced`, and the last report in their attempts says why: its phase is POLICY. What a
person has decided stands behind it, as an attempt of phase PERSON. Paper takes none of them before.
These are conditions on deliveries; what is done with them is in `returned`.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, case, func, literal_column, or_, select

from merge.ledger import schema
from merge.ledger.prepared import is_one_of
from merge.model import Channel, Status
from merge.outcome import Phase

POLICY = "policy"
PERSON = "person"
PAPER, LEFT = "policy-paper", "policy-left"
"""The words of a person's attempt."""

_deliveries = schema.deliveries
_attempts = schema.attempts


def came_back() -> ColumnElement[bool]:
    """Whether an e-mail came back; why is what `stand` says."""
    return and_(
        _deliveries.c.channel == Channel.EMAIL,
        _deliveries.c.status == Status.BOUNCED,
        _deliveries.c.message_id != "",  # a purge has forgotten what it was
    )


def stand() -> ColumnElement[str]:
    """By the last report or word: "" for a letter that came back because of its recipient."""
    said = case(
        (_attempts.c.phase == POLICY, literal_column("'waits'")),
        (_attempts.c.words == PAPER, literal_column("'paper'")),
        (_attempts.c.words == LEFT, literal_column("'left'")),
        else_=literal_column("''"),
    )
    last: ColumnElement[str] = (
        select(said)
        .where(
            _attempts.c.recipient == _deliveries.c.recipient,
            _attempts.c.wave == _deliveries.c.wave,
            or_(
                _attempts.c.phase == Phase.BOUNCE.value,
                _attempts.c.phase == POLICY,
                _attempts.c.phase == PERSON,
            ),
        )
        .order_by(_attempts.c.id.desc())
        .limit(1)
        .correlate(_deliveries)
        .scalar_subquery()
    )
    return func.coalesce(last, literal_column("''"))


def is_kept_from_paper() -> ColumnElement[bool]:
    """Whether an e-mail came back so, and no person has put it on paper."""
    return and_(came_back(), is_one_of(stand(), ("waits", "left")))
