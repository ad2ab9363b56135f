"""Notes of files that hold personal data out of reach of a purge: exports, backups, downloads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select

from merge.ledger import accounts_schema
from merge.ledger.driver.database import Database

_exports = accounts_schema.exports


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One such file. `kind` is what made it ("backup", "log"); `name` is a path where known."""

    number: int
    kind: str
    name: str
    at: datetime


class Exports:
    """The notes of all campaigns of this user, in accounts.db."""

    def __init__(self, database: Callable[[], Database]) -> None:
        self._database = database

    def note(self, campaign_id: str, kind: str, name: str, at: datetime) -> None:
        """Note a file that is about to be written or downloaded."""
        with self._database().writing() as tx:
            row = {"campaign": campaign_id, "kind": kind, "name": name, "at": at}
            tx.execute(insert(_exports).values(row))

    def of(self, campaign_id: str) -> Sequence[Export]:
        """The notes of one campaign, oldest first."""
        mine = select(_exports).where(_exports.c.campaign == campaign_id)
        with self._database().reading() as tx:
            return [
                Export(number=row.number, kind=row.kind, name=row.name, at=row.at)
                for row in tx.execute(mine.order_by(_exports.c.number))
            ]

    def forget(self, campaign_id: str, number: int) -> bool:
        """Remove the note of a file that a person has deleted; whether there was one."""
        one = (_exports.c.campaign == campaign_id, _exports.c.number == number)
        with self._database().writing() as tx:
            return tx.execute(delete(_exports).where(*one)).rowcount == 1
