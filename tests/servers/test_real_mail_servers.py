"""Letters through a real Postfix into real mailboxes: what arrives is what was archived."""

from __future__ import annotations

import email
import email.message
import email.policy
import imaplib
import json
import ssl
import subprocess
import sys
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest

from merge.campaign import trial
from merge.errors import AccountPaused, Refused
from merge.mail.message import MailComposer
from merge.mail.smtp import Server, open_post_office
from merge.model import Channel, Letter, Message, Status
from merge.outcome import Aim, Phase
from tests.desk import HAVRE, NICE, Desk, Y
from tests.promises.crash.candidates import SEND, allow
from tests.servers.postfix import PASSWORD, RealServers
from tests.servers.sending import hand_in

pytest_plugins = ["tests.servers.fixtures"]

LETTERS = 12
TOWNS = 40


def server(real: RealServers, tls: Literal["implicit", "starttls"], **other: object) -> Server:
    facts: dict[str, object] = {
        "host": "localhost",
        "port": real.starttls_port if tls == "starttls" else real.tls_port,
        "tls": tls,
        "from_address": "groupe@example.org",
        "ca_pem": real.authority.ca_pem,
        "timeout_s": 30,
    }
    return Server(**(facts | other))  # type: ignore[arg-type]


def composed(number: int, campaign: str, to: str = "mairie@example.org") -> Message:
    by = MailComposer(
        from_name="Collectif « Été »",
        from_address="groupe@example.org",
        reply_to="reponses@example.org",
        campaign_id=campaign,
    )
    letter = Letter(
        key=f"{number:05}",
        channel=Channel.EMAIL,
        reference="",
        subject=f"À la mairie du Havre, {number}",
        text="Madame la Maire,\n\n.\n..deux\nFrom ici, l’été",
        html=f"<p>{'é' * 2000}</p>\n.\n",
    )
    made = by.compose(letter, to=to, wave=1, date=datetime(2026, 11, 24, 9, 30, tzinfo=UTC))
    assert isinstance(made, Message)
    return made


def read(data: bytes) -> email.message.EmailMessage:
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, email.message.EmailMessage)
    return message


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_every_letter_arrives_once_and_as_it_was_written(
    real_mail_servers: RealServers, tls: Literal["implicit", "starttls"]
) -> None:
    before = len(real_mail_servers.delivered("mairie", 0))
    sent = {}
    with closing(open_post_office(server(real_mail_servers, tls), PASSWORD)) as office:
        for number in range(LETTERS):
            one = composed(number, campaign=tls)
            outcome = hand_in(office, one)
            assert (outcome.status, outcome.code) == (Status.SENT, 250), outcome
            sent[one.message_id] = one.data
        assert office.offers.tls.startswith("TLSv1.")
        assert "8BITMIME" in office.offers.extensions
    arrived = real_mail_servers.delivered("mairie", before + LETTERS)
    assert len(arrived) == before + LETTERS
    messages = {str(m["Message-ID"]): (m, data) for data in arrived for m in [read(data)]}
    assert sent.keys() <= messages.keys()
    for message_id, data in sent.items():
        message, raw = messages[message_id]
        assert message["From"].addresses[0].display_name == "Collectif « Été »"
        assert message["Reply-To"] == "reponses@example.org"
        assert message["Return-Path"] == "<groupe@example.org>"
        # Behind the lines that Postfix puts on top, byte for byte.
        assert raw.replace(b"\n", b"\r\n").endswith(data.partition(b"Date:")[2])


def test_what_arrived_is_served_by_imap(real_mail_servers: RealServers) -> None:
    one = composed(1, campaign="imap", to="reponses@example.org")
    with closing(open_post_office(server(real_mail_servers, "implicit"), PASSWORD)) as office:
        assert hand_in(office, one).status is Status.SENT
    real_mail_servers.delivered("reponses", 1)
    context = ssl.create_default_context(cafile=real_mail_servers.authority.ca_file)
    with imaplib.IMAP4_SSL("localhost", real_mail_servers.imap_port, ssl_context=context) as box:
        box.login("reponses@example.org", PASSWORD)
        box.select("INBOX", readonly=True)
        _, (found,) = box.search(None, "HEADER", "Message-ID", one.message_id)
    assert found == b"1"


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_wrong_password_pauses_the_account(
    real_mail_servers: RealServers, tls: Literal["implicit", "starttls"]
) -> None:
    with pytest.raises(AccountPaused) as caught:
        open_post_office(server(real_mail_servers, tls), "wrong")
    assert (caught.value.code, caught.value.facts["reply"]) == ("login-refused", 535)


