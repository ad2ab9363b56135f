"""Which files a campaign has, and its letters: read from its folder and nowhere else."""

from __future__ import annotations

import base64
import os
import stat
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from merge import disks
from merge.errors import LedgerError, LetterError, Refused
from merge.ledger import unpacking
from merge.ledger.opening import ARCHIVE, LEDGER, ON_SERVER
from merge.ledger.unpacking import Packed
from merge.letters import enclosures, head
from merge.letters.enclosures import KINDS, OWN_FOLDER, SHOWN, is_for_letters, is_inside
from merge.model import LARGEST_MESSAGE, Letter
from merge.settings import FIELDS, FILE_NAME, password_files

_OUTBOX = "outbox"
_FILES_NAMED = tuple(name for name, field in FIELDS.items() if field.doc.form == "file")


class CampaignFiles:
    """Fills `merge.letters.enclosures.Files` for one campaign folder.

    What the program keeps there is no file of a letter's. Refused as `disks.place`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, path: str) -> bytes | None:
        """The bytes of the file at this path below the folder; None when there is none.

        LetterError: "file-unreadable" (`words`), or "enclosures-too-large" (`size_mb`,
        `limit_mb`) for a file that fits into no e-mail: it is not read.
        """
        if not is_inside(path) or not is_for_letters(path):
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
            raise LetterError("file-unreadable", path=path, words=error.strerror) from error

    def attachable(self) -> Mapping[str, int]:
        """The files that a cell may name: how many bytes each has, by its name.

        LetterError("file-unreadable", `words`) when the folder cannot be looked into.
        """
        try:
            return dict(self._attachable())
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except OSError as error:
            raise LetterError("file-unreadable", path=OWN_FOLDER, words=error.strerror) from error

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


# The one list of a campaign's files

FETCHED = "files.version"
"""The file of a worker's folder that holds the version of its files."""

_READ_AT_MOST = 10_000_000
MOST_FILES = 20_000_000  # bytes of all that a worker unpacks


def belonging(names: Iterable[str], read: Callable[[str], bytes]) -> Sequence[str]:
    """The files of a campaign, of all that lie below its folder or in its .zip: nothing else is
    copied, unpacked, or fetched by a worker.

    They are the settings, texts, looks, pictures and fonts, what the settings or the head of a
    letter name, `attachments/`, and what the program keeps: the ledger, the archive,
    and what it made for people. No sheet of people, no password, nothing hidden, no program.
    """
    found = sorted(filter(disks.is_portable, names))
    named = frozenset(_named(found, read))
    return [
        name
        for name in found
        if name == FILE_NAME
        or is_kept_by_program(name)
        or (
            is_for_letters(name)
            and (
                name in named
                or name.startswith(f"{OWN_FOLDER}/")
                or enclosures.ending(name) in SHOWN
            )
        )
    ]


def is_kept_by_program(name: str) -> bool:
    """Whether the program made this file; a backup does not count."""
    top, *below = PurePosixPath(name).parts
    if not below:
        return top in (LEDGER, ARCHIVE)
    is_visible = not any(part.startswith(".") for part in below)
    return (
        top == _OUTBOX and is_visible and below[0] != "backup" and enclosures.ending(name) in KINDS
    )


def of_folder(folder: Path) -> Sequence[str]:
    """`belonging` for a folder. Links and pipes are no files; what holds a password, as the
    environment says, is none of the campaign's. OSError; Refused as `disks.read`.
    """
    secret = [file.stat() for file in password_files(os.environ) if file.exists()]
    names = [
        name
        for name, found in _lying(folder)
        if not any(os.path.samestat(found, each) for each in secret)
    ]
    return belonging(names, lambda name: disks.read(folder, name))


def written(folder: Path) -> Sequence[str]:
    """Those of the campaign's files that a person wrote or put there."""
    return [name for name in of_folder(folder) if not is_kept_by_program(name)]


