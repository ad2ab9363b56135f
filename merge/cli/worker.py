"""A machine that helps: worker."""

from __future__ import annotations

import click

from merge.cli import options, output
from merge.settings.sections import MOST_CONNECTIONS
from merge.words import working
from merge.words.language import _


@click.command(
    help=_(
        "Send campaigns that are kept in the database of PUBLIPOSTAGE_DATABASE, beside "
        "the machine that began it and other workers, until it is stopped. It needs no folder: "
        "letter and settings come from the database, the password and the yes to its mail server "
        "from here."
    )
)
@click.option(
    "--connections",
    type=options.Number(1, MOST_CONNECTIONS),
    help=_("Connections to the mail server at once, in place of the campaign's setting."),
)
def worker(connections: int | None) -> None:
    from merge.app.work import work

    work(
        lambda event: output.say(working.told(event)),
        connections=connections,
    )
