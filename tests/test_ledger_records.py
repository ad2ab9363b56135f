"""Records made from rows: the very same as those that are made by their names."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from merge.ledger.records import attempt_of, delivery_of, job_of, lot_of, recipient_of
from merge.model import Attempt, Channel, Delivery, Job, Lot, Recipient, Status

AT = datetime(2026, 3, 1, tzinfo=UTC)
MADE = [
    (recipient_of, Recipient, {"alternates": "[]", "street": '["1 rue X"]', "fields": '{"A":"b"}'}),
    (delivery_of, Delivery, {}),
    (attempt_of, Attempt, {}),
    (lot_of, Lot, {}),
    (job_of, Job, {}),
]
VALUES: dict[str, Any] = {
    **{"channel": Channel.EMAIL, "status": Status.SENT, "at": AT, "letters": None},
    **{"alternates": (), "street": ("1 rue X",), "fields": {"A": "b"}},
}


@pytest.mark.parametrize(
    ("make", "record", "stored"), MADE, ids=lambda x: getattr(x, "__name__", "")
)
def test_a_record_of_a_row_is_like_any_other(make: Any, record: Any, stored: Any) -> None:
    values = {each.name: VALUES.get(each.name, each.name) for each in fields(record)}
    made = make([stored.get(name, value) for name, value in values.items()])
    assert type(made) is record
    assert made == record(**values)
    assert repr(made) == repr(record(**values))
    name = fields(record)[0].name
    assert getattr(replace(made, **{name: "other"}), name) == "other"
    with pytest.raises(FrozenInstanceError):
        setattr(made, name, "other")
    with pytest.raises(FrozenInstanceError):
        delattr(made, name)
