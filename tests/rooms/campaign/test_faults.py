"""What a mail server can do wrong, row by row: what the ledger says, the exit code, what one reads.

Each row is a campaign sent by the command line to a real server on loopback that fails as the row
says. Then the server is well again and a day has passed: the same command brings their letter to
all who were neither refused nor are in doubt, and nobody gets two.
"""

from __future__ import annotations

import errno
import json
import socket
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from merge.app import letters
from merge.errors import ExitCode
from merge.mail import patience, smtp
from merge.model import Status
from tests.desk import Desk, Said
from tests.needs import need
from tests.promises.crash.candidates import SEND, allow
from tests.promises.crash.clock import lying_clock
from tests.servers import smtpsink
from tests.servers.capture import CaptureServer
from tests.servers.certificates import Authority
from tests.servers.faults import FaultServer
from tests.servers.smtpsink import smtp_sink

pytest_plugins = ["tests.servers.fixtures"]

PATIENCE_S = 0.3  # with a slow server; a minute in life, and ten for the last reply
A_DAY = timedelta(hours=25)

DONE, PARTLY, REFUSED, STOPPED = (
    *(ExitCode.DONE, ExitCode.PARTLY),
    *(ExitCode.REFUSED, ExitCode.STOPPED),
)
SENT, FAILED, DEFERRED, UNKNOWN, QUEUED = (
    *(Status.SENT, Status.FAILED, Status.DEFERRED),
    *(Status.UNKNOWN, Status.QUEUED),
)

LATER = "Some letters could not be handed in for now."
PAUSED = "The server refuses this sender, its quota or its content:"
NOT_READY = "does not want to talk now"
HUNG_UP = "The connection was lost."
NO_ANSWER = "did not answer in time"
LOGIN_REFUSED = "refused the login"


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")


@pytest.fixture(autouse=True)
def _letter_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The letter is the model's: its trial in a child process is test_confined's, and is slow."""
    monkeypatch.setattr(letters, "try_out", lambda *_, **__: None)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every time limit is short."""
    hasty = partial(smtp.Server, timeout_s=PATIENCE_S, final_reply_timeout_s=PATIENCE_S)
    monkeypatch.setattr(smtp, "Server", hasty)


def campaign(
    folder: Path, recipients: Sequence[str], port: int, *, sender: str = "groupe", tls: str = "none"
) -> Desk:
    """Towns with these mailboxes at example.org, and a server on this port of this machine."""
    desk = Desk(folder / "campaign")
    desk.make()
    settings = desk.folder / "campaign.toml"
    text = settings.read_text("utf-8").replace("groupe@example.org", f"{sender}@example.org")
    account = f'[account]\nhost = "localhost"\nport = {port}\ntls = "{tls}"\n'
    settings.write_text(text.replace("[account]\n", account, 1), "utf-8")
    allow(settings, connections=1)
    desk.approve()
    rows = [f"{name};Ville;{name}@example.org;35000;RENNES" for name in recipients]
    sheet = desk.sheet(*rows, header="Clé;Commune;Courriel;Code postal;Ville")
    desk.ok("import", str(sheet), "--map", "key=Clé")
    return desk


def ledger(desk: Desk) -> dict[str, Status]:
    rows = json.loads(desk.ok("log", "--format", "json").out)
    return {row["key"]: Status(row["status"]) for row in rows}


def a_day_later(desk: Desk) -> Said:
    with lying_clock(ahead=A_DAY):
        return desk.run(*SEND)


def prove_that_all_is_well_a_day_later(desk: Desk, server: FaultServer) -> None:
    """All go but those who were refused or are in doubt; none goes twice."""
    before = ledger(desk)
    server.is_cured = True
    said = a_day_later(desk)
    assert said.code == DONE, said.err
    assert ledger(desk) == {
        key: status if status in (FAILED, UNKNOWN) else SENT for key, status in before.items()
    }
    arrived = Counter(each.recipient.partition("@")[0] for each in server.accepted)
    assert set(arrived.values()) == {1}
    assert {key for key, status in ledger(desk).items() if status is SENT} <= arrived.keys()


# --- one recipient, or several ------------------------------------------------------------------

# Behind each fault what `show` tells of it: the server's words, or ours where it had none.
LOST = "The connection was lost."
SILENT = "The server did not answer in time."

