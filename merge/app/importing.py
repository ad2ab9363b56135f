"""Read recipients from sheets into the ledger, and take the last import back."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from merge.app.confined import READERS
from merge.app.opening import Campaign, now, open_campaign
from merge.app.running import missing, running
from merge.app.sheets import Reading, SheetSeen, checked, look, proposals
from merge.campaign.envelopes import Older, made_before
from merge.confined.helpers import Kept
from merge.errors import ExitCode, SheetError
from merge.job import Consent, Event, Give, Listener, Result, Want
from merge.ledger.records import FieldChange, ImportChange, Namesake
from merge.model import Audience, Counts, MendedCell, Recipient, RowProblem
from merge.recipients.asides import ASIDE

if TYPE_CHECKING:
    from merge.app.letters import Grouping
    from merge.app.sums import SheetSums
    from merge.ledger.importing import Intake
    from merge.ledger.ledger import Ledger
    from merge.ledger.records import KeptReading
    from merge.recipients.answers import Place, Question, RowCounts, SheetHead
    from merge.recipients.choosing import Selection
    from merge.recipients.columns import Columns
    from merge.recipients.mayors import FileAge
    from merge.recipients.suggesting import Suggestion

_NAMES = ("first_name", "surname", "commune", "organisation")
_NOT_ON_PAPER = ("email", "alternates")
_BATCH = 2000
"""Recipients that the ledger takes at once."""

FIRST_KEPT = 5
"""Recipients of a sheet that are shown before it is imported."""

LEFT_ROWS_KEPT = 200
"""Rows of one import that were not taken and are named afterwards."""


def is_amiss_with(notice: RowProblem) -> bool:
    """Whether a row is lost, or something is wrong with the whole sheet."""
    return notice.of_sheet or not (notice.taken or notice.code in ASIDE)


Notice = Callable[[RowProblem | FieldChange], None]
"""Called with each problem and each change."""


@dataclass(slots=True, kw_only=True)
class SheetRead:
    """One sheet that has been read. `age` is that of a file of mayors."""

    table: SheetHead
    age: FileAge | None
    columns: Columns
    remembered: KeptReading | None  # of an earlier one like it
    said: Mapping[str, str]  # what was said of its columns: field → header
    sums: SheetSums | None  # where several rows are one recipient
    rows: RowCounts
    mended: Sequence[MendedCell]
    first: list[Recipient] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetQuestion:
    """What the import cannot know of the sheet `name`: a column, or which worksheet is meant."""

    name: str
    suggestion: Suggestion | None = None
    worksheets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """What an import would do, or has done; with `wants` nothing is kept."""

    sheets: Sequence[SheetRead]
    change: ImportChange
    counts: Counts
    renamed: Sequence[FieldChange]
    """The names of those who were written to, and other addresses of those of them who are only
    supposed to be the same."""
    older: Sequence[Older]  # letters on paper that were made before it
    wants: tuple[Want, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Staging:
    """One sheet that a person has looked at before it is imported.

    `mended` are its corrected cells; with those of earlier imports they are all that is kept.
    """

    seen: SheetSeen
    mended: Mapping[Place, str]


class Job:
    """An import of these sheets, one after the other; "-" is standard input.

    They are joined by key with each other and with what is known, and `[select]` chooses who is
    kept. `yes` agrees to whatever it wants. `staged` is the one sheet, where somebody has looked at
    it before.

    The campaign is opened for each step: none is locked while a person thinks. The helper that
    opened a sheet has it still when the next step asks whom it names.
    """

    def __init__(
        self,
        place: Path,
        names: Sequence[str],
        reading: Reading,
        listener: Listener,
        *,
        yes: bool = False,
        staged: Staging | None = None,
    ) -> None:
        self._place = place
        self._names = names
        self._readings = dict.fromkeys(names, reading)
        self._staged = staged
        self._looked: dict[str, SheetSeen] = {}
        self._helper = Kept(*READERS)
        if staged:
            self._looked[names[0]] = staged.seen
        else:
            self._helper.start()
        self._listener = listener
        self._yes = yes
        self._told: list[Event] = []

    def questions(self) -> Sequence[SheetQuestion]:
        """What cannot be known and is to be said, before anything is read. SheetError as `run`,
        where no answer helps.
        """
        with open_campaign(
            self._place, access="read", command="import", listener=self._tell_once
        ) as campaign:
            remembered = campaign.ledger.readings.last()
            audience = campaign.settings.campaign.audience
        found = list[SheetQuestion]()
        for name, reading in self._readings.items():
            if name == "-":
                continue
            try:
                looked = self._look(name, remembered, audience)
            except SheetError as error:
                if error.code != "no-table-in-worksheet" or reading.sheet:
                    raise
                others = tuple(str(error.facts["others"]).split(", "))
                found.append(SheetQuestion(name=name, worksheets=others))
                continue
            found += [SheetQuestion(name=name, suggestion=each) for each in proposals(looked)]
            if not (looked.columns.say_who or reading.sheet) and looked.table.other_sheets:
                found.append(SheetQuestion(name=name, worksheets=looked.table.other_sheets))
        return found

    def _look(self, name: str, remembered: Sequence[KeptReading], audience: Audience) -> SheetSeen:
        if name not in self._looked:
            self._looked[name] = look(
                name, self._readings[name], remembered, self._helper, audience=audience
            )
        return self._looked[name]

    def plan(self, notice: Notice) -> Import:
        """What it would do. SheetError as `run`."""
        with self._opened() as campaign:
            return self._take(campaign, notice, keep=lambda wants: False)

    def run(self, consents: Sequence[Consent], notice: Notice) -> Import:
        """All of it, or nothing, where it wants more than these consents.

        SheetError: those of `read_sheet`, and "no-workbook" where a worksheet is wanted of text
        files.
        """
        names = [self._staged.seen.table.path] if self._staged else list(self._names)
        options = {"sheets": names, "yes": self._yes}
        with self._opened() as campaign, running(campaign, "import", options, consents) as job:
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
        with (
            _without_garbage_collection(),
            open_campaign(
                self._place, access="exclusive", command="import", listener=self._tell_once
            ) as campaign,
        ):
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
        keep: Callable[[Sequence[Want]], bool],
    ) -> Import:
        from merge.app.letters import grouping_of
        from merge.recipients.choosing import Selection

        group = grouping_of(campaign)
        if group.column and len(self._names) > 1:  # a line of one may stand in the other again
            raise SheetError("group-of-several-sheets", path=self._names[1], wanted=group.column)
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
            sheets = list[SheetRead]()
            for looked in self._each(campaign):
                question = _question(campaign, looked, self._staged, group)
                sheets.append(_take_in(looked, question, intake, selection, notice, changed))
            wanted = next((each.sheet for each in self._readings.values() if each.sheet), None)
            if wanted is not None and not any(each.table.sheet for each in sheets):
                raise SheetError("no-workbook", path=sheets[0].table.path, sheet=wanted)
            selection.check()
            change = intake.change()
            wants = tuple(_wants(renamed, change.doubled))
            if is_kept := keep(wants):
                seen = [self._looked[name] for name in self._names]
                said = [(each.shape, each.reading.said()) for each in seen]
                mended = {shape: each.mended for (shape, _), each in zip(said, sheets, strict=True)}
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

    def _each(self, campaign: Campaign) -> Iterator[SheetSeen]:
        """The sheets one after the other: the helper keeps one."""
        remembered = campaign.ledger.readings.last()
        for name in self._names:
            yield self._look(name, remembered, campaign.settings.campaign.audience)


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Recipients in lists make no garbage, and the collector takes a tenth of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


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


def _question(
    campaign: Campaign, looked: SheetSeen, staged: Staging | None, group: Grouping
) -> Question:
    """How the sheet is to be understood in this campaign."""
    from merge.letters.kinds import variable_name
    from merge.recipients.answers import Question

    return Question(
        columns=checked(looked),
        department=looked.reading.department,
        known=campaign.ledger.readings.mended(looked.shape),
        here=staged.mended if staged else {},
        group=group.column,
        summed=[each for each in looked.table.headers if variable_name(each) in group.summed],
    )


def _take_in(
    looked: SheetSeen,
    question: Question,
    intake: Intake,
    selection: Selection,
    notice: Callable[[RowProblem], None],
    changed: Callable[[FieldChange], None],
) -> SheetRead:
    """One sheet into the ledger, a batch at a time."""
    from merge.app.sums import SheetSums
    from merge.recipients import joining

    understood, telling = looked.file.people(question)
    joined = partial(joining.joined, columns=question.columns)
    unsaid = joining.unsaid(question.columns)
    sheet = SheetRead(
        table=looked.table,
        age=understood.age,
        columns=question.columns,
        remembered=looked.remembered,
        said=looked.reading.overrides,
        sums=SheetSums(question.summed) if question.group else None,
        rows=understood.counts,
        mended=understood.mended,
    )

    def everyone() -> Iterator[Recipient]:
        for some in telling:
            for problem in some.problems:
                notice(problem)
            if sheet.sums:
                sheet.sums.add(some.rows, some.cells)
            if len(sheet.first) < FIRST_KEPT:
                first = (each for each in some.people if not each.asked_not)
                sheet.first.extend(islice(first, FIRST_KEPT - len(sheet.first)))
            yield from some.people

    def chosen() -> Iterator[Recipient]:
        for each in intake.identified(everyone(), unsaid):
            if each.asked_not or selection.takes(each):
                yield each
            else:
                sheet.rows.leave(each)
                intake.pass_over(each.key)

    found = chosen()
    while batch := [*islice(found, _BATCH)]:
        for change in intake.take(batch, joined, unsaid):
            changed(change)
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
    kept_at = ledger.readings.last_at()
    return last.result if last and kept_at and kept_at <= last.at else {}


def undo(place: Path, listener: Listener) -> Undone:
    """Bring back the recipients from before the last import."""
    with (
        open_campaign(place, access="exclusive", command="import", listener=listener) as campaign,
        running(campaign, "import", {"undo": True}, ()) as job,
    ):
        n = campaign.ledger.undo_import(now())
        job.end(Result(code=ExitCode.DONE, facts={"n": n}))
        return Undone(n=n, counts=campaign.ledger.counts())
