"""What a worker tells of what it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from merge.job import Event, Facts, trouble_of
from merge.words import troubles
from merge.words.language import _, ngettext


def told(event: Event) -> str:
    """A line for the terminal or the log; it names no recipient."""
    return _SAYS[event.code](event.facts)


def _begins(facts: Facts) -> str:
    said = {
        "send": _("Begins to send: campaign {campaign}."),
        "print": _("Begins to make lots: campaign {campaign}."),
    }
    unknown = _("Begins work of the kind “{kind}”: campaign {campaign}.")
    return said.get(facts["kind"], unknown).format(campaign=facts["campaign"], kind=facts["kind"])


def _ended(facts: Facts) -> str:
    lots = facts["lots"]
    if lots:
        line = ngettext(
            "Campaign {campaign}: lot {lots} made here.",
            "Campaign {campaign}: {n} lots made here ({lots}).",
            len(lots),
        ).format(campaign=facts["campaign"], n=len(lots), lots=", ".join(map(str, lots)))
    elif facts["kind"] == "print":
        line = _("Campaign {campaign}: no lot made here.").format(campaign=facts["campaign"])
    else:
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
    "worker-begins": _begins,
    "worker-ended": _ended,
    "worker-swept": _swept,
}
