"""The small language of a letter's blanks: names, French filters and `if`. Jinja reads it.

A letter may come from a stranger, so everything else that Jinja can do (loops, calls, arithmetic,
attributes, other files) is refused when the letter is compiled, and runs in Jinja's sandbox all
the same.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from jinja2 import TemplateSyntaxError, nodes

from merge.errors import LetterError
from merge.letters.filling import TEXT, TOO_MUCH
from merge.letters.filters import FILTERS, SEX, accord, nombre, ou
from merge.letters.idiom import FRENCH, Idiom
from merge.letters.kinds import ATTRIBUTES, COLUMN
from merge.letters.lines import COUNT, DOTTED, LINE, TOTAL

_LINE_BREAK = re.compile(r"\r\n?")


class Stretch(NamedTuple):
    """A place in the text of a file: its characters from `start` on, without `end`.

    They count from 0, a line break as one, whatever the file has.
    """

    start: int
    end: int

    def carried(self, before: str, now: str) -> Stretch | None:
        """The same words of `before` in `now`, which somebody may have changed since: in the one
        line that is as theirs was; None where there is none."""
        starts, ends = before.rfind("\n", 0, self.start) + 1, before.find("\n", self.end)
        line = f"\n{before[starts : ends if ends >= 0 else None]}\n"
        lines = f"\n{now}\n"
        at = lines.find(line)
        if before == now or at < 0:
            return self if before == now else None
        return self.moved(at - starts) if lines.find(line, at + 1) < 0 else None

    def moved(self, by: int) -> Stretch:
        """The same words in a text that so much stands before."""
        return Stretch(self.start + by, self.end + by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """One `{{ … }}`, `{% … %}` or `{# … #}` of the source, which begins in `row`.

    `keyword` is the if, elif, else or endif of the second kind, `expression` the inside of the
    first.
    """

    source: str
    row: int
    keyword: str = ""
    expression: str = ""
    is_comment: bool = False


def pieces(source: str) -> Iterator[str | Tag]:
    """The source taken apart: text as it stands, and tags. It must have passed `read`.

    What stands between `{% raw %}` and `{% endraw %}` is text.
    """
    return (piece for _place, piece in placed_pieces(source))


def placed_pieces(source: str) -> Iterator[tuple[Stretch, str | Tag]]:
    """`pieces`, each with the place in the source that it was taken from."""
    source = _LINE_BREAK.sub("\n", source)  # as Jinja reads it
    held: list[tuple[str, str]] = []
    row = 1
    start = end = 0
    for line, kind, value in TEXT.lex(source):
        # Jinja leaves out the white space before a "{%-", and is silent about it.
        begins = source.index(value, end)
        end = begins + len(value)
        if kind in ("raw_begin", "raw_end"):
            continue
        if kind == "data" and not held:
            yield Stretch(begins, end), value
            continue
        if not held:
            row, start = line, begins
        held.append((kind, value))
        if kind in ("variable_end", "block_end", "comment_end"):
            yield Stretch(start, end), _tag(held, row)
            held = []


def _tag(tokens: list[tuple[str, str]], row: int) -> Tag:
    source = "".join(value for _kind, value in tokens)
    opening = tokens[0][0]
    if opening == "variable_begin":
        expression = "".join(value for _kind, value in tokens[1:-1]).strip()
        return Tag(source=source, row=row, expression=expression)
    if opening == "block_begin":
        return Tag(source=source, row=row, keyword=next(v for kind, v in tokens if kind == "name"))
    return Tag(source=source, row=row, is_comment=True)


def expression_in(tag: str) -> str:
    """The expression of a `{{ … }}` that is a blank and nothing else; "" for any other tag."""
    try:
        (piece,) = pieces(tag)
    except (ValueError, TemplateSyntaxError):  # two of them to Jinja, or none that it can read
        return ""
    is_plain = re.fullmatch(r"\{\{(?![-+]).*[^-+]\}\}", tag, re.DOTALL) is not None
    return piece.expression if is_plain and isinstance(piece, Tag) else ""


def names_in(tag: Tag) -> frozenset[str]:
    """The names that a `{{ … }}` uses. The source must have passed `read`."""
    tree = TEXT.parse(tag.source)
    return frozenset(node.name for node in tree.find_all(nodes.Name))


def speaks_of_line(tag: Tag) -> bool:
    """Whether a tag names a cell of one row."""
    return _OF_LINE.search(tag.source) is not None


_OF_LINE = re.compile(rf"\b{LINE}\s*\.")


def named(source: str) -> tuple[str, ...]:
    """The names that a source uses, each once, from top to bottom; none where Jinja reads none."""
    try:
        tree = TEXT.parse(source)
    except (TemplateSyntaxError, *TOO_MUCH):
        return ()
    return tuple(dict.fromkeys(n.name for n, _ in _walk(tree) if isinstance(n, nodes.Name)))


def columns_of(source: str, owner: str) -> tuple[str, ...]:
    """What stands behind a dot of this name, each once, from top to bottom."""
    try:
        tree = TEXT.parse(source)
    except (TemplateSyntaxError, *TOO_MUCH):
        return ()
    return tuple(
        dict.fromkeys(
            node.attr
            for node, _depth in _walk(tree)
            if isinstance(node, nodes.Getattr) and _owner(node) == owner
        )
    )


TO_COME = frozenset({"unknown-variable", "letter-not-grouped"})
"""Of the codes of `read` those that a head or a sheet to come may set right."""


def read(
    source: str, *, path: str, first_row: int, names: Collection[str], idiom: Idiom = FRENCH
) -> frozenset[str]:
    """The names that the source uses, all of them known.

    `first_row` is where the source begins in its file. LetterError: "letter-syntax" (`words`),
    "letter-forbids" (`name`), "compared-in-vain" (`name`), "french-filter" (`name`),
    "column-behind-dot" (`name`), "letter-not-grouped" (`name`) for lines and sums of a letter
    that has no `group:`, "said-once" (`name`, `suggestion`) for what is of the whole letter,
    "unknown-filter" and "unknown-variable" (`name`, `suggestion`), all with path and row;
    "letter-runaway" (`words` "depth") for what no person writes.
    """
    above = first_row - 1
    try:
        tree = TEXT.parse(source)
    except TemplateSyntaxError as error:
        raise LetterError(
            "letter-syntax", path=path, row=error.lineno + above, words=error.message or ""
        ) from None
    except TOO_MUCH:
        raise LetterError("letter-runaway", path=path, row=first_row, words="depth") from None
    used: set[str] = set()
    owners: set[int] = set()  # what a dot follows
    for node, depth in _walk(tree):
        if isinstance(node, nodes.Getattr):
            owners.add(id(node.node))
        if depth > _DEPTH:
            raise LetterError("letter-runaway", path=path, row=node.lineno + above, words="depth")
        if isinstance(node, nodes.Name):
            used.add(node.name)
        if isinstance(node, nodes.Filter) and node.name == accord.__name__:
            used.add(SEX)
        fault = _fault(node, names, idiom)
        if isinstance(node, nodes.Name) and _wants_dot(node.name, names) and id(node) not in owners:
            fault = fault or _Fault("column-behind-dot", node.name)
        if fault:
            raise LetterError(
                fault.code,
                path=path,
                row=node.lineno + above,
                name=fault.name,
                suggestion=fault.suggestion,
            )
    return frozenset(used)


def _wants_dot(name: str, names: Collection[str]) -> bool:
    """Whether it is nothing without the column behind its dot; a column may be called so, too."""
    if name == COLUMN:
        return any(each.startswith(f"{COLUMN}.") for each in names)
    return name in DOTTED and COUNT in names


# Python gives up at 100 levels of indentation; each `if` inside an `if` is one.
_DEPTH = 50


def _walk(node: nodes.Node, depth: int = 0) -> Iterator[tuple[nodes.Node, int]]:
    """All nodes in the order of the source, so that the first fault is the one told.

    With each the number of nodes around it.
    """
    yield node, depth
    for child in node.iter_child_nodes():
        yield from _walk(child, depth + 1)


_ALLOWED = (
    nodes.Template,
    nodes.Scope,  # what Jinja puts around `autoescape`, which is refused itself and has a row
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.Filter,
    nodes.Keyword,
    nodes.If,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Concat,
    nodes.Getattr,
)


_NAMES: Mapping[type[nodes.Node], str] = MappingProxyType(
    {nodes.ScopedEvalContextModifier: "autoescape", nodes.Assign: "set", nodes.CallBlock: "call"}
)
"""What an author typed for these nodes, where Jinja's name is another."""


