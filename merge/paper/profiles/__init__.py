"""The colours of the paper that a print shop prints on, as SOURCES.md tells where they are from."""

from __future__ import annotations

import pkgutil

FOGRA47 = "FOGRA47L_uncoated.icc"


def content(name: str) -> bytes:
    """The bytes of one of the profiles."""
    data = pkgutil.get_data(__package__, name)
    if data is None:
        raise FileNotFoundError(name)
    return data
