"""A delivery status notification (RFC 3464) → the bounce it tells of; pure.

Only what says of itself that it is one is read: `multipart/report; report-type=delivery-status`.
It counts by its Action, not by its status: mail that waited too long is `failed` with a 4.x.x.
"""

from __future__ import annotations

import re
from datetime import datetime
from email.message import Message
from email.parser import BytesParser

from merge.campaign.ports import Bounce
from merge.garbage import no_collections
from merge.mail.plaintext import BROKEN
from merge.mail.verdict import one_line, verdict
from merge.model import Aim, Outcome, Phase, Status

_MESSAGE_ID = re.compile(r"<[^<>@\s]+@[^<>\s]+>")
_DIAGNOSIS = re.compile(
    r"\s*(?P<type>[\w-]+)\s*;\s*(?:(?P<code>[245]\d\d)[ -])?(?P<words>.*)", re.DOTALL
)
_HEX = re.compile(r"\+([0-9A-F]{2})")  # of xtext, RFC 3461 4
_RETURNED = ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers")


def is_notification(content_type: bytes) -> bool:
    """Whether a header block with this Content-Type announces a delivery status notification."""
    message = BytesParser().parsebytes(content_type + b"\r\n\r\n", headersonly=True)
    return reports(message) == "delivery-status"


def reports(message: Message) -> str:
    """What a message says that it reports (RFC 6522 3), in lower case; "" when it is no report."""
    if message.get_content_type() != "multipart/report":
        return ""
    return str(message.get_param("report-type", "")).lower()


@no_collections()
def read_bounce(data: bytes, *, at: datetime) -> Bounce | None:
    """What a notification that came `at` says. None: a delay, a success, nobody's message, or one
    that is broken.

    `data` may be cut off behind the headers of the message that came back.
    """
    try:
        bounce = bounce_of(BytesParser().parsebytes(data), at=at)
    except BROKEN:
        return None
    return bounce if bounce is not None and bounce.message_id else None


def bounce_of(message: Message, *, at: datetime) -> Bounce | None:
    """The same of a message that was read already; of nobody's message too, with "" for its id."""
    failed = next((report for report in _reports(message) if _action(report) == "failed"), None)
    if failed is None:
        return None
    returned = _returned(message)
    ids = (
        _MESSAGE_ID.findall(_header(returned, "Message-ID"))
        or _MESSAGE_ID.findall(f"<{_envelope_id(message)}>")
        or _MESSAGE_ID.findall(_header(message, "References") + _header(message, "In-Reply-To"))
    )
    to = _header(returned, "To") or _recipient(failed, "Original-Recipient")
    if not ids and not to:
        # It is all that is told. Where the letter is known, a forwarder's address says nothing.
        to = _recipient(failed, "Final-Recipient")
    return Bounce(
        message_id=ids[-1] if ids else "",
        to=one_line(to.encode()),
        at=at,
        outcome=_outcome(failed),
    )


def delayed(message: Message) -> bool:
    """Whether a notification says that a server still tries."""
    return any(_action(report) == "delayed" for report in _reports(message))


def _reports(message: Message) -> list[Message]:
    """The per-recipient blocks of the machine-readable part; its first block is per message."""
    return _blocks(message)[1:]


def _envelope_id(message: Message) -> str:
    """The Message-ID as it went along on the envelope (RFC 3464 2.2.1); "" where it is not told."""
    about = next(iter(_blocks(message)), None)
    return _plain(_header(about, "Original-Envelope-Id"))


def _recipient(report: Message, name: str) -> str:
    """The address as we wrote it on the envelope, or as it was tried last (RFC 3464 2.3.1, 2.3.2);
    "" where it is not told."""
    kind, _, address = _header(report, name).partition(";")
    return _plain(address) if kind.strip().lower() == "rfc822" else ""


def _plain(xtext: str) -> str:
    """What went along in the form of RFC 3461 4."""
    return _HEX.sub(lambda found: chr(int(found[1], 16)), xtext.strip())


def _blocks(message: Message) -> list[Message]:
    for part in message.walk():
        blocks = part.get_payload()
        if part.get_content_type() == "message/delivery-status" and isinstance(blocks, list):
            return [block for block in blocks if isinstance(block, Message)]
    return []


def _returned(message: Message) -> Message | None:
    """The message that came back, or its headers."""
    for part in message.walk():
        if part is message or part.get_content_type() not in _RETURNED:
            continue
        inner = part.get_payload()
        if isinstance(inner, list) and inner and isinstance(inner[0], Message):
            return inner[0]
        decoded = part.get_payload(decode=True)
        if isinstance(decoded, bytes):
            return BytesParser().parsebytes(decoded, headersonly=True)
    return None


def _action(report: Message) -> str:
    return _header(report, "Action").strip().lower()


def _header(message: Message | None, name: str) -> str:
    """A header as it came: `Message.get` would replace each octet that is no ASCII."""
    if message is None:
        return ""
    found = (value for key, value in message.raw_items() if key.lower() == name.lower())
    octets = str(next(found, "")).encode("utf-8", "surrogateescape")
    return octets.decode("utf-8", "backslashreplace")


def _outcome(report: Message) -> Outcome:
    """The remote server's words, and whether they are about the recipient or about us."""
    enhanced = (_header(report, "Status").split() or [""])[0]
    diagnosis = _DIAGNOSIS.match(_header(report, "Diagnostic-Code"))
    words = one_line((diagnosis["words"] if diagnosis else "").encode())
    code = int(diagnosis["code"]) if diagnosis and diagnosis["code"] else None
    told = words if re.match(r"[245]\.\d+\.\d+", words) else f"{enhanced} {words}"
    reply = verdict(Phase.BOUNCE, code or (450 if enhanced.startswith("4") else 550), told.encode())
    return Outcome(
        status=Status.BOUNCED,
        phase=Phase.BOUNCE,
        aim=Aim.ACCOUNT if reply.aim is Aim.ACCOUNT else Aim.RECIPIENT,
        code=code,
        enhanced=reply.enhanced or enhanced,
        words=reply.words,
    )
