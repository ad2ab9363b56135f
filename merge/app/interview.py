"""Answers to the questions of `new`, kept until the campaign is made.

Each interview is a private file beside accounts.db. It holds no password.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from merge import disks
from merge.app.opening import home, now
from merge.errors import Misuse

_FOLDER = "begun"
_AT_MOST = 1_000_000  # bytes of one


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfinishedInterview:
    """Answers by the name of their question. `folder` is the campaign's, "" if not yet named."""

    number: int
    folder: str
    answers: Mapping[str, str]
    at: datetime


def unfinished() -> Sequence[UnfinishedInterview]:
    """This user's unfinished interviews, newest first. An unreadable file is passed over."""
    found = []
    for path in (home() / _FOLDER).glob("*.json"):
        try:
            kept = json.loads(disks.read(path.parent, path.name, _AT_MOST))
            found.append(
                UnfinishedInterview(
                    number=int(path.stem),
                    folder=str(kept["folder"]),
                    answers={str(name): str(value) for name, value in kept["answers"].items()},
                    at=datetime.fromisoformat(kept["at"]),
                )
            )
        except (OSError, ValueError, LookupError, TypeError, AttributeError):  # JSON of any shape
            continue
    return sorted(found, key=lambda each: (each.at, each.number), reverse=True)


def newest_for(folder: Path) -> UnfinishedInterview | None:
    """The newest interview for this folder."""
    return next((each for each in unfinished() if each.folder == _where(folder)), None)


def keep(number: int | None, folder: Path | None, answers: Mapping[str, str]) -> int:
    """Store the answers; the interview's number. Misuse("file-unwritable")."""
    at = home() / _FOLDER
    where = "" if folder is None else _where(folder)
    kept = {"folder": where, "answers": dict(answers), "at": now().isoformat()}
    try:
        disks.make_private_folder(at)
        if number is None:
            taken = (int(path.stem) for path in at.glob("*.json") if path.stem.isdecimal())
            number = 1 + max(taken, default=0)
        disks.write(at, f"{number}.json", json.dumps(kept, ensure_ascii=False).encode())
    except OSError as error:
        raise Misuse("file-unwritable", path=str(at), words=error.strerror) from error
    return number


def forget(number: int) -> None:
    """Remove the interview: the campaign was made, or given up."""
    (home() / _FOLDER / f"{number}.json").unlink(missing_ok=True)


def _where(folder: Path) -> str:
    return str(folder.expanduser().absolute())
