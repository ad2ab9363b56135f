"""Why the press set letters plainly, in words for people."""

from __future__ import annotations

from typing import get_args

from merge.model import Ways
from merge.paper.press.internals import Why
from merge.paper.press.press import Distrust
from merge.words import lots


def test_every_reason_of_the_press_has_words_and_no_words_are_left_over() -> None:
    reasons = (*get_args(Why), *get_args(Distrust))
    assert set(lots.WHY_PLAINLY) == set(reasons)
    assert len(set(lots.WHY_PLAINLY.values())) == len(reasons)


def test_the_reason_of_most_letters_comes_first() -> None:
    told = lots.ways(Ways(fast=7, plain=5, reasons={"few-letters": 1, "hyphen": 4}))
    assert told == (
        "Set fast: 7; plainly: 5; both ways and compared: 0. Why plainly: the font has no hyphen "
        "U+2010 (see hyphenate-character in docs/terminal.md) (4), too few letters alike (1)."
    )
