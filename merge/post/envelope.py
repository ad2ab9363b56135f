"""The lines of the window: who, where, and the country of a letter that leaves the sender's own."""

import re
from collections.abc import Callable, Mapping, Sequence

from merge.french import courtesy, postal
from merge.french.postal import CHARACTERS, LINES, AddressBlock, PostalProblem
from merge.model import Recipient
from merge.post.countries import HOME, last_line
from merge.post.forms import Field, Postcode, PostcodeProblem, form_of, read_postcode

_BY_LA_POSTE = {HOME, "MC"}  # Monaco has French postcodes, and is written to as France is
_MAIRIE = ("Mairie", "Maire")  # the two lines above the street, whatever they say
_BOX = re.compile(r"(?:bte|bo[iî]te|bus)\.? *[0-9]{1,4} ?[A-Z]?", re.IGNORECASE)

Names = tuple[str, str]
"""The lines of the organisation and of the person; "" where there is none."""


def block(
    names: Names, street: Sequence[str], postcode: str, locality: str, country: str = ""
) -> AddressBlock | PostalProblem:
    """The printed address in the form of its country, or the first problem with it.

    `country` is a code of ISO 3166-1, "" the sender's own. Nothing is cut, nothing is raised. At
    home, and in Monaco, it is `postal.block`. Elsewhere the lines are as they were typed, but for
    what is in capitals there; the last one is the country in the sender's language. Town and
    state or province are both in `locality`: "Boston, MA".
    """
    if not country or country in _BY_LA_POSTE:
        read = read_postcode(postcode, country) if country else None
        if isinstance(read, PostcodeProblem):
            return PostalProblem(read.code, "postcode", postcode)
        return postal.block([*names, *street], read.code if read else postcode, locality)
    form = form_of(country)
    if form is None:
        return PostalProblem("unknown-country", "country", country)
    lines = [*names, *street]
    typed = zip(postal.field_names(len(lines)), lines, strict=True)
    for field, value in (*typed, ("locality", locality)):
        if not postal.is_printable(value):
            return PostalProblem("bad-character", field, value)
    who = [postal.wrapped(postal.fitted_name(_on_one_line(name))) for name in names]
    if not any(who):
        return PostalProblem("no-addressee", "organisation", "")
    read = read_postcode(postcode, country)
    if not isinstance(read, Postcode):
        return PostalProblem(read.code, "postcode", postcode)
    town = _on_one_line(locality)
    if not town:
        return PostalProblem("no-locality", "locality", locality)
    town, region = town_and_region(town) if form.has_region else (town, "")
    values: Mapping[Field, str] = {"C": town, "S": region, "Z": read.code}
    as_typed = [line for each in street for line in each.splitlines()]
    where = [fitted for line in _with_boxes(as_typed, country) for fitted in _fitted(line)]
    if form.only_town and town.upper() not in (form.only_town, last_line(country)):
        where.append(town)
    fewer = postal.joined(where, ", ")
    for way, lines in ((form, where), (form, fewer), (form.shorter(), fewer)):
        parts = way.parts(who[0], who[1], lines)
        whole = (*way.filled(parts, values), last_line(country))
        if len(whole) <= LINES:
            break
    large = postal.too_large(whole, [parts[each] for each in ("%O", "%N", "%A")])
    return large or AddressBlock(whole, sum(map(len, who)))


def town_and_region(locality: str) -> tuple[str, str]:
    """Boston and MA of "Boston, MA", as lists of recipients have them; "" for no region."""
    town, comma, region = locality.rpartition(",")
    return (town.strip(), region.strip()) if comma else (locality, "")


def called(recipient: Recipient, civilities: Mapping[str, str]) -> Recipient:
    """The recipient with the short civility that the language of the letter has."""
    stated = courtesy.short(recipient.civility)
    return recipient._replace(civility=civilities.get(stated, stated))


def addressee(recipient: Recipient) -> Names:
    """The lines of a person and an organisation, as the recipient's record states them."""
    person = f"{recipient.civility} {recipient.person}" if recipient.person else ""
    return recipient.organisation, person.strip()


def place_of(recipient: Recipient) -> str:
    """What stands below the names, as a delivery's `address` has it; "" where none is printed."""
    names = _MAIRIE if recipient.commune else addressee(recipient)
    made = block(names, recipient.street, recipient.postcode, recipient.locality, recipient.country)
    return "" if isinstance(made, PostalProblem) else ", ".join(made.lines[made.addressee :])


def _with_boxes(lines: Sequence[str], country: str) -> list[str]:
    """The lines of the street; the box of a Belgian house is on that of its number (bpost)."""
    joined: list[str] = []
    for line in lines:
        if country == "BE" and joined and _BOX.fullmatch(line.strip()):
            joined[-1] = f"{joined[-1].rstrip(' ,')} {line.strip()}"
        else:
            joined.append(line)
    return joined


def _fitted(line: str) -> list[str]:
    """The line of a street; where too long, parted at commas and else between words."""
    parts = postal.joined([part.strip() for part in line.split(",") if part.strip()], ", ")
    return [fitted for part in parts for fitted in postal.wrapped(part)]


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def shared_names(
    people: Sequence[Recipient],
    civilities: Mapping[str, str],
    joints: Callable[[int], Sequence[str]],
) -> Names | None:
    """The two lines that name all of them: "Mme Anne et M. Paul MARTIN", or a line each for two.

    Each name as it is stated, but for the `civilities` that the language of the letters calls
    otherwise; `joints` are what stands there between each two of n names. None for fewer than two,
    for an organisation, for two of one name, and where two lines do not hold them.
    """
    people = [called(each, civilities) for each in people]
    whole = [person for _organisation, person in map(addressee, people)]
    if len(set(whole)) < max(len(people), 2) or not all(whole):
        return None
    if any(each.organisation for each in people):
        return None
    by_surname: dict[str, list[Recipient]] = {}
    for each in people:
        by_surname.setdefault(each.surname.casefold(), []).append(each)
    for lines in ([_named(some, joints) for some in by_surname.values()], whole):
        if len(lines) <= 2 and all(0 < len(line) <= CHARACTERS for line in lines):
            return (lines[0], lines[1]) if len(lines) == 2 else ("", lines[0])
    return None


def _named(people: Sequence[Recipient], joints: Callable[[int], Sequence[str]]) -> str:
    """Those of one surname on one line; "" where one of them is nothing but that surname."""
    given = [f"{each.civility} {each.first_name}".strip() for each in people]
    if not all(given):
        return "" if len(people) > 1 else people[0].surname
    said = "".join(map("".join, zip(given, (*joints(len(given)), ""), strict=True)))
    return f"{said} {people[0].surname}".strip()
