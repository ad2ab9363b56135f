"""A campaign that is begun, with the model letter or a letter of one's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from merge.cli import options, output
from merge.errors import Misuse, Trouble
from merge.model import Audience
from merge.words.drafting import SOURCES, label, made_of, read_as, residence_words, source_of
from merge.words.language import _
from merge.words.reasons import reason, typed
from merge.words.troubles import reason_of

if TYPE_CHECKING:
    from merge.app.new import NewLetter
    from merge.letters.drafts.draft import Draft
    from merge.settings import Question


@contextmanager
def _nothing_made_yet() -> Iterator[None]:
    """Whoever stops here is not sent to a ledger that there is not."""
    try:
        yield
    except (click.Abort, KeyboardInterrupt) as error:
        if isinstance(error.__context__, EOFError) and not output.somebody_is_there():
            raise
        raise output.NothingMade from error


class _Required(click.Option):
    """What is not given is asked for."""

    def prompt_for_value(self, ctx: click.Context) -> Any:
        """What was typed, understood as the option would be."""
        with _nothing_made_yet():
            return output.ask(
                str(self.prompt), value_proc=lambda typed: self.process_value(ctx, typed)
            )


def _where_nothing_is(_context: click.Context, _parameter: click.Parameter, folder: Path) -> Path:
    from merge.app.new import refuse_unless_empty

    refuse_unless_empty(folder)
    return folder


def _answer(question: Question) -> Callable[[click.Context, click.Parameter, Any], str | None]:
    """An option that answers this question, looked at as if it had been typed there."""

    def understood(_context: click.Context, _parameter: click.Parameter, given: Any) -> str | None:
        from merge.settings import answer

        if given is None or given == ():
            return None
        try:
            return answer(question, given)
        except Trouble as trouble:
            raise click.BadParameter(str(reason_of(trouble))) from None

    return understood


def _lines(
    _context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]
) -> str | None:
    """Several of one option; each is a line, and looked at by whoever reads the settings."""
    return "\n".join(given) if given else None


@click.command(
    help=_(
        "Make a campaign in DIR: settings, the letter and its look, an empty ledger.\n\n"
        "What it needs and you do not give as an option is asked. With --letter it begins from a "
        "letter of yours, as it is: its blanks ([xx], «Commune», XXX…) are found; those that are "
        "beyond doubt are filled and the others listed."
    ),
    epilog=options.OR_THE_PAGE,
)
@click.argument(
    "directory",
    type=click.Path(path_type=Path),
    metavar=_("DIR"),
    callback=_where_nothing_is,
)
@click.option(
    "--for",
    "audience",
    type=click.Choice(get_args(Audience)),
    default="communes",
    metavar=_("WHOM"),
    help=_(
        "Whom it writes to: communes (their mayors; without this option), people (members, "
        "députés, customers) or organisations (schools, associations)."
    ),
)
@click.option(
    "--name",
    cls=_Required,
    prompt=label("name"),
    help=_("Name of the campaign."),
    callback=_answer("name"),
)
@click.option(
    "--group",
    cls=_Required,
    prompt=label("group"),
    help=_("Who writes."),
    callback=_answer("group"),
)
@click.option(
    "--contact",
    cls=_Required,
    prompt=label("contact"),
    help=_(
        "How to reach you; stands under your name on paper. The foot of each letter has "
        "reply_to of campaign.toml, else --from."
    ),
    callback=_answer("contact"),
)
@click.option(
    "--from",
    "from_address",
    cls=_Required,
    prompt=label("from_address"),
    help=_("E-mail address that the letters are sent from."),
    callback=_answer("from_address"),
)
@click.option(
    "--place",
    cls=_Required,
    prompt=label("place"),
    help=_("Commune you write from: its name or INSEE code."),
    callback=_answer("place"),
)
@click.option(
    "--address",
    multiple=True,
    metavar=_("LINE"),
    help=_("A line of your postal address. Give it once for each line."),
    callback=_lines,
)
@click.option(
    "--letter",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar=_("FILE"),
    help=_("Begin from this letter (.docx, .odt, .txt, .md), not from the model letter."),
)
@click.option("--subject", help=_("Subject of that letter; may have blanks, as the letter has."))
@click.option(
    "--fill",
    "fills",
    multiple=True,
    metavar=_("BLANK=MEANING"),
    help=_("What a blank of that letter means (xx=commune). Can be given several times."),
)
@click.option(
    "--residents/--no-residents",
    default=None,
    help=_("Whether somebody who signs lives in every town you write to."),
)
@click.option(
    "--address-source",
    help=_(
        "Where the addresses come from; stands at the foot of every letter (without it, to "
        "communes: l'annuaire de l'administration)."
    ),
    callback=_answer("address_source"),
)
def new(
    directory: Path,
    file: Path | None,
    subject: str | None,
    fills: tuple[str, ...],
    residents: bool | None,
    audience: Audience,
    **given: str | None,
) -> None:
    from merge.app import new as app
    from merge.settings import QUESTIONS, WITHOUT_PASSWORD, answers, provider_of

    if file is None and (subject or fills):
        raise click.UsageError(_("--subject and --fill go with --letter."))
    told = {each: value for each in QUESTIONS if (value := given.get(each)) is not None}
    if audience == "communes":
        told.setdefault("address_source", SOURCES[0])
    made = replace(answers(told), audience=audience)
    draft = app.read_draft(file, audience)
    letter = _letter(
        draft, audience, subject=subject, name=made.name, fills=fills, residents=residents
    )
    app.create(directory, made, letter, with_reminder=file is None)
    output.say(_("The campaign stands in {folder}.").format(folder=directory))
    remarks = app.repeated_sender(letter, made)
    output.say_each(made_of(letter.meanings, letter.left, audience, remarks))
    output.say(source_of(made.address_source))
    provider = provider_of(made.from_address)
    if provider in WITHOUT_PASSWORD:
        advice = reason("provider-without-password", {"provider": provider})
        output.say_each((advice.why, advice.remedy))
    if app.is_unwritten(directory, app.LETTER):
        output.say(_("Write your letter in letter.md there: its subject and its text. Next:"))
    else:
        output.say(_("Read letter.md there, and change what you like. Next:"))
    sheet = "communes.xlsx" if audience == "communes" else "liste.xlsx"
    output.say(f"    publipostage -C {typed(str(directory))} import {sheet}")


def _letter(
    draft: Draft,
    audience: Audience,
    *,
    subject: str | None,
    name: str,
    fills: Sequence[str],
    residents: bool | None,
) -> NewLetter:
    """The draft with its blanks filled, once what it could not keep was told. Without a subject it
    has the campaign's `name` as such.

    Misuse: "value-unfit"; and as `app.new.letter`.
    """
    from merge.app import new as app

    output.say_each(read_as(draft))
    if subject and draft.subject not in ("", subject):
        output.say(_("The letter's own subject is left out: {words}").format(words=draft.subject))
    if not subject and app.has_no_subject(draft):
        subject = name
        output.say(
            _("The letter has no subject: it gets the campaign's name, “{name}”.").format(name=name)
        )
    making = partial(
        app.letter, draft, subject=subject, fills=dict(map(_pair, fills)), audience=audience
    )
    made = making(residents=residents)
    if made.claims_residence and output.somebody_is_there():
        output.say(_("The letter says that those who write live where it goes to."))
        output.say(_("If nobody does, it would change so:"))
        output.say_each(residence_words(made.residence_changes))
        with _nothing_made_yet():
            residents = output.confirm(
                _("Does somebody who signs live in every town you write to?")
            )
        return making(residents=residents)
    if residents is False:
        output.say_each(residence_words(made.residence_changes))
    return made


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise Misuse("value-unfit", value=text, example=f"--fill {_('BLANK=MEANING')}")
    return name.strip(), value
