"""The sender's mailbox on a real Dovecot: copies filed, messages found, real bounces read."""

from __future__ import annotations

import json
import socket
import socketserver
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest
from imapclient import IMAPClient

from merge.errors import AccountPaused, Refused, Stopped, Trouble
from merge.mail.mailbox import ImapServer, open_mailbox
from merge.mail.smtp import Server, open_post_office
from merge.mail.transport import trust
from merge.model import Status
from merge.outcome import Aim, HeldMessage
from tests import mails
from tests.servers.postfix import PASSWORD, RealServers
from tests.servers.sending import hand_in
from tests.servers.test_real_mail_servers import composed

pytest_plugins = ["tests.servers.fixtures"]

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def mailbox(real: RealServers, name: str, **other: object) -> ImapServer:
    facts: dict[str, object] = {
        "host": "localhost",
        "port": real.imap_port,
        "tls": "implicit",
        "login": f"{name}@example.org",
        "ca_pem": real.authority.ca_pem,
    }
    return ImapServer(**(facts | other))  # type: ignore[arg-type]


@contextmanager
def by_hand(real: RealServers, name: str) -> Iterator[IMAPClient]:
    """The same mailbox as a mail program sees it."""
    context = trust(real.authority.ca_pem)
    with IMAPClient("localhost", real.imap_port, ssl_context=context) as client:
        client.login(f"{name}@example.org", PASSWORD)
        yield client


def made(real: RealServers, name: str, folder: str) -> None:
    with by_hand(real, name) as client:
        if not client.folder_exists(folder):
            client.create_folder(folder)


def test_a_copy_is_filed_as_read_and_under_its_own_date(real_mail_servers: RealServers) -> None:
    made(real_mail_servers, "envoi", "Gesendet")  # the server says that it is \Sent
    one = composed(1, campaign="copy")
    with open_mailbox(mailbox(real_mail_servers, "envoi"), PASSWORD) as box:
        assert box.sent_folder == "Gesendet"
        assert box.holding([one.message_id]) == ()
        box.file(one.data)
        kept = box.holding([one.message_id, "<other@example.org>"])
    assert kept == (
        HeldMessage(
            message_id=one.message_id,
            date="Tue, 24 Nov 2026 09:30:00 +0000",
            to="mairie@example.org",
        ),
    )
    with by_hand(real_mail_servers, "envoi") as client:
        client.select_folder("Gesendet", readonly=True)
        (uid,) = client.search(["HEADER", "Message-ID", one.message_id])
        answer = client.fetch([uid], ["FLAGS", "INTERNALDATE", "BODY.PEEK[]"])[uid]
    assert b"\\Seen" in answer[b"FLAGS"]
    assert answer[b"INTERNALDATE"].astimezone(UTC) == datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    assert answer[b"BODY[]"] == one.data


def test_a_letter_that_came_in_is_found_by_its_message_id(real_mail_servers: RealServers) -> None:
    one = composed(1, campaign="came-in")
    with by_hand(real_mail_servers, "mairie") as client:
        client.append("INBOX", one.data)
    with open_mailbox(mailbox(real_mail_servers, "mairie"), PASSWORD) as box:
        assert box.message(one.message_id) == one.data
        assert box.message("<other@example.org>") == b""


def test_a_folder_with_accents_is_found_by_its_name_and_by_ours(
    real_mail_servers: RealServers,
) -> None:
    made(real_mail_servers, "accents", "Éléments envoyés")
    one = composed(1, campaign="accents")
    with open_mailbox(mailbox(real_mail_servers, "accents"), PASSWORD) as box:
        assert box.sent_folder == "Éléments envoyés"
        box.file(one.data)
    named = mailbox(real_mail_servers, "accents", sent="éléments envoyés")
    with open_mailbox(named, PASSWORD) as box:
        assert [kept.message_id for kept in box.holding([one.message_id])] == [one.message_id]


def test_what_came_back_is_read_in_a_folder_that_is_junk_by_its_name_alone(
    real_mail_servers: RealServers,
) -> None:
    made(real_mail_servers, "accents", "Courrier indésirable")
    with by_hand(real_mail_servers, "accents") as client:
        client.append("Courrier indésirable", mails.answer(own_id="<junk@x>"))
    with open_mailbox(mailbox(real_mail_servers, "accents"), PASSWORD) as box:
        letterbox = box.letterbox(since=LONG_AGO, after="")
        (mail,) = (mail for batch in letterbox.mails() for mail in batch)
    assert b"<junk@x>" in mail.data


