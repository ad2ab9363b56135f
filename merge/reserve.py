"""Modules that another library loads as it begins, and that wait until somebody calls them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any


class _InReserve(ModuleType):
    """A module that is loaded when one of its functions or classes is called."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # Python asks whether it is a package
            raise AttributeError(name)
        return lambda *values, **options: getattr(import_module(self.__name__), name)(
            *values, **options
        )


@contextmanager
def in_reserve(*names: str) -> Iterator[None]:
    """Let whoever imports these modules meanwhile have them when it calls them, and not before."""
    added = [name for name in names if name not in sys.modules]
    sys.modules.update({name: _InReserve(name) for name in added})
    try:
        yield
    finally:
        for name in added:
            del sys.modules[name]
