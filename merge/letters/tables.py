"""Tables of a plain text: their cells are joined when the letter is compiled, by signs that no
value can hold, and are laid out once they are filled. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

WIDEST = 76
"""Characters of a line that no mail program breaks."""

# In a text that was compiled, a table is SIGN, the alignments of its columns, what parts a head
# from its value, and its rows, of which the first is the head; at its end SIGN. What came of
# a blank never has one of these, and `str.splitlines` takes them from the author's source.
SIGN, _CELL, _ROW = "\x1c", "\x1d", "\x1e"
_BETWEEN = "  "
_MARKED = re.compile(rf"^([^\n{SIGN}]*){SIGN}([^{SIGN}]*){SIGN}", re.MULTILINE)
_SIGNS = re.compile(f"[{SIGN}{_CELL}{_ROW}]")


def without_signs(source: str) -> str:
    """The author's source without the signs that part cells; its rows stay, as an editor counts
    them.
    """
    return _SIGNS.sub("\n", source)


def begin(alignments: Sequence[str], head: Sequence[str], colon: str) -> str:
    """How a table begins: "left", "center" or "right" for each column, and what its head says.

    `colon` parts a head from its value where the table is too wide for lines.
    """
    letters = "".join(each[:1] or "l" for each in alignments)
    return f"{SIGN}{letters}{_ROW}{colon}{_ROW}{row(head)}"


def row(cells: Sequence[str]) -> str:
    """A row of cells, each filled or to be filled."""
    return "".join(f"{cell}{_CELL}" for cell in cells) + _ROW


END = SIGN


def laid_out(text: str) -> str:
    """The text with its tables in columns, or, where a line would be too long, as lines that say
    "head: value".
    """
    return _MARKED.sub(_table, text)


def _table(found: re.Match[str]) -> str:
    first = found[1]  # what a list or a quotation puts before its lines
    others = re.sub(r"[^>]", " ", first)
    alignments, colon, *marked = found[2].split(_ROW)[:-1]
    rows = [[cell.split("\n") for cell in each.split(_CELL)[:-1]] for each in marked]
    head, *body = rows
    has_head = any(any(lines) for lines in head)
    widths = [max(len(line) for row in rows for line in row[i]) for i in range(len(head))]
    wide = len(first) + sum(widths) + len(_BETWEEN) * (len(widths) - 1)
    if wide > WIDEST:
        lines = _one_below_the_other(head, body, colon)
    else:
        shown = list(_in_columns(head, widths, alignments)) if has_head else []
        if has_head:
            shown.append(_BETWEEN.join("-" * width for width in widths))
        lines = [*shown, *(line for row in body for line in _in_columns(row, widths, alignments))]
    return "\n".join(
        ((others if i else first) + line).rstrip() for i, line in enumerate(lines or [""])
    )


def _in_columns(
    cells: Sequence[Sequence[str]], widths: Sequence[int], alignments: str
) -> Sequence[str]:
    place = {"l": str.ljust, "c": str.center, "r": str.rjust}
    return [
        _BETWEEN.join(
            place[alignments[i]](cell[n] if n < len(cell) else "", widths[i])
            for i, cell in enumerate(cells)
        )
        for n in range(max(map(len, cells)))
    ]


def _one_below_the_other(
    head: Sequence[Sequence[str]], body: Sequence[Sequence[Sequence[str]]], colon: str
) -> Sequence[str]:
    """The cells of each row that say something, an empty line between two rows."""
    lines: list[str] = []
    names = [" ".join(each) for each in head]
    for row in body or [head]:
        lines += [""] * bool(lines)
        for name, cell in zip(names, row, strict=True):
            words = " ".join(cell)
            if words:
                lines.append(f"{name}{colon}{words}" if name and body else words)
    return lines
