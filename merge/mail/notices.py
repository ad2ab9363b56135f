"""A delivery status notification (RFC 3464) → the bounce it tells of; pure.

Only what says of itself that it is one is read: `multipart/report; report-type=delivery-status`.
It counts by its Action, not by its status: mail that waited too long is `failed` with a 4.x.x.
What servers write is often not what the standard asks for: the action has a comment or another
ending, blocks are not parted, the boundary is not the one that is announced.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from email.message import Message
from email.parser import BytesParser
from typing import Literal

from merge.mail.plaintext import BROKEN, no_collections
from merge.mail.verdict import one_line, verdict
from merge.model import Status
from merge.outcome import Aim, Bounce, Outcome, Phase, written_in

Fate = Literal["failed", "delayed", "arrived"]
_MESSAGE_ID = re.compile(r"<[^<>@\s]+@[^<>\s]+>")
_DIAGNOSIS = re.compile(
    r"\s*(?:(?P<type>[\w-]+)\s*;)?\s*(?:(?P<code>[245]\d\d)[ -])?(?P<words>.*)", re.DOTALL
)
_HEX = re.compile(r"\+([0-9A-F]{2})")  # of xtext, RFC 3461 4
_FEEDBACK = "message/feedback-report"
_RETURNED = ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers")
# As servers write them: with a space before the colon, and with any case.
_FIELD = re.compile(
    r"(action|status|[a-z]{1,20}(?:-[a-z]{1,20}){1,4})[ \t]*:[ \t]*(.*)", re.IGNORECASE
)
_FATES: Mapping[str, Fate] = {
    **dict.fromkeys(("failed", "failure", "fail", "expired", "error"), "failed"),
    **dict.fromkeys(("delayed", "delay"), "delayed"),
    **dict.fromkeys(("delivered", "relayed", "expanded"), "arrived"),
}
_BY_CLASS: Mapping[str, Fate] = {"5": "failed", "2": "arrived"}
"""By the status, where no known action stands beside it; 4.x.x fails in the end, or not yet."""
_LONGEST_FIELD = 4_000
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")

Block = Mapping[str, str]
"""Fields by their names, in lower case."""


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
    failed = next((each for each in _blocks(message) if _fate(each) == "failed"), None)
    if failed is None:
        return None
    returned = _returned(message)
    ids = (
        _MESSAGE_ID.findall(_header(returned, "Message-ID"))
        or _MESSAGE_ID.findall(f"<{_envelope_id(message)}>")
        or _MESSAGE_ID.findall(_header(message, "References") + _header(message, "In-Reply-To"))
    )
    final = _recipient(failed, "final-recipient")
    to = _header(returned, "To") or _recipient(failed, "original-recipient")
    return Bounce(
        message_id=ids[-1] if ids else "",
        to=one_line((to if ids else to or final).encode()),
        at=at,
        outcome=_outcome(failed),
        final=one_line(final.encode()) if "@" in final else "",
    )


def delayed(message: Message) -> bool:
    """Whether a notification says that a server still tries."""
    return any(_fate(each) == "delayed" for each in _blocks(message))


def arrived(message: Message) -> bool:
    """Whether the next server has it, says a notification of everybody (RFC 3464 2.3.3)."""
    about = [each for each in _blocks(message) if _is_about_somebody(each)]
    return bool(about) and all(_fate(each) == "arrived" for each in about)


def complaint_about(message: Message) -> tuple[str, tuple[str, ...]] | None:
    """What a complaint says that it is (RFC 5965 3.1), and the addresses that it names; None: none.

    That a mail is no spam is no complaint, nor is a failed check of its signature (RFC 6430, 6591).
    """
    report = next((p for p in message.walk() if p.get_content_type() == _FEEDBACK), None)
    if report is None and reports(message) != "feedback-report":
        return None
    told: dict[str, str] = {}
    for block in _parted(_as_written(report)) if report else ():
        told |= block
    kind = told.get("feedback-type", "").strip().lower()
    if kind in ("not-spam", "auth-failure"):
        return None
    named = (told.get(name, "") for name in ("original-rcpt-to", "removal-recipient"))
    to = _header(_returned(message), "To")
    addresses = written_in(", ".join((*named, to)))
    return kind or "other", tuple(sorted(each for each in addresses if "@" in each))


def is_rejection(message: Message) -> bool:
    """Whether what calls itself a reading receipt is a refusal, as Dovecot writes it (RFC 5429)."""
    return "rejected" in _header(message, "Auto-Submitted").lower()


def _fate(block: Block) -> Fate | None:
    word = re.match(r"[a-z]*", block.get("action", "").strip().lower())
    known = _FATES.get(word[0]) if word else None
    return known or _BY_CLASS.get(_enhanced(block)[:1])


def _enhanced(block: Block) -> str:
    found = _ENHANCED.match(block.get("status", "").strip())
    return found[0] if found else ""


def _is_about_somebody(block: Block) -> bool:
    return any(name in block for name in ("final-recipient", "original-recipient", "action"))


def _envelope_id(message: Message) -> str:
    """The Message-ID as it went along on the envelope (RFC 3464 2.2.1); "" where it is not told."""
    told = (
        each["original-envelope-id"] for each in _blocks(message) if "original-envelope-id" in each
    )
    return _plain(next(told, ""))


def _recipient(block: Block, name: str) -> str:
    """The address as we wrote it on the envelope, or as it was tried last (RFC 3464 2.3.1, 2.3.2);
    "" where it is not told."""
    kind, parted, address = block.get(name, "").partition(";")
    if not parted:
        return _plain(kind).strip("<>")
    return _plain(address).strip("<>") if kind.strip().lower() in ("rfc822", "rfc/822") else ""


def _plain(xtext: str) -> str:
    """What went along in the form of RFC 3461 4."""
    return _HEX.sub(lambda found: chr(int(found[1], 16)), xtext.strip())


def _blocks(message: Message) -> list[Block]:
    """The blocks of the machine-readable part: one about the message, one for each recipient.

    Where no part is one, for its boundary is missing or another one, they stand amid the text.
    """
    parts = list(message.walk())
    found = [
        block
        for part in parts
        if part.get_content_type() == "message/delivery-status"
        for block in _parted(_as_written(part))
    ]
    if any(_is_about_somebody(block) for block in found):
        return found
    whole = (part.get_payload() for part in parts)
    amid = [block for text in whole if isinstance(text, str) for block in _parted(text)]
    if any(_fate(block) and "final-recipient" in block for block in amid):
        return found + amid
    return found


def _as_written(part: Message) -> str:
    """The part's text: the parser ends a block at the first line that is no header to it."""
    inner = part.get_payload()
    if not isinstance(inner, list):
        return str(inner or "")
    blocks = (block for block in inner if isinstance(block, Message))
    return "\n\n".join(
        "\n".join(
            [f"{name}: {_shown(value)}" for name, value in block.raw_items()]
            + [str(block.get_payload() or "")]
        )
        for block in blocks
    )


