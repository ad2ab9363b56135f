"""The sender's mailbox: which folders are read, and servers that misbehave or never end."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from merge.errors import Refused, Stopped, Trouble
from merge.mail.mailbox import ImapServer, open_mailbox
from merge.mail.transport import Secret, Token

PASSWORD = "secret"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def refusal(server: ImapServer, password: str | Secret = PASSWORD) -> Trouble:
    with pytest.raises(Trouble) as caught, open_mailbox(server, password):
        pass
    return caught.value


def test_the_password_never_leaves_in_the_clear_for_another_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    elsewhere = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("192.0.2.1", 143))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: elsewhere)
    server = ImapServer(host="imap.example.org", port=143, tls="none", login="a@example.org")
    assert refusal(server).code == "tls-none-outside-loopback"


# Servers that misbehave


@contextmanager
def scripted(
    *answers: bytes, greeting: bytes = b"* OK hello\r\n", for_ever: bytes = b"", **other: Any
) -> Iterator[ImapServer]:
    """It greets, and answers each line with the next of its answers; then it hangs up, or says
    `for_ever` again and again: as fast as it can what is long, and slowly a line.
    """
    over = threading.Event()

    class Script(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with suppress(ConnectionError):
                self.wfile.write(greeting)
                for answer in answers:
                    tag, _, rest = self.rfile.readline().strip().partition(b" ")
                    said = answer.replace(b"TAG", tag).replace(b"SAID", rest)
                    self.wfile.write(said + b"\r\n")
                while for_ever and not over.wait(0 if len(for_ever) > 100 else 0.02):
                    self.wfile.write(for_ever)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Script) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        port: Any = server.server_address[1]
        facts = {"host": "127.0.0.1", "tls": "none", "login": "a@example.org", "timeout_s": 10}
        try:
            yield ImapServer(**(facts | other), port=port)  # type: ignore[arg-type]
        finally:
            over.set()
            server.shutdown()
            thread.join()


LET_IN = (b"* CAPABILITY IMAP4rev1\r\nTAG OK done", b"TAG OK in")


HELLO = b"* OK hello\r\n"
LETS_NOBODY_IN: list[tuple[bytes, Sequence[bytes], str]] = [
    (b"", (), "mailbox-unreachable"),
    (b"HTTP/1.1 400 Bad Request\r\n", (), "mailbox-unreachable"),
    (b"* BYE busy\r\n", (), "mailbox-unreachable"),
    (HELLO, (), "mailbox-unreachable"),  # hangs up after the greeting
    (HELLO, (b"garbage",), "mailbox-unreachable"),
    (HELLO, (LET_IN[0], b"TAG NO bad SAID"), "mailbox-login-refused"),
    (HELLO, (LET_IN[0], b"* BYE go away"), "mailbox-unreachable"),
    (HELLO, (LET_IN[0],), "mailbox-login-refused"),  # it takes ASCII alone
]


def test_a_server_that_lets_nobody_in() -> None:
    codes = []
    for greeting, answers, code in LETS_NOBODY_IN:
        with scripted(*answers, greeting=greeting) as server:
            trouble = refusal(server, "sésame" if len(answers) == 1 else "sesame")
        assert "same" not in str(trouble.facts)
        assert trouble.__context__ is None or not code.endswith("refused")
        codes.append((greeting, answers, trouble.code))
    assert codes == LETS_NOBODY_IN


def test_without_starttls_the_password_does_not_leave() -> None:
    with scripted(LET_IN[0], LET_IN[0]) as server:
        starttls = ImapServer(host="127.0.0.1", port=server.port, tls="starttls", login="a")
        assert refusal(starttls).code == "starttls-not-offered"


SAYS: list[tuple[bytes, type[Trouble], str]] = [
    (b"TAG NO not today", Refused, "mailbox-refused"),
    (b"TAG BAD what", Refused, "mailbox-refused"),
    (b"* BYE restart", Stopped, "mailbox-lost"),
    (b"* LIST (((( NIL\r\nTAG OK done", Refused, "mailbox-refused"),
    (b"* LIST () NIL {99999999999}", Stopped, "mailbox-lost"),  # larger than memory
]


def test_whatever_a_server_says_becomes_an_error_of_the_house() -> None:
    told = []
    for answer, _kind, _code in SAYS:
        with scripted(*LET_IN, answer) as server, open_mailbox(server, PASSWORD) as box:
            with pytest.raises(Trouble) as caught:
                box.holding(["<x@example.org>"])
            told.append((answer, type(caught.value), caught.value.code))
            assert caught.value.__context__ is None
    assert told == SAYS


# What a server says for ever: as fast as it can, or a line at a time.

A_DRIP = b"* LIST () NIL on\r\n"
ENDLESS = [(A_DRIP * 1000, "no-server"), (A_DRIP, "too-slow")]
SOON: dict[str, Any] = {"opening_timeout_s": 0.5, "answer_timeout_s": 0.5}


@pytest.mark.parametrize(("says", "reason"), ENDLESS)
def test_what_has_no_end_is_left(monkeypatch: pytest.MonkeyPatch, says: bytes, reason: str) -> None:
    monkeypatch.setattr("merge.mail.mailbox.MOST_OCTETS", 100_000)
    with scripted(*LET_IN, for_ever=says, **SOON) as server, open_mailbox(server, PASSWORD) as box:
        with pytest.raises(Stopped, match="mailbox-lost") as caught:
            box.holding(["<x@example.org>"])
        assert caught.value.facts["words"] == reason
        # What else it says is no answer to what is asked next.
        with pytest.raises(Stopped, match="mailbox-lost"):
            box.bounces(since=LONG_AGO, after="")
    for answers, greeting in (((), b""), (LET_IN[:1], b"* OK hello\r\n")):
        greets = says.replace(b"LIST () NIL", b"OK")
        with scripted(*answers, greeting=greeting, for_ever=greets, **SOON) as server:
            trouble = refusal(server, "sesame")
        assert (trouble.code, trouble.facts["reason"]) == ("mailbox-unreachable", reason)
        assert "sesame" not in str(trouble.facts)


INBOX = b"* OK [UIDVALIDITY 7] here\r\nTAG OK done"


def listed(*folders: bytes) -> bytes:
    return b"".join(b"* LIST " + each + b"\r\n" for each in folders) + b"TAG OK done"


def test_the_folder_of_sent_mail_is_that_of_the_settings_else_of_the_server_else_by_name() -> None:
    accented = b'() "/" "&AMk-l&AOk-ments envoy&AOk-s"'
    parties = (b'() "/" parties', b'() "/" Parties')
    for wanted, folders, found in (
        ("Parties", (b'(\\Sent) "/" Sent', *parties), "Parties"),
        ("PARTIES", (b'(\\Sent) "/" Sent', *parties), "parties"),
        ("", (b'(\\SENT) "/" x', *parties), "x"),
        ("", (accented,), "Éléments envoyés"),
        ("éléments envoyés", (accented,), "Éléments envoyés"),
    ):
        with (
            scripted(*LET_IN, listed(*folders)) as server,
            open_mailbox(replace(server, sent=wanted), PASSWORD) as box,
        ):
            assert box.sent_folder == found, wanted
    with (
        scripted(*LET_IN, listed(*parties)) as server,
        open_mailbox(server, PASSWORD) as box,
        pytest.raises(Refused, match="sent-folder-missing"),
    ):
        box.file(b"")


def test_where_there_is_no_folder_of_sent_mail_that_of_all_mail_is_looked_into() -> None:
    fetched = (
        b"* 1 FETCH (UID 1 BODY[HEADER.FIELDS (MESSAGE-ID DATE TO)] {21}\r\n"
        b"Message-ID: <x@y>\r\n\r\n)\r\nTAG OK done"
    )
    answers = (listed(b'(\\All) "/" Tout'), INBOX, LET_IN[0], b"* SEARCH 1\r\nTAG OK done", fetched)
    with scripted(*LET_IN, *answers) as server, open_mailbox(server, PASSWORD) as box:
        assert [kept.message_id for kept in box.holding(["<x@y>"])] == ["<x@y>"]


def test_a_folder_is_only_ever_examined() -> None:
    """SELECT would make recent mail old (RFC 3501 2.3.2)."""
    answers = (listed(b'(\\All) "/" Tout'), *[b"TAG NO SAID"] * 3)
    with scripted(*LET_IN, *answers) as server, open_mailbox(server, PASSWORD) as box:
        for look in (
            lambda: box.holding(["<x@y>"]),
            lambda: box.bounces(since=LONG_AGO, after=""),
            lambda: list(box.letterbox(since=LONG_AGO, after="").mails()),
        ):
            with pytest.raises(Refused) as caught:
                look()
            assert "EXAMINE" in str(caught.value.facts["words"])


def test_a_password_goes_in_the_form_that_takes_every_letter_where_it_is_offered() -> None:
    with scripted(LET_IN[0].replace(b"rev1", b"rev1 AUTH=PLAIN"), b"TAG NO SAID") as server:
        trouble = refusal(server, "sésame")
    assert trouble.code == "mailbox-login-refused"
    assert "AUTHENTICATE PLAIN" in str(trouble.facts["words"])


def test_a_mailbox_that_takes_passwords_alone_hears_no_token() -> None:
    with scripted(LET_IN[0].replace(b"rev1", b"rev1 AUTH=PLAIN")) as server:
        trouble = refusal(server, Token("access-token"))
    assert (trouble.code, trouble.facts["ways"]) == ("sign-in-not-taken", "PLAIN")
