"""Read and write the letter's file: shown in blocks, changed block by block; its pictures and
attachments.

Every change names the version that was seen, by its SHA-256. A file that has changed since, in an
editor or in another tab, is not overwritten: the result is an `EditConflict`. The version before
the last change is kept beside it. No other file of the folder is overwritten.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path, PurePosixPath
from typing import Any, Literal
from urllib.parse import quote

from merge import disks
from merge.app.campaign_files import CampaignFiles
from merge.app.confined import LETTER as LIMITS
from merge.app.new import REMINDER
from merge.app.opening import Campaign
from merge.confined import helpers
from merge.confined.helpers import RanAway
from merge.confined.plain import rebuilt
from merge.errors import LetterError, Misuse
from merge.letters import editable, enclosures, head
from merge.letters.editable import BlockEdit, Editable
from merge.letters.enclosures import encoded_size, is_for_letters, is_inside
from merge.letters.prose import Piece, Prose
from merge.model import LARGEST_MESSAGE, Audience

MOST_BYTES = 2_000_000
"""Of a letter's file: a thousand times the usual size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenLetter:
    """A letter's file as it stands.

    `version` is its SHA-256, `columns` are the headers of the list. `others` are the campaign's
    other letters, `audience` is whom it writes to. `has_before`: there is a version to put back.
    """

    name: str
    version: str
    source: str
    shown: Editable
    columns: tuple[str, ...]
    others: tuple[str, ...]
    is_reminder: bool
    audience: Audience
    has_before: bool

    @property
    def has_lines(self) -> bool:
        """Whether several rows of the list are one letter."""
        return bool(head.value(self.source, "group"))


@dataclass(frozen=True, slots=True, kw_only=True)
class EditConflict:
    """The file has changed since it was shown, and was not written: both texts.

    `stands` is that of the file, with its `version`; `wanted` is that of the editor.
    """

    version: str
    stands: str
    wanted: str


def look(campaign: Campaign, name: str = "") -> WrittenLetter:
    """The letter, or the reminder of that name.

    Misuse("no-such-letter"); LetterError for a file that cannot be read, "letter-runaway".
    """
    names = _names(campaign)
    name = _one_of(names, name)
    source, version = read(campaign.folder, name)
    return WrittenLetter(
        name=name,
        version=version,
        source=source,
        shown=shown(source, name),
        columns=tuple(campaign.ledger.headers()),
        others=tuple(each for each in names if each != name),
        is_reminder=name != names[0],
        audience=campaign.settings.campaign.audience,
        has_before=disks.place(campaign.folder, before_of(name)).is_file(),
    )


def drafted(
    place: Path,
    name: str,
    version: str,
    subject: str | None,
    edits: Sequence[BlockEdit] | None,
) -> str:
    """The source with these edits, not written; the file's own, if it has another version."""
    source, stands = read(place, name)
    if stands != version:
        return source
    return _edited(source, name, subject, edits)


def save(
    campaign: Campaign,
    name: str,
    version: str,
    subject: str | None,
    edits: Sequence[BlockEdit] | None,
    *,
    base: str = "",
) -> str | EditConflict:
    """Write the letter with this subject and these blocks: its new version, or the conflict.

    `edits` count the blocks of the version that was shown. `base` is its text, if the caller has
    kept it: from it the conflict's `wanted` is made.
    """
    name = _one_of(_names(campaign), name)
    source, stands = read(campaign.folder, name)
    if stands != version:
        wanted = _edited(base, name, subject, edits) if base else ""
        return EditConflict(version=stands, stands=source, wanted=wanted)
    return _write(campaign.folder, name, source, _edited(source, name, subject, edits))


def save_source(campaign: Campaign, name: str, version: str, source: str) -> str | EditConflict:
    """Write the whole letter: its new version, or the conflict."""
    name = _one_of(_names(campaign), name)
    stands, now = read(campaign.folder, name)
    if now != version:
        return EditConflict(version=now, stands=stands, wanted=source)
    return _write(campaign.folder, name, stands, source)


