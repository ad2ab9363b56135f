"""A connection to the next mail server: TLS verified, logged in, the password kept out of sight.

`login` opens it, by yagmail; see `merge.mail.smtp` for what is said over it.
"""

from __future__ import annotations

import smtplib
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from merge.errors import AccountPaused, Refused, Stopped, Trouble
from merge.mail.login import PatientSmtp, client
from merge.mail.patience import Patience
from merge.mail.reply import NO_REPLY
from merge.mail.transport import Secret, Tls, cannot_connect, opened
from merge.mail.verdict import one_line

if TYPE_CHECKING:
    import yagmail

__all__ = ["Secret", "Server", "connect", "hang_up", "say_goodbye"]

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

    All of it within `opening_timeout_s`. A token that is refused is replaced once, and the login
    tried again. Raises as `open_post_office` does.
    """
    return opened(partial(_attempt, server), password, "sign-in-refused")


def _attempt(server: Server, password: Secret) -> yagmail.SMTP | Trouble:
    patience = Patience(
        a_read_s=server.timeout_s, in_all_s=server.opening_timeout_s, octets=MOST_OCTETS
    )
    connection = client(
        host=server.host,
        port=server.port,
        tls=server.tls,
        ca_pem=server.ca_pem,
        from_address=server.from_address,
        login=server.login or server.from_address,
        password=password,
        patience=patience,
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
