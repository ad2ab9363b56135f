"""A table that is wider than its page → the same in smaller letters, and at last in broken words.

WeasyPrint lets it run over the edge of the sheet, without a word.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

_ROUNDED_PX = 0.1
# How a table gives way, step by step. Words that may end anywhere take WeasyPrint a hundred times
# as long, so they come last.
_SMALLER = "th, td { font-size: 7.5pt !important; padding: 0.6mm 2mm 0.6mm 0 !important }"
_BROKEN = "th, td, th *, td * { overflow-wrap: anywhere !important }"


def fitted(parsed: Any, render: Callable[[Sequence[str]], Any]) -> Any:
    """The document that `render` lays out with the first of these styles in which it fits.

    `parsed` is the same before it is laid out.
    """
    document = render(())
    if next(parsed.etree_element.iter("table"), None) is None:
        return document
    for styles in ((_SMALLER,), (_SMALLER, _BROKEN)):
        if not _is_too_wide(document):
            break
        document = render(styles)
    return document


def _is_too_wide(document: Any) -> bool:
    """Whether a table leaves the text area of a page."""
    from merge.paper.press.internals import boxes  # whose package imports who calls this

    return any(
        boxes.kind(box) == "TableBox"
        and box.position_x + box.margin_width() > page.content_box_x() + page.width + _ROUNDED_PX
        for page in boxes.page_boxes(document)
        for box in page.descendants()
    )
