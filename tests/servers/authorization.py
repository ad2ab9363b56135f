"""A provider that people sign in at, on loopback, as the RFCs have it: no library of the client's.

    with authorization_server() as server:
        client = server.client()                     # for merge.mail.signin
        server.lifetime_s = 2                        # of access tokens
        server.revoke()                              # the person takes everything back

Authorization code with PKCE, device code, rotation of refresh tokens with reuse detection (whoever
shows a former one logs its whole family out), introspection (RFC 7662) for a mail server that asks
as `MAIL_SERVER`. The person at its authorization page says at once what `consent` is. As the judge
of our client it is strict: a code is good once, for its client, its redirect (RFC 6749 4.1.3) and
its verifier (RFC 7636 4.6).
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from merge.mail.signin import Client

HOST = "127.0.0.1"
USER = "groupe@example.org"
CLIENT_ID = "client-of-the-tests"
MAIL_SERVER = ("mail-server", "its-secret")
SCOPE = "mail"


@dataclass(kw_only=True)
class Issued:
    """One access token with the refresh token that came with it."""

    access_token: str
    refresh_token: str
    client_id: str
    scope: str
    family: str  # of one sign-in
    until: float
    is_used: bool = False  # its refresh token
    is_revoked: bool = False


class _RefusedError(Exception):
    """What it says instead of a token (RFC 6749 5.2)."""


@dataclass(kw_only=True)
class AuthorizationDesk:
    """What the provider knows, and how it behaves."""

    url: str = ""
    lifetime_s: float = 3600
    rotates: bool = True
    gives_refresh_tokens: bool = True
    token_octets: int = 32  # of randomness
    consent: str | tuple[str, str] = "yes"  # else what it says instead: error and description
    token_says: Response | None = None  # instead of an answer to a request for tokens
    slow_down: bool = False  # once, to the next device that polls
    reuses: int = 0
    refreshes: int = 0
    gives: int = sys.maxsize  # so many tokens for refresh tokens; then the sign-in is taken back
    clients: dict[str, str] = field(default_factory=dict)  # the secret of each
    codes: dict[str, Mapping[str, str]] = field(default_factory=dict)  # what each was asked for by
    devices: dict[str, dict[str, Any]] = field(default_factory=dict)
    typed: dict[str, tuple[str, bool]] = field(default_factory=dict)  # by user code: who, and yes
    gone_out: set[str] = field(default_factory=set)  # codes that tokens were to be had for
    by_access_token: dict[str, Issued] = field(default_factory=dict)
    by_refresh_token: dict[str, Issued] = field(default_factory=dict)

    @property
    def introspection(self) -> str:
        """Where a mail server asks about tokens, with its name and password in the address."""
        return self.url.replace("//", "//{}:{}@".format(*MAIL_SERVER)) + "/introspect"

    def client(self, **more: Any) -> Client:
        """As the program knows it."""
        about: dict[str, Any] = {
            "provider": "Provider",
            "authorize": f"{self.url}/authorize",
            "token": f"{self.url}/token",
            "device": f"{self.url}/device_authorization",
            "client_id": CLIENT_ID,
            "scopes": (SCOPE,),
            "hosts": ("localhost", HOST),
        }
        return Client(**{**about, **more})

    def signed_in(self, **more: Any) -> str:
        """A refresh token, as if a person had come by their browser; its grant's text."""
        from merge.mail.signin import Grant

        issued = self.issue(CLIENT_ID, SCOPE)
        return Grant(client=self.client(**more), refresh_token=issued.refresh_token).text()

    def issue(self, client_id: str, scope: str, family: str = "") -> Issued:
        """An access token and, if it gives any, a refresh token."""
        access, refresh = (secrets.token_urlsafe(self.token_octets) for _ in range(2))
        issued = Issued(
            access_token=f"access-{access}",
            refresh_token=f"refresh-{refresh}" if self.gives_refresh_tokens else "",
            client_id=client_id,
            scope=scope,
            family=family or secrets.token_hex(4),
            until=time.time() + self.lifetime_s,
        )
        self.by_access_token[issued.access_token] = issued
        if issued.refresh_token:
            self.by_refresh_token[issued.refresh_token] = issued
        return issued

    def revoke(self, family: str = "") -> None:
        """Everything of this sign-in, or of all of them."""
        for each in list(self.by_access_token.values()):
            each.is_revoked = each.is_revoked or not family or each.family == family

    def expire(self) -> None:
        """All access tokens so far; refresh tokens stay."""
        for each in list(self.by_access_token.values()):
            each.until = 0

    def issued(self) -> set[str]:
        """All secrets that this provider ever gave."""
        return {*self.by_access_token, *self.by_refresh_token, *self.gone_out}

    def answer(self, form: Mapping[str, str]) -> Issued:
        """The token that this request is for."""
        if self.clients.get(form["client_id"]) != form.get("client_secret", ""):
            raise _RefusedError("invalid_client")
        kind = form["grant_type"].rpartition(":")[2]
        by = {"authorization_code": self._by_code, "device_code": self._by_device}
        return by.get(kind, self._by_refresh_token)(form)

    def _by_code(self, form: Mapping[str, str]) -> Issued:
        asked = self.codes.pop(form["code"], {})
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        shown = {
            "client_id": form["client_id"],
            "redirect_uri": form.get("redirect_uri"),
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        }
        if any(asked.get(name) != value for name, value in shown.items()):
            raise _RefusedError("invalid_grant")
        return self.issue(form["client_id"], asked["scope"])

    def _by_refresh_token(self, form: Mapping[str, str]) -> Issued:
        self.refreshes += 1
        if self.refreshes > self.gives:
            self.revoke()
        found = self.by_refresh_token.get(form["refresh_token"])
        if found and found.is_used and self.rotates:
            self.reuses += 1
            self.revoke(found.family)
        if not found or found.is_revoked or found.client_id != form["client_id"]:
            raise _RefusedError("invalid_grant")
        found.is_used = True
        return self.issue(found.client_id, found.scope, found.family)

    def _by_device(self, form: Mapping[str, str]) -> Issued:
        asked = self.devices[form["device_code"]]
        slow, self.slow_down = self.slow_down, False
        user = self.typed.get(asked["user_code"])
        if asked["expires_at"] < time.time():
            raise _RefusedError("expired_token")
        if slow or user is None:
            raise _RefusedError("slow_down" if slow else "authorization_pending")
        del self.devices[form["device_code"]]
        if not user[1] or form["client_id"] != asked["client_id"]:
            raise _RefusedError("access_denied")
        return self.issue(form["client_id"], asked["scope"])


