"""What a person is asked to agree to."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from merge.job import Step, Want
from merge.words.language import _, ngettext

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
