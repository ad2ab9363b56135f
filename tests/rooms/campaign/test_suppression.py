"""Peace: whoever is on the list gets no letter, on no channel, from no campaign of this user."""

from __future__ import annotations

from hashlib import blake2b

import pytest
from sqlalchemy import Engine, event

from merge.campaign import lots
from merge.campaign.batch import print_lots
from merge.campaign.check import refuse_changed_letter
from merge.campaign.deliver import send
from merge.campaign.envelopes import WhyKept, those_to_keep
from merge.campaign.suppression import (
    Gate,
    end_suppression,
    keep_suppressed,
    named,
    named_of,
    those_named,
)
from merge.errors import Busy, Refused
from merge.ledger.records import Kind
from merge.model import Status
from tests.both import shared_place, sql
from tests.fakes import NO_SUCH_USER, PlainTemplate, ScriptedOffice, town
from tests.place import START, Make, Place
from tests.printing import PlainPress, PlainStore, printer

PAPER = {"email": None}


def add(place: Place, kind: Kind, value: str, reason: str = "asked") -> None:
    place.accounts.suppression.add([named(kind, value)], reason, START)


LINES = [
    (Kind.TOWN, "00002"),
    (Kind.ADDRESS, "MAIRIE-2@Example.org"),
    (Kind.ADDRESS, "autre@example.org"),
    (Kind.DOMAIN, "ville-2.example.net"),
    (Kind.DOMAIN, "example.net"),
]


def test_a_line_names_a_town_an_address_or_all_below_a_domain(make: Make) -> None:
    second = town(2, insee="00002", email="mairie-2@example.org")
    second = second._replace(alternates=("autre@example.org", "m@ville-2.example.net"))
    place = make([town(1), second])
    for kind, value in LINES:
        add(place, kind, value)
        with place.opened() as sender:
            gate = Gate(place.accounts.suppression, sender.ledger.campaign_id)
            named_now = [r.key for r in sender.ledger.recipients() if gate.ruling(r)]
        assert named_now == ["00002"], (kind, value)
        place.accounts.suppression.take_back([named(kind, value)])


def test_a_letter_may_change_while_all_are_held_or_suppressed_or_wait(make: Make) -> None:
    place, changed = make([town(1), town(2), town(3)]), PlainTemplate(version="2")
    add(place, Kind.ADDRESS, "mairie-1@example.org")
    add(place, Kind.DEAD, "mairie-2@example.org")
    with place.opened() as sender:
        sender.ledger.set_fact("letter_version", "1")
        keep_suppressed(sender.ledger, sender.gate, START)
        statuses = {one.status for one in sender.ledger.deliveries()}
        assert statuses == {Status.SUPPRESSED, Status.HELD, Status.QUEUED}
        refuse_changed_letter(sender.ledger, changed, "send")
        send(sender)
        with pytest.raises(Refused, match="letter-changed"):
            refuse_changed_letter(sender.ledger, changed, "send")


def test_a_dead_address_is_no_reason_against_paper(make: Make) -> None:
    place = make([town(1)])
    add(place, Kind.DEAD, "mairie-1@example.org")
    with place.opened() as sender:
        printed = print_lots(printer(sender, PlainPress()), all_queued=True)
    assert len(printed.lots) == 1


def test_no_lot_takes_whoever_asked_to_stop_also_after_an_email_that_failed(make: Make) -> None:
    place = make([town(1), town(2, **PAPER), town(3, **PAPER)])
    with place.opened(office=ScriptedOffice({"mairie-1@example.org": NO_SUCH_USER})) as sender:
        send(sender)
    add(place, Kind.ADDRESS, "mairie-1@example.org")
    with place.opened("read") as sender:
        recipient = sender.ledger.recipient("00002")
        assert recipient is not None
        own = named_of(recipient, sender.ledger.campaign_id)
    place.accounts.suppression.add([own], "asked", START)
    press = PlainPress()
    with place.opened() as sender:
        print_lots(printer(sender, press))
    assert press.letters["outbox/making/lot-1.pdf"] == ["00003"]
    assert place.statuses() == {Status.MADE: 1, Status.SUPPRESSED: 2}


def test_a_lot_is_not_committed_when_someone_asks_while_it_is_made(make: Make) -> None:
    place = make([town(1, **PAPER), town(2, **PAPER)])
    press = PlainPress()

    def lots_and_a_call(lots, n):
        for lot in lots:
            add(place, Kind.TOWN, "00002")
            yield lot

    press.ahead = lots_and_a_call  # type: ignore[method-assign]
    towns = [town(n, insee=f"{n:05}", **PAPER) for n in (1, 2)]
    with place.opened("exclusive") as sender, sender.ledger.importing(START) as intake:
        intake.take(towns)
        intake.keep([])
    with place.opened() as sender, pytest.raises(Busy, match="lot-overtaken"):
        print_lots(printer(sender, press))
    assert place.statuses() == {Status.QUEUED: 2}


