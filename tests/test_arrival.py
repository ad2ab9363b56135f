"""Whether letters will arrive is said before they leave; a domain without mail gets paper."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from merge.app.opening import now, users_accounts
from tests.desk import HAVRE, Desk
from tests.servers.capture import CaptureServer
from tests.servers.dns import DnsServer, serving

pytest_plugins = ["tests.servers.fixtures"]

RENNES = "35238;Rennes;F;Nathalie;APPERE;mairie@alive.example.org;Place de la Mairie;35000;Rennes"
NICE = "06088;Nice;M;Étienne;ÇELIK;nice@gone.example.org;5 rue de l'Hôtel-de-Ville;06364;Nice"
LYON = "69123;Lyon;M;Bruno;BERNARD;lyon@null.example.org;1 place de la Comédie;69001;Lyon"
PARIS = "75056;Paris;F;Anne;HIDALGO;paris@unsure.example.org;Place de l'Hôtel-de-Ville;75004;Paris"
ZONES = {"alive.example.org": {"MX": ["10 mx.example.org."]}, "null.example.org": {"MX": ["0 ."]}}


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")


@pytest.fixture
def dns(monkeypatch: pytest.MonkeyPatch) -> Iterator[DnsServer]:
    with serving(dict(ZONES), {"unsure.example.org": "servfail"}) as server:
        monkeypatch.setenv("PUBLIPOSTAGE_DNS", server.address)
        yield server


def let_a_day_go_by() -> None:
    with closing(users_accounts()) as accounts:
        accounts.dns_answers.keep({}, now() + timedelta(days=1))


def test_check_names_those_whose_domain_takes_no_mail(dns: DnsServer, tmp_path: Path) -> None:
    desk = Desk.made(tmp_path, RENNES, NICE, LYON, PARIS, HAVRE)
    said = desk.run("check")
    told = said.out + said.err
    assert (
        "Nice (06088): gone.example.org. Its domain does not exist. The letter goes on paper."
        in told
    )
    assert "Lyon (69123): null.example.org. Its domain says that it takes no e-mail." in told
    assert "Rennes (35238)" not in told
    assert "Of 1 domain no DNS server knew today" in told
    assert "Not asked" not in told


def test_offline_check_says_that_nobody_was_asked(tmp_path: Path) -> None:
    said = Desk.made(tmp_path, NICE).run("check")
    assert "Not asked: whether the recipients' domains take e-mail." in said.out + said.err


def test_a_domain_is_asked_once_a_day(dns: DnsServer, tmp_path: Path) -> None:
    desk = Desk.made(tmp_path, RENNES, NICE)
    desk.run("check")
    desk.run("check")
    assert dns.asked["alive.example.org", "MX"] == dns.asked["gone.example.org", "MX"] == 1
    let_a_day_go_by()
    desk.run("check")
    assert dns.asked["alive.example.org", "MX"] == 2


def test_what_no_server_knew_is_asked_again(dns: DnsServer, tmp_path: Path) -> None:
    desk = Desk.made(tmp_path, PARIS)
    desk.run("check")
    before = dns.asked["unsure.example.org", "MX"]
    desk.run("check")
    assert dns.asked["unsure.example.org", "MX"] > before


def test_a_domain_without_mail_gets_paper_before_anything_leaves(
    dns: DnsServer, tmp_path: Path, capture_server: CaptureServer
) -> None:
    desk = Desk.made(tmp_path, RENNES, NICE, PARIS)
    desk.connect(capture_server)
    said = desk.run("send", "--really", "--yes", "--untested")
    assert "1 letter does not leave by e-mail: its domain takes none." in said.err
    assert sorted(message.recipients[0] for message in capture_server.messages) == [
        "mairie@alive.example.org",
        "paris@unsure.example.org",
    ]
    assert desk.figures()["email"]["failed"] == 1
    assert "Its domain does not exist." in desk.ok("show", "06088").out
    desk.ok("print")
    assert desk.figures()["paper"]["made"] == 1


def test_a_letter_goes_by_mail_again_when_its_domain_has_mail(
    dns: DnsServer, tmp_path: Path, capture_server: CaptureServer
) -> None:
    desk = Desk.made(tmp_path, NICE)
    desk.connect(capture_server)
    desk.run("send", "--really", "--yes", "--untested")
    assert not capture_server.messages
    let_a_day_go_by()
    assert isinstance(dns.names, dict)
    dns.names["gone.example.org"] = {"A": ["127.0.0.1"]}
    said = desk.run("send", "--really", "--yes", "--untested")
    assert "1 letter goes by e-mail again" in said.err
    assert [message.recipients[0] for message in capture_server.messages] == [
        "nice@gone.example.org"
    ]


def test_a_dns_that_says_that_nobody_has_mail_takes_nobody_off_email(
    tmp_path: Path,
    capture_server: CaptureServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = Desk.made(tmp_path, NICE, LYON)
    desk.connect(capture_server)
    with serving({}, is_believable=False) as lying:
        monkeypatch.setenv("PUBLIPOSTAGE_DNS", lying.address)
        desk.run("send", "--really", "--yes", "--untested")
    assert len(capture_server.messages) == 2


def test_a_malformed_server_is_named_with_what_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk.made(tmp_path, NICE)
    monkeypatch.setenv("PUBLIPOSTAGE_DNS", "dns.example.org")
    said = desk.run("check")
    assert said.code == 2
    assert "PUBLIPOSTAGE_DNS" in said.err
    assert "Traceback" not in said.err
