"""Lengths as the files of letters write them, in centimetres, and what an indent becomes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

_TWIPS_A_CM = 567
_EMU_A_CM = 360_000
_TO_CM: Mapping[str, float] = MappingProxyType(
    {
        **{"cm": 1.0, "mm": 0.1, "in": 2.54, "pt": 2.54 / 72, "pc": 2.54 / 6},
        **{"px": 2.54 / 96, "": 2.54 / 96},  # CSS and VML
    }
)
_LENGTH = re.compile(r"(-?[0-9]{1,5}(?:\.[0-9]{1,6})?)([a-z]{0,2})")
_DEEP_CM = 4.0  # an indent that pushes a block into the right half of the page
_TAB_CM = 1.25


def cm(typed: str) -> float:
    """A length with its unit ("12pt"); 0 for what is none, such as a share of another."""
    found = _LENGTH.fullmatch(typed)
    return float(found[1]) * _TO_CM.get(found[2], 0.0) if found else 0.0


def cm_of_twips(twips: int) -> float:
    """Word's unit of indents (ECMA-376 Part 1, §22.9.2.14)."""
    return twips / _TWIPS_A_CM


def cm_of_emu(emu: int) -> float:
    """Word's unit of pictures (ECMA-376 Part 1, §20.1.2.1)."""
    return emu / _EMU_A_CM


def width(length_cm: float) -> str:
    """The width of a picture in Markdown, "" for none."""
    return f"{length_cm:.2f}".rstrip("0").rstrip(".") + "cm" if length_cm > 0 else ""


def indent(left_cm: float, first_line_cm: float, tabs: int) -> tuple[str, Sequence[str]]:
    """The div of a block that starts so far to the right ("indent" or ""), and LOOKS that it loses.

    `tabs` are those that its words begin with.
    """
    left_cm += tabs * _TAB_CM
    lost = ["tabs"] if tabs else []
    if left_cm >= _DEEP_CM:
        lost.append("deep-indent")
    elif first_line_cm >= 0.5:
        lost.append("first-line")
    return "indent" if left_cm >= 0.99 else "", lost
