"""The whole of `publipostage print` beside a plain loop of WeasyPrint with the same letter.

The command keeps its ledger, measures the windows, sets covers, compares and binds. Each round is
the loop and then the command, as processes of their own. Medians, by letter.

    python -m tests.bench.whole [ROUNDS]
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from tests.bench import lots, memory
from tests.bench.costs import HEAD, Cost, as_installed, cost, median

LETTERS = 10_000
IN_A_LOOP = 300  # a loop of all would take a quarter of an hour, and each letter as long


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
        for letter in lots.letters(n):
            HTML(string=letter.page.html, base_url="file:///").write_pdf(f"{folder}/letter.pdf")


def report(letters: int, rounds: int) -> str:
    """Measure both by turns, and say how many times the loop takes what the command does."""
    loops: list[Cost] = []
    commands: list[Cost] = []
    looping = [sys.executable, "-m", "tests.bench.whole", "loop", str(IN_A_LOOP)]
    for _round in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            os.environ["PUBLIPOSTAGE_HOME"] = f"{folder}/home"
            place = memory.campaign(Path(folder), letters)
            printing = [sys.executable, "-m", "merge", "-C", str(place), "print"]
            loops.append(cost("a plain loop of WeasyPrint", IN_A_LOOP, looping))
            commands.append(cost("publipostage print, all of it", letters, printing))
    plain, whole = median(loops[0].step, loops), median(commands[0].step, commands)
    cpu, wall = (
        (getattr(plain, what) / plain.n) / (getattr(whole, what) / whole.n)
        for what in ("cpu_s", "wall_s")
    )
    return "\n".join(
        (HEAD, plain.line(), whole.line(), f"times by CPU {cpu:.1f}, by the clock {wall:.1f}")
    )


if __name__ == "__main__":
    main(sys.argv[1:])
