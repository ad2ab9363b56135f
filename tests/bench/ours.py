"""This program's own contenders in `make bench-print`, each run as a process of its own.

`python -m tests.bench.ours HOW FOLDER` fills the template from the table, as everybody does, and
leaves PDF files in FOLDER/HOW. With `in-turn` behind it, it waits for a line before each batch of
letters, and says behind it how many CPU seconds it has taken so far (`falling`).
"""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from markupsafe import Markup

from merge.letters import language
from merge.model import Channel, Letter, Slotted
from merge.paper.press import Press
from merge.paper.typesetting import Typesetter

Pages = Sequence[tuple[str, Slotted]]

AT = datetime(2026, 3, 1, tzinfo=UTC)
IN_A_LOT = 250
COMPARED = "compared.txt"
"""Where the press leaves how many CPU seconds went into comparing."""

IN_TURN = "in-turn"


def main(how: str, folder: Path, *, in_turn: bool = False) -> None:
    """Set all letters: "plain-100", "press-500", "lots", "each", or "falling-" and one of these."""
    falling = how.startswith("falling-")
    letters = list(_pages(folder, "falling.html" if falling else "ours.html"))
    way, _, together = how.removeprefix("falling-").partition("-")
    batches = _by(letters, int(together or IN_A_LOT))
    if in_turn:
        batches = _in_turn(batches)
    if way == "plain":
        _plain(folder / how, batches)
    elif way == "press":
        _press(folder / how, batches)
    else:
        _lots(folder / how, batches, cut=way == "each")


def _pages(folder: Path, template: str) -> Iterator[tuple[str, Slotted]]:
    """Each row's letter, by its number."""
    compiled = language.compile_html((folder / template).read_text(encoding="utf-8"), template)
    with (folder / "html.csv").open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            values = {name: Markup(html) for name, html in row.items()}  # noqa: S704 - HTML it is
            yield str(number), language.slotted(compiled, {"row": values})


def _by(letters: Pages, together: int) -> Iterator[Pages]:
    for start in range(0, len(letters), together):
        yield letters[start : start + together]


def _in_turn(batches: Iterator[Pages]) -> Iterator[Pages]:
    for batch in batches:
        sys.stdin.readline()
        yield batch
        print(time.process_time(), flush=True)


def _plain(target: Path, batches: Iterator[Pages]) -> None:
    """WeasyPrint as this program uses it where the press can do nothing."""
    plain = Typesetter(target)
    for number, some in enumerate(batches):
        run = plain.run([(key, page.html) for key, page in some])
        (target / f"{number}.pdf").write_bytes(run.pdf)


def _press(target: Path, batches: Iterator[Pages]) -> None:
    press = Press(target)
    for number, some in enumerate(batches):
        (target / f"{number}.pdf").write_bytes(press.run(some).pdf)
    (target / COMPARED).write_text(str(press.tally.check_s))


def _lots(target: Path, batches: Iterator[Pages], *, cut: bool) -> None:
    """As `publipostage print` makes them: with a cover sheet, blank pages, digests, bookmarks."""
    from merge.paper.pdf import LotPress  # the others do without its libraries

    press = LotPress(target)
    for number, some in enumerate(batches):
        made = press.make(number, [_letter(key, page) for key, page in some], AT)
        for path in press.separate(made.path, made.pages) if cut else (made.path,):
            (target / path).rename(target / f"{number}-{Path(path).name}")


def _letter(key: str, page: Slotted) -> Letter:
    return Letter(
        key=key,
        channel=Channel.PAPER,
        reference=key,
        subject="",
        text="",
        page=page,
    )


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), in_turn=IN_TURN in sys.argv[3:])
