"""A template with blanks → what may differ in its letters, and how.

A master is all that the template says, with the values of those slots that decide more than words.
It is laid out once with a placeholder in each of the other slots: a private-use character. Where
the placeholders come up, there letters differ: in paragraphs, which `lines` can set, and in the
margins of the page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any

from merge.model import Slotted
from merge.paper.loading import Laid, is_anonymous, kind, page_boxes, unwrapped
from merge.paper.press import lines
from merge.paper.press.internals import Unsupported, Why, line_height
from merge.paper.press.lines import TextStyle, Word, has_letters

_TAGS = re.compile(r"(<[^>]*>)")
_FIRST = 0xE000  # Unicode's private use: no letter has them
_PLACEHOLDERS = re.compile("([\ue000-\uf8ff])")
_END = "\uf8ff"  # `::first-letter` takes half a placeholder, and is found out
_WHOLE = re.compile(f"([\ue000-\uf8fe]){_END}")
_MOST_SLOTS = 0xF8FF - _FIRST


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


def page_with_placeholders(
    parts: Sequence[str], texts: Sequence[str], fixed: frozenset[int] = frozenset()
) -> str:
    """The whole document, with a placeholder in each slot that is not `fixed`.

    Unsupported when one of them could be the author's own.
    """
    if len(texts) > _MOST_SLOTS:
        raise Unsupported("look")
    if any(map(_PLACEHOLDERS.search, (*parts, *(texts[i] for i in fixed)))):
        raise Unsupported("characters")
    values = [text if i in fixed else chr(_FIRST + i) + _END for i, text in enumerate(texts)]
    return Slotted(tuple(parts), tuple(values)).html


def as_text(value: str) -> str:
    """The text of a value in HTML."""
    return unescape(value) if "&" in value else value


def slots_in(text: str) -> list[int]:
    """The slots whose placeholders are in a text, whole or in part."""
    return [ord(found) - _FIRST for found in _PLACEHOLDERS.findall(text) if found != _END]


def pieces(text: str) -> Iterator[str | int]:
    """The text between placeholders, and the slots. Unsupported when a placeholder is not whole."""
    bits = _WHOLE.split(text)
    if any(map(_PLACEHOLDERS.search, bits[::2])):
        raise Unsupported("characters")
    for i, bit in enumerate(bits):
        if bit:
            yield ord(bit) - _FIRST if i % 2 else bit


# --- a paragraph with blanks: its words in one letter, and their lines ----------------------------

MakeStyle = Callable[[Any, bool, frozenset[tuple[float, float]]], TextStyle]
"""From a style of WeasyPrint, whether the text has letters, and the heights of boxes around it."""

_ODD_SPACES = re.compile("^ |  | $")


@dataclass(frozen=True, slots=True)
class Span:
    """Texts and numbers of slots of one style. `styles` are for text without letters, and with."""

    bits: tuple[str | int, ...]
    styles: tuple[TextStyle, TextStyle]

    def words(self, texts: Sequence[str]) -> tuple[TextStyle, list[Word]]:
        """The words in one letter, where no space follows another, and the style that sets them."""
        bits = [texts[bit] if isinstance(bit, int) else bit for bit in self.bits]
        style = self.styles[any(map(has_letters, bits))]
        text = "".join(bits)
        if any(_ODD_SPACES.search(texts[bit]) for bit in self.bits if isinstance(bit, int)):
            text = re.sub(" +", " ", text)
        return style, style.words(text)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph, or a box in the margin, with slots in it.

    `key` finds it among the boxes of any letter of this master: (place of its element in the
    document, its tag), or (page, place in the margin). A `running` one in the margin has lost the
    spaces at its ends.
    """

    key: tuple[int, str]
    setting: lines.Setting
    spans: tuple[Span | None, ...]  # None: a line ends here
    slots: tuple[int, ...]
    running: bool = False

    def set(self, texts: Sequence[str]) -> tuple[lines.Line, ...]:
        """Its lines in one letter. Unsupported when they are beyond `lines`."""
        if self.running and any(texts[slot] != texts[slot].strip() for slot in self.slots):
            raise Unsupported("lines")
        spans: list[tuple[TextStyle, tuple[Word, ...]]] = []
        spaced = True
        for span in self.spans:
            if span is None:
                if not spans:  # a space was all there was before it
                    raise Unsupported("lines")
                spans.append((spans[-1][0], lines.BREAK))
                spaced = True
                continue
            style, words = span.words(texts)
            if spaced and words and words[0].text == " ":
                del words[0]
            if words:
                if style.has_rules_across_spaces:
                    _require_same_in_context(style, words)
                spaced = words[-1].text == " "
                spans.append((style, tuple(words)))
        return lines.set_lines(self.setting, tuple(spans))


