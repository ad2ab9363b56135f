"""Print the letters that go on paper: lots of pages, each recipient in one lot only.

A lot is made where nobody looks, written in the ledger, and only then put into `outbox/lots`: a
PDF that a person can find is always one that the ledger knows of. `made` spends nothing.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from merge.campaign.check import Findings
from merge.campaign.digests import fingerprint
from merge.campaign.lots import the_lot
from merge.campaign.ports import LotMaker, Template, Watch
from merge.campaign.suppression import Gate
from merge.errors import Busy, LedgerError, LetterError, Refused, Trouble
from merge.ledger.accounts import Accounts
from merge.ledger.ledger import Ledger
from merge.ledger.records import Taken
from merge.model import Channel, Delivery, Letter, LetterFault, LotFile, Recipient, Status, Ways
from merge.paper.lots import ORDERS, plan_lots

_PAGE = 250  # of those who wait are in memory whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Printer:
    """Everything one run of `print` needs, built by `merge.app`."""

    ledger: Ledger
    accounts: Accounts
    gate: Gate
    template: Template
    press: LotMaker
    watch: Watch
    per_lot: int
    order: str
    separate: bool = False  # also a PDF for each recipient
    households: bool = False  # those of one household share an envelope


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What is told of a lot, when all are made; who is in it stands in the ledger."""

    number: int
    path: str
    letters: int
    sheets: int  # the cover sheet's too
    overlong: tuple[str, ...]  # keys
    warnings: tuple[str, ...]
    ways: Ways


@dataclass(slots=True, kw_only=True)
class Printed:
    """What came of one run of `print`."""

    lots: list[Made] = field(default_factory=list)
    faults: list[LetterFault] = field(default_factory=list)
    interrupted: bool = False
    refused: Trouble | None = None  # why the next lot was not made
    unreachable: list[str] = field(default_factory=list)  # an e-mail failed, and no address


def print_lots(
    printer: Printer,
    *,
    keys: Sequence[str] | None = None,
    all_queued: bool = False,
    advance: Callable[[int], object] = lambda letters: None,
) -> Printed:
    """Make lots of all who get paper: see `Ledger.for_paper`.

    Whoever opted out is left out. A recipient at fault is held and the others go. One who
    waits for an e-mail goes on waiting for it, and one whose e-mail was refused stays so: the
    fault is the page's alone.

    Busy("lot-overtaken") when another command took a letter of the first lot,
    Refused("lot-at-fault") when too many of its pages are at fault, and LetterError as in
    `LotMaker.make`; of a later lot it is told beside those that are made.
    """
    publish_what_is_committed(printer.ledger, printer.press)
    printed = Printed()
    found = printer.ledger.for_paper(keys, all_queued=all_queued)
    planned = _planned(printer, found, printed)
    try:
        lots = map(printer.ledger.deliveries_by_id, planned)
        _make(printer, lots, sum(map(len, planned)), printed, advance)
    except LedgerError:
        raise
    except (LetterError, Refused) as refused:
        if not printed.lots:
            raise
        printed.refused = refused
    return printed


def _make(
    printer: Printer,
    lots: Iterable[Sequence[Delivery]],
    n: int,
    printed: Printed,
    advance: Callable[[int], object],
) -> None:
    """Make these lots, of `n` letters in all. Busy, as `print_lots`."""
    under_way: dict[str, _Rendered] = {}  # the letters of a lot or two

    def rendered_lots() -> Iterator[Sequence[Letter]]:
        """Render lot after lot; recipients at fault are held and left out.

        Keep no reference to a letter of the lot before, or both lots would be in memory.
        """
        for lot in lots:
            if printer.watch.asked:
                printed.interrupted = True
                return
            letters = _rendered(printer, lot, under_way, printed)
            if len(letters) < len(lot):
                advance(len(lot) - len(letters))
            if letters:
                yield letters
            del letters, lot

    with closing(printer.press.ahead(rendered_lots(), n)) as ahead:
        for letters in ahead:
            if printer.watch.asked:
                printed.interrupted = True
                break
            rendered = {letter.key: under_way.pop(letter.key) for letter in letters}
            _refuse_suppressed(printer, list(rendered))
            _refuse_overtaken(printer, [one.delivery for one in rendered.values()])
            _print_one(printer, letters, rendered, printed)
            advance(len(letters))
            del letters, rendered


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rendered:
    """A rendered recipient of a lot, and what the ledger needs of it."""

    delivery: Delivery
    taken: Taken


