"""A number stands in a letter as a French spreadsheet shows it, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merge.recipients.workbooks.numberformats import (
    BUILT_IN,
    GENERAL,
    changes,
    general,
    shown,
    shown_text,
)
from tests.facts import claims, wrong

FACTS = Path(__file__).with_name("numberformats.txt")


def format_of(called: str) -> str:
    """A code, or that of the built-in format with this number."""
    if not (called.startswith("#") and called[1:].isdigit()):
        return called
    return BUILT_IN.get(int(called[1:]), GENERAL)


def test_a_number_is_written_as_its_format_shows_it_and_never_made_up() -> None:
    def found(value: str, code: str) -> str:
        text = shown(float(value), format_of(code))
        return "?" if text is None else text

    understood, looks, *_in_workbooks = claims(FACTS)
    assert wrong(FACTS, understood, found) == []
    assert wrong(FACTS, looks, lambda code: changes(format_of(code))) == []


def test_a_text_is_shown_with_what_its_format_puts_around_it() -> None:
    assert shown_text("Rennes", '"Mairie de "@') == "Mairie de Rennes"
    assert shown_text("Rennes", BUILT_IN[44]) == "Rennes"
    assert shown_text("Rennes", "00000") == "Rennes"


def test_a_code_without_end_keeps_nobody_waiting() -> None:
    """A pattern that went to the end from each beginning would take minutes for the first."""
    for piece in ("[$", '"', "_", "[h", "0;", "0,", "?/"):
        assert shown(3, piece * 200_000) is None


@given(st.floats(), st.text(st.sampled_from('0#?.,;%@/E+-_*\\"[]$<>=1 €hGeneral'), max_size=12))
def test_no_code_ends_in_an_error(value: float, code: str) -> None:
    text = shown(value, code)
    assert text is None or text == text.strip(" ")


@given(st.floats(-1e14, 1e14))
def test_a_number_without_a_format_keeps_its_fifteen_digits(value: float) -> None:
    assert float(general(value).replace(",", ".")) == pytest.approx(value, rel=1e-14)
