"""What a look costs that the press can do nothing for, beside WeasyPrint without the press.

One process sets the same letters both ways, a few at a time and by turns: two processes are not
equally fast, whatever they do. In CPU time; what the press tries before it gives up is in it.

    python -m tests.bench.falling
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.bench import material, ours
from tests.press.fonts import OF_THE_PROGRAM, fontconfig

LETTERS = 300
AT_A_TIME = 10


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        material.write(folder, LETTERS)
        os.environ["FONTCONFIG_FILE"] = str(fontconfig(folder / "fontconfig", OF_THE_PROGRAM))
        print(report(folder))


def report(folder: Path) -> str:
    """Set LETTERS whose material is in a folder, and say what both ways took."""
    from merge.paper.press import Press  # it finds its fonts where FONTCONFIG_FILE says
    from merge.paper.typesetting import Typesetter

    plain, press = Typesetter(folder), Press(folder)
    batches = list(ours.by(ours.pages(folder, "falling.html")[:LETTERS], AT_A_TIME))
    Typesetter(folder).run([(key, page.html) for key, page in batches[0]])  # neither pays to load
    plain_s: list[float] = []
    press_s: list[float] = []
    for turn, some in enumerate(batches):
        html = [(key, page.html) for key, page in some]
        ways: list[tuple[list[float], Callable[[], object]]] = [
            (plain_s, partial(plain.run, html)),
            (press_s, partial(press.run, some)),
        ]
        for spent_s, run in ways if turn % 2 else reversed(ways):
            before = time.process_time()
            run()
            spent_s.append(time.process_time() - before)
    pairs = zip(plain_s[1:], press_s[1:], strict=True)
    later = statistics.median(ours_s / theirs_s for theirs_s, ours_s in pairs)
    n = len(batches) * AT_A_TIME
    return (
        f"A look that falls back, {n} letters by turns of {AT_A_TIME}: "
        f"{1000 * sum(plain_s) / n:.2f} ms each by WeasyPrint, "
        f"{1000 * sum(press_s) / n:.2f} ms by the press, "
        f"{100 * (sum(press_s) / sum(plain_s) - 1):+.1f} %; what it tries first, "
        f"{1000 * (press_s[0] - plain_s[0] * later):.0f} ms once; then "
        f"{100 * (later - 1):+.1f} % (median of {len(batches) - 1} pairs)"
    )


if __name__ == "__main__":
    main()
