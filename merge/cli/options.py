"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from merge.campaign.plan import Narrowing
from merge.french.communes import fold
from merge.model import Status
from merge.words import statuses
from merge.words.language import _

F = TypeVar("F", bound=Callable[..., Any])


class Number(click.types.IntParamType):
    """A whole number within limits, of which the help says nothing: "[1<=x<=65535]".

    Without a `most` it is one that the ledger can look up, and that counts what there can be.
    """

    name = _("integer")

    def __init__(self, least: int, most: int = 999_999_999) -> None:
        self._least = least
        self._most = most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number."""
        number = int(super().convert(value, param, ctx))
        if number < self._least:
            limit = _("It must be at least {limit}.").format(limit=self._least)
        elif number > self._most:
            limit = _("It must be at most {limit}.").format(limit=self._most)
        else:
            return number
        self.fail(limit, param, ctx)


NUMBER = Number(0)
"""Of a lot, a letter in it, or a mail."""


class Choice(click.Choice[str]):
    """One of these values, or the word for it that people read: `sent` and "envoyé"."""

    def __init__(self, words: Mapping[str, str]) -> None:
        super().__init__(list(words))
        self._values = {fold(word): value for value, word in words.items()}
        self._words = words

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The value. A word is known without its accents and capitals, too."""
        value = self._values.get(fold(value), value)
        if value not in self._words:
            known = ", ".join(
                code if fold(code) == fold(word) else f"{code} ({word})"
                for code, word in self._words.items()
            )
            self.fail(
                _("“{value}” is none of: {choices}.").format(value=value, choices=known), param, ctx
            )
        return value


class Single(click.Option):
    """An option with one value: of two, click itself takes the last, and says nothing of it."""

    def __init__(self, names: Sequence[str], **how: Any) -> None:
        super().__init__(names, **{**how, "multiple": True})

    def process_value(self, ctx: click.Context, value: Any) -> Any:
        """The value, or None."""
        values = super().process_value(ctx, value)
        if len(values) > 1:
            raise click.BadParameter(
                _("One at a time: run the command again for the next."), ctx, self
            )
        return values[0] if values else None


def lot(name: str, *, help: str) -> Callable[[F], F]:
    """An option that takes the number of one lot."""
    return click.option(name, cls=Single, type=NUMBER, metavar=_("LOT"), help=help)


class DayType(click.DateTime):
    """A day, as 2026-03-21 or 21/03/2026."""

    def __init__(self) -> None:
        super().__init__(["%Y-%m-%d", "%d/%m/%Y"])

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Midnight of that day."""
        try:
            found: datetime = super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(
                _("“{word}” is no day like 2026-03-21 or 21/03/2026.").format(word=value),
                param,
                ctx,
            )
        return found


def narrowing(command: F) -> F:
    """`--department`, `--commune`, `--status`: the command gets them as three tuples."""
    for option in (
        click.option(
            "--status",
            "statuses",
            multiple=True,
            type=Choice({status.value: statuses.status(status) for status in Status}),
            metavar=_("STATUS"),
            help=_("Only those whose letter is queued, sent, held… Can be given several times."),
        ),
        click.option(
            "--commune",
            "communes",
            multiple=True,
            metavar=_("KEY"),
            help=_(
                "Only this recipient: INSEE code, name of the commune, or address. Can be given "
                "several times."
            ),
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
