"""The files that go with a letter: its pictures, and what is attached to its e-mail.

A letter may come from a stranger and a cell from anybody. So a letter can name no file outside the
campaign folder and none that the program keeps in it, and a cell only one of those that somebody
put into `attachments/`.
"""

from __future__ import annotations

import difflib
import hashlib
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Protocol

from merge.errors import LetterError
from merge.letters.kinds import Empty, Unwritable, text, variable_name
from merge.model import LARGEST_MESSAGE, Enclosure, Recipient

OWN_FOLDER = "attachments"
"""Where the files are that a cell may name."""

_ROOM_FOR_WORDS = 100_000  # bytes of text, HTML and headers: many times what a letter has


class Files(Protocol):
    """The campaign folder, as far as a letter may see it. `app` fills it."""

    def read(self, path: str) -> bytes | None:
        """The bytes of the file at this path below the folder; None when there is none."""

    def attachable(self) -> Mapping[str, int]:
        """The files in `OWN_FOLDER` by their names: how many bytes each has."""


class NoFiles:
    """An empty folder."""

    def read(self, path: str) -> bytes | None:
        """None: nothing is there."""
        return None

    def attachable(self) -> Mapping[str, int]:
        """None of them."""
        return {}


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file that the letter names, and the row where it does."""

    name: str
    row: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Enclosures:
    """What goes with the letters of one campaign.

    `pictures`, by how the letter names them, and `attachments` are everybody's; `digests` are the
    SHA-256 of their files, by path. `column` is the header of the sheet whose cells name each
    recipient's own attachment, "" without one.
    """

    pictures: Mapping[str, Enclosure]
    attachments: tuple[Enclosure, ...]
    digests: Mapping[str, str]
    column: str
    _files: Files
    _own: Mapping[str, tuple[str, int]]  # by the NFC of its name: its name and size
    _room: int  # bytes, encoded, that are left for one's own attachment

    def of(self, recipient: Recipient, html: str) -> tuple[Enclosure, ...]:
        """What goes with one e-mail: the pictures that its HTML shows, the attachments.

        Unwritable for a cell: "attachment-missing", "attachment-not-a-name", "message-too-large",
        "control-character".
        """
        if not (self.pictures or self.attachments or self.column):
            return ()
        shown = {  # once, even where two names stand for one picture
            each.content_id: each
            for each in self.pictures.values()
            if f'"cid:{each.content_id}"' in html
        }
        return (*shown.values(), *self.attachments, *self._of_cell(recipient))

    def version(self, recipient: Recipient) -> str:
        """SHA-256 of the attachment that the recipient's cell names.

        "" without one, and for a cell that names none: that is a fault of the letter.
        """
        try:
            own = self._of_cell(recipient)
        except Unwritable:
            return ""
        data = self._files.read(own[0].path) if own else None
        return "" if data is None else hashlib.sha256(data).hexdigest()

    def _of_cell(self, recipient: Recipient) -> tuple[Enclosure, ...]:
        if not self.column:
            return ()
        cell = recipient.fields.get(self.column, "")
        if isinstance(text(cell, self.column), Empty):
            return ()
        typed = cell.strip()
        if "/" in typed or "\\" in typed or not is_inside(typed):
            raise Unwritable("attachment-not-a-name", self.column, cell)
        name, size = self._own.get(unicodedata.normalize("NFC", typed), ("", 0))
        if not name:
            raise Unwritable("attachment-missing", self.column, cell)
        if encoded_size(size) > self._room:
            raise Unwritable("message-too-large", self.column, cell)
        path = f"{OWN_FOLDER}/{name}"
        return (Enclosure(path=path, media_type=media_type(name), column=self.column),)


def enclosures(
    files: Files,
    *,
    path: str,
    pictures: Sequence[NamedFile],
    attachments: Sequence[NamedFile],
    column: NamedFile | None,
    columns: Collection[str],
) -> Enclosures:
    """The files that the letter at `path` names, looked at once.

    LetterError, with path and row: "names-file-private", "names-file-missing", "picture-unfit" (it
    is no whole PNG or JPEG; all with `name`), "attachment-column-unknown" (`name`, `suggestion`);
    without a row "enclosures-too-large" (`size_mb`, `limit_mb`) when everybody's files alone are
    more than a message may have.
    """
    size = 0
    shown: dict[str, Enclosure] = {}
    for named in pictures:
        data = _read(files, named, path)
        if not is_picture(data):
            raise LetterError("picture-unfit", path=path, row=named.row, name=named.name)
        digest = hashlib.sha256(data).hexdigest()
        if named.name not in shown:
            size += encoded_size(len(data))
        shown[named.name] = Enclosure(
            path=_below(named.name),
            media_type=_kind_of_picture(data),
            content_id=f"{digest[:40]}@publipostage",
            sha256=digest,
            width=size_of(data)[0],
        )
    attached: dict[str, Enclosure] = {}
    for named in attachments:
        data = _read(files, named, path)
        if named.name not in attached:
            size += encoded_size(len(data))
        attached[named.name] = Enclosure(
            path=_below(named.name),
            media_type=media_type(named.name),
            sha256=hashlib.sha256(data).hexdigest(),
        )
    room = LARGEST_MESSAGE - _ROOM_FOR_WORDS - size
    if room < 0:
        raise LetterError(
            "enclosures-too-large",
            path=path,
            size_mb=round(size / 1_000_000, 1),
            limit_mb=LARGEST_MESSAGE // 1_000_000,
        )
    header = _header(column, columns, path) if column else ""
    listed = files.attachable() if header else {}
    return Enclosures(
        pictures=MappingProxyType(shown),
        attachments=tuple(attached.values()),
        digests={each.path: each.sha256 for each in (*shown.values(), *attached.values())},
        column=header,
        _files=files,
        _own={unicodedata.normalize("NFC", name): (name, n) for name, n in listed.items()},
        _room=room,
    )


def _read(files: Files, named: NamedFile, path: str) -> bytes:
    inside = is_inside(named.name)
    if inside and not is_for_letters(named.name):
        raise LetterError("names-file-private", path=path, row=named.row, name=named.name)
    data = files.read(_below(named.name)) if inside else None
    if data is None:
        raise LetterError("names-file-missing", path=path, row=named.row, name=named.name)
    return data


def _header(column: NamedFile, columns: Collection[str], path: str) -> str:
    """The sheet's own spelling of a column."""
    if column.name in columns:
        return column.name
    wanted = variable_name(column.name)
    alike = sorted(header for header in columns if variable_name(header) == wanted)
    if alike:
        return alike[0]
    close = difflib.get_close_matches(column.name, sorted(columns), 1)
    raise LetterError(
        "attachment-column-unknown",
        path=path,
        row=column.row,
        name=column.name,
        suggestion=close[0] if close else "",
    )


