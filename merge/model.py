"""The records everything speaks in. Frozen facts; nothing here does anything.

A recipient comes out of a sheet, a letter is rendered for it, a delivery follows that letter
over one channel, and every try is an attempt. Times are aware and in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Literal, NamedTuple, Self

Sex = Literal["F", "M"] | None
"""The sex code of the sheet. None is unknown: it is never guessed from a first name."""


Audience = Literal["communes", "people", "organisations"]
"""Whom a campaign writes to: it decides what a row of a sheet has to say."""

PaperName = Literal["A4", "A5", "letter"]
"""What the setting `paper.format` may be."""


class Channel(StrEnum):
    """How one delivery travels; one channel at a time. `merge.channels` has their states."""

    EMAIL = "email"
    PAPER = "paper"


class Status(StrEnum):
    """Where one delivery stands, and what that does and does not prove.

    Which of them a channel has, and its moves, stand in `merge.channels`.
    """

    QUEUED = "queued"  # waits; nothing has left
    SENDING = "sending"  # the intent is written down; the body may be on its way
    SENT = "sent"  # accepted by the next server, which is not yet "delivered"
    DEFERRED = "deferred"  # refused for now; will be tried again
    FAILED = "failed"  # refused for good, about this recipient
    UNKNOWN = "unknown"  # the body may or may not have been taken; never resent by itself
    BOUNCED = "bounced"  # was sent, came back
    MADE = "made"  # stands in the PDF of a lot; spends nothing
    PRINTED = "printed"  # a person says so, or the copy shop
    POSTED = "posted"  # a person put it in the post
    RETURNED = "returned"  # the envelope came back
    HELD = "held"  # this recipient's letter has a fault; an edit cures it
    SUPPRESSED = "suppressed"  # must never be written to

    @property
    def is_waiting(self) -> bool:
        """Whether nothing has left and something still may."""
        return self in (Status.QUEUED, Status.DEFERRED, Status.HELD)


class Recipient(NamedTuple):
    """One whom a campaign writes to, as the sheet, the reference and later edits say.

    Of a commune `key` is the INSEE code, else the column that `--map key=` names; the ledger mints
    that of a person or an organisation, and `number` is what their sheet calls them by. Text is
    NFC; an absent value is "" (never "nan"), an absent e-mail None. `email` has been validated.
    `street` holds the address lines between the addressee and the postcode line, as typed. The
    names are those of the mayor, of the person, or of who is written to at the organisation.

    Where `group:` stands in the letter's head, several rows are one recipient: `lines` are their
    cells, by header, and `rows` where they stand. A cell that is not the same in all of them is ""
    in `fields`. `fault` is why the sheet itself holds the letter: "code field=value".
    """

    key: str
    commune: str = ""
    insee: str | None = None
    article_code: int | None = None
    department: str = ""
    population: int | None = None
    sex: Sex = None
    first_name: str = ""
    surname: str = ""
    email: str | None = None
    alternates: tuple[str, ...] = ()
    street: tuple[str, ...] = ()
    postcode: str = ""
    locality: str = ""
    fields: Mapping[str, str] = MappingProxyType({})  # every other column, by its header
    source: str = ""  # the sheet's file name
    row: int = 0  # the row in it, as a spreadsheet numbers them (the header is 1)
    organisation: str = ""
    civility: str = ""  # as it is stated: "Madame", "Mme", "Dr", "Mx"; never guessed
    country: str = ""  # ISO 3166-1 alpha-2; "" is the sender's own
    number: str = ""
    lines: tuple[Mapping[str, str], ...] = ()
    rows: tuple[int, ...] = ()
    fault: str = ""
    is_person: bool = False  # of a list of people: the organisation is where they are

    @property
    def fault_of_sheet(self) -> LetterFault | None:
        """Why the sheet itself holds the letter."""
        if not self.fault:
            return None
        code, _space, rest = self.fault.partition(" ")
        field, _equals, value = rest.partition("=")
        return LetterFault(key=self.key, code=code, field=field, value=value)

    @property
    def asked_not(self) -> Mapping[str, str]:
        """The cell that says not to write to them, by its header."""
        fault = self.fault_of_sheet
        return {fault.field: fault.value} if fault and fault.code == "row-asks-not" else {}

    @property
    def person(self) -> str:
        """First name and surname; "" for nobody in particular."""
        return f"{self.first_name} {self.surname}".strip()

    @property
    def name(self) -> str:
        """What it is called among others: the commune, the organisation, else the person. In a list
        of people the person comes first: "Ann Smith, ACME".
        """
        if self.is_person and self.person and self.organisation:
            return f"{self.person}, {self.organisation}"
        return self.commune or self.organisation or self.person or self.email or ""

    @property
    def has_postal_address(self) -> bool:
        """Whether a letter on paper can reach it."""
        return bool(self.locality and (self.postcode or self.country))  # not all have postcodes

    @property
    def town_line(self) -> str:
        """Postcode and locality, and another country by its code; "" where none is known."""
        town = f"{self.postcode} {self.locality}".strip()
        return f"{town} ({self.country})" if self.country else town


@dataclass(frozen=True, slots=True, kw_only=True)
class RowProblem:
    """One cell or row of a sheet that was not taken as it stands.

    `code` names the reason for `merge.words`; `taken` says whether the recipient was kept.
    `of_sheet` marks what is wrong with the whole sheet. `cell` is all of the cell's text, where it
    is known which one is meant.
    """

    path: str
    row: int
    column: str
    value: str
    code: str
    suggestion: str = ""
    taken: bool = True
    of_sheet: bool = False
    cell: str | None = None


class MendedCell(NamedTuple):
    """A cell that a person mended in what was read of a sheet, and not in the sheet.

    `before` is the cell as the sheet has it. `anchor` are the cells that say who the row is about,
    also as the sheet has them: with `before` they find it in a later file; `row` is where it stood.
    """

    row: int
    column: str  # its header
    before: str
    after: str
    anchor: tuple[str, ...]


LARGEST_MESSAGE = 10_000_000
"""Bytes of an e-mail as it is sent: many servers refuse more than 10,240,000, Postfix's default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A file of the campaign folder that goes with an e-mail: a picture, or an attachment.

    `path` is below the folder, its parts parted by "/". A picture has the `content_id` by which
    the HTML shows it (RFC 2392) and its `width` in pixels, 0 where its file does not say; an
    attachment has none. What everybody gets has its `sha256` (hex); what one recipient gets has the
    `column` whose cell names it instead.
    """

    path: str
    media_type: str
    content_id: str = ""
    sha256: str = ""
    column: str = ""
    width: int = 0

    @property
    def name(self) -> str:
        """The file's own name, as the recipient sees it."""
        return self.path.rpartition("/")[2]


