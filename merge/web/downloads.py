"""A file for the user's disk: handed over as a file, which no browser opens beside the pages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import BinaryIO

from starlette.background import BackgroundTask
from starlette.responses import Response, StreamingResponse

FILE_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"
_BLOCK = 1 << 18


def download(data: bytes, name: str, media_type: str = "message/rfc822") -> Response:
    """Bytes as they are kept, as a file; `name` is of ASCII, and names nobody."""
    return Response(data, media_type=media_type, headers=_headers(name))


def stream(file: BinaryIO, media_type: str, *, name: str = "") -> Response:
    """An open file, block by block, closed at its end; by default named as its address is."""
    headers = _headers(name) | {"Content-Length": str(file.seek(0, 2))}
    file.seek(0)

    async def blocks() -> AsyncIterator[bytes]:
        while block := file.read(_BLOCK):
            yield block

    closing = BackgroundTask(file.close)
    return StreamingResponse(blocks(), media_type=media_type, headers=headers, background=closing)


def _headers(name: str) -> dict[str, str]:
    disposition = f'attachment; filename="{name}"' if name else "attachment"
    return {"Content-Security-Policy": FILE_POLICY, "Content-Disposition": disposition}
