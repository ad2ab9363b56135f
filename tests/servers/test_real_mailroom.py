"""A campaign with a mailbox, on real servers: a copy of each letter, and what comes back."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from merge.app.running import Running, Signals
from tests.desk import HAVRE, NICE, SAMPLE, Desk, Y
from tests.rooms.mail.test_mailbox import by_hand, made
from tests.servers.postfix import PASSWORD, RealServers

pytest_plugins = ["tests.servers.fixtures"]

SENT = "Gesendet"
NOBODY = Y.replace("y@example.org", "personne@example.org")


def desk_at(
    real: RealServers,
    folder: Path,
    mailbox: str,
    *,
    imap_port: int | None = None,
    filed_by: str = "program",
    third: str = NOBODY,
) -> Desk:
    desk = Desk(folder / "campaign")
    desk.make()
    desk.ok(
        *("account", "set", "--host", "localhost", "--tls", "implicit", "--no-test"),
        *("--port", str(real.late_port), "--login", f"{mailbox}@example.org"),
        *("--ca-file", str(real.authority.ca_file)),
    )
    settings = desk.folder / "campaign.toml"
    text = settings.read_text(encoding="utf-8")
    text = text.replace("groupe@example.org", f"{mailbox}@example.org")
    port = imap_port or real.imap_port
    imap = f'[account.imap]\nhost = "localhost"\nport = {port}\ncopies = "{filed_by}"\n\n[letter]'
    settings.write_text(text.replace("[letter]", imap), encoding="utf-8")
    desk.approve()
    mairie = NICE.replace("nice@example.org", "mairie@example.org")
    desk.ok("import", str(desk.sheet(mairie, HAVRE, third)))
    return desk


def copies(real: RealServers, mailbox: str) -> int:
    with by_hand(real, mailbox) as client:
        client.select_folder(SENT, readonly=True)
        return len(client.search(["ALL"]))


SEND = ("send", "--really", "--yes", "--untested")


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", PASSWORD)


def test_run_twice_a_letter_has_one_copy_and_an_unknown_user_comes_back(
    real_mail_servers: RealServers, tmp_path: Path
) -> None:
    real = real_mail_servers
    made(real, "campagne", SENT)
    desk = desk_at(real, tmp_path, "campagne")
    first = desk.run(*SEND)
    assert "2 copies were put into the folder of sent mail." in first.err
    assert copies(real, "campagne") == 2
    real.delivered("campagne", 1)  # the report of the real Postfix, if it was not there at once
    second = desk.run(*SEND)
    told = "the letter to personne@example.org came back: 5.1.1 unknown user"
    assert (first.err + second.err).count(told) == 1
    assert "copies" not in second.err
    assert copies(real, "campagne") == 2
    figures = desk.figures()["email"]
    assert (figures["sent"], figures["bounced"]) == (1, 1)
    assert "80829,Y,email,bounced," in desk.ok("log", "--format", "csv").out


def test_a_campaign_begins_with_ten_and_goes_no_further_when_they_come_back(
    real_mail_servers: RealServers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = real_mail_servers
    made(real, "debut", SENT)
    desk = desk_at(real, tmp_path, "debut")
    desk.ok("import", str(SAMPLE))  # towns whose addresses nobody has
    # Instead of two minutes: until the real Postfix has sent its reports.
    monkeypatch.setattr(Running, "wait_until", lambda *_: real.delivered("debut", 5))
    said = desk.run(*SEND)
    assert said.code == 4
    assert "The first 10 letters have left. In two minutes" in said.err
    assert "of 10 sent: nothing more is sent now." in said.err
    figures = desk.figures()["email"]
    assert figures["sent"] + figures["bounced"] == 10
    assert figures["queued"] > 40


KILLED = """
import os, signal, sys
from merge.cli import main
from merge.ledger.ledger import Ledger
Ledger.filed = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
main(sys.argv[1:])
"""


def test_a_kill_between_the_copies_and_their_note_doubles_none(
    real_mail_servers: RealServers, tmp_path: Path
) -> None:
    real = real_mail_servers
    made(real, "tuee", SENT)
    desk = desk_at(real, tmp_path, "tuee")
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, "-C", str(desk.folder), *SEND],
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert copies(real, "tuee") == 2  # they lie there, and the ledger does not know
    desk.run(*SEND)
    desk.run(*SEND)
    assert copies(real, "tuee") == 2


def test_copies_are_filed_before_a_long_pause_and_not_only_at_the_end(
    real_mail_servers: RealServers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = real_mail_servers
    made(real, "pause", SENT)
    desk = desk_at(real, tmp_path, "pause")
    settings = desk.folder / "campaign.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("[account]\n", "[account]\nper_day = 1\n"), encoding="utf-8")
    lying = list[int]()

    def a_signal_comes(signals: Signals, when: datetime) -> None:
        lying.append(copies(real, "pause"))
        signals.receive(signal.SIGTERM, None)

    monkeypatch.setattr(Signals, "wait_until", a_signal_comes)
    assert desk.run(*SEND, "--wait").code == 130
    assert lying == [1]


def test_a_mailbox_that_is_down_is_told_and_the_copies_are_filed_the_next_time(
    real_mail_servers: RealServers, tmp_path: Path
) -> None:
    real = real_mail_servers
    made(real, "panne", SENT)
    desk = desk_at(real, tmp_path, "panne", imap_port=1)
    said = desk.ok(*SEND)
    assert "not all was done there; no letter is concerned. The mailbox on" in said.err
    assert "port 1, cannot be reached. Nobody listens there." in said.err
    assert desk.figures()["email"]["sent"] == 2
    settings = desk.folder / "campaign.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("port = 1\n", f"port = {real.imap_port}\n"), encoding="utf-8")
    desk.approve()
    assert "2 copies were put" in desk.run(*SEND).err
    assert copies(real, "panne") == 2


def test_a_wrong_password_for_the_mailbox_stops_no_letter(
    real_mail_servers: RealServers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = real_mail_servers
    desk = desk_at(real, tmp_path, "neuve")
    monkeypatch.setenv("PUBLIPOSTAGE_IMAP_PASSWORD", "geheim")
    said = desk.ok(*SEND)
    assert "refused the login neuve@example.org to the mailbox" in said.err
    assert "geheim" not in said.err
    monkeypatch.delenv("PUBLIPOSTAGE_IMAP_PASSWORD")
    said = desk.run(*SEND)
    assert "No folder of sent mail was found in the mailbox. It has: INBOX." in said.err
    assert desk.figures()["email"]["sent"] + desk.figures()["email"]["bounced"] == 2


def put_in_doubt(desk: Desk) -> None:
    """Of no e-mail of this campaign is it known what became of it."""
    with closing(sqlite3.connect(desk.folder / "ledger.db")) as ledger:
        ledger.execute("UPDATE deliveries SET status = 'unknown' WHERE channel = 'email'")
        ledger.commit()


def test_a_copy_that_the_provider_filed_settles_a_doubt(
    real_mail_servers: RealServers, tmp_path: Path
) -> None:
    real = real_mail_servers
    made(real, "fournisseur", SENT)
    desk = desk_at(real, tmp_path, "fournisseur", filed_by="provider")
    desk.run(*SEND)
    assert copies(real, "fournisseur") == 0
    put_in_doubt(desk)
    nice = desk.ok("show", "06088", "--eml").out
    with by_hand(real, "fournisseur") as client:  # as Gmail does by itself
        client.append(SENT, nice.encode())
    said = desk.run("resolve", "80829")
    assert "Proof was found that 1 letter was taken." in said.err
    told = "The provider files a copy of all it takes, and the mailbox has none of this."
    came_back = "1 letter came back." in said.err  # Postfix may have been quicker than we
    assert (told in said.err) is not came_back
    assert desk.figures()["email"]["sent"] == 1


def test_no_word_sends_again_what_the_mailbox_proves_to_be_sent(
    real_mail_servers: RealServers, tmp_path: Path
) -> None:
    real = real_mail_servers
    made(real, "doute", SENT)
    desk = desk_at(real, tmp_path, "doute", filed_by="provider")
    desk.run(*SEND)
    put_in_doubt(desk)
    nice = desk.ok("show", "06088", "--eml").out
    with by_hand(real, "doute") as client:
        client.append(SENT, nice.encode())
    said = desk.ok("resolve", "06088", "--not-sent")
    assert "Nice: sent." in said.err
    assert desk.figures()["email"]["queued"] == 0


def test_account_test_says_what_is_done_with_the_mailbox(
    real_mail_servers: RealServers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = real_mail_servers
    made(real, "campagne", SENT)
    desk = desk_at(real, tmp_path, "campagne")
    said = desk.ok("account", "test").out
    assert (
        "The mailbox on localhost is read, and copies of what is sent go into “Gesendet”." in said
    )
    monkeypatch.setenv("PUBLIPOSTAGE_IMAP_PASSWORD", "geheim")
    refused = desk.run("account", "test")
    assert refused.code == 1
    assert "The mailbox cannot be used. localhost refused the login" in refused.err
    assert "geheim" not in refused.err


def test_account_test_says_that_the_provider_files_copies_or_that_no_mailbox_is_read(
    real_mail_servers: RealServers, tmp_path: Path
) -> None:
    desk = desk_at(real_mail_servers, tmp_path, "neuve", filed_by="provider")
    assert "the provider files copies" in desk.ok("account", "test").out
    settings = desk.folder / "campaign.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace('copies = "provider"', 'copies = "none"'), encoding="utf-8")
    assert "no copies of what is sent are filed" in desk.ok("account", "test").out
    before, _, _ = text.partition("[account.imap]")
    after = text[text.index("[letter]") :]
    settings.write_text(before + after, encoding="utf-8")
    assert "No mailbox is read" in desk.ok("account", "test").out