def _require_same_in_context(style: TextStyle, words: Sequence[Word]) -> None:
    """Unsupported when one of the words is set otherwise among the others than alone."""
    alone = [glyph for word in words for glyph in word.glyphs]
    if style.glyphs("".join(word.text for word in words)) != (alone, lines.measure(style, words)):
        raise Unsupported("font")


# --- what letters have in common -----------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Master:
    """What letters have in common that differ in some of their slots."""

    paragraphs: tuple[Paragraph, ...]
    margins: tuple[Paragraph, ...]
    pages: int
    elements: int

    def set(self, texts: Sequence[str]) -> list[tuple[lines.Line, ...]]:
        """The lines of each paragraph and margin in one letter. Unsupported as in `lines`."""
        words = [as_text(text) for text in texts]
        return [each.set(words) for each in (*self.paragraphs, *self.margins)]


def master_of(
    parts: Sequence[str],
    texts: Sequence[str],
    fixed: frozenset[int],
    *,
    lay_out: Callable[[str], Laid],
    make_style: MakeStyle,
    know: Callable[[Any], None],
) -> Master | Mapping[int, Why]:
    """The master of letters in which the `fixed` slots say the same as in this one.

    Or the slots that are to be fixed, too, and why: a placeholder came up where more than words in
    a fixed place may stand. `know` gets the style of each text. Unsupported when the page is beyond
    this.
    """
    laid = lay_out(page_with_placeholders(parts, texts, fixed))
    for page in page_boxes(laid.document):
        for box in page.descendants(placeholders=True):
            if kind(box) == "TextBox":
                know(box.style)
    reader = _Reader(laid, make_style)
    if more := dict(reader.fixed(set(range(len(texts))) - fixed)):
        return more
    return Master(
        paragraphs=tuple(reader.paragraphs),
        margins=tuple(reader.margins),
        pages=len(laid.document.pages),
        elements=len(laid.elements),
    )


def slots_in_tags(parts: Sequence[str], parse: Callable[[str], Iterable[Any]]) -> frozenset[int]:
    """The slots in attributes and style sheets."""
    found: set[int] = set()
    for element in parse(page_with_placeholders(parts, parts[1:])):
        for value in element.attrib.values():
            found.update(slots_in(value))
        if element.tag == "style":
            found.update(slots_in(element.text or ""))
    return frozenset(found)


