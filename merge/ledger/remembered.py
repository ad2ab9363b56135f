"""What the list of recipients is looked through by, remembered from one look to the next.

To sort all of France by name takes 40 ms, and to search it 60; while letters leave, neither names
nor addresses change. A command that looks once gains nothing by it; a server answers in a tenth.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from merge.french.communes import fold
from merge.ledger import schema

CAMPAIGNS_KEPT = 2
"""Of all of France, 12 MB each."""

_recipients = schema.recipients.c
SEARCHED = (
    *("email", "commune", "key", "first_name", "surname"),
    *("alternates", "street", "postcode", "locality"),
)
"""By what one is found; the first of them may not be known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ByName:
    """The places of all recipients by the names of their communes, each with what it is found by.

    `lines` are folded; `departments` are the codes of all.
    """

    version: str
    places: array[int]
    lines: Sequence[str]
    departments: Sequence[str]

    def found(self, typed: str) -> list[int]:
        """The places of those in whose lines each word stands that was typed; of all for none."""
        words = fold(typed).split()
        if not words:
            return list(self.places)
        first, *others = sorted(words, key=len, reverse=True)
        return [
            place
            for place, line in zip(self.places, self.lines, strict=True)
            if first in line and all(word in line for word in others)
        ]


def list_version(tx: Connection) -> str:
    """A mark that changes with each import, undo, edit and purge; it has no other meaning."""
    imports, edits = schema.imports.c, schema.edits.c
    asked = (
        select(func.max(imports.id)),
        select(func.count(imports.undone_at)),
        select(func.max(edits.id)),
        select(func.count()).select_from(schema.recipients),
        select(func.count()).where(_recipients.source == ""),  # no sheet names whom a purge erased
    )
    return "/".join(str(tx.execute(each).scalar_one() or 0) for each in asked)


def by_name(tx: Connection) -> ByName:
    """All recipients of the campaign that is open, as they are now."""
    campaign = str(tx.execute(select(schema.campaign.c.uuid)).scalar_one())
    version = list_version(tx)
    known = _known.pop(campaign, None)
    if known is None or known.version != version:
        known = _read(tx, version)
    _known[campaign] = known
    while len(_known) > CAMPAIGNS_KEPT:
        del _known[next(iter(_known))]
    return known


_known: dict[str, ByName] = {}  # the one that was asked for last comes last


def _read(tx: Connection, version: str) -> ByName:
    columns = (_recipients.position, _recipients.department, _recipients.commune)
    searched = (_recipients[name] for name in SEARCHED)
    rows = []
    departments = set()
    for place, department, commune, *cells in tx.execute(select(*columns, *searched)):
        departments.add(department)
        rows.append((fold(commune), place, fold(" ".join(cell or "" for cell in cells))))
    rows.sort()
    return ByName(
        version=version,
        places=array("q", (place for _name, place, _line in rows)),
        lines=[line for _name, _place, line in rows],
        departments=sorted(filter(None, departments)),
    )
