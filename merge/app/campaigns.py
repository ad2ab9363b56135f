"""The campaign folder: made, copied, taken over."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from merge import disks
from merge import settings as settings_room
from merge.app.opening import users_accounts
from merge.errors import LetterError, Misuse
from merge.ledger import opening
from merge.ledger.backup import Saved, backup
from merge.ledger.identity import Adoption
from merge.settings import Answers

if TYPE_CHECKING:
    from merge.letters.draft import Draft

LETTER = "letter.md"
LOOK = "letter.css"
REMINDER = "reminder.md"


def read_draft(file: Path | None = None) -> Draft:
    """The letter to begin with: somebody's file, else the model letter."""
    from merge.app import confined
    from merge.letters import draft

    read = confined.read_draft if file else draft.read
    file = file or model_letter() / LETTER
    try:
        return read(file.read_bytes(), str(file))
    except OSError as error:
        raise LetterError("letter-unreadable", path=str(file), words=error.strerror) from None


def refuse_unless_empty(folder: Path) -> None:
    """Misuse("folder-not-empty") when something is there already."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Misuse("folder-not-empty", path=str(folder))


def create_campaign(
    folder: Path,
    answers: Answers,
    *,
    letter: str,
    pictures: Mapping[str, bytes],
    with_reminder: bool,
) -> None:
    """Make a campaign: settings, the letter with its look and pictures, an empty ledger.

    `with_reminder`: the letter is the program's own, whose reminder goes with it.

    Misuse("folder-not-empty") when something is there already.
    """
    refuse_unless_empty(folder)
    text = settings_room.campaign_toml(answers)
    settings_room.parse(text, settings_room.FILE_NAME)  # an answer that is no setting is told now
    with contextlib.closing(users_accounts()) as accounts:
        accounts.make_ready()  # first: without it, half a campaign would stand there
    try:
        disks.make_private_folder(folder)
        disks.write(folder, settings_room.FILE_NAME, text.encode())
        disks.write(folder, LETTER, letter.encode())
        for name in (LOOK, REMINDER) if with_reminder else (LOOK,):
            disks.write(folder, name, (model_letter() / name).read_bytes())
        for name, content in pictures.items():
            disks.write(folder, name, content)
    except OSError as error:
        raise Misuse("folder-unwritable", path=str(folder), words=error.strerror) from error
    with contextlib.closing(users_accounts()) as accounts:
        opening.create_ledger(folder, accounts=accounts)


def backup_campaign(folder: Path, file: Path) -> Saved:
    """Copy a live campaign into one file."""
    settings_room.load(folder)
    return backup(folder, file)


def adoption_risk(folder: Path) -> Adoption:
    """What `adopt` would risk."""
    with contextlib.closing(users_accounts()) as accounts:
        return opening.adoption_risk(folder, accounts=accounts)


def adopt_campaign(folder: Path) -> Adoption:
    """Make this folder the campaign's home."""
    with contextlib.closing(users_accounts()) as accounts:
        return opening.adopt(folder, accounts=accounts)


def close_to_others(folder: Path) -> bool | None:
    """Take from other users of this machine what rights they have to a campaign that was taken in.

    Whether they had any; None where they have them still: the disk keeps none, or it is not ours.
    """
    if not disks.is_open_to_others(folder):
        return False
    with contextlib.suppress(OSError):
        disks.close_to_others(folder)
    return None if disks.is_open_to_others(folder) else True


def model_letter() -> Path:
    """The letter that comes with the program: in the wheel, or beside `merge/` in a clone."""
    here = Path(__file__).parents[1]
    inside = here / "templates"
    return (inside if inside.is_dir() else here.parent / "templates") / "vsa"
