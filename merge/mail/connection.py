"""A connection to the next mail server: TLS verified, logged in, the password kept out of sight.
The door to yagmail.

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
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from merge.errors import AccountPaused, Refused, Stopped, Trouble
from merge.mail.transport import (
    AFTER_A_NO,
    BEARER_WAYS,
    Patience,
    Secret,
    Tls,
    base64_of,
    cannot_connect,
    connected,
    loopback_address,
    opened,
    trust,
)
from merge.mail.verdict import LONGEST_LINE, NO_REPLY, code_of, goes_on, one_line, words_of

if TYPE_CHECKING:
    import yagmail

__all__ = ["Secret", "Server", "connect", "hang_up", "say_goodbye"]

MOST_OCTETS = 10_000_000  # of all that a server says until we are logged in
_ABOUT_THE_PASSWORD = (432,)  # RFC 4954 6: it must be changed first; any other 4xx is "not now"

# RFC 5321 4.1.3. A person's machine has no name that a server could look up, and the one it has
# ("MacBook-de-Jeanne") is nobody's business; finding it can take seconds, too.
OUR_NAME = "[127.0.0.1]"

LONGEST_COMMAND = 500  # octets of one line, with AUTH (RFC 5321 4.5.3.1.4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where to hand letters in, and as whom."""

    host: str
    port: int
    tls: Tls
    from_address: str
    login: str = ""  # the name to log in with, where it is not from_address
    ca_pem: str | None = None  # certificates trusted instead of the system's authorities
    timeout_s: float = 60
    opening_timeout_s: float = 120  # to connect and to log in, however many words it takes
    final_reply_timeout_s: float = 600  # RFC 5321 4.5.3.2.6: a shorter one makes doubt
    messages_per_connection: int = 500
    pipelining: bool = True  # where it is offered; False for one that is known to lose it


def connect(server: Server, password: Secret) -> yagmail.SMTP:
    """Connected, encrypted unless on loopback, EHLO said, and logged in unless `password` is "".

    All of it within `opening_timeout_s`. A token that is refused is replaced once, and the login
    tried again. Raises as `open_post_office` does.
    """
    return opened(partial(_attempt, server), password, "sign-in-refused")


def _attempt(server: Server, password: Secret) -> yagmail.SMTP | Trouble:
    patience = Patience(
        a_read_s=server.timeout_s, in_all_s=server.opening_timeout_s, octets=MOST_OCTETS
    )
    host = loopback_address(server.host, server.port) if server.tls == "none" else server.host
    context = None if server.tls == "none" else trust(server.ca_pem)
    connection: yagmail.SMTP = _client_class()(
        # A login by itself would become login@gmail.com.
        user={server.login or server.from_address: server.from_address},
        password=password,
        host=host,
        port=server.port,
        smtp_ssl=server.tls == "implicit",
        smtp_starttls={"context": context} if server.tls == "starttls" else False,
        context=context if server.tls == "implicit" else None,
        smtp_skip_login=not password,
        soft_email_validation=False,  # the login's name may be none
        patience=patience,
        local_hostname=OUR_NAME,
    )
    try:
        connection.login()
        connection.smtp.ehlo_or_helo_if_needed()
    except (OSError, smtplib.SMTPException, UnicodeError) as error:
        # Before the greeting there is no smtp.
        trouble: Trouble | None = _cannot_connect(server, error, patience, connection.smtp)
    else:
        trouble = _login_trouble(server, connection.smtp, password) if password else None
    if trouble is None:
        return connection
    hang_up(connection)
    return trouble


def hang_up(connection: yagmail.SMTP) -> None:
    """Close the socket without a word."""
    if connection.smtp is not None:
        connection.smtp.close()
    connection.close()  # its QUIT goes nowhere, and is not said when it is collected


def say_goodbye(connection: yagmail.SMTP, most_s: float) -> None:
    """QUIT, wait for the answer so long (RFC 5321 4.1.1.10), and hang up. Never raises."""
    with suppress(smtplib.SMTPException, OSError):
        connection.smtp.patience.begin(most_s)
        connection.smtp.sock.settimeout(most_s)
        connection.close()
    hang_up(connection)


def _login_trouble(server: Server, smtp: PatientSmtp, password: Secret) -> Trouble | None:
    """Why we are not logged in; None when we are.

    A value rather than an exception: this frame holds the server's reply, which may echo the
    password, and must be gone before anything is raised.
    """
    login = server.login or server.from_address
    answer, smtp.login_reply = smtp.login_reply, None
    if answer is None:
        ways = ", ".join(smtp.esmtp_features.get("auth", "").split())
        if ways and password.is_token:
            return Refused("sign-in-not-taken", host=server.host, ways=ways)
        if ways:
            return Refused("login-of-another-kind", host=server.host, login=login, ways=ways)
        if server.tls == "none":
            return None  # the mail server of this very machine may know whom it talks to
        return Refused("login-not-offered", host=server.host, login=login)
    code, reply = answer
    if code == 235:
        return None
    said: dict[str, Any] = {
        "reply": None if code == NO_REPLY else code,
        "words": one_line(password.hidden_in(reply, login)),
        "host": server.host,
        "login": login,
    }
    if 400 <= code <= 499 and code not in _ABOUT_THE_PASSWORD:
        return Stopped("login-put-off", **said)
    return AccountPaused("login-refused", **said)


def _cannot_connect(
    server: Server, error: Exception, patience: Patience, smtp: PatientSmtp | None
) -> Trouble:
    """`smtp` None: the server has not greeted us yet."""
    where: dict[str, Any] = {"host": server.host, "port": server.port}
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Refused("starttls-not-offered", **where)
    is_lost = isinstance(error, smtplib.SMTPServerDisconnected)
    if is_lost and smtp is not None and smtp.refusal:  # it said why, and hung up on HELO
        error = smtplib.SMTPResponseException(*smtp.refusal)
    if isinstance(error, smtplib.SMTPResponseException):
        words, reply = one_line(_octets(error.smtp_error)), error.smtp_code
        if reply == NO_REPLY:
            return Stopped("server-unreachable", reason="no-server", **where)
        if 500 <= reply <= 599:
            return Refused("server-refuses-us", reply=reply, words=words, **where)
        return Stopped("server-not-ready", reply=reply, words=words, **where)
    return cannot_connect(server.host, server.port, patience.met or error)


def _octets(words: bytes | str) -> bytes:
    return words.encode("utf-8") if isinstance(words, str) else words


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
        return connected(host, port, self.patience, self._context)

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
