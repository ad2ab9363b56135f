"""Local paragraphs: text for the letter of one recipient alone, in `local/KEY.md`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from merge import disks
from merge.app import writing
from merge.app.letters import LOCAL
from merge.app.opening import Campaign, open_campaign
from merge.app.writing import EditConflict
from merge.errors import LetterError, Misuse
from merge.letters import local

_SHOWN = 80  # characters of each in the list


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageLine:
    """A file of local paragraphs. `number` is its recipient's, None for a key of nobody."""

    path: str
    number: int | None
    commune: str
    begins: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageList:
    """All files, and whether the letter has a place for them (`is_placed`)."""

    lines: Sequence[PassageLine]
    is_placed: bool
    recipients: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OnePassage:
    """One recipient's paragraphs; `source` and `version` are "" without a file."""

    number: int
    commune: str
    path: str
    source: str
    version: str


def listed(place: Path) -> PassageList:
    """All files of local paragraphs."""
    letter = writing.look(place)
    with open_campaign(place, access="read", command="preview") as campaign:
        folder = disks.place(campaign.folder, LOCAL)
        files = sorted(folder.glob("*.md")) if folder.is_dir() else []
        keys = [each.stem for each in files]
        numbers = campaign.ledger.numbers_of(keys)
        communes = campaign.ledger.communes_of(keys)
        return PassageList(
            lines=[
                PassageLine(
                    path=(LOCAL / each.name).as_posix(),
                    number=numbers.get(each.stem),
                    commune=communes.get(each.stem, ""),
                    begins=_text(campaign.folder, each.stem)[:_SHOWN],
                )
                for each in files
            ],
            is_placed=f"{{{{ {local.NAME} }}}}" in letter.source,
            recipients=letter.recipients,
        )


def one(place: Path, number: int) -> OnePassage:
    """The paragraphs of the recipient with this number. Misuse("nobody-numbered")."""
    with open_campaign(place, access="read", command="preview") as campaign:
        return _one(campaign, number)


def save(place: Path, number: int, version: str, source: str) -> str | EditConflict:
    """Write them, or delete the file for an empty text: the new version, or the conflict."""
    with open_campaign(place, access="read", command="preview") as campaign:
        stands = _one(campaign, number)
        if stands.version != version:
            return EditConflict(version=stands.version, stands=stands.source, wanted=source)
        if not source.strip():
            disks.place(campaign.folder, stands.path).unlink(missing_ok=True)
            return ""
        disks.folder_in(campaign.folder, LOCAL)
        data = (source.strip("\n") + "\n").encode()
        writing.put(campaign.folder, stands.path, data)
        return writing.version_of(data)


def _one(campaign: Campaign, number: int) -> OnePassage:
    recipient = campaign.ledger.recipient_numbered(number)
    if recipient is None:
        raise Misuse("nobody-numbered", number=number)
    source = _text(campaign.folder, recipient.key)
    return OnePassage(
        number=number,
        commune=recipient.name,
        path=_path(recipient.key),
        source=source,
        version=writing.version_of(source.encode()) if source else "",
    )


def _path(key: str) -> str:
    """Misuse("local-key") for a key that no file can be named after."""
    if PurePath(key).name != key or key.startswith("."):
        raise Misuse("local-key", key=key)
    return (LOCAL / f"{key}.md").as_posix()


def _text(folder: Path, key: str) -> str:
    try:
        return writing.read(folder, _path(key))[0]
    except LetterError as error:
        if error.code != "letter-missing":
            raise
        return ""