def _parted(text: str) -> list[Block]:
    blocks: list[dict[str, str]] = [{}]
    name = ""
    for line in text.splitlines():
        field = _FIELD.match(line)
        if not line.strip():
            name = ""
            if blocks[-1]:
                blocks.append({})
        elif field:
            name = field[1].lower()
            blocks[-1].setdefault(name, field[2])
        elif name and len(blocks[-1][name]) < _LONGEST_FIELD:
            blocks[-1][name] += f"\n{line.strip()}"  # folded, or words that should have been
    return [block for block in blocks if block]


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


def _header(message: Message | None, name: str) -> str:
    """A header as it came: `Message.get` would replace each octet that is no ASCII."""
    if message is None:
        return ""
    found = (value for key, value in message.raw_items() if key.lower() == name.lower())
    return _shown(next(found, ""))


def _shown(value: object) -> str:
    return str(value).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _outcome(block: Block) -> Outcome:
    """The remote server's words, and whether they are about the recipient or about us."""
    enhanced = _enhanced(block)
    diagnosis = _DIAGNOSIS.match(block.get("diagnostic-code", ""))
    words = one_line((diagnosis["words"] if diagnosis else "").encode())
    code = int(diagnosis["code"]) if diagnosis and diagnosis["code"] else None
    told = words if _ENHANCED.match(words) else f"{enhanced} {words}"
    reply = verdict(Phase.BOUNCE, code or (450 if enhanced.startswith("4") else 550), told.encode())
    return Outcome(
        status=Status.BOUNCED,
        phase=Phase.BOUNCE,
        aim=Aim.ACCOUNT if reply.aim is Aim.ACCOUNT else Aim.RECIPIENT,
        code=code,
        enhanced=reply.enhanced or enhanced,
        words=reply.words,
    )
