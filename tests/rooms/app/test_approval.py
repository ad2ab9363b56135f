"""A password goes only to a server that a person approved, whatever campaign.toml says."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import click.termui
import pytest

from merge.app import approval, mail
from merge.app.account import look
from merge.app.mailbox import sent_folder
from merge.app.opening import users_accounts
from merge.cli import output
from merge.errors import Refused, SettingsError
from merge.settings import FILE_NAME, load
from tests.desk import HAVRE, NICE, Desk, Said
from tests.drawer import Drawer
from tests.servers.capture import CaptureServer
from tests.servers.certificates import Authority
from tests.servers.faults import FaultServer

pytest_plugins = ["tests.servers.fixtures"]

SEND = ("send", "--really", "--yes", "--untested")
REACHING = [SEND, ("send", "--test", "groupe@example.org"), ("account", "test")]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.made(tmp_path, NICE, HAVRE)


@pytest.fixture
def at_terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A person is there; what they type where nothing is shown."""

    def sit_down(hidden: str = "") -> None:
        monkeypatch.setattr(output, "somebody_is_there", lambda: True)
        monkeypatch.setattr(click.termui, "hidden_prompt_func", lambda prompt: hidden)

    return sit_down


def write(desk: Desk, lines: str, *, imap: str = "") -> None:
    """The [account] of whoever made the folder."""
    path = desk.folder / FILE_NAME
    text = path.read_text("utf-8")
    head, _, rest = text.partition("[account]\n")
    rest = rest[rest.index("[letter]") :]
    account = f'[account]\nfrom = "groupe@example.org"\n{lines}\n'
    imap = f"[account.imap]\n{imap}\n" if imap else ""
    path.write_text(f"{head}{account}{imap}{rest}", "utf-8")


def at(server: FaultServer | CaptureServer, tls: str = "none") -> str:
    return f'host = "localhost"\nport = {server.port}\ntls = "{tls}"\n'


def at_secure(server: CaptureServer, desk: Desk | None = None) -> str:
    """Its certificates lie in ca.pem; they are put there for a desk."""
    if desk:
        server.authority.put_in(desk.folder)
    return f'{at(server, "implicit")}ca_file = "ca.pem"\n'


def refused(said: Said, *told: str) -> None:
    assert said.code == 3, said.err
    assert "Nobody has approved" in said.err
    for words in told:
        assert words in said.err


# --- a folder from a stranger ---


@pytest.mark.parametrize("place", ["variable", "file", "systemd", "keyring", "keyring-of-before"])
@pytest.mark.parametrize("words", REACHING, ids=lambda words: words[-1])
def test_no_password_goes_to_the_server_of_a_stranger_wherever_it_lies(
    desk: Desk,
    fault_server: FaultServer,
    drawer: Drawer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    place: str,
    words: tuple[str, ...],
) -> None:
    write(desk, at(fault_server))
    file = tmp_path / "publipostage_password"
    file.touch(mode=0o600)
    file.write_text("s3cret")
    if place == "variable":
        monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "s3cret")
    elif place == "file":
        monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD_FILE", str(file))
    elif place == "systemd":
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    service = {"keyring": f"smtp:localhost:{fault_server.port}:none"}.get(place, "localhost")
    drawer.kept[f"publipostage:{service}", "groupe@example.org"] = "s3cret"
    said = desk.run(*words)
    refused(said, "server: localhost", f"port: {fault_server.port}", "sent without encryption")
    assert "s3cret" not in said.err
    assert fault_server.connections == 0


