"""Exports of what people use → recipients: the facts of exports.txt."""

import io
from pathlib import Path

from merge.errors import SheetError
from merge.model import Audience, Recipient
from merge.recipients.sheet import read_sheet
from tests.facts import claims, wrong
from tests.tables import everyone_in, problem_told, written

FACTS = Path(__file__).with_name("exports.txt")
AUDIENCES: tuple[Audience, ...] = ("communes", "people", "organisations")


def told(kind: str, header: str, *filled: str) -> tuple[str, ...]:
    """Each recipient of an export with these rows, and each problem; or why it is refused."""
    called, delimiter, *options = kind.split(" ")
    (audience,) = (each for each in AUDIENCES if each == called)
    headers = header.split(delimiter)
    rows = [[""] * len(headers) for _ in filled]
    for row, cells in zip(rows, filled, strict=True):
        for cell in cells.split(" · "):
            name, _, text = cell.partition("=")
            row[headers.index(name)] = text.replace("⏎", "\n")
    data = written([headers, *rows], delimiter).encode()
    try:
        table = read_sheet(io.BytesIO(data))
        recipients, problems = everyone_in(
            table, audience, [*map(tuple, rows)], **dict(each.split("=") for each in options)
        )
    except SheetError as error:
        return (f"refused: {error.code}",)
    return (*map(_recipient, recipients), *map(problem_told, problems))


def _recipient(each: Recipient) -> str:
    person = f"{each.civility or {'F': 'Mme', 'M': 'M.'}.get(each.sex or '', '')} {each.person}"
    names = (each.commune if each.insee else "", person.strip(), each.organisation)
    emails = filter(None, (each.email, *each.alternates))
    parts = (
        ", ".join(filter(None, names)),
        f"#{each.key or each.number}".removesuffix("#"),
        ", ".join(emails),
        " / ".join(each.street),
        each.town_line,
    )
    return " · ".join(filter(None, parts))


def test_an_export_is_understood_as_exports_txt_says() -> None:
    assert [line for claim in claims(FACTS) for line in wrong(FACTS, claim, told)] == []
