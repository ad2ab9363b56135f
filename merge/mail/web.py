"""A post office on the web: one request for each message, where SMTP is closed.

The law is that of `smtp`: a connection is opened first, then the caller writes its intent down, and
only then does the request leave, for its first byte may be the one that sends the letter. Whatever
comes to grief behind that byte is UNKNOWN, and so is an answer that does not say what became of the
message (5xx, 408, 409, 429). Only http.client lets us see that moment; `requests` and its like
connect, send and try again in one breath.

What a provider's requests and answers look like is an `Api`: GMAIL and GRAPH.
"""

from __future__ import annotations

import base64
import http.client
import json
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message as Headers
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from merge.errors import AccountPaused, Refused, Stopped, Trouble
from merge.mail.connection import MOST_OCTETS, Server
from merge.mail.dialogue import unfit
from merge.mail.smtp import LOOK_AGAIN_S, Offer
from merge.mail.transport import Patience, cannot_connect, connected, trust
from merge.mail.verdict import one_line
from merge.model import Message, Status
from merge.outcome import Aim, Answered, Asked, Outcome, Phase, Unreachable

WAITED_FOR_S = 300
"""A provider that says to come back later, and not later than this, is waited for."""

_ANSWER_AT_MOST = 1_000_000  # octets; an error has a thousand
_REFUSED_TOKEN = 401  # RFC 6750 3.1
_FORBIDDEN = 403
_TOO_MANY = 429  # RFC 6585 4
_IN_DOUBT = (408, 409)  # a timeout or a conflict behind the request: it may have been taken


class Tokens(Protocol):
    """What gives an access token."""

    def token(self, refused: str = "") -> str:
        """One that holds; another than `refused`. AccountPaused, Stopped: there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiAnswer:
    """A provider's whole answer to one request. `said` is the JSON of it, {} without any."""

    code: int
    headers: Headers
    said: Mapping[str, Any]
    words: str  # of an error, on one line


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """The requests and answers of one provider."""

    size_limit: int  # octets of a message
    path: str
    content_type: str
    body: Callable[[bytes], bytes]  # what a request carries of a message
    reason: Callable[[ApiAnswer], str]  # the provider's own word for an error, "" without
    accepted: Callable[[ApiAnswer], str]  # what to keep of an answer that took the message
    refuses_recipient: frozenset[str]  # reasons that are about the address, and nothing else
    refuses_for_now: frozenset[str]  # reasons that a quota is spent
    slows_down_in_doubt: bool  # such an answer does not say that the message was not taken


def _reason_of_gmail(answer: ApiAnswer) -> str:
    """The first `reason` of the error. Of a To that it cannot read, only its words tell."""
    error = answer.said.get("error")
    if not isinstance(error, dict):
        return ""
    if answer.words.startswith("Invalid To header"):
        return "invalidTo"
    errors = error.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else {}
    return str(first.get("reason", "")) if isinstance(first, dict) else ""


def _reason_of_graph(answer: ApiAnswer) -> str:
    error = answer.said.get("error")
    return str(error.get("code", "")) if isinstance(error, dict) else ""


GMAIL = Api(
    size_limit=25_000_000,  # of a message; an upload may have 35 MB
    path="/upload/gmail/v1/users/me/messages/send?uploadType=media",
    content_type="message/rfc822",
    body=bytes,
    reason=_reason_of_gmail,
    accepted=lambda answer: f"id {answer.said.get('id', '?')}",
    refuses_recipient=frozenset({"invalidTo"}),
    refuses_for_now=frozenset(
        {"rateLimitExceeded", "userRateLimitExceeded", "dailyLimitExceeded", "quotaExceeded"}
    ),
    slows_down_in_doubt=False,
)
"""The Gmail API: `users.messages.send`, with the message as it is (Google's reference, v1).

The scope `gmail.send` is enough for it, and reads nothing. Google keeps a Message-ID of ours or
writes its own, so the id that it answers with is kept; From is changed into the account's own where
it is no alias of it.
"""

