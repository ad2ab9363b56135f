"""Who must never be written to: the suppression list of this user."""

from __future__ import annotations

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
@options.yes
@click.pass_context
def suppress(
    context: click.Context, key: str | None, reason: str | None, take_back: bool, yes: bool
) -> ExitCode:
    from merge.app import suppress as app

    folder = options.folder(context)
    if key is None:
        if reason is not None or take_back:
            raise Misuse("suppress-whom")
        with events.shown() as listener:
            found = app.listed(folder, listener)
        if not found.lines:
            output.say(_("Nobody is on the list."))
            return ExitCode.DONE
        output.table(*words.the_list(found.lines, found.zone, came_back=CAME_BACK))
        return ExitCode.DONE
    why = " ".join((reason or "").split())
    if not why:
        raise Misuse("suppress-why")
    with events.shown() as listener, app.open(folder, key, listener) as job:
        if take_back:
            output.say(words.taken_back(job.take_back(why).facts["back"]))
            return ExitCode.DONE
        plan = job.plan()
        result = job.run(consents.agree(plan.wants, yes=yes), why)
        output.say(words.kept(plan, **result.facts))
        output.say_each(envelopes.lines(job.to_keep()))
    return ExitCode.DONE
