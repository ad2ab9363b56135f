"""What makes letters: template + recipient → letter → the bytes of an e-mail."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from merge.model import Channel, Letter, LetterFault, Message, Recipient


class Template(Protocol):
    """One letter with blanks, compiled once, from which both channels are rendered."""

    @property
    def version(self) -> str:
        """SHA-256 over template, look and the settings that stand in the letter, in hex."""

    def render(self, recipient: Recipient, channel: Channel) -> Letter | LetterFault:
        """The recipient's letter. LetterError when the fault is the letter's own."""

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
