"""A machine that has some fonts alone, and a font of our own: pages are the same everywhere."""

from __future__ import annotations

from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from merge.paper import fonts

OWN_FONT = "own.ttf"


def fontconfig(folder: Path, *fonts: Path) -> Path:
    """A file for $FONTCONFIG_FILE under which there are only the fonts of some folders."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "fonts.conf"
    known = "".join(f"<dir>{each}</dir>" for each in fonts)
    path.write_text(f"<fontconfig>{known}<cachedir>{folder}/cache</cachedir></fontconfig>")
    return path


OF_THE_PROGRAM = Path(fonts.__file__).parent
"""The folder of the font files that come with the program."""


def write_own_font(
    folder: Path,
    name: str = OWN_FONT,
    family: str = "Own",
    letters: str = "abcdefghijklmnopqrstuvwxyz .,'",
) -> Path:
    """A font file for `@font-face`: small letters and a few signs, each a bar of its own width."""
    widths = {f"g{i}": 300 + 37 * (i * 7 % 13) for i, _ in enumerate(letters)}
    widths[".notdef"] = 500
    glyphs = {}
    for i, (glyph, width) in enumerate(widths.items()):
        pen = TTGlyphPen(None)
        if glyph != f"g{letters.find(' ')}":
            corners = [(40, 0), (40, 400 + 10 * i), (width - 40, 400 + 10 * i), (width - 40, 0)]
            pen.moveTo(corners[0])
            for corner in corners[1:]:
                pen.lineTo(corner)
            pen.closePath()
        glyphs[glyph] = pen.glyph()
    font = FontBuilder(1000, isTTF=True)
    font.setupGlyphOrder([".notdef", *(glyph for glyph in widths if glyph != ".notdef")])
    font.setupCharacterMap({ord(letter): f"g{i}" for i, letter in enumerate(letters)})
    font.setupGlyf(glyphs)
    font.setupHorizontalMetrics({glyph: (width, 0) for glyph, width in widths.items()})
    font.setupHorizontalHeader(ascent=800, descent=-200)
    font.setupNameTable({"familyName": family, "styleName": "Regular"})
    font.setupOS2(sTypoAscender=800, sTypoDescender=-200, usWinAscent=800, usWinDescent=200)
    font.setupPost()
    font.save(folder / name)
    return folder / name
