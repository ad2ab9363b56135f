"""Headers → fields: what each column of a sheet is; close matches are only suggested.

What means no field is kept as one of the sheet's own, under its header.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from merge.errors import SheetError
from merge.french.communes import fold
from merge.french.courtesy import civility_of
from merge.model import Audience
from merge.recipients.address import together
from merge.recipients.asides import asking_not
from merge.recipients.cells import Cells, clean
from merge.recipients.headers import (
    FRENCH,
    IDENTITY,
    NAMES,
    OF_ADDRESS,
    PLACES,
    STREET_LINES,
    WHOLE_NAMES,
    HeaderMeaning,
    field_named,
    fields_of,
    is_whole_address,
    meaning,
    nearly,
    says,
)

_CONTRADICTING_AT_MOST = 0.05  # of the rows with two addresses


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which column holds what; columns are counted from 0."""

    fields: Mapping[str, int]  # what the program understands, by field
    others: Mapping[str, int]  # kept for the letter, by header
    dropped: tuple[str, ...]  # birth dates and professions
    close: Mapping[str, str]  # headers close to a field that has no column; not taken
    # Fields that several headers claim, with these; taken from none.
    contested: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    # Of the others, those that say to whom not to write.
    asides: Mapping[str, int] = dataclasses.field(default_factory=dict)
    audience: Audience = "communes"

    @property
    def identity(self) -> tuple[str, ...]:
        """The fields by which its recipients are known."""
        return IDENTITY[self.audience]

    @property
    def say_who(self) -> bool:
        """Whether a column identifies the recipients."""
        return not self.fields.keys().isdisjoint(self.identity)


def assign(
    headers: Sequence[str],
    *,
    overrides: Mapping[str, str] | None = None,
    own: Collection[str] = (),
    audience: Audience = "communes",
    rows: Sequence[Cells] = (),
) -> Columns:
    """Each header's meaning, as `understood`, where that is enough to read the sheet.

    SheetError: "not-one-of", "two-columns-one-field",
    "no-recipient-column" (neither a code nor a key nor a name).
    """
    found = understood(headers, overrides=overrides, own=own, audience=audience, rows=rows)
    for field, claiming in found.contested.items():
        raise SheetError("two-columns-one-field", field=field, columns=", ".join(claiming[:2]))
    if not found.say_who:
        raise SheetError(
            "no-recipient-column",
            field="insee" if audience == "communes" else "whole_name",
            headers=", ".join(headers),
            suggestion=", ".join(f"{field}={header}" for header, field in found.close.items()),
        )
    return found


