"""A second letter to those who left the first without an answer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from merge.campaign.reminders import Why
from merge.cli import mailroom, options, output
from merge.errors import ExitCode, Misuse
from merge.model import Channel
from merge.words import findings, troubles
from merge.words.language import _, ngettext
from merge.words.statuses import next_after_a_check

if TYPE_CHECKING:
    from merge.app.opening import Campaign
    from merge.campaign.reminders import Opening
    from merge.ledger.opening import Access

WHY_WORDS: Mapping[Why, str] = {
    Why.ANSWERED: _("answered already"),
    Why.UNDECIDED: _("may have answered: decide first (publipostage replies)"),
    Why.SUPPRESSED: _("must not be written to (publipostage suppress)"),
    Why.CAME_BACK: _("the letter before came back, or was refused"),
    Why.DOUBT: _("nobody knows whether the letter before has left (publipostage resolve)"),
    Why.WAITING: _("the letter before has not left yet, or is not said to be posted"),
    Why.RECENT: _("the letter before left too lately"),
    Why.REMINDED: _("reminded already"),
    Why.EARLIER: _("without the reminder before this one"),
    Why.UNREACHABLE: _("neither an e-mail nor a postal address"),
}
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
            _tell(opening, wave, name, opened=False)
            return ExitCode.DONE
        letter = reminders.letter_of(campaign, wave, name)
        readers = [who for who, _channel in opening.chosen]
        remarks = letters.remarks_on(campaign, letter, readers)
        for line in findings.about_the_letter(letter, remarks, campaign.ledger.recipients()):
            output.say(line)
        with output.progress(_("Making the letters"), len(readers)) as advance:
            found = reminders.check_letters(letter, opening, advance)
        at_fault = [fault.key for fault in found.faults]
        output.say_each(findings.faults(found.faults, campaign.ledger.communes_of(at_fault)))
        refuse_unless_right(found)
        if really:
            reminders.open_wave(campaign, wave, name, opening)
    _tell(opening, wave, name, opened=really)
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


def _tell(opening: Opening, wave: int, name: str, *, opened: bool) -> None:
    """How many, on which channel, and who is left out and why."""
    by_channel = Counter(channel for _who, channel in opening.chosen)
    n = len(opening.chosen)
    if opened:
        head = ngettext("Wave {wave} is open: {n} letter", "Wave {wave} is open: {n} letters", n)
    else:
        head = ngettext("Wave {wave} would be {n} letter", "Wave {wave} would be {n} letters", n)
    output.data(
        _("{head} ({file}): {email} by e-mail, {paper} on paper.").format(
            head=head.format(wave=wave, n=n),
            file=name,
            email=by_channel[Channel.EMAIL],
            paper=by_channel[Channel.PAPER],
        )
    )
    left_out = Counter(opening.left_out.values())
    for why in Why:
        if left_out[why]:
            output.data(_("Left out: {n}, {why}.").format(n=left_out[why], why=WHY_WORDS[why]))


def _undo(context: click.Context, wave: int | None) -> ExitCode:
    from merge.app import reminders
    from merge.app.opening import open_campaign

    with open_campaign(options.folder(context), access="exclusive", command="remind") as campaign:
        output.say_each(troubles.warnings(campaign.cautions))
        wave = wave or reminders.last_wave(campaign)
        if wave is None:
            raise Misuse("remind-nothing")
        n, left = reminders.take_back(campaign, wave)
    output.say(
        ngettext(
            "Wave {wave}: {n} letter that waited is taken back.",
            "Wave {wave}: {n} letters that waited are taken back.",
            n,
        ).format(wave=wave, n=n)
    )
    if left:
        output.say(
            ngettext(
                "{n} letter of it has left, or is under way: it stays.",
                "{n} letters of it have left, or are under way: they stay.",
                left,
            ).format(n=left)
        )
    return ExitCode.DONE


def before_leaving(campaign: Campaign) -> None:
    """Close the reminders that are overtaken, and say how many; and how many may be."""
    from merge.app import reminders

    close_overtaken(campaign)
    n = reminders.held_by_undecided(campaign)
    if n:
        output.say(
            ngettext(
                "{n} reminder is held: a mail may be the answer to the first letter. Say whose it "
                "is, then it leaves or is closed: publipostage replies",
                "{n} reminders are held: mails may be the answer to the first letter. Say whose "
                "they are, then they leave or are closed: publipostage replies",
                n,
            ).format(n=n)
        )


def close_overtaken(campaign: Campaign) -> None:
    """Close the reminders that an answer, or a letter's return, has overtaken; say how many."""
    from merge.app import reminders

    output.say_each(findings.closed(reminders.let_go_of_the_overtaken(campaign)))
