"""Whether letters will arrive: what DNS says of the domains that they go to."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from merge import settings as settings_room
from merge.app.mail import allotments, days_it_takes, sent_lately
from merge.app.opening import Campaign, now, open_campaign
from merge.campaign.trial import TEST_MESSAGE
from merge.confined import helpers
from merge.confined.helpers import RanAway
from merge.confined.limits import A_MAIL
from merge.errors import LedgerError
from merge.job import Event, Listener, progress, silent
from merge.ledger.accounts import Accounts
from merge.ledger.records import QuotaLimits, Settled
from merge.mail import authentication
from merge.mail.addresses import AddressRefused, to_wire
from merge.mail.authentication import PASSES, Dmarc, Finding, Verdict
from merge.mail.questions import DnsAnswer, DnsQuestion
from merge.mail.receivers import (
    Demand,
    Receiver,
    receiver_of,
)
from merge.mail.signatures import keys_named, signers
from merge.model import Channel, Recipient, Status
from merge.outcome import Outcome, Phase

_SIGNED_BY = "test_signed_by"
"""The fact with the domains that have signed the last letter to oneself."""


def last_letter_to_oneself(place: Path) -> str:
    """The Message-ID of the last letter to oneself; "" where there is none, or no ledger."""
    with suppress(LedgerError), open_campaign(place, access="read", command="account") as campaign:
        return campaign.ledger.fact(TEST_MESSAGE) or ""
    return ""


def note_letter_to_oneself(place: Path, data: bytes) -> None:
    """Keep what this letter to oneself shows, as it came back. One without a signature may never
    have left the provider.
    """
    named = keys_named(data)
    if not named:
        return
    with open_campaign(place, access="share", command="account") as campaign, suppress(RanAway):
        heard = dns_answers(campaign.accounts, [DnsQuestion(each, "TXT") for each in named])
        if all(each.is_definite for each in heard.values()):
            keys = {question.name: "".join(answer.values[:1]) for question, answer in heard.items()}
            held = helpers.run(partial(signers, data, keys), A_MAIL)
            campaign.ledger.set_fact(_SIGNED_BY, json.dumps(held))


def signature_of_letter_to_oneself(campaign: Campaign, sender: str, policy: Dmarc) -> Finding:
    """DKIM as the last letter to oneself shows it: is it signed for the domain `sender`?"""
    signed = campaign.ledger.fact_as(_SIGNED_BY, json.loads)
    if signed is None:
        return Finding("unknown", "dkim-unseen")
    if not signed:
        return Finding("fails", "dkim-broken")
    if any(authentication.is_aligned(each, sender, is_strict=policy.is_strict) for each in signed):
        return PASSES
    return Finding("unknown", "dkim-of-another", signed[0])


def dns_answers(
    accounts: Accounts, questions: Collection[DnsQuestion], listener: Listener = silent
) -> Mapping[DnsQuestion, DnsAnswer]:
    """The answers of DNS, kept for a day. Event: "domains-asked" (`n`, `of`).

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


def mail_domain(address: str | None) -> str:
    """The domain that an e-mail to this address goes to, as DNS has it; "" where there is none."""
    try:
        return to_wire(address).rpartition("@")[2].casefold() if address else ""
    except AddressRefused:
        return ""


def mail_of(
    accounts: Accounts, domains: Iterable[str], listener: Listener = silent
) -> Mapping[str, DnsAnswer]:
    """Where letters to these domains go."""
    asked = dict.fromkeys(DnsQuestion(each, "MAIL") for each in domains if each)
    return {each.name: answer for each, answer in dns_answers(accounts, asked, listener).items()}


def provider_of(address: str, accounts: Accounts) -> str:
    """The provider that receives the mail of this address, by its MX; "" if unknown.
    SettingsError("value-unfit").
    """
    mail = mail_of(accounts, [mail_domain(address)]).values()
    for server in (server for answer in mail for server in answer.values):
        for name, provider in settings_room.PROVIDERS.items():
            if any(authentication.is_below(server, each) for each in provider.servers):
                return name
    return ""


