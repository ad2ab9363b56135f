"""The exact bytes of what was sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Archive(Protocol):
    """archive.db: the exact bytes of every message, by SHA-256. Orphans are harmless."""

    def put(self, messages: Sequence[bytes]) -> Sequence[str]:
        """Durable when it returns: one commit for all. The SHA-256 of each, in hex."""

    def get(self, sha256: str) -> bytes:
        """LedgerError("archive-missing") when it is not there; the hash is checked."""
