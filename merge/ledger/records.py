"""The ledger's plain records; recipients, letters, deliveries and lots stand in `merge.model`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal, NamedTuple

from merge.model import Channel, Counts, Delivery, LetterFault, Recipient, Status
from merge.outcome import Bounce, Outcome, Sort

# Recipients as they come in


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """What an import changed in one recipient that was known: one field, before and after.

    `field` is an attribute of `Recipient`, or a header of the sheet. `written_to`: a letter to
    this recipient has left, or may have.
    """

    key: str
    name: str
    field: str
    before: str
    after: str
    written_to: bool

    @property
    def is_of_address(self) -> bool:
        """Whether it is a thing by which somebody is found who has no key in the sheet."""
        return self.field in ("email", "postcode", "locality")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptReading:
    """How a sheet of this shape was read last, as whoever reads sheets has put it."""

    shape: str
    at: datetime
    reading: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRecord:
    """An import that was kept. `can_be_undone` says that it is the last that still stands;
    `is_overtaken`, that what has happened since forbids it all the same.
    """

    at: datetime
    files: tuple[str, ...]
    added: int
    changed: int
    unchanged: int
    undone_at: datetime | None
    can_be_undone: bool
    is_overtaken: bool


class Namesake(NamedTuple):
    """Somebody added who may be the one with the key `known`, whom no row is about."""

    key: str
    name: str
    known: str
    was_written_to: bool  # the one who is known


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportChange:
    """What one import did to the recipients."""

    added: int
    changed: int
    unchanged: int
    absent: tuple[str, ...]  # keys in the ledger that are not in these sheets: they stay
    twins: tuple[str, ...]  # new keys of recipients who probably exist under another key
    doubled: tuple[Namesake, ...]  # whose other has a letter, or stands in these sheets
    edited: tuple[str, ...]  # keys: an earlier edit wins over what the sheet says
    returned: tuple[str, ...]  # keys: returned mail requeued, to another address
    deferred: tuple[str, ...]  # keys: deferred e-mail made due now, to another address
    counts: Counts  # of all recipients, by the channel that they will have when it is kept
    stay_returned: tuple[str, ...]  # keys: requeued mail whose address is again the failed one
    relined: tuple[str, ...]  # named with their numbers: written to, with other rows than then
    households: int  # of several who are reached on paper alone, at one address by one surname


# Letters that leave


class Candidate(NamedTuple):
    """Someone whose letter could still leave on `channel`. `is_held`: once it has no fault.

    `refusal`: what the server said to a letter that is held for it, "" of any other.
    """

    recipient: Recipient
    channel: Channel
    delivery_id: int
    is_held: bool
    refusal: str = ""


class Claimed(NamedTuple):
    """A delivery that is ours for now, and whom it goes to."""

    delivery: Delivery
    recipient: Recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """E-mails that wait and that no sender has in hand."""

    now: int  # how many may go now
    next_at: datetime | None  # when the next of the others is due


class Intent(NamedTuple):
    """That a message is about to leave. Written after the offer (354), before the body."""

    delivery_id: int
    message_id: str
    address: str
    sha256: str
    fingerprint: str
    receiver: str = ""  # who receives mail for that address, where there is a limit of theirs


class Settled(NamedTuple):
    """One attempt that is over. `not_before` goes with DEFERRED, a `fault` with HELD."""

    delivery_id: int
    at: datetime
    outcome: Outcome
    not_before: datetime | None = None
    fault: LetterFault | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """The delivery ids whose intent is now written (status `sending`), in their order.

    The bodies of those `leaving` may leave. The quota has nothing left for those `staying`: release
    them. One that is in neither was no longer ours to send.
    """

    leaving: Sequence[int] = ()
    staying: Sequence[int] = ()


class Taken(NamedTuple):
    """Whose page it is, in a lot that is made: the delivery that it was made for.

    `address` is the street and the town, as they stand in the window.
    """

    delivery_id: int
    fingerprint: str
    address: str


# What came back


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What a reading of the mailbox changed: whose letter came back, and whose because of us."""

    bounced: tuple[Delivery, ...] = ()
    about_us: tuple[Delivery, ...] = ()


class PolicyReports(NamedTuple):
    """The reports that are about the sender or the content, since a person last looked.

    `letters` is how many came back so of the `of` (a hundred at most) up to the last that did.
    """

    reports: tuple[Bounce, ...]
    letters: int
    of: int


class ReturnRate(NamedTuple):
    """How many e-mails were accepted, and when the reports of letters that came back came."""

    accepted: int
    bounced: Sequence[datetime]
    refused: Sequence[datetime]  # because of us


Decision = Literal["later", "paper", "leave"]
"""What becomes of the letters that came back because of us."""

Stand = Literal["waits", "paper", "left"]
"""How such a letter stands: it waits for a person, who has put it on paper, or left it."""

WANTS_NO_REMINDER = (Sort.ANSWER, Sort.COMPLAINT)
"""Whoever was heard so is not written to again by itself."""

