"""`new --letter`: what fills the blanks of a letter as it came is told, asked or proposed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from merge.cli import output
from merge.errors import LetterError, Misuse
from merge.words.language import _

if TYPE_CHECKING:
    from merge.app.new import NewLetter
    from merge.letters.blanks import Blank
    from merge.letters.draft import Draft


def letter(
    draft: Draft, *, subject: str | None, name: str, fills: Sequence[str], residents: bool | None
) -> NewLetter:
    """The draft with its blanks filled. Without a subject it has the campaign's `name` as such.

    Misuse: "not-a-pair"; and as `app.new.letter`.
    """
    from merge.app import new as app

    asks = output.somebody_is_there()
    if not subject and app.has_no_subject(draft):
        subject = _subject(name, asks=asks)
    said = dict(_pair(each) for each in fills)
    made = app.letter(draft, subject=subject, fills=said, residents=residents)
    if asks and made.blanks:
        output.say(_("The blanks of your letter. Enter takes what is proposed, - leaves a blank:"))
        said |= {blank.name: _meaning(blank) for blank in made.blanks}
        made = app.letter(draft, subject=subject, fills=said, residents=residents)
    if asks and made.claims_residence:
        output.say(_("The letter says that those who write live in the town it goes to."))
        residents = output.confirm(_("Does somebody who signs live in every town you write to?"))
        made = app.letter(draft, subject=subject, fills=said, residents=residents)
    return made


def _subject(name: str, *, asks: bool) -> str:
    """Asked, with the campaign's name proposed."""
    if asks:
        return str(output.ask(_("Subject of the letter"), default=name))
    output.say(
        _("The letter has no subject: it gets the campaign's name, “{name}”.").format(name=name)
    )
    return name


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise Misuse("not-a-pair", text=text, form=f"--fill {_('BLANK=MEANING')}")
    return name.strip(), value


def _meaning(blank: Blank) -> str:
    from merge.letters.blanks import meaning

    def understood(typed: str) -> str:
        if typed.strip() in ("-", ""):
            return ""
        try:
            meaning(typed)
        except LetterError:
            raise click.UsageError(
                _("Type a name such as commune, date, lieu, signature, or a column's name.")
            ) from None
        return typed

    return str(
        output.ask(
            _("{name}, in “{around}”").format(name=blank.name, around=blank.around),
            default=blank.proposal or "-",
            value_proc=understood,
        )
    )
