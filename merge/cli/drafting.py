"""`new --letter`: what fills the blanks of a letter as it came is told, asked or proposed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from merge.cli import output
from merge.cli.interview import Interview
from merge.errors import LetterError, Misuse, Trouble
from merge.words.drafting import read_as, residence_words
from merge.words.language import N_, _, translate
from merge.words.troubles import reason_of

if TYPE_CHECKING:
    from merge.app.new import NewLetter
    from merge.letters.blanks import Blank
    from merge.letters.drafts.draft import Draft
    from merge.model import Audience

_OF_WRITER: Mapping[str, str] = {
    "date": N_("the day of sending"),
    "lieu": N_("the town you write from"),
    "groupe": N_("your group"),
    "signature": N_("who signs"),
}
_OF_COMMUNES: Mapping[str, str] = {
    "commune": N_("the commune it goes to (with its “de” or “à” where it needs one)"),
    "maire.nom": N_("the mayor's surname"),
    "salutation": N_("the greeting (“Madame la Maire”)"),
    **_OF_WRITER,
}
_OF_OTHERS: Mapping[str, str] = {
    "salutation": N_("the greeting (“Madame la Directrice”, else “Madame, Monsieur”)"),
    "prenom": N_("the person's first name"),
    "nom": N_("the person's surname"),
    "organisation": N_("the organisation"),
    "ville": N_("the town of the address"),
    **_OF_WRITER,
}


def meanings_of(audience: Audience) -> Mapping[str, str]:
    """What a blank means most often in a letter to these, to be chosen by its number."""
    return _OF_COMMUNES if audience == "communes" else _OF_OTHERS


def file(interview: Interview) -> Path | None:
    """The letter to begin with; None is the model letter, or an empty one where nobody writes to
    communes. Asked in an interview alone.
    """
    if not interview.asks_more:
        return None
    kept = interview.answers.get("letter")
    if kept is None:
        choices = [
            _("the model letter, against video surveillance by algorithm; change it as you like")
            if interview.audience() == "communes"
            else _("an empty letter, with salutation and signature, for you to write"),
            _("a letter of yours, from a file (.docx, .odt, .txt, .md)"),
        ]
        if output.choose(_("Which letter do you begin with?"), choices) == 1:
            kept = ""
        else:
            kept = str(output.ask(_("File"), value_proc=_readable))
        interview.keep("letter", kept)
    return Path(kept) if kept else None


def _readable(typed: str) -> str:
    """The name of a file that makes a letter; a file that was dragged here may be quoted."""
    from merge.app.new import read_draft

    name = typed.strip().strip("'\"")
    try:
        read_draft(Path(name).expanduser())
    except Trouble as trouble:
        raise click.UsageError(str(reason_of(trouble))) from None
    return str(Path(name).expanduser().absolute())


def letter(
    draft: Draft,
    *,
    subject: str | None,
    name: str,
    fills: Sequence[str],
    residents: bool | None,
    interview: Interview,
    audience: Audience = "communes",
) -> NewLetter:
    """The draft with its blanks filled, once what it could not keep was told. Without a subject it
    has the campaign's `name` as such.

    Misuse: "not-a-pair"; and as `app.new.letter`.
    """
    from merge.app import new as app

    asks = output.somebody_is_there()
    output.say_each(read_as(draft))
    if not subject and app.has_no_subject(draft):
        subject = _subject(name, interview, asks=asks)
    named = {blank.name for blank in draft.blanks}
    said = {name: value for name, value in interview.fills.items() if name in named}
    said |= dict(_pair(each) for each in fills)
    making = partial(app.letter, draft, subject=subject, audience=audience)
    made = making(fills=said, residents=residents)
    if asks and made.blanks:
        _explain_blanks(audience)
        for blank in made.blanks:
            said[blank.name] = _meaning(blank, audience)
            interview.keep_fill(blank.name, said[blank.name])
        made = making(fills=said, residents=residents)
    if asks and made.claims_residence:
        residents = _residents(made, interview)
        made = making(fills=said, residents=residents)
    elif residents is False:
        output.say_each(residence_words(made.residence_changes))
    return made


def _residents(made: NewLetter, interview: Interview) -> bool:
    if kept := interview.answers.get("residents"):
        return kept == "yes"
    output.say(_("The letter says that those who write live in the town it goes to."))
    output.say(_("If nobody does, it would change so:"))
    output.say_each(residence_words(made.residence_changes))
    residents = output.confirm(_("Does somebody who signs live in every town you write to?"))
    interview.keep("residents", "yes" if residents else "no")
    return residents


def _subject(name: str, interview: Interview, *, asks: bool) -> str:
    """Asked, with the campaign's name proposed."""
    if asks:
        proposed = interview.answers.get("subject", name)
        subject = str(output.ask(_("Subject of the letter"), default=proposed))
        interview.keep("subject", subject)
        return subject
    output.say(
        _("The letter has no subject: it gets the campaign's name, “{name}”.").format(name=name)
    )
    return name


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise Misuse("not-a-pair", text=text, form=f"--fill {_('BLANK=MEANING')}")
    return name.strip(), value


def _explain_blanks(audience: Audience) -> None:
    output.say(
        _(
            "The blanks of your letter. Type a number, or the name of a column of your sheet; "
            "Enter takes what is proposed, - leaves a blank:"
        )
    )
    for number, words in enumerate(meanings_of(audience).values(), 1):
        output.say(f"  {number}  {translate(words)}")


def _meaning(blank: Blank, audience: Audience) -> str:
    from merge.letters.blanks import meaning

    choices = [*meanings_of(audience)]

    def understood(typed: str) -> str:
        words = typed.strip()
        if words in ("-", ""):
            return ""
        if words.isdecimal() and 1 <= int(words) <= len(choices):
            return choices[int(words) - 1]
        try:
            meaning(words, audience)
        except LetterError:
            raise click.UsageError(
                _("Type a name such as {names}, or a column's name.").format(
                    names=", ".join([choices[0], *_OF_WRITER])
                )
            ) from None
        return words

    return str(
        output.ask(
            _("{name}, in “{around}”").format(name=blank.name, around=blank.around),
            default=blank.proposal or "-",
            value_proc=understood,
        )
    )
