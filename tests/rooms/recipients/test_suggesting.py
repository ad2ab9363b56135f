"""A column that no header tells is proposed by what stands in it, and taken by nobody."""

from __future__ import annotations

from pathlib import Path

from merge.recipients.columns import understood
from merge.recipients.suggesting import suggestions
from tests.facts import claims, wrong

FACTS = Path(__file__).with_name("suggesting.txt")


def proposed(headers: str, rows: str, *own: str) -> tuple[str, ...]:
    names, cells = headers.split(";"), [tuple(row.split(";")) for row in rows.split(" / ")]
    found = suggestions(names, cells, understood(names, own=own), own)
    return tuple(
        f"{' or '.join(each.fields)}: {' or '.join(each.headers)}"
        f" ({each.rows} of {each.of}, {each.example})"
        for each in found
    )


def test_a_column_is_proposed_as_suggesting_txt_says() -> None:
    assert [line for claim in claims(FACTS) for line in wrong(FACTS, claim, proposed)] == []


def test_how_many_rows_speak_for_it_is_counted() -> None:
    rows = [*(f"Rennes;m{n}@example.org" for n in range(13)), *["Rennes;"] * 8]
    assert proposed("Commune;Contact", " / ".join(rows)) == (
        "email: Contact (13 of 21, m0@example.org)",
    )
