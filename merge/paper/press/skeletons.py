"""A page with blanks → what can change on it, and how.

A skeleton is all that the template says, with the values of those slots that decide more than
words. It is laid out once with a mark in each of the other slots. Where the marks come up, there
the letters differ: in paragraphs, which `lines` can set, and in the margins of the page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any

from merge.model import Slotted
from merge.paper.press import inner, lines
from merge.paper.press.faces import Face, Word, has_letters
from merge.paper.press.inner import Unlike

_TAGS = re.compile(r"(<[^>]*>)")
_FIRST_MARK = 0xE000  # Unicode's private use: no letter has them
_MARKS = re.compile("([\ue000-\uf8ff])")
_MARK_ENDS = "\uf8ff"  # what takes the first letter of a value takes half a mark, and is found out
_WHOLE_MARKS = re.compile(f"([\ue000-\uf8fe]){_MARK_ENDS}")
_MOST_SLOTS = 0xF8FF - _FIRST_MARK


def flat(page: Slotted) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A page whose values are text only and never blank: all else is said by its parts."""
    parts = [page.parts[0]]
    texts: list[str] = []
    for value, part in zip(page.values, page.parts[1:], strict=True):
        bits = _TAGS.split(value) if "<" in value else (value,)
        for i, bit in enumerate(bits):
            if i % 2 or not bit or bit.isspace():
                parts[-1] += bit
            else:
                texts.append(bit)
                parts.append("")
        parts[-1] += part
    return tuple(parts), tuple(texts)


class Phrase(str):
    """Whole words of a template, from a space to a space: they are the same in all letters."""

    __slots__ = ()


MakeFace = Callable[[Any, bool, frozenset[tuple[float, float]]], Face]
"""The face of a style, for texts with or without letters, where boxes have other heights."""

Template = tuple[Phrase | str | int, ...]
"""Text, and the numbers of slots in it."""

_PHRASE = re.compile("([^ ]*)( .* )([^ ]*)")
_ODD_SPACES = re.compile("^ |  | $")


