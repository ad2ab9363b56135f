"""The sender's own mailbox by IMAP (RFC 3501): what was filed in it, and what came back.

The door to imapclient. Everything is read with EXAMINE and BODY.PEEK, so that nothing in the
mailbox changes, not even what is unread; the one exception is a copy appended to the folder of
sent mail.

No exception of the library leaves this room: whatever goes wrong is an error of `merge.errors`,
raised outside the frames that know the password.
"""

from __future__ import annotations

import imaplib
import io
import socket
import ssl
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Any, TypeVar

from merge.confined import helpers
from merge.confined.helpers import RanAway
from merge.confined.limits import A_MAIL
from merge.confined.plain import rebuilt
from merge.errors import AccountPaused, Refused, Stopped, Trouble
from merge.mail.letterbox import ImapLetterbox
from merge.mail.message import held_as
from merge.mail.notices import is_notification, read_bounce
from merge.mail.transport import (
    AFTER_A_NO,
    BEARER_WAYS,
    LEAST_OCTETS_A_S,
    Patience,
    Secret,
    Tls,
    TooMuchError,
    TooSlowError,
    cannot_connect,
    connected,
    loopback_address,
    opened,
    trust,
)
from merge.mail.verdict import one_line
from merge.outcome import LARGEST_KEPT_OCTETS, Bounce, HeldMessage, Mail, Notices

if TYPE_CHECKING:
    from imapclient import IMAPClient

T = TypeVar("T")

IDS_A_SEARCH = 32  # a line of some 2,500 octets; servers take 8,000 (RFC 7162 4) and more
MOST_OCTETS = LARGEST_KEPT_OCTETS + 5_000_000  # of one answer
LONGEST_LINE = 10_000_000  # octets: a search names each message that it finds, on one line
GOODBYE_S = 5
_LEFT = {TooSlowError: "too-slow", TooMuchError: "no-server"}

# RFC 6154 and RFC 3501 7.2.2, in the small letters of `_folders`: servers write them as they like.
_SENT, _ALL, _JUNK, _NO_SELECT = b"\\sent", b"\\all", b"\\junk", b"\\noselect"
_SENT_BY_NAME = frozenset(
    {
        *("sent", "sent items", "sent messages", "sent mail", "outbox-sent"),
        *("envoyés", "éléments envoyés", "messages envoyés", "courrier envoyé", "objets envoyés"),
    }
)
"""How servers that know no \\Sent, and French mail programs, call that folder; see `_folded`."""

