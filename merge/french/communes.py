"""The communes of France: the code officiel géographique, by INSEE code and by name.

The data are `communes.csv`, `vanished.csv` and `departments.csv` beside this file; SOURCES.md
says where they come from, of which year, and under which licence.
"""

import difflib
import pkgutil
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from merge.french.grammar import bare

_FILE = "communes.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Commune:
    """A current commune as the COG has it.

    `insee` is the five-sign code ("01001", "2A004", "97101"). `name` includes the article ("Le
    Havre"). `article_code` is INSEE's TNCC, 0 to 8, and None for the 94 overseas communes
    without one. `department` is the département's code ("76", "2A", "974"), or that of the
    overseas collectivity ("975", "987", "988"). `postcodes` are sorted, without CEDEX, and empty
    for five districts of the TAAF. `population` is None where nobody is counted.
    """

    insee: str
    name: str
    article_code: int | None
    department: str
    postcodes: tuple[str, ...]
    population: int | None


def department_of(insee: str) -> str:
    """The département's code that an INSEE code begins with: two signs, three overseas."""
    return insee[:3] if insee.startswith(("97", "98")) else insee[:2]


def lies_in(insee: str, department: str) -> bool:
    """Whether a code is of that département; "20" is all of Corsica, "97" and "98" are several.

    "" is everywhere. A code of Corsica from before 1976 begins with 20.
    """
    if department == "20":
        return insee.startswith(("20", "2A", "2B"))
    return insee.startswith(department)


def _commune(insee: str, rest: str) -> Commune:
    """Out of its line in the file: the code, and what follows it."""
    name, article_code, postcodes, population = rest.split(";")
    return Commune(
        insee=insee,
        name=name,
        article_code=int(article_code) if article_code else None,
        department=department_of(insee),
        postcodes=tuple(postcodes.split()),
        population=int(population) if population else None,
    )


class Communes(Mapping[str, Commune]):
    """The lines of the file by INSEE code; a Commune is made when it is first asked for.

    To make all of them costs ten times what it costs to read the file, and most commands want a
    few.
    """

    def __init__(self, text: str) -> None:
        self._lines = dict(line.split(";", 1) for line in text.splitlines())
        self._made: dict[str, Commune] = {}

    def __getitem__(self, insee: str) -> Commune:
        commune = self._made.get(insee)
        if commune is None:
            commune = self._made[insee] = _commune(insee, self._lines[insee])
        return commune

    def __contains__(self, insee: object) -> bool:
        return insee in self._lines

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    def names(self) -> Iterator[tuple[str, str]]:
        """Each INSEE code with the name, for the index: no Commune is made."""
        for insee, rest in self._lines.items():
            yield insee, rest.partition(";")[0]


def _content(file: str) -> bytes:
    content = pkgutil.get_data(__package__, file)
    if content is None:
        raise FileNotFoundError(file)
    return content


def data(file: str) -> str:
    """What stands in a file beside this one; FileNotFoundError where there is none."""
    return _content(file).decode()


@cache
def reference() -> Communes:
    """All current communes by INSEE code, in the order of the codes; read once.

    34,969 in the edition of SOURCES.md: neither the arrondissements of Paris, Lyon and Marseille
    nor the communes déléguées or associées.
    """
    return Communes(data(_FILE))


def with_zero(code: str) -> str:
    """An INSEE code whose leading zero a spreadsheet has taken for nothing, whole again."""
    return f"0{code}" if re.fullmatch(r"[0-9]{4}", code) else code


def by_name(name: str, department: str = "") -> tuple[Commune, ...]:
    """The communes of that name, `fold`ed, in the order of their codes; empty when there is none.

    A name whose difference is in parentheses is also found without them: "Château-Chinon" gives
    both. With a département's code, only the communes that lie in it.
    """
    codes: Iterable[str] = _index().get(fold(name), ())
    if department:
        codes = [insee for insee in codes if lies_in(insee, department)]
    return tuple(map(reference().__getitem__, codes))


def spelled(name: str) -> tuple[Commune, ...]:
    """The communes of exactly that name, in the order of their codes.

    Without the reference: to read all of it takes as long as to send a hundred letters.
    """
    content = _content(_FILE)
    found = []
    for place in re.finditer(re.escape(f";{name};".encode()), content):
        start, end = content.rfind(b"\n", 0, place.start()) + 1, content.index(b"\n", place.end())
        insee, _, rest = content[start:end].decode().partition(";")
        if rest.startswith(f"{name};"):
            found.append(_commune(insee, rest))
    return tuple(found)


