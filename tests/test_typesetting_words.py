"""Every word with which the press says why it set a letter plainly has one for people."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from merge.words.typesetting import PLAIN_WORDS, why

PRESS = Path(__file__).parents[1] / "merge/paper/press"
HANDED_ON = {"found", "unsupported"}
"""Variables that hold an earlier Unsupported's own word."""


def _raised() -> Iterator[str]:
    """Every word that the press can count letters by."""
    for path in sorted(PRESS.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        chosen = {  # for name in ("color", "lang"): raises the one that does not hold
            node.target.id: [
                str(each.value) for each in node.iter.elts if isinstance(each, ast.Constant)
            ]
            for node in ast.walk(tree)
            if isinstance(node, ast.For)
            and isinstance(node.target, ast.Name)
            and isinstance(node.iter, ast.Tuple)
        }
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Name(id="Unsupported" | "_Distrusted"), args=[argument]):
                    yield from _words(argument, chosen)
                case ast.Call(func=ast.Name(id="_require"), keywords=keywords):
                    for keyword in keywords:
                        yield from [keyword.arg] if keyword.arg else chosen["name"]


def _words(argument: ast.expr, chosen: dict[str, list[str]]) -> list[str]:
    match argument:
        case ast.Constant(value=str(word)):
            return [word]
        case ast.JoinedStr(values=[ast.Constant(value=str(start)), *_]):  # differs-…, error-…
            return [start.rstrip("-")]
        case ast.Name(id=name) if name in HANDED_ON or name == "name":  # `_require`: its callers'
            return []
        case ast.Name(id=name):
            return chosen[name]
    raise AssertionError(ast.dump(argument))


def test_every_reason_of_the_press_has_words_and_no_words_are_left_over() -> None:
    raised = set(_raised())
    assert {"few-letters", "glyph", "color", "opacity", "first-line", "error"} <= raised
    assert set(PLAIN_WORDS) == raised


@pytest.mark.parametrize(
    ("reasons", "told"),
    [
        ({"few-letters": 1}, "too few letters alike (1)"),
        ({"edge": 2, "glyph": 3, "overlong": 2}, "where a line ends (4), characters that the font"),
        ({"hyphen": 7}, "the font has no hyphen U+2010"),
        ({"characters": 7}, "letters of another script"),
        ({"error-ZeroDivisionError": 1}, "an error of the fast way"),
        ({"differs-drawing": 1, "differs": 1}, "the fast way does not come out right"),
    ],
)
def test_reasons_of_one_kind_are_counted_together(reasons: dict[str, int], told: str) -> None:
    assert why(reasons).startswith(told)
