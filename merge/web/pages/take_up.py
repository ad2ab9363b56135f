"""Unpack a backup; it is adopted on the settings' page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from starlette.datastructures import UploadFile
from starlette.responses import Response

from merge.app import taking_up, uploads
from merge.errors import Misuse, Trouble
from merge.web.exchange import Exchange, get, post
from merge.words.language import _
from merge.words.troubles import reason_of

_OF_FOLDER = ("folder-not-empty", "folder-read-only", "disk-full", "no-path")


def show(exchange: Exchange) -> Response:
    """The form."""
    return _page(exchange)


def _page(exchange: Exchange, status: int = 200, **more: object) -> Response:
    return exchange.see("take_up.html", status, **{"wrong": {}, "typed": {}, **more})


async def take_up(exchange: Exchange) -> Response:
    """Unpack it, and lead to the page that shows the risks of adopting it."""
    named, folder = exchange.text("file").strip(), exchange.text("folder").strip()
    chosen, wrong = exchange.files("zip"), dict[str, str]()
    if not named and not chosen:
        wrong["zip"] = _("Choose the .zip that was given to you.")
    if not folder:
        wrong["folder"] = _("Name a new folder for it.")
    place = Path()
    left_out: Sequence[str] = ()
    if not wrong:
        try:
            place = exchange.path("folder") or place
            if chosen:
                left_out = await _uploaded(exchange, chosen[0], place)
            elif file := exchange.path("file"):
                left_out = await exchange.jobs.call(taking_up.unpack, file, place)
        except (Trouble, OSError) as error:
            wrong = _wrong(error, "zip" if chosen else "file")
    if wrong:
        return _page(exchange, 422, wrong=wrong, typed=exchange.typed())
    number = exchange.site.open(place)
    exchange.site.left_out[exchange.site.place(number)] = left_out
    return exchange.go("settings", campaign=number)


async def _uploaded(exchange: Exchange, upload: UploadFile, place: Path) -> Sequence[str]:
    """Unpack an upload; what is left out. After a crash the private file expires."""
    copy = uploads.keep(place, upload.filename or "", upload.file)
    try:
        return await exchange.jobs.call(taking_up.unpack, copy.path, place)
    finally:
        uploads.remove(copy)


def _wrong(error: Trouble | OSError, field: str) -> dict[str, str]:
    if isinstance(error, OSError):
        return {"folder": str(reason_of(Misuse("file-unwritable", words=error.strerror or "")))}
    return {"folder" if error.code in _OF_FOLDER else field: str(reason_of(error))}


routes = [
    get("/take-up", "take-up", show),
    post("/take-up/upload", "take-up-now", take_up),
]
