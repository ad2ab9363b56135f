"""Addresses that stand in a sheet and reach nobody: told where they are many."""

import io
from pathlib import Path

from merge.french.communes import reference
from merge.recipients.sheet import read_sheet
from tests.facts import claims, wrong
from tests.tables import everyone_in

FACTS = Path(__file__).with_name("losses.txt")
TOWNS = [commune for commune in reference().values() if commune.postcodes][:40]
CODES = (
    *("emails-not-taken", "emails-unusable", "postcodes-not-taken", "postcodes-unusable"),
    *("addresses-without-postcode", "addresses-without-street"),
)


def warned(headers: str, *rows: str) -> list[str]:
    """Of forty rows alike; or of so many, like the first of two, and so many like the other."""
    alike, *templates = rows
    if templates:
        lost, kept, others = templates
        templates = [lost] * int(alike) + [kept] * int(others)
    lines = [
        row.format(insee=town.insee, cp=town.postcodes[0], town=town.name, up=town.name.upper())
        for town, row in zip(TOWNS, templates or [alike] * len(TOWNS), strict=False)
    ]
    data = "\n".join([headers, *lines, ""]).encode()
    _recipients, problems = everyone_in(read_sheet(io.BytesIO(data)))
    return [
        f"{each.value} {each.code} {each.column}: {each.suggestion}".removesuffix(": ").strip()
        for each in problems
        if each.code in CODES
    ]


def test_what_is_lost_is_warned_of_as_losses_txt_says() -> None:
    assert [line for claim in claims(FACTS) for line in wrong(FACTS, claim, warned)] == []
