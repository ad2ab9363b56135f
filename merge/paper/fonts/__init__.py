"""The fonts that come with the program: a machine without any prints the same page.

A look asks for them as "Publipostage Serif" and "Publipostage Mono". Under these names they never
mix with another version of the same fonts, which a system may have under their own; looks from
before find them under their own too. `configuration` adds those that a campaign names,
`subset` cuts one for the marks of a sheet, and `widths` tells how long a line is. SOURCES.md tells
where they are from.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator

SERIF, MONO = "Publipostage Serif", "Publipostage Mono"
TEXT, TYPEWRITER = "LiberationSerif-Regular.ttf", "LiberationMono-Regular.ttf"
_FACES = (
    (SERIF, TEXT, "normal", "normal"),
    (SERIF, "LiberationSerif-Bold.ttf", "normal", "bold"),
    (SERIF, "LiberationSerif-Italic.ttf", "italic", "normal"),
    (SERIF, "LiberationSerif-BoldItalic.ttf", "italic", "bold"),
    (MONO, TYPEWRITER, "normal", "normal"),
)

FONTS = "fonts:///"
"""Where the look of a page finds them: no path of this machine."""


def faces() -> str:
    """The CSS that makes them known, to be read once for many pages."""
    return "".join(_face(*face) for face in _FACES)


def names() -> Iterator[str]:
    """Their files, each of which `content` takes."""
    return (name for _family, name, _style, _weight in _FACES)


def content(name: str) -> bytes:
    """The bytes of one of them. FileNotFoundError for what does not come with the program."""
    data = pkgutil.get_data(__package__, name) if name in names() else None
    if data is None:
        raise FileNotFoundError(name)
    return data


def _face(family: str, name: str, style: str, weight: str) -> str:
    return (
        f'@font-face {{ font-family: "{family}"; font-style: {style}; font-weight: {weight}; '
        f'src: url("{FONTS}{name}") }}\n'
    )
