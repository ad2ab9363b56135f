"""The post office against servers that behave, and one that does not."""

from __future__ import annotations

import base64
import errno
import gc
import logging
import socket
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yagmail

from merge.errors import AccountPaused, Refused, SettingsError, Stopped, Trouble
from merge.mail import smtp
from merge.mail.connection import Secret, Server
from merge.mail.dialogue import News
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


def test_a_line_that_breaks_before_the_first_byte_leaves_no_doubt() -> None:
    one, faults = message("mairie@example.org"), FaultServer(script={"DATA": "354 Go + hang up"})
    with faults.running(), closing(open_post_office(plain(faults), "")) as office:
        office.offer(one)
        # The intent is committed here; by its end the server's goodbye has arrived.
        news = next_news(office)
        if isinstance(news, Asked):
            faults.hung_up.wait(timeout=20)
            office.hand_over(one)
            news = next_news(office)
    assert isinstance(news, Answered)
    assert (news.outcome.status, news.outcome.phase) == (Status.DEFERRED, Phase.DATA)
    assert news.outcome.words == "connection-lost"


def test_who_is_asked_for_a_body_and_hung_up_on_in_one_turn_hears_of_the_end_alone(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    # TLS hands out a record at a time: the 354 and what follows it are read one after the other.
    script = {"DATA": "354 Go ahead + 421 4.3.2 Service shutting down"}
    faults = FaultServer(script=script, context=authority.server_context())
    read = smtp._Line.read

    def read_late(line: smtp._Line) -> list[News]:
        if faults.commands[-1] == "DATA":
            faults.hung_up.wait(timeout=20)
        return read(line)

    monkeypatch.setattr(smtp._Line, "read", read_late)
    with faults.running():
        server = plain(faults, host="localhost", tls="implicit", ca_pem=authority.ca_pem)
        with closing(open_post_office(server, "")) as office:
            office.offer(message("mairie@example.org"))
            news = next_news(office)
            room = office.free_places
    assert isinstance(news, Answered)
    assert (news.outcome.status, news.outcome.phase) == (Status.DEFERRED, Phase.DATA)
    assert (news.outcome.words, room) == ("Service shutting down", 3)


def test_where_a_server_offers_it_the_envelope_says_which_letter_and_to_whom() -> None:
    """RFC 3461: a bounce brings it back that has nothing else of the letter."""
    with (
        FaultServer(offers=("DSN",)).running() as faults,
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
    assert (outcome.status, outcome.words) == (Status.DEFERRED, "body-not-crlf")
    assert fault_server.accepted == []


@pytest.mark.parametrize(
    "address",
    ["a@b>\r\nDATA", "a b@example.org", "<a@example.org>", "a@example.org\r\nRSET", "", "nobody"],
)
def test_no_address_can_become_a_command(
    office: SmtpPostOffice, fault_server: FaultServer, address: str
) -> None:
    outcome = send(office, address)
    assert (outcome.status, outcome.words) == (Status.FAILED, "address-malformed")
    assert not any(line.startswith("MAIL") for line in fault_server.commands)


def test_one_connection_carries_many_letters_and_is_renewed(fault_server: FaultServer) -> None:
    server = plain(fault_server, messages_per_connection=3)
    with closing(open_post_office(server, "")) as office:
        for number in range(7):
            assert send(office, f"mairie-{number}@example.org").status is Status.SENT
    assert fault_server.connections == 3
    assert fault_server.commands.count("QUIT") == 3


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
        FaultServer(offers=("PIPELINING",)).running() as faults,
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


@pytest.mark.parametrize("logins", ["PLAIN LOGIN", "LOGIN"])
def test_a_refused_login_shows_the_servers_words_and_never_the_password(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, logins: str
) -> None:
    password = PASSWORD
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


def test_a_refusal_that_is_too_long_shows_no_part_of_the_password() -> None:
    echoes = set()
    with FaultServer().running() as faults:
        for room in range(20):
            faults.refuse_login = "535 5.7.8 " + "x" * (MOST_WORDS - len("5.7.8 ") - room)
            with pytest.raises(AccountPaused) as caught:
                open_post_office(plain(faults), "hunter2")
            echoes.add(str(caught.value.facts["words"]).rpartition("x")[2])
    assert [echo for echo in echoes if not " PLAIN …".startswith(echo)] == []


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


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


def test_closing_twice_and_after_a_loss_never_raises(
    office: SmtpPostOffice, fault_server: FaultServer
) -> None:
    send(office, "drop@example.org")
    office.close()
    office.close()
    assert office.recall() == []
