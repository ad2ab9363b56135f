"""`Ledger`: ledger.db of one campaign, with its parts put together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from sqlalchemy import delete, insert

from merge.errors import LedgerError
from merge.ledger import schema
from merge.ledger.archive import KeptFiles
from merge.ledger.commands import Commands
from merge.ledger.figures import CampaignFigures
from merge.ledger.importing import Importing
from merge.ledger.listing import Listing
from merge.ledger.mailbox import Bouncing
from merge.ledger.printing import Printing
from merge.ledger.purging import Purging
from merge.ledger.readings import Readings
from merge.ledger.reminders import Reminders
from merge.ledger.replies import Replies, TownAnswers
from merge.ledger.resolving import Resolving
from merge.ledger.sending import Sending


class Ledger(Importing, Sending, Bouncing, Resolving, Printing, Purging):
    """ledger.db of one campaign. Readers are free; writers hold its lock (see `locks`).

    Each method stands in the part that it belongs to, and is a transaction of its own.
    """

    @cached_property
    def readings(self) -> Readings:
        """How sheets were read."""
        return Readings(self._database)

    @cached_property
    def replies(self) -> Replies:
        """The mails that came back."""
        return Replies(self._database)

    @cached_property
    def answers(self) -> TownAnswers:
        """What towns said."""
        return TownAnswers(self._database)

    @cached_property
    def reminders(self) -> Reminders:
        """The later waves."""
        return Reminders(self._database, self._sender)

    @cached_property
    def files(self) -> KeptFiles:
        """What letters are made of, for machines without the folder."""
        return KeptFiles(self._database)

    @cached_property
    def commands(self) -> Commands:
        """The runs of commands."""
        return Commands(self._database, self._sender, self._alive, self._accounts.lives)

    @cached_property
    def figures(self) -> CampaignFigures:
        """What came of it, counted."""
        return CampaignFigures(self._database)

    @cached_property
    def listing(self) -> Listing:
        """The log, a page at a time."""
        return Listing(self._database)

    @contextmanager
    def telling_damage(self) -> Iterator[None]:
        """LedgerError("ledger-damaged") for an error that pages out of order explain."""
        try:
            yield
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            # To look through the whole ledger at each opening would take too long.
            if self._database.is_sound():
                raise
            path = self._database.name
            raise LedgerError("ledger-damaged", path=path, words=repr(error)) from error

    def ask_for_hands(self, run: int, n: int) -> None:
        """Ask so many workers to help this run, on a server: see `work`."""
        from merge.ledger.work import enqueue  # no file needs a queue

        with self._database.writing() as tx:
            enqueue(tx, self.campaign_id, run, n)

    def set_fact(self, name: str, value: str) -> None:
        """Remember a fact about the campaign; the last value counts."""
        with self._database.writing() as tx:
            tx.execute(delete(schema.facts).where(schema.facts.c.name == name))
            tx.execute(insert(schema.facts).values(name=name, value=value))
