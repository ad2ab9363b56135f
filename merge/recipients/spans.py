"""What holds for cells that stand one below the other: a format, a merge. Counted from 1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class Span(Generic[T]):
    """From the first to the last row of one column."""

    first: int
    last: int
    column: int
    value: T


@dataclass(slots=True)
class Spans(Generic[T]):
    """Those of one worksheet; equal ones that meet are one."""

    _spans: list[Span[T]] = field(default_factory=list)
    _latest: dict[int, Span[T]] = field(default_factory=dict)  # by column

    def __bool__(self) -> bool:
        return bool(self._spans)

    def note(self, first: int, last: int, column: int, value: T) -> None:
        """One more."""
        before = self._latest.get(column)
        if before and before.last == first - 1 and before.value == value:
            before.last = last
            return
        span = self._latest[column] = Span(first, last, column, value)
        self._spans.append(span)

    def walk(self) -> Walk[T]:
        """Those of each row, from the first row on."""
        return Walk(sorted(self._spans, key=lambda span: span.first))


class Walk(Generic[T]):
    """Goes down the rows once."""

    def __init__(self, spans: Sequence[Span[T]]) -> None:
        self._coming = spans
        self._next = 0
        self._here: dict[int, Span[T]] = {}
        self._found: Sequence[Span[T]] = ()
        self._until = 0  # the last row for which those that were found hold

    def at(self, row: int) -> Sequence[Span[T]]:
        """Those that hold in the row, which is below the last one asked for."""
        if row <= self._until:
            return self._found
        while self._next < len(self._coming) and self._coming[self._next].first <= row:
            span = self._coming[self._next]
            self._here[span.column] = span
            self._next += 1
        self._found = [span for span in self._here.values() if row <= span.last]
        self._until = min((span.last for span in self._found), default=_NO_END)
        if self._next < len(self._coming):
            self._until = min(self._until, self._coming[self._next].first - 1)
        return self._found


_NO_END = 1 << 62
