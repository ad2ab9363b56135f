"""Sign in at a provider: in the browser of this machine, or by a code typed elsewhere."""

from __future__ import annotations

import json
import socket
import threading
import time
import traceback
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from merge.errors import AccountPaused, Refused, SettingsError, Stopped, Trouble
from merge.mail import signin
from merge.mail.signin import Browser, DeviceCode, Grant, Pages, refreshed
from tests.servers.authorization import AuthorizationDesk

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


@pytest.mark.parametrize(
    ("consent", "code"),
    [
        ("no", "sign-in-failed"),
        (("access_denied", "The user has declined."), "sign-in-failed"),
        (("access_denied", "AADSTS90094: The grant requires admin permission."), "sign-in-failed"),
        (("admin_policy_enforced", ""), "sign-in-failed"),
        (("org_internal", ""), "sign-in-failed"),
        (("unauthorized_client", "AADSTS700016: not found in the directory"), "sign-in-failed"),
        (("server_error", "Try\nagain"), "sign-in-failed"),
    ],
)
def test_a_no_in_the_browser_says_why(
    provider: AuthorizationDesk, consent: str | tuple[str, str], code: str
) -> None:
    provider.consent = consent
    pending, pages = Browser(provider.client(), pages=PAGES), list[httpx.Response]()
    trouble = refused(pending, lambda: pages.append(visited(pending.address)))
    assert (type(trouble), trouble.code) == (Refused, code)
    assert "Refusé." in pages[0].text
    if isinstance(consent, tuple):
        assert trouble.facts["words"] == " ".join((consent[1] or consent[0]).split())


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


def test_where_nothing_but_strangers_come_it_says_so(provider: AuthorizationDesk) -> None:
    pending = Browser(provider.client(), pages=PAGES, wait_s=1)
    at = redirect_of(pending)
    trouble = refused(pending, lambda: visited(f"{at}/?code=stolen&state=guessed"))
    assert (type(trouble), trouble.code) == (Refused, "sign-in-failed")


def test_a_browser_that_never_comes_back_is_waited_for_so_long_and_no_longer(
    provider: AuthorizationDesk,
) -> None:
    trouble = refused(Browser(provider.client(), pages=PAGES, wait_s=0.3), lambda: None)
    assert (type(trouble), trouble.code) == (Refused, "sign-in-failed")


def test_whoever_does_not_want_to_wait_stops_it(provider: AuthorizationDesk) -> None:
    pending = Browser(provider.client(), pages=PAGES)
    with pytest.raises(Refused, match="sign-in-failed"):
        pending.wait(lambda: True)
    pending.close()


def test_a_connection_that_says_nothing_holds_nobody_up(provider: AuthorizationDesk) -> None:
    pending = Browser(provider.client(), pages=PAGES)
    with socket.create_connection(address_of(redirect_of(pending))):
        assert waited(pending, lambda: visited(pending.address)).refresh_token


def test_a_code_that_another_program_asked_for_is_worth_nothing(
    provider: AuthorizationDesk,
) -> None:
    """PKCE: whoever caught the code has no verifier for it, and ours does not fit theirs."""
    theirs, ours = (Browser(provider.client(), pages=PAGES) for _ in range(2))
    answer = httpx.get(theirs.address, trust_env=False).headers["location"]
    code = parse_qs(urlsplit(answer).query)["code"][0]
    state = parse_qs(urlsplit(ours.address).query)["state"][0]
    trouble = refused(ours, lambda: visited(f"{redirect_of(ours)}/?code={code}&state={state}"))
    theirs.close()
    assert (type(trouble), trouble.code) == (Refused, "sign-in-failed")


def test_a_wrong_client_id_is_told_when_the_code_is_shown(provider: AuthorizationDesk) -> None:
    pending = Browser(provider.client(), pages=PAGES)

    def seen() -> None:
        answer = httpx.get(pending.address, trust_env=False).headers["location"]
        provider.clients.clear()  # it was taken away meanwhile
        visited(answer)

    assert refused(pending, seen).code == "sign-in-failed"


def test_one_without_a_refresh_token_is_refused(provider: AuthorizationDesk) -> None:
    provider.gives_refresh_tokens = False
    pending = Browser(provider.client(), pages=PAGES)
    trouble = refused(pending, lambda: visited(pending.address))
    assert (type(trouble), trouble.code) == (Refused, "sign-in-failed")


@pytest.mark.parametrize("address", ["http://login.example.org/", "ftp://127.0.0.1/", "token"])
def test_nothing_goes_over_the_network_in_the_clear(
    provider: AuthorizationDesk, address: str
) -> None:
    for name in ("authorize", "token", "device"):
        if address == "ftp://127.0.0.1/":
            address = "ftp://login.example.org/"
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
        provider.typed[pending.user_code] = ("groupe@example.org", True)

    assert refreshed(waited(pending, typed)).token in provider.by_access_token


@pytest.mark.usefixtures("in_a_hurry")
def test_a_no_on_another_device_is_a_no(provider: AuthorizationDesk) -> None:
    pending = DeviceCode(provider.client())
    provider.typed[pending.user_code] = ("groupe@example.org", False)
    assert refused(pending, lambda: None).code == "sign-in-failed"


