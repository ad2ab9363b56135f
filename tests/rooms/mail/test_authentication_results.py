"""Authentication-Results: whose word counts, and what it says."""

from __future__ import annotations

import pytest

from merge.mail.authentication import PASSES, Finding
from merge.mail.authentication_results import UNHEARD, Judged, Method, judged, said_of
from merge.mail.receivers import beside, keeper_of
from tests.examples import each_line

SENDER = "smtp.sender.example"
HOPS = (
    "Received: from out.sender.example (out.sender.example. [192.0.2.7])\r\n"
    "        by mx.taker.example with ESMTPS id 1; Sun, 29 Nov 2026 07:00:00 +0100 (CET)\r\n"
    "Received: from [192.168.1.2] (box [198.51.100.1]) by smtp.sender.example (Postfix)\r\n"
    " with ESMTPSA id 2; Sun, 29 Nov 2026 06:59:59 +0100\r\n"
)
LETTER = "From: groupe@example.org\r\nSubject: Essai\r\n\r\nMadame,\r\n"


def judge(field: str, *, hops: str = HOPS, is_nameless: bool = False) -> Judged:
    head = f"Authentication-Results: {field}\r\n" if field else ""
    message = f"{head}{hops}{LETTER}".encode()
    return judged(message, ["taker.example"], is_nameless=is_nameless, sender=SENDER)


def says(field: str, *, is_strict: bool = False) -> tuple[Finding, ...]:
    """What this field of the server that took the letter says of SPF, DKIM and DMARC."""
    found = judge(f"mx.taker.example; {field}")
    assert found.code == ""
    methods: tuple[Method, ...] = ("spf", "dkim", "dmarc")
    return tuple(
        said_of(method, found.results, "example.org", is_strict=is_strict) for method in methods
    )


@each_line
def test_what_a_server_writes_is_read_as_it_is_meant(field: str) -> None:
    assert says(field) == (PASSES, PASSES, PASSES)


def test_a_failure_is_told_in_the_server_s_own_words() -> None:
    spf, dkim, dmarc = says(
        "spf=softfail (domain of a@example.org does not designate 192.0.2.7) smtp.mailfrom=a@x;"
        ' dkim=fail reason="signature\r\n verification failed" (2048-bit key) header.d=example.org;'
        " dmarc=none action=none header.from=example.org"
    )
    assert spf.code == "spf-heard"
    assert spf.detail == "softfail: domain of a@example.org does not designate 192.0.2.7"
    assert dkim.detail == "fail: signature verification failed"
    assert dmarc == Finding("fails", "dmarc-heard", "none")


@each_line
def test_what_says_nothing_of_this_domain_is_not_known(field: str) -> None:
    assert says(field) == (UNHEARD, UNHEARD, UNHEARD)


def test_only_the_very_domain_signs_where_the_policy_is_strict() -> None:
    field = "dkim=pass header.d=mail.example.org"
    assert says(field)[1] == PASSES
    assert says(field, is_strict=True)[1] == UNHEARD


@pytest.mark.parametrize(
    "field",
    [
        "mx.taker.example 2; spf=pass smtp.mailfrom=example.org",
        "mx.taker.example; spf=pass (smtp.mailfrom=example.org",
        'mx.taker.example; spf=pass smtp.mailfrom="example.org',
        "",
        ";",
        "spf=pass (sender IP is 192.0.2.7) smtp.mailfrom=example.org",  # without its name
        "mx.taker.example; spf=pass smtp.mailfrom=example.org" + " (a)" * 30_000,
        "(" * 100_000,
        '"\\' * 50_000,
        "a.b=" * 25_000,
    ],
    ids=lambda field: field[:20],
)
def test_what_cannot_be_understood_counts_for_nothing(field: str) -> None:
    assert judge(field) == Judged("no-results")


def test_only_who_leaves_its_name_out_is_believed_without() -> None:
    field = "spf=pass (sender IP is 192.0.2.7)\r\n smtp.mailfrom=example.org; dkim=none"
    (spf, dkim) = judge(field, is_nameless=True).results
    assert (spf.result, spf.domain, dkim.result) == ("pass", "example.org", "none")
    assert keeper_of("example-org.mail.protection.outlook.com").is_nameless
    assert not keeper_of("imap.gmail.com").is_nameless


def test_a_server_that_does_not_take_mail_for_the_mailbox_counts_for_nothing() -> None:
    for server in ("mx.other.example", "nottaker.example", "taker.example.evil.test"):
        field = f"{server}; spf=pass smtp.mailfrom=example.org"
        assert judge(field) == Judged("unknown-server", server)


def test_what_stands_lower_down_counts_for_nothing() -> None:
    forged = "Authentication-Results: mx.taker.example; spf=pass smtp.mailfrom=example.org\r\n"
    for top, code in (
        ("other.example; spf=fail", "unknown-server"),
        ("(", "no-results"),
        ("mx.taker.example; none", ""),
    ):
        found = judge(top, hops=HOPS + forged)
        assert found.code == code
        assert found.results == ()
    only = judged(
        f"{HOPS}{LETTER}{forged}".encode(), ["taker.example"], is_nameless=False, sender=""
    )
    assert only == Judged("no-results")  # in the text it is no field


@each_line
def test_a_letter_that_never_left_its_provider_shows_nothing(hops: str) -> None:
    field = "mx.taker.example; spf=pass smtp.mailfrom=example.org"
    assert judge(field, hops=hops) == Judged("came-from-inside")


def test_who_sends_may_have_handed_it_over_itself() -> None:
    hop = "Received: from out.sender.example by mx.taker.example; x\r\n"
    assert judge("mx.taker.example; none", hops=hop).code == ""


def test_a_name_that_may_be_everybody_s_has_no_neighbours() -> None:
    assert beside("mail.example.org") == "example.org"
    assert beside("mx.mail.example.co.uk") == "mail.example.co.uk"
    for alone in ("example.co.uk", "example.org", "localhost", "mairie.gouv.fr"):
        assert beside(alone) == alone
    assert keeper_of("mail.example.org").servers == ("example.org",)
    assert keeper_of("mx3.infomaniak.ch").also == ("infomaniak.com",)
