"""Delivery status notifications as servers write them, and what each comes to."""

from __future__ import annotations

from datetime import UTC, datetime

from merge.mail.notices import is_notification, read_bounce
from merge.model import Status
from merge.outcome import Aim, Bounce, Phase
from tests.examples import each_line

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
OURS = "<0123456789abcdef@example.org>"


def notice(report: str, *, returned: str = "", outer: str = "") -> bytes:
    """A multipart/report with this per-recipient block."""
    returned = returned or (
        f"Content-Type: text/rfc822-headers\n\nTo: mairie@example.org\nMessage-ID: {OURS}\n"
    )
    text = f"""\
From: MAILER-DAEMON@mx.example.org
To: groupe@example.org
Subject: Undelivered Mail Returned to Sender
{outer}MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=utf-8

Votre message n'a pas pu être remis.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

{report}
--b
{returned}
--b--
"""
    return text.replace("\n", "\r\n").encode()


def block(action: str, status: str, diagnosis: str = "") -> str:
    lines = [
        "Final-Recipient: rfc822; mairie@example.org",
        f"Action: {action}",
        f"Status: {status}",
    ]
    return "\n".join([*lines, *([f"Diagnostic-Code: {diagnosis}"] if diagnosis else [])])


def read(report: str, **other: str) -> Bounce:
    bounce = read_bounce(notice(report, **other), at=NOON)
    assert bounce is not None
    return bounce


@each_line
def test_what_failed_came_back_whatever_its_code(
    report: str, code: int | None, enhanced: str, words: str, aim: str
) -> None:
    bounce = read(report)
    assert (bounce.message_id, bounce.to, bounce.at) == (OURS, "mairie@example.org", NOON)
    outcome = bounce.outcome
    assert (outcome.status, outcome.phase) == (Status.BOUNCED, Phase.BOUNCE)
    assert (outcome.code, outcome.enhanced, outcome.words) == (code, enhanced, words)
    assert outcome.aim is Aim[aim]


@each_line
def test_what_is_only_late_or_arrived_is_no_bounce(action: str) -> None:
    assert read_bounce(notice(block(action, "4.4.1")), at=NOON) is None


@each_line
def test_what_failed_is_read_as_servers_write_it(fields: str, enhanced: str) -> None:
    """With a block about the message before that of the recipient, and without."""
    data = notice(f"Final-Recipient: rfc822; mairie@example.org\n{fields}")
    for each in (data, data.replace(b"Reporting-MTA: dns; mx.example.org\r\n\r\n", b"")):
        bounce = read_bounce(each, at=NOON)
        assert bounce is not None
        assert (bounce.message_id, bounce.outcome.enhanced) == (OURS, enhanced)


def test_of_several_recipients_the_one_that_failed_counts() -> None:
    blocks = [block("delayed", "4.4.1"), block("failed", "5.1.1", "smtp; 550 unknown")]
    for report in ("\n\n".join(blocks), "\n\n".join(reversed(blocks))):
        assert read(report).outcome.words == "unknown"


def test_words_that_a_server_forgot_to_fold_are_the_same_field() -> None:
    said = "smtp; 550-Please log in\n550-mx.example.org may not\n550 relay here"
    bounce = read(f"Diagnostic-Code: {said}\n{block('failed', '5.0.0')}")
    assert bounce.outcome.words == "Please log in 550-mx.example.org may not 550 relay here"
    assert bounce.outcome.enhanced == "5.0.0"


@each_line
def test_blocks_are_read_whatever_became_of_the_boundary(broken: bytes) -> None:
    data = notice(block("failed", "5.1.1"), outer=f"References: {OURS}\n")
    bounce = read_bounce(data.replace(b"\r\n--b", b"\r\n" + broken), at=NOON)
    assert bounce is not None
    assert (bounce.message_id, bounce.outcome.enhanced) == (OURS, "5.1.1")


def test_fields_without_end_are_read_all_the_same() -> None:
    for lines in ("x-y: z\n\n" * 30_000, "x-y: z\n" + "more\n" * 50_000):
        assert read(f"{lines}\n{block('failed', '5.1.1')}").outcome.enhanced == "5.1.1"


@each_line
def test_a_report_is_about_the_message_that_came_back_or_is_named(
    returned: str, outer: str, per_message: str, per_recipient: str, message_id: str, to: str
) -> None:
    """What comes back; fields of the report itself, about the message, and about the recipient."""
    outer, per_message, per_recipient = (
        f"{field}\n" if field else "" for field in (outer, per_message, per_recipient)
    )
    data = notice(per_recipient + block("failed", "5.1.1"), returned=returned, outer=outer)
    named = f"{per_message}Reporting-MTA:".replace("\n", "\r\n").encode()
    bounce = read_bounce(data.replace(b"Reporting-MTA:", named), at=NOON)
    assert (bounce.message_id, bounce.to) == (message_id, to) if bounce else not message_id


def test_a_report_that_is_cut_off_behind_the_headers_is_read() -> None:
    whole = (
        f"Content-Type: message/rfc822\n\nTo: mairie@example.org\nMessage-ID: {OURS}\n\n{'x' * 500}"
    )
    data = notice(block("failed", "5.1.1"), returned=whole)[:-200]
    bounce = read_bounce(data, at=NOON)
    assert bounce is not None
    assert bounce.message_id == OURS


@each_line
def test_what_is_no_report_at_all_is_no_bounce(data: bytes) -> None:
    assert read_bounce(data, at=NOON) is None


def test_a_report_that_is_nested_beyond_all_reading_is_no_bounce() -> None:
    deep = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        for n in range(1500)
    )
    head = b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n"
    assert read_bounce(head + deep, at=NOON) is None


@each_line
def test_a_notification_says_of_itself_that_it_is_one(header: bytes, is_one: bool) -> None:
    assert is_notification(header) is is_one
