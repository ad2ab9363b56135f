"""Plain documents that are much alike, whose texts are not set again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from typing import Any, NamedTuple

from merge.paper.press.inner.drawing import no_resources, sketch_class
from merge.paper.press.inner.patching import replaced
from merge.paper.press.inner.shaping import Glyph
from merge.paper.press.inner.unlike import Unlike

_SETS = (  # what of a style decides how a text is set, beside its font
    *("direction", "white_space", "word_break", "overflow_wrap", "tab_size", "font_kerning"),
    *("word_spacing", "letter_spacing", "text_decoration_line", "hyphens"),
    *("hyphenate_limit_chars", "hyphenate_limit_zone", "hyphenate_character"),
)


class _Drawing(NamedTuple):
    """A text in one font, as it is drawn where its glyphs have these widths."""

    key: int
    font: Any
    size: float
    text: str
    glyphs: tuple[Glyph, ...]


class Memory:
    """How texts were broken into lines, and drawn, from all that it depends on."""

    def __init__(self) -> None:
        self.broken: dict[object, tuple[Any, ...]] = {}
        self.drawn: dict[object, _Drawing | None] = {}
        self._styles: dict[int, tuple[Any, tuple[str, ...]]] = {}

    def forget(self, beyond: int) -> None:
        """Drop what is for one document, and the rest when it is too much."""
        self._styles.clear()
        for memory in (self.broken, self.drawn):
            if len(memory) > beyond:
                memory.clear()

    def style(self, style: Any) -> tuple[str, ...]:
        """The same for two styles that set a text alike."""
        known = self._styles.get(id(style))
        if known is None:
            from weasyprint.text.line_break import _font_style_cache_key

            font = _font_style_cache_key(style, include_size=True)
            known = style, (font, *[str(style[name]) for name in _SETS])
            self._styles[id(style)] = known  # and the style with it, for its id to stay its own
        return known[1]


@contextmanager
def remembering(memory: Memory) -> Iterator[None]:
    """While a document is laid out and drawn, do not set again what the memory has."""
    from weasyprint import draw
    from weasyprint.layout import inline, preferred

    def split_first_line(
        text: str,
        style: Any,
        context: Any,
        max_width: float | None,
        spacing: float,
        is_line_start: bool = True,
        minimum: bool = False,
    ) -> Any:
        key = (text, memory.style(style), max_width, spacing, is_line_start, minimum)
        broken = memory.broken.get(key)
        if broken is None:
            broken = memory.broken[key] = split(
                text, style, context, max_width, spacing, is_line_start, minimum
            )
        layout, *measures = broken
        return copy(layout), *measures  # who draws it may change its text

    def draw_text(to: Any, box: Any, *rest: Any) -> None:
        layout = box.pango_layout
        key = (layout.text, memory.style(box.style), layout.justification_spacing, rest[1:])
        if key not in memory.drawn:
            memory.drawn[key] = _drawing(box, rest, drawn)
        drawing = memory.drawn[key]
        if drawing is None or box.style["visibility"] != "visible" or not _has(to, drawing):
            drawn(to, box, *rest)
            return
        to.set_color(box.style["color"])
        to.begin_text()
        to.set_text_matrix(1, 0, 0, -1, box.position_x, box.position_y + box.baseline)
        to.set_font_size(drawing.font.hash, drawing.size)
        to.show_text(drawing.text)
        to.end_text()

    with (
        replaced(draw, "draw_text", draw_text) as drawn,
        replaced(preferred, "split_first_line", split_first_line),
        replaced(inline, "split_first_line", split_first_line) as split,
    ):
        yield


def _drawing(box: Any, rest: Sequence[Any], draw_text: Callable[..., None]) -> _Drawing | None:
    """How a text is drawn in a file of its own; None when that is more than one text object."""
    style = box.style
    if style["visibility"] != "visible" or style["text_decoration_line"] != "none":
        return None
    fonts: dict[int, Any] = {}
    aside = sketch_class()(fonts, (0, 0, 1, 1), no_resources(), {}, None, {}, None)
    try:
        draw_text(aside, box, *rest)
    except Unlike:
        return None
    if len(fonts) != 1 or aside.stream[-5:-4] != [b"BT"] or aside.stream[-1] != b"ET":
        return None
    ((key, font),) = fonts.items()
    if font.missing or font.png or font.svg or font.colr or font.bitmap:
        return None
    glyphs = [Glyph(number, text, font.widths[number]) for number, text in font.to_unicode.items()]
    _name, size = aside._old_font
    return _Drawing(key, font, size, aside.stream[-2][1:-4].decode(), tuple(glyphs))


def _has(stream: Any, drawing: _Drawing) -> bool:
    """Give a stream's document the glyphs of a drawing, if they are as wide there."""
    font = stream._fonts.get(drawing.key)
    if font is None:
        font = stream._fonts[drawing.key] = copy(drawing.font)
        font.to_unicode, font.widths, font.missing = {}, {}, {}
    if any(font.widths.get(glyph.id, glyph.width) != glyph.width for glyph in drawing.glyphs):
        return False
    for glyph in drawing.glyphs:
        font.to_unicode.setdefault(glyph.id, glyph.text)
        font.widths.setdefault(glyph.id, glyph.width)
    return True
