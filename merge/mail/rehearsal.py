"""The same as the real thing, into a folder: what `send` does until it is told `--really`.

One `.eml` a recipient, which any mail program opens. A rehearsal replaces the one before it, so
that nobody looks at letters that are no longer what would leave; what has another name than it
gives is not its own.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path, PurePath

from merge import disks
from merge.errors import Stopped
from merge.model import Message

_NOT_IN_A_NAME = re.compile(r"[^a-z0-9]+")
LONGEST_ADDRESS_IN_NAME = 80
# See `file_name`; earlier versions wrote beside it first.
_OURS = re.compile(r"[a-z0-9-]+-[0-9a-f]{16}\.(?:eml|partial)")


class RehearsalFolder:
    """Takes every message and keeps it.

    `name` is that of the folder below the campaign's. Refused as `disks.place`; Stopped
    `rehearsal-not-written` when the folder cannot be written to.
    """

    def __init__(self, campaign: Path, name: PurePath) -> None:
        try:
            self._folder = disks.folder_in(campaign, name)
            for old in self._folder.iterdir():
                if _OURS.fullmatch(old.name) or disks.is_partial(old.name):
                    old.unlink()
        except OSError as error:
            raise _not_written(campaign / name, error) from error

    def keep(self, message: Message) -> None:
        """Write its exact bytes into a file of its own."""
        name = file_name(message)
        try:
            disks.write(self._folder, name, message.data)
        except OSError as error:
            raise _not_written(self._folder / name, error) from error


def file_name(message: Message) -> str:
    """A name that shows whom the letter is for and belongs to this letter only.

    The address is for people: its letters and digits, so that it cannot leave the folder, be
    hidden, or be a device of Windows. The digest of the Message-ID tells two letters to one
    address apart, and two addresses that a file system takes for one.
    """
    address = _NOT_IN_A_NAME.sub("-", message.envelope.recipient.lower()).strip("-")
    digest = hashlib.sha256(message.message_id.encode("utf-8")).hexdigest()[:16]
    return f"{address[:LONGEST_ADDRESS_IN_NAME]}-{digest}.eml"


def _not_written(path: Path, error: OSError) -> Stopped:
    return Stopped("file-unwritable", path=str(path), words=error.strerror or str(error))
