"""Pictures and attachments of a letter: list, add, remove. No file of the folder is overwritten."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal
from urllib.parse import quote

from merge.app import writing
from merge.app.campaign_files import CampaignFiles
from merge.app.opening import Campaign
from merge.app.writing import EditConflict, WrittenLetter
from merge.errors import LetterError, Misuse
from merge.letters import editable, enclosures, head
from merge.letters.editable import BlockEdit
from merge.letters.enclosures import encoded_size, is_for_letters, is_inside
from merge.letters.prose import Piece, Prose
from merge.model import LARGEST_MESSAGE

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


def look(campaign: Campaign, letter: WrittenLetter) -> LetterFiles:
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
    _refuse_too_large(look(campaign, letter).encoded + encoded_size(len(data)), name)
    name = writing.put_beside(campaign.folder, name, data)
    names = [*dict.fromkeys((*letter.shown.attachments, name))]
    changed = head.with_value(letter.source, _ATTACHMENTS, ", ".join(names))
    return writing.save_source(campaign, letter.name, version, changed)


def detach(
    campaign: Campaign, letter: WrittenLetter, version: str, name: str
) -> str | EditConflict:
    """Take an attachment out of the letter's head. The file stays in the folder."""
    names = [each for each in letter.shown.attachments if each != name]
    changed = head.with_value(letter.source, _ATTACHMENTS, ", ".join(names))
    return writing.save_source(campaign, letter.name, version, changed)


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
    _refuse_too_large(look(campaign, letter).encoded + encoded_size(len(data)), name)
    stem = "".join(each for each in PurePosixPath(name).stem if each not in "<>()[]\"'\\")
    free = writing.put_beside(
        campaign.folder, f"{stem.strip(' .') or 'image'}{enclosures.ending_of(data)}", data
    )
    picture = BlockEdit(prose=Prose(lines=((Piece("picture", words, src=quote(free)),),)))
    edits = [BlockEdit(of=n) for n in range(len(letter.shown.blocks))]
    edits.insert(len(edits) if behind is None else behind + 1, picture)
    changed = editable.edited(letter.source, letter.name, None, edits)
    return writing.save_source(campaign, letter.name, version, changed)


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
