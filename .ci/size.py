"""Measure the program: `make size`; `--write` lowers the bounds of docs/size.toml to it.

Tokens are Python's own: names, operators, numbers and strings, of which a docstring or an f-string
is one, in every version of Python. How code is laid out does not count. Exit code 1 where a figure
is above its bound, or a bound leaves room to grow unseen; `make check` asks.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
BOUNDS = ROOT / "docs" / "size.toml"
COUNTED = (tokenize.NAME, tokenize.OP, tokenize.NUMBER, tokenize.STRING)
COLUMNS = ("files", "lines", "tokens", "classes", "functions")
BESIDE = {"HTML": ".html", "JS": ".js", "CSS": ".css", "catalogue": ".po"}
"""What else is counted in merge/, by lines: its name → the ending of its files."""


def tokens_in(text: str) -> int:
    """The number of tokens of the kinds COUNTED."""
    found = depth = 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        kind = tokenize.tok_name[token.type]  # the parts of an f-string have no names before 3.12
        if kind in {"FSTRING_START", "TSTRING_START"}:
            found += not depth
            depth += 1
        elif kind in {"FSTRING_END", "TSTRING_END"}:
            depth -= 1
        elif not depth:
            found += token.type in COUNTED
    return found


def measured(folder: Path) -> Counter[str]:
    """Sums over the folder's Python files, by COLUMNS."""
    found: Counter[str] = Counter()
    for path in folder.rglob("*.py"):
        found += _of_file(path)
    return found


@cache
def _of_file(path: Path) -> Counter[str]:
    text = path.read_text(encoding="utf-8")
    nodes = list(ast.walk(ast.parse(text)))
    return Counter(
        files=1,
        lines=text.count("\n"),
        tokens=tokens_in(text),
        classes=sum(isinstance(each, ast.ClassDef) for each in nodes),
        functions=sum(isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef) for n in nodes),
    )


def lines_beside() -> dict[str, int]:
    """Lines of the files in merge/ that BESIDE names; minified ones do not count."""
    return {
        name: sum(
            path.read_text(encoding="utf-8").count("\n")
            for path in (ROOT / "merge").rglob(f"*{ending}")
            if not path.name.endswith(".min.js")
        )
        for name, ending in BESIDE.items()
    }


def _matches(pattern: str, paths: Iterable[Path]) -> int:
    return sum(len(re.findall(pattern, p.read_text(encoding="utf-8"), re.M)) for p in paths)


def figures(merge: Mapping[str, int], tests: Mapping[str, int]) -> dict[str, int]:
    """The present figures, by their names in docs/size.toml; of these two folders, `measured`."""
    from merge.settings import SETTINGS
    from merge.web.site import found_routes
    from merge.words.reasons import REASONS

    return {
        "merge_tokens": merge["tokens"],
        "tests_tokens": tests["tokens"],
        "classes": merge["classes"],
        "sentences": _matches(r"^msgid ", (ROOT / "merge").rglob("*.po")) - 1,  # one is the header
        "options": _matches(r"click\.(?:option|argument)\(", (ROOT / "merge").rglob("*.py")),
        "routes": len(found_routes()),
        "reasons": len(REASONS),
        "settings": len(SETTINGS),
        **{f"{name.lower()}_lines": lines for name, lines in lines_beside().items()},
    }


def bounds() -> dict[str, int]:
    """The figures of docs/size.toml."""
    return tomllib.loads(BOUNDS.read_text(encoding="utf-8"))


def faults(now: Mapping[str, int], bound: Mapping[str, int]) -> list[str]:
    """A line for each figure above its bound, far below it, or without one: what is to be done."""
    grown = [name for name in now if now[name] > bound.get(name, 0)]
    loose = [name for name in now if bound.get(name, 0) > now[name] * 1.01]
    gone = [name for name in bound if name not in now]
    return [
        *(f"{each} has grown to {now[each]}; docs/size.toml says what to do" for each in grown),
        *(f"{each} has fallen to {now[each]}: `make size ARGS=--write`" for each in loose),
        *(f"{each} of docs/size.toml is measured no more" for each in gone),
    ]


def lower(now: Mapping[str, int]) -> None:
    """Lower the bounds in docs/size.toml; only a person raises one."""
    text = BOUNDS.read_text(encoding="utf-8")
    for name, bound in bounds().items():
        text = re.sub(rf"^{name} = \d+", f"{name} = {min(bound, now[name])}", text, flags=re.M)
    BOUNDS.write_text(text, encoding="utf-8")


def _row(name: str, found: Mapping[str, int]) -> str:
    return f"{name:12}" + "".join(f"{found[column]:>11,}" for column in COLUMNS)


def main() -> int:
    """Print the rooms, largest first, then the whole and the figures that are bounded."""
    rooms = {each.name: measured(each) for each in (ROOT / "merge").iterdir() if each.is_dir()}
    print(f"{'':12}" + "".join(f"{column:>11}" for column in COLUMNS))
    for name, found in sorted(rooms.items(), key=lambda room: -room[1]["tokens"]):
        if found:
            print(_row(name, found))
    merge, tests = measured(ROOT / "merge"), measured(ROOT / "tests")
    print(_row("merge", merge))
    print(_row("tests", tests))
    tested = _matches(r"^\s*(?:async )?def test_", (ROOT / "tests").rglob("test_*.py"))
    told = sum(path.read_bytes().count(b"\n") for path in (ROOT / "tests").rglob("*.txt"))
    print(f"test functions {tested:,}; lines of tables, dialogues and transcripts {told:,}")
    now = figures(merge, tests)
    if "--write" in sys.argv[1:]:
        lower(now)
    bound = bounds()
    for name, figure in now.items():
        print(f"{name:16}{figure:>9,}  of {bound.get(name, 0):,}")
    wrong = faults(now, bound)
    print(*wrong, sep="\n", file=sys.stderr, end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
