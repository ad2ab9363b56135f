"""Export the suppression list as CSV, and import one from another computer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from merge.app import export
from merge.app.confined import read_sheet
from merge.app.opening import Campaign, now, open_campaign
from merge.app.running import missing, running
from merge.app.suppress import keep_suppressed, line_of
from merge.campaign import suppression
from merge.errors import ExitCode, Misuse
from merge.french.communes import fold
from merge.job import Consent, Give, Listener, Result, Want
from merge.ledger.records import Kind, SuppressedName, Suppression

if TYPE_CHECKING:
    from merge.recipients.cells import Cells

COLUMNS = ("kind", "name", "reason", "date")
_TITLES: Mapping[str, frozenset[str]] = {
    "kind": frozenset({"kind"}),
    "name": frozenset({"name", "who", "qui", "email", "adresse", "courriel", "domaine"}),
    "reason": frozenset({"reason", "why", "pourquoi", "motif", "raison"}),
}


def written(place: Path, *, excel: bool = False) -> bytes:
    """The list as CSV, without lines of one campaign or lines erased by a purge."""
    with open_campaign(place, access="read", command="suppress") as campaign:
        rows = [
            {
                "kind": line.kind.value,
                "name": line.name,
                "reason": "" if line.reason == suppression.CAME_BACK else line.reason,
                "date": f"{line.at.astimezone(campaign.zone):%Y-%m-%d}",
            }
            for line in campaign.accounts.suppression.lines()
            if line.value and line.kind is not Kind.RECIPIENT  # of one campaign, here
        ]
        return b"".join(export.written(COLUMNS, rows, "excel" if excel else "csv"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a file would add to the list. `left` are numbers of rows that name nobody."""

    lines: Sequence[Suppression]  # those that are not on it yet
    known: int
    left: Sequence[int]
    recipients: int  # of this campaign whom the new lines name

    @property
    def wants(self) -> tuple[Want, ...]:
        """Consent to add just these; none where nothing is new."""
        facts = {"n": len(self.lines), "recipients": self.recipients}
        want = Want(code="take-list", facts=facts, give=Give.YES, option="--yes")
        return (want,) if self.lines else ()


@contextmanager
def open(place: Path, listener: Listener) -> Iterator[Campaign]:
    """A campaign in whose name a list is taken."""
    with open_campaign(place, access="share", command="suppress", listener=listener) as campaign:
        yield campaign


def plan(campaign: Campaign, file: Path | BinaryIO) -> Plan:
    """Read a sheet with a column “name” in row 1, and list the lines that it would add.

    SheetError; Misuse("list-no-name").
    """
    table = read_sheet(file, header_row=1)  # a guess may take a short list's first line for data
    place_of = {
        what: next((n for n, title in enumerate(table.headers) if fold(title) in titles), None)
        for what, titles in _TITLES.items()
    }
    if place_of["name"] is None:
        raise Misuse("list-no-name", path=table.path, columns=", ".join(table.headers))

    def cell(cells: Cells, what: str) -> str:
        place = place_of[what]
        return "" if place is None else cells[place].strip()

    recipients, at = campaign.ledger.recipients(), now()
    known = campaign.accounts.suppression.known()
    lines: dict[SuppressedName, Suppression] = {}
    left = [problem.row for problem in table.told]
    old = 0
    for row, cells in table.rows.items():
        name = cell(cells, "name").removeprefix("'")
        try:
            line = line_of(campaign, recipients, name)
        except Misuse:
            left.append(row)
            continue
        if cell(cells, "kind") == Kind.DEAD and line.kind is Kind.ADDRESS:
            line = suppression.named(Kind.DEAD, line.value)
        if known.reason(line) is not None:
            old += 1
            continue
        lines[line] = Suppression(
            kind=line.kind,
            value=line.value,
            reason=cell(cells, "reason") or Path(table.path).name,
            at=at,
        )
    named = suppression.those_named(recipients, lines, campaign.ledger.campaign_id)
    return Plan(
        lines=list(lines.values()),
        known=old,
        left=sorted(left),
        recipients=len(named),
    )


def run(campaign: Campaign, plan: Plan, consents: Sequence[Consent]) -> Result:
    """Add the lines. Facts: `new` lines, and letters `stopped`."""
    if wants := missing(plan.wants, consents):
        return Result(code=ExitCode.REFUSED, wants=wants)
    with running(campaign, "suppress", {"lines": len(plan.lines)}, consents) as job:
        new = campaign.accounts.suppression.take(plan.lines)
        facts = {"new": new, "stopped": keep_suppressed(campaign)}
        code = ExitCode.PARTLY if plan.left else ExitCode.DONE
        return job.end(Result(code=code, facts=facts))
