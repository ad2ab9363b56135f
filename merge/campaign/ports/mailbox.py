"""The sender's own mailbox, and what came back to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

from merge.model import Delivery, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One message that a mailbox holds, by the headers that tell it from every other.

    A Message-ID alone does not: a letter that is sent again after an edit keeps it.
    """

    message_id: str
    date: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """What a server reported of one message that it had accepted, and did not deliver.

    `to` is the To of the message that came back, "" when the report does not show it. The
    outcome's `aim` says whether the report is about the recipient or about the sender.
    """

    message_id: str
    to: str
    at: datetime  # when the report came
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """What came back, and how far the mailbox has been read: for the next reading."""

    bounces: tuple[Bounce, ...]
    read_to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What a reading of the mailbox changed: whose letter came back, and whose because of us."""

    bounced: tuple[Delivery, ...] = ()
    about_us: tuple[Delivery, ...] = ()


class Refused(NamedTuple):
    """The reports that are about the sender or the content, since a person last looked.

    `letters` is how many came back so of the `of` (a hundred at most) up to the last that did.
    """

    reports: tuple[Bounce, ...]
    letters: int
    of: int


class Tried(NamedTuple):
    """How many e-mails were accepted, and when the reports of letters that came back came."""

    accepted: int
    bounced: Sequence[datetime]
    refused: Sequence[datetime]  # because of us


Decision = Literal["later", "paper", "leave"]
"""What becomes of the letters that came back because of us."""

Stand = Literal["waits", "paper", "left"]
"""How such a letter stands: it waits for a person, who has put it on paper, or left it."""


class Mailbox(Protocol):
    """The sender's own mailbox, logged in. Read, and never changed but for copies of sent mail.

    Every call may raise Trouble: the mailbox is out of reach, or refuses.
    """

    def holding(self, message_ids: Sequence[str]) -> Sequence[Kept]:
        """What of these the folder of sent mail, or that of all mail, holds."""

    def file(self, data: bytes) -> None:
        """Append a copy to the folder of sent mail: read, and dated as the message itself."""

    def bounces(self, *, since: datetime, after: str) -> Notices:
        """What came back since the mailbox was last read up to `after` ("": since that day)."""
