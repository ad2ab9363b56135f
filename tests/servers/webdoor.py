"""A web door for mail that fails on purpose: Gmail's and Graph's, by path; the address picks how.

    late@       answers after `LATE_S`             nothing@    takes the message, never answers
    twice@      answers twice                      cut@        hangs up in mid-message
    taken@      takes it, and hangs up             slow@       429 with Retry-After: 3, once
    429@  500@  502@  503@  400@  403@  404@       that answer, with the provider's words
    refused@    401 for every token                address@    400: it cannot read the To
    anything else: taken

Whoever shows a token that is not in `tokens` is answered with 401. What it took it counts.
"""

from __future__ import annotations

import base64
import json
import re
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Container, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from tests.servers.certificates import Authority

HOST = "127.0.0.1"
LATE_S = 0.3

GMAIL_WORDS = {
    400: ("failedPrecondition", "Precondition check failed."),
    401: ("authError", "Invalid Credentials"),
    403: ("rateLimitExceeded", "User-rate limit exceeded."),
    404: ("notFound", "Requested entity was not found."),
    429: ("rateLimitExceeded", "Too many concurrent requests for user."),
}
GRAPH_WORDS = {
    400: ("ErrorMimeContentInvalidBase64String", "Invalid base64 string for MIME content."),
    401: ("InvalidAuthenticationToken", "Lifetime validation failed, the token is expired."),
    403: ("ErrorSendAsDenied", "The user account has no right to send mail on behalf of it."),
    404: ("ResourceNotFound", "Resource could not be discovered."),
    429: ("ApplicationThrottled", "Application is over its MailboxConcurrency limit."),
}


@dataclass
class WebDoor:
    """What it was asked, and what it took."""

    port: int = 0
    tokens: Container[str] = frozenset({"token-1"})
    accepted: list[str] = field(default_factory=list)  # addresses, each time that one was taken
    bodies: list[bytes] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


@contextmanager
def web_door(authority: Authority) -> Iterator[WebDoor]:
    """One on a free port of this machine, over TLS."""
    door = WebDoor()
    context = authority.server_context()

    class Handler(_Handler):
        def __init__(self, request: socket.socket, *others: object) -> None:
            self.door = door
            self.context = context
            super().__init__(request, *others)  # type: ignore[arg-type]

    with _Server((HOST, 0), Handler) as server:
        door.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
        try:
            yield door
        finally:
            server.shutdown()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False


class _Handler(socketserver.BaseRequestHandler):
    door: WebDoor
    context: ssl.SSLContext

    def handle(self) -> None:
        with (
            suppress(OSError),
            self.context.wrap_socket(self.request, server_side=True) as self.talk,
            self.talk.makefile("rb") as self.reader,
        ):
            while self.answer_one():
                pass
            self.talk.shutdown(socket.SHUT_RDWR)

    def answer_one(self) -> bool:
        """One request; whether the connection stays open."""
        first = self.reader.readline().decode("latin-1")
        if not first:
            return False
        headers: dict[str, str] = {}
        while line := self.reader.readline().strip().decode("latin-1"):
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        length = int(headers.get("content-length", "0"))
        is_graph = "/sendMail" in first
        start = self.reader.read(min(length, 900))
        name = _named(start, is_graph=is_graph)
        self.door.asked.append(name)
        if name == "cut":
            return False
        data = start + self.reader.read(length - len(start))
        token = headers.get("authorization", "").removeprefix("Bearer ")
        words = GRAPH_WORDS if is_graph else GMAIL_WORDS
        if token not in self.door.tokens or name == "refused":
            return self.refuse(401, *words[401])
        if not data:
            return self.refuse(400, "invalidArgument", "Recipient address required")
        if name == "address":
            if is_graph:
                return self.refuse(400, "ErrorInvalidRecipients", "A recipient is not valid.")
            return self.refuse(400, "invalidArgument", "Invalid To header")
        if name == "slow" and self.door.asked.count("slow") == 1:
            return self.refuse(429, *words[429], more="Retry-After: 3\r\n")
        if name.isdecimal():
            return self.refuse(int(name), *words.get(int(name), ("backendError", "Backend Error")))
        message = base64.b64decode(data) if is_graph else data
        self.door.accepted.append(name)
        self.door.bodies.append(message)
        if name == "nothing":
            self.reader.read()  # until the client gives up
            return False
        if name == "taken":
            return False
        if name == "late":
            time.sleep(LATE_S)  # to be late is what it is asked for
        for _time in range(2 if name == "twice" else 1):
            if is_graph:
                self.say(202, b"", f"request-id: r-{len(self.door.accepted)}\r\n")
            else:
                taken = {"id": f"18c{len(self.door.accepted)}", "labelIds": ["SENT"]}
                self.say(200, json.dumps(taken).encode())
        return True

    def refuse(self, code: int, reason: str, words: str, *, more: str = "") -> bool:
        said: dict[str, object] = {"code": reason, "message": words}
        if not reason[:1].isupper():
            said = {"code": code, "errors": [{"reason": reason}], "message": words}
        self.say(code, json.dumps({"error": said}).encode(), more)
        return True

    def say(self, code: int, body: bytes, more: str = "") -> None:
        head = f"HTTP/1.1 {code} X\r\nContent-Length: {len(body)}\r\n{more}\r\n"
        self.talk.sendall(head.encode("ascii") + body)


def _named(start: bytes, *, is_graph: bool) -> str:
    """What stands before the @ in To."""
    if is_graph:
        start = base64.b64decode(start[: len(start) // 4 * 4])
    found = re.search(rb"^To: ([^@\r\n]*)@", start, re.MULTILINE)
    return found[1].decode("ascii") if found else ""
