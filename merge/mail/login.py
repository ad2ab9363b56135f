"""Connect to a mail server and log in; the door to yagmail.

yagmail opens the connection and logs in. Its `send()` is not used: it logs in again for each
message; when the line drops behind the final dot it sends again in silence (three copies, and it
returns False); it attaches a file where the text of a letter is a path; its Message-ID is the same
for a letter and its reminder. `merge.mail.smtp` says MAIL, RCPT and DATA itself, for whether a
letter may be sent again depends on the step at which a connection broke.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from base64 import b64decode
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any

from merge.mail.patience import Patience, connected
from merge.mail.reply import LONGEST_LINE, NO_REPLY, code_of, goes_on, words_of
from merge.mail.transport import (
    AFTER_A_NO,
    BEARER_WAYS,
    Secret,
    Tls,
    base64_of,
    loopback_address,
    trust,
)

if TYPE_CHECKING:
    import yagmail

# RFC 5321 4.1.3. A person's machine has no name that a server could look up, and the one it has
# ("MacBook-de-Jeanne") is nobody's business; finding it can take seconds, too.
OUR_NAME = "[127.0.0.1]"

LONGEST_COMMAND = 500  # octets of one line, with AUTH (RFC 5321 4.5.3.1.4)


def client(
    *,
    host: str,
    port: int,
    tls: Tls,
    ca_pem: str | None,
    from_address: str,
    login: str,
    password: Secret,
    patience: Patience,
) -> yagmail.SMTP:
    """A client whose `login()` connects and, unless `password` is "", logs in.

    SettingsError: "ca-file-unreadable", "tls-none-outside-loopback".
    """
    how: dict[str, Any]
    if tls == "implicit":
        how = {"smtp_ssl": True, "context": trust(ca_pem)}
    elif tls == "starttls":
        how = {"smtp_ssl": False, "smtp_starttls": {"context": trust(ca_pem)}}
    else:
        how = {"smtp_ssl": False, "smtp_starttls": False}
        host = loopback_address(host, port)
    return _client_class()(
        user={login: from_address},  # a login by itself would become login@gmail.com
        password=password,
        host=host,
        port=port,
        smtp_skip_login=not password,
        soft_email_validation=False,  # the login's name may be none
        patience=patience,
        local_hostname=OUR_NAME,
        **how,
    )


@cache
def _client_class() -> Any:
    """yagmail's, over connections that wait only so long."""
    import yagmail

    class SmtpClient(yagmail.SMTP):  # type: ignore[misc] # the library has no types
        connection = PatientSmtp

    return SmtpClient


class PatientSmtp(smtplib.SMTP):
    """smtplib's, which listens only as long as `patience` does, and takes a reply for what it is.

    `context` is that of implicit TLS.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        patience: Patience,
        local_hostname: str,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.patience = patience
        self.refusal: tuple[int, bytes] | None = None  # of EHLO
        self.login_reply: tuple[int, bytes] | None = None  # None: no AUTH of a kind that we know
        self.secret = Secret("")  # that logged in
        self._context = context
        self._to = host, port
        super().__init__(host, port, local_hostname)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        found = connected(host, port, self.patience)
        found.settimeout(self.patience.next_read_s())  # the whole of the handshake
        return self._context.wrap_socket(found, server_hostname=host) if self._context else found

    def ehlo(self, name: str = "") -> tuple[int, bytes]:
        """As smtplib's; a refusal is kept, for HELO may bring no better words. "Not now" is one."""
        code, words = super().ehlo(name)
        if 400 <= code <= 499:
            raise smtplib.SMTPHeloError(code, words)
        self.refusal = None if 200 <= code <= 299 else (code, words)
        return code, words

    def login(
        self, user: str, password: Any, *, initial_response_ok: bool = True
    ) -> tuple[int, bytes]:
        """AUTH (RFC 4954) by PLAIN, else LOGIN, once; `login_reply` keeps what came of it. With an
        access token by OAUTHBEARER, else XOAUTH2.

        `password` is a `Secret`, which yagmail hands on as it is. smtplib's own tries each
        mechanism in turn, and three refusals lock some mailboxes; it also knows ASCII only, and
        its UnicodeEncodeError carries the password. No refusal is raised: this frame holds the
        server's reply, which may echo the password.
        """
        self.ehlo_or_helo_if_needed()
        offered = self.esmtp_features.get("auth", "").upper().split()
        reply = NO_REPLY, b""
        self.secret = password
        if password.is_token:
            way = next((each for each in BEARER_WAYS if each in offered), "")
            if not way:
                return reply
            reply = self._show(
                way, password.said(way, login=user, host=self._to[0], port=self._to[1])
            )
        elif "PLAIN" in offered:  # RFC 4616: UTF-8
            reply = self.docmd("AUTH", "PLAIN " + base64_of(f"\0{user}\0{password.reveal()}"))
        elif "LOGIN" in offered:
            reply = self.docmd("AUTH", "LOGIN")
            for answer in (user, password.reveal()):
                if reply[0] == 334:
                    reply = self.docmd(base64_of(answer))
        else:
            return reply
        self.login_reply = reply
        return reply

    def _show(self, way: str, said: str) -> tuple[int, bytes]:
        """The reply to a token, with the reason that a server gives before it refuses one."""
        shown = base64_of(said)
        if len(shown) + len(way) > LONGEST_COMMAND:  # RFC 4954 4: then it is an answer
            reply = self.docmd("AUTH", way)
            if reply[0] == 334:
                reply = self.docmd(shown)
        else:
            reply = self.docmd("AUTH", f"{way} {shown}")
        if reply[0] != 334:
            return reply
        with suppress(ValueError):
            reason = b64decode(reply[1], validate=True)
            code, words = self.docmd(base64_of(AFTER_A_NO[way]))
            return code, words + b" " + reason
        return self.docmd(base64_of(AFTER_A_NO[way]))

    def getreply(self) -> tuple[int, bytes]:
        """The code, NO_REPLY for what is none, and the words. SMTPServerDisconnected."""
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("closed")
        if self.file is None:  # after STARTTLS anew: what came in the clear is not believed
            self.file = self.patience.reader(self.sock)
        lines: list[bytes] = []
        try:
            while not lines or goes_on(lines[-1], len(lines) - 1):
                line = self.file.readline(LONGEST_LINE)
                if not line:
                    raise ConnectionError
                lines.append(line)
        except OSError as error:
            self.close()
            raise smtplib.SMTPServerDisconnected(str(error)) from None
        code = code_of(lines) if lines[-1].endswith(b"\n") else NO_REPLY
        return code, words_of(code, lines)