REFUSES_THE_RECIPIENT = {
    "550": "User unknown",
    "552": "Mailbox full",
    "multiline": "User unknown in this house",
    "gone": "User unknown",  # and hangs up
    "eager": "User unknown",  # and says 354 to DATA
    "mailbox-ofr": "OFR_416",
    "552-body": "Mailbox full",
}
ASKS_TO_COME_BACK = {
    "450": "Mailbox busy",
    "grey": "Greylisted",
    "closing": "Service shutting down",
    "drop": LOST,
    "garbage": "no reply",
    "mixed": "550-5.1.1 User unknown 250 2.1.5 OK",
    "451-data": "Local error",
    "drop-before-data": LOST,
    "garbage-data": "no reply",
    "mixed-data": "550-5.7.1 We do not want this 354 Go ahead",
    "450-body": "Mailbox busy",
}
LEAVES_IN_DOUBT = {
    "drop-in-data": LOST,
    "drop-after-dot": LOST,
    "garbage-body": "no reply",
    "mixed-body": "550-5.7.1 We do not want this 250 2.0.0 OK: queued",
}
TAKES_IT_ALL_THE_SAME = {
    "multiline-body": "OK: queued",
    "anybody": "OK: queued",
}
REFUSES_THE_SENDER = {
    "421": "421 Too many messages, come back later",
    "sender": "553 Sender address rejected",
    "554-data": "554 We do not want this",
    "421-data": "421 Too many messages, come back later",
    "554-body": "554 We do not want this",
    "421-body": "421 Too many messages, come back later",
    "quota": "550 Daily user sending limit exceeded",
    "spam-ofr": "OFR_506",
}
NEVER_ANSWERS = {
    "slow": (DEFERRED, STOPPED, LATER),
    "slow-data": (DEFERRED, STOPPED, LATER),
    "slow-body": (UNKNOWN, PARTLY, "1 in doubt"),
}

pipelining = pytest.mark.parametrize("pipelining", [True, False])


@pipelining
@pytest.mark.parametrize(
    ("faults", "status", "code", "says"),
    [
        (REFUSES_THE_RECIPIENT, FAILED, PARTLY, "7 refused"),
        (ASKS_TO_COME_BACK, DEFERRED, STOPPED, LATER),
        (LEAVES_IN_DOUBT, UNKNOWN, PARTLY, "4 in doubt"),
        (TAKES_IT_ALL_THE_SAME, SENT, DONE, "5 sent"),
    ],
    ids=["refused", "later", "in doubt", "taken"],
)
def test_a_fault_of_one_recipient_is_told_and_harms_nobody_else(
    tmp_path: Path,
    faults: Mapping[str, str],
    status: Status,
    code: ExitCode,
    says: str,
    pipelining: bool,
) -> None:
    # Between two faults one that leaves: five lost connections in a row would end the run.
    others = [f"other-{number}" for number in range(len(faults) + 1)]
    mixed = [name for pair in zip(others, [*faults, ""], strict=True) for name in pair if name]
    with FaultServer(pipelining=pipelining).running() as server:
        desk = campaign(tmp_path, mixed, server.port)
        said = desk.run(*SEND)
        assert ledger(desk) == dict.fromkeys(others, SENT) | dict.fromkeys(faults, status)
        assert (said.code, says in said.err) == (code, True), said.err
        untold = {name: shown for name, words in faults.items()
                  if words not in (shown := desk.ok("show", name).out)}  # fmt: skip
        assert not untold, "\n".join(untold.values())
        prove_that_all_is_well_a_day_later(desk, server)


@pytest.mark.parametrize("name", REFUSES_THE_SENDER)
def test_a_refusal_of_sender_quota_or_content_pauses_the_account_and_fails_nobody(
    tmp_path: Path, name: str
) -> None:
    with FaultServer(pipelining=True).running() as server:
        desk = campaign(tmp_path, ["first", name, "last"], server.port)
        said = desk.run(*SEND)
        standing = ledger(desk)
        assert (standing.pop(name), said.code) == (DEFERRED, STOPPED), said.err
        assert set(standing.values()) <= {SENT, QUEUED}
        assert PAUSED in said.err
        assert REFUSES_THE_SENDER[name] in said.err
        prove_that_all_is_well_a_day_later(desk, server)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("name", NEVER_ANSWERS)
