"""What came back or is in doubt, what proves it, and what a person decides about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from merge.job import Facts, Step
from merge.model import Delivery, Recipient, Status
from merge.words import pages, statuses, troubles
from merge.words.deliveries import cell, in_doubt
from merge.words.findings import FAULTS_SHOWN
from merge.words.language import _, ngettext
from merge.words.replies import because_of_us

if TYPE_CHECKING:
    from merge.campaign.mailroom import Evidence
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


def proven(found: Evidence) -> Iterator[str]:
    """What the mailbox proves."""
    if found.trouble is not None:
        yield troubles.mailbox_trouble(found.trouble)
    if n := len(found.taken):
        yield ngettext(
            "Proof was found that {n} letter was taken.",
            "Proof was found that {n} letters were taken.",
            n,
        ).format(n=n)
    if n := len(found.came_back):
        yield ngettext("{n} letter came back.", "{n} letters came back.", n).format(n=n)


def how_to_know() -> str:
    """Before a person is asked, one letter after the other."""
    return _(
        "For each, look for a copy in the folder of sent mail, or an answer. If you cannot "
        "know, leave it: two letters annoy more than a phone call."
    )


def doubt(recipient: Recipient, letter: Delivery, *, is_absent: bool) -> Iterator[str]:
    """One letter, and all that is known of it; `is_absent`: the provider files a copy of all that
    it takes, and has none of this.
    """
    yield in_doubt(letter, recipient)
    if letter.detail:
        yield cell("detail", letter.detail)
    if is_absent:
        yield _("The provider files a copy of all it takes, and the mailbox has none of this.")


def stands(recipient: Recipient, status: Status) -> str:
    """Where a letter stands now."""
    return _("{commune}: {status}.").format(commune=recipient.name, status=statuses.status(status))


def remaining(n: int) -> str:
    """So many stay in doubt."""
    return ngettext(
        "{n} letter stays in doubt; it is not sent again by itself.",
        "{n} letters stay in doubt; they are not sent again by themselves.",
        n,
    ).format(n=n)
