"""Sign in at the provider instead of a password (OAuth 2.0); the door to authlib.

A person says yes in their browser, and the provider sends it back to this machine (authorization
code with PKCE on a loopback redirect: RFC 8252, RFC 7636), or types a code on another device
(RFC 8628). What comes of it is a `Grant`: the refresh token, and where alone it may be shown. From
it come access tokens, which are good for an hour or so; `merge.mail.tokens` keeps them coming.

No exception of authlib or requests leaves this module, and no error of the house holds a token.
"""

from __future__ import annotations

import hmac
import html
import http.server
import json
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from merge.errors import AccountPaused, Refused, SettingsError, Stopped, Trouble
from merge.mail.transport import Secret
from merge.mail.verdict import one_line

if TYPE_CHECKING:
    from authlib.integrations.requests_client import OAuth2Session

WAIT_S = 600  # for a person, in their browser or on another device
LOOK_AGAIN_S = 0.2
TIMEOUT_S = (10, 30)  # to connect to the provider, and for each read of its answer
LASTS_S = 3600  # an access token of which nobody says how long
POLL_S, SLOWER_S = 5, 5  # RFC 8628 3.2 and 3.5
LEAST_POLL_S = 1
_DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")

Interrupted = Callable[[], bool]


# What is known before, and what comes of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Who asks, and where: a client id of one's own at one provider.

    Everything is https, or on this very machine: SettingsError("value-unfit").
    """

    provider: str  # what people call it
    authorize: str  # the address that the browser opens
    token: str
    client_id: str
    scopes: tuple[str, ...]
    hosts: tuple[str, ...]  # the servers that its tokens may be shown to
    device: str = ""  # where codes for another device are had; "" nowhere
    client_secret: str = field(default="", repr=False)
    redirect_host: str = "127.0.0.1"  # RFC 8252 7.3; Microsoft lets any port pass of "localhost"

    def __post_init__(self) -> None:
        for address in filter(None, (self.authorize, self.token, self.device)):
            parts = urlsplit(address)
            if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
                raise SettingsError("value-unfit", value=address, example="https://…")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a person gave this program: to send for them, until they take it back."""

    client: Client
    refresh_token: str = field(repr=False)

    def text(self) -> str:
        """As it is kept, in the place of a password."""
        about = {**asdict(self.client), "refresh_token": self.refresh_token}
        return json.dumps({"grant": about}, ensure_ascii=False)

    @classmethod
    def of(cls, text: str) -> Grant:
        """That of a text. SettingsError: "grant-malformed", "value-unfit"."""
        try:
            about = dict(json.loads(text)["grant"])
            refresh_token = str(about.pop("refresh_token"))
            scopes, hosts = (tuple(map(str, about.pop(name))) for name in ("scopes", "hosts"))
            rest = {name: str(value) for name, value in about.items()}
            client = Client(scopes=scopes, hosts=hosts, **rest)
            if refresh_token:
                return cls(client=client, refresh_token=refresh_token)
        except (ValueError, LookupError, TypeError):
            pass
        raise SettingsError("grant-malformed")  # outside: the error holds the text

    def may_go_to(self, host: str) -> bool:
        """Whether its tokens may be shown to this server."""
        return host.casefold() in {each.casefold() for each in self.client.hosts}


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """An access token, for how many seconds it is good, and the grant as it is from now on."""

    token: str = field(repr=False)
    lasts_s: float
    grant: Grant


def refreshed(grant: Grant) -> Access:
    """Another access token. Afterwards the former refresh token may be worth nothing.

    AccountPaused: "sign-in-ended" (a person must sign in again), "sign-in-refused" (the client is);
    Stopped("sign-in-unreachable").
    """
    client = grant.client
    found = _asked(
        client,
        lambda session: session.refresh_token(
            client.token, refresh_token=grant.refresh_token, allow_redirects=False
        ),
        grant.refresh_token,
    )
    if isinstance(found, _Refusal):
        raise AccountPaused(
            "sign-in-ended" if found.error in _ENDED else "sign-in-refused",
            host=urlsplit(client.token).hostname or client.provider,
            words=found.words,
        )
    if isinstance(found, Trouble):
        raise found
    refresh_token = str(found.get("refresh_token") or grant.refresh_token)
    return Access(
        token=str(found["access_token"]),
        lasts_s=_seconds(found.get("expires_in"), LASTS_S),
        grant=Grant(client=client, refresh_token=refresh_token),
    )


def check(client: Client) -> None:
    """Ask the provider whether it knows this client, before anybody goes there to say yes.

    Where codes for other devices are had it is asked for one, which nobody types; else it is shown
    a code that is nobody's, and whatever it says of that is no news. Refused("sign-in-failed"),
    Stopped("sign-in-unreachable").
    """
    found = _device_code(client) if client.device else _by_code(client, "none", "none", "")
    if isinstance(found, Stopped):
        raise found
    if isinstance(found, _Refusal) and found.is_of_no_client:
        raise found.of_a_person(client)


# Sign in


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """What the browser shows when it comes back, in the language of whoever signs in."""

    done: str
    declined: str
    foreign: str


