"""The sender's own mailbox, and what came back to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from merge.outcome import Kept, Notices


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
