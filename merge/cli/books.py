"""What the ledger says: status, log, show. These read, and never wait for anybody."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from merge.cli import answers, envelopes, options, output, printing, refused, replies
from merge.words import dates, deliveries, statuses, troubles
from merge.words.language import _
from merge.words.lots import lot_line, lot_step, place

if TYPE_CHECKING:
    from merge.report import Row

ATTEMPT_COLUMNS = ("at", "channel", "status", "phase", "code", "words")
"""What a table shows of an attempt: a terminal is narrow. Files have all of it."""

TABLE_COLUMNS = ("key", "commune", "channel", "status", "place", "at", "address", "detail", "cause")


@click.command(help=_("Where the campaign stands, and what to do next."))
@click.option("--json", "as_json", is_flag=True, help=_("As JSON, for machines."))
@click.pass_context
def status(context: click.Context, as_json: bool) -> None:
    from merge import report
    from merge.app.answers import towns
    from merge.app.opening import now, open_campaign
    from merge.app.sheets import unreachable
    from merge.app.suppression import envelopes_to_keep
    from merge.campaign import submit
    from merge.campaign.answers import tally

    with open_campaign(options.folder(context), access="read", command="status") as campaign:
        counts = campaign.ledger.counts()
        name = campaign.settings.campaign.name
        nobody_reached = unreachable(campaign) if counts.unreachable else []
        lots = [lot for lot in campaign.ledger.lots() if lot_step(lot)]
        has_account = bool(campaign.settings.account.host)
        failed = report.came_to_nothing(campaign.ledger)
        undecided_letters = campaign.ledger.recipients_of(campaign.ledger.refused_as_senders())
        undecided = len(campaign.ledger.replies.undecided())
        heard = towns(campaign)
        answered = tally(heard)
        ended = {delivery.key for delivery in report.came_back(campaign.ledger)}
        retain_until = campaign.settings.campaign.retain_until
        today = now().astimezone(campaign.zone).date()
        parts = submit.parts_in_doubt(campaign.ledger)
        if as_json:
            output.data_as_is(json.dumps(report.status_figures(counts)))
            return
        output.say_each(troubles.warnings(campaign.cautions))
        refusal = None if campaign.is_blind else campaign.account.refusal()
        stays = envelopes_to_keep(campaign) if lots and not campaign.is_blind else ()
    output.data(statuses.status_page(name, counts, nobody_reached))
    ended -= {recipient.key for recipient in undecided_letters}  # those have words of their own
    lost = [t.recipient for t in heard if t.recipient.key in ended and t.recipient.source]
    if lost:
        output.data(statuses.came_back(lost))
    if answered.answered:
        output.data(answers.figures(answered))
        output.data("\n".join(statuses.listed([t.recipient for t in heard if t.has_answered])))
    for step in report.next_steps(counts, failed, account=has_account):
        output.data(statuses.next_step(step))
    if answered.unread:
        output.data(answers.to_read(answered.unread))
    if undecided:
        output.data(replies.waiting(undecided))
    if refusal:
        output.data(troubles.explain(refusal))
    if undecided_letters:
        output.data(refused.page(undecided_letters))
    for lot in lots:
        output.data(lot_line(lot))
    for line in envelopes.lines(stays):
        output.data(line)
    if retain_until and today >= retain_until:
        output.data(statuses.time_to_erase(dates.day(retain_until.isoformat())))
    for part in parts:
        output.data(printing.part_line(part))


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
                    replies.heading(campaign, reply),
                    "",
                    replies.in_full(reply, words_of(campaign, reply)),
                    replies.attached(reply, attached_to(campaign, reply)),
                ]
            ).rstrip()
            for reply in came_back
        ]
        said = [answers.line(campaign, each) for each in ledger.answers.all(recipient.key)]
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
