"""The whole of `publipostage print` beside a plain loop of WeasyPrint with the same letter.

The command keeps its ledger, measures the windows, sets covers, compares and binds. Each round is
the loop and then the command, as processes of their own; medians, by letter. Then what `print`
holds in memory, from a hundred letters to ten thousand: `command` is the peak of the command,
`worker` that of the largest process that it starts.

    python -m tests.bench.whole [ROUNDS]
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from merge.french.communes import Commune, reference
from merge.model import Channel, Letter
from tests.bench.costs import (
    HEAD,
    PROGRAM,
    Cost,
    as_installed,
    cost,
    median,
    new,
    write_table,
)
from tests.press.campaign import template
from tests.vsa import mayor_of

LETTERS = 10_000
IN_A_LOOP = 300  # a loop of all would take a quarter of an hour, and each letter as long
HELD = (100, 1_000, LETTERS)


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["loop"]:
        loop(int(arguments[1]))
        return
    as_installed()
    print(report(LETTERS, int(arguments[0]) if arguments else 3))


def loop(n: int) -> None:
    """As WeasyPrint's manual shows."""
    from weasyprint import HTML

    with tempfile.TemporaryDirectory() as folder:
        for letter in letters(n):
            HTML(string=letter.page.html, base_url="file:///").write_pdf(f"{folder}/letter.pdf")


def letters(n: int) -> Iterator[Letter]:
    """The campaign's letter to the first `n` communes that have a postcode."""
    compiled = template()
    for town in towns(n):
        made = compiled.render(mayor_of(town.insee), Channel.PAPER)
        assert isinstance(made, Letter)
        yield made


def towns(n: int) -> Iterator[Commune]:
    return islice((town for town in reference().values() if town.postcodes), n)


def report(n: int, rounds: int) -> str:
    """Measure both by turns, and say how many times the loop takes what the command does."""
    loops: list[Cost] = []
    commands: list[Cost] = []
    looping = [sys.executable, "-m", "tests.bench.whole", "loop", str(IN_A_LOOP)]
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["PUBLIPOSTAGE_HOME"] = f"{scratch}/home"
        for turn in range(rounds):
            loops.append(cost("a plain loop of WeasyPrint", IN_A_LOOP, looping))
            printing = [*PROGRAM, "-C", campaign(Path(scratch), n, turn), "print"]
            commands.append(cost("publipostage print, all of it", n, printing))
        held = [
            cost("", some, [*PROGRAM, "-C", campaign(Path(scratch), some, rounds), "print"]).line()
            for some in HELD
        ]
    plain, whole = median(loops[0].step, loops), median(commands[0].step, commands)
    cpu, wall = (
        (getattr(plain, what) / plain.n) / (getattr(whole, what) / whole.n)
        for what in ("cpu_s", "wall_s")
    )
    times = f"times by CPU {cpu:.1f}, by the clock {wall:.1f}"
    return "\n".join((HEAD, plain.line(), whole.line(), times, "", *held))


def campaign(folder: Path, n: int, turn: int) -> str:
    """A new campaign to the first `n` communes that have a postcode, all of them on paper."""
    made, sheet = folder / f"campaign-{n}-{turn}", folder / f"towns-{n}.csv"
    columns = ("Code INSEE", "Commune", "Adresse", "Code postal")
    rows = (
        (town.insee, town.name, "1 place de la Mairie", min(town.postcodes)) for town in towns(n)
    )
    write_table(sheet, columns, rows)
    new(made, "--address", "35000 RENNES")
    cost("", n, [*PROGRAM, "-C", str(made), "import", str(sheet)])
    return str(made)


if __name__ == "__main__":
    main(sys.argv[1:])
