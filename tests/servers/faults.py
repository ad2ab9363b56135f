"""A mail server that fails on purpose: the address picks the failure.

    550@            450@            421@             that reply to RCPT
    550-data@       450-body@       …                the same to DATA, to the final dot
    drop-before-data@                                hangs up instead of 354
    drop-after-354@                                  says 354, then hangs up before any body
    drop-in-data@                                    hangs up after the first line of the body
    drop-after-dot@                                  takes the message, then says nothing
    closing-after-354@                               says 354, then 421, and hangs up
    hasty@                                           354 and 250 in one go, and waits
    gone@                                            550 to RCPT, then hangs up
    garbage@        garbage-data@   garbage-body@    a reply that is no SMTP
    slow@           slow-data@      slow-body@       never answers
    grey@                                            450 the first time, then 250
    eager@                                           550 to RCPT, and 354 to DATA all the same
    multiline@      multiline-body@                  550 to RCPT, 250 to the dot, on two lines
    mixed@  mixed-data@  mixed-body@                 a reply of two codes: 550-… and then another
    closing@        421 4.3.2: this connection is over, a fresh one may do
    poison@         554 5.7.1 to the final dot: of all, this letter alone is refused
    quota@  spam-ofr@  sender@                       refusals that are not about the recipient
    mailbox-ofr@                                     one of Orange's that is
    anything else@                                   250

A greeting, a `hello` or a `refuse_login` that is `endless 220` (or 250, 535…) goes on and on as
fast as it can, `drip 220` a line at a time for ever.

As the sender's address the same names act at MAIL: `550@` there refuses the sender. What the
server took, it counts in `accepted`: a message after whose final dot the line dropped, too.
"""

from __future__ import annotations

import io
import re
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from typing import ClassVar

HOST = "127.0.0.1"
DRIP_S = 0.02  # a second, in life

_NUMBERED = re.compile(r"(?P<code>[45]\d\d)(?:-(?P<phase>rcpt|data|body))?")

