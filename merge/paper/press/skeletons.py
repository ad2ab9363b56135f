"""A page with blanks → what can change on it, and how.

A skeleton is all that the template says, with the values of those slots that decide more than
words. It is laid out once with a mark in each of the other slots. Where the marks come up, there
the letters differ: in paragraphs, which `lines` can set, and in the margins of the page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from merge.paper.press import inner, lines, marks, plain
from merge.paper.press.inner import Unlike
from merge.paper.press.paragraphs import MakeFace, Paragraph, Span, template


@dataclass(frozen=True, slots=True)
class Skeleton:
    """What letters have in common that differ in the slots which are not `frozen`."""

    frozen: frozenset[int]
    paragraphs: tuple[Paragraph, ...]
    margins: tuple[Paragraph, ...]
    pages: int
    elements: int


def read(
    parts: Sequence[str],
    texts: Sequence[str],
    frozen: frozenset[int],
    *,
    lay_out: Callable[[str], inner.Laid],
    face: MakeFace,
    know: Callable[[Any], None],
) -> Skeleton:
    """Lay the skeleton out until no mark comes up where only words of a fixed place may stand.

    `frozen` are the slots known to be none of those; `know` gets the style of each text. Unlike
    when the page is beyond this.
    """
    while True:
        laid = lay_out(marks.filled(parts, marks.marked(texts, frozen)))
        for page in inner.page_boxes(laid.document):
            for box in page.descendants(placeholders=True):
                if inner.kind(box) == "TextBox":
                    know(box.style)
        reader = _Reader(laid, face)
        live = set(range(len(texts))) - frozen
        fixed = frozenset(reader.fixed(live))
        if fixed <= frozen:
            break
        frozen |= fixed
    return Skeleton(
        frozen=frozen,
        paragraphs=tuple(reader.paragraphs),
        margins=tuple(reader.margins),
        pages=len(laid.document.pages),
        elements=len(laid.elements),
    )


def in_tags(
    parts: Sequence[str], texts: Sequence[str], parse: Callable[[str], Iterable[Any]]
) -> frozenset[int]:
    """The slots in attributes and style sheets. Unlike when a mark could be the template's own."""
    marks.hold_no_marks(parts)
    if len(texts) > marks.MOST_SLOTS:
        raise Unlike("too-many-blanks")
    found: set[int] = set()
    for element in parse(marks.filled(parts, marks.marked(texts, frozenset()))):
        for value in element.attrib.values():
            found.update(marks.slots(value))
        if element.tag == "style":
            found.update(marks.slots(element.text or ""))
    return frozenset(found)


