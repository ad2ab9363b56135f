"""What a person is asked about the columns of a sheet, and what is remembered of the answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from merge.words import dates
from merge.words.language import N_, _, audience, ngettext, translate
from merge.words.reasons import field, typed

if TYPE_CHECKING:
    from merge.app.importing import SheetQuestion, SheetRead
    from merge.model import Audience
    from merge.recipients.suggesting import Suggestion

LOOKS: Mapping[str, str] = {
    "email": N_("an e-mail address"),
    "insee": N_("an INSEE code"),
    "postcode_locality": N_("a postcode and its town"),
    "address": N_("a whole postal address"),
    "postcode": N_("a postcode"),
    "commune": N_("the name of a commune"),
    "sex": N_("a civility"),
    "whole_name": N_("a civility, a first name and a surname"),
    "first_name_surname": N_("names, the first name first"),
    "surname_first_name": N_("names, the surname first"),
}
_Group = tuple[str, Sequence[tuple[str, str]]]

_ADDRESS = (
    ("address", N_("street, or the whole address")),
    ("postcode", N_("postcode")),
    ("locality", N_("town of the address")),
    ("postcode_locality", N_("postcode and town in one cell")),
    ("complement", N_("building, more of the address")),
    ("house_number", N_("number in the street")),
    ("number_suffix", N_("what stands behind that number (bis, ter)")),
    ("street_type", N_("kind of street (rue, place…)")),
    ("address_2", N_("second line, BP")),
    ("address_3", N_("third line")),
    ("address_again", N_("the address once more, or its last line")),
)
_NAMES = (
    ("first_name", N_("first name")),
    ("surname", N_("surname")),
    ("whole_name", N_("civility, first name and surname in one cell")),
    ("first_name_surname", N_("first name, then surname in one cell")),
    ("surname_first_name", N_("surname, then first name in one cell")),
)
_EMAIL: _Group = (
    N_("E-mail"),
    (("email", N_("e-mail address")), ("email_2", N_("second e-mail address"))),
)
_PERSON: _Group = (N_("The person"), (("sex", N_("civility")), *_NAMES))
_ORGANISATION: _Group = (
    N_("The organisation"),
    (("organisation", N_("name of the organisation")),),
)
_NUMBER = ("key", N_("number in your list (member, customer…)"))
_OF_OTHERS: Sequence[_Group] = (
    (
        N_("The postal address"),
        (
            *_ADDRESS,
            ("region", N_("state or province")),
            ("country", N_("country")),
            ("department", N_("département")),
        ),
    ),
    (N_("The list"), (_NUMBER,)),
)
_GROUPS: Mapping[Audience, Sequence[_Group]] = {
    "communes": (
        _EMAIL,
        (
            N_("Whom"),
            (
                ("insee", N_("INSEE code")),
                ("commune", N_("name of the commune")),
                ("department", N_("département")),
                ("key", N_("a number of its own (not INSEE)")),
                ("article_code", N_("INSEE's code of the article")),
            ),
        ),
        _PERSON,
        (N_("The postal address"), _ADDRESS),
    ),
    "people": (_EMAIL, _PERSON, _ORGANISATION, *_OF_OTHERS),
    "organisations": (_EMAIL, _ORGANISATION, _PERSON, *_OF_OTHERS),
}


def groups() -> Sequence[_Group]:
    """What a column can be, in groups, as a page offers it: marked, and not translated."""
    return _GROUPS[audience()]


_EXAMPLE_AT_MOST = 40  # characters


def question(asked: SheetQuestion) -> str:
    """What cannot be known; what may be said of it is `options`."""
    if asked.suggestion is None:
        return _("{file} has several sheets. Which has the recipients?").format(file=asked.name)
    return proposal(asked.suggestion)


def options(asked: SheetQuestion) -> Sequence[tuple[str, str]]:
    """What may be said, as options of `import`, each with its words; the likeliest first."""
    suggestion = asked.suggestion
    if suggestion is None:
        return [(f"--sheet {typed(sheet)}", "") for sheet in asked.worksheets]
    first, *_others = suggestion.fields
    if len(suggestion.headers) > 1:
        return [
            (
                " ".join(
                    _taken(first if each == header else "", each) for each in suggestion.headers
                ),
                "",
            )
            for header in suggestion.headers
        ]
    header = suggestion.header
    if suggestion.is_order:
        return [
            *((_taken(each, header), translate(_ORDERS[each])) for each in suggestion.fields),
            (_taken("whole_name", header), _("it cannot be told: leave these names out")),
        ]
    return [(_taken(first, header), ""), (_taken("", header), kept_option())]


def _taken(field: str, header: str) -> str:
    """The option that takes a column for this field, or keeps it as it is."""
    return f"--map {typed(f'{field}={header}')}" if field else f"--keep {typed(header)}"


def kept_option() -> str:
    """What a column is that is no field."""
    return _("kept under its own name")


_ORDERS: Mapping[str, str] = {
    "first_name_surname": N_("the first name comes first"),
    "surname_first_name": N_("the surname comes first"),
}


def understood(suggestion: Suggestion) -> str:
    """What a column was taken for, by its cells."""
    return _("“{header}” is read as {what}, by what stands in it.").format(
        header=suggestion.header, what=translate(LOOKS[suggestion.fields[0]])
    )


def proposal(suggestion: Suggestion) -> str:
    """ "“E-mail(s)” looks like an e-mail address: 13 rows of 21. Take it?" """
    n, of = suggestion.rows, suggestion.of
    example = suggestion.example
    if len(example) > _EXAMPLE_AT_MOST:
        example = f"{example[: _EXAMPLE_AT_MOST - 1]}…"
    if len(suggestion.headers) > 1:
        return _("The columns {columns} may both be “{field}”. Which one counts?").format(
            columns=", ".join(_("“{text}”").format(text=each) for each in suggestion.headers),
            field=field(suggestion.fields[0]),
        )
    if suggestion.is_order:
        return ngettext(
            "In “{header}”, {n} row of {of} has a name such as “{example}”. Which comes first?",
            "In “{header}”, {n} rows of {of} have names such as “{example}”. Which comes first?",
            n,
        ).format(header=suggestion.header, n=n, of=of, example=example)
    return ngettext(
        "“{header}” looks like {what}: {n} row of {of} (“{example}”). Take it?",
        "“{header}” looks like {what}: {n} rows of {of} (“{example}”). Take it?",
        n,
    ).format(
        header=suggestion.header,
        what=translate(LOOKS[suggestion.fields[0]]),
        n=n,
        of=of,
        example=example,
    )


def remembered(sheet: SheetRead) -> str:
    """That the answers of the last sheet like it hold; "" where there were none."""
    if sheet.remembered is None:
        return ""
    taken = [
        _("“{header}” is {field}").format(header=header, field=field(name))
        for name, header in sheet.said.items()
    ]
    listed = f" ({', '.join(taken)})" if taken else ""
    return _(
        "Read as on {date}{listed}. --map and --keep say otherwise; import --undo forgets it."
    ).format(date=dates.day(sheet.remembered.at.date().isoformat()), listed=listed)
