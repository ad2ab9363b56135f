"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from merge.campaign.plan import Narrowing
from merge.cli import standing
from merge.cli.language import _
from merge.french.communes import fold
from merge.model import Status

F = TypeVar("F", bound=Callable[..., Any])


class Choice(click.Choice[str]):
    """One of these values, or the word for it that people read: `sent` and "envoyé"."""

    def __init__(self, words: Mapping[str, str]) -> None:
        super().__init__(list(words))
        self._values = {fold(word): value for value, word in words.items()}

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The value. A word is known without its accents and capitals, too."""
        return super().convert(self._values.get(fold(value), value), param, ctx)


def narrowing(command: F) -> F:
    """`--department`, `--commune`, `--status`: the command gets them as three tuples."""
    for option in (
        click.option(
            "--status",
            "statuses",
            multiple=True,
            type=Choice({status.value: standing.STATUS_WORDS[status] for status in Status}),
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
