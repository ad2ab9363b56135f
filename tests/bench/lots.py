"""Memory and time of lots, from a hundred letters to many: both per letter should stay as they are.

Each row is one command of its own that makes lots of 250, as `print` does, with as many workers as
there are cores. `command` is the peak of the command, `worker` that of its largest worker.

    python -m tests.bench.lots [LETTERS…]
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from merge.french.communes import Commune, reference
from merge.model import Channel, Letter
from merge.paper.pdf import LotPress
from merge.paper.runs import cores
from merge.paper.window import PROFILES
from tests.bench.costs import WATCHED_HEAD, Watched, watched
from tests.pages import AT
from tests.press.campaign import template
from tests.rooms.letters.test_vsa_letter import mayor_of

PER_LOT = 250
LETTERS = (100, 1_000, 10_000)


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["make"]:
        make(int(arguments[1]))
        return
    print(WATCHED_HEAD, flush=True)
    for n in map(int, arguments or LETTERS):
        print(made(n).line(), flush=True)


def made(n: int) -> Watched:
    """A command that makes lots of `n` letters."""
    return watched(n, [sys.executable, "-m", "tests.bench.lots", "make", str(n)])


def make(n: int) -> None:
    """Make them, and keep none."""
    with tempfile.TemporaryDirectory() as folder:
        press = LotPress(Path(folder), window=PROFILES["nf-right"], workers=cores())
        ahead = press.ahead(lots(n), n)
        for number, lot in enumerate(ahead, 1):
            file = press.make(number, lot, AT)
            assert len(file.pages) == len(lot), file.faults
            (Path(folder) / file.path).unlink()


def lots(n: int) -> Iterator[list[Letter]]:
    """Those letters, PER_LOT at a time."""
    waiting = letters(n)
    while lot := list(islice(waiting, PER_LOT)):
        yield lot


def letters(n: int) -> Iterator[Letter]:
    """The campaign's letter to the first `n` communes that have a postcode, one at a time."""
    compiled = template()
    for town in islice(_towns(), n):
        made = compiled.render(mayor_of(town.insee), Channel.PAPER)
        assert isinstance(made, Letter)
        yield made


def everybody() -> int:
    """How many communes have a postcode."""
    return sum(1 for _town in _towns())


def _towns() -> Iterator[Commune]:
    return (town for town in reference().values() if town.postcodes)


if __name__ == "__main__":
    main(sys.argv[1:])
