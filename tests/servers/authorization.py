"""A provider that people sign in at, on loopback: authlib's server half, over Starlette.

    with authorization_server() as server:
        client = server.client()                     # for merge.mail.signin
        server.lifetime_s = 2                        # of access tokens
        server.revoke()                              # the person takes everything back

Authorization code with PKCE, device code, rotation of refresh tokens with reuse detection (whoever
shows a former one logs its whole family out), introspection (RFC 7662) for a mail server that asks
as `MAIL_SERVER`. The person at its authorization page says at once what `consent` is.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import uvicorn
from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    ClientMixin,
    OAuth2Error,
    OAuth2Request,
)
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from authlib.oauth2.rfc8628 import DeviceAuthorizationEndpoint, DeviceCodeGrant
from authlib.oauth2.rfc8628.models import DeviceCredentialDict
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


@dataclass(frozen=True)
class _Registered(ClientMixin):  # type: ignore[misc] # the library has no types
    client_id: str
    secret: str = ""

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> str:
        return f"http://{HOST}"

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, uri: str) -> bool:
        return uri.startswith((f"http://{HOST}:", "http://localhost:"))

    def check_client_secret(self, secret: str) -> bool:
        return secrets.compare_digest(secret, self.secret)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return (method == "none") == (not self.secret)

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return True


@dataclass(kw_only=True)
class Issued:
    """One access token with the refresh token that came with it."""

    access_token: str
    refresh_token: str
    client_id: str
    scope: str
    user: str
    family: str  # of one sign-in
    until: float
    is_used: bool = False  # its refresh token
    is_revoked: bool = False

    def check_client(self, client: _Registered) -> bool:
        return client.client_id == self.client_id

    def get_scope(self) -> str:
        return self.scope

    def is_expired(self) -> bool:
        return time.time() >= self.until


@dataclass(kw_only=True)
class _Code:
    code: str
    user: str
    redirect_uri: str
    scope: str
    code_challenge: str
    code_challenge_method: str

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope


class _Asked(OAuth2Request):  # type: ignore[misc] # it has no types
    """What authlib wants to know of a request."""

    def __init__(self, request: Request, form: Mapping[str, Any]) -> None:
        super().__init__(request.method, str(request.url), headers=dict(request.headers))
        self.headers["Authorization"] = request.headers.get("authorization")
        self._args, self._form = dict(request.query_params), dict(form)
        self.payload = BasicOAuth2Payload({**self._args, **self._form})

    @property
    def args(self) -> Mapping[str, Any]:
        return self._args

    @property
    def form(self) -> Mapping[str, Any]:
        return self._form


class _ByCode(AuthorizationCodeGrant):  # type: ignore[misc] # it has no types
    TOKEN_ENDPOINT_AUTH_METHODS = ("none", "client_secret_post")

    def save_authorization_code(self, code: str, request: _Asked) -> None:
        self.server.desk.gone_out.add(code)
        said = request.payload.data
        self.server.desk.codes[code] = _Code(
            code=code,
            user=request.user,
            redirect_uri=said["redirect_uri"],
            scope=said.get("scope", ""),
            code_challenge=said.get("code_challenge", ""),
            code_challenge_method=said.get("code_challenge_method", ""),
        )

    def query_authorization_code(self, code: str, client: _Registered) -> _Code | None:
        found: _Code | None = self.server.desk.codes.get(code)
        return found

    def delete_authorization_code(self, authorization_code: _Code) -> None:
        del self.server.desk.codes[authorization_code.code]

    def authenticate_user(self, authorization_code: _Code) -> str:
        return authorization_code.user


class _ByRefreshToken(RefreshTokenGrant):  # type: ignore[misc] # it has no types
    TOKEN_ENDPOINT_AUTH_METHODS = ("none", "client_secret_post")
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Issued | None:
        found: Issued | None = self.server.desk.by_refresh_token.get(refresh_token)
        if found and found.is_used and self.server.desk.rotates:
            self.server.desk.reuses += 1
            self.server.desk.revoke(found.family)
        return found if found and not found.is_revoked else None

    def authenticate_user(self, credential: Issued) -> str:
        return credential.user

    def revoke_old_credential(self, credential: Issued) -> None:
        credential.is_used = True


class _ByDeviceCode(DeviceCodeGrant):  # type: ignore[misc] # it has no types
    def query_device_credential(self, device_code: str) -> DeviceCredentialDict | None:
        found: DeviceCredentialDict | None = self.server.desk.devices.get(device_code)
        return found

    def query_user_grant(self, user_code: str) -> tuple[str, bool] | None:
        found: tuple[str, bool] | None = self.server.desk.typed.get(user_code)
        return found

    def should_slow_down(self, credential: DeviceCredentialDict) -> bool:
        slow, self.server.desk.slow_down = self.server.desk.slow_down, False
        return bool(slow)


class _Devices(DeviceAuthorizationEndpoint):  # type: ignore[misc] # it has no types
    INTERVAL = 0

    def get_verification_uri(self) -> str:
        return f"{self.server.desk.url}/device"

    def save_device_credential(self, client_id: str, scope: str, data: dict[str, Any]) -> None:
        about = {**data, "client_id": client_id, "scope": scope}
        about["expires_at"] = time.time() + data["expires_in"]
        self.server.desk.gone_out.add(data["device_code"])
        self.server.desk.devices[data["device_code"]] = DeviceCredentialDict(about)


class _Introspection(IntrospectionEndpoint):  # type: ignore[misc] # it has no types
    def check_permission(self, token: Issued, client: _Registered, request: _Asked) -> bool:
        return client.client_id == MAIL_SERVER[0]

    def query_token(self, token_string: str, token_type_hint: str) -> _Revocable | None:
        found: Issued | None = self.server.desk.by_access_token.get(token_string)
        return _Revocable(found) if found else None

    def introspect_token(self, token: _Revocable) -> Mapping[str, Any]:
        issued = token.issued
        return {
            "active": True,
            "client_id": issued.client_id,
            "username": issued.user,
            "scope": issued.scope,
            "exp": int(issued.until),
        }


@dataclass(frozen=True)
class _Revocable:
    """An access token, as authlib asks about it."""

    issued: Issued

    def is_expired(self) -> bool:
        return self.issued.is_expired()

    def is_revoked(self) -> bool:
        return self.issued.is_revoked


class _Server(AuthorizationServer):  # type: ignore[misc] # it has no types
    def __init__(self, desk: AuthorizationDesk) -> None:
        super().__init__()
        self.desk = desk
        self.register_token_generator("default", self.generate)
        self.register_grant(_ByCode, [CodeChallenge(required=True)])
        self.register_grant(_ByRefreshToken)
        self.register_grant(_ByDeviceCode)
        self.register_endpoint(_Devices(self))
        self.register_endpoint(_Introspection(self))

    def query_client(self, client_id: str) -> _Registered | None:
        return self.desk.clients.get(client_id)

    def generate(self, *, scope: str, include_refresh_token: bool, **_about: Any) -> dict[str, Any]:
        return {
            "token_type": "Bearer",
            "access_token": f"access-{secrets.token_urlsafe(self.desk.token_octets)}",
            "expires_in": self.desk.lifetime_s,
            "scope": scope,
            **({"refresh_token": self.desk.new_refresh_token()} if include_refresh_token else {}),
        }

    def save_token(self, token: dict[str, Any], request: _Asked) -> None:
        if not self.desk.gives_refresh_tokens:
            token.pop("refresh_token", None)
        former: Issued | None = request.refresh_token
        self.desk.add(
            Issued(
                access_token=token["access_token"],
                refresh_token=token.get("refresh_token", ""),
                client_id=request.client.client_id,
                scope=token["scope"] or "",
                user=request.user,
                family=former.family if former else secrets.token_hex(4),
                until=time.time() + self.desk.lifetime_s,
            )
        )

    def create_oauth2_request(self, request: _Asked) -> _Asked:
        return request

    def handle_response(self, status: int, body: Any, headers: Any) -> Response:
        if status == 302:
            return RedirectResponse(dict(headers)["Location"], 302)
        return JSONResponse(body, status, headers=dict(headers))

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        pass


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
    clients: dict[str, _Registered] = field(default_factory=dict)
    codes: dict[str, _Code] = field(default_factory=dict)
    devices: dict[str, DeviceCredentialDict] = field(default_factory=dict)
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

        token = self.new_refresh_token()
        client = self.client(**more)
        self.add(
            Issued(
                access_token=f"access-{secrets.token_urlsafe(32)}",
                refresh_token=token,
                client_id=CLIENT_ID,
                scope=SCOPE,
                user=USER,
                family=secrets.token_hex(4),
                until=time.time() + self.lifetime_s,
            )
        )
        return Grant(client=client, refresh_token=token).text()

    def new_refresh_token(self) -> str:
        return f"refresh-{secrets.token_urlsafe(self.token_octets)}"

    def add(self, issued: Issued) -> None:
        self.by_access_token[issued.access_token] = issued
        if issued.refresh_token:
            self.by_refresh_token[issued.refresh_token] = issued

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


def _app(desk: AuthorizationDesk) -> Starlette:
    server = _Server(desk)

    async def authorize(request: Request) -> Response:
        asked = _Asked(request, {})
        try:
            grant = server.get_consent_grant(asked, end_user=USER)
        except OAuth2Error as error:  # the provider's own page: it leads nowhere
            return JSONResponse({"error": error.error}, 400)
        if isinstance(desk.consent, tuple):
            about = dict(zip(("error", "error_description"), desk.consent, strict=True))
            said = urlencode({**about, "state": asked.payload.state})
            return RedirectResponse(f"{asked.payload.redirect_uri}?{said}", 302)
        user = USER if desk.consent == "yes" else None
        answer: Response = server.create_authorization_response(asked, user, grant)
        return answer

    async def token(request: Request) -> Response:
        if desk.token_says is not None:
            return desk.token_says
        form = dict(await request.form())
        desk.refreshes += form.get("grant_type") == "refresh_token"
        answer: Response = server.create_token_response(_Asked(request, form))
        return answer

    async def device_authorization(request: Request) -> Response:
        asked = _Asked(request, dict(await request.form()))
        answer: Response = server.create_endpoint_response("device_authorization", asked)
        return answer

    async def introspect(request: Request) -> Response:
        asked = _Asked(request, dict(await request.form()))
        answer: Response = server.create_endpoint_response("introspection", asked)
        return answer

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
    desk.clients = {
        CLIENT_ID: _Registered(CLIENT_ID),
        "confidential": _Registered("confidential", "its-secret-too"),
        MAIL_SERVER[0]: _Registered(*MAIL_SERVER),
    }
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