@dataclass(frozen=True, slots=True)
class Span:
    """Text of one style. `faces` are for texts without letters, and with."""

    template: Template
    faces: tuple[Face, Face]

    def words(self, texts: Sequence[str]) -> tuple[Face, list[Word]]:
        """Those of one letter, where no space follows another, in the face that sets them."""
        bits = [texts[bit] if isinstance(bit, int) else bit for bit in self.template]
        face = self.faces[any(map(has_letters, bits))]
        if any(_ODD_SPACES.search(texts[bit]) for bit in self.template if isinstance(bit, int)):
            return face, face.words(re.sub(" +", " ", "".join(bits)))
        found: list[Word] = []
        loose = ""
        for bit in bits:
            if isinstance(bit, Phrase):
                if loose:
                    found += face.words(loose)
                    loose = ""
                found += face.phrase(bit)
            else:
                loose += bit
        if loose:
            found += face.words(loose)
        return face, found


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph, or a box in the margin, with slots in it.

    `key` finds it among the boxes of any letter with this skeleton: (place of its element in the
    document, its tag), or (page, place in the margin).
    """

    key: tuple[int, str]
    setting: lines.Setting
    spans: tuple[Span | None, ...]  # None: a line ends here
    slots: tuple[int, ...]

    def set(self, texts: Sequence[str], tails: lines.Tails) -> tuple[lines.Line, ...]:
        """Its lines in one letter. Unlike when they are beyond `lines`."""
        spans: list[tuple[Face, tuple[Word, ...]]] = []
        spaced = True
        for span in self.spans:
            if span is None:
                spans.append((spans[-1][0], lines.BREAK))
                spaced = True
                continue
            face, words = span.words(texts)
            if spaced and words and words[0].text == " ":
                del words[0]
            if words:
                spaced = words[-1].text == " "
                spans.append((face, tuple(words)))
        return lines.set_lines(self.setting, tuple(spans), tails)


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
) -> Skeleton:
    """Lay the skeleton out until no mark comes up where only words of a fixed place may stand.

    `frozen` are the slots known to be none of those. Unlike when the page is beyond this.
    """
    while True:
        laid = lay_out(filled(parts, _marked(texts, frozen)))
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
    hold_no_marks(parts)
    if len(texts) > _MOST_SLOTS:
        raise Unlike("too-many-blanks")
    found: set[int] = set()
    for element in parse(filled(parts, _marked(texts, frozenset()))):
        for value in element.attrib.values():
            found.update(_slots(value))
        if element.tag == "style":
            found.update(_slots(element.text or ""))
    return frozenset(found)


def hold_no_marks(texts: Iterable[str]) -> None:
    """Unlike when one of them has what stands for a slot."""
    if any(map(_MARKS.search, texts)):
        raise Unlike("private-use")


def _marked(texts: Sequence[str], frozen: frozenset[int]) -> list[str]:
    marks = [chr(_FIRST_MARK + i) + _MARK_ENDS for i in range(len(texts))]
    return [text if i in frozen else marks[i] for i, text in enumerate(texts)]


def filled(parts: Sequence[str], texts: Sequence[str]) -> str:
    """The whole document."""
    return Slotted(tuple(parts), tuple(texts)).html


def as_text(value: str) -> str:
    """What a value in HTML says."""
    return unescape(value) if "&" in value else value


def _slots(text: str) -> list[int]:
    return [ord(mark) - _FIRST_MARK for mark in _MARKS.findall(text) if mark != _MARK_ENDS]


def _template(text: str) -> Template:
    bits = _WHOLE_MARKS.split(text)
    if any(_MARKS.search(bit) for bit in bits[::2]):
        raise Unlike("part-of-value")
    found: list[Phrase | str | int] = []
    for i, bit in enumerate(bits):
        if i % 2:
            found.append(ord(bit) - _FIRST_MARK)
        elif phrase := _PHRASE.fullmatch(bit):
            found += (phrase[1], Phrase(phrase[2]), phrase[3])
        else:
            found.append(bit)
    return tuple(bit for bit in found if bit != "")


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
            unseen.difference_update(_slots(getattr(box, "text", "")))
        for element in self._laid.elements:
            if element.tag == "title" and not len(element):  # of the document: on no page
                unseen.difference_update(_slots(element.text or ""))
        yield from unseen
        for block, above in _containers(self._laid.root, ()):
            text = "".join(box.text for box in _texts(block))
            if slots := _slots(text):
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
                if slots := _slots(text):
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
                yield from _slots(box.text)

    def _paragraph(self, block: Any, above: Sequence[Any], slots: list[int]) -> Paragraph:
        for box in (*above, block):
            _hold_plain_block(box, self._laid.style_of)
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
                align=_alignment(style, style["text_align_all"]),
                align_last=_alignment(
                    style,
                    style["text_align_all"]
                    if style["text_align_last"] == "auto"
                    else style["text_align_last"],
                ),
                wraps=style["white_space"] == "normal",
                limits=style["hyphenate_limit_chars"] if style["hyphens"] == "auto" else None,
                hyphen=style["hyphenate_character"],
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
        align = _alignment(style, style["text_align_all"])
        if side not in ("top", "bottom") or _is_sized(box.style):
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
                _hold_plain_inline(box)
            elif kind != "TextBox":
                raise Unlike("inline")
            elif box.text == "\n":
                found.append(None)
            elif box.text:
                _hold_plain_text(box.style, style)
                heights = {inner.upright(each.style) for each in (*around, box)} - {own_height}
                faces = [
                    self._face(box.style, letters, frozenset(heights)) for letters in (False, True)
                ]
                found.append(Span(_template(box.text), (faces[0], faces[1])))
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


# --- what is plain --------------------------------------------------------------------------------


def _holds(style: Mapping[str, Any], **wanted: Any) -> None:
    for name, value in wanted.items():
        if style[name] not in (value if isinstance(value, tuple) else (value,)):
            raise Unlike(name)


def _hold_plain_block(box: Any, style_of: Callable[..., Any]) -> None:
    """A block of the normal flow, or one of a given width: the words in it move nothing."""
    style = box.style
    if inner.kind(box) != "BlockBox" or inner.is_anonymous(box):
        raise Unlike("box")
    if box.is_flex_item or box.is_grid_item or box.is_column or box.transformation_matrix:
        raise Unlike("box")
    _holds(style, float="none", position=("static", "relative", "absolute"), opacity=1)
    _holds(style, column_width="auto", column_count="auto", direction="ltr")
    _holds(style, text_overflow="clip", block_ellipsis="none")
    if style["transform"] or (style["position"] == "absolute" and style["width"] == "auto"):
        raise Unlike("box")
    for pseudo in ("first-letter", "first-line"):
        if style_of(box.element, pseudo) is not None:
            raise Unlike(pseudo)


def _hold_plain_text(style: Mapping[str, Any], around: Mapping[str, Any]) -> None:
    _holds(style, letter_spacing="normal", word_spacing=0, text_decoration_line="none")
    _holds(style, overflow_wrap="normal", word_break="normal", text_transform="none")
    _holds(style, white_space=("normal", "nowrap"), vertical_align="baseline")
    if not style["font_size"] or style["hyphenate_limit_zone"].value:
        raise Unlike("style")
    for name in ("color", "visibility", "white_space", "hyphens", "lang", "hyphenate_limit_chars"):
        _holds(style, **{name: (around[name],)})


def _hold_plain_inline(box: Any) -> None:
    style = box.style
    _holds(style, float="none", position="static", vertical_align="baseline", direction="ltr")
    if box.link or box.is_leader or style["background_color"].alpha or style["outline_width"]:
        raise Unlike("inline")
    if any(image[0] != "none" for image in style["background_image"]) or style["box_shadow"]:
        raise Unlike("inline")
    if any(style[f"border_{side}_width"] for side in ("top", "right", "bottom", "left")):
        raise Unlike("inline")
    for side in ("top", "right", "bottom", "left"):
        for length in (style[f"margin_{side}"], style[f"padding_{side}"]):
            if getattr(length, "value", 1):
                raise Unlike("inline")


def _is_sized(style: Mapping[str, Any]) -> bool:
    return any(style[name] != "auto" for name in ("width", "min_width"))


def _alignment(style: Mapping[str, Any], align: str) -> Any:
    if getattr(style["text_indent"], "value", 1):
        raise Unlike("indent")
    return {"left": "start", "right": "end"}.get(align, align)