def understood(
    headers: Sequence[str],
    *,
    overrides: Mapping[str, str] | None = None,
    own: Collection[str] = (),
    audience: Audience = "communes",
    rows: Sequence[Cells] = (),
) -> Columns:
    """What each header means. `overrides` are the pairs of `--map`, field → header, and win.
    The headers in `own` mean nothing but themselves, or what an override says.

    A column that `--map` takes for one field is nothing else, but that an e-mail may be the key,
    too. "Ville" is the place of the postal address, or the commune where no other column is, and so
    is "CP Commune" where nothing else says who; the département goes by its name where no column
    has a code. Where nobody writes to communes, "Ville" and "Commune" are the place; a name alone
    is an organisation's where those are written to; and the columns of country and département are
    the letter's, too.

    The columns of one address are taken together: of two for the street the second says it again,
    unless the two contradict each other in `rows`, the first of the sheet.

    SheetError: "not-one-of".
    """
    fields = _overridden(headers, overrides or {}, audience)
    others: dict[str, int] = {}
    dropped: list[str] = []
    meant: dict[int, HeaderMeaning] = {}  # what may be a field
    for i, header in enumerate(headers):
        found, taken_for = meaning(header, audience), {f for f, at in fields.items() if at == i}
        means = found.field if found else ""
        if not taken_for.isdisjoint(WHOLE_NAMES):  # it is only said which name comes first
            taken_for.add("whole_name")
        if header in own or means not in {*taken_for, "dropped"}:
            others[header] = i
        elif not taken_for:
            dropped.append(header)
        is_free = header not in own and (not taken_for or means == "email")
        if found and is_free and means not in {*fields, "dropped"}:
            meant[i] = found
    claims = _claims(headers, meant, audience, fields, rows)
    _take_address_together(claims, headers, rows)
    best = {field: _least({i: meant[i][2:] for i in some}) for field, some in claims.items()}
    taken = {field: some[0] for field, some in best.items() if len(some) == 1}
    contested = {
        field: tuple(headers[i] for i in some)
        for field, some in best.items()
        if len(some) > 1 and field != "whole_name"  # there is a civility at most to lose
    }
    further = [i for i, found in meant.items() if found[:2] in _FURTHER and i not in taken.values()]
    if further and "email" in taken and audience != "communes":
        taken.setdefault("email_2", further[0])
    fields |= taken
    if "whole_name" in taken and not fields.keys().isdisjoint(_ONE_NAME):
        del taken["whole_name"]  # a letter may have it, too
        if audience != "people":
            del fields["whole_name"]
    if "email" not in {*fields, *contested} and "email_2" in taken:
        fields["email"] = fields.pop("email_2")
    if audience == "communes":
        if "commune" not in fields and "locality" in taken:
            fields["commune"] = fields.pop("locality")
        if fields.keys().isdisjoint(IDENTITY[audience]) and "postcode_locality" in taken:
            fields["commune"] = fields.pop("postcode_locality")
    elif audience == "organisations" and fields.keys().isdisjoint({"organisation", "first_name"}):
        for name in ("whole_name", "surname"):
            if name in taken and "organisation" not in fields:
                fields["organisation"] = fields.pop(name)
    before = taken.get("address", 0) - 1
    # In the first column it is the number of the row.
    if before > 0 and "house_number" not in fields and says(headers[before]) == ("number",):
        taken["house_number"] = fields["house_number"] = before
    others = {header: i for header, i in others.items() if i not in taken.values()}
    if audience != "communes":
        # No word of ours says in a letter what stands there, and not all of it is understood.
        kept = [i for f, i in fields.items() if f in ("region", "department", "country")]
        others |= {headers[i]: i for i in kept}
    asked = {header: i for header, i in others.items() if header not in own}
    asides = asking_not(asked)
    decided = {*asides, *chain(*contested.values()), *(headers[i] for i in fields.values())}
    close: dict[str, str] = {}
    for header, i in asked.items():
        field = meant[i].field if i in meant else nearly(header, audience)
        if header in decided or not field:
            continue
        if i in meant:
            is_near = field in _LOOKS and meant[i].line == 0 and _is_filled(i, rows)
        else:
            looks = _LOOKS.get(field)
            is_near = field not in fields or any(looks and looks.search(row[i]) for row in rows)
        if is_near:
            close[header] = field
    return Columns(
        fields=fields,
        others=others,
        dropped=tuple(dropped),
        close=close,
        contested=contested,
        asides=asides,
        audience=audience,
    )


# Beside a column for one of the names, one for all of them says more of who has none there alone:
# address books fill in what is shown.
_ONE_NAME = frozenset({"first_name", "surname", "first_name_surname", "surname_first_name"})
_FURTHER = [("email", place) for place in ("home", "work", "other")]  # of who has another one
_BY_NAME = 2  # the line of headers over the names of départements
_LOOKS = {"email": re.compile(r"^\s*\S+@\S+\s*$"), "address": re.compile(r"^\d+\b[^@/]*[^\W\d]{3}")}


def _least(ranks: Mapping[int, Any]) -> list[int]:
    """The columns of the lowest rank."""
    return [i for i in ranks if ranks[i] == min(ranks.values())]


def _is_filled(column: int, rows: Sequence[Cells]) -> bool:
    """Whether something stands in it, as far as is known."""
    return not rows or any(row[column].strip() for row in rows)


def _states_civilities(column: int, rows: Sequence[Cells]) -> bool:
    cells = [row[column] for row in rows if row[column].strip()]
    return 2 * sum(civility_of(clean(cell)) is not None for cell in cells) > len(cells)


