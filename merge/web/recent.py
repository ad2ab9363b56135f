"""The last so many things of a kind that the server remembers; what is older is forgotten."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, TypeVar
from weakref import WeakValueDictionary

K = TypeVar("K")
V = TypeVar("V")


class Recent(OrderedDict[K, V]):
    """A dictionary of the `at_most` keys that were set last."""

    def __init__(self, at_most: int) -> None:
        super().__init__()
        self._at_most = at_most
        _every[id(self)] = self

    def __setitem__(self, key: K, value: V) -> None:
        super().__setitem__(key, value)
        self.move_to_end(key)
        while len(self) > self._at_most:
            self.popitem(last=False)


_every: WeakValueDictionary[int, Recent[Any, Any]] = WeakValueDictionary()


def forget_all() -> None:
    """Whoever was erased may stand in any of them."""
    for each in list(_every.values()):
        each.clear()
