"""What the core needs from the outside world. Every adapter fills one of these.

`Template` is letters, `Composer` and `PostOffice` are mail, `Press` is paper, and `Books`,
`Archive` and `Accounts` are the ledger. `merge.wiring` is the only place that knows which.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from merge.model import (
    Attempt,
    Channel,
    Counts,
    Delivery,
    HandedOver,
    Job,
    Letter,
    LetterFault,
    Lot,
    LotFile,
    Outcome,
    Page,
    Parcel,
    PrintFile,
    Proof,
    Recipient,
    SeenJob,
    Status,
)


class Template(Protocol):
    """One letter with blanks, compiled once, from which both channels are rendered."""

    @property
    def version(self) -> str:
        """SHA-256 over template, look and the settings that stand in the letter, in hex."""

    def render(self, recipient: Recipient, channel: Channel) -> Letter | LetterFault:
        """The recipient's letter. LetterError when the fault is the letter's own."""

    def fault(self, recipient: Recipient, channel: Channel) -> LetterFault | None:
        """What `render` would find wrong with it, found at less cost where that can be."""

    def own(self, recipient: Recipient) -> str:
        """What of the letter was written for this recipient alone; "" when there is nothing."""

    def own_version(self, recipient: Recipient) -> str:
        """SHA-256 of what this recipient alone gets out of files; "" when there is nothing."""


class Composer(Protocol):
    """Letter → the bytes of an e-mail (RFC 5322); pure."""

    def compose(
        self, letter: Letter, *, to: str, wave: int, date: datetime
    ) -> Parcel | LetterFault:
        """The same letter, address, wave and date always give the same bytes.

        LetterFault when the address or the subject cannot stand in a header as it is.
        """


@dataclass(frozen=True, slots=True)
class Asked:
    """The server said 354: it waits for the body of this parcel, of which nothing has left."""

    parcel: Parcel


@dataclass(frozen=True, slots=True)
class Answered:
    """This parcel's attempt is over. SENT, DEFERRED, FAILED, or UNKNOWN when no reply came."""

    parcel: Parcel
    outcome: Outcome


class PostOffice(Protocol):
    """Connections to the next server, each of which carries one message after the other.

    offer → Asked → (the caller writes the intent down) → hand_over → Answered; or Answered at
    once, when the server refuses before it asks for the body.
    """

    @property
    def room(self) -> int:
        """How many more parcels can be offered now, so that no connection stands idle."""

    def offer(self, parcel: Parcel) -> None:
        """MAIL, RCPT, DATA, as soon as a connection is free for it."""

    def turn(self) -> Sequence[Asked | Answered]:
        """Wait until the server has something to say. () after a while in which it had not."""

    def hand_over(self, parcel: Parcel) -> None:
        """The body and the final dot of a parcel that was asked for."""

    def recall(self) -> Sequence[Parcel]:
        """Take back what was offered and not handed over: nothing of it has left.

        What stands behind a body that is on its way is taken back once that is answered.
        """

    def withdraw(self, parcel: Parcel) -> None:
        """Give up one that was asked for, before the first byte of its body."""

    def close(self) -> None:
        """QUIT; never raises."""


class Keeping(Protocol):
    """A folder that stands for the post office in a rehearsal."""

    def keep(self, parcel: Parcel) -> None:
        """Write its exact bytes into a file of its own."""


class Prover(Protocol):
    """Letters → how they would come out on paper. What paper costs, only a press knows."""

    def prove(self, letters: Iterable[Letter], n: int) -> Iterator[Proof]:
        """Each of about `n` letters set and measured, in their order; few are in memory at once."""


class Press(Protocol):
    """Letters → the PDF of one lot."""

    def ahead(self, lots: Iterable[Sequence[Letter]], n: int) -> Generator[Sequence[Letter]]:
        """The same lots, in their order, `n` letters in all: each is to be made when it comes.

        Told beforehand of those that follow, the press can work on them meanwhile.
        """

    def make(self, number: int, letters: Sequence[Letter], at: datetime) -> LotFile:
        """Write the lot where nobody looks yet (`outbox/making`). Same input, same bytes.

        Those at fault are left out of it: see `LotFile`.
        """

    def publish(self, path: str) -> str:
        """Move a made lot to its place in `outbox/lots`, once the ledger knows of it."""

    def separate(self, path: str, pages: Sequence[Page]) -> Sequence[str]:
        """One PDF a recipient beside the published lot; their paths, in the lot's order."""


