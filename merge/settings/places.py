"""Where each key of a TOML text stands, so that an error can point at it.

`tomllib` gives values without places and `tomlkit` keeps none either.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping

Path = tuple[str, ...]
Place = tuple[int, int]

_TOKEN = re.compile(
    r"""
      (?P<string> \"{3} (?:\\.|[^\\])*? \"{3,5} | '{3} .*? '{3,5}
                | " (?:\\.|[^"\\\n])* " | ' [^'\n]* ' )
    | (?P<comment> \#[^\n]* )
    | (?P<bare> [A-Za-z0-9_-]+ )
    | (?P<mark> [\[\]{}=\n] )
    """,
    re.VERBOSE | re.DOTALL,
)


def places(text: str) -> Mapping[Path, Place]:
    """Row and column, from 1, of each table and key, by its path: ("account", "port").

    `text` is valid TOML. Keys inside an inline table have no place of their own.
    """
    found: dict[Path, Place] = {}
    table: Path = ()
    parts: list[tuple[str, int]] = []  # of the key being read: the text and its offset
    in_value = False
    depth = 0  # of brackets inside a value

    def note(parents: Path) -> Path:
        path = parents
        for part, offset in parts:
            path = (*path, part)
            row = text.count("\n", 0, offset) + 1
            found.setdefault(path, (row, offset - text.rfind("\n", 0, offset)))
        parts.clear()
        return path

    for token in _TOKEN.finditer(text):
        if token.lastgroup == "comment":
            continue
        mark = token[0] if token.lastgroup == "mark" else ""
        if in_value:
            depth += (mark in ("[", "{")) - (mark in ("]", "}"))
            in_value = bool(depth) or mark != "\n"
        elif mark == "=":
            note(table)
            in_value = True
        elif mark == "]":
            if parts:  # the second bracket of [[table]] closes nothing
                table = note(())
        elif not mark:
            parts.append((_unquoted(token[0]), token.start()))
    return found


def _unquoted(key: str) -> str:
    if key[0] not in "\"'":
        return key
    value: str = tomllib.loads(f"key = {key}")["key"]
    return value
