"""Reports of several groups as one: strangers' files, of which no cell is believed."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path

from merge.app.confined import LETTER, read_sheet
from merge.app.report import Report
from merge.campaign.answers import REPORT_COLUMNS, Row, State
from merge.confined import helpers
from merge.errors import SheetError, Trouble
from merge.french.communes import department_of, reference
from merge.ledger.records import Grade, web_address
from merge.model import Channel
from merge.words.language import _

_LONGEST = 500  # signs of a cell
_FORMS = {
    "insee": r"([0-9]{5}|2[AB][0-9]{3})?",
    "channel": "|".join(("", *Channel)),
    "state": "|".join(State),
    "grade": "|".join(("", *Grade)),
    "evidence": "([0-9a-f]{64})?",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignRows:
    """The rows of a report; `dropped` are the places of addresses that are none of the web."""

    rows: Sequence[Row]
    dropped: Sequence[str]


def join(paths: Sequence[Path], now: datetime) -> tuple[Report, Sequence[str]]:
    """The report of these reports, and what was dropped. Errors as `read`."""
    rows, dropped, names = list[Row](), list[str](), list[str]()
    for path in paths:
        name, found = _group(path), read(path)
        names.append(f"{name} ({path})" if name in names else name)
        rows += [{"asked_by": names[-1], **row} for row in found.rows]
        dropped += found.dropped
    report = Report(
        id=hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()[:32],
        name=_("Several campaigns together"),
        group=", ".join(names),
        at=now,
        rows=sorted(rows, key=lambda row: (row["insee"], row["commune"])),
        sources=names,
    )
    return report, dropped


def read(path: Path) -> ForeignRows:
    """The rows of one. SheetError: those of `read_sheet`; "report-unlike" for any other sheet."""
    head = read_sheet(path, header_row=1)
    for name in REPORT_COLUMNS:
        if name not in head.headers:
            raise SheetError("report-unlike", path=str(path), row=1, value="", name=name)
    rows, dropped = list[Row](), list[str]()
    for number, cells in head.rows.items():
        row = dict(zip(head.headers, cells, strict=True))
        row = {name: row[name] for name in (*REPORT_COLUMNS, "asked_by") if name in row}
        for name, cell in row.items():
            if not _fits(name, cell):
                raise SheetError(
                    "report-unlike", path=str(path), row=number, value=cell[:50], name=name
                )
        try:
            web_address(row["address"])
        except ValueError:
            dropped.append(f"{path}:{number}: {row['address']}")
            row["address"] = ""
        if known := reference().get(row["insee"]):
            row["commune"] = known.name
        row["department"] = department_of(row["insee"])
        rows.append(row)
    return ForeignRows(rows=rows, dropped=dropped)


def _fits(name: str, cell: str) -> bool:
    if name.endswith("_on"):
        try:
            return not cell or date.fromisoformat(cell).isoformat() == cell
        except ValueError:
            return False
    return len(cell) <= _LONGEST and re.fullmatch(_FORMS.get(name, ".*"), cell) is not None


def _group(path: Path) -> str:
    """The group named in the datapackage.json beside this file, else the name of its folder."""
    try:
        return str(helpers.run(partial(said_beside, path.absolute()), LETTER))[:_LONGEST]
    except (Trouble, helpers.RanAway):
        return path.absolute().parent.name


def said_beside(path: Path) -> str:
    """The group named there. Runs in a helper: the file is a stranger's."""
    text = path.with_name("datapackage.json").read_text("utf-8")
    return str(json.loads(text)["contributors"][0]["title"])
