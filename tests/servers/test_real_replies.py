"""Replies by IMAP, from a real Dovecot: a bounce of Postfix, a delay, an auto-reply, an answer."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from merge.mail.message import message_digest
from tests import mails
from tests.desk import Desk, Y
from tests.rooms.mail.test_mailbox import by_hand, made
from tests.servers.postfix import LATE_DOMAIN, PASSWORD, RealServers
from tests.servers.test_real_mailroom import SEND, SENT, desk_at

pytest_plugins = ["tests.servers.fixtures"]


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", PASSWORD)


def refers_to(desk: Desk, key: str) -> str:
    with closing(sqlite3.connect(desk.folder / "ledger.db")) as ledger:
        ((campaign,),) = ledger.execute("SELECT uuid FROM campaign")
    return f"<{message_digest(campaign, key, 1)}@example.org>"


def put(real: RealServers, mailbox: str, *data: bytes) -> None:
    with by_hand(real, mailbox) as client:
        for each in data:
            client.append("INBOX", each)


def flags(real: RealServers, mailbox: str) -> list[tuple[bytes, ...]]:
    with by_hand(real, mailbox) as client:
        client.select_folder("INBOX", readonly=True)
        answers = client.fetch(client.search(["ALL"]), ["FLAGS"])
        return [
            tuple(flag for flag in each[b"FLAGS"] if flag != b"\\Recent")
            for each in answers.values()
        ]


def without_at(log: str) -> str:
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:+]+", "", log)


def test_each_ends_where_it_should_and_reading_again_changes_nothing(
    real_mail_servers: RealServers, tmp_path: Path
) -> None:
    real = real_mail_servers
    made(real, "retour", SENT)
    desk = desk_at(real, tmp_path, "retour")
    desk.run(*SEND)
    # The real Postfix's report about the unknown user: the envelope has told it of the letter.
    (unknown_user,) = real.delivered("retour", 1)
    envelope_id = refers_to(desk, "80829").strip("<>")
    assert f"\nOriginal-Envelope-Id: {envelope_id}\n".encode() in unknown_user
    nice = refers_to(desk, "06088")
    put(
        real,
        "retour",
        mails.answer(refers=nice, sender="Mairie <mairie@example.org>", body="Nous refusons."),
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
    first = desk.ok("replies", "--yes")
    assert "New: 1 answers" not in first.err  # two: the one to be decided counts too
    assert "New: 2 answers, 1 automatic replies" in first.err
    assert "1 mail waits for you to say whose it is" in first.err
    figures = desk.figures()["email"]
    assert (figures["sent"], figures["bounced"]) == (1, 1)
    assert "Nous refusons." in desk.ok("show", "Nice").out
    assert "s@example.com" not in desk.ok("replies", "--all").out
    with closing(sqlite3.connect(desk.folder / "ledger.db")) as ledger:
        sorts = [sort for (sort,) in ledger.execute("SELECT sort FROM replies ORDER BY sort")]
        assert sorts == ["answer", "answer", "auto-reply", "bounce", "delay"]
        log = desk.ok("log", "--attempts", "--format", "csv").out
        ledger.execute("DELETE FROM facts WHERE name = 'replies_read_to'")  # all of it anew
        ledger.commit()
    assert flags(real, "retour") == [()] * 6  # nothing was marked as read
    for _ in range(2):
        again = desk.ok("replies", "--yes")
        assert "New: 0 answers, 0 automatic replies, 0 that came back, 0 delayed, 0" in again.err
        assert again.out == ""
    assert desk.ok("log", "--attempts", "--format", "csv").out == log


def test_a_delay_of_the_real_postfix_is_told_and_moves_nothing(
    real_mail_servers: RealServers, tmp_path: Path
) -> None:
    real = real_mail_servers
    made(real, "retard", SENT)
    late = Y.replace("y@example.org", f"mairie@{LATE_DOMAIN}")
    desk = desk_at(real, tmp_path, "retard", third=late)
    desk.run(*SEND)
    (warning,) = real.delivered("retard", 1)
    assert b"\nAction: delayed\n" in warning
    before = desk.figures()
    assert (before["email"]["sent"], before["email"]["bounced"]) == (2, 0)
    log = desk.ok("log", "--attempts", "--format", "csv").out
    for delays in (1, 0):
        said = desk.ok("replies", "--yes")
        told = f"New: 0 answers, 0 automatic replies, 0 that came back, {delays} delayed, 0"
        assert told in said.err
        assert said.out.count("Y (80829)") == delays
    assert desk.figures() == before
    assert desk.ok("log", "--attempts", "--format", "csv").out == log
    assert desk.ok("suppress").out.count(LATE_DOMAIN) == 0


def test_many_mails_and_a_large_one_are_read_in_batches(
    real_mail_servers: RealServers, tmp_path: Path
) -> None:
    real = real_mail_servers
    made(real, "foule", SENT)
    desk = desk_at(real, tmp_path, "foule")
    desk.run(*SEND)
    real.delivered("foule", 1)
    nice = refers_to(desk, "06088")
    large = mails.answer(refers=nice, own_id="<large@x>", body=("z" * 75 + "\n") * 14_000)
    put(real, "foule", large, *[mails.answer(refers=nice, own_id=f"<{n}@x>") for n in range(600)])
    said = desk.ok("replies", "--yes")
    assert "602 mails were read. New: 601 answers" in said.err
    shown = desk.ok("show", "Nice", "--reply", "2").out
    assert shown.encode() == large
    put(real, "foule", mails.answer(refers=nice, own_id="<last@x>"))
    assert "1 mail was read. New: 1 answers" in desk.ok("replies", "--yes").err


def test_a_mailbox_that_is_down_or_refuses_is_said_and_nothing_is_lost(
    real_mail_servers: RealServers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = real_mail_servers
    made(real, "ferme", SENT)
    desk = desk_at(real, tmp_path, "ferme")
    desk.run(*SEND)
    monkeypatch.setenv("PUBLIPOSTAGE_IMAP_PASSWORD", "geheim")
    said = desk.run("replies", "--yes")
    assert said.code == 4
    assert "refused the login" in said.err
    assert "geheim" not in said.err
