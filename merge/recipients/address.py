"""The postal address of a row: the last line of it, wherever postcode and town were written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, reduce

from merge.french.communes import Commune, by_name, fold, reference
from merge.french.grammar import bare
from merge.french.postal import services_masked
from merge.recipients.cells import CellProblem, Problems, one_line

Values = Mapping[str, str]
"""The text of each field of a row, "" where the sheet has no column for it."""

_ONE_CELL = "postcode_locality"


def postal(
    values: Values,
    street: Sequence[str],
    commune: Commune | None,
    department: str,
    problems: Problems,
) -> tuple[tuple[str, ...], str, str]:
    """The lines of the street, the postcode, the locality. `street` are the lines as typed."""
    typed, locality = last_line(values)
    rest, last_postcode, last_locality = without_last_line(street)
    if last_postcode and (not typed or is_same(typed, last_postcode)):
        street, typed, locality = rest, last_postcode, locality or last_locality
    elif last_postcode:
        problems += second_postcode(street, typed)
    for name in ("locality", _ONE_CELL):
        if values[name]:
            problems += left_out(name, values[name], typed)
    if values["locality"] and values[_ONE_CELL]:
        problems += _second_town(values[_ONE_CELL], typed, locality)
    postcode, postcode_problems = postcode_of(typed, commune, locality, department)
    problems += postcode_problems
    if postcode and commune:
        locality = locality_in(commune.name, locality)
    return tuple(street), postcode, locality


def last_line(values: Values) -> tuple[str, str]:
    """Postcode and locality as typed, whether each has its cell, one cell has both, or there are
    such cells beside each other: the town of any, whole where only one says "Cedex".

    A town that stands below another postcode than the row's is that of another address, unless
    the row's is one of its own.
    """
    typed, place, line = (one_line(values[name]) for name in ("postcode", "locality", _ONE_CELL))
    own, rest = parted(typed) or (typed, "")
    code, town = parted(place) or ("", place)
    if not (line or rest or code):  # nearly all
        return own, town
    line_code, line_town = (
        parted(line)
        or _town_first(line)
        or ((line, "") if not typed or line.isdigit() else ("", line))
    )
    postcode = own or line_code or code
    towns = (
        each if not its_code or is_same(its_code, postcode) else _town_at(postcode, its_code, each)
        for its_code, each in ((code, town), (line_code, line_town), ("", rest))
    )
    return postcode, reduce(_with_cedex, towns)


def _with_cedex(town: str, other: str) -> str:
    """The first of two cells for the town; what the other says of the "Cedex" belongs to it."""
    if not town or "CEDEX" not in other.upper() or "CEDEX" in town.upper():
        return town or other
    same = town_of(other)
    if not same:
        return f"{town} {other}"
    return other if fold(same) == fold(town) else town


def _second_town(cell: str, postcode: str, locality: str) -> Iterator[CellProblem]:
    """The problem of a town in the cell for postcode and town, when another one is printed."""
    line = one_line(cell)
    if not any(map(str.isalpha, line)):
        return
    code, town = parted(line) or ("", line)
    other = fold(town_of(town))
    if (not code or is_same(code, postcode)) and other not in ("", fold(town_of(locality))):
        yield CellProblem(
            code="locality-left-out", field=_ONE_CELL, value=line, suggestion=locality
        )


def place_and_town(name: str) -> tuple[str, str]:
    """ "35031 Rennes Cedex" is a place of the post in the town of Rennes; "Rennes" is none."""
    if "CEDEX" not in name.upper() and not name[:1].isdigit():
        return "", name
    town = town_of(name)
    return (name, town) if town != name else ("", name)


def postcode_of(
    typed: str, commune: Commune | None, locality: str = "", department: str = ""
) -> tuple[str, tuple[CellProblem, ...]]:
    """The five digits, "" when there are none to trust; and the problems.

    `department` is the code of the row's, where it has no commune. A zero is put back only where
    the row is of a French place that wants it: "1050" is a postcode of Brussels too.

    Codes: "bad-postcode" (not taken), "zero-restored", "postcode-disagrees" (kept: it is
    of another département, or of other communes while the locality is this one). A CEDEX stands
    in no reference: only its first two digits are compared, for Réunion has them in 977.
    """
    if not typed:
        return "", ()
    if typed in commune.postcodes if commune else _POSTCODE_ALONE.fullmatch(typed):  # nearly all
        return typed, ()
    code = digits_of(typed)
    known = ", ".join(commune.postcodes) if commune else ""
    starts = {postcode[:2] for postcode in commune.postcodes} if commune else set()
    if _LOST_ZERO.fullmatch(code) and (
        "0" + code[0] in (starts or {commune.department if commune else department})
        or (not commune and _is_in_france(f"0{code}", locality))
    ):
        code = f"0{code}"
        return code, (_problem("zero-restored", typed, code),)
    if not _POSTCODE_ALONE.fullmatch(code):
        return "", (_problem("bad-postcode", typed, known),)
    if commune and starts and code not in commune.postcodes:
        town = fold(town_of(locality))
        is_elsewhere = town not in ("", fold(commune.name), fold(bare(commune.name)))
        if code[:2] not in starts or (code in _geographic() and not is_elsewhere):
            return code, (_problem("postcode-disagrees", typed, known),)
    return code, ()


def _is_in_france(code: str, locality: str) -> bool:
    """Whether a commune of the locality's name has that postcode, or one that begins so."""
    places = by_name(town_of(locality)) if locality else ()
    return any(postcode[:2] == code[:2] for place in places for postcode in place.postcodes)


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


