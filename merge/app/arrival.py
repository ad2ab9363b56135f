"""Whether letters will arrive: what DNS says of the domains that they go to."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from merge.app.opening import Campaign, now
from merge.job import Event, Listener, progress, silent
from merge.ledger.accounts import Accounts
from merge.ledger.records import QuotaLimits, Settled
from merge.mail.addresses import AddressRefused, domain_of, to_wire
from merge.model import Channel, Recipient, Status
from merge.outcome import Outcome, Phase

if TYPE_CHECKING:
    from merge.mail.dns import DnsAnswer, DnsQuestion

WITHOUT_MAIL: Mapping[str, str] = {"no-mail": "5.1.10", "nothing": "5.1.2", "no-domain": "5.1.2"}
"""What DNS says of a domain that no letter reaches, and its code (RFC 3463, RFC 7505)."""


def answers(
    accounts: Accounts, questions: Collection[DnsQuestion], listener: Listener = silent
) -> Mapping[DnsQuestion, DnsAnswer]:
    """What DNS says, today or now. Event: "domains-asked" (`n`, `of`).

    SettingsError("dns-server-malformed").
    """
    from merge.mail.dns import DnsAnswer, ask

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


def domain(recipient: Recipient) -> str:
    """The domain that an e-mail to them goes to, as DNS has it; "" where there is none."""
    try:
        return domain_of(to_wire(recipient.email)).casefold() if recipient.email else ""
    except AddressRefused:
        return ""


def mail_of(
    accounts: Accounts, domains: Iterable[str], listener: Listener = silent
) -> Mapping[str, DnsAnswer]:
    """Where letters to these domains go."""
    from merge.mail.dns import DnsQuestion

    asked = dict.fromkeys(DnsQuestion(each, "MAIL") for each in domains if each)
    return {each.name: answer for each, answer in answers(accounts, asked, listener).items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class WithoutMail:
    """A recipient whose domain takes no e-mail: `state` is what DNS says of it."""

    key: str
    domain: str
    state: str
    goes_on_paper: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What is known of the domains that e-mails would go to, before any leaves."""

    domains: int
    answered: int  # definitely, now or within the day
    without_mail: Sequence[WithoutMail] = ()


class Destinations:
    """Collects whom e-mails go to, by domain."""

    def __init__(self) -> None:
        self._by_domain: dict[str, list[tuple[str, bool]]] = {}

    def add(self, recipient: Recipient) -> None:
        """One whose letter goes by e-mail."""
        if at := domain(recipient):
            on_paper = recipient.has_postal_address
            self._by_domain.setdefault(at, []).append((recipient.key, on_paper))

    def look(self, campaign: Campaign, listener: Listener) -> Arrival:
        """What DNS says of them. Event: "domains-asked"."""
        if campaign.is_blind:
            return Arrival(domains=len(self._by_domain), answered=0)
        mail = mail_of(campaign.accounts, self._by_domain, listener)
        return Arrival(
            domains=len(mail),
            answered=sum(each.is_definite for each in mail.values()),
            without_mail=[
                WithoutMail(key=key, domain=each, state=mail[each].state, goes_on_paper=on_paper)
                for each, whom in self._by_domain.items()
                if mail[each].state in WITHOUT_MAIL
                for key, on_paper in whom
            ],
        )


def part_from_domains_without_mail(campaign: Campaign, tell: Listener) -> None:
    """An e-mail to a domain that takes none is refused before it leaves, so that paper takes it
    over; one that was refused so waits again, once its domain has mail.

    Events: "domains-asked", "without-mail" and "mail-again" (`n`).
    """
    ledger = campaign.ledger
    waiting: dict[str, list[int]] = {}
    for each in ledger.candidates(None, [Channel.EMAIL]):
        waiting.setdefault(domain(each.recipient), []).append(each.delivery_id)
    refused = {
        delivery.key: delivery
        for delivery in ledger.deliveries([Status.FAILED])
        if delivery.channel is Channel.EMAIL and delivery.detail in _WORDS
    }
    before: dict[str, list[int]] = {}
    for recipient in ledger.recipients_of(list(refused)):
        before.setdefault(domain(recipient), []).append(refused[recipient.key].id)
    mail = mail_of(campaign.accounts, {**waiting, **before}, tell)
    outcomes = {
        number: _refusal(mail[each].state)
        for each, numbers in waiting.items()
        if each in mail and mail[each].state in WITHOUT_MAIL
        for number in numbers
    }
    if n := _refuse(campaign, outcomes):
        tell(Event(code="without-mail", facts={"n": n}))
    back = [
        number
        for each, numbers in before.items()
        if each in mail and mail[each].state == "found"
        for number in numbers
    ]
    if n := ledger.requeue_failed(back, now(), phase=Phase.DNS, words="domain-has-mail"):
        tell(Event(code="mail-again", facts={"n": n}))


def _refusal(state: str) -> Outcome:
    return Outcome(
        status=Status.FAILED,
        phase=Phase.DNS,
        enhanced=WITHOUT_MAIL[state],
        words=f"domain-{state}",
    )


_WORDS = frozenset(_refusal(state).words for state in WITHOUT_MAIL)


def _refuse(campaign: Campaign, outcomes: Mapping[int, Outcome]) -> int:
    """Settle those of these that no other sender has in hand; how many."""
    if not outcomes:
        return 0
    at = now()
    claimed = campaign.ledger.claim(list(outcomes), at)
    settled = [
        Settled(delivery_id=each.delivery.id, at=at, outcome=outcomes[each.delivery.id])
        for each in claimed
    ]
    campaign.ledger.commit(settled, (), campaign.account.name, QuotaLimits(), at)
    return len(claimed)
