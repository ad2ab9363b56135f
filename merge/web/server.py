"""Start the page's server, and end it.

It listens on 127.0.0.1 alone, on a port that is free. It ends when asked, when its user logs out
(SIGTERM, SIGHUP), or after a day on which nobody saw a page. Jobs are processes of their own: they
go on without it.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import shutil
import signal
import socket
import subprocess
import threading
import time
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from merge.app.opening import home
from merge.errors import Busy
from merge.web.instance import Address, Instance, folder_of_snap
from merge.web.site import Site
from merge.words import language

ENDS_UNSEEN_AFTER_S = 24 * 3600.0
_LOOKS_EVERY_S = 1.0
_FIRST_SAYS_WITHIN_S = 10.0
SILENT_S, SILENT_AT_MOST, ACCEPTED_AT_ONCE = 10.0, 400, 100
"""How long a connection may be open before it asks, and how many may be open and ask nothing."""


def serve(campaign: Path | None, *, opens: bool, say: Callable[[str], object]) -> bool:
    """Serve until it ends. `say` is told the address to begin at where no browser is opened.

    False where another server of this user is at work: the browser is led there, or `say` told.
    Busy where that one never says where it is.
    """
    instance = Instance(home())
    give_up_at_s = time.monotonic() + _FIRST_SAYS_WITHIN_S
    while True:
        try:
            with instance.alone():
                _serve(instance, campaign, opens=opens, say=say)
                return True
        except Busy:
            if first := instance.running():
                _lead_in(instance, first, campaign, opens=opens, say=say)
                return False
            if time.monotonic() > give_up_at_s:
                raise
        time.sleep(0.05)  # the first one is another process, which has just begun, or ends


def _serve(
    instance: Instance, campaign: Path | None, *, opens: bool, say: Callable[[str], object]
) -> None:
    with contextlib.closing(tcp_socket()) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(128)
        address = Address(port=listening.getsockname()[1], root=f"/{secrets.token_urlsafe(24)}/")
        site = Site(address, instance)
        if campaign is not None:
            site.open(campaign)
        server = _Server(
            uvicorn.Config(
                site.app(),
                log_config=None,
                access_log=False,
                lifespan="off",
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=5,
                http=Connection,
                backlog=ACCEPTED_AT_ONCE,  # by asyncio, before it lets any be closed
            )
        )
        instance.tell(address)
        _lead_in(instance, address, campaign, opens=opens, say=say)
        asyncio.run(_until_it_ends(server, site, listening, opens=opens))


def tcp_socket() -> socket.socket:
    """One whose answers leave at once: asyncio switches Nagle's algorithm off where the protocol
    is named, and else lets the second half of each answer wait 40 ms.
    """
    return socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)


async def _until_it_ends(
    server: uvicorn.Server, site: Site, listening: socket.socket, *, opens: bool
) -> None:
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not serving.done():
        await asyncio.wait([serving], timeout=_LOOKS_EVERY_S)
        unseen_s = time.monotonic() - site.last_seen_s
        if site.ends or (opens and unseen_s > ENDS_UNSEEN_AFTER_S):
            server.should_exit = True
    await serving
    await site.finish()


def _lead_in(
    instance: Instance,
    address: Address,
    campaign: Path | None,
    *,
    opens: bool,
    say: Callable[[str], object],
) -> None:
    token = instance.token(campaign)
    if not opens:
        say(address.start(token))
        return
    folder = folder_of_snap(_default_browser(), Path.home())
    file = instance.start_file(address, token, language.code(), folder)

    def open_browser() -> None:
        if not webbrowser.open(file.as_uri()):
            say(address.start(token))

    # A browser in the terminal would hold up the server that it asks.
    threading.Thread(target=open_browser, daemon=True).start()


def _default_browser() -> str:
    """Its entry in the menu, where the desktop can tell (freedesktop); else ""."""
    if not (tool := shutil.which("xdg-settings")):
        return ""
    try:
        found = subprocess.check_output(  # noqa: S603 - no word of it is a stranger's
            [tool, "get", "default-web-browser"], stderr=subprocess.DEVNULL, text=True, timeout=5
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return found.strip()


class Connection(H11Protocol):
    """One that has asked nothing is closed after a while; of many silent ones the oldest is closed
    at once, so that no number of them keeps others out.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """It begins."""
        super().connection_made(transport)
        self._since_s = self.loop.time()
        self.loop.call_later(SILENT_S, self._end_unless_it_asked)
        silent = [
            each
            for each in self.connections
            if isinstance(each, Connection) and each.is_silent and not each.transport.is_closing()
        ]
        if len(silent) > SILENT_AT_MOST:
            min(silent, key=lambda each: each._since_s).transport.abort()

    @property
    def is_silent(self) -> bool:
        """Whether it has asked nothing yet; uvicorn itself closes those that have."""
        return vars(self)["cycle"] is None  # whatever uvicorn's types say

    def _end_unless_it_asked(self) -> None:
        if self.is_silent:
            self.transport.abort()


class _Server(uvicorn.Server):
    """It ends in order, and by exit code 0, where uvicorn would die of the signal after all."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Ctrl-C, SIGTERM, and the SIGHUP of a session that ends."""
        names = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows has no third
        numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
        before = {number: signal.signal(number, self.handle_exit) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
