"""Text encoded for a mail: in a header (RFC 2047, RFC 2231) and in a body (RFC 2045); pure.

All of it is ASCII in lines of 76 octets at most. The standard library folds headers differently
from one Python to the next; a letter that is handed over again must be the same bytes.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Self
from urllib.parse import quote

from merge.model import Pieced

LONGEST_LINE = 76  # RFC 2047 2 for a line with an encoded word; RFC 5322 2.1.1 wants 78 at most
LONGEST_ENCODED_WORD = 75  # RFC 2047 2

KEPT_PIECES = 4_096  # of letters: what they share, and the names that came last

# RFC 2047 5.3: what needs no escape in an encoded word anywhere, a display name included.
_PLAIN_IN_ENCODED_WORD = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/"
)
_AROUND_ENCODED_WORD = len("=?utf-8?q??=")
# Unicode's Cc, Cs, Zl and Zp.
_NOT_IN_HEADER = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_LINE_ENDING = re.compile(r"\r\n|\r")


class Wire(bytes):
    """Octets that SMTP may send as they are: CRs and LFs only as CRLF, no line begins with a dot.

    RFC 5321 2.3.8 and 4.5.2. The first line begins with none either, so it stays so wherever some
    are put one behind the other: what letters share is checked once, and not again when it is sent.
    """

    @classmethod
    def checked(cls, octets: bytes) -> Self:
        """The octets, checked. ValueError when SMTP may not send them as they are."""
        has_lines = b"\n" in octets or b"\r" in octets
        if octets.startswith(b".") or (
            has_lines and (b"\r\n." in octets or not has_whole_lines(octets))
        ):
            raise ValueError("SMTP may not send these octets as they are")
        return cls(octets)

    @classmethod
    def joined(cls, parts: Iterable[Self]) -> Self:
        """The parts, one behind the other."""
        return cls(b"".join(parts))


def has_whole_lines(octets: bytes) -> bool:
    """Whether each CR and each LF is half of a CRLF; the last line may go on."""
    lines = b"".join(octets.split(b"\r\n"))
    return b"\r" not in lines and b"\n" not in lines


# --- headers --------------------------------------------------------------------------------------


def may_stand_in_header(value: str) -> bool:
    """No control character, no line or paragraph separator, no half of a surrogate pair."""
    return _NOT_IN_HEADER.search(value) is None


def named_address(header: str, name: str, address: str) -> str:
    """A header line with one address (RFC 5322 3.4), and the name that mail programs show."""
    if not name.strip():
        return f"{header}: {address}"
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    line = f'{header}: "{escaped}" <{address}>'
    if _is_plain(name) and len(line) <= LONGEST_LINE:
        return line
    return f"{header}: {_encoded_words(name, start=len(header) + 2)}\r\n <{address}>"


def unstructured(header: str, value: str) -> str:
    """RFC 5322 2.2.1. What is plain and short stands as it is, the rest in encoded words."""
    line = f"{header}: {value}"
    if _is_plain(value) and len(line) <= LONGEST_LINE:
        return line
    return f"{header}: {_encoded_words(value, start=len(header) + 2)}"


def _is_plain(value: str) -> bool:
    return value.isascii() and "=?" not in value and value == value.strip()


def _encoded_words(value: str, *, start: int) -> str:
    """RFC 2047, the Q encoding: a French subject stays nearly readable in the raw message.

    No encoded word ends within a character (RFC 2047 5).
    """
    words, word = [], ""
    room = min(LONGEST_LINE - start, LONGEST_ENCODED_WORD) - _AROUND_ENCODED_WORD
    for piece in map(_in_q, value):
        if word and len(word) + len(piece) > room:
            words.append(word)
            word, room = "", LONGEST_ENCODED_WORD - _AROUND_ENCODED_WORD
        word += piece
    return "\r\n ".join([f"=?utf-8?q?{each}?=" for each in (*words, word)])


@lru_cache(1_000)
def _in_q(char: str) -> str:
    if char == " ":
        return "_"
    return "".join(
        chr(octet) if octet in _PLAIN_IN_ENCODED_WORD else f"={octet:02X}"
        for octet in char.encode("utf-8")
    )


def file_name(name: str) -> str:
    """The parameter of a Content-Disposition, RFC 2183 2.3.

    RFC 2231 for a name with accents, or one longer than a line.
    """
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


# --- bodies ---------------------------------------------------------------------------------------


def quoted_printable(text: str) -> list[Wire]:
    """A body in quoted-printable (RFC 2045 6.7), in pieces, which no relay needs to recode.

    Lines of 76 octets at most, CRLF, the last one ended. UnicodeEncodeError for half of a
    surrogate pair.

    8bit would be shorter, but a server that has to turn it into 7bit breaks its signature (RFC
    6376 5.3). What the letters of a campaign share is encoded once: each piece of a text is
    encoded by itself, and a soft line break parts two that do not fit on one line.
    """
    pieces = text.pieces if isinstance(text, Pieced) else (text,)
    if "\r" in text:
        pieces = (_LINE_ENDING.sub("\n", text),)
    body: list[Wire] = []
    write = body.append
    column = 0
    for octets, begins, ends in map(_quoted, pieces):
        if column + begins > _COLUMNS and column:
            write(_SOFT_BREAK)
            column = 0
        write(octets)
        column = ends if ends >= 0 else column + begins
    if not text.endswith(("\n", "\r")):
        write(_CRLF)
    return body


@lru_cache(KEPT_PIECES)
def _quoted(piece: str) -> _Quoted:
    # A space at its end is encoded: nobody knows yet whether a line ends there. A dot at its
    # beginning is, too: where a line begins SMTP would have to double it (RFC 5321 4.5.2).
    has_dot = piece.startswith(".")
    source = f"{_ROOM_FOR_DOT}{piece[1:]}" if has_dot else piece
    octets = binascii.b2a_qp(source.encode(), istext=True)
    if len(octets) < LONGEST_LINE and b"\n" not in octets and not has_dot:
        return Wire(octets), len(octets), -1  # a name, as nearly all that letters do not share
    octets = octets.replace(b"\n", b"\r\n")
    if b"\r\n." in octets:
        octets = _without_dots(source)
    if has_dot:
        octets = _DOT + octets[len(_DOT) :]
    last = len(octets) - octets.rfind(b"\n") - 1
    if last == LONGEST_LINE:  # no room to say: it goes on
        end = octets[-1:].replace(b".", _DOT)
        octets = octets[:-1] + _SOFT_BREAK + end
        last = len(end)
    first = octets.find(b"\r\n")
    return Wire.checked(octets), *((first, last) if first >= 0 else (last, -1))


def _without_dots(source: str) -> bytes:
    """Quoted-printable in which each dot is encoded, as one has to be where a line begins with it.

    It is longer then, so each is a control character while the lines are made, which is encoded
    at the same length.
    """
    place = next(iter(_CONTROLS - set(source)))  # no text has all of them
    octets = binascii.b2a_qp(source.replace(".", place).encode(), istext=True)
    return octets.replace(b"=%02X" % ord(place), _DOT).replace(b"\n", b"\r\n")


_Quoted = tuple[Wire, int, int]
"""A piece, the length of its first line, and of its last one; -1 where that is the first."""

_COLUMNS = LONGEST_LINE - len("=")  # a line that goes on says so at its end
_SOFT_BREAK, _CRLF = Wire.checked(b"=\r\n"), Wire.checked(b"\r\n")
_DOT = b"=2E"
_ROOM_FOR_DOT = "dot"  # as long as what it stands for
_CONTROLS = frozenset(map(chr, range(1, 9)))
