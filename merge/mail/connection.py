"""A connection to the next mail server: TLS verified, logged in, the password kept out of sight.

The door to yagmail, which makes the connection; see `merge.mail.smtp` for what is said over it.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from merge.errors import AccountPaused, Refused, Stopped, Trouble
from merge.mail.patience import Patience, connected
from merge.mail.reply import LONGEST_LINE, NO_REPLY, code_of, goes_on, words_of
from merge.mail.transport import Secret, Tls, base64_of, cannot_connect, loopback_address, trust
from merge.mail.verdict import one_line
from merge.reserve import in_reserve

if TYPE_CHECKING:
    import yagmail

__all__ = ["Secret", "Server", "connect", "hang_up", "say_goodbye"]

# RFC 5321 4.1.3. A person's machine has no name that a server could look up, and the one it has
# ("MacBook-de-Jeanne") is nobody's business; finding it can take seconds, too.
OUR_NAME = "[127.0.0.1]"
MOST_OCTETS = 10_000_000  # of all that a server says until we are logged in
_ABOUT_THE_PASSWORD = (432,)  # RFC 4954 6: it must be changed first; any other 4xx is "not now"


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

    All of it within `opening_timeout_s`. Raises as `open_post_office` does.
    """
    patience = Patience(
        a_read_s=server.timeout_s, in_all_s=server.opening_timeout_s, octets=MOST_OCTETS
    )
    connection = _connected(server, patience)
    trouble = _login_trouble(server, connection.smtp, password)
    if trouble is None:
        return connection
    hang_up(connection)
    raise trouble


def _connected(server: Server, patience: Patience) -> yagmail.SMTP:
    how: dict[str, Any]
    host = server.host
    if server.tls == "implicit":
        how = {"smtp_ssl": True, "context": trust(server.ca_pem)}
    elif server.tls == "starttls":
        how = {"smtp_ssl": False, "smtp_starttls": {"context": trust(server.ca_pem)}}
    else:
        how = {"smtp_ssl": False, "smtp_starttls": False}
        host = loopback_address(server.host, server.port)
    connection: yagmail.SMTP = _door()(
        user=server.from_address,
        host=host,
        port=server.port,
        smtp_skip_login=True,  # the login's name may be another than From's address
        soft_email_validation=False,
        patience=patience,
        local_hostname=OUR_NAME,
        **how,
    )
    connection.set_logging(None)  # it would write to stderr
    try:
        connection.login()
        connection.smtp.ehlo_or_helo_if_needed()
    except (OSError, smtplib.SMTPException, UnicodeError) as error:
        # Before the greeting there is no smtp.
        trouble = _cannot_connect(server, error, patience, connection.smtp)
    else:
        return connection
    hang_up(connection)
    # Raised out here so that it has no context: a traceback with smtplib's frames shows more
    # than anybody should paste into a report.
    raise trouble


@cache
def _door() -> Any:
    """yagmail, over connections of ours. Once, with the first: the others are opened in threads.

    It loads the keyring, which takes three times as long as the rest of it, and is never told to
    ask it: `merge.settings.password` does, where the password is kept there.
    """
    with in_reserve("keyring"):
        import yagmail

    class Door(yagmail.SMTP):  # type: ignore[misc] # the library has no types
        connection = _Smtp

    return Door


class _Smtp(smtplib.SMTP):
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
        self._context = context
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


def hang_up(connection: yagmail.SMTP) -> None:
    """Close the socket without a word."""
    connection.is_closed = True  # or it would say QUIT when it is collected
    if connection.smtp is not None:
        connection.smtp.close()


def say_goodbye(connection: yagmail.SMTP, most_s: float) -> None:
    """QUIT, wait for the answer so long (RFC 5321 4.1.1.10), and hang up. Never raises."""
    with suppress(smtplib.SMTPException, OSError):
        connection.smtp.patience.begin(most_s)
        connection.smtp.sock.settimeout(most_s)
        connection.smtp.quit()
    hang_up(connection)


def _login_trouble(server: Server, smtp: _Smtp, password: Secret) -> Trouble | None:
    """What came of AUTH; None is the hoped for.

    A value rather than an exception: this frame holds the server's reply, which may echo the
    password, and must be gone before anything is raised.
    """
    # The mail server of this very machine may know whom it talks to, and offer no login at all.
    if not password or (server.tls == "none" and not smtp.has_extn("auth")):
        return None
    login = server.login or server.from_address
    try:
        code, reply = _authenticate(smtp, login, password)
    except smtplib.SMTPNotSupportedError:
        ways = ", ".join(smtp.esmtp_features.get("auth", "").split())
        if ways:
            return Refused("login-of-another-kind", host=server.host, login=login, ways=ways)
        return Refused("login-not-offered", host=server.host, login=login)
    except (OSError, smtplib.SMTPException) as error:
        return _cannot_connect(server, error, smtp.patience, smtp)
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


def _authenticate(smtp: smtplib.SMTP, login: str, password: Secret) -> tuple[int, bytes]:
    """AUTH (RFC 4954) by PLAIN, else LOGIN, once.

    `smtplib.login` tries each mechanism in turn, and three refusals lock some mailboxes; it also
    knows ASCII only, and its UnicodeEncodeError carries the password.
    """
    offered = smtp.esmtp_features.get("auth", "").upper().split()
    if "PLAIN" in offered:  # RFC 4616: UTF-8
        return smtp.docmd("AUTH", "PLAIN " + base64_of(f"\0{login}\0{password.reveal()}"))
    if "LOGIN" not in offered:
        raise smtplib.SMTPNotSupportedError
    code, reply = smtp.docmd("AUTH", "LOGIN")
    for answer in (login, password.reveal()):
        if code == 334:
            code, reply = smtp.docmd(base64_of(answer))
    return code, reply


def _cannot_connect(
    server: Server, error: Exception, patience: Patience, smtp: _Smtp | None
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
            return Stopped("server-not-ready", reply=None, reason="no-smtp", words=words, **where)
        if 500 <= reply <= 599:
            return Refused("server-refuses-us", reply=reply, words=words, **where)
        return Stopped("server-not-ready", reply=reply, words=words, **where)
    trouble = cannot_connect(server.host, server.port, patience.met or error)
    met = trouble.facts.get("reason")
    if is_lost and smtp is None and met == "no-reply-in-time":  # connected, and no word of it
        trouble.facts["reason"] = "silent"
    elif is_lost and smtp is not None and met == "connection-lost":  # it has spoken before
        trouble.facts["reason"] = "hung-up"
    return trouble


def _octets(words: bytes | str) -> bytes:
    return words.encode("utf-8") if isinstance(words, str) else words
