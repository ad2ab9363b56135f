"""The post office: the next mail server, over several connections, driven by one thread.

yagmail opens each connection (`merge.mail.connection`); then MAIL, RCPT and DATA are spoken by a
`Dialogue` of our own, because only whoever speaks them knows at which phase a failure happened,
and on that hangs whether a letter may be sent again. yagmail's own `send` is never called: it
sends again by itself after a silence.

No exception of smtplib, ssl or socket leaves this room: opening raises the errors of
`merge.errors`, and once open, everything is an Outcome.
"""

from __future__ import annotations

import re
import selectors
import smtplib
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from merge.errors import AccountPaused, Trouble
from merge.mail.connection import Secret, Server, connect, hang_up, say_goodbye
from merge.mail.dialogue import Dialogue, News, Untouched, unfit
from merge.model import Message, Status
from merge.outcome import Answered, Asked, Outcome, Unreachable

if TYPE_CHECKING:
    import yagmail

__all__ = ["Offer", "Server", "SmtpPostOffice", "open_post_office"]

LOOK_AGAIN_S = 0.5  # how long a turn lasts in which nothing happens: someone may ask to stop
QUIT_TIMEOUT_S = 5  # a goodbye is worth no more
READ_AT_ONCE = 4_096  # octets; a reply has a hundred

_SIZE = re.compile(r"[0-9]{1,20}")  # RFC 1870 4; "0" is no limit

