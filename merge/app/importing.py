"""Read recipients from sheets into the ledger, and take the last import back."""

from __future__ import annotations

import itertools
import pickle
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from merge import disks
from merge.app.confined import expect_sheets
from merge.app.opening import Campaign, now, open_campaign
from merge.app.running import missing, running
from merge.app.sheets import Reading, SheetSeen, checked, look, mending, proposals
from merge.campaign.envelopes import Older, made_before
from merge.errors import ExitCode, SheetError
from merge.job import Consent, Event, Give, Listener, Result, Want
from merge.ledger.records import FieldChange, ImportChange, Namesake
from merge.ledger.states import WRITTEN_TO
from merge.model import Counts, Recipient, RowProblem
from merge.recipients.asides import ASIDE

if TYPE_CHECKING:
    from merge.app.letters import Grouping
    from merge.app.sums import SheetSums
    from merge.ledger.importing import Intake
    from merge.ledger.ledger import Ledger
    from merge.ledger.readings import Readings
    from merge.ledger.records import KeptReading
    from merge.recipients.choosing import Selection
    from merge.recipients.columns import Columns
    from merge.recipients.mayors import FileAge
    from merge.recipients.mending import Mending, Place
    from merge.recipients.sheet import Row, Table
    from merge.recipients.suggesting import Suggestion

_AT_ONCE = 500
_T = TypeVar("_T")


class Spool(Generic[_T]):
    """Values of one sheet, in their order, in a file without a name. It ends with this object.

    SheetError("file-unreadable") where there is no room for it.
    """

    def __init__(self, sheet: str) -> None:
        self._sheet = sheet
        self._file = disks.nameless_file(self)

    def filled(self, values: Iterable[_T]) -> Iterator[_T]:
        """The values, kept on their way."""
        rest = iter(values)
        while some := list(itertools.islice(rest, _AT_ONCE)):
            try:
                pickle.dump(some, self._file)
                self._file.flush()
            except OSError as error:
                words = error.strerror
                raise SheetError("file-unreadable", path=self._sheet, words=words) from None
            yield from some

    def __iter__(self) -> Iterator[_T]:
        self._file.seek(0)
        with suppress(EOFError):
            while True:
                yield from pickle.load(self._file)  # noqa: S301 nobody else has the file


_NAMES = ("first_name", "surname", "commune", "organisation")
_NOT_ON_PAPER = ("email", "alternates")
_NAMELESS = frozenset({"not-a-name", "name-not-parted", "surname-is-town"})
_BATCH = 2000
"""Recipients in memory at once; the ledger's statements cost least from a few hundred on."""

LEFT_ROWS_KEPT = 200
"""Rows of one import that were not taken and are named afterwards."""

_Found = Recipient | RowProblem


def is_amiss_with(notice: RowProblem) -> bool:
    """Whether a row is lost, or something is wrong with the whole sheet."""
    return notice.of_sheet or not (notice.taken or notice.code in ASIDE)


Notice = Callable[[RowProblem | FieldChange], None]
"""Called with each problem and each change."""


@dataclass(slots=True, kw_only=True)
class RowCounts:
    """The rows of one sheet. Each is taken or left aside, once it is read."""

    filled: int  # that have text
    taken: int = 0
    left: Counter[str] = field(default_factory=Counter)  # by why: the code of `name_of`
    nameless: int = 0  # rows taken whose name was not understood, so that the letter names nobody

    def counted(self, found: Iterable[_Found]) -> Iterator[_Found]:
        """All that is found, counted in passing."""
        rows: Sequence[int] = ()  # of the last recipient, or the last one that was left
        nameless = 0
        for each in found:
            if isinstance(each, Recipient):
                if not each.asked_not:
                    rows = each.rows or (each.row,)
                    self.taken += len(rows)
            elif each.code in _NAMELESS and each.row in rows:
                self.nameless += each.row != nameless
                nameless = each.row
            elif not each.taken and each.row not in rows:
                rows = (each.row,)
                self.left[each.code] += 1
            yield each
        # Of the annuaire only the town halls come at all.
        if others := self.filled - self.taken - self.left.total():
            self.left["branch-office"] = others

    def leave(self, recipient: Recipient) -> None:
        """Count the rows of a recipient as left by `[select]`."""
        n = len(recipient.rows) or 1
        self.taken -= n
        self.left["not-selected"] += n