class _Reader:
    """Looks for marks in a document that was laid out."""

    def __init__(self, laid: inner.Laid, face: MakeFace) -> None:
        self._laid = laid
        self._face = face
        self._places: dict[tuple[int, str], tuple[float, float]] = {}
        self.paragraphs: list[Paragraph] = []
        self.margins: list[Paragraph] = []

    def fixed(self, live: Iterable[int]) -> Iterator[int]:
        """Those of the marked slots whose values are more than words in a fixed place.

        Once there are none, `paragraphs` and `margins` are complete.
        """
        self._find_places()
        unseen = set(live)
        for box in self._laid.root.descendants():
            unseen.difference_update(marks.slots(getattr(box, "text", "")))
        for element in self._laid.elements:
            if element.tag == "title" and not len(element):  # of the document: on no page
                unseen.difference_update(marks.slots(element.text or ""))
        yield from unseen
        for block, above in _containers(self._laid.root, ()):
            text = "".join(box.text for box in _texts(block))
            if slots := marks.slots(text):
                try:
                    self.paragraphs.append(self._paragraph(block, above, slots))
                except Unlike:
                    yield from slots
        keys = [paragraph.key for paragraph in self.paragraphs]
        for paragraph in self.paragraphs:
            if keys.count(paragraph.key) > 1:
                yield from paragraph.slots
        for n, page in enumerate(inner.page_boxes(self._laid.document)):
            yield from self._strays(page)
            boxes = [box for box in page.children if inner.kind(box) == "MarginBox"]
            for box in boxes:
                text = "".join(each.text for each in _texts(box))
                if slots := marks.slots(text):
                    try:
                        self.margins.append(self._margin(n, page, box, boxes, slots))
                    except Unlike:
                        yield from slots

    def _find_places(self) -> None:
        """Where the content of each block begins, and how wide it is."""
        for page in inner.page_boxes(self._laid.document):
            for box in page.descendants(placeholders=True):
                if inner.kind(box) == "BlockBox" and box.element is not None:
                    key = self._key(box)
                    place = (box.content_box_x(), box.width)
                    if self._places.setdefault(key, place) != place:
                        self._places[key] = (0, 0)  # not the same on two pages

    def _key(self, block: Any) -> tuple[int, str]:
        return self._laid.elements.get(block.element, -1), block.element_tag

    def _strays(self, page: Any) -> Iterator[int]:
        """Slots that come up on a page outside of what is known."""
        known = {paragraph.key for paragraph in self.paragraphs}
        for block, _above in _containers(page, ()):
            if inner.kind(block) == "MarginBox" or self._key(block) in known:
                continue
            for box in _texts(block):
                yield from marks.slots(box.text)

    def _paragraph(self, block: Any, above: Sequence[Any], slots: list[int]) -> Paragraph:
        for box in (*above, block):
            plain.hold_block(box, self._laid.style_of)
        key = self._key(block)
        x, width = self._places.get(key, (0, 0))
        if width <= 0:
            raise Unlike("nowhere")
        style = block.children[0].style
        return Paragraph(
            key=key,
            setting=lines.Setting(
                x=x,
                width=width,
                align=plain.alignment(style, style["text_align_all"]),
                align_last=plain.alignment(
                    style,
                    style["text_align_all"]
                    if style["text_align_last"] == "auto"
                    else style["text_align_last"],
                ),
                wraps=style["white_space"] == "normal",
            ),
            spans=self._spans(block, style),
            slots=tuple(dict.fromkeys(slots)),
        )

    def _margin(
        self, n: int, page: Any, box: Any, boxes: Sequence[Any], slots: list[int]
    ) -> Paragraph:
        """A box of one line whose text grows away from an edge that stays."""
        if len(box.children) != 1 or inner.kind(box.children[0]) != "LineBox":
            raise Unlike("margin")
        style = box.children[0].style
        side, _, corner = box.at_keyword.removeprefix("@").partition("-")
        own = [each for each in boxes if each.at_keyword.startswith(f"@{side}-")]
        align = plain.alignment(style, style["text_align_all"])
        if side not in ("top", "bottom") or plain.is_sized(box.style):
            raise Unlike("margin")
        if (corner, align) == ("center", "center"):
            holds = len(own) == 1
        else:
            holds = (corner, align) in (("left", "start"), ("right", "end")) and not any(
                each.at_keyword.endswith("center") for each in own
            )
        if not holds:
            raise Unlike("margin")
        spans = self._spans(box, style)
        if any(face.heights for span in spans if span for face in span.faces):
            raise Unlike("height")
        # Half of what the others leave: then no box of this side ever has to give way.
        room = page.border_width() - sum(each.margin_width() for each in own if each is not box)
        width = (room - box.margin_width() + box.width) / 2
        shift = {"start": 0.0, "center": 0.5, "end": 1.0}[align] * (box.width - width)
        return Paragraph(
            key=(n, box.at_keyword),
            setting=lines.Setting(
                x=box.content_box_x() + shift,
                width=width,
                align=align,
                align_last=align,
                wraps=False,
            ),
            spans=spans,
            slots=tuple(dict.fromkeys(slots)),
            running=True,
        )

    def _spans(self, block: Any, style: Any) -> tuple[Span | None, ...]:
        """The text of a block. Unlike when it is more than text of one colour."""
        line, *more = block.children
        if more:
            raise Unlike("lines")
        own_height = inner.upright(style)
        found: list[Span | None] = []
        for box, around in _inline(line):
            kind = inner.kind(box)
            if kind == "InlineBox":
                plain.hold_inline(box)
            elif kind != "TextBox":
                raise Unlike("inline")
            elif box.text == "\n":
                found.append(None)
            elif box.text:
                plain.hold_text(box.style, style)
                heights = {inner.upright(each.style) for each in (*around, box)} - {own_height}
                faces = [
                    self._face(box.style, letters, frozenset(heights)) for letters in (False, True)
                ]
                found.append(Span(template(box.text), (faces[0], faces[1])))
        if not found or found[0] is None:
            raise Unlike("break")
        return tuple(found)


def _containers(box: Any, above: tuple[Any, ...]) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """Each box that holds lines, with the boxes around it."""
    if any(inner.kind(child) == "LineBox" for child in box.children):
        yield box, above
    for child in box.children:
        yield from _containers(inner.real(child), (*above, box))


def _texts(block: Any) -> Iterator[Any]:
    """The text boxes of the lines of a block, not those of blocks within it."""
    for line in block.children:
        if inner.kind(line) == "LineBox":
            yield from (box for box, _around in _inline(line) if inner.kind(box) == "TextBox")


def _inline(box: Any, around: tuple[Any, ...] = ()) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """What is in a line, with the inline boxes around it."""
    for child in box.children:
        yield child, around
        if inner.kind(child) in ("InlineBox", "LineBox"):
            yield from _inline(child, (*around, child))
