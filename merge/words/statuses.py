"""Where everything stands, in the language of people: statuses, figures, one recipient."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from merge.job import Step
from merge.model import Channel, Counts, Recipient, Status
from merge.words.language import N_, _, ngettext, translate

LISTED = 10
STATUS_WORDS: Mapping[Status, str] = {
    Status.QUEUED: N_("waiting"),
    Status.SENDING: N_("being sent"),
    Status.SENT: N_("sent"),
    Status.DEFERRED: N_("put off"),
    Status.FAILED: N_("refused"),
    Status.UNKNOWN: N_("in doubt"),
    Status.BOUNCED: N_("came back"),
    Status.HELD: N_("held"),
    Status.SUPPRESSED: N_("not to be written to"),
    Status.MADE: N_("ready to print"),
    Status.PRINTED: N_("printed"),
    Status.POSTED: N_("posted"),
    Status.RETURNED: N_("returned by the post"),
}
CHANNEL_WORDS: Mapping[Channel, str] = {
    Channel.EMAIL: N_("e-mail"),
    Channel.PAPER: N_("paper"),
}
SO_MANY: Mapping[Channel, str] = {
    Channel.EMAIL: N_("{n} by e-mail"),
    Channel.PAPER: N_("{n} on paper"),
}

FIGURES: Mapping[Channel, str] = {
    Channel.EMAIL: N_("By e-mail: {figures}"),
    Channel.PAPER: N_("On paper: {figures}"),
}


def labelled(label: str, value: str) -> str:
    """A label and what it labels; French wants a space before the colon."""
    return _("{label}: {value}").format(label=label, value=value)


def status(value: Status) -> str:
    """A status in the language of people."""
    return translate(STATUS_WORDS[value])


def no_letter() -> str:
    """Of one recipient whom nothing reaches."""
    return _("No letter goes to it: it has neither an e-mail nor a postcode with a town.")


def channel(value: Channel) -> str:
    """A channel in the language of people."""
    return translate(CHANNEL_WORDS[value])


def channels(counts: Counts) -> str:
    """How many go on each channel, and on none."""
    text = f"{by_channel({way: sum(by.values()) for way, by in counts.by_channel.items()})}."
    return f"{text} {unreachable(counts.unreachable)}" if counts.unreachable else text


def by_channel(letters: Mapping[Channel, int]) -> str:
    """How many go on each channel; it ends no sentence."""
    return ", ".join(
        translate(SO_MANY[each]).format(n=letters.get(each, 0), channel=channel(each))
        for each in Channel
    )


def and_more(n: int) -> str:
    """What a list has besides those that are shown; it ends no sentence."""
    return _("… and {n} more").format(n=n)


def first_of(names: Sequence[str], most: int) -> str:
    """So many of these names at most, and how many more there are."""
    more = f" {and_more(len(names) - most)}" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def unreachable(n: int) -> str:
    """Those whom nothing reaches: they are kept and shown, never dropped."""
    return ngettext(
        "{n} has neither an e-mail nor a postal address.",
        "{n} have neither an e-mail nor a postal address.",
        n,
    ).format(n=n)


def figures(by_status: Mapping[Status, int]) -> str:
    """How many stand where; those that are none are left out."""
    found = [_LETTERS[each](n).format(n=n) for each, n in by_status.items() if n]
    return ", ".join(found) or "0"


_LETTERS: Mapping[Status, Callable[[int], str]] = {
    Status.QUEUED: lambda n: ngettext("{n} waiting", "{n} waiting", n),
    Status.SENDING: lambda n: ngettext("{n} being sent", "{n} being sent", n),
    Status.SENT: lambda n: ngettext("{n} sent", "{n} sent", n),
    Status.DEFERRED: lambda n: ngettext("{n} put off", "{n} put off", n),
    Status.FAILED: lambda n: ngettext("{n} refused", "{n} refused", n),
    Status.UNKNOWN: lambda n: ngettext("{n} in doubt", "{n} in doubt", n),
    Status.BOUNCED: lambda n: ngettext("{n} came back", "{n} came back", n),
    Status.HELD: lambda n: ngettext("{n} held", "{n} held", n),
    Status.SUPPRESSED: lambda n: ngettext(
        "{n} not to be written to", "{n} not to be written to", n
    ),
    Status.MADE: lambda n: ngettext("{n} ready to print", "{n} ready to print", n),
    Status.PRINTED: lambda n: ngettext("{n} printed", "{n} printed", n),
    Status.POSTED: lambda n: ngettext("{n} posted", "{n} posted", n),
    Status.RETURNED: lambda n: ngettext("{n} returned by the post", "{n} returned by the post", n),
}
"""So many letters: in French the status agrees with them."""


def where_it_stands(counts: Counts) -> str:
    """A line for each channel."""
    lines = []
    for way, by_status in counts.by_channel.items():
        lines.append(translate(FIGURES[way]).format(figures=figures(by_status)))
    if counts.unreachable:
        lines.append(unreachable(counts.unreachable))
    return "\n".join(lines)


def listed(recipients: Sequence[Recipient]) -> list[str]:
    """A line each for the first ten, and how many more there are."""
    lines = [f"    {recipient.name} ({recipient.key})" for recipient in recipients[:LISTED]]
    if len(recipients) > LISTED:
        lines.append(f"    {and_more(len(recipients) - LISTED)}")
    return lines


def next_is_a_test() -> str:
    """A letter to oneself, before any other leaves."""
    return _next(Step(command="send", options=("--test", _("YOU@example.org"))))


def next_after_a_check(by_channel: Mapping[Channel, int], *, account: bool) -> str:
    """What to do once the letters are right, so many of each channel.

    `account`: it is said which mailbox they leave from.
    """
    if by_channel.get(Channel.EMAIL):
        return next_is_a_test() if account else _next(Step(command="account", options=("set",)))
    return _next(Step(command="print" if by_channel.get(Channel.PAPER) else "status"))


def _next(step: Step) -> str:
    return _("Next: {command}").format(command=step)