def test_a_reply_beyond_the_time_limit(tmp_path: Path, name: str) -> None:
    status, code, says = NEVER_ANSWERS[name]
    with FaultServer(pipelining=True).running() as server:
        desk = campaign(tmp_path, ["first", name, "last"], server.port)
        said = desk.run(*SEND)
        assert ledger(desk) == {"first": SENT, name: status, "last": SENT}, said.err
        assert (said.code, says in said.err) == (code, True), said.err
        assert SILENT in desk.ok("show", name).out
        prove_that_all_is_well_a_day_later(desk, server)


@pytest.mark.parametrize("name", ["drop-after-354", "closing-after-354", "hasty"])
def test_a_line_that_ends_behind_354_leaves_a_doubt_only_if_a_byte_may_have_left(
    tmp_path: Path, name: str
) -> None:
    """Whether the goodbye is there before the body leaves is a matter of microseconds."""
    with FaultServer(pipelining=True).running() as server:
        desk = campaign(tmp_path, ["first", name, "last"], server.port)
        said = desk.run(*SEND)
        standing = ledger(desk)
        assert (standing.pop(name), said.code) in ((DEFERRED, STOPPED), (UNKNOWN, PARTLY))
        assert set(standing.values()) == {SENT}
        prove_that_all_is_well_a_day_later(desk, server)


# --- all of them ---------------------------------------------------------------------------------

FOR_GOOD: Mapping[str, tuple[Mapping[str, str], str]] = {
    "554 as a greeting": ({"greeting": "554 5.7.1 Listed"}, "for good: 554 5.7.1 Listed"),
    "554 to EHLO and HELO": (
        {"hello": "554 5.7.1 Listed", "helo": "554 5.7.1 Listed"},
        "for good: 554 5.7.1 Listed",
    ),
    "554 to EHLO, hangs up": ({"hello": "554 5.7.1 Listed", "helo": "drop"}, "for good: 554 5.7.1"),
}
AT_THE_DOOR: Mapping[str, tuple[Mapping[str, str], str]] = {
    "421 as a greeting": ({"greeting": "421 4.3.2 Busy"}, NOT_READY),
    "no greeting, hangs up": ({"greeting": "drop"}, HUNG_UP),
    "garbage as a greeting": ({"greeting": "Bonjour"}, ""),
    "endless greeting": ({"greeting": "endless 220"}, "is no mail server"),
    "421 to EHLO": ({"hello": "421 4.3.2 Busy"}, "does not want to talk now: 421 4.3.2 Busy"),
    "535 to AUTH": ({"refuse_login": "535 5.7.8 No"}, LOGIN_REFUSED),
    "454 to AUTH": ({"refuse_login": "454 4.7.0 Later"}, "in later, not now: 454 4.7.0 Later"),
    "421 to AUTH": ({"refuse_login": "421 4.7.0 Later"}, "in later, not now: 421 4.7.0 Later"),
    "hangs up at AUTH": ({"refuse_login": "drop"}, "The connection was lost."),
}
SLOW_DOORS: Mapping[str, tuple[Mapping[str, str], str]] = {
    "no greeting": ({"greeting": ""}, NO_ANSWER),
    "no answer to AUTH": ({"refuse_login": "slow"}, NO_ANSWER),
}
AT_MAIL = {
    "550": ({DEFERRED: 1, QUEUED: 2}, PAUSED),
    "451": ({DEFERRED: 1, QUEUED: 2}, PAUSED),
    "421": ({DEFERRED: 1, QUEUED: 2}, PAUSED),
    "closing": ({DEFERRED: 3}, LATER),
    "drop": ({DEFERRED: 3}, LATER),
    "garbage": ({DEFERRED: 3}, LATER),
}


