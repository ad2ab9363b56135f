"""Who of the recipients is written to: `[select]` of campaign.toml."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from merge.errors import SettingsError
from merge.french.communes import by_name, fold, reference
from merge.french.grammar import bare
from merge.model import Recipient
from merge.settings import FILE_NAME, SelectSettings


class Choice:
    """`[select]`, asked for one recipient after the other. Where the population is unknown it is
    in no range.

    What an entry names shows only when all have been asked for: then call `check`.
    """

    def __init__(self, settings: SelectSettings) -> None:
        self._settings = settings
        self._departments = frozenset(settings.departments)
        self._only = _Named("select.communes", settings.communes)
        self._never = _Named("select.exclude", settings.exclude)

    def takes(self, recipient: Recipient) -> bool:
        """Whether this one is written to."""
        named, barred = self._only.has(recipient), self._never.has(recipient)
        if barred or (self._settings.communes and not named):
            return False
        if self._departments and recipient.department not in self._departments:
            return False
        return self._is_in_range(recipient.population)

    def check(self) -> None:
        """SettingsError("select-unknown-commune") for an entry that names nobody here and no
        commune of the reference: a slip in `exclude` would write to whom it should spare.
        SettingsError("select-ambiguous-commune") lists those whom one entry means.
        """
        self._only.check()
        self._never.check()

    def _is_in_range(self, population: int | None) -> bool:
        wanted = self._settings.population
        if wanted is None:
            return True
        return (
            population is not None
            and (wanted.min is None or population >= wanted.min)
            and (wanted.max is None or population <= wanted.max)
        )


class _Named:
    """One setting that names communes, by key or by name."""

    def __init__(self, setting: str, words: Sequence[str]) -> None:
        self._setting = setting
        self._words = words
        self._keys = {word.casefold(): word for word in words}
        self._names = {fold(word): word for word in words}
        self._found: dict[str, list[Recipient]] = {}

    def has(self, recipient: Recipient) -> bool:
        """Whether an entry names this recipient; remembers whom it named."""
        if not self._words:
            return False
        word = (
            self._keys.get(recipient.key.casefold())
            or self._names.get(fold(recipient.commune))
            or self._names.get(fold(bare(recipient.commune)))
        )
        if word is not None:
            self._found.setdefault(word, []).append(recipient)
        return word is not None

    def check(self) -> None:
        """Each entry names one recipient here, or at least a commune."""
        for word in self._words:
            named = self._found.get(word, [])
            if len(named) > 1:
                raise SettingsError(
                    "select-ambiguous-commune",
                    path=FILE_NAME,
                    name=self._setting,
                    value=word,
                    suggestion=", ".join(f"{each.key} {each.commune}" for each in named),
                )
            if not named and word.upper() not in reference() and not by_name(word):
                raise SettingsError(
                    "select-unknown-commune", path=FILE_NAME, name=self._setting, value=word
                )


def chosen(recipients: Iterable[Recipient], settings: SelectSettings) -> tuple[Recipient, ...]:
    """Those whom `[select]` leaves, in their order. SettingsError as `Choice.check`."""
    choice = Choice(settings)
    left = tuple(filter(choice.takes, recipients))
    choice.check()
    return left
