"""Letters before they leave: check all of them, look at one."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from merge.cli import options, output
from merge.errors import ExitCode
from merge.model import Channel
from merge.words import findings, troubles
from merge.words.language import _, ngettext
from merge.words.statuses import next_after_a_check, unreachable

if TYPE_CHECKING:
    from merge.app.opening import Campaign
    from merge.campaign.ports import Template
    from merge.ledger.records import Candidate


@click.command(
    help=_(
        "Make every letter and list what is wrong.\n\nEach recipient's letter is made for its "
        "channel, before anything leaves. Changes nothing."
    )
)
@options.narrowing
@click.pass_context
def check(
    context: click.Context,
    departments: tuple[str, ...],
    communes: tuple[str, ...],
    statuses: tuple[str, ...],
) -> ExitCode:
    from merge.app import letters, paper
    from merge.app.opening import open_campaign
    from merge.app.sheets import chosen
    from merge.campaign import check as checking
    from merge.letters.similarity import Comparison

    with open_campaign(options.folder(context), access="read", command="check") as campaign:
        output.say_each(troubles.warnings(campaign.cautions))
        narrowing = options.narrowed(departments, communes, statuses)
        keys = chosen(campaign, narrowing)
        template = letters.template(campaign)
        letters_of_all = letters.with_reminders(campaign, template)
        everybody = campaign.ledger.candidates(keys, tuple(Channel))
        waiting: dict[str, Channel] = {}  # and nothing more of each: there may be very many

        def noted() -> Iterator[Candidate]:
            for each in everybody:
                waiting[each.recipient.key] = each.channel
                yield each

        comparison = Comparison()
        with output.progress(_("Making the letters"), len(everybody)) as advance:
            found = checking.check(
                letters_of_all,
                noted(),
                of=campaign.ledger.count_recipients(),
                gate=None if campaign.is_blind else campaign.gate,
                comparison=comparison,
                advance=advance,
            )
        by_channel = Counter(waiting.values())
        about = _about(campaign, letters_of_all, waiting)  # before pages want memory of their own
        if on_paper := by_channel[Channel.PAPER]:
            letters.refuse_unprintable(campaign)
            if lacking := paper.what_pages_lack():
                output.say(findings.unmeasured(lacking))
            else:
                with output.progress(_("Measuring the pages"), on_paper) as advance:
                    found = checking.check_pages(
                        letters_of_all,
                        campaign.ledger.candidates(keys, [Channel.PAPER]),
                        found,
                        n=on_paper,
                        prover=paper.press(campaign),
                        advance=advance,
                    )
        too_long = letters.too_long_names(campaign) if found.overlong else None
        has_account = bool(campaign.settings.account.host)
        counts = campaign.ledger.counts()
        shown = [*(fault.key for fault in found.faults), *found.overlong]
        names = campaign.ledger.communes_of(shown)
    for line in dict.fromkeys(about):  # local paragraphs are in every letter
        output.say(line)
    output.say_each(findings.faults(found.faults, names))
    output.say_each(findings.overlong(found.overlong, names))
    if too_long:
        output.say_each(findings.too_long_names(*too_long))
    output.data(
        _("{letters}: {email} by e-mail, {paper} on paper; at fault: {faults}.").format(
            letters=ngettext("{n} letter checked", "{n} letters checked", found.letters).format(
                n=found.letters
            ),
            email=by_channel[Channel.EMAIL],
            paper=by_channel[Channel.PAPER],
            faults=len(found.faults),
        )
    )
    if found.letters:
        output.data(findings.alikeness(comparison.result()))
    if found.both_ways:
        output.data(findings.both_ways(found.both_ways))
    if counts.unreachable:
        output.data(unreachable(counts.unreachable))
    checking.refuse_unless_right(found)
    output.say(
        next_after_a_check(
            by_email=by_channel[Channel.EMAIL],
            on_paper=on_paper,
            account=has_account,
        )
    )
    return ExitCode.PARTLY if found.faults else ExitCode.DONE


def _about(campaign: Campaign, letter: Template, keys: Collection[str]) -> list[str]:
    """What a person should look at in the letters to these. All recipients are in memory here."""
    from merge.app import letters

    recipients = campaign.ledger.recipients()
    readers = [each for each in recipients if each.key in keys]
    return [
        line
        for each, its_readers in letters.each_letter(letter, readers)
        for line in findings.about_the_letter(
            each, letters.remarks_on(campaign, each, its_readers), recipients
        )
    ]


@click.command(help=_("Show one letter as its recipient will read it. Changes nothing."))
@click.argument("key", required=False, metavar=_("[KEY]"))
@click.option(
    "--pick",
    type=click.Choice(["next", "random", "longest", "worst"]),
    default="next",
    show_default=True,
    help=_("Which one, without KEY: the next to leave, any, the longest, one at fault."),
)
@click.option(
    "--as",
    "form",
    type=click.Choice(["text", "html", "pdf", "eml"]),
    default="text",
    show_default=True,
    help=_("The e-mail's text or HTML, the printed page, or the e-mail to its last byte."),
)
@click.option("--output", "-o", "file", type=click.Path(path_type=Path), help=_("Into this file."))
@click.option("--open", "open_it", is_flag=True, help=_("Open it with the program for its kind."))
@click.pass_context
def preview(
    context: click.Context,
    key: str | None,
    pick: Literal["next", "random", "longest", "worst"],
    form: Literal["text", "html", "pdf", "eml"],
    file: Path | None,
    open_it: bool,
) -> ExitCode:
    from merge.app import letters
    from merge.app.opening import open_campaign
    from merge.campaign import plan

    with open_campaign(options.folder(context), access="read", command="preview") as campaign:
        output.say_each(troubles.warnings(campaign.cautions))
        template = letters.with_reminders(campaign, letters.template(campaign), gone_too=True)
        recipient = (
            plan.the_one(campaign.ledger.recipients(), key)
            if key is not None
            else plan.pick(campaign.ledger, template, pick, secrets.randbits(32))
        )
        shown = letters.preview(campaign, template, recipient, form)
        if open_it and file is None:
            file = letters.preview_file(campaign, recipient, form)
    if not isinstance(shown, bytes):
        output.say(findings.fault(shown, recipient.commune))
        return ExitCode.PARTLY
    if file is None:
        output.data_bytes(shown)
        return ExitCode.DONE
    output.to_file(file, shown, campaign=options.folder(context))
    output.say(
        _("The letter to {commune} is in {file}.").format(commune=recipient.commune, file=file)
    )
    if open_it:
        output.open_file(file)
    return ExitCode.DONE