def put_back(campaign: Campaign, name: str, version: str) -> str | EditConflict:
    """`save_source` the version before, in whose place the one that stands is kept."""
    name = _one_of(_names(campaign), name)
    return save_source(campaign, name, version, read(campaign.folder, before_of(name))[0])


def before_of(name: str) -> str:
    """The file that keeps the version before of the letter of that name."""
    return f"{name.removesuffix('.md')}.before.md"


@lru_cache(8)
def shown(source: str, name: str) -> Editable:
    """A letter in blocks. LetterError("letter-runaway")."""
    return rebuilt(Editable, _confined(partial(editable.read, source, name), name))


def version_of(data: bytes) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def _names(campaign: Campaign) -> tuple[str, ...]:
    """The letter, and the reminder where there is one."""
    first = campaign.settings.letter.template
    has_reminder = first != REMINDER and disks.place(campaign.folder, REMINDER).is_file()
    return (first, REMINDER) if has_reminder else (first,)


def _one_of(names: Sequence[str], name: str) -> str:
    if name and name not in names:
        raise Misuse("no-such-letter", name=name)
    return name or names[0]


def read(folder: Path, name: str) -> tuple[str, str]:
    """The text of a letter to its last byte, and its version. LetterError."""
    try:
        data = disks.read(folder, name, MOST_BYTES)
        return data.decode("utf-8"), version_of(data)
    except FileNotFoundError:
        raise LetterError("letter-missing", path=name) from None
    except UnicodeDecodeError:
        raise LetterError("not-utf8", path=name) from None
    except OSError as error:
        raise LetterError("file-unreadable", path=name, words=error.strerror) from None


def put(folder: Path, name: str, data: bytes) -> None:
    """Write a file of the campaign, whole or not at all. Misuse("file-unwritable")."""
    try:
        disks.write(folder, name, data)
    except OSError as error:
        path = str(folder / name)
        raise Misuse("file-unwritable", path=path, words=error.strerror) from error


def put_beside(folder: Path, name: str, data: bytes) -> str:
    """`put` it, under a free name like this one; the name. An identical file is used as it is."""
    pure = PurePosixPath(name)
    for n in range(1, 1_000):
        free = name if n == 1 else f"{pure.stem}-{n}{pure.suffix}"
        try:
            if disks.read(folder, free) == data:
                return free
        except FileNotFoundError:
            put(folder, free, data)
            return free
        except OSError as error:
            raise Misuse("file-unwritable", path=str(folder), words=error.strerror) from error
    raise Misuse("file-unwritable", path=str(folder), words=name)


def _write(folder: Path, name: str, before: str, source: str) -> str:
    data = source.encode()
    if before != source:
        put(folder, before_of(name), before.encode())
        put(folder, name, data)
    return version_of(data)


def _edited(source: str, name: str, subject: str | None, edits: Sequence[BlockEdit] | None) -> str:
    return str(_confined(partial(editable.edited, source, name, subject, edits), name))


def _confined(task: Callable[[], object], name: str) -> Any:
    """Run a task on a letter in a confined process. LetterError("letter-runaway")."""
    try:
        return helpers.run(task, LIMITS)
    except RanAway as error:
        raise LetterError("letter-runaway", path=name, words=error.limit) from None


Kind = Literal["attachment", "picture"]

_ATTACHMENTS = "attachments"


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFile:
    """A file that the letter names. `code` says why it holds every letter, "" for none."""

    name: str
    kind: Kind
    size: int
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFiles:
    """The files. `encoded` is their size in a message, in bytes, of at most `most`."""

    files: Sequence[LetterFile]
    encoded: int
    most: int = LARGEST_MESSAGE

    @property
    def is_too_much(self) -> bool:
        """Whether a message with these is refused."""
        return self.encoded > self.most


def files(campaign: Campaign, letter: WrittenLetter) -> LetterFiles:
    """The files of a letter, each as the folder has it."""
    named: list[tuple[str, Kind]] = [(name, "attachment") for name in letter.shown.attachments]
    named += [(name, "picture") for name in letter.shown.pictures]
    folder = CampaignFiles(campaign.folder)
    found = [_file(folder, name, kind) for name, kind in dict.fromkeys(named)]
    return LetterFiles(files=found, encoded=sum(encoded_size(each.size) for each in found))


