"""Make the campaign's letter from a draft: the model, pasted text or a file. Fill its blanks.

A draft is proposed first, and written only by `take`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from merge.app import confined, new, writing
from merge.app.new import NewLetter
from merge.app.opening import Campaign
from merge.app.writing import EditConflict
from merge.letters import blanks, head
from merge.letters.blanks import Blank
from merge.letters.drafts.draft import Draft
from merge.letters.prose import Piece, Prose, write
from merge.model import Audience


@dataclass(frozen=True, slots=True)
class Filling:
    """The content for one blank: an expression of the letter's language, or the author's words.

    `is_own`: the brackets are text of the letter. With none of these the blank stays open.
    """

    expression: str = ""
    words: str = ""
    is_own: bool = False


def model() -> Draft:
    """The letter that comes with the program."""
    return new.read_draft(None)


def draft_of(content: bytes, name: str) -> Draft:
    """Read a letter from a file, in a confined process; the campaign's look stays as it is.

    LetterError as `confined.read_draft`.
    """
    return replace(confined.read_draft(content, name), font="")


def draft_of_text(text: str, *, is_markdown: bool = False) -> Draft:
    """Read a pasted letter. LetterError as `confined.read_draft`."""
    return confined.read_draft(text.encode(), "texte.md" if is_markdown else "texte.txt")


def proposed(
    draft: Draft,
    *,
    subject: str = "",
    fillings: Mapping[str, Filling] | None = None,
    residents: bool | None = None,
    audience: Audience = "communes",
    columns: Iterable[str] = (),
) -> NewLetter:
    """The letter that would be written. LetterError and Misuse as `new.letter`."""
    fillings = fillings or {}
    made = new.letter(
        draft,
        subject=None if draft.ready else subject or None,
        fills={name: each.expression for name, each in fillings.items()},
        residents=residents,
        audience=audience,
        columns=columns,
    )
    said = {name: _said(name, each) for name, each in fillings.items()}
    source = _put(made.source, {f"[{name}]": words for name, words in said.items() if words})
    return replace(made, source=source)


def take(campaign: Campaign, name: str, version: str, letter: NewLetter) -> str | EditConflict:
    """Write the proposed letter and its pictures: its new version, or the conflict.

    No other file of the folder is overwritten.
    """
    source = letter.source
    for picture, content in letter.draft.pictures.items():
        free = writing.put_beside(campaign.folder, picture, content)
        source = source.replace(f"]({picture})", f"]({free})")
    before = writing.look(campaign, name)
    came = writing.save_source(campaign, before.name, version, source)
    if isinstance(came, str) and writing.has_foreign_reminder(campaign):  # of the letter before
        writing.put(campaign.folder, new.REMINDER, new.own_reminder().encode())
    return came


def open_blanks(
    source: str, audience: Audience = "communes", columns: Iterable[str] = ()
) -> tuple[Blank, ...]:
    """The blanks without an expression, in the order of the text; the subject comes first.

    `columns` are the headers of the list.
    """
    found = [each for each in blanks.find(_whole(source)) if "{{" not in each.found]
    return blanks.meant(found, audience, columns)


_BETWEEN = "\n\n"


def _whole(source: str) -> str:
    """Subject and body as one text, in which equal blanks have one name."""
    return f"{head.value(source, 'subject')}{_BETWEEN}{source[head.length(source) :]}"


def _said(name: str, filling: Filling) -> str:
    """The author's words, or the brackets that are text, escaped for Markdown."""
    said = f"[{name}]" if filling.is_own else filling.words
    return write(Prose(lines=((Piece("text", said),),))) if said else ""


def _put(text: str, words: Mapping[str, str]) -> str:
    if not words:
        return text
    return re.sub("|".join(map(re.escape, words)), lambda found: words[found[0]], text)
