"""The post office against servers that behave, and one that does not."""

from __future__ import annotations

import base64
import errno
import gc
import logging
import socket
import ssl
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest
import yagmail

from merge.errors import AccountPaused, Refused, SettingsError, Stopped
from merge.mail.connection import Secret, Server
from merge.mail.smtp import SmtpPostOffice, open_post_office
from merge.mail.verdict import MOST_WORDS, one_line
from merge.model import Envelope, Message, Status
from merge.outcome import Answered, Asked, Outcome, Phase, Unreachable
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


def plain(server: FaultServer, **other: Any) -> Server:
    facts = Server(
        host="127.0.0.1",
        port=server.port,
        tls="none",
        from_address=SENDER,
        timeout_s=20,
    )
    return replace(facts, **other)


def secure(server: CaptureServer, **other: Any) -> Server:
    facts = Server(
        host="localhost",
        port=server.port,
        tls=server.tls,
        from_address=SENDER,
        ca_pem=server.authority.ca_pem,
        timeout_s=20,
    )
    return replace(facts, **other)


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


@pytest.mark.parametrize("in_one_turn", [False, True])
def test_a_line_that_breaks_before_the_first_byte_leaves_no_doubt(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, in_one_turn: bool
) -> None:
    one = message("mairie@example.org")
    script, context = {"DATA": "354 Go ahead + hang up"}, authority.server_context()
    faults, recv = FaultServer(script=script, context=context), ssl.SSLSocket.recv

    def receive(line: ssl.SSLSocket, most: int) -> bytes:
        if in_one_turn and faults.commands[-1] == "DATA":
            faults.hung_up.wait(timeout=20)  # the 354 and the end are read one after the other
        return recv(line, most)

    monkeypatch.setattr(ssl.SSLSocket, "recv", receive)
    secure = {"host": "localhost", "tls": "implicit", "ca_pem": authority.ca_pem}
    with faults.running(), closing(open_post_office(plain(faults, **secure), "")) as office:
        office.offer(one)
        # The intent is committed here; by its end the server's goodbye has arrived.
        news = next_news(office)
        if isinstance(news, Asked):
            assert not in_one_turn
            faults.hung_up.wait(timeout=20)
            office.hand_over(one)
            news = next_news(office)
        room = office.free_places
    assert isinstance(news, Answered)
    outcome = news.outcome
    assert (outcome.status, outcome.phase) == (Status.DEFERRED, Phase.DATA)
    assert (outcome.words, room) == ("connection-lost", 3)


def test_a_withdrawn_offer_delivers_nothing(
    office: SmtpPostOffice, fault_server: FaultServer
) -> None:
    one = message("mairie@example.org")
    asked_for(office, one)
    room = office.free_places
    office.close(one)
    assert office.free_places == room + 1
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


def test_one_connection_carries_many_letters_and_is_renewed(fault_server: FaultServer) -> None:
    server = plain(fault_server, messages_per_connection=3)
    with closing(open_post_office(server, "")) as office:
        for number in range(7):
            assert send(office, f"mairie-{number}@example.org").status is Status.SENT
    assert fault_server.connections == 3
    assert fault_server.commands.count("QUIT") == 3


def test_a_silence_on_one_connection_ends_no_other(fault_server: FaultServer) -> None:
    server = plain(fault_server, timeout_s=3, final_reply_timeout_s=60)
    with closing(open_post_office(server, "", connections=2)) as office:
        first, second = message("slow-body@example.org"), message("slow@example.org")
        asked_for(office, first)
        office.hand_over(first)
        office.offer(second)
        news = next_news(office)
    assert isinstance(news, Answered)
    assert (news.message, news.outcome.words) == (second, "no-reply-in-time")


def test_what_has_not_left_can_be_given_up_and_what_has_is_waited_for() -> None:
    first, second, third, fourth = (message(f"mairie-{number}@example.org") for number in range(4))
    with (
        FaultServer(offers=("PIPELINING",)).running() as faults,
        closing(open_post_office(plain(faults), "")) as office,
    ):
        asked_for(office, first)
        office.offer(second)
        office.offer(third)
        office.hand_over(first)
        office.close(but_bodies=True)
        news = [each for _ in range(40) for each in office.turn()]  # at once, when that is heard
        assert office.free_places == 3
        assert [each.message for each in news if not isinstance(each, Unreachable)] == [first]
        assert hand_in(office, fourth).status is Status.SENT
    assert [one.recipient for one in faults.accepted] == [
        each.envelope.recipient for each in (first, fourth)
    ]


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_letters_go_over_tls_after_a_login(tmp_path: Path, authority: Authority, tls: str) -> None:
    capture = CaptureServer(
        folder=tmp_path,
        authority=authority,
        tls=tls,  # type: ignore[arg-type]
        password=PASSWORD,
    )
    with (
        capture.running(),
        closing(open_post_office(secure(capture, login="another login"), PASSWORD)) as office,
    ):
        outcome = send(office, "mairie@example.org")
        offers = office.offers
    assert (outcome.status, outcome.code, outcome.enhanced) == (Status.SENT, 250, "2.0.0")
    assert outcome.words == "OK: kept as 00001.eml"
    assert (tmp_path / "00001.eml").read_bytes() == BODY
    assert capture.messages[0].recipients == ("mairie@example.org",)
    assert capture.logins == 1
    assert offers.tls.startswith("TLSv1.")
    assert offers.asks_for_login
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


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_a_certificate_that_proves_nothing_is_refused_before_the_login(
    tmp_path: Path, authority: Authority, tls: Literal["implicit", "starttls"]
) -> None:
    stranger = Authority.in_folder(tmp_path, "stranger.pem")
    for trusted, expired, words in (
        (stranger.ca_pem, False, ""),
        (authority.ca_pem, True, "expired"),
        (None, False, ""),  # the system's, which knows nothing of a private one
    ):
        capture = CaptureServer(folder=tmp_path, authority=authority, tls=tls, expired=expired)
        with capture.running(), pytest.raises(Refused, match="certificate-untrusted") as caught:
            open_post_office(secure(capture, ca_pem=trusted), "secret")
        assert words in str(caught.value.facts["words"])
        assert (capture.logins, capture.messages) == (0, [])