def test_a_mailbox_without_a_folder_of_sent_mail_says_which_it_has(
    real_mail_servers: RealServers,
) -> None:
    with open_mailbox(mailbox(real_mail_servers, "vide"), PASSWORD) as box:
        with pytest.raises(Refused) as caught:
            box.file(composed(1, campaign="none").data)
        assert caught.value.code == "sent-folder-missing"
        assert caught.value.facts["folders"] == "INBOX"
        with pytest.raises(Refused):
            box.holding(["<x@example.org>"])
        assert box.bounces(since=LONG_AGO, after="").bounces == ()  # the rest goes on working


def test_many_messages_are_found_in_one_go(real_mail_servers: RealServers) -> None:
    made(real_mail_servers, "envoi", "Gesendet")
    many = [composed(number, campaign="many") for number in range(70)]
    with open_mailbox(mailbox(real_mail_servers, "envoi"), PASSWORD) as box:
        for one in many[::2]:
            box.file(one.data)
        found = {kept.message_id for kept in box.holding([one.message_id for one in many])}
    assert found == {one.message_id for one in many[::2]}


def test_a_real_bounce_of_a_real_unknown_user_is_read_once_and_changes_nothing(
    real_mail_servers: RealServers,
) -> None:
    real = real_mail_servers
    one = composed(1, campaign="bounce", to="personne@example.org")
    two = composed(2, campaign="bounce", to="mairie@nowhere.example")
    server = Server(
        host="localhost",
        port=real.late_port,
        tls="implicit",
        from_address="retours@example.org",
        ca_pem=real.authority.ca_pem,
    )
    seen = len(real.delivered("retours", 0))
    with closing(open_post_office(server, PASSWORD)) as office:
        for each in (one, two):
            assert hand_in(office, each, sender="retours@example.org").status is Status.SENT
    real.delivered("retours", seen + 2)
    with open_mailbox(mailbox(real, "retours"), PASSWORD) as box:
        told = box.bounces(since=LONG_AGO, after="")
        again = box.bounces(since=LONG_AGO, after=told.read_to)
    found = {bounce.message_id: bounce for bounce in told.bounces}
    unknown, nowhere = found[one.message_id], found[two.message_id]
    assert (unknown.to, unknown.outcome.status) == ("personne@example.org", Status.BOUNCED)
    assert unknown.outcome.enhanced == "5.1.1"
    assert "unknown user" in unknown.outcome.words
    assert unknown.outcome.aim is Aim.RECIPIENT
    assert abs(datetime.now(UTC) - unknown.at).total_seconds() < 300
    assert nowhere.outcome.enhanced == "5.1.2"
    assert again.bounces == ()
    assert again.read_to == told.read_to
    with by_hand(real, "retours") as client:
        client.select_folder("INBOX", readonly=True)
        assert len(client.search("UNSEEN")) >= 2  # nothing was marked as read


def test_starttls_works_as_well(real_mail_servers: RealServers) -> None:
    port = real_mail_servers.imap_starttls_port
    server = mailbox(real_mail_servers, "envoi", tls="starttls", port=port)
    with open_mailbox(server, PASSWORD) as box:
        assert box.bounces(since=LONG_AGO, after="").bounces == ()


def refusal(server: ImapServer, password: str = PASSWORD) -> Trouble:
    with pytest.raises(Trouble) as caught, open_mailbox(server, password):
        pass
    return caught.value


def test_a_wrong_password_is_refused_and_never_shown(real_mail_servers: RealServers) -> None:
    trouble = refusal(mailbox(real_mail_servers, "envoi"), "geheim-été")
    assert isinstance(trouble, AccountPaused)
    assert trouble.code == "mailbox-login-refused"
    frames = [frame for frame, _ in traceback.walk_tb(trouble.__traceback__)]
    ours = [frame for frame in frames if "/merge/" in frame.f_code.co_filename]
    assert ours
    assert "geheim" not in repr([frame.f_locals for frame in ours])
    assert "geheim" not in str(trouble.facts)
    assert trouble.__context__ is None


def test_a_certificate_of_an_unknown_authority_is_refused(real_mail_servers: RealServers) -> None:
    for tls, port in (
        ("implicit", real_mail_servers.imap_port),
        ("starttls", real_mail_servers.imap_starttls_port),
    ):
        server = mailbox(real_mail_servers, "envoi", ca_pem=None, tls=tls, port=port)
        assert refusal(server).code == "certificate-untrusted"


def test_the_password_never_leaves_in_the_clear_for_another_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    elsewhere = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("192.0.2.1", 143))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: elsewhere)
    server = ImapServer(host="imap.example.org", port=143, tls="none", login="a@example.org")
    assert refusal(server).code == "tls-none-outside-loopback"