_JUNK_BY_NAME = frozenset(
    {
        *("junk", "junk e-mail", "junk email", "spam", "bulk", "bulk mail"),
        *("quarantaine", "indésirables", "courrier indésirable", "courriers indésirables"),
    }
)
"""The same of unwanted mail, where servers know no \\Junk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapServer:
    """Where the mailbox is, as whom, and how its folder of sent mail is called ("" asks)."""

    host: str
    port: int
    tls: Tls
    login: str
    sent: str = ""
    ca_pem: str | None = None  # certificates trusted instead of the system's authorities
    timeout_s: float = 30
    opening_timeout_s: float = 120  # to connect and to log in, however many words it takes
    answer_timeout_s: float = 60  # for the whole of one; long ones have more, see `Patience`


@contextmanager
def open_mailbox(server: ImapServer, password: str | Secret) -> Iterator[ImapMailbox]:
    """Connect, log in, and log out at the end. A `Secret` may be access tokens.

    SettingsError `tls-none-outside-loopback`, `ca-file-unreadable`; Refused
    `certificate-untrusted`, `tls-failed`, `starttls-not-offered`, `sign-in-not-taken`;
    AccountPaused `mailbox-login-refused`, `mailbox-sign-in-refused`; Stopped
    `mailbox-unreachable`; and what
    getting a token raises. None of them holds the password.
    """
    secret = password if isinstance(password, Secret) else Secret(password)
    del password  # an error from here on must not find it in this frame
    client, talk = opened(partial(_attempt, server), secret, "mailbox-sign-in-refused")
    talk.ask_each(server.answer_timeout_s)
    try:
        yield ImapMailbox(server, client)
    finally:
        talk.ask_each(GOODBYE_S)
        with suppress(Exception):  # the server hung up first, or said something odd: a goodbye
            client.logout()
        _hang_up(talk)


class ImapMailbox:
    """One mailbox, logged in. Fills `merge.campaign.ports.Mailbox`.

    Every call raises Stopped `mailbox-lost` when the connection is gone, and Refused
    `mailbox-refused` when the server does not do what it is asked.
    """

    def __init__(self, server: ImapServer, client: IMAPClient) -> None:
        self._server = server
        self._client = client
        self._listed: Sequence[tuple[Sequence[bytes], str]] | None = None

    @property
    def sent_folder(self) -> str:
        """The folder of sent mail: as set, else by \\Sent, else by its name.

        Refused("sent-folder-missing") with the folders that there are.
        """
        wanted = self._server.sent
        names = [name for _, name in self._folders]
        if wanted:
            found = [name for name in names if name == wanted] or [
                name for name in names if _folded(name) == _folded(wanted)
            ]
        else:
            found = [name for flags, name in self._folders if _SENT in flags] or [
                name for name in names if self._last_part(name) in _SENT_BY_NAME
            ]
        if not found:
            raise Refused("sent-folder-missing", folders=", ".join(names[:20]))
        return found[0]

    def holding(self, message_ids: Sequence[str]) -> Sequence[HeldMessage]:
        """What of these the folder of sent mail, or that of all mail, holds."""
        folders = [name for flags, name in self._folders if _ALL in flags]
        try:
            folders.insert(0, self.sent_folder)
        except Refused:
            if not folders:
                raise
        found: dict[HeldMessage, None] = {}
        for folder in folders:
            for start in range(0, len(message_ids), IDS_A_SEARCH):
                some = message_ids[start : start + IDS_A_SEARCH]
                found.update(dict.fromkeys(self._ask(partial(self._kept, folder, some))))
        return tuple(found)

    def file(self, data: bytes) -> None:
        """Append a copy to the folder of sent mail: read, and dated as the message itself."""
        folder = self.sent_folder
        date = parsedate_to_datetime(held_as(data).date)
        self._ask(partial(self._client.append, folder, data, (b"\\Seen",), date))

    def bounces(self, *, since: datetime, after: str) -> Notices:
        """What came back since the mailbox was last read up to `after` ("": since that day)."""
        folders, only = self._incoming_folders, is_notification
        box = ImapLetterbox(self._client, self._ask, folders, since, after, only=only)
        found = [_bounce(mail) for mails in box.mails() for mail in mails]
        return Notices(bounces=tuple(filter(None, found)), read_to=box.read_to)

    def letterbox(self, *, since: datetime, after: str) -> ImapLetterbox:
        """All mails that came since it was last read up to `after` ("": since that day)."""
        return ImapLetterbox(self._client, self._ask, self._incoming_folders, since, after)

    def message(self, message_id: str) -> bytes:
        """One that came in, or its beginning; b"" where it is in no folder."""
        for folder in self._incoming_folders:
            if data := self._ask(partial(self._found, folder, message_id)):
                return data
        return b""

    @property
    def _incoming_folders(self) -> Sequence[str]:
        """Where mail comes in: a bounce or an answer may be taken for spam."""
        junk = [name for flags, name in self._folders if _JUNK in flags] or [
            name
            for flags, name in self._folders
            if self._last_part(name) in _JUNK_BY_NAME and _NO_SELECT not in flags
        ]
        return ["INBOX", *junk]

    @property
    def _folders(self) -> Sequence[tuple[Sequence[bytes], str]]:
        if self._listed is None:
            self._listed = self._ask(self._list)
        return self._listed

    def _list(self) -> list[tuple[list[bytes], str]]:
        listed = self._client.list_folders()
        return [([flag.lower() for flag in flags], str(name)) for flags, _, name in listed]

    def _last_part(self, name: str) -> str:
        return _folded(name.replace("/", ".").rpartition(".")[2])

    def _kept(self, folder: str, message_ids: Sequence[str]) -> list[HeldMessage]:
        client = self._client
        client.select_folder(folder, readonly=True)
        uids = client.search(_any_of([["HEADER", "Message-ID", one] for one in message_ids]))
        item = b"BODY[HEADER.FIELDS (MESSAGE-ID DATE TO)]"
        fetched = client.fetch(uids, ["BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE TO)]"])
        return [held_as(answer[item]) for answer in fetched.values() if item in answer]

    def _found(self, folder: str, message_id: str) -> bytes:
        client = self._client
        client.select_folder(folder, readonly=True)
        uids = client.search(["HEADER", "Message-ID", message_id])[-1:]
        answer = client.fetch(uids, [f"BODY.PEEK[]<0.{LARGEST_KEPT_OCTETS}>"])
        return next((each.get(b"BODY[]<0>", b"") for each in answer.values()), b"")

    def _ask(self, what: Callable[[], T]) -> T:
        """Do it; whatever goes wrong becomes an error of the house, raised out here."""
        try:
            return what()
        except Trouble:
            raise
        except Exception as error:  # imaplib and the library's parser raise all kinds of things
            trouble = self._trouble(error)
        raise trouble

    def _trouble(self, error: Exception) -> Trouble:
        from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

        host = self._server.host
        if isinstance(error, IMAPClientError) and not isinstance(error, IMAPClientAbortError):
            return Refused("mailbox-refused", host=host, words=one_line(str(error).encode()))
        words = next((words for kind, words in _LEFT.items() if isinstance(error, kind)), "")
        return Stopped("mailbox-lost", host=host, words=words)


def _bounce(mail: Mail) -> Bounce | None:
    try:
        told = helpers.run(partial(read_bounce, mail.data, at=mail.at), A_MAIL)
    except RanAway:  # `replies` tells it
        return None
    return None if told is None else rebuilt(Bounce, told)


def _attempt(server: ImapServer, password: Secret) -> tuple[IMAPClient, ImapTalk] | Trouble:
    client, talk = _connected(server)
    trouble = _login_trouble(server, client, password)
    if trouble is None:
        return client, talk
    _hang_up(talk)
    return trouble


def _connected(server: ImapServer) -> tuple[IMAPClient, ImapTalk]:
    import imapclient

    host, context = server.host, None
    if server.tls == "none":
        host = loopback_address(server.host, server.port)
    else:
        context = trust(server.ca_pem)
    implicit = server.tls == "implicit"
    patience = Patience(
        a_read_s=server.timeout_s, in_all_s=server.opening_timeout_s, octets=MOST_OCTETS
    )
    talk: ImapTalk | None = None
    try:
        talk = ImapTalk(host, server.port, patience=patience, context=context if implicit else None)
        client = _library()(talk, encrypted=implicit)
        if server.tls == "starttls":
            client.starttls(context)
    except imapclient.exceptions.CapabilityError:
        trouble: Trouble = Refused("starttls-not-offered", host=server.host, port=server.port)
    except Exception as error:  # what answers here may be anything, even no IMAP
        trouble = _cannot_reach(server, error)
    else:
        return client, talk
    if talk is not None:
        _hang_up(talk)
    raise trouble


@cache
def _library() -> Callable[..., IMAPClient]:
    """imapclient's client, over a connection that is there already."""
    from imapclient import IMAPClient

    class ImapClient(IMAPClient):  # type: ignore[misc] # the library has no types
        def __init__(self, talk: ImapTalk, *, encrypted: bool) -> None:
            self._talk = talk
            super().__init__(talk.host, talk.port, ssl=encrypted)

        def _create_IMAP4(self) -> ImapTalk:
            return self._talk

    return ImapClient


