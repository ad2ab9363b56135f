"""The command `publipostage`: global options, and the list of all commands."""

from __future__ import annotations

from pathlib import Path

import click

from merge.cli import (
    account,
    answers,
    books,
    campaigns,
    doubt,
    letters,
    mail,
    paper,
    peace,
    purge,
    reminders,
    replies,
    sheets,
)
from merge.cli.language import _

# click has these in English, in help and in what it says of a mistyped number.
click.STRING.name = _("text")
click.INT.name = click.IntRange.name = _("integer")


class InOrder(click.Group):
    """Lists the commands in the order in which one uses them."""

    def list_commands(self, context: click.Context) -> list[str]:
        """The names as they were added."""
        return list(self.commands)


@click.group(
    cls=InOrder,
    subcommand_metavar=_("COMMAND [ARGS]..."),
    help=_(
        "One letter, many mayors: by e-mail where there is an address, on paper for the rest, "
        "each once.\n\nNothing leaves without “send --really”."
    ),
    epilog=_(
        "Usual order: new, account set, import, check, send --test, send --really, print, status."
    ),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "-C",
    "directory",
    type=click.Path(path_type=Path),
    default=Path(),
    metavar=_("DIR"),
    help=_("Act on the campaign in this folder instead of the present one."),
)
@click.version_option(package_name="publipostage", prog_name="publipostage")
def publipostage(directory: Path) -> None:
    """The root of all commands; `-C` is read by `options.folder`."""


for command in (
    campaigns.new,
    sheets.import_,
    sheets.edit,
    letters.check,
    letters.preview,
    account.account,
    mail.send,
    paper.print_,
    books.status,
    books.log,
    books.show,
    doubt.resolve,
    replies.replies,
    answers.answer,
    answers.report,
    reminders.remind,
    peace.suppress,
    purge.purge,
    campaigns.backup,
    campaigns.adopt,
):
    publipostage.add_command(command)
