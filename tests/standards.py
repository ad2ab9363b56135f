"""Reads of a PDF what a print shop and an archive ask for, with no code of the program's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pikepdf

_TEXT = {"Tj", "TJ", "'", '"'}
_FILLS, _STROKES = {"f", "F", "f*", "B", "B*", "b", "b*"}, {"S", "s", "B", "B*", "b", "b*"}
_BY_OPERATOR = {
    **{"g": "DeviceGray", "rg": "DeviceRGB", "k": "DeviceCMYK"},
    **{"G": "DeviceGray", "RG": "DeviceRGB", "K": "DeviceCMYK"},
}


@dataclass(frozen=True)
class Paint:
    """Something that is drawn, in a colour of a space."""

    what: str  # "text", "fill", "stroke", "picture", "shading"
    space: str
    colour: tuple[float, ...] = ()

    @property
    def is_black_ink_alone(self) -> bool:
        inks = {"DeviceGray": 1, "DeviceCMYK": 4}
        if self.space == "DeviceCMYK":
            return len(self.colour) == inks[self.space] and not any(self.colour[:3])
        return self.space == "DeviceGray"


def paints(pdf: pikepdf.Pdf) -> Iterator[Paint]:
    """All that all pages draw, with the colour that is in force there."""
    start = ("DeviceGray", (0.0,)), ("DeviceGray", (0.0,))
    for page in pdf.pages:
        yield from _drawn(page.obj, page.obj.get("/Resources", pikepdf.Dictionary()), start)


def _drawn(holder: Any, resources: Any, state: Any) -> Iterator[Paint]:
    kept: list[Any] = []
    fill, stroke = state
    for step in pikepdf.parse_content_stream(holder):
        operands: Any = step.operands
        name = str(step.operator)
        if name == "q":
            kept.append((fill, stroke))
        elif name == "Q":
            fill, stroke = kept.pop()
        elif name in _BY_OPERATOR:
            now = _BY_OPERATOR[name], tuple(map(float, operands))
            fill, stroke = (now, stroke) if name.islower() else (fill, now)
        elif name in ("cs", "CS"):
            now = str(operands[0]).lstrip("/"), ()
            fill, stroke = (now, stroke) if name == "cs" else (fill, now)
        elif name in ("sc", "scn") and fill[0] != "Pattern":
            fill = fill[0], tuple(map(float, operands))
        elif name in ("SC", "SCN") and stroke[0] != "Pattern":
            stroke = stroke[0], tuple(map(float, operands))
        elif name in ("scn", "SCN"):
            pattern = resources.Pattern[operands[0]]
            if pattern.PatternType == 2:
                yield Paint("shading", _name(pattern.Shading.ColorSpace))
            else:
                yield from _drawn(pattern, pattern.get("/Resources", resources), (fill, stroke))
        elif name in _TEXT:
            yield Paint("text", *fill)
        elif name == "sh":
            yield Paint("shading", _name(resources.Shading[operands[0]].ColorSpace))
        elif name == "Do":
            drawn = resources.XObject[operands[0]]
            if drawn.Subtype == "/Image":
                yield Paint("picture", _name(drawn.ColorSpace))
            else:
                yield from _drawn(drawn, drawn.get("/Resources", resources), (fill, stroke))
        if name in _FILLS:
            yield Paint("fill", *fill)
        if name in _STROKES:
            yield Paint("stroke", *stroke)


def _is_number(each: object) -> bool:
    try:
        float(each)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False
    return True


def _name(space: Any) -> str:
    return str(space).lstrip("/") if isinstance(space, pikepdf.Name) else str(space[0]).lstrip("/")


@dataclass(frozen=True)
class Part:
    """A leaf of the tree of document parts."""

    level: int
    pages: tuple[int, ...]  # counted from 1
    metadata: dict[str, object]


def parts(pdf: pikepdf.Pdf) -> list[Part]:
    """The leaves of the tree in order. Whatever is not as ISO 32000-2, 14.12 has it is an error."""
    root = pdf.Root.DPartRoot
    assert root.Type == "/DPartRoot"
    names = [str(name) for name in root.NodeNameList]
    assert root.RecordLevel == len(names) - 1
    assert all(re.fullmatch(r"/[A-Za-z_][A-Za-z0-9_.-]*", name) for name in names)
    numbers = {page.obj.objgen: number for number, page in enumerate(pdf.pages, 1)}
    assert len(numbers) == len(pdf.pages)
    found = list(_leaves(root.DPartRootNode, root, 0, len(names), numbers))
    told = {number: page.obj.DPart.objgen for number, page in enumerate(pdf.pages, 1)}
    assert [number for _part, some in found for number in some] == list(told)
    assert all(told[number] == part.objgen for part, some in found for number in some)
    return [
        Part(_level(part), tuple(some), _plain(part.get("/DPM", pikepdf.Dictionary())))
        for part, some in found
    ]


def _leaves(
    part: Any, parent: Any, level: int, levels: int, numbers: dict[tuple[int, int], int]
) -> Iterator[tuple[Any, range]]:
    assert part.is_indirect
    assert part.Type == "/DPart"
    assert part.Parent.objgen == parent.objgen
    assert level < levels
    if "/DParts" in part:
        assert not {"/Start", "/End"} & set(part.keys())
        for some in part.DParts:
            for each in some:
                yield from _leaves(each, part, level + 1, levels, numbers)
        return
    first = numbers[part.Start.objgen]
    last = numbers[part.End.objgen] if "/End" in part else first
    assert ("/End" in part) == (last > first)
    yield part, range(first, last + 1)


def _level(part: Any) -> int:
    return 0 if part.Parent.Type == "/DPartRoot" else 1 + _level(part.Parent)


def _plain(metadata: Any) -> dict[str, object]:
    kinds = (str, int)
    found: dict[str, object] = {}
    for key, value in metadata.items():
        plain = int(value) if _is_number(value) and not isinstance(value, str) else str(value)
        assert isinstance(plain, kinds)
        found[key.lstrip("/")] = plain
    return found


def xmp(pdf: pikepdf.Pdf) -> dict[str, str]:
    """The properties of the document's XMP, by their usual names; it is not compressed."""
    assert "/Filter" not in pdf.Root.Metadata
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
        spaces = {uri: prefix for prefix, uri in _PREFIXES.items()}
        found = {}
        for name in metadata:
            uri, _, local = name.removeprefix("{").partition("}")
            found[f"{spaces.get(uri, uri)}:{local}"] = str(metadata[name])
        return found


_PREFIXES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "pdf": "http://ns.adobe.com/pdf/1.3/",
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
    "pdfvtid": "http://www.npes.org/pdfvt/ns/id/",
    "pdfxid": "http://www.npes.org/pdfx/ns/id/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpMM": "http://ns.adobe.com/xap/1.0/mm/",
}
