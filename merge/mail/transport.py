"""What every connection of this room keeps to: verified TLS, hidden passwords, our own errors, and
how long a server is listened to.

A limit for each read does not stop a server that sends a byte now and then. So each question has a
limit for its whole answer as well, and one for the octets.
"""

from __future__ import annotations

import base64
import errno
import io
import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal, TypeVar

from merge.errors import AccountPaused, Refused, SettingsError, Stopped, Trouble

Tls = Literal["implicit", "starttls", "none"]

_Opened = TypeVar("_Opened")

LEAST_OCTETS_A_S = 20_000  # a slow line; what is slower has only what `in_all_s` gives
_NO_ROUTE = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL)
_SHOWS = 12  # characters of a token that tell it from any other word
_LONG = re.compile(rb"[A-Za-z0-9+/=]{40,}")  # no word of a person's, nor a queue's number


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

    @property
    def is_token(self) -> bool:
        """Whether it is an access token (OAuth 2.0), and no password."""
        return False

    def reveal(self) -> str:
        """The password itself, for the one call that sends it."""
        return self._value

    def at_login(self) -> Secret:
        """What one connection logs in with."""
        return self

    def refuse(self, used: Secret) -> None:
        """The server did not take what `at_login` gave: of a password there is no other."""

    def said(self, mechanism: str, *, login: str, host: str, port: int) -> str:
        """What logs in by one of BEARER_WAYS; only of a token."""
        raise TypeError("a password is no token")

    def hidden_in(self, reply: bytes, login: str) -> bytes:
        """The reply without the password: some servers echo what they could not read.

        As it came, for of one that is cut short, or put on one line, a part would be shown.
        """
        forms = (self._value, base64_of(self._value), base64_of(f"\0{login}\0{self._value}"))
        for form in filter(None, forms):
            reply = reply.replace(form.encode(), "…".encode())
        return reply


class Token(Secret):
    """One access token, for one connection."""

    __slots__ = ()

    @property
    def is_token(self) -> bool:
        """It is."""
        return True

    def said(self, mechanism: str, *, login: str, host: str, port: int) -> str:
        """What logs in: by OAUTHBEARER (RFC 7628 3.1), else by Google's and Microsoft's XOAUTH2."""
        bearer = f"auth=Bearer {self._value}\1\1"
        if mechanism == "OAUTHBEARER":
            who = login.replace("=", "=3D").replace(",", "=2C")  # RFC 5801 4
            return f"n,a={who},\1host={host}\1port={port}\1{bearer}"
        return f"user={login}\1{bearer}"

    def hidden_in(self, reply: bytes, login: str) -> bytes:
        """Without the token, nor any text in base64 that may have it in it, whole or cut."""
        reply = super().hidden_in(reply, login)
        piece = re.escape(self._value[:_SHOWS].encode())
        return _LONG.sub("…".encode(), re.sub(piece + rb"\S*", "…".encode(), reply))


BEARER_WAYS = ("OAUTHBEARER", "XOAUTH2")
"""The ways to log in with an access token, the standard's first."""

AFTER_A_NO = {"OAUTHBEARER": "\1", "XOAUTH2": ""}
"""The answer to the reason of a refusal, behind which the refusal itself comes (RFC 7628 3.2.3)."""


def opened(
    attempt: Callable[[Secret], _Opened | Trouble], password: Secret, refused_as: str
) -> _Opened:
    """What an attempt to log in opens. A token that is refused is replaced once, and the login
    tried again; refused again it is AccountPaused(`refused_as`).

    The attempt's trouble is raised out here so that it has no context: a traceback with the frames
    of smtplib or imaplib shows more than anybody should paste into a report.
    """
    secret = password.at_login()
    found = attempt(secret)
    if isinstance(found, AccountPaused) and secret.is_token:
        password.refuse(secret)
        found = attempt(password.at_login())
        if isinstance(found, AccountPaused):
            facts: dict[str, Any] = found.facts
            found = AccountPaused(refused_as, **facts)
    if isinstance(found, Trouble):
        raise found
    return found


def base64_of(text: str) -> str:
    """UTF-8 in base64, as SASL wants it."""
    return base64.b64encode(text.encode("utf-8")).decode("ascii")


def trust(ca_pem: str | None) -> ssl.SSLContext:
    """Whose certificates count: these (PEM), else the system's. Names are always checked.

    A text and not a file, which might be another one by the time of the next connection.
    SettingsError("ca-file-unreadable").
    """
    with suppress(ssl.SSLError, ValueError):
        if ca_pem is None or ca_pem.strip():  # ssl takes "" for None, which is the system's
            return ssl.create_default_context(cadata=ca_pem)
    raise SettingsError("ca-file-unreadable", column="ca_file")


