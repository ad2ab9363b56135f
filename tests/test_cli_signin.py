"""`account set` where one signs in at the provider instead of typing a password."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from merge.cli import account
from merge.french.communes import reference
from merge.settings import FILE_NAME
from tests.desk import Desk
from tests.drawer import Drawer
from tests.servers.authorization import CLIENT_ID, SCOPE, AuthorizationDesk
from tests.servers.certificates import Authority
from tests.servers.webdoor import web_door

pytest_plugins = ["tests.servers.fixtures"]

TOWNS = list(reference())[:5]
HOST = ("--host", "localhost", "--port", "465", "--no-test")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.made(tmp_path)


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Opens whatever the program asks a browser to open; what was opened."""
    opened: list[str] = []

    def look(address: str) -> None:
        opened.append(address)
        ways = {"follow_redirects": True, "trust_env": False, "timeout": 30}
        threading.Thread(target=httpx.get, args=(address,), kwargs=ways).start()

    monkeypatch.setattr(account, "_open_browser", look)
    return opened


def at(provider: AuthorizationDesk, *more: str) -> tuple[str, ...]:
    """The options that name this provider, which the program does not know."""
    addresses = ("--authorize-url", f"{provider.url}/authorize", "--token-url")
    return (
        *(*HOST, *addresses, f"{provider.url}/token", "--scope", SCOPE),
        *("--device-url", f"{provider.url}/device_authorization", "--client-id", CLIENT_ID, *more),
    )


def kept(drawer: Drawer) -> dict[str, object]:
    (text,) = drawer.kept.values()
    found: dict[str, object] = json.loads(text)["grant"]
    return found


def test_a_yes_in_the_browser_is_kept_in_the_keyring_and_nowhere_else(
    desk: Desk, provider: AuthorizationDesk, drawer: Drawer, person: list[str]
) -> None:
    said = desk.ok("account", "set", *at(provider))
    assert "Signed in as groupe@example.org" in said.err
    assert "in the system's keyring" in said.err
    assert len(person) == 1
    assert person[0] in said.err  # for whom no browser opens
    grant = kept(drawer)
    assert grant["refresh_token"] in provider.by_refresh_token
    assert grant["hosts"] == ["localhost"]
    written = "".join(
        path.read_bytes().decode("latin-1") for path in desk.folder.rglob("*") if path.is_file()
    )
    assert not [each for each in provider.issued() if each in written + said.out + said.err]


def test_whoever_signs_in_again_need_not_say_the_client_id_again(
    desk: Desk, provider: AuthorizationDesk, drawer: Drawer, person: list[str]
) -> None:
    desk.ok("account", "set", *at(provider))
    first = kept(drawer)
    desk.ok("account", "set", *HOST, "--sign-in", "browser")
    assert len(person) == 2
    assert kept(drawer)["refresh_token"] != first["refresh_token"]
    assert kept(drawer)["client_id"] == CLIENT_ID


