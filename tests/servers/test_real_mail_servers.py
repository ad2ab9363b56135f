"""An evening with Debian's Postfix and Dovecot: letters, copies, and what comes back."""

from __future__ import annotations

import email
import email.policy
import json
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from merge.errors import AccountPaused, Refused, Trouble
from merge.mail.mailbox import ImapServer, open_mailbox
from merge.mail.smtp import Server, open_post_office
from tests import mails
from tests.cameback import refers_to
from tests.desk import Desk
from tests.promises.crash.candidates import SEND, allow
from tests.servers.mailroom import SENT, by_hand, desk_at, made, put
from tests.servers.postfix import PASSWORD, RealServers

pytest_plugins = ["tests.servers.fixtures"]

TOWNS = 40


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", PASSWORD)


def message_id(data: bytes) -> str:
    return str(email.message_from_bytes(data, policy=email.policy.default)["Message-ID"])


def test_a_campaign_over_four_connections_and_a_kill_arrives_once_and_as_it_was_archived(
    real_mail_servers: RealServers, tmp_path: Path
) -> None:
    real = real_mail_servers
    before = set(real.delivered("mairie", 0))
    desk = Desk(tmp_path / "campaign")
    desk.make()
    desk.ok(
        *("account", "set", "--host", "localhost", "--port", str(real.starttls_port)),
        *("--tls", "starttls", "--ca-file", str(real.authority.ca_file)),
    )
    allow(desk.folder / "campaign.toml", connections=4)
    rows = [f"{number};Ville;mairie@example.org" for number in range(TOWNS)]
    desk.ok("import", str(desk.sheet(*rows, header="N;Commune;Courriel")), "--map", "key=N")
    command = [sys.executable, "-m", "merge", "-C", str(desk.folder), *SEND]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        real.delivered("mairie", len(before) + TOWNS // 4)
        process.kill()
    desk.ok(*SEND)
    letters = json.loads(desk.ok("log", "--format", "json").out)
    sent = {each["message_id"]: each["key"] for each in letters if each["status"] == "sent"}
    in_doubt = {each["message_id"] for each in letters if each["status"] == "unknown"}
    assert len(sent) + len(in_doubt) == TOWNS
    assert len(in_doubt) <= 2 * 4  # two for each connection and kill
    real.delivered("mairie", len(before) + len(sent))
    arrived = [(message_id(data), data) for data in {*real.delivered("mairie", 0)} - before]
    assert set(Counter(name for name, _data in arrived).values()) == {1}
    assert sent.keys() <= dict(arrived).keys() <= sent.keys() | in_doubt
    one = next(iter(sent))
    archived = desk.ok("show", sent[one], "--eml").out.replace("\r\n", "\n").encode()
    # Behind the lines that Postfix puts on top, byte for byte.
    assert dict(arrived)[one].endswith(archived.partition(b"Date:")[2])


def test_whom_real_servers_do_not_let_in_is_told_without_the_password(
    real_mail_servers: RealServers,
) -> None:
    real = real_mail_servers
    login = {"host": "localhost", "ca_pem": real.authority.ca_pem}
    smtp = {**login, "from_address": "groupe@example.org", "timeout_s": 30}
    imap = {**login, "login": "envoi@example.org"}
    found = []
    for tls, at, mail_at in (
        ("implicit", real.tls_port, real.imap_port),
        ("starttls", real.starttls_port, real.imap_starttls_port),
    ):
        for other, password in (({}, "geheim-été"), ({"ca_pem": None}, PASSWORD)):
            with pytest.raises(Trouble) as by_smtp:
                open_post_office(Server(**(smtp | other), port=at, tls=tls), password)  # type: ignore[arg-type]
            server = ImapServer(**(imap | other), port=mail_at, tls=tls)  # type: ignore[arg-type]
            with pytest.raises(Trouble) as by_imap, open_mailbox(server, password):
                pass
            for caught in (by_smtp, by_imap):
                assert "geheim" not in str(caught.value.facts)
                found.append((type(caught.value), caught.value.code))
    assert found == 2 * [
        (AccountPaused, "login-refused"),
        (AccountPaused, "mailbox-login-refused"),
        (Refused, "certificate-untrusted"),
        (Refused, "certificate-untrusted"),
    ]


KILLED = """
import os, signal, sys
from merge.cli import main
from merge.ledger.ledger import Ledger
Ledger.filed = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
main(sys.argv[1:])
"""


def held(real: RealServers, folder: str) -> list[tuple[bytes, ...]]:
    """The flags of each mail in a folder."""
    with by_hand(real, "tuee") as client:
        client.select_folder(folder, readonly=True)
        answers = client.fetch(client.search(["ALL"]), ["FLAGS"])
        return [
            tuple(flag for flag in each[b"FLAGS"] if flag != b"\\Recent")
            for each in answers.values()
        ]


def test_copies_are_filed_once_and_what_comes_back_is_read_once_and_left_as_it_was(
    real_mail_servers: RealServers, tmp_path: Path
) -> None:
    real = real_mail_servers
    made(real, "tuee", SENT)
    desk = desk_at(real, tmp_path, "tuee")
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, "-C", str(desk.folder), *SEND], check=False
    )
    assert killed.returncode == -signal.SIGKILL  # between the copies and their note
    (unknown_user,) = real.delivered("tuee", 1)  # Postfix' report, with the id that it was given
    envelope_id = refers_to(desk, "80829").strip("<>")
    assert f"\nOriginal-Envelope-Id: {envelope_id}\n".encode() in unknown_user
    desk.run(*SEND)
    desk.run(*SEND)
    assert held(real, SENT) == [(b"\\Seen",)] * 2
    figures = desk.figures()["email"]
    assert (figures["sent"], figures["bounced"]) == (1, 1)

    nice = refers_to(desk, "06088")
    large = mails.answer(refers=nice, own_id="<large@x>", body=("z" * 75 + "\n") * 14_000)
    put(
        real,
        "tuee",
        large,
        mails.answer(refers=nice, more="Auto-Submitted: auto-replied", own_id="<auto@x>"),
        mails.report(
            "delayed",
            "4.4.1",
            "smtp; 451 connection timed out",
            returned=f"Content-Type: text/rfc822-headers\n\nMessage-ID: {nice}\n",
        ),
        mails.answer(refers="", sender="Mairie de Nice <n@example.com>", own_id="<n@x>"),
        mails.answer(refers="", sender="Ma sœur <s@example.com>", own_id="<s@x>", body="Bises"),
    )
    made(real, "tuee", "Courrier indésirable")
    put(real, "tuee", mails.answer(refers=nice, own_id="<j@x>"), folder="Courrier indésirable")
    desk.ok("replies", "--yes")
    sorts = "SELECT sort FROM replies ORDER BY sort"
    found = [sort for (sort,) in desk.sql(sorts)]
    assert found == ["answer", "answer", "answer", "auto-reply", "bounce", "delay"]
    assert desk.ok("show", "Nice", "--reply", "2").out.encode() == large
    desk.sql("DELETE FROM facts WHERE name = 'replies_read_to'")  # all of it anew
    log = desk.ok("log", "--attempts", "--format", "csv").out
    desk.ok("replies", "--yes")
    assert [sort for (sort,) in desk.sql(sorts)] == found
    assert desk.ok("log", "--attempts", "--format", "csv").out == log
    assert held(real, "INBOX") == [()] * 6  # nothing was marked as read


def test_no_word_sends_again_what_the_mailbox_proves_to_be_sent(
    real_mail_servers: RealServers, tmp_path: Path
) -> None:
    real = real_mail_servers
    made(real, "doute", SENT)
    desk = desk_at(real, tmp_path, "doute", filed_by="provider")
    desk.run(*SEND)
    assert desk.figures()["email"]["sent"] + desk.figures()["email"]["bounced"] == 2
    desk.sql("UPDATE deliveries SET status = 'unknown' WHERE channel = 'email'")
    put(real, "doute", desk.ok("show", "06088", "--eml").out.encode(), folder=SENT)
    desk.ok("resolve", "06088", "--not-sent")
    assert desk.figures()["email"]["queued"] == 0
