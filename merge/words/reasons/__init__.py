"""Every code that a room returns or raises: why, and what to do next.

A file for each room. `tests/test_words.py` holds that every code of the program stands here, and
finds the facts that its words name.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

from merge.job import Step
from merge.words import language, pages
from merge.words.blanks import to_words
from merge.words.language import N_, _, decimal, translate
from merge.words.reasons.databases import DATABASE
from merge.words.reasons.form import Entry, Reason
from merge.words.reasons.ledger import LEDGER
from merge.words.reasons.letters import LETTER
from merge.words.reasons.mail import MAIL
from merge.words.reasons.paper import PAPER
from merge.words.reasons.remarks import FAULTS, REMARKS, SLIPS
from merge.words.reasons.rows import OF_A_SHEET, ROWS
from merge.words.reasons.settings import SETTINGS
from merge.words.reasons.sheets import SHEET
from merge.words.reasons.use import USE

_FACT = re.compile(r"\{\w+\}")
_BREAKING_SPACE = re.compile(r"[^\S\u00a0\u202f]+")
REASONS: Mapping[str, Entry] = {
    code: words
    for group in (
        USE,
        SETTINGS,
        SHEET,
        ROWS,
        OF_A_SHEET,
        LETTER,
        LEDGER,
        DATABASE,
        MAIL,
        PAPER,
        FAULTS,
        SLIPS,
        REMARKS,
    )
    for code, words in group.items()
}

FIELD_WORDS: Mapping[str, str] = {
    "commune": N_("Commune"),
    "insee": N_("INSEE code"),
    "article_code": N_("Article code"),
    "department": N_("Département"),
    "population": N_("Population"),
    "sex": N_("Civility"),
    "first_name": N_("First name"),
    "surname": N_("Surname"),
    "whole_name": N_("Civility, first name and surname"),
    "first_name_surname": N_("First name, then surname"),
    "surname_first_name": N_("Surname, then first name"),
    "email": N_("E-mail"),
    "alternates": N_("Other e-mails"),
    "street": N_("Street"),
    "lines": N_("Lines"),
    "postcode": N_("Postcode"),
    "locality": N_("Locality"),
    "country": N_("Country"),
    "region": N_("State or province"),
    "complement": N_("Building"),
    "address": N_("Street"),
    "house_number": N_("Number in the street"),
    "number_suffix": N_("Letter of that number"),
    "street_type": N_("Kind of street"),
    "address_2": N_("Second address line"),
    "address_3": N_("Third address line"),
    "address_again": N_("Whole address"),
    "postcode_locality": N_("Postcode and town"),
    "email_2": N_("Second e-mail"),
    "civility": N_("Civility"),
    "organisation": N_("Organisation"),
    "number": N_("Number in the sheet"),
    "key": N_("Number in the sheet"),
}
"""The parts of a recipient; other columns are called as their sheet calls them."""


EDITED_BY_WORD = frozenset(
    {"commune", "email", "first_name", "surname", "organisation", "civility", "sex"}
    | {"street", "postcode", "locality", "country", "article_code"}
)
"""Those that `edit` takes by their word as well."""


class _Facts(dict[str, object]):
    """A fact that is not known reads as nothing; None is never shown to a person."""

    def __missing__(self, name: str) -> str:
        return ""


_TYPED = {  # FIELD=COLUMN
    **dict.fromkeys(("close-header", "emails-not-taken", "postcodes-not-taken"), ("suggestion",)),
    **dict.fromkeys(("district-code", "asked-not", "group-contradicts"), ("column",)),
    **dict.fromkeys(("email-in-street", "name-kept-whole"), ("column",)),
    "group-dropped-column": ("wanted",),
}
_SAID = {*FAULTS, "two-columns-one-field"}  # whose field is called as people call it


def reason(code: str, facts: Mapping[str, object]) -> Reason:
    """Why and what to do, with the facts in place.

    An empty suggestion or field leaves its sentence out. A code whose `reason` is known may have
    words of its own, as "code: reason".
    """
    known = _Facts({name: "" if value is None else value for name, value in facts.items()})
    entry = f"{code}: {known['reason']}" if f"{code}: {known['reason']}" in REASONS else code
    why, remedy, *steps = REASONS[entry]
    for name in ("size_mb", "contrast", "least"):  # others stand in campaign.toml, with a point
        if isinstance(number := known[name], float):
            known[name] = decimal(number)
    commands = " ".join(map(str, steps))
    for name in ("suggestion", "field"):
        if f"{{{name}}}" in remedy + commands and not known[name]:
            remedy, steps = "", []
    told = _Facts(known, field=field(str(known["field"]))) if code in _SAID else known
    # In what to do they stand in a command.
    known["field"] = _as_edit_takes_it(str(known["field"]))
    known |= {name: typed(str(known[name])) for name in ("key", "field", "path")}
    known = _Facts(known, **{name: typed(str(known[name])) for name in _TYPED.get(code, ())})
    return in_words((why, remedy, *steps), known, told)


def in_words(
    entry: Entry, facts: Mapping[str, object], of_why: Mapping[str, object] | None = None
) -> Reason:
    """What a table has, with the facts in place; those of the why are given where they differ."""
    why, remedy, *steps = entry
    why = translate(why)
    if not facts.get("suggestion"):
        why = why.replace(_(" Close to it: {suggestion}."), "")
    filled = tuple(
        Step(
            command=step.command.format_map(facts),
            options=tuple(_option(each).format_map(facts) for each in step.options),
        )
        for step in steps
    )
    named = {
        f"step{place if place > 1 else ''}": pages.told(each)
        for place, each in enumerate(filled, 1)
    }
    said = why.format_map(of_why or facts), translate(remedy).format_map(_Facts(facts, **named))
    if language.on_page():  # where nobody has to read a blank as the file has it
        said = to_words(said[0]), to_words(said[1])
    return Reason(why=_one_line(said[0]), remedy=_one_line(said[1]), steps=filled)


def _option(of_step: str) -> str:
    """An option as it is typed: "email=…" as `edit` takes it."""
    name, sign, value = of_step.partition("=")
    if sign and name in EDITED_BY_WORD:
        return f"{typed(_as_edit_takes_it(name))}={value}"
    return translate(of_step)


def _as_edit_takes_it(name: str) -> str:
    """In French "prénom", which people can read; in English by its own name."""
    return field(name).lower() if language.code() == "fr" and name in EDITED_BY_WORD else name


def field(name: str) -> str:
    """A part of a recipient, as people call it."""
    return translate(FIELD_WORDS[name]) if name in FIELD_WORDS else name


def name_of(code: str) -> str:
    """What the problems of a row with this code are called where they are counted: why, and “…”
    for what differs.
    """
    return _FACT.sub("…", translate(REASONS[code][0]))


def typed(word: str) -> str:
    """The word as a shell takes it for one: a column may be called "Nom de l'association"."""
    if re.fullmatch(r"[\w./@:+,%=…-]*", word):
        return word
    return shlex.quote(word) if re.search(r'["$`\\!]', word) else f'"{word}"'


def _one_line(text: str) -> str:
    """A server's words may have lines of their own; French no-break spaces stay what they are."""
    return _BREAKING_SPACE.sub(" ", text).strip(" ")
