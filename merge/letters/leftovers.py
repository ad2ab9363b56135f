"""What an author overlooked: blanks that nothing fills, spelling mistakes, relative dates.

Only the letter's own text is searched, never a cell: a mayor may be called anything.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

from merge.errors import LetterError
from merge.letters.kinds import UNPRINTABLE, variable_name
from merge.letters.language import Stretch, Tag, placed_pieces


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """Words of the author that a person should look at. They stay as they are.

    "preposition" is a name behind a "de" or "à" of the author's, which makes "de Le Havre", or
    "de du Havre" where the blank has its own; "elision" is one behind "que" or "qu'", which makes
    "que Évreux" or "qu'Rennes"; "markup" are signs of a Markdown that letters do not have, and that
    everybody would read; "invisible" is a sign that nobody sees, and that turns the direction of
    reading or prints as a box. `row` and `span` count in the letter's file; `suggestion` is ""
    where only the author can know.
    """

    kind: Literal["spelling", "relative-date", "preposition", "elision", "markup", "invisible"]
    found: str
    row: int
    suggestion: str = ""
    span: Stretch | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """Words that no recipient may read as they stand in the letter.

    "leftover" is a blank of the plain letter that no value will ever fill; "letter-table" is the
    rule of a table as Pandoc draws one, and "footnote" a note within the sentence, which
    Markdown has elsewhere and letters do not have.
    """

    code: Literal["leftover", "letter-table", "footnote"] = "leftover"
    found: str
    row: int


# +---+, around those of Pandoc. That of a table of ours `markdown` knows.
_TABLE = r"^[ \t>]*+\+[:=-]{3}[:=+-]*\+[ \t]*$"
# [^a note] whose name has a space, ^[a note]. Others `markdown` knows.
_FOOTNOTE = r"(?<!\\)\[\^[^\[\]\s]*[ \t][^\[\]\n]*\]|(?<!\\)\^\[[^\[\]\n]+\]"
# [xx], «Commune» of Word, { commune } with one brace, braces that nothing opened, XXX, JJ/MM/AAAA.
# Square brackets may be a link ("[words](address)"), "\[" is meant, and so are [sic], […] and
# [...].
_LEFTOVER = re.compile(
    rf"(?P<table>{_TABLE})|(?P<footnote>{_FOOTNOTE})"
    r"|(?<![\\\]!])\[(?!sic\]|…\]|\.\.\.\]|\^)[^\[\]]{1,60}\](?!\()"
    r"|«[A-Za-zÀ-ÿ]+(?:_[A-Za-zÀ-ÿ0-9]+)+»"
    r"|«(?:communes?|ville|lieu|date|maire|nom|pr[ée]nom|civilit[ée]|adresse|titre)\d?»"
    r"|\{\s*\w+\s*\}|\}\}|(?<!\d)%\}|\bX{3,}\b"
    r"|\b(?:JJ|XX)/(?:MM|XX)/(?:AA(?:AA)?|XX(?:XX)?|20(?:\d\d|XX|AA))\b",
    re.IGNORECASE | re.MULTILINE,
)
_CODES: Mapping[str | None, Literal["leftover", "letter-table", "footnote"]] = MappingProxyType(
    {None: "leftover", "table": "letter-table", "footnote": "footnote"}
)

TO_WRITE = ("[objet de la lettre]", "[texte de la lettre]", "[texte de la relance]")
"""What stands in a letter that has still to be written, for its subject and its text."""

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


def respelled(text: str) -> str:
    """The text without the slips that are known."""
    for wrong, right in _SPELLING.items():
        text = re.sub(_pattern(wrong), right, text)
    return text


def _pattern(words: str) -> str:
    """A pattern for the words, wherever lines break and with either apostrophe."""
    return words.replace(" ", r"\s+").replace("'", "['’]")


_SLIP = re.compile(
    r"(?<!\w)(?:(?P<spelling>"
    + "|".join(_pattern(words) for words in _SPELLING)
    + ")|"
    + "|".join(_pattern(words) for words in _RELATIVE)
    + r")(?!\w)",
    re.IGNORECASE,
)


# ~~Struck out~~, a fence of code, a heading underlined.
_MARKUP = re.compile(r"~~[^~\n]+~~|^ *`{3,}|^ *={3,} *$", re.MULTILINE)


# A "de" or "à" that the author wrote before a bare blank, whatever emphasis stands between.
_TOWN = "\1"
_PREPOSITION = re.compile(
    rf"(?<![\w'’-])(?P<words>(?i:d['’]\s*|(?:de|du|des|à|au|aux)\s+)|A\s+)"  # "a" is the verb
    rf"(?P<emphasis>[*_]*){_TOWN}"
)
_ELISION = re.compile(
    rf"(?<![\w'’-])(?i:(?:lors|puis|quoi|jus)?qu(?:e\s+|['’]\s*))(?P<emphasis>[*_]*){_TOWN}"
)
_MELTS = re.compile(r"(?:de|a)(?:\(.*\))?")
_BARE_TOWN = re.compile(r"commune|lieu")
# With |de or |a of its own too: "à {{ commune|a }}" gives "à au Havre".
_TOWN_BLANK = re.compile(
    rf"(?:commune|lieu|departement)(?:\s*\|\s*(?:insecable|majuscule|{_MELTS.pattern}))*"
)


def leftovers(source: str, *, first_row: int = 1) -> Iterator[Leftover]:
    """The leftovers of a source that has passed `language.read`, from top to bottom."""
    fixed = fixed_text(source).text
    for found in _LEFTOVER.finditer(fixed):
        words = on_one_line(found[0]).replace(HIDDEN, "…")
        yield Leftover(
            code=_CODES[found.lastgroup], found=words, row=first_row + row_in(fixed, found)
        )


def refuse_leftovers(
    source: str, *, path: str, first_row: int, column: Callable[[str], str]
) -> None:
    """LetterError for the first one: its code, or "leftover-column" (`suggestion`: what to write)
    where it is called as a column of the list, for which a letter writes what `column` says.
    """
    for left in leftovers(source, first_row=first_row):
        name, bar, filters = left.found.strip("[]«» ").partition("|")
        written = column(name)
        if written:
            raise LetterError(
                "leftover-column",
                path=path,
                row=left.row,
                words=left.found,
                suggestion=f"{written}{bar}{filters}",
            )
        reason = "unwritten" if left.found in TO_WRITE else ""
        raise LetterError(left.code, path=path, row=left.row, words=left.found, reason=reason)


def slips(source: str, *, first_row: int = 1, starts_at: int = 0) -> Iterator[Slip]:
    """The slips and relative dates of a source that has passed `language.read`.

    After them the words that do not melt into the name behind them, unknown markup, and each sign
    that nobody sees, once. The source begins in its file in `first_row`, and `starts_at`.
    """
    for slip in _slips(source):
        span = slip.span and slip.span.moved(starts_at)
        yield replace(slip, row=first_row + slip.row, span=span)


def _slips(source: str) -> Iterator[Slip]:
    """Those of a source that begins in row 0."""
    fixed = fixed_text(source)
    for found in _SLIP.finditer(fixed.text):
        words = on_one_line(found[0])
        known = words.replace("’", "'").casefold()
        yield Slip(
            kind="spelling" if found["spelling"] else "relative-date",
            found=words,
            row=row_in(fixed.text, found),
            suggestion=_SPELLING.get(known, ""),
            span=fixed.span(found),
        )
    yield from _prepositions(source)
    yield from _elisions(source)
    for found in _MARKUP.finditer(fixed.text):
        words = on_one_line(found[0]).replace(HIDDEN, "…")
        row = row_in(fixed.text, found)
        yield Slip(kind="markup", found=words, row=row, span=fixed.span(found))
    told = {HIDDEN}
    for found in UNPRINTABLE.finditer(fixed.text):
        if found[0] not in told:
            told.add(found[0])
            sign, row = f"U+{ord(found[0]):04X}", row_in(fixed.text, found)
            yield Slip(kind="invisible", found=sign, row=row, span=fixed.span(found))


def _prepositions(source: str) -> Iterator[Slip]:
    for found, town, fixed in _before_towns(source, _PREPOSITION, _TOWN_BLANK):
        emphasis = found["emphasis"]
        how = "a" if found["words"].casefold().startswith(("à", "a")) else "de"
        if how == "a" and town.expression.startswith("departement"):
            continue  # "dans l'Ain", "en Savoie": no blank writes that
        yield Slip(
            kind="preposition",
            found=on_one_line(f"{found['words']}{emphasis}{town.source}{emphasis[::-1]}"),
            row=row_in(fixed.text, found),
            suggestion=_melting(
                town, how, bold=len(emphasis) > 1, is_capital=found["words"][0].isupper()
            ),
            span=fixed.span(found),
        )


def _elisions(source: str) -> Iterator[Slip]:
    for found, town, fixed in _before_towns(source, _ELISION, _BARE_TOWN):
        words = on_one_line(found[0].replace(_TOWN, town.source) + found["emphasis"][::-1])
        row = row_in(fixed.text, found)
        yield Slip(kind="elision", found=words, row=row, span=fixed.span(found))


def _before_towns(
    source: str, sought: re.Pattern[str], blank: re.Pattern[str]
) -> Iterator[tuple[re.Match[str], Tag, FixedText]]:
    """What is found before a blank of this kind, that blank, and the text that it is found in."""
    towns: list[Tag] = []

    def mark(tag: Tag) -> str:
        if not blank.fullmatch(tag.expression):
            return HIDDEN
        towns.append(tag)
        return _TOWN

    fixed = fixed_text(source, mark)
    for found in sought.finditer(fixed.text):
        yield found, towns[fixed.text.count(_TOWN, 0, found.end() - 1)], fixed


def _melting(town: Tag, how: str, *, bold: bool, is_capital: bool) -> str:
    """The blank that writes the preposition itself: {{ commune|de(gras=true) }}."""
    name, *filters = re.split(r"\s*\|\s*", town.expression)
    bold = bold or "gras" in town.expression
    melted = [name, f"{how}(gras=true)" if bold else how]
    melted += [each for each in filters if each != "majuscule" and not _MELTS.fullmatch(each)]
    if is_capital:
        melted.append("majuscule")
    return f"{{{{ {'|'.join(melted)} }}}}"


HIDDEN = "\0"
"""What stands for a tag in a `FixedText`; no letter can carry it."""


class FixedText:
    """The author's own words: the source with something else for each of its tags.

    It is made of what stands there, each with the place that it was taken from, and whether it is
    the author's text.
    """

    def __init__(self, parts: Iterable[tuple[Stretch, str, bool]]) -> None:
        self._starts: list[int] = []
        self._places: list[tuple[Stretch, bool]] = []
        words: list[str] = []
        length = 0
        for place, part, is_text in parts:
            self._starts.append(length)
            self._places.append((place, is_text))
            words.append(part)
            length += len(part)
        self.text = "".join(words)

    def span(self, found: re.Match[str]) -> Stretch:
        """Where in the source it stands what was found in the text. A tag counts whole."""
        return Stretch(self._place(found.start()).start, self._place(found.end() - 1).end)

    def _place(self, at: int) -> Stretch:
        i = bisect_right(self._starts, at) - 1
        place, is_text = self._places[i]
        start = place.start + at - self._starts[i]
        return Stretch(start, start + 1) if is_text else place


def fixed_text(source: str, mark: Callable[[Tag], str] = lambda _tag: HIDDEN) -> FixedText:
    """A source that has passed `language.read`: with a mark, and its line breaks, for each tag.

    So rows stay what they are.
    """
    return FixedText(
        (place, piece, True)
        if isinstance(piece, str)
        else (place, mark(piece) + "\n" * piece.source.count("\n"), False)
        for place, piece in placed_pieces(source)
    )


_OF_FIELDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "sex": frozenset({"sexe"}),
        "surname": frozenset({"maire"}),
        "first_name": frozenset({"maire"}),
        "postcode": frozenset({"code_postal"}),
        "department": frozenset({"departement"}),
        "signers": frozenset({"signataires"}),
    }
)
"""The blanks that a field of the recipient fills, where they are called otherwise."""


def first_blank(source: str, field: str) -> Stretch | None:
    """Where the letter first has a blank for this field, or this column of the sheet.

    The source must have passed `language.read`.
    """
    names = _OF_FIELDS.get(field) or {variable_name(field)}
    for place, piece in placed_pieces(source):
        if isinstance(piece, Tag) and not names.isdisjoint(re.findall(r"\w+", piece.source)):
            return place
    return None


def row_in(text: str, found: re.Match[str]) -> int:
    """How many rows stand above what was found."""
    return text.count("\n", 0, found.start())


def on_one_line(words: str) -> str:
    """The words, with single spaces between them."""
    return " ".join(words.split())
