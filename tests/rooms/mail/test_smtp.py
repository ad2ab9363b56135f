"""The post office against servers that behave, and one that does not."""

from __future__ import annotations

import base64
import errno
import gc
import logging
import select
import socket
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import yagmail

from merge.errors import AccountPaused, Refused, SettingsError, Stopped, Trouble
from merge.mail import smtp
from merge.mail.connection import Secret, Server
from merge.mail.dialogue import News
from merge.mail.smtp import SmtpPostOffice, open_post_office
from merge.mail.verdict import MOST_WORDS, one_line
from merge.model import Envelope, Message, Status
from merge.outcome import Aim, Answered, Asked, Outcome, Phase, Unreachable
from merge.words.troubles import explain
from tests.servers.capture import CaptureServer
from tests.servers.certificates import Authority
from tests.servers.faults import FaultServer
from tests.servers.sending import hand_in

pytest_plugins = ["tests.servers.fixtures"]

SENDER = "groupe@example.org"
PASSWORD = "correct horse, é"
BODY = b"Subject: x\r\n\r\nBonjour\r\n.\r\n..two\r\n"


def message(recipient: str, *, sender: str = SENDER, data: bytes = BODY) -> Message:
    return Message(
        envelope=Envelope(sender=sender, recipient=recipient),
        message_id=f"<{recipient}>",
        data=data,
    )


def plain(server: FaultServer, **other: object) -> Server:
    facts: dict[str, object] = {
        "host": "127.0.0.1",
        "port": server.port,
        "tls": "none",
        "from_address": SENDER,
        "timeout_s": 20,
    }
    return Server(**(facts | other))  # type: ignore[arg-type]


def secure(server: CaptureServer, **other: object) -> Server:
    facts: dict[str, object] = {
        "host": "localhost",
        "port": server.port,
        "tls": server.tls,
        "from_address": SENDER,
        "ca_pem": server.authority.ca_pem,
        "timeout_s": 20,
    }
    return Server(**(facts | other))  # type: ignore[arg-type]


@pytest.fixture
def office(fault_server: FaultServer) -> Iterator[SmtpPostOffice]:
    with closing(open_post_office(plain(fault_server), "")) as opened:
        yield opened


def send(office: SmtpPostOffice, recipient: str, *, sender: str = SENDER) -> Outcome:
    return hand_in(office, message(recipient, sender=sender))


def next_news(office: SmtpPostOffice) -> Asked | Answered:
    """What the server says next; a turn in which it is silent is none."""
    while not (news := office.turn()):
        pass
    (one,) = news
    assert not isinstance(one, Unreachable)
    return one


def asked_for(office: SmtpPostOffice, one: Message) -> None:
    """Offer it, until the server waits for its body."""
    office.offer(one)
    assert next_news(office) == Asked(one)


FAILS = (Status.FAILED, Aim.RECIPIENT)
WAITS = (Status.DEFERRED, Aim.RECIPIENT)
PAUSES = (Status.DEFERRED, Aim.ACCOUNT)
RECONNECTS = (Status.DEFERRED, Aim.CONNECTION)
IN_DOUBT = (Status.UNKNOWN, Aim.CONNECTION)


@pytest.mark.parametrize(
    ("name", "phase", "expected"),
    [
        ("550", Phase.RCPT, FAILS),
        ("552", Phase.RCPT, FAILS),
        ("450", Phase.RCPT, WAITS),
        ("421", Phase.RCPT, PAUSES),
        ("closing", Phase.RCPT, RECONNECTS),
        ("sender", Phase.RCPT, PAUSES),
        ("gone", Phase.RCPT, FAILS),
        ("drop", Phase.RCPT, RECONNECTS),
        ("garbage", Phase.RCPT, RECONNECTS),
        ("451-data", Phase.DATA, WAITS),
        ("554-data", Phase.DATA, PAUSES),
        ("421-data", Phase.DATA, PAUSES),
        ("drop-before-data", Phase.DATA, RECONNECTS),
        ("450-body", Phase.BODY, WAITS),
        ("554-body", Phase.BODY, PAUSES),
        ("421-body", Phase.BODY, PAUSES),
        ("quota", Phase.BODY, PAUSES),
        ("spam-ofr", Phase.BODY, PAUSES),
        ("drop-in-data", Phase.BODY, IN_DOUBT),
        ("drop-after-dot", Phase.BODY, IN_DOUBT),
        ("garbage-body", Phase.BODY, IN_DOUBT),
    ],
)
def test_each_failure_is_named_by_its_phase_and_the_next_letter_still_leaves(
    office: SmtpPostOffice,
    fault_server: FaultServer,
    name: str,
    phase: Phase,
    expected: tuple[Status, Aim],
) -> None:
    outcome = send(office, f"{name}@example.org")
    assert (outcome.phase, (outcome.status, outcome.aim)) == (phase, expected)
    assert send(office, "mairie@example.org").status is Status.SENT
    assert [one.recipient for one in fault_server.accepted][-1] == "mairie@example.org"


