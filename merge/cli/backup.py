"""A campaign that is copied, and one that goes on from a copy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from merge.cli import consents, options, output
from merge.errors import ExitCode, Refused
from merge.job import Consent, Result
from merge.words import campaigns as words
from merge.words.language import _
from merge.words.reasons import typed

if TYPE_CHECKING:
    from merge.app.backup import AdoptionPlan


@click.command(
    help=_("Copy the whole campaign into one FILE (.zip), even while letters are being sent.")
)
@click.argument("file", type=click.Path(path_type=Path), metavar=_("FILE"))
@click.option(
    "--close",
    is_flag=True,
    help=_("End the campaign here, so that it goes on elsewhere from FILE: see “adopt”."),
)
@options.yes
@click.pass_context
def backup(context: click.Context, file: Path, close: bool, yes: bool) -> ExitCode:
    from merge.app import backup as app

    folder = options.folder(context)
    if close:
        with app.ending(folder) as campaign:
            given = consents.agree(app.wants_to_close(campaign), yes=yes)
            saved = app.close(campaign, file, given)
    else:
        saved = app.save(folder, file)
    output.say(_("The campaign is copied to {file}.").format(file=file))
    if close:
        output.say(_("Nothing leaves from here any more. Adopt that file in one place only."))
    output.say(
        _("To go on from it some day, in a new folder: publipostage -C FOLDER adopt {file}").format(
            file=typed(str(file))
        )
    )
    for path in saved.left_out:
        output.say(_("{path} is a link or no file, and is not in the copy.").format(path=path))
    output.say_each(words.others(saved.others))
    return ExitCode.PARTLY if saved.left_out else ExitCode.DONE


@click.command(
    help=_(
        "Take over a ledger that was copied, restored, or comes from another machine. With FILE "
        "(.zip of “backup”): unpack it into the folder of -C, which is new or empty."
    )
)
@click.argument("file", type=click.Path(path_type=Path), metavar=_("[FILE]"), required=False)
@options.yes
@click.option(
    "--missed",
    type=options.Number(1),
    metavar=_("N"),
    help=_("Agree that the ledger has missed N steps after which letters may have left."),
)
@click.pass_context
def adopt(context: click.Context, file: Path | None, yes: bool, missed: int | None) -> None:
    from merge.app import backup as app

    folder = options.folder(context)
    if file is not None:
        with app.open(file, folder) as job:
            output.say_each(words.others(job.left_out))
            done = _agreed(job.plan, job.run, yes=yes, missed=missed)
    else:
        done = _agreed(
            lambda: app.adoption(folder),
            lambda given: app.adopt(folder, given),
            yes=yes,
            missed=missed,
        )
    if told := words.closed_to_others(str(folder), is_closed=done.facts["is_closed"]):
        output.say(told)
    output.say(_("Done. Look at it with “publipostage status” before you send."))


def _agreed(
    plan: Callable[[], AdoptionPlan],
    run: Callable[[Sequence[Consent]], Result],
    *,
    yes: bool,
    missed: int | None,
) -> Result:
    while True:  # the campaign may go on elsewhere while a person thinks: another risk
        found = plan()
        behind = found.risk.behind
        output.say_each(words.adoption_risk(found))
        if behind and behind != missed:
            raise Refused("adopt-missed", n=behind)
        given = [want.agreed() for want in found.wants] if behind else ()
        done = run(given or consents.agree(found.wants, yes=yes))
        if not done.wants:
            return done
