"""The bytes of the Internet Printing Protocol: a request, a reply. Pure.

RFC 8010 section 3 is the encoding, RFC 8011 the meaning. This is written here and not taken from a
library: pyipp leaves out in silence every attribute that its table does not name (`print-scaling`
is one), does not tell a connection that was refused from one that was lost after the job had gone,
reads a reply without any limit, and wants twelve packages for it. What we need of the protocol is
this page.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

Value = int | bool | str | bytes
"""What stands in a reply. bytes: a kind of value that nobody here reads."""

VERSION = (1, 1)  # every printer speaks it; 2.0 differs in what is required, not in the bytes
_HEADER = struct.Struct(">BBHI")
_LENGTH = struct.Struct(">H")
_INTEGER = struct.Struct(">i")


class Operation(IntEnum):
    """RFC 8011 5.4.15: what a printer is asked for."""

    PRINT_JOB = 0x0002
    GET_JOB_ATTRIBUTES = 0x0009
    GET_JOBS = 0x000A
    GET_PRINTER_ATTRIBUTES = 0x000B
    CUPS_GET_PRINTERS = 0x4002


class IppTag(IntEnum):
    """RFC 8010 3.5: where a group of attributes begins, and what kind of value follows."""

    OPERATION = 0x01
    JOB = 0x02
    END = 0x03
    PRINTER = 0x04
    INTEGER = 0x21
    BOOLEAN = 0x22
    ENUM = 0x23
    BEGIN_COLLECTION = 0x34
    TEXT_WITH_LANGUAGE = 0x35
    NAME_WITH_LANGUAGE = 0x36
    END_COLLECTION = 0x37
    TEXT = 0x41
    NAME = 0x42
    KEYWORD = 0x44
    URI = 0x45
    CHARSET = 0x47
    LANGUAGE = 0x48
    MIME_TYPE = 0x49


_FIRST_VALUE_TAG = 0x10  # below it a tag begins a group
_LAST_TEXT_TAG = 0x5F  # from 0x40 on: strings of characters

NOT_FOUND = (0x0406, 0x0407)
"""client-error-not-found and -gone (RFC 8011 B.1.3): what was asked about is not there."""

_FIRST_ERROR = 0x0100  # RFC 8011 B.1: below it the request was carried out


class NotIppError(ValueError):
    """The bytes are no reply of a printer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One attribute of a request; several values are written one after the other."""

    name: str
    tag: IppTag
    values: tuple[int | bool | str, ...]


def attribute(name: str, tag: IppTag, *values: int | bool | str) -> Attribute:
    """An attribute, in one short line."""
    return Attribute(name=name, tag=tag, values=values)


Group = Mapping[str, tuple[Value, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class IppResponse:
    """What a printer answered: a status, and groups of attributes under their tags."""

    status: int
    groups: tuple[tuple[int, Group], ...]

    @property
    def is_done(self) -> bool:
        """Whether the printer did what it was asked."""
        return self.status < _FIRST_ERROR

    @property
    def words(self) -> str:
        """The printer's own words about the status, on one line; "" when it has none."""
        for _tag, group in self.groups:
            for text in group.get("status-message", ()):
                return " ".join(str(text).split())
        return ""

    def all_of(self, tag: IppTag) -> list[Group]:
        """The groups under one tag: a list of jobs has many."""
        return [group for found, group in self.groups if found == tag]


def request(
    operation: Operation,
    number: int,
    about: Sequence[Attribute],
    job: Sequence[Attribute] = (),
) -> bytes:
    """A request, to which a document may be appended. `about` follows charset and language."""
    first = (
        attribute("attributes-charset", IppTag.CHARSET, "utf-8"),
        attribute("attributes-natural-language", IppTag.LANGUAGE, "en"),
    )
    groups = [(IppTag.OPERATION, [*first, *about])]
    if job:
        groups.append((IppTag.JOB, [*job]))
    return message(operation, number, groups)


def message(code: int, number: int, groups: Sequence[tuple[IppTag, Sequence[Attribute]]]) -> bytes:
    """A request, or a reply: they differ in what `code` means, an operation or a status."""
    parts = [_HEADER.pack(*VERSION, code, number)]
    for tag, attributes in groups:
        parts.append(bytes([tag]))
        for each in attributes:
            parts += _written(each)
    return b"".join([*parts, bytes([IppTag.END])])


def _written(one: Attribute) -> Iterator[bytes]:
    name = one.name.encode("ascii")
    for value in one.values:
        data = _value(one.tag, value)
        yield bytes([one.tag]) + _LENGTH.pack(len(name)) + name + _LENGTH.pack(len(data)) + data
        name = b""  # a further value of the same attribute


def _value(tag: IppTag, value: int | bool | str) -> bytes:
    if tag is IppTag.BOOLEAN:
        return bytes([bool(value)])
    return value.encode() if isinstance(value, str) else _INTEGER.pack(value)


def reply(data: bytes) -> IppResponse:
    """Read a reply. NotIppError for anything else, however it is cut or twisted."""
    try:
        major, _minor, status, _number = _HEADER.unpack_from(data)
        if not 1 <= major <= 2:
            raise NotIppError(f"version {major}")
        return IppResponse(status=status, groups=tuple(_groups(data)))
    except (struct.error, IndexError) as error:
        raise NotIppError("cut short") from error


def _groups(data: bytes) -> Iterator[tuple[int, Group]]:
    at = _HEADER.size
    group: dict[str, tuple[Value, ...]] | None = None
    name, depth = "", 0  # of collections, whose members nobody here reads
    while (tag := data[at]) != IppTag.END:
        at += 1
        if tag < _FIRST_VALUE_TAG:
            group, name, depth = {}, "", 0  # what a collection left open ends here too
            yield tag, group  # filled before the caller sees the next one
            continue
        label, at = _field(data, at)
        value, at = _field(data, at)
        if group is None:
            raise NotIppError("a value outside any group")
        if tag == IppTag.END_COLLECTION:
            depth = max(depth - 1, 0)
            continue
        depth += tag == IppTag.BEGIN_COLLECTION
        if depth:
            continue
        name = label.decode("utf-8", "replace") or name
        group[name] = (*group.get(name, ()), _read(tag, value))


def _field(data: bytes, at: int) -> tuple[bytes, int]:
    (length,) = _LENGTH.unpack_from(data, at)
    start = at + _LENGTH.size
    if start + length > len(data):
        raise NotIppError("cut short")
    return data[start : start + length], start + length


def _read(tag: int, value: bytes) -> Value:
    if tag in (IppTag.INTEGER, IppTag.ENUM):
        return int(_INTEGER.unpack(value)[0])
    if tag == IppTag.BOOLEAN:
        return value != b"\0"
    if tag in (IppTag.TEXT_WITH_LANGUAGE, IppTag.NAME_WITH_LANGUAGE):
        _language, at = _field(value, 0)
        value, _end = _field(value, at)
        return value.decode("utf-8", "replace")
    if IppTag.TEXT <= tag <= _LAST_TEXT_TAG:
        return value.decode("utf-8", "replace")
    return value