@dataclass(frozen=True, slots=True)
class _Fault:
    code: str
    name: str
    suggestion: str = ""


def _of_lines(node: nodes.Node) -> str:
    """What only a letter of several rows may name, as it is typed; "" for all else."""
    if isinstance(node, nodes.Getattr):
        owner = _owner(node)
        return f"{owner}.{node.attr}" if owner in DOTTED else ""
    return COUNT if isinstance(node, nodes.Name) and node.name == COUNT else ""


def _fault(node: nodes.Node, names: Collection[str], idiom: Idiom) -> _Fault | None:
    """What is wrong with one node, its children aside."""
    if isinstance(node, nodes.Filter) and node.name in idiom.lacks:
        return _Fault("french-filter", node.name)
    if isinstance(node, nodes.Filter) and node.name not in FILTERS:
        return _unknown("unknown-filter", node.name, FILTERS)
    name = _of_lines(node)
    if name and COUNT not in names and name.partition(".")[0] not in names:
        return _Fault("letter-not-grouped", name)
    if isinstance(node, nodes.Name) and node.name not in names:
        return _unknown("unknown-variable", node.name, names)
    if isinstance(node, nodes.Getattr):
        if not isinstance(node.node, nodes.Name):
            return _Fault("letter-forbids", f".{node.attr}")
        owner = node.node.name
        known = [f"{owner}.{each}" for each in ATTRIBUTES.get(owner, ())]
        known += sorted(each for each in names if each.startswith(f"{owner}."))
        dotted = f"{owner}.{node.attr}"
        if owner == COLUMN and owner not in names:  # there is no list yet
            return _unknown("unknown-variable", dotted, ())
        if owner in names and dotted not in known:
            if owner in DOTTED and COUNT in names and node.attr in names:
                return _Fault("said-once", dotted, node.attr)
            return _unknown("unknown-variable", dotted, known)
    if not isinstance(node, _ALLOWED):
        return _Fault("letter-forbids", _NAMES.get(type(node)) or type(node).__name__.lower())
    if isinstance(node, nodes.Compare) and (comparison := _never_true(node)):
        return _Fault("compared-in-vain", comparison)
    return None


