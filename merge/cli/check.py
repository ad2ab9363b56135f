"""Letters before they leave: check all of them, look at one."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from merge.cli import events, options, output
from merge.errors import ExitCode
from merge.words import arrival, findings, sums
from merge.words.language import _
from merge.words.statuses import next_after_a_check, unreachable


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
    from merge.app.check import run
    from merge.campaign.check import refuse_unless_right

    narrowing = options.narrowed(departments, communes, statuses)
    with events.shown() as listener:
        result = run(options.folder(context), narrowing, listener)
    found = result.findings
    if result.unmeasured:
        output.say(findings.unmeasured(result.unmeasured))
    about = [line for each in result.notes for line in findings.about_the_letter(each)]
    output.say_each(dict.fromkeys(about))  # local paragraphs are in every letter
    output.say_each(findings.faults(found.faults, result.names))
    output.say_each(findings.overlong(found.overlong, result.names))
    if result.too_long_names:
        output.say(findings.too_long_names(*result.too_long_names))
    output.say_each(arrival.domains_without_mail(result.arrival, result.names))
    output.data(findings.checked(result))
    for line in sums.compared(result.sums):
        output.data(line)
    if result.arrival.domains:
        output.say_each(arrival.expected(result.arrival))
    if found.letters:
        output.data(findings.alikeness(result.alikeness))
    if found.both_ways:
        output.data(findings.both_ways(found.both_ways))
    if result.unreachable:
        output.data(unreachable(result.unreachable))
    refuse_unless_right(found)
    output.say(next_after_a_check(result.by_channel, account=result.has_account))
    return ExitCode.PARTLY if found.faults else ExitCode.DONE


@click.command(
    help=_(
        "Show one letter as its recipient will read it: without KEY the next to leave. Changes "
        "nothing."
    )
)
@click.argument("key", required=False, metavar=_("[KEY]"))
@click.option(
    "--as",
    "form",
    type=click.Choice(["text", "html", "pdf", "eml"]),
    default="text",
    show_default=True,
    help=_("The e-mail's text or HTML, the printed page, or the e-mail to its last byte."),
)
@options.output(_("Into this file."))
@click.pass_context
def preview(
    context: click.Context,
    key: str | None,
    form: Literal["text", "html", "pdf", "eml"],
    file: Path | None,
) -> ExitCode:
    from merge.app.preview import letter

    folder = options.folder(context)
    with events.shown() as listener:
        found = letter(folder, key, form, listener)
    commune = found.recipient.name
    if not isinstance(found.shown, bytes):
        output.say(findings.fault(found.shown, commune))
        return ExitCode.PARTLY
    if file is None:
        output.data_bytes(found.shown)
        return ExitCode.DONE
    output.to_file(file, found.shown, campaign=folder)
    output.say(_("The letter to {commune} is in {file}.").format(commune=commune, file=file))
    return ExitCode.DONE
