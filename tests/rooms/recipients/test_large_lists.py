"""A list of a million fits into memory; what a command holds beside an import hardly grows."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from merge.app import recipients
from merge.app.chosen import Narrowing
from merge.app.opening import Again, open_campaign
from merge.campaign.digests import are_among, hashes_of, mark_of
from merge.model import Channel, Recipient, Status
from tests.bench import lists
from tests.bench.costs import PROGRAM, cost
from tests.desk import Desk

FEW, MANY = 1_000, 4_000
SOME, FRANCE = 10_000, 34_969  # some: whatever is loaded once is loaded
A_ROW_AT_MOST = 300
"""Bytes. Caches fill with the first few thousand rows, at 200 each; a command that holds its
recipients takes 2,000.
"""


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
def held() -> Iterator[Held]:
    tracemalloc.start()
    yield Held()
    tracemalloc.stop()


def logged(desk: Desk, held: Held) -> None:
    with recipients.rows(desk.folder, Narrowing()) as found:
        for row in found.rows:
            held.look(row)


def looked_through(desk: Desk, held: Held) -> None:
    """As `check` and `send` do."""
    with open_campaign(desk.folder, access="read", command="check") as campaign:
        waiting = campaign.ledger.candidates(None, list(Channel))
        for reading in (waiting.recipients, campaign.ledger.listing.recipients, waiting.deliveries):
            for row in reading():
                held.look(row)


def narrowed(desk: Desk, held: Held) -> None:
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
    works = (logged, looked_through, narrowed)
    grown: dict[int, list[int]] = {}
    for n in (10, FEW, MANY):  # with the first all is loaded that is loaded once
        desk = Desk.made(tmp_path / str(n))
        desk.ok("import", sheet(tmp_path, n), "--map", "key=Numéro")
        grown[n] = []
        for work in works:
            held.begin()
            work(desk, held)
            grown[n].append(held.most)
    most = [many - few for few, many in zip(grown[FEW], grown[MANY], strict=True)]
    assert max(most) < A_ROW_AT_MOST * (MANY - FEW), grown


def test_a_million_people_take_two_gigabytes_at_most_and_as_many_as_communes_350_megabytes(
    tmp_path: Path,
) -> None:
    """Command and helper together, by what a row more takes of them."""

    def peak_mb(n: int) -> float:
        people = lists.people(tmp_path, n)
        command = [*PROGRAM, "-C", str(lists.campaign(tmp_path, people)), "import"]
        spent = cost("import", n, [*command, str(people.path)])
        return spent.command_mb + spent.worker_mb

    some, france = peak_mb(SOME), peak_mb(FRANCE)
    assert france < 350
    assert some + (france - some) / (FRANCE - SOME) * (1_000_000 - SOME) < 2_048


def test_the_mark_of_deliveries_knows_no_order_and_each_of_them() -> None:
    some = [(1, "06088"), (2, "76351"), (3, "80829")]
    mark = mark_of(hashes_of(some))
    assert mark == mark_of(hashes_of(reversed(some))) != mark_of(hashes_of(some[1:]))
    assert mark_of(hashes_of([(1, "06088")])) != mark_of(hashes_of([(1, "76351")]))
    assert are_among(hashes_of(some[1:]), hashes_of(some))
    assert not are_among(hashes_of([*some, (4, "06088")]), hashes_of(some))
