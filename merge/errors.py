"""What stops a command, and with which exit code. Trouble with one recipient is a value instead.

    Trouble                 exit code
    ├── Misuse              2   wrong use: an option, a setting, a file that is not what it says
    │   ├── SettingsError       campaign.toml, the environment, the keyring
    │   ├── SheetError          a spreadsheet that cannot be read
    │   └── LetterError         letter.md or its look: nobody's letter can be made
    ├── Refused             3   refused before anything left
    │   ├── Busy                another command holds the campaign
    │   └── LedgerError         the ledger is copied, behind, newer, damaged, out of reach
    └── Stopped             4   stopped for now: run the same command again
        └── AccountPaused       the server refuses the sender, the quota or the content

Each carries a `code` (the reason, a lower-case-with-hyphens literal), where it is (`path`, `row`,
`column`: those that are known) and `facts`. The words for people, and what to do next, are
made from the code in `merge.words`; a test holds that every code has them.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any


class ExitCode(IntEnum):
    """What a script sees. docs/reference.md has this table for people."""

    DONE = 0
    PARTLY = 1  # done, but some rows, recipients or lots failed or are in doubt
    MISUSE = 2
    REFUSED = 3
    STOPPED = 4
    INTERRUPTED = 130


class Trouble(Exception):
    """Stops the command. `Misuse`, `Refused` and `Stopped` say how."""

    exit_code = ExitCode.MISUSE

    def __init__(
        self,
        code: str,
        *,
        path: str = "",
        row: int | None = None,
        column: str | int | None = None,
        **facts: object,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.path = path
        self.row = row
        self.column = column
        self.facts = facts

    def __reduce__(self) -> tuple[object, ...]:
        """A worker process hands it over whole."""
        place = {"path": self.path, "row": self.row, "column": self.column}
        return _handed_over, (type(self), self.code, {**place, **self.facts})

    @property
    def place(self) -> str:
        """`path:row:column`, as far as it is known; "" when it is nowhere."""
        parts = [self.path, self.row, self.column]
        return ":".join(str(part) for part in parts if part not in ("", None))


def _handed_over(kind: type[Trouble], code: str, facts: dict[str, Any]) -> Trouble:
    return kind(code, **facts)


class Misuse(Trouble):
    """Wrong use. Nothing was done."""


class SettingsError(Misuse):
    """A setting is missing, unknown or of the wrong type."""


class SheetError(Misuse):
    """A spreadsheet cannot be read; nothing of it was taken."""


class LetterError(Misuse):
    """The letter or its look has a fault that hits everybody."""


class Refused(Trouble):
    """Refused before anything left."""

    exit_code = ExitCode.REFUSED


class Busy(Refused):
    """Another command holds the campaign; `facts` name it."""


class LedgerError(Refused):
    """The ledger cannot be trusted or reached as it is."""


class Stopped(Trouble):
    """Stopped for now; the same command goes on."""

    exit_code = ExitCode.STOPPED


class AccountPaused(Stopped):
    """A refusal aimed at the sender, the quota or the content; it fails no recipient."""
