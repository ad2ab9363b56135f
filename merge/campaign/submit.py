"""Hand lots to a printer, once each, and follow them to their end.

Three things are kept apart: the printer took the job (`accepted`), the printer says that it is
done (`finished`), and a person has counted the sheets (`posted`). The intent is committed before
the printer hears of the job; a job that nobody can vouch for is `unknown`, and nothing is ever
handed over a second time but by a person's command.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from merge.campaign.plan import called
from merge.campaign.ports import LotMaker, LotStore, PrintQueue, Watch
from merge.campaign.suppression import Gate, refuse_suppressed
from merge.errors import LedgerError, Misuse, Refused
from merge.french.communes import fold
from merge.ledger.accounts import Accounts
from merge.ledger.ledger import Ledger
from merge.model import Lot, PrintFile, PrintJob, PrintJobState, Recipient, SeenJob, Status
from merge.paper.lots import cover_sheets
from merge.paper.window import SheetFormat

LOOK_AGAIN = timedelta(seconds=1)
IN_DOUBT = (Status.UNKNOWN, Status.ACCEPTED)
"""A lot in one of these may be printed, or not: its printer can be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintDesk:
    """Everything that handing over a lot needs, built by `merge.app`.

    `limit` is how long a job is followed: a queue whose printer is off works for ever. `heard` is
    told of each complaint of the printer meanwhile, and of "" when it has none any more.
    """

    ledger: Ledger
    accounts: Accounts
    gate: Gate
    store: LotStore
    queue: PrintQueue
    watch: Watch
    limit: timedelta
    look_again: timedelta = LOOK_AGAIN
    heard: Callable[[str], object] = lambda complaint: None


def the_lot(ledger: Ledger, number: int) -> Lot:
    """One lot. Misuse("lot-missing") for a number that is not in the ledger."""
    for lot in ledger.lots():
        if lot.number == number:
            return lot
    raise Misuse("lot-missing", number=number)


def check_printer(desk: PrintDesk, number: int) -> None:
    """Refused("printer-…") when the printer cannot do what a lot needs that is made already.

    That is the sides of its own PDF and its paper, whatever the settings say by now; for both sides
    "printer-no-duplex" is "lot-needs-duplex" here. LedgerError("lot-discarded") when it was given
    back; refused as `LotStore.whole`.
    """
    file = desk.store.whole(_kept_lot(desk.ledger, number))
    try:
        desk.queue.check(duplex=file.duplex, paper=file.paper)
    except Refused as trouble:
        if trouble.code != "printer-no-duplex":
            raise
        raise Refused("lot-needs-duplex", path=trouble.path, number=number) from None


def submit(desk: PrintDesk, number: int) -> PrintJob:
    """Hand a whole lot over and follow it: made or failed → finished, failed, unknown, or
    accepted when the time is up or someone asks to stop.

    Refused before anything is written when its file is not the ledger's, "lot-incomplete" when one
    of its letters has gone another way, and "lot-at-peace" when it holds a letter to someone who
    asked for none. LedgerError("lot-discarded") when it was given back, and ("part-in-doubt") while
    the printer may still have some of its letters from before.
    """
    lot = _kept_lot(desk.ledger, number)
    desk.ledger.refuse_open_parts(number)
    file = desk.store.complete(lot, desk.ledger.pages(number))
    return _hand_over(desk, number, file, None)


def submit_part(desk: PrintDesk, number: int, first: int, last: int) -> PrintJob:
    """Some letters again, after a jam. Nobody's state changes; each keeps an attempt.

    LedgerError("part-in-doubt") while the printer may still have some of them from before, and
    ("lot-at-printer") while it has the whole lot.
    """
    desk.ledger.refuse_part(number, first, last)  # again when the job begins: a part takes its time
    file = make_part(desk.ledger, desk.gate, desk.store, number, first, last)
    return _hand_over(desk, number, file, (first, last))


def letters_named(
    ledger: Ledger, number: int, first: str | None, last: str | None
) -> tuple[int, int]:
    """The places from one letter of a lot to another, as a person names them; without a name, from
    its first letter, or to its last.

    A name is a place, as each sheet says it ("12" or "12/40"), or else of the recipient: a
    reference, a commune, or what `called` takes. Misuse("lot-range") for a place that the lot has
    not, ("lot-backwards") for a last letter before the first, ("place-of-other-lot"),
    ("nobody-in-lot"), and ("several-in-lot"), which says their places.
    """
    lot = the_lot(ledger, number)
    found = (
        1 if first is None else _place(ledger, lot, first),
        lot.letters if last is None else _place(ledger, lot, last),
    )
    if found[1] < found[0]:
        raise Misuse("lot-backwards", number=number, first=found[0], last=found[1])
    return found


