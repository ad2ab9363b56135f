"""What DNS says, and what is no answer: a server of the tests' own lies, loops and stays silent."""

from __future__ import annotations

import pytest

from merge.errors import SettingsError
from merge.mail.dns import ask
from merge.mail.questions import NOT_ASKED, DnsAnswer, DnsQuestion
from tests.servers.dns import serving


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr("merge.mail.dns._TRY_S", 0.1)
    monkeypatch.setattr("merge.mail.dns._QUESTION_S", 0.3)


MX = {"MX": ["20 second.example.org.", "10 First.example.org."]}


def mail(domain: str, address: str) -> DnsAnswer:
    question = DnsQuestion(domain, "MAIL")
    return ask([question], address)[question]


FOUND = ("found", ("first.example.org", "second.example.org"))
ZONES = {
    "example.org": MX,
    "four.test": {"A": ["127.0.0.1"]},
    "six.test": {"AAAA": ["::1"]},
    "none.test": {"MX": ["0 ."]},
    "text.test": {"TXT": ['"hello"']},
    "alias.test": {"CNAME": ["example.org."]},
    "a.test": {"CNAME": ["b.test."]},
    "b.test": {"CNAME": ["a.test."]},
}
ANSWERS = {
    "example.org": FOUND,  # the best server comes first
    "four.test": ("found", ("four.test",)),
    "six.test": ("found", ("six.test",)),
    "none.test": ("no-mail", ()),
    "text.test": ("nothing", ()),
    "gone.test": ("no-domain", ()),
    "alias.test": FOUND,
    "a.test": ("failed", ()),  # an alias that leads in a circle
}


@pytest.mark.parametrize("fault", ["", "truncated"])
def test_where_the_mail_of_a_domain_goes(fault):
    """What was cut short is asked for again by TCP."""
    with serving(ZONES, dict.fromkeys(ZONES, fault) if fault else {}) as server:
        found = {name: mail(name, server.address) for name in ANSWERS}
    assert found == {name: DnsAnswer(*answer) for name, answer in ANSWERS.items()}


def test_the_pieces_of_a_text_are_one():
    with serving({"example.org": {"TXT": ['"v=spf1 " "-all"', '"other"']}}) as server:
        question = DnsQuestion("example.org", "TXT")
        assert sorted(ask([question], server.address)[question].values) == ["other", "v=spf1 -all"]


@pytest.mark.parametrize("fault", ["servfail", "wrong-id", "other-question", "unproved"])
@pytest.mark.usefixtures("impatient")
def test_what_is_no_answer_says_nothing_of_a_domain(fault):
    zones = {"example.org": {} if fault == "unproved" else MX}
    with serving(zones, {"example.org": fault, "gone.test": fault}) as server:
        assert mail("example.org", server.address) == DnsAnswer("failed")
        assert mail("gone.test", server.address) == DnsAnswer("failed")


def test_a_server_that_is_silent_about_one_name_answers_for_the_others(monkeypatch):
    monkeypatch.setattr("merge.mail.dns._QUESTION_S", 2.0)
    questions = [DnsQuestion("example.org", "MAIL"), DnsQuestion("silent.test", "MAIL")]
    with serving({"example.org": MX}, {"silent.test": "silent"}) as server:
        states = [each.state for each in ask(questions, server.address).values()]
    assert states == ["found", "failed"]


def test_when_the_time_is_up_the_rest_is_not_asked():
    questions = [DnsQuestion("example.org", "MAIL"), DnsQuestion("silent.test", "MAIL")]
    with serving({"example.org": MX}, {"silent.test": "silent"}) as server:
        found = ask(questions, server.address, within_s=2.0)
    assert [each.state for each in found.values()] == ["found", "not-asked"]


def test_whoever_says_that_nobody_has_mail_is_not_believed():
    question = DnsQuestion("example.org", "MAIL")
    with serving({"example.org": MX}, is_believable=False) as server:
        assert ask([question], server.address) == {question: NOT_ASKED}
        assert server.asked["example.org", "MX"] == 0


@pytest.mark.usefixtures("impatient")
def test_without_a_server_nobody_is_asked():
    question = DnsQuestion("example.org", "MAIL")
    assert ask([question], "off") == {question: NOT_ASKED}
    assert ask([question], "127.0.0.1:1") == {question: NOT_ASKED}


def test_a_server_that_is_no_address_is_refused():
    for servers in ("dns.example.org", "127.0.0.1:x", "127.0.0.1:99999"):
        with pytest.raises(SettingsError, match="value-unfit"):
            ask([DnsQuestion("example.org", "MAIL")], servers)
