"""The filters of a letter: what may follow a | in a blank, called as an author writes them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from contextlib import suppress

from jinja2 import pass_context
from jinja2.runtime import Context

from merge.french import grammar
from merge.letters import amounts, forms
from merge.letters.idiom import FRENCH, Idiom
from merge.letters.kinds import (
    Civility,
    Department,
    Phrase,
    Preposition,
    Town,
    Unwritable,
    Written,
    behind_preposition,
)


def de(name: object, gras: bool = False) -> str:
    """The name after "de": "du Havre"; with `gras=true` the name alone is bold: du **Havre**."""
    return _melted("de", grammar.de, name, gras)


def a(name: object, gras: bool = False) -> str:
    """The name after "à": "au Havre"; with `gras=true` the name alone is bold."""
    return _melted("a", grammar.a, name, gras)


def _melted(
    word: Preposition,
    melt: Callable[[str, int | None], grammar.Prepositional],
    name: object,
    bold: bool,
) -> str:
    name = _in_short(name)
    return _after(name.said[word] if isinstance(name, Town) else melt(str(name), None), bold)


def _in_short(value: object) -> object:
    """The name of a département, any other value as it is."""
    return value.nom if isinstance(value, Department) else value


def _after(phrase: Phrase, bold: bool) -> str:
    if not bold:
        return str(phrase)
    if isinstance(phrase, grammar.Prepositional):
        return Written(("", phrase.before), ("strong", phrase.name))
    # Someone's own words: bold begins behind the preposition that they begin with.
    cut = behind_preposition(phrase)
    return Written(("", phrase[:cut]), ("strong", phrase[cut:]))


def majuscule(value: object) -> str:
    """The first letter high: "à Rennes" gives "À Rennes"."""
    if isinstance(value, Written):
        first = next((i for i, (_tag, text) in enumerate(value.pieces) if text), None)
        return Written(
            *(
                (tag, _high(text) if i == first else text)
                for i, (tag, text) in enumerate(value.pieces)
            )
        )
    return _changed(_high, value)


def _high(text: str) -> str:
    return text[:1].upper() + text[1:]


def capitales(value: object) -> str:
    """All letters high."""
    return _changed(str.upper, value)


def minuscules(value: object) -> str:
    """All letters small."""
    return _changed(str.lower, value)


def initiales(value: object) -> str:
    """The first letter of each word high, the others as they are."""
    return _changed(lambda said: re.sub(r"(?<![\w'’])\w", lambda it: it[0].upper(), said), value)


def insecable(value: object) -> str:
    """Its spaces become no-break spaces: the words stay on one line."""
    if isinstance(value, Written):
        return Written(*((tag, _tied(text)) for tag, text in value.pieces))
    return _changed(_tied, value)


def _changed(change: Callable[[str], str], value: object) -> str:
    """The text changed; of a town, what "de" and "à" make of its name stays known."""
    value = _in_short(value)
    return value.changed(change) if isinstance(value, Town) else change(str(value))


def _tied(text: str) -> str:
    return text.replace(" ", grammar.NO_BREAK_SPACE)


def date_longue(value: object, idiom: Idiom = FRENCH) -> object:
    """A date of a sheet in words: "2026-03-01", "01/03/2026" or "01.03.2026" gives "1er mars 2026",
    "01/03/2026 18:30" gives "1er mars 2026 à 18 h 30", and "18:30" alone "18 h 30".

    What is in words already, as `{{ date }}` is, stays as it is; an empty one stays empty, so
    that `ou` may say what stands there. `idiom` is the letter's, and not its author's to choose.
    """
    if not value:
        return value
    typed = str(value)
    if isinstance(value, Written) or (isinstance(value, str) and grammar.is_long_date(typed)):
        return value
    day, clock = _moment(typed)
    return idiom.moment(day, clock)


_DATE_AND_CLOCK = re.compile(
    r"(?P<day>\d{4}-\d\d?-\d\d?|\d\d?([/.])\d\d?\2\d{4})?(?:(?:(?<=\d)T|\s+|^)"
    r"(?P<hour>\d\d?)\s?[:h](?:\s?(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?)?)?"
)


def _moment(typed: str) -> tuple[datetime.date | None, datetime.time | None]:
    """The day and the time of day that a cell says; midnight behind a day is a program's."""
    if found := _DATE_AND_CLOCK.fullmatch(typed.strip()):
        with suppress(ValueError):
            day = _day(found["day"]) if found["day"] else None
            hour, minute, second = (int(found[each] or 0) for each in ("hour", "minute", "second"))
            clock = datetime.time(hour, minute, second) if found["hour"] else None
            if day or clock:
                return day, None if day and clock == datetime.time() else clock
    raise Unwritable("not-a-date", "", typed)


