"""What a reason is, and what stands of it in a table."""

from __future__ import annotations

from dataclasses import dataclass

from merge.job import Step

WhatToDo = tuple[str, *tuple[Step, ...]]
"""A sentence, "" where nothing can or need be done, and the commands that stand in it as {step},
{step2} and so on."""

Entry = tuple[str, *WhatToDo]
"""Why, and what to do. Both use the facts that travel with the code, as {name}."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why something was refused or stopped, and what to do next, in words."""

    why: str
    remedy: str  # "" where nothing can or need be done
    steps: tuple[Step, ...] = ()  # the commands in it, which a page may have buttons for

    def __str__(self) -> str:
        return f"{self.why} {self.remedy}".strip()