def _app(desk: AuthorizationDesk) -> Starlette:
    async def authorize(request: Request) -> Response:
        asked = request.query_params
        to = urlsplit(asked["redirect_uri"])
        is_fit = (to.scheme, to.hostname) in (("http", HOST), ("http", "localhost"))
        is_code = (asked["response_type"], asked.get("code_challenge_method")) == ("code", "S256")
        if not (is_fit and is_code and asked["client_id"] in desk.clients):
            return JSONResponse({"error": "invalid_request"}, 400)  # a page: it leads nowhere
        if desk.consent == "yes":
            code = secrets.token_urlsafe(32)
            desk.codes[code] = asked
            desk.gone_out.add(code)
            said = {"code": code}
        else:
            error = desk.consent if isinstance(desk.consent, tuple) else ("access_denied", "")
            said = dict(zip(("error", "error_description"), error, strict=True))
        said["state"] = asked["state"]
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(said)}", 302)

    async def token(request: Request) -> Response:
        if desk.token_says is not None:
            return desk.token_says
        form = {name: str(value) for name, value in (await request.form()).items()}
        try:
            issued = desk.answer(form)
        except _RefusedError as error:
            return JSONResponse({"error": str(error)}, 400)
        about = {"access_token": issued.access_token, "refresh_token": issued.refresh_token}
        facts = {"token_type": "Bearer", "expires_in": desk.lifetime_s, "scope": issued.scope}
        return JSONResponse(facts | {name: value for name, value in about.items() if value})

    async def device_authorization(request: Request) -> Response:
        form = await request.form()
        if form["client_id"] not in desk.clients:
            return JSONResponse({"error": "invalid_client"}, 401)
        device, user = secrets.token_urlsafe(32), f"{secrets.token_hex(2)}-{secrets.token_hex(2)}"
        lasts_s, where = 1800, {"verification_uri": f"{desk.url}/device"}
        desk.gone_out.add(device)
        desk.devices[device] = {**form, "user_code": user, "expires_at": time.time() + lasts_s}
        codes = {"device_code": device, "user_code": user}
        return JSONResponse({**codes, **where, "expires_in": lasts_s, "interval": 0})

    async def introspect(request: Request) -> Response:
        asks = base64.b64encode(":".join(MAIL_SERVER).encode()).decode()
        if request.headers.get("authorization") != f"Basic {asks}":
            return JSONResponse({"error": "invalid_client"}, 401)
        found = desk.by_access_token.get(str((await request.form())["token"]))
        if not found or found.is_revoked or time.time() >= found.until:
            return JSONResponse({"active": False})
        about = {"client_id": found.client_id, "scope": found.scope, "exp": int(found.until)}
        return JSONResponse({"active": True, "username": USER, **about})

    return Starlette(
        routes=[
            Route("/authorize", authorize),
            Route("/token", token, methods=["POST"]),
            Route("/device_authorization", device_authorization, methods=["POST"]),
            Route("/introspect", introspect, methods=["POST"]),
        ]
    )


@contextmanager
def authorization_server() -> Iterator[AuthorizationDesk]:
    """Serve from a thread of this process until the block ends."""
    desk = AuthorizationDesk()
    desk.clients = {CLIENT_ID: "", "confidential": "its-secret-too"}
    config = uvicorn.Config(
        _app(desk), host=HOST, port=0, log_level="critical", access_log=False, lifespan="off"
    )
    server = uvicorn.Server(config)
    bound = config.bind_socket()
    bound.listen(64)  # whoever comes before the server has begun waits for it
    desk.url = f"http://{HOST}:{bound.getsockname()[1]}"
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [bound]}, name="authorization", daemon=True
    )
    thread.start()
    try:
        yield desk
    finally:
        server.should_exit = True
        thread.join()
        bound.close()
