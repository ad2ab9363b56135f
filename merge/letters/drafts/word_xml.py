"""The XML of a Word file: its elements by their bare names, for Word has two namespaces.

Source: ECMA-376 Part 1; "transitional" files and "strict" ones differ in the names of namespaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

_SPACE = "{http://www.w3.org/XML/1998/namespace}space"


def parse(part: bytes) -> Element:
    """The root. xml.etree.ElementTree.ParseError when it is no XML."""
    return ElementTree.fromstring(part)  # noqa: S314 - expat itself stops a billion laughs


def packed(root: Element) -> bytes:
    """The part again."""
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def name(element: Element) -> str:
    """Its name without the namespace."""
    return str(element.tag).rpartition("}")[2]


def attribute(element: Element | None, called: str) -> str:
    """The attribute of that bare name; "" for none."""
    if element is None:
        return ""
    return next(
        (value for key, value in element.attrib.items() if key.rpartition("}")[2] == called), ""
    )


def number(element: Element | None, called: str, otherwise: int = 0) -> int:
    """The attribute as a whole number; `otherwise` where it is none, or has too many digits."""
    return whole(attribute(element, called), otherwise)


def whole(typed: str, otherwise: int) -> int:
    """The number that was typed, of nine digits at most."""
    return int(typed) if re.fullmatch("[0-9]{1,9}", typed) else otherwise


def child(element: Element | None, called: str) -> Element | None:
    """The first child of that name."""
    if element is None:
        return None
    return next((each for each in element if name(each) == called), None)


def descendants(element: Element, *called: str) -> Iterator[Element]:
    """All of those names, in the order of the file."""
    return (each for each in element.iter() if name(each) in called)


def within(element: Element, stop: str, *called: str) -> Iterator[Element]:
    """`descendants` that are not inside an element called `stop` below this one."""
    for each in element:
        if name(each) in called:
            yield each
        if name(each) != stop:
            yield from within(each, stop, *called)


def make(like: Element, called: str, **attributes: str) -> Element:
    """An element of the namespace of `like`."""
    space = str(like.tag).rpartition("}")[0] + "}"
    return Element(f"{space}{called}", {f"{space}{key}": said for key, said in attributes.items()})


def run(content: Element) -> Element:
    """A run that holds this and nothing else."""
    made = make(content, "r")
    made.append(content)
    return made


def text(like: Element, words: str) -> Element:
    """A `t` that keeps its spaces."""
    made = make(like, "t")
    made.text = words
    made.set(_SPACE, "preserve")
    return made


def set_text(element: Element, words: str) -> None:
    """Let a `t` say this instead."""
    element.text = words
    element.set(_SPACE, "preserve")


def ensured(element: Element, called: str) -> Element:
    """The child of that name, made at the front if it is missing: properties stand first."""
    found = child(element, called)
    if found is None:
        found = make(element, called)
        element.insert(0, found)
    return found


def is_on(element: Element | None) -> bool:
    """Whether a toggle is there and not switched off."""
    return element is not None and attribute(element, "val") not in ("0", "false", "off", "none")


def said(element: Element) -> str:
    """All that it says, on one line."""
    words = ("".join(_signs(each, "t")) for each in descendants(element, "p"))
    return " ".join(" ".join(words).split())


def _signs(element: Element, *texts: str) -> Iterator[str]:
    """The words of a paragraph without those of one inside it (a text box)."""
    for each in element:
        if name(each) in texts:
            yield each.text or ""
        elif name(each) in ("tab", "br", "cr"):
            yield " "
        elif name(each) not in ("p", "pPr", "instrText"):
            yield from _signs(each, *texts)


def said_in(element: Element) -> str:
    """What a part of a paragraph says, on one line, be it deleted."""
    return " ".join("".join(_signs(element, "t", "delText")).split())