# Servers that misbehave


class _Script(socketserver.StreamRequestHandler):
    """Greets, then answers each line with the next of its answers; hangs up after the last."""

    greeting: ClassVar[bytes]
    answers: ClassVar[Sequence[bytes]]

    def handle(self) -> None:
        self.wfile.write(self.greeting)
        for answer in self.answers:
            tag, _, rest = self.rfile.readline().strip().partition(b" ")
            self.wfile.write(answer.replace(b"TAG", tag).replace(b"SAID", rest) + b"\r\n")


@contextmanager
def scripted(*answers: bytes, greeting: bytes = b"* OK hello\r\n") -> Iterator[ImapServer]:
    handler = type("Script", (_Script,), {"greeting": greeting, "answers": answers})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        port: Any = server.server_address[1]
        try:
            yield ImapServer(
                host="127.0.0.1", port=port, tls="none", login="a@example.org", timeout_s=10
            )
        finally:
            server.shutdown()
            thread.join()


LET_IN = (b"* CAPABILITY IMAP4rev1\r\nTAG OK done", b"TAG OK in")


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ((), "mailbox-unreachable"),  # hangs up after the greeting
        ((b"garbage",), "mailbox-unreachable"),
        ((LET_IN[0], b"TAG NO bad SAID"), "mailbox-login-refused"),
        ((LET_IN[0], b"* BYE go away"), "mailbox-unreachable"),
    ],
)
def test_a_server_that_lets_nobody_in(answers: Sequence[bytes], code: str) -> None:
    with scripted(*answers) as server:
        trouble = refusal(server, "sesame")
    assert trouble.code == code
    assert "sesame" not in str(trouble.facts)


@pytest.mark.parametrize("greeting", [b"", b"HTTP/1.1 400 Bad Request\r\n", b"* BYE busy\r\n"])
def test_what_is_no_imap_server(greeting: bytes) -> None:
    with scripted(greeting=greeting) as server:
        assert refusal(server).code == "mailbox-unreachable"


def test_without_starttls_the_password_does_not_leave() -> None:
    with scripted(LET_IN[0], LET_IN[0]) as server:
        starttls = ImapServer(host="127.0.0.1", port=server.port, tls="starttls", login="a")
        assert refusal(starttls).code == "starttls-not-offered"


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (b"TAG NO not today", Refused, "mailbox-refused"),
        (b"TAG BAD what", Refused, "mailbox-refused"),
        (b"* BYE restart", Stopped, "mailbox-lost"),
        (b"* LIST (((( NIL\r\nTAG OK done", Refused, "mailbox-refused"),
    ],
)
def test_whatever_a_server_says_becomes_an_error_of_the_house(
    answer: bytes, kind: type[Trouble], code: str
) -> None:
    with scripted(*LET_IN, answer) as server, open_mailbox(server, PASSWORD) as box:
        with pytest.raises(kind) as caught:
            box.holding(["<x@example.org>"])
        assert caught.value.code == code
        assert caught.value.__context__ is None


# What a server says for ever: as fast as it can, or a line at a time.

ENDLESS = b"* LIST () NIL on\r\n" * 1000
A_DRIP = b"* LIST () NIL on\r\n"


@contextmanager
def without_end(*answers: bytes, says: bytes) -> Iterator[ImapServer]:
    """Answers, and then, greeting included if that is none, goes on saying `says`."""
    over = threading.Event()

    class Endless(_Script):
        greeting = b"* OK hello\r\n"

        def handle(self) -> None:
            try:
                if not self.answers:
                    self.drip(says.replace(b"* LIST", b"* OK"))
                super().handle()
                self.rfile.readline()
                self.drip(says)
            except ConnectionError:
                return

        def drip(self, words: bytes) -> None:
            while not over.wait(0 if len(words) > 100 else 0.02):
                self.wfile.write(words)

    Endless.answers = answers
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Endless) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        port: Any = server.server_address[1]
        try:
            yield ImapServer(
                host="127.0.0.1",
                port=port,
                tls="none",
                login="a@example.org",
                timeout_s=10,
                opening_timeout_s=0.5,
                answer_timeout_s=0.5,
            )
        finally:
            over.set()
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(("says", "reason"), [(ENDLESS, "no-server"), (A_DRIP, "too-slow")])
def test_a_listing_without_end_is_left(
    monkeypatch: pytest.MonkeyPatch, says: bytes, reason: str
) -> None:
    monkeypatch.setattr("merge.mail.mailbox.MOST_OCTETS", 100_000)
    with without_end(*LET_IN, says=says) as server, open_mailbox(server, PASSWORD) as box:
        with pytest.raises(Stopped, match="mailbox-lost") as caught:
            box.holding(["<x@example.org>"])
        assert caught.value.facts["words"] == reason
        # What else it says is no answer to what is asked next.
        with pytest.raises(Stopped, match="mailbox-lost"):
            box.bounces(since=LONG_AGO, after="")