def _never_true(node: nodes.Compare) -> str:
    """The comparison as text if it never matches any letter, else "": it is refused."""
    left: nodes.Expr = node.expr
    for operand in node.ops:
        right = operand.expr
        for one, other in ((left, right), (right, left)):
            if (
                operand.op in ("eq", "ne")
                and isinstance(other, nodes.Const)
                and not _may_be(one, other.value)
            ):
                value = f'"{other.value}"' if isinstance(other.value, str) else other.value
                return f"{_as_typed(one)} == {value}"
        left = right
    return ""


def _may_be(blank: nodes.Expr, value: object) -> bool:
    """Whether a blank can equal the value: a cell is text, even where it says a number."""
    name = blank.name if isinstance(blank, nodes.Name) else ""
    if name == SEX:
        return value in ("F", "M", "")
    if name in ("population", COUNT):
        return value == "" or not isinstance(value, str)
    if isinstance(blank, nodes.Getattr) and _owner(blank) == TOTAL:
        return not isinstance(value, str)
    if isinstance(blank, nodes.Filter) and blank.name in (ou.__name__, nombre.__name__):
        return True  # its other words may be a number: population|ou(0) == 0
    if isinstance(blank, nodes.Name | nodes.Getattr | nodes.Filter):
        return name not in ATTRIBUTES and isinstance(value, str)
    return True


def _owner(blank: nodes.Getattr) -> str:
    """The name that the dot stands behind; "" where it stands behind something else."""
    return blank.node.name if isinstance(blank.node, nodes.Name) else ""


def _as_typed(blank: nodes.Expr) -> str:
    """A blank as its author wrote it, in short."""
    if isinstance(blank, nodes.Getattr):
        return f"{_as_typed(blank.node)}.{blank.attr}"
    if isinstance(blank, nodes.Filter) and blank.node:
        return f"{_as_typed(blank.node)}|{blank.name}"
    return blank.name if isinstance(blank, nodes.Name) else "…"


def _unknown(code: str, name: str, known: Collection[str]) -> _Fault:
    meant = _ELSEWHERE.get(name.casefold(), "")
    close = [meant] if meant in known else difflib.get_close_matches(name, sorted(known), 1)
    return _Fault(code, name, close[0] if close else "")


# What letters of other programs call what a column was taken for.
_ELSEWHERE: Mapping[str, str] = {
    **{"name": "nom_complet", "full_name": "nom_complet", "first_name": "prenom"},
    **{"firstname": "prenom", "last_name": "nom", "lastname": "nom", "surname": "nom"},
    **{"title": "civilite", "company": "organisation", "city": "ville", "zip": "code_postal"},
}