def _town_at(postcode: str, own: str, town: str) -> str:
    """The town of a line that begins with `own`, where it may stand below another postcode, without
    its CEDEX: "35031 Rennes Cedex" at 35000 is Rennes. "" where it may not.
    """
    code, name = digits_of(postcode).zfill(5), town_of(town)
    known = {each for commune in by_name(name) for each in commune.postcodes}
    if code in known:
        return name
    near = {each[:2] for each in known or {digits_of(own).zfill(5)}}
    return name if code not in _geographic() and code[:2] in near else ""


@cache
def _geographic() -> frozenset[str]:
    """The postcodes of all communes."""
    return frozenset(code for commune in reference().values() for code in commune.postcodes)


_POSTCODE = r"(?:FR?[- ]?)?(?:\d{5}|\d{2} \d{3})"
_LEADING = re.compile(rf"({_POSTCODE}|\d{{4}})[ ,–-]+(\D.*)", re.IGNORECASE)
# The digits of an arrondissement are no house number. Nor are those of "BP-12345" a postcode.
_TRAILING = re.compile(
    rf"(?<!\bBP)(?<!\bCS)(?<!\bTSA)[ ,–-]+({_POSTCODE})[ ,–-]+(\D[^\d,]*(?:\d{{1,2}}[^\d,]*)?)",
    re.IGNORECASE,
)
_BARE = re.compile(rf"(?:(.+?)\s*,\s*)?({_POSTCODE})\s*", re.IGNORECASE)
_TOWN_FIRST = re.compile(rf"([^\W\d][^\d(]*?)[ ,–-]*[ (]({_POSTCODE})\)?", re.IGNORECASE)
_COUNTRY = re.compile(r"(?:^|\s*,\s*|\s+[–-]\s+)(?:France|FR)\s*$", re.IGNORECASE)
_FIVE_DIGITS = re.compile(r"(?:\d\D*+){5}")
_LINE_AT_MOST = 200  # longer is no address, and slow to search


def parted(text: str) -> tuple[str, str] | None:
    """ "13233 Marseille Cedex 20" → its postcode and the rest; None without both."""
    if text.isdecimal() or not (text[:1].isdecimal() or text[:1] in "Ff"):  # nearly all
        return None
    found = _LEADING.fullmatch(text)
    return (found[1], found[2]) if found else None


def _town_first(line: str) -> tuple[str, str] | None:
    """ "Rennes (35000)" → its postcode and the town, in the cell for both."""
    found = _TOWN_FIRST.fullmatch(line) if len(line) <= _LINE_AT_MOST else None
    return (found[2], found[1]) if found else None


