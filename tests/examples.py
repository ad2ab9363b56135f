"""Examples of a claim in the text file beside its test, one a line; all that fail are told.

Below a line "== NAME OF THE TEST" each line holds arguments of the test, parted by "⇒". "⏎" is a
line break, "⟨A0⟩" the sign with that number, "∅" no words, "–" None; "‖" parts the words of a list.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import pytest

SIGN = re.compile("⟨([0-9A-F]+)⟩")
READ: Mapping[str, Callable[[str], object]] = {
    "int": int,
    "float": float,
    "bool": {"yes": True, "no": False}.__getitem__,
    "list[str]": lambda cell: [text(each) for each in cell.split("‖") if cell],
    "tuple[str, ...]": lambda cell: tuple(text(each) for each in cell.split("‖") if cell),
    "bytes": lambda cell: text(cell).encode("latin-1"),
}
"""How a cell becomes an argument of that type; any other is text."""


def text(cell: str) -> str:
    """Decode a cell's signs."""
    said = cell.strip().replace("⏎", "\n").replace("∅", "")
    return SIGN.sub(lambda found: chr(int(found[1], 16)), said)


@cache
def sections(path: Path) -> dict[str, list[str]]:
    """The lines below each heading of a file."""
    found = path.read_text(encoding="utf-8").split("\n== ")
    return {name: lines for name, *lines in (each.strip("\n").split("\n") for each in found[1:])}


def each_line(test: Callable[..., None]) -> Callable[..., None]:
    """A test of all its lines; what they do not say are fixtures, which stand first."""
    path = Path(inspect.getfile(test)).with_suffix(".txt")
    lines = sections(path)[test.__name__.removeprefix("test_").replace("_", " ")]
    parameters = [*inspect.signature(test).parameters.values()]
    fixtures = parameters[: -1 - lines[0].count("⇒")]
    kinds = [str(each.annotation) for each in parameters[len(fixtures) :]]

    def run(**given: object) -> None:
        failures = []
        for line in lines:
            cells = map(str.strip, line.split("⇒"))
            try:
                test(
                    *given.values(), *(_argument(*each) for each in zip(cells, kinds, strict=True))
                )
            except (Exception, pytest.fail.Exception) as error:
                failures.append(f"{line}\n    {type(error).__name__}: {error}")
        assert not failures, "\n".join(failures)

    run.__name__, run.__module__, run.__doc__ = test.__name__, test.__module__, test.__doc__
    run.__signature__ = inspect.Signature(fixtures)  # type: ignore[attr-defined] # pytest asks for it
    return run


def _argument(cell: str, kind: str) -> object:
    base, _, optional = kind.partition(" | ")
    return None if optional and cell == "–" else READ.get(base, text)(cell)
