"""A connection to the next mail server: TLS verified, logged in, the password kept out of sight.

The door to yagmail, which makes the connection; see `merge.mail.smtp` for what is said over it.
"""

from __future__ import annotations

import smtplib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from merge.errors import AccountPaused, Refused, Stopped, Trouble
from merge.mail.transport import Secret, Tls, base64_of, cannot_connect, loopback_address, trust
from merge.mail.verdict import one_line
from merge.reserve import in_reserve

if TYPE_CHECKING:
    import yagmail

__all__ = ["Secret", "Server", "connect", "hang_up", "log_in"]

# RFC 5321 4.1.3. A person's machine has no name that a server could look up, and the one it has
# ("MacBook-de-Jeanne") is nobody's business; finding it can take seconds, too.
OUR_NAME = "[127.0.0.1]"
_NO_REPLY = -1  # smtplib's code for a line that is no SMTP


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where to hand letters in, and as whom."""

    host: str
    port: int
    tls: Tls
    from_address: str
    login: str = ""  # the name to log in with, where it is not from_address
    ca_file: Path | None = None  # PEM, trusted instead of the system's authorities
    timeout_s: float = 60
    final_reply_timeout_s: float = 600  # RFC 5321 4.5.3.2.6: a shorter one makes doubt
    messages_per_connection: int = 500


def connect(server: Server) -> yagmail.SMTP:
    """Connected, encrypted unless on loopback, EHLO said. Raises as `open_post_office` does."""
    how: dict[str, Any]
    host = server.host
    if server.tls == "implicit":
        how = {"smtp_ssl": True, "context": trust(server.ca_file)}
    elif server.tls == "starttls":
        how = {"smtp_ssl": False, "smtp_starttls": {"context": trust(server.ca_file)}}
    else:
        how = {"smtp_ssl": False, "smtp_starttls": False}
        host = loopback_address(server.host, server.port)
    connection: yagmail.SMTP = _loaded().SMTP(
        user=server.from_address,
        host=host,
        port=server.port,
        smtp_skip_login=True,  # the login's name may be another than From's address
        soft_email_validation=False,
        timeout=server.timeout_s,
        local_hostname=OUR_NAME,
        **how,
    )
    connection.set_logging(None)  # it would write to stderr
    try:
        connection.login()
        connection.smtp.ehlo_or_helo_if_needed()
    except (OSError, smtplib.SMTPException, UnicodeError) as error:
        # Before the greeting there is no smtp.
        trouble = _cannot_connect(server, error, has_greeted=connection.smtp is not None)
    else:
        return connection
    hang_up(connection)
    # Raised out here so that it has no context: a traceback with smtplib's frames shows more
    # than anybody should paste into a report.
    raise trouble


@cache
def _loaded() -> Any:
    """yagmail. Once, with the first connection: the others are opened in threads.

    It loads the keyring, which takes three times as long as the rest of it, and is never told to
    ask it: `merge.settings.password` does, where the password is kept there.
    """
    with in_reserve("keyring"):
        import yagmail
    return yagmail


def log_in(server: Server, connection: yagmail.SMTP, password: Secret) -> None:
    """AUTH, unless the password is "". Hangs up when it fails; AccountPaused, Refused, Stopped.

    The mail server of this very machine may know whom it talks to, and offer no login at all.
    """
    if not password or (server.tls == "none" and not connection.smtp.has_extn("auth")):
        return
    trouble = _login_trouble(server, connection.smtp, password)
    if trouble is not None:
        hang_up(connection)
        raise trouble


def hang_up(connection: yagmail.SMTP) -> None:
    """Close the socket without a word."""
    connection.is_closed = True  # or it would say QUIT when it is collected
    if connection.smtp is not None:
        connection.smtp.close()


def _login_trouble(server: Server, smtp: smtplib.SMTP, password: Secret) -> Trouble | None:
    """What came of AUTH; None is the hoped for.

    A value rather than an exception: this frame holds the server's reply, which may echo the
    password, and must be gone before anything is raised.
    """
    login = server.login or server.from_address
    try:
        code, reply = _authenticate(smtp, login, password)
    except smtplib.SMTPNotSupportedError:
        ways = ", ".join(smtp.esmtp_features.get("auth", "").split())
        if ways:
            return Refused("login-of-another-kind", host=server.host, login=login, ways=ways)
        return Refused("login-not-offered", host=server.host, login=login)
    except (OSError, smtplib.SMTPException) as error:
        return _cannot_connect(server, error)
    if code == 235:
        return None
    words = one_line(password.hidden_in(reply, login))
    known = None if code == _NO_REPLY else code
    return AccountPaused("login-refused", reply=known, words=words, host=server.host, login=login)


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


def _cannot_connect(server: Server, error: Exception, *, has_greeted: bool = True) -> Trouble:
    where: dict[str, Any] = {"host": server.host, "port": server.port}
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Refused("starttls-not-offered", **where)
    if isinstance(error, smtplib.SMTPResponseException):
        words, reply = one_line(_octets(error.smtp_error)), error.smtp_code
        if reply == _NO_REPLY:
            words = f"…{words}"  # smtplib has cut off what would be the code and a space
            return Stopped("server-not-ready", reply=None, reason="no-smtp", words=words, **where)
        return Stopped("server-not-ready", reply=reply, words=words, **where)
    trouble = cannot_connect(server.host, server.port, error)
    is_connected = isinstance(error, smtplib.SMTPServerDisconnected)  # and there is no word of it
    if is_connected and not has_greeted and trouble.facts.get("reason") == "no-reply-in-time":
        return Stopped("server-unreachable", reason="silent", **where)
    return trouble


def _octets(words: bytes | str) -> bytes:
    return words.encode("utf-8") if isinstance(words, str) else words
