"""What goes with a campaign to another user: who opted out, and what its account has spent.

It is read from the accounts.db of whoever hands a campaign over, and kept in that of whoever takes
it up. Taken over twice it changes nothing the second time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from merge.ledger import accounts_schema, quota, suppression
from merge.ledger.driver.database import Database, insert_new
from merge.ledger.records import Kind, Suppression
from merge.ledger.suppression import ErasedLine, SuppressionList

_pauses = accounts_schema.pauses

_MOST_SENDS = 10_000_000  # of one row: a total that a database keeps, whatever a stranger wrote


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseReport:
    """A report for which nothing leaves from the account."""

    campaign: str
    at: datetime
    code: int | None
    enhanced: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOn:
    """What goes along. `peppers` are what the erased lines may be hashed with."""

    lines: tuple[Suppression, ...]
    peppers: tuple[bytes, ...]
    erased: tuple[ErasedLine, ...]
    account: str
    sends: tuple[tuple[datetime, int], ...]
    pauses: tuple[PauseReport, ...]

    @property
    def opted_out(self) -> int:
        """How many lines of the suppression list."""
        return len(self.lines) + len(self.erased)

    def refuse_impossible(self) -> None:
        """ValueError for what no accounts.db holds: it may be a stranger's."""
        times = [at for at, _n in self.sends]
        times += [line.at for line in self.lines]
        times += [line.at for line in self.erased]
        times += [report.at for report in self.pauses]
        if any(at.tzinfo is None for at in times):
            raise ValueError("a time without its zone")
        if any(not 0 < n <= _MOST_SENDS for _at, n in self.sends):
            raise ValueError("an impossible number of sends")
        if any(not line.value for line in self.lines):
            raise ValueError("a line that names nobody")


class Passing:
    """Gives and takes it; `databases` makes accounts.db at first use.

    Quotas and pauses are in the first; the list is in all of them.
    """

    def __init__(self, databases: Callable[[], Sequence[Database]]) -> None:
        self._databases = databases

    def give(self, campaign_id: str, account: str, since: datetime) -> PassedOn:
        """What goes with this campaign, which sends from this account.

        The whole list but for recipients of other campaigns: it is who must never be written to.
        """
        first, *others = self._databases()
        lines = [line for line in SuppressionList(self._databases).lines() if line.value]
        peppers, erased = list[bytes](), list[ErasedLine]()
        for database in (first, *others):
            with database.reading() as tx:
                some_peppers, some = suppression.erased_lines(tx)
            peppers += some_peppers
            erased += some
        with first.reading() as tx:
            reports = tx.execute(select(_pauses).where(_pauses.c.account == account)).all()
            return PassedOn(
                lines=tuple(_of_campaign(lines, campaign_id)),
                peppers=tuple(peppers),
                erased=tuple(erased),
                account=account,
                sends=tuple(quota.spent(tx, account, since)),
                pauses=tuple(
                    PauseReport(
                        campaign=row.campaign, at=row.at, code=row.code, enhanced=row.enhanced
                    )
                    for row in reports
                ),
            )

    def take(self, passed: PassedOn, now: datetime) -> int:
        """Keep all of it; how many lines of the suppression list are new here. Once more after a
        kill changes nothing that was kept."""
        sends = [(min(at, now), n) for at, n in passed.sends]
        pauses = [
            {
                "account": passed.account,
                "campaign": each.campaign,
                "at": each.at,
                "code": each.code,
                "enhanced": each.enhanced,
            }
            for each in passed.pauses
        ]
        first, *others = self._databases()
        with first.writing() as tx:
            new = _take_lines(tx, passed)
            quota.take_over(tx, passed.account, sends)
            if pauses:
                tx.execute(insert_new(_pauses), pauses)
        for database in others:
            with database.writing() as tx:
                _take_lines(tx, passed)
        return new


def _take_lines(tx: Connection, passed: PassedOn) -> int:
    new = suppression.keep(tx, passed.lines)
    return new + suppression.keep_erased(tx, passed.peppers, passed.erased)


def _of_campaign(lines: Sequence[Suppression], campaign_id: str) -> Iterator[Suppression]:
    for line in lines:
        if line.kind is not Kind.RECIPIENT or line.value.startswith(f"{campaign_id} ".casefold()):
            yield line
