"""Whether letters will arrive is said before they leave; a domain without mail gets paper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from merge.app import following
from merge.app.arrival import ReceiverShare, Standing, share
from merge.app.opening import now, users_accounts
from merge.french.communes import reference
from merge.mail import receivers
from merge.mail.authentication import PASSES, Dmarc, Finding
from merge.mail.receivers import receiver_of
from merge.settings import FILE_NAME
from tests.desk import HAVRE, Desk
from tests.servers.capture import CaptureServer
from tests.servers.dns import DnsServer, Zone, serving

pytest_plugins = ["tests.servers.fixtures"]

RENNES = "35238;Rennes;F;Nathalie;MARTIN;mairie@alive.example.org;Place de la Mairie;35000;Rennes"
NICE = "06088;Nice;M;Étienne;ÇELIK;nice@gone.example.org;5 rue de l'Hôtel-de-Ville;06364;Nice"
LYON = "69123;Lyon;M;Bruno;PETIT;lyon@null.example.org;1 place de la Comédie;69001;Lyon"
PARIS = "75056;Paris;F;Anne;DURAND;paris@unsure.example.org;Place de l'Hôtel-de-Ville;75004;Paris"
TOWNS = list(reference())
ZONES: Mapping[str, Zone] = {
    "alive.example.org": {"MX": ["10 mx.example.org."]},
    "null.example.org": {"MX": ["0 ."]},
}


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


def test_a_domain_is_asked_once_a_day(dns: DnsServer, tmp_path: Path) -> None:
    desk = Desk.made(tmp_path, RENNES, NICE)
    desk.run("check")
    desk.run("check")
    assert dns.asked["alive.example.org", "MX"] == dns.asked["gone.example.org", "MX"] == 1
    let_a_day_go_by()
    desk.run("check")
    assert dns.asked["alive.example.org", "MX"] == 2


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


SENDER: Mapping[str, Zone] = {"example.org": {"TXT": ['"v=spf1 include:mx.ovh.com -all"']}}
OVH: Mapping[str, Zone] = {"mx.ovh.com": {"TXT": ['"v=spf1 ip4:192.0.2.0/24 -all"']}}
DMARC: Mapping[str, Zone] = {"_dmarc.example.org": {"TXT": ['"v=DMARC1; p=none"']}}
MAIRIES: Mapping[str, Zone] = {
    "orange.example.org": {"MX": ["10 smtp-in.orange.fr."]},
    "google.example.org": {"MX": ["1 aspmx.l.google.com."]},
    "own.example.org": {"MX": ["1 mail.own.example.org."]},
}


def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *zones: Mapping[str, Zone]) -> str:
    """What `check` says of a campaign to an Orange, a Google and a server of one's own."""
    rows = [
        NICE.replace("gone", "orange"),
        LYON.replace("null", "google"),
        PARIS.replace("unsure", "own"),
    ]
    desk = Desk.made(tmp_path, *rows)
    path = desk.folder / FILE_NAME
    account = '[account]\nprovider = "ovh"\n'
    path.write_text(path.read_text("utf-8").replace("[account]\n", account), "utf-8")
    known: dict[str, Zone] = dict(MAIRIES)
    for each in zones:
        known |= each
    with serving(known) as server:
        monkeypatch.setenv("PUBLIPOSTAGE_DNS", server.address)
        return desk.run("check").err


def test_what_spf_alone_shows_passes_only_where_that_is_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = told(tmp_path, monkeypatch, SENDER, OVH, DMARC)
    assert "For letters from example.org, sent by ovh:" in said
    assert "- Google (33 %, 1 recipient): passes." in said
    assert (
        "- Orange (33 %, 1 recipient): cannot be known from here: whether ovh signs your letters"
        in said
    )
    assert "- Other servers (33 %, 1 recipient): cannot be known from here: it does not" in said


def large(
    per_day: int, spf: Finding, dkim: Finding, *, kept_to: int | None = None
) -> ReceiverShare:
    standing = Standing(
        domain="example.org",
        sent_by="ovh",
        to_include="mx.ovh.com",
        spf=spf,
        dkim=dkim,
        dmarc=Dmarc(PASSES, "none"),
        one_click=False,
    )
    google = receiver_of("aspmx.l.google.com")
    return share(google, 10_000, [1, per_day], standing, kept_to=kept_to)


def test_a_large_sender_meets_more_rules() -> None:
    fails = Finding("fails", "spf-none")
    assert large(4_999, fails, PASSES).verdict == "passes"
    assert not large(4_999, fails, PASSES).is_bulk
    at_5000 = large(5_000, fails, PASSES)
    assert at_5000.is_bulk
    assert [each.code for each in at_5000.reasons] == ["spf-none", "one-click-missing"]
    neither = large(10, fails, Finding("fails", "dkim-none"))
    assert neither.verdict == "fails"
    assert not large(5_000, fails, PASSES, kept_to=4_500).is_bulk


def test_a_sending_stops_at_a_receivers_share_and_goes_on_the_next_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capture_server: CaptureServer
) -> None:
    monkeypatch.setattr(receivers, "shares", lambda: {"Orange": 2})
    today = datetime.now(ZoneInfo("Europe/Paris")).date()
    rows = [f"{insee};;M;Jean;MARTIN;m{insee}@orange.example.org;;;" for insee in TOWNS[:4]]
    rows.append(f"{TOWNS[4]};;F;Anne;ROY;other@alive.example.org;;;")
    zones: Mapping[str, Zone] = {**ZONES, "orange.example.org": {"MX": ["10 smtp-in.orange.fr."]}}
    with serving(dict(zones), {}) as server:
        monkeypatch.setenv("PUBLIPOSTAGE_DNS", server.address)
        desk = Desk.made(tmp_path, *rows)
        desk.connect(capture_server)
        asked = desk.run("send", "--really", "--untested")
        assert "5 letters" in asked.out + asked.err
        assert "3 today" in asked.out + asked.err  # of Orange two a day
        said = desk.run("send", "--really", "--yes", "--untested")
        assert said.code == 4
        assert "large_sender" in said.out + said.err
        assert desk.figures()["email"]["sent"] == 3
        followed = following.last_sending(desk.folder)
        assert followed is not None
        assert followed.sending is not None
        assert [(day.letters, day.date > today) for day in followed.sending.days] == [(2, True)]
        toml = desk.folder / FILE_NAME
        text = toml.read_text("utf-8").replace("[account]\n", "[account]\nlarge_sender = true\n")
        toml.write_text(text, "utf-8")
        desk.ok("send", "--really", "--yes", "--untested")
    assert desk.figures()["email"]["sent"] == 5
    assert len(capture_server.messages) == 5
