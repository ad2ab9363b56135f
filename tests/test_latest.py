from __future__ import annotations

from merge.web.latest import Latest


def test_only_what_was_set_last_is_remembered() -> None:
    latest = Latest[str, int](2)
    latest["a"], latest["b"] = 1, 2
    latest["a"] = 3  # once more: it is the newest
    latest["c"] = 4
    assert dict(latest) == {"a": 3, "c": 4}
