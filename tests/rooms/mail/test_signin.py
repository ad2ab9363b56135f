"""Sign in at a provider: in the browser of this machine, or by a code typed elsewhere."""

from __future__ import annotations

import json
import socket
import threading
import time
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.responses import JSONResponse, PlainTextResponse, Response

from merge.errors import Refused, SettingsError, Trouble
from merge.mail import signin
from merge.mail.signin import Browser, DeviceCode, Grant, Pages, refreshed
from tests.facts import wrong
from tests.servers.authorization import USER, AuthorizationDesk

pytest_plugins = ["tests.servers.fixtures"]

PAGES = Pages(done="Vous pouvez fermer <cet> onglet.", declined="Refusé.", foreign="Pas d'ici.")


def visited(address: str) -> httpx.Response:
    """What the person sees at last, who opens it in a browser."""
    return httpx.get(address, follow_redirects=True, trust_env=False, timeout=30)


def waited(pending: Browser | DeviceCode, seen: Callable[[], object]) -> Grant:
    """What `wait` gives while somebody does what `seen` does."""
    thread = threading.Thread(target=seen)
    thread.start()
    try:
        return pending.wait()
    finally:
        thread.join()
        pending.close()


def refused(pending: Browser | DeviceCode, seen: Callable[[], object]) -> Trouble:
    with pytest.raises(Trouble) as caught:
        waited(pending, seen)
    return caught.value


def redirect_of(pending: Browser) -> str:
    return parse_qs(urlsplit(pending.address).query)["redirect_uri"][0]


# --- the browser ---------------------------------------------------------------------------------


def test_a_yes_in_the_browser_gives_a_grant_that_gives_tokens(provider: AuthorizationDesk) -> None:
    pages: list[httpx.Response] = []
    pending = Browser(provider.client(), login_hint="groupe@example.org", pages=PAGES)
    grant = waited(pending, lambda: pages.append(visited(pending.address)))
    asked = parse_qs(urlsplit(pending.address).query)
    assert (asked["code_challenge_method"], asked["login_hint"]) == (
        ["S256"],
        ["groupe@example.org"],
    )
    assert (pages[0].status_code, "fermer &lt;cet&gt; onglet" in pages[0].text) == (200, True)
    assert pages[0].headers["referrer-policy"] == "no-referrer"
    access = refreshed(grant)
    assert access.token in provider.by_access_token
    assert access.grant.refresh_token != grant.refresh_token
    with (
        pytest.raises(ConnectionRefusedError),
        socket.create_connection(address_of(redirect_of(pending))),
    ):
        pass  # nobody listens any more


def address_of(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return str(parts.hostname), int(parts.port or 0)


def test_a_client_with_a_secret_shows_it_to_the_provider_alone(provider: AuthorizationDesk) -> None:
    client = provider.client(client_id="confidential", client_secret="its-secret-too")
    pending = Browser(client, pages=PAGES)
    assert "its-secret" not in pending.address + repr(client)
    grant = waited(pending, lambda: visited(pending.address))
    assert refreshed(grant).grant.client.client_secret == "its-secret-too"
    assert "refresh-" not in repr(grant)


def test_a_no_in_the_browser_says_why_and_so_does_a_yes_without_a_refresh_token(
    provider: AuthorizationDesk,
) -> None:
    for said, words, shown in (
        (("access_denied", "The user has declined."), "The user has declined.", "Refusé."),
        (("org_internal", ""), "org_internal", "Refusé."),
        (("server_error", "Try\nagain"), "Try again", "Refusé."),
        ("yes", "", "fermer"),
    ):
        provider.consent, provider.gives_refresh_tokens = said, False
        pending, pages = Browser(provider.client(), pages=PAGES), list[httpx.Response]()
        trouble = refused(pending, partial(seen_at, pages, pending.address))
        assert (type(trouble), trouble.code) == (Refused, "sign-in-failed")
        assert shown in pages[0].text
        assert words in str(trouble.facts["words"])


def seen_at(pages: list[httpx.Response], address: str) -> None:
    pages.append(visited(address))


def test_a_redirect_from_somebody_else_is_turned_away_and_the_right_one_still_counts(
    provider: AuthorizationDesk,
) -> None:
    pages: list[httpx.Response] = []
    pending = Browser(provider.client(), pages=PAGES)
    at = redirect_of(pending)

    def seen() -> None:
        strange = ("?code=stolen", "?code=stolen&state=guessed", "?error=x&state=", "?", "x")
        pages.extend(visited(f"{at}/{each}") for each in strange)
        pages.append(visited(pending.address))  # whoever comes after it finds nobody

    grant = waited(pending, seen)
    assert [page.status_code for page in pages] == [400, 400, 400, 404, 404, 200]
    assert "Pas d&#x27;ici." in pages[0].text
    assert refreshed(grant).token in provider.by_access_token


def test_a_connection_that_says_nothing_holds_nobody_up(provider: AuthorizationDesk) -> None:
    pending = Browser(provider.client(), pages=PAGES)
    with socket.create_connection(address_of(redirect_of(pending))):
        assert waited(pending, lambda: visited(pending.address)).refresh_token


def test_a_code_that_another_program_asked_for_is_worth_nothing(
    provider: AuthorizationDesk,
) -> None:
    """PKCE: whoever caught the code has no verifier for it, and ours does not fit theirs."""
    theirs, ours = (Browser(provider.client(), pages=PAGES) for _ in range(2))
    answer = httpx.get(theirs.address, trust_env=False, timeout=30).headers["location"]
    code = parse_qs(urlsplit(answer).query)["code"][0]
    state = parse_qs(urlsplit(ours.address).query)["state"][0]
    trouble = refused(ours, lambda: visited(f"{redirect_of(ours)}/?code={code}&state={state}"))
    theirs.close()
    assert (type(trouble), trouble.code) == (Refused, "sign-in-failed")


def test_nothing_goes_over_the_network_in_the_clear(provider: AuthorizationDesk) -> None:
    for name in ("authorize", "token", "device"):
        for address in ("http://login.example.org/", "ftp://login.example.org/", "token"):
            with pytest.raises(SettingsError, match="value-unfit"):
                provider.client(**{name: address})


# --- a code for another device -------------------------------------------------------------------


@pytest.fixture
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signin, "LEAST_POLL_S", 0.05)
    monkeypatch.setattr(signin, "SLOWER_S", 0.05)


