"""`make bench-print`: the campaign's letter as PDF, by this program and by others.

Every tool gets the same two pages: the same words, the same bold, the same window and foot, set in
the same font files, justified, from a template in its own language and a table (`material`). Each
figure is of a whole process and of all that it started, from its start to its end: start-up,
filling the template and writing the files are in it. Tools take turns, and medians are shown.

What each does, and does not do:

- WeasyPrint, plain loop: `HTML(string=…).write_pdf(…)` for each letter, as its manual shows.
- WeasyPrint, by 100: what this program does without its press; fonts are loaded once, and a
  hundred letters share a file.
- weasymerge, each and all in one: WeasyPrint again, on Python 3.12 or later. All in one, the pages
  are counted through.
- Typst, each and by 100: hyphenates French, breaks whole paragraphs, tells no total of pages. It
  is asked for no tags, which the others have not either.
- The press: the plain loop's own pages, every one of them (as test_press_proof.py sees), and none
  of them compared.
- Lots: as `publipostage print` makes them, with cover, blank pages, digests and bookmarks; and cut
  up into a file a letter. The comparison is in them.
- Chromium, one document: Debian's has no French hyphens; the foot lacks the reference, and pages
  are counted through.

At the end, the whole of `publipostage print`, ledger, windows, covers, comparison and all, beside a
plain loop, and what it holds in memory (`whole`).

The press need not become faster: nobody waits for it. Pages may cost 15 % more than they once did
(1.59 ms by 500, 1.76 by 100, 2.91 in lots, where the plain loop takes 58.2) where that makes the
press easier to read.

    python -m tests.bench.printing [--letters N] [--rounds N] [--only WORDS …] [--peers PYTHON]
"""

from __future__ import annotations

import argparse
import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pypdfium2 as pdfium

from tests.bench import material, ours, whole
from tests.bench.costs import Cost, as_installed, cost, median
from tests.house import ROOT
from tests.press.fonts import OF_THE_PROGRAM, fontconfig

PEERS = Path(__file__).parent / "peers"
PYTHON = ROOT / "build/peers/bin/python"
PAGES_OF_A_LETTER = 2
BASE = "WeasyPrint, plain loop"
_HEAD = (
    f"{'':34}{'letters':>8}{'CPU s':>9}{'wall s':>8}{'ms each':>9}{'/s/core':>9}"
    f"{'KB each':>9}{'peak MB':>9}{'times':>7}"
)


@dataclass(frozen=True, kw_only=True)
class Contender:
    """One way to set the letters: files appear in the folder `how`."""

    name: str
    how: str
    command: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Result:
    """What one contender took."""

    cost: Cost
    kilobytes_each: float

    def line(self, base: Result | None) -> str:
        """For people; `base` is what it is compared with."""
        one = self.cost
        times = f"{base.cost.cpu_s / base.cost.n / (one.cpu_s / one.n):7.1f}" if base else ""
        return (
            f"{one.step:34}{one.n:8,}{one.cpu_s:9.2f}{one.wall_s:8.1f}"
            f"{1000 * one.cpu_s / one.n:9.2f}{one.n / one.cpu_s:9,.0f}"
            f"{self.kilobytes_each:9.1f}{one.memory_mb:9.0f}{times}"
        )


def contenders(folder: Path, peers: Path) -> Iterator[Contender]:
    """All of them; what is not here is named on stderr and left out."""
    own = (sys.executable, "-m", ours.__name__)

    def program(name: str, how: str, python: str | Path, file: str) -> Contender:
        return Contender(
            name=name, how=how, command=(str(python), str(PEERS / file), how, str(folder))
        )

    yield program(BASE, "weasyprint-loop", sys.executable, "weasyprint_loop.py")
    for name, how in (
        ("WeasyPrint, by 100", "plain-100"),
        ("the press, by 100", "press-100"),
        ("the press, by 500", "press-500"),
        ("lots of the press, with covers", "lots"),
        ("lots of the press, cut up", "each"),
    ):
        yield Contender(name=name, how=how, command=(*own, how, str(folder)))
    if shutil.which("chromium"):
        yield program("Chromium, one document", "chromium", sys.executable, "chromium_letters.py")
    else:
        print("left out: Chromium (apt-get install chromium)", file=sys.stderr)
    if _has(peers, "typst"):
        yield program("Typst, each", "typst-each", peers, "typst_letters.py")
        yield program("Typst, by 100", "typst-100", peers, "typst_letters.py")
    if not _has(peers, "weasymerge"):
        return
    merge = (str(peers), "-m", "weasymerge", "--data", str(folder / "html.csv"))
    each, together = folder / "merge-each", folder / "merge-all"
    yield Contender(
        name="weasymerge, each",
        how="merge-each",
        command=(
            *(*merge, "--template", str(folder / "letter.html")),
            *("--output", str(each / "{row_number}.pdf")),
        ),
    )
    yield Contender(
        name="weasymerge, all in one",
        how="merge-all",
        command=(
            *(*merge, "--template", str(folder / "letters.html"), "--rows-per-document", "all"),
            *("--output", str(together / "all.pdf")),
        ),
    )


