"""What the core needs of the world beside it: letters, mail, paper, time. The ledger it calls.

`merge.app` puts the rooms that fill them together; tests fill them with what they need.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from merge.model import (
    Addressed,
    Channel,
    Letter,
    LetterFault,
    Lot,
    LotFile,
    Message,
    Page,
    PrintFile,
    Recipient,
)
from merge.outcome import Answered, Asked, HeldMessage, Notices, Unreachable
from merge.post.envelope import Names

if TYPE_CHECKING:  # a command's options need none of the database
    from merge.campaign.pace import Hours
    from merge.campaign.returns import OwnAccount
    from merge.campaign.suppression import Gate
    from merge.ledger.accounts import Accounts
    from merge.ledger.archive import Archive
    from merge.ledger.ledger import Ledger
    from merge.ledger.records import QuotaLimits


class Template(Protocol):
    """One letter with blanks, compiled once, from which both channels are rendered."""

    @property
    def version(self) -> str:
        """SHA-256 over template, look and the settings that stand in the letter, in hex."""

    def render(
        self, recipient: Recipient, channel: Channel, names: Names | None = None
    ) -> Letter | LetterFault:
        """The recipient's letter; with `names` in the place of their own on the envelope.

        LetterError when the fault is the letter's own.
        """

    def household(self, people: Sequence[Recipient]) -> Names | None:
        """The names on an envelope that these share; None where it cannot be one."""

    def own(self, recipient: Recipient) -> str:
        """What of the letter was written for this recipient alone; "" when there is nothing."""

    def own_version(self, recipient: Recipient) -> str:
        """SHA-256 of what this recipient alone gets out of files; "" when there is nothing."""


class Composer(Protocol):
    """Letter → the bytes of an e-mail (RFC 5322); pure."""

    def compose(
        self, letter: Letter, *, to: str, wave: int, date: datetime
    ) -> Message | LetterFault:
        """The same letter, address, wave and date always give the same bytes.

        LetterFault when the address or the subject cannot stand in a header as it is.
        """


class PostOffice(Protocol):
    """Connections to the next server, each of which carries one message after the other.

    offer → Asked → (the caller commits the intent) → hand_over → Answered; or Answered at once,
    when the server refuses before it asks for the body.
    """

    @property
    def size_limit(self) -> int | None:
        """Octets of the largest message that the server takes; None where it does not say."""

    @property
    def free_places(self) -> int:
        """How many more messages can be offered now, so that no connection stands idle."""

    def offer(self, message: Message) -> None:
        """MAIL, RCPT, DATA, as soon as a connection is free for it."""

    def turn(self) -> Sequence[Asked | Answered | Unreachable]:
        """Wait until the server has something to say. () after a while in which it had not.

        Behind Unreachable the next turn connects anew.
        """

    def hand_over(self, message: Message) -> None:
        """The body and the final dot of a message that was asked for."""

    def close(self, asked: Message | None = None, *, but_bodies: bool = False) -> None:
        """Hang up, on the one that waits for this body, or on all; never raises. Of what was
        offered and not handed over nothing has left, and nothing more is heard of it.
        `but_bodies`: those on their way are still heard of, and a later offer connects anew.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Everything that sending needs, built by `merge.app`.

    `receiver` is the name, in `limits`, of who receives mail for a domain; "" for one without.
    """

    ledger: Ledger
    archive: Archive
    accounts: Accounts
    gate: Gate
    template: Template
    composer: Composer
    post_office: PostOffice
    watch: Watch
    account: OwnAccount
    limits: QuotaLimits
    envelope_sender: str
    connections: int = 1
    hours: Hours | None = None
    receiver: Callable[[str], str] = lambda domain: ""


class Mailbox(Protocol):
    """The sender's own mailbox, logged in. Read, and never changed but for copies of sent mail.

    Every call may raise Trouble: the mailbox is out of reach, or refuses.
    """

    def holding(self, message_ids: Sequence[str]) -> Sequence[HeldMessage]:
        """What of these the folder of sent mail, or that of all mail, holds."""

    def file(self, data: bytes) -> None:
        """Append a copy to the folder of sent mail: read, and dated as the message itself."""

    def bounces(self, *, since: datetime, after: str) -> Notices:
        """What came back since the mailbox was last read up to `after` ("": since that day)."""


class LotMaker(Protocol):
    """Letters → the PDF of one lot."""

    def ahead(self, lots: Iterable[Sequence[Letter]], n: int) -> Generator[Sequence[Letter]]:
        """The same lots, in their order, `n` letters in all: each is to be made when it comes.

        Told beforehand of those that follow, the press can work on them meanwhile.
        """

    def make(self, number: int, letters: Sequence[Letter], at: datetime) -> LotFile:
        """Write the lot where nobody looks yet (`outbox/making`). Same input, same bytes.

        Those at fault are left out of it: see `LotFile`.
        """

    def forget(self, path: str) -> None:
        """Take away a made lot that the ledger does not know of."""

    def publish(self, path: str) -> str:
        """Move a made lot to its place in `outbox/lots`, once the ledger knows of it."""

    def separate(
        self, lot: Lot, pages: Sequence[Page], addressed: Sequence[Addressed]
    ) -> Sequence[str]:
        """One PDF a recipient beside the published lot; their paths, in the lot's order."""


class LotStore(Protocol):
    """The PDFs of the lots as they lie in `outbox/lots`."""

    def complete(self, lot: Lot, pages: Sequence[Page]) -> PrintFile:
        """The lot's PDF, with every letter of it still among `pages`.

        Refused: "lot-file-missing" (or its SHA-256 is not the ledger's),
        "lot-incomplete".
        """

    def part(self, lot: Lot, pages: Sequence[Page], first: int, last: int) -> PrintFile:
        """The letters `first` to `last` of a lot, from its own pages, under a cover sheet of
        their own. Refused as `complete`."""


class Interruption(Protocol):
    """Whether the user asked to stop (first Ctrl-C or SIGTERM)."""

    @property
    def asked(self) -> bool:
        """True from the first time on."""


class Watch(Interruption, Protocol):
    """Time, so that a test can own it; waiting ends when someone asks to stop."""

    def now(self) -> datetime:
        """Aware, in UTC."""

    def wait_until(self, when: datetime) -> None:
        """Returns early when the command was interrupted."""
