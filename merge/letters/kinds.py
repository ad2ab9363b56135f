"""The kinds of value that a letter's blanks have: text that is never template or markup."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, NoReturn, Self, TypeAlias

from markupsafe import Markup, escape

from merge.french import courtesy, grammar
from merge.post import locales


class Unwritable(Exception):
    """A value that cannot stand in the letter. `of_writer`: it is in everybody's letter."""

    def __init__(self, code: str, field: str, value: str = "", *, of_writer: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.value = value
        self.of_writer = of_writer


class Empty:
    """A value that is not there: false in an `if`, replaced by `ou`, a fault when written.

    `code` says which.
    """

    __slots__ = ("code", "field", "of_writer")

    def __init__(self, field: str, *, of_writer: bool = False, code: str = "empty-value") -> None:
        self.field = field
        self.of_writer = of_writer
        self.code = code

    def _refuse(self) -> NoReturn:
        raise Unwritable(self.code, self.field, of_writer=self.of_writer)

    def __bool__(self) -> Literal[False]:
        return False

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Empty) or other == ""

    def __hash__(self) -> int:
        return hash("")

    def __str__(self) -> str:
        self._refuse()

    def __lt__(self, other: object) -> bool:
        self._refuse()

    __le__ = __gt__ = __ge__ = __lt__


class Written(str):
    """Text that also knows its HTML: pieces of (tag, text), where the tag "" is none.

    As a string it is what the plain text of the letter says.
    """

    pieces: tuple[tuple[str, str], ...]

    def __new__(cls, *pieces: tuple[str, str]) -> Self:
        """The pieces, one after the other."""
        self = super().__new__(cls, "".join("\n" if tag == "br" else text for tag, text in pieces))
        self.pieces = pieces
        return self

    def __html__(self) -> str:
        return "".join(
            "<br>" if tag == "br" else f"<{tag}>{escape(text)}</{tag}>" if tag else escape(text)
            for tag, text in self.pieces
        )


def in_lines(lines: Iterable[str]) -> str:
    """The lines one below the other, in both channels."""
    pieces: list[tuple[str, str]] = []
    for line in lines:
        pieces += [("br", ""), ("", line)] if pieces else [("", line)]
    return Written(*pieces)


Phrase = grammar.Prepositional | str
Preposition = Literal["de", "a"]
"""What a letter puts before a town's name, called as the filter that does so."""


class Town(str):
    """The bare name of a commune, with what "de" and "à" make of it in `said`.

    What the row has typed for that wins where it is not "".
    """

    said: Mapping[Preposition, Phrase]

    def __new__(cls, name: str, article_code: int | None, de: Phrase = "", a: Phrase = "") -> Self:
        """The town of that name, as the COG writes it, and TNCC."""
        self = super().__new__(cls, grammar.bare(name) or name)
        self.said = {
            "de": de or grammar.de(self, article_code),
            "a": a or grammar.a(self, article_code),
        }
        return self

    def changed(self, change: Callable[[str], str]) -> Self:
        """The same town with its name written otherwise, behind a preposition, too."""
        de, a = (_changed(change, phrase) for phrase in self.said.values())
        return type(self)(change(self), None, de, a)


def _changed(change: Callable[[str], str], phrase: Phrase) -> Phrase:
    if isinstance(phrase, grammar.Prepositional):
        return phrase._replace(name=change(phrase.name))
    cut = behind_preposition(phrase)
    return phrase[:cut] + change(phrase[cut:])


_PREPOSITION = re.compile(r"(?:de l|d|à l)['’]|(?:du|des|de la|de|au|aux|à la|à)\s+", re.IGNORECASE)


def behind_preposition(phrase: str) -> int:
    """Where the name begins in someone's own words: "de l'Ain" gives 5."""
    found = _PREPOSITION.match(phrase)
    return found.end() if found else 0


@dataclass(frozen=True, slots=True)
class Person:
    """The mayor: first names, surname, both."""

    prenom: str | Empty
    nom: str | Empty
    nom_complet: str | Empty

    def __str__(self) -> str:
        return str(self.nom_complet)

    def __bool__(self) -> bool:
        return bool(self.nom_complet)


@dataclass(frozen=True, slots=True)
class Department:
    """A département: its code and its name."""

    code: str | Empty
    nom: str | Empty

    @property
    def spellings(self) -> Collection[str]:
        """All that it may be looked for by: a column of départements may have either."""
        return {str(each) for each in (self.code, self.nom) if each}

    def __str__(self) -> str:
        return str(self.nom)

    def __bool__(self) -> bool:
        return bool(self.nom)