def _login_trouble(server: ImapServer, client: IMAPClient, password: Secret) -> Trouble | None:
    """Why the login failed; None on success.

    A value rather than an exception: the library's frames hold the password, and its exception
    what the server said, which may echo it.
    """
    from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

    try:
        if password.is_token:
            ways = [str(each, "ascii", "replace") for each in client.capabilities()]
            way = next((each for each in BEARER_WAYS if f"AUTH={each}" in ways), "")
            if not way:
                offered = ", ".join(each[5:] for each in ways if each.startswith("AUTH="))
                return Refused("sign-in-not-taken", host=server.host, ways=offered or "LOGIN")
            said = password.said(way, login=server.login, host=server.host, port=server.port)
            answers = iter((said, AFTER_A_NO[way]))
            client.sasl_login(way, lambda _: next(answers, None))
        elif client.has_capability("AUTH=PLAIN"):
            client.plain_login(server.login, password.reveal())
        else:
            client.login(server.login, password.reveal())
    except (IMAPClientError, UnicodeError) as error:
        # The library makes a lost connection a refused login, and keeps the cause behind it.
        if isinstance(error.__context__ or error, IMAPClientAbortError):
            return _cannot_reach(server, error)
        # UnicodeError: LOGIN knows ASCII only (RFC 3501 6.2.3), and shows what it could not write.
        said = "" if isinstance(error, UnicodeError) else str(error)
        words = one_line(password.hidden_in(said.encode(), server.login))
        return AccountPaused(
            "mailbox-login-refused", host=server.host, login=server.login, words=words
        )
    except Exception as error:  # see `_ask`
        return _cannot_reach(server, error)
    return None


