"""`account set` where one signs in at the provider instead of typing a password."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from keyring.errors import KeyringError
from starlette.responses import PlainTextResponse

from merge.app import signin
from merge.app.opening import users_accounts
from merge.cli import account
from merge.french.communes import reference
from merge.mail.signin import Browser, DeviceCode
from merge.settings import FILE_NAME, SignIn
from tests.desk import Desk
from tests.drawer import Drawer
from tests.servers.authorization import CLIENT_ID, SCOPE, AuthorizationDesk
from tests.servers.certificates import Authority
from tests.servers.webdoor import web_door

pytest_plugins = ["tests.servers.fixtures"]

*TOWNS, IN_DOUBT = list(reference())[:6]
HOST = ("--host", "localhost", "--port", "465", "--no-test")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """One who has no password in the environment: it would come before a sign-in."""
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


CLIENT = ("--client-id", CLIENT_ID)
AT = (*HOST, *CLIENT)
"""The options that name the provider of these tests."""


def knows(patch: pytest.MonkeyPatch, url: str, *, device: bool = True) -> None:
    """Let the program know how one signs in at the host of AT."""
    others = signin.known
    its = SignIn(
        authorize=f"{url}/authorize",
        token=f"{url}/token",
        scopes=(SCOPE,),
        device=f"{url}/device_authorization" if device else "",
    )
    patch.setattr(signin, "known", lambda at: its if at.host == "localhost" else others(at))


@pytest.fixture
def provider(provider: AuthorizationDesk, monkeypatch: pytest.MonkeyPatch) -> AuthorizationDesk:
    knows(monkeypatch, provider.url)
    return provider


def kept(drawer: Drawer) -> dict[str, object]:
    (text,) = drawer.kept.values()
    found: dict[str, object] = json.loads(text)["grant"]
    return found


def test_a_yes_in_the_browser_is_kept_in_the_keyring_and_nowhere_else(
    desk: Desk, provider: AuthorizationDesk, drawer: Drawer, person: list[str]
) -> None:
    said = desk.ok("account", "set", *AT)
    assert len(person) == 1
    assert person[0] in said.err  # for whom no browser opens
    grant = kept(drawer)
    assert grant["refresh_token"] in provider.by_refresh_token
    assert grant["hosts"] == ["localhost"]
    written = "".join(
        path.read_bytes().decode("latin-1") for path in desk.folder.rglob("*") if path.is_file()
    )
    assert not [each for each in provider.issued() if each in written + said.out + said.err]


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
    desk.ok("account", "set", *AT, "--sign-in", "code")
    assert kept(drawer)["refresh_token"] in provider.by_refresh_token
    assert shown[0].startswith("http")


def waits(patch: pytest.MonkeyPatch, kind: type[Browser | DeviceCode], wait_s: float) -> None:
    """So long, and no longer."""
    defaults = kind.__init__.__kwdefaults__
    assert defaults
    patch.setitem(defaults, "wait_s", wait_s)


def _no(provider: AuthorizationDesk, patch: pytest.MonkeyPatch) -> None:
    provider.consent = "no"


def _tenant(provider: AuthorizationDesk, patch: pytest.MonkeyPatch) -> None:
    provider.consent = ("access_denied", "AADSTS90094: The grant requires admin permission.")


def _no_such_client(provider: AuthorizationDesk, patch: pytest.MonkeyPatch) -> None:
    del provider.clients[CLIENT_ID]


def _never_back(provider: AuthorizationDesk, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(account, "_open_browser", lambda address: None)
    waits(patch, Browser, 0.3)


def _somebody_else(provider: AuthorizationDesk, patch: pytest.MonkeyPatch) -> None:
    def look(address: str) -> None:
        (redirect,) = parse_qs(urlsplit(address).query)["redirect_uri"]
        forged = f"{redirect}/?code=theirs&state=guessed"
        ways = {"trust_env": False, "timeout": 30}
        threading.Thread(target=httpx.get, args=(forged,), kwargs=ways).start()

    patch.setattr(account, "_open_browser", look)
    waits(patch, Browser, 2)


def _keyring_fails(provider: AuthorizationDesk, patch: pytest.MonkeyPatch) -> None:
    def fails(*_said: object) -> None:
        raise KeyringError

    patch.setattr(Drawer, "set_password", fails)


def _no_answer(provider: AuthorizationDesk, patch: pytest.MonkeyPatch) -> None:
    provider.token_says = PlainTextResponse("at lunch", 503)


@pytest.mark.parametrize(
    ("how", "code", "told"),
    [
        (_no, 3, "did not succeed"),
        (_tenant, 3, "did not succeed"),
        (_no_such_client, 3, "did not succeed"),
        (_never_back, 3, "did not succeed"),
        (_somebody_else, 3, "did not succeed"),
        (_keyring_fails, 2, "keyring"),
        (_no_answer, 4, "gives no answer"),
    ],
)
def test_who_is_refused_is_told_why_and_has_what_they_had_before(
    desk: Desk,
    provider: AuthorizationDesk,
    drawer: Drawer,
    person: list[str],
    monkeypatch: pytest.MonkeyPatch,
    how: Callable[[AuthorizationDesk, pytest.MonkeyPatch], None],
    code: int,
    told: str,
) -> None:
    def everything() -> object:
        with closing(users_accounts()) as accounts:
            approved = accounts.approvals.all()
        return (desk.folder / FILE_NAME).read_bytes(), dict(drawer.kept), approved

    desk.ok("account", "set", *AT)
    before = everything()
    how(provider, monkeypatch)
    said = desk.run("account", "set", *AT, "--from", "autre@example.org")
    assert (said.code, told in said.err) == (code, True), said.err
    assert "Traceback" not in said.err
    assert everything() == before
    assert not [each for each in provider.issued() if each in said.err]


def test_without_a_keyring_it_goes_into_the_guarded_file(
    desk: Desk,
    provider: AuthorizationDesk,
    no_keyring: None,
    person: list[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    said = desk.run("account", "set", *AT)
    assert said.code == 2
    file = tmp_path / "grant"
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD_FILE", str(file))
    said = desk.ok("account", "set", *AT)
    assert json.loads(file.read_text("utf-8"))["grant"]["client_id"] == CLIENT_ID
    assert file.stat().st_mode & 0o777 == 0o600


def test_nobody_signs_in_at_an_address_that_others_can_listen_to(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    knows(monkeypatch, "http://example.org")
    said = desk.run("account", "set", *AT)
    assert said.code == 2


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
        file, ca_file = desk.folder / FILE_NAME, authority.put_in(desk.folder)
        own = f'send_by = "{door}"\nhost = "localhost"\nport = {web.port}\nca_file = "{ca_file}"'
        text = file.read_text("utf-8").replace("[account]", f"[account]\n{own}", 1)
        file.write_text(text, "utf-8")
        desk.approve()
        monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
        wrong = desk.run("account", "set", "--from", "groupe@example.org", "--sign-in", "no")
        monkeypatch.delenv("PUBLIPOSTAGE_PASSWORD")
        assert wrong.code == 2
        said = desk.ok("account", "set", "--from", "groupe@example.org", *CLIENT)
        desk.ok("account", "test")
        rows = [f"{insee};;M;Jean;MARTIN;mairie{insee}@example.org;;;" for insee in TOWNS]
        rows += [f"{IN_DOUBT};;M;Jean;MARTIN;taken@example.org;;;"]  # and nothing is answered
        desk.ok("import", str(Desk(tmp_path / "beside").sheet(*rows)))
        provider.expire()
        said = desk.run("send", "--really", "--yes", "--untested")
        assert said.code == 1
        said = desk.run("resolve")  # which has no right to read: it stays with a person
        assert (said.code, desk.figures()["email"]["unknown"]) == (1, 1), said.err
        desk.ok("send", "--really", "--yes", "--untested")
        desk.ok("resolve", IN_DOUBT, "--sent")
    assert sorted(web.accepted) == sorted([*(f"mairie{insee}" for insee in TOWNS), "taken"])
    assert desk.figures()["email"]["sent"] == 6
    words = desk.ok("show", TOWNS[0]).out
    assert ("accepted, request-id" if door == "graph" else "id 18c") in words
    assert not [each for each in provider.issued() if each in words]
