"""Postal addresses in the form of NF Z10-011, which sorting machines read.

The norm (AFNOR, 2013) and La Poste's advice on it: at most six lines of at most 38 characters,
none of them blank, aligned left. From the street on, letters, digits and spaces alone, in capitals
without accents. For an organisation the order is: organisation; person or function; building;
street; BP or CS; postcode with the locality or its CEDEX. Words are abbreviated only where a line
is too long.
"""

import re
import textwrap
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

LINES = 6
CHARACTERS = 38

# The organisation and the person: the norm lets them have accents and punctuation.
_WHO = 2

ProblemCode = Literal[
    "no-addressee",
    "no-postcode",
    "bad-postcode",
    "no-locality",
    "bad-character",
    "line-too-long",
    "too-many-lines",
    "postcode-of-another-country",
    "unknown-country",
]
"""What can be wrong: a line is missing, misshapen or too long, or there is one too many."""


@dataclass(frozen=True, slots=True)
class AddressBlock:
    """An address as it is printed: two to six lines of one to 38 characters.

    The first `addressee` of them say who, the others where.
    """

    lines: tuple[str, ...]
    addressee: int = field(default=_WHO, compare=False)

    def __str__(self) -> str:
        return "\n".join(self.lines)


@dataclass(frozen=True, slots=True)
class PostalProblem:
    """Why there is no block: the code, the field of a `Recipient` that an edit would mend, and its
    value.
    """

    code: ProblemCode
    field: str
    value: str


def block(lines: Sequence[str], postcode: str, locality: str) -> AddressBlock | PostalProblem:
    """The printed address, or the first problem with it; nothing is cut, nothing is raised.

    `lines` are the organisation, the person or function, then building, street and BP in any
    number, each as it was typed. Where one of the first two is lacking, an empty string holds its
    place. Commas and line breaks inside the others part lines, and BP, CS and TSA go last.
    A line that no abbreviation makes fit, or a name, is parted between two words.
    A "Mairie de …" that is too long becomes "Mairie", for the last line names the place.
    """
    typed = [*zip(field_names(len(lines)), lines, strict=True), ("locality", locality)]
    for name, value in [*typed, ("postcode", postcode)]:
        if not is_printable(value):
            return PostalProblem("bad-character", name, value)
    for name, value in typed[_WHO:]:
        if not (value.isascii() or all(map(_has_capital, value))):
            return PostalProblem("bad-character", name, value)
    names = [wrapped(fitted_name(" ".join(line.split()))) for line in lines[:_WHO]]
    who = [line for name in names for line in name]
    if not who:
        return PostalProblem("no-addressee", "organisation", "")
    last = _last_line(postcode, locality)
    if isinstance(last, PostalProblem):
        return last
    room = LINES - len(who) - 1
    where = [line for part in _parts(lines[_WHO:]) for line in wrapped(_fit_capitals(part))]
    if len(where) > room:
        where = joined(where)
    whole = (*who, *where, last)
    return too_large(whole, [*names, where]) or AddressBlock(whole, len(who))


def field_names(lines: int) -> list[str]:
    """What so many lines above the town are of a `Recipient`."""
    return ["organisation", "surname", *["street"] * lines][:lines]


def too_large(whole: Sequence[str], parts: Sequence[Sequence[str]]) -> PostalProblem | None:
    """Where an address has a line or a character too many: of its names, its street (the `parts`),
    or else of its town.
    """
    fields = field_names(len(parts))
    if len(whole) > LINES:
        longest = max(reversed(range(len(parts))), key=lambda i: len(parts[i]))
        return PostalProblem("too-many-lines", fields[longest], " / ".join(whole))
    for line in whole:
        if len(line) > CHARACTERS:
            of = (field for field, part in zip(fields, parts, strict=True) if line in part)
            return PostalProblem("line-too-long", next(of, "locality"), line)
    return None


