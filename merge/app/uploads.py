"""Files that were handed to the page, until they are taken: private, out of the campaign's way.

Each has a folder of its own (mode 0700) in the user's data, under a name that chance has made, with
the file and what was said of it. What nobody takes is removed after some days.
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
"""How long a file waits to be taken."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{16}")
_NAME_AT_MOST = 80  # characters
_NO_NAME = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"|?*\u2028\u2029\u202a-\u202e\u2066-\u2069]')
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One file that waits. `name` is what its sender called it."""

    token: str
    name: str
    path: Path
    campaign: str  # the folder that it was handed to


def keep(place: Path, name: str, content: BinaryIO) -> Upload:
    """Take a file in. SheetError("sheet-empty") for nothing at all, Misuse("upload-too-large")."""
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
                    most = disks.MOST_BYTES // 1_000_000
                    raise Misuse("upload-too-large", path=known, limit_mb=most)
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
    """The file that waits under this token for this campaign; None where none does any more."""
    if not _TOKEN.fullmatch(token):
        return None
    facts = _read(_folder() / token)
    if facts is None or facts["campaign"] != _where(place):
        return None
    path = _folder() / token / facts["file"]
    return Upload(token=token, name=facts["name"], path=path, campaign=facts["campaign"])


def waiting(place: Path) -> Sequence[Upload]:
    """The files that wait for this campaign, the oldest first; what waited too long is removed."""
    found: list[tuple[float, Upload]] = []
    with suppress(FileNotFoundError):
        for folder in _folder().iterdir():
            since = folder.stat().st_mtime
            if time.time() - since > KEPT_S:
                shutil.rmtree(folder, ignore_errors=True)
            elif (upload := find(place, folder.name)) is not None:
                found.append((since, upload))
    return [upload for _since, upload in sorted(found, key=lambda pair: pair[0])]


def said(upload: Upload) -> dict[str, Any]:
    """What was said of it, as `say` was told."""
    facts = _read(upload.path.parent)
    return dict(facts["said"]) if facts else {}


def version(upload: Upload) -> str:
    """Of all that says how it is read: another one when anything else is said of it, and when an
    import has changed what its campaign remembers of lists.
    """
    try:
        said = (upload.path.parent / "said.json").read_bytes()
    except OSError:
        return ""
    with open_campaign(Path(upload.campaign), access="read", command="import") as campaign:
        readings = campaign.ledger.readings
        remembered = [*readings.last(), *readings.imports(1)]
    return sha256(said + repr(remembered).encode()).hexdigest()


def say(upload: Upload, what: Mapping[str, Any]) -> None:
    """Keep what was said of it; JSON must be able to hold it."""
    facts = _read(upload.path.parent)
    if facts is not None:
        _write(upload.path.parent, {**facts, "said": dict(what)})


def remove(upload: Upload) -> None:
    """The file and all that was said of it."""
    shutil.rmtree(upload.path.parent, ignore_errors=True)


def _where(place: Path) -> str:
    return str(place.expanduser().resolve())


def _folder() -> Path:
    return home() / "uploads"


def _name(given: str) -> str:
    """A file's own name, as it may be shown and written; no path."""
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
    except (OSError, ValueError):
        return None
