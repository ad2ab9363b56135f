"""Letters of our own, which a press sets before any other, to see whether it is right here.

The versions of WeasyPrint, Pango and HarfBuzz are those of this machine. What the press thinks of
them is tried where they are likely to differ: line breaks, hyphens, kerning, ligatures, spaces.
"""

from __future__ import annotations

from collections.abc import Sequence

from merge.model import Slotted

_PARTS = (
    '<!DOCTYPE html><html lang="fr"><style>'
    "@page { size: A4; margin: 20mm 120mm 20mm 20mm; @bottom-right { content: string(name) } }"
    'html { font: 11pt/1.4 "Publipostage Serif" } p { text-align: justify; hyphens: auto }'
    "h1 { font-size: 12pt; string-set: name content() }</style><h1>Objet\xa0: ",
    "</h1><p>Nous, habitant·es de <b>",
    "</b>, AVONS l'honneur, l'œuvre et l'effroi d'une vidéosurveillance officielle. À ",
    ", «\xa0Tout\xa0» a coûté 1\u202f234,50\xa0€.<p style='text-align: right'>",
    "",
)
_NAMES = ("Le Haÿ", "Auffay", "Le Fief", "Fez", "Y Val")


def letters() -> Sequence[tuple[str, Slotted]]:
    """They all have one shape; the last is to be compared."""
    return [(name, Slotted(_PARTS, (name,) * (len(_PARTS) - 1))) for name in _NAMES]
