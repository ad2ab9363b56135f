"""The whole of `publipostage print` beside a plain loop of WeasyPrint with the same letter.

The command keeps its ledger, measures the windows, sets covers, compares and binds. Each round is
the loop and then the command, as processes of their own. Medians, by letter. With `settings`, what
marks cost: the command without them beside the command with them, by
turns on one core (of several, how many are put to work depends on the clock), and how many times
the CPU of what a campaign has that says nothing.

    python -m tests.bench.whole [ROUNDS]
    python -m tests.bench.whole settings [ROUNDS]
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
WITH_SETTINGS = 1_000
SETTINGS = ("", "marks = false")


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["loop"]:
        loop(int(arguments[1]))
        return
    as_installed()
    if arguments[:1] == ["settings"]:
        print(settings(WITH_SETTINGS, int(arguments[1]) if arguments[1:] else 3))
        return
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
        loops.append(cost("a plain loop of WeasyPrint", IN_A_LOOP, looping))
        commands.append(_printing("publipostage print, all of it", letters))
    plain, whole = median(loops[0].step, loops), median(commands[0].step, commands)
    cpu, wall = (
        (getattr(plain, what) / plain.n) / (getattr(whole, what) / whole.n)
        for what in ("cpu_s", "wall_s")
    )
    return "\n".join(
        (HEAD, plain.line(), whole.line(), f"times by CPU {cpu:.1f}, by the clock {wall:.1f}")
    )


def settings(letters: int, rounds: int) -> str:
    """Measure the command with each of SETTINGS by turns."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    costs: dict[str, list[Cost]] = {setting: [] for setting in SETTINGS}
    for _round in range(rounds):
        for setting, found in costs.items():
            found.append(_printing(setting or "as it is", letters, setting))
    medians = [median(found[0].step, found) for found in costs.values()]
    return "\n".join(
        (HEAD, *(f"{each.line()}{each.cpu_s / medians[0].cpu_s:9.3f} times" for each in medians))
    )


def _printing(step: str, letters: int, setting: str = "") -> Cost:
    """What `print` costs on a new campaign, with a line more in its [paper]."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PUBLIPOSTAGE_HOME"] = f"{folder}/home"
        place = memory.campaign(Path(folder), letters)
        file = place / "campaign.toml"
        said = file.read_text("utf-8")
        file.write_text(said.replace("[paper]\n", f"[paper]\n{setting}\n"), "utf-8")
        return cost(step, letters, [sys.executable, "-m", "merge", "-C", str(place), "print"])


if __name__ == "__main__":
    main(sys.argv[1:])
