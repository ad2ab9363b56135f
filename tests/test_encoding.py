"""Text as it may travel: the standard library's own reading, and what is remembered."""

from __future__ import annotations

import binascii
import sys
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from merge.mail.encoding import KEPT_BODIES, QuotedPrintable, may_stand_in_header

LINES = st.lists(st.text(max_size=120), max_size=8).map("\n".join)


def test_only_what_can_break_a_header_may_not_stand_in_one() -> None:
    refused = {
        code for code in range(sys.maxunicode + 1) if not may_stand_in_header(f"a{chr(code)}b")
    }
    assert refused == {
        code
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code)) in {"Cc", "Cs", "Zl", "Zp"}
    }


@given(st.lists(LINES, max_size=6))
def test_what_came_before_never_changes_how_a_body_is_written(bodies: list[str]) -> None:
    one_for_all = QuotedPrintable()
    for body in (*bodies, *bodies):
        text = body.replace("\r\n", "\n").replace("\r", "\n")
        ended = text if text.endswith("\n") else f"{text}\n"
        whole = binascii.b2a_qp(ended.encode(), istext=True).replace(b"\n", b"\r\n")
        assert one_for_all.encoded(body) == whole


def test_letters_of_any_number_of_lines_are_written_and_few_remembered() -> None:
    quoting = QuotedPrintable()
    for n in range(1, 3 * KEPT_BODIES):
        assert quoting.encoded("é\n" * n) == b"=C3=A9\r\n" * n
    assert len(quoting._last) <= KEPT_BODIES
