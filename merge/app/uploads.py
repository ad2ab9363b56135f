"""Uploaded files, until they are imported. They lie outside the campaign folder.

Each has a folder of its own (mode 0700, a random name) in the user's data, with the file and
said.json: its name, its campaign, and a person's choices for reading it. It is removed after
`KEPT_S`.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePath
from typing import Any, BinaryIO

from merge import disks
from merge.app.opening import home, open_campaign
from merge.errors import Misuse, SheetError

KEPT_S = 7 * 24 * 3600.0
"""How long an upload is kept."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{16}")
_NAME_AT_MOST = 80  # characters
_NO_NAME = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"|?*\u2028\u2029\u202a-\u202e\u2066-\u2069]')
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """An uploaded file. `name` is that of the file on the user's disk."""

    token: str
    name: str
    path: Path
    campaign: str  # its folder


def keep(place: Path, name: str, content: BinaryIO) -> Upload:
    """Store an upload. SheetError("sheet-empty"), Misuse("sheet-too-large")."""
    known = _name(name)
    token = secrets.token_urlsafe(12)
    folder = _folder() / token
    disks.make_private_folder(folder)
    try:
        size = 0
        with disks.replacing(folder / "sheet") as file:
            while block := content.read(_BLOCK):
                size += len(block)
                if size > disks.MOST_BYTES:
                    most = f"> {disks.MOST_BYTES // 1_000_000} MB"
                    raise Misuse("sheet-too-large", path=known, words=most)
                file.write(block)
        if not size:
            raise SheetError("sheet-empty", path=known)
        path = folder / f"sheet{PurePath(known).suffix.lower()}"
        (folder / "sheet").rename(path)
        _write(folder, {"name": known, "file": path.name, "campaign": _where(place), "said": {}})
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Upload(token=token, name=known, path=path, campaign=_where(place))


def find(place: Path, token: str) -> Upload | None:
    """The upload with this token, if it belongs to this campaign."""
    if not _TOKEN.fullmatch(token):
        return None
    facts = _read(_folder() / token)
    if facts is None or facts["campaign"] != _where(place):
        return None
    path = _folder() / token / facts["file"]
    return Upload(token=token, name=facts["name"], path=path, campaign=facts["campaign"])


def waiting(place: Path) -> Sequence[Upload]:
    """This campaign's uploads, oldest first; expired ones are removed."""
    found: list[tuple[float, Upload]] = []
    with suppress(FileNotFoundError):
        for folder in _folder().iterdir():
            since = folder.stat().st_mtime
            if time.time() - since > KEPT_S:
                shutil.rmtree(folder, ignore_errors=True)
            elif (upload := find(place, folder.name)) is not None:
                found.append((since, upload))
    return [upload for _since, upload in sorted(found, key=lambda pair: pair[0])]


def choices(upload: Upload) -> dict[str, Any]:
    """What `keep_choices` has kept; {} for nothing."""
    facts = _read(upload.path.parent)
    return dict(facts["said"]) if facts else {}


def version(upload: Upload) -> str:
    """Changes with the choices for this file, and with the readings that the campaign remembers.

    "" for an upload that is gone.
    """
    try:
        said = (upload.path.parent / "said.json").read_bytes()
    except OSError:
        return ""
    with open_campaign(Path(upload.campaign), access="read", command="import") as campaign:
        readings = campaign.ledger.readings
        remembered = [*readings.last(), *readings.imports(1)]
    return sha256(said + repr(remembered).encode()).hexdigest()


def keep_choices(upload: Upload, choices: Mapping[str, Any]) -> None:
    """Replace the choices for reading it, which must fit into JSON."""
    facts = _read(upload.path.parent)
    if facts is not None:
        _write(upload.path.parent, {**facts, "said": dict(choices)})


def remove(upload: Upload) -> None:
    """Delete the file and the choices for it."""
    shutil.rmtree(upload.path.parent, ignore_errors=True)


def _where(place: Path) -> str:
    return str(place.expanduser().resolve())


def _folder() -> Path:
    return home() / "uploads"


def _name(given: str) -> str:
    """The file name without its folders and without characters that may not be shown or written."""
    last = PurePath(given.replace("\\", "/")).name
    name = _NO_NAME.sub("", last).strip(" .") or "liste"
    suffix = PurePath(name).suffix
    kept = name if len(name) <= _NAME_AT_MOST else name[: _NAME_AT_MOST - len(suffix)] + suffix
    return kept[:_NAME_AT_MOST]


def _write(folder: Path, facts: Mapping[str, Any]) -> None:
    with disks.replacing(folder / "said.json") as file:
        file.write(json.dumps(facts, ensure_ascii=False).encode())


def _read(folder: Path) -> dict[str, Any] | None:
    try:
        return dict(json.loads((folder / "said.json").read_bytes()))
    except (OSError, ValueError):  # removed meanwhile, or cut off by a kill
        return None