@pytest.mark.parametrize("answers", [(), (LET_IN[0],)], ids=["capabilities", "login"])
@pytest.mark.parametrize(("says", "reason"), [(ENDLESS, "no-server"), (A_DRIP, "too-slow")])
def test_a_mailbox_that_never_lets_anybody_in_is_left(
    monkeypatch: pytest.MonkeyPatch, says: bytes, reason: str, answers: Sequence[bytes]
) -> None:
    monkeypatch.setattr("merge.mail.mailbox.MOST_OCTETS", 100_000)
    with without_end(*answers, says=says) as server:
        trouble = refusal(server, "sesame")
    assert (trouble.code, trouble.facts["reason"]) == ("mailbox-unreachable", reason)
    assert "sesame" not in str(trouble.facts)


def test_a_literal_that_is_larger_than_memory_is_not_waited_for() -> None:
    answer = b"* LIST () NIL {99999999999}"
    with scripted(*LET_IN, answer) as server, open_mailbox(server, PASSWORD) as box:
        with pytest.raises(Stopped, match="mailbox-lost") as caught:
            box.holding(["<x@example.org>"])
        assert caught.value.facts["words"] == "no-server"


INBOX = b"* OK [UIDVALIDITY 7] here\r\nTAG OK done"
NOTHING_FOUND = b"* SEARCH\r\nTAG OK done"


def listed(*folders: bytes) -> bytes:
    return b"".join(b"* LIST " + each + b"\r\n" for each in folders) + b"TAG OK done"


@pytest.mark.parametrize(
    ("wanted", "found"), [("Parties", "Parties"), ("PARTIES", "parties"), ("parties", "parties")]
)
def test_the_folder_that_the_settings_name_goes_before_what_the_server_says(
    wanted: str, found: str
) -> None:
    answer = listed(b'(\\Sent) "/" Sent', b'() "/" parties', b'() "/" Parties')
    with (
        scripted(*LET_IN, answer) as server,
        open_mailbox(replace(server, sent=wanted), PASSWORD) as box,
    ):
        assert box.sent_folder == found


def test_where_there_is_no_folder_of_sent_mail_that_of_all_mail_is_looked_into() -> None:
    fetched = (
        b"* 1 FETCH (UID 1 BODY[HEADER.FIELDS (MESSAGE-ID DATE TO)] {21}\r\n"
        b"Message-ID: <x@y>\r\n\r\n)\r\nTAG OK done"
    )
    answers = (listed(b'(\\All) "/" Tout'), INBOX, LET_IN[0], b"* SEARCH 1\r\nTAG OK done", fetched)
    with scripted(*LET_IN, *answers) as server, open_mailbox(server, PASSWORD) as box:
        assert [kept.message_id for kept in box.holding(["<x@y>"])] == ["<x@y>"]


def test_what_came_back_is_read_in_the_folder_that_the_server_calls_junk() -> None:
    folders = listed(b'(\\Junk) "/" Poubelle')
    answers = (*LET_IN, folders, INBOX, LET_IN[0], NOTHING_FOUND, INBOX, NOTHING_FOUND)
    with scripted(*answers) as server, open_mailbox(server, PASSWORD) as box:
        told = box.bounces(since=LONG_AGO, after="")
    assert json.loads(told.read_to) == {"INBOX": [7, 0], "Poubelle": [7, 0]}


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


def test_what_a_server_says_of_its_folders_is_read_in_capitals_and_in_small_letters() -> None:
    folders = listed(b'() "/" INBOX', b'(\\NoSelect) "/" Spam', b'(\\SENT) "/" Parties')
    answers = (*LET_IN, folders, INBOX, LET_IN[0], NOTHING_FOUND)
    with scripted(*answers) as server, open_mailbox(server, PASSWORD) as box:
        assert box.sent_folder == "Parties"
        assert box.bounces(since=LONG_AGO, after="").read_to == '{"INBOX": [7, 0]}'


def test_a_password_with_an_accent_where_only_ascii_goes_is_an_error_and_not_shown() -> None:
    with scripted(LET_IN[0]) as server:
        trouble = refusal(server, "sésame")
    assert trouble.code == "mailbox-login-refused"
    assert "sésame" not in str(trouble.facts)
