"""A number stands in a letter as a French spreadsheet shows it, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from merge.recipients.workbooks.numberformats import BUILT_IN, changes, general, shown, shown_text

NARROW, TIED = "\u202f", "\u00a0"
SOCIAL = '[>=3000000000000]#" "##" "##" "##" "###" "###" | "##;#" "##" "##" "##" "###" "###'


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (223456789, '0#" "##" "##" "##" "##', "02 23 45 67 89"),
        (223456789, '00" "00" "00" "00" "00', "02 23 45 67 89"),
        (223456789, "0#\\ ##\\ ##\\ ##\\ ##", "02 23 45 67 89"),
        (33223456789, '"+"##" "#" "##" "##" "##" "##', "+33 2 23 45 67 89"),
        (1000, "00000", "01000"),
        (75011.0, "00000", "75011"),
        (2850175001000, SOCIAL, "2 85 01 75 001 000"),
        (285017500100018, SOCIAL, "2 85 01 75 001 000 | 18"),
        (1234.5, '#,##0.00\\ "€"', f"1{NARROW}234,50 €"),
        (1234.5, "#,##0.00\\ [$€-40C]", f"1{NARROW}234,50 €"),
        (1234.5, BUILT_IN[44], f"1{NARROW}234,50 €"),
        (-1234.5, BUILT_IN[44], f"-1{NARROW}234,50 €"),
        (0, BUILT_IN[44], "- €"),
        (12, BUILT_IN[37], "12"),
        (0.125, "0.0%", f"12,5{TIED}%"),
        (0.125, "0.0\\ %", "12,5 %"),
        (0.125, BUILT_IN[9], f"13{TIED}%"),
        (1234567, BUILT_IN[3], f"1{NARROW}234{NARROW}567"),
        (12, BUILT_IN[3], "12"),
        (44, "0,000", f"0{NARROW}044"),
        (1234.5, "0", "1235"),
        (2.5, "0", "3"),
        (0.1 + 0.2, "0.0000000000000000", "0,3000000000000000"),
        (1.5, "0.##", "1,5"),
        (12, "0.0?", "12,0"),
        (12, "0.##", "12"),
        (12, '0.##" m"', "12 m"),
        (1234567, '0.0,,"M"', "1,2M"),
        (1234567, '#,##0," k€"', f"1{NARROW}235 k€"),
        (-3, "0", "-3"),
        (-0.001, "0", "0"),
        (-3, "0;(0)", "(3)"),
        (-3, "0;[Red]-0", "-3"),
        (0, '0;-0;"zéro"', "zéro"),
        (0, "0;-0;;@", ""),
        (12, ";;;", ""),
        (12, "[Red][<10]0.0;[Color 3]0.00", "12,00"),
        (9, "[Red][<10]0.0;[Color 3]0.00", "9,0"),
        (2.5, BUILT_IN[12], "2 1/2"),
        (0.5, BUILT_IN[12], "1/2"),
        (3.14159, BUILT_IN[13], "3 14/99"),
        (0.125, "# ?/8", "1/8"),
        (3, '0" ans"', "3 ans"),
        (3, "0\\h", "3h"),
        (7, '"a;b "0', "a;b 7"),
        (2.5, "General", "2,5"),
        (2.5, "", "2,5"),
        (2.5, "@", "2,5"),
        (2.5, 'General" m"', "2,5 m"),
        (1e20, "0", "1" + 20 * "0"),
    ],
)
def test_a_number_is_written_as_its_format_shows_it(value: float, code: str, text: str) -> None:
    assert shown(value, code) == text


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (3, "yyyy"),
        (3, "[h]:mm"),
        (3, "d mmmm"),
        (100000, BUILT_IN[11]),
        (100000, BUILT_IN[48]),
        (-3, "[<10]0;0.0"),
        (3, "[>10]0"),
        (3, "[DBNum1]0"),
        (3, "0.0.0"),
        (3, ".00"),
        (3, "0;0;0;0;0"),
        (3, '"x'),
        (3, "0*"),
        (3, "0" * 300 + "x"),
        (float("nan"), "0.0"),
        (float("inf"), "0.0"),
    ],
)
def test_what_is_not_understood_is_never_made_up(value: float, code: str) -> None:
    assert shown(value, code) is None


def test_a_text_is_shown_with_what_its_format_puts_around_it() -> None:
    assert shown_text("Rennes", '"Mairie de "@') == "Mairie de Rennes"
    assert shown_text("Rennes", BUILT_IN[44]) == "Rennes"
    assert shown_text("Rennes", "00000") == "Rennes"


@pytest.mark.parametrize(
    "code", ["General", "", "@", "yyyy-mm-dd", "[$-40C]d mmmm yyyy", BUILT_IN[14]]
)
def test_a_format_that_shows_all_as_it_is_wants_no_look_at_the_cells(code: str) -> None:
    assert not changes(code)


@pytest.mark.parametrize(
    "code", ["00000", "0", BUILT_IN[44], "[h]:mm", '"Mairie de "@', "0.00E+00", '0" h"']
)
def test_a_format_that_changes_something_is_known(code: str) -> None:
    assert changes(code)


@pytest.mark.parametrize("piece", ["[$", '"', "_", "[h", "0;", "0,", "?/"])
def test_a_code_without_end_keeps_nobody_waiting(piece: str) -> None:
    """A pattern that went to the end from each beginning would take minutes for the first."""
    assert shown(3, piece * 200_000) is None


@given(st.floats(), st.text(st.sampled_from('0#?.,;%@/E+-_*\\"[]$<>=1 €hGeneral'), max_size=12))
def test_no_code_ends_in_an_error(value: float, code: str) -> None:
    text = shown(value, code)
    assert text is None or text == text.strip(" ")


@given(st.floats(-1e14, 1e14))
def test_a_number_without_a_format_keeps_its_fifteen_digits(value: float) -> None:
    assert float(general(value).replace(",", ".")) == pytest.approx(value, rel=1e-14)