class _Reader:
    """Looks for placeholders in a document that was laid out."""

    def __init__(self, laid: Laid, make_style: MakeStyle) -> None:
        self._laid = laid
        self._make_style = make_style
        self._places: dict[tuple[int, str], tuple[float, float]] = {}
        self.paragraphs: list[Paragraph] = []
        self.margins: list[Paragraph] = []

    def fixed(self, blanks: Iterable[int]) -> Iterator[tuple[int, Why]]:
        """Those of these slots whose values are more than words in a fixed place, and why.

        Once there are none, `paragraphs` and `margins` are complete.
        """
        self._find_places()
        unseen = set(blanks)
        for box in self._laid.root.descendants():
            unseen.difference_update(slots_in(getattr(box, "text", "")))
        for element in self._laid.elements:
            if element.tag == "title" and not len(element):  # of the document: on no page
                unseen.difference_update(slots_in(element.text or ""))
        yield from _fixed(unseen)
        for block, above in _containers(self._laid.root, ()):
            text = "".join(box.text for box in _texts(block))
            if slots := slots_in(text):
                try:
                    self.paragraphs.append(self._paragraph(block, above, slots))
                except Unsupported as unsupported:
                    yield from _fixed(slots, unsupported.why)
        keys = [paragraph.key for paragraph in self.paragraphs]
        for paragraph in self.paragraphs:
            if keys.count(paragraph.key) > 1:
                yield from _fixed(paragraph.slots)
        for n, page in enumerate(page_boxes(self._laid.document)):
            yield from _fixed(self._strays(page))
            margins = [box for box in page.children if kind(box) == "MarginBox"]
            for box in margins:
                text = "".join(each.text for each in _texts(box))
                if slots := slots_in(text):
                    try:
                        self.margins.append(self._margin(n, page, box, margins, slots))
                    except Unsupported as unsupported:
                        yield from _fixed(slots, unsupported.why)

    def _find_places(self) -> None:
        """Where the content of each block begins, and how wide it is."""
        for page in page_boxes(self._laid.document):
            for box in page.descendants(placeholders=True):
                if kind(box) == "BlockBox" and box.element is not None:
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
            if kind(block) == "MarginBox" or self._key(block) in known:
                continue
            for box in _texts(block):
                yield from slots_in(box.text)

    def _paragraph(self, block: Any, above: Sequence[Any], slots: list[int]) -> Paragraph:
        key = self._key(block)
        x, width = self._places.get(key, (0, 0))
        plain = all(_is_plain_block(box, self._laid.style_of) for box in (*above, block))
        if width <= 0 or not plain:
            raise Unsupported("look")
        style = block.children[0].style
        align, align_last = style["text_align_all"], style["text_align_last"]
        return Paragraph(
            key=key,
            setting=lines.Setting(
                x=x,
                width=width,
                align=_alignment(align),
                align_last=_alignment(align if align_last == "auto" else align_last),
                indent=_indent(style, width),
                wraps=style["white_space"] == "normal",
            ),
            spans=self._spans(block, style),
            slots=tuple(dict.fromkeys(slots)),
        )

    def _margin(
        self, n: int, page: Any, box: Any, margins: Sequence[Any], slots: list[int]
    ) -> Paragraph:
        """A box of one line whose text grows away from an edge that stays."""
        if len(box.children) != 1 or kind(box.children[0]) != "LineBox":
            raise Unsupported("look")
        style = box.children[0].style
        side, _, corner = box.at_keyword.removeprefix("@").partition("-")
        own = [each for each in margins if each.at_keyword.startswith(f"@{side}-")]
        align = _alignment(style["text_align_all"])
        if (corner, align) == ("center", "center"):
            holds = len(own) == 1
        else:
            holds = (corner, align) in (("left", "start"), ("right", "end")) and not any(
                each.at_keyword.endswith("center") for each in own
            )
        spans = self._spans(box, style)
        if (
            not holds
            or side not in ("top", "bottom")
            or not _has(box.style, width="auto", min_width="auto")
            or _indent(box.style, 1)
            or any(each.heights for span in spans if span for each in span.styles)
        ):
            raise Unsupported("look")
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
        """The text of a block. Unsupported when it is more than text of one colour."""
        line, *more = block.children
        if more:
            raise Unsupported("look")
        own_height = line_height(style)
        found: list[Span | None] = []
        for box, around in _inline(line):
            if kind(box) == "InlineBox" and _is_plain_inline(box):
                continue
            if kind(box) != "TextBox":
                raise Unsupported("look")
            if box.text == "\n":
                found.append(None)
            elif box.text:
                if not _is_plain_text(box.style, style):
                    raise Unsupported("look")
                heights = {line_height(each.style) for each in (*around, box)} - {own_height}
                without, with_letters = (
                    self._make_style(box.style, letters, frozenset(heights))
                    for letters in (False, True)
                )
                bits = tuple(pieces(box.text))
                found.append(Span(bits, (without, with_letters)))
        if not found or found[0] is None:
            raise Unsupported("lines")
        return tuple(found)


