"""merge/ as its syntax trees tell it: which module imports what, and when."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parent.parent
PURE = (
    *("merge.model", "merge.outcome", "merge.errors", "merge.job", "merge.french", "merge.letters"),
    *("merge.channels", "merge.post", "merge.ledger.records", "merge.ledger.states"),
    *("merge.mail.message", "merge.mail.addresses", "merge.mail.encoding"),
    "merge.mail.verdict",
    *("merge.paper.lots", "merge.paper.cover", "merge.paper.window", "merge.paper.stationery"),
)
HEAVY = {
    "pandas",
    "python_calamine",
    "weasyprint",
    "alembic",
    "sqlalchemy",
    "yagmail",
    "pikepdf",
    "pypdfium2",
    "imapclient",
    "authlib",
    "requests",
}
"""Libraries that take longer to load than `publipostage --help` may take."""

PYTHONS_OWN = sys.stdlib_module_names | {"compression"}
"""Also what a later Python than the oldest one brings along."""


@dataclass(frozen=True, kw_only=True)
class Import:
    """One imported name: `target` is the dotted module, or module.name of a from-import."""

    line: int
    target: str
    late: bool  # inside a function: only when used
    for_types: bool  # under TYPE_CHECKING: never at run time
    guarded: bool  # under another `if` or a `try`


@dataclass(frozen=True, kw_only=True)
class Module:
    """One module of merge/, with what it imports."""

    name: str
    source: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.source)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        return tuple(ast.walk(self.tree))

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        return tuple(_imports(self.tree))

    @property
    def room(self) -> str:
        return self.name.split(".")[1] if "." in self.name else ""

    def within(self, *packages: str) -> bool:
        return within(self.name, *packages)


def within(name: str, *packages: str) -> bool:
    """Whether a dotted name is one of the packages, or in it."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def _imports(
    node: ast.AST, *, late: bool = False, for_types: bool = False, guarded: bool = False
) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        here = {"late": late, "for_types": for_types, "guarded": guarded}
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(line=child.lineno, target=alias.name, **here)
        elif isinstance(child, ast.ImportFrom):
            assert not child.level, f"line {child.lineno}: a relative import hides the room"
            for alias in child.names:
                yield Import(line=child.lineno, target=f"{child.module}.{alias.name}", **here)
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from _imports(child, **(here | {"late": True}))
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            yield from _imports(child, **(here | {"for_types": True}))
        elif isinstance(child, ast.If | ast.Try):
            yield from _imports(child, **(here | {"guarded": True}))
        else:
            yield from _imports(child, **here)


def read_house() -> list[Module]:
    modules = []
    for path in sorted((ROOT / "merge").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        modules.append(Module(name=name, source=path.read_text(encoding="utf-8")))
    return modules


def library(target: str) -> str:
    """The outside library an import comes from; "" for Python's own and for the house."""
    top, _, below = target.partition(".")
    if top == "backports":  # a folder that several libraries share: each is the one it stands for
        return f"{top}.{below.partition('.')[0]}"
    return "" if top in PYTHONS_OWN or top == "merge" else top


HOUSE = read_house()


@cache
def loads(path: Path) -> frozenset[str]:
    """What a test file imports, also through others of tests/."""
    found = {each.target for each in Module(name="", source=path.read_text("utf-8")).imports}
    for target in sorted(found):
        for name in (target, target.rpartition(".")[0]):
            other = ROOT.joinpath(*name.split(".")).with_suffix(".py")
            if within(name, "tests") and other.is_file():
                found |= loads(other)
    return frozenset(found)


def is_quick(path: Path) -> bool:
    """Whether a test file loads pure rooms only, and starts no process: `make quick` runs it."""
    return not any(
        within(target, "merge", "subprocess") and not within(target, *PURE)
        for target in loads(path)
    )
