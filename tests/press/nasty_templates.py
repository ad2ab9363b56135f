"""Templates that are hard to set fast, as `nasty/*.html` has them, filled for hard recipients.

A template begins with a comment on a line of its own, `<!-- name: why it is hard -->`, and goes on
to the next one. Where it is no whole document it stands in a frame of A4 and French. `&filler;` is
a sentence of three lines, `&pageful;` paragraphs that nearly fill a page; between `&address;` and
`&end;` stands an address as a letter has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from merge.letters import addresses, filling
from merge.letters.filling import Compiled
from merge.model import Slotted
from tests.press.recipients import RECIPIENTS, Hard

FOLDER = Path(__file__).parent / "nasty"
OWN_FONT = "own.ttf"
FRAME = (
    '<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>Lettre</title><style>'
    "@page { size: A4; margin: 20mm } "
    'html { font: 11pt/1.4 "Publipostage Serif", serif } '
    "p { margin: 0 0 3mm; text-align: justify; hyphens: auto }"
    "</style></head><body>%s</body></html>"
)
FILLER = (
    "La rue est un espace de rencontres, d'exercice de nos droits politiques, un lieu de création "
    "au sein duquel une surveillance aussi massive qu'intrusive n'a pas sa place : l'œuvre de "
    "quelques habitant·es, à Zürich comme à L'Haÿ-les-Roses."
)
PAGEFUL = f"<p>{FILLER}</p>" * 12

_TITLE = re.compile(r"^<!-- ([^:\n]+): (.+) -->$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Nasty:
    """One template. `group` is the file that it stands in."""

    group: str
    name: str
    why: str
    source: str

    def letters(self, recipients: Iterable[Hard] = RECIPIENTS) -> list[tuple[str, Slotted]]:
        """The letter of each recipient, by its key."""
        return [(each.key, self._compiled.slotted(each.values)) for each in recipients]

    @cached_property
    def _compiled(self) -> Compiled:
        source = self.source if self.source.startswith("<!DOCTYPE") else FRAME % self.source
        source = source.replace("&filler;", FILLER).replace("&pageful;", PAGEFUL)
        source = source.replace("&address;", addresses.OPENING).replace("&end;", addresses.CLOSING)
        return filling.compile_html(source, f"{self.group}.html")


def _read(path: Path) -> Iterable[Nasty]:
    _, *found = _TITLE.split(path.read_text(encoding="utf-8"))
    for name, why, source in zip(*[iter(found)] * 3, strict=True):
        yield Nasty(group=path.stem, name=name, why=why, source=source.strip())


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


SIGNS = (
    *("Rennes", "Brest", "Vannes", "Nantes"),  # the first letters are harmless
    *("12 - 14", "A : B", "1 + 1", "LE PORT – EST", "a @ B", "7 x 7", "(4) / 5", "10 : 30"),
    *("H - h", "= 3 *", "« 8 »", "Y . T", "to AV", "F & G", "1 → 2", "fi - fl", "3 °C", "n° 7 - 9"),
)


def signs_in(family: str) -> list[tuple[str, Slotted]]:
    """Letters with signs between spaces, in one family and in two sizes of it."""
    style = (
        f'html {{ font-family: "{family}", serif }} small {{ font-size: 8pt }} '
        f'@page {{ @bottom-left {{ font: 8pt "{family}", serif; content: "À " string(sign) }} }} '
        "b { string-set: sign content() }"
    )
    source = (
        f"<style>{style}</style><p>Le {{{{ sign }}}} et <b>{{{{ sign }}}}</b>. &filler;</p>"
        "<p>{{ sign }} {{ number }} ou {{ number }} {{ sign }} &filler; {{ sign }}</p>"
        "<p><small>{{ sign }}, en petit {{ number }}. &filler;</small></p>"
    )
    nasty = Nasty(group="signs", name=family, why="a font may look across a space", source=source)
    return [
        (sign, nasty._compiled.slotted({"sign": sign, "number": str(number)}))
        for number, sign in enumerate([*SIGNS, *SIGNS[::-1]], 3)
    ]


TEMPLATES = tuple(each for path in sorted(FOLDER.glob("*.html")) for each in _read(path))