@dataclass(frozen=True, slots=True)
class FirstSent:
    """The first letter, as a reminder speaks of it: the day it left, by what, and its subject."""

    date: str | Empty
    moyen: str | Empty
    objet: str | Empty

    def __str__(self) -> str:
        return str(self.date)

    def __bool__(self) -> bool:
        return bool(self.date)


class Civility(str):
    """A civility as the letter says it. It is equal to all that states the same: a letter that asks
    for "Madame" asks for "Mme", too, and one that asks for "Dr" for "Docteure".
    """

    _stated: str

    def __new__(cls, stated: str, said: str = "") -> Self:
        """The civility that a record has; `said` is what the letter calls it instead."""
        self = super().__new__(cls, said or stated)
        self._stated = stated
        return self

    @property
    def spellings(self) -> Collection[str]:
        """All that it may be looked for by."""
        return {str(self), courtesy.short(self._stated), courtesy.in_full(self._stated)}

    def __contains__(self, part: object) -> bool:
        return any(str(part) in each for each in self.spellings)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, str):
            return False
        asked = courtesy.civility_of(str(other))
        is_same = asked is not None and courtesy.states_same(asked, self._stated)
        return is_same or str(other) == str(self)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(courtesy.short(self._stated))


class WrittenNumber(int):
    """A count that can be compared, and reads "12 345" with a narrow no-break space, or as
    `locale` has it.
    """

    locale: str

    def __new__(cls, count: int, locale: str = "") -> Self:
        """The count; "" is French."""
        self = super().__new__(cls, count)
        self.locale = locale
        return self

    def __str__(self) -> str:
        if self.locale:
            return locales.number(int(self), self.locale)
        return f"{int(self):,}".replace(",", grammar.NARROW_SPACE)


Value: TypeAlias = str | WrittenNumber | Empty | Person | Department | FirstSent

ATTRIBUTES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "maire": ("prenom", "nom", "nom_complet"),
        "departement": ("code", "nom"),
        "premier_envoi": ("date", "moyen", "objet"),
    }
)
"""What may follow a dot in a blank."""

COLUMN = "colonne"
"""What a column of the list is named by, with a dot and its own name behind it, where a blank of
ours is called as it is: `colonne.date`."""

FRAME = "letter"
"""What the frames around a letter read: a `Frame`. No column of that name reaches the letter."""


@dataclass(slots=True, kw_only=True)
class Frame:
    """What stands around one letter."""

    key: str
    subject: str
    reference: str
    address: tuple[str, ...]
    sender: str
    sender_lines: tuple[str, ...]
    contact: str
    look: Markup
    letterhead: Markup  # of an e-mail


def variable_name(header: str) -> str:
    """How a column is called in a letter: "Prénom de l'élu" is prenom_de_l_elu."""
    folded = unicodedata.normalize("NFKD", header.casefold().replace("œ", "oe").replace("æ", "ae"))
    plain = "".join(each for each in folded if not unicodedata.combining(each))
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


# What cannot be printed or sent: controls, lone surrogates, signs that turn the direction of text.
UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_BREAK = re.compile("\r\n|[\r\x85\u2028\u2029]")
# Spaces and breaks, but not the no-break spaces that someone chose.
_SPACES = re.compile("[ \t\n\r\x85\u2028\u2029]+")
# How programs write "nothing"; no one is called that, and no letter may say it.
_NOTHING = frozenset({"nan", "NaN", "None", "NaT", "<NA>", "NULL", "null", "#N/A", "#REF!"})


def text(value: str, field: str) -> str | Empty:
    """A value that stands on one line. `field` is what an `edit` would mend."""
    is_printable = value.isprintable()  # its only white space is the plain space
    if not is_printable and (found := UNPRINTABLE.search(value)):
        raise Unwritable("control-character", field, f"U+{ord(found[0]):04X}")
    if not is_printable or "  " in value:
        value = _SPACES.sub(" ", value)
    value = value.strip()
    if not value or value in _NOTHING:
        return Empty(field)
    return value


def paragraph(
    value: str, field: str, typeset: Callable[[str], str] = grammar.typography
) -> str | Empty:
    """A value that keeps its line breaks, with the spaces of its typography: French if not said."""
    if value.isprintable():
        line = text(value, field)
        return typeset(line) if isinstance(line, str) else line
    lines = [text(line, field) for line in _BREAK.sub("\n", value.strip()).split("\n")]
    if not any(lines):
        return Empty(field)
    return in_lines(typeset(line) if isinstance(line, str) else "" for line in lines)
