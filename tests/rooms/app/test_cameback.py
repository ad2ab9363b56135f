"""What the letter to oneself shows once it has come back, in the words that a person reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from merge.app import arrival
from merge.settings import FILE_NAME
from tests.desk import NICE, Desk
from tests.sending import with_account
from tests.servers.dns import DnsServer, Zone, serving
from tests.servers.postfix import PASSWORD

pytest_plugins = ["tests.servers.fixtures"]

ZONES: Mapping[str, Zone] = {
    "example.org": {"MX": ["10 mx.example.org."], "TXT": ['"v=spf1 ip4:192.0.2.0/24 -all"']},
    "_dmarc.example.org": {"TXT": ['"v=DMARC1; p=none"']},
}
HOPS = (
    "Received: from mo1.mail-out.ovh.net (mo1.mail-out.ovh.net [192.0.2.7])\r\n"
    "\tby mx.example.org (Postfix) with ESMTPS id 1; Sun, 29 Nov 2026 07:00:00 +0100\r\n"
    "Received: from box by ssl0.ovh.net with ESMTPSA; Sun, 29 Nov 2026 06:59:59 +0100\r\n"
)
LETTER = "From: groupe@example.org\r\nTo: groupe@example.org\r\n\r\nMadame,\r\n"
PASSED = (
    "Authentication-Results: mx.example.org; spf=pass smtp.mailfrom=groupe@example.org;\r\n"
    " dkim=pass header.d=example.org; dmarc=pass header.from=example.org\r\n"
)
FAILED = PASSED.replace("dkim=pass", 'dkim=fail reason="body hash did not verify"')


@pytest.fixture
def dns(monkeypatch: pytest.MonkeyPatch) -> Iterator[DnsServer]:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", PASSWORD)
    zones = {**ZONES, "orange.example.org": {"MX": ["10 smtp-in.orange.fr."]}}
    with serving(zones) as server:
        monkeypatch.setenv("PUBLIPOSTAGE_DNS", server.address)
        yield server


@pytest.fixture
def desk(dns: DnsServer, tmp_path: Path) -> Desk:
    found = Desk.made(tmp_path, NICE.replace("@example.org", "@orange.example.org"))
    with_account(found, 'provider = "ovh"')
    return found


def told(desk: Desk, letter: str) -> str:
    """What `check` says once this letter to oneself has come back."""
    arrival.note_letter_to_oneself(desk.folder, letter.encode())
    return desk.run("check").err


def test_what_the_server_says_that_took_it_decides_what_nothing_else_tells(desk: Desk) -> None:
    before = desk.run("check").err
    assert "- Orange (100 %, 1 recipient): cannot be known from here: whether the SPF" in before
    said = told(desk, PASSED + HOPS + LETTER)
    assert "mx.example.org, which took it, says: SPF passes; DKIM passes; DMARC passes." in said
    assert "- Orange (100 %, 1 recipient): passes." in said


def test_a_failure_is_told_in_the_server_s_words_and_fails(desk: Desk) -> None:
    said = told(desk, FAILED + HOPS + LETTER)
    assert "DKIM fails, because “fail: body hash did not verify”; DMARC passes." in said
    assert "fails, because mx.example.org, which took your test letter, says of its signa" in said


def test_this_program_s_own_finding_counts_where_it_is_the_worse(
    desk: Desk, dns: DnsServer
) -> None:
    assert isinstance(dns.names, dict)
    dns.names["example.org"] = {**ZONES["example.org"], "TXT": ['"v=spf1 -all"']}
    said = told(desk, PASSED + HOPS + LETTER)
    assert "- Orange (100 %, 1 recipient): fails, because the SPF record of example.org" in said
    assert "SPF: this program finds otherwise (the SPF record of example.org does not name" in said


@pytest.mark.parametrize(
    ("letter", "why"),
    [
        (PASSED + LETTER, "came back without leaving your provider"),
        (HOPS + LETTER, "The server that took it does not say what it found"),
        (HOPS + LETTER + PASSED, "The server that took it does not say what it found"),
        (
            PASSED.replace("mx.example.org", "mx.evil.test") + PASSED + HOPS + LETTER,
            "is by mx.evil.test, which is not known to take mail for your mailbox",
        ),
        (PASSED.replace(";", "; (", 1) + HOPS + LETTER, "does not say what it found"),
    ],
)
def test_what_does_not_count_is_said_and_makes_nothing_pass(
    desk: Desk, letter: str, why: str
) -> None:
    said = told(desk, letter)
    assert why in said
    assert "cannot be known from it" in said
    assert "- Orange (100 %, 1 recipient): cannot be known from here" in said


def test_what_was_heard_of_another_sender_or_server_is_over(desk: Desk) -> None:
    assert "says: SPF passes" in told(desk, PASSED + HOPS + LETTER)
    path = desk.folder / FILE_NAME
    text = path.read_text("utf-8")
    for now in (
        text.replace("groupe@example.org", "autre@example.org"),
        text.replace('"ovh"', '"gandi"'),
    ):
        path.write_text(now, "utf-8")
        assert "Your test letter" not in desk.run("check").err
