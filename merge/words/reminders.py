"""Reminders: who gets one, who is left out and why, what was taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from merge.job import Step
from merge.words import pages, statuses
from merge.words.language import N_, _, ngettext, translate

if TYPE_CHECKING:
    from merge.campaign.reminders import Opening

LEFT_OUT_WORDS: Mapping[str, str] = {
    "answered": N_("answered already"),
    "undecided": N_("may have answered: decide first ({step})"),
    "peace": N_("must not be written to ({step})"),
    "came-back": N_("the letter before came back, or was refused"),
    "doubt": N_("nobody knows whether the letter before has left ({step})"),
    "waiting": N_("the letter before has not left yet, or is not said to be posted"),
    "recent": N_("the letter before left too recently"),
    "reminded": N_("reminded already"),
    "earlier": N_("without the reminder before this one"),
    "unreachable": N_("neither an e-mail nor a postal address"),
}
"""Why somebody is left out, in the order in which it is told."""

_LEFT_OUT_STEPS: Mapping[str, str] = {
    "undecided": "replies",
    "peace": "suppress",
    "doubt": "resolve",
}
"""The command that the words name as {step}."""


def opening(found: Opening, wave: int, name: str, *, opened: bool) -> Iterator[str]:
    """How many, on which channel, and who is left out and why; `name` is the letter's file."""
    by_channel = Counter(channel for _who, channel in found.chosen)
    n = len(found.chosen)
    if opened:
        head = ngettext("Wave {wave} is open: {n} letter", "Wave {wave} is open: {n} letters", n)
    else:
        head = ngettext("Wave {wave} would be {n} letter", "Wave {wave} would be {n} letters", n)
    yield _("{head} ({file}): {channels}.").format(
        head=head.format(wave=wave, n=n),
        file=name,
        channels=statuses.by_channel(by_channel),
    )
    left_out = Counter(why.value for why in found.left_out.values())
    for why, words in LEFT_OUT_WORDS.items():
        if left_out[why]:
            step = pages.told(Step(command=_LEFT_OUT_STEPS.get(why, "log")))
            told = translate(words).format(step=step)
            yield _("Left out: {n}, {why}.").format(n=left_out[why], why=told)


def taken_back(wave: int, n: int, left: int) -> Iterator[str]:
    """How many letters of a wave wait no longer, and how many stay since they have left."""
    yield ngettext(
        "Wave {wave}: {n} letter that waited is taken back.",
        "Wave {wave}: {n} letters that waited are taken back.",
        n,
    ).format(wave=wave, n=n)
    if left:
        yield ngettext(
            "{n} letter of it has left, or is under way: it stays.",
            "{n} letters of it have left, or are under way: they stay.",
            left,
        ).format(n=left)


def held(n: int) -> str:
    """So many reminders wait for a person to say whose an answer is."""
    return ngettext(
        "{n} reminder is held: a mail may be the answer to the first letter. Say whose it is, then "
        "it leaves or is closed: {step}",
        "{n} reminders are held: mails may be the answer to the first letter. Say whose they are, "
        "then they leave or are closed: {step}",
        n,
    ).format(n=n, step=pages.told(Step(command="replies")))


def closed(n: int) -> str:
    """How many reminders an answer, or a letter's return, has overtaken."""
    return ngettext(
        "{n} reminder does not leave: an answer has come, or the first letter came back.",
        "{n} reminders do not leave: an answer has come, or the first letter came back.",
        n,
    ).format(n=n)
