"""Reads pictures and enclosures of a letter from its campaign folder, and from nowhere else."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from pathlib import Path

from merge import disks
from merge.errors import LetterError, Refused
from merge.letters.enclosures import OWN_FOLDER, is_inside, is_private
from merge.model import LARGEST_MESSAGE, Letter


class CampaignFiles:
    """Fills `merge.letters.enclosures.Files` for one campaign folder.

    What the program keeps there is no file of a letter's. Refused as `disks.place`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, path: str) -> bytes | None:
        """The bytes of the file at this path below the folder; None when there is none.

        LetterError: "letter-unreadable" (`words`), or "enclosures-too-large" (`size_mb`,
        `limit_mb`) for a file that fits into no e-mail: it is not read.
        """
        if not is_inside(path) or is_private(path):
            return None
        try:
            return disks.read(self._folder, path, LARGEST_MESSAGE)
        except Refused as refused:
            if refused.code != "folder-file-too-large":
                raise
            size_mb, limit_mb = refused.facts["size_mb"], refused.facts["limit_mb"]
            raise LetterError(
                "enclosures-too-large", path=path, size_mb=size_mb, limit_mb=limit_mb
            ) from None
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except OSError as error:
            raise LetterError("letter-unreadable", path=path, words=error.strerror) from error

    def attachable(self) -> Mapping[str, int]:
        """The files that a cell may name: how many bytes each has, by its name.

        LetterError("letter-unreadable", `words`) when the folder cannot be looked into.
        """
        try:
            return dict(self._attachable())
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except OSError as error:
            raise LetterError("letter-unreadable", path=OWN_FOLDER, words=error.strerror) from error

    def html_alone(self, letter: Letter) -> str:
        """The HTML of an e-mail as a browser shows it by itself: with its pictures inside it.

        RFC 2397 takes the place of RFC 2392. LetterError as in `read`.
        """
        html = letter.html
        for each in letter.enclosures:
            if each.content_id:
                inside = base64.b64encode(self.read(each.path) or b"").decode("ascii")
                html = html.replace(
                    f'"cid:{each.content_id}"', f'"data:{each.media_type};base64,{inside}"'
                )
        return html

    def _attachable(self) -> Iterator[tuple[str, int]]:
        for entry in disks.place(self._folder, OWN_FOLDER).iterdir():
            file = disks.place(self._folder, f"{OWN_FOLDER}/{entry.name}")
            if file.is_file() and not entry.name.startswith("."):
                yield entry.name, file.stat().st_size