def _planned(
    printer: Printer, found: Iterator[Delivery], printed: Printed
) -> Sequence[Sequence[int]]:
    """Which of these get paper now, as lots of delivery ids. Whoever opted out is suppressed."""
    ids, keys = array("q"), list[object]()
    key_of = ORDERS[printer.order]
    overtaken = frozenset(printer.ledger.reminders.overtaken())
    while page := list(islice(found, _PAGE)):
        recipients = _by_key(printer.ledger, [delivery.key for delivery in page])
        for delivery in page:
            if delivery.id in overtaken:
                continue
            recipient = recipients[delivery.key]
            if _is_suppressed(printer, delivery, recipient):
                continue
            if recipient.has_postal_address:
                ids.append(delivery.id)
                keys.append(key_of(recipient))
            elif delivery.status is not Status.QUEUED:
                printed.unreachable.append(recipient.key)
    return plan_lots(ids, keys, per_lot=printer.per_lot)


def _is_suppressed(printer: Printer, delivery: Delivery, recipient: Recipient) -> bool:
    ruling = printer.gate.ruling(recipient, Channel.PAPER)
    if ruling:
        printer.ledger.suppress({delivery.id: ruling.reason}, printer.watch.now())
    return ruling is not None


def _rendered(
    printer: Printer, lot: Sequence[Delivery], under_way: dict[str, _Rendered], printed: Printed
) -> list[Letter]:
    recipients = _by_key(printer.ledger, [delivery.key for delivery in lot])
    letters: list[Letter] = []
    for delivery in lot:
        recipient = recipients[delivery.key]
        letter = printer.template.render(recipient, Channel.PAPER)
        if isinstance(letter, LetterFault):
            _hold(printer, delivery, letter, printed)
            continue
        letters.append(letter)
        under_way[delivery.key] = _Rendered(
            delivery=delivery,
            taken=Taken(
                delivery_id=delivery.id,
                fingerprint=fingerprint(printer.template, recipient),
                address=", ".join(letter.address[letter.addressee :]),
            ),
        )
    if printer.households:
        letters = _in_households(printer.template, letters, recipients)
    return [letter._replace(text="") for letter in letters]  # no press asks for it


def addressed(
    template: Template, recipients: Sequence[Recipient], *, households: bool
) -> tuple[Sequence[Letter], Sequence[LetterFault]]:
    """The letters to these as far as their envelopes go, one for each envelope, and the faults."""
    made = [template.render(recipient, Channel.PAPER) for recipient in recipients]
    letters = [letter for letter in made if isinstance(letter, Letter)]
    if households:
        by_key = {recipient.key: recipient for recipient in recipients}
        letters = _in_households(template, letters, by_key)
    return (
        [letter for letter in letters if not letter.shares_envelope],
        [fault for fault in made if isinstance(fault, LetterFault)],
    )


def _in_households(
    template: Template, letters: Sequence[Letter], recipients: Mapping[str, Recipient]
) -> list[Letter]:
    """The letters of each household behind each other, with all names in the window."""
    by_place: dict[Sequence[str], list[Letter]] = {}
    for letter in letters:
        by_place.setdefault(letter.address[letter.addressee :], []).append(letter)
    shared = {
        some[0].key: _in_one_envelope(template, some, recipients) for some in by_place.values()
    }
    inside = {letter.key for some in shared.values() for letter in some}
    return [
        each
        for letter in letters
        for each in shared.get(letter.key) or (() if letter.key in inside else (letter,))
    ]


