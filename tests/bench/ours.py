"""This program's own contenders in `make bench-print`, each run as a process of its own.

`python -m tests.bench.ours HOW FOLDER` fills the template from the table, as everybody does, and
leaves PDF files in FOLDER/HOW.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from markupsafe import Markup

from merge.letters import filling
from merge.model import Channel, Letter, Slotted
from merge.paper.press import Press
from merge.paper.typesetting import Typesetter

Pages = Sequence[tuple[str, Slotted]]

AT = datetime(2026, 3, 1, tzinfo=UTC)
IN_A_LOT = 250


def main(how: str, folder: Path) -> None:
    """Set all letters: "plain-100", "press-500", "lots" or "each"."""
    letters = pages(folder, "ours.html")
    way, _, together = how.partition("-")
    batches = by(letters, int(together or IN_A_LOT))
    if way == "plain":
        _plain(folder / how, batches)
    elif way == "press":
        _press(folder / how, batches)
    else:
        _lots(folder / how, batches, cut=way == "each")


def pages(folder: Path, template: str) -> Pages:
    """Each row's letter, by its number."""
    compiled = filling.compile_html((folder / template).read_text(encoding="utf-8"), template)
    letters: list[tuple[str, Slotted]] = []
    with (folder / "html.csv").open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            values = {name: Markup(html) for name, html in row.items()}  # noqa: S704 - HTML it is
            letters.append((str(number), compiled.slotted({"row": values})))
    return letters


def by(letters: Pages, together: int) -> Iterator[Pages]:
    """So many at a time."""
    for start in range(0, len(letters), together):
        yield letters[start : start + together]


def _plain(target: Path, batches: Iterator[Pages]) -> None:
    """WeasyPrint as this program uses it where the press can do nothing."""
    plain = Typesetter(target)
    for number, some in enumerate(batches):
        run = plain.run([(key, page.html) for key, page in some])
        (target / f"{number}.pdf").write_bytes(run.pdf)


def _press(target: Path, batches: Iterator[Pages]) -> None:
    press = Press(target)
    for number, some in enumerate(batches):
        (target / f"{number}.pdf").write_bytes(press.run(some, compared=0).pdf)


def _lots(target: Path, batches: Iterator[Pages], *, cut: bool) -> None:
    """As `publipostage print` makes them: with a cover sheet, blank pages, digests, bookmarks."""
    from merge.paper.pdf import LotPress  # the others do without its libraries
    from tests.pages import separated

    press = LotPress(target)
    for number, some in enumerate(batches):
        made = press.make(number, [_letter(key, page) for key, page in some], AT)
        for path in separated(press, made, number) if cut else (made.path,):
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
    main(sys.argv[1], Path(sys.argv[2]))
