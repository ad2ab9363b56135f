"""This user's campaigns: how one is deleted, opened from a folder, unpacked from a backup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from starlette.datastructures import UploadFile
from starlette.responses import Response

from merge import settings
from merge.app import backup, new, purge, uploads
from merge.app import campaigns as app
from merge.app.backup import NOT_THE_ONE
from merge.app.campaigns import KnownCampaign
from merge.errors import Misuse, SettingsError, Trouble
from merge.web.exchange import Exchange, get, post
from merge.web.pages.keeping import agreed_to_erase
from merge.words import campaigns as words
from merge.words import statuses
from merge.words.language import _
from merge.words.reasons import reason
from merge.words.troubles import reason_of

_OF_FOLDER = ("folder-not-empty", "folder-read-only", "disk-full", "no-path")


def show(exchange: Exchange) -> Response:
    """The page."""
    return _see(exchange)


def open_folder(exchange: Exchange) -> Response:
    """Open a folder that is not in the list, such as a copy, or one on a stick."""
    try:
        place = exchange.path("folder") or Path.home()
        settings.bytes_of(place)
    except Trouble as trouble:
        return _see(exchange, {"folder": str(reason_of(trouble))})
    return exchange.go("today", campaign=exchange.site.open(place))


async def deletion(exchange: Exchange) -> Response:
    """What would be deleted."""
    return await _see_deletion(exchange)


async def delete(exchange: Exchange) -> Response:
    """Delete the whole campaign."""
    number, place = int(exchange.number or 0), exchange.place
    if not exchange.text("agree"):
        wrong = {"agree": _("Tick this box if you have read it. Nothing was changed.")}
        return await _see_deletion(exchange, 422, wrong)
    result = await exchange.jobs.call(purge.delete, place, agreed_to_erase(exchange))
    if result.wants:
        changed = {"agree": _("It has changed meanwhile. Read it again.")}
        return await _see_deletion(exchange, 422, changed)
    exchange.site.deleted(number)
    return exchange.go("campaigns", query={"done": "deleted"})


async def _see_deletion(
    exchange: Exchange, status: int = 200, wrong: dict[str, str] | None = None
) -> Response:
    found = await exchange.jobs.call(purge.deletion, exchange.place)
    erased = found.erased
    return exchange.see(
        "delete.html",
        status,
        name=found.name,
        stands=statuses.channels(found.counts) if found.counts else "",
        given_up=words.given_up(erased.erasure.waiting) if erased else "",
        exports=list(words.exports(erased.elsewhere)) if erased else [],
        agreed=erased.wants[0].facts if erased else {},
        left=found.left,
        wrong=wrong or {},
    )


async def take_up(exchange: Exchange) -> Response:
    """Unpack a backup, and lead to the page that shows the risks of adopting it."""
    chosen, wrong = exchange.files("zip"), dict[str, str]()
    place = Path()
    left_out: Sequence[str] = ()
    try:
        file = None if chosen else exchange.path("file")
        name = Path(chosen[0].filename or "").stem if chosen else (file or place).stem
        place = exchange.path("into") or new.proposed_folder(name)
        if chosen:
            left_out = await _uploaded(exchange, chosen[0], place)
        elif file:
            left_out = await exchange.jobs.call(backup.unpack, file, place)
        else:
            wrong["zip"] = _("Choose the .zip that was given to you.")
    except (Trouble, OSError) as error:
        wrong = _wrong(error, "zip" if chosen else "file")
    if wrong:
        return _see(exchange, wrong)
    number = exchange.site.open(place)
    exchange.site.left_out[exchange.site.place(number)] = left_out
    return exchange.go("settings", campaign=number)


async def _uploaded(exchange: Exchange, upload: UploadFile, place: Path) -> Sequence[str]:
    """Unpack an upload; what is left out. After a crash the private file expires."""
    copy = uploads.keep(place, upload.filename or "", upload.file)
    try:
        return await exchange.jobs.call(backup.unpack, copy.path, place)
    finally:
        uploads.remove(copy)


def _wrong(error: Trouble | OSError, field: str) -> dict[str, str]:
    if isinstance(error, OSError):
        return {"into": str(reason_of(Misuse("file-unwritable", words=error.strerror or "")))}
    return {"into" if error.code in _OF_FOLDER else field: str(reason_of(error))}


def _see(exchange: Exchange, wrong: Mapping[str, str] | None = None) -> Response:
    lines = [_line(exchange, each) for each in app.campaigns(filter(None, exchange.site.places))]
    return exchange.see(
        "campaigns.html",
        422 if wrong else 200,
        lines=lines,
        done=exchange.query("done"),
        wrong=wrong or {},
        typed=exchange.typed(),
    )


def _line(exchange: Exchange, known: KnownCampaign) -> Mapping[str, Any]:
    """A campaign in the list; `way_out` is the page that mends it, "" for none."""
    warnings = [
        reason(each.code, {"path": each.path, "detail": each.detail, "known_path": each.detail})
        for each in known.cautions
    ]
    if known.trouble and not known.is_gone:
        warnings.append(reason_of(known.trouble))
    return {
        "known": known,
        "number": exchange.site.open(known.place),
        "state": _state(known),
        "stands": statuses.channels(known.counts) if known.counts else "",
        "warnings": warnings,
        "way_out": _way_out(known),
    }


def _state(known: KnownCampaign) -> str:
    if known.is_sending:
        return _("being sent")
    if known.todo is None:
        return ""
    if known.todo in ("write", "import"):
        return _("begun")
    return _("finished") if known.todo == "nothing" else _("under way")


def _way_out(known: KnownCampaign) -> str:
    if isinstance(known.trouble, SettingsError):
        return "settings"
    return "take-over" if NOT_THE_ONE & {each.code for each in known.cautions} else ""


routes = [
    get("/", "campaigns", show),
    post("/open", "open-folder", open_folder),
    post("/take-up/upload", "take-up-now", take_up),
    get("/c/{campaign:int}/delete", "delete", deletion),
    post("/c/{campaign:int}/delete", "delete-now", delete),
]