By = Literal["message-id", "verp", "reference", "address", "domain", "commune", "person"]


class Proposal(NamedTuple):
    """Whom a mail may be from, and what speaks for it."""

    key: str
    by: By


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One mail that came back, as the ledger keeps it.

    `key` is None while nobody has decided whose it is; then there are `proposals`. `sha256` is
    where the archive has it, "" where no bytes are kept; `size` is that of all of it.
    """

    identity: str
    sort: Sort
    at: datetime
    key: str | None = None
    wave: int = 1
    by: By | None = None
    proposals: tuple[Proposal, ...] = ()
    sender: str = ""
    sender_name: str = ""
    subject: str = ""
    sha256: str = ""
    size: int = 0
    is_cut: bool = False
    from_elsewhere: bool = False  # from no address or domain that we wrote to
    wants_peace: str = ""  # the line that asks for no more letters
    number: int = 0  # by which a person names it

    @property
    def is_to_classify(self) -> bool:
        """Whether a person says what it comes to. Of a wish for no more letters a person says only
        whether it is one: then it is decided, or an answer."""
        return self.sort is Sort.ANSWER and not self.wants_peace


# What towns answered


class Meaning(StrEnum):
    """What an answer comes to, in every campaign; one may have wordings of its own, too."""

    YES = "yes"  # the town commits itself
    NO = "no"
    CONDITIONS = "conditions"  # yes, but
    RECEIVED = "received"  # they have it, and say no more


class Way(StrEnum):
    """How an answer came."""

    EMAIL = "email"
    PHONE = "phone"
    POST = "post"
    MEETING = "meeting"  # a council, or a talk


class Grade(StrEnum):
    """How well an answer is proved, from the best."""

    DELIBERATION = "deliberation"  # with its address on the web
    LETTER = "letter"  # signed
    EMAIL = "email"
    SPOKEN = "spoken"


_BY_WAY = {
    Way.EMAIL: Grade.EMAIL,
    Way.PHONE: Grade.SPOKEN,
    Way.POST: Grade.LETTER,
    Way.MEETING: Grade.SPOKEN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer of one town, by a person's word. The latest counts; all are kept.

    `evidence` is the SHA-256 of a document in the archive, "" for none; `address` that of a
    deliberation.
    """

    key: str
    meaning: str  # a `Meaning`, or a wording of the campaign's own
    at: datetime  # when it was given
    way: Way | None = None  # nobody said
    note: str = ""
    noted_at: datetime
    who: str = ""
    grade: Grade | None = None  # nobody said: see `graded`
    address: str = ""
    evidence: str = ""
    published: bool = False  # whether the document may be

    @property
    def graded(self) -> Grade | None:
        """The grade that counts; None where nobody said even how it came."""
        return self.grade or (_BY_WAY[self.way] if self.way else None)


def web_address(text: str) -> str:
    """An http or https address as it is, or "" for none. ValueError for anything else."""
    if text and not (text.isprintable() and len(text) <= 2_000 and _WEB.fullmatch(text)):
        raise ValueError(text)
    return text


_WEB = re.compile(r"(?i)https?://[^\s/?#@\"<>\\]+(?:[/?#][^\s\"<>\\]*)?")  # names no login


# The log as a list

ANSWER_STATES = (*(each.value for each in Meaning), "unread", "some", "none")
"""A town's answer: its meaning, "unread" for a mail that nobody has read yet, or "none"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFilter:
    """Which recipients the log shows: empty is everybody, several of a kind are any of them.

    `find` is what somebody typed: each word stands in the commune, the key, the mayor's name or an
    address. None among the `channels` is who is reached by neither.
    """

    find: str = ""
    statuses: Sequence[Status] = ()
    channels: Sequence[Channel | None] = ()
    departments: Sequence[str] = ()
    answers: Sequence[str] = ()  # of `ANSWER_STATES`, or wordings
    left_before: datetime | None = None  # the latest letter left by then, or earlier

    @property
    def is_everybody(self) -> bool:
        """Whether it leaves nobody out."""
        return self == LogFilter()


@dataclass(frozen=True, slots=True, kw_only=True)
class LogOrder:
    """In which order: by default as the sheet has them."""

    by: Literal["sheet", "name", "status", "at", "department"] = "sheet"
    descending: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """A recipient with its latest letter and answer; `number` is that in the ledger, from 1."""

    number: int
    recipient: Recipient
    delivery: Delivery | None  # None where neither e-mail nor post reaches
    meaning: str | None
    answered_at: datetime | None
    unread: bool  # a mail of it came since


class NotedEdit(NamedTuple):
    """One field of one recipient, changed by hand; `value` is what it became."""

    at: datetime
    field: str
    value: str


# Purge


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What is, or would be, erased."""

    keys: tuple[str, ...]
    messages: tuple[str, ...]  # SHA-256 in the archive: letters and replies
    kept: frozenset[str]  # SHA-256 of those that belong to others; all else may be theirs
    lots: tuple[str, ...]  # paths of the PDFs that hold a letter to one of them
    replies: int
    attempts: int
    waiting: int  # letters that have not left, and will not


