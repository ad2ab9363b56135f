"""What an author forgot: blanks that nothing fills, known slips, dates that grow old.

They are sought in the letter's own text, never in a cell: a mayor may be called what he is called.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from merge.letters.language import pieces


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """Words of the author that a person should look at. They stay as they are.

    `row` counts in the letter's file; `suggestion` is "" where only the author can know.
    """

    kind: Literal["spelling", "relative-date"]
    found: str
    row: int
    suggestion: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """A blank of the plain letter that no value will ever fill."""

    found: str
    row: int


# [xx], «Commune» of Word, { commune } with one brace, braces that nothing opened, XXX. Square
# brackets may be a link ("[words](address)"), "\[" is meant, and so are [sic], […] and [...].
_LEFTOVER = re.compile(
    r"(?<![\\\]!])\[(?!sic\]|…\]|\.\.\.\])[^\[\]]{1,60}\](?!\()"
    r"|«[A-Za-zÀ-ÿ]+(?:_[A-Za-zÀ-ÿ0-9]+)+»"
    r"|«(?:communes?|ville|lieu|date|maire|nom|pr[ée]nom|civilit[ée]|adresse|titre)\d?»"
    r"|\{\s*\w+\s*\}|\}\}|%\}|\bX{3,}\b",
    re.IGNORECASE,
)

_SPELLING: Mapping[str, str] = MappingProxyType(
    {
        "préfetures": "préfectures",
        "préfeture": "préfecture",
        "dans tous le pays": "dans tout le pays",
        "d'un de logiciels": "de logiciels",
        "et en d'autant d'objets": "et en autant d'objets",
        "allés-et-venues": "allées et venues",
        "nous vous demandons de rejoindre ce mouvement et à ce que vous refusiez": (
            "nous vous demandons de rejoindre ce mouvement et de refuser"
        ),
        "collectivement ensemble": "collectivement",
        "un pouvoir encore plus enclins": "un pouvoir encore plus enclin",
        "malgrés": "malgré",
        "parmis": "parmi",
        "comme même": "quand même",
        "au jour d'aujourd'hui": "aujourd'hui",
    }
)
_RELATIVE = (
    r"l'an (?:dernier|passé|prochain)",
    r"l'année (?:dernière|passée|prochaine)",
    r"l'année en cours",
    r"(?:le mois|l'été|l'hiver|l'automne|le printemps) (?:dernier|passé|prochain)",
    r"la semaine (?:dernière|passée|prochaine)",
    r"(?:cette (?:année|semaine)|ce mois-ci|avant-hier|hier|après-demain)",
    r"(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche) (?:dernier|prochain)",
    r"il y a (?:un|une|deux|trois|quelques) (?:an|ans|mois|semaines?|jours?)",
)


def _pattern(words: str) -> str:
    """The words wherever lines break, with either apostrophe."""
    return words.replace(" ", r"\s+").replace("'", "['’]")


_SLIP = re.compile(
    r"(?<!\w)(?:(?P<spelling>"
    + "|".join(_pattern(words) for words in _SPELLING)
    + ")|"
    + "|".join(_pattern(words) for words in _RELATIVE)
    + r")(?!\w)",
    re.IGNORECASE,
)


def leftovers(source: str, *, first_row: int = 1) -> Iterator[Leftover]:
    """The unfilled blanks of a source that has passed `language.read`, from top to bottom."""
    fixed = _fixed(source)
    for found in _LEFTOVER.finditer(fixed):
        yield Leftover(found=_folded(found[0]), row=_row(fixed, found, first_row))


def slips(source: str, *, first_row: int = 1) -> Iterator[Slip]:
    """The slips and relative dates of a source that has passed `language.read`."""
    fixed = _fixed(source)
    for found in _SLIP.finditer(fixed):
        words = _folded(found[0])
        known = words.replace("’", "'").casefold()
        yield Slip(
            kind="spelling" if found["spelling"] else "relative-date",
            found=words,
            row=_row(fixed, found, first_row),
            suggestion=_SPELLING.get(known, ""),
        )


def _fixed(source: str) -> str:
    """The source with a break for each line of its tags, so that rows stay what they are."""
    return "".join(
        piece if isinstance(piece, str) else "\0" + "\n" * piece.source.count("\n")
        for piece in pieces(source)
    )


def _row(text: str, found: re.Match[str], first_row: int) -> int:
    return first_row + text.count("\n", 0, found.start())


def _folded(words: str) -> str:
    return " ".join(words.split())
