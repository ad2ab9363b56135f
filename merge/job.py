"""What a command tells whoever runs it, as data.

Faces (command line, page, worker) show these; `merge.words` makes sentences of their codes.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What to do next: a command line, or a button of the page."""

    command: str  # "send"
    options: tuple[str, ...] = ()  # ("--really",)

    def __str__(self) -> str:
        return " ".join(("publipostage", self.command, *self.options))