@pytest.mark.parametrize(
    ("name", "expected"),
    [("550", PAUSES), ("451", PAUSES), ("421", PAUSES), ("closing", RECONNECTS)],
)
def test_what_is_refused_at_mail_is_never_the_recipient(
    office: SmtpPostOffice, name: str, expected: tuple[Status, Aim]
) -> None:
    outcome = send(office, "mairie@example.org", sender=f"{name}@example.org")
    assert (outcome.phase, (outcome.status, outcome.aim)) == (Phase.MAIL, expected)


def test_a_drop_after_the_dot_is_in_doubt_and_nothing_is_sent_again(
    office: SmtpPostOffice, fault_server: FaultServer
) -> None:
    outcome = send(office, "drop-after-dot@example.org")
    office.close()
    assert outcome.status is Status.UNKNOWN
    assert outcome.words == "connection-lost"
    assert len(fault_server.accepted) == 1


@pytest.mark.parametrize(
    ("name", "phase", "expected"),
    [("slow", Phase.RCPT, RECONNECTS), ("slow-body", Phase.BODY, IN_DOUBT)],
)
def test_silence_beyond_the_time_limit_is_doubt_only_after_the_body(
    fault_server: FaultServer, name: str, phase: Phase, expected: tuple[Status, Aim]
) -> None:
    server = plain(fault_server, timeout_s=0.2, final_reply_timeout_s=0.2)
    with closing(open_post_office(server, "")) as office:
        outcome = send(office, f"{name}@example.org")
    assert (outcome.phase, (outcome.status, outcome.aim)) == (phase, expected)
    assert outcome.words == "no-reply-in-time"


@pytest.mark.parametrize(
    ("name", "words"),
    [("drop-after-354", "connection-lost"), ("closing-after-354", "Service shutting down")],
)
def test_a_line_that_breaks_before_the_first_byte_leaves_no_doubt(
    office: SmtpPostOffice, fault_server: FaultServer, name: str, words: str
) -> None:
    one = message(f"{name}@example.org")
    office.offer(one)
    # The intent is committed here; by its end the server's goodbye has arrived.
    news = next_news(office)
    if isinstance(news, Asked):
        fault_server.hung_up.wait(timeout=20)
        office.hand_over(one)
        news = next_news(office)
    assert isinstance(news, Answered)
    outcome = news.outcome
    assert (outcome.status, outcome.aim) == RECONNECTS
    assert (outcome.phase, outcome.words) == (Phase.DATA, words)


@pytest.mark.parametrize(
    ("name", "words"),
    [("drop-after-354", "connection-lost"), ("closing-after-354", "Service shutting down")],
)
def test_who_is_asked_for_a_body_and_hung_up_on_in_one_turn_hears_of_the_end_alone(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, name: str, words: str
) -> None:
    # TLS hands out a record at a time: the 354 and what follows it are read one after the other.
    faults = FaultServer(context=authority.server_context())
    read = smtp._Line.read

    def read_late(line: smtp._Line) -> list[News]:
        if faults.commands[-1] == "DATA":
            faults.hung_up.wait(timeout=20)
        return read(line)

    monkeypatch.setattr(smtp._Line, "read", read_late)
    with faults.running():
        server = plain(faults, host="localhost", tls="implicit", ca_pem=authority.ca_pem)
        with closing(open_post_office(server, "")) as office:
            office.offer(message(f"{name}@example.org"))
            news = next_news(office)
            room = office.free_places
    assert isinstance(news, Answered)
    assert (news.outcome.status, news.outcome.phase) == (Status.DEFERRED, Phase.DATA)
    assert (news.outcome.words, room) == (words, 3)


def test_what_the_server_says_before_the_body_is_never_taken_for_its_reply() -> None:
    # "354" and another reply in one packet, and the connection stays open.
    with FaultServer().running() as faults, closing(open_post_office(plain(faults), "")) as office:
        one = message("hasty@example.org")
        outcome = hand_in(office, one)
    assert (outcome.status, outcome.phase) == (Status.DEFERRED, Phase.DATA)
    assert faults.accepted == []


@pytest.mark.parametrize("connections", [1, 2])
def test_a_server_that_loses_what_is_said_in_one_breath_is_spoken_to_word_by_word(
    connections: int,
) -> None:
    told: list[str] = []
    with FaultServer(pipelining=True, forgets=True).running() as faults:
        server = plain(faults, timeout_s=0.3)
        opened = open_post_office(
            server, "", connections=connections, unpipelined=lambda: told.append("lost")
        )
        with closing(opened) as office:
            messages = [message(f"m{number}@example.org") for number in range(6)]
            news: list[Asked | Answered] = []
            waiting = list(messages)
            while len(news) < len(messages):
                while waiting and office.free_places:
                    office.offer(waiting.pop())
                for each in office.turn():
                    if isinstance(each, Asked):
                        office.hand_over(each.message)
                    elif isinstance(each, Answered):
                        news.append(each)
    assert {each.outcome.status for each in news if isinstance(each, Answered)} == {Status.SENT}
    arrived = [each.recipient for each in faults.accepted]
    assert sorted(arrived) == sorted(each.envelope.recipient for each in messages)
    assert told == ["lost"]
    assert faults.connections <= 2 * connections


