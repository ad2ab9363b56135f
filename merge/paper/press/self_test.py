"""Letters of our own, which a press sets before any other, to see whether it is right here.

The versions of WeasyPrint, Pango and HarfBuzz are those of this machine, and so may the fonts be.
The letters try what is likely to differ: line breaks, hyphens, kerning, ligatures, spaces, and
signs that a font may move for what stands beyond a space.
"""

from __future__ import annotations

from collections.abc import Sequence

from merge.model import Slotted

_LOOK = (
    "@page { size: A4; margin: 20mm 120mm 20mm 20mm; @bottom-right { content: string(name) } }"
    'html { font: 11pt/1.4 "Publipostage Serif" } p { text-align: justify; hyphens: auto }'
    "h1 { font-size: 12pt; string-set: name content() }"
)
_BEGINNING = '<!DOCTYPE html><html lang="fr"><title>Essai</title><style>'
_PARTS = (
    "</style><h1>Objet\xa0: ",
    "</h1><p>Nous, habitant·es de <b>",
    "</b>, AVONS l'honneur, l'œuvre et l'effroi d'une vidéosurveillance officielle. À ",
    ", «\xa0Tout\xa0» a coûté 1\u202f234,50\xa0€.<p style='text-align: right'>",
    "",
)
_NAMES = ("Auffay", "Le Haÿ", "Le Fief", "Fez", "Y Val")
_IN_ONE_SIZE = ("</style><p>Nous, habitant·es de ", ", demandons ceci.<p>", "<p>Et ", ".")
_SIGNS = ("12 - 14", "A : B", "1 + 1", "AB – YZ", "7 x 7", "a @ B", "(4) / 5", "L'A . T")


def letters() -> Sequence[tuple[str, Slotted]]:
    """Letters that all have one layout. One is to be compared: by chance, it is not the first."""
    return [(name, _letter(_LOOK, _PARTS, name)) for name in _NAMES]


def in_look(look: str) -> Sequence[tuple[str, Slotted]]:
    """Letters in the look of those that are to follow. All are to be compared."""
    return [(sign, _letter(look, _IN_ONE_SIZE, sign)) for sign in (*_NAMES, *_SIGNS)]


def _letter(look: str, parts: Sequence[str], value: str) -> Slotted:
    return Slotted((_BEGINNING + look + parts[0], *parts[1:]), (value,) * (len(parts) - 1))
