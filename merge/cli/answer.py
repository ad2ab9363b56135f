"""Write down what a recipient has answered."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from merge.campaign.answers import EVIDENCE_AT_MOST, iso_day
from merge.cli import events, options, output
from merge.errors import ExitCode
from merge.ledger.records import Grade, Meaning, Way
from merge.words import answers, dates, deliveries, envelopes
from merge.words.language import _


class _Document(click.Path):
    """A file, or the word for the mail that came."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """What is in it, or the word."""
        if value == "mail":
            return value
        path: Any = super().convert(value, param, ctx)
        with path.open("rb") as file:
            return file.read(EVIDENCE_AT_MOST + 1)


@click.command(
    help=_(
        "Write down what was answered: by mail, by phone, on paper, at a council. The latest "
        "answer counts; all are kept. Answers of your own, such as “excused”, stand in "
        "campaign.toml (wordings)."
    )
)
@click.argument("key", metavar=_("KEY"))
@click.argument(
    "said",
    metavar=f"[{'|'.join(Meaning)}|…]",
    type=options.AnswerWord(each.value for each in Meaning),
)
@click.option("--note", default="", metavar=_("TEXT"), help=_("What was said; stays in the group."))
@click.option(
    "--date",
    "day",
    type=options.DayType(),
    metavar=_("DATE"),
    help=_("The day of the answer (2026-03-21), if not today."),
)
@click.option(
    "--by",
    "way",
    type=options.Choice({each.value: deliveries.answer(each) for each in Way}),
    help=_("How it came; without it: by e-mail where one has come, else left open."),
)
@click.option(
    "--grade",
    type=options.Choice({each.value: deliveries.answer(each) for each in Grade}),
    help=_("What proves it; without it: as it came."),
)
@click.option(
    "--address", default="", metavar="URL", help=_("Where the deliberation is published.")
)
@click.option(
    "--evidence",
    type=_Document(exists=True, dir_okay=False, path_type=Path),
    metavar=_("FILE|mail"),
    help=_("Keep this document: a PDF, a picture (PNG, JPEG), a mail (.eml), or the last mail."),
)
@click.option("--publish", is_flag=True, help=_("The document may be published with the result."))
@click.pass_context
def answer(
    context: click.Context,
    key: str,
    said: str,
    note: str,
    day: datetime | None,
    way: str | None,
    grade: str | None,
    address: str,
    evidence: bytes | str | None,
    publish: bool,
) -> ExitCode:
    from merge.app import inbox

    with events.shown() as listener:
        done = inbox.answer(
            options.folder(context),
            key,
            said,
            listener,
            way=Way(way) if way else None,
            note=note,
            proof=inbox.AnswerProof(
                day=day.date() if day else None,
                grade=Grade(grade) if grade else None,
                address=address,
                document=evidence if isinstance(evidence, bytes) else None,
                by_mail=evidence == "mail",
                published=publish,
            ),
        )
    commune = done.recipient.name
    output.say(
        _("{commune} ({key}): {answer}.").format(
            commune=commune, key=done.recipient.key, answer=answers.line(done.answer, done.zone)
        )
    )
    if answers.is_before_the_letter(done):
        left_on = iso_day(done.left_at, done.zone)
        output.say(
            _(
                "The letter to {commune} left on {day}, after this answer. If the day is wrong, "
                "write the answer down again: the latest counts."
            ).format(commune=commune, day=dates.day(left_on))
        )
    output.say_each(envelopes.lines(done.to_keep))
    return ExitCode.DONE
