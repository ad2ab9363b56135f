"""Which mailbox, with what password: what is asked, what is told, and every way it can go wrong."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import click.termui
import pytest

from merge.cli import output
from merge.settings import FILE_NAME, PROVIDERS, load
from merge.words.reasons.providers import PECULIARITIES
from tests.desk import NICE, Desk
from tests.drawer import Drawer
from tests.servers.capture import CaptureServer
from tests.servers.certificates import Authority
from tests.servers.dns import serving
from tests.servers.faults import FaultServer

pytest_plugins = ["tests.servers.fixtures"]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.made(tmp_path)


@pytest.fixture
def types(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Says what is typed where nothing is shown."""

    def types(hidden: str) -> None:
        monkeypatch.setattr(click.termui, "hidden_prompt_func", lambda prompt: hidden)
        monkeypatch.setattr(output, "somebody_is_there", lambda: True)

    return types


def at(server: CaptureServer) -> tuple[str, ...]:
    """The options that name this server."""
    ca_file = str(server.authority.ca_file)
    return ("--host", "localhost", "--port", str(server.port), "--ca-file", ca_file)


def entry_of(server: CaptureServer) -> tuple[str, str]:
    """Where the keyring keeps the password for this server, and for no other."""
    ca = sha256(server.authority.ca_file.read_bytes()).hexdigest()
    return f"publipostage:smtp:localhost:{server.port}:implicit:{ca}", "groupe@example.org"


def test_the_address_guesses_the_provider_and_the_password_is_tested_and_kept(
    desk: Desk, capture_server: CaptureServer, drawer: Drawer, types: Callable[[str], None]
) -> None:
    types(capture_server.password)
    desk.ok("account", "set", *at(capture_server))
    assert drawer.kept == {entry_of(capture_server): "secret"}
    assert capture_server.password not in (desk.folder / FILE_NAME).read_text("utf-8")
    desk.ok("account", "test")


def test_where_no_server_is_said_the_line_to_type_has_the_provider_of_the_address(
    desk: Desk, drawer: Drawer, types: Callable[[str], None]
) -> None:
    types("s3cret")
    before = (desk.folder / FILE_NAME).read_bytes()
    said = desk.run("account", "set", "--no-test", "--from", "prenom@wanadoo.fr")
    line = "--from prenom@wanadoo.fr --provider orange"
    assert said.code == 3
    assert ((desk.folder / FILE_NAME).read_bytes(), drawer.kept) == (before, {})
    desk.ok("account", "set", "--no-test", *line.split())
    account = load(desk.folder).account
    assert (account.from_address, account.host) == ("prenom@wanadoo.fr", "smtp.orange.fr")
    assert drawer.kept == {
        ("publipostage:smtp:smtp.orange.fr:465:implicit", "prenom@wanadoo.fr"): "s3cret",
        ("publipostage:imap:imap.orange.fr:993:implicit", "prenom@wanadoo.fr"): "s3cret",
    }


def test_of_a_domain_of_ones_own_the_provider_is_seen_by_where_its_mail_goes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers = {
        "workspace": "aspmx.l.google.com",
        "microsoft365": "example-org.mail.protection.outlook.com",
        "outlook": "example-org.olc.protection.outlook.com",
        "ovh": "mx1.mail.ovh.net",
        "…": "mx.example.net",
    }
    zones = {f"{n}.example.org": {"MX": [f"10 {each}."]} for n, each in enumerate(servers.values())}
    with serving(zones) as dns:
        monkeypatch.setenv("PUBLIPOSTAGE_DNS", dns.address)
        told = [desk.run("account", "set", "--from", f"a@{own}").err for own in zones]
    assert [each.rpartition("--provider ")[2].strip() for each in told] == [*servers]


def test_an_application_password_may_be_typed_as_it_is_shown(
    desk: Desk, drawer: Drawer, types: Callable[[str], None]
) -> None:
    types("abcd efgh ijkl mnop")
    who = ("--provider", "Gmail", "--from", "x@gmail.com")
    said = desk.run("account", "set", *who, "--no-test")
    assert (said.code, drawer.kept) == (3, {})
    desk.ok("account", "set", *who, "--no-test", "--sign-in", "no")
    assert set(drawer.kept.values()) == {"abcdefghijklmnop"}


def test_the_login_is_what_the_provider_wants(
    desk: Desk, drawer: Drawer, types: Callable[[str], None]
) -> None:
    types("s3cret")
    desk.ok("account", "set", "--provider", "free", "--from", "zoe@free.fr", "--no-test")
    assert load(desk.folder).account.login == "zoe"
    said = desk.run("account", "set", "--provider", "brevo", "--no-test")
    assert said.code == 3
    desk.ok("account", "set", "--provider", "brevo", "--no-test", "--login", "77@smtp.example")
    assert load(desk.folder).account.login == "77@smtp.example"
    desk.ok("account", "set", "--provider", "ovh", "--login", "other", "--no-test")
    assert load(desk.folder).account.login == "other"
    assert [login for service, login in drawer.kept if ":smtp:" in service] == [
        "zoe",
        "77@smtp.example",
        "other",
    ]


