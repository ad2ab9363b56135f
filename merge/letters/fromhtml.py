"""Simple HTML → the Markdown of a letter: paragraphs, headings, lists, emphasis, links, pictures.

Written here, because what a letter can hold is a small part of Markdown, and because its words must
be escaped as those of plain text are: with blanks that stay and braces that open nothing. Tables
become the paragraphs in their cells; underlining, colour and raised letters become plain words.
What is struck out (`s`) is left out: the author meant it to be gone.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from merge.letters.plain import escaped, line_start_escaped


def markdown(html: str) -> str:
    """The Markdown that says what the well-formed `html` says.

    A picture without a file becomes a blank with its words.
    """
    return "\n\n".join(filter(None, _blocks(_nodes(_tree(html))))) + "\n"


def struck_out(html: str) -> list[str]:
    """The words that `markdown` leaves out of the same `html`, each stretch of them by itself."""
    return [words for each in _struck(_tree(html)) if (words := " ".join(_words(each).split()))]


def _struck(element: Element) -> Iterator[Element]:
    for child in element:
        if child.tag == "s":
            yield child
        else:
            yield from _struck(child)


def _words(element: Element) -> str:
    return "".join(
        node if isinstance(node, str) else " " if node.tag == "br" else _words(node)
        for node in _nodes(element)
    )


def _tree(html: str) -> Element:
    return ElementTree.fromstring(f"<div>{html}</div>")  # noqa: S314 - mammoth wrote it just now


def _nodes(element: Element) -> Iterator[_Node]:
    """What an element holds, in order."""
    if element.text:
        yield element.text
    for child in element:
        yield child
        if child.tail:
            yield child.tail


_Node: TypeAlias = Element | str
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_TABLE = ("table", "thead", "tbody", "tr", "td", "th")
_BLOCKS = frozenset(("p", "div", "ul", "ol", "li", "dl", "dt", "dd", *_HEADINGS, *_TABLE))


# --- blocks -------------------------------------------------------------------------------------


def _blocks(nodes: Iterable[_Node]) -> Iterator[str]:
    loose: list[_Node] = []  # what stands between two blocks is a paragraph
    for node in nodes:
        if isinstance(node, str) or node.tag not in _BLOCKS:
            loose.append(node)
            continue
        yield _paragraph(loose)
        loose = []
        if node.tag in ("ul", "ol"):
            yield _list(node)
        elif node.tag in _HEADINGS:
            words = _inline(_nodes(node)).replace("\\\n", " ")
            yield f"{'#' * int(node.tag[1])} {words}" if words else ""
        else:
            yield from _blocks(_nodes(node))
    yield _paragraph(loose)


def _paragraph(nodes: list[_Node]) -> str:
    return "\\\n".join(map(line_start_escaped, _inline(nodes).split("\\\n")))


def _list(element: Element) -> str:
    items: list[str] = []
    for number, item in enumerate(element.iterfind("li"), 1):
        bullet = f"{number}. " if element.tag == "ol" else "- "
        inside = "\n".join(filter(None, _blocks(_nodes(item))))
        items.append(bullet + inside.replace("\n", "\n" + " " * len(bullet)))
    return "\n".join(items)


# --- inside a paragraph -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Run:
    """Words of one form. `source` is Markdown already where it is set."""

    text: str
    bold: bool = False
    italic: bool = False
    href: str = ""
    source: str = ""


_BREAKS_AROUND = re.compile(r"\A(?:\\\n|\s)+|(?:\\\n|\s)+\Z")
# How mammoth writes the mark of a footnote, and the arrow that leads back to it.
_NOTE = re.compile(r"#(?:foot|end)note-(?P<back>ref-)?")


def _inline(nodes: Iterable[_Node]) -> str:
    runs = _whole_words(list(_single_spaced(_runs(nodes, _Run("")))))
    parts: list[str] = []
    for href, group in itertools.groupby(runs, key=lambda run: run.href):
        inside = _emphasised(list(group), "bold")
        parts.append(_link(inside, href) if href else inside)
    return _BREAKS_AROUND.sub("", "".join(parts))


def _runs(nodes: Iterable[_Node], form: _Run) -> Iterator[_Run]:
    for node in nodes:
        if isinstance(node, str):
            words = re.sub(r"[ \t\r\n]+", " ", node)
            yield _Run(words, form.bold, form.italic, form.href)
        elif node.tag == "s":
            continue
        elif node.tag == "br":
            yield _Run("", form.bold, form.italic, form.href, source="\\\n")
        elif node.tag == "img":
            alt = re.sub(r"[\[\]\\{}]", "", " ".join(node.attrib.get("alt", "").split()))
            file = node.attrib.get("src", "")
            shown = f"![{alt}]({file})" if file else f"[{alt}]"
            yield _Run("", form.bold, form.italic, form.href, source=shown)
        elif node.tag == "input":  # the checkbox of a form, as Word draws it
            sign = "☒" if "checked" in node.attrib else "☐"
            yield _Run(sign, form.bold, form.italic, form.href)
        elif node.tag == "a" and (note := _NOTE.match(node.attrib.get("href", ""))):
            if not note["back"]:  # "[1]" would look like a blank
                number = "".join(node.itertext()).strip("[]")
                yield _Run(f"({number})", form.bold, form.italic, form.href)
        else:
            href = node.attrib.get("href", "") if node.tag == "a" else ""
            yield from _runs(
                _nodes(node),
                _Run(
                    "",
                    form.bold or node.tag in ("strong", "b"),
                    form.italic or node.tag in ("em", "i"),
                    form.href or ("" if href.startswith("#") else href),
                ),
            )


def _single_spaced(runs: Iterable[_Run]) -> Iterator[_Run]:
    """The runs, without a space at the beginning of one behind a space at the end of another."""
    ends_in_space = False
    for run in runs:
        if ends_in_space and run.text.startswith(" "):
            run = replace(run, text=run.text[1:])
        if run.text or run.source:
            ends_in_space = run.text.endswith(" ")
            yield run


_SIGNS = r"(?:[^\w\[\]]|_)+"
_SIGNS_BEFORE = re.compile(rf"\A{_SIGNS}")
_SIGNS_AFTER = re.compile(rf"{_SIGNS}\Z")


def _whole_words(runs: list[_Run]) -> list[_Run]:
    """The runs, with emphasis as Markdown can have it.

    No mark stands beside a space on its inner side. None stands between a letter and a sign such as
    a full stop: the sign moves out. Where two looks touch inside a word, bold wins over italics.
    """
    loose: list[_Run] = []
    for i, run in enumerate(runs):
        if run.source or not (run.bold or run.italic):
            loose.append(run)
            continue
        words = run.text.strip()
        start = run.text.find(words)
        before, after = run.text[:start], run.text[start + len(words) :]
        left = _touching(runs, i - 1, -1) if not before else None
        right = _touching(runs, i + 1, 0) if not after else None
        if left and (signs := _SIGNS_BEFORE.search(words)):
            before, words = before + signs[0], words[signs.end() :]
        if right and (signs := _SIGNS_AFTER.search(words)):
            after, words = signs[0] + after, words[: signs.start()]
        looks = [each for each in (left, right) if each and _look(each) not in (_look(run), _PLAIN)]
        italic = run.italic and not looks
        loose += [
            replace(run, text=text, bold=is_set and run.bold, italic=is_set and italic)
            for text, is_set in ((before, False), (words, True), (after, False))
        ]
    return [run for run in loose if run.text or run.source]


def _touching(runs: list[_Run], i: int, end: int) -> _Run | None:
    """Run i, if it is there and its text has no space at that end."""
    if not 0 <= i < len(runs) or not runs[i].text or runs[i].text[end].isspace():
        return None
    return runs[i]


_PLAIN = (False, False)


def _look(run: _Run) -> tuple[bool, bool]:
    return run.bold, run.italic


def _emphasised(runs: list[_Run], form: str) -> str:
    """The runs of one link; bold is set around italics."""
    if form == "none":
        return "".join(run.source or escaped(run.text) for run in runs)
    inner, mark = ("italic", "**") if form == "bold" else ("none", "*")
    parts: list[str] = []
    # A space between two bold words is bold.
    for is_set, group in itertools.groupby(_bridged(runs, form), key=lambda pair: pair[1]):
        inside = _emphasised([run for run, _ in group], inner)
        parts.append(f"{mark}{inside}{mark}" if is_set else inside)
    return "".join(parts)


def _bridged(runs: list[_Run], form: str) -> Iterator[tuple[_Run, bool]]:
    for i, run in enumerate(runs):
        is_set = bool(getattr(run, form))
        if (run.text.isspace() or run.source == "\\\n") and 0 < i < len(runs) - 1:
            is_set = bool(getattr(runs[i - 1], form)) and bool(getattr(runs[i + 1], form))
        elif run.source == "\\\n":
            is_set = False
        yield run, is_set


def _link(inside: str, href: str) -> str:
    """The link; a `)` or a space in its address would end it."""
    for sign, written in ((" ", "%20"), ("(", "%28"), (")", "%29"), ("<", "%3C"), (">", "%3E")):
        href = href.replace(sign, written)
    href = re.sub(r"[{}\\]", lambda found: f"%{ord(found[0]):02X}", href)
    return f"[{inside}]({href})" if inside.strip() else inside
