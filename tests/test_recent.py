from __future__ import annotations

from merge.web.recent import Recent


def test_only_what_was_set_last_is_remembered() -> None:
    recent = Recent[str, int](2)
    recent["a"], recent["b"] = 1, 2
    recent["a"] = 3  # once more: it is the newest
    recent["c"] = 4
    assert dict(recent) == {"a": 3, "c": 4}
