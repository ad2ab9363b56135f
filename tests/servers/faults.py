"""A mail server that answers as it is told: by verb, and by address where the answer hangs on it.

A script is `VERB: reply`, `VERB name: reply` for the letter to `name@`, or `VERB 2: reply` for
the second time that the verb comes. The verbs are CONNECT (the greeting), EHLO, HELO, AUTH, MAIL,
RCPT, DATA, BODY (its first line has come), DOT (all of it has) and RSET; MAIL's name is the
sender's. A reply is what the server says, or some of these, joined by " + " in one write:

    hang up         close the connection            silence     say nothing until the client leaves
    endless 220     a line of a reply, for ever     drip 220    one, again and again, slowly
    once …          the first time only

421 closes the connection by itself. Without a script the address picks the failure: see NAMED.
What the server took stands in `accepted`: of a message after whose dot it was silent, too.
"""

from __future__ import annotations

import io
import re
import socket
import socketserver
import ssl
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from typing import ClassVar

HOST = "127.0.0.1"
DRIP_S = 0.02  # a second, in life

NAMED = {
    "RCPT 550": "550 5.1.1 User unknown",
    "RCPT 552": "552 5.2.2 Mailbox full",
    "RCPT 554": "554 5.6.0 We do not want this",
    "RCPT 450": "450 4.2.0 Mailbox busy",
    "RCPT gone": "550 5.1.1 User unknown + hang up",
    "RCPT grey": "once 450 4.2.0 Greylisted, come back later",
    "RCPT multiline": "550-5.1.1 User unknown + 550 5.1.1 in this house",
    "RCPT drop": "hang up",
    "RCPT slow": "silence",
    "RCPT closing": "421 4.3.2 Service shutting down",
    "DOT 450-body": "450 4.2.0 Mailbox busy",
    "DOT 550-body": "550 5.1.1 User unknown",
    "DOT quota": "550 5.4.5 Daily user sending limit exceeded",
    "DOT drop-after-dot": "hang up",
    "DOT slow-body": "silence",
}


class _HangUpError(Exception):
    """The server closes the connection here."""


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """One message that the server took upon itself."""

    sender: str
    recipient: str
    data: bytes

    @property
    def message_id(self) -> str:
        return str(message_from_bytes(self.data)["Message-ID"])


@dataclass(kw_only=True)
class FaultServer:
    """What the server is and took. Once `is_cured` nothing fails any more."""

    script: Mapping[str, str] = field(default_factory=lambda: NAMED)
    reason: str = ""  # said in base64 before a refused login, and answered (RFC 7628 3.2.2)
    refuse_login: str = ""  # the reply to AUTH
    hello: str = ""  # the reply to EHLO, if it is another than what it offers
    logins: str = "PLAIN LOGIN"
    greeting: str = "220 faults.example.org ESMTP"
    offers: tuple[str, ...] = ("SIZE 1000000",)
    forgets: bool = False  # what is behind a command in the same write, a body's too
    context: ssl.SSLContext | None = None  # implicit TLS
    is_cured: bool = False
    port: int = 0
    accepted: list[Accepted] = field(default_factory=list)
    offered: list[str] = field(default_factory=list)  # every RCPT's address, in order
    commands: list[str] = field(default_factory=list)  # as they came, verbs in upper case
    connections: int = 0
    came: Counter[str] = field(default_factory=Counter)  # each verb, and each with its name
    hung_up: threading.Event = field(default_factory=threading.Event)  # a connection has ended
    is_over: threading.Event = field(default_factory=threading.Event)

    def reply_to(self, verb: str, name: str, otherwise: str) -> str:
        """What the script says to this verb, now and for this name."""
        self.came.update({verb, f"{verb} {name}"})
        if self.is_cured:
            return otherwise
        for key in (f"{verb} {name}", f"{verb} {self.came[verb]}", verb):
            reply = self.script.get(key, "")
            is_once = reply.startswith("once ")
            if reply and not (is_once and self.came[key] > 1):
                return reply.removeprefix("once ")
        return otherwise

    @contextmanager
    def running(self) -> Iterator[FaultServer]:
        """Serve from threads until the block ends."""
        handler = type("Talk", (_Talk,), {"faults": self})
        with socketserver.ThreadingTCPServer((HOST, 0), handler) as server:
            server.daemon_threads = True
            self.port = server.server_address[1]
            thread = threading.Thread(target=server.serve_forever, args=(0.01,), name="faults")
            thread.start()
            try:
                yield self
            finally:
                self.is_over.set()
                server.shutdown()
                thread.join()


