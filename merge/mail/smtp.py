"""The post office: the next mail server, and how far each message came with it.

yagmail opens the connection (`merge.mail.connection`); then MAIL, RCPT and DATA are spoken here,
because only whoever speaks them knows at which phase a failure happened, and on that hangs
whether a letter may be sent again. yagmail's own `send` is never called: it sends again by itself
after a silence.

No exception of smtplib, ssl or socket leaves this room: opening raises the errors of
`merge.errors`, and once open, everything is an Outcome.
"""

from __future__ import annotations

import io
import re
import smtplib
import socket
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from merge.errors import AccountPaused, Refused, Trouble
from merge.mail.connection import Secret, Server, connect, hang_up, log_in
from merge.mail.verdict import verdict
from merge.model import Aim, Envelope, Outcome, Parcel, Phase, Status

if TYPE_CHECKING:
    import yagmail

__all__ = ["Offer", "Server", "SmtpPostOffice", "open_post_office"]

QUIT_TIMEOUT_S = 5  # a goodbye is worth no more

# RFC 5321 4.1.2 as far as a command line needs it: one printable ASCII word without brackets.
_SAFE_PATH = re.compile(r"[!-;=?-~]+@[!-;=?-~]+")
_BARE_LINE_ENDING = re.compile(rb"\r(?!\n)|(?<!\r)\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a server offers to whoever has logged in, for `account test`."""

    extensions: tuple[str, ...]  # EHLO keywords, upper case (RFC 5321 4.1.1.1)
    logins: tuple[str, ...]  # AUTH mechanisms (RFC 4954)
    size_limit: int | None  # octets of one message (RFC 1870)
    tls: str  # "TLSv1.3"; "" without


def open_post_office(server: Server, password: str) -> SmtpPostOffice:
    """Connect and log in, unless `password` is "".

    SettingsError `tls-none-not-loopback`, `ca-file-unreadable`; Refused `certificate-untrusted`,
    `tls-failed`, `starttls-not-offered`, `login-not-offered`; AccountPaused `login-refused`;
    Stopped `server-unreachable`, `server-not-ready`. None of them holds the password.
    """
    office = SmtpPostOffice(server, Secret(password))
    del password  # an error from here on must not find it in this frame
    office.connect()
    return office


class SmtpPostOffice:
    """One connection at a time, opened again when it is worn out or lost. Fills `PostOffice`."""

    def __init__(self, server: Server, password: Secret) -> None:
        self._server = server
        self._password = password
        self._connection: yagmail.SMTP | None = None  # kept: it closes the socket when it goes
        self._carried = 0  # messages offered over this connection
        self._waits_for_body = False

    def connect(self) -> None:
        """Open the connection, if it is not open. Raises what `open_post_office` does."""
        if self._connection is None:
            connection = connect(self._server)
            log_in(self._server, connection, self._password)
            self._connection = connection
            self._carried = 0

    @property
    def offers(self) -> Offer:
        """What the server said at the last connection."""
        smtp, sock = self._smtp, self._socket
        features = {name.upper(): value for name, value in smtp.esmtp_features.items()}
        size = features.get("SIZE", "").strip()
        return Offer(
            extensions=tuple(sorted(features)),
            logins=tuple(features.get("AUTH", "").replace("=", " ").split()),
            size_limit=int(size) if size.isdigit() and int(size) else None,
            tls=(sock.version() or "") if isinstance(sock, ssl.SSLSocket) else "",
        )

    def offer(self, envelope: Envelope) -> Outcome | None:
        """MAIL, RCPT, DATA. None: the server said 354 and waits for the body."""
        started = time.monotonic()
        if self._waits_for_body:
            raise RuntimeError("one message at a time: hand over or withdraw the last one first")
        unsafe = _unsafe(envelope)
        if unsafe is not None:
            return unsafe
        reused = self._carried > 0
        outcome = self._ask(envelope, started)
        if reused and _died_in_between(outcome):
            outcome = self._ask(envelope, started)
        return outcome

    def hand_over(self, parcel: Parcel) -> Outcome:
        """The body and the final dot. Whatever goes wrong after its first byte is UNKNOWN.

        The server may have taken the message before it fell silent (RFC 1047), and nobody can
        know from here. Before the first byte the message is DEFERRED: nothing has left.
        """
        started = time.monotonic()
        if not self._waits_for_body:
            raise RuntimeError("offer the envelope first")
        self._waits_for_body = False
        if _BARE_LINE_ENDING.search(parcel.data) or not parcel.data.endswith(b"\r\n"):
            # A lone LF is how one message is smuggled into another: such a body never leaves.
            self._drop()
            return _lost(Phase.DATA, Aim.ACCOUNT, "body-not-crlf", started)
        early = self._said_early(started)
        if early is not None:
            self._drop()
            return early
        smtp = self._smtp
        try:
            smtp.send(_dot_stuffed(parcel.data) + b".\r\n")
            self._socket.settimeout(self._server.final_reply_timeout_s)
            code, reply = smtp.getreply()
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            return Outcome(
                status=Status.UNKNOWN,
                phase=Phase.BODY,
                aim=Aim.CONNECTION,
                words=_silence(error),
                duration_ms=_ms_since(started),
            )
        outcome = verdict(Phase.BODY, code, reply, duration_ms=_ms_since(started))
        with suppress(OSError):  # the verdict stands, whatever becomes of the line
            self._socket.settimeout(self._server.timeout_s)
        if outcome.aim is Aim.CONNECTION or code == 421:
            self._drop()
        elif self._carried >= self._server.messages_per_connection:
            self.close()
        return outcome

    def withdraw(self) -> None:
        """Give up an offer that was taken: hang up without the final dot.

        There is no command for it: once 354 is said, everything is body. RFC 5321 4.1.1.10 has
        the server drop a transaction whose connection is lost.
        """
        self._waits_for_body = False
        self._drop()

    def close(self) -> None:
        """QUIT; never raises. The next offer connects again."""
        if self._connection is not None and not self._waits_for_body:
            with suppress(smtplib.SMTPException, OSError):
                self._socket.settimeout(QUIT_TIMEOUT_S)
                self._smtp.quit()
        self._waits_for_body = False
        self._drop()

    @property
    def _smtp(self) -> smtplib.SMTP:
        if self._connection is None:
            raise RuntimeError("not connected")
        smtp: smtplib.SMTP = self._connection.smtp
        return smtp

    @property
    def _socket(self) -> socket.socket:
        sock = self._smtp.sock
        if sock is None:
            raise OSError("the connection is closed")
        return sock

    @property
    def _reader(self) -> io.BufferedReader:
        reader = self._smtp.file
        if not isinstance(reader, io.BufferedReader):
            raise OSError("the connection is closed")
        return reader

    def _ask(self, envelope: Envelope, started: float) -> Outcome | None:
        try:
            self.connect()
        except Trouble as trouble:
            return _cannot_reconnect(trouble, started)
        self._carried += 1
        for phase, command, hoped_for in (
            (Phase.MAIL, f"MAIL FROM:<{envelope.sender}>", (250,)),
            (Phase.RCPT, f"RCPT TO:<{envelope.recipient}>", (250, 251)),
            (Phase.DATA, "DATA", (354,)),
        ):
            try:
                code, reply = self._smtp.docmd(command)
            except (smtplib.SMTPException, OSError) as error:
                self._drop()
                return _lost(phase, Aim.CONNECTION, _silence(error), started)
            if code not in hoped_for:
                outcome = verdict(phase, code, reply, duration_ms=_ms_since(started))
                self._clear_up_after(outcome)
                return outcome
        self._waits_for_body = True
        return None

    def _clear_up_after(self, refusal: Outcome) -> None:
        """Ready for the next MAIL: a refused RCPT or DATA leaves its transaction open."""
        if refusal.aim is Aim.CONNECTION or refusal.code == 421:
            self._drop()
        elif refusal.phase is not Phase.MAIL:
            try:
                code, _ = self._smtp.rset()
            except (smtplib.SMTPException, OSError):
                code = 0
            if code != 250:
                self._drop()

    def _said_early(self, started: float) -> Outcome | None:
        """What came, or broke, between 354 and now: a commit to disk takes its time.

        Seen before the first byte of the body, it leaves no doubt about the message.
        """
        sock = self._socket
        try:
            sock.settimeout(0)
            # smtplib's reader may have taken it in together with the 354; unseen there, it would
            # be taken for the reply to the body.
            said = self._reader.peek() or sock.recv(1024)
        except (BlockingIOError, ssl.SSLWantReadError):
            return None
        except OSError:
            said = b""
        finally:
            with suppress(OSError):
                sock.settimeout(self._server.timeout_s)
        code = said[:3]
        if not code.isdigit():
            return _lost(Phase.DATA, Aim.CONNECTION, "connection-lost", started)
        return verdict(Phase.DATA, int(code), said[4:], duration_ms=_ms_since(started))

    def _drop(self) -> None:
        if self._connection is not None:
            hang_up(self._connection)
            self._connection = None


def _unsafe(envelope: Envelope) -> Outcome | None:
    """The last door: the composer refuses such addresses before the intent is written."""
    if not _SAFE_PATH.fullmatch(envelope.sender):
        return Outcome(
            status=Status.DEFERRED, phase=Phase.MAIL, aim=Aim.ACCOUNT, words="address-malformed"
        )
    if not _SAFE_PATH.fullmatch(envelope.recipient):
        ascii_only = envelope.recipient.isascii()
        return Outcome(
            status=Status.FAILED,
            phase=Phase.RCPT,
            words="address-malformed" if ascii_only else "address-needs-smtputf8",
        )
    return None


def _died_in_between(outcome: Outcome | None) -> bool:
    """Whether the connection was over before this message: nothing of it was taken."""
    return outcome is not None and outcome.phase is Phase.MAIL and outcome.aim is Aim.CONNECTION


def _cannot_reconnect(trouble: Trouble, started: float) -> Outcome:
    """What would stop a command at its start is, in mid-campaign, one message that waits."""
    aim = Aim.ACCOUNT if isinstance(trouble, (AccountPaused, Refused)) else Aim.CONNECTION
    phase = Phase.LOGIN if isinstance(trouble, AccountPaused) else Phase.CONNECT
    reply = trouble.facts.get("reply")
    return Outcome(
        status=Status.DEFERRED,
        phase=phase,
        aim=aim,
        code=reply if isinstance(reply, int) else None,
        words=str(trouble.facts.get("words") or trouble.code),
        duration_ms=_ms_since(started),
    )


def _lost(phase: Phase, aim: Aim, words: str, started: float) -> Outcome:
    return Outcome(
        status=Status.DEFERRED,
        phase=phase,
        aim=aim,
        words=words,
        duration_ms=_ms_since(started),
    )


def _silence(error: Exception) -> str:
    return "no-reply-in-time" if "timed out" in str(error) else "connection-lost"


def _dot_stuffed(data: bytes) -> bytes:
    """RFC 5321 4.5.2. `data` has CRLF line endings only."""
    stuffed = data.replace(b"\r\n.", b"\r\n..")
    return b"." + stuffed if stuffed.startswith(b".") else stuffed


def _ms_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
