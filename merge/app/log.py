"""The ledger as rows: a row for each delivery, each attempt, or each town that has answered.

Cells are text; nothing here makes words for people. `page` is for a person who looks through the
recipients: a screen at a time, and nothing of the others is read.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from merge.app.chosen import Narrowing
from merge.app.opening import Campaign, narrowed, open_campaign
from merge.campaign.answers import ANSWER_COLUMNS, Row, answer_rows, every_town, understood
from merge.ledger.ledger import Ledger
from merge.ledger.records import ANSWER_STATES, LogFilter, LogLine, LogOrder
from merge.model import Attempt, Channel, Delivery, Lot, Recipient

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
    "lines",
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
Of = Literal["deliveries", "attempts", "answers"]
"""What has a row each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """Rows that have these columns."""

    columns: Sequence[str]
    rows: Sequence[Row]
    is_to_people: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLog:
    """The same, whose rows come as they are read, and once."""

    columns: Sequence[str]
    rows: Iterable[Row]
    is_to_people: bool


_ATTEMPTS_AT_ONCE = 1000
PAGE = 50
"""Recipients on one page."""

_EVERYBODY, _AS_IN_THE_SHEET = LogFilter(), LogOrder()


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPage:
    """`number` of `pages`, from 1: the lines of `total` recipients that stand on it."""

    lines: Sequence[LogLine]
    number: int
    pages: int
    total: int
    departments: Sequence[str]  # all that have a town in the campaign
    wordings: Sequence[str]  # answers of its own
    is_to_people: bool
    zone: ZoneInfo

    @property
    def first(self) -> int:
        """The place of its first line among all, from 1; 0 where there is none."""
        return (self.number - 1) * PAGE + 1 if self.lines else 0


