"""`new --letter`: what fills the blanks of a letter as it came, told, asked or proposed."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from merge.cli import output
from merge.errors import LetterError, Misuse
from merge.words import drafting as words
from merge.words.language import _

if TYPE_CHECKING:
    from merge.letters.blanks import Blank
    from merge.letters.draft import Draft
    from merge.letters.leftovers import Leftover


@dataclass(frozen=True, kw_only=True)
class NewLetter:
    """A letter.md to write, what it was made of, and what nothing fills in it yet."""

    source: str
    draft: Draft
    meanings: Mapping[str, str]
    left: tuple[Leftover, ...]


def letter(
    draft: Draft,
    *,
    subject: str | None,
    fallback: str,
    fills: tuple[str, ...],
    residents: bool | None,
) -> NewLetter:
    """The draft with its blanks filled. `fallback` is the subject of one that tells none.

    Misuse: "letter-ready" when there is nothing to fill, "not-a-pair", "fill-unknown" (`name`,
    `names`). LetterError: "blank-meaning" (`words`), and what `left_open` raises.
    """
    from merge.letters.draft import left_open

    if draft.ready:
        if subject or fills:
            raise Misuse("letter-ready")
        return NewLetter(
            source=_with_residents(draft.body, residents), draft=draft, meanings={}, left=()
        )
    draft = replace(draft, subject=subject or draft.subject or _asked_subject(fallback))
    meanings = _meanings(draft.blanks, fills)
    source = _with_residents(draft.source(meanings), residents)
    return NewLetter(
        source=source, draft=draft, meanings=meanings, left=left_open(source, "letter.md")
    )


def tell(made: NewLetter) -> None:
    """Say what became of the letter's file, where it is more than copying."""
    output.say_each(words.made_of(made.draft, made.meanings, made.left))


def _someone_is_there() -> bool:
    return sys.stdin.isatty()


def _asked_subject(name: str) -> str:
    """The subject of a letter that tells none: asked, with the campaign's name proposed."""
    if not _someone_is_there():
        output.say(
            _("The letter has no subject: it gets the campaign's name, “{name}”.").format(name=name)
        )
        return name
    asked: str = output.ask(_("Subject of the letter"), default=name)
    return asked


def _meanings(blanks: Iterable[Blank], fills: tuple[str, ...]) -> dict[str, str]:
    """What fills each blank, by its name: as told, as asked, as it is beyond doubt; else ""."""
    from merge.letters.blanks import meaning
    from merge.letters.meanings import folded

    by_name: dict[str, Blank] = {}
    for blank in blanks:  # one that is in doubt speaks for its namesakes
        if blank.name not in by_name or not blank.certain:
            by_name[blank.name] = blank
    told: dict[str, str] = {}
    for pair in fills:
        typed, equals, value = pair.partition("=")
        if not equals:
            raise Misuse("not-a-pair", text=pair, form=f"--fill {_('BLANK=MEANING')}")
        name = next((each for each in by_name if folded(each) == folded(typed.strip())), None)
        if name is None:
            raise Misuse("fill-unknown", name=typed.strip(), names=", ".join(by_name))
        told[name] = meaning(value) if value.strip() else ""
    asking = _someone_is_there() and by_name.keys() - told.keys()
    if asking:
        output.say(_("The blanks of your letter. Enter takes what is proposed, - leaves a blank:"))
    for name, blank in by_name.items():
        if name not in told:
            certain = blank.proposal if blank.certain else ""
            told[name] = _asked_meaning(blank) if asking else certain
    return told


def _asked_meaning(blank: Blank) -> str:
    from merge.letters.blanks import meaning

    def understood(typed: str) -> str:
        if typed.strip() in ("-", ""):
            return ""
        try:
            return meaning(typed)
        except LetterError:
            raise click.UsageError(
                _("Type a name such as commune, date, lieu, signature, or a column's name.")
            ) from None

    asked: str = output.ask(
        _("{name}, in “{around}”").format(name=blank.name, around=blank.around),
        default=blank.proposal or "-",
        value_proc=understood,
    )
    return asked


def _with_residents(source: str, residents: bool | None) -> str:
    """The letter; where nobody who signs lives there, it does not say that they do."""
    from merge.letters.draft import claims_residence, without_residents

    if residents is None and claims_residence(source) and _someone_is_there():
        output.say(_("The letter says that those who write live in the town it goes to."))
        residents = output.confirm(_("Does somebody who signs live in every town you write to?"))
    return source if residents in (None, True) else without_residents(source)
