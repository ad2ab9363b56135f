"""The recipients: a table to look through, rows for files, and all that is kept of one of them.

Cells are text; nothing here makes words for people. `table` is for a person who looks through the
recipients: a screen at a time, and nothing of the others is read.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from merge.app import inbox
from merge.app.chosen import Narrowing, recipient_called
from merge.app.inbox import WholeReply
from merge.app.opening import Campaign, narrowed, open_campaign
from merge.app.suppress import is_suppressed
from merge.campaign.answers import ANSWER_COLUMNS, Row, answer_rows, every_town, understood
from merge.campaign.envelopes import Stays, lies_in_a_lot
from merge.campaign.filing import archived, may_have_left
from merge.errors import Misuse
from merge.french.communes import fold
from merge.job import Event, JobRecord
from merge.ledger.ledger import Ledger
from merge.ledger.records import (
    ANSWER_STATES,
    Answer,
    LogFilter,
    LogLine,
    LogOrder,
    NotedEdit,
    Stand,
)
from merge.mail.incoming import whole
from merge.model import Attempt, Channel, Delivery, Lot, Recipient, Status
from merge.outcome import FIRST_LOOK_OCTETS

LOG_COLUMNS = (
    "key",
    "commune",
    "channel",
    "status",
    "at",
    "address",
    "message_id",
    "code",
    "detail",
    "sha256",
    "department",
    "wave",
    "enhanced",
    "lot",
    "position",
    "sheets",
    "attempts",
    "lot_sha256",
    "made_at",
    "printed_at",
    "posted_at",
    "cause",
    "lines",
)
ATTEMPT_COLUMNS = (
    "key",
    "commune",
    "wave",
    "at",
    "channel",
    "status",
    "phase",
    "code",
    "enhanced",
    "words",
    "duration_ms",
    "sender",
)
Of = Literal["deliveries", "attempts", "answers"]
"""What has a row each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRows:
    """FileRows that have these columns; they come as they are read, and once."""

    columns: Sequence[str]
    rows: Iterable[Row]
    is_to_people: bool


_ATTEMPTS_AT_ONCE = 1000
PAGE = 50
"""Recipients on one page."""

_EVERYBODY, _AS_IN_THE_SHEET = LogFilter(), LogOrder()


FILTERS: Mapping[str, LogFilter] = {
    "all": LogFilter(),
    "to-send": LogFilter(
        statuses=(Status.QUEUED, Status.SENDING, Status.DEFERRED), channels=(Channel.EMAIL,)
    ),
    "sent": LogFilter(statuses=(Status.SENT,)),
    "paper": LogFilter(channels=(Channel.PAPER,)),
    "to-correct": LogFilter(statuses=(Status.HELD, Status.FAILED, Status.BOUNCED, Status.RETURNED)),
    "unreachable": LogFilter(channels=(None,)),
    "in-doubt": LogFilter(statuses=(Status.UNKNOWN,)),
    "answered": LogFilter(answers=("some",)),
}
"""What people look for most."""