def test_a_certificate_of_an_unknown_authority_is_refused(real_mail_servers: RealServers) -> None:
    with pytest.raises(Refused) as caught:
        open_post_office(server(real_mail_servers, "starttls", ca_pem=None), PASSWORD)
    assert caught.value.code == "certificate-untrusted"


def test_an_unknown_mailbox_fails_the_recipient_and_the_next_letter_leaves(
    real_mail_servers: RealServers,
) -> None:
    before = len(real_mail_servers.delivered("groupe", 0))
    with closing(open_post_office(server(real_mail_servers, "starttls"), PASSWORD)) as office:
        outcome = hand_in(office, composed(1, campaign="x", to="nobody@example.org"))
        assert (outcome.status, outcome.aim, outcome.phase) == (
            Status.FAILED,
            Aim.RECIPIENT,
            Phase.RCPT,
        )
        assert (outcome.code, outcome.enhanced) == (550, "5.1.1")
        following = composed(2, campaign="x", to="groupe@example.org")
        assert trial.hand_in(office, following, lambda: False) is None
        assert hand_in(office, following).status is Status.SENT
    assert len(real_mail_servers.delivered("groupe", before + 1)) == before + 1


def test_postfix_without_a_login_takes_nothing(real_mail_servers: RealServers) -> None:
    with closing(open_post_office(server(real_mail_servers, "starttls"), "")) as office:
        outcome = hand_in(office, composed(1, campaign="x"))
    assert (outcome.status, outcome.aim) == (Status.DEFERRED, Aim.ACCOUNT)


def test_a_campaign_of_the_program_arrives_once_in_real_mailboxes(
    real_mail_servers: RealServers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", PASSWORD)
    before = set(real_mail_servers.delivered("mairie", 0))
    shared = "mairie@example.org"  # two towns, one mailbox: both are written to
    desk = Desk(tmp_path / "campaign")
    desk.make()
    desk.ok(
        *("account", "set", "--host", "localhost", "--tls", "starttls"),
        *("--port", str(real_mail_servers.starttls_port)),
        *("--ca-file", str(real_mail_servers.authority.ca_file)),
    )
    desk.ok("import", str(desk.sheet(NICE.replace("nice@example.org", shared), HAVRE,
                                     Y.replace("y@example.org", shared))))  # fmt: skip
    desk.ok("send", "--really", "--yes", "--untested")
    desk.ok("send", "--really", "--yes", "--untested")
    after = set(real_mail_servers.delivered("mairie", len(before) + 2))
    subjects = sorted(str(read(data)["Subject"]) for data in after - before)
    assert subjects == [
        "Pas de vidéosurveillance algorithmique à Nice",
        "Pas de vidéosurveillance algorithmique à Y",
    ]
    assert desk.figures()["email"]["sent"] == 2


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_campaign_over_four_connections_and_a_kill_arrives_once_in_the_mailbox(
    real_mail_servers: RealServers,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    tls: Literal["implicit", "starttls"],
) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", PASSWORD)
    before = set(real_mail_servers.delivered("mairie", 0))
    at = server(real_mail_servers, tls)
    desk = Desk(tmp_path / "campaign")
    desk.make()
    desk.ok(
        *("account", "set", "--host", at.host, "--port", str(at.port), "--tls", tls),
        *("--ca-file", str(real_mail_servers.authority.ca_file)),
    )
    allow(desk.folder / "campaign.toml", connections=4)
    rows = [f"{number};Ville;mairie@example.org" for number in range(TOWNS)]
    desk.ok("import", str(desk.sheet(*rows, header="N;Commune;Courriel")), "--map", "key=N")
    command = [sys.executable, "-m", "merge", "-C", str(desk.folder), *SEND]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        real_mail_servers.delivered("mairie", len(before) + TOWNS // 4)
        process.kill()
    desk.ok(*SEND)
    letters = json.loads(desk.ok("log", "--format", "json").out)
    sent = {each["message_id"] for each in letters if each["status"] == "sent"}
    in_doubt = {each["message_id"] for each in letters if each["status"] == "unknown"}
    assert len(sent) + len(in_doubt) == TOWNS
    assert len(in_doubt) <= 2 * 4  # two for each connection and kill
    real_mail_servers.delivered("mairie", len(before) + len(sent))
    arrived = Counter(
        str(read(data)["Message-ID"])
        for data in set(real_mail_servers.delivered("mairie", 0)) - before
    )
    assert set(arrived.values()) == {1}
    assert sent <= arrived.keys() <= sent | in_doubt
