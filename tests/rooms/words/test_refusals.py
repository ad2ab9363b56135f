"""What providers mean when they refuse: each in words, with its own cure."""

from __future__ import annotations

import re
from pathlib import Path

from merge.errors import AccountPaused
from merge.mail.verdict import verdict
from merge.model import Status
from merge.outcome import Aim, Phase
from merge.words.reasons.refusals import REFUSALS, meaning
from merge.words.troubles import explain
from tests.examples import each_line, sections

SEEN = [
    line.split(" ⇒ ")
    for line in sections(Path(__file__).with_suffix(".txt"))[
        "a refusal that was seen in the wild has its meaning"
    ]
]


@each_line
def test_a_refusal_that_was_seen_in_the_wild_has_its_meaning(reply: str, means: str) -> None:
    found = meaning(reply)
    assert found is not None
    assert means in found[0]
    code, _space, words = reply.partition(" ")
    for phase in (Phase.RCPT, Phase.BODY):  # and fails no recipient
        outcome = verdict(phase, int(code), words.encode())
        assert (outcome.status, outcome.aim) == (Status.DEFERRED, Aim.ACCOUNT)


def test_every_meaning_is_one_that_was_seen() -> None:
    met = {meaning(reply) for reply, _means in SEEN}
    assert {words for _pattern, words in REFUSALS} == met


def test_what_is_not_understood_gets_no_meaning() -> None:
    for reply in ("550 no", "554 5.5.1 Error", "451 4.3.0 Local error", ""):
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