def test_without_tls_every_address_of_the_host_must_be_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = Server(host="mail.example.org", port=25, tls="none", from_address=SENDER)
    for addresses in (["192.0.2.1"], ["127.0.0.1", "192.0.2.1"], []):
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, 25)) for a in addresses]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, found=found, **__: found)
        with pytest.raises(SettingsError, match="tls-none-outside-loopback"):
            open_post_office(server, PASSWORD)


def test_no_certificate_is_no_authority_and_never_the_systems() -> None:
    for ca_pem in ("nonsense", "", "\n"):
        server = Server(host="localhost", port=1, tls="implicit", from_address="", ca_pem=ca_pem)
        with pytest.raises(SettingsError, match="ca-file-unreadable"):
            open_post_office(server, PASSWORD)


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
    monkeypatch.setattr("merge.mail.transport.time.monotonic", lambda: now_s)
    server = Server(host="mail.example.org", port=465, tls="implicit", from_address=SENDER)
    with pytest.raises(Stopped):
        open_post_office(server, PASSWORD)
    assert tried == [60, 60]


NO_WAY: list[tuple[list[Exception], str]] = [
    ([OSError(errno.ENETUNREACH, "no")], "no-route"),
    ([OSError(errno.ENETUNREACH, "no"), ConnectionRefusedError()], "nobody-listens"),
    ([ConnectionRefusedError(), OSError(errno.ENETUNREACH, "no")], "nobody-listens"),
    ([TimeoutError("timed out"), OSError(errno.EHOSTUNREACH, "no")], "no-reply-in-time"),
    ([ConnectionResetError()], "connection-lost"),
    ([socket.gaierror(socket.EAI_NONAME, "Name or service not known")], "name-unknown"),
    ([UnicodeError("label too long")], "name-unknown"),  # as the real one says of 64 signs
]
"""What happens at each address of a host, and what is told."""


def test_why_there_is_no_connection_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    def found(*_: object, **__: object) -> list[object]:
        if reason == "name-unknown":
            raise errors[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 465))] * len(errors)

    def fail(*_: object) -> socket.socket:
        raise next(left)

    monkeypatch.setattr(socket, "getaddrinfo", found)
    monkeypatch.setattr(socket, "create_connection", fail)
    server = Server(host="mail.example.org", port=465, tls="implicit", from_address=SENDER)
    told = []
    for each in NO_WAY:
        errors, reason = each
        left = iter(errors)
        with pytest.raises(Stopped, match="server-unreachable") as caught:
            open_post_office(server, PASSWORD)
        told.append((errors, caught.value.facts["reason"]))
    assert told == NO_WAY


@pytest.mark.parametrize("logins", ["PLAIN LOGIN", "LOGIN"])
def test_a_refused_login_shows_the_servers_words_and_never_the_password(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, logins: str
) -> None:
    caplog.set_level(logging.DEBUG)
    refusal = "535 5.7.8 Username and password not accepted:"
    with (
        FaultServer(refuse_login=refusal, logins=logins).running() as faults,
        pytest.raises(AccountPaused, match="login-refused") as caught,
    ):
        open_post_office(plain(faults), PASSWORD)
    said, error = " ".join(faults.commands), caught.value
    gc.collect()  # yagmail speaks when it is collected
    assert "not accepted" in str(error.facts["words"])
    assert said.count("AUTH ") == 1  # three refusals lock some mailboxes
    stack = [frame for frame, _line in traceback.walk_tb(error.__traceback__)]
    frames = [repr(frame.f_locals) for frame in stack if frame.f_globals is not globals()]
    shown = " ".join([*frames, *capfd.readouterr(), caplog.text, repr(error), repr(error.facts)])
    assert error.__context__ is None
    said_as = (PASSWORD.encode(), f"\0{SENDER}\0{PASSWORD}".encode())
    forms = [PASSWORD, *(base64.b64encode(each).decode() for each in said_as)]
    assert [each in said for each in forms].count(True) == 1  # it did travel, and was echoed
    assert [each for each in forms if each in shown] == []


def test_a_refusal_that_is_too_long_shows_no_part_of_the_password() -> None:
    echoes = set()
    with FaultServer().running() as faults:
        for room in range(20):
            faults.refuse_login = "535 5.7.8 " + "x" * (MOST_WORDS - len("5.7.8 ") - room)
            with pytest.raises(AccountPaused) as caught:
                open_post_office(plain(faults), "hunter2")
            echoes.add(str(caught.value.facts["words"]).rpartition("x")[2])
    assert [echo for echo in echoes if not " PLAIN …".startswith(echo)] == []


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
