"""Connections to the next server, and the folder that stands for them in a rehearsal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from merge.model import Message
from merge.outcome import Answered, Asked, Unreachable


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
