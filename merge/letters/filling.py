"""A letter's template, ready to be filled, once for each recipient; the door to Jinja's sandbox.

Values that all recipients share are written into it beforehand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, partial
from types import MappingProxyType
from typing import cast

from jinja2 import Environment, StrictUndefined, TemplateSyntaxError, Undefined, nodes
from jinja2.exceptions import TemplateError
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from merge.errors import LetterError
from merge.letters import addresses, punctuation
from merge.letters.filters import SEX, accord, filters_of
from merge.letters.idiom import FRENCH, Idiom
from merge.letters.kinds import Empty, Unwritable, Written
from merge.model import Slotted

RENDERING_ERRORS = (TemplateError, TypeError, ValueError, ArithmeticError)
"""What a blank can raise that compiling could not foresee."""

TOO_MUCH = (RecursionError, SyntaxError, OverflowError)
"""What Jinja and Python raise over a source with too many things inside each other."""


_BETWEEN = "\0"  # no value of a letter can carry it

LINK_TARGET = "_cible"
URL_PART = "_partie"
PUNCTUATED = "_ponctuation"
_LAST_STOP = re.compile(r"(?<!\.)\.(?=(?:</\w+>)*\Z)")


def _link_target(value: object) -> str:
    """A whole web or mail address that a cell gives: nothing that a browser would run."""
    target = str(value)
    if not re.match(r"(?:https?://|mailto:)[^\s<>\"]+\Z", target, re.IGNORECASE):
        raise Unwritable("not-a-link", "", target)
    return target


def _punctuated(value: object, *, idiom: Idiom, stops: bool = False) -> object:
    """What fills a blank, with the punctuation of the text around it: where that `stops` behind
    it, the full stop of an abbreviation is its own.
    """
    if value is None or isinstance(value, Empty | Undefined | int):
        return value
    if isinstance(value, Written):
        pieces = [(tag, punctuation.of_line(text, idiom)) for tag, text in value.pieces]
        if stops and pieces:
            pieces[-1] = (pieces[-1][0], _LAST_STOP.sub("", pieces[-1][1]))
        return Written(*pieces)
    if hasattr(value, "__html__"):
        html = punctuation.of_html(value.__html__(), idiom)
        return Markup(_LAST_STOP.sub("", html) if stops else html)  # noqa: S704 - HTML of ours
    text = punctuation.of_line(str(value), idiom)
    return _LAST_STOP.sub("", text) if stops else text


class _Environment(SandboxedEnvironment):
    """Jinja without files and globals, and with no filters but ours."""

    def __init__(self, idiom: Idiom = FRENCH, *, autoescape: bool) -> None:
        super().__init__(undefined=StrictUndefined, autoescape=autoescape, finalize=_never_none)
        urlencode = self.filters["urlencode"]
        self.globals.clear()
        self.filters.clear()
        self.filters.update(filters_of(idiom))
        self.filters[LINK_TARGET] = _link_target
        self.filters[URL_PART] = urlencode
        self.filters[PUNCTUATED] = partial(_punctuated, idiom=idiom)


def _never_none(value: object) -> object:
    if value is None:
        raise ValueError("None")
    return value


HTML = _Environment(autoescape=True)
TEXT = _Environment(autoescape=False)


@cache
def _environment(idiom: Idiom, *, autoescape: bool) -> _Environment:
    if idiom == FRENCH:
        return HTML if autoescape else TEXT
    return _Environment(idiom, autoescape=autoescape)


_NOTHING: Mapping[str, object] = MappingProxyType({})


def compile_html(
    source: str, path: str, known: Mapping[str, object] = _NOTHING, idiom: Idiom = FRENCH
) -> Compiled:
    """A template whose values are escaped. `known` are the values that all recipients share.

    LetterError, with path and row: "letter-syntax", "letter-runaway".
    """
    return Compiled(_environment(idiom, autoescape=True), source, path, known, idiom)


def compile_text(
    source: str, path: str, known: Mapping[str, object] = _NOTHING, idiom: Idiom = FRENCH
) -> Compiled:
    """A template of plain text; see `compile_html`."""
    return Compiled(_environment(idiom, autoescape=False), source, path, known)


class Compiled:
    """One template of a letter. `chooses`: a part of it may be left out."""

    def __init__(
        self,
        environment: Environment,
        source: str,
        path: str,
        known: Mapping[str, object],
        idiom: Idiom = FRENCH,
    ) -> None:
        self._may_be_names = idiom.nouns_have_capitals
        try:
            tree = environment.parse(source)
            _write_what_is_known(environment, tree, known)
            self.chooses = any(tree.find_all((nodes.If, nodes.CondExpr)))
            self._template = environment.from_string(tree)
        except TemplateSyntaxError as error:
            raise LetterError(
                "letter-syntax", path=path, row=error.lineno, words=error.message or ""
            ) from None
        except TOO_MUCH:
            raise LetterError("letter-runaway", path=path, words="depth") from None
        self._context = self._template.new_context({}, shared=True)

    def render(self, values: Mapping[str, object]) -> str:
        """The text, its blanks filled with these values. Raises what they raise."""
        return "".join(self.pieces(values))

    def pieces(self, values: Mapping[str, object]) -> list[str]:
        """The same text, piece by piece."""
        # One context serves all letters, for a letter can set nothing in it: to make one takes as
        # long as to fill a short template.
        self._context.parent = cast("dict[str, object]", values)
        return list(self._template.root_render_func(self._context))

    def slotted(self, values: Mapping[str, object]) -> Slotted:
        """The same as a page, of HTML: see `addresses.slotted`."""
        return addresses.slotted(self.pieces(values), may_be_names=self._may_be_names)


def _write_what_is_known(
    environment: Environment, tree: nodes.Template, known: Mapping[str, object]
) -> None:
    """Replace blanks that use only known values by their text.

    Those that raise are left, to raise when the template is filled.
    """
    places = [
        (output, i)
        for output in tree.find_all(nodes.Output)
        for i, node in enumerate(output.nodes)
        if (names := _names(node)) and names <= known.keys()
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
    """The names that an expression reads; `accord` reads SEX."""
    found = [expression, *expression.find_all((nodes.Name, nodes.Filter))]
    names = {each.name for each in found if isinstance(each, nodes.Name)}
    agrees = any(isinstance(each, nodes.Filter) and each.name == accord.__name__ for each in found)
    return names | {SEX} if agrees else names