_WOULD_BLOCK = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a server offers to whoever has logged in, for `account test`."""

    extensions: tuple[str, ...]  # EHLO keywords, upper case (RFC 5321 4.1.1.1)
    logins: tuple[str, ...]  # AUTH mechanisms (RFC 4954)
    size_limit: int | None  # octets of one message (RFC 1870)
    tls: str  # "TLSv1.3"; "" without


def open_post_office(
    server: Server,
    password: str | Secret,
    *,
    connections: int = 1,
    unpipelined: Callable[[], object] = lambda: None,
) -> SmtpPostOffice:
    """Connect and log in, unless `password` is ""; up to `connections` are used when they help.

    A `Secret` may be access tokens. `unpipelined` is called when sending works only without
    pipelining.

    SettingsError `tls-none-outside-loopback`, `ca-file-unreadable`; Refused
    `certificate-untrusted`, `tls-failed`, `starttls-not-offered`, `login-not-offered`,
    `login-of-another-kind`, `sign-in-not-taken`, `server-refuses-us`; AccountPaused
    `login-refused`, `sign-in-refused`; Stopped `server-unreachable`, `server-not-ready`,
    `login-put-off`: not now; and what getting a token raises. None of them holds the password.
    """
    secret = password if isinstance(password, Secret) else Secret(password)
    del password  # an error from here on must not find it in this frame
    first = connect(server, secret)
    return SmtpPostOffice(server, secret, first, connections=connections, unpipelined=unpipelined)


class _Line:
    """One connection: its socket, which never blocks, and what is said over it."""

    def __init__(
        self, connection: yagmail.SMTP, server: Server, *, pipelining: bool, tokens: int
    ) -> None:
        self.connection = connection  # kept: it closes the socket when it goes
        self.secret: Secret = connection.smtp.secret
        self.tokens = tokens  # that had been refused when it was opened
        self.pipelines = pipelining
        smtp: smtplib.SMTP = connection.smtp
        self.socket: socket.socket = connection.smtp.sock
        self.socket.setblocking(False)
        self.dialogue = Dialogue(
            pipelining=pipelining and smtp.has_extn("pipelining"),
            dsn=smtp.has_extn("dsn"),
            size=smtp.has_extn("size"),
            by_token=self.secret.is_token,
            timeout_s=server.timeout_s,
            final_reply_timeout_s=server.final_reply_timeout_s,
        )
        self._is_encrypted = isinstance(self.socket, ssl.SSLSocket)
        self.has_more_to_say = False  # the network took only a part of it

    def read(self) -> list[News]:
        """Everything that has come so far."""
        news: list[News] = []
        while not self.dialogue.is_over:
            try:
                data = self.socket.recv(READ_AT_ONCE)
            except _WOULD_BLOCK:
                break
            except OSError:
                data = b""
            news += self.dialogue.receive(data) if data else self.dialogue.end("connection-lost")
            if len(data) < READ_AT_ONCE and not self._is_encrypted:
                break  # TLS hands out a record at a time, and may hold another one
        return news

    def write(self) -> list[News]:
        """As much as the network takes of what is to be said."""
        outgoing = self.dialogue.outgoing
        while outgoing and not self.dialogue.is_over:
            try:
                self.dialogue.wrote(self.socket.send(outgoing))
            except _WOULD_BLOCK:
                break
            except OSError:
                # What it said before it hung up counts: perhaps why.
                return self.read() + self.dialogue.end("connection-lost")
        return []


class SmtpPostOffice:
    """Up to `connections` at once, opened when needed, renewed when worn out or lost.

    Fills `merge.campaign.ports.PostOffice`. Connections are opened and left in threads of their
    own, so that a slow login holds up no other; all else happens in the caller's thread.
    """

    def __init__(
        self,
        server: Server,
        password: Secret,
        first: yagmail.SMTP,
        *,
        connections: int = 1,
        unpipelined: Callable[[], object] = lambda: None,
    ) -> None:
        self.offers = _offer_of(first.smtp)
        self._size_limit = self.offers.size_limit
        self._server = server
        self._password = password
        self._wanted = self._most = connections
        self._unpipelined = unpipelined
        self._pipelines = server.pipelining
        self._suspects_pipelining = False  # until a letter is taken without
        self._lines: list[_Line] = []
        self._waiting: dict[str, _Line] = {}  # by the Message-ID of the body that each waits for
        self._queue: deque[Message] = deque()
        self._tokens = 0  # of which one was refused and replaced, in mid-talk
        self._is_doubted = False  # the newest of them has got no letter through yet
        self._under_way = 0  # offered, and neither answered nor taken back
        self._news: list[Asked | Answered | Unreachable] = []
        self._dialling = 0
        self._round = 0  # of dialling: the trouble of an earlier round is stale
        self._is_unreachable = False  # until that is told
        self._dialled: SimpleQueue[tuple[int, int, yagmail.SMTP | Exception]] = SimpleQueue()
        self._is_closed = False
        self._selector = selectors.DefaultSelector()
        self._bell, self._ringing = socket.socketpair()  # wakes a turn when one has dialled
        self._bell.setblocking(False)
        self._selector.register(self._bell, selectors.EVENT_READ)
        self._use(first, 0)

    @property
    def size_limit(self) -> int | None:
        """Octets of one message, as the latest connection has it."""
        return self._size_limit

    @property
    def free_places(self) -> int:
        """For each connection a body on its way, commands behind it, and one to follow those."""
        return 3 * self._most - self._under_way

    def offer(self, message: Message) -> None:
        """Queue it for the next connection that is free."""
        self._under_way += 1
        outcome = unfit(message)
        if outcome is not None:
            self._tell(Answered(message, outcome))
        else:
            self._queue.append(message)

    def turn(self) -> Sequence[Asked | Answered | Unreachable]:
        """Wait until the server has something to say, for LOOK_AGAIN_S at most."""
        give_up_at_s = time.monotonic() + LOOK_AGAIN_S
        while True:
            self._place()
            if self._news or not self._under_way:
                break
            self._listen(give_up_at_s)
            if time.monotonic() >= give_up_at_s:
                break
        news, self._news = self._news, []
        self._is_unreachable = False
        return news

    def hand_over(self, message: Message) -> None:
        """The body, and right behind it the next message's commands where that is allowed."""
        line = self._line_that_waits_for(message)
        self._take(line, line.read())  # what came since 354 leaves no doubt yet
        if not line.dialogue.waits_for(message):
            return
        line.dialogue.hand_over(message)
        if self._queue and line.dialogue.can_follow and not self._is_worn(line):
            line.dialogue.offer(self._queue.popleft())
        self._write(line)

    def withdraw(self, message: Message) -> None:
        """Hang up on a server that waits for this body."""
        line = self._line_that_waits_for(message)
        line.dialogue.recall()
        self._under_way -= 1
        self._drop(line)

    def recall(self) -> Sequence[Message]:
        """Take back whatever has no body on its way; connections in mid-message are hung up."""
        taken = list(self._queue)
        self._queue.clear()
        for line in list(self._lines):
            taken += line.dialogue.recall()
            if line.dialogue.is_over:
                self._drop(line)
        for message in taken:
            self._waiting.pop(message.message_id, None)
        self._under_way -= len(taken)
        return taken

    def close(self) -> None:
        """QUIT on every connection; never raises. The office can be used no more."""
        if self._is_closed:
            return
        self._is_closed = True
        goodbyes = [self._part(line) for line in list(self._lines) if line.dialogue.is_idle]
        for line in list(self._lines):
            self._drop(line)
        self._take_dialled()
        for goodbye in goodbyes:
            goodbye.join(QUIT_TIMEOUT_S)
        self._selector.close()
        self._bell.close()
        self._ringing.close()

    def _place(self) -> None:
        """Queue → connections: those that are free first, then others that have to be opened."""
        for line in list(self._lines):
            if self._is_worn(line):
                if line.dialogue.is_idle:
                    self._part(line)
            elif self._queue and (line.dialogue.is_idle or line.dialogue.can_follow):
                line.dialogue.offer(self._queue.popleft())
                self._write(line)
        if self._is_unreachable:
            return
        while len(self._queue) > self._dialling < self._most - len(self._lines):
            self._dialling += 1
            threading.Thread(
                target=self._dial, args=(self._round, self._tokens), name="dial", daemon=True
            ).start()

    def _listen(self, until_s: float) -> None:
        """Wait for one of the connections, and hear all of those that have something to say."""
        deadlines = (line.dialogue.deadline_s for line in self._lines)
        until_s = min([until_s, *(each for each in deadlines if each is not None)])
        for key, _events in self._selector.select(max(until_s - time.monotonic(), 0)):
            line: _Line | None = key.data
            if line is None:
                self._take_dialled()
            else:
                self._take(line, line.read())
                self._write(line)
        now_s = time.monotonic()
        for line in list(self._lines):
            deadline_s = line.dialogue.deadline_s
            if deadline_s is not None and deadline_s <= now_s:
                if not line.pipelines:
                    self._suspects_pipelining = False  # it is silent without, too
                self._take(line, line.dialogue.end_in_silence())

    def _write(self, line: _Line) -> None:
        if not (line.dialogue.outgoing or line.has_more_to_say):
            return
        self._take(line, line.write())
        has_more = bool(line.dialogue.outgoing)
        if has_more != line.has_more_to_say and line in self._lines:
            line.has_more_to_say = has_more
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if has_more else 0)
            self._selector.modify(line.socket, events, line)

    def _take(self, line: _Line, news: Sequence[News]) -> None:
        for each in news:
            if isinstance(each, Untouched):
                self._queue.appendleft(each.message)
                continue
            if isinstance(each, Asked):
                self._waiting[each.message.message_id] = line
                if self._suspects_pipelining and not line.pipelines:
                    self._suspects_pipelining = False
                    self._unpipelined()
            elif each.outcome.status is Status.SENT and line.tokens == self._tokens:
                self._is_doubted = False
            self._tell(each)
        if line.dialogue.login_refused and line in self._lines:
            self._replace_token(line, line.dialogue.login_refused)
        if line.dialogue.loses_what_follows and self._pipelines:
            self._pipelines, self._suspects_pipelining = False, True
            for other in self._lines:
                other.dialogue.stop_pipelining()
        if line.dialogue.is_over and line in self._lines:
            self._drop(line)

    def _replace_token(self, line: _Line, outcome: Outcome) -> None:
        """The next connection has another one. If that gets no letter through either, it is not the
        token.
        """
        self._password.refuse(line.secret)
        if line.tokens < self._tokens:
            return  # one of those before: it is replaced already
        if not self._is_doubted:
            self._is_doubted, self._tokens = True, self._tokens + 1
            return
        login = self._server.login or self._server.from_address
        words = line.secret.hidden_in(outcome.words.encode(), login).decode()
        self._is_unreachable = True
        self._news.append(
            Unreachable(
                AccountPaused(
                    "sign-in-refused",
                    host=self._server.host,
                    login=login,
                    reply=outcome.code,
                    words=words,
                )
            )
        )

    def _tell(self, news: Asked | Answered) -> None:
        if isinstance(news, Answered):
            self._under_way -= 1
            if self._waiting.pop(news.message.message_id, None) is not None:
                # It was asked for and lost in one turn: nobody waits for its body any more.
                self._news = [
                    each
                    for each in self._news
                    if isinstance(each, Unreachable) or each.message is not news.message
                ]
        self._news.append(news)

    def _line_that_waits_for(self, message: Message) -> _Line:
        line = self._waiting.pop(message.message_id, None)
        if line is None:
            raise RuntimeError("the server has not asked for this body")
        return line

    def _is_worn(self, line: _Line) -> bool:
        return line.dialogue.carried >= self._server.messages_per_connection

    def _dial(self, round_: int, tokens: int) -> None:
        """In a thread of its own: open one more connection, and ring when it is there."""
        found: yagmail.SMTP | Exception
        try:
            found = connect(self._server, self._password)
        except Exception as error:  # every one is told in the caller's thread
            found = error
        self._dialled.put((round_, tokens, found))
        with suppress(OSError):  # closed meanwhile
            self._ringing.send(b".")

    def _take_dialled(self) -> None:
        with suppress(*_WOULD_BLOCK):
            self._bell.recv(READ_AT_ONCE)
        while True:
            try:
                round_, tokens, found = self._dialled.get_nowait()
            except Empty:
                return
            is_old = round_ != self._round
            self._dialling -= not is_old
            if self._is_closed:  # whatever it was, nobody waits for it any more
                if not isinstance(found, Exception):
                    hang_up(found)
            elif isinstance(found, Trouble):
                if not is_old:
                    self._take_trouble(found)
            elif isinstance(found, Exception):
                raise found
            else:
                self._use(found, tokens)

    def _take_trouble(self, trouble: Trouble) -> None:
        """The server takes no more connections, and those there are will do; or there is none."""
        if self._lines:
            self._most = len(self._lines)
        elif self._queue:
            self._most, self._dialling, self._round = self._wanted, 0, self._round + 1
            self._is_unreachable = True
            self._news.append(Unreachable(trouble))

    def _use(self, connection: yagmail.SMTP, tokens: int) -> None:
        self._size_limit = _offer_of(connection.smtp).size_limit
        line = _Line(connection, self._server, pipelining=self._pipelines, tokens=tokens)
        self._lines.append(line)
        self._selector.register(line.socket, selectors.EVENT_READ, line)

    def _drop(self, line: _Line) -> None:
        self._forget(line)
        hang_up(line.connection)

    def _part(self, line: _Line) -> threading.Thread:
        """QUIT and wait for the answer (RFC 5321 4.1.1.10), holding up nobody."""
        self._forget(line)
        goodbye = threading.Thread(
            target=say_goodbye,
            args=(line.connection, QUIT_TIMEOUT_S),
            name="goodbye",
            daemon=True,
        )
        goodbye.start()
        return goodbye

    def _forget(self, line: _Line) -> None:
        self._lines.remove(line)
        self._selector.unregister(line.socket)


def _offer_of(smtp: smtplib.SMTP) -> Offer:
    features = {name.upper(): value for name, value in smtp.esmtp_features.items()}
    size = _SIZE.fullmatch(features.get("SIZE", "").strip())
    return Offer(
        extensions=tuple(sorted(features)),
        logins=tuple(features.get("AUTH", "").replace("=", " ").split()),
        size_limit=int(size[0]) or None if size else None,
        tls=(smtp.sock.version() or "") if isinstance(smtp.sock, ssl.SSLSocket) else "",
    )
