"""The lines at the top of a letter.md, one of them changed and no other byte. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

_FENCE = "---"


def value(source: str, name: str) -> str:
    """What the head says behind `name:`, "" where it has no such line."""
    return next((line.partition(":")[2].strip() for _i, line in _of(_lines(source), name)), "")


def row(source: str, name: str) -> int:
    """Where the head says `name:`, as an editor numbers lines; 0 where it has no such line."""
    return next((i + 1 for i, _line in _of(_lines(source), name)), 0)


def with_value(source: str, name: str, value: str) -> str:
    """The letter whose head says `name: value`; "" takes the line out.

    A letter without a head gets one.
    """
    lines = _lines(source)
    break_ = "\r\n" if "\r\n" in source else "\n"
    new = f"{name}: {_quoted(value)}" if value else ""
    for i, line in _of(lines, name):
        ending = line[len(line.rstrip("\r\n")) :]
        lines[i] = new + ending if new else ""
        return "".join(lines)
    if not new:
        return source
    if end := _end(lines):
        lines.insert(end, new + break_)
        return "".join(lines)
    return f"{_FENCE}{break_}{new}{break_}{_FENCE}{break_}{break_}{source}"


def length(source: str) -> int:
    """How many characters the head takes, with its two lines of `---`; 0 for none."""
    lines = _lines(source)
    end = _end(lines)
    return sum(map(len, lines[: end + 1])) if end else 0


def _lines(source: str) -> list[str]:
    return source.splitlines(keepends=True)


def _end(lines: list[str]) -> int:
    """The line that closes the head; 0 for a letter that has none."""
    if not lines or lines[0].removeprefix("\ufeff").rstrip() != _FENCE:
        return 0
    return next((i for i, line in enumerate(lines[1:], 1) if line.rstrip() == _FENCE), 0)


def _of(lines: list[str], name: str) -> Iterator[tuple[int, str]]:
    for i, line in enumerate(lines[1 : _end(lines)], 1):
        if line.partition(":")[0].strip() == name:
            yield i, line


def _quoted(value: str) -> str:
    """A value in quotation marks of its own would lose them."""
    if found := re.fullmatch(r"""(["'])((?:(?!\1).)*)\1""", value):
        other = "'" if found[1] == '"' else '"'
        if other not in value:
            return f"{other}{value}{other}"
    return value