def test_a_silence_that_comes_without_pipelining_too_is_not_told_of_the_server() -> None:
    told: list[str] = []
    with FaultServer(pipelining=True).running() as faults:
        server = plain(faults, timeout_s=0.3)
        opened = open_post_office(server, "", unpipelined=lambda: told.append("lost"))
        with closing(opened) as office:
            assert send(office, "slow@example.org").status is Status.DEFERRED
    assert told == []


def test_letters_leave_where_the_system_has_no_poll(
    fault_server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("select.poll", raising=False)  # as on Windows
    with closing(open_post_office(plain(fault_server), "")) as office:
        assert send(office, "mairie@example.org").status is Status.SENT


def test_where_a_server_offers_it_the_envelope_says_which_letter_and_to_whom() -> None:
    """RFC 3461: a bounce brings it back that has nothing else of the letter."""
    with (
        FaultServer(hello="250-faults.example.org\r\n250 DSN").running() as faults,
        closing(open_post_office(plain(faults), "")) as office,
    ):
        assert send(office, "mairie@example.org").status is Status.SENT
    said = "\n".join(faults.commands)
    assert " ENVID=mairie@example.org" in said
    assert " ORCPT=rfc822;mairie@example.org" in said


def test_a_withdrawn_offer_delivers_nothing(
    office: SmtpPostOffice, fault_server: FaultServer
) -> None:
    one = message("mairie@example.org")
    asked_for(office, one)
    room = office.free_places
    office.withdraw(one)
    assert office.free_places == room + 1
    assert send(office, "next@example.org").status is Status.SENT
    assert [one.recipient for one in fault_server.accepted] == ["next@example.org"]


def test_what_is_recalled_delivers_nothing_and_the_next_letter_leaves(
    office: SmtpPostOffice, fault_server: FaultServer
) -> None:
    one = message("mairie@example.org")
    asked_for(office, one)
    assert office.recall() == [one]
    assert send(office, "next@example.org").status is Status.SENT
    assert [one.recipient for one in fault_server.accepted] == ["next@example.org"]


def test_closing_after_an_offer_delivers_nothing(
    office: SmtpPostOffice, fault_server: FaultServer
) -> None:
    asked_for(office, message("mairie@example.org"))
    office.close()
    assert "QUIT" not in fault_server.commands
    assert fault_server.accepted == []


def test_lines_that_begin_with_a_dot_arrive_as_they_were(
    office: SmtpPostOffice, fault_server: FaultServer
) -> None:
    one = message("mairie@example.org", data=b".first\r\n.\r\n..\r\nlast.\r\n")
    assert hand_in(office, one).status is Status.SENT
    assert fault_server.accepted[0].data == one.data


def test_a_body_that_the_network_takes_in_parts_arrives_whole(fault_server: FaultServer) -> None:
    large = b"Subject: x\r\n\r\n" + b"un mot de plus\r\n" * 1_000_000
    server = plain(fault_server, final_reply_timeout_s=20)
    with closing(open_post_office(server, "")) as office:
        assert hand_in(office, message("mairie@example.org", data=large)).status is Status.SENT
    assert [one.data for one in fault_server.accepted] == [large]


@pytest.mark.parametrize("data", [b"a\nb\r\n", b"a\rb\r\n", b"a\r\n.\nMAIL\r\n", b"unended"])
def test_a_body_with_a_lone_line_ending_never_leaves(
    office: SmtpPostOffice, fault_server: FaultServer, data: bytes
) -> None:
    one = message("mairie@example.org", data=data)
    outcome = hand_in(office, one)
    assert (outcome.status, outcome.aim, outcome.words) == (*PAUSES, "body-not-crlf")
    assert fault_server.accepted == []


@pytest.mark.parametrize(
    "address",
    ["a@b>\r\nDATA", "a b@example.org", "<a@example.org>", "a@example.org\r\nRSET", "", "nobody"],
)
def test_no_address_can_become_a_command(
    office: SmtpPostOffice, fault_server: FaultServer, address: str
) -> None:
    outcome = send(office, address)
    assert (outcome.status, outcome.aim, outcome.words) == (*FAILS, "address-malformed")
    assert not any(line.startswith("MAIL") for line in fault_server.commands)


def test_an_address_beyond_ascii_is_refused_here(office: SmtpPostOffice) -> None:
    outcome = send(office, "sébastien@example.org")
    assert (outcome.status, outcome.words) == (Status.FAILED, "address-needs-smtputf8")


def test_one_connection_carries_many_letters_and_is_renewed(fault_server: FaultServer) -> None:
    server = plain(fault_server, messages_per_connection=3)
    with closing(open_post_office(server, "")) as office:
        for number in range(7):
            assert send(office, f"mairie-{number}@example.org").status is Status.SENT
    assert fault_server.connections == 3
    assert fault_server.commands.count("QUIT") == 3


def everything(office: SmtpPostOffice, messages: list[Message]) -> dict[str, Outcome]:
    """What becomes of them when the office is kept full, as the campaign does it."""
    waiting, outcomes = list(messages), dict[str, Outcome]()
    while len(outcomes) < len(messages):
        while waiting and office.free_places > 0:
            office.offer(waiting.pop(0))
        for news in office.turn():
            if isinstance(news, Answered):
                outcomes[news.message.envelope.recipient] = news.outcome
            elif isinstance(news, Asked):
                office.hand_over(news.message)
    return outcomes


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize(
    ("name", "first"), [("grey", WAITS[0]), ("mairie", Status.SENT)], ids=["refused", "taken"]
)
def test_a_message_that_was_answered_can_be_offered_again_over_the_same_connection(
    pipelining: bool, name: str, first: Status
) -> None:
    letter = message(f"{name}@example.org")
    with (
        FaultServer(pipelining=pipelining).running() as faults,
        closing(open_post_office(plain(faults), "")) as office,
    ):
        for status in (first, Status.SENT):
            assert everything(office, [letter])[letter.envelope.recipient].status is status
    assert faults.connections == 1


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("connections", [1, 5])
def test_several_connections_share_the_letters_and_each_arrives_once(
    pipelining: bool, connections: int
) -> None:
    letters = [message(f"mairie-{number}@example.org") for number in range(60)]
    with FaultServer(pipelining=pipelining).running() as faults:
        server = plain(faults, messages_per_connection=7)
        with closing(open_post_office(server, "", connections=connections)) as office:
            outcomes = everything(office, letters)
    assert {outcome.status for outcome in outcomes.values()} == {Status.SENT}
    assert sorted(a.recipient for a in faults.accepted) == sorted(
        one.envelope.recipient for one in letters
    )
    assert all(a.data == BODY for a in faults.accepted)
    assert faults.connections >= 60 / 7


def test_a_connection_that_stays_silent_holds_up_no_other(fault_server: FaultServer) -> None:
    with closing(open_post_office(plain(fault_server), "", connections=2)) as office:
        office.offer(message("slow@example.org"))
        assert office.turn() == []
        office.offer(message("mairie@example.org"))
        assert isinstance(next_news(office), Asked)


@pytest.mark.parametrize("pipelining", [True, False])
def test_one_letters_trouble_is_its_own_with_several_connections(pipelining: bool) -> None:
    fates = {
        "550": Status.FAILED,
        "450": Status.DEFERRED,
        "451-data": Status.DEFERRED,
        "450-body": Status.DEFERRED,
        "gone": Status.FAILED,
        "drop-in-data": Status.UNKNOWN,
        "drop-after-dot": Status.UNKNOWN,
        "garbage-body": Status.UNKNOWN,
    }
    letters = [message(f"mairie-{number}@example.org") for number in range(40)]
    for place, name in enumerate(fates):
        letters.insert(4 * place + 2, message(f"{name}@example.org"))
    with (
        FaultServer(pipelining=pipelining).running() as faults,
        closing(open_post_office(plain(faults), "", connections=3)) as office,
    ):
        outcomes = everything(office, letters)
    for recipient, outcome in outcomes.items():
        assert outcome.status is fates.get(recipient.partition("@")[0], Status.SENT), recipient
    accepted = [one.recipient for one in faults.accepted]
    assert len(accepted) == len(set(accepted))


def test_a_server_that_takes_no_more_connections_is_served_over_those_it_takes() -> None:
    letters = [message(f"mairie-{number}@example.org") for number in range(30)]
    with (
        FaultServer(most_connections=2, pipelining=True).running() as faults,
        closing(open_post_office(plain(faults), "", connections=8)) as office,
    ):
        outcomes = everything(office, letters)
    assert {outcome.status for outcome in outcomes.values()} == {Status.SENT}
    assert len(faults.accepted) == 30


def test_a_server_that_refused_a_connection_is_asked_for_no_more_of_them() -> None:
    with (
        FaultServer(most_connections=1).running() as faults,
        closing(open_post_office(plain(faults), "", connections=2)) as office,
    ):
        first = message("slow-body@example.org")
        asked_for(office, first)
        office.hand_over(first)
        office.offer(message("mairie@example.org"))
        for _look in range(20):
            if office.free_places == 1:
                break
            office.turn()
        assert office.free_places == 1  # three, of which two are under way


@pytest.mark.parametrize("connections", [1, 2])
def test_no_more_connections_are_opened_than_wanted(connections: int) -> None:
    letters = [message(f"mairie-{number}@example.org") for number in range(30)]
    with (
        FaultServer().running() as faults,
        closing(open_post_office(plain(faults), "", connections=connections)) as office,
    ):
        everything(office, letters)
    assert len(faults.accepted) == 30
    assert len([said for said in faults.commands if said.startswith("EHLO")]) <= connections


def test_a_silence_on_one_connection_ends_no_other(fault_server: FaultServer) -> None:
    server = plain(fault_server, timeout_s=1, final_reply_timeout_s=60)
    with closing(open_post_office(server, "", connections=2)) as office:
        first, second = message("slow-body@example.org"), message("slow@example.org")
        asked_for(office, first)
        office.hand_over(first)
        office.offer(second)
        news = next_news(office)
    assert isinstance(news, Answered)
    assert (news.message, news.outcome.words) == (second, "no-reply-in-time")


def test_what_has_not_left_can_be_recalled_and_what_has_is_waited_for() -> None:
    first, second, third = (message(f"mairie-{number}@example.org") for number in range(3))
    with (
        FaultServer(pipelining=True).running() as faults,
        closing(open_post_office(plain(faults), "")) as office,
    ):
        asked_for(office, first)
        office.offer(second)
        office.offer(third)
        office.hand_over(first)
        recalled = [*office.recall()]
        news: list[Asked | Answered | Unreachable] = []
        while not any(isinstance(each, Answered) for each in news):
            news += office.turn()
        recalled += office.recall()
        assert office.free_places == 3
    assert sorted(one.message_id for one in recalled) == [second.message_id, third.message_id]
    assert [one.recipient for one in faults.accepted] == [first.envelope.recipient]


def test_a_connection_that_the_server_ended_in_between_is_opened_again() -> None:
    with (
        FaultServer(messages_per_connection=2).running() as faults,
        closing(open_post_office(plain(faults), "")) as office,
    ):
        outcomes = [send(office, f"mairie-{number}@example.org") for number in range(5)]
    assert {outcome.status for outcome in outcomes} == {Status.SENT}
    assert len(faults.accepted) == 5
    assert faults.connections == 3


def met(office: SmtpPostOffice) -> Trouble:
    """What keeps the letters that are offered from a connection."""
    while not (news := office.turn()):
        pass
    (unreachable,) = news
    assert isinstance(unreachable, Unreachable)
    return unreachable.trouble


@pytest.mark.parametrize("connections", [1, 3])
def test_a_server_that_went_away_in_between_is_told_once_and_costs_no_letter_a_try(
    connections: int,
) -> None:
    messages = [message(f"m{number}@example.org") for number in range(3)]
    with FaultServer().running() as faults:
        office = open_post_office(plain(faults), "", connections=connections)
        assert send(office, "closing@example.org").aim is Aim.CONNECTION
    for one in messages:
        office.offer(one)
    assert met(office).facts["reason"] == "nobody-listens"
    assert sorted(office.recall()) == sorted(messages)
    assert office.free_places == 3 * connections
    with FaultServer().running() as back:  # another port: as if it had moved
        office._server = plain(back)
        office.offer(messages[0])
        news = office.turn()
        while not any(isinstance(each, Asked) for each in news):
            news = office.turn()
            # What the dials of before met is no news any more.
            assert not any(isinstance(each, Unreachable) for each in news)
        office.close()


def test_a_test_letter_to_a_server_that_went_away_says_why() -> None:
    with FaultServer().running() as faults:
        office = open_post_office(plain(faults), "")
        assert send(office, "closing@example.org").aim is Aim.CONNECTION
    with pytest.raises(Stopped, match="server-unreachable"), closing(office):
        send(office, "mairie@example.org")


@pytest.mark.parametrize(
    ("becomes", "kind", "code"),
    [
        ({"refuse_login": "535 5.7.8 Not any more"}, AccountPaused, "login-refused"),
        ({"refuse_login": "454 4.7.0 Later"}, Stopped, "login-put-off"),
        ({"logins": "CRAM-MD5"}, Refused, "login-of-another-kind"),
        ({"greeting": "554 5.7.1 Listed"}, Refused, "server-refuses-us"),
    ],
    ids=["refused", "put off", "another one", "554"],
)
def test_a_login_that_fails_in_mid_campaign_is_told_for_what_it_is(
    becomes: dict[str, str], kind: type[Trouble], code: str
) -> None:
    with (
        FaultServer().running() as faults,
        closing(open_post_office(plain(faults), PASSWORD)) as office,
    ):
        for name, value in becomes.items():
            setattr(faults, name, value)
        assert send(office, "closing@example.org").aim is Aim.CONNECTION
        office.offer(message("mairie@example.org"))
        trouble = met(office)
    assert (type(trouble), trouble.code) == (kind, code)
    assert PASSWORD not in repr(trouble.facts)


def test_a_body_that_nobody_asked_for_is_a_mistake_of_the_caller(office: SmtpPostOffice) -> None:
    one = message("mairie@example.org")
    with pytest.raises(RuntimeError):
        office.hand_over(one)
    office.offer(one)
    with pytest.raises(RuntimeError):
        office.hand_over(one)


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
@pytest.mark.parametrize("login", ["", "another login"])
@pytest.mark.parametrize("password", ["secret", PASSWORD])
def test_letters_go_over_tls_after_a_login(
    tmp_path: Path, authority: Authority, tls: str, login: str, password: str
) -> None:
    capture = CaptureServer(
        folder=tmp_path,
        authority=authority,
        tls=tls,  # type: ignore[arg-type]
        password=password,
    )
    with (
        capture.running(),
        closing(open_post_office(secure(capture, login=login), password)) as office,
    ):
        outcome = send(office, "mairie@example.org")
        offers = office.offers
    assert (outcome.status, outcome.code, outcome.enhanced) == (Status.SENT, 250, "2.0.0")
    assert outcome.words == "OK: kept as 00001.eml"
    assert (tmp_path / "00001.eml").read_bytes() == BODY
    assert capture.messages[0].recipients == ("mairie@example.org",)
    assert capture.logins == 1
    assert offers.tls.startswith("TLSv1.")
    assert "PLAIN" in offers.logins
    assert offers.size_limit == 33554432


def test_yagmail_opens_the_connection_and_logs_in(
    capture_server: CaptureServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    users: list[str] = []
    its_login = yagmail.SMTP.login

    def login(client: yagmail.SMTP) -> None:
        assert not client.smtp_skip_login
        its_login(client)
        users.append(client.user)

    monkeypatch.setattr(yagmail.SMTP, "login", login)
    password = capture_server.password
    open_post_office(secure(capture_server, login="another login"), password).close()
    assert users == ["another login"]
    assert capture_server.logins == 1


@contextmanager
def refusing(
    server: CaptureServer, error: type[Trouble], code: str, words: str = ""
) -> Iterator[None]:
    with pytest.raises(error) as caught:
        yield
    assert caught.value.code == code
    assert words in str(caught.value.facts["words"])
    assert server.logins == 0
    assert server.messages == []


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
@pytest.mark.parametrize("fault", ["foreign", "expired"])
def test_a_certificate_that_proves_nothing_is_refused_before_the_login(
    tmp_path: Path, authority: Authority, tls: str, fault: str
) -> None:
    stranger = Authority.in_folder(tmp_path, "stranger.pem")
    capture = CaptureServer(
        folder=tmp_path,
        authority=authority,
        tls=tls,  # type: ignore[arg-type]
        expired=fault == "expired",
    )
    trusted = stranger if fault == "foreign" else authority
    says = "expired" if fault == "expired" else ""
    with capture.running(), refusing(capture, Refused, "certificate-untrusted", says):
        open_post_office(secure(capture, ca_pem=trusted.ca_pem), "secret")


def test_without_a_ca_file_a_private_authority_is_not_trusted(
    capture_server: CaptureServer,
) -> None:
    with refusing(capture_server, Refused, "certificate-untrusted"):
        open_post_office(secure(capture_server, ca_pem=None), "secret")


def test_starttls_that_is_not_offered_is_refused(fault_server: FaultServer) -> None:
    with pytest.raises(Refused) as caught:
        open_post_office(plain(fault_server, tls="starttls"), PASSWORD)
    assert caught.value.code == "starttls-not-offered"
    assert not any(line.startswith("AUTH") for line in fault_server.commands)


def test_implicit_tls_towards_a_plain_server_is_refused(fault_server: FaultServer) -> None:
    with pytest.raises(Refused) as caught:
        open_post_office(plain(fault_server, tls="implicit"), PASSWORD)
    assert caught.value.code == "tls-failed"


@pytest.mark.parametrize("addresses", [["192.0.2.1"], ["127.0.0.1", "192.0.2.1"], []])
def test_without_tls_every_address_of_the_host_must_be_this_machine(
    monkeypatch: pytest.MonkeyPatch, addresses: list[str]
) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, 25)) for a in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    server = Server(host="mail.example.org", port=25, tls="none", from_address=SENDER)
    with pytest.raises(SettingsError) as caught:
        open_post_office(server, PASSWORD)
    assert caught.value.code == "tls-none-outside-loopback"


