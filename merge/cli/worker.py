"""A machine that helps: worker."""

from __future__ import annotations

import click

from merge.cli import jsonlog, options, output
from merge.settings.sections import MOST_CONNECTIONS
from merge.words import working
from merge.words.language import _


@click.command(
    help=_(
        "Send and print campaigns that are kept in the database of PUBLIPOSTAGE_DATABASE, beside "
        "the machine that began it and other workers, until it is stopped. It needs no folder: "
        "letter and settings come from the database, the password and the yes to its mail server "
        "from here."
    )
)
@click.option(
    "--only", type=click.Choice(["mail", "paper"]), help=_("Only e-mails, or only what is printed.")
)
@click.option(
    "--connections",
    type=options.Number(1, MOST_CONNECTIONS),
    help=_("Connections to the mail server at once, in place of the campaign's setting."),
)
@click.option(
    "--metrics",
    type=options.Listening(),
    envvar="PUBLIPOSTAGE_METRICS",
    metavar=_("ADDRESS:PORT"),
    help=_(
        "Answer /metrics there for Prometheus, with numbers alone; a port alone is of this machine."
    ),
)
@click.option(
    "--log-format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help=_("Sentences, or a line of JSON for each event, which names nobody."),
)
def worker(
    only: str | None, connections: int | None, metrics: tuple[str, int] | None, form: str
) -> None:
    from merge.app.work import work

    if form == "json":
        jsonlog.hear_libraries()
    listener = jsonlog.show if form == "json" else lambda event: output.say(working.told(event))
    work(listener, only=only, connections=connections, metrics=metrics)
