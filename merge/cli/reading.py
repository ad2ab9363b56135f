"""Commands that read the ledger, and wait for nobody: status, log, show, report."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from merge import disks
from merge.cli import options, output
from merge.errors import Misuse
from merge.words import answers, deliveries, replies, statuses, troubles
from merge.words.deliveries import personal_data
from merge.words.language import _
from merge.words.lots import place
from merge.words.overview import overview

if TYPE_CHECKING:
    from datetime import timedelta

    from merge.campaign.answers import Row

ATTEMPT_COLUMNS = ("at", "channel", "status", "phase", "code", "words")
"""What a table shows of an attempt: a terminal is narrow. Files have all of it."""

TABLE_COLUMNS = ("key", "commune", "channel", "status", "place", "at", "address", "detail", "cause")


@click.command(help=_("Where the campaign stands, and what to do next."))
@options.as_json(_("As JSON, for machines."))
@click.pass_context
def status(context: click.Context, as_json: bool) -> None:
    from merge.app import overview as app
    from merge.app.opening import now

    seen = app.status(options.folder(context), now())
    if as_json:
        said = app.figures(seen.counts, seen.machines)
        output.data_as_is(json.dumps(said, default=datetime.isoformat))
        return
    output.say_each(troubles.warnings(seen.cautions))
    for each in overview(seen):
        output.data(each)


@click.command(help=_("The ledger: a row for each recipient's letter, or for each attempt."))
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json", "xlsx"]),
    default="table",
    show_default=True,
    help=_("A table to read, or a file for other programs."),
)
@options.excel
@click.option("--attempts", is_flag=True, help=_("Every attempt, with the server's words."))
@click.option("--answers", "only_answers", is_flag=True, help=_("What was answered."))
@options.output(_("Into this file."))
@options.sifting
@options.narrowing
@click.pass_context
def log(
    context: click.Context,
    form: Literal["table", "csv", "json", "xlsx"],
    excel: bool,
    attempts: bool,
    only_answers: bool,
    file: Path | None,
    departments: tuple[str, ...],
    communes: tuple[str, ...],
    statuses: tuple[str, ...],
    find: str,
    channels: tuple[str, ...],
    said: tuple[str, ...],
    after: timedelta | None,
) -> None:
    from merge.app import export, recipients

    if attempts and only_answers:
        raise Misuse("options-apart", options="--attempts, --answers")
    shape: export.Form | Literal["table"] = "excel" if excel else form
    if file is not None and shape == "table":
        raise Misuse("option-lacks", options="-o", others="--format csv, xlsx, json")
    folder = options.folder(context)
    with recipients.rows(
        folder,
        options.narrowed(departments, communes, statuses),
        "attempts" if attempts else "answers" if only_answers else "deliveries",
        options.sifted(find=find, channels=channels, said=said, after=after),
    ) as found:
        if shape == "table":
            _show(list(found.rows), found.columns, attempts=attempts, only_answers=only_answers)
            return
        parts = export.written(found.columns, found.rows, shape)
        if file is None:
            for part in parts:
                output.data_bytes(part)
            return
        output.to_file(file, parts, campaign=folder)
    output.say(_("The log is in {file}.").format(file=file))
    if found.is_to_people:
        export.note(folder, "log", str(file.absolute()))
        output.say(personal_data())


def _show(
    rows: Sequence[Row], columns: Sequence[str], *, attempts: bool, only_answers: bool
) -> None:
    """The rows as a table."""
    lines = rows
    if attempts:
        columns = ("key", "commune", *ATTEMPT_COLUMNS)
    elif not only_answers:
        columns, lines = _with_places(rows)
    output.table(
        [deliveries.column(column) for column in columns],
        [deliveries.cells(columns, line) for line in lines],
    )


def _with_places(rows: Sequence[Row]) -> tuple[Sequence[str], list[Row]]:
    """The table's columns and rows, with lot and letter in one cell: a terminal is narrow.

    Where no letter has a lot, or an answer, there is no column for them.
    """
    placed: list[Row] = [
        {
            **row,
            "place": place(row["lot"], row["position"]),
            "address": row["address"].rpartition(", ")[2],  # of an envelope the town alone
        }
        for row in rows
    ]
    vacant = {name for name in ("place", "detail", "cause") if not any(row[name] for row in placed)}
    return [name for name in TABLE_COLUMNS if name not in vacant], placed


@click.command(help=_("Everything about one recipient."))
@click.argument("key", metavar=_("KEY"))
@click.option("--eml", is_flag=True, help=_("The e-mail as it was sent, bit for bit."))
@click.option("--pdf", is_flag=True, help=_("The pages as they stand in the lot, bit for bit."))
@click.option(
    "--reply",
    "number",
    type=options.NUMBER,
    metavar=_("NUMBER"),
    help=_("A mail that came back, as it came, bit for bit."),
)
@options.as_json(_("All that is known, as JSON: for a person who asks what is kept of them."))
@click.pass_context
def show(
    context: click.Context, key: str, eml: bool, pdf: bool, number: int | None, as_json: bool
) -> None:
    from merge.app import recipients

    with recipients.opened(options.folder(context)) as campaign:
        if eml:
            output.data_bytes(recipients.message(campaign, key))
            return
        if pdf:
            output.data_bytes(recipients.pages(campaign, key))
            return
        if number is not None:
            output.data_bytes(recipients.reply(campaign, key, number))
            return
        found = recipients.person(campaign, key)
        if as_json:
            in_seconds = partial(datetime.isoformat, timespec="seconds")
            said = json.dumps(found.record, ensure_ascii=False, indent=1, default=in_seconds)
            output.data_as_is(said)
            return
        recipient, delivery = found.recipient, found.delivery
        output.data(f"{recipient.name} ({recipient.key})")
        facts = [*deliveries.about(recipient), *deliveries.origin(recipient, delivery, found.stand)]
        if delivery:
            letter = f"{statuses.channel(delivery.channel)}, {statuses.status(delivery.status)}"
            facts.append((_("Letter"), letter))
        for label, value in (*facts, *deliveries.of_letter(delivery, found.stand, found.zone)):
            output.data(statuses.labelled(label, value))
        for each in found.answers:
            output.data(
                statuses.labelled(_("Answer of the recipient"), answers.line(each, found.zone))
            )
        for edit in found.edits:
            output.data(deliveries.edited(edit, found.zone))
        for job, _told in found.jobs:
            output.data(deliveries.ran(job, found.zone))
        if found.attempts:
            output.table(
                [deliveries.column(column) for column in ATTEMPT_COLUMNS],
                [deliveries.cells(ATTEMPT_COLUMNS, row) for row in found.tried],
            )
        for mail in found.replies:
            output.data("\n" + replies.whole(mail, found.zone))


@click.command(
    help=_(
        "What came of the campaign: how many were written to, have answered, have agreed. With a "
        "folder: pages, a map and the data, to put online or to print. Names no person; of a "
        "campaign to people it has figures alone."
    )
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar=_("[FOLDER]"))
@click.option(
    "--csv", "as_csv", is_flag=True, help=_("A row a recipient: name, date, channel, answer.")
)
@options.excel
@options.output(_("With --csv: into this file."))
@click.option(
    "--contact",
    metavar=_("ADDRESS"),
    help=_("With a folder: where to write for a correction, if not where the letter says."),
)
@click.option(
    "--merge",
    is_flag=True,
    help=_("Of reports of several groups, their files communes.csv, makes one, into a folder."),
)
@click.pass_context
def report(
    context: click.Context,
    paths: tuple[Path, ...],
    as_csv: bool,
    excel: bool,
    file: Path | None,
    contact: str | None,
    merge: bool,
) -> None:
    from merge.app import editions, export, joining
    from merge.app.opening import now
    from merge.app.report import look

    is_table = as_csv or excel or file is not None
    if is_table and (paths or merge):
        raise Misuse("options-apart", options=_("--csv, a folder"))
    if contact and (merge or not paths):
        raise Misuse("option-lacks", options="--contact", others=_("a folder"))
    if len(paths) > 1 and not merge:
        raise Misuse("options-apart", options=", ".join(map(str, paths)))
    if merge:
        if len(paths) < 3:
            raise Misuse("option-lacks", options="--merge", others=_("two files and a folder"))
        joined, dropped = joining.join(paths[:-1], now())
        output.say_each(map(answers.no_address, dropped))
        editions.publish(joined, paths[-1])
        output.say(_("The report is in {file}.").format(file=paths[-1]))
        return
    folder = options.folder(context)
    found = look(folder, now(), is_whole=bool(paths), contact=contact)
    output.say_each(troubles.warnings(found.cautions))
    for to in paths:
        editions.publish(found, disks.meant(to, folder))
        if found.evidence:  # whose documents may name somebody
            export.note(folder, "report", str(to.absolute()))
        output.say(_("The report is in {file}.").format(file=to))
        output.say(answers.corrections_to(found.contact))
    if is_table:
        parts = export.written(*found.table, "excel" if excel else "csv")
        if file is None:
            output.data_bytes(b"".join(parts))
        else:
            output.to_file(file, parts, campaign=folder, is_public=True)
            output.say(_("The report is in {file}.").format(file=file))
    elif not paths:
        output.data(answers.figures(found.tally))