class LotStore(Protocol):
    """The PDFs of the lots as they lie in `outbox/lots`."""

    def whole(self, lot: Lot) -> PrintFile:
        """Refused: "lot-file-missing", "lot-file-changed" (its SHA-256 is not the ledger's)."""

    def complete(self, lot: Lot, pages: Sequence[Page]) -> PrintFile:
        """`whole`, with every letter of it still among `pages`. Refused("lot-incomplete")."""

    def part(self, lot: Lot, pages: Sequence[Page], first: int, last: int) -> PrintFile:
        """The letters `first` to `last` of a lot, from its own pages, under a cover sheet of
        their own. Refused as `complete`."""


class PrintQueue(Protocol):
    """A printer, or a queue of a print server before it."""

    @property
    def uri(self) -> str:
        """Where it is."""

    def check(self, *, duplex: bool) -> None:
        """Refused("printer-…") when it is out of reach or cannot do what a lot needs."""

    def hand_over(self, file: PrintFile, name: str) -> HandedOver:
        """Give it the job. UNKNOWN when it may have taken it; never tried a second time."""

    def look(self, number: int) -> SeenJob | None:
        """The job as it stands, with what the printer lacks; None when it knows of none.

        Refused("printer-…") when it cannot be asked.
        """

    def find(self, name: str) -> SeenJob | None:
        """The job with this name in the printer's lists; None proves nothing: lists are cleared.

        Refused("printer-…") when it cannot be asked.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """Written down after 354 and before the first byte of the body."""

    delivery_id: int
    message_id: str
    address: str
    sha256: str
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """One attempt that is over. `not_before` goes with DEFERRED."""

    delivery_id: int
    at: datetime
    outcome: Outcome
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """What a commit has written.

    `intended` are the delivery ids whose intent is now written (status `sending`), in their
    order; one that is missing was no longer ours to send and must be withdrawn. `counter` is the
    ledger's, when there are any.
    """

    intended: Sequence[int]
    counter: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """E-mails that wait and that no sender has in hand."""

    now: int  # how many may go now
    next_at: datetime | None  # when the next of the others is due


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """What an import changed in one recipient that was known: one field, before and after.

    `field` is an attribute of `Recipient`, or a header of the sheet. `written_to`: a letter to
    this recipient has left, or may have.
    """

    key: str
    commune: str
    field: str
    before: str
    after: str
    written_to: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportChange:
    """What one import did to the recipients."""

    added: int
    changed: int
    unchanged: int
    absent: tuple[str, ...]  # keys in the ledger that are not in these sheets: they stay


class Intake(Protocol):
    """One import under way: nothing is kept before `keep`."""

    def take(
        self,
        said: Sequence[Recipient],
        joined: Callable[[Recipient, Recipient], Recipient] | None = None,
    ) -> Sequence[FieldChange]:
        """Upsert these recipients by key, with edits on top; what changed of those known.

        `joined(known, said)` makes the recipient of what was known of it before, by this import
        or by earlier ones; without it, what is said counts alone. A delivery that is no longer
        queued or held is never touched.
        """

    def change(self) -> ImportChange:
        """What the import has done so far."""

    def keep(self, sources: Sequence[tuple[str, str]]) -> None:
        """Keep all of it when the context ends. `sources` are the sheets: (file, SHA-256)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one account may send. None is no limit."""

    per_minute: int | None = None
    per_hour: int | None = None
    per_day: int | None = None

    def windows(self) -> Iterator[tuple[timedelta, int]]:
        """Each limit with the length of time that it holds for."""
        for length, limit in (
            (timedelta(minutes=1), self.per_minute),
            (timedelta(hours=1), self.per_hour),
            (timedelta(days=1), self.per_day),
        ):
            if limit is not None:
                yield length, limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How many messages an account may send now, and when the next becomes possible."""

    now: int
    next_at: datetime | None  # set when `now` is 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Why nothing may leave from an account: how many reports said so, and the last one's codes.

    `folder` is where the campaign stands that this one came back to.
    """

    reports: int
    at: datetime
    code: int | None
    enhanced: str
    folder: str


class Candidate(NamedTuple):
    """Someone whose letter could still leave on `channel`. `is_held`: once it has no fault."""

    recipient: Recipient
    channel: Channel
    delivery_id: int
    is_held: bool


class Claimed(NamedTuple):
    """A delivery that is ours for now, and whom it goes to."""

    delivery: Delivery
    recipient: Recipient


class ReminderBook(Protocol):
    """The later waves in the ledger of one campaign."""

    def open(self, wave: int, chosen: Sequence[tuple[str, Channel]], at: datetime) -> None:
        """A queued delivery of that wave for each: (key, channel)."""

    def take_back(self, wave: int) -> int:
        """Close what of the wave still waits and nobody has in hand; how many."""

    def waves(self) -> Mapping[str, int]:
        """The latest wave of everyone who was ever to be reminded, by key."""

    def waiting(self) -> Sequence[int]:
        """The waves of which a letter could still leave."""

    def overtaken(self, delivery_ids: Sequence[int] | None = None) -> Sequence[int]:
        """Those of these reminders (or of all) that could leave and should not.

        An answer has come, or the letter before came back. Asked with every turn of a sending.
        """

    def undecided(self, delivery_ids: Sequence[int] | None = None) -> Sequence[int]:
        """Those of these reminders (or of all) that could leave, while a mail may be their answer.

        Nobody has said yet whose that mail is. Asked with every turn of a sending.
        """

    def drop(self, delivery_ids: Sequence[int], at: datetime) -> int:
        """Close these where nothing has left; the letter before is then the latest. How many."""


class Books(Protocol):
    """ledger.db. Readers are free; writers hold the campaign's lock (see `merge.ledger.locks`)."""

    @property
    def campaign_id(self) -> str:
        """The campaign's own id, for life."""

    @property
    def reminders(self) -> ReminderBook:
        """The later waves."""

    @property
    def counter(self) -> int:
        """Commits after which something could have left. Accounts keeps a copy of it."""

    def fact(self, name: str) -> str | None:
        """A fact about the campaign: `letter_version`, `letter_date`, `tested_version` …"""

    def set_fact(self, name: str, value: str) -> None:
        """Remember it; the last value counts."""

    def recipients(self) -> Sequence[Recipient]:
        """All of them, in the order of the sheet, edits applied."""

    def recipient(self, key: str) -> Recipient | None:
        """The one with this key."""

    def headers(self) -> Collection[str]:
        """Every column of the sheets that is no field of its own."""

    def candidates(
        self, keys: Sequence[str] | None, channels: Sequence[Channel]
    ) -> Iterator[Candidate]:
        """Those whose letter could still leave on one of `channels`, in the order of the sheet.

        One whose e-mail failed or bounced gets paper next, where there is an address. They are
        read a page at a time, so that a campaign of any size fits.
        """

    def count_candidates(self, keys: Sequence[str] | None, channels: Sequence[Channel]) -> int:
        """How many there are of them."""

    def recipients_of(self, keys: Sequence[str]) -> Sequence[Recipient]:
        """Those with these keys, in any order."""

    def deliveries(self, statuses: Collection[Status] | None = None) -> Sequence[Delivery]:
        """All of them, or those that stand there, in the order of the sheet."""

    def delivery(self, key: str, wave: int | None = None) -> Delivery | None:
        """One recipient's outcome in its latest wave, or in one; None for whom nothing reaches."""

    def attempts(self, key: str | None = None) -> Iterator[Attempt]:
        """Oldest first."""

    def lots(self) -> Sequence[Lot]:
        """All of them; a discarded one has the status `queued`."""

    def counts(self) -> Counts:
        """Each recipient counted once."""

    def importing(self, at: datetime) -> AbstractContextManager[Intake]:
        """The whole import or nothing, in one transaction."""

    def undo_import(self, at: datetime) -> int:
        """Take back the last import; how many recipients it had added or changed.

        LedgerError: "undo-nothing", "undo-too-late" (something was sent, tried or printed since).
        """

    def edit(
        self,
        recipient: Recipient,
        changes: Mapping[str, str],
        channel: Channel | None,
        at: datetime,
    ) -> None:
        """Store an edited recipient and what was changed; requeue it if held, failed or bounced."""

    def may_go(self, keys: Sequence[str] | None, now: datetime) -> Iterator[tuple[int, str]]:
        """Delivery ids of the e-mails that may go now, each with the domain of its mailbox.

        Deferred and due first, then queued, as they were queued; nobody whom a sender has in
        hand. `keys` narrows; None is everybody.
        """

    def outlook(self, keys: Sequence[str] | None, now: datetime) -> Outlook:
        """How many e-mails may go now, and when the next of those that wait is due."""

    def claim(self, delivery_ids: Sequence[int], now: datetime) -> Sequence[Claimed]:
        """Reserve those of these that still may go now; no other living sender gets them."""

    def commit(self, settled: Sequence[Settled], intents: Sequence[Intent]) -> Commit:
        """One transaction: outcomes and intents. Bumps `counter` when there are intents."""

    def hold(self, delivery_id: int, fault: LetterFault, at: datetime) -> None:
        """queued → held, with the fault as detail."""

    def requeue(self, delivery_ids: Sequence[int]) -> None:
        """held → queued."""

    def rest(self, reasons: Mapping[int, str], at: datetime) -> None:
        """Nothing may leave for these → suppressed; nobody whom another sender has in hand."""

    def end_rest(self, delivery_ids: Sequence[int], at: datetime, why: str) -> None:
        """suppressed → where they stood before; each keeps an attempt that says why."""

    def release(self, delivery_ids: Sequence[int]) -> None:
        """Give back what was claimed, or intended and withdrawn before the first byte."""

    def for_paper(self, keys: Sequence[str] | None, *, all_queued: bool) -> Iterator[Delivery]:
        """Whom a lot may take: paper queued, e-mail failed or bounced; with `all_queued` also
        e-mail queued. Never sending, sent, deferred, unknown, suppressed.

        Read a page at a time, as `candidates`."""

    def count_for_paper(self, keys: Sequence[str] | None, *, all_queued: bool) -> int:
        """How many there are of them."""

    def commit_lot(
        self, lot: LotFile, number: int, at: datetime, fingerprints: Mapping[str, str]
    ) -> bool:
        """One transaction: the lot, and its recipients → (paper, made). False, and nothing
        written, when one of them may no longer be taken."""

    def next_lot(self) -> int:
        """The number that the next lot gets."""

    def mark_lot(
        self, number: int, status: Status, at: datetime, without: Sequence[str] = ()
    ) -> Lot:
        """made → printed → posted, for the lot and every recipient in it; made → queued is
        discarding it. LedgerError("lot-…") for what the states do not allow.

        The letters to `without` were taken out by hand: they wait again where they waited.
        LedgerError("not-in-lot") for one that is not in it.
        """

    def pages(self, number: int) -> Sequence[Page]:
        """Who is in a lot, in the order of its pages."""

    def mark_returned(self, key: str, at: datetime) -> Delivery:
        """posted → returned for one recipient: the envelope came back.

        LedgerError("returned-not-posted") when no letter to it is in the post, ("returned-already")
        when it has come back before.
        """

    def begin_job(
        self, number: int, printer: str, at: datetime, letters: tuple[int, int] | None = None
    ) -> Job:
        """Write down that a lot is about to be handed to a printer: made | failed → submitting.

        With `letters` (first and last position) it is a part made again: nobody's state changes,
        and each of them keeps an attempt. LedgerError("lot-…") for what the states do not allow.
        """

    def settle_job(
        self, job: Job, status: Status, at: datetime, words: str = "", number: int | None = None
    ) -> Job:
        """What is now known of a job; the lot and its recipients follow where the states let
        them. What a person has said meanwhile stands."""

    def jobs(self) -> Sequence[Job]:
        """All of them, oldest first."""

    def note_range(self, number: int, first: int, last: int, at: datetime) -> None:
        """Some letters of a lot are made again: an attempt for each of them, and no more."""

    def resolve(self, key: str, status: Status, at: datetime, who: str) -> Delivery:
        """unknown → sent or queued, by a person's word, kept as an attempt."""

    def prove_sent(self, delivery_ids: Mapping[int, str], at: datetime, who: str) -> Sequence[int]:
        """unknown → sent, by what the other side has, kept as an attempt of phase "proof".

        The words by delivery say what the proof is. Also what a person gave back and nobody has
        in hand. Returns the ids for which that held.
        """

    def copies_due(self, *, after: int, limit: int) -> Sequence[Delivery]:
        """Take up to `limit` e-mails that were sent and of which no copy is filed yet.

        Those with ids above `after`, in their order; no other living sender gets them.
        """

    def filed(self, filed: Sequence[Delivery], left: Sequence[Delivery]) -> None:
        """The copies of `filed` lie in the mailbox; those `left` are to be filed later."""

    def bounced(
        self, bounces: Sequence[Bounce], pause: Callable[[Sequence[Bounce]], object]
    ) -> Returned:
        """sent → bounced, with an attempt of phase "bounce", each report once.

        What is not about a message of this campaign is left alone. A report settles a doubt, and
        one that is about the sender moves nobody: `pause` is told of these before they count as
        read, so that a kill in between tells it again.
        """

    def tried_since(self, at: datetime) -> tuple[int, Sequence[datetime]]:
        """How many e-mails were accepted since then, and when each report came back."""

    def first_sent_at(self) -> datetime | None:
        """When the first e-mail left, or may have; None before that."""


