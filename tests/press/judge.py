"""Letters set twice, by plain WeasyPrint and by the press, and every page compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from merge.model import Slotted
from merge.paper.typesetting import Run, Typesetter
from tests.press.pictures import Difference, differences, keep_pictures

Letters = Sequence[tuple[str, Slotted]]


class Setter(Protocol):
    """Whatever sets letters: the press, or one of its tiers."""

    def run(self, letters: Letters) -> Run:
        """The pages of these letters, in one PDF."""


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What came of one comparison. `refused` are the letters that WeasyPrint itself cannot set."""

    letters: int
    pages: int
    refused: int
    differing: tuple[Difference, ...]


def judge(folder: Path, letters: Letters, press: Setter, *, runs: int, keep: Path) -> Judgement:
    """Set the letters with the press, in several runs of it, and compare with the oracle.

    What a press remembers from one letter serves the next: it lives through all the runs, and the
    last of them is the first again. A letter that WeasyPrint refuses must be refused by the press
    too, and in the same words. Pictures of the pages that differ go to `keep`.
    """
    oracle = Oracle(folder)
    size = -(-len(letters) // runs)
    batches = [letters[start : start + size] for start in range(0, len(letters), size)]
    pages = 0
    refused: set[str] = set()
    differing: list[Difference] = []
    for batch in [*batches, *batches[:1]]:
        expected = oracle.set(batch)
        refused |= expected.refusals.keys()
        for letter in batch:
            words = expected.refusals.get(letter[0])
            if words and (others := _refusal(press, letter)) != words:
                differing.append(_of_no_page(letter[0], f"{words!r} became {others!r}"))
        if expected.letters:
            pages += sum(expected.run.pages)
            differing += _differences(expected, press.run(expected.letters), keep)
    return Judgement(
        letters=len(letters), pages=pages, refused=len(refused), differing=tuple(differing)
    )


@dataclass(frozen=True, kw_only=True)
class Expected:
    """The letters that WeasyPrint can set, their pages, and why it refuses the others, by key."""

    letters: Letters
    run: Run
    refusals: Mapping[str, str]


class Oracle:
    """Plain WeasyPrint, one letter after the other: what the pages should be."""

    def __init__(self, folder: Path) -> None:
        self._plain = Typesetter(folder)

    def run(self, letters: Letters) -> Run:
        """The pages of these letters, in one PDF. Raises what WeasyPrint likes to raise."""
        return self._plain.run([(key, page.html) for key, page in letters])

    def set(self, letters: Letters) -> Expected:
        """The pages of those letters that can be set."""
        try:
            return Expected(letters=letters, run=self.run(letters), refusals={})
        except Exception:  # which letter it was, only setting them one by one can tell
            refusals = {letter[0]: words for letter in letters if (words := _refusal(self, letter))}
        fine = [letter for letter in letters if letter[0] not in refusals]
        run = self.run(fine) if fine else Run(pdf=b"", pages=())
        return Expected(letters=fine, run=run, refusals=refusals)


def _refusal(setter: Setter, letter: tuple[str, Slotted]) -> str:
    """Why this letter cannot be set, in WeasyPrint's words; "" when it can."""
    try:
        setter.run([letter])
    except Exception as error:  # an AssertionError as well as a LetterError
        return repr(error)
    return ""


def _differences(expected: Expected, found: Run, keep: Path) -> Iterator[Difference]:
    pages = expected.run.pages
    owners = [(key, count) for (key, _), count in zip(expected.letters, pages, strict=True)]
    if found.pages != pages:
        yield _of_no_page(owners[0][0], f"letters of {pages} pages became {found.pages}")
    for difference in differences(expected.run.pdf, found.pdf, owners):
        keep_pictures(keep, expected.run.pdf, found.pdf, difference)
        yield difference


def _of_no_page(key: str, what: str) -> Difference:
    return Difference(key=key, page=0, of_letter=0, what=what)
