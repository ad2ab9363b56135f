"""The five steps of page “Send”: each says in a line what it came to, shows what it asks while it
is open, and does what its forms do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """Whether a step is done, and what it came to or is for."""

    is_done: bool
    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """Why a form of a step was not taken: the reasons by field, and what else is shown of it."""

    fields: Mapping[str, str]
    status: int = 422
    more: Mapping[str, Any] = field(default_factory=dict)
