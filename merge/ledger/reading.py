"""What the ledger says. Readers are free: each look is a snapshot, and writers go on meanwhile.

Queued deliveries, which may be 35,000, are read page by page.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, func, not_, or_, select

from merge.channels import STATUSES, TAKEN_BY_PAPER
from merge.ledger import schema
from merge.ledger.accounts import Accounts
from merge.ledger.deliveries import (
    chunks,
    deliveries_by_id,
    is_kept_from_paper,
    is_latest_in,
    is_latest_wave,
)
from merge.ledger.driver.database import Database, json_object, telling_damage
from merge.ledger.driver.expressions import LIST, is_listed, listed
from merge.ledger.records import Candidate, refusal_in
from merge.ledger.requeueing import of_record
from merge.ledger.schema import (
    ATTEMPT_COLUMNS,
    DELIVERY_COLUMNS,
    LOT_COLUMNS,
    RECIPIENT_COLUMNS,
    recipient_of,
)
from merge.ledger.states import NOT_BACK
from merge.model import (
    Attempt,
    Channel,
    Counts,
    Delivery,
    Lot,
    Recipient,
    Status,
)
from merge.outcome import Phase

_PAGE = 1000
_A_PAGE = {"yield_per": _PAGE}  # a server sends no more at once
_TRIES = [phase for phase in Phase if phase is not Phase.BOUNCE]
_T = TypeVar("_T")

_by_place = schema.recipients.c.position


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Reader:
    """Every question to a ledger that changes nothing. The other parts of `Ledger` build on it.

    `sender` is the token of this process's lock ("" for a reader), `alive` tells whether the
    holder of another token still lives.
    """

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        *,
        sender: str = "",
        alive: Callable[[str], bool] = lambda token: False,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._sender = sender
        self._alive = alive
        self._now = now
        self._campaign_id: str | None = None

    @property
    def campaign_id(self) -> str:
        """The campaign's UUID, for life."""
        if self._campaign_id is None:
            with self._database.reading() as tx:
                self._campaign_id = str(tx.execute(select(schema.campaign.c.uuid)).scalar_one())
        return self._campaign_id

    @property
    def counter(self) -> int:
        """Commits after which something could have left. Accounts keeps a copy of it."""
        with self._database.reading() as tx:
            return int(tx.execute(select(schema.campaign.c.counter)).scalar_one())

    def fact(self, name: str) -> str | None:
        """A fact about the campaign: `letter_version`, `letter_date`, `tested_version` …"""
        with self._database.glancing() as tx:
            found: str | None = tx.execute(_fact(), {"name": name}).scalar_one_or_none()
            return found

    def fact_as(self, name: str, read: Callable[[str], _T]) -> _T | None:
        """A fact as `read` makes it of its text. LedgerError("ledger-damaged") where it cannot."""
        with self._database.glancing() as tx:
            found = tx.execute(_fact(), {"name": name}).scalar_one_or_none()
            return telling_damage(read)(found) if found else None

    def recipients(self) -> list[Recipient]:
        """All of them, in the order of the sheet, edits applied."""
        query = select(*RECIPIENT_COLUMNS).order_by(_by_place)
        with self._database.reading() as tx:
            return [recipient_of(row) for row in tx.execute(query)]

    def recipient(self, key: str) -> Recipient | None:
        """The one with this key."""
        query = select(*RECIPIENT_COLUMNS).where(schema.recipients.c.key == key)
        with self._database.reading() as tx:
            row = tx.execute(query).one_or_none()
            return recipient_of(row) if row is not None else None

    def list_version(self) -> str:
        """A token that changes with each import, undo, edit and purge, and where an older ledger
        was restored: what was done to it since was done at another time.
        """
        imports, edits, whose = schema.imports.c, schema.edits.c, schema.recipients
        asked = (
            select(func.max(imports.at)),
            select(func.count(imports.undone_at)),
            select(func.max(imports.undone_at)),
            select(func.max(edits.at)),
            select(func.count(edits.id)),
            select(func.count()).select_from(whose),
            select(func.count()).where(whose.c.source == ""),  # whom a purge erased
        )
        with self._database.reading() as tx:
            return "/".join(str(tx.execute(each).scalar_one() or 0) for each in asked)

    def recipient_numbered(self, number: int) -> Recipient | None:
        """The one with this number: they count from 1, in the order of the sheet."""
        query = select(*RECIPIENT_COLUMNS).where(_by_place == number - 1)
        with self._database.reading() as tx:
            row = tx.execute(query).one_or_none()
            return recipient_of(row) if row is not None else None

    def number_waiting(self, channels: Collection[Channel] = ()) -> int | None:
        """The number of the first whose letter waits; None where none does. Some channels alone
        are looked at where they are given."""
        waits = [each for each in Status if each.is_waiting]
        query = select(func.min(_by_place)).join(schema.deliveries)
        query = query.where(schema.deliveries.c.status.in_(waits))
        if channels:
            query = query.where(schema.deliveries.c.channel.in_(channels))
        with self._database.reading() as tx:
            place = tx.execute(query.where(is_latest_in(tx))).scalar_one()
            return None if place is None else int(place) + 1

    def numbers_of(self, keys: Sequence[str]) -> Mapping[str, int]:
        """The numbers of those with these keys, by their keys."""
        query = select(schema.recipients.c.key, _by_place)
        with self._database.reading() as tx:
            return {
                key: place + 1
                for some in chunks(keys)
                for key, place in tx.execute(query.where(schema.recipients.c.key.in_(some)))
            }

    def numbers_beside(self, number: int) -> tuple[int | None, int | None]:
        """The numbers before it and after it that somebody has."""
        before = select(func.max(_by_place)).where(_by_place < number - 1)
        after = select(func.min(_by_place)).where(_by_place > number - 1)
        with self._database.reading() as tx:
            places = [tx.execute(query).scalar_one() for query in (before, after)]
        first, last = (None if place is None else int(place) + 1 for place in places)
        return first, last

    def recipients_of(self, keys: Sequence[str]) -> list[Recipient]:
        """Those with these keys, in the order of the sheet."""
        query = select(*RECIPIENT_COLUMNS).where(is_listed(schema.recipients.c.key))
        with self._database.reading() as tx:
            found = tx.execute(query.order_by(_by_place), {LIST: listed(keys)})
            return [recipient_of(row) for row in found]

    def unreachable(self) -> list[Recipient]:
        """Those whom nothing can reach, in the order of the sheet."""
        reached = select(schema.deliveries.c.recipient)
        query = select(*RECIPIENT_COLUMNS).where(schema.recipients.c.key.not_in(reached))
        with self._database.reading() as tx:
            return [recipient_of(row) for row in tx.execute(query.order_by(_by_place))]

    def names_of(self, keys: Sequence[str]) -> Mapping[str, str]:
        """The names of those with these keys, by their keys."""
        recipient = schema.recipients.c
        query = select(recipient.key, schema.NAME)
        with self._database.reading() as tx:
            return {
                key: name
                for some in chunks(keys)
                for key, name in tx.execute(query.where(recipient.key.in_(some)))
            }

    def headers(self) -> frozenset[str]:
        """Every column of the sheets that is no field of its own."""
        cells = schema.recipients.c.fields
        query = select(cells).where(cells != "{}").distinct()
        with self._database.reading() as tx:
            some = tx.execute(query).scalars()
            return frozenset(header for row in some for header in json_object(row))

    def candidates(self, keys: Sequence[str] | None, channels: Sequence[Channel]) -> Candidates:
        """Those whose letter could still leave on one of `channels`.

        Also those whom one of them takes over: who has an e-mail that failed or bounced gets paper
        next, where there is an address.
        """
        return Candidates(self._database, keys, channels)

    def deliveries(self, statuses: Collection[Status] | None = None) -> list[Delivery]:
        """All of them, or those with these statuses, in the order of the sheet, wave after wave."""
        query = (
            select(*DELIVERY_COLUMNS)
            .join(schema.recipients)
            .order_by(_by_place, schema.deliveries.c.wave)
        )
        if statuses is not None:
            query = query.where(schema.deliveries.c.status.in_(statuses))
        with self._database.reading() as tx:
            return [Delivery._make(row) for row in tx.execute(query)]

    def deliveries_by_id(self, ids: Sequence[int]) -> list[Delivery]:
        """These, in this order, without those that are gone."""
        with self._database.reading() as tx:
            return deliveries_by_id(tx, ids)

    def delivery(self, key: str, wave: int | None = None) -> Delivery | None:
        """One recipient's outcome in its latest wave, or in one; None when nothing reaches it."""
        in_wave = is_latest_wave() if wave is None else schema.deliveries.c.wave == wave
        query = select(*DELIVERY_COLUMNS).where(schema.deliveries.c.recipient == key, in_wave)
        with self._database.reading() as tx:
            row = tx.execute(query).one_or_none()
            return Delivery._make(row) if row is not None else None

    def deliveries_of(self, key: str) -> list[Delivery]:
        """One recipient's, wave after wave."""
        query = select(*DELIVERY_COLUMNS).where(schema.deliveries.c.recipient == key)
        with self._database.reading() as tx:
            rows = tx.execute(query.order_by(schema.deliveries.c.wave))
            return [Delivery._make(row) for row in rows]

    def attempts(self, key: str | None = None) -> Iterator[Attempt]:
        """Oldest first, a page at a time: a slow reader holds up nobody."""
        number = schema.attempts.c.id
        query = select(number, *ATTEMPT_COLUMNS).order_by(number).limit(_PAGE)
        if key is not None:
            query = query.where(schema.attempts.c.recipient == key)
        last = 0
        while True:
            with self._database.reading() as tx:
                page = tx.execute(query.where(number > last)).all()
            if not page:
                return
            last = page[-1][0]
            yield from (Attempt._make(row[1:]) for row in page)

    def last_attempt_at(self, since: datetime) -> datetime | None:
        """When the last one since then was."""
        tried = schema.attempts.c
        with self._database.reading() as tx:
            at: datetime | None = tx.scalar(select(func.max(tried.at)).where(tried.at >= since))
        return at

    def moves_since(self, at: datetime) -> Mapping[Status, int]:
        """How many letters became what since then, whoever said so."""
        moved = schema.attempts.c
        query = select(moved.status, func.count()).where(moved.at >= at).group_by(moved.status)
        with self._database.reading() as tx:
            return {status: int(n) for status, n in tx.execute(query)}

    def attempts_since(self, at: datetime) -> Mapping[Status, int]:
        """What servers said since then, and what a sender that died has left in doubt."""
        tried = schema.attempts.c
        query = select(tried.status, func.count()).where(tried.at >= at, tried.phase.in_(_TRIES))
        with self._database.reading() as tx:
            found = tx.execute(query.group_by(tried.status))
            return {status: int(n) for status, n in found}

    def sent_by(self, senders: Sequence[str]) -> Mapping[str, int]:
        """How many e-mails each of these has sent."""
        tried = schema.attempts.c
        query = select(tried.sender, func.count()).where(
            tried.sender.in_(senders), tried.status == Status.SENT, tried.phase.in_(_TRIES)
        )
        with self._database.reading() as tx:
            return {sender: int(n) for sender, n in tx.execute(query.group_by(tried.sender))}

    def deliveries_tried(self, at: datetime) -> frozenset[tuple[int, str]]:
        """Whose e-mail was tried since then: the delivery, and its recipient."""
        tried, delivery = schema.attempts.c, schema.deliveries.c
        of = (tried.recipient == delivery.recipient) & (tried.wave == delivery.wave)
        query = select(delivery.id, delivery.recipient).join(schema.attempts, of)
        query = query.where(tried.at >= at, tried.phase.in_(_TRIES))
        with self._database.reading() as tx:
            return frozenset((number, key) for number, key in tx.execute(query))

    def others_sent(self, key: str, after: datetime, before: datetime) -> bool:
        """Whether the server took an e-mail to somebody else after the one and until the other."""
        attempts = schema.attempts.c
        query = select(attempts.id).where(
            attempts.recipient != key,
            attempts.status == Status.SENT,
            attempts.phase == Phase.BODY.value,
            attempts.at > after,
            attempts.at <= before,
        )
        with self._database.reading() as tx:
            return tx.execute(query.limit(1)).first() is not None

    def readdressed_at(self, key: str) -> datetime | None:
        """When an edit or an import last gave this recipient another e-mail address."""
        edits, imports, before = schema.edits.c, schema.imports, schema.import_before
        edited = select(func.max(edits.at)).where(edits.recipient == key, edits.field == "email")
        email = select(schema.recipients.c.email).where(schema.recipients.c.key == key)
        changes = select(imports.c.at, before.c.record).join(before)
        changes = changes.where(before.c.recipient == key).order_by(imports.c.id.desc())
        with self._database.reading() as tx:
            found = [tx.execute(edited).scalar_one()]
            mailbox = _mailbox(tx.execute(email).scalar_one())
            for at, record in tx.execute(changes):
                if _mailbox(json_object(record).get("email")) != mailbox:
                    found.append(at)
                    break
        return max(filter(None, found), default=None)

    def written_to(self) -> Mapping[str, Recipient | None]:
        """The keys of those whose latest letter has left, may have or lies in a lot, and did not
        come back; with each whom it was made for, where an import has changed the record since.
        """
        delivery, tried, before = schema.deliveries.c, schema.attempts.c, schema.import_before.c
        left = (Status.SENT, Status.UNKNOWN)
        last = (
            select(func.max(tried.at))
            .where(tried.recipient == delivery.recipient, tried.wave == delivery.wave)
            .where(tried.phase == Phase.BODY.value, tried.status.in_(left))
            .scalar_subquery()
        )
        written = (
            select(delivery.recipient, func.coalesce(schema.lots.c.at, last))
            .join(schema.lots, isouter=True)
            .where(delivery.status.in_(NOT_BACK), is_latest_wave())
        )
        changes = select(before.recipient, schema.imports.c.at, before.record).join(schema.imports)
        with self._database.reading() as tx:
            rows = tx.execute(written).all()
            made = {key: at for key, at in rows if at}
            found: dict[str, Recipient | None] = {key: None for key, _at in rows}
            for key, at, record in tx.execute(changes.order_by(before.import_id)):
                if key in made and at > made[key] and not found[key]:
                    found[key] = of_record(json_object(record))
        return found

    def lots(self) -> list[Lot]:
        """All of them, by number; a discarded one has the status `queued`."""
        query = select(*LOT_COLUMNS).order_by(schema.lots.c.number)
        with self._database.reading() as tx:
            return [Lot._make(row) for row in tx.execute(query)]

    def counts(self) -> Counts:
        """Each recipient counted once, in its present channel; zeros included."""
        with self._database.reading() as tx:
            return counts(tx)

    def count_recipients(self) -> int:
        """How many recipients there are."""
        with self._database.reading() as tx:
            return _count_recipients(tx)


