"""Stories in a text, played step by step: each step, and what is told to come of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol


class World(Protocol):
    """Where a story happens."""

    def do(self, step: str) -> str:
        """What comes of it."""


def steps(text: str) -> Iterator[tuple[str, Sequence[tuple[str, str | None]]]]:
    """The stories in a text: a line that says what they show, then steps, some with what comes of
    it behind `=`; an empty line between two.
    """
    for block in text.strip().split("\n\n"):
        title, *lines = (line for line in block.splitlines() if not line.startswith("#"))
        told = [line.partition(" = ") for line in lines]
        yield title, [(step.strip(), said.strip() if sign else None) for step, sign, said in told]


def failures(path: Path, begin: Callable[[str], AbstractContextManager[World]]) -> list[str]:
    """What came otherwise than the stories of this text tell. `begin` makes the world of each, by
    its number.
    """
    found = []
    for number, (title, told) in enumerate(steps(path.read_text("utf-8"))):
        step = ""
        try:
            with begin(str(number)) as world:
                for step, expected in told:
                    came = world.do(step)
                    if expected not in (None, came):
                        found.append(f"{title} | {step} = {came}, not {expected}")
        except Exception as error:
            found.append(f"{title} | {step}: {type(error).__name__} {error}")
    return found