def page(campaign: Campaign, chosen: LogFilter, order: LogOrder, number: int) -> LogPage:
    """The last page for a number behind it, and the first for one before the first."""
    listing, wanted = campaign.ledger.listing, max(number, 1)
    total, lines = listing.page(chosen, order, start=(wanted - 1) * PAGE, size=PAGE)
    pages = max(1, -(-total // PAGE))
    if wanted > pages:
        wanted = pages
        total, lines = listing.page(chosen, order, start=(wanted - 1) * PAGE, size=PAGE)
    return LogPage(
        lines=lines,
        number=wanted,
        pages=pages,
        total=total,
        departments=listing.departments(),
        wordings=wordings(campaign),
        is_to_people=campaign.settings.campaign.is_to_people,
        zone=campaign.zone,
    )


def rows(
    place: Path,
    narrowing: Narrowing,
    of: Of = "deliveries",
    chosen: LogFilter = _EVERYBODY,
    order: LogOrder = _AS_IN_THE_SHEET,
) -> Log:
    """Those of the recipients that are chosen, in this order. Misuse: see `Narrowing.keys`.

    Whom nothing reaches has no delivery: a row of its own only where those are asked for.
    """
    with open(place, narrowing, of, chosen, order) as found:
        return Log(columns=found.columns, rows=list(found.rows), is_to_people=found.is_to_people)


@contextmanager
def open(
    place: Path,
    narrowing: Narrowing,
    of: Of = "deliveries",
    chosen: LogFilter = _EVERYBODY,
    order: LogOrder = _AS_IN_THE_SHEET,
) -> Iterator[OpenLog]:
    """As `rows`, of any number."""
    with open_campaign(place, access="read", command="log") as campaign:
        ledger, zone = campaign.ledger, campaign.zone
        made = partial(OpenLog, is_to_people=campaign.settings.campaign.is_to_people)
        said = [_understood(campaign, each) for each in chosen.answers]
        chosen = replace(chosen, answers=said)
        keys = _keys(ledger, narrowing, chosen, order)
        if of == "attempts":
            yield made(columns=ATTEMPT_COLUMNS, rows=attempt_rows(ledger, keys, zone))
            return
        if of == "answers":
            wanted = None if keys is None else frozenset(keys)
            towns = [t for t in every_town(ledger) if wanted is None or t.recipient.key in wanted]
            yield made(columns=ANSWER_COLUMNS, rows=answer_rows(towns, zone))
            return
        found = log_rows(ledger, keys, zone, unreached=None in chosen.channels)
        if keys is not None and order != _AS_IN_THE_SHEET:
            place_of = {key: number for number, key in enumerate(keys)}
            found = iter(sorted(found, key=lambda row: place_of[row["key"]]))
        yield made(columns=LOG_COLUMNS, rows=found)


def _understood(campaign: Campaign, said: str) -> str:
    return said if said in ANSWER_STATES else understood(said, wordings(campaign))


def wordings_of(place: Path) -> Sequence[str]:
    """Those of the campaign in this folder."""
    with open_campaign(place, access="read", command="log") as campaign:
        return wordings(campaign)


def wordings(campaign: Campaign) -> Sequence[str]:
    """The answers of its own wording: of campaign.toml, and what stands in the ledger from before
    it was changed."""
    of_now = campaign.settings.answers.wordings
    return [*of_now, *(w for w in campaign.ledger.answers.wordings() if w not in of_now)]


def _keys(
    ledger: Ledger, narrowing: Narrowing, chosen: LogFilter, order: LogOrder
) -> Sequence[str] | None:
    """Who is meant by both; None is everybody, in the order of the sheet."""
    keys = narrowed(ledger, narrowing)
    if chosen.is_everybody and order == _AS_IN_THE_SHEET:
        return keys
    wanted = None if keys is None else frozenset(keys)
    every = ledger.listing.keys(chosen, order)
    return [key for key in every if wanted is None or key in wanted]


def log_rows(
    ledger: Ledger, keys: Sequence[str] | None, zone: ZoneInfo, *, unreached: bool = False
) -> Iterator[Row]:
    """One row a delivery, in the order of the sheet; times in `zone`, ISO 8601 with offset.

    The cause is "policy" of what came back because of its sender or its content; `lines` are the
    rows that are one recipient, where `group:` made one of several. With `unreached`
    also one, behind the others, for each of `keys` that has no delivery.
    """
    refused = ledger.stands_of_refused()
    lots = {lot.number: lot for lot in ledger.lots()}
    wanted = None if keys is None else set(keys)
    for recipient, delivery in ledger.listing.letters():
        if wanted is None or delivery.key in wanted:
            cause = "policy" if delivery.id in refused else ""
            yield _log_row(recipient, delivery, lots.get(delivery.lot or 0), zone, cause=cause)
    if unreached and wanted:
        yield from (_bare_row(each) for each in ledger.unreachable() if each.key in wanted)


def _bare_row(recipient: Recipient) -> Row:
    facts = {name: getattr(recipient, name) for name in ("key", "commune", "department")}
    facts["lines"] = len(recipient.lines) or None
    return {column: _text(facts.get(column)) for column in LOG_COLUMNS}


def _log_row(
    recipient: Recipient, delivery: Delivery, lot: Lot | None, zone: ZoneInfo, *, cause: str
) -> Row:
    is_on_paper = delivery.channel is Channel.PAPER
    at_present = recipient.town_line if is_on_paper else recipient.email
    facts = delivery._asdict() | {
        "cause": cause,
        "commune": recipient.name,
        "department": recipient.department,
        "lines": len(recipient.lines) or None,
        "address": delivery.address or at_present or "",
        "at": _local(delivery.at, zone),
        "lot_sha256": lot.sha256 if lot else "",
        "made_at": _local(lot.at if lot else None, zone),
        "printed_at": _local(lot.printed_at if lot else None, zone),
        "posted_at": _local(lot.posted_at if lot else None, zone),
    }
    return {column: _text(facts[column]) for column in LOG_COLUMNS}


def attempt_rows(ledger: Ledger, keys: Sequence[str] | None, zone: ZoneInfo) -> Iterator[Row]:
    """One row an attempt, oldest first."""
    attempts = ledger.attempts(keys[0] if keys is not None and len(keys) == 1 else None)
    wanted = None if keys is None else set(keys)
    while page := list(itertools.islice(attempts, _ATTEMPTS_AT_ONCE)):
        page = [each for each in page if wanted is None or each.key in wanted]
        names = ledger.names_of(list({each.key for each in page}))
        yield from (attempt_row(each, names[each.key], zone) for each in page)


def attempt_row(attempt: Attempt, name: str, zone: ZoneInfo) -> Row:
    """The row of one attempt to somebody of this name."""
    facts = attempt._asdict() | {"commune": name, "at": _local(attempt.at, zone)}
    return {column: _text(value) for column, value in facts.items()}


def _local(at: datetime | None, zone: ZoneInfo) -> str:
    return "" if at is None else at.astimezone(zone).isoformat(timespec="seconds")


def _text(value: object) -> str:
    return "" if value is None else str(value)
