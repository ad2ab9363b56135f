"""What each reply of a mail server leads to, phase by phase."""

from __future__ import annotations

from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from merge.mail.verdict import MOST_WORDS, verdict
from merge.model import Status
from merge.outcome import Aim, Outcome, Phase
from tests.facts import claims, facts, wrong

HERE = Path(__file__).with_name("verdict.txt")
*FATES, WORDS = claims(HERE)


def verdict_on(phase: str, said: str) -> Outcome:
    """What comes of a reply; its words in Latin-1, as of a server without UTF-8."""
    code, _, words = said.partition(" ")
    return verdict(Phase(phase), int(code), words.encode("latin-1"))


def test_a_reply_is_about_the_mailbox_the_account_or_the_connection() -> None:
    def fate(phase: str, said: str) -> tuple[str, str]:
        outcome = verdict_on(phase, said)
        assert outcome.phase == phase
        return outcome.status, outcome.aim

    assert [line for claim in FATES for line in wrong(HERE, claim, fate)] == []


def test_its_enhanced_code_is_taken_out_of_its_words_unless_it_is_of_another_class() -> None:
    def kept(phase: str, said: str) -> tuple[str, str]:
        outcome = verdict_on(phase, said)
        return outcome.enhanced, outcome.words

    assert wrong(HERE, WORDS, kept) == []


_REPLIES = st.one_of(
    st.binary(max_size=800),
    st.sampled_from([*facts(HERE, FATES[4])]).map(lambda fact: fact[0][1].encode()),
    st.from_regex(rb"[245]\.[0-9]\.[0-9]{1,2} [a-zA-Z ]{0,40}", fullmatch=True),
)


@example(phase=Phase.CONNECT, code=500, reply=b"OFR416")  # Orange's "no such user", to us
@given(phase=st.sampled_from(Phase), code=st.integers(-1, 1000), reply=_REPLIES)
def test_whatever_a_server_says_the_house_rules_hold(phase: Phase, code: int, reply: bytes) -> None:
    outcome = verdict(phase, code, reply)
    if outcome.status is Status.FAILED:
        assert outcome.aim is Aim.RECIPIENT
        assert phase not in (Phase.CONNECT, Phase.LOGIN, Phase.MAIL)
        assert 500 <= code <= 599
    elif outcome.status in (Status.SENT, Status.UNKNOWN):
        assert phase is Phase.BODY
    else:
        assert outcome.status is Status.DEFERRED
    assert len(outcome.words) <= MOST_WORDS
    assert outcome.words.isprintable() or not outcome.words.isascii()
    assert "\n" not in outcome.words
