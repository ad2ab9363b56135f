"""Letter → the bytes of an e-mail (RFC 5322, RFC 2045); pure.

The message is written here rather than by `email.message`: the standard library folds headers
differently from one Python to the next, while a letter that is handed over again must be the
same bytes, whatever was upgraded in between. It still has the last word: a test parses every
message back with it.

A value that cannot stand in a header as it is gives a LetterFault. Nothing is mended in silence:
a stripped line break would turn an attack, or a slip in the sheet, into a letter that is sent.
"""

from __future__ import annotations

import binascii
import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import quote

from merge.errors import SettingsError
from merge.mail.addresses import AddressRefused, domain_of, to_wire
from merge.model import Envelope, Letter, LetterFault, Parcel

LONGEST_LINE = 76  # RFC 2047 2 for a line with an encoded word; RFC 5322 2.1.1 wants 78 at most
LONGEST_ENCODED_WORD = 75  # RFC 2047 2

# RFC 2047 5.3: what needs no escape in an encoded word anywhere, a display name included.
_PLAIN_IN_ENCODED_WORD = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/"
)
_LINE_ENDING = re.compile(r"\r\n|\r|\n")


class MailComposer:
    """Writes the letters of one campaign. Fills `merge.campaign.ports.Composer`.

    SettingsError when the sender's own values cannot stand in a header; `column` names which.
    """

    def __init__(
        self,
        *,
        from_name: str,
        from_address: str,
        campaign_id: str,
        reply_to: str = "",
        list_unsubscribe: str | None = None,
    ) -> None:
        self._campaign_id = campaign_id
        self._sender = _setting("from", from_address)
        self._domain = domain_of(self._sender)
        if not _may_stand_in_header(from_name):
            raise SettingsError("sender-name-unprintable", column="name")
        lines = [_from_line(from_name, self._sender)]
        if reply_to:
            lines.append(f"Reply-To: {_setting('reply_to', reply_to)}")
        if list_unsubscribe:
            # RFC 2369 3.2. One click (RFC 8058) needs a web server, which a group has not.
            address = quote(_setting("list_unsubscribe", list_unsubscribe), safe="@")
            lines.append(f"List-Unsubscribe: <mailto:{address}?subject=unsubscribe>")
        self._sender_lines = lines

    def compose(
        self, letter: Letter, *, to: str, wave: int, date: datetime
    ) -> Parcel | LetterFault:
        """The same letter, address, wave and date always give the same bytes.

        `date` must be aware. LetterFault: `address-…` (see `merge.mail.addresses`),
        `subject-unprintable`, `letter-not-text`.
        """
        try:
            recipient = to_wire(to)
        except AddressRefused as refusal:
            return LetterFault(key=letter.key, code=refusal.code, field="email", value=to)
        if not _may_stand_in_header(letter.subject):
            return LetterFault(key=letter.key, code="subject-unprintable", value=letter.subject)
        try:
            text, html = _quoted_printable(letter.text), _quoted_printable(letter.html)
        except UnicodeEncodeError:  # half of a surrogate pair, out of a broken sheet
            return LetterFault(key=letter.key, code="letter-not-text")

        digest = self._digest(letter.key, wave)
        message_id = f"<{digest}@{self._domain}>"
        # Never in a body: quoted-printable writes "=" as "=3D" (RFC 2045 6.7).
        boundary = f"=_{digest}"
        head = "\r\n".join(
            [
                f"Date: {format_datetime(_aware(date))}",
                *self._sender_lines,
                f"To: {recipient}",
                _unstructured_line("Subject", letter.subject),
                f"Message-ID: {message_id}",
                "MIME-Version: 1.0",
                "Content-Type: multipart/alternative;",
                f' boundary="{boundary}"',
                "",
            ]
        ).encode("ascii")
        # RFC 2046 5.1.4: the plainest part first, the one to prefer last.
        data = b"".join(
            [
                head,
                _part(boundary, "plain", text),
                _part(boundary, "html", html),
                f"\r\n--{boundary}--\r\n".encode("ascii"),
            ]
        )
        return Parcel(
            envelope=Envelope(sender=self._sender, recipient=recipient),
            message_id=message_id,
            data=data,
        )

    def _digest(self, key: str, wave: int) -> str:
        # A list in JSON, so that no two triples are written alike.
        named = json.dumps([self._campaign_id, key, wave], ensure_ascii=True)
        return hashlib.sha256(named.encode("ascii")).hexdigest()[:40]


def _setting(name: str, address: str) -> str:
    try:
        return to_wire(address)
    except AddressRefused as refusal:
        fault = refusal.code
    raise SettingsError(fault, column=name, value=address)


def _aware(date: datetime) -> datetime:
    if date.tzinfo is None:
        raise ValueError("a letter's date must be aware")
    return date.replace(microsecond=0)


def _may_stand_in_header(value: str) -> bool:
    """No control character, no line or paragraph separator, no half of a surrogate pair."""
    return not any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in value)


def _from_line(name: str, address: str) -> str:
    if not name.strip():
        return f"From: {address}"
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    line = f'From: "{escaped}" <{address}>'
    if name.isascii() and "=?" not in name and name == name.strip() and len(line) <= LONGEST_LINE:
        return line
    return f"From: {_encoded_words(name, start=len('From: '))}\r\n <{address}>"


def _unstructured_line(name: str, value: str) -> str:
    """RFC 5322 2.2.1. What is plain and short stands as it is, the rest in encoded words."""
    line = f"{name}: {value}"
    if (
        value.isascii()
        and "=?" not in value
        and value == value.strip()
        and len(line) <= LONGEST_LINE
    ):
        return line
    return f"{name}: {_encoded_words(value, start=len(name) + 2)}"


def _encoded_words(value: str, *, start: int) -> str:
    """RFC 2047, the Q encoding: a French subject stays nearly readable in the raw message."""
    words, word, room = [], "", LONGEST_LINE - start
    for piece in _q_pieces(value):
        if word and len(word) + len(piece) + len("=?utf-8?q??=") > min(room, LONGEST_ENCODED_WORD):
            words.append(word)
            word, room = "", LONGEST_LINE - 1
        word += piece
    words.append(word)
    return "\r\n ".join(f"=?utf-8?q?{word}?=" for word in words)


def _q_pieces(value: str) -> Iterator[str]:
    """A piece a character: no encoded word may end within one (RFC 2047 5)."""
    for char in value:
        if char == " ":
            yield "_"
        else:
            yield "".join(
                chr(octet) if octet in _PLAIN_IN_ENCODED_WORD else f"={octet:02X}"
                for octet in char.encode("utf-8")
            )


def _part(boundary: str, subtype: str, body: bytes) -> bytes:
    head = (
        f"\r\n--{boundary}\r\n"
        f"Content-Type: text/{subtype}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n"
        "\r\n"
    )
    return head.encode("ascii") + body


def _quoted_printable(text: str) -> bytes:
    """RFC 2045 6.7: lines of 76 octets at most, CRLF, the last line ended."""
    lines = _LINE_ENDING.sub("\n", text).encode("utf-8")
    # Ended before the encoding: a trailing space is encoded only where a line ending follows.
    ended = lines if lines.endswith(b"\n") else lines + b"\n"
    return binascii.b2a_qp(ended, istext=True).replace(b"\n", b"\r\n")
