"""How well a colour is read on white paper, as WCAG 2.2 measures it. Pure."""

from __future__ import annotations

LEAST_CONTRAST = 4.5
"""Of words (success criterion 1.4.3)."""


def contrast_on_white(colour: str) -> float:
    """From 1, white, to 21, black; `colour` is #rrggbb or #rgb."""
    digits = colour.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(each * 2 for each in digits)
    red, green, blue = (_linear(int(digits[i : i + 2], 16) / 255) for i in (0, 2, 4))
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _linear(share: float) -> float:
    """The light of one of the three in sRGB."""
    return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)
