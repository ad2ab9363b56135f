"""The page in the browser: web."""

from __future__ import annotations

from pathlib import Path

import click

from merge.cli import options, output
from merge.words.language import _


@click.command(
    help=_(
        "Open the page in the browser, which does all that the other commands do, on this "
        "computer alone. Without DIR it begins with your campaigns."
    )
)
@click.argument("place", type=click.Path(path_type=Path), required=False, metavar=_("[DIR]"))
@click.option(
    "--no-open",
    is_flag=True,
    help=_("Open no browser: print the address to begin at, and serve until SIGTERM."),
)
@click.pass_context
def web(context: click.Context, place: Path | None, no_open: bool) -> None:
    from merge.web.server import serve

    here = options.folder(context)
    if place is None and here != Path():
        place = here
    if not no_open:
        output.say(_("The page opens in your browser. Here, Ctrl-C ends it."))
    if not serve(place and place.absolute(), opens=not no_open, say=output.data):
        output.say(_("The page was open already."))