def counts(tx: Connection) -> Counts:
    """As `Reader.counts`."""
    by_channel = {channel: dict.fromkeys(statuses, 0) for channel, statuses in STATUSES.items()}
    place = (schema.deliveries.c.wave, schema.deliveries.c.channel, schema.deliveries.c.status)
    query = select(*place, func.count()).where(is_latest_in(tx)).group_by(*place)
    for _wave, channel, status, n in tx.execute(query):
        by_channel[channel][status] += n
    total = _count_recipients(tx)
    reached = sum(sum(each.values()) for each in by_channel.values())
    return Counts(recipients=total, by_channel=by_channel, unreachable=total - reached)


def _count_recipients(tx: Connection) -> int:
    return int(tx.execute(select(func.count()).select_from(schema.recipients)).scalar_one())


def _mailbox(email: str | None) -> str:
    return (email or "").casefold()


class Candidates:
    """Some of those whose letter could still leave, in the order of the sheet.

    They are read a page at a time, each time anew, so that a campaign of any size fits: one whose
    letter has left meanwhile is not among them.
    """

    def __init__(
        self, database: Database, keys: Sequence[str] | None, channels: Sequence[Channel]
    ) -> None:
        self._database = database
        self._channels = channels
        with database.reading() as tx:
            self.ids = _candidate_ids(tx, keys, channels)

    def __len__(self) -> int:
        return len(self.ids)

    def deliveries(self) -> Iterator[tuple[int, str]]:
        """Each one's delivery and recipient: an undone import leaves its numbers to the next."""
        return self._each(schema.deliveries.c.recipient)

    def addresses(self) -> Iterator[tuple[int, str | None]]:
        """Each one's delivery and e-mail address."""
        return self._each(schema.recipients.c.email)

    def _each(self, column: ColumnElement[Any]) -> Iterator[tuple[int, Any]]:
        number = schema.deliveries.c.id
        query = select(number, column).join(schema.recipients).where(is_listed(number))
        for some in chunks(self.ids):
            with self._database.reading() as tx:
                rows = [(each, value) for each, value in tx.execute(query, {LIST: listed(some)})]
            yield from rows

    def recipients(self) -> Iterator[Recipient]:
        """Each one's recipient."""
        return (each.recipient for each in self)

    def __iter__(self) -> Iterator[Candidate]:
        for some in chunks(self.ids):
            with self._database.glancing() as tx:
                page = list(_candidates_of(tx, some, self._channels))
            yield from page


