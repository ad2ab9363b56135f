"""What the letter to oneself shows once it has come back: who signs it, and how it was received."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

from merge.app.domains import answers, domain
from merge.app.opening import Campaign, open_campaign
from merge.campaign.trial import TEST_MESSAGE
from merge.confined import helpers
from merge.confined.helpers import RanAway
from merge.confined.limits import A_MAIL
from merge.errors import LedgerError
from merge.mail import authentication
from merge.mail.authentication import PASSES, Dmarc, Finding
from merge.mail.authentication_results import Judged, Method, MethodResult, judged, said_of
from merge.mail.questions import DnsQuestion
from merge.mail.receivers import Receiver, keeper_of
from merge.mail.signatures import keys_named, signers

_SIGNED_BY = "test_signed_by"
"""The domains that have signed the last letter to oneself: a fact of the ledger."""

_JUDGED = "test_judged"
"""What the server says that took it, whose letter it was, and which server had sent it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """What the server says that took the letter. `code` is that of `Judged`, "" where it counts."""

    server: str
    code: str
    findings: Mapping[Method, Finding]


class _Noted(NamedTuple):
    sender: str
    host: str
    owner: str  # of the mailbox, where a server does not say its name
    judged: Judged


def last_letter(place: Path) -> str:
    """The Message-ID of the last letter to oneself; "" where there is none, or no ledger."""
    with suppress(LedgerError), open_campaign(place, access="read", command="account") as campaign:
        return campaign.ledger.fact(TEST_MESSAGE) or ""
    return ""


def note(place: Path, data: bytes) -> None:
    """Keep what this letter to oneself shows, as it came back."""
    if not data:
        return
    with open_campaign(place, access="share", command="account") as campaign:
        for keep in (_note_signature, _note_judgement):
            with suppress(RanAway):
                keep(campaign, data)


def _note_signature(campaign: Campaign, data: bytes) -> None:
    """One without a signature says nothing: it may never have left the provider."""
    named = keys_named(data)
    heard = answers(campaign.accounts, [DnsQuestion(each, "TXT") for each in named])
    if not named or not all(each.is_definite for each in heard.values()):
        return
    keys = {question.name: "".join(answer.values[:1]) for question, answer in heard.items()}
    held = helpers.run(partial(signers, data, keys), A_MAIL)
    campaign.ledger.set_fact(_SIGNED_BY, json.dumps(held))


def _note_judgement(campaign: Campaign, data: bytes) -> None:
    account = campaign.settings.account
    keepers = _keepers(campaign)
    told = helpers.run(
        partial(
            judged,
            data,
            [name for each in keepers for name in (*each.servers, *each.also)],
            is_nameless=any(each.is_nameless for each in keepers),
            sender=account.host,
        ),
        A_MAIL,
    )
    owner = next((each.name for each in keepers if each.name), account.imap.host)
    kept = _Noted(account.from_address, account.host, owner, told)
    campaign.ledger.set_fact(_JUDGED, json.dumps(kept))


def _keepers(campaign: Campaign) -> Collection[Receiver]:
    """Who takes mail for the mailbox, by its MX; where nobody knows that, who lets it be read.

    Where both are known and differ, what stands behind has judged the one that stands before it.
    """
    imap = campaign.settings.account.imap
    owner = imap.login if "@" in imap.login else campaign.settings.account.from_address
    asked = DnsQuestion(domain(owner), "MAIL")
    return [
        keeper_of(server)
        for server in answers(campaign.accounts, [asked])[asked].values or [imap.host]
    ]


def signature(campaign: Campaign, sender: str, policy: Dmarc) -> Finding:
    """Whether it was signed for this domain, which may have changed since."""
    signed = campaign.ledger.fact_as(_SIGNED_BY, json.loads)
    if signed is None:
        return Finding("unknown", "dkim-unseen")
    if not signed:
        return Finding("fails", "dkim-broken")
    if any(authentication.is_aligned(each, sender, is_strict=policy.is_strict) for each in signed):
        return PASSES
    return Finding("unknown", "dkim-of-another", signed[0])


def heard(campaign: Campaign, sender: str, policy: Dmarc) -> Reception | None:
    """What the server says that took it; None where none has come back since the account sends in
    this domain's name by this server.
    """
    kept = campaign.ledger.fact_as(_JUDGED, _noted)
    account = campaign.settings.account
    if kept is None or (kept.sender, kept.host) != (account.from_address, account.host):
        return None
    code, server, results = kept.judged
    return Reception(
        server=server or kept.owner,
        code=code,
        findings={
            "spf": said_of("spf", results, sender),
            "dkim": said_of("dkim", results, sender, is_strict=policy.is_strict),
            "dmarc": said_of("dmarc", results, sender),
        },
    )


def _noted(text: str) -> _Noted:
    sender, host, owner, (code, server, results) = json.loads(text)
    return _Noted(
        sender, host, owner, Judged(code, server, tuple(MethodResult(*r) for r in results))
    )
