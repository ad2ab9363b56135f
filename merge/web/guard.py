"""Keeps others out: another user, another site, another port, a name that leads here.

Everything lives below `/RANDOM/`, which is also the cookie's path, for cookies ignore ports. A
request needs our own Host (no name may lead here: DNS rebinding), the cookie of a start, and, to
change anything, `Sec-Fetch-Site: same-origin` (another port of this computer is "same-site", and
gets the strict cookie sent along).
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import suppress

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "publipostage"

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "frame-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "same-origin",  # without any, a form's Origin would be null
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
"""Of every answer; one that says more of its own keeps it, as a mail's frame does."""

FORM_AT_MOST = 2_000_000
"""Bytes of a form without files."""


class Guard:
    """Lets through what the user of this start asks. `open_paths` need no cookie."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        host: str,
        root: str,
        sessions: Iterable[str],
        refusal: Callable[[Request, HTTPException], Awaitable[Response]],
        open_paths: tuple[str, ...],
        uploads: tuple[str, ...],
        upload_at_most: int,
    ) -> None:
        self._app = app
        self._host = host
        self._root = root
        self._sessions = sessions
        self._refusal = refusal
        self._open_paths = open_paths
        self._uploads = uploads  # the last word of addresses that take files
        self._upload_at_most = upload_at_most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request (ASGI)."""
        if scope["type"] != "http":
            return  # no web socket, and nothing to do at the start or the end

        body = _Body(receive, self._limit(scope["path"]))

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if scope["method"] == "POST" and not body.is_all:
                    headers["Connection"] = "close"  # else the rest of it would be read, for nobody
            await send(message)

        try:
            self._refuse(scope)
        except HTTPException as refused:
            if refused.status_code != 413:
                await body.pass_over()
            answer = await self._refusal(Request(scope), refused)
            await answer(scope, receive, send_with_headers)
            return
        await self._app(scope, body.receive, send_with_headers)

    def _refuse(self, scope: Scope) -> None:
        headers, path = Headers(scope=scope), scope["path"]
        if headers.getlist("host") != [self._host]:
            raise HTTPException(421)
        if not path.startswith(self._root):
            raise HTTPException(404)
        if scope["method"] not in ("GET", "HEAD", "POST"):
            raise HTTPException(405)
        site = headers.get("sec-fetch-site")
        if scope["method"] == "POST" and site != "same-origin":
            raise HTTPException(403)
        is_open = path.startswith(self._open_paths)
        if not is_open and site not in (None, "same-origin", "none"):
            raise HTTPException(403)
        if not is_open and not any(map(self._is_known, _cookies(headers))):
            raise HTTPException(401)
        if int(headers.get("content-length") or 0) > self._limit(path):
            raise HTTPException(413)

    def _is_known(self, cookie: str) -> bool:
        asked = cookie.encode()
        return any(secrets.compare_digest(asked, known.encode()) for known in self._sessions)

    def _limit(self, path: str) -> int:
        is_upload = path.rpartition("/")[2] in self._uploads
        return self._upload_at_most if is_upload else FORM_AT_MOST


def _cookies(headers: Headers) -> Iterator[str]:
    """All of ours: another program on 127.0.0.1 may have set one of the same name, too."""
    for header in headers.getlist("cookie"):
        for each in header.split(";"):
            name, _is, value = each.partition("=")
            if name.strip() == COOKIE:
                yield value.strip()


class _Body:
    """What a request brings: cut off where it is longer than it may be, whatever it said."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self.is_all = False
        self._receive = receive
        self._left = limit

    async def pass_over(self) -> None:
        """Take in what a form may have: who is told why reads the answer once all of it is sent."""
        with suppress(HTTPException):
            while not self.is_all:
                if (await self.receive())["type"] != "http.request":
                    return

    async def receive(self) -> Message:
        """The next of it (ASGI)."""
        message = await self._receive()
        if message["type"] == "http.request":
            self.is_all = not message.get("more_body", False)
            self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise HTTPException(413)
        return message