def _claims(
    headers: Sequence[str],
    meant: Mapping[int, HeaderMeaning],
    audience: Audience,
    fields: Mapping[str, int],
    rows: Sequence[Cells],
) -> dict[str, list[int]]:
    """The columns for each field: of several those that hold something, a civility for one, and of
    the place whose street counts, or whose name does: of the home, beside where somebody works.
    Where the street says no place, that of a town that has no street of its own is the same.
    """
    claims: dict[str, list[int]] = {}
    for i, each in meant.items():
        claims.setdefault(each.field, []).append(i)
    claims = {
        field: _least({i: not _is_filled(i, rows) for i in some}) for field, some in claims.items()
    }
    if civilities := claims.get("sex"):
        stating = [i for i in civilities if _states_civilities(i, rows)]
        is_sure = len(civilities) == 1 and "title" not in says(headers[civilities[0]])
        claims["sex"] = civilities if is_sure else stating
    if "insee" in {*fields, *claims} and "department" in claims:
        claims["department"] = [i for i in claims["department"] if meant[i].line < _BY_NAME]
    # Nobody but people is written to at home.
    order = [place for place in PLACES if audience == "people" or place != "home"]
    order += [each.place for each in meant.values()]
    alone = [((field,), (field,)) for field in claims if field not in (*OF_ADDRESS, *NAMES)]
    for telling, group in ((("address",), OF_ADDRESS), (NAMES[1:], NAMES), *alone):
        places = {meant[i].place for field in telling for i in claims.get(field, ())}
        counts = min(places, key=order.index, default="")
        if group is OF_ADDRESS and "address" in fields:
            street = meaning(headers[fields["address"]], audience)
            counts = street.place if street else counts
        for field in [field for field in group if field in claims]:
            columns = [(i, meant[i].place, meant[i].line) for i in claims[field]]
            claims[field] = _least(
                {
                    i: (place != counts, order.index(place), line)
                    for i, place, line in columns
                    if place in ("", counts) or not (counts or place in places)
                }
            )
    return claims


def _take_address_together(
    claims: dict[str, list[int]], headers: Sequence[str], rows: Sequence[Cells]
) -> None:
    """Give each of the columns of one address a field of its own, where they go together."""
    further = claims.get("address_2", [])
    if len(further) == 2 and "address_3" not in claims:  # "Lieu-dit" and "BP"
        claims["address_3"] = [further.pop()]
    same = claims.get("address", [])
    if len(same) != 2 or "address_again" in claims:
        return
    main, again = sorted(same, key=lambda index: (is_whole_address(headers[index]), index))
    own = [i for field in STREET_LINES for i in claims.get(field, ()) if i != again]
    both = [row for row in rows if row[main].strip() and row[again].strip()]
    differing = sum(together([row[i] for i in own], [row[again]]) is None for row in both)
    if differing <= _CONTRADICTING_AT_MOST * len(both):
        claims["address"], claims["address_again"] = [main], [again]


def _overridden(
    headers: Sequence[str], overrides: Mapping[str, str], audience: Audience
) -> dict[str, int]:
    """The columns that `--map` names: its header exactly, or else folded."""
    fields: dict[str, int] = {}
    for called, column in overrides.items():
        field, known = field_named(called, audience), fields_of(audience)
        if field is None:
            raise SheetError(
                "not-one-of",
                value=called,
                choices=", ".join(f"{name} ({FRENCH[name]})" for name in known),
                suggestion=nearest(called, known),
            )
        same = columns_called(column, headers)
        if len(same) != 1:
            raise SheetError(
                "not-one-of",
                value=column,
                choices=", ".join(headers),
                suggestion=nearest(column, headers),
            )
        fields[field] = same[0]
    return fields


def columns_called(wanted: str, headers: Sequence[str]) -> Sequence[int]:
    """The places of the columns with this header: exactly, or else folded."""
    return [i for i, each in enumerate(headers) if each == wanted] or [
        i for i, each in enumerate(headers) if fold(each) == fold(wanted)
    ]


def nearest(text: str, choices: Sequence[str]) -> str:
    """What was perhaps meant; "" where nothing is near."""
    from rapidfuzz import fuzz, process

    found = process.extractOne(text, choices, scorer=fuzz.ratio, processor=fold, score_cutoff=60)
    return found[0] if found else ""