def _cannot_reach(server: ImapServer, error: Exception) -> Trouble:
    """Why there is no connection. Other ports than for sending are usual here."""
    trouble = cannot_connect(server.host, server.port, error)
    reason = trouble.facts.get("reason")
    if trouble.code == "server-unreachable":
        return Stopped("mailbox-unreachable", reason=reason, host=server.host, port=server.port)
    return trouble


def _hang_up(talk: ImapTalk) -> None:
    with suppress(Exception):  # the connection is closed anyway
        talk.shutdown()


def _any_of(criteria: Sequence[list[Any]]) -> list[Any]:
    """OR of them all, as a tree that is no deeper than it must be: OR takes two."""
    if len(criteria) == 1:
        return criteria[0]
    middle = len(criteria) // 2
    return ["OR", _any_of(criteria[:middle]), _any_of(criteria[middle:])]


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


class ImapTalk(imaplib.IMAP4):
    """imaplib's connection, which listens only as long as `patience` does. `context` is
    that of implicit TLS.

    Until `ask_each` is called, all that is said shares one time limit: to connect and to log in.
    """

    def __init__(
        self, host: str, port: int, *, patience: Patience, context: ssl.SSLContext | None
    ) -> None:
        self._patience = patience
        self._context = context
        self._each_s: float | None = None
        self._reader: io.BufferedReader | None = None
        self._read_from: socket.socket | None = None
        super().__init__(host, port)

    def ask_each(self, most_s: float) -> None:
        """From here on every question has so much time."""
        self._each_s = most_s

    def read(self, size: int) -> bytes:
        """So many octets; fewer at the end."""
        self._patience.expect(size)
        return self._hearing().read(size)

    def readline(self) -> bytes:
        """One line; "" at the end."""
        return self._hearing().readline(LONGEST_LINE)

    def send(self, data: Any) -> None:
        """All of it, however slow the line."""
        if self._each_s is not None:
            self._patience.begin(self._each_s)
        self.sock.settimeout(
            self._patience.next_read_s() + memoryview(data).nbytes / LEAST_OCTETS_A_S
        )
        super().send(data)

    def _create_socket(self, timeout: float | None = None) -> socket.socket:
        return connected(self.host, self.port, self._patience, self._context)

    def _hearing(self) -> io.BufferedReader:
        if self._reader is None or self._read_from is not self.sock:  # STARTTLS
            self._reader, self._read_from = self._patience.reader(self.sock), self.sock
        return self._reader
