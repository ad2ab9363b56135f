"""The head of a letter: plain `name: value` lines between two lines of `---`."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from itertools import accumulate

from merge.errors import LetterError
from merge.letters.enclosures import NamedFile

LONGEST = 300_000
"""Characters of a letter: a hundred pages, where a hundred letters take an hour."""

_A_PAGE = 3_000
_FENCE = "---"
_QUOTED = re.compile(r"""\A([\"'])((?:(?!\1).)*)\1\Z""")  # as people who know YAML write it
_NAMES = ("subject", "attachments", "attachment_column", "group")


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontMatter:
    """What the head says, and where the letter's own words begin.

    `subject` may have blanks. `attachments` are file names in the campaign folder, and
    `attachment_column` is the column whose cells name each recipient's own. `group` is the column
    whose rows with the same cell are one recipient, "" where each row is one. Rows count from 1, as
    an editor shows them, and `subject_at` and `body_at` characters of the source from 0.
    """

    subject: str
    subject_row: int
    subject_at: int
    attachments: tuple[NamedFile, ...]
    attachment_column: NamedFile | None
    group: str
    body: str
    body_row: int
    body_at: int


def unquoted(value: str) -> str:
    """A value as it is meant, without the quotation marks around it."""
    return _QUOTED.sub(r"\2", value)


def refuse_a_book(body: str, *, path: str, row: int | None = None) -> None:
    """LetterError("letter-of-a-book") (`n`, `most`: pages) where no letter is so long."""
    if len(body) > LONGEST:
        pages = len(body) // _A_PAGE
        raise LetterError("letter-of-a-book", path=path, row=row, n=pages, most=LONGEST // _A_PAGE)


def split(source: str, path: str) -> FrontMatter:
    """The head and the body of a letter.

    LetterError: "front-matter", "subject-missing", "letter-empty", and those of `refuse_a_book`.
    """
    lines = source.splitlines()
    if not lines or lines[0].rstrip() != _FENCE:
        raise LetterError("subject-missing", path=path, row=1)
    end = next((i for i, line in enumerate(lines[1:], 1) if line.rstrip() == _FENCE), None)
    if end is None:
        raise LetterError("front-matter", path=path, row=1, words=_FENCE)
    values: dict[str, str] = {}
    rows: dict[str, int] = {}
    for row, line in enumerate(lines[1:end], 2):
        if not line.strip():
            continue
        name, colon, value = (part.strip() for part in line.partition(":"))
        if not colon or name not in _NAMES or name in values:
            near = difflib.get_close_matches(name, _NAMES - values.keys(), 1) if colon else []
            raise LetterError(
                "front-matter",
                path=path,
                row=row,
                words=line.strip(),
                suggestion=next(iter(near), ""),
            )
        values[name], rows[name] = unquoted(value), row
    if not values.get("subject"):
        raise LetterError("subject-missing", path=path, row=rows.get("subject", 1))
    body = "\n".join(lines[end + 1 :])
    if not body.strip():
        raise LetterError("letter-empty", path=path, row=end + 1)
    refuse_a_book(body, path=path, row=end + 2)
    starts = [0, *accumulate(len(line) + 1 for line in lines)]
    row = rows["subject"]
    in_row = lines[row - 1].index(values["subject"], lines[row - 1].index(":") + 1)
    names = (name.strip() for name in values.get("attachments", "").split(","))
    column = values.get("attachment_column")
    return FrontMatter(
        subject=values["subject"],
        subject_row=row,
        subject_at=starts[row - 1] + in_row,
        attachments=tuple(NamedFile(name, rows["attachments"]) for name in names if name),
        attachment_column=NamedFile(column, rows["attachment_column"]) if column else None,
        group=values.get("group", ""),
        body=body,
        body_row=end + 2,
        body_at=starts[end + 1],
    )
