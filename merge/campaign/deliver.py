"""Send the letters that go by e-mail: each once, and the ledger always first.

For one recipient, in this order:

1. claim the delivery, so that no other sender takes it;
2. render, compose, and archive the exact bytes;
3. offer: MAIL, RCPT, DATA, until the server says 354;
4. one commit: the intent of this message, the outcome of the one before;
5. spend one of the account's quota, and let accounts.db witness the commit;
6. hand over the body. What the server then says is the outcome, committed with the next intent.

A kill before 4 leaves the delivery queued: nothing has left. A kill after 4 leaves it `sending`,
and the next command to open the ledger makes that `unknown`: it may have left, so it is never
sent again by itself. At most one message for each connection and kill can end so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import TracebackType
from typing import Literal

from merge.campaign.pace import FAILURES_IN_A_ROW, pause, retry_at
from merge.campaign.plan import fingerprint
from merge.campaign.ports import (
    Accounts,
    Archive,
    Books,
    Composer,
    Intent,
    Limits,
    PostOffice,
    Settled,
    Template,
    Watch,
)
from merge.errors import AccountPaused, Stopped
from merge.model import (
    Aim,
    Attempt,
    Channel,
    Delivery,
    Envelope,
    LetterFault,
    Outcome,
    Parcel,
    Recipient,
    Status,
)

CLAIM_AT_ONCE = 32  # few enough that another sender is not left without work
PACING_AT_MOST = timedelta(seconds=90)  # a pause up to this is the pace, not the end of a run


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Everything one run of `send --really` needs, built by `merge.wiring`."""

    books: Books
    archive: Archive
    accounts: Accounts
    template: Template
    composer: Composer
    post_office: PostOffice
    watch: Watch
    account: str
    limits: Limits
    envelope_sender: str

    def spend_one(self) -> bool:
        """One message of the account's quota, and the ledger's counter witnessed with it."""
        return self.accounts.spend(
            self.account,
            self.limits,
            campaign_id=self.books.campaign_id,
            counter=self.books.counter,
            n=1,
            now=self.watch.now(),
        )


@dataclass(slots=True, kw_only=True)
class Run:
    """What came of one run: messages by status, and why it ended before the end, if it did."""

    by_status: Counter[Status] = field(default_factory=Counter)
    stopped_by: Literal["", "quota", "limit", "deferred", "interrupted"] = ""
    next_at: datetime | None = None

    @property
    def sent(self) -> int:
        """How many messages the next server accepted."""
        return self.by_status[Status.SENT]


def send(
    sender: Sender,
    *,
    keys: Sequence[str] | None = None,
    limit: int | None = None,
    wait: bool = False,
    advance: Callable[[Status], object] = lambda status: None,
) -> Run:
    """Send what is queued or due again, up to `limit` messages.

    `wait` goes on by itself when the quota is spent or a deferred delivery is not yet due. The
    ledger tells the truth however this ends. Stopped and AccountPaused say that the server
    refuses all of it for now.
    """
    run = Run()
    recipients = {r.key: r for r in sender.books.recipients()}
    with _Pen(sender.books, run, advance) as pen:
        while not sender.watch.asked:
            now = sender.watch.now()
            size = CLAIM_AT_ONCE if limit is None else min(CLAIM_AT_ONCE, limit - pen.taken)
            if size <= 0:
                run.stopped_by = "limit" if _someone_waits(sender.books, keys, now) else ""
                break
            room = sender.accounts.room(sender.account, sender.limits, now)
            if room.now == 0 and _someone_waits(sender.books, keys, now):
                run.stopped_by, run.next_at = "quota", room.next_at
            else:
                claimed = sender.books.claim(Channel.EMAIL, keys, min(size, room.now), now)
                if claimed:
                    _send_claimed(sender, claimed, recipients, pen)
                    pen.settle()
                    continue
                run.next_at = _next_due(sender.books, keys, now)
                run.stopped_by = "deferred" if run.next_at else ""
            if not run.next_at or not (wait or run.next_at - now <= PACING_AT_MOST):
                break
            sender.watch.wait_until(run.next_at)
            run.stopped_by, run.next_at = "", None
    if sender.watch.asked:
        run.stopped_by = "interrupted"
    return run


class _Pen:
    """Writes outcomes down: late enough to share a commit, early enough that none is lost."""

    def __init__(self, books: Books, run: Run, advance: Callable[[Status], object]) -> None:
        self._books = books
        self._run = run
        self._advance = advance
        self._pending: list[Settled] = []
        self.taken = 0  # messages that were offered, whatever came of them
        self.lost_in_a_row = 0

    def __enter__(self) -> _Pen:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.settle()

    def note(self, settled: Settled) -> None:
        self._pending.append(settled)
        self.count(settled.outcome.status)
        lost = settled.outcome.aim is Aim.CONNECTION
        self.lost_in_a_row = self.lost_in_a_row + 1 if lost else 0

    def count(self, status: Status) -> None:
        self._run.by_status[status] += 1
        self._advance(status)

    def settle(self, intents: Sequence[Intent] = ()) -> Sequence[int]:
        """Commit what is pending together with `intents`; the ids whose intent is written."""
        if not (self._pending or intents):
            return ()
        written = self._books.commit(self._pending, intents)
        self._pending.clear()
        return written


