"""Sending once: claims, intents and outcomes, each by compare-and-set.

A sender is a process that holds an OS lock for its life, known by its token. What runs with every
message (`claim`, `commit`) goes by prepared statements.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    and_,
    bindparam,
    case,
    func,
    insert,
    not_,
    or_,
    select,
    union,
    update,
)

from merge.ledger import schema
from merge.ledger.deliveries import AFRESH, chunks, keep_attempts, may_become, was_in_doubt
from merge.ledger.driver.database import Handle
from merge.ledger.driver.prepared import LIST, Prepared, is_listed, is_one_of, listed
from merge.ledger.reading import Reader
from merge.ledger.records import Claimed, Commit, Intent, Outlook, QuotaLimits, Settled
from merge.ledger.resolving import release_sender
from merge.ledger.schema import DELIVERY_COLUMNS, RECIPIENT_COLUMNS, held, recipient_of
from merge.ledger.states import IN_HAND, may_move, sources
from merge.model import Channel, Delivery, LetterFault, Status
from merge.outcome import Phase

ROWS_AT_ONCE = 1_000
"""Rows read at once: memory does not grow with the number of queued deliveries."""

_deliveries = schema.deliveries
_this_one = _deliveries.c.id == bindparam("which")
_is_mine = _deliveries.c.claimant == bindparam("to_sender")


class Sending(Reader):
    """What becomes of e-mails. Whoever sends claims first; nobody else gets those."""

    def may_go(
        self, keys: Sequence[str] | None, now: datetime, *, again: bool
    ) -> Iterator[tuple[int, str]]:
        """Id and mail domain of each e-mail that may go. Releases dead senders' claims first.

        The queued ones in the order of their ids or, with `again`, the deferred ones that are due;
        none that a sender has claimed. `keys` narrows; None is everybody.
        """
        self.release_dead_senders()
        with self._database.reading() as tx:
            was_tried = _deliveries.c.status == Status.DEFERRED
            query = (
                select(_deliveries.c.id, _deliveries.c.recipient, schema.recipients.c.email)
                .join(schema.recipients)
                .where(_may_go_at(now), was_tried if again else not_(was_tried))
                .order_by(_deliveries.c.id)
            )
            wanted = None if keys is None else frozenset(keys)
            for number, recipient, email in tx.execute(query).yield_per(ROWS_AT_ONCE):
                if wanted is None or recipient in wanted:
                    yield number, _mail_domain(email)

    def outlook(self, keys: Sequence[str] | None, now: datetime) -> Outlook:
        """How many unclaimed e-mails may go now, and when the next one is due."""
        with self._database.reading() as tx:
            is_due, not_before = _is_due(now), _deliveries.c.not_before
            query = select(
                func.count(case((is_due, 1))), func.min(case((not_(is_due), not_before)))
            ).where(
                _deliveries.c.channel == Channel.EMAIL,
                is_one_of(_deliveries.c.status, (Status.QUEUED, Status.DEFERRED)),
                _deliveries.c.claimant.is_(None),
            )
            if keys is None:
                found = tx.execute(query)
            else:
                found = tx.execute(
                    query.where(is_listed(_deliveries.c.recipient)), {LIST: listed(keys)}
                )
            at_once, next_at = found.one()
            return Outlook(now=at_once, next_at=next_at)

    def mail_domains(self, keys: Sequence[str] | None) -> Counter[str]:
        """How many e-mails wait, be they due or not, by the mail domain they go to."""
        query = (
            select(_deliveries.c.recipient, schema.recipients.c.email)
            .join(schema.recipients)
            .where(
                _deliveries.c.channel == Channel.EMAIL,
                is_one_of(_deliveries.c.status, (Status.QUEUED, Status.DEFERRED)),
            )
        )
        wanted = None if keys is None else frozenset(keys)
        with self._database.reading() as tx:
            return Counter(
                _mail_domain(email)
                for recipient, email in tx.execute(query).yield_per(ROWS_AT_ONCE)
                if wanted is None or recipient in wanted
            )

    def claim(self, delivery_ids: Sequence[int], now: datetime) -> list[Claimed]:
        """Reserve those of these that still may go, in this order; no other living sender gets
        them."""
        with self._database.writing_fast() as handle:
            rows = _free().records(handle, {LIST: listed(delivery_ids), "now": now})
            n = len(DELIVERY_COLUMNS)
            free = {row[0]: Claimed(Delivery._make(row[:n]), recipient_of(row[n:])) for row in rows}
            _reserve().run(handle, [{LIST: listed(free), "to_sender": self._sender}])
            return [free[number] for number in delivery_ids if number in free]

    def commit(
        self,
        settled: list[Settled],
        intents: Sequence[Intent],
        account: str,
        limits: QuotaLimits,
        now: datetime,
    ) -> Commit:
        """Outcomes and intents in one transaction; then quota and counter in accounts.db.

        Called before any body leaves. `settled` is emptied after the ledger's commit: an error
        raised later concerns the intents alone. LedgerError("ledger-gone"): see `Database`.
        """
        if intents:
            self._database.refuse_elsewhere()
        outcomes = list(settled)
        try:
            with self._database.writing_fast() as handle:
                _settle(handle, self._sender, settled)
                receivers = {intent.delivery_id: intent.receiver for intent in intents}
                beside = intents and self._accounts.is_beside(self._database)
                spend = (  # first: who spends from one account does so one after the other
                    self._accounts.spend_with(
                        handle, account, limits, to=receivers.values(), now=now
                    )
                    if beside
                    else None
                )
                written = _intend(handle, self._sender, intents, now)
                intended, counter = written()
                to = [receivers[number] for number in intended]
                granted = spend(to) if spend else None
                settled.clear()
        except BaseException as error:
            # Ctrl-C may come when the commit is done, and nothing is written down twice.
            if isinstance(error, Exception) or self._database.is_writing:
                settled[:] = outcomes
            raise
        if not intended:
            return Commit()
        if granted is not None:
            self._accounts.witness(self.campaign_id, counter)
        else:
            granted = self._accounts.spend(
                account, limits, campaign_id=self.campaign_id, counter=counter, to=to, now=now
            )
        leaving = [number for number, may_go in zip(intended, granted, strict=True) if may_go]
        staying = [number for number, may_go in zip(intended, granted, strict=True) if not may_go]
        return Commit(leaving=leaving, staying=staying)

    def hold(self, delivery_id: int, fault: LetterFault, at: datetime) -> None:
        """queued, or for e-mail also sending or deferred → held: its letter has this fault."""
        with self._database.writing() as tx:
            claimant = _deliveries.c.claimant
            tx.execute(
                update(_deliveries)
                .where(
                    _deliveries.c.id == delivery_id,
                    or_(claimant.is_(None), claimant == self._sender),
                    may_become(Status.HELD),
                )
                .values(held(fault, at))
            )

    def requeue(self, delivery_ids: Sequence[int]) -> None:
        """held → queued, and no others."""
        with self._database.writing() as tx:
            tx.execute(
                update(_deliveries)
                .where(_this_one, _deliveries.c.status == Status.HELD)
                .values(status=Status.QUEUED, detail=""),
                [{"which": number} for number in delivery_ids],
            )

    def requeue_failed(
        self, delivery_ids: Sequence[int], at: datetime, *, phase: Phase, words: str
    ) -> int:
        """failed → queued, with an attempt that says why; how many: paper may have taken some."""
        n = 0
        with self._database.writing() as tx:
            for some in chunks(delivery_ids):
                these = and_(
                    _deliveries.c.id.in_(some),
                    _deliveries.c.channel == Channel.EMAIL,
                    _deliveries.c.status == Status.FAILED,
                )
                keep_attempts(
                    tx, these, Status.QUEUED, at, self._sender, phase=phase.value, words=words
                )
                n += tx.execute(update(_deliveries).where(these).values(**AFRESH, at=at)).rowcount
        return n

    def release(self, delivery_ids: Sequence[int]) -> None:
        """Release this sender's claims on these, and erase intents whose body never left, or was
        refused whole because of the login.

        The Message-ID of a letter that was in doubt before stays, so that a late proof still finds
        it.
        """
        if not delivery_ids:
            return
        with self._database.writing() as tx:
            which = [{"which": number} for number in delivery_ids]
            mine = update(_deliveries).where(_this_one, _deliveries.c.claimant == self._sender)
            intended = mine.where(_deliveries.c.status == Status.SENDING)
            nothing = dict.fromkeys(("message_id", "address", "sha256", "fingerprint"), "")
            tx.execute(
                intended.where(not_(was_in_doubt())).values(status=Status.QUEUED, **nothing), which
            )
            tx.execute(intended.values(status=Status.QUEUED), which)
            tx.execute(mine.values(claimant=None), which)

    def release_dead_senders(self) -> int:
        """Void the claims of senders whose lock is free; returns how many became `unknown`."""
        dead = self.dead_senders()
        if not dead:
            return 0
        with self._database.writing() as tx:
            return sum(release_sender(tx, token, self._now()) for token in dead)

    def dead_senders(self) -> Sequence[str | None]:
        """Tokens of dead senders that still hold a delivery.

        None stands for `sending` rows without a claimant: they are from before there were claims.
        """
        claimant = _deliveries.c.claimant
        named = select(claimant).where(_deliveries.c.status.in_(IN_HAND), claimant.is_not(None))
        nobody = select(claimant).where(_deliveries.c.status == Status.SENDING, claimant.is_(None))
        with self._database.reading() as tx:
            others = set(tx.execute(union(named, nobody)).scalars()) - {self._sender}
        return [token for token in others if token is None or not self._alive(token)]


def _mail_domain(email: str | None) -> str:
    return (email or "").rpartition("@")[2].lower()


def _is_due(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """It waits, and may go by now."""
    again = and_(_deliveries.c.status == Status.DEFERRED, _deliveries.c.not_before <= now)
    return or_(_deliveries.c.status == Status.QUEUED, again)


def _may_go_at(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """An e-mail that is queued or deferred, due, and not claimed."""
    is_free = _deliveries.c.claimant.is_(None)
    return and_(_deliveries.c.channel == Channel.EMAIL, _is_due(now), is_free)


@cache
def _free() -> Prepared:
    now = bindparam("now", type_=_deliveries.c.not_before.type)
    return Prepared(
        select(*DELIVERY_COLUMNS, *RECIPIENT_COLUMNS)
        .join(schema.recipients, _deliveries.c.recipient == schema.recipients.c.key)
        .where(is_listed(_deliveries.c.id), _may_go_at(now))
        .with_for_update(of=_deliveries, skip_locked=True)  # another sender claims it: not free
    )


@cache
def _reserve() -> Prepared:
    ours = is_listed(_deliveries.c.id)
    return Prepared(update(_deliveries).where(ours).values(claimant=bindparam("to_sender")))


def _settle(handle: Handle, sender: str, settled: Sequence[Settled]) -> None:
    """Keep every attempt, and let its outcome decide where it still may.

    Only deliveries that this sender has claimed are settled, with one exception: SENT also
    overrides `unknown`, and a delivery that was requeued since. Nothing overrides SENT.
    """
    if not settled:
        return
    rows = [_outcome_row(one, sender) for one in settled]
    _keep_attempt().run(handle, rows)
    for status in dict.fromkeys(one.outcome.status for one in settled):
        _settle_as(status).run(handle, [row for row in rows if row["to_status"] is status])


@cache
def _keep_attempt() -> Prepared:
    attempts = schema.attempts
    names = ("sender", "at", "status", "phase", "code", "enhanced", "words", "duration_ms")
    delivery = (_deliveries.c.recipient, _deliveries.c.wave, _deliveries.c.channel)
    outcome = (bindparam(f"to_{name}", type_=attempts.c[name].type) for name in names)
    # A server that is lost at its COMMIT may have done it: what is tried again is written once.
    is_written = and_(
        _deliveries.c.claimant.is_(None),
        _deliveries.c.status == bindparam("to_status"),
        _deliveries.c.at == bindparam("to_at"),
    )
    return Prepared(
        insert(attempts).from_select(
            ["recipient", "wave", "channel", *names],
            select(*delivery, *outcome).where(_this_one, not_(is_written)),
        )
    )


@cache
def _settle_as(status: Status) -> Prepared:
    may_settle = and_(
        _is_mine,
        is_one_of(
            _deliveries.c.status,
            [before for before in IN_HAND if may_move(Channel.EMAIL, before, status)],
        ),
    )
    if status is Status.SENT:
        given_back = and_(
            _deliveries.c.status == Status.QUEUED,
            _deliveries.c.channel == Channel.EMAIL,
            _deliveries.c.claimant.is_(None),
        )
        may_settle = or_(may_settle, _deliveries.c.status == Status.UNKNOWN, given_back)
    return Prepared(
        update(_deliveries)
        .where(_this_one, may_settle)
        .values(
            status=status,
            at=bindparam("to_at"),
            code=bindparam("to_code"),
            enhanced=bindparam("to_enhanced"),
            detail=bindparam("to_detail"),
            not_before=bindparam("to_not_before"),
            claimant=None,
        )
    )


def _outcome_row(one: Settled, sender: str) -> dict[str, object]:
    outcome = one.outcome
    is_deferred = outcome.status is Status.DEFERRED
    return {
        "which": one.delivery_id,
        "to_sender": sender,
        "to_at": one.at,
        "to_not_before": (one.not_before or one.at) if is_deferred else None,
        "to_status": outcome.status,
        "to_phase": outcome.phase.value,
        "to_code": outcome.code,
        "to_enhanced": outcome.enhanced,
        "to_words": outcome.words,
        "to_detail": held(one.fault, one.at)["detail"] if one.fault else outcome.words,
        "to_duration_ms": outcome.duration_ms,
    }


def _intend(
    handle: Handle, sender: str, intents: Sequence[Intent], now: datetime
) -> Callable[[], tuple[list[int], int]]:
    """Write intents down: claimed by this sender → `sending`.

    A delivery already `sending` under this claim counts as written. What is returned reads the ids
    of those written, in their order, and the ledger's counter, which they move on: from here on
    something can leave.
    """
    if not intents:
        return lambda: ([], 0)
    rows = [
        {
            "which": one.delivery_id,
            "to_sender": sender,
            "to_at": now,
            "to_message_id": one.message_id,
            "to_address": one.address,
            "to_sha256": one.sha256,
            "to_fingerprint": one.fingerprint,
        }
        for one in intents
    ]
    wanted = [one.delivery_id for one in intents]
    _write_intent().run(handle, rows)
    asked = _intended().asked(handle, {LIST: listed(wanted), "to_sender": sender})

    def read() -> tuple[list[int], int]:
        counters = dict[int, int](asked())
        if not counters:
            return [], 0
        _count_up().run(handle, [{}])
        counter = max(counters.values()) + 1
        return [number for number in wanted if number in counters], counter

    return read


@cache
def _count_up() -> Prepared:
    counter = schema.campaign.c.counter
    return Prepared(update(schema.campaign).values(counter=counter + 1))


@cache
def _write_intent() -> Prepared:
    return Prepared(
        update(_deliveries)
        .where(
            _this_one,
            _is_mine,
            is_one_of(_deliveries.c.status, sources(Channel.EMAIL, Status.SENDING)),
        )
        .values(
            status=Status.SENDING,
            at=bindparam("to_at"),
            message_id=bindparam("to_message_id"),
            address=bindparam("to_address"),
            sha256=bindparam("to_sha256"),
            fingerprint=bindparam("to_fingerprint"),
        )
    )


@cache
def _intended() -> Prepared:
    mine = (is_listed(_deliveries.c.id), _is_mine, _deliveries.c.status == Status.SENDING)
    counter = select(schema.campaign.c.counter).scalar_subquery()
    return Prepared(select(_deliveries.c.id, counter).where(*mine))
