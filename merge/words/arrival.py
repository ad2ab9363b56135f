"""Whether letters will arrive, as far as that can be known before they leave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from merge.words import statuses
from merge.words.language import _, ngettext
from merge.words.reasons.outcomes import ours

if TYPE_CHECKING:
    from merge.app.arrival import Arrival, WithoutMail

SHOWN = 20


def asked(found: Arrival) -> Iterator[str]:
    """What nobody asked, or nobody answered: it is not known."""
    if not found.domains:
        return
    if not found.answered:
        yield _(
            "Not asked: whether the recipients' domains take e-mail. No DNS server was in reach "
            "that can be believed."
        )
    elif left := found.domains - found.answered:
        yield ngettext(
            "Of {n} domain no DNS server knew today whether it takes e-mail.",
            "Of {n} domains no DNS server knew today whether they take e-mail.",
            left,
        ).format(n=left)


def domains_without_mail(found: Arrival, communes: Mapping[str, str]) -> Iterator[str]:
    """Whose letters cannot go by e-mail, the first of them one by one; `communes` by key."""
    for each in found.without_mail[:SHOWN]:
        yield statuses.labelled(f"{communes[each.key]} ({each.key})", of_domain(each))
    if len(found.without_mail) > SHOWN:
        yield f"{statuses.and_more(len(found.without_mail) - SHOWN)}."


def of_domain(each: WithoutMail) -> str:
    """Why no e-mail reaches one recipient, and what becomes of the letter."""
    goes = (
        _("The letter goes on paper.")
        if each.goes_on_paper
        else _("There is no postal address: find another e-mail address.")
    )
    return f"{each.domain}. {ours(f'domain-{each.state}')} {goes}"


def without_mail(n: int) -> str:
    """So many letters do not leave by e-mail: DNS says that their domains take none."""
    return ngettext(
        "{n} letter does not leave by e-mail: its domain takes none. It goes on paper if there is "
        "a postal address, and waits for another e-mail address if not.",
        "{n} letters do not leave by e-mail: their domains take none. They go on paper if there is "
        "a postal address, and wait for another e-mail address if not.",
        n,
    ).format(n=n)


def mail_again(n: int) -> str:
    """So many letters wait for an e-mail again that such a domain had stopped."""
    return ngettext(
        "{n} letter goes by e-mail again: its domain has mail again.",
        "{n} letters go by e-mail again: their domains have mail again.",
        n,
    ).format(n=n)
