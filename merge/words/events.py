"""What a job tells while it runs, an event at a time, and what a person is asked to agree to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from merge.job import Event, Facts, Step, Want, trouble_of
from merge.words import (
    arrival,
    mailbox,
    reminders,
    returns,
    sending,
    suppression,
    troubles,
)
from merge.words.language import _, ngettext

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


_QUESTIONS: Mapping[str, Callable[..., str]] = {
    "erase": lambda **what: _("This cannot be undone. Erase it?"),
    "adopt": lambda **risk: _("Take it over?"),
    "files": lambda campaign, folder, mailbox, **_which: _(
        "“{campaign}” is sent from the mailbox {mailbox}, by the letter and the settings that lie "
        "in {folder}. Have you read them, and may this machine send it?"
    ).format(campaign=campaign, folder=folder, mailbox=mailbox),
    "close": lambda folder, waiting: ngettext(
        "{n} letter is still to go, and would leave no more from here. End “{folder}” here?",
        "{n} letters are still to go, and would leave no more from here. End “{folder}” here?",
        waiting,
    ).format(folder=folder, n=waiting),
    "new-names": lambda names: _("Take the new names?"),
    "new-addresses": lambda addresses: _("Take the new addresses?"),
    "doubled": lambda keys: ngettext(
        "Is that somebody else? Add them?", "Are these others? Add them?", len(keys)
    ),
    "whole-domain": lambda name, n: ngettext(
        "{name} and all below it: that is {n} recipient of this campaign. Go on?",
        "{name} and all below it: that is {n} recipients of this campaign. Go on?",
        n,
    ).format(name=name, n=n),
    "open-wave": lambda wave, n, letter: ngettext(
        "{n} letter of wave {wave} ({letter}) waits to be sent then. Open it?",
        "{n} letters of wave {wave} ({letter}) wait to be sent then. Open it?",
        n,
    ).format(n=n, wave=wave, letter=letter),
    "take-list": lambda n, recipients: ngettext(
        "{n} line goes on the list; of this campaign that is {recipients} recipients. Go on?",
        "{n} lines go on the list; of this campaign that is {recipients} recipients. Go on?",
        n,
    ).format(n=n, recipients=recipients),
    "discard-lot": lambda number: _(
        "Only if not one sheet of lot {number} was posted, and none can still come out of a "
        "printer. Give it back?"
    ).format(number=number),
    "part-not-posted": lambda number: _(
        "Lot {number} is in the post: letters of it that are printed again arrive twice. Only if "
        "these were not posted with it. Print them?"
    ).format(number=number),
}


def question(want: Want) -> str:
    """The question that a yes answers."""
    return _QUESTIONS[want.code](**want.facts)


def changed(want: Want) -> str:
    """Something has changed since it was agreed to."""
    n = want.facts["n"]
    return ngettext(
        "While this command waited, the campaign has changed: {n} letter would leave now. To agree "
        "to that: {command}",
        "While this command waited, the campaign has changed: {n} letters would leave now. To "
        "agree to that: {command}",
        n,
    ).format(n=n, command=Step(command="send", options=("--really",)))