def is_inside(name: str) -> bool:
    """Whether a name stays below the folder that it is sought in, on every system."""
    parts = PurePosixPath(name).parts
    return bool(parts) and not (
        name.startswith("/") or "\\" in name or ":" in name or ".." in parts or "\0" in name
    )


def is_for_letters(path: str) -> bool:
    """Whether a letter may need the file at this path below the campaign folder.

    None that the program keeps there, for those hold everybody's names and addresses; nothing
    hidden; and no kind that a system might run.
    """
    parts = PurePosixPath(path.casefold()).parts
    return (
        ending(path) in KINDS
        and parts[0].rstrip(". ") not in _OF_THE_PROGRAM
        and not any(part.startswith(".") for part in parts)
    )


def ending(path: str) -> str:
    """How the name ends, behind its last dot, in small letters."""
    return PurePosixPath(path).name.rpartition(".")[2].lower()


def _below(name: str) -> str:
    """The path that a name means: "./a.pdf" is a.pdf."""
    return str(PurePosixPath(name))


def is_picture(data: bytes) -> bool:
    """A PNG or JPEG that is not cut short."""
    return bool(_kind_of_picture(data)) and not _is_torn(data)


def _kind_of_picture(data: bytes) -> str:
    """The media type that the first bytes tell, "" for what not every mail program shows."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    return "image/jpeg" if data.startswith(b"\xff\xd8\xff") else ""


def _is_torn(data: bytes) -> bool:
    """Whether a PNG or JPEG is cut short.

    A PNG has its IEND chunk (ISO/IEC 15948 11.2.5). A JPEG has EOI behind its last scan (ITU-T T.81
    B.1.1.3), in whose data no marker can stand; one before that is a small picture's within it.
    """
    if data.startswith(b"\x89PNG"):
        return b"IEND\xaeB`\x82" not in data
    return not -1 < data.rfind(b"\xff\xda") < data.rfind(b"\xff\xd9")


# A frame header of whatever process (T.81 B.2.2): its length, precision, height and width.
_FRAME = re.compile(rb"\xff[\xc0-\xc3\xc5-\xc7\xc9-\xcb\xcd-\xcf]..[\x08\x0c](..)(..)", re.DOTALL)


def ending_of(picture: bytes) -> str:
    """How the name of a PNG or JPEG ends."""
    return ".png" if picture.startswith(b"\x89PNG") else ".jpg"


def size_of(data: bytes) -> tuple[int, int]:
    """How many pixels a PNG or JPEG is wide and high, 0 where it does not say.

    A PNG says it in its first chunk (ISO/IEC 15948 11.2.2). In a JPEG the last frame header before
    the scan counts: one before that is a small picture's within it.
    """
    if data.startswith(b"\x89PNG"):
        return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    found = _FRAME.findall(data, 0, data.rfind(b"\xff\xda"))
    high, wide = found[-1] if found else (b"", b"")
    return int.from_bytes(wide), int.from_bytes(high)


# A table of our own, for `mimetypes` reads the machine's: the same letter is the same bytes on all.
_MEDIA_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "pdf": "application/pdf",
        "odt": "application/vnd.oasis.opendocument.text",
        "ods": "application/vnd.oasis.opendocument.spreadsheet",
        "odp": "application/vnd.oasis.opendocument.presentation",
        "doc": "application/msword",
        "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xls": "application/vnd.ms-excel",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "ppt": "application/vnd.ms-powerpoint",
        "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "rtf": "application/rtf",
        "zip": "application/zip",
        "png": "image/png",
        "jpg": "image/jpeg",
        "jpeg": "image/jpeg",
        "gif": "image/gif",
        "mp3": "audio/mpeg",
        "mp4": "video/mp4",
    }
)

SHOWN = frozenset(
    {
        *("md", "css", "ttf", "otf", "ttc", "woff", "woff2"),
        *("png", "jpg", "jpeg", "gif", "svg", "webp", "tif", "tiff", "bmp", "heic"),
    }
)
"""Texts, looks, fonts and pictures, by their endings."""

KINDS = SHOWN | {
    *_MEDIA_TYPES,
    *("txt", "html", "htm", "csv", "tsv", "xml", "json", "ics", "vcf", "eml", "epub", "geojson"),
    *("odg", "pages", "numbers", "dwg", "dxf", "gpx", "kml", "ai", "psd"),
    *("avif", "m4a", "ogg", "wav", "webm", "mov", "avi", "7z", "gz", "p7s", "asc"),
    *("pem", "crt", "cer"),
}
"""All that a letter or the settings can name."""

_OF_THE_PROGRAM = frozenset({"campaign.toml", "outbox", "locks"})


def media_type(name: str) -> str:
    """What an attachment is, by the ending of its name (RFC 2046 4.5.1 for one unknown)."""
    return _MEDIA_TYPES.get(ending(name), "application/octet-stream")


def encoded_size(size: int) -> int:
    """Bytes that a file of `size` bytes takes in base64, with its line ends (RFC 2045 6.8)."""
    return -(-size // 57) * 78
