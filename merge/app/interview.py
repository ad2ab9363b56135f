"""Answers to the questions of `new`, kept until the campaign is made.

Each is a file of its user's alone, beside accounts.db. No password is ever asked for, and none is
in it.
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
class Begun:
    """The answers to one campaign: by the name of the question, as they were understood.

    `folder` is where it is to stand, "" where nobody has said so yet.
    """

    number: int
    folder: str
    answers: Mapping[str, str]
    at: datetime


def begun() -> Sequence[Begun]:
    """This user's unfinished interviews, newest first. An unreadable file is passed over."""
    found = []
    for path in (home() / _FOLDER).glob("*.json"):
        try:
            kept = json.loads(disks.read(path.parent, path.name, _AT_MOST))
            found.append(
                Begun(
                    number=int(path.stem),
                    folder=str(kept["folder"]),
                    answers={str(name): str(value) for name, value in kept["answers"].items()},
                    at=datetime.fromisoformat(kept["at"]),
                )
            )
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            continue
    return sorted(found, key=lambda each: (each.at, each.number), reverse=True)


def begun_at(folder: Path) -> Begun | None:
    """The newest one for this folder."""
    return next((each for each in begun() if each.folder == _where(folder)), None)


def keep(number: int | None, folder: Path | None, answers: Mapping[str, str]) -> int:
    """Keep what was answered so far; its number. Misuse("file-unwritable")."""
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
    """Remove the answers: the campaign was made, or given up."""
    (home() / _FOLDER / f"{number}.json").unlink(missing_ok=True)


def _where(folder: Path) -> str:
    return str(folder.expanduser().absolute())