def test_a_certificate_that_the_folder_brings_is_not_believed_for_a_known_server(
    desk: Desk, capture_server: CaptureServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    own = desk.folder / "ca.pem"
    own.write_bytes(Authority.in_folder(tmp_path, "own.pem").ca_file.read_bytes())
    write(desk, at_secure(capture_server))
    desk.approve()
    assert "cannot be trusted" in desk.run("account", "test").err
    own.write_bytes(capture_server.authority.ca_file.read_bytes())
    refused(desk.run("account", "test"), "certificates trusted: those of a file (SHA-256 ", " → ")
    assert capture_server.logins == 0
    desk.approve()
    desk.ok("account", "test")


@pytest.mark.parametrize("words", [SEND, ("replies",), ("account", "test")], ids=lambda w: w[-1])
def test_the_mailbox_of_a_stranger_is_not_looked_at(
    desk: Desk,
    capture_server: CaptureServer,
    fault_server: FaultServer,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    desk.connect(capture_server)
    desk.ok(*SEND)
    before = capture_server.logins
    write(desk, at_secure(capture_server, desk), imap=at(fault_server))
    said = desk.run(*words)
    refused(said, "The mailbox (IMAP)", f"port: {fault_server.port}", "--imap-host localhost")
    assert "Outgoing mail" not in said.err  # that is approved
    assert (fault_server.connections, capture_server.logins) == (0, before)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"port": 2525}, "port: 465 → 2525"),
        ({"tls": '"starttls"'}, "(implicit) → TLS after STARTTLS (starttls)"),
        ({"login": '"other"'}, "login: groupe@example.org → other"),
        ({"host": '"smtp.example.com"'}, "server: smtp.example.org → smtp.example.com"),
        ({"host": '"smtp.exаmple.org"'}, "server: smtp.example.org → smtp.xn--exmple-4nf.org"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_changed_is_shown_and_nothing_else_is_asked_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, changed: dict[str, object], told: str
) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    desk.ok("account", "set", "--host", "smtp.example.org", "--no-test")
    facts = {"host": '"smtp.example.org"', "port": 465, "tls": '"implicit"'} | changed
    write(desk, "".join(f"{name} = {value}\n" for name, value in facts.items()))
    said = desk.run("account", "test")
    refused(said, told)
    assert said.err.count("→") == 1
    desk.approve()
    with closing(users_accounts()) as accounts:
        assert not approval.unapproved(desk.folder, load(desk.folder), accounts)


