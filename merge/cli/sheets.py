"""Recipients in: import a sheet, edit one recipient."""

from __future__ import annotations

from pathlib import Path

import click

from merge.cli import options, output, standing, words
from merge.cli.language import _, ngettext
from merge.errors import ExitCode, Misuse

PROBLEMS_SHOWN = 20


@click.command(
    "import",
    help=_(
        "Read recipients from SHEET. Sends nothing, ever.\n\nCSV, TSV, XLSX, XLS and ODS are "
        "understood; “-” is standard input. Importing again updates what is there, by INSEE code."
    ),
)
@click.argument("sheets", nargs=-1, required=True, metavar="SHEET…")
@click.option("--encoding", help=_("Encoding of the text file (utf-8, cp1252…), not guessed."))
@click.option("--delimiter", help=_("What separates the columns (“;”, “,”, “tab”), not guessed."))
@click.option("--header-row", type=click.IntRange(1), help=_("Number of the row with the headers."))
@click.option("--sheet", "sheet_name", help=_("Name of the sheet in a workbook."))
@click.option(
    "--map",
    "mapping",
    multiple=True,
    metavar="FIELD=COLUMN",
    help=_("Take this field from this column, whatever its name. Can be given several times."),
)
@click.option(
    "--department",
    metavar="CODE",
    help=_("Département of all rows, where the sheet has no column for it."),
)
@click.option("--dry-run", is_flag=True, help=_("Read and report; keep nothing."))
@click.option(
    "--report",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help=_("Write all problems into this CSV file."),
)
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
) -> ExitCode:
    from merge.wiring import sheets as wired
    from merge.wiring.campaigns import open_campaign

    overrides = dict(_pair(pair, "--map FIELD=COLUMN") for pair in mapping)
    with open_campaign(
        options.folder(context), access="read" if dry_run else "exclusive", command="import"
    ) as campaign:
        words.warn(campaign.cautions)
        incoming = wired.read_sheets(
            campaign,
            sheets,
            encoding=encoding,
            delimiter=delimiter,
            header_row=header_row,
            sheet=sheet_name,
            overrides=overrides,
            department=department,
        )
        for table in incoming.tables:
            output.say(words.reading(table))
        words.show_problems(incoming.problems, PROBLEMS_SHOWN)
        if report is not None:
            output.to_file(report, words.problems_csv(incoming.problems))
            output.say(_("All problems are in {file}.").format(file=report))
        change = None if dry_run else wired.store(campaign, incoming)
        counts = None if dry_run else campaign.books.counts()
    n = len(incoming.recipients)
    output.say(ngettext("{n} recipient read.", "{n} recipients read.", n).format(n=n))
    if change is not None and counts is not None:
        output.say(words.import_change(change))
        output.say(standing.channels(counts))
        output.say(_("Next: {command}").format(command="publipostage check"))
    lost = sum(not problem.taken for problem in incoming.problems)
    return ExitCode.PARTLY if lost else ExitCode.DONE


@click.command(
    help=_(
        "Change one recipient.\n\nFIELD is called as in the sheet. Outlives later imports; puts a "
        "letter that was held, failed or bounced back in the queue, never one that was sent."
    )
)
@click.argument("key", metavar="KEY")
@click.argument("changes", nargs=-1, required=True, metavar="FIELD=VALUE…")
@click.pass_context
def edit(context: click.Context, key: str, changes: tuple[str, ...]) -> None:
    from merge.campaign.plan import the_one
    from merge.wiring import sheets as wired
    from merge.wiring.campaigns import open_campaign

    pairs = dict(_pair(change, "FIELD=VALUE") for change in changes)
    with open_campaign(options.folder(context), access="exclusive", command="edit") as campaign:
        words.warn(campaign.cautions)
        before = the_one(campaign.books.recipients(), key)
        delivery = wired.edit_recipient(campaign, before, pairs)
        output.say(
            _("{commune} ({key}) is changed.").format(commune=before.commune, key=before.key)
        )
        if delivery is not None:
            output.say(
                _("Its letter: {channel}, {status}.").format(
                    channel=standing.channel(delivery.channel),
                    status=standing.status(delivery.status),
                )
            )


def _pair(text: str, form: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name.strip() and equals):
        raise Misuse("not-a-pair", text=text, form=form)
    return name.strip(), value.strip()