def _has(peers: Path, library: str) -> bool:
    asked = [str(peers), "-c", f"import {library}"]
    found = peers.exists() and not subprocess.run(asked, capture_output=True).returncode
    if not found:
        print(f"left out: {library} (pip install it into {peers.parent.parent})", file=sys.stderr)
    return found


def measure(folder: Path, contender: Contender, letters: int) -> Result:
    """Run one contender once, and look at what it made."""
    target = folder / contender.how
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    taken = with_orphans(cost(contender.name, letters, list(contender.command)))
    files = list(target.glob("*.pdf"))
    pages = sum(_pages(path) for path in files)
    if pages < PAGES_OF_A_LETTER * letters:  # lots have covers
        sys.exit(f"{contender.name}: {pages} pages for {letters} letters")
    size = sum(path.stat().st_size for path in files)
    shutil.rmtree(target)
    return Result(cost=taken, kilobytes_each=size / 1000 / letters)


def with_orphans(taken: Cost) -> Cost:
    """The same, with what was left running by a process that ended: see `adopt_orphans`."""
    while True:
        try:
            _pid, _status, usage = os.wait4(-1, 0)
        except ChildProcessError:
            return taken
        taken = replace(
            taken,
            cpu_s=taken.cpu_s + usage.ru_utime + usage.ru_stime,
            worker_mb=max(taken.worker_mb, usage.ru_maxrss / 1024),
        )


def adopt_orphans() -> None:
    """What a browser's processes leave behind becomes ours, and is counted (prctl(2), Linux)."""
    set_child_subreaper = 36
    if ctypes.CDLL(None).prctl(set_child_subreaper, 1, 0, 0, 0):
        sys.exit("prctl: this bench wants Linux")


def _has_one(name: str, words: Sequence[str] | None) -> bool:
    return words is None or any(each in name for each in words)


def _pages(path: Path) -> int:
    with pdfium.PdfDocument(path) as document:
        return len(document)


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench-print", description=__doc__.splitlines()[0])
    parser.add_argument("--letters", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3, help="of which the median is shown")
    parser.add_argument("--only", nargs="*", help="contenders whose name has one of these words")
    parser.add_argument(
        "--peers", type=Path, default=PYTHON, help="the Python that has the others' libraries"
    )
    chosen = parser.parse_args()
    adopt_orphans()
    as_installed()
    os.environ["PYTHONPATH"] = str(ROOT)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        material.write(folder, chosen.letters)
        os.environ["FONTCONFIG_FILE"] = str(fontconfig(folder / "fontconfig", OF_THE_PROGRAM))
        field = [
            each for each in contenders(folder, chosen.peers) if _has_one(each.name, chosen.only)
        ]
        rounds: Mapping[str, list[Result]] = {each.name: [] for each in field}
        for _round in range(chosen.rounds):
            for each in field:
                rounds[each.name].append(measure(folder, each, chosen.letters))
        print(_HEAD)
        base: Result | None = None
        for name, results in rounds.items():
            result = replace(results[0], cost=median(name, [each.cost for each in results]))
            base = result if name == BASE else base
            print(result.line(base), flush=True)
    if chosen.only is None:
        print(f"\n{whole.report(whole.LETTERS, chosen.rounds)}", flush=True)


if __name__ == "__main__":
    main()
