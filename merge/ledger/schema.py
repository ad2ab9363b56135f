"""The tables of ledger.db, and their rows as the records of `merge.model`.

The tables are as the newest migration leaves them (a test compares the two).

Times are stored in UTC. States are words (see `states`), so that a person with an SQL shell can
read them. Nothing here is one database's own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    case,
    false,
    func,
    select,
    text,
)

from merge.french.communes import fold
from merge.job import JobState
from merge.ledger.column_types import (
    AnswerText,
    CampaignId,
    ChannelName,
    OneLine,
    UtcTime,
    Whole,
    words,
)
from merge.ledger.driver.database import json_object, partial_index, telling_damage
from merge.model import Attempt, Delivery, LetterFault, Lot, Recipient, Status

_NOTHING = text("''")


def _text(name: str) -> Column[Any]:
    return Column(name, Text, nullable=False, server_default=_NOTHING)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# One row. `install` is the accounts.db that this ledger lives beside (see `identity`);
# `counter` counts the commits after which something could have left.
campaign = Table(
    "campaign",
    metadata,
    Column("id", Whole, primary_key=True),
    Column("uuid", CampaignId, nullable=False),
    Column("install", String(36), nullable=False),
    Column("counter", Whole, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

facts = Table(
    "facts",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

# What letters are made of, as one .zip, for machines without the folder; on a server, and there one
# row at most.
files = Table(
    "files",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("packed", LargeBinary, nullable=False),
)

# A recipient as it stands now: the newest sheet with every edit on top. `edited` holds, as JSON
# by attribute, what edits decided: a later sheet does not overrule it.
recipients = Table(
    "recipients",
    metadata,
    Column("key", String(255), primary_key=True),
    Column("position", Whole, nullable=False, unique=True),
    _text("commune"),
    Column("insee", String(5)),
    Column("article_code", Whole),
    _text("department"),
    Column("population", Whole),
    Column("sex", String(1)),
    _text("first_name"),
    _text("surname"),
    Column("email", Text),
    _text("alternates"),  # JSON list
    _text("street"),  # JSON list
    _text("postcode"),
    _text("locality"),
    _text("fields"),  # JSON object
    _text("source"),
    Column("row", Whole, nullable=False),
    _text("edited"),
    _text("organisation"),
    _text("civility"),
    _text("country"),
    _text("number"),
    _text("lines"),  # JSON list of objects; "" for none
    _text("rows"),  # JSON list
    _text("fault"),
    Column("is_person", Boolean, nullable=False, server_default=false()),
    _text("search"),  # see `searched`
)

edits = Table(
    "edits",
    metadata,
    Column("id", Whole, primary_key=True),
    Column("recipient", ForeignKey("recipients.key"), nullable=False, index=True),
    Column("at", UtcTime, nullable=False),
    Column("field", Text, nullable=False),
    Column("value", Text, nullable=False),
)

# `counter` and `first_position` are the campaign's at the import's beginning: with them it can be
# undone.
imports = Table(
    "imports",
    metadata,
    Column("id", Whole, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("added", Whole, nullable=False),
    Column("changed", Whole, nullable=False),
    Column("unchanged", Whole, nullable=False),
    Column("absent", Whole, nullable=False),
    Column("counter", Whole, nullable=False),
    Column("first_position", Whole, nullable=False),
    Column("undone_at", UtcTime),
)

# The recipients that an import changed, as they were before; under `delivery`, the letter that may
# leave again because of it.
import_before = Table(
    "import_before",
    metadata,
    Column("import_id", ForeignKey("imports.id"), primary_key=True),
    Column("recipient", ForeignKey("recipients.key"), primary_key=True, index=True),
    Column("record", Text, nullable=False),  # JSON object, by column
)

import_sources = Table(
    "import_sources",
    metadata,
    Column("import_id", ForeignKey("imports.id"), primary_key=True),
    Column("place", Whole, primary_key=True),
    Column("file", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
)

# How a sheet was read, for the next one of its shape: what was answered and said by options.
readings = Table(
    "readings",
    metadata,
    Column("import_id", ForeignKey("imports.id"), primary_key=True),
    Column("place", Whole, primary_key=True),
    Column("shape", String(64), nullable=False),
    Column("reading", Text, nullable=False),  # JSON object
)

# Cells that were mended in what was read of sheets of one shape, and not in the sheets.
mended_cells = Table(
    "mended_cells",
    metadata,
    Column("number", Whole, primary_key=True),
    Column("shape", String(64), nullable=False, index=True),
    Column("row", Whole, nullable=False),
    Column("header", Text, nullable=False),
    _text("before"),
    _text("after"),
    Column("anchor", Text, nullable=False),  # JSON list
    Column("at", UtcTime, nullable=False),
)

lots = Table(
    "lots",
    metadata,
    Column("number", Whole, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("path", Text, nullable=False),
    Column("letters", Whole, nullable=False),
    Column("sheets", Whole, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("status", words(Status), nullable=False),
    Column("printed_at", UtcTime),
    Column("posted_at", UtcTime),
    Column("handed_at", UtcTime),
    _text("handed_to"),
)

# One recipient's outcome in one wave. A recipient that nothing can reach has none.
# Which statuses follow which on a channel stands in its file in `merge.channels`.
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Whole, primary_key=True),
    Column("recipient", ForeignKey("recipients.key"), nullable=False),
    Column("wave", Whole, nullable=False),
    Column("channel", ChannelName, nullable=False),
    Column("status", words(Status), nullable=False),
    Column("at", UtcTime, nullable=False),
    _text("address"),
    _text("message_id"),
    Column("code", Whole),
    _text("enhanced"),
    _text("detail"),
    Column("sha256", String(64), nullable=False, server_default=_NOTHING),
    Column("fingerprint", String(64), nullable=False, server_default=_NOTHING),
    Column("lot", ForeignKey("lots.number"), index=True),
    Column("position", Whole),
    Column("sheets", Whole),
    # The token of the sender that has it in hand; its word counts only while that sender lives.
    Column("claimant", String(80)),
    Column("not_before", UtcTime),  # deferred waits until then
    # The channel whose queue the lot took it from: a discarded lot puts it back there.
    Column("taken_from", ChannelName),
    # The SHA-256 of the message whose copy lies in the mailbox's folder of sent mail, and the
    # token of the sender that is about to file one.
    Column("copied", String(64), nullable=False, server_default=_NOTHING),
    Column("copier", String(80)),
    # Where it stood before it was suppressed: whoever takes that back puts it there again.
    Column("rested_from", words(Status)),
    UniqueConstraint("recipient", "wave"),
    # Has all that `counts` counts. Were the status first, a few deliveries would be looked for
    # among all of their status.
    Index(None, "wave", "channel", "status"),
)

# Only claimed rows are indexed: the many that are queued or done have no claimant.
partial_index(deliveries.c.claimant, deliveries.c.claimant.is_not(None))

# Every try, and every word of a person about one. Only `purge` ever erases.
attempts = Table(
    "attempts",
    metadata,
    Column("id", Whole, primary_key=True),
    Column("recipient", ForeignKey("recipients.key"), nullable=False),
    Column("wave", Whole, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("channel", ChannelName, nullable=False),
    Column("status", words(Status), nullable=False),
    Column("phase", String(16), nullable=False),
    Column("code", Whole),
    _text("enhanced"),
    _text("words"),
    Column("duration_ms", Whole, nullable=False),
    _text("sender"),
    Index(None, "recipient", "wave"),
)

# Mails that came back, each once: what a mail is known by is a hash of its headers. `recipient` is
# empty while nobody has decided whose it is. Of a dismissed one only that hash is kept;
# of an erased one also the recipient.
replies = Table(
    "replies",
    metadata,
    Column("number", Whole, primary_key=True),
    Column("identity", String(64), nullable=False, unique=True),
    Column("sort", String(16), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("recipient", ForeignKey("recipients.key"), index=True),
    Column("wave", Whole, nullable=False),
    Column("by", String(16)),
    _text("proposals"),  # JSON list of [key, what speaks for it]
    _text("sender"),
    _text("sender_name"),
    _text("subject"),
    Column("sha256", String(64), nullable=False, server_default=_NOTHING),
    Column("size", Whole, nullable=False),
    Column("is_cut", Boolean, nullable=False),
    Column("from_elsewhere", Boolean, nullable=False),
    _text("wants_peace"),
    Column("dismissed", Boolean, nullable=False),
)

# What a town said, by mail, by phone, on paper or at a council, as a person put it down. The one
# that was given last counts.
answers = Table(
    "answers",
    metadata,
    Column("number", Whole, primary_key=True),
    Column("recipient", ForeignKey("recipients.key"), nullable=False, index=True),
    Column("meaning", AnswerText, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("way", String(16), nullable=False),
    _text("note"),
    Column("noted_at", UtcTime, nullable=False),
    Column("who", OneLine, nullable=False, server_default=_NOTHING),
    Column("grade", String(16), nullable=False, server_default=_NOTHING),
    _text("address"),
    Column("evidence", String(64), nullable=False, server_default=_NOTHING),
    Column("published", Boolean, nullable=False, server_default=false()),
)

# One row for each job: one run of a command. `sender` is the token
# of the process that runs it: one that lives no more was killed. Options, consents and results are
# JSON, and never hold a password.
commands = Table(
    "commands",
    metadata,
    Column("number", Whole, primary_key=True),
    Column("command", String(16), nullable=False),
    _text("options"),
    _text("consents"),
    Column("who", OneLine, nullable=False, server_default=_NOTHING),
    _text("sender"),
    Column("state", words(JobState), nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("next_at", UtcTime),
    Column("stop_requested", Boolean, nullable=False),
    Column("exit_code", Whole),
    _text("result"),
)

# What a job told while it ran: few, and only of the last jobs.
events = Table(
    "events",
    metadata,
    Column("number", Whole, primary_key=True),
    Column("command", ForeignKey("commands.number"), nullable=False, index=True),
    Column("at", UtcTime, nullable=False),
    _text("code"),
    _text("facts"),
)


# Rows ↔ records

_LISTS = ("alternates", "street")
_OF_GROUPS = ("lines", "rows")  # lists that few have: "" is none
as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_read = json.JSONDecoder().raw_decode  # what we wrote has no spaces around it
_ATTRIBUTES = Recipient._fields
_LIST_PLACES = [_ATTRIBUTES.index(name) for name in _LISTS]
_GROUP_PLACES = [_ATTRIBUTES.index(name) for name in _OF_GROUPS]
_FIELDS_PLACE = _ATTRIBUTES.index("fields")

_tries = (
    select(func.count())
    .select_from(attempts)
    .where(
        attempts.c.recipient == deliveries.c.recipient,
        attempts.c.wave == deliveries.c.wave,
    )
    .scalar_subquery()
)


def _columns(table: Table, names: Sequence[str], **elsewhere: Any) -> tuple[Any, ...]:
    return tuple(elsewhere[name] if name in elsewhere else table.c[name] for name in names)


RECIPIENT_COLUMNS = _columns(recipients, _ATTRIBUTES)
_who = recipients.c
_organisation = func.nullif(_who.organisation, "")
_person = func.nullif(func.trim(_who.first_name + " " + _who.surname), "")
NAME = func.coalesce(
    case((_who.is_person, _person + ", " + _organisation)),
    *(func.nullif(_who.commune, ""), _organisation, _person),
    *(_who.email, ""),
)
"""`Recipient.name`."""
DELIVERY_COLUMNS = _columns(
    deliveries, Delivery._fields, key=deliveries.c.recipient, attempts=_tries
)
ATTEMPT_COLUMNS = _columns(attempts, Attempt._fields, key=attempts.c.recipient)
LOT_COLUMNS = _columns(lots, Lot._fields)


def columns_of(some: Sequence[Recipient]) -> dict[str, Sequence[Any]]:
    """The `RECIPIENT_COLUMNS` of some recipients, by name: each as a column."""
    columns: dict[str, Any] = dict(zip(_ATTRIBUTES, zip(*some, strict=True), strict=True))
    for name in _LISTS:
        columns[name] = [f"[{','.join(map(as_json, each))}]" for each in columns[name]]
    for name in _OF_GROUPS:
        columns[name] = [as_json(each) if each else "" for each in columns[name]]
    columns["fields"] = [
        f"{{{','.join(f'{as_json(header)}:{as_json(cell)}' for header, cell in each.items())}}}"
        for each in columns["fields"]
    ]
    return columns


def whole(some: Sequence[Recipient]) -> dict[str, Sequence[Any]]:
    """The columns of `recipients` that these recipients fill."""
    return {**columns_of(some), "search": [*map(searched, some)]}


def searched(who: Recipient) -> str:
    """The text that a search looks through, as `fold` makes it: the name, which the log is sorted
    by, and in a second line where and by what else they are known.
    """
    known = (who.key, who.first_name, who.surname, who.organisation, who.number, who.email or "")
    place = (*who.alternates, *who.street, who.postcode, who.locality)
    return f"{fold(who.name)}\n{fold(' '.join((*known, *place)))}"


@telling_damage
def recipient_of(row: Sequence[Any]) -> Recipient:
    """A recipient from its `RECIPIENT_COLUMNS` (more may follow)."""
    values = [*row[: len(_ATTRIBUTES)]]
    for place in _LIST_PLACES:
        values[place] = tuple(_read(values[place])[0]) if values[place] != "[]" else ()
    for place in _GROUP_PLACES:
        values[place] = tuple(_read(values[place])[0]) if values[place] else ()
    fields = values[_FIELDS_PLACE]
    values[_FIELDS_PLACE] = dict(**_read(fields)[0]) if fields != "{}" else {}
    return Recipient(*values)


def what_was_edited(
    before: Recipient | None, after: Recipient, named: Mapping[str, str], earlier: str
) -> str:
    """What edits have decided about a recipient so far, as JSON by attribute.

    Everything that the edit changed, everything it named even if the value is as it was, and
    what `earlier` edits decided; `fields` by header.
    """
    decided = json_object(earlier) if earlier else {}
    for name in _ATTRIBUTES:
        if name in ("key", "source", "row", "fields"):
            continue
        if name in named or before is None or getattr(before, name) != getattr(after, name):
            decided[name] = getattr(after, name)
    headers: dict[str, str] = decided.get("fields", {})
    headers |= {
        header: value
        for header, value in after.fields.items()
        if header in named or before is None or before.fields.get(header) != value
    }
    if headers:
        decided["fields"] = headers
    return as_json(decided)


def with_edits(recipient: Recipient, edited: str) -> Recipient:
    """A recipient from a sheet with what edits have decided on top."""
    decided = json_object(edited)
    for name in _LISTS:
        if name in decided:
            decided[name] = tuple(decided[name])
    if "fields" in decided:
        decided["fields"] = {**recipient.fields, **decided["fields"]}
    return recipient._replace(**decided)


def held(fault: LetterFault, at: datetime) -> dict[str, Any]:
    """What a delivery becomes that is kept back; `detail` is `code` or `code field=value`."""
    detail = f"{fault.code} {fault.field}={fault.value}" if fault.field else fault.code
    return {
        "status": Status.HELD,
        "at": at,
        "detail": detail,
        "claimant": None,
        "not_before": None,
    }
