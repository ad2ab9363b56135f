"""Templates that are hard to set fast, as `nasty/*.html` has them, filled for hard recipients.

The recipients are made up, but for the towns' names. A template begins with a comment on a line of
its own, `<!-- name: why it is hard -->`, and goes on to the next one. Where it is no whole document
it stands in a frame of A4 and French. `&filler;` is a sentence of three lines, `&pageful;`
paragraphs that nearly fill a page; between `&address;` and `&end;` stands an address as a letter
has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from markupsafe import Markup

from merge.french import grammar
from merge.french.communes import reference
from merge.letters import addresses, filling
from merge.letters.filling import Compiled
from merge.model import Slotted

MANY_WORDS = (
    "rue espace rencontres exercice droits politiques lieu création surveillance massive place "
    "œuvre quelques habitants demandons mairie engager jamais installer caméras parce que "
) * 6

NO_FONT = "\ue000"  # private use: no font here has a glyph for it
EMOJI = "\N{CAMERA}\N{VARIATION SELECTOR-16}\N{GRINNING FACE}"
ARABIC = "بلدية رين"
HEBREW = "עיריית רן"


@dataclass(frozen=True, kw_only=True)
class Hard:
    """One recipient, and what makes it hard.

    `values` fill the blanks of a nasty template: `town`, `de` and `a` are its name and what "de"
    and "à" make of it, `person` is who is written to, `street` a line of the address, `note` what
    someone typed into the sheet, `number` a count, `page` a word for a URL, `markup` a value that
    is HTML (as `commune|de(gras=true)` is).
    """

    key: str
    why: str
    values: Mapping[str, str]


def _hard(
    key: str,
    why: str,
    town: str,
    *,
    person: str = "Camille Exemple",
    street: str = "1 place de la Mairie",
    note: str = "à lire en conseil",
    number: str = "12",
    page: str = "lettre",
    markup: str | None = None,
) -> Hard:
    """A recipient in a commune of the reference, by its INSEE code, or in a made-up one."""
    commune = reference().get(town)
    name, code = (commune.name, commune.article_code) if commune else (town, 0)
    bold = grammar.de(name, code)
    if markup is None:
        markup = f"{bold.before}<strong>{bold.name}</strong>" if commune else f"<b>{town}</b>"
    return Hard(
        key=key,
        why=why,
        values={
            "town": grammar.bare(name) or name,
            "de": str(bold),
            "a": str(grammar.a(name, code)),
            "person": person,
            "street": street,
            "note": note,
            "number": number,
            "page": page,
            "markup": Markup(markup),  # noqa: S704 - that it is HTML is what makes it hard
        },
    )


RECIPIENTS = (
    _hard("plain", "a usual town, which others are compared with", "35238"),
    _hard("twin", "another town with a name of the same width or nearly", "31555"),
    _hard("shortest", "one letter", "80829", person="O", street="Y", note="Oui", number="1"),
    _hard("longest", "the longest name of all communes", "51513", note="pour l'élu de permanence"),
    _hard("contracted", "du Havre, au Havre", "76351", number="0"),
    _hard("plural", "des Sables, aux Sables, an apostrophe", "85194", page="a-b_c"),
    _hard("ligature-letters", "œ at the head: d'Œuilly", "02565", note="son cœur, son œuvre, ÆSIR"),
    _hard("far-letters", "ÿ, ñ, ő: letters that French seldom has", "94038", person="Iñaki Őze Ÿ"),
    _hard("brackets", "its name ends in a bracket, which is not read", "58062", note="(a) [b] {c}"),
    _hard("many-words", "120 words where one is expected", "Mille-Mots", note=MANY_WORDS),
    _hard(
        "long-words",
        "words longer than any line",
        "W" * 90,
        note=f"{'anticonstitutionnel' * 12} {'https://example.org/' + 'x' * 150}",
    ),
    _hard(
        "nothing",
        "all values are empty",
        "",
        person="",
        street="",
        note="",
        number="",
        page="",
        markup="",
    ),
    _hard(
        "blanks",
        "spaces at both ends, in rows, tabs and line ends",
        "  Deux  Mots ",
        person=" Camille\tExemple ",
        note="  un\n\n deux   trois \n",
        markup=" <b> gras </b> ",
    ),
    _hard(
        "trailing",
        "one space at the end of each value, of a sort that the margin of a page drops",
        "Vannes ",
        person="Camille Exemple\u00a0",
        street="1 place de la Mairie ",
        note="à lire\u202f",
        number="12 ",
        page="a ",
    ),
    _hard(
        "markup",
        "signs that mean something in HTML, CSS and Jinja",
        'A & <b>B</b> "C"',
        note="</p><script>alert(1)</script> {{ 7*7 }} &eacute; &amp;amp; {% if %}",
        page='"><b>',
        markup='<i>un <b>deux</b></i> <a href="https://example.org/">trois</a><br>quatre<sup>e</sup>',
    ),
    _hard(
        "right-to-left",
        "Arabic and Hebrew, alone and among French",
        ARABIC,
        person=HEBREW,
        note=f"la {HEBREW} 12, puis {ARABIC} (3).",
    ),
    _hard(
        "pictures",
        "emoji, and a character that no font has",
        f"Ville {EMOJI}",
        person=f"Camille {NO_FONT}",
        note=f"vu {EMOJI} puis {NO_FONT}{NO_FONT} fin",
    ),
    _hard(
        "invisible",
        "soft hyphens, no-break and narrow spaces, joiners",
        "Aix\xadles\xadBains",
        person="Camille\xa0Exemple",
        street="1\u202fbis\u00a0rue\u2009fine",
        note="vidéo\xadsurveillance\u200b\u2060 e\u0301te\u0301 ; n\u202f! «\xa0oui\xa0» a\u2011b",
    ),
    _hard(
        "digits",
        "numbers alone: their script is no script",
        "02110",
        person="75056",
        street="12 345",
        note="1 234 567,89 € 2026-03-01 06 00 00 00 00",
        number="34969",
    ),
    _hard(
        "edges",
        "letters that lean on their neighbours: AV, To, fi, f'",
        "AVATAR",
        person="Tof. W. Yffi",
        street="Toffee l'fl 'AV'",
        note="fi ffl ffi To Te AV Wa Y. f) L’A",
    ),
    _hard(
        "punctuation",
        "signs with and without their spaces, quotes of all kinds",
        "Pont-d'Y",
        note="« Oui » ; non ! — quoi ?! 'a' “b” ‘c’… 5 % n° 1 — l’eau/feu · co-op.",
        person="M. d'A.-B. O'C.",
    ),
)


# --- templates ------------------------------------------------------------------------------------

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


TEMPLATES = tuple(each for path in sorted(FOLDER.glob("*.html")) for each in _read(path))
