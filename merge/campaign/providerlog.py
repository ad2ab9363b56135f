"""A provider's log as a table: which of our letters stand in it, and what became of them. Pure.

Every provider calls its columns and states otherwise; those in use are listed here. A row counts
by the Message-ID, else by the address and a time that fits. What cannot be told for sure is no
proof, and is left to a person.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal
from zoneinfo import ZoneInfo

from merge.errors import SheetError
from merge.mail.addresses import AddressRefused, to_wire
from merge.model import Delivery
from merge.outcome import written_in

Fate = Literal["taken", "came-back", ""]

CLOCKS_DIFFER = timedelta(minutes=10)
LOGGED_WITHIN = timedelta(days=5)  # a provider tries that long, and then notes the end

_COLUMNS: Mapping[str, frozenset[str]] = {
    "message-id": frozenset(
        {"message id", "messageid", "msg id", "msgid", "x message id", "smtp id", "id message"}
        | {"identifiant du message", "identifiant message"}
    ),
    "recipient": frozenset(
        {"to", "recipient", "recipients", "email", "e mail", "rcpt", "rcpt to", "address"}
        | {"destinataire", "destinataires", "adresse", "courriel", "a", "email address"}
    ),
    "date": frozenset(
        {"date", "time", "timestamp", "ts", "at", "datetime", "date time", "sent at", "event time"}
        | {"event date", "horodatage", "heure", "date d envoi", "date et heure", "date heure"}
    ),
    "status": frozenset(
        {"status", "state", "event", "result", "delivery status", "type", "event type"}
        | {"statut", "etat", "evenement", "resultat", "st text"}
    ),
}
_TAKEN = frozenset(
    {"sent", "delivered", "delivery", "accepted", "processed", "request", "requests", "success"}
    | {"ok", "open", "opened", "first opening", "unique opened", "click", "clicked", "queued"}
    # Taken, and on its way: the provider goes on trying by itself.
    | {"deferred", "soft bounce", "softbounce", "soft bounced", "delayed", "differe", "en file"}
    | {"envoye", "envoyee", "delivre", "delivree", "livre", "livree", "remis", "distribue"}
    | {"accepte", "acceptee", "ouvert", "clique"}
)
_CAME_BACK = frozenset(
    {"bounce", "bounced", "hard bounce", "hardbounce", "hard bounced", "failed", "failure"}
    | {"undelivered", "undeliverable", "expired", "invalid", "invalid email", "permanent fail"}
    | {"rebond", "rebond dur", "echec", "non remis", "non distribue", "adresse invalide"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a log says of one delivery of ours: the row, and the provider's own word."""

    delivery: Delivery
    fate: Fate
    row: int
    word: str


def read_log(
    headers: Sequence[str],
    rows: Iterable[tuple[int, Sequence[str]]],
    wanted: Mapping[str, tuple[Delivery, datetime]],
    *,
    others: Iterable[Delivery] = (),
    path: str,
    zone: ZoneInfo,
) -> Sequence[Entry]:
    """The rows about the letters `wanted`: by Message-ID, each with the time when it was written.

    `others` went to the same addresses and are in no doubt: a row without a Message-ID that may be
    about one of them proves nothing. A time without a zone is in `zone`.

    SheetError("log-columns") when the table has not the columns it takes, ("log-bad-date") for a
    time that cannot be read in a row that could be ours.
    """
    place = _places(headers, path)
    by_id = {_bare(message_id): found for message_id, found in wanted.items()}
    by_address: dict[str, list[tuple[Delivery, datetime]]] = {}
    for found in wanted.values():
        by_address.setdefault(found[0].address.casefold(), []).append(found)
    last_beside: dict[str, datetime] = {}
    for other in others:
        address = other.address.casefold()
        last_beside[address] = max(other.at, last_beside.get(address, other.at))
    entries: list[Entry] = []
    for number, cells in rows:
        cell = {name: cells[column].strip() for name, column in place.items()}
        address = cell.get("recipient", "").strip("<>").casefold()
        ours = None
        if cell.get("message-id"):
            ours = by_id.get(_bare(cell["message-id"]))
            if ours is not None and not _may_be_about(cell, *ours, zone):
                continue
        elif address in by_address and (date := cell.get("date")) is not None:
            at = _time(date, zone)
            if at is None:
                column = headers[place["date"]]
                raise SheetError("log-bad-date", path=path, row=number, column=column, value=date)
            ours = _the_one_at(at, by_address[address], last_beside.get(address))
        if ours is not None:
            word = cell["status"]
            entries.append(Entry(delivery=ours[0], fate=_fate(word), row=number, word=word))
    return entries


