"""What a job tells while it runs, an event at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from merge.job import Event, Facts, trouble_of
from merge.words import (
    arrival,
    mailbox,
    reminders,
    returns,
    sending,
    suppression,
    troubles,
)

_LINES: Mapping[str, Callable[[Facts], Iterable[str]]] = {
    "answers-elsewhere": lambda facts: [mailbox.answers_elsewhere(facts["address"])],
    "away": lambda facts: [sending.away(facts)],
    "begun": lambda facts: [sending.begun(**facts)],
    "came-back": returns.came_back,
    "caution": lambda facts: troubles.warning(**facts),
    "copies": lambda facts: [mailbox.copies_filed(**facts)],
    "mailbox-trouble": lambda facts: [troubles.mailbox_trouble(trouble_of(facts))],
    "mail-again": lambda facts: [arrival.mail_again(**facts)],
    "overtaken": lambda facts: [reminders.closed(**facts)],
    "sign-in-not-kept": lambda facts: [mailbox.sign_in_not_kept()],
    "suppressed": lambda facts: [suppression.stopped(**facts)],
    "undecided": lambda facts: [reminders.held(**facts)],
    "without-mail": lambda facts: [arrival.without_mail(**facts)],
}


ASIDE = frozenset(_LINES) - {"away"}
"""Events that are news by themselves; the others say where a job stands."""


def told(event: Event, now: datetime) -> Iterable[str]:
    """The sentences of one event."""
    if event.code == "waiting":
        return [sending.waiting(event.facts, now)]
    return _LINES[event.code](event.facts)
