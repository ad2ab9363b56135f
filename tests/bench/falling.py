"""What a look costs that the press can do nothing for, beside WeasyPrint without the press.

Two processes set the same letters, a few at a time, by turns and on one core, so that whatever else
this machine does slows both of them alike. From the start of each to its end, CPU time: what the
press tries before it gives up is in it.

    python -m tests.bench.falling [LETTERS]
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench import material, ours
from tests.bench.costs import as_installed
from tests.house import ROOT
from tests.press.fonts import OF_THE_PROGRAM, fontconfig

LETTERS = 500
AT_A_TIME = 10
_WAYS = ("plain", "press")


class _Setter:
    """A process that sets the next letters when it is told to. `cpu_s` is what it took so far."""

    def __init__(self, way: str, folder: Path) -> None:
        how = f"falling-{way}-{AT_A_TIME}"
        (folder / how).mkdir()
        self._process = subprocess.Popen(
            [sys.executable, "-m", ours.__name__, how, str(folder), ours.IN_TURN],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        # Two cores are not equally fast, whoever else uses them.
        os.sched_setaffinity(self._process.pid, {min(os.sched_getaffinity(0))})
        self.cpu_s: list[float] = []

    def step(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        said = self._process.stdout.readline()
        if not said:
            sys.exit(f"{ours.__name__} has ended before its letters were set")
        self.cpu_s.append(float(said))

    def end(self) -> None:
        """Let it end, whose letters are all set."""
        self._process.communicate()

    def each_s(self) -> list[float]:
        """What each step took but the first, in which it began."""
        return [after - before for before, after in zip(self.cpu_s, self.cpu_s[1:], strict=False)]


def main(arguments: list[str]) -> None:
    n = int(arguments[0]) if arguments else LETTERS
    as_installed()
    os.environ["PYTHONPATH"] = str(ROOT)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        material.write(folder, n)
        os.environ["FONTCONFIG_FILE"] = str(fontconfig(folder / "fontconfig", OF_THE_PROGRAM))
        print(report(folder, n))


def report(folder: Path, n: int) -> str:
    """Set the `n` letters whose material is in a folder, and say what both ways took."""
    plain, press = pair = [_Setter(way, folder) for way in _WAYS]
    for turn in range(-(-n // AT_A_TIME)):
        for each in pair if turn % 2 else reversed(pair):
            each.step()
    for each in pair:
        each.end()
    pairs = zip(plain.each_s(), press.each_s(), strict=True)
    later = statistics.median(ours_s / theirs_s for theirs_s, ours_s in pairs)
    begun = 1000 * (press.cpu_s[0] - plain.cpu_s[0] * later)
    whole = press.cpu_s[-1] / plain.cpu_s[-1]
    return (
        f"A look that falls back, {n} letters by turns of {AT_A_TIME}: "
        f"{1000 * plain.cpu_s[-1] / n:.2f} ms each by WeasyPrint, "
        f"{1000 * press.cpu_s[-1] / n:.2f} ms by the press, {100 * (whole - 1):+.1f} %; "
        f"what it tries first, {begun:.0f} ms once; then {100 * (later - 1):+.1f} % (median of "
        f"{len(press.cpu_s) - 1} pairs)"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