class _Forgetful(io.BytesIO):
    """Reads a connection, and can forget what came and was not read yet."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__()
        self._connection = connection
        self._come = b""

    def readline(self, size: int | None = -1, /) -> bytes:
        while b"\n" not in self._come and (more := self._connection.recv(1 << 20)):
            self._come += more
        line, end, self._come = self._come.partition(b"\n")
        return line + end

    def forget(self) -> None:
        self._come = b""


class _Talk(socketserver.StreamRequestHandler):
    """One connection."""

    faults: ClassVar[FaultServer]

    def setup(self) -> None:
        if self.faults.context is not None:
            self.request = self.faults.context.wrap_socket(self.request, server_side=True)
        super().setup()
        if self.faults.forgets:
            self.rfile = _Forgetful(self.connection)

    def handle(self) -> None:
        self.faults.connections += 1
        self.sender = self.recipient = ""
        self.has_recipient = self.is_open = False
        try:
            self.answer("CONNECT", "", self.faults.greeting)
            while line := self.rfile.readline():
                self.obey(line.strip())
        except (_HangUpError, ConnectionError):
            return

    def finish(self) -> None:
        super().finish()
        with suppress(OSError):  # the client was quicker
            self.connection.shutdown(socket.SHUT_WR)
        if self.faults.context is not None:
            self.connection.close()  # the server itself closes what it has accepted, and no more
        self.faults.hung_up.set()

    def obey(self, line: bytes) -> None:
        verb = line[:4].upper().decode("latin-1")
        self.faults.commands.append(verb + line[4:].decode("latin-1"))
        address = found[1].decode("latin-1") if (found := re.search(rb"<([^>]*)>", line)) else ""
        if verb == "EHLO":
            self.answer(verb, "", self.faults.hello or self.offer())
        elif verb == "AUTH":
            self.log_in(line[5:])
        elif verb == "MAIL" and self.is_open:
            self.say("503 5.5.1 Nested MAIL command")  # as Postfix has it
        elif verb == "MAIL":
            self.sender = address
            self.is_open = self.answer(verb, _local(address), "250 2.1.0 OK").startswith("250")
        elif verb == "RCPT":
            self.recipient = address
            self.faults.offered.append(address)
            said = self.answer(verb, _local(address), "250 2.1.5 OK")
            self.has_recipient = said.startswith("25")
        elif verb == "DATA":
            # RFC 2920 3.1 allows 354 as well, where no recipient is valid.
            otherwise = "354 Go ahead" if self.has_recipient else "503 5.5.1 No valid recipients"
            if "354 " in self.answer(verb, _local(self.recipient), otherwise):
                self.take_body(_local(self.recipient))
        elif verb == "QUIT":
            self.say("221 2.0.0 Bye + hang up")
        else:
            self.is_open = self.is_open and verb != "RSET"
            self.answer(verb, "", "250 2.0.0 OK")

    def offer(self) -> str:
        lines = ("faults.example.org", *self.faults.offers, f"AUTH {self.faults.logins}")
        return " + ".join([*(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}"])

    def log_in(self, answer: bytes) -> None:
        otherwise = "" if self.faults.is_cured else self.faults.refuse_login
        refusal = self.faults.reply_to("AUTH", "", otherwise)
        if answer == b"LOGIN":
            for question in ("334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6"):
                self.say(question)
                answer = self.rfile.readline().strip()
                self.faults.commands.append(answer.decode("latin-1"))
        if answer in (b"OAUTHBEARER", b"XOAUTH2"):  # the token is too long for one line with it
            self.say("334 ")
            answer = self.rfile.readline().strip()
        if refusal and self.faults.reason:
            self.say(f"334 {self.faults.reason}")
            self.faults.commands.append(self.rfile.readline().strip().decode("latin-1"))
        # A careless server, which says what it was told, password and all.
        echo = f" {answer.decode('latin-1')}" if refusal[:1] in "45" else ""
        self.say(f"{refusal}{echo}" if refusal else "235 2.7.0 Welcome")

    def take_body(self, name: str) -> None:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                self.faults.came["half a body"] += bool(lines)
                raise _HangUpError
            if not lines and (said := self.faults.reply_to("BODY", name, "")):
                self.say(said)
            lines.append(line.removeprefix(b"."))
        self.is_open = False
        if not (self.has_recipient or lines):
            self.say("554 5.5.1 No valid recipients")
            return
        reply = self.faults.reply_to("DOT", name, "250 2.0.0 OK: queued")
        if reply.startswith("2") or reply in ("hang up", "silence"):
            self.faults.accepted.append(
                Accepted(sender=self.sender, recipient=self.recipient, data=b"".join(lines))
            )
        self.say(reply)

    def answer(self, verb: str, name: str, otherwise: str) -> str:
        """Say what the script has to this, and return it."""
        reply = self.faults.reply_to(verb, name, otherwise)
        self.say(reply)
        return reply

    def say(self, reply: str) -> None:
        if isinstance(self.rfile, _Forgetful):
            self.rfile.forget()
        *words, last = reply.split(" + ")
        is_end = last in ("hang up", "silence")
        words += [] if is_end else [last]
        how, _, code = last.partition(" ")
        if how in ("endless", "drip"):
            self.go_on_for_ever(how, code)
        self.wfile.write("".join(f"{line}\r\n" for line in words).encode("latin-1"))
        if last == "silence":
            self.rfile.read()  # until the client gives up
        if is_end or last.startswith("421"):
            raise _HangUpError

    def go_on_for_ever(self, how: str, code: str) -> None:
        line = f"{code[:3]}-and on\r\n".encode()
        while how == "endless":  # until the client hangs up
            self.wfile.write(line * 1000)
        while not self.faults.is_over.wait(DRIP_S):
            self.wfile.write(line)
        raise _HangUpError


def _local(address: str) -> str:
    return address.partition("@")[0]
