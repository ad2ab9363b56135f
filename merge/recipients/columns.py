"""Headers → fields: aliases in French and English; close matches are only suggested.

What no alias names is kept as a field of its own, under its header.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from merge.errors import SheetError
from merge.french.communes import fold
from merge.french.courtesy import civility_of
from merge.model import Audience
from merge.recipients.address import together
from merge.recipients.asides import asking_not
from merge.recipients.cells import Cells, clean
from merge.recipients.headers import (
    ALIASES,
    DEPARTMENT_NAMES,
    FRENCH,
    IDENTITY,
    NAMES,
    NUMBER_WORDS,
    OF_ADDRESS,
    PERHAPS_CIVILITIES,
    PLACES,
    WHOLE_NAMES,
    HeaderMeaning,
    bare,
    field_called,
    field_named,
    fields_of,
    folded,
    is_dropped,
    is_whole_address,
    meaning,
    parted,
)

# A header with one of these words in it ("Courriel à vérifier") is about that field.
_TELLING: Mapping[str, str] = {
    **dict.fromkeys(("mail", "mails", "email", "emails", "courriel", "courriels", "mel"), "email"),
    **dict.fromkeys(("messagerie", "electronique"), "email"),
    **dict.fromkeys(("sexe", "civilite"), "sex"),
    **dict.fromkeys(("adresse", "rue", "address", "street", "strasse", "anschrift"), "address"),
}
_CONTRADICTING_AT_MOST = 0.05  # of the rows with two addresses
_CLOSE_AT_LEAST = 84  # of 100: "Couriel" is Courriel; "Prénom de l'élue" is not "Nom de l'élu"


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

    A column that `--map` takes for one field still is its own field, or one of the letter's: the
    e-mail may be the key, too. "Ville" is the place of the postal address, or the commune where no
    other column is, and so is "CP Commune" where nothing else says who; the département goes by its
    name where no column has a code. Where nobody writes to communes, "Ville" and "Commune" are the
    place; a name alone is an organisation's where those are written to; and the columns of country
    and département are the letter's, too.

    The columns of one address are taken together: of two for the street the second says it again,
    unless the two contradict each other in `rows`, the first of the sheet.

    SheetError: "not-one-of".
    """
    fields = _overridden(headers, overrides, audience) if overrides else {}
    mapped: dict[int, list[str]] = {}  # the fields that `--map` takes from a column
    for field, index in fields.items():
        mapped.setdefault(index, []).append(field)
    others: dict[str, int] = {}
    dropped: list[str] = []
    claims: dict[str, list[int]] = {}
    meant: dict[int, HeaderMeaning] = {}
    for index, header in enumerate(headers):
        found, taken_for = meaning(header, audience), mapped.get(index, [])
        means = found.field if found else ""
        if header in own and not taken_for:
            others[header] = index
        if header in own or means in taken_for:
            continue
        if means in WHOLE_NAMES and not {*WHOLE_NAMES}.isdisjoint(taken_for):
            continue  # it is only said which name comes first
        if found and means not in fields and not (taken_for and _is_moved(means, taken_for)):
            claims.setdefault(means, []).append(index)
            meant[index] = found
        elif not found and is_dropped(header):
            if not taken_for:
                dropped.append(header)
        else:
            others[header] = index
    claiming = [index for indexes in claims.values() for index in indexes]
    _leave_no_civilities(claims, headers, rows)
    said = meaning(headers[fields["address"]], audience) if "address" in fields else None
    _leave_empty(claims, rows)
    left = _leave_other_places(claims, meant, audience, said.place if said else None)
    if streets := claims.get("address"):
        nearest_kind = min(meant[i].rank // 2 for i in streets)
        claims["address"] = [i for i in streets if meant[i].rank // 2 == nearest_kind]
    _take_address_together(claims, headers, rows)
    by_alias: dict[str, int] = {}
    contested: dict[str, tuple[str, ...]] = {}
    for field, indexes in claims.items():
        least = min(meant[index].rank for index in indexes)
        exact = [index for index in indexes if meant[index].rank == least]
        if len(exact) == 1:
            by_alias[field] = exact[0]
        elif field != "whole_name":  # there is a civility at most to lose
            contested[field] = tuple(headers[index] for index in exact)
    if "email" in by_alias and "email_2" not in claims and audience != "communes":
        further = (i for i in left if meant[i].field == "email" and meant[i].place in _OF_THE_SAME)
        if (second := next(further, None)) is not None:
            by_alias["email_2"] = second
    others |= {headers[i]: i for i in claiming if i not in by_alias.values()}
    if "whole_name" in by_alias and not _NAMES.isdisjoint({*fields, *by_alias}):
        others[headers[by_alias["whole_name"]]] = by_alias["whole_name"]
        if audience != "people":
            del by_alias["whole_name"]
    fields |= by_alias
    if "email" not in fields | contested and "email_2" in by_alias:
        fields["email"] = fields.pop("email_2")
    if audience == "communes":
        if "commune" not in fields and "locality" in by_alias:
            fields["commune"] = fields.pop("locality")
        if fields.keys().isdisjoint(IDENTITY[audience]) and "postcode_locality" in by_alias:
            fields["commune"] = fields.pop("postcode_locality")
    elif audience == "organisations" and fields.keys().isdisjoint({"organisation", "first_name"}):
        called = next((name for name in ("whole_name", "surname") if name in by_alias), None)
        if called:
            fields["organisation"] = fields.pop(called)
    before = headers[max(by_alias.get("address", 0) - 1, 0)]
    # In the first column it is the number of the row.
    if "house_number" not in fields and others.get(before) and folded(before) in NUMBER_WORDS:
        fields["house_number"] = others.pop(before)
    if fields.keys().isdisjoint({"insee", "department"}):
        named = [header for header in others if bare(header) in DEPARTMENT_NAMES]
        if len(named) == 1:
            fields["department"] = others.pop(named[0])
    if "region" in fields:  # a letter may speak of it, too
        others[headers[fields["region"]]] = fields["region"]
    if audience != "communes":
        # No word of ours says in a letter what stands there, and not all of it is understood.
        others |= {headers[i]: i for f, i in fields.items() if f in ("department", "country")}
    asides = asking_not({header: index for header, index in others.items() if header not in own})
    open_to_doubt = {h: i for h, i in others.items() if h not in own and h not in asides}
    unmeant = {h: i for h, i in open_to_doubt.items() if i not in meant and i not in mapped}
    close = _close(unmeant, fields, audience, rows)
    close |= {
        header: meant[i].field
        for header, i in open_to_doubt.items()
        if i in meant and i not in fields.values() and header not in chain(*contested.values())
        if (meant[i].field == "email" or (meant[i].field == "address" and i in left))
        if _is_filled(i, rows)
    }
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
_NAMES = frozenset({"first_name", "surname", "first_name_surname", "surname_first_name"})

_LINES = ("complement", "address", "address_2", "address_3")
_OF_THE_SAME = ("home", "work", "other")  # mailboxes of somebody who has another one

# A column that is moved within one of these says nothing twice: an address line, a name, a code.
_SAY_ALIKE = (
    frozenset({"key", "insee"}),
    frozenset({"first_name", "surname", *WHOLE_NAMES}),
    frozenset({*_LINES, "house_number", "number_suffix", "street_type", "address_again"}),
    frozenset({"postcode", "locality", "postcode_locality"}),
)


def _leave_empty(claims: dict[str, list[int]], rows: Sequence[Cells]) -> None:
    """A column without anything in it claims nothing that another one has."""
    for field, indexes in claims.items():
        claims[field] = [i for i in indexes if _is_filled(i, rows)] or indexes


def _is_filled(column: int, rows: Sequence[Cells]) -> bool:
    """Whether something stands in it, as far as is known."""
    return not rows or any(row[column].strip() for row in rows)


def _leave_no_civilities(
    claims: dict[str, list[int]], headers: Sequence[str], rows: Sequence[Cells]
) -> None:
    """Of several columns for the civility, and of one that may be for another title, those whose
    cells have one.
    """
    said, titles = claims.pop("sex", []), {*map(bare, PERHAPS_CIVILITIES)}
    perhaps = [i for i in said if bare(headers[i]) in titles]
    stating = [i for i in said if _state_civilities([row[i] for row in rows if row[i].strip()])]
    if kept := stating if len(said) > 1 or perhaps else said:
        claims["sex"] = kept


def _state_civilities(cells: Sequence[str]) -> bool:
    return 2 * sum(civility_of(clean(cell)) is not None for cell in cells) > len(cells)


def _leave_other_places(
    claims: dict[str, list[int]],
    meant: Mapping[int, HeaderMeaning],
    audience: Audience,
    said: str | None,
) -> list[int]:
    """Leave the columns of another place than the one whose street counts, or whose name does: of
    where somebody works, beside the home. One of a place that has no street of its own stands in
    for one that is missing. The columns left.
    """

    def distance(place: str) -> int:
        home_counts = place != "home" or audience == "people"
        return PLACES.index(place) if place in PLACES and home_counts else len(PLACES)

    alone = ((field,) for field in claims if field not in (*OF_ADDRESS, *NAMES))
    left: list[int] = []
    for group in (OF_ADDRESS, NAMES, *alone):
        telling = {OF_ADDRESS: ("address",), NAMES: NAMES[1:]}.get(group, group)
        places = {meant[i].place for field in telling for i in claims.get(field, ())}
        counts = min(places, key=distance, default="")
        if group is OF_ADDRESS and said is not None:
            counts = said
        for field in group:
            far = {
                i: distance(meant[i].place)
                for i in claims.get(field, ())
                if meant[i].place in ("", counts) or meant[i].place not in places
            }
            far |= {i: -1 for i in far if meant[i].place == counts}
            kept = [i for i in far if far[i] == min(far.values())]
            left += [i for i in claims.get(field, ()) if i not in kept]
            if field in claims:
                claims[field] = kept
    for field in [field for field, indexes in claims.items() if not indexes]:
        del claims[field]
    return left


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
    own = [i for field in _LINES for i in claims.get(field, ()) if i != again]
    both = [row for row in rows if row[main].strip() and row[again].strip()]
    differing = sum(together([row[i] for i in own], [row[again]]) is None for row in both)
    if differing <= _CONTRADICTING_AT_MOST * len(both):
        claims["address"], claims["address_again"] = [main], [again]


def _is_moved(own: str, taken_for: Sequence[str]) -> bool:
    """Whether `--map` has a column say something else, rather than something more: "Adresse 2" as
    the address would be printed twice, and an INSEE code as the key is to be no INSEE code.
    """
    return any(own in alike and field in alike for alike in _SAY_ALIKE for field in taken_for)


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


def _close(
    others: Mapping[str, int],
    fields: Mapping[str, int],
    audience: Audience,
    rows: Sequence[Cells],
) -> dict[str, str]:
    """What a header is nearest to, of all fields, when that field has no column; and one that tells
    of a mailbox or a street, when such stand in its cells.

    Of all, because "Prénom de l'élue" is nearly "Nom de l'élu", and more nearly a first name.
    """
    from rapidfuzz import fuzz, process

    close: dict[str, str] = {}
    for header, index in others.items():
        core, rest = parted(header)
        found = process.extractOne(core, ALIASES, scorer=fuzz.ratio, score_cutoff=_CLOSE_AT_LEAST)
        field = (field_called(f"{found[0]} {rest}", audience) or "") if found else ""
        telling = {_TELLING[w] for w in fold(header).split() if w in _TELLING}
        told = min(telling, key=list(_TELLING.values()).index, default="")
        field = field or told
        looks = _LOOKS.get(told)
        if field and (
            field not in fields or (looks and any(looks.search(row[index]) for row in rows))
        ):
            close[header] = field
    return close


_LOOKS = {"email": re.compile(r"^\s*\S+@\S+\s*$"), "address": re.compile(r"^\d+\b[^@/]*[^\W\d]{3}")}