def test_a_lot_that_holds_such_a_letter_goes_to_no_printer_until_it_is_made_anew(
    make: Make,
) -> None:
    place = make([town(1, **PAPER), town(2, **PAPER)])
    with place.opened() as sender:
        print_lots(printer(sender, PlainPress()))
    with place.opened() as sender:
        recipient = sender.ledger.recipient("00002")
        assert recipient is not None
        place.accounts.suppression.add(
            [named_of(recipient, sender.ledger.campaign_id)], "asked", START
        )
        desk = (sender.ledger, sender.gate, PlainStore(place.folder / "lot.pdf"))
        for to_print in (lambda: lots.whole(*desk, 1), lambda: lots.make_part(*desk, 1, 2, 2)):
            with pytest.raises(Refused) as caught:
                to_print()
            assert caught.value.code == "lot-suppressed"
            assert caught.value.facts["keys"] == "Ville-2 (00002)"
        lots.make_part(*desk, 1, 1, 1)  # the other one may
        (stays,) = those_to_keep(sender.ledger, sender.gate)
        assert (stays.key, stays.lot, stays.position, stays.why) == (
            "00002",
            1,
            2,
            WhyKept.SUPPRESSED,
        )
        sender.ledger.mark_lot(1, Status.QUEUED, START)
        print_lots(printer(sender, PlainPress()))
    assert place.statuses() == {Status.MADE: 1, Status.SUPPRESSED: 1}


def test_taking_back_one_wakes_nobody_whose_line_is_on_another_machine(make: Make) -> None:
    """The list is the user's there: a campaign that was adopted here still knows who rests."""
    place = make([town(1), town(2)])
    one, other = (named(Kind.ADDRESS, f"mairie-{n}@example.org") for n in (1, 2))
    place.accounts.suppression.add([one, other], "asked", START)
    with place.opened() as sender:
        assert len(keep_suppressed(sender.ledger, sender.gate, START)) == 2
        place.accounts.suppression.take_back([one, other])  # as where there never was a list
        sender.gate.renew()
        assert end_suppression(sender.ledger, sender.gate, [one], START, "a slip") == 1
    assert place.statuses() == {Status.QUEUED: 1, Status.SUPPRESSED: 1}


def test_taking_back_a_line_wakes_nobody_whom_another_names(make: Make) -> None:
    place = make([town(1)])
    one, domain = named(Kind.ADDRESS, "mairie-1@example.org"), named(Kind.DOMAIN, "example.org")
    place.accounts.suppression.add([one, domain], "asked", START)
    with place.opened() as sender:
        keep_suppressed(sender.ledger, sender.gate, START)
        place.accounts.suppression.take_back([one])
        sender.gate.renew()
        assert end_suppression(sender.ledger, sender.gate, [one], START, "a slip") == 0


def test_thousands_of_names_are_looked_up_by_hundreds(make: Make) -> None:
    """A purge forgets everyone whom the letters were to, and asks first who is on the list."""
    names = [named(Kind.ADDRESS, f"mairie-{n}@example.org") for n in range(1_000)]
    book = make([town(1)]).accounts.suppression
    statements = 0

    def one(*_args: object) -> None:
        nonlocal statements
        statements += 1

    event.listen(Engine, "before_cursor_execute", one)
    try:
        assert book.add(names, "asked", START) == len(names)
        assert book.forget(names) == len(names)
        assert book.take_back(names) == len(names)
    finally:
        event.remove(Engine, "before_cursor_execute", one)
    assert statements < 100


def test_the_list_is_of_hashes_that_only_this_users_key_makes(make: Make) -> None:
    place = make([town(1)])
    add(place, Kind.ADDRESS, "mairie-1@example.org")
    shared = shared_place(place.accounts)
    ((digest, value),) = sql(shared, "SELECT digest, value FROM peace_lines")
    sql(shared, "UPDATE peace_lines SET value = ''")
    assert digest != blake2b(f"{Kind.ADDRESS}\0{value}".encode(), digest_size=32).hexdigest()
    assert "mairie" not in digest
    assert value == "mairie-1@example.org"
    with place.opened() as sender:  # also once the name is erased
        assert send(sender).by_status == {Status.SUPPRESSED: 1}


def test_an_edition_is_of_a_change_and_of_nothing_else(make: Make) -> None:
    suppression = make([town(1)]).accounts.suppression
    one = named(Kind.ADDRESS, "a@example.org")
    before = suppression.edition()
    assert suppression.add([one], "asked", START) == 1
    on_it = suppression.edition()
    assert on_it > before
    assert suppression.add([one], "asked again", START) == 0
    assert [line.reason for line in suppression.lines()] == ["asked"]
    assert suppression.take_back([named(Kind.DOMAIN, "example.org")]) == 0
    assert suppression.edition() == on_it
    assert suppression.take_back([one]) == 1
    assert suppression.edition() > on_it


def test_a_line_that_an_earlier_version_kept_for_campaigns_alone_keeps_back_every_letter(
    make: Make,
) -> None:
    place = make([town(1)])
    add(place, Kind.ADDRESS, "mairie-1@example.org")
    shared = shared_place(place.accounts)
    column = "reach VARCHAR(16) DEFAULT 'every' NOT NULL"
    sql(shared, f"ALTER TABLE peace_lines ADD COLUMN {column}")
    sql(shared, "UPDATE peace_lines SET reach = 'campaigns'")
    add(place, Kind.ADDRESS, "another@example.org")  # and the list is written on
    with place.opened() as sender:
        assert send(sender).by_status == {Status.SUPPRESSED: 1}


def test_a_key_without_an_insee_code_is_of_one_campaign() -> None:
    recipients = [town(7), town(8, insee="00008")]
    assert those_named(recipients, [named_of(recipients[0], "a")], "a") == [recipients[0]]
    assert those_named(recipients, [named_of(recipients[0], "a")], "b") == []
    assert those_named(recipients, [named_of(recipients[1], "a")], "b") == [recipients[1]]
