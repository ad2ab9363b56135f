"""One SMTP reply out of its lines (RFC 5321 4.2.1): each begins with the same code."""

from __future__ import annotations

from collections.abc import Sequence

LONGEST_LINE = 10_000  # octets of a line; RFC 5321 4.5.3.1.5 allows 512
MOST_LINES = 100

NO_REPLY = -1
"""The code of what is no reply: no code, several of them, or no end."""


def goes_on(line: bytes, lines_before: int) -> bool:
    """Whether another line follows this one: "250-". A reply of MOST_LINES is cut."""
    return line[3:4] == b"-" and line[:3].isdigit() and lines_before + 1 < MOST_LINES


def code_of(lines: Sequence[bytes]) -> int:
    """The code that every line begins with, else NO_REPLY.

    "550-…" and then "250 …" says that it was refused and that it was taken: whoever believes either
    half may write twice, or not at all.
    """
    first = lines[0][:3]
    if len(first) != 3 or not first.isdigit() or lines[-1][3:4] == b"-":
        return NO_REPLY
    if len(lines) > 1 and any(line[:3] != first for line in lines):
        return NO_REPLY
    return int(first)


def words_of(code: int, lines: Sequence[bytes]) -> bytes:
    """What a reply says behind its code; of what is no reply, everything."""
    start = 4 if code > 0 else 0
    return b"\n".join([line[start:].rstrip(b"\r\n") for line in lines])
