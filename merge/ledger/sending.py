"""Sending once: claims, intents and outcomes, each by compare-and-set.

A sender is a process that holds an OS lock for its life, known by its token. What runs with every
message (`commit`) is SQL as it is, on the database's own connection.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import (
    and_,
    bindparam,
    case,
    func,
    not_,
    or_,
    select,
    union,
    update,
)

from merge.ledger import schema
from merge.ledger.deliveries import AFRESH, chunks, keep_attempts, may_become, was_in_doubt
from merge.ledger.driver.database import Handle, handle_of, telling_damage
from merge.ledger.driver.expressions import LIST, is_listed, listed
from merge.ledger.reading import Reader
from merge.ledger.records import Claimed, Commit, Intent, Outlook, QuotaLimits, Settled
from merge.ledger.resolving import release_sender
from merge.ledger.schema import DELIVERY_COLUMNS, RECIPIENT_COLUMNS, held, recipient_of
from merge.ledger.states import IN_HAND
from merge.model import Channel, Delivery, LetterFault, Status
from merge.outcome import Phase

ROWS_AT_ONCE = 1_000
"""Rows read at once: memory does not grow with the number of queued deliveries."""

_deliveries = schema.deliveries
_whole = telling_damage(int)
_this_one = _deliveries.c.id == bindparam("which")

# It waits, and may go by now.
_is_due = or_(
    _deliveries.c.status == Status.QUEUED,
    and_(_deliveries.c.status == Status.DEFERRED, _deliveries.c.not_before <= bindparam("now")),
)
# An e-mail that is queued or deferred, due, and not claimed.
_may_go = and_(_deliveries.c.channel == Channel.EMAIL, _is_due, _deliveries.c.claimant.is_(None))
_free = (
    select(*DELIVERY_COLUMNS, *RECIPIENT_COLUMNS)
    .join(schema.recipients, _deliveries.c.recipient == schema.recipients.c.key)
    .where(is_listed(_deliveries.c.id), _may_go)
    .with_for_update(of=_deliveries, skip_locked=True)  # another sender claims it: not free
)
_claim = update(_deliveries).where(is_listed(_deliveries.c.id)).values(claimant=bindparam("sender"))


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
                .where(_may_go, was_tried if again else not_(was_tried))
                .order_by(_deliveries.c.id)
            )
            wanted = None if keys is None else frozenset(keys)
            for number, recipient, email in tx.execute(query, {"now": now}).yield_per(ROWS_AT_ONCE):
                if wanted is None or recipient in wanted:
                    yield number, _mail_domain(email)

    def outlook(self, keys: Sequence[str] | None, now: datetime) -> Outlook:
        """How many unclaimed e-mails may go now, and when the next one is due."""
        with self._database.reading() as tx:
            not_before = _deliveries.c.not_before
            query = select(
                func.count(case((_is_due, 1))), func.min(case((not_(_is_due), not_before)))
            ).where(
                _deliveries.c.channel == Channel.EMAIL,
                _deliveries.c.status.in_((Status.QUEUED, Status.DEFERRED)),
                _deliveries.c.claimant.is_(None),
            )
            if keys is not None:
                query = query.where(is_listed(_deliveries.c.recipient))
            at_once, next_at = tx.execute(query, {"now": now, LIST: listed(keys or ())}).one()
            return Outlook(now=at_once, next_at=next_at)

    def mail_domains(self, keys: Sequence[str] | None) -> Counter[str]:
        """How many e-mails wait, be they due or not, by the mail domain they go to."""
        query = (
            select(_deliveries.c.recipient, schema.recipients.c.email)
            .join(schema.recipients)
            .where(
                _deliveries.c.channel == Channel.EMAIL,
                _deliveries.c.status.in_((Status.QUEUED, Status.DEFERRED)),
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
        with self._database.writing_fast() as tx:
            rows = tx.execute(_free, {LIST: listed(delivery_ids), "now": now})
            n = len(DELIVERY_COLUMNS)
            free = {row[0]: Claimed(Delivery._make(row[:n]), recipient_of(row[n:])) for row in rows}
            tx.execute(_claim, {LIST: listed(free), "sender": self._sender})
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
            with self._database.writing_fast() as tx:
                _settle(handle_of(tx), self._sender, settled)
                receivers = {intent.delivery_id: intent.receiver for intent in intents}
                beside = intents and self._accounts.is_beside(self._database)
                if beside:  # first: who spends from one account does so one after the other
                    self._accounts.hold(tx, account)
                written = _intend(handle_of(tx), self._sender, intents, now)
                spend = (
                    self._accounts.spend_with(tx, account, limits, to=receivers.values(), now=now)
                    if beside
                    else None
                )
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


# What follows runs with every message. A test compares the states with those of `merge.channels`.

# A server that is lost at its COMMIT may have done it: what is tried again is written once.
_KEEP_ATTEMPT = """
INSERT INTO attempts
    (recipient, wave, channel, sender, at, status, phase, code, enhanced, words, duration_ms)