@pytest.mark.usefixtures("in_a_hurry")
def test_a_code_typed_on_another_device_gives_a_grant(provider: AuthorizationDesk) -> None:
    provider.slow_down = True
    pending = DeviceCode(provider.client())
    assert (pending.address, len(pending.user_code)) == (f"{provider.url}/device", 9)

    def typed() -> None:
        while provider.slow_down:  # it has asked by now, and was told to ask less often
            time.sleep(0.01)
        provider.typed[pending.user_code] = (USER, True)

    assert refreshed(waited(pending, typed)).token in provider.by_access_token


@pytest.mark.usefixtures("in_a_hurry")
def test_whoever_says_no_or_nothing_ends_it(provider: AuthorizationDesk) -> None:
    declined, ended = DeviceCode(provider.client()), DeviceCode(provider.client())
    provider.typed[declined.user_code] = (USER, False)
    for each in provider.devices.values():
        each["expires_at"] *= each["user_code"] == declined.user_code
    untyped = DeviceCode(provider.client(), wait_s=0.1)
    never_back = Browser(provider.client(), pages=PAGES, wait_s=0.3)
    for pending in (declined, ended, untyped, never_back):
        trouble = refused(pending, lambda: None)
        assert (type(trouble), trouble.code) == (Refused, "sign-in-failed")


@pytest.mark.usefixtures("in_a_hurry")
def test_a_provider_that_falls_silent_is_asked_again(provider: AuthorizationDesk) -> None:
    pending = DeviceCode(provider.client())
    provider.typed[pending.user_code] = (USER, True)
    provider.token_says = PlainTextResponse("busy", 503)
    timer = threading.Timer(0.2, lambda: setattr(provider, "token_says", None))
    assert waited(pending, timer.start).refresh_token
    timer.join()


# --- what comes of it ----------------------------------------------------------------------------


def test_a_text_that_is_no_grant_is_refused_without_showing_it(
    provider: AuthorizationDesk,
) -> None:
    whole = provider.signed_in()
    assert Grant.of(Grant.of(whole).text()) == Grant.of(whole)
    texts = ["", "{}", '{"grant": 1}', '{"grant": {"refresh_token": "x"}}']
    for field in ("token", "hosts", "refresh_token", "client_id"):
        about = json.loads(whole)
        del about["grant"][field]
        texts.append(json.dumps(about))
    for text in texts:
        with pytest.raises(SettingsError, match="grant-malformed") as caught:
            Grant.of(text)
        assert caught.value.__context__ is None


def test_a_provider_that_gives_no_token_says_why_and_no_error_holds_one(
    provider: AuthorizationDesk,
) -> None:
    grant = Grant.of(provider.signed_in())

    def answered(status: str, body: str) -> tuple[str, str]:
        said = body.replace("TOKEN", grant.refresh_token)
        to = {"location": f"{provider.url}/stolen"} if status == "307" else None
        provider.token_says = Response(said, int(status), to)
        with pytest.raises(Trouble) as caught:
            refreshed(grant)
        told = "".join(traceback.format_exception(caught.value)) + repr(caught.value.facts)
        assert "refresh-" not in told
        assert caught.value.__context__ is None
        return type(caught.value).__name__, caught.value.code

    assert wrong(Path(__file__).with_name("signin.txt"), "a refusal of a token", answered) == []


def test_one_that_does_not_rotate_leaves_the_grant_as_it_is(provider: AuthorizationDesk) -> None:
    provider.token_says = JSONResponse({"access_token": "x", "expires_in": "12"})
    grant = Grant.of(provider.signed_in())
    access = refreshed(grant)
    assert (access.grant, access.lasts_s) == (grant, 12)
    assert "x" not in repr(access).replace("expires", "").split("grant")[0]
