"""What becomes of an e-mail: what the next server says to it, and what comes back for it.

The records that mail, campaign and ledger share.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from merge.errors import Trouble
from merge.model import Message, Status

_BETWEEN = re.compile(r"[\s<>,;]+")

# At the next server


class Phase(StrEnum):
    """How far an attempt came; after the body, a silence proves nothing."""

    DNS = "dns"  # before any connection: what is known of its domain
    CONNECT = "connect"
    LOGIN = "login"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    BODY = "body"
    BOUNCE = "bounce"  # it was accepted, and came back


class Aim(StrEnum):
    """What a refusal is about. Only RECIPIENT may ever fail a recipient."""

    RECIPIENT = "recipient"
    ACCOUNT = "account"  # the sender, the quota, the content: the account pauses
    CONNECTION = "connection"  # this connection is over; a fresh one may do


class Outcome(NamedTuple):
    """What came of one attempt: the status it leads to and the other side's own words."""

    status: Status
    phase: Phase
    aim: Aim = Aim.RECIPIENT
    code: int | None = None  # RFC 5321 reply code
    enhanced: str = ""  # RFC 3463, "5.1.1"
    words: str = ""  # one line, control characters removed
    duration_ms: int = 0


class Asked(NamedTuple):
    """The server said 354: it waits for the body of this message, of which nothing has left."""

    message: Message


class Answered(NamedTuple):
    """This message's attempt is over. SENT, DEFERRED, FAILED, or UNKNOWN when no reply came.

    QUEUED where the server refused it whole because of the login: it is as if never offered.
    """

    message: Message
    outcome: Outcome


class Unreachable(NamedTuple):
    """No connection comes about: nothing is said of any message, and all stay offered."""

    trouble: Trouble


# In the sender's mailbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """What a server reported of one message that it had accepted, and did not deliver.

    `to` is the To of the message that came back, `final` the address that it was tried at last;
    each "" when the report does not show it. The outcome's `aim` says whether the report is about
    the recipient or about the sender.
    """

    message_id: str
    to: str
    at: datetime  # when the report came
    outcome: Outcome
    final: str = ""

    def is_of(self, address: str) -> bool:
        """Whether it is the letter to this address: an edited one keeps its Message-ID."""
        return not self.to or address.casefold() in written_in(self.to)

    def is_forwarders(self, address: str) -> bool:
        """Whether it is about an address to which this one's mail was sent on: of this one it
        proves nothing.
        """
        is_another = self.final.casefold() not in ("", address.casefold())
        return is_another and self.outcome.aim is Aim.RECIPIENT and self.is_of(address)


def written_in(text: str) -> frozenset[str]:
    """All that may be an address in a header or a cell, whole and case-folded.

    To look for one in the text itself would find info@ in mairie-info@.
    """
    return frozenset(_BETWEEN.split(text.casefold()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """What came back, and how far the mailbox has been read: for the next reading."""

    bounces: tuple[Bounce, ...]
    read_to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldMessage:
    """One message that a mailbox holds, by the headers that tell it from every other.

    A Message-ID alone does not: a letter that is sent again after an edit keeps it.
    """

    message_id: str
    date: str
    to: str


FIRST_LOOK_OCTETS = 200_000
"""How much of a mail is read to see what it is: a report, and the headers of what came back."""

LARGEST_KEPT_OCTETS = 25_000_000
"""A larger mail is not fetched whole: its beginning is kept, and its size is told."""


class Sort(StrEnum):
    """What a mail is, by what it says of itself."""

    ANSWER = "answer"  # a person wrote it, as far as anybody can tell
    AUTO = "auto-reply"  # RFC 3834, or what says the same without the header
    RECEIPT = "receipt"  # it was delivered, or displayed (RFC 3464, RFC 8098)
    DELAY = "delay"  # a server still tries
    BOUNCE = "bounce"  # a server has given up
    COMPLAINT = "complaint"  # it was called unwanted, at its provider (RFC 5965)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail as it lies in a mailbox or a folder; of a large one, its beginning."""

    data: bytes
    at: datetime
    size: int  # of all of it
    whole: Callable[[], bytes]  # fetches the rest

    @property
    def is_cut(self) -> bool:
        """Whether `data` is not all of it."""
        return len(self.data) < self.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """What one mail says, as far as it may be about a letter of ours.

    `digests` are what our Message-IDs are made of (`merge.mail.message`), wherever a reply, a
    bounce or an address repeats them. `text` is what the writer wrote: plain, safe to show, and
    without what it quotes. `references` are the keys behind "Réf.", quoted or not.
    """

    identity: str  # the same mail, read from anywhere, has the same
    sort: Sort
    at: datetime
    sender: str = ""  # the address in From
    sender_name: str = ""
    subject: str = ""
    digests: tuple[str, ...] = ()
    verp: tuple[str, ...] = ()  # digests in the addresses it was sent to
    references: tuple[str, ...] = ()
    bounce: Bounce | None = None
    about: tuple[str, ...] = ()  # the addresses that a bounce or a complaint names
    complaint: str = ""  # what a complaint says that it is: "abuse", "opt-out"
    text: str = ""
    is_bulk: bool = False  # a newsletter, a mailing list
    is_given_up: bool = False  # it takes too much to read: what its headers say is all
