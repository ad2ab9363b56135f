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

from merge.app import inbox
from merge.app.chosen import recipient_called
from merge.app.inbox import WholeReply
from merge.app.log import attempt_rows
from merge.app.opening import Campaign, open_campaign
from merge.app.suppress import is_suppressed
from merge.campaign.answers import Row
from merge.campaign.envelopes import Stays, lies_in_a_lot
from merge.campaign.filing import archived, may_have_left
from merge.errors import Misuse
from merge.job import Event, JobRecord
from merge.ledger.records import Answer, NotedEdit, Stand
from merge.mail.incoming import whole
from merge.model import Attempt, Delivery, Recipient
from merge.outcome import FIRST_LOOK_OCTETS


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """One recipient, its letter, each attempt, and what came back; `zone` is the campaign's."""

    number: int  # by which pages name it; it names nobody
    recipient: Recipient
    delivery: Delivery | None  # None where neither e-mail nor post reaches
    letters: Sequence[Delivery]  # of every wave
    stand: Stand | None  # of a letter that came back because of its sender or its content
    attempts: Sequence[Row]
    replies: Sequence[WholeReply]
    answers: Sequence[Answer]
    wordings: Sequence[str]  # answers of the campaign's own
    edits: Sequence[NotedEdit]
    jobs: Sequence[JobRecord]  # that had it in hand
    is_suppressed: bool  # must not be written to
    stays: Sequence[Stays]  # its envelope should not be posted
    before: int | None  # the number of the one before it, in the order of the sheet
    after: int | None
    message: str | None  # the words of its e-mail as it left, if the archive has it
    zone: ZoneInfo

    @property
    def has_pages(self) -> bool:
        """Whether its pages stand in a lot."""
        return bool(self.delivery and self.delivery.lot is not None)


@contextmanager
def open(place: Path) -> Iterator[Campaign]:
    """The campaign in this folder, to be read."""
    with open_campaign(place, access="read", command="show") as campaign:
        yield campaign


def dossier(campaign: Campaign, whom: str | int) -> Dossier:
    """All about the one recipient that a word or its number names. Misuse: see `the_one`."""
    recipient = _called(campaign, whom)
    ledger, key = campaign.ledger, recipient.key
    letters, attempts = ledger.deliveries_of(key), [*ledger.attempts(key)]
    delivery = letters[-1] if letters else None
    number = ledger.numbers_of([key])[key]
    before, after = ledger.numbers_beside(number)
    has_left = delivery and delivery.sha256 and may_have_left(delivery, attempts)
    message = archived(campaign.archive, delivery) if delivery and has_left else None
    return Dossier(
        number=number,
        recipient=recipient,
        delivery=delivery,
        letters=letters,
        stand=ledger.stands_of_refused().get(delivery.id) if delivery else None,
        attempts=list(attempt_rows(ledger, [key], campaign.zone)),
        replies=[inbox.whole(campaign, each) for each in ledger.replies.all(key)],
        answers=ledger.answers.all(key),
        wordings=campaign.settings.answers.wordings,
        edits=ledger.listing.edits(key),
        jobs=[job for job, _told in _jobs_of(campaign, key, attempts)],
        stays=[each for each in campaign.envelopes_to_keep() if each.key == key]
        if delivery and lies_in_a_lot(delivery)
        else (),
        before=before,
        after=after,
        is_suppressed=not campaign.is_blind and is_suppressed(campaign, recipient),
        # Its words come first; an attachment behind them takes long to go through.
        message=None if message is None else whole(message[:FIRST_LOOK_OCTETS])[0],
        zone=campaign.zone,
    )


def record(campaign: Campaign, whom: str | int) -> dict[str, Any]:
    """The same as JSON can hold it, for whoever asks what is kept; times are ISO 8601.

    The bytes of letters and mails are had by `message`, `pages` and `reply`.
    """
    recipient = _called(campaign, whom)
    ledger, key = campaign.ledger, recipient.key
    attempts = [*ledger.attempts(key)]
    known: dict[str, Any] = {
        "recipient": recipient._asdict(),
        "letters": [each._asdict() for each in ledger.deliveries_of(key)],
        "attempts": [attempt._asdict() for attempt in attempts],
        "edits": [edit._asdict() for edit in ledger.listing.edits(key)],
        "replies": [
            asdict(each) | {"text": inbox.whole(campaign, each).text}
            for each in ledger.replies.all(key)
        ],
        "answers": [asdict(answer) for answer in ledger.answers.all(key)],
        "must_not_be_written_to": is_suppressed(campaign, recipient),
        "jobs": [_job(job, told) for job, told in _jobs_of(campaign, recipient.key, attempts)],
    }
    plain: dict[str, Any] = _plain(known)
    return plain


def _jobs_of(
    campaign: Campaign, key: str, attempts: Sequence[Attempt]
) -> Sequence[tuple[JobRecord, Sequence[Event]]]:
    return campaign.ledger.commands.about(key, {each.sender for each in attempts if each.sender})


def _job(job: JobRecord, told: Sequence[Event]) -> dict[str, Any]:
    """A job without what its options and its result say of others."""
    return {
        "number": job.number,
        "command": job.command,
        "who": job.who,
        "state": job.state,
        "started_at": job.started_at,
        "at": job.at,
        "exit_code": job.exit_code,
        "options": job.options if job.options.get("key") else {},
        "events": [asdict(event) for event in told],
    }


def message(campaign: Campaign, whom: str | int) -> bytes:
    """The e-mail as it was sent. Misuse("nothing-kept")."""
    recipient = _called(campaign, whom)
    delivery = campaign.ledger.delivery(recipient.key)
    tried = campaign.ledger.attempts(recipient.key)
    if not (delivery and delivery.sha256 and may_have_left(delivery, tried)):
        raise Misuse("nothing-kept", key=recipient.key, form="eml")
    return campaign.archive.get(delivery.sha256)


def pages(campaign: Campaign, whom: str | int) -> bytes:
    """The pages as they stand in the lot. Misuse("nothing-kept")."""
    from merge.app.paper import letter_of

    recipient = _called(campaign, whom)
    delivery = campaign.ledger.delivery(recipient.key)
    found = letter_of(campaign, delivery) if delivery else None
    if found is None:
        raise Misuse("nothing-kept", key=recipient.key, form="pdf")
    return found


def reply(campaign: Campaign, whom: str | int, number: int) -> bytes:
    """A mail as it came. Misuse("reply-missing")."""
    return inbox.kept(campaign, number, _called(campaign, whom).key)


def _called(campaign: Campaign, whom: str | int) -> Recipient:
    if isinstance(whom, str):
        return recipient_called(campaign.ledger, whom)
    if (recipient := campaign.ledger.recipient_numbered(whom)) is None:
        raise Misuse("nobody-called", word=str(whom))
    return recipient


def _plain(value: Any) -> Any:
    """As JSON can hold it."""
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value.value if isinstance(value, Enum) else value
