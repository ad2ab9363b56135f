"""Words for the answers of recipients, and their totals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from merge.words import dates
from merge.words.deliveries import answer
from merge.words.language import _, ngettext
from merge.words.statuses import labelled

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from merge.app.inbox import NotedAnswer
    from merge.app.report import Sums
    from merge.campaign.answers import Row
    from merge.ledger.records import Answer, Figures


def line(noted: Answer, zone: ZoneInfo) -> str:
    """One answer: what, when, how, what was said, and what proves it."""
    said = _("{answer}, on {day}, by {way}") if noted.way else _("{answer}, on {day}")
    text = said.format(
        answer=answer(noted.meaning),
        day=dates.day(f"{noted.at.astimezone(zone):%Y-%m-%d}"),
        way=answer(noted.way) if noted.way else "",
    )
    text = f"{text} ({noted.note})" if noted.note else text
    kept = _("document to be published") if noted.published else _("document for the group alone")
    grade = answer(noted.grade) if noted.grade else ""
    grade = f"{grade} ({noted.address})" if noted.address else grade
    proof = ", ".join(filter(None, (grade, kept if noted.evidence else "")))
    return f"{text}. {labelled(_('Proof'), proof)}" if proof else text


def is_before_the_letter(noted: NotedAnswer) -> bool:
    """Whether an answer was given, as its day says, before any letter had left."""
    left = noted.left_at
    zone = noted.zone
    return (
        left is not None and noted.answer.at.astimezone(zone).date() < left.astimezone(zone).date()
    )


def figures(tally: Figures) -> str:
    """How many were written to, have answered, and what."""
    found = ", ".join(f"{n} {what}" for n, what in counted(tally))
    return labelled(_("Answers"), found)


def counted(tally: Figures) -> Iterable[tuple[int, str]]:
    """Each figure with what it counts."""
    yield (
        tally.written,
        ngettext("recipient written to", "recipients written to", tally.written),
    )
    yield tally.answered, ngettext("has answered", "have answered", tally.answered)
    yield tally.committed, ngettext("has agreed", "have agreed", tally.committed)
    for meaning in ("conditions", "no", "received"):
        if n := tally.meanings[meaning]:
            yield n, answer(meaning)
    for wording, n in tally.wordings:
        yield n, wording
    if tally.unread:
        yield tally.unread, answer("unread")


def corrections_to(contact: str) -> str:
    """What a report says of whom to write to."""
    return _("For corrections it names: {contact}. Another address: --contact").format(
        contact=contact
    )


def no_address(dropped: str) -> str:
    """What is told of an address in somebody's report."""
    return _("{place}: no address of the web; left out.").format(place=dropped)


# The words of a report, which anybody may read.

_STATES: Mapping[str, Callable[[int], str]] = {
    "engaged": lambda n: ngettext("agrees", "agree", n),
    "engaged-with-conditions": lambda n: ngettext("agrees on conditions", "agree on conditions", n),
    "refuses": lambda n: ngettext("refuses", "refuse", n),
    "answers-otherwise": lambda n: ngettext("another answer", "other answers", n),
    "no-answer-yet": lambda n: ngettext("no answer yet", "without an answer yet", n),
    "not-reached": lambda n: ngettext("not reached", "not reached", n),
    "contradictory": lambda n: ngettext("contradictory answers", "contradictory answers", n),
    "none": lambda n: ngettext("not written to", "not written to", n),
}
_LEFT_OUT: Mapping[str, Callable[[int], str]] = {
    "suppressed": lambda n: ngettext("asked for no more letters", "asked for no more letters", n),
    "held": lambda n: ngettext(
        "whose letter has a fault that is not mended",
        "whose letters have faults that are not mended",
        n,
    ),
    "": lambda n: ngettext(
        "without an e-mail or a postal address", "without an e-mail or a postal address", n
    ),
    "not-chosen": lambda n: ngettext(
        "not chosen for this campaign", "not chosen for this campaign", n
    ),
    "waiting": lambda n: ngettext("not written to yet", "not written to yet", n),
}


def so_many(state: str, n: int) -> str:
    """What a report says of so many towns in this state, behind their number or their names."""
    return _STATES[state](n)


def left_out(why: str, n: int) -> str:
    """Why so many were not written to."""
    return _LEFT_OUT[why](n)


def contacted(row: Row) -> str:
    """How and when somebody was written to, and reminded."""
    said = answer(row["channel"])
    if day := dates.day(row["written_on"]):
        said = _("{channel} sent on {day}").format(channel=said, day=day)
    if day := dates.day(row["reminded_on"]):
        said += ", " + _("reminded on {day}").format(day=day)
    return said


def sums(found: Sums) -> Iterable[tuple[int, str, str]]:
    """Each figure of a report, what it counts, and what share of whom that is."""
    n = found.written
    yield n, ngettext("recipient written to", "recipients written to", n), ""
    n = found.answered
    yield n, ngettext("has answered", "have answered", n), _share(found, n)
    for state in _STATES:
        if n := found.states.get(state, 0):
            is_answer = state not in ("no-answer-yet", "not-reached")
            yield n, so_many(state, n), _share(found, n) if is_answer else ""


def _share(found: Sums, n: int) -> str:
    if not found.reached:
        return ""
    percent, interval = found.share(n)
    said = _("of {of} reached: {percent} %").format(of=found.reached, percent=percent)
    if interval is None:
        return said
    low, high = interval
    return said + " " + _("(95 %: between {low} and {high} %)").format(low=low, high=high)


def time_taken(found: Sums) -> str:
    """How long answers took."""
    low, median, high = map(round, found.quartiles)
    return _(
        "Time to the answer: {median} days in the median; half of the answers took from {low} to "
        "{high} days."
    ).format(median=median, low=low, high=high)


def to_read(n: int) -> str:
    """So many answers wait for a person to say what they mean."""
    return ngettext(
        "To do: read {n} answer (publipostage show KEY), then: publipostage answer KEY "
        "yes|no|conditions|received",
        "To do: read {n} answers (publipostage show KEY), then: publipostage answer KEY "
        "yes|no|conditions|received",
        n,
    ).format(n=n)
