"""Options that several commands share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import click

from merge.app.chosen import Narrowing
from merge.french.communes import fold
from merge.ledger.records import ANSWER_STATES, LogFilter
from merge.model import Channel, Status
from merge.words import deliveries, statuses
from merge.words.language import _

F = TypeVar("F", bound=Callable[..., Any])
_TIME = re.compile(r"([1-9]\d{0,3})\s*(d|j|w|s)?", re.IGNORECASE)
_DAYS = {"d": 1, "j": 1, "w": 7, "s": 7}


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

OR_THE_PAGE = _("To be asked instead, open the page: publipostage web")
"""Below the help of commands that ask little."""


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


class AnswerWord(Choice):
    """One of these answers, or of those in the campaign's own wording."""

    def __init__(self, codes: Iterable[str]) -> None:
        super().__init__({code: deliveries.answer(code) for code in codes})

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Its code, or its wording."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            if ctx is None:
                raise
        from merge.app.recipients import wordings_of

        own = {each: each for each in wordings_of(folder(ctx))}
        return Choice({**self._words, **own}).convert(value, param, ctx)


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


def output(help: str) -> Callable[[F], F]:
    """`--output`, the `file` that a command writes into."""
    return click.option("--output", "-o", "file", type=click.Path(path_type=Path), help=help)


def as_json(help: str) -> Callable[[F], F]:
    """`--json`, as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help=help)


def after(help: str) -> Callable[[F], F]:
    """`--after`, a timedelta."""
    return click.option("--after", type=Time(), metavar=_("TIME"), help=help)


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


class Time(click.ParamType[timedelta]):
    """21d or 3w, in French 21j or 3s; a bare number is days."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """The length of time that the word means."""
        found = _TIME.fullmatch(str(value).strip())
        if not found:
            self.fail(_("“{word}” is no time like 21d or 3w.").format(word=value), param, ctx)
        return timedelta(days=int(found[1]) * _DAYS[(found[2] or "d").lower()])


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


def sifting(command: F) -> F:
    """`--find`, `--channel`, `--answer`, `--after`: `sifted` makes of them what they mean."""
    for option in (
        after(_("Only those whose letter left so long ago, or longer: 21d, 3w.")),
        click.option(
            "--answer",
            "said",
            multiple=True,
            type=AnswerWord(ANSWER_STATES),
            metavar=_("ANSWER"),
            help=_("Only those who have answered yes, no… or “none”. Can be given several times."),
        ),
        click.option(
            "--channel",
            "channels",
            multiple=True,
            type=Choice(_ways()),
            metavar=_("CHANNEL"),
            help=_(
                "Only those written to so: email, paper; or “none”. Can be given several times."
            ),
        ),
        click.option(
            "--find",
            metavar=_("TEXT"),
            default="",
            help=_("Only those in whose name, number or address these words stand."),
        ),
    ):
        command = option(command)
    return command


def _ways() -> Mapping[str, str]:
    named = {channel.value: statuses.channel(channel) for channel in Channel}
    return {**named, "none": _("neither")}


def sifted(
    *, find: str, channels: tuple[str, ...], said: tuple[str, ...], after: timedelta | None
) -> LogFilter:
    """What the four options mean together."""
    return LogFilter(
        find=find,
        channels=tuple(None if name == "none" else Channel(name) for name in channels),
        answers=said,
        left_before=datetime.now(UTC) - after if after else None,
    )


def folder(context: click.Context) -> Path:
    """The campaign folder: `-C DIR`, else where we stand."""
    found: Path = context.find_root().params["directory"]
    return found


excel = click.option(
    "--excel", is_flag=True, help=_("With csv: as a French Excel opens it by itself.")
)
yes = click.option("--yes", is_flag=True, help=_("Do not ask (for scripts)."))
