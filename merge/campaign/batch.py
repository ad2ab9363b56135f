"""Print the letters that go on paper: lots of pages, each recipient in one lot only.

A lot is made where nobody looks, written in the ledger, and only then put into `outbox/lots`: a
PDF that a person can find is always one that the ledger knows of. `made` spends nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

from merge.campaign.check import Findings, refuse_unless_right
from merge.campaign.peace import Gate
from merge.campaign.plan import fingerprint
from merge.campaign.ports import Accounts, Books, Press, Template, Watch
from merge.errors import Busy
from merge.model import Channel, Delivery, Letter, LetterFault, LotFile, Recipient, Status
from merge.paper.lots import PlannedLot, plan_lots


@dataclass(frozen=True, slots=True, kw_only=True)
class Printer:
    """Everything one run of `print` needs, built by `merge.wiring`."""

    books: Books
    accounts: Accounts
    gate: Gate
    template: Template
    press: Press
    watch: Watch
    per_lot: int
    order: str
    hand_over: Callable[[int], bool] = lambda number: True
    """Called with the number of each lot that is made: False makes no more this time."""
    separate: bool = False  # also a PDF for each recipient


@dataclass(slots=True, kw_only=True)
class Printed:
    """What came of one run of `print`."""

    lots: list[LotFile] = field(default_factory=list)
    faults: list[LetterFault] = field(default_factory=list)
    interrupted: bool = False
    stopped: bool = False  # the printer has a lot that it did not finish
    unreachable: list[str] = field(default_factory=list)  # an e-mail failed, and no address


def print_lots(
    printer: Printer,
    *,
    keys: Sequence[str] | None = None,
    all_queued: bool = False,
    advance: Callable[[int], object] = lambda letters: None,
) -> Printed:
    """Make lots of all who get paper: see `Books.for_paper`.

    Whoever asked for peace is left out. A recipient at fault is held and the others go. One who
    waits for an e-mail goes on waiting for it, and one whose e-mail was refused stays so: the
    fault is the page's alone.
    """
    publish_what_is_committed(printer.books, printer.press)
    printed = Printed()
    recipients = {r.key: r for r in printer.books.recipients()}
    wanted: list[Recipient] = []
    deliveries: dict[str, Delivery] = {}
    overtaken = frozenset(printer.books.reminders.overtaken())
    for delivery in printer.books.for_paper(keys, all_queued=all_queued):
        if delivery.id in overtaken:
            continue
        recipient = recipients[delivery.key]
        ruling = printer.gate.ruling(recipient, Channel.PAPER)
        if ruling:
            printer.books.rest({delivery.id: ruling.reason}, printer.watch.now())
        elif recipient.has_postal_address:
            wanted.append(recipient)
            deliveries[recipient.key] = delivery
        elif delivery.status is not Status.QUEUED:
            printed.unreachable.append(recipient.key)
    fingerprints: dict[str, str] = {}

    def lots() -> Iterator[Sequence[Letter]]:
        """Rendered as they are asked for; who is at fault is held, and not in them."""
        for lot in plan_lots(wanted, per_lot=printer.per_lot, order=printer.order):
            if printer.watch.asked:
                printed.interrupted = True
                return
            letters = _rendered(printer, lot, deliveries, fingerprints, printed)
            if len(letters) < len(lot.recipients):
                advance(len(lot.recipients) - len(letters))
            if letters:
                yield letters

    with closing(printer.press.ahead(lots(), len(wanted))) as ahead:
        for letters in ahead:
            if printer.watch.asked:
                printed.interrupted = True
                break
            _refuse_at_peace(printer, [recipients[letter.key] for letter in letters])
            _refuse_overtaken(printer, [deliveries[letter.key] for letter in letters])
            number = _print_one(printer, letters, deliveries, fingerprints, printed)
            advance(len(letters))
            if number is not None and not printer.hand_over(number):
                printed.stopped = True
                break
    return printed


def _rendered(
    printer: Printer,
    lot: PlannedLot,
    deliveries: Mapping[str, Delivery],
    fingerprints: dict[str, str],
    printed: Printed,
) -> list[Letter]:
    letters: list[Letter] = []
    for recipient in lot.recipients:
        letter = printer.template.render(recipient, Channel.PAPER)
        if isinstance(letter, LetterFault):
            _hold(printer, deliveries[recipient.key], letter, printed)
            continue
        letters.append(letter)
        fingerprints[recipient.key] = fingerprint(printer.template, recipient)
    return letters


def _print_one(
    printer: Printer,
    letters: Sequence[Letter],
    deliveries: Mapping[str, Delivery],
    fingerprints: Mapping[str, str],
    printed: Printed,
) -> int | None:
    """The number of the lot; None when everyone in it is at fault."""
    now = printer.watch.now()
    number = printer.books.next_lot()
    made = printer.press.make(number, letters, now)
    if made.faults:
        refuse_unless_right(Findings(letters=len(letters), faults=made.faults))
    for fault in made.faults:
        _hold(printer, deliveries[fault.key], fault, printed)
    if not made.pages:
        return None
    if not printer.books.commit_lot(made, number, now, fingerprints):
        # Another command took one of them meanwhile; nothing was written, nothing is lost.
        raise Busy("lot-overtaken", lot=number)
    printer.accounts.witness(printer.books.campaign_id, printer.books.counter)
    made = replace(made, path=printer.press.publish(made.path))
    if printer.separate:
        printer.press.separate(made.path, made.pages)
    printed.lots.append(made)
    return number


def _refuse_at_peace(printer: Printer, recipients: Sequence[Recipient]) -> None:
    """Busy("lot-overtaken") when one of these was put on the list while the pages were made."""
    printer.gate.renew()
    if any(printer.gate.ruling(recipient, Channel.PAPER) for recipient in recipients):
        raise Busy("lot-overtaken", lot=printer.books.next_lot())


def _refuse_overtaken(printer: Printer, deliveries: Sequence[Delivery]) -> None:
    """Busy("lot-overtaken") when an answer came in front of a reminder meanwhile."""
    reminders = [each.id for each in deliveries if each.wave > 1]
    if reminders and printer.books.reminders.overtaken(reminders):
        raise Busy("lot-overtaken", lot=printer.books.next_lot())


def _hold(printer: Printer, delivery: Delivery, fault: LetterFault, printed: Printed) -> None:
    if delivery.channel is Channel.PAPER:
        printer.books.hold(delivery.id, fault, printer.watch.now())
    printed.faults.append(fault)


def publish_what_is_committed(books: Books, press: Press) -> None:
    """Finish what a kill between the commit and the move left behind."""
    for lot in books.lots():
        if lot.status is Status.MADE:
            press.publish(lot.path)
