"""The dry run of a campaign's first sheet, which asks the ledger nothing."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from merge.channels import channel_for
from merge.ledger.identifying import SeenInSheets
from merge.ledger.records import FieldChange, ImportChange, Namesake
from merge.model import Channel, Counts, Recipient, Status


class FirstListIntake:
    """Replaces an `Intake` in the dry run of a campaign's first sheet: all recipients are new."""

    def __init__(self, nobody: Counts) -> None:
        self.supposed = frozenset[str]()
        self._nobody = nobody
        self._by_channel: Counter[Channel | None] = Counter()
        self._seen = SeenInSheets()
        self._alike: dict[str, Namesake] = {}
        self._doubled: list[Namesake] = []

    def take(
        self,
        said: Sequence[Recipient],
        joined: Callable[[Recipient, Recipient], Recipient],
    ) -> Sequence[FieldChange]:
        """Count them."""
        self._by_channel.update(map(channel_for, said))
        self._doubled += (self._alike[each.key] for each in said if each.key in self._alike)
        return ()

    def identified(self, found: Iterable[Any]) -> Iterator[Any]:
        """Whoever has no key gets the next."""
        numbers = itertools.count(1)
        for each in found:
            if isinstance(each, Recipient) and not each.key:
                each = each._replace(key=str(next(numbers)))
                if alike := self._seen.namesake(each):
                    self._alike[each.key] = alike
            yield each

    def pass_over(self, key: str) -> None:
        """Do nothing: there is no earlier recipient with this key."""

    def change(self) -> ImportChange:
        """How many recipients there would be, and how each would be reached."""
        n = self._by_channel.total()
        by_channel = {
            channel: {**zeros, Status.QUEUED: self._by_channel[channel]}
            for channel, zeros in self._nobody.by_channel.items()
        }
        counts = Counts(recipients=n, by_channel=by_channel, unreachable=self._by_channel[None])
        nobody = ("absent", "twins", "edited", "returned", "deferred", "stay_returned", "relined")
        return ImportChange(
            added=n,
            changed=0,
            unchanged=0,
            counts=counts,
            doubled=tuple(self._doubled),
            **dict.fromkeys(nobody, ()),
        )
