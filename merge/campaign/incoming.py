"""What may come back for a letter: the records that a mailbox, a folder and the ledger share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from merge.campaign.ports import Bounce

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


WANTS_NO_REMINDER = (Sort.ANSWER, Sort.COMPLAINT)
"""Whoever was heard so is not written to again by itself."""


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


class Letterbox(Protocol):
    """Where mails come from: a mailbox by IMAP, a folder of .eml files, an mbox."""

    def mails(self) -> Iterator[Sequence[Mail]]:
        """A few at a time, oldest first, never more in memory than some megabytes."""

    @property
    def read_to(self) -> str:
        """How far it has been read, after each batch: for the next time. "" where all is read."""
