"""What a worker tells of what it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from merge.job import Event, Facts, trouble_of
from merge.words import troubles
from merge.words.language import _, ngettext


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