def others(folder: Path) -> Sequence[str]:
    """Files of the folder that are not the campaign's."""
    taken = frozenset(of_folder(folder))
    return [
        name
        for name, _found in _lying(folder)
        if name not in taken
        and not name.startswith((f"{_OUTBOX}/", "locks/"))
        and not PurePosixPath(name).name.startswith((LEDGER, ARCHIVE, ON_SERVER))
    ]


def _lying(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    for path, found in disks.walk(folder):
        if stat.S_ISREG(found.st_mode) and disks.is_plain(found):
            yield path.relative_to(folder).as_posix(), found


def packed(folder: Path) -> bytes:
    """What the folder has for letters, as one .zip; of the same files it is the same bytes.

    Refused("files-too-large", `size_mb`, `limit_mb`, `words`) with the sizes of the largest.
    """
    names = written(folder)
    sizes = {name: disks.place(folder, name).stat().st_size for name in names}
    if sum(sizes.values()) > MOST_FILES:
        largest = sorted(names, key=lambda name: -sizes[name])[:3]
        raise Refused(
            "files-too-large",
            size_mb=_mb(sum(sizes.values())),
            limit_mb=_mb(MOST_FILES),
            words=", ".join(f"{name} ({_mb(sizes[name])} MB)" for name in largest),
        )
    whole = BytesIO()
    with ZipFile(whole, "w", ZIP_DEFLATED) as to:
        for name in names:
            to.writestr(ZipInfo(name), disks.read(folder, name, MOST_FILES), ZIP_DEFLATED)
    return whole.getvalue()


def unpack(data: bytes, folder: Path) -> None:
    """LedgerError("files-missing") for a file that no campaign has, and for too much of it."""
    with ZipFile(BytesIO(data)) as whole:
        found = whole.infolist()
        if sum(each.file_size for each in found) > MOST_FILES:
            raise LedgerError("files-missing")
        names = [each.filename for each in found]
        taken = frozenset(belonging(names, whole.read))
        if any(name not in taken or is_kept_by_program(name) for name in names):
            raise LedgerError("files-missing")
        for name in names:
            disks.folder_in(folder, Path(name).parent)
            disks.write(folder, name, whole.read(name))


def _mb(size: int) -> float:
    return round(size / 1_000_000, 1)


def _size(entry: ZipInfo) -> int:
    return entry.file_size


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedFiles:
    """The files of a .zip to unpack, and the names of the others."""

    files: tuple[Packed, ...]
    left_out: tuple[str, ...]


def look_into(path: Path) -> PackedFiles:
    """`unpacking.look`, and its errors. For a confined process, as the .zip may be a stranger's."""
    found = unpacking.look(path)
    with ZipFile(path) as packed:

        def read(name: str) -> bytes:
            with packed.open(name) as file:
                return file.read(_READ_AT_MOST)

        try:
            taken = frozenset(belonging([each.name for each in found], read))
        except unpacking.BROKEN_ZIP:
            raise Refused("zip-refused", path=str(path), value=FILE_NAME) from None
    return PackedFiles(
        files=tuple(each for each in found if each.name in taken),
        left_out=tuple(each.name for each in found if each.name not in taken),
    )


def _named(found: Sequence[str], read: Callable[[str], bytes]) -> Iterator[str]:
    """The files that the settings name or the letters attach."""
    try:
        said = tomllib.loads(read(FILE_NAME).decode()) if FILE_NAME in found else {}
    except ValueError:  # it names nothing that anybody could read
        said = {}
    names = [*filter(None, (_said(said, key) for key in _FILES_NAMED))]
    letters = {name for name in found if "/" not in name and name.endswith(".md")}
    for letter in letters.union(names).intersection(found):
        names += head.value(read(letter).decode("utf-8", "replace"), "attachments").split(",")
    yield from (str(PurePosixPath(name.strip())) for name in names if name.strip())


def _said(settings: object, key: str) -> str:
    for part in key.split("."):
        settings = settings.get(part) if isinstance(settings, dict) else None
    return settings if isinstance(settings, str) else ""