def _candidate_ids(
    tx: Connection, keys: Sequence[str] | None, channels: Sequence[Channel]
) -> array[int]:
    """Their deliveries, in the order of the sheet: a few bytes each, however many they are."""
    delivery = schema.deliveries.c
    query = (
        select(delivery.id)
        .join(schema.recipients)
        .where(_could_leave(channels), is_latest_in(tx))
        .order_by(_by_place)
    )
    if keys is None:
        return array("q", tx.scalars(query, execution_options=_A_PAGE))
    wanted = frozenset(keys)
    rows = tx.execute(query.add_columns(delivery.recipient), execution_options=_A_PAGE)
    return array("q", (number for number, key in rows if key in wanted))


def _candidates_of(
    tx: Connection, ids: Sequence[int], channels: Sequence[Channel]
) -> Iterator[Candidate]:
    """Those of these deliveries whose letter still could leave, in this order."""
    rows = tx.execute(_candidates(tuple(channels)), {LIST: listed(ids)})
    found = {row[0]: row for row in rows}
    for each in ids:
        if each in found:
            delivery_id, channel, status, detail, *facts = found[each]
            yield Candidate(
                recipient=recipient_of(facts),
                channel=channel if status.is_waiting else Channel.PAPER,
                delivery_id=delivery_id,
                is_held=status is Status.HELD,
                refusal=refusal_in(detail) if status is Status.HELD else "",
            )


@cache
def _fact() -> Select[str]:
    facts = schema.facts.c
    return select(facts.value).where(facts.name == bindparam("name"))


@cache
def _candidates(channels: tuple[Channel, ...]) -> Select[Any]:
    delivery = schema.deliveries.c
    return (
        select(delivery.id, delivery.channel, delivery.status, delivery.detail, *RECIPIENT_COLUMNS)
        .join(schema.recipients, delivery.recipient == schema.recipients.c.key)
        .where(is_listed(delivery.id), _could_leave(channels))
    )


def _could_leave(channels: Sequence[Channel]) -> ColumnElement[bool]:
    """Nothing has left and something still may; or the e-mail came to nothing, and paper may go."""
    status, channel = schema.deliveries.c.status, schema.deliveries.c.channel
    waits = and_(
        status.in_([each for each in Status if each.is_waiting]),
        channel.in_(channels),
    )
    if Channel.PAPER not in channels:
        return waits
    town = schema.recipients.c
    taken_over = and_(
        channel == Channel.EMAIL,
        status.in_(TAKEN_BY_PAPER),
        town.locality != "",
        or_(town.postcode != "", town.country != ""),
        not_(is_kept_from_paper()),
    )
    return or_(waits, taken_over)