WITHOUT_MAIL: Mapping[str, str] = {"no-mail": "5.1.10", "nothing": "5.1.2", "no-domain": "5.1.2"}
"""What DNS says of a domain that no letter reaches, and its code (RFC 3463, RFC 7505)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WithoutMail:
    """A recipient whose domain takes no e-mail: `state` is what DNS says of it."""

    key: str
    domain: str
    state: str
    goes_on_paper: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What SPF, DKIM and DMARC of the sender's domain say, as far as can be known beforehand."""

    domain: str
    sent_by: str  # the provider, or its server
    to_include: str  # what the domain's SPF must include for it; "" where that is not known
    spf: Finding
    dkim: Finding
    dmarc: Dmarc
    one_click: bool  # letters name where a click ends them


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverShare:
    """One receiving provider, and whether its share of the letters will be taken; without a `name`
    all whom nobody knows anything of.

    `per_day` is the most that go there in a day, on `days` days, and `is_bulk` whether that makes a
    large sender, as from `bulk_from` on. It does not where the program keeps to `kept_to`; None is
    where it keeps to nothing. `reasons` are of the verdict, and empty where it passes.
    """

    name: str
    recipients: int
    per_day: int
    days: int
    bulk_from: int | None
    is_bulk: bool
    kept_to: int | None
    verdict: Verdict
    reasons: Sequence[Finding]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """The domains that the e-mails of a campaign go to, and how their servers will take them.

    Without a `standing` nobody was asked about the sender's domain, and there are no `shares`.
    """

    domains: int
    answered: int  # definitely, now or within the day
    without_mail: Sequence[WithoutMail] = ()
    standing: Standing | None = None
    recipients: int = 0
    shares: Sequence[ReceiverShare] = ()  # the largest first; whose servers nobody knows is in none


class Destinations:
    """Collects whom e-mails go to, by domain."""

    def __init__(self) -> None:
        self._by_domain: Counter[str] = Counter()

    def add(self, recipient: Recipient) -> None:
        """One whose letter goes by e-mail."""
        if at := mail_domain(recipient.email):
            self._by_domain[at] += 1

    def look(
        self, campaign: Campaign, recipients: Iterable[Recipient], listener: Listener = silent
    ) -> Arrival:
        """What DNS says of the domains that were added, and of the sender's. `recipients`, those
        who were added, are read again to name whose domain takes no mail. Event: "domains-asked".
        """
        if campaign.is_blind:
            return Arrival(domains=len(self._by_domain), answered=0)
        mail = mail_of(campaign.accounts, self._by_domain, listener)
        answered = sum(each.is_definite for each in mail.values())
        standing = _standing(campaign) if answered or not mail else None
        return Arrival(
            domains=len(mail),
            answered=answered,
            without_mail=_without_mail(mail, recipients),
            standing=standing,
            recipients=self._by_domain.total(),
            shares=self._shares(campaign, mail, standing) if standing else (),
        )

    def _shares(
        self, campaign: Campaign, mail: Mapping[str, DnsAnswer], standing: Standing
    ) -> Sequence[ReceiverShare]:
        receivers: dict[str, Receiver] = {}
        recipients: Counter[str] = Counter()
        for each, n in self._by_domain.items():
            if mail[each].values:
                receiver = receiver_of(mail[each].values[0])
                receivers[receiver.name] = receiver
                recipients[receiver.name] += n
        settings, accounts = campaign.settings, campaign.accounts
        parts = allotments(recipients, settings, accounts)
        days = days_it_takes(
            recipients.total(), settings, sent_lately(settings, accounts), list(parts.values())
        )
        by_day = {
            name: [day.shares[i] for day in days if day.shares[i]] for i, name in enumerate(parts)
        }
        return [
            share(
                receivers[name],
                some,
                by_day.get(name, ()),
                standing,
                kept_to=parts[name].limits.per_day if name in parts else None,
            )
            for name, some in recipients.most_common()
        ]


def _without_mail(
    mail: Mapping[str, DnsAnswer], recipients: Iterable[Recipient]
) -> Sequence[WithoutMail]:
    """Those of these whose domain takes none, domain by domain."""
    states = {each: answer.state for each, answer in mail.items() if answer.state in WITHOUT_MAIL}
    found: dict[str, list[WithoutMail]] = {each: [] for each in states}
    for each in recipients if states else ():
        if (at := mail_domain(each.email)) in states:
            found[at].append(
                WithoutMail(
                    key=each.key,
                    domain=at,
                    state=states[at],
                    goes_on_paper=each.has_postal_address,
                )
            )
    return [each for some in found.values() for each in some]