def counts(campaign: Campaign) -> Mapping[str, int]:
    """How many each of `FILTERS` finds."""
    found = campaign.ledger.counts()

    def n(chosen: LogFilter) -> int:
        ways = [way for way in chosen.channels or found.by_channel if way is not None]
        states = chosen.statuses or tuple(Status)
        return sum(found.by_channel[way].get(state, 0) for way in ways for state in states)

    return {name: n(chosen) for name, chosen in FILTERS.items()} | {
        "all": found.recipients,
        "unreachable": found.unreachable,
        "answered": campaign.ledger.figures.count_answered(),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """`number` of `pages`, from 1: the lines of `total` recipients that stand on it."""

    lines: Sequence[LogLine]
    number: int
    pages: int
    total: int
    departments: Sequence[str]  # all that have a town in the campaign
    wordings: Sequence[str]  # answers of its own

    @property
    def first(self) -> int:
        """The place of its first line among all, from 1; 0 where there is none."""
        return (self.number - 1) * PAGE + 1 if self.lines else 0


def table(campaign: Campaign, chosen: LogFilter, order: LogOrder, number: int) -> Table:
    """A page of them: the last for a number behind it, the first for one before the first."""
    listing, wanted = campaign.ledger.listing, max(number, 1)
    total, lines = listing.page(chosen, order, start=(wanted - 1) * PAGE, size=PAGE)
    pages = max(1, -(-total // PAGE))
    if wanted > pages:
        wanted = pages
        total, lines = listing.page(chosen, order, start=(wanted - 1) * PAGE, size=PAGE)
    return Table(
        lines=lines,
        number=wanted,
        pages=pages,
        total=total,
        departments=listing.departments(),
        wordings=wordings(campaign),
    )


@contextmanager
def rows(
    place: Path,
    narrowing: Narrowing,
    of: Of = "deliveries",
    chosen: LogFilter = _EVERYBODY,
    order: LogOrder = _AS_IN_THE_SHEET,
) -> Iterator[FileRows]:
    """Those of the recipients that are chosen, in this order. Misuse: see `Narrowing.keys`.

    Whom nothing reaches has no delivery: a row of its own only where those are asked for.
    """
    with open_campaign(place, access="read", command="log") as campaign:
        ledger, zone = campaign.ledger, campaign.zone
        made = partial(FileRows, is_to_people=campaign.settings.campaign.is_to_people)
        said = [_understood(campaign, each) for each in chosen.answers]
        chosen = replace(chosen, answers=said)
        keys = _keys(ledger, narrowing, chosen, order)
        if of == "attempts":
            yield made(columns=ATTEMPT_COLUMNS, rows=attempt_rows(ledger, keys, zone))
            return
        if of == "answers":
            wanted = None if keys is None else frozenset(keys)
            towns = [t for t in every_town(ledger) if wanted is None or t.recipient.key in wanted]
            yield made(columns=ANSWER_COLUMNS, rows=answer_rows(towns, zone))
            return
        found = log_rows(ledger, keys, zone, unreached=None in chosen.channels)
        if keys is not None and order != _AS_IN_THE_SHEET:
            place_of = {key: number for number, key in enumerate(keys)}
            found = iter(sorted(found, key=lambda row: place_of[row["key"]]))
        yield made(columns=LOG_COLUMNS, rows=found)


def _understood(campaign: Campaign, said: str) -> str:
    return said if said in ANSWER_STATES else understood(said, wordings(campaign))


def wordings_of(place: Path) -> Sequence[str]:
    """Those of the campaign in this folder."""
    with open_campaign(place, access="read", command="log") as campaign:
        return wordings(campaign)


def wordings(campaign: Campaign) -> Sequence[str]:
    """The answers of its own wording: of campaign.toml, and what stands in the ledger from before
    it was changed."""
    of_now = campaign.settings.answers.wordings
    return [*of_now, *(w for w in campaign.ledger.answers.wordings() if w not in of_now)]


def _keys(
    ledger: Ledger, narrowing: Narrowing, chosen: LogFilter, order: LogOrder
) -> Sequence[str] | None:
    """Who is meant by both; None is everybody, in the order of the sheet."""
    keys = narrowed(ledger, narrowing)
    if chosen.is_everybody and order == _AS_IN_THE_SHEET:
        return keys
    wanted = None if keys is None else frozenset(keys)
    every = ledger.listing.keys(chosen, order)
    return [key for key in every if wanted is None or key in wanted]


def log_rows(
    ledger: Ledger, keys: Sequence[str] | None, zone: ZoneInfo, *, unreached: bool = False
) -> Iterator[Row]:
    """One row a delivery, in the order of the sheet; times in `zone`, ISO 8601 with offset.

    The cause is "policy" of what came back because of its sender or its content; `lines` are the
    rows that are one recipient, where `group:` made one of several. With `unreached`
    also one, behind the others, for each of `keys` that has no delivery.
    """
    refused = ledger.stands_of_refused()
    lots = {lot.number: lot for lot in ledger.lots()}
    wanted = None if keys is None else set(keys)
    for recipient, delivery in ledger.listing.letters():
        if wanted is None or delivery.key in wanted:
            cause = "policy" if delivery.id in refused else ""
            yield _log_row(recipient, delivery, lots.get(delivery.lot or 0), zone, cause=cause)
    if unreached and wanted:
        yield from (_bare_row(each) for each in ledger.unreachable() if each.key in wanted)


def _bare_row(recipient: Recipient) -> Row:
    facts = {name: getattr(recipient, name) for name in ("key", "commune", "department")}
    facts["lines"] = len(recipient.lines) or None
    return {column: _text(facts.get(column)) for column in LOG_COLUMNS}


def _log_row(
    recipient: Recipient, delivery: Delivery, lot: Lot | None, zone: ZoneInfo, *, cause: str
) -> Row:
    is_on_paper = delivery.channel is Channel.PAPER
    at_present = recipient.town_line if is_on_paper else recipient.email
    facts = delivery._asdict() | {
        "cause": cause,
        "commune": recipient.name,
        "department": recipient.department,
        "lines": len(recipient.lines) or None,
        "address": delivery.address or at_present or "",
        "at": _local(delivery.at, zone),
        "lot_sha256": lot.sha256 if lot else "",
        "made_at": _local(lot.at if lot else None, zone),
        "printed_at": _local(lot.printed_at if lot else None, zone),
        "posted_at": _local(lot.posted_at if lot else None, zone),
    }
    return {column: _text(facts[column]) for column in LOG_COLUMNS}


def attempt_rows(ledger: Ledger, keys: Sequence[str] | None, zone: ZoneInfo) -> Iterator[Row]:
    """One row an attempt, oldest first."""
    attempts = ledger.attempts(keys[0] if keys is not None and len(keys) == 1 else None)
    wanted = None if keys is None else set(keys)
    while page := list(itertools.islice(attempts, _ATTEMPTS_AT_ONCE)):
        page = [each for each in page if wanted is None or each.key in wanted]
        names = ledger.names_of(list({each.key for each in page}))
        yield from (attempt_row(each, names[each.key], zone) for each in page)


def attempt_row(attempt: Attempt, name: str, zone: ZoneInfo) -> Row:
    """The row of one attempt to somebody of this name."""
    facts = attempt._asdict() | {"commune": name, "at": _local(attempt.at, zone)}
    return {column: _text(value) for column, value in facts.items()}


def _local(at: datetime | None, zone: ZoneInfo) -> str:
    return "" if at is None else at.astimezone(zone).isoformat(timespec="seconds")


def _text(value: object) -> str:
    return "" if value is None else str(value)


def telephone(recipient: Recipient) -> str:
    """The first telephone number in the recipient's own columns; "" for none."""
    return next(filter(None, (recipient.fields[h] for h in recipient.fields if _is_phone(h))), "")


def _is_phone(header: str) -> bool:
    words = fold(header).split()
    calls = any(word.startswith(("tel", "phone", "portable", "mobile")) for word in words)
    return calls and not any(word.startswith(("telecopie", "fax")) for word in words)


# One of them


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
def opened(place: Path) -> Iterator[Campaign]:
    """The campaign in this folder, to be read."""
    with open_campaign(place, access="read", command="show") as campaign:
        yield campaign


def person(campaign: Campaign, whom: str | int) -> Dossier:
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
