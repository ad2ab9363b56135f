"""Whether letters will arrive is said before they leave; a domain without mail gets paper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import timedelta
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
from tests.desk import Desk
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


@pytest.fixture
def dns(monkeypatch: pytest.MonkeyPatch) -> Iterator[DnsServer]:
    with serving(dict(ZONES), {"unsure.example.org": "servfail"}) as server:
        monkeypatch.setenv("PUBLIPOSTAGE_DNS", server.address)
        yield server


def test_a_letter_goes_by_mail_again_when_its_domain_which_is_asked_once_a_day_has_mail(
    dns: DnsServer, desk: Desk, capture_server: CaptureServer
) -> None:
    desk.ok("import", str(desk.sheet(NICE)))
    desk.connect(capture_server)
    desk.run("send", "--really", "--yes", "--untested")
    desk.run("check")
    assert (capture_server.messages, dns.asked["gone.example.org", "MX"]) == ([], 1)
    with closing(users_accounts()) as accounts:  # a day has gone by
        accounts.dns_answers.keep({}, now() + timedelta(days=1))
    assert isinstance(dns.names, dict)
    dns.names["gone.example.org"] = {"A": ["127.0.0.1"]}
    desk.ok("send", "--really", "--yes", "--untested")
    assert [message.recipients[0] for message in capture_server.messages] == [
        "nice@gone.example.org"
    ]


def test_a_dns_that_says_that_nobody_has_mail_takes_nobody_off_email(
    desk: Desk, capture_server: CaptureServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.ok("import", str(desk.sheet(NICE, LYON)))
    desk.connect(capture_server)
    with serving({}, is_believable=False) as lying:
        monkeypatch.setenv("PUBLIPOSTAGE_DNS", lying.address)
        desk.run("send", "--really", "--yes", "--untested")
    assert len(capture_server.messages) == 2


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
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capture_server: CaptureServer
) -> None:
    monkeypatch.setattr(receivers, "shares", lambda: {"Orange": 2})
    rows = [f"{insee};;M;Jean;MARTIN;m{insee}@orange.example.org;;;" for insee in TOWNS[:4]]
    zones: Mapping[str, Zone] = {**ZONES, "orange.example.org": {"MX": ["10 smtp-in.orange.fr."]}}
    with serving(dict(zones), {}) as server:
        monkeypatch.setenv("PUBLIPOSTAGE_DNS", server.address)
        desk.ok("import", str(desk.sheet(*rows)))
        desk.connect(capture_server)
        said = desk.run("send", "--really", "--yes", "--untested")
        assert (said.code, len(capture_server.messages)) == (4, 2)
        followed = desk.reads(following.last_sending)
        assert followed is not None
        assert followed.sending is not None
        today = now().astimezone(ZoneInfo("Europe/Paris")).date()
        assert [(day.letters, day.date > today) for day in followed.sending.days] == [(2, True)]
        toml = desk.folder / FILE_NAME
        text = toml.read_text("utf-8").replace("[account]\n", "[account]\nlarge_sender = true\n")
        toml.write_text(text, "utf-8")
        desk.ok("send", "--really", "--yes", "--untested")
    assert len(capture_server.messages) == 4
