"""A real mail server on loopback that keeps every message as a file and passes none on.

`make demo` runs it as `python -m tests.servers.capture DIR --port-file FILE`; tests start it in
their own process. It speaks TLS with a certificate of its own authority, whose public half it
writes to DIR/ca.pem, and takes mail only after a login.
"""

from __future__ import annotations

import argparse
import asyncio
import hmac
import logging
import signal
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.servers.certificates import Authority
from tests.servers.ports import PATIENCE_S

HOST = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class Captured:
    """One message as it came over the wire, without its dot-stuffing."""

    sender: str
    recipients: tuple[str, ...]
    data: bytes


@dataclass(kw_only=True)
class CaptureServer:
    """What one server is and took. `logins` counts the sessions that logged in."""

    folder: Path
    authority: Authority
    tls: Literal["implicit", "starttls"] = "implicit"
    password: str = "secret"
    expired: bool = False
    port: int = 0
    messages: list[Captured] = field(default_factory=list)
    logins: int = 0
    _arrival: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, n: int, timeout_s: float = PATIENCE_S) -> bool:
        """Whether `n` messages have come within so many seconds; returns as soon as they have."""
        with self._arrival:
            return self._arrival.wait_for(lambda: len(self.messages) >= n, timeout_s)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Listen on `port`, a free one when it is 0; at the end cut off who is still connected."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(_tell_unless_hung_up)
        context = self.authority.server_context(expired=self.expired)
        implicit = self.tls == "implicit"

        sessions = list[SMTP]()

        def speak() -> SMTP:
            smtp = SMTP(
                self,
                hostname="localhost",
                authenticator=self._authenticate,
                # aiosmtpd knows of TLS only where STARTTLS began it.
                auth_require_tls=not implicit,
                tls_context=None if implicit else context,
                require_starttls=not implicit,
                loop=loop,
            )
            sessions.append(smtp)
            return smtp

        server = await loop.create_server(
            speak, HOST, self.port, ssl=context if implicit else None, backlog=64
        )
        self.port = server.sockets[0].getsockname()[1]
        try:
            async with server:
                yield
        finally:
            for smtp in sessions:
                if isinstance(smtp.transport, asyncio.WriteTransport):
                    smtp.transport.abort()
            await asyncio.sleep(0)  # it closes in the loop's next turn

    @contextmanager
    def running(self) -> Iterator[CaptureServer]:
        """Serve from a thread of this process until the block ends."""
        started, stop = threading.Event(), asyncio.Event()
        loops: list[asyncio.AbstractEventLoop] = []

        async def serve() -> None:
            loops.append(asyncio.get_running_loop())
            async with self.listening():
                started.set()
                await stop.wait()

        thread = threading.Thread(target=lambda: asyncio.run(serve()), name="capture", daemon=True)
        thread.start()
        assert started.wait(PATIENCE_S), "the capture server did not start"
        try:
            yield self
        finally:
            loops[0].call_soon_threadsafe(stop.set)
            thread.join()

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Like a provider: nobody sends without a login (RFC 4954 6)."""
        if not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep it, then say so."""
        data = envelope.content
        assert isinstance(data, bytes)
        with self._arrival:
            self.messages.append(
                Captured(
                    sender=envelope.mail_from or "", recipients=tuple(envelope.rcpt_tos), data=data
                )
            )
            self._arrival.notify_all()
        number = len(self.messages)
        while (path := self.folder / f"{number:05}.eml").exists():  # of an earlier run
            number += 1
        path.write_bytes(data)
        return f"250 2.0.0 OK: kept as {path.name}"

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        right = isinstance(data, LoginPassword) and hmac.compare_digest(
            data.password, self.password.encode()
        )
        self.logins += right
        return AuthResult(success=right, handled=right)


def _tell_unless_hung_up(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A client that is gone before the end is no news, and the demo shows what is said here."""
    if not isinstance(context.get("exception"), ConnectionResetError):
        loop.default_exception_handler(context)


async def _serve_until_told(server: CaptureServer, port_file: Path) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    async with server.listening():
        beside = port_file.with_name(port_file.name + ".partial")
        beside.write_text(f"{server.port}\n", encoding="ascii")
        beside.replace(port_file)  # whoever waits for the file finds it whole
        try:
            await stop.wait()
        finally:
            port_file.unlink(missing_ok=True)  # a port that nobody listens on is a lie


def main(arguments: list[str]) -> None:
    """Serve until SIGTERM or Ctrl-C. The messages and ca.pem stay in DIR, nothing else."""
    parser = argparse.ArgumentParser(prog="python -m tests.servers.capture", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR", help="where the messages are kept")
    parser.add_argument("--port-file", type=Path, required=True, help="where to say the port")
    parser.add_argument("--port", type=int, default=0, help="a free one unless given")
    parser.add_argument("--password", default="secret", help="what any login is let in with")
    chosen = parser.parse_args(arguments)
    chosen.folder.mkdir(parents=True, exist_ok=True)
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd warns of its own workings
    server = CaptureServer(
        folder=chosen.folder,
        authority=Authority.in_folder(chosen.folder),
        password=chosen.password,
        port=chosen.port,
    )
    asyncio.run(_serve_until_told(server, chosen.port_file))


if __name__ == "__main__":
    main(sys.argv[1:])