class Browser:
    """A sign-in under way: open `address` in the browser of this machine, then `wait`; `close` it.

    It listens on loopback alone. What comes without its state is somebody else's: it is turned
    away, and changes nothing.
    """

    def __init__(
        self, client: Client, *, login_hint: str = "", pages: Pages, wait_s: float = WAIT_S
    ) -> None:
        self._client = client
        self._verifier = secrets.token_urlsafe(64)
        self._state = secrets.token_urlsafe(32)
        self._until_s = time.monotonic() + wait_s
        self._listener = _Listener(self._state, pages)
        self._redirect = f"http://{client.redirect_host}:{self._listener.server_port}"
        with _session(client, code_challenge_method="S256") as session:
            hint = {"login_hint": login_hint} if login_hint else {}
            self.address: str
            self.address, _state = session.create_authorization_url(
                client.authorize,
                self._state,
                self._verifier,
                redirect_uri=self._redirect,
                **hint,
            )

    user_code = ""  # nothing is typed in this browser

    def wait(self, interrupted: Interrupted = lambda: False) -> Grant:
        """What the person gives. Nothing is kept yet.

        Refused("sign-in-failed"), also when nothing came in time or it was `interrupted`;
        Stopped("sign-in-unreachable").
        """
        answer = self._listener.answer(self._until_s, interrupted)
        if answer is None:
            raise Refused("sign-in-failed", provider=self._client.provider, words="")
        if "code" not in answer:
            said = _Refusal(answer.get("error", ""), answer.get("error_description", ""))
            raise said.of_a_person(self._client)
        found = _by_code(self._client, answer["code"], self._verifier, self._redirect)
        return _granted(self._client, found)

    def close(self) -> None:
        """Listen no more."""
        self._listener.server_close()


class DeviceCode:
    """A sign-in under way: type `user_code` at `address`, on any device, then `wait`.

    Refused and Stopped as `Browser.wait`.
    """

    def __init__(self, client: Client, *, wait_s: float = WAIT_S) -> None:
        self._client = client
        found = _device_code(client)
        if isinstance(found, _Refusal):
            raise found.of_a_person(client)
        if isinstance(found, Trouble):
            raise found
        self._device_code = str(found["device_code"])
        self._poll_s = max(LEAST_POLL_S, _seconds(found.get("interval"), POLL_S))
        self._until_s = time.monotonic() + min(wait_s, _seconds(found.get("expires_in"), wait_s))
        self.user_code = str(found.get("user_code", ""))
        # "_url" is what Google says.
        self.address = str(found.get("verification_uri") or found.get("verification_url", ""))

    def wait(self, interrupted: Interrupted = lambda: False) -> Grant:
        """What the person gives. Nothing is kept yet. Raises as `Browser.wait` does."""
        while not interrupted():
            if time.monotonic() >= self._until_s:
                raise Refused("sign-in-failed", provider=self._client.provider, words="")
            found = _asked(
                self._client,
                lambda session: session.fetch_token(
                    self._client.token,
                    grant_type=_DEVICE_CODE,
                    device_code=self._device_code,
                    client_id=self._client.client_id,
                    allow_redirects=False,
                ),
                self._device_code,
            )
            if isinstance(found, Stopped) or _is_slower(found):  # RFC 8628 3.5
                self._poll_s += SLOWER_S
            elif not (isinstance(found, _Refusal) and found.error == "authorization_pending"):
                return _granted(self._client, found)
            next_s = time.monotonic() + self._poll_s
            while time.monotonic() < next_s and not interrupted():
                time.sleep(min(LOOK_AGAIN_S, self._poll_s))
        raise Refused("sign-in-failed", provider=self._client.provider, words="")

    def close(self) -> None:
        """Nothing is open between two questions."""


Pending = Browser | DeviceCode


# What the browser brings back


class _Listener(http.server.ThreadingHTTPServer):
    """Takes one answer with the right state, and none after it."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, state: str, pages: Pages) -> None:
        self.state = state
        self.pages = pages
        self.timeout = LOOK_AGAIN_S
        self._answers: SimpleQueue[Mapping[str, str]] = SimpleQueue()
        self._first = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Return)

    def take(self, answer: Mapping[str, str]) -> bool:
        """Whether it is the first of this sign-in."""
        if not hmac.compare_digest(answer.get("state", "").encode(), self.state.encode()):
            return False
        if self._first.acquire(blocking=False):
            self._answers.put(answer)
        return True

    def answer(self, until_s: float, interrupted: Interrupted) -> Mapping[str, str] | None:
        while time.monotonic() < until_s and not interrupted():
            self.handle_request()
            try:
                return self._answers.get_nowait()
            except Empty:
                continue
        return None

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that hangs up is no news."""


