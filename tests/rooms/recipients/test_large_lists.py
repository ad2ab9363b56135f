"""Memory hardly grows with the list: the database compares, and reads a page at a time."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from merge.app import importing, log
from merge.app.chosen import Narrowing
from merge.app.opening import Again, open_campaign
from merge.app.sheets import Reading
from merge.campaign.digests import are_among, hashes_of, mark_of
from merge.job import silent
from merge.model import Channel, Recipient, Status
from merge.recipients.choosing import Selection
from tests.desk import Desk

FEW, MANY = 1_000, 4_000
A_ROW_AT_MOST = 300
"""Bytes. Caches fill with the first few thousand rows, at 200 each; a command that holds its
recipients takes 2,000.
"""
AN_IMPORTED_ROW_AT_MOST = 2_000
"""An import keeps each key and a sheet as a frame: of a million, two gigabytes at most."""


def sheet(folder: Path, n: int) -> str:
    path = folder / f"{n}.csv"
    rows = (f"{1000 + i};Ville d'Exemple;personne-{i}@example.org" for i in range(n))
    path.write_text("\n".join(["Numéro;Commune;Courriel", *rows, ""]), "utf-8")
    return str(path)


class Held:
    """The most that is held whenever another row comes, since the last `begin`."""

    most = 0

    def begin(self) -> None:
        gc.collect()
        self.most, self.before = 0, tracemalloc.get_traced_memory()[0]

    def look(self, *_row: object) -> None:
        self.most = max(self.most, tracemalloc.get_traced_memory()[0] - self.before)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    """An import is looked at with each recipient of its sheet, and takes few of them at once."""
    found, takes = Held(), Selection.takes

    def looking(selection: Selection, recipient: Recipient) -> bool:
        found.look()
        return takes(selection, recipient)

    monkeypatch.setattr(Selection, "takes", looking)
    monkeypatch.setattr(importing, "_BATCH", 50)
    tracemalloc.start()
    yield found
    tracemalloc.stop()


def imported(desk: Desk, sheet: str, _held: Held) -> None:
    reading = Reading(overrides={"key": "Numéro"})
    with importing.open(desk.folder, [sheet], reading, silent, yes=True) as job:
        assert not job.run((), lambda notice: None).wants


def logged(desk: Desk, _sheet: str, held: Held) -> None:
    with log.open(desk.folder, Narrowing()) as found:
        for row in found.rows:
            held.look(row)


def looked_through(desk: Desk, _sheet: str, held: Held) -> None:
    """As `check` and `send` do."""
    with open_campaign(desk.folder, access="read", command="check") as campaign:
        waiting = campaign.ledger.candidates(None, list(Channel))
        for reading in (waiting.recipients, campaign.ledger.listing.recipients, waiting.deliveries):
            for row in reading():
                held.look(row)


def narrowed(desk: Desk, _sheet: str, held: Held) -> None:
    """To some, of whom none is there."""
    with open_campaign(desk.folder, access="read", command="log") as campaign:
        listing = campaign.ledger.listing

        def looking() -> Iterator[Recipient]:
            for recipient in listing.recipients():
                held.look()
                yield recipient

        for some in (Narrowing(statuses=[Status.SENT]), Narrowing(communes=["1000"])):
            some.keys(Again(looking), (delivery for _who, delivery in listing.letters()))


def test_what_a_command_holds_hardly_grows_with_the_list(tmp_path: Path, held: Held) -> None:
    works = (imported, imported, logged, looked_through, narrowed)
    grown: dict[int, list[int]] = {}
    for n in (10, FEW, MANY):  # with the first all is loaded that is loaded once
        desk, path = Desk.made(tmp_path / str(n)), sheet(tmp_path, n)
        grown[n] = []
        for work in works:
            held.begin()
            work(desk, path, held)
            grown[n].append(held.most)
    most = [many - few for few, many in zip(grown[FEW], grown[MANY], strict=True)]
    assert max(most[:2]) < AN_IMPORTED_ROW_AT_MOST * (MANY - FEW), grown
    assert max(most[2:]) < A_ROW_AT_MOST * (MANY - FEW), grown


def test_the_mark_of_deliveries_knows_no_order_and_each_of_them() -> None:
    some = [(1, "06088"), (2, "76351"), (3, "80829")]
    mark = mark_of(hashes_of(some))
    assert mark == mark_of(hashes_of(reversed(some))) != mark_of(hashes_of(some[1:]))
    assert mark_of(hashes_of([(1, "06088")])) != mark_of(hashes_of([(1, "76351")]))
    assert are_among(hashes_of(some[1:]), hashes_of(some))
    assert not are_among(hashes_of([*some, (4, "06088")]), hashes_of(some))
