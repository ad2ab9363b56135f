"""What the tests that mean harm to the page share: its root, its cookie, and bytes as they are."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from tests.webserver import Page, Server

CANARY = "le-canari-que-personne-ne-lit"


def root_of(server: Server) -> str:
    """http://127.0.0.1:PORT/RANDOM/"""
    return server.start.partition("start/")[0]


def raw(server: Server, request: str) -> str:
    """What the server says to exactly these bytes."""
    to = urlsplit(server.start)
    with socket.create_connection((str(to.hostname), int(to.port or 0)), 10) as connection:
        connection.sendall(request.encode())
        answer = b""
        while some := connection.recv(65536):
            answer += some
    return answer.decode(errors="replace")


def status_of(answer: str) -> int:
    return int(answer.split(" ", 2)[1])


def cookie_of(page: Page) -> str:
    (cookie,) = page.client.http.cookies.jar
    return f"{cookie.name}={cookie.value}"


def is_alive(today: Page) -> bool:
    return today.client.get(today.url).status == 200
