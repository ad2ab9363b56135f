"""What DNS says of mail domains, today or now: asked once a day, for all campaigns."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping

from merge.app.opening import now
from merge.job import Event, Listener, progress, silent
from merge.ledger.accounts import Accounts
from merge.mail.addresses import AddressRefused, domain_of, to_wire
from merge.mail.questions import DnsAnswer, DnsQuestion
from merge.mail.receivers import provider_behind


def answers(
    accounts: Accounts, questions: Collection[DnsQuestion], listener: Listener = silent
) -> Mapping[DnsQuestion, DnsAnswer]:
    """What DNS says, today or now. Event: "domains-asked" (`n`, `of`).

    SettingsError("value-unfit").
    """
    from merge.mail.dns import ask

    if not questions:
        return {}
    known = accounts.dns_answers.known(now())
    found = {each: DnsAnswer(*known[each]) for each in questions if each in known}
    left = [each for each in questions if each not in found]
    if left:
        advance = progress(listener, "domains-asked", len(left))
        heard = ask(left, os.environ.get("PUBLIPOSTAGE_DNS", ""), advance=advance)
        listener(Event(code="domains-asked", facts={"n": len(left), "of": len(left)}))
        found |= heard
        definite: dict[tuple[str, str], tuple[str, tuple[str, ...]]] = {
            (each.name, each.kind): (answer.state, answer.values)
            for each, answer in heard.items()
            if answer.is_definite
        }
        if definite:
            accounts.dns_answers.keep(definite, now())
    return found


def domain(address: str | None) -> str:
    """The domain that an e-mail to this address goes to, as DNS has it; "" where there is none."""
    try:
        return domain_of(to_wire(address)).casefold() if address else ""
    except AddressRefused:
        return ""


def mail_of(
    accounts: Accounts, domains: Iterable[str], listener: Listener = silent
) -> Mapping[str, DnsAnswer]:
    """Where letters to these domains go."""
    asked = dict.fromkeys(DnsQuestion(each, "MAIL") for each in domains if each)
    return {each.name: answer for each, answer in answers(accounts, asked, listener).items()}


def provider_of(address: str, accounts: Accounts) -> str:
    """The provider of a mailbox of a domain of one's own, by where its mail goes; "" where nobody
    says so. SettingsError("value-unfit").
    """
    mail = mail_of(accounts, [domain(address)]).values()
    servers = (server for answer in mail for server in answer.values)
    return next(filter(None, map(provider_behind, servers)), "")