def without_last_line(street: Sequence[str]) -> tuple[Sequence[str], str, str]:
    """ "1 rue X, 35000 Rennes" → "1 rue X", the postcode and the locality; "" where none is.

    A town's name may stand elsewhere: "1 rue X, 35000" has no locality. Maps and address books
    write the country behind it, which no letter within it wants.
    """
    found = _cut_before_postcode(street)
    if found[2].upper() in ("FR", "FRANCE"):  # "… Rennes 35000 FR": where the town begins is unsaid
        return street, "", ""
    if found[1] and (country := _COUNTRY.search(found[2])) and country.start():
        return found[0], found[1], found[2][: country.start()]
    if (
        found[1] or not street or not street[-1].rstrip().lower().endswith(("france", "fr"))
    ):  # nearly all
        return found
    at_home = _without_country(street)
    return _cut_before_postcode(at_home) if at_home else found


def _without_country(street: Sequence[str]) -> Sequence[str]:
    """The street without the country that it ends with; () where it ends with none."""
    country = _COUNTRY.search(street[-1])
    if not country:
        return ()
    *before, last = street
    return [*before, last[: country.start()]] if country.start() else before


def _cut_before_postcode(street: Sequence[str]) -> tuple[Sequence[str], str, str]:
    if not street or len(street[-1]) > _LINE_AT_MOST:
        return street, "", ""
    *before, last = street
    found = parted(last)
    if found and (not _LOST_ZERO.fullmatch(found[0]) or by_name(town_of(found[1]))):
        return (before, *found)  # "1500 Ambérieu-en-Bugey", but not "1517 route de Lyon"
    if not _FIVE_DIGITS.search(last):  # nearly all
        return street, "", ""
    masked = services_masked(last)
    trailing = list(_TRAILING.finditer(masked))
    if trailing and trailing[-1].end() == len(masked):
        cut = trailing[-1]
        postcode, rest = (last[slice(*cut.span(group))] for group in (1, 2))
        return [*before, last[: cut.start()]], postcode, rest
    if bare := _BARE.fullmatch(masked):
        kept = [*before, last[: bare.end(1)]] if bare[1] else before
        return kept, last[slice(*bare.span(2))], ""
    return street, "", ""


def is_last_line(cell: str) -> bool:
    """ "35031 Rennes Cedex"; but not "2020 (réélu)" nor "12000 habitants"."""
    found = parted(one_line(cell))
    return bool(found and by_name(town_of(found[1])))


def is_address_cell(cell: str) -> bool:
    """ "1 rue X, 35000 Rennes"; but not "réélu en 2020, 12000 habitants"."""
    if len(cell) < _SHORTEST_ADDRESS or not _POSTCODE_IN_CELL.search(cell):  # nearly all
        return False
    street, code, town = without_last_line([*map(one_line, cell.strip().splitlines())])
    return bool(any(street) and code and town and by_name(town_of(town)))


_SHORTEST_ADDRESS = len("1 rue X 80190 Y")
_POSTCODE_IN_CELL = re.compile(r"\d\d ?\d{3}\s+[^\W\d]")


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


def second_postcode(street: Sequence[str], postcode: str) -> tuple[CellProblem, ...]:
    """The problem of a street that ends with another postcode than the row's: both are printed."""
    _, code, _ = without_last_line(street)
    if not code or is_same(code, postcode):
        return ()
    last = (_without_country(street) or street)[-1]
    return (CellProblem(code="second-postcode", field="address", value=last, suggestion=postcode),)


def left_out(field: str, typed: str, postcode: str) -> tuple[CellProblem, ...]:
    """The problem of a town whose own postcode is left out: the row has another one."""
    line = one_line(typed)
    found = parted(line)
    if not found or is_same(found[0], postcode):
        return ()
    return (CellProblem(code="locality-left-out", field=field, value=line, suggestion=postcode),)


def _problem(code: str, value: str, suggestion: str) -> CellProblem:
    return CellProblem(code=code, field="postcode", value=value, suggestion=suggestion)
