"""Sheet → recipients → ledger."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from merge.app.confined import read_sheet
from merge.app.opening import Campaign, now
from merge.campaign.plan import Narrowing
from merge.errors import SheetError
from merge.ledger.records import FieldChange, ImportChange
from merge.ledger.states import channel_for
from merge.model import Channel, Delivery, Recipient, RowProblem
from merge.settings import SelectSettings

if TYPE_CHECKING:
    from merge.ledger.importing import Intake
    from merge.recipients.choosing import Selection
    from merge.recipients.mayors import FileAge
    from merge.recipients.sheet import Table

_NAMES = ("first_name", "surname", "commune")
_NOT_ON_PAPER = ("email", "alternates")
_BATCH = 2000
"""Recipients in memory at once; the ledger's statements cost least from a few hundred on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How sheets are to be read; what is None is guessed."""

    encoding: str | None = None
    delimiter: str | None = None
    header_row: int | None = None
    sheet: str | None = None
    overrides: Mapping[str, str] = field(default_factory=dict)  # `--map`: field → header
    department: str | None = None


@dataclass(slots=True, kw_only=True)
class Sheet:
    """One sheet that has been read. `age` is that of a file of mayors."""

    table: Table
    recipients: int = 0
    left_out: int = 0  # by `[select]`
    problems: int = 0
    age: FileAge | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """What an import would do, or has done.

    `renamed` are the changes of a name of those who were written to. `rewritten` are the keys of
    those whose letter on paper may be another now.
    """

    sheets: tuple[Sheet, ...]
    change: ImportChange
    renamed: tuple[FieldChange, ...]
    rewritten: frozenset[str]


def import_sheets(
    campaign: Campaign,
    names: Sequence[str],
    reading: Reading,
    *,
    notice: Callable[[RowProblem | FieldChange], None],
    keep: Callable[[Import], bool],
) -> Import:
    """Read sheets one after the other, joined by key with each other and with what is known.

    `[select]` chooses who is kept; "-" is standard input. Everything noticed on the way is told
    to `notice`. `keep` is asked at the end: all of it is kept, or nothing.

    SheetError: those of `read_sheet`, and "no-workbook" where a worksheet is wanted of text files.
    """
    from merge.recipients.choosing import Selection

    selection = Selection(campaign.settings.select)
    renamed: list[FieldChange] = []
    rewritten: set[str] = set()

    def changed(change: FieldChange) -> None:
        notice(change)
        if change.written_to and change.field in _NAMES:
            renamed.append(change)
        if change.field not in _NOT_ON_PAPER:
            rewritten.add(change.key)

    with campaign.ledger.importing(now()) as intake:
        sheets = [_take_in(name, reading, intake, selection, notice, changed) for name in names]
        if reading.sheet is not None and not any(each.table.sheet for each in sheets):
            raise SheetError("no-workbook", path=sheets[0].table.path, sheet=reading.sheet)
        selection.check()
        done = Import(
            sheets=tuple(sheets),
            change=intake.change(),
            renamed=tuple(renamed),
            rewritten=frozenset(rewritten),
        )
        if keep(done):
            intake.keep([(sheet.table.path, sheet.table.sha256) for sheet in sheets])
    return done


def _take_in(
    name: str,
    reading: Reading,
    intake: Intake,
    selection: Selection,
    notice: Callable[[RowProblem], None],
    changed: Callable[[FieldChange], None],
) -> Sheet:
    """One sheet into the ledger, a batch at a time."""
    from merge.recipients import columns, contacts
    from merge.recipients.mayors import FileAge

    table = read_sheet(
        sys.stdin.buffer if name == "-" else Path(name),
        encoding=reading.encoding,
        delimiter=reading.delimiter,
        header_row=reading.header_row,
        sheet=reading.sheet,
    )
    try:
        meaning = columns.assign(table.headers, overrides=reading.overrides)
    except SheetError as error:
        error.path = table.path
        if error.code != "no-recipient-column" or not table.other_sheets:
            raise
        raise SheetError(
            "worksheet-without-recipients",
            path=table.path,
            sheet=table.sheet,
            headers=", ".join(table.headers),
            others=", ".join(table.other_sheets),
        ) from None
    joined = partial(contacts.joined, columns=meaning)
    sheet, batch = Sheet(table=table, age=FileAge.of(table.headers)), list[Recipient]()

    def take_batch() -> None:
        for change in intake.take(batch, joined):
            changed(change)
        sheet.recipients += len(batch)
        batch.clear()

    see = sheet.age.see if sheet.age else None
    for found in contacts.read(table, meaning, department=reading.department, see=see):
        if isinstance(found, RowProblem):
            sheet.problems += 1
            notice(found)
        elif selection.takes(found):
            batch.append(found)
            if len(batch) == _BATCH:
                take_batch()
        else:
            sheet.left_out += 1
            intake.pass_over(found.key)
    take_batch()
    return sheet


def undo_import(campaign: Campaign) -> int:
    """Bring back the recipients from before the last import; how many they are."""
    return campaign.ledger.undo_import(now())


def chosen(campaign: Campaign, narrowing: Narrowing) -> Sequence[str] | None:
    """The keys that a command may write to: `[select]`, narrowed by its options; None is all.

    `[select]` holds at every command, for who was imported before it was written, too.
    """
    if narrowing.is_everybody and campaign.settings.select == SelectSettings():
        return None
    recipients = campaign.ledger.recipients()
    keys = narrowing.keys(recipients, campaign.ledger.deliveries())
    if campaign.settings.select == SelectSettings():
        return keys
    from merge.recipients import choosing

    left = {r.key for r in choosing.chosen(recipients, campaign.settings.select)}
    return [key for key in ([r.key for r in recipients] if keys is None else keys) if key in left]


def edit_recipient(
    campaign: Campaign,
    recipient: Recipient,
    changes: Mapping[str, str],
    notice: Callable[[str, Mapping[str, object]], None],
) -> Delivery | None:
    """Change one recipient as a sheet would; its delivery afterwards, None when unreachable.

    What looks wrong and was taken all the same is told to `notice`: the code of a row problem, and
    its facts.
    """
    from merge.recipients import editing

    edited = editing.edited(recipient, changes)
    named = {editing.name_of(called, recipient.fields): changes[called] for called in changes}
    campaign.ledger.edit(edited, named, _channel_left(campaign, edited), now())
    for problem in editing.noticed(edited, changes):
        notice(problem.code, {"value": problem.value, "suggestion": problem.suggestion})
    return campaign.ledger.delivery(recipient.key)


def _channel_left(campaign: Campaign, recipient: Recipient) -> Channel | None:
    """As `channel_for`; paper where the e-mail is known to be dead and there is another address."""
    if recipient.has_postal_address and campaign.gate.is_dead(recipient):
        return Channel.PAPER
    return channel_for(recipient)


def unreachable(campaign: Campaign) -> list[Recipient]:
    """Those whom neither e-mail nor post reaches."""
    reached = {delivery.key for delivery in campaign.ledger.deliveries()}
    return [r for r in campaign.ledger.recipients() if r.key not in reached]