class _Return(http.server.BaseHTTPRequestHandler):
    """What a browser asks of us: the address of the redirect, or a picture for its tab."""

    server: _Listener
    timeout: ClassVar[float | None] = 5  # some open a connection and say nothing

    def do_GET(self) -> None:
        found = urlsplit(self.path)
        if found.path not in ("", "/") or not found.query:
            self.send_error(404)
            return
        answer = {name: values[0] for name, values in parse_qs(found.query).items()}
        is_ours = self.server.take(answer)
        pages = self.server.pages
        words = pages.foreign if not is_ours else pages.done if "code" in answer else pages.declined
        page = f'<!doctype html><meta charset="utf-8"><title>publipostage</title>{_p(words)}'
        body = page.encode()
        self.send_response(200 if is_ours else 400)
        for name, value in {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Length": str(len(body)),
            "Content-Security-Policy": "default-src 'none'",
            "Referrer-Policy": "no-referrer",  # its address has the code in it
            "Cache-Control": "no-store",
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """The line has the code in it."""


def _p(words: str) -> str:
    return f"<p>{html.escape(words)}</p>"


# Ask the provider


@dataclass(frozen=True, slots=True)
class _Refusal:
    """Its `error` (RFC 6749 4.1.2.1, 5.2) and its words, without a token."""

    error: str
    said: str

    @property
    def words(self) -> str:
        return one_line((self.said or self.error).encode())

    @property
    def is_of_no_client(self) -> bool:
        """Whether it knows no such client, or not by this secret."""
        return self.error == "invalid_client" or any(each in self.said for each in _NO_SUCH_CLIENT)

    def of_a_person(self, client: Client) -> Refused:
        """What it means to whoever is signing in."""
        return Refused("sign-in-failed", provider=client.provider, words=self.words)


# RFC 6749 5.2; the second, and the third, of OpenID Connect, is how Microsoft asks for a person.
_ENDED = ("invalid_grant", "interaction_required", "login_required")
# Not in this tenant; a secret is wanted, or the wrong one; disabled; an address not registered.
_NO_SUCH_CLIENT = (
    *("AADSTS700016", "AADSTS7000218", "AADSTS7000215", "AADSTS7000112", "AADSTS50011"),
    "redirect_uri_mismatch",
)


def _session(client: Client, **more: Any) -> OAuth2Session:
    from authlib.integrations.requests_client import OAuth2Session

    session = OAuth2Session(
        client.client_id,
        client.client_secret or None,
        token_endpoint_auth_method="client_secret_post" if client.client_secret else "none",
        scope=" ".join(client.scopes),
        default_timeout=TIMEOUT_S,
        **more,
    )
    # A proxy of this network's is none to this machine.
    session.trust_env = urlsplit(client.token).hostname not in _LOOPBACK
    return session


def _asked(
    client: Client,
    how: Callable[[OAuth2Session], Any],
    *hidden: str,
    must_have: str = "access_token",
) -> Mapping[str, Any] | _Refusal | Stopped:
    """The answer to one request, or why there is none.

    A value rather than an exception: the frames of the libraries hold the secrets that were sent.
    """
    from authlib.integrations.base_client import OAuthError
    from requests import RequestException

    words = "server-unreachable"
    try:
        with _session(client) as session:
            found = how(session)
        if found.get(must_have):
            return dict(found)
        words = "sign-in-garbled"
    except OAuthError as error:
        said = str(error.description or "").encode()
        for each in filter(None, (client.client_secret, *hidden)):
            said = Secret(each).hidden_in(said, client.client_id)
        if error.error not in ("temporarily_unavailable", "server_error"):
            return _Refusal(str(error.error), said.decode())
        words = str(error.error)
    except RequestException as error:
        if error.response is not None:
            words = f"HTTP {error.response.status_code}"
    except ValueError:
        words = "sign-in-garbled"
    host = urlsplit(client.token).hostname or ""
    return Stopped("sign-in-unreachable", host=host, words=words)


def _by_code(
    client: Client, code: str, verifier: str, redirect: str
) -> Mapping[str, Any] | _Refusal | Stopped:
    return _asked(
        client,
        lambda session: session.fetch_token(
            client.token,
            grant_type="authorization_code",
            code=code,
            code_verifier=verifier,
            redirect_uri=redirect,
            allow_redirects=False,
        ),
        code,
    )


def _device_code(client: Client) -> Mapping[str, Any] | _Refusal | Stopped:
    about = {"client_id": client.client_id, "scope": " ".join(client.scopes)}
    return _asked(
        client,
        lambda session: session.parse_response_token(
            session.post(client.device, data=about, withhold_token=True, allow_redirects=False)
        ),
        must_have="device_code",
    )


def _granted(client: Client, found: Mapping[str, Any] | _Refusal | Stopped) -> Grant:
    if isinstance(found, _Refusal):
        raise found.of_a_person(client)
    if isinstance(found, Stopped):
        raise found
    refresh_token = str(found.get("refresh_token") or "")
    if not refresh_token:
        raise Refused("sign-in-failed", provider=client.provider, words="")
    return Grant(client=client, refresh_token=refresh_token)


def _is_slower(found: Mapping[str, Any] | _Refusal | Stopped) -> bool:
    return isinstance(found, _Refusal) and found.error == "slow_down"


def _seconds(said: object, otherwise: float) -> float:
    """What a provider says in a number, or in the text of one."""
    try:
        return float(str(said))
    except ValueError:
        return otherwise
