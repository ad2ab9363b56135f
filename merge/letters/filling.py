"""A template that is ready to be filled: what can be done once a letter is done here.

Jinja fills it, once for each recipient. What everybody's letter has is written into it before;
and it knows whether a look at what is empty tells if it can be filled.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import cast

from jinja2 import Environment, nodes
from jinja2.exceptions import TemplateError

from merge.letters.kinds import Unwritable

RENDERING_ERRORS = (TemplateError, TypeError, ValueError, ArithmeticError)
"""What a blank can raise that compiling could not foresee."""

_BETWEEN = "\0"  # no value of a letter can carry it
_PLAIN = (
    *(nodes.Output, nodes.TemplateData, nodes.Const, nodes.Name, nodes.Getattr),
    *(nodes.Filter, nodes.Keyword, nodes.Concat),
    *(nodes.If, nodes.CondExpr, nodes.And, nodes.Or, nodes.Not),
)


class Compiled:
    """One template of a letter.

    `known` are the values that all recipients share, by their names; `choosy` the filters that
    refuse some texts. `frame` is the name of what stands around the letter. `is_plain`: nothing
    in it looks closer at a value than whether it is empty, so that two letters in which the same
    values are empty are both right, or both at fault. `chooses`: a part of it may be left out.
    Jinja's TemplateSyntaxError for a source
    that is none.
    """

    def __init__(
        self,
        environment: Environment,
        source: str,
        *,
        known: Mapping[str, object],
        choosy: Collection[str],
        frame: str,
    ) -> None:
        tree = environment.parse(source)
        _write_what_is_known(environment, tree, known)
        self.is_plain = all(
            isinstance(node, _PLAIN)
            and not (isinstance(node, nodes.Filter) and node.name in choosy)
            and not (isinstance(node, nodes.If | nodes.CondExpr) and frame in _names(node.test))
            for node in tree.find_all(nodes.Node)
        )
        self.chooses = any(tree.find_all((nodes.If, nodes.CondExpr)))
        self._template = environment.from_string(tree)
        self._context = self._template.new_context({}, shared=True)

    def render(self, values: Mapping[str, object]) -> str:
        """The text, its blanks filled with these values; what they raise."""
        return "".join(self.pieces(values))

    def pieces(self, values: Mapping[str, object]) -> list[str]:
        """The same text, piece by piece."""
        # One context serves all letters, for a letter can set nothing in it: to make one takes as
        # long as to fill a short template.
        self._context.parent = cast("dict[str, object]", values)
        return list(self._template.root_render_func(self._context))


def _write_what_is_known(
    environment: Environment, tree: nodes.Template, known: Mapping[str, object]
) -> None:
    """Put text where nothing but known values would be written.

    What they raise is left where it is, for the one who fills it.
    """
    places = [
        (output, i)
        for output in tree.find_all(nodes.Output)
        for i, node in enumerate(output.nodes)
        if (names := _names(node))
        and names <= known.keys()
        and not _looks_around(node, environment)
    ]
    parts: list[nodes.Expr] = []
    for output, i in places:
        parts += [output.nodes[i], nodes.TemplateData(_BETWEEN, lineno=output.lineno)]
    once = nodes.Template([nodes.Output(parts, lineno=1)], lineno=1)
    try:
        written = environment.from_string(once).render(known).split(_BETWEEN)[:-1]
    except (Unwritable, *RENDERING_ERRORS):
        return
    for (output, i), text in zip(places, written, strict=True):
        output.nodes[i] = nodes.TemplateData(text, lineno=output.lineno)


def _names(expression: nodes.Node) -> set[str]:
    found = {node.name for node in expression.find_all(nodes.Name)}
    return found | {expression.name} if isinstance(expression, nodes.Name) else found


def _looks_around(expression: nodes.Node, environment: Environment) -> bool:
    """Whether one of its filters reads more than what stands before the |."""
    filters = [*expression.find_all(nodes.Filter), expression]
    return any(
        hasattr(environment.filters[each.name], "jinja_pass_arg")
        for each in filters
        if isinstance(each, nodes.Filter)
    )