SELECT recipient, wave, channel, :sender, :at, CAST(:status AS TEXT), :phase, :code, :enhanced,
    :words, :duration_ms
FROM deliveries
WHERE id = :which AND NOT (claimant IS NULL AND status = CAST(:status AS TEXT) AND at = :at)
"""
_SETTLE = """
UPDATE deliveries
SET status = CAST(:status AS TEXT), at = :at, code = :code, enhanced = :enhanced, detail = :detail,
    not_before = :not_before, claimant = NULL
WHERE id = :which AND (
    claimant = :sender
        AND (status = 'sending'
            OR status IN ('queued', 'deferred') AND CAST(:status AS TEXT) <> 'unknown')
    OR CAST(:status AS TEXT) = 'sent' AND (
        status = 'unknown' OR status = 'queued' AND channel = 'email' AND claimant IS NULL))
"""
_WRITE_INTENT = """
UPDATE deliveries
SET status = 'sending', at = :at, message_id = :message_id, address = :address, sha256 = :sha256,
    fingerprint = :fingerprint
WHERE id = :which AND claimant = :sender AND status IN ('queued', 'deferred')
"""
_INTENDED = """
SELECT id, (SELECT counter FROM campaign) FROM deliveries
WHERE id = :which AND claimant = :sender AND status = 'sending'
"""
_COUNT_UP = "UPDATE campaign SET counter = counter + 1"


def _settle(handle: Handle, sender: str, settled: Sequence[Settled]) -> None:
    """Keep every attempt, and let its outcome decide where it still may.

    Only deliveries that this sender has claimed are settled, with one exception: SENT also
    overrides `unknown`, and a delivery that was requeued since. Nothing overrides SENT.
    """
    if settled:
        rows = [_outcome_row(one, sender) for one in settled]
        handle.executemany(_KEEP_ATTEMPT, rows)
        handle.executemany(_SETTLE, rows)


def _outcome_row(one: Settled, sender: str) -> dict[str, object]:
    outcome = one.outcome
    is_deferred = outcome.status is Status.DEFERRED
    return {
        "which": one.delivery_id,
        "sender": sender,
        "at": one.at,
        "not_before": (one.not_before or one.at) if is_deferred else None,
        "status": outcome.status.value,
        "phase": outcome.phase.value,
        "code": outcome.code,
        "enhanced": outcome.enhanced,
        "words": outcome.words,
        "detail": held(one.fault, one.at)["detail"] if one.fault else outcome.words,
        "duration_ms": outcome.duration_ms,
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
            "sender": sender,
            "at": now,
            "message_id": one.message_id,
            "address": one.address,
            "sha256": one.sha256,
            "fingerprint": one.fingerprint,
        }
        for one in intents
    ]
    handle.executemany(_WRITE_INTENT, rows)
    asked = [handle.execute(_INTENDED, row) for row in rows]

    def read() -> tuple[list[int], int]:
        found = [row for cursor in asked for row in cursor]
        if not found:
            return [], 0
        handle.execute(_COUNT_UP)
        return [number for number, _counter in found], _whole(found[0][1]) + 1

    return read
