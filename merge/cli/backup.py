"""A campaign that is copied, and one that goes on from a copy."""

from __future__ import annotations

from pathlib import Path

import click

from merge.cli import consents, options, output
from merge.errors import ExitCode
from merge.words import campaigns as words
from merge.words.language import _


@click.command(
    help=_("Copy the whole campaign into one FILE (.zip), even while letters are being sent.")
)
@click.argument("file", type=click.Path(path_type=Path), metavar=_("FILE"))
@click.pass_context
def backup(context: click.Context, file: Path) -> ExitCode:
    from merge.app import backup as app

    saved = app.save(options.folder(context), file)
    output.say(_("The campaign is copied to {file}.").format(file=file))
    output.say(
        _(
            "To go on from a copy some day, unpack it into a new folder and run “publipostage "
            "adopt” there first."
        )
    )
    for path in saved.left_out:
        output.say(_("{path} is a link or no file, and is not in the copy.").format(path=path))
    return ExitCode.PARTLY if saved.left_out else ExitCode.DONE


@click.command(
    help=_("Take over a ledger that was copied, restored, or comes from another machine.")
)
@options.yes
@click.pass_context
def adopt(context: click.Context, yes: bool) -> None:
    from merge.app import backup as app

    folder = options.folder(context)
    while True:  # the campaign may go on elsewhere while a person thinks: another risk
        plan = app.adoption(folder)
        output.say_each(words.adoption_risk(str(plan.folder), plan.risk))
        done = app.adopt(folder, consents.agree(plan.wants, yes=yes))
        if not done.wants:
            break
    if told := words.closed_to_others(str(plan.folder), is_closed=done.facts["is_closed"]):
        output.say(told)
    output.say(_("Done. Look at it with “publipostage status” before you send."))
