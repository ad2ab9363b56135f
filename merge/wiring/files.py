"""The files of a campaign folder that a letter may take along, and nothing else on this machine."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from pathlib import Path

from merge.errors import LetterError
from merge.letters.enclosures import OWN_FOLDER, is_inside, is_private
from merge.model import LARGEST_MESSAGE, Letter


def own_file(folder: Path, name: str) -> Path:
    """Where a file lies that the settings, or the campaign itself, name: in its folder.

    LetterError: "letter-outside-folder" (`value`) where a name or a link leads out: a folder from a
    stranger would write to mayors what stands elsewhere on this machine; "letter-is-pipe" for what
    would be read for ever.
    """
    path = folder / name
    lies_at = path.resolve()
    if not lies_at.is_relative_to(folder.resolve()):
        raise LetterError("letter-outside-folder", path=name, value=str(lies_at))
    if lies_at.is_fifo():
        raise LetterError("letter-is-pipe", path=name)
    return path


class CampaignFiles:
    """Fills `merge.letters.enclosures.Files` for one campaign folder.

    A link counts as the file that it leads to: one that leaves the folder, or leads to what the
    program keeps there, is no file.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def read(self, path: str) -> bytes | None:
        """The bytes of the file at this path below the folder; None when there is none.

        LetterError: "letter-unreadable" (`words`), or "enclosures-too-large" (`size_mb`,
        `limit_mb`) for a file that fits into no e-mail: it is not read.
        """
        if not is_inside(path):
            return None
        try:
            file = self._within(self._folder / path)
            if file is None:
                return None
            size = file.stat().st_size
            if size > LARGEST_MESSAGE:
                raise LetterError(
                    "enclosures-too-large",
                    path=path,
                    size_mb=round(size / 1_000_000, 1),
                    limit_mb=LARGEST_MESSAGE // 1_000_000,
                )
            return file.read_bytes()
        except FileNotFoundError:
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
        for entry in (self._folder / OWN_FOLDER).iterdir():
            file = self._within(entry)
            if file is not None and not entry.name.startswith("."):
                yield entry.name, file.stat().st_size

    def _within(self, path: Path) -> Path | None:
        """The file that a path leads to, if it is one of the folder's and not the program's."""
        file = path.resolve()
        if not file.is_relative_to(self._folder) or not file.is_file():
            return None
        return None if is_private(file.relative_to(self._folder).as_posix()) else file