def _place(ledger: Ledger, lot: Lot, word: str) -> int:
    word = word.strip()
    said = _PLACE.fullmatch(word)
    if said:
        if said["letters"] and int(said["letters"]) != lot.letters:
            raise Misuse("place-of-other-lot", number=lot.number, word=word, letters=lot.letters)
        if 1 <= int(said["place"]) <= lot.letters:
            return int(said["place"])
    places = {page.key: page.position for page in ledger.pages(lot.number)}
    recipients = ledger.recipients_of(list(places))
    name = _REFERENCE.sub("", word)
    there = [places[each.key] for each in called(recipients, name)] or [
        places[each.key] for each in recipients if fold(each.locality) == fold(name)
    ]
    if len(there) == 1:
        return there[0]
    if there:
        listed = ", ".join(map(str, sorted(there)))
        raise Misuse("several-in-lot", number=lot.number, word=word, places=listed)
    if said:
        place = int(said["place"])
        raise Misuse("lot-range", number=lot.number, first=place, last=place, letters=lot.letters)
    raise Misuse("nobody-in-lot", number=lot.number, word=word)


_PLACE = re.compile(r"(?P<place>[0-9]{1,8})(?:\s*/\s*(?P<letters>[0-9]{1,8}))?")
_REFERENCE = re.compile(r"\s*r[eé]f\w*[.\s:]\s*", re.IGNORECASE)  # as the foot of a letter says it


def make_part(
    ledger: Ledger, gate: Gate, store: LotStore, number: int, first: int, last: int
) -> PrintFile:
    """The PDF of some letters of a lot, from its own pages.

    Misuse("lot-range") when it has no such letters, LedgerError("lot-discarded") when it was given
    back: its letters may stand in another. Refused("lot-at-peace") as in `submit`.
    """
    lot = the_lot(ledger, number)
    if not 1 <= first <= last <= lot.letters:
        raise Misuse("lot-range", number=number, first=first, last=last, letters=lot.letters)
    _kept_lot(ledger, number)
    refuse_suppressed(ledger, gate, number, (first, last))
    return store.part(lot, ledger.pages(number), first, last)


def make_separate(
    ledger: Ledger, gate: Gate, store: LotStore, press: LotMaker, number: int
) -> Sequence[str]:
    """A PDF for each recipient of a lot that is made; their paths, in the lot's order.

    LedgerError("lot-discarded") when it was given back; refused as `LotStore.complete`, and with
    "lot-at-peace" as in `submit`.
    """
    lot = _kept_lot(ledger, number)
    refuse_suppressed(ledger, gate, number)
    pages = ledger.pages(number)
    store.complete(lot, pages)
    return press.separate(lot, pages, ledger.addressed(number))


def recipients_of(ledger: Ledger, gate: Gate, number: int) -> Sequence[Recipient]:
    """Whom a lot that is made goes to, in its order.

    LedgerError("lot-discarded") when it was given back; Refused("lot-at-peace") as in `submit`.
    """
    _kept_lot(ledger, number)
    refuse_suppressed(ledger, gate, number)
    keys = [page.key for page in ledger.pages(number)]
    found = {recipient.key: recipient for recipient in ledger.recipients_of(keys)}
    return [found[key] for key in keys]


def _kept_lot(ledger: Ledger, number: int) -> Lot:
    lot = the_lot(ledger, number)
    if lot.status is Status.QUEUED:
        raise LedgerError("lot-discarded", number=number)
    return lot


def _hand_over(
    desk: PrintDesk, number: int, file: PrintFile, letters: tuple[int, int] | None
) -> PrintJob:
    ledger = desk.ledger
    refuse_suppressed(ledger, desk.gate, number, letters)
    job = ledger.begin_job(number, desk.queue.uri, desk.watch.now(), letters)
    try:
        desk.accounts.witness(ledger.campaign_id, ledger.counter)
    except BaseException:
        # accounts.db is busy or out of reach, or Ctrl-C: the printer knows nothing of the job.
        ledger.settle_job(job, Status.FAILED, desk.watch.now(), "not-handed-over")
        raise
    try:
        taken = desk.queue.hand_over(file, job.name)
    except BaseException:
        # Ctrl-C for the second time, or a fault of ours: the printer may have the job.
        ledger.settle_job(job, Status.UNKNOWN, desk.watch.now(), "interrupted")
        raise
    job = ledger.settle_job(
        job, taken.status, desk.watch.now(), words=taken.words, number=taken.number
    )
    return _follow(desk, job) if job.status is Status.ACCEPTED else job