GRAPH = Api(
    size_limit=2_900_000,  # a request may have 4 MB, and base64 makes four octets of three
    path="/v1.0/me/sendMail",
    content_type="text/plain",
    body=base64.b64encode,
    reason=_reason_of_graph,
    # For its support.
    accepted=lambda answer: f"accepted, request-id {answer.headers.get('request-id', '?')}",
    refuses_recipient=frozenset({"ErrorInvalidRecipients"}),
    refuses_for_now=frozenset(
        {"ApplicationThrottled", "ErrorExceededMessageLimit", "ErrorMessageSubmissionBlocked"}
    ),
    slows_down_in_doubt=True,
)
"""Microsoft Graph: `sendMail` with the message in MIME (Microsoft's reference, v1.0).

It answers 202 before anything has left: *accepted*, and no id but that of the request. It puts a
copy into the folder of sent mail by itself, and may write a Message-ID of its own. Letters have
left that it answered with 429, as its users report: such an answer leaves a doubt.
"""


@dataclass(frozen=True, slots=True)
class _Carried:
    connection: http.client.HTTPSConnection
    message: Message
    outcome: Outcome
    trouble: Trouble | None = None  # why there is no token
    wait_s: float = 0


class WebPostOffice:
    """Up to `connections` requests at once. Fills `merge.campaign.ports.PostOffice`.

    Each message has a connection of its own: over one that carries several, a provider's second
    answer to the one would be taken for that to the next. Connections are opened, and requests are
    made, in threads of their own; all else happens in the caller's.
    """

    def __init__(
        self, api: Api, server: Server, tokens: Tokens, offers: Offer, *, connections: int = 1
    ) -> None:
        self.offers = offers
        self._api = api
        self._server = server
        self._tokens = tokens
        self._most = connections
        self._queue: deque[Message] = deque()
        self._dialling = 0
        self._asking: dict[str, http.client.HTTPSConnection] = {}  # by Message-ID
        self._carrying: dict[http.client.HTTPSConnection, float] = {}  # and when it is given up
        self._news: list[Asked | Answered | Unreachable] = []
        self._heard: SimpleQueue[http.client.HTTPSConnection | Trouble | _Carried] = SimpleQueue()
        self._opens_at_s = 0.0  # the provider asked us to wait until then
        self._is_closed = False

    @property
    def size_limit(self) -> int | None:
        """Octets of one message."""
        return self._api.size_limit

    @property
    def free_places(self) -> int:
        """One for each connection, and one to follow it."""
        under_way = len(self._queue) + len(self._asking) + len(self._carrying) + len(self._news)
        return 2 * self._most - under_way

    def offer(self, message: Message) -> None:
        """Queue it for the next connection."""
        outcome = unfit(message)
        if outcome is not None:
            self._news.append(Answered(message, outcome))
        else:
            self._queue.append(message)

    def turn(self) -> Sequence[Asked | Answered | Unreachable]:
        """What is ready to be handed over, and what was answered; waits for LOOK_AGAIN_S at most.

        An open connection asks for its message: nothing of it has left.
        """
        self._dial()
        with suppress(Empty):
            self._hear(self._heard.get(timeout=0 if self._news else LOOK_AGAIN_S))
            while True:
                self._hear(self._heard.get_nowait())
        now_s = time.monotonic()
        for connection, give_up_at_s in self._carrying.items():
            if now_s > give_up_at_s:
                _cut(connection)
        news, self._news = self._news, []
        return news

    def hand_over(self, message: Message) -> None:
        """The request, and with it the message."""
        connection = self._asking.pop(message.message_id)
        self._carrying[connection] = time.monotonic() + self._server.final_reply_timeout_s
        _in_background(self._carry, connection, message)

    def close(self, asked: Message | None = None, *, but_bodies: bool = False) -> None:
        """As the port has it."""
        for name in [asked.message_id] if asked else list(self._asking):
            self._asking.pop(name).close()
        if asked:
            return
        self._queue.clear()
        self._news.clear()  # between two turns, of what was never handed over
        if not but_bodies:
            self._is_closed = True
            for connection in self._carrying:
                _cut(connection)

    def _dial(self) -> None:
        """A connection for each message in the queue, as many as there may be."""
        if time.monotonic() < self._opens_at_s:
            return
        used = len(self._asking) + len(self._carrying)
        while len(self._queue) > self._dialling < self._most - used:
            self._dialling += 1
            _in_background(self._connect)

    def _connect(self) -> None:
        """In a thread of its own."""
        try:
            self._heard.put(_connected(self._server))
        except Trouble as trouble:
            self._heard.put(trouble)

    def _hear(self, heard: http.client.HTTPSConnection | Trouble | _Carried) -> None:
        if isinstance(heard, _Carried):
            del self._carrying[heard.connection]
            self._opens_at_s = max(self._opens_at_s, time.monotonic() + heard.wait_s)
            self._news.append(Answered(heard.message, heard.outcome))
            if heard.trouble:
                self._news.append(Unreachable(heard.trouble))
            return
        self._dialling -= 1
        if isinstance(heard, Trouble):
            if self._queue and not (self._asking or self._carrying):
                self._news.append(Unreachable(heard))
        elif self._queue and not self._is_closed:
            message = self._queue.popleft()
            self._asking[message.message_id] = heard
            self._news.append(Asked(message))
        else:
            heard.close()

    def _carry(self, connection: http.client.HTTPSConnection, message: Message) -> None:
        """In a thread of its own: the request, and a second one where the token was refused."""
        began_s = time.monotonic()
        trouble, wait_s = None, 0.0
        try:
            answer = _answer(connection, self._api, self._server, self._tokens, message)
            outcome, wait_s = verdict(self._api, answer)
        except Trouble as caught:  # there is no token: nothing has left
            trouble = caught
            outcome = Outcome(Status.DEFERRED, Phase.LOGIN, Aim.CONNECTION, words=caught.code)
        except (OSError, http.client.HTTPException) as error:
            words = "no-reply-in-time" if isinstance(error, TimeoutError) else "connection-lost"
            outcome = Outcome(Status.UNKNOWN, Phase.BODY, Aim.CONNECTION, words=words)
        finally:
            connection.close()
        outcome = outcome._replace(duration_ms=round((time.monotonic() - began_s) * 1000))
        self._heard.put(_Carried(connection, message, outcome, trouble, wait_s))


