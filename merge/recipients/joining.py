"""What a sheet says of a recipient, over what was known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from merge.errors import SheetError
from merge.model import Recipient
from merge.recipients import address
from merge.recipients.columns import Columns
from merge.recipients.headers import BEFORE_THE_STREET, STREET, WHOLE_NAMES

_SAID_BY: Mapping[str, tuple[str, ...]] = {
    "sex": ("sex",),
    "first_name": ("first_name", *WHOLE_NAMES),
    "surname": ("surname", *WHOLE_NAMES),
    "email": ("email", "email_2"),
    "alternates": ("email", "email_2"),
    "street": (*BEFORE_THE_STREET, *STREET),
    "postcode": ("postcode", "postcode_locality"),
    "locality": ("locality", "postcode_locality", "region"),
    "article_code": ("article_code",),
    "organisation": ("organisation",),
    "civility": ("sex",),
    "country": ("country",),
    "number": ("key",),
}
"""The columns that say a part of a recipient; each sheet says the parts that are not here."""

_LAST_LINE = ("postcode", "locality")


def unsaid(columns: Columns) -> Sequence[str]:
    """The parts of a recipient that a sheet with these columns says nothing about."""
    return [part for part, names in _SAID_BY.items() if columns.fields.keys().isdisjoint(names)]


def joined(known: Recipient, said: Recipient, columns: Columns) -> Recipient:
    """The recipient `said` by a sheet with these columns, over the one that was `known`.

    SheetError("key-of-another-kind") when one is a commune and the other is not, by a key that
    happens to be the same.

    A column that the sheet lacks changes nothing: a list of mayors without addresses empties
    nobody's mailbox. A column that it has counts, an empty cell included.

    Postcode and locality also count where they stood in another column ("1 rue X, 35000 Rennes"),
    and together: the town of one address below the postcode of another is an address of nobody. A
    mairie is in its commune, where no locality is written.
    """
    if bool(known.insee) != bool(said.insee):
        raise SheetError(
            "key-of-another-kind", path=said.source, row=said.row, key=said.key, name=known.commune
        )
    kept = {part: getattr(known, part) for part in unsaid(columns)}
    if said.sex and not columns.fields.keys().isdisjoint(WHOLE_NAMES):
        kept.pop("sex", None)  # "Mme Nathalie APPERE"
    if said.civility:
        kept.pop("civility", None)
    if said.country:
        kept.pop("country", None)  # it stands before the postcode: "CH-1201"
    if not said.number:
        kept["number"] = known.number  # it may be all that finds the recipient again
    if said.postcode and (said.postcode != known.postcode or not known.locality):
        kept = {part: value for part, value in kept.items() if part not in _LAST_LINE}
    now = said._replace(fields={**known.fields, **said.fields}, **kept)
    if "region" not in columns.fields and known.locality.startswith(f"{now.locality}, "):
        return now._replace(locality=known.locality)  # the state stands behind the town
    if now.postcode and now.insee:
        return now._replace(locality=address.locality_in(now.commune, now.locality))
    return now