def test_a_rehearsal_and_paper_need_nobodys_approval(
    desk: Desk, fault_server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    write(desk, at(fault_server), imap=at(fault_server))
    for words in (["check"], ["send"], ["print"], ["status"]):
        desk.ok(*words)
    assert fault_server.connections == 0


# --- a person is asked ---


def test_a_person_who_only_presses_enter_approves_nothing(
    desk: Desk,
    fault_server: FaultServer,
    monkeypatch: pytest.MonkeyPatch,
    at_terminal: Callable[..., None],
) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    write(desk, at(fault_server))
    at_terminal()
    for typed in ("\n", "n\n", "non\nn\n"):
        said = desk.run(*SEND, typed=typed)
        assert said.code == 130
        assert "may your password go there? [y/N]" in said.err
    assert fault_server.connections == 0
    assert desk.figures()["email"]["queued"] == 1


def test_a_person_who_approves_is_asked_once_for_all_campaigns(
    desk: Desk,
    capture_server: CaptureServer,
    monkeypatch: pytest.MonkeyPatch,
    at_terminal: Callable[..., None],
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    write(desk, at_secure(capture_server, desk))
    another = Desk(tmp_path / "another")
    another.make()
    at_terminal()
    assert "You are asked again only when" in desk.ok(*SEND, typed="y\n").err
    assert "approved" not in desk.ok("account", "test").err
    another.ok("import", str(another.sheet(NICE)))
    write(another, at_secure(capture_server, another))
    another.ok(*SEND)
    moved = Desk(desk.folder.rename(tmp_path / "moved"))
    moved.ok("adopt", "--yes")
    moved.ok("account", "test")
    assert len(capture_server.messages) == 2


# --- this machine's own mail server ---


def test_a_server_that_was_approved_without_a_password_is_given_none(
    desk: Desk,
    fault_server: FaultServer,
    drawer: Drawer,
    at_terminal: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    where = ("--host", "localhost", "--port", str(fault_server.port), "--tls", "none")
    desk.ok("account", "set", *where)
    drawer.kept["publipostage:localhost", "groupe@example.org"] = "s3cret"
    desk.ok(*SEND)
    assert not [each for each in fault_server.commands if each.startswith("AUTH")]
    assert len(fault_server.accepted) == 1
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "s3cret")
    refused(desk.run("account", "test"), "password: sent without encryption")
    at_terminal()
    desk.ok("account", "test", typed="y\n")
    assert [each for each in fault_server.commands if each.startswith("AUTH")]


# --- account set ---


def test_the_line_that_is_told_names_a_server_as_it_is_shown(desk: Desk) -> None:
    """A Cyrillic "о" that is copied along with the line would be the stranger's all the same."""
    write(desk, 'host = "smtp.\u043erange.fr"\nport = 465\ntls = "implicit"\n')
    refused(desk.run("account", "test"), "server: smtp.xn--", "account set --host smtp.xn--")
    assert "\u043e" not in desk.run("account", "test").err


def test_account_set_approves_what_is_typed_and_not_what_the_folder_adds(
    desk: Desk,
    capture_server: CaptureServer,
    fault_server: FaultServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    write(desk, "", imap=at(fault_server))
    before = (desk.folder / FILE_NAME).read_bytes()
    options = ("--host", "localhost", "--port", str(capture_server.port), "--ca-file",
               str(capture_server.authority.ca_file))  # fmt: skip
    refused(desk.run("account", "set", *options), "The mailbox (IMAP)")
    write(desk, at(fault_server))
    for words in (["--from", "x@example.org"], ["--login", "x"], ["--port", "2525"]):
        refused(desk.run("account", "set", "--no-test", *words), "server: localhost")
    write(desk, "", imap=at(fault_server))
    assert (desk.folder / FILE_NAME).read_bytes() == before
    assert (fault_server.connections, capture_server.logins) == (0, 0)
    desk.ok("account", "set", *options, "--imap-host", "")
    assert load(desk.folder).account.imap.host == ""


# --- what is trusted is what was approved ---


def test_the_certificates_that_are_used_are_those_whose_hash_was_approved(
    desk: Desk, capture_server: CaptureServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    own = desk.folder / "ca.pem"
    own.write_bytes(capture_server.authority.ca_file.read_bytes())
    write(desk, at_secure(capture_server))
    desk.approve()
    named = approval.smtp(desk.folder, load(desk.folder))
    own.write_text("another one by now")
    assert named.ca_pem == capture_server.authority.ca_pem


def test_what_was_not_asked_about_is_refused_where_the_password_would_leave(
    desk: Desk, fault_server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    write(desk, at(fault_server), imap=at(fault_server))
    with closing(users_accounts()) as accounts:
        for connect in (mail.log_in, sent_folder):
            with pytest.raises(Refused) as caught:
                connect(desk.folder, accounts)
            assert caught.value.code == "server-unapproved"
    assert fault_server.connections == 0


# --- where they lie ---


@pytest.mark.parametrize("name", ["/etc/hostname", "../ca.pem", "{folder}/ca.pem"])
@pytest.mark.parametrize("section", ["account", "imap"])
def test_certificates_that_a_folder_names_outside_of_it_are_not_looked_at(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, name: str, section: str
) -> None:
    """On Windows a look at \\\\server\\ca.pem already says who looks."""
    named = f'ca_file = "{name.format(folder=desk.folder)}"\n'
    host = 'host = "smtp.example.org"\n'
    write(desk, host + named * (section == "account"), imap=named * (section == "imap"))
    monkeypatch.setattr(approval, "read_certificates", None)
    said = desk.run("account", "test")
    assert (said.code, "outside the campaign folder" in said.err) == (2, True), said.err
    with pytest.raises(SettingsError, match="folder-name-outside"):  # the page Mailbox
        look(desk.folder)
