"""Text as it may travel: the standard library's own reading, and what is remembered."""

from __future__ import annotations

import quopri
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merge.mail.encoding import (
    KEPT_PIECES,
    LONGEST_LINE,
    Wire,
    _remembered,
    has_whole_lines,
    may_stand_in_header,
    quoted_printable,
)
from merge.model import Pieced


def test_only_what_can_break_a_header_may_not_stand_in_one() -> None:
    refused = {
        code for code in range(sys.maxunicode + 1) if not may_stand_in_header(f"a{chr(code)}b")
    }
    assert refused == {
        code
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code)) in {"Cc", "Cs", "Zl", "Zp"}
    }


PIECES = st.lists(
    st.text(max_size=90)
    | st.sampled_from(
        ["\n", " ", "é" * 40, "a" * 74, "a" * 75, "a" * 76, ".", "." + "a" * 80, "=", "\t"]
    )
    | st.sampled_from(["\n.", "a\n.b.c\n..\n", "." * 80, "\n" + "." * 77, "a" * 75 + "."]),
    max_size=12,
)


@given(PIECES)
def test_a_body_is_read_as_it_was_written_in_whatever_pieces(pieces: list[str]) -> None:
    text = "".join(pieces)
    body = b"".join(quoted_printable(Pieced(*pieces)))
    *lines, nothing = body.split(b"\r\n")
    assert nothing == b""
    assert all(len(line) <= LONGEST_LINE and line == line.rstrip(b" \t") for line in lines)
    assert not any({0x0A, 0x0D} & set(line) for line in lines)
    unbroken = text.replace("\r\n", "\n").replace("\r", "\n")
    read = quopri.decodestring(body.replace(b"\r\n", b"\n")).decode()
    assert read == (unbroken if unbroken.endswith("\n") else f"{unbroken}\n")


@given(PIECES)
def test_a_body_needs_no_dot_stuffing(pieces: list[str]) -> None:
    body = b"".join(quoted_printable(Pieced(*pieces)))
    assert not body.startswith(b".")
    assert b"\n." not in body


@pytest.mark.parametrize(
    "octets",
    [b".", b".a", b"a\r\n.b", b"a\nb", b"a\rb", b"\n", b"\r", b"a\r\nb\n", b"\n\r", b"a\r\r\nb"],
)
def test_octets_that_smtp_would_read_otherwise_may_not_travel(octets: bytes) -> None:
    with pytest.raises(ValueError, match="may not travel"):
        Wire.checked(octets)


@given(st.lists(st.binary(max_size=6) | st.sampled_from([b"\r\n", b".", b"a.b", b"a\r\nb"])))
def test_octets_that_may_travel_may_do_so_behind_each_other(parts: list[bytes]) -> None:
    wires = []
    for part in parts:
        try:
            wires.append(Wire.checked(part))
        except ValueError:
            continue
    together = Wire.joined(wires)
    assert has_whole_lines(together)
    assert Wire.checked(together) == b"".join(wires)


def test_a_sentence_that_ends_after_a_name_begins_no_line_with_a_dot() -> None:
    body = b"".join(quoted_printable(Pieced("L" * 74, ". Nous")))
    assert body.endswith(b"=\r\n=2E Nous\r\n")


@given(st.lists(PIECES, max_size=4))
def test_what_came_before_never_changes_how_a_body_is_written(bodies: list[list[str]]) -> None:
    alone = []
    for pieces in bodies:
        _remembered.clear()
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
    assert shared in _remembered
    assert len(_remembered) <= KEPT_PIECES