@dataclass(slots=True, kw_only=True)
class Sheet:
    """One sheet that has been read. `age` is that of a file of mayors."""

    table: Table
    age: FileAge | None
    columns: Columns
    remembered: KeptReading | None  # of an earlier one like it
    said: Mapping[str, str]  # what was said of its columns: field → header
    sums: SheetSums | None  # where several rows are one recipient
    rows: RowCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the import cannot know of the sheet `name`: a column, or which worksheet is meant."""

    name: str
    suggestion: Suggestion | None = None
    worksheets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """What an import would do, or has done; with `wants` nothing is kept."""

    sheets: Sequence[Sheet]
    change: ImportChange
    counts: Counts
    renamed: Sequence[FieldChange]
    """The names of those who were written to, and other addresses of those of them who are only
    supposed to be the same."""
    older: Sequence[Older]  # letters on paper that were made before it
    wants: tuple[Want, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """One sheet as its reader has it."""

    looked: SheetSeen
    mending: Mending
    joined: Callable[[Recipient, Recipient], Recipient]
    unsaid: Sequence[str]  # parts of a recipient
    age: FileAge | None
    sums: SheetSums | None
    found: Iterable[_Found]

    @property
    def table(self) -> Table:
        return self.looked.table


@dataclass(frozen=True, slots=True, kw_only=True)
class Staging:
    """One sheet that a person has looked at before it is imported.

    `mended` are its corrected cells; with those of earlier imports they are all that is kept.
    `on_row` is called with each row before it is read, `on_recipient` with each recipient read.
    """

    seen: SheetSeen
    mended: Mapping[Place, str]
    on_row: Callable[[Row], object]
    on_recipient: Callable[[Recipient], object]


@contextmanager
def open(
    place: Path,
    names: Sequence[str],
    reading: Reading,
    listener: Listener,
    *,
    yes: bool = False,
    dry_run: bool = False,
    staged: Staging | None = None,
) -> Iterator[Job]:
    """An import of these sheets, one after the other; "-" is standard input.

    They are joined by key with each other and with what is known, and `[select]` chooses who is
    kept. `yes` agrees to whatever it wants; with `dry_run` it can only plan. `staged` is the one
    sheet, where somebody has looked at it before.
    """
    expect_sheets()
    yield Job(place, names, reading, listener, yes=yes, dry_run=dry_run, staged=staged)


class Job:
    """One import. It opens the campaign for each step: none is locked while a person thinks.

    What the sheets say is read once. Where something may have to be agreed to it is kept for the
    next step, in a file without a name: in memory it would be many times the sheet.
    """

    def __init__(
        self,
        place: Path,
        names: Sequence[str],
        reading: Reading,
        listener: Listener,
        *,
        yes: bool,
        dry_run: bool,
        staged: Staging | None,
    ) -> None:
        self._place = place
        self._names = names
        self._readings = dict.fromkeys(names, reading)
        self._staged = staged
        self._looked: dict[str, SheetSeen] = {}
        if staged:
            self._looked[names[0]] = staged.seen
        self._listener = listener
        self._yes = yes
        self._dry_run = dry_run
        self._told: list[Event] = []
        self._remembered: Sequence[_Read] = ()

    def questions(self) -> Sequence[Question]:
        """What cannot be known and is to be said, before anything is read. SheetError as `run`,
        where no answer helps.
        """
        with open_campaign(
            self._place, access="read", command="import", listener=self._tell_once
        ) as campaign:
            remembered = campaign.ledger.readings.last()
            audience = campaign.settings.campaign.audience
        found = list[Question]()
        for name, reading in self._readings.items():
            if name == "-":
                continue
            try:
                looked = self._looked[name] = look(name, reading, remembered, audience=audience)
            except SheetError as error:
                if error.code != "no-table-in-worksheet" or reading.sheet:
                    raise
                others = tuple(str(error.facts["others"]).split(", "))
                found.append(Question(name=name, worksheets=others))
                continue
            found += [Question(name=name, suggestion=each) for each in proposals(looked)]
            if not (looked.columns.say_who or reading.sheet) and looked.table.other_sheets:
                found.append(Question(name=name, worksheets=looked.table.other_sheets))
        return found

    def plan(self, notice: Notice) -> Import:
        """What it would do. SheetError as `run`."""
        with self._opened() as campaign:
            return self._take(
                campaign, notice, remember=not self._dry_run, keep=lambda wants: False
            )

    def run(self, consents: Sequence[Consent], notice: Notice) -> Import:
        """All of it, or nothing, where it wants more than these consents.

        SheetError: those of `read_sheet`, and "no-workbook" where a worksheet is wanted of text
        files.
        """
        names = [self._staged.seen.table.path] if self._staged else list(self._names)
        options = {"sheets": names, "yes": self._yes}
        with self._opened() as campaign, running(campaign, "import", options, consents) as job:
            counts = campaign.ledger.counts()
            has_written = any(counts.email.get(s) or counts.paper.get(s) for s in WRITTEN_TO)
            is_amiss = False
            left: dict[int, str] = {}  # rows that were not taken, and why: no name of anybody

            def noticed(each: RowProblem | FieldChange) -> None:
                nonlocal is_amiss
                if isinstance(each, RowProblem) and is_amiss_with(each):
                    is_amiss = True
                    if not each.taken and len(left) < LEFT_ROWS_KEPT:
                        left.setdefault(each.row, each.code)
                notice(each)

            done = self._take(
                campaign,
                noticed,
                remember=has_written and not self._yes,
                keep=lambda wants: self._yes or not missing(wants, consents),
            )
            change = done.change
            sums = [each.sums.facts for each in done.sheets if each.sums and not change.absent]
            facts = {"added": change.added, "changed": change.changed, "left": [*left.items()]}
            if sums:
                facts["sums"] = sums[0]
            code = ExitCode.PARTLY if is_amiss else ExitCode.DONE
            if done.wants:
                code = ExitCode.REFUSED
            job.end(Result(code=code, facts=facts, wants=done.wants))
            return done

    @contextmanager
    def _opened(self) -> Iterator[Campaign]:
        with open_campaign(
            self._place, access="exclusive", command="import", listener=self._tell_once
        ) as campaign:
            yield campaign

    def _tell_once(self, event: Event) -> None:
        if event not in self._told:
            self._told.append(event)
            self._listener(event)

    def _take(
        self,
        campaign: Campaign,
        notice: Notice,
        *,
        remember: bool,
        keep: Callable[[Sequence[Want]], bool],
    ) -> Import:
        from merge.recipients.choosing import Selection

        selection = Selection(campaign.settings.select)
        renamed: list[FieldChange] = []
        rewritten: set[str] = set()
        has_lots = bool(campaign.ledger.lots())  # else no letter was made before

        def changed(change: FieldChange) -> None:
            notice(change)
            is_supposed = change.key in intake.supposed and change.is_of_address
            if change.written_to and (change.field in _NAMES or is_supposed):
                renamed.append(change)
            if has_lots and change.field not in _NOT_ON_PAPER:
                rewritten.add(change.key)

        with campaign.ledger.importing(now()) as intake:
            reads = list[_Read]()
            sheets = list[Sheet]()
            for read in self._read(campaign, remember):
                reads.append(read)
                sheets.append(_take_in(read, intake, selection, notice, changed))
            wanted = next((each.sheet for each in self._readings.values() if each.sheet), None)
            if wanted is not None and not any(each.table.sheet for each in sheets):
                raise SheetError("no-workbook", path=sheets[0].table.path, sheet=wanted)
            selection.check()
            change = intake.change()
            wants = tuple(_wants(renamed, change.doubled))
            if is_kept := keep(wants):
                said = [(read.looked.shape, read.looked.reading.said()) for read in reads]
                mended = {read.looked.shape: read.mending.done for read in reads}
                intake.keep(
                    [(sheet.table.path, sheet.table.sha256) for sheet in sheets],
                    readings=[each for each in said if each[1]],
                    mended=mended if self._staged else {},
                )
        return Import(
            sheets=sheets,
            change=change,
            counts=campaign.ledger.counts() if is_kept else change.counts,
            renamed=renamed,
            older=made_before(campaign.ledger, rewritten) if is_kept else (),
            wants=() if is_kept else wants,
        )

    def _read(self, campaign: Campaign, remember: bool) -> Iterator[_Read]:
        """The sheets one after the other, read or remembered."""
        if self._remembered:
            yield from self._remembered
            return
        from merge.app.letters import grouping_of

        remembered = []
        group = grouping_of(campaign)
        if group.column and len(self._names) > 1:  # a line of one may stand in the other again
            raise SheetError("group-of-several-sheets", path=self._names[1], wanted=group.column)
        readings = campaign.ledger.readings
        last = readings.last()
        for name in self._names:
            looked = self._looked.pop(name, None) or look(
                name, self._readings[name], last, audience=campaign.settings.campaign.audience
            )
            read = _read(looked, readings, self._staged, group)
            if remember:
                kept = Spool[_Found](name)
                remembered.append(replace(read, found=kept))
                read = replace(read, found=kept.filled(read.found))
            yield read
        self._remembered = remembered


def _wants(renamed: Sequence[FieldChange], doubled: Sequence[Namesake]) -> Iterator[Want]:
    """A yes to just these changes, and to just these letters to who may have one already."""
    wanting = partial(Want, give=Give.YES, option="--yes")
    for what, of_address in (("names", False), ("addresses", True)):
        new = [
            [each.key, each.field, each.before, each.after]
            for each in renamed
            if each.is_of_address is of_address
        ]
        if new:
            yield wanting(code=f"new-{what}", facts={what: new})
    if doubled:
        yield wanting(code="doubled", facts={"keys": [[each.key, each.known] for each in doubled]})


def _read(looked: SheetSeen, readings: Readings, staged: Staging | None, group: Grouping) -> _Read:
    from merge.app.sums import SheetSums
    from merge.letters.kinds import variable_name
    from merge.recipients import contacts
    from merge.recipients.grouping import GroupColumn
    from merge.recipients.mayors import FileAge

    meaning = checked(looked)
    mended = mending(looked, meaning, readings, staged.mended if staged else {})
    headers = looked.table.headers
    age = FileAge.of(headers)
    summed = {h: i for i, h in enumerate(headers) if variable_name(h) in group.summed}
    sums = SheetSums(summed) if group.column else None

    def see(row: Row) -> None:
        if age:
            age.see(row.cells)
        if staged:
            staged.on_row(row)
        if sums:
            sums.see(row)

    found = contacts.read(
        mended.mended,
        meaning,
        department=looked.reading.department,
        see=see if age or staged or sums else None,
        group=GroupColumn.of(group.column, looked.table, meaning) if group.column else None,
    )
    return _Read(
        looked=looked,
        mending=mended,
        joined=partial(contacts.joined, columns=meaning),
        unsaid=contacts.unsaid(meaning),
        age=age,
        sums=sums,
        found=_calling(staged.on_recipient, found) if staged else found,
    )


def _calling(
    on_recipient: Callable[[Recipient], object], found: Iterable[_Found]
) -> Iterator[_Found]:
    """`found`, with a call for each recipient."""
    for each in found:
        if isinstance(each, Recipient) and not each.asked_not:
            on_recipient(each)
        yield each


def _take_in(
    read: _Read,
    intake: Intake,
    selection: Selection,
    notice: Callable[[RowProblem], None],
    changed: Callable[[FieldChange], None],
) -> Sheet:
    """One sheet into the ledger, a batch at a time."""
    batch = list[Recipient]()
    sheet = Sheet(
        table=read.table,
        age=read.age,
        columns=read.mending.columns,
        remembered=read.looked.remembered,
        said=read.looked.reading.overrides,
        sums=read.sums,
        rows=RowCounts(filled=read.table.filled),
    )

    def take_batch() -> None:
        for change in intake.take(batch, read.joined, read.unsaid):
            changed(change)
        batch.clear()

    for found in intake.identified(sheet.rows.counted(read.found), read.unsaid):
        if isinstance(found, RowProblem):
            notice(found)
        elif found.asked_not or selection.takes(found):
            batch.append(found)
            if len(batch) == _BATCH:
                take_batch()
        else:
            sheet.rows.leave(found)
            intake.pass_over(found.key)
    take_batch()
    return sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """How many recipients the import was about that is undone, and what there is now."""

    n: int
    counts: Counts


def left_rows(ledger: Ledger) -> Sequence[tuple[int, str]]:
    """The rows that the last import did not take, each with its code."""
    return [(row, code) for row, code in last_kept(ledger).get("left", ())]


def last_kept(ledger: Ledger) -> Mapping[str, Any]:
    """The facts that the job of the last completed import has stored; {} before the first, and
    where one was killed after the list was kept: the facts of the one before are of another list.
    """
    kept = (ExitCode.DONE, ExitCode.PARTLY)
    jobs = ledger.commands.latest("import")
    last = next((each for each in jobs if each.exit_code in kept), None)
    newest = next(iter(ledger.readings.imports(1)), None)
    return last.result if last and newest and newest.at <= last.at else {}


def undo(place: Path, listener: Listener) -> Undone:
    """Bring back the recipients from before the last import."""
    with (
        open_campaign(place, access="exclusive", command="import", listener=listener) as campaign,
        running(campaign, "import", {"undo": True}, ()) as job,
    ):
        n = campaign.ledger.undo_import(now())
        job.end(Result(code=ExitCode.DONE, facts={"n": n}))
        return Undone(n=n, counts=campaign.ledger.counts())
