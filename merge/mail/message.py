"""Letter → the bytes of an e-mail (RFC 5322, RFC 2045); pure.

The message is written here rather than by `email.message`: the standard library folds headers
differently from one Python to the next, while a letter that is handed over again must be the
same bytes, whatever was upgraded in between. It still has the last word: a test parses every
message back with it.

What all messages of one shape share is built and checked once, as a skeleton with holes; one
recipient's message fills them.

A value that cannot stand in a header as it is gives a LetterFault. Nothing is mended in silence:
a stripped line break would turn an attack, or a slip in the sheet, into a letter that is sent.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from email.parser import BytesHeaderParser
from email.utils import format_datetime
from functools import lru_cache
from urllib.parse import quote

from merge.errors import LetterError, SettingsError
from merge.mail.addresses import AddressRefused, to_wire
from merge.mail.encoding import (
    Wire,
    file_name,
    may_stand_in_header,
    named_address,
    quoted_printable,
    unstructured,
)
from merge.model import LARGEST_MESSAGE, Enclosure, Envelope, Letter, LetterFault, Message
from merge.outcome import HeldMessage

LONGEST_REFERENCE = 60  # in List-Unsubscribe: a line has 998 octets, and "é" takes six of them
KEPT_ENCLOSURES = 16  # of those that everybody gets
DIGEST = "[0-9a-f]{40}"
"""A regular expression: what stands before the @ of every Message-ID of ours."""


def message_digest(campaign_id: str, key: str, wave: int) -> str:
    """What a letter's Message-ID is made of: of one campaign, recipient and wave, and no other."""
    # A list in JSON, so that no two triples are written alike; a text alone takes half the time.
    named = f"[{json.dumps(campaign_id)}, {json.dumps(key)}, {wave}]"
    return hashlib.sha256(named.encode("ascii")).hexdigest()[:40]


