"""Functions of WeasyPrint with others in their place, for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def is_known() -> bool:
    """Whether this is a WeasyPrint whose inner parts are as this module was written for."""
    import weasyprint

    return str(weasyprint.__version__).startswith("70.")


@contextmanager
def replaced(module: Any, name: str, other: Any) -> Iterator[Any]:
    """Put something in the place of a function of WeasyPrint, and put it back."""
    original = getattr(module, name)
    setattr(module, name, other)
    try:
        yield original
    finally:
        setattr(module, name, original)