def loopback_address(host: str, port: int) -> str:
    """The address to connect to in the clear; every address of the name must be this machine.

    SettingsError("tls-none-outside-loopback").
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        found = []
    addresses = [str(address[0]) for *_, address in found]
    if not addresses or not all(ipaddress.ip_address(a).is_loopback for a in addresses):
        raise SettingsError("tls-none-outside-loopback", column="tls", host=host)
    return addresses[0]


def cannot_connect(host: str, port: int, error: Exception) -> Trouble:
    """Why there is no connection: what ssl or socket raised, as an error of the house."""
    where: dict[str, Any] = {"host": host, "port": port}
    if isinstance(error, ssl.SSLCertVerificationError):
        return Refused("certificate-untrusted", words=error.verify_message, **where)
    if isinstance(error, ssl.SSLError):
        return Refused("tls-failed", words=error.reason or str(error), **where)
    if isinstance(error, (socket.gaierror, UnicodeError)):
        return Stopped("server-unreachable", reason="name-unknown", **where)
    if isinstance(error, TooSlowError):
        return Stopped("server-unreachable", reason="too-slow", **where)
    if isinstance(error, TooMuchError):
        return Stopped("server-unreachable", reason="no-server", **where)
    if isinstance(error, TimeoutError) or "timed out" in str(error):
        return Stopped("server-unreachable", reason="no-reply-in-time", **where)
    if isinstance(error, ConnectionRefusedError):
        return Stopped("server-unreachable", reason="nobody-listens", **where)
    if _has_no_route(error):
        return Stopped("server-unreachable", reason="no-route", **where)
    return Stopped("server-unreachable", reason="connection-lost", **where)


# How long a server is listened to, and how much of it


class TooSlowError(TimeoutError):
    """The server says something now and then, and has had its time for all of it."""


class TooMuchError(OSError):
    """The server says more than it was asked for."""


class Patience:
    """So many seconds for each read, and so many for all that was asked since `begin`.

    Long answers over slow lines have more: LEAST_OCTETS_A_S is fast enough. Beyond that, reading
    raises TimeoutError; beyond `octets`, TooMuchError.
    """

    def __init__(self, *, a_read_s: float, in_all_s: float, octets: int) -> None:
        self._a_read_s = a_read_s
        self._octets = octets
        self.met: OSError | None = None  # what the reading ended with
        self.begin(in_all_s)

    def begin(self, in_all_s: float) -> None:
        """Something new is asked. Of a server that was given up, nothing more is heard."""
        if self.met is None:
            self._until_s = time.monotonic() + in_all_s
            self._octets_left = self._octets

    def next_read_s(self) -> float:
        """How long the next read may take. TooSlowError when none may follow."""
        left_s = self._until_s - time.monotonic()
        if left_s <= 0:
            raise TooSlowError("timed out")
        return min(self._a_read_s, left_s)

    def expect(self, octets: int) -> None:
        """So much is announced. TooMuchError."""
        if octets > self._octets_left:
            raise TooMuchError("says too much")

    def took(self, octets: int) -> None:
        """So much has come. TooMuchError."""
        self.expect(octets)
        self._until_s += octets / LEAST_OCTETS_A_S
        self._octets_left -= octets

    def give_up(self, error: OSError) -> OSError:
        """Read no more, or late words would answer the next question. Returns what to raise."""
        is_over = time.monotonic() >= self._until_s
        is_late = isinstance(error, TimeoutError)
        self.met = TooSlowError("timed out") if is_late and is_over else error
        self._until_s = 0.0
        return self.met

    def reader(self, connection: socket.socket) -> io.BufferedReader:
        """What reads from it, within these bounds. Closing it leaves the connection open."""
        return io.BufferedReader(_Reads(connection, self))


class _Reads(io.RawIOBase):
    def __init__(self, connection: socket.socket, patience: Patience) -> None:
        self._connection = connection
        self._patience = patience

    def readable(self) -> bool:
        return True

    def readinto(self, room: Any) -> int:
        try:
            self._connection.settimeout(self._patience.next_read_s())
            octets = self._connection.recv_into(room)
            self._patience.took(octets)
        except OSError as error:
            raise self._patience.give_up(error) from None
        return octets


def connected(
    host: str, port: int, patience: Patience, context: ssl.SSLContext | None
) -> socket.socket:
    """A connection to the first of its addresses that takes one, all of them within the limit, over
    TLS by `context`.

    Else what the first of them met, but for those that this computer has no route to.
    """
    met: list[OSError] = []
    for *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        try:
            found = socket.create_connection((str(address[0]), port), patience.next_read_s())
        except OSError as error:
            met.append(error)
        else:
            found.settimeout(patience.next_read_s())  # the whole of the handshake
            return context.wrap_socket(found, server_hostname=host) if context else found
    raise next((error for error in met if not _has_no_route(error)), met[0])


def _has_no_route(error: Exception) -> bool:
    """Whether this computer knows no way to there: mostly, it has no network."""
    return isinstance(error, OSError) and error.errno in _NO_ROUTE