def alike(name: str) -> tuple[Commune, ...]:
    """Up to three communes whose names are almost that, the nearest first; the larger of one name.

    A slip is looked for behind the first letter alone: to compare all names takes too long.
    """
    folded = fold(name)
    near = [
        each for each in _index() if each[:1] == folded[:1] and abs(len(each) - len(folded)) <= 2
    ]
    found = difflib.get_close_matches(folded, near, n=3, cutoff=0.8)
    return tuple(max(by_name(each), key=lambda each: each.population or 0) for each in found)


@cache
def _index() -> Mapping[str, tuple[str, ...]]:
    index: dict[str, tuple[str, ...]] = {}
    for insee, name in reference().names():
        spellings = (name, bare(name)) if "(" in name else (name,)
        for folded in map(fold, spellings):
            index[folded] = (*index.get(folded, ()), insee)
    return index


def successor(insee: str) -> Commune | None:
    """The current commune in which a vanished code has gone; None for every other code.

    By a merger ("35112", Fleurigné, is in La Chapelle-Fleurigné), or because only the code was
    changed ("20004" is "2A004").
    """
    current = _vanished().get(insee)
    return reference()[current] if current else None


def by_former_name(name: str, department: str = "") -> tuple[Commune, ...]:
    """The current communes in which one of that name has gone; empty when none is known.

    A commune that took another name and kept its code is among them. The département is that of
    old or of today. Known are the names of what is a part of a commune today, and of what was a
    commune in 2020.
    """
    former = _former_names().get(fold(name), ())
    there = dict.fromkeys(
        now for old, now in former if lies_in(old, department) or lies_in(now, department)
    )
    return tuple(reference()[insee] for insee in there)


@cache
def _vanished_lines() -> tuple[tuple[str, str, str], ...]:
    """The old code, the current one (which may be the same) and the old name, or ""."""
    lines = (line.split(";") for line in data("vanished.csv").splitlines())
    return tuple((old, now, name) for old, now, name in lines)


@cache
def _vanished() -> Mapping[str, str]:
    return {old: now for old, now, _ in _vanished_lines() if old != now}


@cache
def _former_names() -> Mapping[str, tuple[tuple[str, str], ...]]:
    index: dict[str, tuple[tuple[str, str], ...]] = {}
    for old, now, name in _vanished_lines():
        if name:
            folded = fold(name)
            index[folded] = (*index.get(folded, ()), (old, now))
    return index


_LIGATURES = {"œ": "oe", "æ": "ae"}
_SAINT = {"st": "saint", "ste": "sainte"}


def _fold_characters(text: str) -> str:
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    for ligature, letters in _LIGATURES.items():
        plain = plain.replace(ligature, letters)
    letters_only = (character for character in plain if not unicodedata.combining(character))
    return "".join(each if each.isalnum() else " " for each in letters_only)


def _in_one_byte(code: int) -> int:
    """What a letter of Latin 1 is folded to; 0 for one that takes a closer look."""
    folded = _fold_characters(chr(code))
    return ord(folded) if code >= ord(" ") and len(folded) == 1 and folded <= "ÿ" else 0


# A list is folded by it in a third of the time.
_TABLE = bytes(map(_in_one_byte, range(256)))


def fold(name: str) -> str:
    """The name without what people write in different ways; idempotent.

    Case, accents, œ and æ, hyphens, apostrophes and spaces; St and Ste are Saint and Sainte. The
    article stays: "Le Mans" is not "Mans".
    """
    try:
        plain = name.encode("latin-1").translate(_TABLE).decode("latin-1")
    except UnicodeEncodeError:
        plain = "\0"
    if "\0" in plain:
        plain = _fold_characters(name)
    words = plain.split()
    if not _SAINT.keys().isdisjoint(words):
        words = [_SAINT.get(word, word) for word in words]
    return " ".join(words)


CITY_OF_DISTRICT: Mapping[str, str] = MappingProxyType(
    {
        str(first + number): city
        for first, districts, city in (
            (75100, 20, "75056"),
            (69380, 9, "69123"),
            (13200, 16, "13055"),
        )
        for number in range(1, districts + 1)
    }
)
"""The arrondissements of Paris, Lyon and Marseille: no communes, though with mayors."""

_DEPARTMENT_LINES = tuple(line.split(";") for line in data("departments.csv").splitlines())
DEPARTMENTS: Mapping[str, str] = MappingProxyType(
    {code: name for code, name, _article in _DEPARTMENT_LINES}
)
"""The code of each département and overseas collectivity, and its name ("76": "Seine-Maritime")."""

DEPARTMENT_ARTICLES: Mapping[str, int] = MappingProxyType(
    {name: int(article) for _code, name, article in _DEPARTMENT_LINES}
)
"""Their TNCC, by their names ("Seine-Maritime": 3): the name does not include the article."""
