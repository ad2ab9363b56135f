"""A campaign that is begun, with the model letter or a letter of one's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from merge.cli import drafting, output
from merge.words.drafting import made_of
from merge.words.language import _
from merge.words.reasons import reason, typed

# Each answer is looked at when it is typed: a wrong one is asked for again, and no other is lost.


def _where_nothing_is(_context: click.Context, _parameter: click.Parameter, folder: Path) -> Path:
    from merge.app.new import refuse_unless_empty

    refuse_unless_empty(folder)
    return folder


def _some_words(_context: click.Context, _parameter: click.Parameter, text: str) -> str:
    if not (words := text.strip()):
        raise click.BadParameter(_("It cannot be empty."))
    return words


def _an_address(_context: click.Context, _parameter: click.Parameter, text: str) -> str:
    from merge.settings import is_address

    address = text.strip()
    if address and not is_address(address):
        raise click.BadParameter(str(reason("setting-not-an-address", {"value": address})))
    return address


def _a_place(context: click.Context, parameter: click.Parameter, text: str) -> str:
    """Where the letters are dated from: a commune's code, or its name as the reference spells it.

    A name that is in no reference (a hamlet, a town abroad) stays as it was typed.
    """
    from merge.french.communes import by_name, fold, reference
    from merge.settings import is_address

    place = _some_words(context, parameter, text)
    code = place.upper()
    if code in reference():
        return code
    if re.match(r"\d[\dAB]\d", code):  # a postcode, or one with the name behind it
        raise click.BadParameter(str(reason("setting-unknown-insee", {"value": place})))
    if is_address(place) or not any(map(str.isalpha, place)):
        raise click.BadParameter(_("Type the name of a commune, or its INSEE code."))
    names = {each.name for each in by_name(place) if fold(each.name) == fold(place)}
    return names.pop() if len(names) == 1 else place


@contextmanager
def _nothing_made_yet() -> Iterator[None]:
    """Whoever stops here is not sent to a ledger that there is not."""
    try:
        yield
    except (click.Abort, KeyboardInterrupt) as error:
        if isinstance(error.__context__, EOFError):  # nobody is there to be asked
            raise
        raise output.NothingMade from error


class _FirstCommand(click.Command):
    """Its options are asked for before anything is made."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """The context, with all that was asked."""
        with _nothing_made_yet():
            return super().make_context(*args, **kwargs)


@click.command(
    cls=_FirstCommand,
    help=_(
        "Make a campaign in DIR: settings, the letter and its look, an empty ledger.\n\n"
        "What you do not give as an option is asked. With --letter it begins from a letter of "
        "yours, as it is: its blanks ([xx], «Commune», XXX…) are found, and asked for in a "
        "terminal; in a script those that are beyond doubt are filled and the others listed."
    ),
)
@click.argument(
    "directory",
    type=click.Path(path_type=Path),
    metavar=_("DIR"),
    callback=_where_nothing_is,
)
@click.option(
    "--name",
    cls=output.PromptedOption,
    prompt=_("Name of the campaign"),
    help=_("Name of the campaign."),
    callback=_some_words,
)
@click.option(
    "--group",
    cls=output.PromptedOption,
    prompt=_("Your group, as towns shall read it"),
    help=_("Who writes."),
    callback=_some_words,
)
@click.option(
    "--contact",
    cls=output.PromptedOption,
    prompt=_("How to answer you (an e-mail address, a phone number)"),
    help=_(
        "How to reach you; stands under your name on paper. The foot of each letter has "
        "--reply-to, else --from."
    ),
    callback=_some_words,
)
@click.option(
    "--from",
    "from_address",
    cls=output.PromptedOption,
    prompt=_("E-mail address that the letters are sent from"),
    help=_("E-mail address that the letters are sent from."),
    callback=_an_address,
)
@click.option(
    "--reply-to",
    default="",
    help=_("Address for answers, if it is another one."),
    callback=_an_address,
)
@click.option(
    "--place",
    cls=output.PromptedOption,
    prompt=_("Where you write from (the commune, or its INSEE code)"),
    help=_("Commune you write from: its name or INSEE code."),
    callback=_a_place,
)
@click.option(
    "--address",
    multiple=True,
    metavar=_("LINE"),
    help=_("A line of your postal address. Give it once for each line."),
)
@click.option(
    "--signature",
    multiple=True,
    metavar=_("LINE"),
    help=_("A line of the signature (your group's name without it). Can be given several times."),
)
@click.option(
    "--letter",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar=_("FILE"),
    help=_("Begin from this letter (.docx, .txt, .md), not from the model letter."),
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
    default="l'annuaire de l'administration (service-public.fr)",
    show_default=True,
    help=_("Where the towns' addresses come from; stands at the foot of every letter."),
)
def new(
    directory: Path,
    name: str,
    group: str,
    contact: str,
    from_address: str,
    reply_to: str,
    place: str,
    address: tuple[str, ...],
    signature: tuple[str, ...],
    file: Path | None,
    subject: str | None,
    fills: tuple[str, ...],
    residents: bool | None,
    address_source: str,
) -> None:
    from merge.app import new as app
    from merge.settings import WITHOUT_PASSWORD, Answers, provider_of

    if file is None and (subject or fills):
        raise click.UsageError(_("--subject and --fill go with --letter."))
    with _nothing_made_yet():
        letter = drafting.letter(
            app.read_draft(file), subject=subject, name=name, fills=fills, residents=residents
        )
    app.create(
        directory,
        Answers(
            name=name,
            group=group,
            contact=contact,
            from_address=from_address,
            reply_to=reply_to,
            place=place,
            address=address,
            signature=signature or (group,),
            address_source=address_source,
        ),
        letter,
        with_reminder=file is None,
    )
    output.say(_("The campaign stands in {folder}.").format(folder=directory))
    output.say_each(made_of(letter.draft, letter.meanings, letter.left))
    output.say(
        _(
            "Every letter says that its address comes from {source}. If that is not so, change "
            "address_source in campaign.toml."
        ).format(source=address_source)
    )
    provider = provider_of(from_address)
    if provider in WITHOUT_PASSWORD:
        told = reason("provider-without-password", {"provider": provider})
        output.say_each((told.why, told.remedy))
    output.say(_("Read letter.md there, and change what you like. Next:"))
    output.say(f"    publipostage -C {typed(str(directory))} import communes.xlsx")
