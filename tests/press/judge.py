"""Letters set twice, by plain WeasyPrint and by the press, and every page compared."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

import pypdfium2 as pdfium

from merge.model import Slotted
from merge.paper.typesetting import Typeset, Typesetter

Letters = Sequence[tuple[str, Slotted]]


class Setter(Protocol):
    """Whatever sets letters: the press, or one of its tiers."""

    def run(self, letters: Letters, /) -> Typeset:
        """The pages of these letters, in one PDF."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """How one letter differs. `page` counts from 1 in the letter; 0 is the letter as a whole."""

    key: str
    page: int
    what: str

    def __str__(self) -> str:
        return (
            f"{self.key}, page {self.page}: {self.what}"
            if self.page
            else f"{self.key}: {self.what}"
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Expected:
    """One letter as plain WeasyPrint sets it, or why it cannot, in its own words."""

    letter: tuple[str, Slotted]
    pages: tuple[Seen, ...] = ()
    refusal: str = ""


class Oracle:
    """Plain WeasyPrint, one letter after the other: what the pages should be."""

    def __init__(self, folder: Path) -> None:
        self._plain = Typesetter(folder)

    def run(self, letters: Letters, /) -> Typeset:
        """The pages of these letters, in one PDF. Raises what WeasyPrint likes to raise."""
        return self._plain.run([(key, page.html) for key, page in letters])

    def expected(self, letters: Letters) -> Sequence[Expected]:
        """What is to be expected of each letter."""
        try:
            run = self.run(letters)
        except Exception as error:  # which letter it was, only setting fewer of them can tell
            if len(letters) == 1:
                return [Expected(letter=letters[0], refusal=repr(error))]
            half = len(letters) // 2
            return [*self.expected(letters[:half]), *self.expected(letters[half:])]
        pages = seen(run.pdf)
        return [
            Expected(letter=letter, pages=tuple(islice(pages, count)))
            for letter, count in zip(letters, run.pages, strict=True)
        ]


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What came of one comparison. `refused` are the letters that WeasyPrint itself cannot set."""

    refused: int
    differing: tuple[Difference, ...]


def judge(oracle: Oracle, expected: Sequence[Expected], press: Setter, *, keep: Path) -> Judgement:
    """Set the letters with the press, in one run of it, and compare every page.

    A letter that WeasyPrint refuses must be refused by the press too, and in the same words.
    Where a page differs, both PDFs go to `keep`.

    Letters of one PDF share what a glyph means, so that a sign may be copied as another one that
    it looks like, according to who came first: a page that differs is compared once more with what
    the oracle makes of the very same run.
    """
    differing: list[Difference] = []
    for one in expected:
        if one.refusal and (words := _refusal(press, one.letter)) != one.refusal:
            what = f"{one.refusal!r} became {words!r}"
            differing.append(Difference(key=one.letter[0], page=0, what=what))
    if fine := [one for one in expected if not one.refusal]:
        letters = [one.letter for one in fine]
        found = press.run(letters)
        if any(_differences(fine, found)):
            differing += _differences(oracle.expected(letters), found)
        if differing:
            keep.mkdir(exist_ok=True)
            (keep / "expected.pdf").write_bytes(oracle.run(letters).pdf)
            (keep / "found.pdf").write_bytes(found.pdf)
    return Judgement(refused=len(expected) - len(fine), differing=tuple(differing))


def compare(folder: Path, letters: Letters, press: Setter) -> Judgement:
    """See `judge`. What differs goes beside the folder."""
    oracle = Oracle(folder)
    return judge(oracle, oracle.expected(letters), press, keep=folder.parent / "differing")


def _differences(expected: Sequence[Expected], found: Typeset) -> Iterator[Difference]:
    pages = seen(found.pdf)
    for one, count in zip(expected, found.pages, strict=True):
        key, own = one.letter[0], list(islice(pages, count))
        if count != len(one.pages):
            yield Difference(key=key, page=0, what=f"{len(one.pages)} pages became {count}")
        for number, (page, other) in enumerate(zip(one.pages, own, strict=False), 1):
            if what := difference(page, other):
                yield Difference(key=key, page=number, what=what)
    assert not [*pages], f"more pages than {found.pages}"


def _refusal(setter: Setter, letter: tuple[str, Slotted]) -> str:
    """Why this letter cannot be set, in WeasyPrint's words; "" when it can."""
    try:
        setter.run([letter])
    except Exception as error:  # an AssertionError as well as a LetterError
        return repr(error)
    return ""


# --- a page as its reader has it: the same to the eye at 150 dpi, and the same text under it ------

DPI = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One page: its size in points, its text as one would copy it, the SHA-256 of its pixels."""

    size: tuple[float, float]
    text: str
    pixels: bytes


def seen(pdf: bytes) -> Iterator[Seen]:
    """Every page of a PDF."""
    with pdfium.PdfDocument(pdf) as document:
        for number in range(len(document)):
            page = document[number]
            pixels = page.render(scale=DPI / 72).buffer
            yield Seen(
                size=page.get_size(),
                text=page.get_textpage().get_text_range(),
                pixels=hashlib.sha256(pixels).digest(),
            )
            page.close()


def difference(expected: Seen, found: Seen) -> str:
    """The first thing in which a page is not the same, in words; "" when it is."""
    if expected.size != found.size:
        return f"{expected.size} points became {found.size}"
    if expected.text != found.text:
        before, after = expected.text, found.text
        at = next(
            (i for i, (one, other) in enumerate(zip(before, after, strict=False)) if one != other),
            min(len(before), len(after)),
        )
        start = max(at - 20, 0)
        return f"the text {before[start : at + 20]!r} became {after[start : at + 20]!r}"
    return "" if expected.pixels == found.pixels else "pixels differ"
