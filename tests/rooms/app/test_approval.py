"""A password goes only to a server that a person approved, whatever campaign.toml says."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from merge.app import approval, mail
from merge.app.mailbox import sent_folder
from merge.app.opening import users_accounts
from merge.cli import output
from merge.errors import Refused
from merge.settings import FILE_NAME, load
from tests.desk import NICE, Desk
from tests.drawer import Drawer
from tests.servers.capture import CaptureServer
from tests.servers.certificates import Authority
from tests.servers.faults import FaultServer

pytest_plugins = ["tests.servers.fixtures"]

SEND = ("send", "--really", "--yes", "--untested")


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


def at_secure(server: CaptureServer) -> str:
    return f'{at(server, "implicit")}ca_file = "ca.pem"\n'


def test_no_password_goes_to_the_server_of_a_stranger_wherever_it_lies(
    desk: Desk,
    fault_server: FaultServer,
    drawer: Drawer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    desk.ok("import", str(desk.sheet(NICE)))
    write(desk, at(fault_server))
    file = tmp_path / "publipostage_password"
    file.touch(mode=0o600)
    file.write_text("s3cret")
    places: list[tuple[dict[str, str], str]] = [
        ({"PUBLIPOSTAGE_PASSWORD": "s3cret"}, "localhost"),
        ({"PUBLIPOSTAGE_PASSWORD_FILE": str(file)}, "localhost"),
        ({"CREDENTIALS_DIRECTORY": str(tmp_path)}, "localhost"),
        ({}, f"smtp:localhost:{fault_server.port}:none"),
        ({}, "localhost"),
    ]
    failures = []
    monkeypatch.delenv("PUBLIPOSTAGE_PASSWORD")
    for environ, service in places:
        drawer.kept = {(f"publipostage:{service}", "groupe@example.org"): "s3cret"}
        for words in (SEND, ("send", "--test", "groupe@example.org"), ("account", "test")):
            with monkeypatch.context() as patch:
                for name, value in environ.items():
                    patch.setenv(name, value)
                said = desk.run(*words)
            if (said.code, "s3cret" in said.err, fault_server.connections) != (3, False, 0):
                failures.append((environ, service, words, said))
    assert failures == []


def test_a_certificate_that_the_folder_brings_is_not_believed_for_a_known_server(
    desk: Desk, capture_server: CaptureServer, tmp_path: Path
) -> None:
    own = desk.folder / "ca.pem"
    own.write_bytes(Authority.in_folder(tmp_path, "own.pem").ca_file.read_bytes())
    write(desk, at_secure(capture_server))
    desk.approve()
    assert "cannot be trusted" in desk.run("account", "test").err
    own.write_bytes(capture_server.authority.ca_file.read_bytes())
    assert desk.run("account", "test").code == 3
    assert capture_server.logins == 0
    desk.approve()
    desk.ok("account", "test")


def test_the_mailbox_of_a_stranger_is_not_looked_at(
    desk: Desk, capture_server: CaptureServer, fault_server: FaultServer
) -> None:
    desk.sent(capture_server, NICE)
    before = capture_server.logins
    capture_server.authority.put_in(desk.folder)
    write(desk, at_secure(capture_server), imap=at(fault_server))
    codes = [desk.run(*words).code for words in (SEND, ("replies",), ("account", "test"))]
    assert codes == [3, 3, 3]
    assert (fault_server.connections, capture_server.logins) == (0, before)


def test_a_server_that_was_approved_without_a_password_is_given_none(
    desk: Desk, fault_server: FaultServer, drawer: Drawer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As this machine's own mail server is."""
    monkeypatch.delenv("PUBLIPOSTAGE_PASSWORD")
    where = ("--host", "localhost", "--port", str(fault_server.port), "--tls", "none")
    desk.ok("account", "set", *where)
    drawer.kept["publipostage:localhost", "groupe@example.org"] = "s3cret"
    desk.ok("import", str(desk.sheet(NICE)))
    desk.ok(*SEND)
    assert not [each for each in fault_server.commands if each.startswith("AUTH")]
    assert len(fault_server.accepted) == 1
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "s3cret")
    assert desk.run("account", "test").code == 3
    monkeypatch.setattr(output, "somebody_is_there", lambda: True)
    desk.ok("account", "test", typed="y\n")
    assert [each for each in fault_server.commands if each.startswith("AUTH")]


def test_the_certificates_that_are_used_are_those_whose_hash_was_approved(
    desk: Desk, capture_server: CaptureServer
) -> None:
    own = desk.folder / "ca.pem"
    own.write_bytes(capture_server.authority.ca_file.read_bytes())
    write(desk, at_secure(capture_server))
    desk.approve()
    named = approval.smtp(desk.folder, load(desk.folder))
    own.write_text("another one by now")
    assert named.ca_pem == capture_server.authority.ca_pem


def test_what_was_not_asked_about_is_refused_where_the_password_would_leave(
    desk: Desk, fault_server: FaultServer
) -> None:
    write(desk, at(fault_server), imap=at(fault_server))
    with closing(users_accounts()) as accounts:
        for connect in (mail.log_in, sent_folder):
            with pytest.raises(Refused) as caught:
                connect(desk.folder, accounts)
            assert caught.value.code == "server-unapproved"
    assert fault_server.connections == 0
