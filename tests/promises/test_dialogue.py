"""What is said over one connection, word by word, without a socket."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merge.mail.dialogue import Dialogue, News, unfit
from merge.model import Envelope, Message, Status
from merge.outcome import Aim, Answered, Asked, Phase

FIRST, SECOND = (
    Message(
        envelope=Envelope(sender="groupe@example.org", recipient=f"mairie-{n}@example.org"),
        message_id=f"<{n}@example.org>",
        data=f"Subject: {n}\r\n\r\n.\r\n".encode(),
    )
    for n in (1, 2)
)
OK = b"250 2.1.0 OK\r\n"
ASKED = OK * 2 + b"354 Go ahead\r\n"
QUEUED = b"250 2.0.0 queued\r\n"


class Talk:
    """A dialogue, what we said in it, and what came of it."""

    def __init__(self, *, pipelining: bool = True, **offers: bool) -> None:
        self.dialogue = Dialogue(
            pipelining=pipelining, **offers, timeout_s=60, final_reply_timeout_s=600
        )

    def said(self) -> bytes:
        words = bytes(self.dialogue.outgoing)
        self.dialogue.outgoing.clear()
        return words

    def hears(self, words: bytes) -> list[News]:
        return self.dialogue.receive(words)

    def has_one_behind_a_body(self) -> None:
        """The first body is on its way, and the commands of the second behind it."""
        self.dialogue.offer(FIRST)
        self.hears(ASKED)
        self.dialogue.hand_over(FIRST)
        self.dialogue.offer(SECOND)


def outcomes(news: list[News]) -> list[tuple[Message, Status, Phase]]:
    return [
        (each.message, each.outcome.status, each.outcome.phase)
        for each in news
        if isinstance(each, Answered)
    ]


@pytest.fixture
def talk() -> Talk:
    return Talk()


@pytest.mark.parametrize("pipelining", [True, False])
def test_nothing_is_offered_while_a_reply_or_a_body_is_due_or_nobody_listens(
    pipelining: bool,
) -> None:
    """Behind a 354 its commands would be read as the body."""
    talk = Talk(pipelining=pipelining)
    talk.dialogue.offer(FIRST)
    for reply in (OK, OK, b"354 Go ahead\r\n"):
        assert (talk.said().count(b"\r\n") == 1) is not pipelining
        with pytest.raises(RuntimeError):
            talk.dialogue.offer(SECOND)
        talk.hears(reply)
    with pytest.raises(RuntimeError):
        talk.dialogue.offer(SECOND)
    talk.dialogue.hand_over(FIRST)
    assert talk.dialogue.can_follow is pipelining
    talk.dialogue.end("connection-lost")
    with pytest.raises(RuntimeError):
        talk.dialogue.offer(SECOND)


def test_a_body_goes_to_no_server_that_did_not_ask_for_it(talk: Talk) -> None:
    talk.dialogue.offer(FIRST)
    talk.hears(OK * 2)
    talk.said()
    assert not talk.dialogue.waits_for(FIRST)
    with pytest.raises(RuntimeError):
        talk.dialogue.hand_over(FIRST)
    talk.hears(b"354 Go ahead\r\n")
    assert talk.dialogue.waits_for(FIRST)
    assert not talk.dialogue.waits_for(SECOND)
    with pytest.raises(RuntimeError):
        talk.dialogue.hand_over(SECOND)
    assert talk.said() == b""


def test_where_bounces_are_told_of_the_envelope_names_the_message_and_the_address() -> None:
    talk = Talk(dsn=True)
    envelope = Envelope(sender="groupe@example.org", recipient="a+b=c@example.org")
    talk.dialogue.offer(FIRST._replace(envelope=envelope, message_id="<1+x@é.example>"))
    assert talk.said().splitlines() == [
        b"MAIL FROM:<groupe@example.org> ENVID=1+2Bx@+C3+A9.example",
        b"RCPT TO:<a+b=c@example.org> ORCPT=rfc822;a+2Bb+3Dc@example.org",
        b"DATA",
    ]


@pytest.mark.parametrize("dsn", [True, False])
def test_a_server_that_asks_for_it_hears_how_large_the_message_is(dsn: bool) -> None:
    talk = Talk(dsn=dsn, size=True)
    talk.dialogue.offer(FIRST)
    mail, *_ = talk.said().splitlines()
    size = b"MAIL FROM:<groupe@example.org> SIZE=%d" % len(FIRST.data)
    assert mail == size + (b" ENVID=1@example.org" if dsn else b"")


@pytest.mark.parametrize("domain", ["x" * 500, "x\r\nRCPT TO:<b@example.org>"])
def test_no_message_id_makes_a_long_command_or_another_one(domain: str) -> None:
    talk = Talk(dsn=True)
    talk.dialogue.offer(FIRST._replace(message_id=f"<0123456789@{domain}>"))
    lines = talk.said().splitlines()
    assert [line.split()[0] for line in lines] == [b"MAIL", b"RCPT", b"DATA"]
    assert max(map(len, lines)) < 512  # RFC 5321 4.5.3.1.4


@given(cuts=st.lists(st.integers(0, 200), max_size=8))
def test_replies_mean_the_same_however_the_network_cuts_them(cuts: list[int]) -> None:
    talk, words = Talk(), b"250-2.1.0 all\r\n250 right\r\n" + OK + b"354-Go\r\n354 ahead\r\n"
    talk.dialogue.offer(FIRST)
    news: list[News] = []
    places = [0, *sorted(min(cut, len(words)) for cut in cuts), len(words)]
    for start, end in itertools.pairwise(places):
        news += talk.hears(words[start:end])
    assert news == [Asked(FIRST)]


def test_a_connection_that_was_idle_for_long_has_all_its_time_for_the_next_reply(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk.dialogue.offer(FIRST)
    later_s = (talk.dialogue.deadline_s or 0) + 1
    talk.hears(ASKED)
    talk.dialogue.hand_over(FIRST)
    talk.hears(QUEUED)
    monkeypatch.setattr("merge.mail.dialogue.time.monotonic", lambda: later_s)
    talk.dialogue.offer(SECOND)
    assert talk.dialogue.deadline_s == later_s + 60


def test_what_is_said_between_354_and_the_body_is_no_reply_to_the_body(talk: Talk) -> None:
    talk.dialogue.offer(FIRST)
    talk.hears(ASKED)
    news = talk.hears(QUEUED)
    assert outcomes(news) == [(FIRST, Status.DEFERRED, Phase.DATA)]
    assert talk.dialogue.is_over
    assert not talk.dialogue.waits_for(FIRST)


def test_half_a_word_after_354_ends_the_connection(talk: Talk) -> None:
    talk.dialogue.offer(FIRST)
    news = talk.hears(ASKED + b"25")
    assert outcomes(news) == [(FIRST, Status.DEFERRED, Phase.DATA)]


def test_a_reply_of_99_lines_is_one(talk: Talk) -> None:
    talk.dialogue.offer(FIRST)
    talk.hears(b"250-on and on\r\n" * 98)
    assert talk.hears(b"250 and over\r\n" + OK + b"354 Go ahead\r\n") == [Asked(FIRST)]


def test_a_word_at_a_time_is_no_reply_in_time(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    talk.dialogue.offer(FIRST)
    deadline_s = talk.dialogue.deadline_s
    assert deadline_s is not None
    monkeypatch.setattr("merge.mail.dialogue.time.monotonic", lambda: deadline_s - 1)
    talk.hears(b"250-and\r\n")
    assert talk.dialogue.deadline_s == deadline_s
    talk.hears(b"250 over\r\n")
    assert talk.dialogue.deadline_s == deadline_s + 59


def test_a_server_that_goes_away_while_nothing_is_under_way_says_nothing_of_anybody(
    talk: Talk,
) -> None:
    assert talk.hears(b"421 4.4.2 Idle for too long\r\n") == []
    assert talk.dialogue.is_over


def test_a_refused_recipient_is_told_once_also_when_the_line_is_lost(talk: Talk) -> None:
    talk.dialogue.offer(FIRST)
    refused = talk.hears(OK + b"550 5.1.1 No such user\r\n")
    assert outcomes(refused) == [(FIRST, Status.FAILED, Phase.RCPT)]
    assert talk.dialogue.end("connection-lost") == []


def test_what_has_no_body_on_its_way_can_be_taken_back(talk: Talk) -> None:
    talk.dialogue.offer(FIRST)
    assert talk.dialogue.body is None
    talk.hears(ASKED)
    assert talk.dialogue.body is None
    assert FIRST.data not in talk.said()


NO_PATHS = (
    *("a@b>\r\nDATA", "a b@example.org", "<a@example.org>", "a@example.org\r\nRSET", "", "nobody"),
    "a@example.org> SIZE=1",
)


def refusal(data: bytes = FIRST.data, **envelope: str) -> tuple[object, ...] | None:
    """What comes of a message before any server hears of it: status, whom it is about, words."""
    told = unfit(FIRST._replace(data=data, envelope=FIRST.envelope._replace(**envelope)))
    return told and (told.status, told.aim, told.words)


def test_no_address_can_become_a_command() -> None:
    theirs = (Status.FAILED, Aim.RECIPIENT, "address-malformed")
    ours = (Status.DEFERRED, Aim.ACCOUNT, "address-malformed")
    assert {each: refusal(recipient=each) for each in NO_PATHS} == dict.fromkeys(NO_PATHS, theirs)
    assert {each: refusal(sender=each) for each in NO_PATHS} == dict.fromkeys(NO_PATHS, ours)


def test_no_line_of_a_body_can_become_another_letter() -> None:
    bodies = (b"a\nb\r\n", b"a\rb\r\n", b"a\r\n.\nMAIL\r\n", b"unended")
    never = (Status.DEFERRED, Aim.ACCOUNT, "body-not-crlf")
    assert {each: refusal(each) for each in bodies} == dict.fromkeys(bodies, never)


def test_nothing_is_taken_back_while_a_body_is_on_its_way(talk: Talk) -> None:
    talk.has_one_behind_a_body()
    assert talk.dialogue.body == FIRST.message_id
    talk.hears(QUEUED + OK)
    assert talk.dialogue.body is None


def test_the_reply_to_a_body_may_take_longer_than_the_others(talk: Talk) -> None:
    deadlines = [talk.dialogue.deadline_s]
    talk.dialogue.offer(FIRST)
    deadlines.append(talk.dialogue.deadline_s)
    talk.hears(ASKED)  # from now on it is we who are awaited
    deadlines.append(talk.dialogue.deadline_s)
    talk.dialogue.hand_over(FIRST)
    deadlines.append(talk.dialogue.deadline_s)
    idle, for_mail, asked, for_body = deadlines
    assert idle is asked is None
    assert for_mail is not None
    assert for_body is not None
    assert for_body - for_mail >= 540


def test_a_server_that_takes_a_long_body_slowly_is_not_silent(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk.dialogue.offer(FIRST)
    talk.hears(ASKED)
    talk.dialogue.hand_over(FIRST)
    later_s = (talk.dialogue.deadline_s or 0) - 1
    monkeypatch.setattr("merge.mail.dialogue.time.monotonic", lambda: later_s)
    outgoing = bytes(talk.dialogue.outgoing)
    talk.dialogue.wrote(10)
    assert talk.dialogue.outgoing == outgoing[10:]
    assert talk.dialogue.deadline_s == later_s + 600
