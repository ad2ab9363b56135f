"""The bytes of IPP: what is written is what RFC 8010 shows, and junk is told as junk."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merge.paper.ipp import (
    IppTag,
    NotIppError,
    Operation,
    attribute,
    message,
    reply,
    request,
)


def test_a_request_is_written_as_the_rfc_shows() -> None:
    """RFC 8010 A.1, its first attributes byte for byte."""
    about = [
        attribute("printer-uri", IppTag.URI, "ipp://printer.example.com/ipp/print/pinetree"),
        attribute("job-name", IppTag.NAME, "foobar"),
        attribute("ipp-attribute-fidelity", IppTag.BOOLEAN, True),
    ]
    job = [
        attribute("copies", IppTag.INTEGER, 20),
        attribute("sides", IppTag.KEYWORD, "two-sided-long-edge"),
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


def test_a_question_has_several_values_under_one_name_and_no_empty_group() -> None:
    """RFC 8010 A.7, but for its language and its limit."""
    about = [
        attribute("printer-uri", IppTag.URI, "ipp://printer.example.com/ipp/print/pinetree"),
        attribute("limit", IppTag.INTEGER, 50),
        attribute("requested-attributes", IppTag.KEYWORD, "job-id", "job-name", "document-format"),
    ]
    assert request(Operation.GET_JOBS, 123, about) == (
        b"\x01\x01\x00\x0a\x00\x00\x00\x7b\x01"
        b"\x47\x00\x12attributes-charset\x00\x05utf-8"
        b"\x48\x00\x1battributes-natural-language\x00\x02en"
        b"\x45\x00\x0bprinter-uri\x00\x2cipp://printer.example.com/ipp/print/pinetree"
        b"\x21\x00\x05limit\x00\x04\x00\x00\x00\x32"
        b"\x44\x00\x14requested-attributes\x00\x06job-id"
        b"\x44\x00\x00\x00\x08job-name"
        b"\x44\x00\x00\x00\x0fdocument-format"
        b"\x03"
    )


def test_the_answer_that_the_rfc_shows_is_read() -> None:
    """RFC 8010 A.8: two jobs, and between them one that nobody may know of."""
    answer = reply(
        b"\x01\x01\x00\x00\x00\x00\x00\x7b\x01"
        b"\x47\x00\x12attributes-charset\x00\x05utf-8"
        b"\x48\x00\x1battributes-natural-language\x00\x05en-us"
        b"\x41\x00\x0estatus-message\x00\x0dsuccessful-ok"
        b"\x02"
        b"\x21\x00\x06job-id\x00\x04\x00\x00\x00\x93"
        b"\x36\x00\x08job-name\x00\x0c\x00\x05fr-ca\x00\x03fou"
        b"\x02"
        b"\x02"
        b"\x21\x00\x06job-id\x00\x04\x00\x00\x00\x94"
        b"\x36\x00\x08job-name\x00\x12\x00\x05de-CH\x00\x09isch guet"
        b"\x03"
    )
    assert (answer.is_done, answer.words) == (True, "successful-ok")
    assert answer.all_of(IppTag.JOB) == [
        {"job-id": (147,), "job-name": ("fou",)},
        {},
        {"job-id": (148,), "job-name": ("isch guet",)},
    ]


def test_several_values_of_one_attribute_and_several_groups_are_read() -> None:
    """RFC 8010 A.7: the reply to Get-Jobs has a group for each job, and may have an empty one."""
    data = message(
        0,
        7,
        [
            (IppTag.OPERATION, [attribute("status-message", IppTag.TEXT, "all\n is  well")]),
            (
                IppTag.JOB,
                [attribute("job-id", IppTag.INTEGER, 147), attribute("x", IppTag.ENUM, 3, 4)],
            ),
            (IppTag.JOB, []),
        ],
    )
    read = reply(data)
    assert (read.is_done, read.words) == (True, "all is well")
    assert read.all_of(IppTag.JOB) == [{"job-id": (147,), "x": (3, 4)}, {}]


def test_what_nobody_here_reads_is_passed_over() -> None:
    collection = (
        b"\x34\x00\x09media-col\x00\x00"
        b"\x4a\x00\x00\x00\x0cmedia-source\x44\x00\x00\x00\x04main\x37\x00\x00\x00\x00"
    )
    named = b"\x36\x00\x08job-name\x00\x09\x00\x02fr\x00\x03Lot"
    resolution = b"\x32\x00\x01r\x00\x09" + bytes(9)
    data = message(0, 1, [(IppTag.JOB, [])])[:-1] + collection + named + resolution + b"\x03"
    assert reply(data).all_of(IppTag.JOB) == [{"job-name": ("Lot",), "r": (bytes(9),)}]


def test_words_in_another_encoding_are_read_with_marks_in_their_place() -> None:
    latin = b"\x41\x00\x01\xe9\x00\x05bless\x42\x00\x04name\x00\x02\xe9t"
    named = b"\x36\x00\x08job-name\x00\x06\x00\x00\x00\x02\xe9t"
    data = message(0, 1, [(IppTag.JOB, [])])[:-1] + latin + named + b"\x03"
    marked = {"\ufffd": ("bless",), "name": ("\ufffdt",), "job-name": ("\ufffdt",)}
    assert reply(data).all_of(IppTag.JOB) == [marked]


@pytest.mark.parametrize(
    "twisted",
    [b"\x01\x34\x00\x01c\x00\x00\x02", b"\x02\x37\x00\x00\x00\x00"],
    ids=["begins and does not end", "ends and did not begin"],
)
def test_half_a_collection_takes_no_job_along(twisted: bytes) -> None:
    job = b"\x21\x00\x06job-id\x00\x04\x00\x00\x00\x93\x03"
    read = reply(b"\x01\x01\x00\x00\x00\x00\x00\x01" + twisted + job)
    assert read.all_of(IppTag.JOB) == [{"job-id": (147,)}]


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"<html>404</html>",
        b"\x01\x01\x00\x00\x00\x00\x00\x01",  # no end
        b"\x00\x09\x00\x00\x00\x00\x00\x01\x03",  # versions that there never were
        b"\x03\x00\x00\x00\x00\x00\x00\x01\x03",
        b"\x01\x01\x00\x00\x00\x00\x00\x01\x21\x00\x01x\x00\x04\x00\x00\x00\x01\x03",  # no group
        b"\x01\x01\x00\x00\x00\x00\x00\x01\x02\x21\x00\x01x\x00\x02\x00\x01\x03",  # half a number
        b"\x01\x01\x00\x00\x00\x00\x00\x01\x02\x41\x7f\xffx",  # longer than all of it
        b"\x01\x01\x00\x00\x00\x00\x00\x01\x02\x36\x00\x01x\x00\x03\x00\x09a\x03",
        b"\x01\x01\x00\x00\x00\x00\x00\x01\x02\x36\x00\x01x\x00\x07\x00\x02fr\x00\x09a\x03",
    ],
)
def test_junk_is_told_as_junk(junk: bytes) -> None:
    with pytest.raises(NotIppError):
        reply(junk)


@given(st.binary(max_size=80), st.booleans())
def test_any_bytes_are_a_reply_or_junk(data: bytes, with_header: bool) -> None:
    with suppress(NotIppError):
        reply(b"\x02\x00\x00\x00\x00\x00\x00\x01\x04" + data if with_header else data)
