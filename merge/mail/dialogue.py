"""What is said over one connection once it has logged in: bytes in, bytes out, no socket.

A message goes MAIL, RCPT, DATA, until the server says 354; the caller writes its intent down, and
only after that come the body and the final dot. Where the server offers PIPELINING (RFC 2920), the
next message's three commands follow a body in the same write: one reading then brings the
outcome of the one and the 354 of the other. Where it offers DSN (RFC 3461), the Message-ID and the
address go along on the envelope: a bounce brings them back that has nothing else of the letter.
Where it offers SIZE (RFC 1870), it hears how large the letter is before it takes it.

Whatever is lost after the first byte of a body is UNKNOWN: the server may have taken the message
before it fell silent (RFC 1047), and nobody can know from here. Before that, nothing has left.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from merge.mail.encoding import Wire, has_whole_lines
from merge.mail.verdict import (
    LONGEST_LINE,
    NO_REPLY,
    code_of,
    goes_on,
    is_about_login,
    verdict,
    words_of,
)
from merge.model import Message, Status
from merge.outcome import Aim, Answered, Asked, Outcome, Phase

LONGEST_ENVELOPE_ID = 100  # RFC 3461 4.4

# RFC 5321 4.1.2 as far as a command line needs it: one printable ASCII word without brackets.
_SAFE_PATH = re.compile(r"[!-;=?-~]+@[!-;=?-~]+")
_NOT_XTEXT = re.compile(r"[^!-*,-<>-~]")
_IN_ONE_BREATH = (Phase.MAIL, Phase.RCPT, Phase.DATA)
_HOPED_FOR = {Phase.MAIL: (250,), Phase.RCPT: (250, 251), Phase.DATA: (354,)}


News = Asked | Answered
UNTOUCHED = Outcome(Status.QUEUED, Phase.CONNECT, Aim.CONNECTION)
"""The connection was over before the server heard of this message: another one may offer it."""


@dataclass(slots=True)
class _Question:
    """A reply that is still to come. `message` None: an RSET, which is about nobody."""

    phase: Phase
    message: Message | None
    asked_s: float
    is_first: bool = False  # of its connection: whatever breaks it will break the next one too
    is_behind: bool = False  # sent in the same write as others: see `loses_what_follows`


class Dialogue:
    """One connection's talk. `outgoing` is what is to be written to it; `wrote` takes it off.

    `timeout_s` bounds each reply, `final_reply_timeout_s` the one to a body. `pipelining`, `dsn`
    and `size`: what the server offers. `by_token`: the login was by a token, of this number, which
    may end at any time; then the letter is not to blame, and is as it was.
    """

    def __init__(
        self,
        *,
        pipelining: bool,
        dsn: bool = False,
        size: bool = False,
        by_token: int | None = None,
        timeout_s: float,
        final_reply_timeout_s: float,
    ) -> None:
        self.pipelining = pipelining  # as it was when it was opened
        self._pipelining = pipelining
        self._dsn = dsn
        self._size = size
        self.by_token = by_token
        self._timeout_s = timeout_s
        self._final_reply_timeout_s = final_reply_timeout_s
        self.outgoing = bytearray()
        self.events = 1  # what its connection is asked for: selectors.EVENT_READ
        self.carried = 0  # messages offered over this connection
        self.is_over = False  # nothing more is said: hang up
        self.login_refused: Outcome | None = None  # the token that logged in is taken no more
        self.loses_what_follows = False  # it fell silent behind the first of several commands
        self._asked: deque[_Question] = deque()
        self._at_354: Message | None = None
        self._refused: Message | None = None  # whose further replies say nothing more
        self._is_open = False  # a transaction that was refused half-way, and wants RSET
        self._incoming = b""
        self._lines: list[bytes] = []  # of a reply that goes on
        self._since_s = time.monotonic()  # our last word, or the last whole reply

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._asked and self._at_354 is None and not self.is_over

    @property
    def can_follow(self) -> bool:
        """Whether another message may be offered right behind the body that is on its way."""
        return (
            self._pipelining
            and not self.is_over
            and self._at_354 is None
            and len(self._asked) == 1
            and self._asked[0].phase is Phase.BODY
        )

    @property
    def body(self) -> str | None:
        """The Message-ID of the body that is on its way: nobody can take it back."""
        first = self._asked[0] if self._asked else None
        return (
            first.message.message_id
            if first and first.message and first.phase is Phase.BODY
            else None
        )

    @property
    def deadline_s(self) -> float | None:
        """When the next reply is too late, by `time.monotonic`; None when none is awaited."""
        if not self._asked:
            return None
        in_doubt = self._asked[0].phase is Phase.BODY
        return self._since_s + (self._final_reply_timeout_s if in_doubt else self._timeout_s)

    def waits_for(self, message: Message) -> bool:
        """Whether the server has said 354 and waits for the body of this message."""
        return self._at_354 is message

    def offer(self, message: Message) -> None:
        """MAIL, RCPT, DATA. Only when idle, or when it `can_follow`."""
        if not (self.is_idle or self.can_follow):
            raise RuntimeError("one message at a time: the last one is not handed over yet")
        is_first, is_behind = self.carried == 0, bool(self._asked)
        self.carried += 1
        self._refused = None  # every reply to it has come; a message may be offered again
        if self._is_open:
            self._is_open = False
            self.outgoing += b"RSET\r\n"
            self._note(_Question(Phase.MAIL, None, time.monotonic()))
            is_behind = True
        phases = _IN_ONE_BREATH if self._pipelining else (Phase.MAIL,)
        self._ask(phases, message, is_first=is_first, is_behind=is_behind)

    def stop_pipelining(self) -> None:
        """From the next message on, each command waits for its reply."""
        self._pipelining = False

    def hand_over(self, message: Message) -> None:
        """The body and the final dot of the one message that was asked for."""
        if self._at_354 is not message:
            raise RuntimeError("the server has not asked for this body")
        self._at_354 = None
        self.outgoing += _dot_stuffed(message.data)
        self.outgoing += b".\r\n"
        self._note(_Question(Phase.BODY, message, time.monotonic()))

    def wrote(self, octets: int) -> None:
        """So much of `outgoing` has gone: whoever takes it is there, however slow the line."""
        del self.outgoing[:octets]
        self._since_s = time.monotonic()

    def receive(self, data: bytes) -> list[News]:
        """What these bytes of the server say. After them `is_over` may be set."""
        news: list[News] = []
        *lines, self._incoming = (self._incoming + data).split(b"\n")
        for line in lines:
            if self.is_over:
                break
            self._lines.append(line)
            if goes_on(line, len(self._lines) - 1):
                continue
            reply, self._lines = self._lines, []
            self._since_s = time.monotonic()
            news += self._hear(reply)
        if len(self._incoming) > LONGEST_LINE or (self._incoming and self._at_354 is not None):
            news += self.end("connection-lost")
        if self._at_354 is None:  # it was asked for and refused in the same reading
            news = [each for each in news if not isinstance(each, Asked)]
        return news

    def end_in_silence(self) -> list[News]:
        """As `end`. Where all but the first of several commands was lost, nothing of theirs left.

        No 354 came, so no body went: the message is untouched, and goes again command by command.
        """
        self.loses_what_follows = bool(self._asked) and self._asked[0].is_behind
        return self.end("no-reply-in-time")

    def end(self, words: str) -> list[News]:
        """The connection is lost, or given up: what that means for each message on it."""
        self.is_over = True
        news: list[News] = []
        told: set[str] = set()
        if self._at_354 is not None:
            news.append(Answered(self._at_354, _lost(Phase.DATA, words)))
            told.add(self._at_354.message_id)
            self._at_354 = None
        for question in self._asked:
            message = question.message
            if message is None or message is self._refused or message.message_id in told:
                continue
            told.add(message.message_id)
            is_new = question.phase is Phase.MAIL and not question.is_first
            if is_new or self.loses_what_follows:
                news.append(Answered(message, UNTOUCHED))
            else:
                news.append(Answered(message, _lost(question.phase, words, question.asked_s)))
        self._asked.clear()
        return news

    def _ask(
        self,
        phases: Sequence[Phase],
        message: Message,
        *,
        is_first: bool = False,
        is_behind: bool = False,
    ) -> None:
        """Ask these commands in one write."""
        asked_s = time.monotonic()
        for phase in phases:
            self.outgoing += self._command(phase, message)
            self._note(_Question(phase, message, asked_s, is_first, is_behind))
            is_behind = True

    def _command(self, phase: Phase, message: Message) -> bytes:
        if phase is Phase.DATA:
            return b"DATA\r\n"
        envelope, more = message.envelope, ""
        if phase is Phase.RCPT:
            if self._dsn:
                more = f" ORCPT=rfc822;{_xtext(envelope.recipient)}"
            return f"RCPT TO:<{envelope.recipient}>{more}\r\n".encode("ascii")
        if self._size:
            more = f" SIZE={len(message.data)}"
        if self._dsn:
            envelope_id = _xtext(message.message_id.strip("<>"))
            if len(envelope_id) <= LONGEST_ENVELOPE_ID:
                more += f" ENVID={envelope_id}"
        return f"MAIL FROM:<{envelope.sender}>{more}\r\n".encode("ascii")

    def _note(self, question: _Question) -> None:
        if not self._asked:
            self._since_s = question.asked_s
        self._asked.append(question)

    def _hear(self, lines: Sequence[bytes]) -> Sequence[News]:
        """One whole reply, by its lines."""
        code = code_of(lines)
        if not self._asked:
            return self._hear_unasked(code, words_of(code, lines))
        question = self._asked.popleft()
        message, phase = question.message, question.phase
        if message is None:  # RSET
            return () if code == 250 else self.end("connection-lost")
        if message is self._refused:
            # Its RCPT was refused and its DATA is answered all the same: everything that we
            # said from here on would be its body.
            return self.end("connection-lost") if code in (354, NO_REPLY) else ()
        if code in _HOPED_FOR.get(phase, ()):
            return self._go_on(phase, message)
        duration_ms = _ms_since(question.asked_s)
        outcome = verdict(phase, code, words_of(code, lines), duration_ms=duration_ms)
        if self.by_token is not None and is_about_login(outcome):
            return self._want_login(message, outcome)
        return self._settle(question, message, outcome)

    def _go_on(self, phase: Phase, message: Message) -> Sequence[News]:
        if phase is Phase.DATA:
            self._at_354 = message
            return [Asked(message)]
        if not self._pipelining:
            self._ask((Phase.RCPT if phase is Phase.MAIL else Phase.DATA,), message)
        return ()

    def _settle(self, question: _Question, message: Message, outcome: Outcome) -> list[News]:
        ends = outcome.aim is Aim.CONNECTION or outcome.code == 421
        if ends and question.phase is Phase.MAIL and not question.is_first:
            self._asked.appendleft(question)
            return self.end("connection-lost")
        news: list[News] = [Answered(message, outcome)]
        self._refused = message
        if ends:
            return news + self.end("connection-lost")
        # A refused RCPT or DATA leaves its transaction open.
        self._is_open = question.phase in (Phase.RCPT, Phase.DATA)
        return news

    def _want_login(self, message: Message, outcome: Outcome) -> list[News]:
        """Nothing of these was taken: a refusal of a body is one, too, and leaves no doubt."""
        self.login_refused = outcome
        self.is_over = True
        is_intended = outcome.phase is Phase.BODY or self._at_354 is not None
        news: list[News] = [
            Answered(message, outcome._replace(status=Status.QUEUED, aim=Aim.CONNECTION))
            if is_intended
            else Answered(message, UNTOUCHED)
        ]
        for question in self._asked:
            other = question.message
            if other is None or other in (message, self._refused):
                continue
            if Answered(other, UNTOUCHED) not in news:
                news.append(Answered(other, UNTOUCHED))
        self._asked.clear()
        self._at_354 = None
        return news

    def _hear_unasked(self, code: int, words: bytes) -> list[News]:
        """What came, between 354 and the body or between two messages, without a question.

        A commit to disk takes its time. Seen before the first byte of the body, it leaves no
        doubt about the message; unseen, it would be taken for the reply to the body.
        """
        message = self._at_354
        self.is_over = True
        if message is None:
            return []
        outcome = verdict(Phase.DATA, code, words)
        if self.by_token is not None and is_about_login(outcome):
            return self._want_login(message, outcome)
        self._at_354 = None
        return [Answered(message, outcome)]


def unfit(message: Message) -> Outcome | None:
    """Why this message must not be offered to any server; None when it may.

    The last door: the composer refuses such addresses before, and writes such bodies never. A
    lone LF is how one message is smuggled into another, and so is a line without an end.
    """
    envelope = message.envelope
    if not _SAFE_PATH.fullmatch(envelope.sender):
        return Outcome(
            status=Status.DEFERRED, phase=Phase.MAIL, aim=Aim.ACCOUNT, words="address-malformed"
        )
    if not _SAFE_PATH.fullmatch(envelope.recipient):
        ascii_only = envelope.recipient.isascii()
        return Outcome(
            status=Status.FAILED,
            phase=Phase.RCPT,
            words="address-malformed" if ascii_only else "address-needs-smtputf8",
        )
    data = message.data
    may_travel = isinstance(data, Wire) or has_whole_lines(data)
    if data and not (may_travel and data.endswith(b"\r\n")):
        return Outcome(
            status=Status.DEFERRED, phase=Phase.DATA, aim=Aim.ACCOUNT, words="body-not-crlf"
        )
    return None


def _lost(phase: Phase, words: str, since_s: float | None = None) -> Outcome:
    return Outcome(
        status=Status.UNKNOWN if phase is Phase.BODY else Status.DEFERRED,
        phase=phase,
        aim=Aim.CONNECTION,
        words=words,
        duration_ms=_ms_since(since_s) if since_s is not None else 0,
    )


def _xtext(text: str) -> str:
    """RFC 3461 4: printable ASCII, but for "+" and "=", and all else in hex."""
    if _NOT_XTEXT.search(text) is None:
        return text
    return _NOT_XTEXT.sub(lambda found: "".join(f"+{each:02X}" for each in found[0].encode()), text)


def _dot_stuffed(data: bytes) -> bytes:
    """RFC 5321 4.5.2. `data` has CRLF line endings only."""
    if isinstance(data, Wire):
        return data
    if b"\r\n." in data:
        data = data.replace(b"\r\n.", b"\r\n..")
    return b"." + data if data.startswith(b".") else data


def _ms_since(started_s: float) -> int:
    return round((time.monotonic() - started_s) * 1000)