@pytest.mark.parametrize("ca_pem", ["nonsense", "", "\n"])
def test_no_certificate_is_no_authority_and_never_the_systems(ca_pem: str) -> None:
    server = Server(host="localhost", port=1, tls="implicit", from_address=SENDER, ca_pem=ca_pem)
    with pytest.raises(SettingsError) as caught:
        open_post_office(server, PASSWORD)
    assert caught.value.code == "ca-file-unreadable"


def test_a_port_where_nobody_listens_stops_the_command() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody else gets it
        server = Server(
            host="127.0.0.1", port=taken.getsockname()[1], tls="none", from_address=SENDER
        )
        with pytest.raises(Stopped) as caught:
            open_post_office(server, "")
    assert (caught.value.code, caught.value.facts["reason"]) == (
        "server-unreachable",
        "nobody-listens",
    )


def test_a_server_that_says_nothing_stops_the_command_in_time() -> None:
    with FaultServer(greeting="").running() as faults, pytest.raises(Stopped) as caught:
        open_post_office(plain(faults, timeout_s=0.2), "")
    assert caught.value.facts["reason"] == "no-reply-in-time"
    assert "port 465 goes with encryption from the beginning" in explain(caught.value)


def test_a_server_that_hangs_up_at_the_login_stops_the_command() -> None:
    with FaultServer(refuse_login="drop").running() as faults, pytest.raises(Stopped) as caught:
        open_post_office(plain(faults), PASSWORD)
    assert caught.value.facts["reason"] == "connection-lost"


