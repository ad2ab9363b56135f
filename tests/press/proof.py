"""`make proof-print`: every letter of the proof, set twice, and every page compared.

    python -m tests.press.proof [--communes N] [--in-each-font N] [--only WORDS]

The campaign's letter for N communes in the program's own font and for fewer in fifteen common
ones, and in each of them signs between spaces; then every nasty template for every hard recipient.
What the press learns from the first letters must hold for the rest, so each template is set in
several orders, by a new press each time. A line says what came of each lot: how many of its letters
went the fast way, how many the plain one, from how many of these it learned, and how many pages
differ. Exit code 1 when one does; its picture is in build/proof.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from merge.paper.press import Press
from tests.house import ROOT
from tests.pages import campaign_folder
from tests.press import campaign, fonts
from tests.press.judge import Difference, Letters, Oracle, judge
from tests.press.nasty_templates import RECIPIENTS, TEMPLATES, signs_in, write_own_font

BUILD = ROOT / "build"
TEACHERS = ("plain", "shortest")
"""From whom a press learns first, by the key of the recipient."""

_HEAD = (
    f"{'':50}{'letters':>8}{'pages':>7}{'fast':>7}{'plain':>7}"
    f"{'learned':>9}{'refused':>9}{'differ':>8}"
)


@dataclass(frozen=True, kw_only=True)
class Lot:
    """Letters that are judged together, once in each order, each time in `runs` runs."""

    name: str
    letters: Letters = field(repr=False)
    orders: Sequence[Sequence[int]]
    runs: int


@dataclass(frozen=True, kw_only=True)
class Found:
    """What came of one lot, or of several."""

    name: str
    figures: Counter[str]
    reasons: Counter[str]
    differing: tuple[Difference, ...] = ()

    def line(self) -> str:
        """For people: one line."""
        of = self.figures
        return (
            f"{self.name[:49]:50}{of['letters']:8,}{of['pages']:7,}{of['fast']:7,}{of['plain']:7,}"
            f"{of['learned']:9,}{of['refused']:9,}{len(self.differing):8,}"
        )


def lots(communes: int, in_each_font: int) -> Iterator[Lot]:
    """Everything, the longest first."""
    towns = campaign.communes(communes)
    for family in (fonts.OURS, *fonts.PACKAGES):
        n = communes if family == fonts.OURS else in_each_font
        letters = campaign.letters(towns[:n], f'"{family}", serif')
        yield Lot(name=f"campaign: {family}", letters=letters, orders=[range(n)], runs=3)
        signs = signs_in(family)
        yield Lot(name=f"signs: {family}", letters=signs, orders=[range(len(signs))], runs=2)
    for template in TEMPLATES:
        yield Lot(
            name=f"{template.group}: {template.name}",
            letters=template.letters(),
            orders=list(_orders()),
            runs=2,
        )


def _orders() -> Iterator[Sequence[int]]:
    keys = [each.key for each in RECIPIENTS]
    for n, teacher in enumerate(keys.index(key) for key in TEACHERS):
        others = [i for i in range(len(keys)) if i != teacher]
        yield [teacher, *(reversed(others) if n % 2 else others)]


def examine(lot: Lot, keep: Path) -> Found:
    """Judge one lot in a folder of its own."""
    figures: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    differing: list[Difference] = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = campaign_folder(Path(scratch) / "campaign")
        write_own_font(folder)
        oracle = Oracle(folder)
        expected = oracle.expected(lot.letters)
        for order in lot.orders:
            press = Press(folder)
            judged = judge(
                oracle,
                [expected[i] for i in order],
                press,
                runs=lot.runs,
                keep=keep / lot.name.replace("/", "-"),
            )
            tally = press.tally
            figures.update(letters=judged.letters, pages=judged.pages, refused=judged.refused)
            figures.update(fast=tally.fast, plain=tally.plain, learned=tally.learned)
            reasons += tally.reasons
            differing += judged.differing
    return Found(name=lot.name, figures=figures, reasons=reasons, differing=tuple(differing))


def report(found: Iterable[Found]) -> Found:
    """Print what was found as it comes, then all of it together."""
    print(_HEAD)
    total = Found(name="all", figures=Counter(), reasons=Counter())
    for each in found:
        print(each.line(), *(f"    {one}" for one in each.differing), sep="\n", flush=True)
        total = Found(
            name=total.name,
            figures=total.figures + each.figures,
            reasons=total.reasons + each.reasons,
            differing=(*total.differing, *each.differing),
        )
    print(total.line())
    print("\nWhy letters went the plain way:")
    for reason, n in total.reasons.most_common():
        print(f"{n:8,}  {reason}")
    return total


def main() -> None:
    parser = argparse.ArgumentParser(prog="make proof-print", description=__doc__.splitlines()[0])
    parser.add_argument("--communes", type=int, default=600, help="in the program's font")
    parser.add_argument("--in-each-font", type=int, default=120, help="in each of the others")
    parser.add_argument("--only", default="", help="lots whose name has these words")
    chosen = parser.parse_args()
    fonts.fetch(BUILD / "fonts")
    os.environ["FONTCONFIG_FILE"] = str(fonts.fontconfig(BUILD / "proof-fonts", BUILD / "fonts"))
    keep = BUILD / "proof"
    shutil.rmtree(keep, ignore_errors=True)
    work = [lot for lot in lots(chosen.communes, chosen.in_each_font) if chosen.only in lot.name]
    # Not forked: fontconfig reads its file when a process first asks it.
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as workers:
        total = report(workers.map(partial(examine, keep=keep), work))
    sys.exit(bool(total.differing))


if __name__ == "__main__":
    main()
