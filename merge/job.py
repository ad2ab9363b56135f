"""What a command is told and says, as data: a plan, what it wants agreed, what came of it.

Faces (command line, page, worker) show these; `merge.words` makes sentences of their codes. A job
is one run of one command on one campaign:

- `plan(consents)` only reads. It says what would happen, and which consents it wants; a face shows
  that and plans again until `Plan.wants` is empty.
- `run(plan, consents)` acts. Nothing is asked in mid-run: what needs a person ends the run with a
  want. Facts that have changed since they were agreed to are asked for again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, StrEnum
from typing import Any

from merge import errors
from merge.errors import ExitCode, Trouble

Facts = Mapping[str, Any]
"""Numbers, texts and times that a sentence is made with; JSON can hold them."""


class Give(Enum):
    """How a consent may be given."""

    OPTION = "option"  # by an option of its own only: --accept-edit
    YES = "yes"  # also by --yes
    TYPED = "typed"  # --yes, or the person types what the want names


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """A consent that is missing: what is to be agreed (`code`, `facts`), and how that is done."""

    code: str
    facts: Facts = field(default_factory=dict)
    give: Give = Give.OPTION
    option: str = ""  # "--accept-edit", without which a script cannot agree

    def agreed(self) -> Consent:
        """A person's yes to exactly this."""
        return Consent(code=self.code, facts=self.facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What somebody agreed to: 34,969 letters, this version of the letter, bounces up to n° 12."""

    code: str
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something worth telling while a job runs. Few: progress is read from the deliveries."""

    code: str
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What to do next: a command line, or a button of the page. Or a place in the settings, or in
    the environment that the program runs in.
    """

    command: str  # "send"; "settings", "environment"
    options: tuple[str, ...] = ()  # ("--really",); ("[account] host",); ("PUBLIPOSTAGE_HOME",)

    def __str__(self) -> str:
        places = {"settings": ("campaign.toml",), "environment": ()}
        return " ".join((*places.get(self.command, ("publipostage", self.command)), *self.options))


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a run. With `wants`, nothing was done (exit code 3) or the run ended early."""

    code: ExitCode
    facts: Facts = field(default_factory=dict)
    wants: tuple[Want, ...] = ()
    trouble: Trouble | None = None


Listener = Callable[[Event], object]
"""Is told each event as it happens."""


def silent(event: Event) -> None:
    """The listener of a job whose events nobody is shown: what counts of them is in the ledger."""


def progress(listener: Listener, code: str, of: int) -> Callable[[int], object]:
    """What is called with each step forward: it tells the start and each hundredth (`n`, `of`)."""
    n = 0
    listener(Event(code=code, facts={"n": n, "of": of}))

    def advance(by: int) -> None:
        nonlocal n
        before, n = n, n + by
        # Who is held beside those that were counted is a step, too, where nobody else is left.
        if of and n * 100 // of > before * 100 // of:
            listener(Event(code=code, facts={"n": n, "of": of}))

    return advance


def facts_of(trouble: Trouble) -> Facts:
    """A trouble, as an event can hold it."""
    kind, facts = type(trouble).__name__, dict(trouble.facts)
    for name, fact in facts.items():
        if isinstance(fact, Trouble):
            facts[name] = facts_of(fact)
    return {"trouble": kind, "code": trouble.code, "path": trouble.path, "facts": facts}


def trouble_of(facts: Facts) -> Trouble:
    """The trouble that `facts_of` put into an event."""
    kind: type[Trouble] = getattr(errors, facts["trouble"])
    said: dict[str, Any] = {
        name: trouble_of(fact) if isinstance(fact, Mapping) and "trouble" in fact else fact
        for name, fact in facts["facts"].items()
    }
    return kind(facts["code"], path=facts["path"], **said)


class JobState(StrEnum):
    """How a job stands: running -> waiting -> running -> ended."""

    RUNNING = "running"
    WAITING = "waiting"  # until `next_at`: it holds no lock
    ENDED = "ended"
    KILLED = "killed"  # its process died: told by its lock, and never written


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """A job as the ledger has it, so that every process sees the same."""

    number: int
    command: str
    options: Facts
    consents: tuple[Consent, ...]
    who: str
    state: JobState
    started_at: datetime
    at: datetime  # of the last change
    next_at: datetime | None
    stop_requested: bool
    exit_code: int | None
    result: Facts
