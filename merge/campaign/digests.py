"""Digests: of all that a letter is made of, and of everybody who waits for one."""

from __future__ import annotations

import hashlib
import json
from array import array
from collections.abc import Iterable

from merge.campaign.ports import Template
from merge.model import Recipient

_written = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode


_SINCE = ("organisation", "civility", "country", "number", "lines", "fault")


def fingerprint(template: Template, recipient: Recipient, *, by: str = "") -> str:
    """SHA-256 over everything this recipient's letter is made of, in hex; `by` sends it.

    Where the row stands in the sheet does not count: a re-sorted sheet changes no letter.
    """
    made_of = recipient._asdict() | {"fields": dict(recipient.fields), "source": "", "row": 0}
    del made_of["rows"], made_of["is_person"]
    for name in _SINCE:
        if not made_of[name]:
            del made_of[name]  # letters of before have none, and stay what they are
    own = template.own_version(recipient)
    parts = [template.version, by, made_of, *([own] if own else [])]
    return hashlib.sha256(_written(parts).encode()).hexdigest()


def hashes_of(deliveries: Iterable[tuple[int, str]]) -> array[int]:
    """Eight bytes of the SHA-256 of each, with its recipient, the lowest first: what `are_among`
    compares.
    """
    digests = (hashlib.sha256(_written(each).encode()).digest() for each in deliveries)
    return array("q", sorted(int.from_bytes(each[:8], signed=True) for each in digests))


def mark_of(hashes: array[int]) -> str:
    """The same for the same deliveries, in whatever order they come."""
    return hashlib.sha256(hashes).hexdigest()


def are_among(some: Iterable[int], others: Iterable[int]) -> bool:
    """Whether `others` contain all of `some`. Both must be in ascending order."""
    rest = iter(others)
    return all(each in rest for each in some)