@pytest.mark.parametrize("host", ["mail.example.org", f"{'a' * 64}.example.org"])
def test_a_host_without_an_address_stops_the_command(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    def unknown(*_: object, **__: object) -> None:
        host.encode("idna")  # as the real one does first
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    server = Server(host=host, port=465, tls="implicit", from_address=SENDER)
    with pytest.raises(Stopped) as caught:
        open_post_office(server, PASSWORD)
    assert caught.value.facts["reason"] == "name-unknown"


def test_a_greeting_that_turns_us_away_for_good_is_no_not_now() -> None:
    with (
        FaultServer(greeting="554 5.7.1 Your address is on a list").running() as faults,
        pytest.raises(Refused) as caught,
    ):
        open_post_office(plain(faults), "")
    assert (caught.value.code, caught.value.facts["reply"]) == ("server-refuses-us", 554)
    told = explain(caught.value)
    assert "refuses this connection for good: 554 5.7.1 Your address is on a list" in told
    assert "Trying again will not help" in told


@pytest.mark.parametrize("tls", ["none", "starttls"])
@pytest.mark.parametrize("hello", ["421 4.3.2 Busy until noon", "450 4.3.2 Busy until noon"])
def test_what_a_server_says_to_ehlo_is_told_though_it_hangs_up(hello: str, tls: str) -> None:
    with FaultServer(hello=hello).running() as faults, pytest.raises(Stopped) as caught:
        open_post_office(plain(faults, tls=tls), "")
    assert (caught.value.code, caught.value.facts["reply"]) == ("server-not-ready", int(hello[:3]))
    assert "Busy until noon" in explain(caught.value)


@pytest.mark.parametrize(
    "refusal", ["454 4.7.0 Temporary authentication failure", "421 4.7.0 Later", "451 4.3.0 No"]
)
def test_a_login_that_is_put_off_says_nothing_about_the_password(refusal: str) -> None:
    with FaultServer(refuse_login=refusal).running() as faults, pytest.raises(Stopped) as caught:
        open_post_office(plain(faults), PASSWORD)
    assert not isinstance(caught.value, AccountPaused)
    assert caught.value.code == "login-put-off"
    told = explain(caught.value)
    assert refusal[:9] in told
    assert "nothing against the password" in told
    assert PASSWORD not in told


def test_a_password_that_must_be_changed_first_is_about_the_password() -> None:
    with (
        FaultServer(refuse_login="432 4.7.12 A password transition is needed").running() as faults,
        pytest.raises(AccountPaused, match="login-refused"),
    ):
        open_post_office(plain(faults), PASSWORD)


NEVER_DONE = [
    {"greeting": "endless 220"},
    {"hello": "endless 250"},
    {"refuse_login": "endless 535"},
    {"greeting": "drip 220"},
    {"hello": "drip 250"},
    {"refuse_login": "drip 535"},
]


@pytest.mark.parametrize("faults", NEVER_DONE, ids=lambda each: " ".join(*each.items()))
def test_a_server_that_never_ends_what_it_says_is_left(faults: dict[str, str]) -> None:
    """Each read is quick, and a minute for each would be none for all of them."""
    with FaultServer(**faults).running() as server, pytest.raises(Trouble) as caught:  # type: ignore[arg-type] # all of them text
        open_post_office(plain(server, opening_timeout_s=0.5), PASSWORD)
    assert caught.value.code in ("server-unreachable", "server-not-ready", "login-refused")
    if "drip" in str(faults):
        assert caught.value.facts["reason"] == "too-slow"
        assert "too slowly" in explain(caught.value)
    assert PASSWORD not in explain(caught.value)


def test_addresses_that_answer_nothing_share_the_time_to_connect(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A provider with eight of them behind a closed port took eight minutes to say so."""
    tried: list[float] = []
    now_s = 0.0

    def no_answer(_address: object, timeout_s: float) -> socket.socket:
        nonlocal now_s
        tried.append(timeout_s)
        now_s += timeout_s
        raise TimeoutError("timed out")

    eight = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"192.0.2.{n}", 465)) for n in range(8)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: eight)
    monkeypatch.setattr(socket, "create_connection", no_answer)
    monkeypatch.setattr("merge.mail.patience.time.monotonic", lambda: now_s)
    server = Server(host="mail.example.org", port=465, tls="implicit", from_address=SENDER)
    with pytest.raises(Stopped):
        open_post_office(server, PASSWORD)
    assert tried == [60, 60]


@pytest.mark.parametrize(
    ("errors", "reason"),
    [
        ([OSError(errno.ENETUNREACH, "no")], "no-route"),
        ([OSError(errno.ENETUNREACH, "no"), ConnectionRefusedError()], "nobody-listens"),
        ([ConnectionRefusedError(), OSError(errno.ENETUNREACH, "no")], "nobody-listens"),
        ([TimeoutError("timed out"), OSError(errno.EHOSTUNREACH, "no")], "no-reply-in-time"),
        ([ConnectionResetError()], "connection-lost"),
    ],
    ids=["no route", "v6 without", "v4 first", "silent", "hung up"],
)
def test_why_there_is_no_connection_is_told_apart(
    monkeypatch: pytest.MonkeyPatch, errors: list[OSError], reason: str
) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"192.0.2.{n}", 465)) for n in range(9)]
    left = iter(errors)

    def fail(*_: object) -> socket.socket:
        raise next(left)

    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found[: len(errors)])
    monkeypatch.setattr(socket, "create_connection", fail)
    server = Server(host="mail.example.org", port=465, tls="implicit", from_address=SENDER)
    with pytest.raises(Stopped) as caught:
        open_post_office(server, PASSWORD)
    assert (caught.value.code, caught.value.facts["reason"]) == ("server-unreachable", reason)


@pytest.mark.parametrize(
    ("size", "limit"),
    [("1000000", 1_000_000), ("0", None), ("", None), ("9" * 5_000, None), ("many", None)],
    ids=["a million", "0", "none", "absurd", "words"],
)
def test_the_size_that_a_server_takes_is_read_and_none_ends_in_a_crash(
    size: str, limit: int | None
) -> None:
    with (
        FaultServer(size=size).running() as faults,
        closing(open_post_office(plain(faults), "")) as office,
    ):
        assert office.offers.size_limit == limit


def test_a_greeting_that_is_no_smtp_is_told_without_a_code_that_nobody_sent() -> None:
    with (
        FaultServer(greeting="HTTP/1.1 400 Bad Request").running() as faults,
        pytest.raises(Stopped) as caught,
    ):
        open_post_office(plain(faults), "")
    assert "What answers there is no mail server.\n" in explain(caught.value)


def test_an_answer_to_the_login_that_is_no_smtp_has_no_code_either() -> None:
    with (
        FaultServer(refuse_login="what do you want?").running() as faults,
        pytest.raises(AccountPaused) as caught,
    ):
        open_post_office(plain(faults), PASSWORD)
    assert (caught.value.code, caught.value.facts["reply"]) == ("login-refused", None)


@pytest.mark.parametrize("logins", ["PLAIN LOGIN", "LOGIN"])
@pytest.mark.parametrize("password", ["hunter2", PASSWORD])
def test_a_refused_login_shows_the_servers_words_and_never_the_password(
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    password: str,
    logins: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    refusal = "535 5.7.8 Username and password not accepted:"
    with FaultServer(refuse_login=refusal, logins=logins).running() as f:
        with pytest.raises(AccountPaused) as caught:
            open_post_office(plain(f), password)
        told = " ".join(f.commands)
    error = caught.value
    gc.collect()  # yagmail speaks when it is collected
    assert (error.code, error.facts["reply"]) == ("login-refused", 535)
    assert "not accepted" in str(error.facts["words"])
    assert told.count("AUTH ") == 1  # three refusals lock some mailboxes
    forms = {password, encoded(password), encoded(f"\0{SENDER}\0{password}")}
    assert any(form in told for form in forms)  # it did travel, and the server echoed it
    shown = "".join(
        traceback.TracebackException.from_exception(error, capture_locals=True).format()
    ).rpartition("open_post_office")[2]
    out, err = capfd.readouterr()
    everything = "\n".join(
        [shown, out, err, caplog.text, repr(error), repr(error.facts), str(error)]
    )
    assert error.__context__ is None
    assert not any(form in everything for form in forms)


@pytest.mark.parametrize("room", range(20))
def test_a_refusal_that_is_too_long_shows_no_part_of_the_password(room: int) -> None:
    refusal = "535 5.7.8 " + "x" * (MOST_WORDS - len("5.7.8 ") - room)
    with (
        FaultServer(refuse_login=refusal).running() as faults,
        pytest.raises(AccountPaused) as caught,
    ):
        open_post_office(plain(faults), "hunter2")
    echoed = str(caught.value.facts["words"]).rpartition("x")[2]
    assert " PLAIN …".startswith(echoed)


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def test_the_older_login_of_two_questions_is_spoken_too() -> None:
    with FaultServer(logins="LOGIN").running() as faults:
        open_post_office(plain(faults, login="Jeanne"), PASSWORD).close()
    assert [encoded("Jeanne"), encoded(PASSWORD)] == faults.commands[2:4]


def test_a_server_that_offers_no_login_of_ours_is_refused() -> None:
    with FaultServer(logins="GSSAPI").running() as faults, pytest.raises(Refused) as caught:
        open_post_office(plain(faults), PASSWORD)
    assert (caught.value.code, caught.value.facts["ways"]) == ("login-of-another-kind", "GSSAPI")


def test_a_wrong_password_is_refused_by_a_real_server(capture_server: CaptureServer) -> None:
    with refusing(capture_server, AccountPaused, "login-refused"):
        open_post_office(secure(capture_server), "wrong")


def test_a_secret_does_not_show_itself() -> None:
    secret = Secret(PASSWORD)
    assert PASSWORD not in f"{secret!r} {secret} {[secret]}"
    shows: list[Callable[[], object]] = [lambda: vars(secret), lambda: secret.__reduce__()]
    for show in shows:
        with pytest.raises(TypeError):
            show()


def test_a_password_with_two_spaces_is_hidden_in_an_echo_too() -> None:
    echo = b"535 no such password: two  spaces"
    assert one_line(Secret("two  spaces").hidden_in(echo, SENDER)) == "535 no such password: …"


@pytest.mark.parametrize(
    "failure", [RuntimeError("a bug"), Stopped("server-unreachable")], ids=["a bug", "told"]
)
def test_closing_never_raises_what_a_dial_under_way_met(
    office: SmtpPostOffice, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    def fail(*_given: object) -> None:
        raise failure

    monkeypatch.setattr(smtp, "connect", fail)
    monkeypatch.setattr(office, "_lines", [])  # so that the next letter wants a connection
    office.offer(message("mairie@example.org"))
    office._place()
    assert select.select([office._bell], [], [], 5)[0]  # it rings when one has dialled
    office.recall()
    office.close()


def test_closing_twice_and_after_a_loss_never_raises(
    office: SmtpPostOffice, fault_server: FaultServer
) -> None:
    send(office, "drop@example.org")
    office.close()
    office.close()
    assert office.recall() == []
