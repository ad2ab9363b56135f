"""How the ledger's tables keep values: times, whole numbers, words and channels.

Each refuses what is none, for a database may keep anything in its place.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import DateTime, Dialect, Enum, Integer, String, Text, TypeDecorator

from merge.ledger.driver.database import (
    DamagedValueError,
    campaign_id_of,
    one_line,
    telling_damage,
)
from merge.ledger.records import Meaning
from merge.model import Channel

_Reader = Callable[[Any], Any]


class UtcTime(TypeDecorator[datetime]):
    """An aware time, stored in UTC. A naive one is a mistake and is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware → UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("the ledger takes no naive time")
        return value.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> _Reader:
        """As `moment`."""
        return _if_any(moment)


@telling_damage
def moment(value: Any) -> datetime:
    """A time as the database's own connection gives it, perhaps in words. DamagedValueError for
    what is none.
    """
    at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return at.replace(tzinfo=UTC)


class Whole(Integer):
    """A whole number: not every database minds what it keeps in its place."""

    def result_processor(self, dialect: Dialect, coltype: object) -> _Reader:
        """DamagedValueError for what is none."""

        def process(value: Any) -> Any:
            if value is not None and type(value) is not int:
                raise DamagedValueError(f"{value!r} is no whole number")
            return value

        return process


class _Word(Enum):
    """A value of a StrEnum."""

    def result_processor(self, dialect: Dialect, coltype: object) -> _Reader:
        """DamagedValueError for what is no such word."""
        kind: Any = super()
        return telling_damage(kind.result_processor(dialect, coltype))


class ChannelName(TypeDecorator[Channel]):
    """The name of a channel of `merge.channels`, as plain text."""

    impl = String(16)
    cache_ok = True

    def process_bind_param(self, value: Channel | None, dialect: Dialect) -> str | None:
        """Its name."""
        return None if value is None else str(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> _Reader:
        """DamagedValueError for what is no channel."""
        return _if_any(telling_damage(Channel))


class AnswerText(TypeDecorator[str]):
    """What was answered: a `Meaning`, or a wording of the campaign's own, behind a "=".

    So no wording is taken for a meaning, of now or of a later version, nor damage for a wording.
    """

    impl = String(16)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """A wording with its sign."""
        return value if value is None or value in set(Meaning) else f"={value}"

    def result_processor(self, dialect: Dialect, coltype: object) -> _Reader:
        """DamagedValueError for what is neither."""
        return _if_any(_answer)


class CampaignId(TypeDecorator[str]):
    """A UUID, as text."""

    impl = String(36)
    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> _Reader:
        """DamagedValueError for what is none."""
        return _if_any(campaign_id_of)


class OneLine(TypeDecorator[str]):
    """Who did something: one line, whatever was kept."""

    impl = Text
    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> _Reader:
        """DamagedValueError for what is no text."""
        return _if_any(one_line)


@telling_damage
def _answer(value: str) -> str:
    return value[1:] if value.startswith("=") else Meaning(value).value


def _if_any(read: _Reader) -> _Reader:
    """The same reader, for a column that may be empty."""
    return lambda value: None if value is None else read(value)


def words(of: type[StrEnum]) -> Enum:
    """The values of a StrEnum as plain text, without a constraint that a new state would break."""
    return _Word(
        of,
        native_enum=False,
        length=16,
        values_callable=lambda members: [member.value for member in members],
    )
