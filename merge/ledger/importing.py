"""What sheets and edits bring into the ledger, and the last import taken back."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update

from merge.channels import channel_for, takes_over, ways_to
from merge.errors import LedgerError
from merge.french.communes import fold
from merge.ledger import schema
from merge.ledger.deliveries import chunks
from merge.ledger.driver.database import handle_of, json_object, put
from merge.ledger.driver.expressions import LIST, is_listed, listed
from merge.ledger.identifying import Register, Sought, doubles
from merge.ledger.reading import Reader, counts
from merge.ledger.readings import is_overtaken, keep_mended
from merge.ledger.records import FieldChange, ImportChange, Namesake
from merge.ledger.requeueing import (
    Latest,
    Readdressed,
    Requeueing,
    is_another_mailbox,
    let_leave,
    of_record,
    put_back,
    readdressed,
    rewrite,
    stored,
    waiting,
)
from merge.ledger.schema import (
    RECIPIENT_COLUMNS,
    columns_of,
    recipient_of,
    what_was_edited,
    whole,
    with_edits,
)
from merge.ledger.states import REQUEUED_BY_EDIT, TOUCHED_BY_IMPORT, WRITTEN_TO
from merge.model import Channel, LetterFault, MendedCell, Recipient, Status

WHERE_IT_STOOD = ("source", "row", "rows")
"""A sheet that is sorted anew changes nobody."""


def field_changes(
    row: Row[*tuple[Any, ...]], after: Recipient, differing: set[str], delivery: Latest | None
) -> Iterator[FieldChange]:
    """Each field of those `differing` that is not what it was; of lines those that differ."""
    before = recipient_of(row)
    pairs = {
        name: (_as_text(getattr(before, name)), _as_text(getattr(after, name)))
        for name in sorted(differing - {*WHERE_IT_STOOD, "fields", "fault", "is_person", "lines"})
    }
    if "lines" in differing:
        old_lines, new_lines = (Counter(map(_line, each.lines)) for each in (before, after))
        if old_lines != new_lines:  # not only in another order
            gone, come = old_lines - new_lines, new_lines - old_lines
            pairs["lines"] = (
                "; ".join(sorted(gone.elements())),
                "; ".join(sorted(come.elements())),
            )
    then, now = ({**each.fields, **each.asked_not} for each in (before, after))
    for header in {**then, **now}:
        old, new = then.get(header, ""), now.get(header, "")
        if old != new:
            pairs[header] = (old, new)
    for field, (old, new) in pairs.items():
        yield FieldChange(
            key=after.key,
            name=after.name,
            field=field,
            before=old,
            after=new,
            written_to=delivery is not None and delivery.status in WRITTEN_TO,
        )


def _line(cells: Mapping[str, str]) -> str:
    return ", ".join(filter(None, cells.values()))


def _as_text(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(value)
    return "" if value is None else str(value)


_COLUMNS = tuple(column.name for column in RECIPIENT_COLUMNS)


@cache
def _households() -> Select[int]:
    of = schema.recipients.c
    on_paper = (of.email.is_(None), of.surname != "", of.street != "[]")
    same = (func.lower(of.surname), of.street, of.postcode, of.locality, of.country)
    shared = select(func.count().label("n")).where(*on_paper).group_by(*same)
    return select(func.count()).select_from(shared.having(func.count() > 1).subquery())


_OF_BEFORE = "SELECT key FROM recipients WHERE position < :first ORDER BY position"


class Importing(Reader):
    """What sheets and edits bring into the ledger."""

    @contextmanager
    def importing(self, at: datetime) -> Iterator[Intake]:
        """The whole import or nothing, in one transaction."""
        with self._database.writing() as tx:
            intake = Intake(tx, at)
            yield intake
            if not intake.kept:
                tx.rollback()
        self._database.end_bulk()

    def undo_import(self, at: datetime) -> int:
        """Take back the last import that still stands: the recipients it added go, the others are
        as they were, what edits decided about them on top, and their letters with them.

        Returns how many they are. LedgerError: "undo-nothing" (no import), "undo-too-late" (since
        then something was sent, tried, printed or said of a letter; lots that were given back
        aside).
        """
        with self._database.writing() as tx:
            imports, recipients = schema.imports, schema.recipients
            last = tx.execute(
                select(imports)
                .where(imports.c.undone_at.is_(None))
                .order_by(imports.c.id.desc())
                .limit(1)
            ).one_or_none()
            if last is None:
                raise LedgerError("undo-nothing")
            if is_overtaken(tx, last):
                raise LedgerError("undo-too-late", at=last.at)
            added = select(recipients.c.key).where(recipients.c.position >= last.first_position)
            n = tx.execute(select(func.count()).select_from(added.subquery())).scalar_one()
            for table in (schema.deliveries, schema.attempts, schema.edits):
                tx.execute(delete(table).where(table.c.recipient.in_(added)))
            tx.execute(delete(recipients).where(recipients.c.position >= last.first_position))
            n += _restore(tx, last.id, at)
            tx.execute(update(imports).where(imports.c.id == last.id).values(undone_at=at))
            return n

    def edit(
        self,
        recipient: Recipient,
        changes: Mapping[str, str],
        channel: Channel | None,
        at: datetime,
    ) -> None:
        """Store the edited recipient; requeue it if it waited, was held, failed or bounced. One
        refused for now is due when it goes to another address.

        A claim on it is void from here on: whoever was about to send the letter as it was finds
        its intent refused. One that waits, and of whom all stays as it was, is left alone: it could
        be claimed a second time by whoever has it in hand.

        LedgerError("nobody-called") when the ledger has no such key.
        """
        with self._database.writing() as tx:
            row = stored(tx, [recipient.key]).get(recipient.key)
            if row is None:
                raise LedgerError("nobody-called", word=recipient.key)
            edited = what_was_edited(recipient_of(row), recipient, changes, row.edited)
            rewrite(tx, {**whole([recipient]), "edited": [edited]})
            if changes:
                about = {"recipient": recipient.key, "at": at}
                log = [{**about, "field": each, "value": changes[each]} for each in changes]
                tx.execute(insert(schema.edits), log)
            plan = Requeueing(tx, at)
            delivery = waiting(tx, [recipient.key]).get(recipient.key)
            plan.settle(
                recipient.key,
                delivery,
                _way(channel, delivery, row, recipient),
                renewed=bool(_differing(row, recipient))
                or (delivery is not None and delivery.status is not Status.QUEUED),
                touched=(Status.QUEUED, *REQUEUED_BY_EDIT),
            )
            if (
                delivery is not None
                and (delivery.status, delivery.channel) == (Status.DEFERRED, channel)
                and is_another_mailbox(recipient_of(row), recipient)
            ):
                plan.hasten(delivery)
            plan.carry_out()


class Intake:
    """One import under way, inside the caller's transaction: nothing is kept before `keep`.

    Known recipients keep their place; others come after them in the order of the sheet.
    """

    def __init__(self, tx: Connection, at: datetime) -> None:
        self._tx = tx
        self._at = at
        recipients = schema.recipients.c
        self._edited: dict[str, None] = {}
        self._relined: dict[str, str] = {}
        self._first_position = self._next_position = (
            tx.execute(select(func.coalesce(func.max(recipients.position), -1))).scalar_one() + 1
        )
        self._seen = set[str]()  # of those of before; the changed ones among them
        self._changed = set[str]()
        self._passed_over = set[str]()
        self._number = self._begin()
        self._readdressed: Sequence[Readdressed] = ()
        self.supposed: set[str] = set()
        """Whom rows are about by evidence, and not by a key."""
        self._namesakes: list[Namesake] = []
        self._minted = 0
        self._may_know = True
        self.kept = False

    def identified(
        self, found: Iterable[Recipient], unsaid: Collection[str] = ()
    ) -> Iterator[Recipient]:
        """The recipients of one sheet, each with its key: its own, that of the recipient of before
        whom the row is about, or a new one. See `identifying`.

        Those to whom it says not to write come last, and none of them is new. No sheet has two rows
        of one key. `unsaid` are the parts that no column of it says.
        """
        self._may_know = self._next_position > 0
        register: Register | None = None
        unknown: dict[bool, list[Recipient]] = {False: [], True: []}  # by whether it asks that
        for each in found:
            if each.key:
                yield each
            elif not self._may_know:
                yield self._with_new_key(each)
            else:
                register = register or Register(self._tx, each, unsaid)
                if key := register.find(each):
                    yield _with_key(each, key)
                else:
                    unknown[bool(each.asked_not)].append(each)
        if register and any(unknown.values()):
            register.read_evidence()
            for said in unknown.values():
                yield from self._by_evidence(said, register)

    def _by_evidence(self, said: Sequence[Recipient], register: Register) -> Iterator[Recipient]:
        waiting = [*map(Sought.of, said)]
        mended = (register.by_likeness, register.by_name_alone)
        for find in (register.by_all_evidence, register.by_evidence, *mended):
            unknown: list[Sought] = []
            for sought in waiting:
                if key := find(sought):
                    self.supposed.add(key)
                    yield _with_key(sought.said, key)
                else:
                    unknown.append(sought)
            waiting = unknown
        for sought in waiting:
            new = self._with_new_key(sought.said)
            if namesake := register.namesake(sought, new):
                self._namesakes.append(namesake)
            yield new

    def _with_new_key(self, recipient: Recipient) -> Recipient:
        highest = self._minted or int(self._tx.execute(_highest_number()).scalar_one_or_none() or 0)
        self._minted = max(highest, self._first_position) + 1  # no key is anybody's twice
        return _with_key(recipient, str(self._minted))

    def take(
        self,
        said: Sequence[Recipient],
        joined: Callable[[Recipient, Recipient], Recipient] | None = None,
        unsaid: Collection[str] = (),
    ) -> Sequence[FieldChange]:
        """Upsert these recipients by key, with edits on top; what changed of those known.

        `joined(known, said)` makes the recipient of what was known of it before, by this import
        or by earlier ones: the same where the `unsaid` parts alone are known beside what is said.
        Without it, what is said counts alone. An edited one is reached as its edited record says. A
        delivery that is no longer queued or held is never touched, but for `ImportChange.returned`
        and `deferred` when all of it is kept; `stay_returned` is settled then, too.
        """
        silent = {name for name in unsaid if not any(getattr(each, name) for each in said)}
        facts = [name for name in _COLUMNS if name not in {*silent, *WHERE_IT_STOOD}]
        recipients, known = schema.recipients.c, dict[str, Row[*tuple[Any, ...]]]()
        if self._may_know:
            names = (*facts, *WHERE_IT_STOOD, "position", "edited")
            query = select(*(recipients[name] for name in names)).where(is_listed(recipients.key))
            found = self._tx.execute(query, {LIST: listed(each.key for each in said)})
            known = {row.key: row for row in found.all()}
        plan = Requeueing(self._tx, self._at)
        if new := [each for each in said if each.key not in known and not each.asked_not]:
            self._add(new, plan)
        others: list[Recipient] = []
        moved: list[tuple[Any, ...]] = []
        if of_before := [each for each in said if each.key in known]:
            columns, n = columns_of(of_before), len(facts)
            values = zip(*(columns[name] for name in (*facts, *WHERE_IT_STOOD)), strict=True)
            for each, now in zip(of_before, values, strict=True):
                row = known[each.key]
                if row.position < self._first_position:
                    self._seen.add(each.key)
                if row.edited or each.asked_not or row[:n] != now[:n]:
                    others.append(each)
                elif row[n:-2] != now[n:]:
                    moved.append((each.key, *now[n:]))
            if moved:
                stand = zip(("key", *WHERE_IT_STOOD), zip(*moved, strict=True), strict=True)
                rewrite(self._tx, dict(stand))
        told = self._take_others(others, joined, plan) if others else ()
        plan.carry_out()
        return told

    def _add(self, new: Sequence[Recipient], plan: Requeueing) -> None:
        """Whoever is new, behind all others."""
        first, self._next_position = self._next_position, self._next_position + len(new)
        columns = {**whole(new), "position": range(first, self._next_position)}
        put(self._tx, schema.recipients, [*columns], zip(*columns.values(), strict=True))
        for each in new:
            plan.settle(each.key, None, channel_for(each), renewed=True)

    def _take_others(
        self,
        others: Sequence[Recipient],
        joined: Callable[[Recipient, Recipient], Recipient] | None,
        plan: Requeueing,
    ) -> Sequence[FieldChange]:
        """Those of whom the sheet says something else than the ledger."""
        keys = [each.key for each in others]
        rows, deliveries = stored(self._tx, keys), waiting(self._tx, keys)
        rewritten: list[Recipient] = []
        remembered: list[tuple[Any, ...]] = []
        told: list[FieldChange] = []
        for recipient in others:
            row = rows[recipient.key]
            if recipient.asked_not:
                recipient = recipient_of(row)._replace(fault=recipient.fault)
            elif joined is not None:
                recipient = joined(recipient_of(row), recipient)
            if row.edited:
                recipient = self._as_edited(recipient, row.edited)
            differing = _differing(row, recipient)
            delivery = deliveries.get(recipient.key)
            if differing:
                rewritten.append(recipient)
            renewed = bool(differing.difference(WHERE_IT_STOOD))
            if renewed and row.position < self._first_position:
                changes = list(field_changes(row, recipient, differing, delivery))
                told += changes
                if any(each.written_to and each.field == "lines" for each in changes):
                    self._relined[recipient.key] = (
                        f"{recipient.name} ({recipient.number or recipient.key})"
                    )
                if row.key not in self._changed:
                    record = json.dumps(dict(zip(_COLUMNS, row, strict=False)))  # more follow
                    remembered.append((self._number, row.key, record))
                self._changed.add(row.key)
            if recipient.asked_not:
                plan.hold(delivery, LetterFault(key=row.key, code=recipient.fault))
                continue
            channel = _way(channel_for(recipient), delivery, row, recipient)
            plan.settle(recipient.key, delivery, channel, renewed=renewed)
        if rewritten:
            rewrite(self._tx, whole(rewritten))
        put(self._tx, schema.import_before, ("import_id", "recipient", "record"), remembered)
        return told

    def pass_over(self, key: str) -> None:
        """One that stands in a sheet and is not to be taken from it: it is not absent."""
        self._passed_over.add(key)

    def change(self) -> ImportChange:
        """What the import has done so far."""
        letters = self._letters_to_leave()
        taken = stored(self._tx, [each.key for each in self._namesakes])
        namesakes = [each for each in self._namesakes if each.key in taken]  # not left out
        return ImportChange(
            **self._figures,
            absent=self._absent(),
            counts=counts(self._tx),
            edited=tuple(self._edited),
            twins=(*self._twins(), *(each.key for each in namesakes)),
            doubled=(
                *(each for each in namesakes if each.was_written_to),
                *(doubles(self._tx, self._first_position, self._seen) if self._minted else ()),
            ),
            returned=tuple(letter.key for letter in letters if letter.is_returned),
            deferred=tuple(letter.key for letter in letters if letter.is_deferred),
            relined=tuple(self._relined.values()),
            stay_returned=tuple(letter.key for letter in letters if letter.came_back),
            households=int(self._tx.execute(_households()).scalar_one()),
        )

    @property
    def _figures(self) -> dict[str, int]:
        return {
            "added": self._next_position - self._first_position,
            "changed": len(self._changed),
            "unchanged": len(self._seen) - len(self._changed),
        }

    def _letters_to_leave(self) -> Sequence[Readdressed]:
        if self.kept:
            return self._readdressed
        return readdressed(self._tx, self._number) if self._changed else ()

    def _absent(self) -> tuple[str, ...]:
        """The keys of those whom no sheet has named, in their order."""
        before = handle_of(self._tx).execute(_OF_BEFORE, {"first": self._first_position})
        named = self._seen | self._passed_over
        return tuple(key for (key,) in before if key not in named)

    def _twins(self) -> Iterable[str]:
        """Which communes were added while one of the same name was there before, at the same
        postcode or mailbox. One of them has no INSEE code, which would be the key of both.

        Another column of keys makes all of a known sheet new, and each would be written to again.
        """
        twins: dict[str, None] = {}
        if not 0 < self._first_position < self._next_position:
            return twins
        known: dict[tuple[str, str], str | None] = {}  # the code, None where one has none
        names = ("key", "position", "commune", "insee", "email", "postcode")
        communes = select(*(schema.recipients.c[name] for name in names)).where(
            schema.recipients.c.commune != ""
        )
        for key, position, commune, insee, *places in self._tx.execute(
            communes.order_by(schema.recipients.c.position)
        ):
            for there in ((fold(commune), at) for at in places if at):
                if position < self._first_position:
                    known[there] = known.get(there, insee) and insee
                elif there in known and not (insee and known[there]):
                    twins[key] = None
        return twins

    def keep(
        self,
        sources: Sequence[tuple[str, str]],
        *,
        readings: Sequence[tuple[str, Mapping[str, Any]]] = (),
        mended: Mapping[str, Sequence[MendedCell]] = MappingProxyType({}),
    ) -> None:
        """Keep all of it when the context ends. `sources` are the sheets: (file, SHA-256).

        `readings` are how they were read, each with the sheet's shape. Of each shape in `mended`,
        these cells and no others are mended from now on.
        """
        self._readdressed = self._letters_to_leave()
        let_leave(self._tx, self._number, self._readdressed, self._at)
        self._tx.execute(
            update(schema.imports)
            .where(schema.imports.c.id == self._number)
            .values(**self._figures, absent=len(self._absent()))
        )
        sheets = [(self._number, place, *each) for place, each in enumerate(sources)]
        columns = ("import_id", "place", "file", "sha256")
        put(self._tx, schema.import_sources, columns, sheets)
        kept = [
            (self._number, place, shape, json.dumps(reading, ensure_ascii=False))
            for place, (shape, reading) in enumerate(readings)
        ]
        put(self._tx, schema.readings, ("import_id", "place", "shape", "reading"), kept)
        for shape, cells in mended.items():
            keep_mended(self._tx, shape, cells, self._at)
        self.kept = True

    def _begin(self) -> int:
        """The import's row, for what refers to it; `keep` fills in what came of it."""
        imports = schema.imports.c
        number = self._tx.execute(select(func.coalesce(func.max(imports.id), 0) + 1)).scalar_one()
        self._tx.execute(
            insert(schema.imports).values(
                id=number,
                at=self._at,
                counter=select(schema.campaign.c.counter).scalar_subquery(),
                first_position=self._first_position,
                **dict.fromkeys(("added", "changed", "unchanged", "absent"), 0),
            )
        )
        return int(number)

    def _as_edited(self, said: Recipient, edits: str) -> Recipient:
        edited = with_edits(said, edits)
        if edited == said:
            self._edited.pop(said.key, None)
        else:
            self._edited[said.key] = None
        return edited


