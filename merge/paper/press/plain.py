"""What is plain: boxes whose words move nothing but themselves. For all others, Unlike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from merge.paper.press import inner
from merge.paper.press.inner import Unlike


def _holds(style: Mapping[str, Any], **wanted: Any) -> None:
    for name, value in wanted.items():
        if style[name] not in (value if isinstance(value, tuple) else (value,)):
            raise Unlike(name)


def hold_block(box: Any, style_of: Callable[..., Any]) -> None:
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


def hold_text(style: Mapping[str, Any], around: Mapping[str, Any]) -> None:
    """Text as it stands, whose colour and language are those of the paragraph around it."""
    _holds(style, letter_spacing="normal", word_spacing=0, text_decoration_line="none")
    _holds(style, word_break="normal", text_transform="none")
    _holds(style, white_space=("normal", "nowrap"), vertical_align="baseline")
    if not style["font_size"] or style["hyphenate_limit_zone"].value:
        raise Unlike("style")
    for name in ("color", "visibility", "white_space", "lang"):
        _holds(style, **{name: (around[name],)})


def hold_inline(box: Any) -> None:
    """A box within a line that draws and shifts nothing."""
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


def is_sized(style: Mapping[str, Any]) -> bool:
    """Whether a box is as wide as it is told."""
    return any(style[name] != "auto" for name in ("width", "min_width"))


def alignment(style: Mapping[str, Any], align: str) -> Any:
    """As `lines` names it."""
    if getattr(style["text_indent"], "value", 1):
        raise Unlike("indent")
    return {"left": "start", "right": "end"}.get(align, align)