@pytest.mark.usefixtures("in_a_hurry")
def test_a_code_that_nobody_types_runs_out(provider: AuthorizationDesk) -> None:
    pending = DeviceCode(provider.client())
    provider.devices[next(iter(provider.devices))]["expires_at"] = 0
    assert refused(pending, lambda: None).code == "sign-in-failed"
    assert refused(DeviceCode(provider.client(), wait_s=0.1), lambda: None).code == "sign-in-failed"


def test_a_client_that_is_not_there_has_no_code(provider: AuthorizationDesk) -> None:
    with pytest.raises(Refused, match="sign-in-failed"):
        DeviceCode(provider.client(client_id="nobody"))


@pytest.mark.usefixtures("in_a_hurry")
def test_a_provider_that_falls_silent_is_asked_again(provider: AuthorizationDesk) -> None:
    pending = DeviceCode(provider.client())
    provider.typed[pending.user_code] = ("groupe@example.org", True)
    provider.token_says = PlainTextResponse("busy", 503)
    timer = threading.Timer(0.2, lambda: setattr(provider, "token_says", None))
    assert waited(pending, timer.start).refresh_token
    timer.join()


# --- what comes of it ----------------------------------------------------------------------------


def test_a_grant_is_kept_as_text_and_read_again(provider: AuthorizationDesk) -> None:
    grant = Grant.of(provider.signed_in())
    assert Grant.of(grant.text()) == grant
    assert grant.may_go_to("LOCALHOST")
    assert not grant.may_go_to("smtp.example.org")


@pytest.mark.parametrize("text", ["", "{}", '{"grant": 1}', '{"grant": {"refresh_token": "x"}}'])
def test_a_text_that_is_no_grant_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(SettingsError, match="grant-malformed") as caught:
        Grant.of(text)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("field", ["token", "hosts", "refresh_token", "client_id"])
def test_a_grant_that_lacks_something_is_refused(provider: AuthorizationDesk, field: str) -> None:
    about = json.loads(provider.signed_in())
    del about["grant"][field]
    with pytest.raises(SettingsError, match="grant-malformed"):
        Grant.of(json.dumps(about))


def elsewhere(url: str) -> Response:
    return RedirectResponse(f"{url}/stolen", 307)


@pytest.mark.parametrize(
    ("says", "kind", "code"),
    [
        (lambda _: JSONResponse({"error": "invalid_grant"}, 400), AccountPaused, "sign-in-ended"),
        (
            lambda _: JSONResponse({"error": "interaction_required"}, 400),
            AccountPaused,
            "sign-in-ended",
        ),
        (
            lambda _: JSONResponse({"error": "invalid_client"}, 401),
            AccountPaused,
            "sign-in-refused",
        ),
        (lambda _: JSONResponse({"error": "server_error"}, 500), Stopped, "sign-in-unreachable"),
        (lambda _: PlainTextResponse("busy", 503), Stopped, "sign-in-unreachable"),
        (lambda _: PlainTextResponse("slowly", 429), Stopped, "sign-in-unreachable"),
        (lambda _: PlainTextResponse("<html>"), Stopped, "sign-in-unreachable"),
        (lambda _: JSONResponse({}), Stopped, "sign-in-unreachable"),
        (elsewhere, Stopped, "sign-in-unreachable"),
    ],
)
def test_a_provider_that_gives_no_token_says_why_and_no_error_holds_one(
    provider: AuthorizationDesk,
    says: Callable[[str], Response],
    kind: type[Trouble],
    code: str,
) -> None:
    provider.token_says = says(provider.url)
    grant = Grant.of(provider.signed_in())
    with pytest.raises(Trouble) as caught:
        refreshed(grant)
    assert (type(caught.value), caught.value.code) == (kind, code)
    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value.facts)
    assert "refresh-" not in told
    assert caught.value.__context__ is None


def test_a_provider_that_repeats_the_token_is_told_without_it(provider: AuthorizationDesk) -> None:
    grant = Grant.of(provider.signed_in())
    provider.token_says = JSONResponse(
        {"error": "invalid_grant", "error_description": f"{grant.refresh_token} is unknown"}, 400
    )
    with pytest.raises(AccountPaused) as caught:
        refreshed(grant)
    assert caught.value.facts["words"] == "… is unknown"


def test_a_provider_that_nobody_reaches_is_told(provider: AuthorizationDesk) -> None:
    grant = Grant.of(provider.signed_in(token="http://127.0.0.1:9/token"))
    with pytest.raises(Stopped, match="sign-in-unreachable") as caught:
        refreshed(grant)
    assert caught.value.facts["host"] == "127.0.0.1"


def test_one_that_does_not_rotate_leaves_the_grant_as_it_is(provider: AuthorizationDesk) -> None:
    provider.token_says = JSONResponse({"access_token": "x", "expires_in": "12"})
    grant = Grant.of(provider.signed_in())
    access = refreshed(grant)
    assert (access.grant, access.lasts_s) == (grant, 12)
    assert "x" not in repr(access).replace("expires", "").split("grant")[0]
