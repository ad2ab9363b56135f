"""The tags of a PDF that somebody has read out (PDF/UA-1), where WeasyPrint's are wrong.

- What stands in the margin of a page, and a picture without words, is an artifact: a reader skips
  it. WeasyPrint gives the first a tag that is in no tree, and refuses the second.
- The head of a table says that it heads its column.
- Where a picture stands is told in points from below, not in pixels from above.
- A link is one: WeasyPrint makes a second of each element in it, which no tag of a link holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pikepdf import Object, Page, Pdf

WORDLESS = " "
"""The words that a picture without any needs, or WeasyPrint makes no PDF."""


def mended(pdf: bytes) -> bytes:
    """The PDF with its tags put right. Same input, same bytes."""
    from pikepdf import Pdf

    written = BytesIO()
    with Pdf.open(BytesIO(pdf)) as document:
        _mend(document)
        document.save(written, deterministic_id=True)
    return written.getvalue()


def _mend(document: Pdf) -> None:
    root = document.Root.StructTreeRoot
    holding: set[tuple[int, int]] = set()  # the elements that a reader comes to
    strays: list[Object] = []
    for element in _elements(root.K[0], strays):
        holding.add(element.objgen)
        if element.S == "/Figure":
            left, top, right, bottom = (float(length) * 0.75 for length in element.A.BBox)
            height = float(element.Pg.MediaBox[3])
            element.A.BBox = _array([left, height - bottom, right, height - top])
        elif element.S == "/THead":
            for head in _elements(element, []):
                if head.S == "/TH":
                    head.A.Scope = _name("/Column")
    kept: list[Any] = []
    numbers = root.ParentTree.Nums
    doubled = {stray.Obj.objgen for stray in strays}
    tagged = {int(number): held for number, held in zip(numbers[::2], numbers[1::2], strict=True)}
    for page in document.pages:
        held: Any = tagged.pop(int(page.StructParents))
        is_read = [each.objgen in holding for each in held]
        if not all(is_read):
            _make_artifacts(document, page, is_read)
            for mark, read in enumerate(is_read):
                if not read:
                    held[mark] = None
        kept += [page.StructParents, held]
        annotations = [each for each in page.get("/Annots", ()) if each.objgen not in doubled]
        gone = [each for each in page.get("/Annots", ()) if each.objgen in doubled]
        for each in gone:
            del tagged[int(each.StructParent)]
        if gone:
            page.Annots = document.make_indirect(_array(annotations))
    for number, held in tagged.items():
        kept += [number, held]
    root.ParentTree.Nums = _array(kept)


def _elements(element: Any, strays: list[Object]) -> Iterator[Any]:
    """It and all below it that is read, in order. What is not is taken out of the tree.

    `strays` gets the references to links that are no link's.
    """
    yield element
    kept: list[Any] = []
    kid: Any
    for kid in element.get("/K", ()):
        if isinstance(kid, int):
            kept.append(kid)
        elif kid.get("/Type") == "/OBJR":
            if element.S == "/Link":
                kept.append(kid)
            else:
                strays.append(kid)
        elif not (kid.S == "/Figure" and str(kid.get("/Alt", "")) == WORDLESS):
            kept.append(kid)
            yield from _elements(kid, strays)
    element.K = _array(kept)


def _make_artifacts(document: Pdf, page: Page, is_read: list[bool]) -> None:
    """Mark the pieces of the page that nobody is read as what they are."""
    from pikepdf import ContentStreamInstruction, Operator, parse_content_stream
    from pikepdf import unparse_content_stream as unparse

    drawn: list[Any] = []
    for each in parse_content_stream(page):
        if str(each.operator) == "BDC" and not is_read[int(each.operands[1].MCID)]:
            drawn.append(ContentStreamInstruction([_name("/Artifact")], Operator("BMC")))
        else:
            drawn.append(each)
    page.Contents = document.make_stream(unparse(drawn))


def _name(name: str) -> Object:
    from pikepdf import Name

    return Name(name)


def _array(objects: list[Any]) -> Object:
    from pikepdf import Array

    return Array(objects)
