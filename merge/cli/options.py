"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from merge.campaign.plan import Narrowing
from merge.cli.language import _
from merge.model import Status

F = TypeVar("F", bound=Callable[..., Any])


def narrowing(command: F) -> F:
    """`--department`, `--commune`, `--status`: the command gets them as three tuples."""
    for option in (
        click.option(
            "--status",
            "statuses",
            multiple=True,
            type=click.Choice([status.value for status in Status]),
            metavar=_("STATUS"),
            help=_("Only those whose letter is queued, sent, held… Can be given several times."),
        ),
        click.option(
            "--commune",
            "communes",
            multiple=True,
            metavar=_("KEY"),
            help=_("Only this recipient: INSEE code, name of the commune, or address."),
        ),
        click.option(
            "--department",
            "departments",
            multiple=True,
            metavar=_("CODE"),
            help=_("Only this département (35, 2A, 974…). Can be given several times."),
        ),
    ):
        command = option(command)
    return command


def narrowed(
    departments: tuple[str, ...], communes: tuple[str, ...], statuses: tuple[str, ...]
) -> Narrowing:
    """What the three options mean together."""
    return Narrowing(
        departments=departments,
        communes=communes,
        statuses=tuple(Status(status) for status in statuses),
    )


def folder(context: click.Context) -> Path:
    """The campaign folder: `-C DIR`, else where we stand."""
    found: Path = context.find_root().params["directory"]
    return found


yes = click.option("--yes", is_flag=True, help=_("Do not ask (for scripts)."))
