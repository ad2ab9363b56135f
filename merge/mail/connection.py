"""A connection to the next mail server: TLS verified, logged in, the password kept out of sight.

The door to yagmail, which makes the connection; see `merge.mail.smtp` for what is said over it.
"""

from __future__ import annotations

import base64
import ipaddress
import smtplib
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from merge.errors import AccountPaused, Refused, SettingsError, Stopped, Trouble
from merge.mail.verdict import one_line

if TYPE_CHECKING:
    import yagmail

Tls = Literal["implicit", "starttls", "none"]

# RFC 5321 4.1.3. A person's machine has no name that a server could look up, and the one it has
# ("MacBook-de-Jeanne") is nobody's business; finding it can take seconds, too.
OUR_NAME = "[127.0.0.1]"

# X509_V_ERR_… of OpenSSL's x509_vfy.h: not yet valid, no longer valid, for another name or address.
_CERTIFICATE_FLAWS = {9: "expired", 10: "expired", 62: "other-name", 64: "other-name"}


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
    messages_per_connection: int = 80  # Orange closes after 100


class Secret:
    """A password that does not show itself: not printed, logged, pickled, nor in a traceback."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return "Secret(…)"

    def __reduce__(self) -> str:
        raise TypeError("a secret is not written down")

    def reveal(self) -> str:
        """The password itself, for the one call that sends it."""
        return self._value

    def hidden_in(self, words: str, login: str) -> str:
        """`words` without the password: some servers echo what they could not read."""
        forms = (self._value, _base64(self._value), _base64(f"\0{login}\0{self._value}"))
        for form in filter(None, forms):
            words = words.replace(form, "…")
        return words


def connect(server: Server) -> yagmail.SMTP:
    """Connected, encrypted unless on loopback, EHLO said. Raises as `open_post_office` does."""
    import yagmail

    how: dict[str, Any]
    host = server.host
    if server.tls == "implicit":
        how = {"smtp_ssl": True, "context": _trust(server)}
    elif server.tls == "starttls":
        how = {"smtp_ssl": False, "smtp_starttls": {"context": _trust(server)}}
    else:
        how = {"smtp_ssl": False, "smtp_starttls": False}
        host = _loopback_address(server)
    connection = yagmail.SMTP(
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
        trouble = _cannot_connect(server, error)
    else:
        return connection
    hang_up(connection)
    # Raised out here so that it has no context: a traceback with smtplib's frames shows more
    # than anybody should paste into a report.
    raise trouble


def log_in(server: Server, connection: yagmail.SMTP, password: Secret) -> None:
    """AUTH, unless the password is "". Hangs up when it fails; AccountPaused, Refused, Stopped."""
    if not password:
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
        return Refused("login-not-offered", host=server.host, login=login)
    except (OSError, smtplib.SMTPException) as error:
        return _cannot_connect(server, error)
    if code == 235:
        return None
    words = password.hidden_in(one_line(reply), login)
    return AccountPaused("login-refused", reply=code, words=words, host=server.host, login=login)


def _authenticate(smtp: smtplib.SMTP, login: str, password: Secret) -> tuple[int, bytes]:
    """AUTH (RFC 4954) by PLAIN, else LOGIN, once.

    `smtplib.login` tries each mechanism in turn, and three refusals lock some mailboxes; it also
    knows ASCII only, and its UnicodeEncodeError carries the password.
    """
    offered = smtp.esmtp_features.get("auth", "").upper().split()
    if "PLAIN" in offered:  # RFC 4616: UTF-8
        return smtp.docmd("AUTH", "PLAIN " + _base64(f"\0{login}\0{password.reveal()}"))
    if "LOGIN" not in offered:
        raise smtplib.SMTPNotSupportedError
    code, reply = smtp.docmd("AUTH", "LOGIN")
    for answer in (login, password.reveal()):
        if code == 334:
            code, reply = smtp.docmd(_base64(answer))
    return code, reply


def _base64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8")).decode("ascii")


def _trust(server: Server) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=server.ca_file)
    except OSError as error:
        words = error.strerror or str(error)
    raise SettingsError(
        "ca-file-unreadable", path=str(server.ca_file), column="ca_file", words=words
    )


def _loopback_address(server: Server) -> str:
    """The address to connect to in the clear; every address of the name must be this machine."""
    try:
        found = socket.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        found = []
    addresses = [str(address[0]) for *_, address in found]
    if not addresses or not all(ipaddress.ip_address(a).is_loopback for a in addresses):
        raise SettingsError("tls-none-not-loopback", column="tls", host=server.host)
    return addresses[0]


def _cannot_connect(server: Server, error: Exception) -> Trouble:
    where: dict[str, Any] = {"host": server.host, "port": server.port}
    if isinstance(error, ssl.SSLCertVerificationError):
        flaw = _CERTIFICATE_FLAWS.get(error.verify_code, "unknown-authority")
        return Refused("certificate-untrusted", reason=flaw, words=error.verify_message, **where)
    if isinstance(error, ssl.SSLError):
        return Refused("tls-failed", words=error.reason or str(error), **where)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Refused("starttls-not-offered", **where)
    if isinstance(error, smtplib.SMTPResponseException):
        words = one_line(_octets(error.smtp_error))
        return Stopped("server-not-ready", reply=error.smtp_code, words=words, **where)
    if isinstance(error, (socket.gaierror, UnicodeError)):
        return Stopped("server-unreachable", reason="name-unknown", **where)
    if isinstance(error, TimeoutError) or "timed out" in str(error):
        return Stopped("server-unreachable", reason="no-reply-in-time", **where)
    if isinstance(error, ConnectionRefusedError):
        return Stopped("server-unreachable", reason="nobody-listens", **where)
    return Stopped("server-unreachable", reason="connection-lost", **where)


def _octets(words: bytes | str) -> bytes:
    return words.encode("utf-8") if isinstance(words, str) else words