@pytest.mark.parametrize("row", [*AT_THE_DOOR, *FOR_GOOD])
def test_whoever_is_not_let_in_has_sent_nothing(tmp_path: Path, row: str) -> None:
    facts, says = {**AT_THE_DOOR, **FOR_GOOD}[row]
    with FaultServer(**facts).running() as server:  # type: ignore[arg-type] # all of them text
        desk = campaign(tmp_path, ["a", "b", "c"], server.port)
        said = desk.run(*SEND)
    code = REFUSED if row in FOR_GOOD else STOPPED
    assert (Counter(ledger(desk).values()), said.code) == ({QUEUED: 3}, code), said.err
    assert says in said.err
    assert server.accepted == []


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("row", SLOW_DOORS)
def test_a_door_that_nobody_opens(tmp_path: Path, row: str) -> None:
    facts, says = SLOW_DOORS[row]
    with FaultServer(**facts).running() as server:  # type: ignore[arg-type] # all of them text
        desk = campaign(tmp_path, ["a", "b", "c"], server.port)
        said = desk.run(*SEND)
        assert (Counter(ledger(desk).values()), said.code) == ({QUEUED: 3}, STOPPED), said.err
        assert says in said.err


@pytest.mark.parametrize("sender", AT_MAIL)
def test_what_is_refused_at_mail_fails_no_recipient(tmp_path: Path, sender: str) -> None:
    standing, says = AT_MAIL[sender]
    with FaultServer(pipelining=True).running() as server:
        desk = campaign(tmp_path, ["a", "b", "c"], server.port, sender=sender)
        said = desk.run(*SEND)
        assert (Counter(ledger(desk).values()), said.code) == (standing, STOPPED), said.err
        assert says in said.err
        prove_that_all_is_well_a_day_later(desk, server)


@pytest.mark.parametrize("fault", ["expired", "foreign"])
def test_a_certificate_that_proves_nothing_refuses_before_the_password_leaves(
    tmp_path: Path, authority: Authority, fault: str
) -> None:
    stranger = Authority.in_folder(tmp_path, "stranger.pem")
    trusted = stranger if fault == "foreign" else authority
    capture = CaptureServer(folder=tmp_path, authority=authority, expired=fault == "expired")
    with capture.running():
        desk = campaign(tmp_path, ["a", "b", "c"], capture.port, tls="implicit")
        settings = desk.folder / "campaign.toml"
        trusts = f'[account]\nca_file = "{trusted.put_in(desk.folder)}"\n'
        settings.write_text(settings.read_text("utf-8").replace("[account]\n", trusts), "utf-8")
        desk.approve()
        said = desk.run(*SEND)
    assert (said.code, Counter(ledger(desk).values())) == (REFUSED, {QUEUED: 3}), said.err
    assert "cannot be trusted" in said.err
    assert "password was not sent" in said.err
    assert capture.logins == 0


def test_letters_that_the_server_does_not_take_are_held_and_leave_where_it_takes_them(
    tmp_path: Path,
) -> None:
    with FaultServer(size="500").running() as server:
        desk = campaign(tmp_path, ["a", "b", "c"], server.port)
        said = desk.run(*SEND)
        assert (Counter(ledger(desk).values()), said.code) == ({Status.HELD: 3}, PARTLY), said.err
        assert server.offered == []
        shown = desk.ok("show", "a").out
        assert "larger than your mail server takes (in megabytes: 0.1 > 0.0)" in shown
        tried = desk.run("send", "--test", "moi@example.org")
        assert "larger than your mail server takes" in tried.err
        assert server.offered == []
        server.size = "5000000"
        assert desk.run(*SEND).code == DONE
    assert len(server.accepted) == 3
    assert all(" SIZE=" in each for each in server.commands if each.startswith("MAIL"))


@pytest.mark.usefixtures("impatient")
def test_a_server_that_loses_pipelined_commands_costs_one_silence_and_is_remembered(
    tmp_path: Path,
) -> None:
    with FaultServer(pipelining=True, forgets=True).running() as server:
        desk = campaign(tmp_path, ["a", "b", "c"], server.port)
        said = desk.run(*SEND)
        assert (Counter(ledger(desk).values()), said.code) == ({SENT: 3}, DONE), said.err
        assert server.connections == 2
        again = campaign(tmp_path / "another", ["d", "e"], server.port)
        said = again.run(*SEND)
        assert (Counter(ledger(again).values()), said.code) == ({SENT: 2}, DONE), said.err
        assert server.connections == 3  # it was known, for this user, whatever the campaign
    arrived = Counter(each.recipient.partition("@")[0] for each in server.accepted)
    assert arrived == dict.fromkeys("abcde", 1)


