"""Text as it may travel: the standard library's own reading, and what is remembered."""

from __future__ import annotations

import quopri
import sys
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from merge.mail.encoding import KEPT_PIECES, LONGEST_LINE, QuotedPrintable, may_stand_in_header
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
    ),
    max_size=12,
)


@given(PIECES)
def test_a_body_is_read_as_it_was_written_in_whatever_pieces(pieces: list[str]) -> None:
    text = "".join(pieces)
    body = QuotedPrintable().encoded(Pieced(*pieces))
    *lines, nothing = body.split(b"\r\n")
    assert nothing == b""
    assert all(len(line) <= LONGEST_LINE and line == line.rstrip(b" \t") for line in lines)
    assert not any({0x0A, 0x0D} & set(line) for line in lines)
    unbroken = text.replace("\r\n", "\n").replace("\r", "\n")
    read = quopri.decodestring(body.replace(b"\r\n", b"\n")).decode()
    assert read == (unbroken if unbroken.endswith("\n") else f"{unbroken}\n")


def test_a_sentence_that_ends_after_a_name_begins_no_line_with_a_dot() -> None:
    body = QuotedPrintable().encoded(Pieced("L" * 74, ". Nous"))
    assert body.endswith(b"=\r\n=2E Nous\r\n")


@given(st.lists(PIECES, max_size=4))
def test_what_came_before_never_changes_how_a_body_is_written(bodies: list[list[str]]) -> None:
    one_for_all = QuotedPrintable()
    for pieces in (*bodies, *bodies):
        alone = QuotedPrintable().encoded(Pieced(*pieces))
        assert one_for_all.encoded(Pieced(*pieces)) == alone


def test_letters_of_any_number_of_names_are_written_and_few_remembered() -> None:
    quoting = QuotedPrintable()
    for n in range(2 * KEPT_PIECES):
        assert quoting.encoded(Pieced("É", str(n))) == f"=C3=89{n}\r\n".encode()
    assert len(quoting._known) <= KEPT_PIECES
