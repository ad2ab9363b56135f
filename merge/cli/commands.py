"""The command `publipostage`: global options, and the list of all commands."""

from __future__ import annotations

from collections import UserDict
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from merge.words.language import _

# click has these in English, in help and in what it says of a mistyped number.
click.STRING.name = _("text")
click.INT.name = click.IntRange.name = _("integer")


class OnDemand(UserDict[str, Any]):
    """Commands by their names, each loaded when it is asked for: it starts without the others.

    Made from the module that has each, and its name there.
    """

    def __getitem__(self, name: str) -> click.Command:
        module, attribute = self.data[name]
        command: click.Command = getattr(import_module(f"merge.cli.{module}"), attribute)
        return command


class InOrder(click.Group):
    """Lists the commands in the order in which one uses them."""

    def list_commands(self, context: click.Context) -> list[str]:
        """The names as they were added."""
        return list(self.commands)


COMMANDS = OnDemand(
    {
        "web": ("web", "web"),
        "new": ("new", "new"),
        "import": ("importing", "import_"),
        "edit": ("importing", "edit"),
        "check": ("check", "check"),
        "preview": ("check", "preview"),
        "account": ("account", "account"),
        "send": ("send", "send"),
        "print": ("print", "print_"),
        "status": ("reading", "status"),
        "log": ("reading", "log"),
        "show": ("reading", "show"),
        "resolve": ("resolve", "resolve"),
        "replies": ("replies", "replies"),
        "answer": ("answer", "answer"),
        "report": ("reading", "report"),
        "remind": ("remind", "remind"),
        "suppress": ("suppress", "suppress"),
        "purge": ("purge", "purge"),
        "backup": ("backup", "backup"),
        "adopt": ("backup", "adopt"),
        "worker": ("worker", "worker"),
    }
)


@click.group(
    cls=InOrder,
    commands=COMMANDS,
    subcommand_metavar=_("COMMAND [ARGS]..."),
    help=_(
        "One letter, many recipients: by e-mail where there is an address, on paper for the rest, "
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