def _day(typed: str) -> datetime.date:
    year, month, day = map(int, re.split("[-/.]", typed)[:: 1 if "-" in typed else -1])
    return datetime.date(year, month, day)


def date_selon(value: object, forme: str, idiom: Idiom = FRENCH) -> object:
    """A date of a sheet in a form of Word: "dd/MM/yyyy", "dddd d MMMM yyyy", "HH:mm". An empty one
    stays so.

    `idiom` is the letter's, and not its author's to choose.
    """
    if not value:
        return value
    day, clock = _moment(str(value))
    said = forms.date_in_form(day, forme, idiom, clock)
    if said is None:
        raise Unwritable("not-a-date", "", str(value))
    return said


def nombre(value: object, forme: str = "") -> object:
    """The number of a cell, to be compared (`{% if montant|nombre > 100 %}`) or in a form of Word:
    `{{ montant|nombre("# ##0,00 €") }}`, which has the currency of the cell or none. An empty cell
    stays so.
    """
    if not value:
        return value
    typed = str(value)
    number = amounts.number_of(typed)
    if number is None:
        raise Unwritable("not-a-number", "", typed)
    printed, said = amounts.unit_of("1" + re.sub("[#0 .,]", "", forme)), amounts.unit_of(typed)
    if printed and said and printed != said:
        raise Unwritable("other-currency", "", typed)
    return forms.number_in_form(number, forme) if forme else number


def ressemble(value: object, modele: str) -> bool:
    """Whether a value equals the words, as Word compares: * and ? stand for any signs, and two
    numbers are equal however they are written.
    """
    typed = str(value) if value else ""
    spelled = {typed, *(value.spellings if isinstance(value, Civility | Department) else ())}
    if "*" in modele or "?" in modele:
        pattern = re.escape(modele).replace(r"\*", ".*").replace(r"\?", ".")
        return any(re.fullmatch(pattern, each, re.DOTALL) for each in spelled)
    number = amounts.number_of(modele)
    is_same = number is not None and number in map(amounts.number_of, spelled)
    return modele in (*spelled, value) or is_same


def ou(value: object, otherwise: str = "") -> object:
    """The value, or these words where it is empty."""
    return value if value else otherwise


@pass_context
def accord(context: Context, masculin: object, feminin: object, neutre: object = "") -> str:
    """The word as it agrees with the mayor: `{{ "élu"|accord("élue") }}`, "élu·e" when unknown.

    A third word says the neutral form: `{{ "cher"|accord("chère", "cher·e") }}`.
    """
    known: Mapping[object, grammar.Sex] = {"F": "F", "M": "M"}
    sex = known.get(context.resolve(SEX))
    return grammar.agreement(sex, str(masculin), str(feminin), str(neutre))


SEX = "sexe"
"""The name that `accord` reads: a letter that uses the filter uses the name."""

FILTERS: Mapping[str, Callable[..., object]] = {
    each.__name__: each
    for each in (
        *(de, a, accord, majuscule, capitales, minuscules, initiales, insecable),
        *(date_longue, date_selon, nombre, ressemble, ou),
    )
}
"""By the names that an author writes."""


def filters_of(idiom: Idiom) -> Mapping[str, Callable[..., object]]:
    """Those that a letter in this language has."""
    own = {each: filter_ for each, filter_ in FILTERS.items() if each not in idiom.lacks}
    return {
        **own,
        date_longue.__name__: lambda value: date_longue(value, idiom),
        date_selon.__name__: lambda value, forme: date_selon(value, forme, idiom),
    }
