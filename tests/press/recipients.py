"""People and places that are hard to write to; all made up, but for the towns' names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from merge.french import grammar
from merge.french.communes import reference

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
