"""All that a campaign keeps of one recipient: to read, as data, or bit for bit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from merge.app import inbox
from merge.app.chosen import recipient_called
from merge.app.inbox import WholeReply
from merge.app.log import attempt_row
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
    """All that is kept of one recipient: what `record` has, the page and the terminal show."""

    number: int  # by which pages name it; it names nobody
    recipient: Recipient
    letters: Sequence[Delivery]  # of every wave; none where neither e-mail nor post reaches
    stand: Stand | None  # of a letter that came back because of its sender or its content
    attempts: Sequence[Attempt]
    replies: Sequence[WholeReply]
    answers: Sequence[Answer]
    wordings: Sequence[str]  # answers of the campaign's own
    edits: Sequence[NotedEdit]
    jobs: Sequence[tuple[JobRecord, Sequence[Event]]]  # that had it in hand, and said so
    is_suppressed: bool | None  # must not be written to; None: the list cannot be read
    stays: Sequence[Stays]  # its envelope should not be posted
    before: int | None  # the number of the one before it, in the order of the sheet
    after: int | None
    zone: ZoneInfo  # the campaign's

    @property
    def delivery(self) -> Delivery | None:
        """The latest."""
        return self.letters[-1] if self.letters else None

    @property
    def has_left(self) -> bool:
        """Whether its e-mail may have left: then the archive has it."""
        delivery = self.delivery
        return bool(delivery and delivery.sha256 and may_have_left(delivery, self.attempts))

    @property
    def has_pages(self) -> bool:
        """Whether its pages stand in a lot."""
        return bool(self.delivery and self.delivery.lot is not None)

    @property
    def tried(self) -> Sequence[Row]:
        """Its attempts as rows of a table."""
        return [attempt_row(each, self.recipient.name, self.zone) for each in self.attempts]

    @property
    def record(self) -> Mapping[str, Any]:
        """For whoever asks what is kept; the bytes of letters and mails are had by `message`,
        `pages` and `reply`."""
        return {
            "recipient": self.recipient._asdict(),
            "letters": [each._asdict() for each in self.letters],
            "attempts": [each._asdict() for each in self.attempts],
            "edits": [each._asdict() for each in self.edits],
            "replies": [asdict(each.reply) | {"text": each.text} for each in self.replies],
            "answers": [asdict(each) for each in self.answers],
            "must_not_be_written_to": self.is_suppressed,
            "jobs": [_job(job, told) for job, told in self.jobs],
        }


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
    latest = letters[-1] if letters else None
    number = ledger.numbers_of([key])[key]
    before, after = ledger.numbers_beside(number)
    return Dossier(
        number=number,
        recipient=recipient,
        letters=letters,
        stand=ledger.stands_of_refused().get(latest.id) if latest else None,
        attempts=attempts,
        replies=[inbox.whole(campaign, each) for each in ledger.replies.all(key)],
        answers=ledger.answers.all(key),
        wordings=campaign.settings.answers.wordings,
        edits=ledger.listing.edits(key),
        jobs=ledger.commands.about(key, {each.sender for each in attempts if each.sender}),
        stays=[each for each in campaign.envelopes_to_keep() if each.key == key]
        if latest and lies_in_a_lot(latest)
        else (),
        before=before,
        after=after,
        is_suppressed=None if campaign.is_blind else is_suppressed(campaign, recipient),
        zone=campaign.zone,
    )


def words(campaign: Campaign, found: Dossier) -> str | None:
    """Those of its e-mail as it left, if the archive has it."""
    if (delivery := found.delivery) is None or not found.has_left:
        return None
    message = archived(campaign.archive, delivery)
    # Its words come first; an attachment behind them takes long to go through.
    return None if message is None else whole(message[:FIRST_LOOK_OCTETS])[0]


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
