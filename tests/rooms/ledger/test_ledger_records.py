"""Records made from rows: the very same as those that are made by their names."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from merge.ledger.schema import recipient_of
from merge.model import Attempt, Channel, Delivery, Lot, Recipient, Status

AT = datetime(2026, 3, 1, tzinfo=UTC)
MADE = [
    (
        recipient_of,
        Recipient,
        {
            **{"alternates": "[]", "street": '["1 rue X"]', "fields": '{"A":"b"}'},
            **{"lines": '[{"A":"b"}]', "rows": "[2]"},
        },
    ),
    (Delivery._make, Delivery, {}),
    (Attempt._make, Attempt, {}),
    (Lot._make, Lot, {}),
]
VALUES: dict[str, Any] = {
    **{"channel": Channel.EMAIL, "status": Status.SENT, "at": AT, "letters": None},
    **{"alternates": (), "street": ("1 rue X",), "fields": {"A": "b"}},
    **{"lines": ({"A": "b"},), "rows": (2,)},
}


@pytest.mark.parametrize(
    ("make", "record", "stored"), MADE, ids=lambda x: getattr(x, "__name__", "")
)
def test_a_record_of_a_row_is_like_any_other(make: Any, record: Any, stored: Any) -> None:
    values = {name: VALUES.get(name, name) for name in record._fields}
    made = make([stored.get(name, value) for name, value in values.items()])
    assert type(made) is record
    assert made == record(**values)
    assert repr(made) == repr(record(**values))
    name = record._fields[0]
    assert getattr(made._replace(**{name: "other"}), name) == "other"
    with pytest.raises(AttributeError):
        setattr(made, name, "other")
    with pytest.raises(AttributeError):
        delattr(made, name)