class Pieced(str):
    """Text that also knows the pieces it was put together from.

    What a template says itself is the same piece in every letter: whoever works on letters can do
    so once for all of them.
    """

    __slots__ = ("pieces",)

    pieces: tuple[str, ...]

    def __new__(cls, *pieces: str) -> Self:
        """The pieces, one after the other."""
        self = super().__new__(cls, "".join(pieces))
        self.pieces = pieces
        return self

    def __reduce__(self) -> tuple[type[Self], tuple[str, ...]]:
        return type(self), self.pieces


@dataclass(frozen=True, slots=True)
class Slotted:
    """HTML as what its template says and what was filled in, by turns: parts[0], values[0], …

    There is one part more than values. Whoever has the same `parts` took the same branch at every
    `if`. A value is HTML too: escaped, or whole elements; it may stand in an attribute.
    """

    parts: tuple[str, ...] = ("",)
    values: tuple[str, ...] = ()

    @property
    def html(self) -> str:
        """The complete document."""
        turns = [text for turn in zip(self.parts, self.values, strict=False) for text in turn]
        return "".join((*turns, self.parts[-1]))


class Letter(NamedTuple):
    """One recipient's letter, rendered for one channel.

    An e-mail has `html`, its HTML part, and a printed letter `page`: complete documents. `text`
    says the same as plain text (the e-mail's text part); a lot's letters leave it out. Of an e-mail
    both are `Pieced`. `address` are the lines of the window, of which the first `addressee` say
    who; with `shares_envelope` it goes into that of the letter before it. `name` finds the
    letter in a lot. `enclosures` go with an e-mail; a page shows its pictures itself, and has no
    attachments.
    `attached` is the page that an e-mail takes along as a PDF, if it does. From the second `wave`
    on it is a reminder, which `follows` the e-mail with that Message-ID.
    """

    key: str
    channel: Channel
    reference: str
    subject: str
    text: str
    html: str = ""
    page: Slotted = Slotted()
    address: tuple[str, ...] = ()
    addressee: int = 2
    shares_envelope: bool = False
    name: str = ""
    enclosures: tuple[Enclosure, ...] = ()
    attached: Letter | None = None
    wave: int = 1
    follows: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstLetter:
    """What a reminder says of the first letter: the day on which it left, and how."""

    date: date
    channel: Channel
    message_id: str = ""  # of an e-mail


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFault:
    """Why one recipient's letter cannot leave as it is. A value: the others go.

    `field` is what an `edit` would mend, "" when only the letter itself can be mended.
    """

    key: str
    code: str
    field: str = ""
    value: str = ""