def _send_claimed(
    sender: Sender,
    claimed: Sequence[Delivery],
    recipients: Mapping[str, Recipient],
    pen: _Pen,
) -> None:
    """Send one by one what was claimed; give back what was not reached."""
    unreached = {d.id for d in claimed}
    try:
        for delivery in claimed:
            if sender.watch.asked:
                return
            unreached.discard(delivery.id)
            letter_fingerprint = fingerprint(
                sender.template, recipients[delivery.key], by=sender.envelope_sender
            )
            parcel = _parcel(sender, delivery, recipients[delivery.key], letter_fingerprint)
            if isinstance(parcel, LetterFault):
                sender.books.hold(delivery.id, parcel, sender.watch.now())
                pen.count(Status.HELD)
                continue
            if not _send_one(sender, delivery, parcel, letter_fingerprint, pen):
                return
    finally:
        if unreached:
            sender.books.release(sorted(unreached))


def _parcel(
    sender: Sender, delivery: Delivery, recipient: Recipient, letter_fingerprint: str
) -> Parcel | LetterFault:
    """Step 2: the bytes to hand over, or why there are none."""
    if delivery.sha256 and delivery.fingerprint == letter_fingerprint:
        # It was handed over before and refused for now: the same letter is the same bytes.
        return Parcel(
            envelope=Envelope(sender=sender.envelope_sender, recipient=delivery.address),
            message_id=delivery.message_id,
            data=sender.archive.get(delivery.sha256),
        )
    letter = sender.template.render(recipient, Channel.EMAIL)
    if isinstance(letter, LetterFault):
        return letter
    if not recipient.email:
        # The sheet lost the address after the delivery was queued for it.
        return LetterFault(key=recipient.key, code="empty-value", field="email")
    return sender.composer.compose(
        letter, to=recipient.email, wave=delivery.wave, date=sender.watch.now()
    )


def _send_one(
    sender: Sender, delivery: Delivery, parcel: Parcel, letter_fingerprint: str, pen: _Pen
) -> bool:
    """Archive the bytes, then steps 3 to 6. False when the quota turned out to be spent."""
    intent = Intent(
        delivery_id=delivery.id,
        message_id=parcel.message_id,
        address=parcel.envelope.recipient,
        sha256=sender.archive.put(parcel.data),
        fingerprint=letter_fingerprint,
    )
    outcome = sender.post_office.offer(parcel.envelope)
    pen.taken += 1
    if outcome is None:
        if delivery.id not in pen.settle([intent]):
            # Somebody else settled it meanwhile (resolve, purge): it is no longer ours.
            sender.post_office.withdraw()
            return True
        try:
            granted = sender.spend_one()
        except BaseException:
            # Not one byte of the body has left, and that is certain: no doubt may remain.
            sender.post_office.withdraw()
            sender.books.release([delivery.id])
            raise
        if not granted:
            # Another campaign of this account was quicker. Nothing has left.
            sender.post_office.withdraw()
            sender.books.release([delivery.id])
            pen.taken -= 1
            return False
        outcome = sender.post_office.hand_over(parcel)
    _note(sender, delivery, outcome, pen)
    return True


def refusals(attempts: Iterable[Attempt]) -> list[Attempt]:
    """The latest unbroken run of refusals for now that were about the recipient: 4xx, not 421.

    A lost connection, a spent quota, or what happened before an edit is no reason to give up.
    """
    found: list[Attempt] = []
    for attempt in attempts:
        if attempt.status is not Status.DEFERRED:
            found.clear()
        elif attempt.code is not None and 400 <= attempt.code < 500 and attempt.code != 421:
            found.append(attempt)
    return found


def _note(sender: Sender, delivery: Delivery, outcome: Outcome, pen: _Pen) -> None:
    """Note the outcome; stop the run when the server refuses more than this one recipient."""
    now = sender.watch.now()
    not_before = None
    if outcome.status is Status.DEFERRED:
        if outcome.aim is not Aim.RECIPIENT:
            # It says nothing about this recipient, who is never given up for it; but whoever
            # makes the server hang up each time must not stand before all the others for ever.
            not_before = now + pause(delivery.attempts + 1)
        else:
            before = refusals(sender.books.attempts(delivery.key))
            not_before = retry_at(
                attempts=len(before) + 1, first_at=before[0].at if before else now, now=now
            )
            if not_before is None:
                outcome = replace(outcome, status=Status.FAILED)
    pen.note(Settled(delivery_id=delivery.id, at=now, outcome=outcome, not_before=not_before))
    if outcome.aim is Aim.ACCOUNT:
        raise AccountPaused(
            "account-paused", account=sender.account, reply=outcome.code, words=outcome.words
        )
    if pen.lost_in_a_row >= FAILURES_IN_A_ROW:
        raise Stopped("connection-lost", times=pen.lost_in_a_row, words=outcome.words)


def _someone_waits(books: Books, keys: Sequence[str] | None, now: datetime) -> bool:
    return any(
        d.status is Status.QUEUED or (d.not_before is not None and d.not_before <= now)
        for d in _not_yet_sent(books, keys)
    )


def _next_due(books: Books, keys: Sequence[str] | None, now: datetime) -> datetime | None:
    # What is due already and was not claimed is in another sender's hands: no reason to wait.
    return min(
        (
            d.not_before
            for d in _not_yet_sent(books, keys)
            if d.status is Status.DEFERRED and d.not_before and d.not_before > now
        ),
        default=None,
    )


def _not_yet_sent(books: Books, keys: Sequence[str] | None) -> list[Delivery]:
    wanted = None if keys is None else set(keys)
    return [
        d
        for d in books.deliveries()
        if d.channel is Channel.EMAIL
        and d.status in (Status.QUEUED, Status.DEFERRED)
        and (wanted is None or d.key in wanted)
    ]
