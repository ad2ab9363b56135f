"""The suppression list, as a person fills it: a word becomes what it names, everywhere at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from merge.app.opening import Campaign, now
from merge.campaign import suppression
from merge.campaign.envelopes import Stays, those_to_keep
from merge.campaign.plan import called, the_one
from merge.errors import Misuse
from merge.french import communes
from merge.ledger.records import Kind, SuppressedName
from merge.model import Channel, Recipient

_DOMAIN = re.compile(r"(?:[\w-]+\.)+[\w-]{2,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """What a word names: the line of the list, and whom of this campaign that is."""

    line: SuppressedName
    recipients: Sequence[Recipient]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What putting someone on the list has done here."""

    is_new: bool
    stopped: int  # letters that could have left, or again on paper, and do not


def meant_by(campaign: Campaign, word: str) -> Meant:
    """What a word names: a domain, an address, a recipient or a commune of the reference.

    Misuse("nobody-called"), ("several-called") or ("suppress-no-address").
    """
    from merge.recipients.cells import clean

    word = clean(word)  # copied from a mail, it has marks around it that nobody sees
    recipients = campaign.ledger.recipients()
    line = _line(campaign, recipients, word)
    return Meant(
        line=line,
        recipients=suppression.those_named(recipients, line, campaign.ledger.campaign_id),
    )


def _line(campaign: Campaign, recipients: Sequence[Recipient], word: str) -> SuppressedName:
    local, at, domain = word.rpartition("@")
    if at and not local:
        return suppression.named(Kind.DOMAIN, _domain_of(domain, word))
    if at:
        return suppression.named(Kind.ADDRESS, _address(word, word))
    if not called(recipients, word):
        code = communes.with_zero(word.upper())
        if code in communes.reference():
            return suppression.named(Kind.TOWN, code)
        if _DOMAIN.fullmatch(word):
            return suppression.named(Kind.DOMAIN, _domain_of(word, word))
    return suppression.named_of(the_one(recipients, word), campaign.ledger.campaign_id)


def _address(text: str, word: str) -> str:
    """The one address in the text as the list has it; written otherwise it names nobody."""
    from merge.recipients.emails import addresses

    found, _problems = addresses(text)
    if len(found) != 1:
        raise Misuse("suppress-no-address", word=word)
    return found[0]


def _domain_of(domain: str, word: str) -> str:
    return _address(f"anyone@{domain}", word).rpartition("@")[2]


def suppress(campaign: Campaign, line: SuppressedName, reason: str) -> Kept:
    """Put it on the list, for every campaign; what waits in this one stays here."""
    at = now()
    is_new = bool(campaign.accounts.suppression.add([line], reason, at))
    campaign.gate.renew()
    return Kept(
        is_new=is_new,
        stopped=len(suppression.keep_suppressed(campaign.ledger, campaign.gate, at)),
    )


def take_back(campaign: Campaign, line: SuppressedName, why: str) -> int | None:
    """Take it off the list, and put back what waited here; how many. None: it was not on it.

    An address that counts as dead lives again. `why` stays with each letter that is put back.
    """
    lines = [line]
    if line.kind is Kind.ADDRESS:
        lines.append(suppression.named(Kind.DEAD, line.value))
    if not campaign.accounts.suppression.take_back(lines):
        return None
    campaign.gate.renew()
    return suppression.end_suppression(campaign.ledger, campaign.gate, lines, now(), why)


def is_suppressed(campaign: Campaign, recipient: Recipient) -> bool:
    """Whether somebody put this recipient on the list."""
    campaign.gate.renew()
    return campaign.gate.ruling(recipient, Channel.PAPER) is not None


def keep_suppressed(campaign: Campaign) -> int:
    """Apply the list to all that waits in this campaign; how many letters it has stopped."""
    campaign.gate.renew()
    if not campaign.gate.names_anybody:
        return 0
    return len(suppression.keep_suppressed(campaign.ledger, campaign.gate, now()))


def envelopes_to_keep(campaign: Campaign) -> Sequence[Stays]:
    """The letters in lots that are not in the post yet, and should not go there."""
    ledger = campaign.ledger
    return those_to_keep(ledger, campaign.gate, ledger.answers.all(), ledger.replies.all())
