"""The files of a campaign's letters: read from its folder and nowhere else; on a server published
for who works without it.
"""

from __future__ import annotations

import base64
import mimetypes
import os
import stat
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath

from merge import disks
from merge.errors import LetterError, Refused
from merge.ledger.file_store import FileStore, is_foreign
from merge.letters import head
from merge.letters.enclosures import OWN_FOLDER, is_inside, is_private
from merge.model import LARGEST_MESSAGE, Letter
from merge.settings import FILE_NAME, Settings, password_files


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


# On a server

FETCHED = "files.version"
"""In a folder that a worker has fetched: the version of its files, and nothing else."""

_ENDINGS = frozenset({".md", ".css", ".ttf", ".otf", ".ttc", ".woff", ".woff2"})
_IN_WHOLE = ("local/", f"{OWN_FOLDER}/")
_TYPES = mimetypes.MimeTypes()  # its own table, not this machine's


def publish(folder: Path, settings: Settings, store: FileStore, lists: Collection[str]) -> str:
    """Keep on the server what the folder has for letters, as `FileStore.publish`.

    Those are the settings, texts, looks, pictures and fonts, and what a letter or the settings
    name besides: no sheet of people, and nothing that the program keeps.
    Refused("secret-in-folder") for a file with a password, as the environment names it.
    """
    names = list(_travelling(folder, settings))
    for file in password_files(os.environ):
        for name in names:
            with suppress(OSError):
                if file.samefile(folder / name):
                    raise Refused("secret-in-folder", path=name)
    return store.publish(folder, names, lists)


def _travelling(folder: Path, settings: Settings) -> Iterator[str]:
    found = [
        path.relative_to(folder).as_posix()
        for path, found in disks.walk(folder)
        if stat.S_ISREG(found.st_mode) and disks.is_plain(found)
    ]
    named = frozenset(_named(folder, settings, found))
    for name in found:
        if name == FILE_NAME or (
            (name in named or name.startswith(_IN_WHOLE) or _is_for_letters(name))
            and not is_private(name)
            and not is_foreign(name)
        ):
            yield name


def _is_for_letters(name: str) -> bool:
    kind = _TYPES.guess_type(name)[0] or ""
    return kind.startswith("image/") or PurePosixPath(name).suffix.casefold() in _ENDINGS


def _named(folder: Path, settings: Settings, found: Collection[str]) -> Iterator[str]:
    """What the settings name, and what the letters of the folder say that they attach."""
    sender, account = settings.sender, settings.account
    names = [settings.letter.template, settings.letter.look, settings.letterhead.logo]
    names += [sender.signers, sender.signature_picture, account.ca_file, account.imap.ca_file]
    for letter in found:
        if "/" not in letter and letter.endswith(".md"):
            text = disks.read(folder, letter).decode("utf-8", "replace")
            names += head.value(text, "attachments").split(",")
    yield from (str(PurePosixPath(name.strip())) for name in names if name.strip())
