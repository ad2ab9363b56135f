"""Sheet → recipients → ledger."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from merge.campaign.plan import Narrowing, channel_for
from merge.campaign.ports import ImportChange
from merge.model import Delivery, Recipient, RowProblem
from merge.settings import SelectSettings
from merge.wiring.campaigns import Campaign, now

if TYPE_CHECKING:
    from merge.recipients.sheet import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """What sheets hold, before anything is kept."""

    tables: tuple[Table, ...]
    recipients: tuple[Recipient, ...]
    problems: tuple[RowProblem, ...]
    sources: tuple[tuple[str, str], ...]  # (file, SHA-256)


def read_sheets(
    campaign: Campaign,
    sheets: Sequence[str],
    *,
    encoding: str | None,
    delimiter: str | None,
    header_row: int | None,
    sheet: str | None,
    overrides: Mapping[str, str],
    department: str | None,
) -> Incoming:
    """Read sheets one after the other, joined by key with each other and with what is known.

    `[select]` chooses who is kept. "-" is standard input.
    """
    from merge.recipients import columns, contacts, joining
    from merge.recipients import sheet as sheet_room

    tables: list[Table] = []
    problems: list[RowProblem] = []
    sources: list[tuple[str, str]] = []
    known = {recipient.key: recipient for recipient in campaign.books.recipients()}
    recipients: dict[str, Recipient] = {}
    for name in sheets:
        source = sys.stdin.buffer.read() if name == "-" else Path(name)
        table = sheet_room.read_sheet(
            source, encoding=encoding, delimiter=delimiter, header_row=header_row, sheet=sheet
        )
        meaning = columns.assign(table.headers, overrides=overrides)
        found, trouble = contacts.recipients(table, meaning, department=department)
        tables.append(table)
        problems += trouble
        content = source if isinstance(source, bytes) else source.read_bytes()
        sources.append((name, hashlib.sha256(content).hexdigest()))
        for said in found:
            before = recipients.get(said.key) or known.get(said.key)
            recipients[said.key] = joining.joined(before, said, meaning) if before else said
    return Incoming(
        tables=tuple(tables),
        recipients=tuple(contacts.select(list(recipients.values()), campaign.settings.select)),
        problems=tuple(problems),
        sources=tuple(sources),
    )


def chosen(campaign: Campaign, narrowing: Narrowing) -> Sequence[str] | None:
    """The keys that a command may write to: `[select]`, narrowed by its options; None is all.

    `[select]` holds at every command, for who was imported before it was written, too.
    """
    recipients = campaign.books.recipients()
    keys = narrowing.keys(recipients, campaign.books.deliveries())
    if campaign.settings.select == SelectSettings():
        return keys
    from merge.recipients import contacts

    left = {r.key for r in contacts.select(recipients, campaign.settings.select)}
    return [key for key in ([r.key for r in recipients] if keys is None else keys) if key in left]


def store(campaign: Campaign, incoming: Incoming) -> ImportChange:
    """Keep what was read: all of it or nothing."""
    return campaign.books.store_import(
        incoming.recipients,
        {r.key: channel_for(r) for r in incoming.recipients},
        sources=incoming.sources,
        at=now(),
    )


def edit_recipient(
    campaign: Campaign, recipient: Recipient, changes: Mapping[str, str]
) -> Delivery | None:
    """Change one recipient as a sheet would; its delivery afterwards, None when unreachable."""
    from merge.recipients import contacts

    edited = contacts.edited(recipient, changes)
    campaign.books.edit(edited, changes, channel_for(edited), now())
    return campaign.books.delivery(recipient.key)


def unreachable(campaign: Campaign) -> list[Recipient]:
    """Those whom neither e-mail nor post reaches."""
    reached = {delivery.key for delivery in campaign.books.deliveries()}
    return [r for r in campaign.books.recipients() if r.key not in reached]