def capitals(text: str) -> str:
    """The text in the characters of a sorting machine: A to Z, 0 to 9 and single spaces.

    "L'Haÿ-les-Roses" gives "L HAY LES ROSES", "Œuilly" gives "OEUILLY".
    """
    for character, letters in _SPELT_OUT.items():
        text = text.replace(character, letters)
    plain = unicodedata.normalize("NFKD", text).upper()
    letters_only = "".join(each for each in plain if not unicodedata.combining(each))
    return " ".join(re.sub(r"[^A-Z0-9]", " ", letters_only).split())


_SPELT_OUT: Mapping[str, str] = MappingProxyType(
    {"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "&": " et ", "°": " "}
)
_ABBREVIATIONS: Mapping[str, str] = MappingProxyType(
    {
        "SAINT": "ST",
        "SAINTE": "STE",
        "SAINTS": "STS",
        "SAINTES": "STES",
        "AVENUE": "AV",
        "BOULEVARD": "BD",
        "CHEMIN": "CHE",
        "FAUBOURG": "FG",
        "IMPASSE": "IMP",
        "LOTISSEMENT": "LOT",
        "PLACE": "PL",
        "QUARTIER": "QUA",
        "RESIDENCE": "RES",
        "ROUTE": "RTE",
        "SQUARE": "SQ",
        "BATIMENT": "BAT",
        "IMMEUBLE": "IMM",
        "ZONE ARTISANALE": "ZA",
        "ZONE INDUSTRIELLE": "ZI",
        "BOITE POSTALE": "BP",
        "CAPITAINE": "CNE",
        "COLONEL": "CEL",
        "COMMANDANT": "CDT",
        "DOCTEUR": "DR",
        "GENERAL": "GAL",
        "LIEUTENANT": "LT",
        "MARECHAL": "MAL",
        "PRESIDENT": "PDT",
        "PROFESSEUR": "PR",
    }
)
"""Usual abbreviations of La Poste, those that addresses of mairies need."""

# What the norm drops at last: the small words between the others.
_SMALL_WORD = re.compile(r"(?<=[A-Z]) (?:ET|AUX?|DES?|DU|D|LES?|LA|L|SUR|SOUS|EN) (?=[A-Z0-9])")
_SAINT = re.compile(r"\bSaint(e?s?)\b")
_MAIRIE = re.compile(r"(Mairie)\s+(?:d['’]|des?\s|du\s)", re.IGNORECASE)
_COURTESY: Mapping[str, str] = MappingProxyType({"Madame ": "Mme ", "Monsieur ": "M. "})


def is_printable(text: str) -> bool:
    """Whether it has no control character but white space, and none that nobody assigned."""
    spaced = " ".join(text.split())
    return spaced.isprintable() or not any(
        unicodedata.category(each) in ("Cc", "Cn", "Co", "Cs") for each in spaced
    )


def _has_capital(character: str) -> bool:
    """Whether no letter or digit is lost in `capitals`, as a Cyrillic one would be."""
    return not character.isalnum() or capitals(character) != ""


def fitted_name(line: str, room: int = CHARACTERS) -> str:
    """A name, shortened step by step until it fits; as short as can be where it does not."""
    if len(line) <= room:
        return line
    line = _SAINT.sub(r"St\1", line)
    if len(line) > room and (mairie := _MAIRIE.match(line)):
        return mairie[1]
    for whole, short in _COURTESY.items():
        if len(line) > room and line.startswith(whole):
            line = short + line.removeprefix(whole)
    return line


def _fit_capitals(line: str) -> str:
    """The line in capitals; where too long, with words abbreviated and then small ones dropped."""
    return _without_small_words(_abbreviated(capitals(line), CHARACTERS), CHARACTERS)


def _abbreviated(line: str, room: int) -> str:
    for whole, short in _ABBREVIATIONS.items():
        if len(line) <= room:
            break
        line = re.sub(rf"\b{whole}\b", short, line)
    return line


def wrapped(line: str, room: int = CHARACTERS) -> list[str]:
    """The line, parted between words where no abbreviation makes it fit; no house number alone."""
    lines = textwrap.wrap(line, room, break_long_words=False)
    while len(lines) > 1 and _NUMBERS.fullmatch(lines[-1]):
        rest, _, word = lines[-2].rpartition(" ")
        if len(word) + 1 + len(lines[-1]) > room:
            break
        lines[-2:] = [rest, f"{word} {lines[-1]}"]
    return lines


# Too long even so, and La Poste drops their last word: the postcode decides there.
_CUT_BY_LA_POSTE: Mapping[str, str] = MappingProxyType(
    {
        "BEAUJEU ST VALLIER PIERREJUX QUITTEUR": "BEAUJEU ST VALLIER PIERREJUX",
        "MONTIGNY MORNAY VILLENEUVE VINGEANNE": "MONTIGNY MORNAY VILLENEUVE",
        "ST REMY BOUZEMONT ST GENEST ISSON": "ST REMY BOUZEMONT ST GENEST",
    }
)


def _fit_locality(place: str, cedex: str) -> str:
    """The locality in at most 32 capitals, which is the rest of the last line, where it can be.

    No word is lost but small ones, and the last of three communes. CEDEX stays.
    """
    room = CHARACTERS - len("00000 ") - len(cedex)
    if len(place) > room:
        place = re.sub(r"\bSAINT(E?S?)\b", r"ST\1", place)
        place = _without_small_words(place, room)
    if len(place) > room:
        place = _CUT_BY_LA_POSTE.get(place) or _abbreviated(place, room)
    return place + cedex


def _without_small_words(line: str, room: int) -> str:
    while len(line) > room and (small := _SMALL_WORD.search(line)):
        line = f"{line[: small.start()]} {line[small.end() :]}"
    return line


_CEDEX_WITH_NUMBER = re.compile(r"\bCEDEX(?: N)? ?(?=\d)")  # "Cedex9", "Cedex n° 9"
_CEDEX = re.compile(r" CEDEX(?: [0-9]{1,2})?$")


def _last_line(postcode: str, locality: str) -> str | PostalProblem:
    digits = "".join(postcode.split())
    if not digits:
        return PostalProblem("no-postcode", "postcode", postcode)
    if not re.fullmatch(r"[0-9]{5}", digits):
        return PostalProblem("bad-postcode", "postcode", postcode)
    # What parentheses hold only tells two communes apart, and the postcode does that.
    # Some write the postcode before the locality too.
    place = capitals(re.sub(r"\([^()]*\)", " ", locality)).removeprefix(f"{digits} ")
    if not place:
        return PostalProblem("no-locality", "locality", locality)
    place = _CEDEX_WITH_NUMBER.sub("CEDEX ", place)
    cedex = _CEDEX.search(place)
    if cedex:
        place = place[: cedex.start()]
    return f"{digits} {_fit_locality(place, cedex[0] if cedex else '')}"


# House numbers and nothing else, in capitals: "3", "12 BIS ET 14", "2 A 6", "NUMERO 4", "PK 5". One
# of a road is none ("D 12").
_NUMBER = r"(?:\d{1,5}(?:BIS|TER|QUATER|[A-Z])?|BIS|TER|QUATER|QUINQUIES)"
_NUMBERS = re.compile(
    rf"(?:ET )?(?:(?:NOS?|NUMEROS?|PK|KM) )?{_NUMBER}(?: (?:{_NUMBER}|ET|AU?|[A-Z]))*"
)
_POSTCODE = re.compile(r"\d{2} ?\d{3}")
_STREET = re.compile(
    rf"(?:{_NUMBER} (?:ET |AU |[A-Z] )?)*"
    r"(?:ALLEES?|AV|AVENUE|BD|BOULEVARD|CHE|CHEMIN|COURS?|ESPLANADE|FAUBOURG|GRAND|GRANDE|IMP"
    r"|IMPASSE|MAIL|MONTEE|PASSAGE|PL|PLACE|PROMENADE|QUAI|ROND POINT|ROUTE|RTE|RUE|RUELLE|SENTE"
    r"|SENTIER|SQ|SQUARE|TRAVERSE|VENELLE|VOIE)\b"
)
_NUMBER_SIGN = re.compile(r"\bn[°º](?:s\b)?\s*", re.IGNORECASE)
# CS and TSA have five digits, a BP up to five; one more number is a house's: "BP 12 3 rue Viet".
# No house has a number that begins with 0.
_SERVICE = re.compile(
    r"\b(?:(?:(CS|TSA)|(C)\.? ?(S)\b\.?|(T)\.? ?(S)\.? ?(A)\b\.?)\s*(\d{2} \d{3}(?!\d)|\d+)"
    r"|(?:(BP)|(B)\.? ?(P)\b\.?|(B)o[iî]te (p)ostale)\s*"
    r"(\d{1,2} (?:0\d\d(?!\d)|\d{3}(?!\d|\s+[^\W\d_]))|\d+))",
    re.IGNORECASE,
)
# A dash between spaces parts two things, but for two house numbers: "12 - 14 rue Viet". So does a
# comma, but for the decimals of a milestone: "PK 5,5".
_BREAK = re.compile(r"(?<!\d),|,(?!\d)|(?<!\d) [-–] | [-–] (?!\d)")


def _parts(lines: Iterable[str]) -> list[str]:
    """The lines parted where they were typed as one, with BP, CS and TSA behind the others.

    At line breaks, at commas and dashes, around a BP. House numbers stay with their street: "1,
    place de la Mairie", "10 - rue du Port", "3, 5, 7 rue Viet", "Place de la Mairie, 2".
    """
    where: list[str] = []
    services: list[str] = []
    for line in lines:
        for piece in line.splitlines():
            piece = _SERVICE.sub(_as_service, _NUMBER_SIGN.sub("", piece))
            parts = [part.strip() for part in _BREAK.split(piece) if capitals(part)]
            services += filter(_SERVICE.match, parts)
            where += _numbered([part for part in parts if not _SERVICE.match(part)])
    return _numbered(where, are_lines=True) + services


def _numbered(parts: Iterable[str], *, are_lines: bool = False) -> list[str]:
    """The parts, with house numbers that stand alone put beside the street that they are of.

    That is the next part; behind a street without a number and at the end, the one before. A line
    that begins with a number of its own wants no other.
    """
    numbered: list[str] = []
    waiting: list[str] = []
    for part in parts:
        here = capitals(part)
        if _NUMBERS.fullmatch(here):
            waiting.append(part)
            continue
        is_another = are_lines and here[0].isdigit()
        if waiting and numbered and (is_another or _lacks_number(numbered[-1], here)):
            numbered[-1] = " ".join([numbered[-1], *waiting])
        elif is_another:
            numbered += waiting
        else:
            part = " ".join([*waiting, part])
        waiting = []
        numbered.append(part)
    if waiting:
        if numbered and not any(map(_POSTCODE.fullmatch, waiting)):
            waiting.insert(0, numbered.pop())
        numbered.append(" ".join(waiting))
    return numbered


def _lacks_number(part: str, following: str) -> bool:
    """Whether it is a street without a number, and what follows in capitals is no street."""
    before = capitals(part)
    is_street = _STREET.match(before) and not before[0].isdigit()
    return bool(is_street and not _STREET.match(following))


def _as_service(found: re.Match[str]) -> str:
    """A part of its own, in the letters that La Poste wants: "B.P.4" gives "BP 4"."""
    *letters, number = (group for group in found.groups() if group)
    return f",{''.join(letters).upper()} {number},"


def services_masked(line: str) -> str:
    """The line with letters in the place of each BP, CS and TSA: their digits are no postcode."""
    signless = _NUMBER_SIGN.sub(lambda sign: " " * len(sign[0]), line)
    return _SERVICE.sub(lambda service: "x" * len(service[0]), signless)


def joined(lines: Sequence[str], by: str = " ") -> list[str]:
    """Fewer lines: neighbours share one where both fit."""
    fewer: list[str] = []
    for line in lines:
        if fewer and len(fewer[-1]) + len(by) + len(line) <= CHARACTERS:
            fewer[-1] += by + line
        else:
            fewer.append(line)
    return fewer