def test_a_code_is_typed_on_another_device(
    desk: Desk, provider: AuthorizationDesk, drawer: Drawer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from merge.words import mailbox

    shown: list[str] = []

    def type_code(code: str, address: str) -> str:
        provider.typed[code] = ("groupe@example.org", True)
        shown.append(address)
        return f"{address} {code}"

    monkeypatch.setattr(mailbox, "type_code", type_code)
    desk.ok("account", "set", *at(provider, "--sign-in", "code"))
    assert kept(drawer)["refresh_token"] in provider.by_refresh_token
    assert shown[0].startswith("http")


def _no(provider: AuthorizationDesk) -> None:
    provider.consent = "no"


def _tenant(provider: AuthorizationDesk) -> None:
    provider.consent = ("access_denied", "AADSTS90094: The grant requires admin permission.")


@pytest.mark.parametrize("how", [_no, _tenant])
def test_who_is_refused_has_what_they_had_before(
    desk: Desk,
    provider: AuthorizationDesk,
    drawer: Drawer,
    person: list[str],
    how: Callable[[AuthorizationDesk], None],
) -> None:
    desk.ok("account", "set", *at(provider))
    before = kept(drawer)
    how(provider)
    said = desk.run("account", "set", *HOST, "--sign-in", "browser")
    assert said.code == 3
    assert "Traceback" not in said.err
    assert kept(drawer) == before


def test_without_a_keyring_it_goes_into_the_guarded_file(
    desk: Desk,
    provider: AuthorizationDesk,
    no_keyring: None,
    person: list[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    said = desk.run("account", "set", *at(provider))
    assert (said.code, "no keyring" in said.err) == (2, True)
    file = tmp_path / "grant"
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD_FILE", str(file))
    said = desk.ok("account", "set", *at(provider))
    assert f"is kept in {file}" in said.err
    assert json.loads(file.read_text("utf-8"))["grant"]["client_id"] == CLIENT_ID
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--provider", "outlook"), "client id of your own"),
        (("--provider", "gmail", "--client-id", "x"), "comes with a secret"),
        (("--host", "localhost"), "is not known"),
        (
            (
                *(*HOST, "--authorize-url", "http://example.org/a", "--token-url", "http://x/t"),
                *("--scope", "s", "--client-id", "x"),
            ),
            "https",
        ),
    ],
)
def test_what_is_lacking_is_said(desk: Desk, options: tuple[str, ...], told: str) -> None:
    said = desk.run("account", "set", *options, "--sign-in", "browser", "--no-test")
    assert said.code == 2
    assert told in said.err
    assert "Traceback" not in said.err


def test_the_steps_of_a_provider_are_told_before_its_client_id_is_asked(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from merge.cli import output

    monkeypatch.setattr(output, "somebody_is_there", lambda: True)
    said = desk.run("account", "set", "--from", "x@hotmail.fr", "--provider", "outlook", typed="")
    assert "1. Open entra.microsoft.com" in said.err
    assert said.err.index("entra.microsoft.com") < said.err.index("Client id")
    assert 'provider = "outlook"' in (desk.folder / FILE_NAME).read_text("utf-8")


@pytest.mark.parametrize("door", ["gmail-api", "graph"])
def test_a_campaign_leaves_by_the_web_once_each_with_the_tokens_of_the_sign_in(
    desk: Desk,
    provider: AuthorizationDesk,
    drawer: Drawer,
    person: list[str],
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    door: str,
) -> None:
    with web_door(authority) as web:
        web.tokens = provider.by_access_token
        file, ca_file = desk.folder / FILE_NAME, str(authority.ca_file)
        own = f'send_by = "{door}"\nhost = "localhost"\nport = {web.port}\nca_file = "{ca_file}"'
        text = file.read_text("utf-8").replace("[account]", f"[account]\n{own}", 1)
        file.write_text(text, "utf-8")
        desk.approve()
        monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
        wrong = desk.run("account", "set", "--from", "groupe@example.org", "--sign-in", "no")
        monkeypatch.delenv("PUBLIPOSTAGE_PASSWORD")
        assert (wrong.code, "has signed in" in wrong.err) == (2, True), wrong.err
        said = desk.ok("account", "set", "--from", "groupe@example.org", *at(provider)[5:])
        assert "the login is accepted" in said.err
        assert "sign-in at the provider" in desk.ok("account", "test").out
        rows = [f"{insee};;M;Jean;MARTIN;mairie{insee}@example.org;;;" for insee in TOWNS]
        desk.ok("import", str(Desk(tmp_path / "beside").sheet(*rows)))
        provider.expire()
        desk.ok("send", "--really", "--yes", "--untested")
    assert sorted(web.accepted) == sorted(f"mairie{insee}" for insee in TOWNS)
    assert desk.figures()["email"]["sent"] == 5
    words = desk.ok("show", TOWNS[0]).out
    assert ("accepted, request-id" if door == "graph" else "id 18c") in words
    assert not [each for each in provider.issued() if each in words]
