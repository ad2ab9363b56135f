"""Everything of WeasyPrint that is not its public interface. Nothing else in the press imports it.

Held to one major version (`pyproject.toml`, and `is_known` where somebody has another). What it
relies on, and why nothing public would do:

- `document.layout_document` is watched, to see the boxes before their lines are broken;
- `draw.draw_text` is watched, to know which operators draw which line;
- `layout.inline.split_first_line`, which `layout.preferred` has too, and `draw.draw_text` are not
  asked twice for the same text;
- `text.line_break.Layout`, `strut`, `get_log_attrs`, `get_next_word_boundaries` and the key of a
  font's style: words must be shaped and broken by the very settings that WeasyPrint gives Pango;
- `pdf.stream.Stream` and `pdf.fonts.Font`: what a page draws with is put into its document.

These functions are put back at once, whatever happens (`patching`). `shaping` knows how words are
set, `boxes` what was laid out, `drawing` its operators; `writing` gives WeasyPrint pages to write,
and `memory` saves it from setting the same text twice.
"""

from merge.paper.press.inner.boxes import (
    Laid,
    elements,
    is_anonymous,
    kind,
    lay_out,
    page_boxes,
    real,
)
from merge.paper.press.inner.drawing import Frame, Needs, Shelf, draw
from merge.paper.press.inner.memory import Memory, remembering
from merge.paper.press.inner.patching import is_known
from merge.paper.press.inner.shaping import UNITS, Glyph, Shaped, Shaper, face_key, upright
from merge.paper.press.inner.unlike import Unlike
from merge.paper.press.inner.writing import Glyphs, Ink, Sheet

__all__ = [
    "UNITS",
    "Frame",
    "Glyph",
    "Glyphs",
    "Ink",
    "Laid",
    "Memory",
    "Needs",
    "Shaped",
    "Shaper",
    "Sheet",
    "Shelf",
    "Unlike",
    "draw",
    "elements",
    "face_key",
    "is_anonymous",
    "is_known",
    "kind",
    "lay_out",
    "page_boxes",
    "real",
    "remembering",
    "upright",
]
