"""The same as the real thing, into a folder: what `send` does until it is told `--really`.

One `.eml` a recipient, which any mail program opens. A rehearsal replaces the one before it, so
that nobody looks at letters that are no longer what would leave; what has another name than it
gives is not its own.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from merge.errors import Stopped
from merge.model import Parcel

_NOT_IN_A_NAME = re.compile(r"[^a-z0-9]+")
LONGEST_ADDRESS_IN_NAME = 80
_OURS = re.compile(r"[a-z0-9-]+-[0-9a-f]{16}\.(?:eml|partial)")  # see `file_name`


class RehearsalFolder:
    """Takes every letter and keeps it. Fills `merge.campaign.ports.Keeping`.

    Stopped `rehearsal-not-written` when the folder cannot be written to.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for old in folder.iterdir():
                if _OURS.fullmatch(old.name):
                    old.unlink()
        except OSError as error:
            raise _not_written(folder, error) from error

    def keep(self, parcel: Parcel) -> None:
        """Write its exact bytes into a file of its own."""
        path = self._folder / file_name(parcel)
        beside = path.with_suffix(".partial")
        try:
            beside.write_bytes(parcel.data)
            beside.replace(path)  # whoever looks sees a whole letter or none
        except OSError as error:
            raise _not_written(path, error) from error


def file_name(parcel: Parcel) -> str:
    """A name that shows whom the letter is for and belongs to this letter only.

    The address is for people: its letters and digits, so that it cannot leave the folder, be
    hidden, or be a device of Windows. The digest of the Message-ID tells two letters to one
    address apart, and two addresses that a file system takes for one.
    """
    address = _NOT_IN_A_NAME.sub("-", parcel.envelope.recipient.lower()).strip("-")
    digest = hashlib.sha256(parcel.message_id.encode("utf-8")).hexdigest()[:16]
    return f"{address[:LONGEST_ADDRESS_IN_NAME]}-{digest}.eml"


def _not_written(path: Path, error: OSError) -> Stopped:
    return Stopped("rehearsal-not-written", path=str(path), words=error.strerror or str(error))