def test_one_poisoned_letter_starves_nobody_is_held_with_the_words_and_goes_after_an_edit(
    tmp_path: Path,
) -> None:
    with FaultServer().running() as server:
        desk = campaign(tmp_path, ["poison", "b", "c"], server.port)
        codes = []
        for day in range(4):
            sheet = desk.sheet(
                f"new{day};Ville;new{day}@example.org;35000;RENNES",
                header="Clé;Commune;Courriel;Code postal;Ville",
            )
            desk.ok("import", str(sheet), "--map", "key=Clé")
            with lying_clock(ahead=day * A_DAY):
                said = desk.run(*SEND)
            codes.append(said.code)
        assert codes == [STOPPED, STOPPED, PARTLY, DONE], said.err
        standing = ledger(desk)
        assert standing.pop("poison") is Status.HELD
        assert set(standing.values()) == {SENT}
        words = "refused it time and again while others left. It said: 554 5.7.1 Content rejected"
        for command in (("show", "poison"), ("check",), ("log", "--status", "held")):
            said = desk.run(*command)
            assert words in " ".join((said.out + said.err).split()), said
        assert "publipostage edit poison email=" in desk.run("check").err
        assert "1 held" in desk.ok("status").out
        desk.ok("edit", "poison", "email=poison@example.org")
        server.is_cured = True
        with lying_clock(ahead=4 * A_DAY):
            assert desk.run(*SEND).code == DONE
    assert set(ledger(desk).values()) == {SENT}
    arrived = Counter(each.recipient for each in server.accepted)
    assert set(arrived.values()) == {1}


