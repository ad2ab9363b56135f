"""`Ledger`: ledger.db as the core sees it. Every transaction of the ledger begins here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import delete, insert, select

from merge.ledger import (
    answers,
    commands,
    doubt,
    filing,
    importing,
    jobs,
    printing,
    purging,
    reading,
    reminders,
    replies,
    resting,
    returned,
    schema,
    sending,
    undoing,
)
from merge.ledger.accounts import Accounts
from merge.ledger.database import Database, telling_damage
from merge.ledger.records import (
    Claimed,
    Commit,
    Decision,
    Erasure,
    Intent,
    Limits,
    Outlook,
    Refused,
    Returned,
    Settled,
    Stand,
    Taken,
    Tried,
)
from merge.model import (
    Attempt,
    Channel,
    Counts,
    Delivery,
    Job,
    LetterFault,
    Lot,
    LotFile,
    Page,
    Recipient,
    Status,
)
from merge.outcome import Bounce


def _utc_now() -> datetime:
    return datetime.now(UTC)


_T = TypeVar("_T")


class Ledger:
    """ledger.db of one campaign. Readers are free; writers hold its lock (see `locks`).

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
        self.replies = replies.ReplyBook(database)
        self.answers = answers.AnswerBook(database)
        self.reminders = reminders.ReminderBook(database, sender)
        self.commands = commands.Commands(database, sender, alive)

    # What the ledger says

    @property
    def campaign_id(self) -> str:
        """The campaign's UUID, for life."""
        if self._campaign_id is None:
            with self._database.reading() as tx:
                self._campaign_id = str(tx.execute(select(schema.campaign.c.uuid)).scalar_one())
        return self._campaign_id

    @property
    def counter(self) -> int:
        """Commits after which something could have left."""
        with self._database.reading() as tx:
            return int(tx.execute(select(schema.campaign.c.counter)).scalar_one())

    def fact(self, name: str) -> str | None:
        """A fact about the campaign, None when it is not known."""
        with self._database.reading() as tx:
            return reading.fact(tx, name)

    def fact_as(self, name: str, read: Callable[[str], _T]) -> _T | None:
        """A fact as `read` makes it of its text. LedgerError("ledger-damaged") where it cannot."""
        with self._database.reading() as tx:
            text = reading.fact(tx, name)
            return telling_damage(read)(text) if text else None

    def recipients(self) -> Sequence[Recipient]:
        """All of them, in the order of the sheet, edits applied."""
        with self._database.reading() as tx:
            return reading.recipients(tx)

    def recipient(self, key: str) -> Recipient | None:
        """One of them."""
        with self._database.reading() as tx:
            return reading.recipient(tx, key)

    def headers(self) -> frozenset[str]:
        """Every column of the sheets that is no field of its own."""
        with self._database.reading() as tx:
            return reading.headers(tx)

    def candidates(
        self, keys: Sequence[str] | None, channels: Sequence[Channel]
    ) -> reading.Candidates:
        """Those whose letter could still leave."""
        return reading.Candidates(self._database, keys, channels)

    def recipients_of(self, keys: Sequence[str]) -> Sequence[Recipient]:
        """Those with these keys, in any order."""
        with self._database.reading() as tx:
            return reading.recipients_of(tx, keys)

    def communes_of(self, keys: Sequence[str]) -> Mapping[str, str]:
        """The communes of those with these keys, by their keys."""
        with self._database.reading() as tx:
            return reading.communes_of(tx, keys)

    def deliveries(self, statuses: Collection[Status] | None = None) -> Sequence[Delivery]:
        """All of them, or those that stand there, in the order of the sheet."""
        with self._database.reading() as tx:
            return reading.deliveries(tx, statuses)

    def deliveries_by_id(self, ids: Sequence[int]) -> Sequence[Delivery]:
        """These, in this order, without those that are gone."""
        with self._database.reading() as tx:
            return reading.deliveries_by_id(tx, ids)

    def delivery(self, key: str, wave: int | None = None) -> Delivery | None:
        """One recipient's outcome in its latest wave, or in one; None when nothing reaches it."""
        with self._database.reading() as tx:
            return reading.delivery(tx, key, wave)

    def attempts(self, key: str | None = None) -> Iterator[Attempt]:
        """Oldest first, a page at a time: a slow reader holds up nobody."""
        last = 0
        while True:
            with self._database.reading() as tx:
                page = reading.attempts_after(tx, last, key)
            if not page:
                return
            last = page[-1][0]
            yield from (attempt for _, attempt in page)

    def others_sent(self, key: str, after: datetime, before: datetime) -> bool:
        """Whether the server took an e-mail to somebody else between these two moments."""
        with self._database.reading() as tx:
            return reading.others_sent(tx, key, after, before)

    def readdressed_at(self, key: str) -> datetime | None:
        """When an edit last gave this recipient another e-mail address."""
        with self._database.reading() as tx:
            return reading.readdressed_at(tx, key)

    def lots(self) -> Sequence[Lot]:
        """All of them; a discarded one has the status `queued`."""
        with self._database.reading() as tx:
            return reading.lots(tx)

    def counts(self) -> Counts:
        """Each recipient counted once."""
        with self._database.reading() as tx:
            return reading.counts(tx)

    def count_recipients(self) -> int:
        """How many recipients there are."""
        with self._database.reading() as tx:
            return reading.count_recipients(tx)

    # What sheets and people bring in

    def set_fact(self, name: str, value: str) -> None:
        """Remember a fact about the campaign."""
        with self._database.writing() as tx:
            tx.execute(delete(schema.facts).where(schema.facts.c.name == name))
            tx.execute(insert(schema.facts).values(name=name, value=value))

    @contextmanager
    def importing(self, at: datetime) -> Iterator[importing.Intake]:
        """The whole import or nothing; see `importing.Intake`."""
        with self._database.writing() as tx:
            intake = importing.Intake(tx, at)
            yield intake
            if not intake.kept:
                tx.rollback()
        self._database.checkpoint()

    def undo_import(self, at: datetime) -> int:
        """Take back the last import. See `undoing.undo`."""
        with self._database.writing() as tx:
            return undoing.undo(tx, at)

    def edit(
        self,
        recipient: Recipient,
        changes: Mapping[str, str],
        channel: Channel | None,
        at: datetime,
    ) -> None:
        """Store an edited recipient. See `importing.edit`."""
        with self._database.writing() as tx:
            importing.edit(tx, recipient, changes, channel, at)

    # Sending once

    def may_go(
        self, keys: Sequence[str] | None, now: datetime, *, again: bool
    ) -> Iterator[tuple[int, str]]:
        """Ids and mail domains of the e-mails that may go; the claims of dead senders are void."""
        self.release_dead_senders()
        with self._database.reading() as tx:
            yield from sending.may_go(tx, keys, now, again=again)

    def outlook(self, keys: Sequence[str] | None, now: datetime) -> Outlook:
        """How many e-mails may go now, and when the next one is due."""
        with self._database.reading() as tx:
            return sending.outlook(tx, keys, now)

    def claim(self, delivery_ids: Sequence[int], now: datetime) -> Sequence[Claimed]:
        """Reserve those that still may go."""
        with self._database.writing_fast() as handle:
            return sending.claim(handle, self._sender, delivery_ids, now)

    def commit(
        self,
        settled: list[Settled],
        intents: Sequence[Intent],
        account: str,
        limits: Limits,
        now: datetime,
    ) -> Commit:
        """Outcomes and intents in one transaction; then quota and counter in accounts.db.

        `settled` is emptied in between. LedgerError("ledger-gone"): see `Database`.
        """
        if intents:
            self._database.refuse_elsewhere()
        with self._database.writing_fast() as handle:
            sending.settle(handle, self._sender, settled)
            intended, counter = sending.intend(handle, self._sender, intents, now)
        settled.clear()
        if not intended:
            return Commit()
        granted = self._accounts.spend(
            account,
            limits,
            campaign_id=self.campaign_id,
            counter=counter,
            n=len(intended),
            now=now,
        )
        return Commit(leaving=intended[:granted], staying=intended[granted:])

    def hold(self, delivery_id: int, fault: LetterFault, at: datetime) -> None:
        """queued → held."""
        with self._database.writing() as tx:
            sending.hold(tx, self._sender, delivery_id, fault, at)

    def requeue(self, delivery_ids: Sequence[int]) -> None:
        """held → queued."""
        with self._database.writing() as tx:
            sending.requeue(tx, delivery_ids)

    def release(self, delivery_ids: Sequence[int]) -> None:
        """Give back what was claimed, or intended and withdrawn before the first byte."""
        with self._database.writing() as tx:
            sending.release(tx, self._sender, delivery_ids)

    def erase(self, erasure: Erasure, at: datetime, *, everybody: bool) -> None:
        """Erase what is personal of these recipients. See `purging.erase`."""
        purging.erase(self._database, erasure, at, everybody=everybody)

    def rest(self, reasons: Mapping[int, str], at: datetime) -> None:
        """Deliveries → `suppressed`, each with its reason. See `resting.rest`."""
        if reasons:
            with self._database.writing() as tx:
                resting.rest(tx, reasons, at, self._sender)

    def end_rest(self, delivery_ids: Sequence[int], at: datetime, why: str) -> None:
        """`suppressed` → where they stood."""
        if delivery_ids:
            with self._database.writing() as tx:
                resting.end_rest(tx, delivery_ids, at, self._sender, why)

    def resolve(self, key: str, status: Status, at: datetime, who: str) -> Delivery:
        """unknown → sent or queued, by a person's word; see `doubt.resolve`."""
        with self._database.writing() as tx:
            return doubt.resolve(tx, key, status, at, who)

    def prove_sent(self, delivery_ids: Mapping[int, str], at: datetime, who: str) -> Sequence[int]:
        """unknown → sent, by what the other side has; the ids for which that held."""
        with self._database.writing() as tx:
            return [
                number
                for number, words in delivery_ids.items()
                if doubt.prove_sent(tx, number, at=at, who=who, words=words)
            ]

    def release_dead_senders(self) -> int:
        """Void the claims of senders whose lock is free; returns how many became `unknown`."""
        dead = self.dead_senders()
        if not dead:
            return 0
        with self._database.writing() as tx:
            return sum(
                release_dead(tx, token, self._now())
                for token in dead
                for release_dead in (doubt.release_dead, jobs.release_dead)
            )

    def dead_senders(self) -> Sequence[str | None]:
        """Who has a delivery or a job in hand and lives no more; None: one without a name."""
        with self._database.reading() as tx:
            others = (doubt.claimants(tx) | jobs.claimants(tx)) - {self._sender}
        return [token for token in others if token is None or not self._alive(token)]

    # The mailbox

    def copies_due(self, *, after: int, limit: int) -> Sequence[Delivery]:
        """Take up to `limit` e-mails that were sent and of which no copy is filed yet."""
        with self._database.reading() as tx:
            others = filing.copiers(tx) - {self._sender}
        dead = [token for token in others if not self._alive(token)]
        with self._database.writing() as tx:
            return filing.take(tx, self._sender, dead, after=after, limit=limit)

    def filed(self, filed: Sequence[Delivery], left: Sequence[Delivery]) -> None:
        """The copies of `filed` lie in the mailbox; those `left` are to be filed later."""
        with self._database.writing() as tx:
            filing.settle(tx, self._sender, filed, left)

    def bounced(
        self,
        bounces: Sequence[Bounce],
        hear: Callable[[Refused], object],
        *,
        since: datetime,
    ) -> Returned:
        """sent → bounced, each report once. See `returned.bounced`."""
        with self._database.writing() as tx:
            found = returned.bounced(tx, bounces, self._sender)
            if found.about_us:
                hear(returned.refused(tx, since))
        return found

    def decide_refused(
        self, decision: Decision, keys: Sequence[str], at: datetime, who: str
    ) -> Sequence[Delivery]:
        """A person's word on letters that came back because of us. See `returned.decide`."""
        with self._database.writing() as tx:
            return returned.decide(tx, decision, keys, at, who)

    def take_over_refused(self) -> None:
        """Those that a ledger of before left `sent`. See `returned.take_over`."""
        with self._database.writing() as tx:
            returned.take_over(tx)

    def stopped_after_doubt(self) -> frozenset[int]:
        """Deferred, failed or suppressed, and in doubt before. See `ports.Ledger`."""
        with self._database.reading() as tx:
            return doubt.stopped_after_doubt(tx)

    def refused_as_senders(self) -> Sequence[str]:
        """Keys of those whose letter came back because of us, and waits for a person."""
        with self._database.reading() as tx:
            return returned.waiting(tx)

    def stands_of_refused(self) -> Mapping[int, Stand]:
        """How those letters stand, by delivery id. See `policy`."""
        with self._database.reading() as tx:
            return returned.stands(tx)

    def tried_since(self, at: datetime) -> Tried:
        """How many e-mails were accepted since then, and when each report came back."""
        with self._database.reading() as tx:
            return returned.tried_since(tx, at)

    def first_sent_at(self) -> datetime | None:
        """When the first e-mail left, or may have."""
        with self._database.reading() as tx:
            return returned.first_sent_at(tx)

    # Paper

    def for_paper(self, keys: Sequence[str] | None, *, all_queued: bool) -> Iterator[Delivery]:
        """Whom a lot may take, a page at a time: see `attempts`."""
        with self._database.reading() as tx:
            ids = printing.ids_for_paper(tx, keys, all_queued=all_queued)
        for some in reading.chunks(ids):
            with self._database.reading() as tx:
                page = printing.for_paper(tx, some, all_queued=all_queued)
            yield from page

    def count_for_paper(self, keys: Sequence[str] | None, *, all_queued: bool) -> int:
        """How many there are of them."""
        with self._database.reading() as tx:
            return len(printing.ids_for_paper(tx, keys, all_queued=all_queued))

    def next_lot(self) -> int:
        """The number that the next lot will have."""
        with self._database.reading() as tx:
            return printing.next_lot(tx)

    def commit_lot(
        self, lot: LotFile, number: int, at: datetime, taken: Mapping[str, Taken]
    ) -> bool:
        """The lot and its recipients, or nothing. LedgerError("ledger-gone"): see `Database`."""
        self._database.refuse_elsewhere()
        with self._database.writing() as tx:
            return printing.commit_lot(tx, lot, number, at, taken, self._sender)

    def mark_lot(
        self, number: int, status: Status, at: datetime, without: Sequence[str] = ()
    ) -> Lot:
        """Where a lot stands now, by a person's word, without those who were taken out of it."""
        with self._database.writing() as tx:
            if status is Status.QUEUED:
                jobs.refuse_open_parts(tx, number)
            printing.take_out(tx, number, without, at, self._sender)
            return printing.mark_lot(tx, number, status, at, self._sender)

    def pages(self, number: int) -> Sequence[Page]:
        """Who is in a lot, in the order of its pages."""
        with self._database.reading() as tx:
            return printing.pages(tx, number)

    def mark_returned(self, key: str, at: datetime) -> Delivery:
        """The envelope came back, a person says."""
        with self._database.writing() as tx:
            return printing.mark_returned(tx, key, at, self._sender)

    def refuse_open_parts(self, number: int) -> None:
        """While letters of a lot that were printed again are in doubt. See `ports.Ledger`."""
        with self._database.reading() as tx:
            jobs.refuse_open_parts(tx, number)

    def refuse_part(self, number: int, first: int, last: int) -> None:
        """While a printer may still have some of these letters. See `ports.Ledger`."""
        with self._database.reading() as tx:
            jobs.refuse_part(tx, number, first, last)

    def begin_job(
        self, number: int, printer: str, at: datetime, letters: tuple[int, int] | None = None
    ) -> Job:
        """The intent to hand a lot, or some letters of it, to a printer.

        LedgerError("ledger-gone"): see `Database`.
        """
        self._database.refuse_elsewhere()
        with self._database.writing() as tx:
            return jobs.begin(tx, number, printer, at, self._sender, letters)

    def settle_job(
        self, job: Job, status: Status, at: datetime, words: str = "", number: int | None = None
    ) -> Job:
        """What is now known of a job."""
        with self._database.writing() as tx:
            return jobs.settle(tx, job, status, at, self._sender, words=words, number=number)

    def jobs(self) -> Sequence[Job]:
        """All of them, oldest first."""
        with self._database.reading() as tx:
            return jobs.jobs(tx)

    def note_range(self, number: int, first: int, last: int, at: datetime) -> None:
        """Some letters of a lot are made again, as files."""
        with self._database.writing() as tx:
            jobs.note_range(tx, number, first, last, at, self._sender)