class MailComposer:
    """Writes the letters of one campaign. Fills `merge.campaign.ports.Composer`.

    `files` gives the bytes of an enclosure by its path, None when the file is not there. `as_pdf`
    sets the page that a letter takes along; the same page is always the same bytes.
    SettingsError when the sender's own values cannot stand in a header; `column` names which.

    `list_unsubscribe` is the address that a request for no more letters goes to, and `one_click`
    where a click sends it, with "{reference}" for the recipient's.
    """

    def __init__(
        self,
        *,
        from_name: str,
        from_address: str,
        campaign_id: str,
        reply_to: str = "",
        list_unsubscribe: str | None = None,
        one_click: str = "",
        files: Callable[[str], bytes | None] = lambda path: None,
        as_pdf: Callable[[Letter], bytes] | None = None,
    ) -> None:
        self._campaign_id = campaign_id
        self._files = files
        self._as_pdf = as_pdf
        self._enclosed = lru_cache(KEPT_ENCLOSURES)(self._encoded)
        self._skeletons: dict[tuple[int, int, bool], _Skeleton] = {}
        self._sender = _setting("from", from_address)
        self._domain = self._sender.rpartition("@")[2]
        if not may_stand_in_header(from_name):
            raise SettingsError("sender-name-unprintable", column="name")
        lines = [named_address("From", from_name, self._sender)]
        if reply_to:
            lines.append(f"Reply-To: {_setting('reply_to', reply_to)}")
        self._sender_lines = lines
        self._stops_at = self._stops_by_click = ""
        if list_unsubscribe:
            self._stops_at = quote(_setting("list_unsubscribe", list_unsubscribe), safe="@")
            self._stops_by_click = one_click

    def compose(
        self, letter: Letter, *, to: str, wave: int, date: datetime
    ) -> Message | LetterFault:
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
        if not may_stand_in_header(letter.subject):
            return LetterFault(key=letter.key, code="subject-unprintable", value=letter.subject)
        digest = message_digest(self._campaign_id, letter.key, wave)
        try:
            holes = {
                "date": [_written(date)],
                "whose": [_wire("\r\n".join(self._whose(letter, recipient)))],
                "digest": [Wire(digest.encode("ascii"))],
                "text": quoted_printable(letter.text),
                "html": quoted_printable(letter.html),
            }
            shape = *self._enclose(letter, holes), bool(letter.follows)
            if letter.follows:
                holes["first"] = [_wire(letter.follows)]
        except UnicodeEncodeError:  # half of a surrogate pair, out of a broken sheet
            return LetterFault(key=letter.key, code="letter-not-text")
        except _NotThere as missing:
            return _fault_of("attachment-missing", letter, missing.enclosure)
        data = self._skeleton(shape).filled(holes)
        if len(data) > LARGEST_MESSAGE:
            return _fault_of("message-too-large", letter, *letter.enclosures[-1:])
        return Message(
            envelope=Envelope(sender=self._sender, recipient=recipient),
            message_id=f"<{digest}@{self._domain}>",
            data=data,
        )

    def _whose(self, letter: Letter, recipient: str) -> Iterator[str]:
        """The header lines that are this recipient's own."""
        yield f"To: {recipient}"
        yield unstructured("Subject", letter.subject)
        if not self._stops_at:
            return
        is_short = len(letter.reference) <= LONGEST_REFERENCE
        subject = quote(f"STOP {letter.reference}" if is_short else "STOP")
        mail = f"<mailto:{self._stops_at}?subject={subject}>"
        if not (self._stops_by_click and is_short):
            yield f"List-Unsubscribe: {mail}"  # RFC 2369 3.2
            return
        click = self._stops_by_click.replace("{reference}", quote(letter.key, safe=""))
        yield f"List-Unsubscribe: <{click}>,\r\n {mail}"
        yield "List-Unsubscribe-Post: List-Unsubscribe=One-Click"  # RFC 8058 3.1

    def _enclose(self, letter: Letter, holes: dict[str, list[Wire]]) -> tuple[int, int]:
        """Put what goes with the letter into `holes`; how many pictures and attachments it is."""
        if not (letter.enclosures or letter.attached):
            return 0, 0
        pictures = [self._part(each) for each in letter.enclosures if each.content_id]
        attached = [self._part(each) for each in letter.enclosures if not each.content_id]
        if letter.attached:
            attached.insert(0, self._page(letter.attached))
        for kind, parts in (("picture", pictures), ("attached", attached)):
            holes |= {f"{kind}{i}": [part] for i, part in enumerate(parts)}
        return len(pictures), len(attached)

    def _part(self, enclosure: Enclosure) -> Wire:
        """One enclosure as a part. A recipient's own file may change while a sending waits."""
        return self._enclosed(enclosure) if enclosure.sha256 else self._encoded(enclosure)

    def _page(self, page: Letter) -> Wire:
        """The letter as it is printed, as a part."""
        if self._as_pdf is None:
            raise ValueError("nobody said how a page becomes a PDF")
        return _attachment("application/pdf", page_name(page), self._as_pdf(page))

    def _skeleton(self, shape: tuple[int, int, bool]) -> _Skeleton:
        """A message with so many pictures, so many attachments, and one that it follows or not."""
        pictures, attached, follows = shape
        if shape not in self._skeletons:
            head = _header(
                f"Date: {_hole('date')}",
                *self._sender_lines,
                _hole("whose"),
                f"Message-ID: <{_hole('digest')}@{self._domain}>",
                *([_IN_REPLY_TO, _REFERENCES] if follows else []),
                "MIME-Version: 1.0",
            )
            self._skeletons[shape] = _Skeleton(head + _entity(pictures, attached))
        return self._skeletons[shape]

    def _encoded(self, enclosure: Enclosure) -> Wire:
        """One enclosure as a part. _NotThere without its file."""
        data = self._files(enclosure.path)
        if enclosure.sha256:
            if data is None or hashlib.sha256(data).hexdigest() != enclosure.sha256:
                raise LetterError("letter-file-changed", path=enclosure.path)
        elif data is None:
            raise _NotThere(enclosure)
        return _attachment(enclosure.media_type, enclosure.name, data, enclosure.content_id)


def page_name(page: Letter) -> str:
    """What the file is called that the page of a letter travels in."""
    return re.sub(r"[^\w. -]", "-", page.reference) + ".pdf"


class _NotThere(Exception):
    """A file that only this recipient gets is missing."""

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
    raise SettingsError("own-address-unfit", column=name, value=address, words=fault)


def _written(date: datetime) -> Wire:
    """RFC 5322 3.3, in the zone of the date."""
    if date.utcoffset() is None:
        raise ValueError("a letter's date must be aware")
    return _wire(format_datetime(date))


