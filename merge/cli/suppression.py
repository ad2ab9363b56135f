"""Who must never be written to: the suppression list of this user."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from merge.campaign.suppression import CAME_BACK
from merge.cli import envelopes, options, output
from merge.errors import ExitCode, Misuse
from merge.ledger.records import Kind, Named
from merge.words import troubles
from merge.words.language import _, ngettext

if TYPE_CHECKING:
    from merge.app.opening import Campaign
    from merge.app.suppression import Kept

KIND_WORDS: Mapping[Kind, str] = {
    Kind.TOWN: _("commune"),
    Kind.RECIPIENT: _("recipient of one campaign"),
    Kind.ADDRESS: _("address"),
    Kind.DOMAIN: _("domain"),
    Kind.DEAD: _("dead address"),
}


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
            output.confirm(
                ngettext(
                    "{name} and all below it: that is {n} recipient of this campaign. Go on?",
                    "{name} and all below it: that is {n} recipients of this campaign. Go on?",
                    len(meant.recipients),
                ).format(name=meant.line.value, n=len(meant.recipients)),
                abort=True,
            )
        kept = suppression.suppress(campaign, meant.line, why)
        _tell(meant.line, len(meant.recipients), kept)
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
    output.table(
        [_("What"), _("Who"), _("Why"), _("When")],
        [
            [
                KIND_WORDS[line.kind],
                _name(line.kind, line.value) or _("(erased; still kept)"),
                _("a letter came back from it") if line.reason == CAME_BACK else line.reason,
                line.at.astimezone(zone).strftime("%Y-%m-%d"),
            ]
            for line in lines
        ],
    )
    return ExitCode.DONE


def _take_back(campaign: Campaign, line: Named, why: str) -> ExitCode:
    from merge.app import suppression

    back = suppression.take_back(campaign, line, why)
    if back is None:
        raise Misuse("suppress-not-there", word=_name(line.kind, line.value))
    output.say(
        ngettext(
            "Taken off the list. {n} letter of this campaign can leave again.",
            "Taken off the list. {n} letters of this campaign can leave again.",
            back,
        ).format(n=back)
    )
    return ExitCode.DONE


def _tell(line: Named, named: int, kept: Kept) -> None:
    said = _("On the list: {kind} {name}.") if kept.is_new else _("{kind} {name} was on the list.")
    output.say(said.format(kind=KIND_WORDS[line.kind], name=_name(line.kind, line.value)))
    told = ngettext(
        "It names {n} recipient of this campaign.",
        "It names {n} recipients of this campaign.",
        named,
    ).format(n=named)
    if kept.stopped:
        stopped = ngettext(
            "{n} letter that could still have left does not.",
            "{n} letters that could still have left do not.",
            kept.stopped,
        ).format(n=kept.stopped)
        told = f"{told} {stopped}"
    output.say(told)


def _name(kind: Kind, value: str) -> str:
    """As people write it: the list compares without capitals, and Corsica's towns are 2A004."""
    return value.upper() if kind is Kind.TOWN else value


def before_leaving(campaign: Campaign) -> None:
    """Apply the list to what waits, before anything is counted, and say what that has stopped."""
    from merge.app import suppression

    n = suppression.keep_suppressed(campaign)
    if n:
        output.say(
            ngettext(
                "{n} letter does not leave: its recipient is on the list “publipostage suppress”.",
                "{n} letters do not leave: their recipients are on the list “publipostage "
                "suppress”.",
                n,
            ).format(n=n)
        )
