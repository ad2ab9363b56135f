"""A second letter to those who left the first without an answer."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import click

from merge.cli import events, options, output
from merge.errors import ExitCode, Misuse
from merge.words import findings
from merge.words import reminders as words
from merge.words.language import _
from merge.words.statuses import next_after_a_check


@click.command(
    help=_(
        "A second letter, with a text of its own (reminder.md), to those who neither answered nor "
        "opted out and whose first letter did not come back. Without --really it only says "
        "who would get one. Once opened, the wave is sent and printed like the first: send, print."
    )
)
@options.after(_("Whose letter left so long ago, or longer: 21d, 3w."))
@click.option(
    "--wave",
    type=options.Number(2),
    metavar=_("N"),
    help=_("The wave to open: 2 is the first reminder, 3 a second one to those who had it."),
)
@click.option(
    "--letter",
    "file",
    metavar=_("FILE"),
    help=_("Its letter, in the campaign folder, in place of reminder.md."),
)
@click.option("--really", is_flag=True, help=_("Open the wave: its letters wait to be sent."))
@click.option(
    "--undo", is_flag=True, help=_("Close the last wave again, for all whose letter still waits.")
)
@options.narrowing
@click.pass_context
def remind(
    context: click.Context,
    after: timedelta | None,
    wave: int | None,
    file: str | None,
    really: bool,
    undo: bool,
    departments: tuple[str, ...],
    communes: tuple[str, ...],
    statuses: tuple[str, ...],
) -> ExitCode:
    from merge.app import remind as app
    from merge.campaign.check import refuse_unless_right

    folder = options.folder(context)
    if undo and after is None:
        with events.shown() as listener:
            facts = app.take_back(folder, wave, listener).facts
        output.say_each(words.taken_back(**facts))
        return ExitCode.DONE
    if undo or after is None:
        raise Misuse("remind-after-when")
    narrowing = options.narrowed(departments, communes, statuses)
    with events.shown() as listener, app.open(folder, listener, really=really) as campaign:
        plan = app.plan(campaign, listener, wave or 2, file=file, after=after, narrowing=narrowing)
        found = plan.findings
        if plan.notes:
            output.say_each(findings.about_the_letter(plan.notes))
        if plan.opening.chosen:
            by_key = {who.key: who.name for who, _channel in plan.opening.chosen}
            output.say_each(findings.faults(found.faults, by_key))
            refuse_unless_right(found)
            if really:
                app.run(campaign, plan, [want.agreed() for want in plan.wants])
    for line in words.opening(
        plan.opening, plan.wave, plan.letter, opened=really and found.letters > 0
    ):
        output.data(line)
    if not plan.opening.chosen:
        return ExitCode.DONE
    if really:
        output.say(_("Look at it: publipostage preview. To close it again: remind --undo."))
        by_channel = Counter(channel for _who, channel in plan.opening.chosen)
        output.say(next_after_a_check(by_channel, account=plan.has_account))
    else:
        output.say(_("Nothing is opened yet. To open it, the same with --really."))
    return ExitCode.PARTLY if found.faults else ExitCode.DONE
