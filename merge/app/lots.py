"""Lots: make them of those whom e-mail does not reach; one to a printer, in the post, given back;
its files; and the test sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from merge import disks
from merge.app import letters as letters_of
from merge.app import paper
from merge.app.chosen import Narrowing, the_one
from merge.app.opening import Campaign, now, open_campaign
from merge.app.remind import close_overtaken, hold_back
from merge.app.running import missing, running
from merge.app.suppress import keep_suppressed
from merge.campaign import batch, check
from merge.campaign import lots as made_lots
from merge.campaign.batch import Printed
from merge.campaign.envelopes import NOT_YET_POSTED, Stays
from merge.campaign.ports import Watch
from merge.errors import Busy, ExitCode, Misuse, Refused
from merge.job import Consent, Give, JobState, Listener, Result, Want, progress, silent
from merge.ledger.opening import Access
from merge.ledger.states import may_move
from merge.model import Channel, Counts, Delivery, Lot, PrintFile, Recipient, Status
from merge.paper.fonts import refuse_wide
from merge.paper.lots import TEST_SHEET, made_of, part_path, published_path
from merge.paper.stationery import LABELS, AddressFile
from merge.settings import FILE_NAME
from merge.words.lots import cover_words, sheet_words


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeLots:
    """The lots that were made. `lying` are those not in the post, where nothing is new."""

    code: ExitCode
    printed: Printed
    names: Mapping[str, str]  # of those who are told of, by key
    counts: Counts
    lying: Sequence[Lot]
    to_keep: Sequence[Stays]
    is_nothing_new: bool


def make(
    watch: Watch,
    place: Path,
    narrowing: Narrowing,
    *,
    all_queued: bool,
    separate: bool,
    accept_edit: bool = False,
    consents: Sequence[Consent] = (),
    listener: Listener = silent,
) -> MadeLots:
    """Record whom the suppression list and answers stop, check the letters, and make the lots. A
    consent is to a changed letter in just the versions that it names; of a refusal the facts name
    them.

    Events as `hold_back`, "pages-made" (`n`, `of`). Refused as `campaign.check`; LetterError.
    """
    with open_campaign(place, access="share", command="print", listener=listener) as campaign:
        hold_back(campaign, listener)
        ledger = campaign.ledger
        keys = campaign.chosen(narrowing)
        template = letters_of.template(campaign)
        also = [Channel.EMAIL] if all_queued else []
        if waiting := ledger.candidates(keys, [*also, Channel.PAPER]):
            letters_of.refuse_unprintable(campaign)
            found = check.check(template, waiting, of=ledger.count_recipients())
            check.refuse_unless_right(found)
            check.requeue_cured(ledger, found)
        n = ledger.count_for_paper(keys, all_queued=all_queued)
        if n:
            asks = letters_of.wanted(ledger, template, consents, "print")
            if asks and not accept_edit:
                want, trouble = asks
                trouble.facts.update(want.facts)
                raise trouble
            letters_of.fix(campaign, template, mailed=False)
        options = {"all": all_queued, "separate": separate}
        with running(campaign, "print", options, consents, listener=listener, watch=watch) as job:
            _refuse_beside_another(campaign, job.number)
            printer = paper.printer(
                campaign,
                template,
                job,
                cover_words(campaign.zone),
                separate=separate,
            )
            advance: Callable[[int], object] = (
                progress(job.tell, "pages-made", n) if n else lambda letters: None
            )
            made = batch.print_lots(printer, keys=keys, all_queued=all_queued, advance=advance)
            code = _exit_code(made)
            job.end(Result(code=code, facts={"lots": [lot.number for lot in made.lots]}))
        return _told(campaign, made, code)


def _told(campaign: Campaign, made: Printed, code: ExitCode) -> MadeLots:
    ledger = campaign.ledger
    named = [*(fault.key for fault in made.faults), *made.unreachable]
    named += [key for lot in made.lots for key in lot.overlong]
    is_nothing_new = not (made.lots or made.faults or made.interrupted)
    lying = [lot for lot in ledger.lots() if lot.status in NOT_YET_POSTED]
    shown = lying if is_nothing_new else []
    return MadeLots(
        code=code,
        printed=made,
        names=ledger.names_of(named),
        counts=ledger.counts(),
        lying=shown,
        to_keep=campaign.envelopes_to_keep() if shown else (),
        is_nothing_new=is_nothing_new,
    )


def _refuse_beside_another(campaign: Campaign, number: int) -> None:
    """Busy while a printing that began before this row makes lots, on whatever machine."""
    for each in campaign.ledger.commands.latest("print"):
        makes_lots = each.state is JobState.RUNNING and "separate" in each.options
        if makes_lots and each.number < number:
            about: dict[str, Any] = {"command": each.command, "since": each.started_at}
            raise Busy("busy", path=str(campaign.folder), reason="unnamed", **about)


def _exit_code(made: Printed) -> ExitCode:
    if made.interrupted:
        return ExitCode.INTERRUPTED
    if isinstance(made.refused, Busy):
        return ExitCode.STOPPED
    return ExitCode.PARTLY if made.faults or made.refused else ExitCode.DONE


# One of them


@contextmanager
def open(
    place: Path, number: int, *, listener: Listener, access: Access = "share"
) -> Iterator[LotJob]:
    """What is done with one lot. Misuse("lot-missing")."""
    with open_campaign(place, access=access, command="print", listener=listener) as campaign:
        made_lots.the_lot(campaign.ledger, number)
        yield LotJob(campaign, number, listener)


class LotJob:
    """One lot in hand."""

    def __init__(self, campaign: Campaign, number: int, listener: Listener) -> None:
        self._campaign = campaign
        self._listener = listener
        self.number = number

    @property
    def lot(self) -> Lot:
        """As it stands now."""
        return made_lots.the_lot(self._campaign.ledger, self.number)

    @property
    def moves(self) -> frozenset[Status]:
        """What a person may mark it as."""
        marks, stands = (Status.PRINTED, Status.POSTED, Status.QUEUED), self.lot.status
        return frozenset(mark for mark in marks if may_move(Channel.PAPER, stands, mark))

    def to_keep(self, but: Sequence[str] = ()) -> Sequence[Stays]:
        """The envelopes of this lot that should not be posted, without those of these keys."""
        stays = self._campaign.envelopes_to_keep()
        return [one for one in stays if one.lot == self.number and one.key not in but]

    def keys_of(self, words: Sequence[str]) -> list[str]:
        """Whom these words name. Misuse("nobody-called") or ("several-called")."""
        recipients = self._campaign.ledger.recipients()
        return [the_one(recipients, word).key for word in words]

    def wants_to_mark(self, status: Status) -> tuple[Want, ...]:
        """A yes before a lot is given back: what was posted of it would arrive twice."""
        if status is not Status.QUEUED:
            return ()
        return (_want("discard-lot", self.number),)

    def mark(
        self, status: Status, consents: Sequence[Consent] = (), without: Sequence[str] = ()
    ) -> Marked:
        """made → printed → posted, or back into the queue; `without` were taken out by hand.

        Event: "overtaken" (`n`).
        """
        self._require(self.wants_to_mark(status), consents)
        options = {"lot": self.number, "status": status.value}
        with running(self._campaign, "print", options, consents) as job:
            lot = self._mark(status, without)
            job.end(Result(code=ExitCode.DONE))
        if without:
            close_overtaken(self._campaign, self._listener)
        ledger = self._campaign.ledger
        taken_out = [found for key in without if (found := ledger.delivery(key))]
        return Marked(lot=lot, taken_out=taken_out, names=ledger.names_of(without))

    def separate(self) -> int:
        """A PDF for each recipient, with a list, and all of that in one .zip; how many letters."""
        campaign = self._campaign
        files, press = paper.lot_files(campaign), paper.press(campaign)
        made = made_lots.make_separate(campaign.ledger, campaign.gate, files, press, self.number)
        return len(made)

    def files(self) -> Sequence[tuple[int, int] | None]:
        """Its PDFs that lie in the folder: None is the whole lot, else the first and last letter of
        a part."""
        lot = self.lot
        stem = PurePosixPath(published_path(lot.path)).stem
        patterns = (each for each in made_of(lot.path) if each.endswith(".pdf"))
        found = (f for pattern in patterns for f in disks.found(self._campaign.folder, pattern))
        names = [path.stem for path in found]
        parts = (_letters(name, stem) for name in names)
        return [*([None] if stem in names else []), *(part for part in parts if part)]

    def opened(self, letters: tuple[int, int] | None) -> tuple[str, BinaryIO]:
        """The name of its PDF, or of one of some letters, and the file, open, to be downloaded.

        Refused("lot-file-missing"), and as `disks.opened`.
        """
        lot = self.lot
        path = part_path(lot.path, *letters) if letters else published_path(lot.path)
        try:
            file = self._campaign.opened_export("lot", path)
        except OSError:
            raise Refused("lot-file-missing", path=path, number=lot.number, reason="") from None
        return PurePosixPath(path).name, file

    def letters(self, first: str | None, last: str | None) -> tuple[int, int]:
        """The places of the letters from one that a person names to another: see
        `made_lots.letters_named`."""
        return made_lots.letters_named(self._campaign.ledger, self.number, first, last)

    def addresses(self, name: str, skipped: int = 0) -> tuple[AddressFile, Mapping[str, str]]:
        """A file with the addresses of its envelopes, on labels or envelopes of this name.

        Of the first sheet of labels so many are gone. Beside it, the names of those at fault,
        by key. Misuse("skip-beyond-sheet").
        """
        if name in LABELS and skipped >= LABELS[name].on_a_sheet:
            raise Misuse("skip-beyond-sheet", name=name, n=LABELS[name].on_a_sheet)
        campaign, settings = self._campaign, self._campaign.settings
        recipients = made_lots.recipients_of(campaign.ledger, campaign.gate, self.number)
        letters, faults = batch.addressed(
            letters_of.template(campaign, gone_too=True),
            recipients,
            households=settings.paper.households,
        )
        made = paper.press(campaign).addresses(
            self.lot,
            name,
            [(letter.key, letter.address) for letter in letters],
            skipped=skipped,
            sender=campaign.sender_lines,
        )
        made = replace(made, faults=[*faults, *made.faults])
        return made, campaign.ledger.names_of([fault.key for fault in made.faults])

    def part(self, first: int, last: int, consents: Sequence[Consent]) -> tuple[Path, PrintFile]:
        """Some letters of it again, as a file: its path in the campaign's folder, and the file.

        Each of them keeps an attempt.
        """
        self._require(self.wants_of_a_part(), consents)
        campaign, ledger, number = self._campaign, self._campaign.ledger, self.number
        files = paper.lot_files(campaign)
        file = made_lots.make_part(ledger, campaign.gate, files, number, first, last)
        ledger.note_range(number, first, last, now())
        return Path(file.path).relative_to(campaign.folder), file

    def wants_of_a_part(self) -> tuple[Want, ...]:
        """A yes where the lot is posted: letters printed again would arrive twice."""
        is_posted = self.lot.status is Status.POSTED
        return (_want("part-not-posted", self.number),) if is_posted else ()

    def hand_over(
        self,
        printer: str,
        letters: tuple[int, int] | None,
        consents: Sequence[Consent],
        *,
        again: bool,
    ) -> str:
        """Hand the whole lot, or some letters of it, to a queue of this computer: what `lp` says.

        When, and to which, is in the ledger before `lp` hears of it. The whole lot goes `again` by
        a person's word alone: Refused("lot-handed-over"). Refused as `campaign.lots.whole`, and
        ("lp-missing"), ("lp-refuses").
        """
        campaign, ledger, number = self._campaign, self._campaign.ledger, self.number
        lot, files = self.lot, paper.lot_files(campaign)
        self._require(self.wants_of_a_part() if letters else (), consents)
        if lot.handed_at and not again and not letters:
            raise Refused(
                "lot-handed-over", number=number, printer=lot.handed_to, since=lot.handed_at
            )
        options = {"lot": number, "letters": letters, "again": again}
        with running(campaign, "print", options, consents) as job:
            if letters:
                file = made_lots.make_part(ledger, campaign.gate, files, number, *letters)
            else:
                file = made_lots.whole(ledger, campaign.gate, files, number)
            lp = paper.find_lp(file)
            if letters:
                ledger.note_range(number, *letters, now())
            else:
                ledger.note_handed_over(number, printer, now(), lot.handed_at)
                campaign.accounts.witness(ledger.campaign_id, ledger.counter)
            words = paper.hand_over(lp, printer, file)
            job.end(Result(code=ExitCode.DONE))
        return words

    def _require(self, wants: Sequence[Want], consents: Sequence[Consent]) -> None:
        if lacking := missing(wants, consents):
            raise Refused("consent-missing", option=lacking[0].option)

    def _mark(self, status: Status, without: Sequence[str] = ()) -> Lot:
        """The letters to `without` wait again, unless they should not leave at all.

        What was made of a lot that is given back leaves `outbox/lots`, and before the ledger says
        so: nobody may print it beside the one that takes its place.
        """
        campaign, ledger = self._campaign, self._campaign.ledger
        if status is Status.QUEUED:
            self._put_away()
        lot = ledger.mark_lot(self.number, status, now(), without)
        campaign.accounts.witness(ledger.campaign_id, ledger.counter)
        if without:
            keep_suppressed(campaign)
        return lot

    def _put_away(self) -> None:
        folder, lots = self._campaign.folder, self._campaign.ledger.lots()
        made = next((lot for lot in lots if lot.number == self.number), None)
        if made is None or not may_move(Channel.PAPER, made.status, Status.QUEUED):
            return  # the ledger says why it cannot be given back
        for pattern in made_of(made.path):
            for found in disks.found(folder, pattern):
                found.replace(disks.folder_in(folder, paper.DISCARDED) / found.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """A lot that was marked, and where those stand now whose envelope was taken out."""

    lot: Lot
    taken_out: Sequence[Delivery]
    names: Mapping[str, str]  # theirs, by key


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedEnvelope:
    """An envelope that came back, and the others that should not be posted."""

    recipient: Recipient
    delivery: Delivery
    to_keep: Sequence[Stays]


def returned(place: Path, word: str, listener: Listener) -> ReturnedEnvelope:
    """The envelope to whom `word` names came back: it overtakes a reminder behind it."""
    with open_campaign(place, access="share", command="print", listener=listener) as campaign:
        recipient = the_one(campaign.ledger.recipients(), word)
        delivery = campaign.ledger.mark_returned(recipient.key, now())
        close_overtaken(campaign, listener)
        return ReturnedEnvelope(
            recipient=recipient,
            delivery=delivery,
            to_keep=campaign.envelopes_to_keep(),
        )


def test_sheet(place: Path, listener: Listener, name: str) -> str:
    """A sheet that tries printer and window, or labels or envelopes of this name; its path.

    LetterError as `refuse_wide`.
    """
    with open_campaign(place, access="read", command="print", listener=listener) as campaign:
        window = campaign.window
        refuse_wide(window, FILE_NAME)
        words = sheet_words(folds_known=bool(window.folds_mm))
        return paper.press(campaign).test_sheet(words, name, campaign.sender_lines)


def _want(code: str, number: int) -> Want:
    return Want(code=code, facts={"number": number}, give=Give.YES, option="--yes")


def test_sheet_pdf(campaign: Campaign) -> BinaryIO:
    """Open the latest test sheet. FileNotFoundError."""
    return disks.opened(campaign.folder, TEST_SHEET)


def has_test_sheet(campaign: Campaign) -> bool:
    """Whether there is a test sheet to print."""
    return disks.place(campaign.folder, TEST_SHEET).is_file()


def _letters(name: str, stem: str) -> tuple[int, int] | None:
    """The range of letters that a file's name tells."""
    first, _, last = name.removeprefix(f"{stem}-letters-").partition("-")
    return (int(first), int(last)) if first.isdigit() and last.isdigit() else None
