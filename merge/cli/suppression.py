"""Who must never be written to: the suppression list of this user."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from merge.campaign.suppression import CAME_BACK
from merge.cli import envelopes, options, output
from merge.errors import ExitCode, Misuse
from merge.ledger.records import Kind, SuppressedName
from merge.words import suppression as words
from merge.words import troubles
from merge.words.language import _

if TYPE_CHECKING:
    from merge.app.opening import Campaign


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
    from merge.app import suppression
    from merge.app.opening import open_campaign

    if key is None:
        if reason is not None or take_back:
            raise Misuse("suppress-whom")
        return _list(context)
    why = " ".join((reason or "").split())
    if not why:
        raise Misuse("suppress-why")
    with open_campaign(options.folder(context), access="share", command="suppress") as campaign:
        output.say_each(troubles.warnings(campaign.cautions))
        meant = suppression.meant_by(campaign, key)
        if take_back:
            return _take_back(campaign, meant.line, why)
        if meant.line.kind is Kind.DOMAIN and not yes:
            output.confirm(words.whole_domain(meant.line, len(meant.recipients)), abort=True)
        kept = suppression.suppress(campaign, meant.line, why)
        output.say(words.kept(meant.line, len(meant.recipients), kept))
        envelopes.tell(campaign)
    return ExitCode.DONE


def _list(context: click.Context) -> ExitCode:
    from merge.app.opening import open_campaign

    with open_campaign(options.folder(context), access="read", command="suppress") as campaign:
        output.say_each(troubles.warnings(campaign.cautions))
        lines, zone = campaign.accounts.suppression.lines(), campaign.zone
    if not lines:
        output.say(_("Nobody is on the list."))
        return ExitCode.DONE
    output.table(*words.the_list(lines, zone, came_back=CAME_BACK))
    return ExitCode.DONE


def _take_back(campaign: Campaign, line: SuppressedName, why: str) -> ExitCode:
    from merge.app import suppression

    back = suppression.take_back(campaign, line, why)
    if back is None:
        raise Misuse("suppress-not-there", word=words.name(line))
    output.say(words.taken_back(back))
    return ExitCode.DONE


def before_leaving(campaign: Campaign) -> None:
    """Apply the list to what waits, before anything is counted, and say what that has stopped."""
    from merge.app import suppression

    n = suppression.keep_suppressed(campaign)
    if n:
        output.say(words.stopped(n))
