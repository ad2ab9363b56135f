"""Facts in a text file, for one test that names all of them that do not hold.

Below a line "== CLAIM" each line is INPUTS => OUTPUTS. Cells are parted by "|"; one in quotation
marks is JSON's. A line in [ ] has the first inputs of those below it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.examples import sections

Cells = tuple[str, ...]


def claims(path: Path) -> list[str]:
    """What a file of facts claims, in its order."""
    return [*sections(path)]


def facts(path: Path, claim: str) -> Iterator[tuple[Cells, Cells]]:
    """Inputs and outputs of each line below that claim; KeyError where there is none."""
    first: Cells = ()
    for line in sections(path)[claim]:
        if line.startswith("["):
            first = _cells(line[1:-1])
        elif line:
            inputs, _, outputs = line.partition("=>")
            yield (*first, *_cells(inputs)), _cells(outputs)


def wrong(path: Path, claim: str, found: Callable[..., object]) -> list[str]:
    """The facts of which `found(*inputs)` says something else, each as it is found.

    A tuple is several outputs, None or an empty one is "".
    """
    lines = []
    for inputs, outputs in facts(path, claim):
        got = found(*inputs)
        told = tuple(map(_text, got if isinstance(got, tuple | list) and got else (got,)))
        if told != outputs:
            lines.append(line_of(inputs, told))
    return lines


def line_of(inputs: Cells, outputs: Cells) -> str:
    """The line of a fact."""
    said, told = (" | ".join(map(_quoted, cells)) for cells in (inputs, outputs))
    return f"{said} => {told}".strip()


def _cells(text: str) -> Cells:
    cells = (cell.strip() for cell in text.split("|"))
    return tuple(json.loads(cell) if cell[:1] == '"' else cell for cell in cells)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if value or value == 0 else ""


def _quoted(cell: str) -> str:
    signs = {sign for sign in cell if sign == "|" or not sign.isprintable()}
    if cell == cell.strip() and not signs and "=>" not in cell and cell[:1] not in ('"', "[", "="):
        return cell
    said = json.dumps(cell, ensure_ascii=False).replace("=>", "=\\u003e")
    for sign in signs:
        said = said.replace(sign, f"\\u{ord(sign):04x}")
    return said
