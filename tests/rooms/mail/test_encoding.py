"""Text as it may travel: the standard library's own reading, and what is remembered."""

from __future__ import annotations

import email.header
import quopri
import re
import sys
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from merge.mail.encoding import (
    KEPT_PIECES,
    LONGEST_ENCODED_WORD,
    LONGEST_LINE,
    Wire,
    _quoted,
    file_name,
    has_whole_lines,
    may_stand_in_header,
    named_address,
    quoted_printable,
    unstructured,
)
from merge.model import Pieced
from tests.facts import claims, wrong

HERE = Path(__file__).with_name("encoding.txt")


def test_only_what_can_break_a_header_may_not_stand_in_one() -> None:
    refused = {
        code for code in range(sys.maxunicode + 1) if not may_stand_in_header(f"a{chr(code)}b")
    }
    assert refused == {
        code
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code)) in {"Cc", "Cs", "Zl", "Zp"}
    }


def test_a_header_says_what_is_plain_and_short_as_it_is_and_encodes_all_else() -> None:
    """What a mail program would read otherwise: beyond ASCII, too long, blank at an end."""
    said: dict[str, Callable[[str], str]] = {
        "a subject": partial(unstructured, "Subject"),
        "a sender": partial(named_address, "From", address="a@b.fr"),
        "the name of a file": file_name,
    }
    assert [line for claim in claims(HERE) for line in wrong(HERE, claim, said[claim])] == []


WORDS = st.lists(st.text("aé€\U0001f600=_?", max_size=90), max_size=9).map(" ".join)


@given(WORDS)
def test_encoded_words_are_full_and_each_is_whole_by_itself(value: str) -> None:
    head, *more = unstructured("Subject", f"É{value}").split("\r\n")
    lines = [head.removeprefix("Subject:"), *more]
    assert len(head) <= LONGEST_LINE
    read = []
    for line, below in zip(lines, [*lines[1:], None], strict=True):
        word = line.removeprefix(" ")
        assert re.fullmatch(r"=\?utf-8\?q\?[!*+\-/=\w]+\?=", word)
        ((octets, charset),) = email.header.decode_header(word)
        assert isinstance(octets, bytes)
        read.append(octets.decode(charset or ""))
        room = min(
            LONGEST_ENCODED_WORD, LONGEST_LINE - (len("Subject: ") if line is lines[0] else 1)
        )
        assert len(word) <= room
        if below is not None:
            escapes = re.match(r" =\?utf-8\?q\?(.(?:(?<==)..(?:=[89AB].)*)?)", below)
            assert escapes is not None
            assert len(word) + len(escapes[1]) > room
    assert "".join(read) == f"É{value}"


def test_a_file_s_name_that_is_long_fills_its_lines() -> None:
    lengths = [len(line) for line in file_name("é" * 90).split("\r\n")]
    assert max(lengths) <= LONGEST_LINE
    assert min(lengths[:-1]) > LONGEST_LINE - len("utf-8''") - len("=C3") - 1


PIECES = st.lists(
    st.text(max_size=90)
    | st.sampled_from(
        ["\n", " ", "é" * 40, "a" * 74, "a" * 75, "a" * 76, ".", "." + "a" * 80, "=", "\t"]
    )
    | st.sampled_from(["\n.", "a\n.b.c\n..\n", "." * 80, "\n" + "." * 77, "a" * 75 + "."]),
    max_size=12,
)


@given(PIECES)
@example(["L" * 74, ". Nous"])
def test_a_body_is_read_as_it_was_written_and_no_line_begins_with_a_dot(pieces: list[str]) -> None:
    text = "".join(pieces)
    body = b"".join(quoted_printable(Pieced(*pieces)))
    *lines, nothing = body.split(b"\r\n")
    assert nothing == b""
    assert all(len(line) <= LONGEST_LINE and line == line.rstrip(b" \t") for line in lines)
    assert not any({0x0A, 0x0D} & set(line) or line.startswith(b".") for line in lines)
    unbroken = text.replace("\r\n", "\n").replace("\r", "\n")
    read = quopri.decodestring(body.replace(b"\r\n", b"\n")).decode()
    assert read == (unbroken if unbroken.endswith("\n") else f"{unbroken}\n")


def those_that_may_travel(octets: list[bytes]) -> list[Wire]:
    fit = []
    for each in octets:
        with suppress(ValueError):
            fit.append(Wire.checked(each))
    return fit


def test_octets_that_smtp_would_read_otherwise_may_not_travel() -> None:
    begin = [b".", b".a", b"a\r\n.b"]
    ends = [b"a\nb", b"a\rb", b"\n", b"\r", b"a\r\nb\n", b"\n\r", b"a\r\r\nb"]
    assert those_that_may_travel(begin + ends) == []


@given(st.lists(st.binary(max_size=6) | st.sampled_from([b"\r\n", b".", b"a.b", b"a\r\nb"])))
def test_octets_that_may_travel_may_do_so_behind_each_other(parts: list[bytes]) -> None:
    wires = those_that_may_travel(parts)
    together = Wire.joined(wires)
    assert has_whole_lines(together)
    assert Wire.checked(together) == b"".join(wires)


@given(st.lists(PIECES, max_size=4))
def test_what_came_before_never_changes_how_a_body_is_written(bodies: list[list[str]]) -> None:
    alone = []
    for pieces in bodies:
        _quoted.cache_clear()
        alone.append(quoted_printable(Pieced(*pieces)))
    assert [quoted_printable(Pieced(*pieces)) for pieces in bodies] == alone


@pytest.mark.parametrize(
    "name", ["{}", "a paragraph for the commune number {}, and no other" + "!" * 60]
)
def test_letters_of_any_number_of_names_are_written_and_few_remembered(name: str) -> None:
    shared = "what the letters of a campaign share: " + "word " * 20
    for n in range(2 * KEPT_PIECES):
        body = b"".join(quoted_printable(Pieced(shared, name.format(n))))
        assert body.replace(b"=\r\n", b"").endswith(f"{name.format(n)}\r\n".encode())
    known = _quoted.cache_info()
    quoted_printable(shared)
    assert _quoted.cache_info().hits == known.hits + 1
    assert known.currsize <= KEPT_PIECES