def test_a_network_that_goes_away_is_told_with_the_next_try_and_what_to_type(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wait itself is `test_deliver`'s: here nobody waits longer than for one try."""
    with FaultServer(leaves_after=1).running() as server:
        desk = campaign(tmp_path, ["a", "b", "c"], server.port)
        real, opened = patience.connected, []

        def away_behind_the_first(*given: Any) -> socket.socket:
            opened.append(given)
            if len(opened) > 1:
                raise OSError(errno.ENETUNREACH, "Network is unreachable")
            return real(*given)

        monkeypatch.setattr("merge.mail.login.connected", away_behind_the_first)
        monkeypatch.setattr("merge.campaign.sender.AWAY_AT_MOST", timedelta())
        said = desk.run(*SEND)
        assert said.code == STOPPED, said.err
        assert ledger(desk)["a"] is SENT
        assert set(ledger(desk).values()) <= {SENT, DEFERRED, QUEUED}
        told = " ".join(said.err.split())
        assert "This computer has no connection." in told
        assert "1 sent" in told
        assert "publipostage send --really" in told
        monkeypatch.setattr("merge.mail.login.connected", real)
        prove_that_all_is_well_a_day_later(desk, server)


# --- in the long run -----------------------------------------------------------------------------


def test_a_login_that_is_refused_after_100_letters_pauses_the_account(tmp_path: Path) -> None:
    everyone = [f"m{number}" for number in range(104)]
    with FaultServer(messages_per_connection=50, lets_in_until=100).running() as server:
        desk = campaign(tmp_path, everyone, server.port)
        said = desk.run(*SEND)
        standing = Counter(ledger(desk).values())
        assert (said.code, standing[SENT]) == (STOPPED, 100), said.err
        assert standing.keys() <= {SENT, DEFERRED, QUEUED}
        assert "no longer lets this account in, though it did at the beginning: 535" in said.err
        assert "Too many letters today" in said.err
        assert "campaign.toml [account] per_hour" in said.err
        assert "password is not right" not in said.err
        prove_that_all_is_well_a_day_later(desk, server)


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("goodbye", ["messages_per_connection", "leaves_after"])
def test_a_server_that_closes_between_messages_is_called_again(
    tmp_path: Path, pipelining: bool, goodbye: str
) -> None:
    """With 421 4.4.2, or without a word. What was not yet offered in full simply waits."""
    with FaultServer(pipelining=pipelining, **{goodbye: 1}).running() as server:  # type: ignore[arg-type] # an int
        desk = campaign(tmp_path, ["a", "b", "c"], server.port)
        said = desk.run(*SEND)
        assert said.code in (DONE, STOPPED), said.err
        assert set(ledger(desk).values()) <= {SENT, DEFERRED}
        prove_that_all_is_well_a_day_later(desk, server)


# --- Postfix's own smtp-sink ---------------------------------------------------------------------

USER_UNKNOWN = ("-B", "550 5.1.1 User unknown")
TRY_LATER = ("-b", "450 4.2.0 Try again later")
QUOTA_SPENT = ("-B", "550 5.4.5 Daily user sending limit exceeded")

# smtp-sink's flags; what becomes of the three; the exit code; what is said.
SINKS: Mapping[tuple[str, ...], tuple[Mapping[Status, int], ExitCode, str]] = {
    (): ({SENT: 3}, DONE, "3 sent"),
    ("-p",): ({SENT: 3}, DONE, "3 sent"),  # no PIPELINING
    ("-8",): ({SENT: 3}, DONE, "3 sent"),  # no 8BITMIME
    ("-e",): ({SENT: 3}, DONE, "3 sent"),  # HELO only
    ("-f", "CONNECT"): ({QUEUED: 3}, REFUSED, "for good: 500"),
    ("-q", "CONNECT"): ({QUEUED: 3}, STOPPED, HUNG_UP),
    ("-f", "MAIL", *USER_UNKNOWN): ({DEFERRED: 1, QUEUED: 2}, STOPPED, PAUSED),
    ("-f", "RCPT", *USER_UNKNOWN): ({FAILED: 3}, PARTLY, "3 refused"),
    ("-f", "DATA"): ({DEFERRED: 1, QUEUED: 2}, STOPPED, PAUSED),
    ("-f", ".", *QUOTA_SPENT): ({DEFERRED: 1, QUEUED: 2}, STOPPED, "Gmail's quota"),
    ("-r", "MAIL", *TRY_LATER): ({DEFERRED: 1, QUEUED: 2}, STOPPED, PAUSED),
    ("-r", "RCPT", *TRY_LATER): ({DEFERRED: 3}, STOPPED, LATER),
    ("-r", "DATA", *TRY_LATER): ({DEFERRED: 3}, STOPPED, LATER),
    ("-r", ".", *TRY_LATER): ({DEFERRED: 3}, STOPPED, LATER),
    ("-q", "MAIL"): ({DEFERRED: 3}, STOPPED, LATER),
    ("-q", "RCPT"): ({DEFERRED: 3}, STOPPED, LATER),
    ("-q", "DATA"): ({DEFERRED: 3}, STOPPED, LATER),
    ("-q", "."): ({UNKNOWN: 3}, PARTLY, "3 in doubt"),
    # A 421 that gives no reason may be about the sender as well: better one pause too many.
    ("-Q", "MAIL"): ({DEFERRED: 1, QUEUED: 2}, STOPPED, PAUSED),
    ("-Q", "RCPT"): ({DEFERRED: 1, QUEUED: 2}, STOPPED, PAUSED),
    ("-Q", "DATA"): ({DEFERRED: 1, QUEUED: 2}, STOPPED, PAUSED),
    ("-Q", "."): ({DEFERRED: 1, QUEUED: 2}, STOPPED, PAUSED),
    ("-A", "0"): ({DEFERRED: 1, QUEUED: 2}, STOPPED, PAUSED),  # 550 instead of taking the body
}


@pytest.mark.parametrize("flags", SINKS, ids=" ".join)
def test_smtp_sink(tmp_path: Path, flags: tuple[str, ...]) -> None:
    need(not smtpsink.missing(), "smtp-sink", " ".join(smtpsink.APT_PACKAGES))
    standing, code, says = SINKS[flags]
    with smtp_sink("-a", *flags) as port:  # its AUTH says 250, which is no welcome (RFC 4954 6)
        desk = campaign(tmp_path, ["a", "b", "c"], port)
        said = desk.run(*SEND)
    assert (Counter(ledger(desk).values()), said.code) == (standing, code), said.err
    assert says in said.err


def test_smtp_sink_that_is_silent_behind_the_dot(tmp_path: Path, impatient: None) -> None:
    need(not smtpsink.missing(), "smtp-sink", " ".join(smtpsink.APT_PACKAGES))
    with smtp_sink("-a", "-W", ".:4") as port:
        desk = campaign(tmp_path, ["a"], port)
        said = desk.run(*SEND)
    assert (ledger(desk)["a"], said.code) == (UNKNOWN, PARTLY), said.err
