"""What the ledger says, as rows and figures: the log, its exports, the status, one recipient.

Everything here reads. Cells are text; nothing here makes words for people.
"""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from merge.model import (
    Channel,
    Delivery,
    Lot,
    Recipient,
)

if TYPE_CHECKING:  # what stands in a log, commands know without a database
    from merge.ledger.ledger import Ledger

LOG_COLUMNS = (
    "key",
    "commune",
    "channel",
    "status",
    "at",
    "address",
    "message_id",
    "code",
    "detail",
    "sha256",
    "department",
    "wave",
    "enhanced",
    "lot",
    "position",
    "sheets",
    "attempts",
    "lot_sha256",
    "made_at",
    "printed_at",
    "posted_at",
    "cause",
)
ATTEMPT_COLUMNS = (
    "key",
    "commune",
    "wave",
    "at",
    "channel",
    "status",
    "phase",
    "code",
    "enhanced",
    "words",
    "duration_ms",
    "sender",
)
Row = Mapping[str, str]

_UNSEEN = {"Cc", "Cf", "Zl", "Zp", "Zs"}
_BEGINS_A_FORMULA = {*"=+-@|%", "\N{MINUS SIGN}"}


def log_rows(ledger: Ledger, keys: Sequence[str] | None, zone: ZoneInfo) -> list[Row]:
    """One row a delivery, in the order of the sheet; times in `zone`, ISO 8601 with offset.

    The cause is "policy" of what came back because of its sender or its content.
    """
    recipients = {r.key: r for r in ledger.recipients()}
    refused = ledger.stands_of_refused()
    lots = {lot.number: lot for lot in ledger.lots()}
    wanted = None if keys is None else set(keys)
    return [
        _log_row(
            recipients[delivery.key],
            delivery,
            lots.get(delivery.lot or 0),
            zone,
            cause="policy" if delivery.id in refused else "",
        )
        for delivery in ledger.deliveries()
        if wanted is None or delivery.key in wanted
    ]


def _log_row(
    recipient: Recipient, delivery: Delivery, lot: Lot | None, zone: ZoneInfo, *, cause: str
) -> Row:
    is_on_paper = delivery.channel is Channel.PAPER
    at_present = recipient.town_line if is_on_paper else recipient.email
    facts = delivery._asdict() | {
        "cause": cause,
        "commune": recipient.commune,
        "department": recipient.department,
        "address": delivery.address or at_present or "",
        "at": _local(delivery.at, zone),
        "lot_sha256": lot.sha256 if lot else "",
        "made_at": _local(lot.at if lot else None, zone),
        "printed_at": _local(lot.printed_at if lot else None, zone),
        "posted_at": _local(lot.posted_at if lot else None, zone),
    }
    return {column: _text(facts[column]) for column in LOG_COLUMNS}


def attempt_rows(ledger: Ledger, keys: Sequence[str] | None, zone: ZoneInfo) -> list[Row]:
    """One row an attempt, oldest first."""
    if keys is not None and len(keys) == 1:
        recipients, attempts = ledger.recipients_of(keys), ledger.attempts(keys[0])
    else:
        recipients, attempts = ledger.recipients(), ledger.attempts()
    communes = {r.key: r.commune for r in recipients}
    wanted = None if keys is None else set(keys)
    return [
        {
            column: _text(value)
            for column, value in (
                attempt._asdict()
                | {"commune": communes[attempt.key], "at": _local(attempt.at, zone)}
            ).items()
        }
        for attempt in attempts
        if wanted is None or attempt.key in wanted
    ]


def as_csv(columns: Sequence[str], rows: Iterable[Row], *, excel: bool) -> bytes:
    """The rows as CSV (RFC 4180), UTF-8; with `excel`, as a French Excel opens it by itself.

    No cell starts a formula: such a cell gets a leading apostrophe, in both forms.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";" if excel else ",", lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([harmless(row[column]) for column in columns] for row in rows)
    return text.getvalue().encode("utf-8-sig" if excel else "utf-8")


def as_json(rows: Sequence[Row]) -> str:
    """The rows as a JSON array of objects of strings."""
    return json.dumps(list(rows), ensure_ascii=False, indent=1)


def as_xlsx(columns: Sequence[str], rows: Iterable[Row]) -> bytes:
    """The rows as a workbook. Every cell is text, so no leading zero is lost and nothing runs."""
    import xlsxwriter

    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as workbook:
        sheet = workbook.add_worksheet("publipostage")
        sheet.freeze_panes(1, 0)
        for number, row in enumerate([dict(zip(columns, columns, strict=True)), *rows]):
            for column, name in enumerate(columns):
                sheet.write_string(number, column, row[name])
        sheet.autofit()
    return content.getvalue()


def _local(at: datetime | None, zone: ZoneInfo) -> str:
    return "" if at is None else at.astimezone(zone).isoformat(timespec="seconds")


def _text(value: object) -> str:
    return "" if value is None else str(value)


def harmless(cell: str) -> str:
    """The cell, with an apostrophe where a spreadsheet would take it for a formula.

    OWASP, "CSV injection": also behind white space and signs that nobody sees, and in the wide
    forms of East Asia, which a spreadsheet may fold.
    """
    seen = (sign for sign in cell if unicodedata.category(sign) not in _UNSEEN)
    first = unicodedata.normalize("NFKC", next(seen, ""))
    return "'" + cell if first[:1] in _BEGINS_A_FORMULA else cell