def settled(entries: Sequence[Entry]) -> Mapping[int, Entry]:
    """The entry that decides, by delivery: what came back had been taken before."""
    decided: dict[int, Entry] = {}
    for entry in entries:
        known = decided.get(entry.delivery.id)
        if entry.fate and (known is None or entry.fate == "came-back"):
            decided[entry.delivery.id] = entry
    return decided


def columns_of(headers: Sequence[str], called: Mapping[str, Collection[str]]) -> Mapping[str, int]:
    """The first column for each of these names that has one; how it may be `called`, folded."""
    found: dict[str, int] = {}
    for column, header in enumerate(headers):
        for name, spellings in called.items():
            if folded(header) in spellings:
                found.setdefault(name, column)
    return found


def _places(headers: Sequence[str], path: str) -> Mapping[str, int]:
    place = columns_of(headers, _COLUMNS)
    by_address = {"recipient", "date"} <= place.keys()
    if "status" not in place or not ("message-id" in place or by_address):
        raise SheetError("log-columns", path=path, headers=", ".join(headers))
    return place


def _may_be_about(
    cell: Mapping[str, str], delivery: Delivery, written: datetime, zone: ZoneInfo
) -> bool:
    """Whether a row with its Message-ID may be about this letter.

    The one before an edit had the same Message-ID, and another address or an earlier time.
    """
    to = cell.get("recipient", "")
    if "@" in to and written_in(to).isdisjoint(_ways_to_write(delivery.address)):
        return False
    at = _time(cell.get("date", ""), zone)
    return at is None or at >= written - CLOCKS_DIFFER


def _ways_to_write(address: str) -> Iterator[str]:
    yield address.casefold()
    with suppress(AddressRefused):
        yield to_wire(address).casefold()


def _the_one_at(
    at: datetime, candidates: Sequence[tuple[Delivery, datetime]], last_beside: datetime | None
) -> tuple[Delivery, datetime] | None:
    """The one letter to an address that the time fits; None when there are several, or none."""
    if last_beside and at <= last_beside + LOGGED_WITHIN:
        return None
    fitting = [
        (delivery, written)
        for delivery, written in candidates
        if written - CLOCKS_DIFFER <= at <= delivery.at + LOGGED_WITHIN
    ]
    return fitting[0] if len(fitting) == len(candidates) == 1 else None


def _fate(word: str) -> Fate:
    """What the provider's word for it means; "" for a word that is not known, or says neither."""
    plain = folded(word)
    if plain in _TAKEN:
        return "taken"
    return "came-back" if plain in _CAME_BACK else ""


def _time(text: str, zone: ZoneInfo) -> datetime | None:
    """ISO 8601, seconds since 1970, 24/11/2026 10:15 or RFC 5322. None when it is none of them."""
    if re.fullmatch(r"1\d{9}(\.\d+)?", text):
        return datetime.fromtimestamp(float(text), UTC)
    day_first = re.fullmatch(r"(\d\d)/(\d\d)/(\d{4})[ T,à]+(\d\d)[:h](\d\d)(?::(\d\d))?", text)
    try:
        if day_first:
            day, month, year, hour, minute, second = (int(part or 0) for part in day_first.groups())
            found = datetime(year, month, day, hour, minute, second)
        elif re.match(r"\d{4}-\d\d-\d\d.\d", text):
            found = datetime.fromisoformat(text)
        elif re.search(r"\d ?[ap]\.?m", text, re.IGNORECASE):
            return None  # RFC 5322 knows no afternoon: it would be taken for the morning
        else:
            found = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # no date; a year that no calendar has
        return None
    return found if found.tzinfo else found.replace(tzinfo=zone)


def _bare(message_id: str) -> str:
    return message_id.strip().strip("<>")


def folded(text: str) -> str:
    """Words of a log without case, accents and punctuation."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(re.findall(r"[a-z0-9]+", letters))
