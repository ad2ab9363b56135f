"""Read and write the letter's file: shown in blocks, changed block by block.

Every change names the version that was seen, by its SHA-256. A file that has changed since, in an
editor or in another tab, is not overwritten: the result is an `EditConflict`. The version before
the last change is kept beside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path, PurePosixPath
from typing import Any

from merge import disks
from merge.app import new
from merge.app.confined import LETTER as LIMITS
from merge.app.new import REMINDER
from merge.app.opening import Campaign
from merge.confined import helpers
from merge.confined.helpers import RanAway
from merge.confined.plain import rebuilt
from merge.errors import LetterError, Misuse
from merge.letters import editable, head
from merge.letters.editable import BlockEdit, Editable
from merge.letters.examples import columns_to_come
from merge.model import Audience

MOST_BYTES = 2_000_000
"""Of a letter's file: a thousand times the usual size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenLetter:
    """A letter's file as it stands.

    `version` is its SHA-256, `columns` are the headers of the list, `waits_for` the columns that
    the letter names and no list gives yet. `others` are the campaign's other letters, `audience`
    is whom it writes to. `has_before`: there is a version to put back.
    """

    name: str
    version: str
    source: str
    shown: Editable
    columns: tuple[str, ...]
    waits_for: tuple[str, ...]
    recipients: int
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
    columns, audience = campaign.ledger.headers(), campaign.settings.campaign.audience
    return WrittenLetter(
        name=name,
        version=version,
        source=source,
        shown=shown(source, name),
        columns=tuple(columns),
        waits_for=columns_to_come(source, columns, audience),
        recipients=campaign.ledger.count_recipients(),
        others=tuple(each for each in names if each != name),
        is_reminder=name != names[0],
        audience=audience,
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


def has_foreign_reminder(campaign: Campaign) -> bool:
    """Whether the reminder is the model's, unchanged, while the letter is another one."""
    try:
        texts = [read(campaign.folder, name)[0] for name in _names(campaign)]
    except LetterError:  # told where it is shown
        return False
    return texts[1:] != [] and new.is_foreign_reminder(texts[0], texts[1])


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
        raise Misuse("file-unwritable", path=str(folder), words=error.strerror) from error


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
