"""Everything of WeasyPrint that is not its public interface. Nothing else in the press imports it.

Held to one major version (`pyproject.toml`, and `boxes.is_known` where somebody has another). What
it relies on, and why nothing public would do:

- `document.layout_document` is wrapped, to see the boxes before their lines are broken;
- `draw.draw_text` is wrapped, to know which operators draw which line;
- `layout.inline.get_next_linebox`, `split_text_box` and `layout.block._linebox_layout` are wrapped
  for good, and so is `pyphen` in `text.line_break`: how many lines end on a hyphen, and whether a
  page does, it asks nobody;
- `text.line_break.Layout`, `strut`, `get_log_attrs`, `get_next_word_boundaries` and the key of a
  font's style: words must be shaped and broken by the very settings that WeasyPrint gives Pango;
- `pdf.stream.Stream` and `pdf.fonts.Font`: what a page draws with is put into its document.

`boxes` knows what was laid out, `drawing` its operators and the pages that WeasyPrint writes,
`shaping` how words are set, `hyphens` where they are cut, `opentype` what a font's rules look at.
"""

from __future__ import annotations

from typing import Literal

Why = Literal["few-letters", "characters", "hyphen", "font", "lines", "look"]
"""What a person may do something about; which line of which module it was, its traceback says."""


class Unsupported(Exception):
    """The press cannot be sure to set this as WeasyPrint does."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why
