"""What towns have answered, put down by a person, and the report of what came of it all."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from merge.campaign.answers import REPORT_COLUMNS, by_department, iso_day, report_rows
from merge.cli import envelopes, options, output, page
from merge.errors import ExitCode, Misuse
from merge.ledger.records import Meaning, Way
from merge.words import answers, dates, deliveries, language, troubles
from merge.words.language import _


@click.command(
    help=_(
        "Write down what a town has answered: by mail, by phone, on paper, at a council. The "
        "latest answer counts; all are kept."
    )
)
@click.argument("key", metavar=_("KEY"))
@click.argument(
    "meaning", type=options.Choice({each.value: deliveries.answer(each) for each in Meaning})
)
@click.option("--note", default="", metavar=_("TEXT"), help=_("What was said; stays in the group."))
@click.option(
    "--date",
    "day",
    type=options.Day(),
    metavar=_("DATE"),
    help=_("The day of the answer (2026-03-21), if not today."),
)
@click.option(
    "--by",
    "way",
    type=options.Choice({each.value: deliveries.answer(each) for each in Way}),
    help=_("How it came; without it: by e-mail where the town has written one, else left open."),
)
@click.pass_context
def answer(
    context: click.Context, key: str, meaning: str, note: str, day: datetime | None, way: str | None
) -> ExitCode:
    from merge.app import answers as wired
    from merge.app.opening import open_campaign
    from merge.campaign.plan import the_one

    with open_campaign(options.folder(context), access="share", command="answer") as campaign:
        output.say_each(troubles.warnings(campaign.cautions))
        recipient = the_one(campaign.ledger.recipients(), key)
        noted = wired.note(
            campaign,
            recipient,
            Meaning(meaning),
            way=Way(way) if way else None,
            note=note,
            day=day.date() if day else None,
        )
        output.say(
            _("{commune} ({key}): {answer}.").format(
                commune=recipient.commune,
                key=recipient.key,
                answer=answers.line(noted, campaign.zone),
            )
        )
        given_on = iso_day(noted.at, campaign.zone)
        left_on = iso_day(wired.left_at(campaign, recipient), campaign.zone)
        if given_on < left_on:
            output.say(
                _(
                    "The letter to {commune} left on {day}, after this answer. If the day is "
                    "wrong, write the answer down again: the latest counts."
                ).format(commune=recipient.commune, day=dates.day(left_on))
            )
        envelopes.tell(campaign)
    return ExitCode.DONE


@click.command(
    help=_(
        "What came of the campaign: how many towns were written to, have answered, are "
        "committed. Names no person."
    )
)
@click.option(
    "--csv", "as_csv", is_flag=True, help=_("A row a town: commune, date, channel, answer.")
)
@click.option("--excel", is_flag=True, help=_("With csv: as a French Excel opens it by itself."))
@click.option(
    "--output",
    "-o",
    "file",
    type=click.Path(path_type=Path),
    help=_("With --csv: into this file."),
)
@click.option(
    "--html",
    "html_file",
    type=click.Path(path_type=Path),
    metavar=_("FILE"),
    help=_("One page with figures, a map and tables, to put online or to print."),
)
@click.pass_context
def report(
    context: click.Context, as_csv: bool, excel: bool, file: Path | None, html_file: Path | None
) -> ExitCode:
    from merge.app import answers as wired
    from merge.app.opening import now, open_campaign
    from merge.campaign.answers import tally
    from merge.report import as_csv as written

    if as_csv and html_file:
        raise Misuse("one-report-at-a-time")
    with open_campaign(options.folder(context), access="read", command="report") as campaign:
        output.say_each(troubles.warnings(campaign.cautions))
        towns, zone = wired.towns(campaign), campaign.zone
        name = campaign.settings.campaign.name
    found = tally(towns)
    if html_file is not None:
        text = page.html_page(
            name,
            iso_day(now(), zone),
            found,
            by_department(towns),
            [row for row in report_rows(towns, zone) if row["answer"]],
            language=language.code(),
        )
        folder = options.folder(context)
        output.to_file(html_file, text.encode(), campaign=folder, is_public=True)
        output.say(_("The page is in {file}.").format(file=html_file))
    elif as_csv or excel or file:
        rows = report_rows(towns, zone)
        content = written(REPORT_COLUMNS, rows, excel=excel)
        if file is None:
            output.data_bytes(content)
        else:
            output.to_file(file, content, campaign=options.folder(context), is_public=True)
            output.say(_("The report is in {file}.").format(file=file))
    else:
        output.data(answers.figures(found))
    return ExitCode.DONE
