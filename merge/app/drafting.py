"""Make the campaign's letter from a draft, with what is offered for it. Nothing is written but by
`take`; what is offered and what comes of it needs no campaign.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from merge.app import confined, new, writing
from merge.app.new import NewLetter
from merge.app.opening import Campaign
from merge.app.writing import EditConflict
from merge.letters import blanks, head, meanings, remarks
from merge.letters.blanks import Blank
from merge.letters.drafts.draft import Draft
from merge.model import Audience


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterOffer:
    """Words of a draft that may become something better, if somebody says so.

    "head": lines that each page has above the letter, which go. "date" and "salutation" become the
    blank of that name, a "blank" the expression `becomes`; "residents" say who writes instead.
    """

    code: Literal["head", "date", "salutation", "blank", "residents"]
    words: str
    becomes: str = ""

    @property
    def key(self) -> str:
        """What names it in a form."""
        return f"{self.code}:{self.words}"


def draft_of(content: bytes, name: str) -> Draft:
    """Read a letter from a file, in a confined process; the campaign's look stays as it is.

    LetterError as `confined.read_draft`.
    """
    return replace(confined.read_draft(content, name), font="")


def offers(
    draft: Draft,
    *,
    audience: Audience = "communes",
    columns: Iterable[str] = (),
    sender: Iterable[str] = (),
) -> tuple[LetterOffer, ...]:
    """What is offered for a draft, in the order of a letter. `columns` are the headers of the list,
    `sender` the lines that say who writes. A ready letter is taken word for word.
    """
    if draft.ready:
        return ()
    found = new.blanks_of(draft, audience, columns)
    made = new.letter(draft, audience=audience, columns=columns)
    return tuple(
        dict.fromkeys(
            (
                *(
                    LetterOffer(code="head", words=each.words)
                    for each in remarks.repeated_sender(draft.body, 1, sender)
                ),
                *_date(draft.body),
                *_greeting(draft.body),
                *(
                    LetterOffer(code="blank", words=each.name, becomes=each.proposal)
                    for each in found
                    if each.proposal and not each.certain
                ),
                *_capitals(draft.body, audience),
                *(
                    LetterOffer(code="residents", words=before, becomes=after)
                    for before, after in made.residence_changes
                ),
            )
        )
    )


def taken(
    draft: Draft,
    accepted: Collection[str],
    *,
    subject: str = "",
    audience: Audience = "communes",
    columns: Iterable[str] = (),
    sender: Iterable[str] = (),
) -> NewLetter:
    """The letter with the offers of these keys. LetterError and Misuse as `new.letter`."""
    found = offers(draft, audience=audience, columns=columns, sender=sender)
    chosen = [each for each in found if each.key in accepted]
    body = draft.body
    for each in _capitals(body, audience):
        if each in chosen:
            body = body.replace(each.words, f"[{each.words}]")
    made = new.letter(
        replace(draft, body=body),
        subject=None if draft.ready else subject or None,
        fills={each.words: each.becomes for each in chosen if each.code == "blank"},
        residents=False if any(each.code == "residents" for each in chosen) else None,
        audience=audience,
        columns=columns,
    )
    source = made.source
    for each in chosen:
        if each.code in ("date", "salutation"):
            words = rf"(?<!\w){re.escape(each.words)}(?! l[ae] |\w)"
            source = re.sub(words, f"{{{{ {each.code} }}}}", source)
        elif each.code == "head":
            source = _without(source, each.words.split(" / "))
    return replace(made, source=source)


_TOP = 30  # lines: a date further down is a part of what is said
_DATE = re.compile(
    r"\b(?:1er|[1-9]|[12]\d|3[01]) (?:janvier|février|mars|avril|mai|juin|juillet|août|septembre"
    r"|octobre|novembre|décembre) \d{4}\b"
)
_GREETING = re.compile(
    r"^[*_ ]*(?P<words>(?:Madame|Monsieur|Mesdames|Messieurs)(?: l[ae]s? Maires?)?"
    r"(?:(?:,| et| ou| ?/) ?(?:Madame|Monsieur|Messieurs)(?: l[ae]s? Maires?)?)*)[*_ ]*,[*_\\ ]*$",
    re.MULTILINE,
)
_CAPITALS = re.compile(r"(?<![\[\w«])[A-ZÀ-Ý]{2,}(?:[ '’][A-ZÀ-Ý]{2,})+(?![\w\]»])")


def _date(body: str) -> Iterator[LetterOffer]:
    top = "\n".join(body.split("\n")[:_TOP])
    for found in _DATE.finditer(top):
        if meanings.is_dateline(top[: found.start()], top[found.end() :]):
            yield LetterOffer(code="date", words=found[0], becomes="date")
            return


def _greeting(body: str) -> Iterator[LetterOffer]:
    if found := _GREETING.search(body):
        yield LetterOffer(code="salutation", words=found["words"], becomes="salutation")


def _capitals(body: str, audience: Audience) -> Iterator[LetterOffer]:
    """Words in capitals that name what a blank says: NOM DE LA COMMUNE."""
    for words in dict.fromkeys(_CAPITALS.findall(body)):
        if expression := blanks.of_name(words, audience).expression:
            yield LetterOffer(code="blank", words=words, becomes=expression)


def _without(source: str, lines: Collection[str]) -> str:
    """The letter whose text begins behind these lines."""
    start = head.length(source)
    text = source[start:].lstrip("\n").split("\n")
    while text and (not text[0].strip() or text[0].strip("*_#\\ ") in lines):
        text.pop(0)
    return source[:start] + "\n" + "\n".join(text)


def take(campaign: Campaign, name: str, version: str, letter: NewLetter) -> str | EditConflict:
    """Write the proposed letter and its pictures: its new version, or the conflict.

    No other file of the folder is overwritten.
    """
    source = letter.source
    for picture, content in letter.draft.pictures.items():
        free = writing.put_beside(campaign.folder, picture, content)
        source = source.replace(f"]({picture})", f"]({free})")
    before = writing.look(campaign, name)
    return writing.save_source(campaign, before.name, version, source)


def open_blanks(
    source: str, audience: Audience = "communes", columns: Iterable[str] = ()
) -> tuple[Blank, ...]:
    """The blanks without an expression, in the order of the text; the subject comes first.

    `columns` are the headers of the list.
    """
    whole = f"{head.value(source, 'subject')}\n\n{source[head.length(source) :]}"
    found = [each for each in blanks.find(whole) if "{{" not in each.found]
    return blanks.meant(found, audience, columns)
