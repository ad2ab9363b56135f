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
from typing import TYPE_CHECKING, Literal, NamedTuple
from zoneinfo import ZoneInfo

from merge.model import (
    EMAIL_STATUSES,
    PAPER_STATUSES,
    Channel,
    Counts,
    Delivery,
    Lot,
    Recipient,
    Status,
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


def status_figures(counts: Counts) -> dict[str, object]:
    """`status --json`: each recipient once, in its present channel; zeros included."""
    return {
        "recipients": counts.recipients,
        "email": {status.value: counts.email.get(status, 0) for status in EMAIL_STATUSES},
        "paper": {status.value: counts.paper.get(status, 0) for status in PAPER_STATUSES},
        "unreachable": counts.unreachable,
    }


Step = Literal[
    "import",
    "reach",
    "account",
    "send",
    "send-again",
    "sending",
    "print",
    "print-failed",
    "edit-failed",
    "resolve",
    "resolve-lot",
    "decide",
    "edit",
    "edit-returned",
    "lot-failed",
    "post",
    "nothing",
]


class CameToNothing(NamedTuple):
    """Letters that failed or came back, by what is left to do about them.

    Whoever a purge has erased counts nowhere.
    """

    on_paper: int = 0
    """E-mails to those whose postal address is known: `print` takes them."""
    nowhere: int = 0
    """The other e-mails: another address is all that helps."""
    by_post: int = 0
    """Letters on paper that the post brought back: here too."""
    undecided: int = 0
    """E-mails that came back because of their sender or their content: a person decides."""


def came_back(ledger: Ledger) -> list[Delivery]:
    """Letters that were refused or came back, the latest of their recipient, as the sheet has them.

    A lot that the printer failed is in nobody's way back.
    """
    latest = ledger.reminders.waves()
    return [
        delivery
        for delivery in ledger.deliveries([Status.FAILED, Status.BOUNCED, Status.RETURNED])
        if (delivery.channel is Channel.EMAIL or delivery.status is Status.RETURNED)
        and delivery.wave == latest.get(delivery.key, delivery.wave)
    ]


def came_to_nothing(ledger: Ledger) -> CameToNothing:
    """How many letters ended so, in the latest wave of their recipient."""
    stands = ledger.stands_of_refused()
    ended = {
        delivery.key: delivery.channel
        for delivery in came_back(ledger)
        if stands.get(delivery.id, "paper") == "paper"
    }
    recipients = ledger.recipients_of(list(ended))
    known = [recipient for recipient in recipients if recipient.source]  # the others are erased
    by_email = [each for each in known if ended[each.key] is Channel.EMAIL]
    on_paper = sum(recipient.has_postal_address for recipient in by_email)
    return CameToNothing(
        on_paper=on_paper,
        nowhere=len(by_email) - on_paper,
        by_post=len(known) - len(by_email),
        undecided=len(ledger.refused_as_senders()),
    )


def next_steps(counts: Counts, failed: CameToNothing, *, account: bool) -> list[Step]:
    """What is left to do, most pressing first; `nothing` when everyone has been written to.

    `account`: it is said which mailbox the letters leave from.
    """

    def email(*statuses: Status) -> int:
        return sum(counts.email.get(status, 0) for status in statuses)

    def paper(*statuses: Status) -> int:
        return sum(counts.paper.get(status, 0) for status in statuses)

    steps: list[tuple[int, Step]] = [
        (1 - min(counts.recipients, 1), "import"),
        (counts.unreachable if counts.unreachable == counts.recipients else 0, "reach"),
        (email(Status.UNKNOWN), "resolve"),
        (paper(Status.UNKNOWN, Status.SUBMITTING, Status.ACCEPTED), "resolve-lot"),
        (failed.undecided, "decide"),
        (email(Status.HELD) + paper(Status.HELD), "edit"),
        (0 if account else email(Status.QUEUED), "account"),
        (email(Status.QUEUED) if account else 0, "send"),
        (email(Status.DEFERRED), "send-again"),
        (email(Status.SENDING), "sending"),  # by one who lives: those of the dead are in doubt
        (paper(Status.QUEUED), "print"),
        (0 if paper(Status.QUEUED) else failed.on_paper, "print-failed"),
        (failed.nowhere, "edit-failed"),
        (paper(Status.FAILED), "lot-failed"),
        (paper(Status.MADE, Status.PRINTED, Status.FINISHED), "post"),
        (failed.by_post, "edit-returned"),
    ]
    due: list[Step] = [step for number, step in steps if number]
    return due or ["nothing"]


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
