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
from typing import TYPE_CHECKING, cast

from merge.errors import AccountPaused, Trouble
from merge.mail.connection import Secret, Server, connect, hang_up, say_goodbye
from merge.mail.dialogue import UNTOUCHED, Dialogue, News, unfit
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

    asks_for_login: bool
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
        self.size_limit = self.offers.size_limit  # as the latest connection has it
        self._server = server
        self._password = password
        self._wanted = self._most = connections
        self._unpipelined = unpipelined
        self._pipelines = server.pipelining
        self._suspects_pipelining = False  # until a letter is taken without
        # What is said over each connection, and yagmail's, which closes the socket when it goes.
        self._open: dict[Dialogue, yagmail.SMTP] = {}
        self._queue: deque[Message] = deque()
        self._under_way: set[str] = set()  # Message-IDs: offered, and neither answered nor given up
        self._asking: dict[str, Dialogue] = {}  # who waits for the body of which
        self._news: list[Asked | Answered | Unreachable] = []
        self._tokens = 0  # of which one was refused and replaced, in mid-talk
        self._is_doubted = False  # the newest of them has got no letter through yet
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
    def free_places(self) -> int:
        """For each connection a body on its way, commands behind it, and one to follow those."""
        return 3 * self._most - len(self._under_way)

    def offer(self, message: Message) -> None:
        """Queue it for the next connection that is free."""
        self._under_way.add(message.message_id)
        if outcome := unfit(message):
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
        dialogue = self._asking.pop(message.message_id, None)
        if dialogue is None:
            raise RuntimeError("the server has not asked for this body")
        self._take(dialogue, self._read(dialogue))  # what came since 354 leaves no doubt yet
        if not dialogue.waits_for(message):
            return
        dialogue.hand_over(message)
        if self._queue and dialogue.can_follow and not self._is_worn(dialogue):
            dialogue.offer(self._queue.popleft())
        self._write(dialogue)

    def close(self, asked: Message | None = None, *, but_bodies: bool = False) -> None:
        """As the port has it; QUIT where nothing is under way, when all are closed."""
        if asked:
            self._under_way.discard(asked.message_id)
            self._drop(self._asking.pop(asked.message_id))
        if asked or self._is_closed:
            return
        self._queue.clear()
        self._asking.clear()
        if but_bodies:
            on_their_way = {each.body for each in self._open if each.body}
            self._under_way &= on_their_way
            self._news = [
                n
                for n in self._news
                if isinstance(n, Answered) and n.message.message_id in on_their_way
            ]
            for dialogue in list(self._open):
                if not (dialogue.is_idle or dialogue.body):
                    self._drop(dialogue)
            return
        self._is_closed = True
        goodbyes = [self._part(each) for each in list(self._open) if each.is_idle]
        for dialogue in list(self._open):
            self._drop(dialogue)
        self._take_dialled()
        for goodbye in goodbyes:
            goodbye.join(QUIT_TIMEOUT_S)
        self._selector.close()
        self._bell.close()
        self._ringing.close()

    # Queue → connections

    def _place(self) -> None:
        """Those that are free first, then others that have to be opened."""
        for dialogue in list(self._open):
            if self._is_worn(dialogue):
                if dialogue.is_idle:
                    self._part(dialogue)
            elif self._queue and (dialogue.is_idle or dialogue.can_follow):
                dialogue.offer(self._queue.popleft())
                self._write(dialogue)
        if self._is_unreachable:
            return
        while len(self._queue) > self._dialling < self._most - len(self._open):
            self._dialling += 1
            threading.Thread(
                target=self._dial, args=(self._round, self._tokens), name="dial", daemon=True
            ).start()

    def _is_worn(self, dialogue: Dialogue) -> bool:
        return dialogue.carried >= self._server.messages_per_connection

    # Octets

    def _listen(self, until_s: float) -> None:
        """Wait for one of the connections, and hear all of those that have something to say."""
        deadlines = (each.deadline_s for each in self._open)
        until_s = min([until_s, *(each for each in deadlines if each is not None)])
        for key, _events in self._selector.select(max(until_s - time.monotonic(), 0)):
            dialogue: Dialogue | None = key.data
            if dialogue is None:
                self._take_dialled()
            else:
                self._take(dialogue, self._read(dialogue))
                self._write(dialogue)
        now_s = time.monotonic()
        for dialogue in list(self._open):
            if dialogue.deadline_s is not None and dialogue.deadline_s <= now_s:
                if not dialogue.pipelining:
                    self._suspects_pipelining = False  # it is silent without, too
                self._take(dialogue, dialogue.end_in_silence())

    def _socket(self, dialogue: Dialogue) -> socket.socket:
        return cast(socket.socket, self._open[dialogue].smtp.sock)

    def _read(self, dialogue: Dialogue) -> list[News]:
        """Everything that has come so far."""
        news: list[News] = []
        line = self._socket(dialogue)
        while not dialogue.is_over:
            try:
                data = line.recv(READ_AT_ONCE)
            except _WOULD_BLOCK:
                break
            except OSError:
                data = b""
            news += dialogue.receive(data) if data else dialogue.end("connection-lost")
            if len(data) < READ_AT_ONCE and not isinstance(line, ssl.SSLSocket):
                break  # TLS hands out a record at a time, and may hold another one
        return news

    def _write(self, dialogue: Dialogue) -> None:
        """As much as the network takes of what is to be said; the rest when it takes more."""
        if dialogue not in self._open:
            return
        line = self._socket(dialogue)
        while dialogue.outgoing and not dialogue.is_over:
            try:
                dialogue.wrote(line.send(dialogue.outgoing))
            except _WOULD_BLOCK:
                break
            except OSError:
                # What it said before it hung up counts: perhaps why.
                news = self._read(dialogue)
                self._take(dialogue, news + dialogue.end("connection-lost"))
                return
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if dialogue.outgoing else 0)
        if dialogue.events != wanted:
            dialogue.events = wanted
            self._selector.modify(line, wanted, dialogue)

    # News

    def _take(self, dialogue: Dialogue, news: Sequence[News]) -> None:
        for each in news:
            if each.message.message_id not in self._under_way:
                if isinstance(each, Asked):  # it was given up: everything we say would be its body
                    self._drop(dialogue)
            elif isinstance(each, Asked):
                self._asking[each.message.message_id] = dialogue
                if self._suspects_pipelining and not dialogue.pipelining:
                    self._suspects_pipelining = False
                    self._unpipelined()
                self._news.append(each)
            elif each.outcome is UNTOUCHED:
                self._queue.appendleft(each.message)
            else:
                if each.outcome.status is Status.SENT and dialogue.by_token in (None, self._tokens):
                    self._is_doubted = False
                self._tell(each)
        if dialogue not in self._open:
            return
        if dialogue.login_refused:
            self._replace_token(dialogue, dialogue.login_refused)
        if dialogue.loses_what_follows and self._pipelines:
            self._pipelines, self._suspects_pipelining = False, True
            for other in self._open:
                other.stop_pipelining()
        if dialogue.is_over:
            self._drop(dialogue)

    def _tell(self, answered: Answered) -> None:
        name = answered.message.message_id
        self._under_way.discard(name)
        if self._asking.pop(name, None):
            # It was asked for and lost in one turn: nobody waits for its body any more.
            self._news = [
                each
                for each in self._news
                if isinstance(each, Unreachable) or each.message is not answered.message
            ]
        self._news.append(answered)

    def _replace_token(self, dialogue: Dialogue, outcome: Outcome) -> None:
        """The next connection has another one. If that gets no letter through either, it is not the
        token.
        """
        secret: Secret = self._open[dialogue].smtp.secret
        self._password.refuse(secret)
        if dialogue.by_token != self._tokens:
            return  # one of those before: it is replaced already
        if not self._is_doubted:
            self._is_doubted, self._tokens = True, self._tokens + 1
            return
        login = self._server.login or self._server.from_address
        words = secret.hidden_in(outcome.words.encode(), login).decode()
        self._is_unreachable = True
        trouble = AccountPaused(
            "sign-in-refused",
            host=self._server.host,
            login=login,
            reply=outcome.code,
            words=words,
        )
        self._news.append(Unreachable(trouble))

    # Connections

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
        if self._open:
            self._most = len(self._open)
        elif self._queue:
            self._most, self._dialling, self._round = self._wanted, 0, self._round + 1
            self._is_unreachable = True
            self._news.append(Unreachable(trouble))

    def _use(self, connection: yagmail.SMTP, tokens: int) -> None:
        smtp = connection.smtp
        self.size_limit = _offer_of(smtp).size_limit
        dialogue = Dialogue(
            pipelining=self._pipelines and smtp.has_extn("pipelining"),
            dsn=smtp.has_extn("dsn"),
            size=smtp.has_extn("size"),
            by_token=tokens if smtp.secret.is_token else None,
            timeout_s=self._server.timeout_s,
            final_reply_timeout_s=self._server.final_reply_timeout_s,
        )
        smtp.sock.setblocking(False)
        self._open[dialogue] = connection
        self._selector.register(smtp.sock, selectors.EVENT_READ, dialogue)

    def _drop(self, dialogue: Dialogue) -> None:
        if dialogue in self._open:
            hang_up(self._forget(dialogue))

    def _part(self, dialogue: Dialogue) -> threading.Thread:
        """QUIT and wait for the answer (RFC 5321 4.1.1.10), holding up nobody."""
        goodbye = threading.Thread(
            target=say_goodbye,
            args=(self._forget(dialogue), QUIT_TIMEOUT_S),
            name="goodbye",
            daemon=True,
        )
        goodbye.start()
        return goodbye

    def _forget(self, dialogue: Dialogue) -> yagmail.SMTP:
        self._selector.unregister(self._socket(dialogue))
        return self._open.pop(dialogue)


def _offer_of(smtp: smtplib.SMTP) -> Offer:
    size = _SIZE.fullmatch(smtp.esmtp_features.get("size", "").strip())
    return Offer(
        asks_for_login=smtp.has_extn("auth"),
        size_limit=int(size[0]) or None if size else None,
        tls=(smtp.sock.version() or "") if isinstance(smtp.sock, ssl.SSLSocket) else "",
    )
