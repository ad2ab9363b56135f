"""This program's own contenders in `make bench-print`, each run as a process of its own.

`python -m tests.bench.ours HOW FOLDER` fills the template from the table, as everybody does, and
leaves PDF files in FOLDER/HOW.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from markupsafe import Markup

from merge.letters import language
from merge.model import Slotted
from merge.paper.typesetting import Typesetter

TOGETHER = 100


def pages(folder: Path) -> Iterator[tuple[str, Slotted]]:
    """Each row's letter, by its number."""
    source = (folder / "ours.html").read_text(encoding="utf-8")
    template = language.compile_html(source, "ours.html")
    with (folder / "html.csv").open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            values = {name: Markup(html) for name, html in row.items()}  # noqa: S704 - HTML it is
            yield str(number), language.slotted(template, {"row": values})


def main(how: str, folder: Path) -> None:
    letters = list(pages(folder))
    target = folder / how
    if how == "chunks":
        plain = Typesetter(folder)
        for number, some in enumerate(_chunks(letters)):
            run = plain.run([(key, page.html) for key, page in some])
            (target / f"{number}.pdf").write_bytes(run.pdf)


def _chunks(letters: Sequence[tuple[str, Slotted]]) -> Iterator[Sequence[tuple[str, Slotted]]]:
    for start in range(0, len(letters), TOGETHER):
        yield letters[start : start + TOGETHER]


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
