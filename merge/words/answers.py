"""Words for the answers of recipients, and their totals."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from merge.words import dates
from merge.words.deliveries import answer
from merge.words.language import _, ngettext
from merge.words.statuses import labelled

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from merge.app.inbox import NotedAnswer
    from merge.ledger.records import Answer, Figures


def line(noted: Answer, zone: ZoneInfo) -> str:
    """One answer: what, when, how, and what was said."""
    said = _("{answer}, on {day}, by {way}") if noted.way else _("{answer}, on {day}")
    text = said.format(
        answer=answer(noted.meaning),
        day=dates.day(f"{noted.at.astimezone(zone):%Y-%m-%d}"),
        way=answer(noted.way) if noted.way else "",
    )
    return f"{text} ({noted.note})" if noted.note else text


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


def names_people(campaign: str) -> str:
    """What somebody agrees to who wants names in a report about people."""
    return _(
        "These names are of members, customers or others of “{campaign}”: whoever reads the file "
        "knows that they are. It goes to nobody who may not know."
    ).format(campaign=campaign)


def to_read(n: int) -> str:
    """So many answers wait for a person to say what they mean."""
    return ngettext(
        "To do: read {n} answer (publipostage show KEY), then: publipostage answer KEY "
        "yes|no|conditions|received",
        "To do: read {n} answers (publipostage show KEY), then: publipostage answer KEY "
        "yes|no|conditions|received",
        n,
    ).format(n=n)
