"""Connections to the next server, and the folder that stands for them in a rehearsal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from merge.errors import Trouble
from merge.model import Message, Outcome


class Asked(NamedTuple):
    """The server said 354: it waits for the body of this message, of which nothing has left."""

    message: Message


class Answered(NamedTuple):
    """This message's attempt is over. SENT, DEFERRED, FAILED, or UNKNOWN when no reply came."""

    message: Message
    outcome: Outcome


class Unreachable(NamedTuple):
    """No connection comes about: nothing is said of any message, and all stay offered."""

    trouble: Trouble


class PostOffice(Protocol):
    """Connections to the next server, each of which carries one message after the other.

    offer → Asked → (the caller writes the intent down) → hand_over → Answered; or Answered at
    once, when the server refuses before it asks for the body.
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

        Behind Unreachable the next turn connects anew, unless everything was recalled.
        """

    def hand_over(self, message: Message) -> None:
        """The body and the final dot of a message that was asked for."""

    def recall(self) -> Sequence[Message]:
        """Take back what was offered and not handed over: nothing of it has left.

        What stands behind a body that is on its way is taken back once that is answered.
        """

    def withdraw(self, message: Message) -> None:
        """Give up one that was asked for, before the first byte of its body."""

    def close(self) -> None:
        """QUIT; never raises."""


class Keeping(Protocol):
    """A folder that stands for the post office in a rehearsal."""

    def keep(self, message: Message) -> None:
        """Write its exact bytes into a file of its own."""
