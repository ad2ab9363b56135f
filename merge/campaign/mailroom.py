"""The mailbox beside the sending: what came back is read, copies of what was sent are filed.

Sending needs none of it. A mailbox that is out of reach, or refuses, is told and tried again the
next time; it never stops a letter, and never brings one into doubt.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from merge.campaign.account import OwnAccount
from merge.campaign.filing import Filed, file_copies
from merge.campaign.ports import Interruption, Mailbox
from merge.campaign.returns import read_returns
from merge.errors import LedgerError, Trouble
from merge.ledger.archive import Archive
from merge.ledger.ledger import Ledger
from merge.ledger.records import Returned

Door = Callable[[], AbstractContextManager[Mailbox]]
"""Connects, logs in, and logs out at the end; Trouble when that fails."""


@dataclass(slots=True, kw_only=True)
class Visit:
    """What one look into the mailbox brought; `trouble` is why there was not all of it."""

    returned: Returned = field(default_factory=Returned)
    filed: Filed = field(default_factory=Filed)
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailroom:
    """The mailbox of a campaign: how to open it, and whether copies are filed in it by us."""

    door: Door
    account: OwnAccount
    files_copies: bool
    provider_files: bool  # the provider files a copy of what it takes by itself

    def visit(
        self, ledger: Ledger, archive: Archive, watch: Interruption, *, filing: bool
    ) -> Visit:
        """Read what came back; with `filing` also file copies. Troubles of the mailbox are told."""
        visit = Visit()
        try:
            with self.door() as mailbox:
                visit.returned = read_returns(ledger, mailbox, self.account)
                if filing and self.files_copies:
                    file_copies(ledger, archive, mailbox, watch, visit.filed)
        except LedgerError:
            raise  # a ledger that cannot be written is everybody's trouble
        except Trouble as trouble:
            visit.trouble = trouble
        return visit
