"""The bytes of IPP: what is written is what RFC 8010 shows, and junk is told as junk."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merge.paper.ipp import (
    NotIppError,
    Operation,
    Tag,
    attribute,
    message,
    reply,
    request,
)


def test_a_request_is_written_as_the_rfc_shows() -> None:
    """RFC 8010 A.1, its first attributes byte for byte."""
    about = [
        attribute("printer-uri", Tag.URI, "ipp://printer.example.com/ipp/print/pinetree"),
        attribute("job-name", Tag.NAME, "foobar"),
        attribute("ipp-attribute-fidelity", Tag.BOOLEAN, True),
    ]
    job = [
        attribute("copies", Tag.INTEGER, 20),
        attribute("sides", Tag.KEYWORD, "two-sided-long-edge"),
    ]
    assert request(Operation.PRINT_JOB, 1, about, job) == (
        b"\x01\x01\x00\x02\x00\x00\x00\x01\x01"
        b"\x47\x00\x12attributes-charset\x00\x05utf-8"
        b"\x48\x00\x1battributes-natural-language\x00\x02en"
        b"\x45\x00\x0bprinter-uri\x00\x2cipp://printer.example.com/ipp/print/pinetree"
        b"\x42\x00\x08job-name\x00\x06foobar"
        b"\x22\x00\x16ipp-attribute-fidelity\x00\x01\x01"
        b"\x02"
        b"\x21\x00\x06copies\x00\x04\x00\x00\x00\x14"
        b"\x44\x00\x05sides\x00\x13two-sided-long-edge"
        b"\x03"
    )


def test_several_values_of_one_attribute_and_several_groups_are_read() -> None:
    """RFC 8010 A.7: the reply to Get-Jobs has a group for each job, and may have an empty one."""
    data = message(
        0,
        7,
        [
            (Tag.OPERATION, [attribute("status-message", Tag.TEXT, "all\n is  well")]),
            (Tag.JOB, [attribute("job-id", Tag.INTEGER, 147), attribute("x", Tag.ENUM, 3, 4)]),
            (Tag.JOB, []),
        ],
    )
    read = reply(data)
    assert (read.is_done, read.words) == (True, "all is well")
    assert read.all_of(Tag.JOB) == [{"job-id": (147,), "x": (3, 4)}, {}]


def test_what_nobody_here_reads_is_passed_over() -> None:
    collection = (
        b"\x34\x00\x09media-col\x00\x00"
        b"\x4a\x00\x00\x00\x0cmedia-source\x44\x00\x00\x00\x04main\x37\x00\x00\x00\x00"
    )
    named = b"\x36\x00\x08job-name\x00\x09\x00\x02fr\x00\x03Lot"
    resolution = b"\x32\x00\x01r\x00\x09" + bytes(9)
    data = message(0, 1, [(Tag.JOB, [])])[:-1] + collection + named + resolution + b"\x03"
    assert reply(data).all_of(Tag.JOB) == [{"job-name": ("Lot",), "r": (bytes(9),)}]


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"<html>404</html>",
        b"\x01\x01\x00\x00\x00\x00\x00\x01",  # no end
        b"\x01\x01\x00\x00\x00\x00\x00\x01\x21\x00\x01x\x00\x04\x00\x00\x00\x01\x03",  # no group
        b"\x01\x01\x00\x00\x00\x00\x00\x01\x02\x21\x00\x01x\x00\x02\x00\x01\x03",  # half a number
        b"\x01\x01\x00\x00\x00\x00\x00\x01\x02\x41\x7f\xffx",  # longer than all of it
        b"\x01\x01\x00\x00\x00\x00\x00\x01\x02\x36\x00\x01x\x00\x03\x00\x09a\x03",
    ],
)
def test_junk_is_told_as_junk(junk: bytes) -> None:
    with pytest.raises(NotIppError):
        reply(junk)


@given(st.binary(max_size=80), st.booleans())
def test_any_bytes_are_a_reply_or_junk(data: bytes, with_header: bool) -> None:
    with suppress(NotIppError):
        reply(b"\x02\x00\x00\x00\x00\x00\x00\x01\x04" + data if with_header else data)
