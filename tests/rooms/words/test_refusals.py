"""What providers mean when they refuse: each in words, with its own cure."""

from __future__ import annotations

import re

import pytest

from merge.errors import AccountPaused
from merge.mail.verdict import verdict
from merge.model import Status
from merge.outcome import Aim, Phase
from merge.words.reasons.refusals import REFUSALS, meaning
from merge.words.troubles import explain

# Replies as they come, from the providers' own pages and from logs that people have published.
SEEN = [
    ("421 Service refused, please try later. OFR_108", "too much comes from you"),
    ("550 5.2.0 Mail rejete. Mail rejected. OFR_506 [506]", "takes these letters for spam"),
    ("550 5.7.1 Service refused. LPN007_405", "refuses the address that you send from"),
    ("554 Service unavailable, OFR_999", "bad experiences"),
    ("550 5.5.0 Adresse d emetteur invalide. OFR_203", "SPF"),
    ("550 5.4.5 Daily user sending limit exceeded. For more information", "Gmail's quota"),
    ("534 5.7.9 Application-specific password required.", "application password"),
    ("535 5.7.8 Username and Password not accepted. BadCredentials", "login or the password"),
    ("535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled", "Microsoft"),
    ("550 5.7.30 Basic authentication is not supported for Client Submission", "Microsoft"),
    ("554 5.2.252 SendAsDenied; x@example.org not allowed to send as y@", "may not send under"),
    ("553 5.7.1 Sender address rejected: not owned by user x", "may not send under"),
    ("432 4.3.2 Concurrent connections limit exceeded", "Too many connections"),
    ("550 5.7.501 Access denied, spam abuse detected from your account", "stopped this account"),
    ("550 5.1.8 Access denied, bad outbound sender", "stopped this account"),
    ("550 5.7.1 Our system has detected an unusual rate of unsolicited mail", "unwanted mail"),
    ("554 5.7.1 Message rejected as spam by Content Filtering", "unwanted mail"),
    ("450 Requested mail action not taken 450 Mail send limit exceeded.", "too much has left"),
    ("550 5.2.2 Submission quota exceeded", "too much has left"),
    ("554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceeded", "too much has left"),
    ("452 4.5.3 Daily message limit exceeded", "too much has left"),
    ("421 4.7.0 Too many messages, come back later", "too much has left"),
]


@pytest.mark.parametrize(("reply", "means"), SEEN)
def test_a_refusal_that_was_seen_in_the_wild_has_its_meaning(reply: str, means: str) -> None:
    found = meaning(reply)
    assert found is not None
    assert means in found[0]


def test_every_meaning_is_one_that_was_seen() -> None:
    met = {meaning(reply) for reply, _means in SEEN}
    assert {words for _pattern, words in REFUSALS} == met


@pytest.mark.parametrize("phase", [Phase.RCPT, Phase.BODY])
@pytest.mark.parametrize("reply", [reply for reply, _means in SEEN])
def test_a_refusal_of_the_account_fails_no_recipient(phase: Phase, reply: str) -> None:
    code, _space, words = reply.partition(" ")
    outcome = verdict(phase, int(code), words.encode())
    assert (outcome.status, outcome.aim) == (Status.DEFERRED, Aim.ACCOUNT)


@pytest.mark.parametrize("reply", ["550 no", "554 5.5.1 Error", "451 4.3.0 Local error", ""])
def test_what_is_not_understood_gets_no_meaning(reply: str) -> None:
    assert meaning(reply) is None


def test_a_paused_account_is_told_what_the_server_said_what_it_means_and_what_to_do() -> None:
    paused = AccountPaused(
        "account-paused", account="x", reply=550, words="Daily user sending limit exceeded"
    )
    told = explain(paused)
    assert re.search(r"550 Daily user.*\nGmail's quota.*\nWhat you send.*24 hours.*\nNobody", told)


def test_a_refusal_without_a_known_meaning_keeps_the_server_s_words() -> None:
    told = explain(AccountPaused("account-paused", account="x", reply=554, words="no"))
    assert "554 no" in told
    assert "nobody is marked as failed" in told


def test_a_refused_login_is_about_nobody_in_the_queue() -> None:
    refused = AccountPaused(
        "login-refused", reply=535, words="5.7.139 disabled", host="smtp.example.org", login="x"
    )
    told = explain(refused)
    assert "Microsoft lets no program in with a password" in told
    assert "queue" not in told