def _fixed(slots: Iterable[int], why: Why = "look") -> Iterator[tuple[int, Why]]:
    return ((slot, why) for slot in slots)


def _containers(box: Any, above: tuple[Any, ...]) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """Each box that holds lines, with the boxes around it."""
    if any(kind(child) == "LineBox" for child in box.children):
        yield box, above
    for child in box.children:
        yield from _containers(unwrapped(child), (*above, box))


def _texts(block: Any) -> Iterator[Any]:
    """The text boxes of the lines of a block, not those of blocks within it."""
    for line in block.children:
        if kind(line) == "LineBox":
            yield from (box for box, _around in _inline(line) if kind(box) == "TextBox")


def _inline(box: Any, around: tuple[Any, ...] = ()) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """What is in a line, with the inline boxes around it."""
    for child in box.children:
        yield child, around
        if kind(child) in ("InlineBox", "LineBox"):
            yield from _inline(child, (*around, child))


# --- what is plain: boxes whose words move nothing but themselves ---------------------------------


def _has(style: Mapping[str, Any], **wanted: Any) -> bool:
    return all(
        style[name] in (value if isinstance(value, tuple) else (value,))
        for name, value in wanted.items()
    )


def _is_plain_block(box: Any, style_of: Callable[..., Any]) -> bool:
    """Whether this is a block of the normal flow, or one of a given width: words move nothing."""
    style = box.style
    return (
        kind(box) == "BlockBox"
        and not is_anonymous(box)
        and not (box.is_flex_item or box.is_grid_item or box.is_column)
        and not (box.transformation_matrix or style["transform"])
        and _has(style, float="none", position=("static", "relative", "absolute"), opacity=1)
        and not (style["position"] == "absolute" and style["width"] == "auto")
        and _has(style, column_width="auto", column_count="auto", direction="ltr")
        and _has(style, text_overflow="clip", block_ellipsis="none")
        and all(style_of(box.element, each) is None for each in ("first-letter", "first-line"))
    )


def _is_plain_text(style: Mapping[str, Any], around: Mapping[str, Any]) -> bool:
    """Text as it stands, whose colour and language are those of the paragraph around it."""
    same = {name: around[name] for name in ("color", "visibility", "white_space", "lang")}
    return (
        _has(style, letter_spacing="normal", word_spacing=0, text_decoration_line="none")
        and _has(style, word_break="normal", text_transform="none", vertical_align="baseline")
        and _has(style, white_space=("normal", "nowrap"))
        and bool(style["font_size"])
        and not style["hyphenate_limit_zone"].value
        and all(style[name] == value for name, value in same.items())
    )


def _is_plain_inline(box: Any) -> bool:
    """Whether a box within a line draws and shifts nothing."""
    style = box.style
    sides = ("top", "right", "bottom", "left")
    lengths = [style[f"{kind}_{side}"] for kind in ("margin", "padding") for side in sides]
    return (
        _has(style, float="none", position="static", vertical_align="baseline", direction="ltr")
        and not (box.link or box.is_leader or style["background_color"].alpha)
        and not (style["outline_width"] or style["box_shadow"])
        and all(image[0] == "none" for image in style["background_image"])
        and not any(style[f"border_{side}_width"] for side in sides)
        and not any(getattr(length, "value", 1) for length in lengths)
    )


def _alignment(align: str) -> Any:
    """The alignment as `lines` names it."""
    return {"left": "start", "right": "end"}.get(align, align)


def _indent(style: Mapping[str, Any], width: float) -> float:
    indent = style["text_indent"]
    if not hasattr(indent, "value"):  # it is calculated
        raise Unsupported("look")
    return float(width * indent.value / 100 if indent.unit == "%" else indent.value)
