"""A worker's log for machines: a line of JSON on stderr for each event, which names nobody."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

from merge.cli import output
from merge.job import Event, Facts
from merge.words.working import impersonal


def show(event: Event) -> None:
    """An event of the worker's."""
    _line(event.code, impersonal(event.facts))


def hear_libraries() -> None:
    """What libraries warn of becomes such lines, too; their words may name people, and stay out."""
    logging.getLogger().addHandler(_Libraries(logging.WARNING))


class _Libraries(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        """Who warns, and of what kind of error."""
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        facts = {"logger": record.name, "level": record.levelname, "error": kind}
        _line("library", {name: fact for name, fact in facts.items() if fact})


def _line(code: str, facts: Facts) -> None:
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    output.say_as_is(json.dumps({"at": at, "code": code, **facts}, default=str))
