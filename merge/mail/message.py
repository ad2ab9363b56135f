"""Letter → the bytes of an e-mail (RFC 5322, RFC 2045); pure.

The message is written here rather than by `email.message`: the standard library folds headers
differently from one Python to the next, while a letter that is handed over again must be the
same bytes, whatever was upgraded in between. It still has the last word: a test parses every
message back with it.

A value that cannot stand in a header as it is gives a LetterFault. Nothing is mended in silence:
a stripped line break would turn an attack, or a slip in the sheet, into a letter that is sent.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from urllib.parse import quote

from merge.errors import LetterError, SettingsError
from merge.mail.addresses import AddressRefused, domain_of, to_wire
from merge.model import LARGEST_MESSAGE, Enclosure, Envelope, Letter, LetterFault, Parcel

KEPT_ENCLOSURES = 16  # encoded once; what everybody gets is always among them
LONGEST_LINE = 76  # RFC 2047 2 for a line with an encoded word; RFC 5322 2.1.1 wants 78 at most
LONGEST_ENCODED_WORD = 75  # RFC 2047 2

# RFC 2047 5.3: what needs no escape in an encoded word anywhere, a display name included.
_PLAIN_IN_ENCODED_WORD = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/"
)
_LINE_ENDING = re.compile(r"\r\n|\r|\n")


class MailComposer:
    """Writes the letters of one campaign. Fills `merge.campaign.ports.Composer`.

    `files` gives the bytes of an enclosure by its path, None when the file is not there.
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
        files: Callable[[str], bytes | None] = lambda path: None,
    ) -> None:
        self._campaign_id = campaign_id
        self._files = files
        self._enclosed = lru_cache(KEPT_ENCLOSURES)(self._encoded)
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
        `subject-unprintable`, `letter-not-text`, `attachment-missing`, `message-too-large`.
        LetterError("letter-file-changed") when a file that everybody gets is no longer what the
        letter was compiled with.
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
        try:
            entity = self._entity(digest, text, html, letter.enclosures)
        except _NotThere as missing:
            return _fault_of("attachment-missing", letter, missing.enclosure)
        head = "\r\n".join(
            [
                f"Date: {format_datetime(_aware(date))}",
                *self._sender_lines,
                f"To: {recipient}",
                _unstructured_line("Subject", letter.subject),
                f"Message-ID: {message_id}",
                "MIME-Version: 1.0",
                "",
            ]
        ).encode("ascii")
        data = head + entity
        if len(data) > LARGEST_MESSAGE:
            return _fault_of("message-too-large", letter, *letter.enclosures[-1:])
        return Parcel(
            envelope=Envelope(sender=self._sender, recipient=recipient),
            message_id=message_id,
            data=data,
        )

    def _entity(
        self, digest: str, text: bytes, html: bytes, enclosures: Sequence[Enclosure]
    ) -> bytes:
        """mixed(alternative(plain, related(html, pictures)), attachments), as far as there are any.

        RFC 2046 5.1.4: the plainest part first, the one to prefer last. RFC 2387: the pictures
        beside the part that shows them. No boundary begins like another (RFC 2046 5.1.1), or
        stands in a body: quoted-printable writes "=" as "=3D", and base64 has no "_".
        """
        plain, shown = _text_part("plain", text), _text_part("html", html)
        pictures = [self._enclosed(each) for each in enclosures if each.content_id]
        if pictures:
            shown = _multipart('related; type="text/html"', f"=_r{digest}", [shown, *pictures])
        entity = _multipart("alternative", f"=_{digest}", [plain, shown])
        attached = [self._enclosed(each) for each in enclosures if not each.content_id]
        return _multipart("mixed", f"=_m{digest}", [entity, *attached]) if attached else entity

    def _encoded(self, enclosure: Enclosure) -> bytes:
        """One enclosure as a part: its header, and base64 (RFC 2045 6.8). _NotThere without it."""
        data = self._files(enclosure.path)
        if enclosure.sha256:
            if data is None or hashlib.sha256(data).hexdigest() != enclosure.sha256:
                raise LetterError("letter-file-changed", path=enclosure.path)
        elif data is None:
            raise _NotThere(enclosure)
        lines = [
            f"Content-Type: {enclosure.media_type}",
            "Content-Transfer-Encoding: base64",
            f"Content-Disposition: {'inline' if enclosure.content_id else 'attachment'};",
            _file_name(enclosure.name),
        ]
        if enclosure.content_id:
            lines.append(f"Content-ID: <{enclosure.content_id}>")
        head = "\r\n".join([*lines, "", ""]).encode("ascii")
        return head + base64.encodebytes(data).replace(b"\n", b"\r\n")

    def _digest(self, key: str, wave: int) -> str:
        # A list in JSON, so that no two triples are written alike.
        named = json.dumps([self._campaign_id, key, wave], ensure_ascii=True)
        return hashlib.sha256(named.encode("ascii")).hexdigest()[:40]


class _NotThere(Exception):
    """A file that only this recipient gets, and that is gone."""

    def __init__(self, enclosure: Enclosure) -> None:
        super().__init__(enclosure.path)
        self.enclosure = enclosure


def _fault_of(code: str, letter: Letter, *enclosures: Enclosure) -> LetterFault:
    """A fault of what goes with the letter: of a cell, if one names it."""
    return LetterFault(
        key=letter.key,
        code=code,
        field="".join(each.column for each in enclosures),
        value="".join(each.name for each in enclosures),
    )


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


def _file_name(name: str) -> str:
    """RFC 2183 2.3; RFC 2231 for a name with accents, or one longer than a line."""
    line = f' filename="{name}"'
    is_plain = name.isascii() and name.isprintable() and not {'"', "\\"} & set(name)
    if is_plain and len(line) <= LONGEST_LINE:
        return line
    pieces = [""]
    for octet in re.findall("%..|.", quote(name, safe="")):
        if len(pieces[-1]) + len(octet) > LONGEST_LINE - len(" filename*10*=utf-8'';"):
            pieces.append("")
        pieces[-1] += octet
    if len(pieces) == 1:
        return f" filename*=utf-8''{pieces[0]}"
    charset = ["utf-8''", *[""] * (len(pieces) - 1)]
    return ";\r\n".join(f" filename*{i}*={charset[i]}{piece}" for i, piece in enumerate(pieces))


def _multipart(subtype: str, boundary: str, parts: Sequence[bytes]) -> bytes:
    """A part that holds others, each with its own header (RFC 2046 5.1)."""
    head = f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n'
    return b"".join(
        [
            head.encode("ascii"),
            *(f"\r\n--{boundary}\r\n".encode("ascii") + part for part in parts),
            f"\r\n--{boundary}--\r\n".encode("ascii"),
        ]
    )


def _text_part(subtype: str, body: bytes) -> bytes:
    head = (
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