def _file(folder: CampaignFiles, name: str, kind: Kind) -> LetterFile:
    size, code = 0, ""
    try:
        inside = is_inside(name)
        if inside and not is_for_letters(name):
            code = "names-file-private"
        elif not inside or (data := folder.read(name)) is None:
            code = "names-file-missing"
        else:
            size = len(data)
            if kind == "picture" and not enclosures.is_picture(data):
                code = "picture-unfit"
    except LetterError as error:
        code = error.code
    return LetterFile(name=name, kind=kind, size=size, code=code)


def picture(campaign: Campaign, name: str) -> bytes | None:
    """A picture in the campaign's folder that a letter may show; None for what is none."""
    if not is_inside(name) or not is_for_letters(name):
        return None
    with suppress(LetterError):
        data = CampaignFiles(campaign.folder).read(name)
        return data if data and enclosures.is_picture(data) else None
    return None


def attach(
    campaign: Campaign, letter: WrittenLetter, version: str, name: str, data: bytes
) -> str | EditConflict:
    """Store a file and name it in the letter's head: the letter's new version, or the conflict.

    Misuse("attachment-name") for a name that no head can have; LetterError("enclosures-too-large").
    """
    name = _plain(name)
    if not name or "," in name or not is_inside(name) or not is_for_letters(name):
        raise Misuse("attachment-name", name=name)
    _refuse_too_large(files(campaign, letter).encoded + encoded_size(len(data)), name)
    name = put_beside(campaign.folder, name, data)
    names = [*dict.fromkeys((*letter.shown.attachments, name))]
    changed = head.with_value(letter.source, _ATTACHMENTS, ", ".join(names))
    return save_source(campaign, letter.name, version, changed)


def detach(
    campaign: Campaign, letter: WrittenLetter, version: str, name: str
) -> str | EditConflict:
    """Take an attachment out of the letter's head. The file stays in the folder."""
    names = [each for each in letter.shown.attachments if each != name]
    changed = head.with_value(letter.source, _ATTACHMENTS, ", ".join(names))
    return save_source(campaign, letter.name, version, changed)


def add_picture(
    campaign: Campaign,
    letter: WrittenLetter,
    version: str,
    name: str,
    data: bytes,
    *,
    words: str,
    behind: int | None,
) -> str | EditConflict:
    """Store a picture and put it behind this block, by default at the end.

    `words` is its alternative text. LetterError: "picture-unfit" (`name`), "enclosures-too-large".
    """
    name = _plain(name)
    if not enclosures.is_picture(data):
        raise LetterError("picture-unfit", path=letter.name, name=name)
    _refuse_too_large(files(campaign, letter).encoded + encoded_size(len(data)), name)
    stem = "".join(each for each in PurePosixPath(name).stem if each not in "<>()[]\"'\\")
    free = put_beside(
        campaign.folder, f"{stem.strip(' .') or 'image'}{enclosures.ending_of(data)}", data
    )
    picture = BlockEdit(prose=Prose(lines=((Piece("picture", words, src=quote(free)),),)))
    edits = [BlockEdit(of=n) for n in range(len(letter.shown.blocks))]
    edits.insert(len(edits) if behind is None else behind + 1, picture)
    changed = editable.edited(letter.source, letter.name, None, edits)
    return save_source(campaign, letter.name, version, changed)


def _plain(name: str) -> str:
    """The file name as the browser sends it, without folders."""
    return PurePosixPath(name.replace("\\", "/")).name.strip().lstrip(".")


def _refuse_too_large(size: int, name: str) -> None:
    if size > LARGEST_MESSAGE:
        raise LetterError(
            "enclosures-too-large",
            path=name,
            size_mb=round(size / 1_000_000, 1),
            limit_mb=LARGEST_MESSAGE // 1_000_000,
        )
