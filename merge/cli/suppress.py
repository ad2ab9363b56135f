"""Who must never be written to: the suppression list of this user."""

from __future__ import annotations

from pathlib import Path

import click

from merge.campaign.suppression import CAME_BACK
from merge.cli import consents, events, options, output
from merge.errors import ExitCode, Misuse
from merge.words import envelopes
from merge.words import suppression as words
from merge.words.language import _


@click.command(
    help=_(
        "Who must never be written to, by e-mail or on paper, by any of your campaigns: a "
        "recipient, an address, or all addresses of a domain. Without KEY: the list."
    )
)
@click.argument("key", metavar=_("[KEY|ADDRESS|DOMAIN]"), required=False)
@click.option("--reason", metavar=_("TEXT"), help=_("Why: what was asked, and when."))
@click.option("--take-back", is_flag=True, help=_("Take it off the list again."))
@click.option("--csv", "as_csv", is_flag=True, help=_("The list as CSV, for another computer."))
@click.option(
    "--import",
    "file",
    type=click.Path(path_type=Path),
    metavar=_("FILE"),
    help=_("Put all of a sheet on the list: what --csv has written, or one with a column “name”."),
)
@options.yes
@click.pass_context
def suppress(
    context: click.Context,
    key: str | None,
    reason: str | None,
    take_back: bool,
    as_csv: bool,
    file: Path | None,
    yes: bool,
) -> ExitCode:
    from merge.app import suppress as app

    folder = options.folder(context)
    if as_csv or file is not None:
        if (as_csv and file is not None) or key is not None or take_back:
            raise Misuse("options-apart", options="--csv, --import")
        return _import(folder, file, yes=yes) if file is not None else _export(folder)
    if key is None:
        if reason is not None or take_back:
            raise Misuse("option-lacks", options="--reason, --take-back", others=_("KEY"))
        with events.shown() as listener:
            found = app.listed(folder, listener)
        if not found.lines:
            output.say(_("Nobody is on the list."))
            return ExitCode.DONE
        output.table(*words.the_list(found.lines, found.zone, found.campaigns, came_back=CAME_BACK))
        return ExitCode.DONE
    why = " ".join((reason or "").split())
    if not why:
        raise Misuse("suppress-why")
    with events.shown() as listener, app.open(folder, key, listener) as job:
        if take_back:
            output.say(words.taken_back(job.take_back(why).facts["back"]))
            return ExitCode.DONE
        plan = job.plan()
        given = consents.agree(plan.wants, yes=yes)
        output.say(words.kept(plan, **job.run(given, why).facts))
        output.say_each(envelopes.lines(job.to_keep()))
    return ExitCode.DONE


def _export(folder: Path) -> ExitCode:
    from merge.app import suppress as app

    output.data_as_is(app.written(folder).decode().removesuffix("\r\n"))
    return ExitCode.DONE


def _import(folder: Path, file: Path, *, yes: bool) -> ExitCode:
    from merge.app import suppress as app

    with events.shown() as listener, app.open_for_file(folder, listener) as campaign:
        plan = app.plan_file(campaign, file)
        output.say_each(words.from_file(plan))
        result = app.take_file(campaign, plan, consents.agree(plan.wants, yes=yes))
    output.say(words.taken(**result.facts))
    return result.code
