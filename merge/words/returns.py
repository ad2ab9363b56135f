"""What came back, and what a person decides about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from merge.job import Facts, Step
from merge.model import Delivery, Recipient
from merge.words import pages
from merge.words.findings import FAULTS_SHOWN
from merge.words.language import _, ngettext
from merge.words.replies import because_of_us

if TYPE_CHECKING:
    from merge.ledger.records import Decision


def came_back(facts: Facts) -> Iterator[str]:
    """Which letters came back, why, and what is done about it: of the event "came-back".

    What was about us is told in the server's own words.
    """
    for each in facts["said"][-FAULTS_SHOWN:]:
        yield _("Refused because of its sender or its content: {words}").format(words=each)
    if facts["about_us"]:
        yield because_of_us(facts["about_us"])
    for each in facts["bounced"][:FAULTS_SHOWN]:
        yield _("{commune} ({key}): the letter to {address} came back: {words}").format(
            **{**each, "words": each["words"] or _("no reason is given")}
        )
    n, next_ones = len(facts["bounced"]), facts["next"]
    if n:
        yield ngettext("{n} letter came back.", "{n} letters came back.", n).format(n=n)
    if next_ones:
        yield ngettext(
            "{n} letter waits for the next address of the same recipient.",
            "{n} letters wait for the next address of the same recipient.",
            next_ones,
        ).format(n=next_ones)
    if n > next_ones:
        yield _("On paper instead: {command}").format(command=pages.told(Step(command="print")))


def reasons_of(deliveries: Sequence[Delivery | None]) -> Iterator[str]:
    """What the servers said, each of it once."""
    said = dict.fromkeys(each.detail for each in deliveries if each and each.detail)
    for words in list(said)[:FAULTS_SHOWN]:
        yield _("The server says: {words}").format(words=words)


def which_decision() -> str:
    """How to decide about letters that came back because of their sender or their content."""
    return _(
        "All of them: publipostage resolve --policy later (again, tomorrow at the earliest), paper "
        "or leave (as they are)"
    )


def decided(decision: Decision, n: int, recipients: Sequence[Recipient]) -> Iterator[str]:
    """What becomes of n letters, which went to these."""
    if decision == "later":
        yield ngettext(
            "{n} letter is put off until tomorrow: publipostage send --really",
            "{n} letters are put off until tomorrow: publipostage send --really",
            n,
        ).format(n=n)
    elif decision == "leave":
        yield ngettext(
            "{n} letter stays as it is: it came back, and nothing more is sent.",
            "{n} letters stay as they are: they came back, and nothing more is sent.",
            n,
        ).format(n=n)
    else:
        nowhere = sum(not recipient.has_postal_address for recipient in recipients)
        yield ngettext(
            "{n} letter goes on paper: publipostage print",
            "{n} letters go on paper: publipostage print",
            n - nowhere,
        ).format(n=n - nowhere)
        if nowhere:
            yield ngettext(
                "{n} has no postal address: publipostage edit KEY address=…",
                "{n} have no postal address: publipostage edit KEY address=…",
                nowhere,
            ).format(n=nowhere)
