"""Which mailbox, with what password: what is asked, what is told, and every way it can go wrong."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import click.termui
import pytest
import trustme

from merge.cli import output
from merge.settings import FILE_NAME, PROVIDERS, load
from merge.words.reasons.providers import PECULIARITIES
from tests.desk import HAVRE, NICE, Desk, run
from tests.drawer import Drawer
from tests.servers.capture import CaptureServer
from tests.servers.certificates import Authority
from tests.servers.dns import serving
from tests.servers.faults import FaultServer
from tests.servers.postfix import PASSWORD, RealServers

pytest_plugins = ["tests.servers.fixtures"]


class Elsewhere(Authority):
    """Certifies that this machine is another one."""

    def issue(self, *, expired: bool = False) -> trustme.LeafCert:
        return self.ca.issue_cert("smtp.example.org")


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


# --- what is said ---


def test_the_address_guesses_the_provider_and_the_password_is_tested_and_kept(
    desk: Desk, capture_server: CaptureServer, drawer: Drawer, types: Callable[[str], None]
) -> None:
    types(capture_server.password)
    said = desk.ok("account", "set", *at(capture_server))
    assert "the login is accepted" in said.err
    assert "in the system's keyring" in said.err
    assert drawer.kept == {entry_of(capture_server): "secret"}
    assert capture_server.password not in (desk.folder / FILE_NAME).read_text("utf-8")
    assert "the login is accepted" in desk.ok("account", "test").out


def test_where_no_server_is_said_the_line_to_type_has_the_provider_of_the_address(
    desk: Desk, drawer: Drawer, types: Callable[[str], None]
) -> None:
    types("s3cret")
    before = (desk.folder / FILE_NAME).read_bytes()
    said = desk.run("account", "set", "--no-test", "--from", "prenom@wanadoo.fr")
    line = "--from prenom@wanadoo.fr --provider orange"
    assert (said.code, f"publipostage account set {line}" in said.err) == (3, True), said.err
    assert ((desk.folder / FILE_NAME).read_bytes(), drawer.kept) == (before, {})
    said = desk.ok("account", "set", "--no-test", *line.split())
    assert PECULIARITIES["orange"][0] in said.err
    account = load(desk.folder).account
    assert (account.from_address, account.host) == ("prenom@wanadoo.fr", "smtp.orange.fr")
    assert drawer.kept == {
        ("publipostage:smtp:smtp.orange.fr:465:implicit", "prenom@wanadoo.fr"): "s3cret",
        ("publipostage:imap:imap.orange.fr:993:implicit", "prenom@wanadoo.fr"): "s3cret",
    }


@pytest.mark.parametrize(
    ("server", "provider"),
    [
        ("aspmx.l.google.com", "workspace"),
        ("example-org.mail.protection.outlook.com", "microsoft365"),
        ("example-org.olc.protection.outlook.com", "outlook"),
        ("mx1.mail.ovh.net", "ovh"),
        ("mx.example.net", "…"),
    ],
)
def test_of_a_domain_of_ones_own_the_provider_is_seen_by_where_its_mail_goes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, server: str, provider: str
) -> None:
    own = "mairie-de-y.example.org"
    with serving({own: {"MX": [f"10 {server}."]}}) as dns:
        monkeypatch.setenv("PUBLIPOSTAGE_DNS", dns.address)
        said = desk.run("account", "set", "--from", f"a@{own}")
    assert f"account set --from a@{own} --provider {provider}" in said.err


def test_an_application_password_may_be_typed_as_it_is_shown(
    desk: Desk, drawer: Drawer, types: Callable[[str], None]
) -> None:
    types("abcd efgh ijkl mnop")
    who = ("--provider", "Gmail", "--from", "x@gmail.com")
    said = desk.run("account", "set", *who, "--no-test")
    line = "account set --provider Gmail --from x@gmail.com --sign-in no"
    assert (said.code, line in said.err, drawer.kept) == (3, True, {})
    said = desk.ok("account", "set", *who, "--no-test", "--sign-in", "no")
    assert "apppasswords" in said.err
    assert set(drawer.kept.values()) == {"abcdefghijklmnop"}


def test_the_login_is_what_the_provider_wants(
    desk: Desk, drawer: Drawer, types: Callable[[str], None]
) -> None:
    types("s3cret")
    desk.ok("account", "set", "--provider", "free", "--from", "zoe@free.fr", "--no-test")
    assert load(desk.folder).account.login == "zoe"
    said = desk.run("account", "set", "--provider", "brevo", "--no-test")
    assert (said.code, "set --provider brevo --login …" in said.err) == (3, True)
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


def test_one_option_or_none_leaves_the_rest_as_it_is(
    desk: Desk, drawer: Drawer, types: Callable[[str], None]
) -> None:
    types("s3cret")
    desk.ok("account", "set", "--host", "smtp.example.org", "--login", "me", "--no-test")
    desk.ok("account", "set", "--port", "2525", "--no-test")
    desk.ok("account", "set", "--no-test")
    account = load(desk.folder).account
    assert (account.host, account.port, account.login) == ("smtp.example.org", 2525, "me")
    assert drawer.kept


def test_an_address_of_another_provider_is_told(
    desk: Desk, drawer: Drawer, types: Callable[[str], None]
) -> None:
    types("s3cret")
    said = desk.ok("account", "set", "--provider", "ovh", "--from", "x@orange.fr", "--no-test")
    assert "x@orange.fr is a mailbox at “orange”" in said.err
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


def test_what_comes_next_is_what_is_lacking(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    ovh = ("account", "set", "--provider", "ovh", "--no-test")
    said = desk.ok(*ovh)
    assert "To do: publipostage import SHEET" in said.err
    assert "send" not in said.err
    desk.ok("import", str(desk.sheet(HAVRE)))
    assert "To do: publipostage print" in desk.ok(*ovh).err
    desk.ok("import", str(desk.sheet(NICE)))
    assert "Next: publipostage send --test YOU@example.org" in desk.ok(*ovh).err
    (desk.folder / "ledger.db").unlink()
    assert "Next: publipostage status" in desk.ok(*ovh).err


# --- what goes wrong ---


@pytest.mark.usefixtures("no_keyring")
def test_with_nobody_to_ask_the_settings_are_written_and_the_password_file_is_told(
    desk: Desk,
) -> None:
    said = desk.run("account", "set", "--provider", "ovh")
    assert said.code == 2
    assert "PUBLIPOSTAGE_PASSWORD_FILE" in said.err
    assert load(desk.folder).account.host == "ssl0.ovh.net"


@pytest.mark.usefixtures("no_keyring")
def test_without_a_keyring_the_very_lines_are_told(
    desk: Desk, capture_server: CaptureServer, types: Callable[[str], None], tmp_path: Path
) -> None:
    types(capture_server.password)
    said = desk.run("account", "set", *at(capture_server))
    assert said.code == 2
    assert "the login is accepted" in said.err
    assert "    export PUBLIPOSTAGE_PASSWORD_FILE=~/.publipostage/password\n" in said.err
    assert capture_server.password not in said.err


@pytest.mark.parametrize("address", ["x@tuta.com", "x@keemail.me"])
def test_a_mailbox_that_no_program_can_send_from_is_told_before_anything_is_written(
    desk: Desk, address: str
) -> None:
    before = (desk.folder / FILE_NAME).read_bytes()
    said = desk.run("account", "set", "--no-test", "--from", address)
    assert said.code == 2
    assert "no program can send" in said.err
    assert "reply_to" in said.err
    assert desk.run("account", "set", "--provider", "Tutanota", "--no-test").code == 2
    assert (desk.folder / FILE_NAME).read_bytes() == before


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--provider", "machin", "“machin” is no known provider.\nKnown: orange, free"),
        ("--provider", "infomaniac", "Close to it: infomaniak."),
        ("--provider", "machin", "--host SERVER"),
        ("--from", "truc", "“truc” does not fit here."),
        ("--ca-file", "a\tb", "holds a character that cannot be printed"),
        ("--tls", "none", "Without encryption"),
    ],
)
def test_an_option_that_does_not_hold_is_named_and_no_row_of_a_text_nobody_wrote(
    desk: Desk, option: str, value: str, told: str
) -> None:
    before = (desk.folder / FILE_NAME).read_bytes()
    given = {"--host": "smtp.example.org", option: value}
    if option == "--provider":
        del given["--host"]
    said = desk.run(
        "account", "set", "--no-test", *(word for pair in given.items() for word in pair)
    )
    assert said.code == 2
    assert f"{option}: " in said.err
    assert told in said.err
    assert FILE_NAME not in said.err
    assert (desk.folder / FILE_NAME).read_bytes() == before


def test_a_campaign_that_would_send_from_such_a_mailbox_is_told_at_its_birth(
    tmp_path: Path,
) -> None:
    answers = ("--name", "n", "--group", "g", "--contact", "c", "--place", "Rennes", "--residents",
               "--address-source", "a")  # fmt: skip
    for name, address, told in (("a", "x@tuta.io", True), ("b", "x@hotmail.fr", False)):
        said = run("new", str(tmp_path / name), "--from", address, *answers)
        assert (said.code, "no program can send" in said.err) == (0, told)


def test_a_wrong_password_is_not_kept_and_says_what_to_do(
    desk: Desk, capture_server: CaptureServer, drawer: Drawer, types: Callable[[str], None]
) -> None:
    types("wrong")
    said = desk.run("account", "set", *at(capture_server))
    assert (said.code, drawer.kept) == (4, {})
    assert "refused the login groupe@example.org" in said.err
    assert "account set" in said.err
    assert "wrong" not in said.err.replace("wrong password", "")


def test_a_foreign_certificate_and_an_expired_one_are_told_apart(
    desk: Desk,
    capture_server: CaptureServer,
    authority: Authority,
    tmp_path: Path,
    types: Callable[[str], None],
) -> None:
    types("secret")
    where = ("--host", "localhost", "--port", str(capture_server.port))
    foreign = desk.run("account", "set", *where)
    assert (foreign.code, "ca_file" in foreign.err) == (3, True)
    assert "The password was not sent" in foreign.err
    expired = CaptureServer(folder=tmp_path, authority=authority, expired=True)
    with expired.running():
        said = desk.run("account", "set", *at(expired))
    assert (said.code, "has expired" in said.err) == (3, True)
    assert "date of this computer" in said.err


def test_a_name_that_is_not_the_server_s_is_told(
    desk: Desk, types: Callable[[str], None], tmp_path: Path
) -> None:
    types("secret")
    elsewhere = CaptureServer(folder=tmp_path, authority=Elsewhere.in_folder(tmp_path))
    with elsewhere.running():
        said = desk.run("account", "set", *at(elsewhere))
    assert said.code == 3
    assert "Hostname mismatch" in said.err


def test_a_closed_port_and_a_server_without_encryption(
    desk: Desk, fault_server: FaultServer, types: Callable[[str], None]
) -> None:
    types("secret")
    closed = desk.run("account", "set", "--host", "localhost", "--port", "1")
    assert (closed.code, "port 1" in closed.err) == (4, True)
    assert "465" in closed.err
    where = ("--host", "localhost", "--port", str(fault_server.port))
    plain = desk.run("account", "set", *where, "--tls", "starttls")
    assert plain.code == 3
    assert "offers no encryption" in plain.err
    wrong_way = desk.run("account", "set", *where, "--tls", "implicit")
    assert wrong_way.code == 3
    assert "STARTTLS with 587" in wrong_way.err


# --- what the server offers ---


def test_account_test_says_what_the_server_offers_and_how_long_it_takes(
    desk: Desk, capture_server: CaptureServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", capture_server.password)
    desk.ok("account", "set", *at(capture_server))
    told = desk.ok("account", "test").out
    for words in ("TLSv1", "PLAIN (password)", "8BITMIME", "SMTPUTF8", "MB", "300 a day"):
        assert words in told
    assert "100 letters would leave so: " in told
    assert "1000 letters would leave so: " in told


@pytest.mark.parametrize(
    ("offers", "told"),
    [
        ("SIZE 35882577", "up to 10 MB"),  # as much as the composer writes
        ("SIZE 512000", "up to 0.5 MB"),
        ("SMTPUTF8", "(SMTPUTF8): yes, but this program writes to none."),
        ("AUTH CRAM-MD5 PLAIN", "Ways to log in: PLAIN (password).\n"),
        ("HELP", "connected; it asks for no login."),
    ],
)
def test_account_test_promises_nothing_that_the_program_does_not_do(
    desk: Desk,
    fault_server: FaultServer,
    monkeypatch: pytest.MonkeyPatch,
    offers: str,
    told: str,
) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    fault_server.hello = f"250-faults.example.org\r\n250 {offers}"
    where = ("--host", "127.0.0.1", "--port", str(fault_server.port), "--tls", "none")
    desk.ok("account", "set", *where)
    assert told in desk.ok("account", "test").out


@pytest.mark.usefixtures("no_keyring")
def test_the_server_of_this_machine_may_want_no_password(
    desk: Desk, fault_server: FaultServer, types: Callable[[str], None]
) -> None:
    fault_server.hello = "250 faults.example.org"
    where = ("--host", "127.0.0.1", "--port", str(fault_server.port), "--tls", "none")
    assert "it asks for no login" in desk.ok("account", "set", *where).err  # with nobody to ask
    types("")
    desk.ok("account", "set", *where)
    desk.ok("account", "test")
    desk.ok("import", str(desk.sheet(NICE)))
    desk.ok("send", "--really", "--yes", "--untested")
    assert desk.figures()["email"]["sent"] == 1


def test_a_server_that_lets_in_from_a_browser_alone_is_told(
    desk: Desk, fault_server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    fault_server.logins = "XOAUTH2 CRAM-MD5"
    where = ("--host", "127.0.0.1", "--port", str(fault_server.port), "--tls", "none")
    said = desk.run("account", "set", *where)
    assert said.code == 3
    assert "it offers: XOAUTH2, CRAM-MD5." in said.err


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_a_real_postfix_is_understood_with_a_login_that_is_not_the_sender_s(
    desk: Desk, real_mail_servers: RealServers, monkeypatch: pytest.MonkeyPatch, tls: str
) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", PASSWORD)
    port = {"implicit": real_mail_servers.tls_port, "starttls": real_mail_servers.starttls_port}
    desk.ok(
        *("account", "set", "--host", "localhost", "--port", str(port[tls]), "--tls", tls),
        *("--login", "groupe@example.org", "--from", "contact@example.org"),
        *("--ca-file", str(real_mail_servers.authority.ca_file)),
    )
    told = desk.ok("account", "test").out
    for words in ("PLAIN (password)", "(8BITMIME): yes", "(PIPELINING): yes", "(DSN): yes"):
        assert words in told
    said = desk.run("account", "set", "--login", "nobody@example.org")
    assert (said.code, "refused the login nobody@example.org" in said.err) == (4, True)
    assert "webmail" in said.err


def test_every_provider_with_a_password_of_its_own_kind_explains_it() -> None:
    wants = {name for name, each in PROVIDERS.items() if each.credential != "own"}
    assert wants <= set(PECULIARITIES)
    assert set(PECULIARITIES) <= set(PROVIDERS)