# --- the skeleton ---------------------------------------------------------------------------------

_HOLE = re.compile(rb"\0(\w+)\0")
# RFC 5322 2.1.1 and 2.2: printable ASCII, folded or not. A hole stands for what is checked alone.
_HEADER_LINE = re.compile(r"[ -~\0]{1,998}(?:\r\n [ -~\0]{1,997})*")


class _Skeleton:
    """The bytes that all messages of one shape share, and the holes between them."""

    def __init__(self, source: bytes) -> None:
        begins, *pieces = _HOLE.split(source)
        self._begins = Wire.checked(begins)
        names = [name.decode("ascii") for name in pieces[::2]]
        self._holes = list(zip(names, map(Wire.checked, pieces[1::2]), strict=True))

    def filled(self, holes: Mapping[str, Sequence[Wire]]) -> Wire:
        pieces = [self._begins]
        for name, follows in self._holes:
            pieces += holes[name]
            pieces.append(follows)
        return Wire.joined(pieces)


def _wire(text: str) -> Wire:
    return Wire.checked(text.encode("ascii"))


def _hole(name: str) -> str:
    """What marks a hole: NUL is in no header and in no encoded body."""
    return f"\0{name}\0"


# RFC 5322 3.6.4: mail programs show the reminder below the letter that it comes back to.
_IN_REPLY_TO = f"In-Reply-To: {_hole('first')}"
_REFERENCES = f"References: {_hole('first')}"


def _header(*lines: str) -> bytes:
    """The lines, each ended. ValueError for what cannot stand in a header."""
    for line in lines:
        if line and not _HEADER_LINE.fullmatch(line):
            raise ValueError(f"no header line: {line!r}")
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def _entity(pictures: int, attached: int) -> bytes:
    """mixed(alternative(plain, related(html, pictures)), attachments), as far as there are any.

    RFC 2046 5.1.4: the plainest part first, the one to prefer last. RFC 2387: the pictures
    beside the part that shows them. No boundary begins like another (RFC 2046 5.1.1), or
    stands in a body: quoted-printable writes "=" as "=3D", and base64 has no "_".
    """
    digest = _hole("digest")
    plain, shown = _text_part("plain", "text"), _text_part("html", "html")
    if pictures:
        beside = (_hole(f"picture{i}").encode("ascii") for i in range(pictures))
        shown = _multipart('related; type="text/html"', f"=_r{digest}", [shown, *beside])
    entity = _multipart("alternative", f"=_{digest}", [plain, shown])
    if attached:
        behind = (_hole(f"attached{i}").encode("ascii") for i in range(attached))
        entity = _multipart("mixed", f"=_m{digest}", [entity, *behind])
    return entity


def _multipart(subtype: str, boundary: str, parts: Iterable[bytes]) -> bytes:
    """A part that holds others, each with its own header (RFC 2046 5.1)."""
    head = _header(f"Content-Type: multipart/{subtype};", f' boundary="{boundary}"')
    between = f"\r\n--{boundary}\r\n".encode("ascii")
    return head + b"".join(between + each for each in parts) + f"\r\n--{boundary}--\r\n".encode()


def _attachment(media_type: str, name: str, data: bytes, content_id: str = "") -> Wire:
    """A file as a part: its header, and base64 (RFC 2045 6.8)."""
    lines = [
        f"Content-Type: {media_type}",
        "Content-Transfer-Encoding: base64",
        f"Content-Disposition: {'inline' if content_id else 'attachment'};",
        file_name(name),
    ]
    if content_id:
        lines.append(f"Content-ID: <{content_id}>")
    body = base64.encodebytes(data).replace(b"\n", b"\r\n")
    return Wire.checked(_header(*lines, "") + body)


def _text_part(subtype: str, hole: str) -> bytes:
    return _header(
        f"Content-Type: text/{subtype}; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable",
        "",
    ) + _hole(hole).encode("ascii")


def held_as(data: bytes) -> HeldMessage:
    """How a mailbox that holds this message, or its headers, names it."""
    headers = BytesHeaderParser().parsebytes(data)

    def one(name: str) -> str:
        return " ".join(str(headers.get(name, "")).split())

    return HeldMessage(message_id=one("Message-ID"), date=one("Date"), to=one("To"))
