"""Read campaign.toml as a form, and change settings in it; all else in the file stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePath

from merge import settings as settings_room
from merge.app import approval, writing
from merge.errors import Refused, SettingsError
from merge.letters import enclosures, letterhead
from merge.settings import FormField


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsShown:
    """The file: its text, its version, and each setting as a field of a form.

    `trouble` is what is wrong with it; there are no `fields` where it is no TOML.
    """

    text: str
    version: str  # SHA-256 of its bytes
    fields: Sequence[FormField] = ()
    trouble: SettingsError | None = None


def look(place: Path) -> SettingsShown:
    """The settings of the campaign in this folder, right or wrong.

    SettingsError: "no-campaign", "file-unreadable", "not-utf8"; Refused as
    `disks.read`.
    """
    data = settings_room.bytes_of(place)
    path = str(place / settings_room.FILE_NAME)
    text, version = settings_room.decoded(data, path), sha256(data).hexdigest()
    trouble = None
    try:
        settings_room.parse(text, path)
    except SettingsError as error:
        trouble = error
        if error.code == "settings-syntax":
            return SettingsShown(text=text, version=version, trouble=error)
    fields = settings_room.form_fields(text)
    return SettingsShown(text=text, version=version, fields=fields, trouble=trouble)


def change(place: Path, version: str, typed: Mapping[str, str]) -> Mapping[str, SettingsError]:
    """Set these settings to what was typed, if the file still has this version; "" removes one.

    What is wrong, by the name of the setting, "" for the whole file: then nothing was written.

    An unchanged setting is left alone, valid or not. Refused("settings-changed") for another
    version; Misuse("file-unwritable"); errors as `look`.
    """
    shown = look(place)
    if shown.trouble and not shown.fields:
        raise shown.trouble
    before = {each.doc.name: each.value for each in shown.fields}
    changes, troubles = {}, {}
    for name, words in typed.items():
        if _plain(words) == _plain(before[name]):
            continue
        try:
            changes[name] = settings_room.understood(name, words)
        except SettingsError as error:
            troubles[name] = error
    if troubles:
        return troubles
    return write(place, version, settings_room.with_settings(shown.text, changes))


def add_logo(place: Path, version: str, name: str, data: bytes) -> Mapping[str, SettingsError]:
    """Put a logo into the campaign folder and name it; as `change`.

    LetterError: those of `letterhead.logo`.
    """
    stem = PurePath(name.replace("\\", "/")).stem.strip(" .")
    free = f"{stem or 'logo'}{enclosures.ending_of(data)}"
    letterhead.logo(free, data, free)
    if look(place).version != version:
        raise Refused("settings-changed", path=str(place / settings_room.FILE_NAME))
    return change(place, version, {"letterhead.logo": writing.put_beside(place, free, data)})


def write(place: Path, version: str, text: str) -> Mapping[str, SettingsError]:
    """Replace the whole file; as `change`."""
    try:
        settings = settings_room.parse(text, settings_room.FILE_NAME)
        approval.destinations(place, settings)  # their certificates are there
    except SettingsError as error:
        of_certificates = "account.ca_file" if error.code.startswith("ca-file") else ""
        name = str(error.facts.get("name", of_certificates))
        while name and name not in settings_room.FIELDS:
            name = name.rpartition(".")[0]  # "paper.window.left"
        return {name: error}
    before = settings_room.bytes_of(place)
    if sha256(before).hexdigest() != version:
        raise Refused("settings-changed", path=str(place / settings_room.FILE_NAME))
    data = text.encode()
    if b"\r\n" in before:
        data = data.replace(b"\n", b"\r\n")
    if data != before:
        writing.put(place, settings_room.FILE_NAME, data)
    return {}


def _plain(words: str) -> str:
    return words.replace("\r\n", "\n").strip()
