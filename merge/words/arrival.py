"""Whether letters will arrive, as far as that can be known before they leave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from merge.words import statuses
from merge.words.language import N_, _, ngettext, translate
from merge.words.reasons.outcomes import ours

if TYPE_CHECKING:
    from merge.app.arrival import Arrival, ReceiverShare, Standing, WithoutMail
    from merge.mail.authentication import Finding

SHOWN = 20

REASONS: Mapping[str, str] = {
    "spf-none": N_("{domain} has no SPF record"),
    "spf-several": N_("{detail} has several SPF records, which count as none"),
    "spf-broken": N_("a part of the SPF record of {domain} cannot be understood ({detail})"),
    "spf-too-many": N_("the SPF record of {domain} wants more than ten look-ups (at {detail})"),
    "spf-voids": N_("the SPF record of {domain} names servers that do not exist ({detail})"),
    "spf-loops": N_("the SPF record of {domain} leads back to itself (at {detail})"),
    "spf-leads-nowhere": N_("the SPF record of {domain} leads to {detail}, which has none"),
    "spf-not-named": N_(
        "the SPF record of {domain} does not name {provider}, which sends: whoever keeps the "
        "domain adds “include:{include}” to it"
    ),
    "spf-by-address": N_(
        "whether the SPF record of {domain} names the servers that {provider} sends from: it names "
        "servers by address, or {provider} publishes no record"
    ),
    "spf-unanswered": N_("DNS did not answer for {detail}"),
    "dmarc-none": N_("{domain} has no DMARC record"),
    "dmarc-broken": N_("the DMARC record of {detail} cannot be understood"),
    "dmarc-unanswered": N_("DNS did not answer for {detail}"),
    "dmarc-unaligned": N_("neither SPF nor DKIM passes for {domain}, as its DMARC record asks"),
    "dkim-unseen": N_(
        "whether {provider} signs your letters (DKIM): a test letter that comes back to you with a "
        "signature shows it"
    ),
    "dkim-broken": N_("the signature (DKIM) of your test letter does not hold"),
    "dkim-of-another": N_("your letters are signed (DKIM) by {detail}, and not by {domain}"),
    "one-click-missing": N_("it wants unsubscribing with one click (one_click in [account])"),
    "nothing-published": N_("it does not publish what it wants"),
}
"""Why a receiver will refuse, or what is not known; half a sentence each."""


def expected(found: Arrival) -> Iterator[str]:
    """Whether each receiving provider will take the letters, the largest share first."""
    standing = found.standing
    if standing is None and not found.answered:
        yield _(
            "Not asked: whether the recipients' domains take e-mail, and whether their providers "
            "will take these letters. No DNS server was in reach that can be believed."
        )
    elif left := found.domains - found.answered:
        yield ngettext(
            "Of {n} domain no DNS server knew today whether it takes e-mail.",
            "Of {n} domains no DNS server knew today whether they take e-mail.",
            left,
        ).format(n=left)
    if standing is None:
        return
    yield _("Will it arrive? For letters from {domain}, sent by {provider}:").format(
        domain=standing.domain, provider=standing.sent_by
    )
    for share in found.shares:
        yield f"- {_of_share(share, standing, found.recipients)}"
    if not found.shares:
        yield f"- {_of_sender(standing)}"


def _of_share(share: ReceiverShare, standing: Standing, of: int) -> str:
    told = ngettext(
        "{name} ({percent} %, {n} recipient): {verdict}",
        "{name} ({percent} %, {n} recipients): {verdict}",
        share.recipients,
    ).format(
        name=share.name or _("Other servers"),
        percent=round(100 * share.recipients / of),
        n=share.recipients,
        verdict=_verdict(share.verdict, share.reasons, standing),
    )
    if pace := _pace_of(share):
        return f"{told} {pace}"
    return told


def _pace_of(share: ReceiverShare) -> str:
    """Whether so many a day make a large sender, or are kept from it; "" where neither is so."""
    if share.is_bulk:
        return _(
            "Up to {per_day} go there in a day, for large_sender in [account] lets them: from "
            "{bulk_from} on you are a large sender there, with more rules."
        ).format(per_day=share.per_day, bulk_from=share.bulk_from)
    if share.kept_to is None or share.per_day < share.kept_to or share.days < 2:
        return ""
    return _(
        "{kept_to} of them leave a day, on {days} days: whoever sends {bulk_from} a day is a large "
        "sender there, with more rules (large_sender in [account], if you are one)."
    ).format(kept_to=share.kept_to, days=share.days, bulk_from=share.bulk_from)


def _verdict(verdict: str, reasons: Iterable[Finding], standing: Standing) -> str:
    why = _("; ").join(_reason(each, standing) for each in reasons)
    if verdict == "passes":
        return _("passes.")
    if verdict == "fails":
        return _("fails, because {why}.").format(why=why)
    return _("cannot be known from here: {why}.").format(why=why)


def _of_sender(standing: Standing) -> str:
    """What is known where nobody is to receive anything yet."""
    found = (standing.spf, standing.dmarc.finding, standing.dkim)
    for verdict in ("fails", "unknown"):
        if reasons := [each for each in found if each.verdict == verdict]:
            return _verdict(verdict, reasons, standing)
    return _("passes.")


def _reason(found: Finding, standing: Standing) -> str:
    return translate(REASONS[found.code]).format(
        detail=found.detail,
        domain=standing.domain,
        provider=standing.sent_by,
        include=standing.to_include,
    )


def domains_without_mail(found: Arrival, names: Mapping[str, str]) -> Iterator[str]:
    """Whose letters cannot go by e-mail, the first of them one by one; `names` by key."""
    for each in found.without_mail[:SHOWN]:
        yield statuses.labelled(f"{names[each.key]} ({each.key})", of_domain(each))
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
