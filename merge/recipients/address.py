"""The postal address of a row: the last line of it, wherever postcode and town were written.

Communes are at home; a person or an organisation may live in any country.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, reduce

from merge.french.communes import Commune, by_name, fold, reference
from merge.french.grammar import bare
from merge.french.postal import services_masked
from merge.post.countries import HOME, country_of, nearest
from merge.post.forms import Postcode, PostcodeProblem, last_line, read_postcode, region_of
from merge.recipients.cells import CellProblem, Problems, one_line
from merge.recipients.headers import TOWN

Values = Mapping[str, str]
"""The text of each field of a row, "" where the sheet has no column for it."""

Place = tuple[Sequence[str], str, str, str]
"""The lines of the street, the postcode, the locality, the country ("" the sender's own)."""


def postal(values: Values, street: Sequence[str], department: str, problems: Problems) -> Place:
    """The address of a person or an organisation, in any country. `street` are the lines as typed.

    Codes beside those of `at_home`: "unknown-country" (the address is not taken),
    "postcode-of-another-country" (kept elsewhere than at home, where it holds the letter),
    "unknown-region" (left out). The suggestion is a country by its code, or several.

    A state or a province is part of the locality, where an address of the country has one:
    "Boston, MA".
    """
    typed = one_line(values["country"])
    country = country_of(typed) if typed else _said_before_postcode(values)
    if country is None:
        problems.tell("unknown-country", "country", typed, nearest(typed))
        return tuple(street), "", "", ""
    if country == HOME:
        return at_home(values, street, None, department, problems)
    postcode, locality, lines = _last_line_abroad(values, street, country)
    read = read_postcode(postcode, country)
    if isinstance(read, Postcode):
        postcode = read.code
    elif postcode:
        problems.append(problem_of(read))
    typed = one_line(values["region"])
    region = region_of(typed, country)
    if region is None:
        problems.tell("unknown-region", "region", typed)
    return tuple(lines), postcode, with_region(locality, region or ""), country


def at_home(
    values: Values,
    street: Sequence[str],
    commune: Commune | None,
    department: str,
    problems: Problems,
) -> Place:
    """The address of a row in France."""
    typed, locality = postcode_and_town(values)
    rest, last_postcode, last_locality = without_last_line(street)
    if last_postcode and (not typed or is_same(typed, last_postcode)):
        street, typed, locality = rest, last_postcode, locality or last_locality
    second_postcode(street, typed, problems)
    for name in TOWN[1:]:
        left_out(name, values[name], typed, locality, problems)
    postcode = postcode_of(typed, commune, locality, department, problems)
    if postcode and commune:
        locality = locality_in(commune.name, locality)
    return tuple(street), postcode, locality, ""


# --- postcode and town in cells of their own ------------------------------------------------------


def postcode_and_town(values: Values) -> tuple[str, str]:
    """Postcode and locality as typed, whether each has its cell, one cell has both, or there are
    such cells beside each other: the town of any, whole where only one says "Cedex".

    A town that stands below another postcode than the row's is that of another address.
    """
    typed, place, line = (one_line(values[name]) for name in TOWN)
    own, rest = parted(typed) or (typed, "")
    found = (_split(place), _split(line), ("", rest))
    postcode = own or found[1][0] or found[0][0] or line  # which should have one
    towns = (town for code, town in found if not code or is_same(code, postcode))
    return postcode, reduce(_with_cedex, towns)


def _split(cell: str) -> tuple[str, str]:
    """ "35000 Rennes", "Rennes (35000)", "35000", "Rennes" → the postcode and the town; "" where
    the cell has none.
    """
    if not re.search(r"\d", cell):  # nearly all
        return "", cell
    if found := parted(cell):
        return found
    if (behind := _TOWN_FIRST.fullmatch(cell)) and len(cell) <= _LINE_AT_MOST:
        return behind[2], behind[1]
    return ("", cell) if re.search(r"[^\W\d]{2}", digits_of(cell)) else (cell, "")


def _with_cedex(town: str, other: str) -> str:
    """The first of two cells for the town; what the other says of the "Cedex" belongs to it."""
    if not town or "CEDEX" not in other.upper() or "CEDEX" in town.upper():
        return town or other
    same = town_of(other)
    if not same:
        return f"{town} {other}"
    return other if fold(same) == fold(town) else town


def left_out(field: str, cell: str, postcode: str, locality: str, problems: Problems) -> None:
    """Tell of a town that is not printed, for the row has another postcode or another town."""
    line = one_line(cell)
    code, town = _split(line)
    other = fold(town_of(town)) if locality and town != locality else ""
    if code and not is_same(code, postcode):
        problems.tell("locality-left-out", field, line, postcode)
    elif other and other != fold(town_of(locality)):
        problems.tell("locality-left-out", field, line, locality)


def place_and_town(name: str) -> tuple[str, str]:
    """ "35031 Rennes Cedex" is a place of the post in the town of Rennes; "Rennes" is none."""
    if "CEDEX" not in name.upper() and not name[:1].isdigit():
        return "", name
    town = town_of(name)
    return (name, town) if town != name else ("", name)


def postcode_of(
    typed: str, commune: Commune | None, locality: str, department: str, problems: Problems
) -> str:
    """The five digits, "" when there are none to trust.

    `department` is the code of the row's. A zero is put back only where the row is of a French
    place that wants it: "1050" is a postcode of Brussels too.

    Codes: "bad-postcode" or "postcode-of-another-country" (not taken), "zero-restored",
    "postcode-disagrees" (kept: it is of another département, or of other communes while the
    locality is this one). A CEDEX stands in no reference: only its first two digits are compared,
    for Réunion has them in 977.
    """
    if not typed or (typed in commune.postcodes if commune else _POSTCODE_ALONE.fullmatch(typed)):
        return typed  # nearly all
    code, town = digits_of(typed), town_of(locality)
    known = [
        each for place in ([commune] if commune else by_name(town)) for each in place.postcodes
    ]
    starts = {each[:2] for each in known}
    meant = ", ".join(known) if commune else ""
    if _LOST_ZERO.fullmatch(code) and f"0{code[0]}" in {*starts, department}:
        problems.tell("zero-restored", "postcode", typed, f"0{code}")
        return f"0{code}"
    if not _POSTCODE_ALONE.fullmatch(code):
        read = None if commune else read_postcode(typed)
        if isinstance(read, PostcodeProblem) and read.fits:
            problems.append(problem_of(read))
        else:
            problems.tell("bad-postcode", "postcode", typed, meant)
        return ""
    if commune and known and code not in known:
        is_here = fold(town) in ("", fold(commune.name), fold(bare(commune.name)))
        if code[:2] not in starts or (is_here and code in _geographic()):
            problems.tell("postcode-disagrees", "postcode", typed, meant)
    return code


@cache
def _geographic() -> frozenset[str]:
    """The postcodes of all communes."""
    return frozenset(code for commune in reference().values() for code in commune.postcodes)


def is_same(one: str, other: str) -> bool:
    """Whether two postcodes as typed are one: "01 500", "1500" and "F-01500"."""
    return digits_of(one).zfill(5) == digits_of(other).zfill(5)


def department_in(typed: str) -> str:
    """The digits of a postcode that tell the département: "01" for "01500", and for "1500"."""
    code = digits_of(typed)
    return f"0{code[0]}" if _LOST_ZERO.fullmatch(code) else code[:2]


_LOST_ZERO = re.compile(r"[1-9]\d{3}")
_POSTCODE_ALONE = re.compile(r"[0-9]{5}")


def digits_of(typed: str) -> str:
    """ "F-35 000" → "35000"; "1500.0", as a program writes a number, → "1500"."""
    if typed.isdecimal():  # nearly all
        return typed
    return re.sub(r"^FR?[- ]?|\s|\.0$", "", typed, flags=re.IGNORECASE)


def locality_in(commune: str, typed: str) -> str:
    """A mairie is in its commune where no locality is written, or "Cedex 4" alone."""
    if not typed or typed.upper().startswith("CEDEX"):
        return f"{bare(commune)} {typed}".rstrip()
    return typed


def town_of(place: str) -> str:
    """ "13233 Marseille Cedex 20" → "Marseille"."""
    _, town = parted(place) or ("", place)
    if "CEDEX" not in town.upper():  # nearly all
        return town
    return re.sub(r"(?:^|\s+)CEDEX\b.*", "", town, flags=re.IGNORECASE)


# --- the last line of a street --------------------------------------------------------------------

_POSTCODE = r"(?:FR?[- ]?)?(?:\d{5}|\d{2} \d{3})"
_LEADING = re.compile(rf"({_POSTCODE}|\d{{4}})[ ,–-]+(\D.*)", re.IGNORECASE)
_TOWN_FIRST = re.compile(rf"([^\W\d][^\d(]*?)[ ,–-]*[ (]({_POSTCODE})\)?", re.IGNORECASE)
_PERHAPS = re.compile(r"\d\d ?\d\d")
# The digits of an arrondissement are no house number. Nor are those of "BP-12345" a postcode. Where
# the town begins is unsaid in "… Rennes 35000 FR".
_LAST_LINE = re.compile(
    r"(?P<street>.*?)(?P<by>(?<!\bBP)(?<!\bCS)(?<!\bTSA)[ ,–-]+|^)"
    rf"(?P<code>{_POSTCODE})"
    r"(?:[ ,–-]+(?P<town>(?!FR(?:ANCE)?$)\D[^\d,]*(?:\d{1,2}[^\d,]*)?))?\s*",
    re.IGNORECASE,
)
_COUNTRY = re.compile(r"(?:^|\s*,\s*|\s+[–-]\s+)(?:France|FR)\s*$", re.IGNORECASE)
_LINE_AT_MOST = 200  # longer is no address, and slow to search


def parted(text: str) -> tuple[str, str] | None:
    """ "13233 Marseille Cedex 20" → its postcode and the rest; None without both."""
    if text.isdecimal() or not (text[:1].isdecimal() or text[:1] in "Ff"):  # nearly all
        return None
    found = _LEADING.fullmatch(text)
    return (found[1], found[2]) if found else None


def without_last_line(street: Sequence[str]) -> tuple[Sequence[str], str, str]:
    """ "1 rue X, 35000 Rennes" → "1 rue X", the postcode and the locality; "" where none is.

    A town's name may stand elsewhere: "1 rue X, 35000" has no locality. Maps and address books
    write the country behind it, which no letter within it wants.
    """
    ends = " ".join(street[-2:])
    if not _PERHAPS.search(ends) or len(ends) > _LINE_AT_MOST:  # nearly all
        return street, "", ""
    *before, last = filter(None, [*street[:-1], _COUNTRY.sub("", street[-1])])
    found = parted(last)
    if found and (not _LOST_ZERO.fullmatch(found[0]) or by_name(town_of(found[1]))):
        return (before, *found)  # "1500 Ambérieu-en-Bugey", but not "1517 route de Lyon"
    cut = _LAST_LINE.fullmatch(services_masked(last))
    if not cut or not (cut["town"] or not cut["street"] or "," in cut["by"]):
        return street, "", ""
    above, code, town = (last[slice(*cut.span(name))] for name in ("street", "code", "town"))
    return [*before, above] if above else before, code, town


def second_postcode(street: Sequence[str], postcode: str, problems: Problems) -> None:
    """Tell of a street that ends with another postcode than the row's: both are printed."""
    _, code, _ = without_last_line(street)
    if code and not is_same(code, postcode):
        problems.tell("second-postcode", "address", ", ".join(street), postcode)


def is_last_line(cell: str) -> bool:
    """ "35031 Rennes Cedex"; but not "2020 (réélu)" nor "12000 habitants"."""
    found = parted(one_line(cell))
    return bool(found and by_name(town_of(found[1])))


def is_address_cell(cell: str) -> bool:
    """ "1 rue X, 35000 Rennes"; but not "réélu en 2020, 12000 habitants"."""
    if not _PERHAPS.search(cell):  # nearly all
        return False
    street, code, town = without_last_line([*map(one_line, cell.strip().splitlines())])
    return bool(any(street) and code and town and by_name(town_of(town)))


def together(lines: Sequence[str], again: Sequence[str], town: str = "") -> Sequence[str] | None:
    """The lines of an address, of which another column says all or a part `again`; None where the
    two contradict each other. `town` is the row's, which may stand in either.
    """
    street, code, place = without_last_line([*map(one_line, filter(None, lines))])
    other, its_code, its_place = without_last_line([*map(one_line, filter(None, again))])
    words, others, known = (_words([*each]) for each in (street, other, [town]))
    if (code and its_code and not is_same(code, its_code)) or not (
        words <= others or others - known <= words
    ):
        return None
    last = f"{code or its_code} {place or its_place}".rstrip()
    return [*filter(None, (*(street if others - known <= words else other), last))]


def _words(lines: Sequence[str]) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", fold(" ".join(lines))))


def undoubled(lines: Sequence[str]) -> Iterator[str]:
    """The lines, without those that stand above already, or are a part of another: "BP 3" beside
    "1 rue X, BP 3".
    """
    parts = [[fold(part) for part in re.split(r",| [-–] ", line)] for line in lines]
    for i, line in enumerate(lines):
        elsewhere = (
            fold(line) in others and (len(others) > 1 or j < i)
            for j, others in enumerate(parts)
            if j != i
        )
        if not any(elsewhere):
            yield line


# --- other countries ------------------------------------------------------------------------------


def apart(cell: str) -> Mapping[str, str]:
    """The parts of "12 rue des Lilas  Rennes  35000  FR", which newsletter services write so, by
    field, and of one with commas that ends with the country; {} for another cell.
    """
    parts = [*filter(None, map(str.strip, re.split(r"\s{2,}" if "  " in cell else ",", cell)))]
    country = country_of(parts[-1]) if len(parts) >= _PARTS_AT_LEAST else None
    last = parts.pop() if country else ""
    if len(parts) < _PARTS_AT_LEAST or not (country or "  " in cell):
        return {}
    *street, town, code = parts
    if not isinstance(read_postcode(code, country or HOME), Postcode):
        return {}
    found = {"postcode": code, "country": last}
    if len(street) > 1 and country and region_of(town, country):
        found["region"], town = town, street.pop()
    return {**found, "address": "\n".join(street), "locality": town}


_PARTS_AT_LEAST = 3  # street, town, postcode


def problem_of(read: PostcodeProblem) -> CellProblem:
    """The problem of a cell for the postcode."""
    meant = read.suggestion or ", ".join(read.fits)
    return CellProblem(code=read.code, field="postcode", value=read.value, suggestion=meant)


def with_region(town: str, region: str) -> str:
    """Both as one locality; once alone for "Madrid", and for what is "Boston, MA" already."""
    if not (town and region):
        return town
    said, wanted = fold(town), fold(region)
    return town if said == wanted or said.endswith(f" {wanted}") else f"{town}, {region}"


def _said_before_postcode(values: Values) -> str:
    """ "CH-1201" before the town, in whatever cells, is in Switzerland."""
    postcode, locality, both = (values[name] for name in TOWN)
    for text in (f"{postcode} {locality}", both, locality):
        if re.match(r"[A-Za-z]{1,3} ?[-–]", text) and (found := last_line(text)):
            return found[0].country or HOME
    return HOME


def _last_line_abroad(
    values: Values, street: Sequence[str], country: str
) -> tuple[str, str, Sequence[str]]:
    """Postcode and locality, wherever they stand, and the street without them."""
    postcode, locality, both = (one_line(values[name]) for name in TOWN)
    if found := last_line(both or locality, country):
        code, town = found
        if not postcode or read_postcode(postcode, country) == code:
            return code.code, town, street
    locality = locality or both
    if not postcode and not locality and street:
        *before, last = street
        above, _, below = last.rpartition(",")
        if found := last_line(below.strip(), country):
            return found[0].code, found[1], [*before, *filter(None, [above.strip()])]
    return postcode, locality, street
