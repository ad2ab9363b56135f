"""Recipients in: import a sheet, edit one recipient."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from merge.cli import envelopes, import_report, options, output
from merge.errors import ExitCode, Misuse
from merge.words import importing, statuses, troubles
from merge.words.language import _, ngettext
from merge.words.reasons import reason


@click.command(
    "import",
    help=_(
        "Read recipients from SHEET. Sends nothing, ever.\n\nCSV, TSV, XLSX, XLS and ODS are "
        "understood, and the annuaire's JSON; “-” is standard input. Several sheets are joined by "
        "INSEE code. Importing again updates what is there."
    ),
)
@click.argument("sheets", nargs=-1, metavar=_("SHEET…"))
@click.option("--encoding", help=_("Encoding of the text file (utf-8, cp1252…), not guessed."))
@click.option("--delimiter", help=_("What separates the columns (“;”, “,”, “tab”), not guessed."))
@click.option("--header-row", type=options.Number(1), help=_("Number of the row with the headers."))
@click.option("--sheet", "sheet_name", help=_("Name of the sheet in a workbook."))
@click.option(
    "--map",
    "mapping",
    multiple=True,
    metavar=_("FIELD=COLUMN"),
    help=_("Take this field from this column, whatever its name. Can be given several times."),
)
@click.option(
    "--department",
    metavar=_("CODE"),
    help=_("Département of all rows, where the sheet has no column for it."),
)
@click.option("--dry-run", is_flag=True, help=_("Read and report; keep nothing."))
@click.option(
    "--report",
    type=click.Path(path_type=Path),
    metavar=_("FILE"),
    help=_("Write all problems and changes into this CSV file."),
)
@click.option(
    "--undo",
    is_flag=True,
    help=_("Bring back the recipients from before the last import, unless something left since."),
)
@options.yes
@click.pass_context
def import_(
    context: click.Context,
    sheets: tuple[str, ...],
    encoding: str | None,
    delimiter: str | None,
    header_row: int | None,
    sheet_name: str | None,
    mapping: tuple[str, ...],
    department: str | None,
    dry_run: bool,
    report: Path | None,
    undo: bool,
    yes: bool,
) -> ExitCode:
    from merge.app.confined import expect_sheets

    if undo == bool(sheets):
        raise click.UsageError(_("Give a SHEET, or --undo alone."))
    if undo:
        return _undo(options.folder(context))
    expect_sheets()
    from merge.app import sheets as wired
    from merge.app.opening import open_campaign

    reading = wired.Reading(
        encoding=encoding,
        delimiter=delimiter,
        header_row=header_row,
        sheet=sheet_name,
        overrides=dict(_pair(pair, f"--map {_('FIELD=COLUMN')}") for pair in mapping),
        department=department,
    )

    def keep(done: wired.Import) -> bool:
        if done.renamed and not (yes or dry_run):
            output.say(importing.renamed(done.renamed))
            output.confirm(_("Take the new names?"), abort=True)
        return not dry_run

    with (
        open_campaign(options.folder(context), access="exclusive", command="import") as campaign,
        import_report.reporting(report, sheets, campaign=options.folder(context)) as notices,
    ):
        output.say_each(troubles.warnings(campaign.cautions))
        done = wired.import_sheets(campaign, sheets, reading, notice=notices, keep=keep)
        notices.absent(done.change.absent)
        counts = done.change.counts if dry_run else campaign.ledger.counts()
        older = [] if dry_run else list(envelopes.older_lines(campaign, done.rewritten))
    notices.show()
    # First what it comes to; how it came about is for those who wonder.
    output.say(statuses.channels(counts))
    for line in notices.warnings:
        output.say(line)
    for sheet in done.sheets:
        output.say(importing.sheet_read(sheet))
    output.say(importing.import_change(done.change))
    for told in (
        *(importing.edited, importing.absent, importing.twins),
        *(importing.returned, importing.stay_returned, importing.deferred),
    ):
        if line := told(done.change):
            output.say(line)
    if dry_run:
        output.say(_("Nothing was kept (--dry-run)."))
    else:
        for line in older:
            output.say(line)
        output.say(_("Next: {command}").format(command="publipostage check"))
    return ExitCode.PARTLY if notices.lost or notices.warnings else ExitCode.DONE


def _undo(folder: Path) -> ExitCode:
    from merge.app import sheets as wired
    from merge.app.opening import open_campaign

    with open_campaign(folder, access="exclusive", command="import") as campaign:
        output.say_each(troubles.warnings(campaign.cautions))
        n = wired.undo_import(campaign)
        counts = campaign.ledger.counts()
    output.say(
        ngettext(
            "The last import is undone; it was about {n} recipient.",
            "The last import is undone; it was about {n} recipients.",
            n,
        ).format(n=n)
    )
    output.say(statuses.channels(counts))
    return ExitCode.DONE


@click.command(
    help=_(
        "Change one recipient.\n\nFIELD is called as in the sheet. Outlives later imports; puts a "
        "letter that was held, failed or bounced back in the queue, never one that was sent."
    )
)
@click.argument("key", metavar=_("KEY"))
@click.argument("changes", nargs=-1, required=True, metavar=_("FIELD=VALUE…"))
@click.pass_context
def edit(context: click.Context, key: str, changes: tuple[str, ...]) -> None:
    from merge.app import sheets as wired
    from merge.app.opening import open_campaign
    from merge.campaign.plan import the_one

    pairs = dict(_pair(change, _("FIELD=VALUE")) for change in changes)
    with open_campaign(options.folder(context), access="exclusive", command="edit") as campaign:
        output.say_each(troubles.warnings(campaign.cautions))
        before = the_one(campaign.ledger.recipients(), key)
        delivery = wired.edit_recipient(campaign, before, pairs, _tell)
        output.say(
            _("{commune} ({key}) is changed.").format(commune=before.commune, key=before.key)
        )
        if delivery is not None:
            output.say(
                _("Its letter: {channel}, {status}.").format(
                    channel=statuses.channel(delivery.channel),
                    status=statuses.status(delivery.status, delivery.channel),
                )
            )
            for line in envelopes.older_lines(campaign, [before.key]):
                output.say(line)
        else:
            output.say(statuses.no_letter())


def _tell(code: str, facts: Mapping[str, object]) -> None:
    output.say(str(reason(code, facts)))


def _pair(text: str, form: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name.strip() and equals):
        raise Misuse("not-a-pair", text=text, form=form)
    return name.strip(), value.strip()