_REPLIES = {
    "421": "4.7.0 Too many messages, come back later",
    "450": "4.2.0 Mailbox busy",
    "451": "4.3.0 Local error",
    "452": "4.3.1 Out of storage",
    "550": "5.1.1 User unknown",
    "552": "5.2.2 Mailbox full",
    "554": "5.6.0 We do not want this",
}
_NAMED = {
    "hasty": ("data", "354 Go ahead\r\n250 2.0.0 OK: queued already"),
    "gone": ("rcpt", "550 5.1.1 User unknown"),
    "closing": ("rcpt", "421 4.3.2 Service shutting down"),
    "quota": ("body", "550 5.4.5 Daily user sending limit exceeded"),
    "spam-ofr": ("body", "550 5.2.0 Mail rejete. Mail rejected. OFR_506 [506]"),
    "poison": ("body", "554 5.7.1 Content rejected"),
    "sender": ("rcpt", "553 5.7.1 Sender address rejected: not owned by user"),
    "mailbox-ofr": ("rcpt", "550 5.2.0 Adresse invalide. Invalid recipient. OFR_416 [416]"),
    "garbage": ("rcpt", "garbage, no reply"),
    "garbage-data": ("data", "garbage, no reply"),
    "garbage-body": ("body", "garbage, no reply"),
    "eager": ("rcpt", "550 5.1.1 User unknown"),
    "multiline": ("rcpt", "550-5.1.1 User unknown\r\n550 5.1.1 in this house"),
    "mixed": ("rcpt", "550-5.1.1 User unknown\r\n250 2.1.5 OK"),
    "mixed-data": ("data", "550-5.7.1 We do not want this\r\n354 Go ahead"),
    "mixed-body": ("body", "550-5.7.1 We do not want this\r\n250 2.0.0 OK: queued"),
    "multiline-body": ("body", "250-2.0.0 OK:\r\n250 2.0.0 queued"),
}
_HANGS_UP = {
    "drop": "rcpt",
    "drop-before-data": "data",
    "drop-after-354": "after-354",
    "drop-in-data": "in-body",
    "drop-after-dot": "body",
}
_SILENT = {"slow": "rcpt", "slow-data": "data", "slow-body": "body"}


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
    """What the server is and took.

    `refuse_login` is its reply to any AUTH: "" lets in, "drop" hangs up, "slow" never answers.
    Once `is_cured` nothing fails any more.
    """

    refuse_login: str = ""
    reason: str = ""  # said in base64 before a refusal, and answered (RFC 7628 3.2.2)
    logs_out: list[str] = field(default_factory=list)  # at which steps, one after another: 530
    lets_in_until: int | None = None  # so many letters are accepted; then 535 to any AUTH
    hello: str = ""  # its reply to EHLO, if it is another than what it offers
    helo: str = "250 2.0.0 OK"  # "drop" hangs up
    is_cured: bool = False
    logins: str = "PLAIN LOGIN"
    greeting: str = "220 faults.example.org ESMTP"  # "" never greets
    messages_per_connection: int | None = None  # then 421 4.4.2 and away, as an idle server does
    leaves_after: int | None = None  # so many messages, without a word
    most_connections: int | None = None  # then 421 4.7.0 instead of a greeting
    pipelining: bool = False  # RFC 2920
    context: ssl.SSLContext | None = None  # implicit TLS
    port: int = 0
    accepted: list[Accepted] = field(default_factory=list)
    offered: list[str] = field(default_factory=list)  # every RCPT's address, in order
    connections: int = 0
    hung_up: threading.Event = field(default_factory=threading.Event)  # a connection has ended
    commands: list[str] = field(default_factory=list)  # as they came, verbs in upper case
    forgets: bool = False  # what is behind a command in the same write, a body's too
    size: str = "1000000"  # RFC 1870; "" does not say
    is_over: threading.Event = field(default_factory=threading.Event)

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
        limit = self.faults.most_connections
        is_one_too_many = limit is not None and self.faults.connections > limit
        self.sender = self.recipient = ""
        self.has_recipient = False
        self.taken = 0
        try:
            if is_one_too_many:
                self.say("421 4.7.0 Too many connections from you")
            if self.faults.greeting == "drop":
                raise _HangUpError
            if self.faults.greeting:
                self.say(self.faults.greeting)
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
        verb = line[:4].upper()
        self.faults.commands.append((verb + line[4:]).decode("latin-1"))
        if verb == b"EHLO" and self.faults.hello and not self.faults.is_cured:
            self.say(self.faults.hello)
        elif verb == b"EHLO":
            offers = [
                f"SIZE {self.faults.size}".strip(),
                *(["PIPELINING"] if self.faults.pipelining else []),
            ]
            lines = [f"250-{line}\r\n" for line in ("faults.example.org", *offers)]
            self.say(f"{''.join(lines)}250 AUTH {self.faults.logins}")
        elif verb == b"HELO":
            if self.faults.helo == "drop":
                raise _HangUpError
            self.say(self.faults.helo)
        elif verb == b"AUTH":
            self.log_in(line[5:])
        elif self.is_logged_out(verb.decode("latin-1")):
            pass
        elif verb == b"MAIL":
            self.begin(_local(_address(line)))
        elif verb == b"RCPT":
            self.recipient = _address(line)
            self.faults.offered.append(self.recipient)
            self.say(self.fate(_local(self.recipient), "rcpt", "250 2.1.5 OK"))
            self.has_recipient = self.said.startswith("250")
            if _local(self.recipient) == "gone" and not self.faults.is_cured:
                raise _HangUpError
        elif verb == b"DATA" and not (self.has_recipient or _local(self.recipient) == "eager"):
            self.say("503 5.5.1 No valid recipients")  # RFC 2920 3.1 allows 354 as well
        elif verb == b"DATA":
            self.say(self.fate(_local(self.recipient), "data", "354 Go ahead"))
            self.take_body(_local(self.recipient))
        elif verb == b"QUIT":
            self.say("221 2.0.0 Bye")
            raise _HangUpError
        else:
            self.say("250 2.0.0 OK")

    def log_in(self, answer: bytes) -> None:
        refusal = "" if self.faults.is_cured else self.faults.refuse_login
        until = self.faults.lets_in_until
        if until is not None and len(self.faults.accepted) >= until and not self.faults.is_cured:
            refusal = "535 5.7.8 Too many letters today"
        if refusal == "drop":
            raise _HangUpError
        if refusal == "slow":
            self.rfile.read()  # until the client gives up
            raise _HangUpError
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
        self.say(f"{refusal} {answer.decode('latin-1')}" if refusal else "235 2.7.0 Welcome")

    def is_logged_out(self, step: str) -> bool:
        """Whether it is this step's turn; then the client has been told."""
        if self.faults.logs_out[:1] != [step]:
            return False
        self.faults.logs_out.pop(0)
        self.has_recipient = False
        self.say("530 5.7.57 Client not authenticated to send mail")
        return True

    def begin(self, sender: str) -> None:
        limit = self.faults.messages_per_connection
        if limit is not None and self.taken >= limit:
            self.say("421 4.4.2 Enough for one connection")
        self.sender = sender
        # The sender's name picks what fails here, as the recipient's does later.
        self.say(self.fate(sender, "rcpt", "250 2.1.0 OK"))

    def take_body(self, name: str) -> None:
        if not self.said.startswith("354"):
            return
        if self.faults.is_cured:
            name = ""
        if name == "hasty":
            self.rfile.readline()
            raise _HangUpError
        if name == "closing-after-354":
            self.say("421 4.3.2 Service shutting down")
        if _HANGS_UP.get(name) == "after-354":
            raise _HangUpError
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line or _HANGS_UP.get(name) == "in-body":
                raise _HangUpError
            lines.append(line.removeprefix(b"."))
        if not (self.has_recipient or lines):
            self.say("554 5.5.1 No valid recipients")
            return
        reply = "250 2.0.0 OK: queued"
        if self.is_logged_out("BODY"):
            return
        if self.promise(name, "body", reply).startswith("250"):
            self.taken += 1
            self.faults.accepted.append(
                Accepted(sender=self.sender, recipient=self.recipient, data=b"".join(lines))
            )
        self.say(self.fate(name, "body", reply))
        if self.taken == self.faults.leaves_after:
            raise _HangUpError

    def fate(self, name: str, phase: str, otherwise: str) -> str:
        if self.faults.is_cured:
            return otherwise
        if _HANGS_UP.get(name) == phase:
            raise _HangUpError
        if _SILENT.get(name) == phase:
            self.rfile.read()  # until the client gives up
            raise _HangUpError
        return self.promise(name, phase, otherwise)

    def promise(self, name: str, phase: str, otherwise: str) -> str:
        if self.faults.is_cured:
            return otherwise
        if name == "grey" and phase == "rcpt" and self.faults.offered.count(self.recipient) == 1:
            return "450 4.2.0 Greylisted, come back later"
        numbered = _NUMBERED.fullmatch(name)
        if numbered and (numbered["phase"] or "rcpt") == phase:
            return f"{numbered['code']} {_REPLIES[numbered['code']]}"
        at, reply = _NAMED.get(name, ("", ""))
        return reply if at == phase else otherwise

    def say(self, reply: str) -> None:
        self.said = reply
        if isinstance(self.rfile, _Forgetful):
            self.rfile.forget()
        how, _, code = reply.partition(" ")
        if how == "endless":
            while True:  # until the client hangs up
                self.wfile.write(f"{code[:3]}-and on\r\n".encode() * 1000)
        if how == "drip":
            while not self.faults.is_over.wait(DRIP_S):
                self.wfile.write(f"{code[:3]}-and on\r\n".encode())
            raise _HangUpError
        self.wfile.write(reply.encode("latin-1") + b"\r\n")
        if reply.startswith("421"):
            raise _HangUpError


def _address(line: bytes) -> str:
    found = re.search(rb"<([^>]*)>", line)
    return found[1].decode("latin-1") if found else ""


def _local(address: str) -> str:
    return address.partition("@")[0]
