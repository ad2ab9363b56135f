"""Which machines are at work on a campaign that is kept on a server, and what a worker tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from merge.job import Event, Facts, trouble_of
from merge.words import dates, troubles
from merge.words.language import _, ngettext

if TYPE_CHECKING:
    from merge.ledger.machines import Hand, Machines, Worker


def lines(seen: Machines, zone: ZoneInfo) -> Iterator[str]:
    """A line for each that is at work or could be, and what waits for one."""
    for hand in seen.hands:
        yield _hand(hand, dates.moment(hand.since, zone))
    for worker in seen.workers:
        yield _worker(worker, dates.moment(worker.since, zone))
    if not seen.workers:
        yield _("No worker is running.")
    if seen.waiting:
        yield ngettext(
            "{n} piece of work of this campaign waits for a worker.",
            "{n} pieces of work of this campaign wait for workers.",
            seen.waiting,
        ).format(n=seen.waiting)
    if seen.unread:
        yield ngettext(
            "{n} row about machines or work on the server cannot be read; it is left out.",
            "{n} rows about machines or work on the server cannot be read; they are left out.",
            seen.unread,
        ).format(n=seen.unread)


def _hand(hand: Hand, when: str) -> str:
    if hand.command == "send":
        return ngettext(
            "{host}: sends this campaign since {when}, {n} letter so far.",
            "{host}: sends this campaign since {when}, {n} letters so far.",
            hand.sent,
        ).format(host=hand.host, when=when, n=hand.sent)
    if hand.command == "print":
        return _("{host}: makes letters on paper of this campaign since {when}.").format(
            host=hand.host, when=when
        )
    return _("{host}: has this campaign in hand since {when} ({command}).").format(
        host=hand.host, when=when, command=f"publipostage {hand.command}"
    )


def _worker(worker: Worker, when: str) -> str:
    says = {
        "nobody": _("{host}: a worker, waits for work since {when}."),
        "this": _("{host}: a worker, helps this campaign since {when}."),
        "another": _("{host}: a worker, works for another campaign since {when}."),
    }
    return says[worker.works_for].format(host=worker.host, when=when)


def told(event: Event) -> str:
    """A line for the terminal or the log; it names no recipient."""
    return _SAYS[event.code](event.facts)


def _ended(facts: Facts) -> str:
    line = ngettext(
        "Campaign {campaign}: {n} letter sent from here.",
        "Campaign {campaign}: {n} letters sent from here.",
        facts["sent"],
    ).format(campaign=facts["campaign"], n=facts["sent"])
    if facts["unexpected"]:
        return f"{line} {troubles.unexpected_in_job(facts['unexpected']).why}"
    return f"{line} {troubles.why(trouble_of(facts['trouble']))}" if facts["trouble"] else line


def _swept(facts: Facts) -> str:
    return ngettext(
        "{n} piece of work was in the hands of a worker that is gone: another one takes it.",
        "{n} pieces of work were in the hands of workers that are gone: others take them.",
        facts["n"],
    ).format(n=facts["n"])


_SAYS: Mapping[str, Callable[[Facts], str]] = {
    "worker-waits": lambda facts: _(
        "Waits for work. Ctrl-C ends it, once what is in hand is done."
    ),
    "worker-begins": lambda facts: _("Begins to send: campaign {campaign}.").format(**facts),
    "worker-ended": _ended,
    "worker-swept": _swept,
}
