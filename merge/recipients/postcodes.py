"""The postcode of a row: five digits that fit its commune; where it stands among other words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from merge.french.communes import Commune, by_name, fold, reference
from merge.french.grammar import bare
from merge.french.postal import services_masked
from merge.recipients.cells import Flaw, one_line


def postcode_of(
    typed: str, commune: Commune | None, locality: str = "", department: str = ""
) -> tuple[str, tuple[Flaw, ...]]:
    """The five digits, "" when there are none to trust; and the flaws.

    `department` is the code of the row's, where it has no commune. A zero is put back only where
    the row is of a French place that wants it: "1050" is a postcode of Brussels too.

    Codes: "bad-postcode" (not taken), "postcode-zero-restored", "postcode-disagrees" (kept: it is
    of another département, or of other communes while the locality is this one). A CEDEX stands
    in no reference: only its first two digits are compared, for Réunion has them in 977.
    """
    if not typed:
        return "", ()
    if commune and typed in commune.postcodes:  # nearly all
        return typed, ()
    code = _digits(typed)
    known = ", ".join(commune.postcodes) if commune else ""
    starts = {postcode[:2] for postcode in commune.postcodes} if commune else set()
    if _LOST_ZERO.fullmatch(code) and (
        "0" + code[0] in (starts or {commune.department if commune else department})
        or (not commune and _is_in_france(f"0{code}", locality))
    ):
        code = f"0{code}"
        return code, (_flaw("postcode-zero-restored", typed, code),)
    if not re.fullmatch(r"\d{5}", code) or not code.isascii():
        return "", (_flaw("bad-postcode", typed, known),)
    if commune and starts and code not in commune.postcodes:
        town = fold(town_of(locality))
        is_elsewhere = town not in ("", fold(commune.name), fold(bare(commune.name)))
        if code[:2] not in starts or (code in _geographic() and not is_elsewhere):
            return code, (_flaw("postcode-disagrees", typed, known),)
    return code, ()


def _is_in_france(code: str, locality: str) -> bool:
    """Whether a commune of the locality's name has that postcode, or one that begins so."""
    places = by_name(town_of(locality)) if locality else ()
    return any(postcode[:2] == code[:2] for place in places for postcode in place.postcodes)


def is_same(one: str, other: str) -> bool:
    """Whether two postcodes as typed are one: "01 500", "1500" and "F-01500"."""
    return _digits(one).zfill(5) == _digits(other).zfill(5)


def department_in(typed: str) -> str:
    """The digits of a postcode that tell the département: "01" for "01500", and for "1500"."""
    code = _digits(typed)
    return f"0{code[0]}" if _LOST_ZERO.fullmatch(code) else code[:2]


_LOST_ZERO = re.compile(r"[1-9]\d{3}")


def _digits(typed: str) -> str:
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


def town_at(postcode: str, own: str, town: str) -> str:
    """The town of a line that begins with `own`, where it may stand below another postcode, without
    its CEDEX: "35031 Rennes Cedex" at 35000 is Rennes. "" where it may not.
    """
    code, name = _digits(postcode).zfill(5), town_of(town)
    known = {each for commune in by_name(name) for each in commune.postcodes}
    if code in known:
        return name
    near = {each[:2] for each in known or {_digits(own).zfill(5)}}
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
_COUNTRY = re.compile(r"(?:^|\s*,\s*)France\s*$", re.IGNORECASE)
_FIVE_DIGITS = re.compile(r"(?:\d\D*+){5}")
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
    found = _without_last_line(street)
    return found if found[1] or not (at_home := _at_home(street)) else _without_last_line(at_home)


def _at_home(street: Sequence[str]) -> Sequence[str]:
    """The street without the country that it ends with; () where it ends with none."""
    if not street or not street[-1].rstrip().lower().endswith("france"):  # nearly all
        return ()
    country = _COUNTRY.search(street[-1])
    if not country:
        return ()
    *before, last = street
    return [*before, last[: country.start()]] if country.start() else before


def _without_last_line(street: Sequence[str]) -> tuple[Sequence[str], str, str]:
    if not street or len(street[-1]) > _LINE_AT_MOST:
        return street, "", ""
    *before, last = street
    found = parted(last)
    if found and (not _LOST_ZERO.fullmatch(found[0]) or by_name(town_of(found[1]))):
        return (before, *found)  # "1500 Ambérieu-en-Bugey", but not "1517 route de Lyon"
    if not _FIVE_DIGITS.search(last):  # nearly all
        return street, "", ""
    if trailing := _trailing(last):
        postcode, rest = (last[slice(*trailing.span(group))] for group in (1, 2))
        return ([*before, last[: trailing.start()]], postcode, rest)
    if bare := _BARE.fullmatch(services_masked(last)):
        kept = [*before, last[: bare.end(1)]] if bare[1] else before
        return kept, last[slice(*bare.span(2))], ""
    return street, "", ""


def second_postcode(street: Sequence[str], postcode: str) -> tuple[Flaw, ...]:
    """The flaw of a street that ends with another postcode than the row's: both are printed."""
    _, code, _ = without_last_line(street)
    if not code or is_same(code, postcode):
        return ()
    last = (_at_home(street) or street)[-1]
    return (Flaw(code="second-postcode", field="address", value=last, suggestion=postcode),)


def left_out(field: str, typed: str, postcode: str) -> tuple[Flaw, ...]:
    """The flaw of a town whose own postcode gives way: it is printed below the row's other one."""
    if not typed:
        return ()
    line = one_line(typed)
    found = parted(line)
    if not found or is_same(found[0], postcode):
        return ()
    return (Flaw(code="postcode-left-out", field=field, value=line, suggestion=postcode),)


def _trailing(line: str) -> re.Match[str] | None:
    """Where the last postcode of a line stands, with what follows to its end."""
    found = list(_TRAILING.finditer(services_masked(line)))
    return found[-1] if found and found[-1].end() == len(line) else None


def _flaw(code: str, value: str, suggestion: str) -> Flaw:
    return Flaw(code=code, field="postcode", value=value, suggestion=suggestion)
