"""All that a campaign keeps of one recipient: to read, as data, or bit for bit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from merge.app.log import attempt_rows
from merge.app.opening import Campaign, open_campaign
from merge.app.replies import attached_to, words_of
from merge.app.suppress import is_suppressed
from merge.campaign.answers import Row
from merge.campaign.filing import may_have_left
from merge.campaign.plan import the_one
from merge.errors import Misuse
from merge.ledger.records import Answer, Reply, Stand
from merge.model import Delivery, Recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeReply:
    """A mail that came back, with all that it says and the names of its files."""

    reply: Reply
    text: str
    attached: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """One recipient, its letter, each attempt, and what came back; `zone` is the campaign's."""

    recipient: Recipient
    delivery: Delivery | None  # None where neither e-mail nor post reaches
    stand: Stand | None  # of a letter that came back because of its sender or its content
    attempts: Sequence[Row]
    replies: Sequence[WholeReply]
    answers: Sequence[Answer]
    zone: ZoneInfo


def dossier(place: Path, word: str) -> Dossier:
    """All about the one recipient that `word` names. Misuse: see `the_one`."""
    with _opened(place, word) as (campaign, recipient):
        ledger, key = campaign.ledger, recipient.key
        delivery = ledger.delivery(key)
        return Dossier(
            recipient=recipient,
            delivery=delivery,
            stand=ledger.stands_of_refused().get(delivery.id) if delivery else None,
            attempts=attempt_rows(ledger, [key], campaign.zone),
            replies=[
                WholeReply(
                    reply=reply,
                    text=words_of(campaign, reply),
                    attached=attached_to(campaign, reply),
                )
                for reply in ledger.replies.all(key)
            ],
            answers=ledger.answers.all(key),
            zone=campaign.zone,
        )


def record(place: Path, word: str) -> dict[str, Any]:
    """The same as JSON can hold it, for whoever asks what is kept; times are ISO 8601.

    The bytes of letters and mails are had by `message`, `pages` and `reply`.
    """
    with _opened(place, word) as (campaign, recipient):
        ledger, key = campaign.ledger, recipient.key
        known: dict[str, Any] = {
            "recipient": recipient._asdict(),
            "letters": [each._asdict() for each in ledger.deliveries() if each.key == key],
            "attempts": [attempt._asdict() for attempt in ledger.attempts(key)],
            "replies": [
                asdict(reply) | {"text": words_of(campaign, reply)}
                for reply in ledger.replies.all(key)
            ],
            "answers": [asdict(answer) for answer in ledger.answers.all(key)],
            "must_not_be_written_to": is_suppressed(campaign, recipient),
        }
    plain: dict[str, Any] = _plain(known)
    return plain


def message(place: Path, word: str) -> bytes:
    """The e-mail as it was sent. Misuse("no-message-kept")."""
    with _opened(place, word) as (campaign, recipient):
        delivery = campaign.ledger.delivery(recipient.key)
        tried = campaign.ledger.attempts(recipient.key)
        if not (delivery and delivery.sha256 and may_have_left(delivery, tried)):
            raise Misuse("no-message-kept", key=recipient.key)
        return campaign.archive.get(delivery.sha256)


def pages(place: Path, word: str) -> bytes:
    """The pages as they stand in the lot. Misuse("no-pages-kept")."""
    from merge.app.paper import letter_of

    with _opened(place, word) as (campaign, recipient):
        delivery = campaign.ledger.delivery(recipient.key)
        found = letter_of(campaign, delivery) if delivery else None
        if found is None:
            raise Misuse("no-pages-kept", key=recipient.key)
        return found


def reply(place: Path, word: str, number: int) -> bytes:
    """A mail as it came. Misuse("reply-missing")."""
    with _opened(place, word) as (campaign, recipient):
        for each in campaign.ledger.replies.all(recipient.key):
            if each.number == number and each.sha256:
                return campaign.archive.get(each.sha256)
    raise Misuse("reply-missing", number=number)


@contextmanager
def _opened(place: Path, word: str) -> Iterator[tuple[Campaign, Recipient]]:
    with open_campaign(place, access="read", command="show") as campaign:
        yield campaign, the_one(campaign.ledger.recipients(), word)


def _plain(value: Any) -> Any:
    """As JSON can hold it."""
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value.value if isinstance(value, Enum) else value