def _in_one_envelope(
    template: Template, letters: Sequence[Letter], recipients: Mapping[str, Recipient]
) -> Sequence[Letter]:
    """These letters made anew for one envelope; () where it cannot be one."""
    people = [recipients[letter.key] for letter in letters]
    names = template.household(people)
    if names is None:
        return ()
    again = [template.render(each, Channel.PAPER, names) for each in people]
    made = [letter for letter in again if isinstance(letter, Letter)]
    if len(made) < len(again):
        return ()  # no room for the names of all
    return [made[0], *(letter._replace(shares_envelope=True) for letter in made[1:])]


def _by_key(ledger: Ledger, keys: Sequence[str]) -> Mapping[str, Recipient]:
    return {recipient.key: recipient for recipient in ledger.recipients_of(keys)}


def _print_one(
    printer: Printer,
    letters: Sequence[Letter],
    rendered: Mapping[str, _Rendered],
    printed: Printed,
) -> None:
    now = printer.watch.now()
    number = printer.ledger.next_lot()
    made = printer.press.make(number, letters, now)
    try:
        is_kept = _commit(printer, number, made, rendered, now, printed)
    except Trouble:
        _forget_unless_known(printer, made)
        raise
    if not is_kept:
        return
    printer.accounts.witness(printer.ledger.campaign_id, printer.ledger.counter)
    path = printer.press.publish(made.path)
    printed.lots.append(
        Made(
            number=number,
            path=path,
            letters=len(made.pages),
            sheets=made.sheets,
            overlong=made.overlong,
            warnings=made.warnings,
            ways=made.ways,
        )
    )
    if printer.separate:
        lot, addressed = the_lot(printer.ledger, number), printer.ledger.addressed(number)
        printer.press.separate(lot, made.pages, addressed)


def _commit(
    printer: Printer,
    number: int,
    made: LotFile,
    rendered: Mapping[str, _Rendered],
    now: datetime,
    printed: Printed,
) -> bool:
    """Whether the ledger knows of the lot now; False when everyone in it is at fault, and held."""
    letters = len(rendered)
    if Findings(letters=letters, faults=made.faults).stops_all:
        first = made.faults[0]
        raise Refused(
            "lot-at-fault",
            lot=number,
            faults=len(made.faults),
            letters=letters,
            key=first.key,
            fault=first.code,
        )
    taken = {key: one.taken for key, one in rendered.items()}
    if made.pages and not printer.ledger.commit_lot(made, number, now, taken):
        # Another command took one of them meanwhile; nothing was written, nothing is lost.
        raise Busy("lot-overtaken", lot=number)
    for fault in made.faults:
        _hold(printer, rendered[fault.key].delivery, fault, printed)
    return bool(made.pages)


def _forget_unless_known(printer: Printer, made: LotFile) -> None:
    """A full disk must not become fuller with each time that somebody tries."""
    with suppress(LedgerError):
        if made.path and all(lot.path != made.path for lot in printer.ledger.lots()):
            printer.press.forget(made.path)


def _refuse_suppressed(printer: Printer, keys: Sequence[str]) -> None:
    """Busy("lot-overtaken") when one of these was put on the list while the pages were made."""
    printer.gate.renew()
    recipients = printer.ledger.recipients_of(keys)
    if any(printer.gate.ruling(recipient, Channel.PAPER) for recipient in recipients):
        raise Busy("lot-overtaken", lot=printer.ledger.next_lot())


def _refuse_overtaken(printer: Printer, letters: Sequence[Delivery]) -> None:
    """Busy("lot-overtaken") when an answer came in front of a reminder meanwhile, or may have."""
    ids = [each.id for each in letters if each.wave > 1]
    book = printer.ledger.reminders
    if ids and (book.overtaken(ids) or book.undecided(ids)):
        raise Busy("lot-overtaken", lot=printer.ledger.next_lot())


def _hold(printer: Printer, delivery: Delivery, fault: LetterFault, printed: Printed) -> None:
    if delivery.channel is Channel.PAPER:
        printer.ledger.hold(delivery.id, fault, printer.watch.now())
    printed.faults.append(fault)


def publish_what_is_committed(ledger: Ledger, press: LotMaker) -> None:
    """Move lots that are committed but still in `outbox/making`, after a kill."""
    for lot in ledger.lots():
        if lot.status is Status.MADE:
            press.publish(lot.path)
