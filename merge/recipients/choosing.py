"""Who of the recipients is written to: `[select]` of campaign.toml."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from merge.errors import SettingsError
from merge.french.communes import by_name, fold, reference
from merge.french.grammar import bare
from merge.model import Recipient
from merge.settings import FILE_NAME, SelectSettings


class Selection:
    """`[select]`, asked for one recipient after the other. Where the population is unknown it is
    in no range.

    What an entry names shows only when all have been asked for: then call `check`.
    """

    def __init__(self, settings: SelectSettings) -> None:
        self._settings = settings
        self._only = _Entries(settings.communes) if settings.communes else None
        self._never = _Entries(settings.exclude) if settings.exclude else None

    def takes(self, recipient: Recipient) -> bool:
        """Whether this one is written to."""
        named = self._only is None or self._only.name(recipient)
        if (self._never and self._never.name(recipient)) or not named:
            return False
        departments, population = self._settings.departments, self._settings.population
        if departments and recipient.department not in departments:
            return False
        return population is None or (
            recipient.population is not None
            and (population.min is None or recipient.population >= population.min)
            and (population.max is None or recipient.population <= population.max)
        )

    def check(self) -> None:
        """SettingsError("select-unknown-commune") for an entry that names nobody here and no
        commune of the reference: a slip in `exclude` would write to whom it should spare.
        SettingsError("select-ambiguous-commune") lists those whom one entry means.
        """
        if self._only:
            self._only.check("select.communes")
        if self._never:
            self._never.check("select.exclude")


class _Entries:
    """The entries of one setting, each a key or a name, and whom each has named."""

    def __init__(self, entries: Sequence[str]) -> None:
        self._entries = entries
        self._keys = {entry.casefold(): entry for entry in entries}
        self._names = {fold(entry): entry for entry in entries}
        self._named: dict[str, list[Recipient]] = {}

    def name(self, recipient: Recipient) -> bool:
        """Whether one of them names this recipient."""
        entry = (
            self._keys.get(recipient.key.casefold())
            or self._names.get(fold(recipient.commune))
            or self._names.get(fold(bare(recipient.commune)))
        )
        if entry is not None:
            self._named.setdefault(entry, []).append(recipient)
        return entry is not None

    def check(self, setting: str) -> None:
        """Each entry names one recipient here, or at least a commune."""
        for entry in self._entries:
            named = self._named.get(entry, [])
            if len(named) > 1:
                raise SettingsError(
                    "select-ambiguous-commune",
                    path=FILE_NAME,
                    name=setting,
                    value=entry,
                    suggestion=", ".join(f"{each.key} {each.commune}" for each in named),
                )
            if not named and entry.upper() not in reference() and not by_name(entry):
                raise SettingsError(
                    "select-unknown-commune", path=FILE_NAME, name=setting, value=entry
                )


def chosen(recipients: Iterable[Recipient], settings: SelectSettings) -> list[str]:
    """The keys of those whom `[select]` leaves, in their order. SettingsError as
    `Selection.check`."""
    selection = Selection(settings)
    left = [each.key for each in recipients if selection.takes(each)]
    selection.check()
    return left