def test_another_provider_takes_nothing_over_from_the_one_before(
    desk: Desk, drawer: Drawer, types: Callable[[str], None], authority: Authority
) -> None:
    types("s3cret")
    shutil.copy(authority.ca_file, desk.folder / "ca.pem")
    desk.ok("account", "set", "--host", "smtp.example.org", "--port", "2525", "--login", "me",
            "--ca-file", "ca.pem", "--no-test")  # fmt: skip
    desk.ok("account", "set", "--provider", "infomaniak", "--no-test")
    account = load(desk.folder).account
    assert (account.host, account.port) == ("mail.infomaniak.com", 465)
    assert (account.login, account.ca_file) == ("", "")
    assert len(drawer.kept) == 3  # Infomaniak's mailbox by IMAP has an entry of its own


def test_the_mailbox_of_the_server_before_goes_with_it_and_only_with_it(
    desk: Desk, drawer: Drawer, types: Callable[[str], None]
) -> None:
    types("s3cret")
    desk.ok("account", "set", "--host", "smtp.example.org", "--no-test")
    path = desk.folder / FILE_NAME
    imap = '[account.imap]\nhost = "imap.example.org"\n\n[letter]'
    path.write_text(path.read_text("utf-8").replace("[letter]", imap), "utf-8")
    again = ("account", "set", "--host", "smtp.example.org", "--port", "2525", "--no-test")
    assert "imap.example.org" in desk.ok(*again, typed="y\n").err  # which nobody has typed
    assert load(desk.folder).account.imap.host == "imap.example.org"
    desk.ok("account", "set", "--provider", "gandi", "--no-test")
    assert load(desk.folder).account.imap.host != "imap.example.org"
    assert drawer.kept


def test_a_password_from_the_environment_is_used_and_not_asked_for(
    desk: Desk, capture_server: CaptureServer, drawer: Drawer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", capture_server.password)
    desk.ok("account", "set", *at(capture_server))
    assert drawer.kept == {}


def test_a_kept_password_that_is_wrong_can_be_typed_anew(
    desk: Desk,
    capture_server: CaptureServer,
    drawer: Drawer,
    types: Callable[[str], None],
) -> None:
    drawer.kept[entry_of(capture_server)] = "of last year"
    assert desk.run("account", "set", *at(capture_server)).code == 4  # a script: nobody to ask
    types("")
    assert desk.run("account", "set", *at(capture_server)).code == 4
    types(capture_server.password)
    desk.ok("account", "set", *at(capture_server))
    assert drawer.kept == {entry_of(capture_server): "secret"}


@pytest.mark.usefixtures("no_keyring")
def test_without_a_keyring_a_password_is_neither_kept_nor_shown(
    desk: Desk, capture_server: CaptureServer, types: Callable[[str], None], tmp_path: Path
) -> None:
    types(capture_server.password)
    said = desk.run("account", "set", *at(capture_server))
    assert said.code == 2
    assert capture_server.password not in said.err


def test_a_wrong_password_is_not_kept(
    desk: Desk, capture_server: CaptureServer, drawer: Drawer, types: Callable[[str], None]
) -> None:
    types("wrong")
    said = desk.run("account", "set", *at(capture_server))
    assert (said.code, drawer.kept) == (4, {})


def test_a_certificate_that_is_foreign_or_has_expired_gets_no_password(
    desk: Desk,
    capture_server: CaptureServer,
    authority: Authority,
    tmp_path: Path,
    types: Callable[[str], None],
) -> None:
    types("secret")
    where = ("--host", "localhost", "--port", str(capture_server.port))
    assert desk.run("account", "set", *where).code == 3
    expired = CaptureServer(folder=tmp_path, authority=authority, expired=True)
    with expired.running():
        assert desk.run("account", "set", *at(expired)).code == 3
    assert (capture_server.logins, expired.logins) == (0, 0)


@pytest.mark.usefixtures("no_keyring")
def test_the_server_of_this_machine_may_want_no_password(
    desk: Desk, fault_server: FaultServer, types: Callable[[str], None]
) -> None:
    fault_server.hello = "250 faults.example.org"
    where = ("--host", "127.0.0.1", "--port", str(fault_server.port), "--tls", "none")
    desk.ok("account", "set", *where)  # with nobody to ask
    types("")
    desk.ok("account", "set", *where)
    desk.ok("account", "test")
    desk.ok("import", str(desk.sheet(NICE)))
    desk.ok("send", "--really", "--yes", "--untested")
    assert desk.figures()["email"]["sent"] == 1


def test_every_provider_with_a_password_of_its_own_kind_explains_it() -> None:
    wants = {name for name, each in PROVIDERS.items() if each.credential != "own"}
    assert wants <= set(PECULIARITIES)
    assert set(PECULIARITIES) <= set(PROVIDERS)
