"""The door to WeasyPrint."""

from __future__ import annotations

import ctypes.util
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from typing import Any, NamedTuple
from warnings import catch_warnings, simplefilter

from merge.errors import Misuse


def load_weasyprint() -> Any:
    """The library, or Misuse that says what is missing: itself, or Pango and its companions."""
    # It prints advice on stdout, which is for data, and warns of a machine
    # without fonts, which needs none, or without HarfBuzz's subsetter, where a lot takes longer.
    with redirect_stdout(StringIO()), catch_warnings():
        simplefilter("ignore", DeprecationWarning)
        simplefilter("ignore", UserWarning)
        try:
            return _imported()
        except ImportError as error:
            raise Misuse("weasyprint-missing", words=str(error)) from error
        except OSError as error:
            named = re.search(r"library '([^']+)'", str(error))
            library = named[1] if named else ""
            raise Misuse("pango-missing", library=library, words=str(error)) from error


def _imported() -> Any:
    try:
        with _loader_alone():
            import weasyprint
    except OSError:  # libraries in a place that only a search finds
        import weasyprint
    return weasyprint


@contextmanager
def _loader_alone() -> Iterator[None]:
    """Let the loader of Linux find libraries, by the last of the names that WeasyPrint tries.

    At each name before it ctypes would start ldconfig, gcc and ld, and all that they find is a
    name for the loader. Elsewhere it starts nothing.
    """
    if sys.platform != "linux":
        yield
        return
    search = ctypes.util.find_library
    ctypes.util.find_library = lambda name: None
    try:
        yield
    finally:
        ctypes.util.find_library = search


# --- the boxes of a document that WeasyPrint has laid out ---------------------------------------


class Laid(NamedTuple):
    """A document that WeasyPrint has laid out, and its boxes before their lines were broken."""

    root: Any
    document: Any
    elements: dict[Any, int]  # where each element stands in the document
    style_of: Any  # (element, pseudo-element) → style or None


def lay_out(render: Callable[[], Any], html: Any) -> Laid:
    """Call `render`, which lays out `html`, and see the boxes that it starts from."""
    from weasyprint import document as module

    seen: list[Any] = []

    def layout_document(html: Any, root: Any, context: Any, **options: Any) -> Any:
        seen[:] = [root, context]
        return original(html, root, context, **options)

    with replaced(module, "layout_document", layout_document) as original:
        document = render()
    root, context = seen
    return Laid(root, document, elements(html), context.style_for)


def elements(html: Any) -> dict[Any, int]:
    """The elements of a document, and where each stands in it."""
    return {element: i for i, element in enumerate(html.etree_element.iter())}


def page_boxes(document: Any) -> list[Any]:
    """The box of each page, laid out."""
    return [page._page_box for page in document.pages]


def kind(box: Any) -> str:
    """The class of a box: "BlockBox", "LineBox", "InlineBox", "TextBox", "MarginBox", …"""
    return type(box).__name__


def unwrapped(box: Any) -> Any:
    """The box itself, where another keeps its place in the flow."""
    return getattr(box, "_box", box)


def is_anonymous(box: Any) -> bool:
    """Whether no element of its own is behind a box."""
    return type(box.style).__name__ == "AnonymousStyle"


def is_known() -> bool:
    """Whether this is a WeasyPrint whose inner parts are as this module was written for."""
    import weasyprint

    return str(weasyprint.__version__).startswith("70.")


@contextmanager
def replaced(module: Any, name: str, other: Any) -> Iterator[Any]:
    """Put something in the place of a function of WeasyPrint, and put it back."""
    original = getattr(module, name)
    setattr(module, name, other)
    try:
        yield original
    finally:
        setattr(module, name, original)