class Envelope(NamedTuple):
    """RFC 5321 sender and recipient: one recipient address an attempt."""

    sender: str
    recipient: str


class Message(NamedTuple):
    """One e-mail as it is handed over: the exact bytes, and to whom."""

    envelope: Envelope
    message_id: str
    data: bytes


class Delivery(NamedTuple):
    """One recipient's outcome in one wave, as the ledger has it.

    `address` is where it went: a mailbox, or the street and the town on its envelope; "" while it
    has gone nowhere.
    """

    id: int
    key: str
    wave: int
    channel: Channel
    status: Status
    at: datetime
    address: str = ""
    message_id: str = ""
    code: int | None = None
    enhanced: str = ""
    detail: str = ""
    sha256: str = ""
    fingerprint: str = ""
    lot: int | None = None
    position: int | None = None
    sheets: int | None = None
    attempts: int = 0
    not_before: datetime | None = None  # a deferred delivery waits until then


class Attempt(NamedTuple):
    """One try of one delivery. Never changed, never erased but by purge."""

    key: str
    wave: int
    at: datetime
    channel: Channel
    status: Status
    phase: str
    code: int | None
    enhanced: str
    words: str
    duration_ms: int
    sender: str  # the token of the process that tried


class Lot(NamedTuple):
    """One printed batch: a PDF of `letters` recipients on `sheets` sheets."""

    number: int
    at: datetime
    path: str  # relative to the campaign folder
    letters: int
    sheets: int
    sha256: str
    status: Status
    printed_at: datetime | None = None
    posted_at: datetime | None = None
    handed_at: datetime | None = None  # to a printer: written down before it hears of it
    handed_to: str = ""


class Addressed(NamedTuple):
    """To whom a letter of a lot goes, as the ledger has it."""

    key: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintFile:
    """A PDF that is what the ledger says it is: a lot, or some of its letters."""

    path: str  # absolute
    duplex: bool
    sheets: int  # with the cover sheet
    paper: PaperName


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One recipient's place in a lot."""

    key: str
    position: int
    sheets: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One letter as it came out on paper: how many pages, and what is wrong with its window."""

    key: str
    pages: int
    fault: LetterFault | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How many letters were set fast, how many plainly and why, how many both ways to compare."""

    fast: int = 0
    plain: int = 0
    checked: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: Ways) -> Ways:
        names = dict.fromkeys((*self.reasons, *other.reasons))
        return Ways(
            fast=self.fast + other.fast,
            plain=self.plain + other.plain,
            checked=self.checked + other.checked,
            reasons={n: self.reasons.get(n, 0) + other.reasons.get(n, 0) for n in names},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LotFile:
    """A lot that has been made: the PDF's bytes are at `path`, not yet in anybody's hands.

    `sheets` counts the cover sheet. `overlong` are the keys whose letter has a third page;
    `faults` are of those who were left out, and where all were, `pages` is empty and there is no
    file. `warnings` are the typesetter's own words about a style that it does not know.
    """

    path: str
    sha256: str
    sheets: int
    pages: tuple[Page, ...]
    overlong: tuple[str, ...] = ()
    faults: tuple[LetterFault, ...] = ()
    warnings: tuple[str, ...] = ()
    ways: Ways = field(default_factory=Ways)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Each recipient counted once, in its present channel: the sums agree."""

    recipients: int
    by_channel: Mapping[Channel, Mapping[Status, int]]
    unreachable: int

    @property
    def email(self) -> Mapping[Status, int]:
        """E-mail's; it is always there."""
        return self.by_channel[Channel.EMAIL]

    @property
    def paper(self) -> Mapping[Status, int]:
        """Paper's; it is always there."""
        return self.by_channel[Channel.PAPER]

    @property
    def waiting(self) -> int:
        """How many letters could still leave."""
        return sum(map(self.waiting_on, self.by_channel))

    def waiting_on(self, channel: Channel) -> int:
        """How many of those are on this channel."""
        return sum(n for status, n in self.by_channel[channel].items() if status.is_waiting)
