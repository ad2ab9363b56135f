"""Erasing what is personal, when a campaign is over or somebody asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from merge.cli import consents, events, options, output
from merge.errors import ExitCode
from merge.job import Step
from merge.words import campaigns as words
from merge.words import troubles
from merge.words.language import _, ngettext
from merge.words.reasons import typed

if TYPE_CHECKING:
    from merge.app.purge import Plan
    from merge.job import Result


@click.command(
    help=_(
        "Erase names, addresses, letters, replies and notes: of the whole campaign, or with KEY of "
        "one recipient. Counts are kept, and who must not be written to. Without --really it is a "
        "rehearsal: nothing is erased."
    )
)
@click.argument("key", metavar=_("[KEY]"), required=False)
@click.option("--really", is_flag=True, help=_("Erase for real. It cannot be undone."))
@click.option(
    "--everywhere",
    is_flag=True,
    help=_("With an e-mail address for KEY: of whoever has it, in all your campaigns."),
)
@options.yes
@click.pass_context
def purge(
    context: click.Context, key: str | None, really: bool, everywhere: bool, yes: bool
) -> ExitCode:
    from merge.app import purge as app

    if everywhere:
        return _everywhere(key or "", really=really, yes=yes)
    folder = options.folder(context)
    with events.shown() as listener, app.open(folder, listener, really=really) as campaign:
        plan = app.plan(campaign, key)
        _tell(plan)
        if not really:
            only = () if plan.key is None else (typed(plan.key),)
            output.say(
                _("A rehearsal: nothing is erased. To erase it: {command}").format(
                    command=Step(command="purge", options=(*only, "--really"))
                )
            )
            return ExitCode.DONE
        result = app.run(campaign, key, consents.agree(plan.wants, yes=yes))
    _tell_end(result)
    return ExitCode.DONE


def _everywhere(address: str, *, really: bool, yes: bool) -> ExitCode:
    """Of one person, one campaign after the other: where it is refused, the others go on."""
    from merge.app import purge as app

    found, left = app.everywhere(address), 0
    here = [each for each in found if not each.is_gone]
    if gone := [str(each.place) for each in found if each.is_gone]:
        output.say(
            _(
                "No campaign is there any more; a copy of it would still hold names: {places}"
            ).format(places=", ".join(gone))
        )
    if not here:
        output.say(_("Nobody in your campaigns has the address {address}.").format(address=address))
    for each in here:
        output.say(f"— {each.place}")
        if each.trouble or each.plan is None:
            left += 1
            output.say(troubles.explain(each.trouble) if each.trouble else "")
            continue
        _tell(each.plan)
        if really:
            with events.shown() as listener:
                given = consents.agree(each.plan.wants, yes=yes)
                _tell_end(app.erase_in(each, given, listener))
    if here and not really:
        command = Step(command="purge", options=(typed(address), "--everywhere", "--really"))
        output.say(
            _("A rehearsal: nothing is erased. To erase it: {command}").format(command=command)
        )
    return ExitCode.PARTLY if left else ExitCode.DONE


def _tell_end(result: Result) -> None:
    if damaged := result.facts["damaged"]:
        output.say(
            ngettext(
                "{n} letter or mail of another was damaged in archive.db: it could not be kept.",
                "{n} letters and mails of others were damaged in archive.db: they could not be "
                "kept.",
                damaged,
            ).format(n=damaged)
        )
    output.say(_("Erased. Counts are kept, and who must not be written to."))


def _tell(plan: Plan) -> None:
    erasure = plan.erasure
    output.say(
        ngettext(
            "Of {n} recipient: name, addresses, {messages} letters and replies, the words of "
            "{attempts} attempts; files and folders: {files}.",
            "Of {n} recipients: names, addresses, {messages} letters and replies, the words of "
            "{attempts} attempts; files and folders: {files}.",
            len(erasure.keys),
        ).format(
            n=len(erasure.keys),
            messages=len(erasure.messages),
            attempts=erasure.attempts,
            files=len(plan.files),
        )
    )
    if erasure.waiting:
        output.say(words.given_up(erasure.waiting))
    if plan.elsewhere:
        output.say(_("Files that were written elsewhere or downloaded, and hold names:"))
        output.say_each(f"    {line}" for line in words.exports(plan.elsewhere))
    if plan.copies:
        output.say(words.copies(plan.copies))
    if plan.left:
        output.say(
            _(
                "Files of yours in this folder stay, and may hold names: {files}. Look at them, at "
                "backups elsewhere, at your mailbox, and at the lists that you imported."
            ).format(files=", ".join(str(path) for path in plan.left[:20]))
        )
    else:
        output.say(
            _("Look also at backups elsewhere, at your mailbox, and at the lists you imported.")
        )
