"""What an import has read, what it noticed, and what it would change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from merge.job import Step
from merge.ledger.records import FieldChange
from merge.model import RowProblem
from merge.post import countries
from merge.words import columns, dates, findings, language, pages, statuses, sums
from merge.words.language import N_, _, audience, ngettext, on_page, translate
from merge.words.reasons import field, name_of, reason
from merge.words.reasons.form import Reason

if TYPE_CHECKING:
    from merge.app.importing import SheetRead
    from merge.ledger.records import ImportChange, Namesake
    from merge.recipients.answers import RowCounts
    from merge.recipients.mayors import FileAge


def rows(counts: RowCounts) -> Iterator[str]:
    """What became of all rows of a sheet."""
    yield _("Rows in the file: {n}; taken: {taken}; left aside: {left}.").format(
        n=counts.filled, taken=counts.taken, left=sum(counts.left.values())
    )
    for code, n in Counter(counts.left).most_common():
        yield _("  {n}: {why}").format(n=n, why=name_of(code))
    if counts.nameless:
        yield _("Names not understood: {n}; their letters name nobody.").format(n=counts.nameless)


def sheet_read(sheet: SheetRead) -> str:
    """What was guessed about one sheet."""
    table, facts = sheet.table, list[str]()
    if table.encoding:
        facts.append(_("encoding {encoding}").format(encoding=table.encoding))
    if table.delimiter:
        shown = _("tab") if table.delimiter == "\t" else _("“{text}”").format(text=table.delimiter)
        facts.append(_("separator {delimiter}").format(delimiter=shown))
    if table.sheet:
        facts.append(_("sheet “{sheet}”").format(sheet=table.sheet))
    facts.append(header_row(table.header_row))
    lines = [f"{table.path}: " + ", ".join(facts)]
    if table.other_sheets:
        lines.append(
            _(
                "Other sheets in this workbook, not read: {sheets}. To read one: --sheet NAME"
            ).format(sheets=", ".join(table.other_sheets))
        )
    if told := columns.remembered(sheet):
        lines.append(told)
    if sheet.sums:
        lines += sums.of_sheet(sheet.sums)
    return "\n".join([*lines, *age(sheet.age)])


def header_row(row: int) -> str:
    """Where the headers stand; a bare list has none."""
    return _("headers in row {row}").format(row=row) if row else _("no headers")


def age(found: FileAge | None) -> Iterator[str]:
    """How old a file of mayors is; half of them changed in 2026."""
    if found is None:
        return
    if found.newest is not None:
        yield _("The newest mayor in this file took office on {date}.").format(
            date=dates.day(found.newest.isoformat())
        )
    elif found.year is not None:
        yield _("This is the file of mayors of {year}.").format(year=found.year)
    if found.before_election:
        yield _(
            "WARNING: that is before the municipal elections of March 2026. Half of the mayors "
            "have changed since: these letters would bear the names of people who have left. Look "
            "for a newer file of the “répertoire national des élus” on data.gouv.fr."
        )


def import_change(change: ImportChange) -> str:
    """What an import did to the recipients."""
    parts = [
        _("added: {n}").format(n=change.added),
        _("changed: {n}").format(n=change.changed),
        _("unchanged: {n}").format(n=change.unchanged),
    ]
    return ", ".join(parts) + "."


def noticed(change: ImportChange) -> Iterator[str]:
    """Whom it leaves as they were or brings back: how many of each sort, and the first of them."""
    if change.households and audience() != "communes" and not on_page():  # a page has a box
        yield ngettext(
            "{n} household gets several letters at one address: with `households = true` in "
            "[paper] they share an envelope.",
            "{n} households get several letters at one address: with `households = true` in "
            "[paper] they share an envelope.",
            change.households,
        ).format(n=change.households)
    yield from _about(
        change.edited,
        ngettext(
            "{n} recipient keeps what was edited, though a sheet says otherwise: {keys}.",
            "{n} recipients keep what was edited, though a sheet says otherwise: {keys}.",
            len(change.edited),
        ),
    )
    yield from _about(
        change.absent,
        ngettext(
            "{n} recipient stands in none of these sheets and stays: {keys}.",
            "{n} recipients stand in none of these sheets and stay: {keys}.",
            len(change.absent),
        ),
    )
    yield from _about(
        change.twins,
        ngettext(
            "WARNING: {n} of those added seems to be here already under another key, and would "
            "get a second letter: {keys}. If that is not meant: {step}",
            "WARNING: {n} of those added seem to be here already under other keys, and would get "
            "a second letter: {keys}. If that is not meant: {step}",
            len(change.twins),
        ),
    )
    yield from _about(
        change.returned,
        ngettext(
            "{n} letter that the post returned waits again, for another address: {keys}.",
            "{n} letters that the post returned wait again, for other addresses: {keys}.",
            len(change.returned),
        ),
    )
    yield from _about(
        change.stay_returned,
        ngettext(
            "{n} letter stays returned, for the sheet names the address that it came back "
            "from: {keys}.",
            "{n} letters stay returned, for the sheet names the addresses that they came back "
            "from: {keys}.",
            len(change.stay_returned),
        ),
    )
    yield from _about(
        change.relined,
        ngettext(
            "{n} recipient was written to already, and its rows are others now: {keys}.",
            "{n} recipients were written to already, and their rows are others now: {keys}.",
            len(change.relined),
        ),
    )
    if change.relined:
        yield sums.for_later_rows()
    yield from _about(
        change.deferred,
        ngettext(
            "{n} e-mail that was refused for now may leave at once, to another address: {keys}.",
            "{n} e-mails that were refused for now may leave at once, to other addresses: {keys}.",
            len(change.deferred),
        ),
    )


def _about(keys: Sequence[str], told: str) -> Iterator[str]:
    """The sentence with how many they are and the first of them; nothing of nobody."""
    if keys:
        listed = statuses.first_of(keys, findings.FAULTS_SHOWN)
        undo = pages.told(Step(command="import", options=("--undo",)))
        yield told.format(n=len(keys), keys=listed, step=undo)


def to_agree(changes: Sequence[FieldChange], found: Sequence[Namesake]) -> str:
    """What an import wants a yes to."""
    return "\n".join(filter(None, (renamed(changes), doubled(found) if found else "")))


def renamed(changes: Sequence[FieldChange]) -> str:
    """Those who were written to and would now be called otherwise, or who are only supposed to be
    somebody who was.
    """
    moved = [each for each in changes if each.is_of_address]
    names = [each for each in changes if not each.is_of_address]
    lines = []
    if names:
        told = ngettext(
            "{n} name of someone who was already written to would change:",
            "{n} names of people who were already written to would change:",
            len(names),
        )
        lines += [told.format(n=len(names)), *_changes(names)]
    if moved:
        told = ngettext(
            "{n} address would change, of someone who was already written to and of whom the sheet "
            "has no number; they are taken for the same by their name:",
            "{n} addresses would change, of people who were already written to and of whom the "
            "sheet has no number; they are taken for the same by their names:",
            len(moved),
        )
        lines += [told.format(n=len(moved)), *_changes(moved)]
        lines.append(_("For somebody else of that name, keep the earlier one in the sheet, too."))
    return "\n".join(lines)


def doubled(found: Sequence[Namesake]) -> str:
    """Those to be added who may be somebody else of the list, and how to go on."""
    told = ngettext(
        "{n} of those added has the name and an address of somebody who was already written to, "
        "or stands in the sheet, too, and would get a second letter:",
        "{n} of those added have names and addresses of people who were already written to, or "
        "stand in the sheet, too, and would get a second letter:",
        len(found),
    )
    lines = [_("  {key} {name}: perhaps {known}").format(**each._asdict()) for each in found]
    how = _(
        "For the same person, say no, and write in the sheet the number and the e-mail that they "
        "had, or take the row out; then import it again. Only for somebody else, say yes."
    )
    return "\n".join([told.format(n=len(found)), *_first(lines), how])


def _changes(changes: Sequence[FieldChange]) -> Iterator[str]:
    return _first(
        [
            _("  {recipient}: “{before}” becomes “{after}”").format(
                recipient=recipient(each), before=each.before, after=each.after
            )
            for each in changes
        ]
    )


def _first(lines: Sequence[str]) -> Iterator[str]:
    yield from lines[: findings.FAULTS_SHOWN]
    if len(lines) > findings.FAULTS_SHOWN:
        yield f"  {statuses.and_more(len(lines) - findings.FAULTS_SHOWN)}"


REPORT_COLUMNS = (
    *(N_("File"), N_("Row"), N_("Column"), N_("Value"), N_("Reason"), N_("Suggestion")),
    N_("Taken"),
)
"""Of the file that --report names: a row for each problem and each change."""

_SUGGEST_COUNTRIES = ("unknown-country", "postcode-of-another-country")
_CELL_AT_MOST = 80  # characters, in a table on the screen


def report_header() -> list[str]:
    """The first row of the report."""
    return [translate(column) for column in REPORT_COLUMNS]


def report_row(notice: RowProblem | FieldChange) -> list[str]:
    """A row of the report for one problem or change."""
    if isinstance(notice, FieldChange):
        whose = f"{recipient(notice)}: {field(notice.field)}"
        changed = _("changed, now: {value}").format(value=notice.after)
        return ["", "", whose, notice.before, changed, "", ""]
    why = problem(notice).why
    cells = [notice.path, str(notice.row), notice.column, notice.value, why, _suggestion(notice)]
    return [*cells, _("yes") if notice.taken else _("no")]


def kept_row(key: str) -> list[str]:
    """A row of the report for who stays although no sheet names them any more."""
    return ["", "", "", key, _("not in these sheets, kept"), "", ""]


def kinds_table(kinds: Iterable[tuple[str, bool, int]]) -> tuple[list[str], list[list[str]]]:
    """Columns and rows: of each kind of problem (code, whether the row was taken, how many)."""
    rows = [[str(n), name_of(code), _("yes") if taken else _("no")] for code, taken, n in kinds]
    return [_("Rows"), _("What was noticed"), _("Taken")], rows


def problems_table(problems: Iterable[RowProblem]) -> tuple[list[str], list[list[str]]]:
    """Columns and rows: `path:row:column`, reason, what to do."""
    rows = []
    for each in problems:
        place = ":".join(part for part in (each.path, str(each.row), each.column) if part)
        told = problem(replace(each, value=_short(each.value)))
        why = told.why if each.taken else f"{told.why} {_('Row not taken.')}"
        rows.append([place, why, told.remedy])
    return [_("Where"), _("Reason"), _("What to do")], rows


def changes_table(changes: Iterable[FieldChange]) -> tuple[list[str], list[list[str]]]:
    """Columns and rows: whose field was what, and is what now."""
    rows = [
        [recipient(each), field(each.field), _short(each.before), _short(each.after)]
        for each in changes
    ]
    return [_("Recipient"), _("Field"), _("Before"), _("Now")], rows


def what_changed(fields: Iterable[tuple[str, int]]) -> str:
    """How many changes each field has."""
    counted = ", ".join(_("{field}: {n}").format(field=field(name), n=n) for name, n in fields)
    return _("What changed: {counted}.").format(counted=counted)


def of_the_sheet(notice: RowProblem) -> str:
    """What is probably wrong with a whole sheet."""
    return f"{notice.path}: {_('WARNING:')} {problem(notice)}"


def problem(notice: RowProblem) -> Reason:
    """Why a row was not taken as it stands, and what to do."""
    facts = {"value": notice.value, "column": notice.column, "suggestion": _suggestion(notice)}
    return reason(notice.code, facts)


def _suggestion(notice: RowProblem) -> str:
    """What was perhaps meant. Countries come by their codes."""
    if notice.code not in _SUGGEST_COUNTRIES:
        return notice.suggestion
    return ", ".join(
        countries.name_of(each, language.code()) for each in notice.suggestion.split(", ")
    )


def recipient(change: FieldChange) -> str:
    """Whose change it is: "35238 Rennes"."""
    return f"{change.key} {change.name}"


def _short(text: str) -> str:
    """At most so many characters, on one line; the report has all of them."""
    line = " ".join(text.split())
    return line if len(line) <= _CELL_AT_MOST else f"{line[: _CELL_AT_MOST - 1]}…"
