"""Commands that read the ledger, and wait for nobody: status, log, show."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from merge.cli import options, output
from merge.words import answers, deliveries, replies, statuses, troubles
from merge.words.language import _
from merge.words.lots import place
from merge.words.overview import overview

if TYPE_CHECKING:
    from merge.report import Row

ATTEMPT_COLUMNS = ("at", "channel", "status", "phase", "code", "words")
"""What a table shows of an attempt: a terminal is narrow. Files have all of it."""

TABLE_COLUMNS = ("key", "commune", "channel", "status", "place", "at", "address", "detail", "cause")


@click.command(help=_("Where the campaign stands, and what to do next."))
@click.option("--json", "as_json", is_flag=True, help=_("As JSON, for machines."))
@click.pass_context
def status(context: click.Context, as_json: bool) -> None:
    from merge.app.opening import now
    from merge.app.status import figures, look

    seen = look(options.folder(context), now())
    if as_json:
        output.data_as_is(json.dumps(figures(seen.counts)))
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
@click.option("--excel", is_flag=True, help=_("With csv: as a French Excel opens it by itself."))
@click.option("--attempts", is_flag=True, help=_("Every attempt, with the server's words."))
@click.option("--answers", "only_answers", is_flag=True, help=_("What the towns have answered."))
@click.option("--output", "-o", "file", type=click.Path(path_type=Path), help=_("Into this file."))
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
) -> None:
    from merge import report
    from merge.app.answers import towns
    from merge.app.opening import open_campaign
    from merge.campaign.answers import ANSWER_COLUMNS, answer_rows
    from merge.errors import Misuse

    if attempts and only_answers:
        raise Misuse("attempts-or-answers")
    if file is not None and form == "table" and not excel:
        raise Misuse("table-into-file")
    with open_campaign(options.folder(context), access="read", command="log") as campaign:
        ledger, zone = campaign.ledger, campaign.zone
        keys = options.narrowed(departments, communes, statuses).keys(
            ledger.recipients(), ledger.deliveries()
        )
        columns: Sequence[str]
        if attempts:
            columns, rows = report.ATTEMPT_COLUMNS, report.attempt_rows(ledger, keys, zone)
        elif only_answers:
            wanted = [t for t in towns(campaign) if keys is None or t.recipient.key in keys]
            columns, rows = ANSWER_COLUMNS, answer_rows(wanted, zone)
        else:
            columns, rows = report.LOG_COLUMNS, report.log_rows(ledger, keys, zone)
    if form == "table" and not excel:
        if attempts:
            shown: Sequence[str] = ("key", "commune", *ATTEMPT_COLUMNS)
            lines = rows
        elif only_answers:
            shown, lines = columns, rows
        else:
            shown, lines = _with_places(rows)
        output.table(
            [deliveries.column(column) for column in shown],
            [deliveries.cells(shown, line) for line in lines],
        )
        return
    if form == "json":
        content = (report.as_json(rows) + "\n").encode()
    elif form == "xlsx":
        content = report.as_xlsx(columns, rows)
    else:
        content = report.as_csv(columns, rows, excel=excel)
    if file is None:
        output.data_bytes(content)
    else:
        output.to_file(file, content, campaign=options.folder(context))
        output.say(_("The log is in {file}.").format(file=file))


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
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help=_("All that is known, as JSON: for a person who asks what is kept of them."),
)
@click.pass_context
def show(
    context: click.Context, key: str, eml: bool, pdf: bool, number: int | None, as_json: bool
) -> None:
    from merge import report
    from merge.app.dossier import dossier
    from merge.app.opening import open_campaign
    from merge.app.paper import letter_of
    from merge.app.replies import attached_to, words_of
    from merge.campaign.filing import may_have_left
    from merge.campaign.plan import the_one
    from merge.errors import Misuse

    with open_campaign(options.folder(context), access="read", command="show") as campaign:
        ledger = campaign.ledger
        recipient = the_one(ledger.recipients(), key)
        delivery = ledger.delivery(recipient.key)
        if eml:
            tried = ledger.attempts(recipient.key)
            if not (delivery and delivery.sha256 and may_have_left(delivery, tried)):
                raise Misuse("no-message-kept", key=recipient.key)
            output.data_bytes(campaign.archive.get(delivery.sha256))
            return
        if pdf:
            pages = letter_of(campaign, delivery) if delivery else None
            if pages is None:
                raise Misuse("no-pages-kept", key=recipient.key)
            output.data_bytes(pages)
            return
        if as_json:
            record = dossier(campaign, recipient)
            output.data_as_is(json.dumps(record, ensure_ascii=False, indent=1))
            return
        came_back = ledger.replies.all(recipient.key)
        if number is not None:
            wanted = [reply for reply in came_back if reply.number == number and reply.sha256]
            if not wanted:
                raise Misuse("reply-missing", number=number)
            output.data_bytes(campaign.archive.get(wanted[0].sha256))
            return
        attempts = report.attempt_rows(ledger, [recipient.key], campaign.zone)
        mails = [
            "\n".join(
                [
                    replies.heading(reply, campaign.zone),
                    "",
                    replies.in_full(reply, words_of(campaign, reply)),
                    replies.attached(reply, attached_to(campaign, reply)),
                ]
            ).rstrip()
            for reply in came_back
        ]
        said = [answers.line(each, campaign.zone) for each in ledger.answers.all(recipient.key)]
        stand = ledger.stands_of_refused().get(delivery.id) if delivery else None
    output.data(deliveries.recipient_page(recipient, delivery, stand))
    for each in said:
        output.data(statuses.labelled(_("Answer of the town"), each))
    if attempts:
        output.table(
            [deliveries.column(column) for column in ATTEMPT_COLUMNS],
            [deliveries.cells(ATTEMPT_COLUMNS, row) for row in attempts],
        )
    for mail in mails:
        output.data("\n" + mail.rstrip())