def verdict(api: Api, answer: ApiAnswer) -> tuple[Outcome, float]:
    """What an answer comes to, and for how many seconds nothing more is asked.

    As in `merge.mail.verdict`: only what is about the address itself fails a recipient.
    """
    code, reason = answer.code, api.reason(answer)
    words = one_line(" ".join(filter(None, (reason, answer.words))).encode())
    said = Outcome(Status.DEFERRED, Phase.BODY, Aim.ACCOUNT, code=code, words=words)
    wait_s = _wait_s(answer)
    if 200 <= code <= 299:
        taken = one_line(api.accepted(answer).encode())
        return said._replace(status=Status.SENT, aim=Aim.RECIPIENT, words=taken), 0
    if code >= 500 or code < 200 or code in _IN_DOUBT:
        return said._replace(status=Status.UNKNOWN, aim=Aim.CONNECTION), min(wait_s, WAITED_FOR_S)
    if code == _REFUSED_TOKEN:
        return said._replace(phase=Phase.LOGIN), 0
    if code == _TOO_MANY or reason in api.refuses_for_now:
        if code == _TOO_MANY or api.slows_down_in_doubt:
            return said._replace(status=Status.UNKNOWN, aim=Aim.CONNECTION), wait_s or WAITED_FOR_S
        if 0 < wait_s <= WAITED_FOR_S:
            return said._replace(aim=Aim.CONNECTION), wait_s
        return said, 0
    if reason in api.refuses_recipient:
        return said._replace(status=Status.FAILED, aim=Aim.RECIPIENT), 0
    return said, 0


