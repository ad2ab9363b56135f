"""The postal address of a person or an organisation, who may live in any country."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from merge.french.communes import fold
from merge.post.countries import HOME, country_of, nearest
from merge.post.forms import Postcode, PostcodeProblem, last_line, read_postcode, region_of
from merge.recipients import address
from merge.recipients.cells import CellProblem, Problems, one_line

Place = tuple[tuple[str, ...], str, str, str]
"""The lines of the street, the postcode, the locality, the country ("" the sender's own)."""


def postal(
    values: address.Values, street: Sequence[str], department: str, problems: Problems
) -> Place:
    """The address of a row. `street` are the lines as typed.

    Codes beside those of `address.postal`: "unknown-country" (the address is not taken),
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
        at_home = Problems()
        lines, postcode, locality = address.postal(values, street, None, department, at_home)
        problems += map(_told_by_country, at_home)
        return lines, postcode, locality, ""
    postcode, locality, street = _last_line(values, street, country)
    read = read_postcode(postcode, country)
    if isinstance(read, Postcode):
        postcode = read.code
    elif postcode:
        problems.append(problem_of(read))
    typed = one_line(values["region"])
    region = region_of(typed, country)
    if region is None:
        problems.tell("unknown-region", "region", typed)
    return tuple(street), postcode, with_region(locality, region or ""), country


def apart(cell: str) -> Mapping[str, str]:
    """The parts of "12 rue des Lilas  Rennes  35000  FR", which newsletter services write so, by
    field, and of one with commas that ends with the country; {} for another cell.
    """
    parts = _parts(cell, r"\s{2,}") or _parts(cell, ",")
    country = country_of(parts[-1]) if parts else None
    if country is not None:
        last = parts.pop()
    elif "," in cell and "  " not in cell:
        return {}
    if len(parts) < _PARTS_AT_LEAST:
        return {}
    *street, town, code = parts
    if not isinstance(read_postcode(code, country or HOME), Postcode):
        return {}
    found = {"postcode": code, "country": last if country else ""}
    if len(street) > 1 and country and region_of(town, country):
        found["region"], town = town, street.pop()
    return {**found, "address": "\n".join(street), "locality": town}


def _parts(cell: str, between: str) -> list[str]:
    parts = [*filter(None, map(str.strip, re.split(between, cell)))]
    return parts if len(parts) >= _PARTS_AT_LEAST else []


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


def _said_before_postcode(values: address.Values) -> str:
    """ "CH-1201" in a cell for the postcode, or for the town too, is in Switzerland."""
    for name in ("postcode", "postcode_locality", "locality"):
        text = one_line(values[name])
        if not re.match(r"[A-Za-z]{1,3} ?[-–]", text):  # nearly all
            continue
        read, found = read_postcode(text), last_line(text)
        said = read if isinstance(read, Postcode) else found[0] if found else None
        if said and said.country:
            return said.country
    return HOME


def _told_by_country(problem: CellProblem) -> CellProblem:
    """A postcode that is none of France is perhaps one of another country."""
    if problem.code != "bad-postcode":
        return problem
    read = read_postcode(problem.value)
    return problem_of(read) if isinstance(read, PostcodeProblem) and read.fits else problem


def _last_line(
    values: address.Values, street: Sequence[str], country: str
) -> tuple[str, str, Sequence[str]]:
    """Postcode and locality, wherever they stand, and the street without them."""
    postcode, locality, both = (
        one_line(values[name]) for name in ("postcode", "locality", "postcode_locality")
    )
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