def share(
    receiver: Receiver,
    recipients: int,
    by_day: Sequence[int],
    standing: Standing,
    *,
    kept_to: int | None,
) -> ReceiverShare:
    """What becomes of one receiver's letters, so many of them on each day."""
    per_day = max(by_day, default=0)
    is_bulk = kept_to is None and receiver.is_bulk(per_day)
    demands = dict.fromkeys((*receiver.wants, *(receiver.bulk if is_bulk else ())))
    findings = [_met(each, standing) for each in demands]
    if not demands:
        findings = [Finding("unknown", "nothing-published")]
        if standing.dmarc.policy in ("quarantine", "reject"):  # the domain itself asks for that
            findings.append(_met("dmarc", standing))
    for verdict in ("fails", "unknown"):
        if reasons := tuple(dict.fromkeys(each for each in findings if each.verdict == verdict)):
            break
    return ReceiverShare(
        name=receiver.name,
        recipients=recipients,
        per_day=per_day,
        days=len(by_day),
        bulk_from=receiver.bulk_from,
        is_bulk=is_bulk,
        kept_to=kept_to,
        verdict=reasons[0].verdict if reasons else "passes",
        reasons=reasons,
    )


def _met(demand: Demand, standing: Standing) -> Finding:
    spf, dkim, policy = standing.spf, standing.dkim, standing.dmarc.finding
    if demand == "spf":
        return spf
    if demand == "dkim":
        return dkim
    if demand == "one-click":
        return PASSES if standing.one_click else Finding("fails", "one-click-missing")
    either = min((spf, dkim), key=lambda each: ("passes", "unknown", "fails").index(each.verdict))
    if demand == "spf-or-dkim":
        return either
    own = policy
    if policy.verdict == "passes":
        unaligned = Finding("fails", "dmarc-unaligned", standing.domain)
        own = unaligned if either.verdict == "fails" else either
    return own


def _standing(campaign: Campaign) -> Standing | None:
    """What DNS says of the sender's domain; None where nobody answers, or there is no account."""
    account = campaign.settings.account
    sender = mail_domain(account.from_address)
    if not sender or not account.host:
        return None

    def asked(question: DnsQuestion) -> DnsAnswer:
        return dns_answers(campaign.accounts, [question])[question]

    if asked(DnsQuestion(sender, "TXT")).state == "not-asked":
        return None
    provider = settings_room.PROVIDERS.get(account.provider)
    published = provider.spf if provider else ()
    is_its_own = settings_room.provider_of(account.from_address) == account.provider != ""
    spf = authentication.spf(sender, () if is_its_own else published, asked)
    if is_its_own and spf.code == "spf-by-address":
        spf = PASSES  # whoever keeps the record also sends
    policy = authentication.dmarc(sender, asked)
    return Standing(
        domain=sender,
        sent_by=account.provider or account.host,
        to_include=next(iter(published), ""),
        spf=spf,
        dkim=signature_of_letter_to_oneself(campaign, sender, policy),
        dmarc=policy,
        one_click=bool(account.one_click),
    )


def look(place: Path) -> Arrival:
    """`Destinations.look` at all e-mails that wait in the campaign in this folder."""
    destinations = Destinations()
    with open_campaign(place, access="read", command="account") as campaign:
        by_mail = campaign.ledger.candidates(None, [Channel.EMAIL])
        for each in by_mail.recipients():
            destinations.add(each)
        return destinations.look(campaign, by_mail.recipients())


def part_from_domains_without_mail(campaign: Campaign, tell: Listener) -> None:
    """An e-mail to a domain that takes none is refused before it leaves, so that paper takes it
    over; one that was refused so waits again, once its domain has mail.

    Events: "domains-asked", "without-mail" and "mail-again" (`n`).
    """
    ledger = campaign.ledger
    waiting: dict[str, list[int]] = {}
    for number, email in ledger.candidates(None, [Channel.EMAIL]).addresses():
        waiting.setdefault(mail_domain(email), []).append(number)
    refused = {
        delivery.key: delivery
        for delivery in ledger.deliveries([Status.FAILED])
        if delivery.channel is Channel.EMAIL and delivery.detail in _WORDS
    }
    before: dict[str, list[int]] = {}
    for recipient in ledger.recipients_of(list(refused)):
        before.setdefault(mail_domain(recipient.email), []).append(refused[recipient.key].id)
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