class Archive(Protocol):
    """archive.db: the exact bytes of every message, by SHA-256. Orphans are harmless."""

    def put(self, messages: Sequence[bytes]) -> Sequence[str]:
        """Durable when it returns: one commit for all. The SHA-256 of each, in hex."""

    def get(self, sha256: str) -> bytes:
        """LedgerError("archive-missing") when it is not there; the hash is checked."""


class Accounts(Protocol):
    """accounts.db of this user: what belongs to the sender and not to one campaign."""

    def room(self, account: str, limits: Limits, now: datetime) -> Room:
        """How many may go now, over all campaigns of this user."""

    def spend(
        self, account: str, limits: Limits, *, campaign_id: str, counter: int, n: int, now: datetime
    ) -> int:
        """One transaction: count up to n sends against the quota, and witness the counter.

        Returns how many the quota had room for; only those may leave.
        """

    def spent(self, account: str, since: datetime) -> Sequence[tuple[datetime, int]]:
        """When this account sent how many, after `since`."""

    def witness(self, campaign_id: str, counter: int) -> None:
        """Remember the last counter of a campaign without spending anything."""

    def pause(self, account: str, campaign_id: str, reports: Sequence[Bounce]) -> None:
        """Nothing more may leave from this account, for any campaign: these reports say why."""

    def paused(self, account: str) -> Pause | None:
        """Why nothing may leave from it; None when it may. Costs next to nothing."""

    def lift(self, account: str) -> None:
        """It may send again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One message that a mailbox holds, by the headers that tell it from every other.

    A Message-ID alone does not: a letter that is sent again after an edit keeps it.
    """

    message_id: str
    date: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """What a server reported of one message that it had accepted, and did not deliver.

    `to` is the To of the message that came back, "" when the report does not show it. The
    outcome's `aim` says whether the report is about the recipient or about the sender.
    """

    message_id: str
    to: str
    at: datetime  # when the report came
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """What came back, and how far the mailbox has been read: for the next reading."""

    bounces: tuple[Bounce, ...]
    read_to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What a reading of the mailbox changed: who came back, and which reports are about us."""

    bounced: tuple[Delivery, ...]
    about_us: tuple[Bounce, ...]


class Mailbox(Protocol):
    """The sender's own mailbox, logged in. Read, and never changed but for copies of sent mail.

    Every call may raise Trouble: the mailbox is out of reach, or refuses.
    """

    def holding(self, message_ids: Sequence[str]) -> Sequence[Kept]:
        """What of these the folder of sent mail, or that of all mail, holds."""

    def file(self, data: bytes) -> None:
        """Append a copy to the folder of sent mail: read, and dated as the message itself."""

    def bounces(self, *, since: datetime, after: str) -> Notices:
        """What came back since the mailbox was last read up to `after` ("": since that day)."""


class Clock(Protocol):
    """Time, so that a test can own it."""

    def now(self) -> datetime:
        """Aware, in UTC."""

    def wait_until(self, when: datetime) -> None:
        """Returns early when the command was interrupted."""


class Interruption(Protocol):
    """Whether the user asked to stop (first Ctrl-C or SIGTERM)."""

    @property
    def asked(self) -> bool:
        """True from the first time on."""


class Watch(Clock, Interruption, Protocol):
    """Both at once, so that waiting ends when someone asks to stop."""