# The suppression list


class Kind(StrEnum):
    """What a line of the list names."""

    TOWN = "town"  # by its INSEE code
    RECIPIENT = "recipient"  # by its key in one campaign, where there is no INSEE code
    ADDRESS = "address"
    DOMAIN = "domain"  # and everything below it
    DEAD = "dead"  # an address from which a letter came back: no wish, a fact


class SuppressedName(NamedTuple):
    """One whom a line names, written as it is compared (see `named`)."""

    kind: Kind
    value: str

    @property
    def name(self) -> str:
        """As people write it: Corsica's towns are 2A004."""
        return self.value.upper() if self.kind is Kind.TOWN else self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """One line of the list. After a purge `value` is "": only its keyed hash is left."""

    kind: Kind
    value: str
    reason: str
    at: datetime

    @property
    def name(self) -> str:
        """As people write it; "" once it is erased."""
        return SuppressedName(self.kind, self.value).name


# The sender's account


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaLimits:
    """How much one account may send. None is no limit.

    `receivers` are those to whom it may send less than to all of them together, by name.
    """

    per_minute: int | None = None
    per_hour: int | None = None
    per_day: int | None = None
    receivers: Mapping[str, QuotaLimits] = field(default_factory=dict)

    def lowest(self, other: QuotaLimits) -> QuotaLimits:
        """Of each window the lower limit of both."""

        def of(*limits: int | None) -> int | None:
            return min((each for each in limits if each is not None), default=None)

        return replace(
            self,
            per_minute=of(self.per_minute, other.per_minute),
            per_hour=of(self.per_hour, other.per_hour),
            per_day=of(self.per_day, other.per_day),
        )

    def windows(self) -> Sequence[tuple[timedelta, int]]:
        """Each limit with the length of time that it holds for."""
        limits = zip(_LENGTHS, (self.per_minute, self.per_hour, self.per_day), strict=True)
        return [(length, limit) for length, limit in limits if limit is not None]


_LENGTHS = (timedelta(minutes=1), timedelta(hours=1), timedelta(days=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaLeft:
    """How many messages an account may send now, and when the next becomes possible."""

    now: int
    next_at: datetime | None  # set when `now` is 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Why nothing may leave from an account: how many reports said so, and the last one's codes.

    `folder` is where the campaign stands that this one came back to.
    """

    reports: int
    at: datetime
    code: int | None
    enhanced: str
    folder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where a password goes and whose it is: what a person approves, as a whole.

    `ca` is the SHA-256 of the file of certificates that are trusted, in hexadecimal; "" where the
    system's are. `host` is in ASCII (RFC 5890 A-labels): two that look alike do not read alike.
    """

    protocol: Literal["smtp", "imap"]
    host: str
    port: int
    tls: str
    ca: str
    login: str

    def differs_in(self, other: Destination) -> frozenset[str]:
        """The names of the fields in which these two differ."""
        names = (each.name for each in fields(self))
        return frozenset(name for name in names if getattr(self, name) != getattr(other, name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A person said that this is their server. `with_password` false: to be used without one."""

    destination: Destination
    with_password: bool
    at: datetime


# What holds a letter, as the ledger has it


def address_lost(key: str) -> LetterFault:
    """The fault of an e-mail whose recipient has no address any more."""
    return LetterFault(key=key, code="address-lost", field="email")


def refused_alone(key: str, reply: str) -> LetterFault:
    """The fault of a letter that the server refuses each time, and takes the others meanwhile."""
    return LetterFault(key=key, code="refused-alone", field="reply", value=reply)


def refusal_in(detail: str) -> str:
    """The server's reply out of what the ledger has of such a letter; "" of any other."""
    code, _space, rest = detail.partition(" ")
    return rest.partition("=")[2] if code == "refused-alone" else ""


def is_refused_alone(fault: LetterFault) -> bool:
    """Whether it is that: a person has to ask the provider, and an `edit` lets it go again."""
    return fault.code == "refused-alone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How many towns were written to, have answered, and what."""

    towns: int
    written: int
    answered: int
    unread: int  # answered, and nobody has noted the meaning yet
    meanings: Counter[str] = field(default_factory=Counter)

    @property
    def committed(self) -> int:
        """Those that said yes."""
        return self.meanings[Meaning.YES]

    @property
    def wordings(self) -> Sequence[tuple[str, int]]:
        """The answers in wordings of the campaign's own, those of most first."""
        found = [(each, n) for each, n in self.meanings.items() if each not in set(Meaning)]
        return sorted(found, key=lambda each: (-each[1], each[0]))


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentFigures:
    """The figures of one département."""

    code: str
    tally: Figures


class TownOnMap(NamedTuple):
    """Where a town lies, as the list has it, and what it has answered."""

    latitude: str
    longitude: str
    said: str | None  # None: written to, no answer
