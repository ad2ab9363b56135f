"""Recipients in: import a sheet, edit one recipient."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from merge.app import export
from merge.cli import consents, events, options, output
from merge.errors import ExitCode, Misuse, Refused
from merge.job import Consent, Step
from merge.ledger.records import FieldChange
from merge.model import RowProblem
from merge.words import columns, envelopes, importing, statuses
from merge.words.language import _, ngettext
from merge.words.reasons import reason, typed

if TYPE_CHECKING:
    from merge.app.importing import Import, Job


SHOWN = 20
"""Problems in the table, shared out among the kinds; of changes, half as many."""
_OF_A_KIND = 2  # are shown at least


@click.command(
    "import",
    help=_(
        "Read recipients from SHEET. Sends nothing, ever.\n\nCSV, TSV, XLSX, XLS and ODS are "
        "understood, and the annuaire's JSON; “-” is standard input. Several sheets are joined by "
        "INSEE code. Importing again updates what is there."
    ),
    epilog=options.OR_THE_PAGE,
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
    "--keep",
    "own",
    multiple=True,
    metavar=_("COLUMN"),
    help=_(
        "Keep this column under its own name, whatever it looks like. Can be given several times."
    ),
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
    help=_("Write all problems and changes into this file (.csv, or .xlsx)."),
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
    own: tuple[str, ...],
    department: str | None,
    dry_run: bool,
    report: Path | None,
    undo: bool,
    yes: bool,
) -> ExitCode:
    from merge.app import importing as app
    from merge.app.sheets import Reading

    if undo == bool(sheets):
        raise click.UsageError(_("Give a SHEET, or --undo alone."))
    folder = options.folder(context)
    if undo:
        return _undo(folder)
    reading = Reading(
        encoding=encoding,
        delimiter=delimiter,
        header_row=header_row,
        sheet=sheet_name,
        overrides=dict(_pair(pair, f"--map {_('FIELD=COLUMN')}") for pair in mapping),
        own=own,
        department=department,
    )
    with events.shown() as listener:
        job = app.Job(folder, sheets, reading, listener, yes=yes)
        if output.somebody_is_there() and not yes:
            _refuse_undecided(job, sheets)
        given: Sequence[Consent] = ()
        while True:
            with _reporting(report, sheets, campaign=folder) as notices:
                done = job.plan(notices) if dry_run else job.run(given, notices)
                notices.absent(done.change.absent)
            if not given:
                for sheet in done.sheets:
                    output.say(f"{sheet.table.path}: " + "\n".join(importing.rows(sheet.rows)))
            if dry_run or not done.wants:
                break
            output.say(importing.to_agree(done.renamed, done.change.doubled))
            given = consents.agree(done.wants, yes=yes)
    if report is not None:
        output.say(_("All of it is in {file}.").format(file=report))
    notices.show()
    _tell(done, notices.warnings)
    if dry_run:
        output.say(_("Nothing was kept (--dry-run)."))
    else:
        output.say_each(envelopes.older(done.older))
        output.say(_("Next: {command}").format(command=Step(command="check")))
    return ExitCode.PARTLY if notices.is_amiss else ExitCode.DONE


def _refuse_undecided(job: Job, sheets: Sequence[str]) -> None:
    """Refused("sheet-to-say") where only a person knows what a column or a worksheet is."""
    line = dict.fromkeys(map(typed, sheets))
    for asked in job.questions():
        output.say(columns.question(asked))
        said = columns.options(asked)
        output.say_each("  " + "  ".join(filter(None, each)) for each in said)
        line[said[0][0]] = None
    if len(line) > len(sheets):
        raise Refused("sheet-to-say", command=" ".join(line))


def _tell(done: Import, warnings: Sequence[str]) -> None:
    """First what it comes to; how it came about is for those who wonder."""
    output.say(statuses.channels(done.counts))
    output.say_each(warnings)
    output.say_each(map(importing.sheet_read, done.sheets))
    output.say(importing.import_change(done.change))
    output.say_each(importing.noticed(done.change))


def _undo(folder: Path) -> ExitCode:
    from merge.app import importing as app

    with events.shown() as listener:
        undone = app.undo(folder, listener)
    output.say(
        ngettext(
            "The last import is undone; it was about {n} recipient.",
            "The last import is undone; it was about {n} recipients.",
            undone.n,
        ).format(n=undone.n)
    )
    output.say(statuses.channels(undone.counts))
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
    from merge.app import edit as app

    pairs = dict(_pair(change, _("FIELD=VALUE")) for change in changes)
    with events.shown() as listener:
        done = app.run(options.folder(context), key, pairs, listener)
    output.say_each(str(reason(*remark)) for remark in done.remarks)
    who = done.recipient
    output.say(_("{commune} ({key}) is changed.").format(commune=who.name, key=who.key))
    if done.delivery is None:
        output.say(statuses.no_letter())
        return
    output.say(
        _("Its letter: {channel}, {status}.").format(
            channel=statuses.channel(done.delivery.channel),
            status=statuses.status(done.delivery.status),
        )
    )
    output.say_each(envelopes.older(done.older))


def _pair(text: str, form: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name.strip() and equals):
        raise Misuse("value-unfit", value=text, example=form)
    return name.strip(), value.strip()


# The report


class ImportReport:
    """Gathers what an import notices. Keeps no more of it than is shown, but for `rows`."""

    def __init__(self) -> None:
        self.rows: list[Sequence[str]] | None = None  # of all of it, where there is a list
        self._kinds: Counter[tuple[bool, str]] = Counter()  # (taken, code)
        self._first: dict[tuple[bool, str], list[RowProblem]] = {}
        self._fields: Counter[str] = Counter()
        self._changes: list[FieldChange] = []
        self.warnings: list[str] = []  # what is probably wrong with a whole sheet
        self.is_amiss = False

    def __call__(self, notice: RowProblem | FieldChange) -> None:
        """Take note of one problem or change."""
        from merge.app.importing import is_amiss_with

        if isinstance(notice, RowProblem):
            self.is_amiss = self.is_amiss or is_amiss_with(notice)
        if isinstance(notice, FieldChange):
            self._fields[notice.field] += 1
            if len(self._changes) < SHOWN // 2:
                self._changes.append(notice)
        elif notice.of_sheet:
            self.warnings.append(importing.of_the_sheet(notice))
        else:
            kind = (notice.taken, notice.code)
            self._kinds[kind] += 1
            first = self._first.setdefault(kind, [])
            if len(first) < SHOWN:
                first.append(notice)
        if self.rows is not None:
            self.rows.append(importing.report_row(notice))

    def absent(self, keys: Sequence[str]) -> None:
        """Put into the rows who stays although no sheet names them any more."""
        if self.rows is not None:
            self.rows += map(importing.kept_row, keys)

    def show(self) -> None:
        """The kinds with their number, and the first problems and changes, as tables."""
        kinds = sorted(self._kinds.items(), key=_lost_first)
        if kinds:
            output.table(*importing.kinds_table((code, taken, n) for (taken, code), n in kinds))
            output.data("")
            at_most = max(_OF_A_KIND, SHOWN // len(kinds))
            shown = [problem for kind, _n in kinds for problem in self._first[kind][:at_most]]
            output.table(*importing.problems_table(shown))
            if left := sum(self._kinds.values()) - len(shown):
                output.say(_("… and {n} more; --report FILE.csv writes them all.").format(n=left))
        if self._fields:
            output.data("")
            output.table(*importing.changes_table(self._changes))
            output.say(importing.what_changed(self._fields.most_common()))


@contextmanager
def _reporting(
    file: Path | None, sheets: Sequence[str], *, campaign: Path
) -> Iterator[ImportReport]:
    """Gather what is noticed, and write all of it into `file`, even when the import is refused.

    Misuse("report-on-sheet") for one of the `sheets`: they would be empty before they are read.
    Refused as `output.to_file`, before anything is read.
    """
    notices = ImportReport()
    if file is None:
        yield notices
        return
    for sheet in sheets:
        with suppress(OSError):  # one of them is not there
            if file.samefile(sheet):
                raise Misuse("report-on-sheet", path=str(file))
    output.to_file(file, b"", campaign=campaign)
    notices.rows = []
    try:
        yield notices
    finally:
        form: export.Form = "xlsx" if file.suffix.lower() == ".xlsx" else "excel"
        parts = export.written(importing.report_header(), notices.rows, form)
        output.to_file(file, parts, campaign=campaign)


def _lost_first(kind: tuple[tuple[bool, str], int]) -> tuple[bool, int, str]:
    (taken, code), n = kind
    return (taken, -n, code)