def _with_key(recipient: Recipient, key: str) -> Recipient:
    """The same recipient under this key."""
    return Recipient._make((key, *recipient[1:]))  # _replace takes twice as long


def _differing(row: Row[*tuple[Any, ...]], recipient: Recipient) -> set[str]:
    """The columns that are stored otherwise."""
    both = zip(columns_of([recipient]).items(), row, strict=False)  # more columns follow
    return {name for (name, (value,)), known in both if value != known}


@cache
def _highest_number() -> Select[str]:
    """The highest of the keys that are numbers, without the zeros before it."""
    key = schema.recipients.c.key
    number = func.ltrim(key, "0")
    query = select(number).where(func.ltrim(key, "0123456789") == "")
    return query.order_by(func.length(number).desc(), number.desc()).limit(1)


def _way(
    channel: Channel | None,
    delivery: Latest | None,
    row: Row[*tuple[Any, ...]],
    recipient: Recipient,
) -> Channel | None:
    """`channel`, or the one that the letter stays on.

    Stays there if it was put there although its unchanged e-mail is known: after a bounce, with its
    lot discarded since, paper stands in for a dead address.
    """
    if channel is None or delivery is None or not takes_over(delivery.channel, channel):
        return channel
    before = recipient_of(row)
    names_another = not before.email or is_another_mailbox(before, recipient)
    waits = delivery.status in TOUCHED_BY_IMPORT and delivery.channel in ways_to(recipient)
    return delivery.channel if waits and not names_another else channel


def _restore(tx: Connection, number: int, at: datetime) -> int:
    """Every recipient that the import changed as it was; its letter goes where it would have."""
    before = schema.import_before
    mine = before.c.import_id == number
    every = tx.scalars(select(before.c.recipient).where(mine)).all()
    for keys in chunks(every):
        these = select(before.c.recipient, before.c.record).where(
            mine, before.c.recipient.in_(keys)
        )
        records = {key: json_object(record) for key, record in tx.execute(these)}
        plan, rows = Requeueing(tx, at), list[Recipient]()
        today, deliveries = stored(tx, keys), waiting(tx, keys)
        for key in keys:
            recipient = of_record(records[key])
            delivery = deliveries.get(key)
            if today[key].edited:
                recipient = with_edits(recipient, today[key].edited)
            rows.append(recipient)
            if not put_back(tx, records[key], delivery, recipient):
                plan.settle(key, delivery, channel_for(recipient), renewed=True)
        rewrite(tx, whole(rows))
        plan.carry_out()
    tx.execute(delete(before).where(mine))
    return len(every)