def open_web_office(
    api: Api, server: Server, tokens: Tokens, *, connections: int = 1
) -> WebPostOffice:
    """Connect, and have the token looked at by a request without a message, which is refused.

    Raises as `merge.mail.smtp.open_post_office` does; AccountPaused "login-refused" for a token
    that may not send.
    """
    connection = _connected(server)
    offers = Offer(
        asks_for_login=True,
        size_limit=api.size_limit,
        tls=connection.sock.version() or "",
    )
    try:
        answer = _answer(connection, api, server, tokens, None)
    except (OSError, http.client.HTTPException) as error:
        lost = error if isinstance(error, OSError) else ConnectionError()
        trouble: Trouble | None = cannot_connect(server.host, server.port, lost)
    else:
        trouble = _login_trouble(api, server, answer)
    finally:
        connection.close()
    if trouble is not None:
        raise trouble
    return WebPostOffice(api, server, tokens, offers, connections=connections)


def _login_trouble(api: Api, server: Server, answer: ApiAnswer) -> Trouble | None:
    """Why nothing can be sent, by the answer to a request without a message."""
    said: dict[str, Any] = {"reply": answer.code, "words": answer.words, "host": server.host}
    is_put_off = answer.code == _TOO_MANY or api.reason(answer) in api.refuses_for_now
    if is_put_off or answer.code >= 500:
        return Stopped("server-not-ready", port=server.port, **said)
    if answer.code in (_REFUSED_TOKEN, _FORBIDDEN):
        return AccountPaused("login-refused", login=server.login or server.from_address, **said)
    if answer.code in (404, 405) or answer.code < 400:
        return Refused("server-refuses-us", port=server.port, **said)
    return None


def _answer(
    connection: http.client.HTTPSConnection,
    api: Api,
    server: Server,
    tokens: Tokens,
    message: Message | None,
) -> ApiAnswer:
    """The answer to one request, made again with another token where the first was refused.

    A refused token is one for which the message was not looked at (RFC 6750 3.1).
    """
    body = api.body(message.data) if message else b""
    token = tokens.token()
    answer = _ask(connection, api, token, body)
    if answer.code != _REFUSED_TOKEN:
        return answer
    token = tokens.token(refused=token)
    again = _connected(server)
    try:
        return _ask(again, api, token, body)
    finally:
        again.close()


def _in_background(work: Callable[..., None], *given: Any) -> None:
    threading.Thread(target=work, args=given, name="web", daemon=True).start()


def _cut(connection: http.client.HTTPSConnection) -> None:
    """End the request of another thread, which hears that the connection is lost."""
    with suppress(OSError):
        connection.sock.shutdown(socket.SHUT_RDWR)


def _connected(server: Server) -> http.client.HTTPSConnection:
    """A connection over TLS, over which nothing was said yet."""
    patience = Patience(
        a_read_s=server.timeout_s, in_all_s=server.opening_timeout_s, octets=MOST_OCTETS
    )
    context = trust(server.ca_pem)
    try:
        found = connected(server.host, server.port, patience, context)
    except (OSError, UnicodeError) as error:
        trouble = cannot_connect(server.host, server.port, error)
    else:
        found.settimeout(server.timeout_s)
        connection = http.client.HTTPSConnection(server.host, server.port, context=context)
        connection.auto_open = 0  # it never sends again over another connection by itself
        connection.sock = found
        return connection
    raise trouble


def _ask(connection: http.client.HTTPSConnection, api: Api, token: str, body: bytes) -> ApiAnswer:
    """One request, and the whole of its answer."""
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": api.content_type,
        "Connection": "close",
    }
    connection.request("POST", api.path, body, headers)
    answer = connection.getresponse()
    content = answer.read(_ANSWER_AT_MOST)
    said: Any = None
    with suppress(ValueError):
        said = json.loads(content)
    said = said if isinstance(said, dict) else {}
    error = said.get("error")
    words = error.get("message", "") if isinstance(error, dict) else ""
    return ApiAnswer(
        code=answer.status,
        headers=answer.headers,
        said=said,
        words=one_line(str(words).replace(token, "…").encode()),
    )


def _wait_s(answer: ApiAnswer) -> float:
    """RFC 9110 10.2.3, in seconds; 0 without, or where it is a date."""
    value = str(answer.headers.get("Retry-After", ""))
    return float(value) if value.isdecimal() else 0.0