def _follow(desk: PrintDesk, job: PrintJob) -> PrintJob:
    """Look at the job until it is over, the time is up, or someone asks to stop.

    What the printer complains of is in the ledger while it lasts: others look there.
    """
    give_up_at = desk.watch.now() + desk.limit
    heard = ""
    while True:
        complaint = ""
        try:
            seen = desk.queue.look(job.number or 0)
        except Refused as trouble:
            status, words = Status.ACCEPTED, trouble.code  # for now: it has the job
        else:
            status, words = _meaning(seen)
            complaint = seen.complaint if seen else ""
        now = desk.watch.now()
        is_over = status is not Status.ACCEPTED
        if is_over or now >= give_up_at or desk.watch.asked:
            return desk.ledger.settle_job(job, status, now, words)
        if complaint != heard:
            heard = complaint
            desk.ledger.settle_job(job, status, now, words)
            desk.heard(complaint)
        desk.watch.wait_until(min(now + desk.look_again, give_up_at))


def _meaning(seen: SeenJob | None) -> tuple[Status, str]:
    if seen is None:
        return Status.UNKNOWN, "job-vanished"
    status, words = _BY_STATE[seen.state]
    return status, seen.complaint or words


_BY_STATE = {
    PrintJobState.PENDING: (Status.ACCEPTED, "job-pending"),
    PrintJobState.HELD: (Status.ACCEPTED, "job-held"),
    PrintJobState.PROCESSING: (Status.ACCEPTED, "job-processing"),
    PrintJobState.STOPPED: (Status.ACCEPTED, "job-stopped"),
    PrintJobState.CANCELED: (Status.FAILED, "job-canceled"),
    PrintJobState.ABORTED: (Status.FAILED, "job-aborted"),
    PrintJobState.COMPLETED: (Status.FINISHED, ""),
}


# What became of a job that nobody followed to its end


def last_job(ledger: Ledger, number: int) -> PrintJob | None:
    """The last job that carried the whole of a lot; None when it was never handed over."""
    whole = [job for job in ledger.jobs() if job.lot == number and job.first is None]
    return whole[-1] if whole else None


def parts_in_doubt(ledger: Ledger) -> list[PrintJob]:
    """The jobs with some letters of a lot of which nobody knows the end, oldest first."""
    return [job for job in ledger.jobs() if job.first is not None and job.status in IN_DOUBT]


def the_part(ledger: Ledger, number: int, first: int | None, last: int | None) -> PrintJob:
    """The job in doubt with these letters of a lot; one of the two numbers may do.

    LedgerError("part-not-in-doubt") when there is none.
    """
    for job in reversed(parts_in_doubt(ledger)):
        if job.lot == number and first in (None, job.first) and last in (None, job.last):
            return job
    raise LedgerError("part-not-in-doubt", number=number)


def sheets_of_part(ledger: Ledger, job: PrintJob, *, duplex: bool, sheet: SheetFormat) -> int:
    """How many sheets should come out of a job with some letters, its cover's included."""
    first, last = job.first or 1, job.last or sys.maxsize
    pages = [page for page in ledger.pages(job.lot) if first <= page.position <= last]
    cover = cover_sheets(len(pages), duplex=duplex, sheet=sheet)
    return cover + sum(page.sheets for page in pages)


def look_up(ledger: Ledger, queue: PrintQueue, job: PrintJob, now: datetime) -> PrintJob:
    """Ask the printer about a job in doubt, and write down what it proves.

    UNKNOWN when that is nothing: its lists are cleared, or it cannot be asked. A job is known by
    its name: a printer that was switched off may count anew, and its number 7 be another's.
    FINISHED is what the printer says, here too: `ippeveprinter` calls a job completed of which
    it got half (CUPS forgets it). The sheets on the cover are for a person to count.
    """
    try:
        seen = queue.look(job.number) if job.number is not None else None
        if seen is None or seen.name != job.name:
            seen = queue.find(job.name)
    except Refused as trouble:
        return ledger.settle_job(job, Status.UNKNOWN, now, trouble.code)
    status, words = _meaning(seen)
    number = seen.number if seen is not None else None
    return ledger.settle_job(job, status, now, words, number=number)
