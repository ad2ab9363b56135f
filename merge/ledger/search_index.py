"""An index in memory for the log's search and its order by name, kept between queries.

To sort all of France by name takes 40 ms, and to search it 60. The index lasts until an import, an
edit or a purge; with it a server answers in a tenth.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from merge.french.communes import fold
from merge.ledger import schema

INDEXES_KEPT = 2
"""Campaigns; with all of France 12 MB each."""

_recipients = schema.recipients.c
SEARCHED = (
    *("email", "commune", "key", "first_name", "surname"),
    *("alternates", "street", "postcode", "locality", "organisation", "number"),
)
"""The columns that a search looks through; the first may be NULL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchIndex:
    """`places` of all recipients, sorted by name; `lines` has the folded text of each to search.

    `departments` are the codes of all.
    """

    version: str
    places: array[int]
    lines: Sequence[str]
    departments: Sequence[str]

    def found(self, typed: str) -> list[int]:
        """The places of recipients whose lines contain each word; of all for no word."""
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
    """A token that changes with each import, undo, edit and purge, and where an older ledger was
    restored: what was done to it since was done at another time.
    """
    imports, edits = schema.imports.c, schema.edits.c
    asked = (
        select(func.max(imports.at)),
        select(func.count(imports.undone_at)),
        select(func.max(imports.undone_at)),
        select(func.max(edits.at)),
        select(func.count(edits.id)),
        select(func.count()).select_from(schema.recipients),
        select(func.count()).where(_recipients.source == ""),  # no sheet names whom a purge erased
    )
    return "/".join(str(tx.execute(each).scalar_one() or 0) for each in asked)


def search_index(tx: Connection) -> SearchIndex:
    """The current index of the open campaign."""
    campaign = str(tx.execute(select(schema.campaign.c.uuid)).scalar_one())
    version = list_version(tx)
    known = _known.pop(campaign, None)
    if known is None or known.version != version:
        known = _read(tx, version)
    _known[campaign] = known
    while len(_known) > INDEXES_KEPT:
        del _known[next(iter(_known))]
    return known


def forget() -> None:
    """Somebody was erased: what was read is read again."""
    _known.clear()


_known: dict[str, SearchIndex] = {}  # by campaign; the one used last comes last


def _read(tx: Connection, version: str) -> SearchIndex:
    columns = (_recipients.position, _recipients.department, schema.NAME)
    searched = (_recipients[name] for name in SEARCHED)
    rows = []
    departments = set()
    for place, department, name, *cells in tx.execute(select(*columns, *searched)):
        departments.add(department)
        rows.append((fold(name), place, fold(" ".join(cell or "" for cell in cells))))
    rows.sort()
    return SearchIndex(
        version=version,
        places=array("q", (place for _name, place, _line in rows)),
        lines=[line for _name, _place, line in rows],
        departments=sorted(filter(None, departments)),
    )
