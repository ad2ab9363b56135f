"""A second letter to those who left the first without an answer."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from merge.cli import mailroom, options, output
from merge.errors import ExitCode, Misuse
from merge.model import Channel
from merge.words import findings, troubles
from merge.words import reminders as words
from merge.words.language import _
from merge.words.statuses import next_after_a_check

if TYPE_CHECKING:
    from merge.app.opening import Campaign
    from merge.ledger.opening import Access

_TIME = re.compile(r"([1-9]\d{0,3})\s*(d|j|w|s)?", re.IGNORECASE)
_DAYS = {"d": 1, "j": 1, "w": 7, "s": 7}


class Time(click.ParamType[timedelta]):
    """21d or 3w, in French 21j or 3s; a bare number is days."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """The length of time that the word means."""
        found = _TIME.fullmatch(str(value).strip())
        if not found:
            self.fail(_("“{word}” is no time like 21d or 3w.").format(word=value), param, ctx)
        return timedelta(days=int(found[1]) * _DAYS[(found[2] or "d").lower()])


@click.command(
    help=_(
        "A second letter, with a text of its own (reminder.md), to those who neither answered nor "
        "opted out and whose first letter did not come back. Without --really it only says "
        "who would get one. Once opened, the wave is sent and printed like the first: send, print."
    )
)
@click.option(
    "--after",
    type=Time(),
    metavar=_("TIME"),
    help=_("Whose letter left so long ago, or longer: 21d, 3w."),
)
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
    if undo and after is None:
        return _undo(context, wave)
    if undo or after is None:
        raise Misuse("remind-after-when")
    from merge.app import letters, reminders
    from merge.app.opening import open_campaign
    from merge.app.sheets import chosen
    from merge.campaign.check import refuse_unless_right

    wave = wave or 2
    narrowing = options.narrowed(departments, communes, statuses)
    access: Access = "exclusive" if really else "read"
    with open_campaign(options.folder(context), access=access, command="remind") as campaign:
        output.say_each(troubles.warnings(campaign.cautions))
        mailroom.tell_what_is_not_read(campaign)
        name = file or letters.reminder_file(campaign, wave)
        opening = reminders.plan(campaign, wave, chosen(campaign, narrowing), after)
        if not opening.chosen:
            for line in words.opening(opening, wave, name, opened=False):
                output.data(line)
            return ExitCode.DONE
        letter = reminders.letter_of(campaign, wave, name)
        readers = [who for who, _channel in opening.chosen]
        notes = letters.notes_on(campaign, letter, readers, campaign.ledger.recipients())
        output.say_each(findings.about_the_letter(notes))
        with output.progress(_("Making the letters"), len(readers)) as advance:
            found = reminders.check_letters(letter, opening, advance)
        at_fault = [fault.key for fault in found.faults]
        output.say_each(findings.faults(found.faults, campaign.ledger.communes_of(at_fault)))
        refuse_unless_right(found)
        if really:
            reminders.open_wave(campaign, wave, name, opening)
    for line in words.opening(opening, wave, name, opened=really):
        output.data(line)
    if really:
        output.say(_("Look at it: publipostage preview. To close it again: remind --undo."))
        by_email = sum(channel is Channel.EMAIL for _who, channel in opening.chosen)
        output.say(
            next_after_a_check(
                by_email=by_email,
                on_paper=len(opening.chosen) - by_email,
                account=bool(campaign.settings.account.host),
            )
        )
    else:
        output.say(_("Nothing is opened yet. To open it, the same with --really."))
    return ExitCode.PARTLY if found.faults else ExitCode.DONE


def _undo(context: click.Context, wave: int | None) -> ExitCode:
    from merge.app import reminders
    from merge.app.opening import open_campaign

    with open_campaign(options.folder(context), access="exclusive", command="remind") as campaign:
        output.say_each(troubles.warnings(campaign.cautions))
        wave = wave or reminders.last_wave(campaign)
        if wave is None:
            raise Misuse("remind-nothing")
        n, left = reminders.take_back(campaign, wave)
    output.say_each(words.taken_back(wave, n, left))
    return ExitCode.DONE


def before_leaving(campaign: Campaign) -> None:
    """Close the reminders that are overtaken, and say how many; and how many may be."""
    from merge.app import reminders

    close_overtaken(campaign)
    n = reminders.held_by_undecided(campaign)
    if n:
        output.say(words.held(n))


def close_overtaken(campaign: Campaign) -> None:
    """Close the reminders that an answer, or a letter's return, has overtaken; say how many."""
    from merge.app import reminders

    output.say_each(findings.closed(reminders.let_go_of_the_overtaken(campaign)))
