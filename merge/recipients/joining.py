"""Several sheets, one recipient: what a sheet says, over what was known."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from merge.errors import SheetError
from merge.model import Recipient
from merge.recipients.columns import Columns
from merge.recipients.postcodes import locality_in

_SAID_BY: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "sex": ("sex",),
        "first_name": ("first_name",),
        "surname": ("surname",),
        "email": ("email",),
        "alternates": ("email",),
        "street": ("complement", "house_number", "street_type", "address", "address_2"),
        "postcode": ("postcode", "postcode_locality"),
        "locality": ("locality", "postcode_locality"),
        "article_code": ("article_code",),
    }
)
"""Which columns say which part of a recipient; what stands nowhere here any sheet says."""

_LAST_LINE = ("postcode", "locality")


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
    kept = {
        part: getattr(known, part)
        for part, names in _SAID_BY.items()
        if not any(name in columns.fields for name in names)
    }
    if said.postcode and (said.postcode != known.postcode or not known.locality):
        kept = {part: value for part, value in kept.items() if part not in _LAST_LINE}
    now = said._replace(fields={**known.fields, **said.fields}, **kept)
    if now.postcode and now.insee:
        return now._replace(locality=locality_in(now.commune, now.locality))
    return now
