"""Claims about where the window of the envelope puts what stands on the page."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import pytest

from merge.errors import LetterError
from merge.french.postal import CHARACTERS
from merge.model import Channel, Letter, Recipient, Slotted
from merge.paper.fonts import refuse_wide
from merge.paper.measuring import flaws
from merge.paper.runs import Maker, Setup
from merge.paper.window import (
    LEAST_HEIGHT_MM,
    LEAST_WIDTH_MM,
    PROFILES,
    Area,
    Window,
    line_mm,
    rules,
)
from tests.pages import RETURN_ADDRESS, need_pages, run_of
from tests.rooms.paper.test_page import campaigns_letter, everyone

OWN = {
    "in the middle": Window(left_mm=60, top_mm=60, width_mm=90, height_mm=30),
    "as small as may be": Window(
        left_mm=110, top_mm=50, width_mm=LEAST_WIDTH_MM, height_mm=LEAST_HEIGHT_MM
    ),
    "low": Window(left_mm=20, top_mm=110, width_mm=90, height_mm=45),
}
WINDOWS = {**PROFILES, **OWN}
ADDRESSES = [("W" * CHARACTERS,) * count for count in range(2, 7)]
OF_ACCENTS = ("Ég" * (CHARACTERS // 2),) * 6


def test_the_french_window_is_what_the_norm_and_the_folds_leave_of_it() -> None:
    """The window of 35 x 100 mm, 20 mm from two edges, slips over a sheet of 99 x 210 mm."""
    window = PROFILES["nf-right"]
    assert window.always == Area(left_mm=100, top_mm=55, right_mm=190, bottom_mm=79)
    assert window.sometimes == Area(left_mm=90, top_mm=44, right_mm=200, bottom_mm=90)


@pytest.mark.parametrize("name", ["sn-left", "sn-right"])
def test_a_swiss_sheet_slips_as_far_as_its_envelope_lets_it(name: str) -> None:
    """A sheet of 105 x 210 mm in the middle of a C6/5, 114 x 229 mm (ISO 269)."""
    window = PROFILES[name]
    assert (window.play_across_mm, window.play_down_mm) == ((229 - 210) / 2, (114 - 105) / 2)


@pytest.mark.parametrize(("name", "right_mm"), [("sn-left-c5", 109), ("sn-right-c5", 12)])
def test_a_swiss_c5_shows_the_address_wherever_the_sheet_slips(name: str, right_mm: int) -> None:
    """A window of 45 x 100 mm, 65 mm from the bottom of 162 x 229 mm; a sheet of 148.5 x 210 mm."""
    left_mm, top_mm = 229 - right_mm - 100, 162 - 65 - 45
    across_mm, down_mm = 229 - 210, 162 - 148.5
    window = PROFILES[name]
    assert window.always == Area(
        left_mm=left_mm,
        top_mm=top_mm,
        right_mm=left_mm + 100 - across_mm,
        bottom_mm=top_mm + 45 - down_mm,
    )
    assert window.sometimes == Area(
        left_mm=left_mm - across_mm,
        top_mm=top_mm - down_mm,
        right_mm=left_mm + 100,
        bottom_mm=top_mm + 45,
    )


def test_a_c6_shows_the_address_on_a_folded_a5_wherever_it_slips() -> None:
    """A window of 45 x 90 mm, 20 mm from the left and 15 from the bottom of 114 x 162 mm."""
    left_mm, top_mm = 20, 114 - 15 - 45
    across_mm, down_mm = 162 - 148, 114 - 105
    window = PROFILES["din-c6"]
    assert window.folds_mm == (210 / 2,)
    assert window.always == Area(
        left_mm=left_mm,
        top_mm=top_mm,
        right_mm=left_mm + 90 - across_mm,
        bottom_mm=top_mm + 45 - down_mm,
    )
    assert window.sometimes == Area(
        left_mm=left_mm - across_mm,
        top_mm=top_mm - down_mm,
        right_mm=left_mm + 90,
        bottom_mm=top_mm + 45,
    )


def test_a_number_10_shows_the_address_on_a_sheet_of_us_letter_wherever_it_slips() -> None:
    """1 1/8 x 4 1/2 in, 7/8 in from the left and 1/2 from the bottom of 4 1/8 x 9 1/2 in."""
    window, inch = PROFILES["us-10"], 25.4
    left, top = 7 / 8, 4 + 1 / 8 - 1 / 2 - (1 + 1 / 8)
    across, down = 9.5 - 8.5, 4 + 1 / 8 - 4
    assert [fold / inch for fold in window.folds_mm] == pytest.approx([4, 8])
    shown = window.always, window.sometimes
    slips = ((0, -across, 0, -down), (-across, 0, -down, 0))
    for area, (first, last, above, below) in zip(shown, slips, strict=True):
        assert area.left_mm == pytest.approx((left + first) * inch)
        assert area.right_mm == pytest.approx((left + 4.5 + last) * inch)
        assert area.top_mm == pytest.approx((top + above) * inch)
        assert area.bottom_mm == pytest.approx((top + 1.125 + below) * inch)


def test_text_stands_off_the_margins_as_far_as_its_lines_would_be_too_long() -> None:
    margins = {name: css(PROFILES[name], "html") for name in ("nf-right", "din-c6", "us-10")}
    assert margins == {
        "nf-right": ["--text-margin: 10mm }"],
        "din-c6": ["--text-margin: 0mm }"],
        "us-10": ["--text-margin: 12.95mm }"],
    }


def test_an_address_stands_off_the_edge_of_a_wide_window_as_far_as_the_sheet_slips() -> None:
    """The longest line of it: what the left edge of the window may hide is empty."""
    assert ".window { position: absolute; left: 9.5mm;" in rules(
        PROFILES["sn-left"], fold_marks=False
    )


def css(window: Window, selector: str, *, fold_marks: bool = False) -> list[str]:
    found = rules(window, fold_marks=fold_marks).splitlines()
    return [line.partition(" { ")[2] for line in found if line.startswith(f"{selector} {{")]


def test_the_sender_stands_beside_the_window_where_there_is_room_and_all_else_below_it() -> None:
    assert css(PROFILES["nf-right"], ".sender") == ["margin-left: 0mm; width: 68mm }"]
    assert css(PROFILES["sn-left"], ".sender") == ["margin-left: 111.5mm; width: 58.5mm }"]
    assert css(PROFILES["din"], ".sender") == ["margin-left: 95mm; width: 75mm }"]
    least = Window(left_mm=72, top_mm=50, width_mm=90, height_mm=30)
    assert css(least, ".sender") == ["margin-left: 0mm; width: 45mm }"]
    assert css(dataclasses.replace(least, left_mm=71.9), ".sender") == []
    assert css(PROFILES["nf-right"], ".head") == ["min-height: 72mm }"]


def test_the_lines_of_an_address_share_a_low_window_and_stand_in_the_middle_of_it() -> None:
    below = ".window div:first-child:nth-last-child"
    assert '10pt/3.83mm "Publipostage Mono"' in css(PROFILES["nf-right"], ".window")[0]
    assert css(PROFILES["nf-right"], f"{below}(6)") == ["padding-top: 0.7mm }"]
    assert '9.5pt/4.2mm "Publipostage Mono"' in css(PROFILES["din"], ".window")[0]
    assert css(PROFILES["din"], f"{below}(1)") == ["padding-top: 18.1mm }"]


def with_return_address(window: Window) -> Window:
    return dataclasses.replace(window, return_address=RETURN_ADDRESS)


def test_a_return_address_stands_at_the_top_and_the_address_in_what_it_leaves() -> None:
    (line,) = css(with_return_address(PROFILES["din"]), ".window::before")
    assert "35000\\20 Rennes" in line
    assert "font: 7pt/3.2mm" in line
    below = ".window div:first-child:nth-last-child"
    assert css(PROFILES["din"], f"{below}(3)") == ["padding-top: 13.9mm }"]
    assert css(with_return_address(PROFILES["din"]), f"{below}(3)") == ["padding-top: 12.3mm }"]
    assert css(PROFILES["din"], ".window::before") == []


def test_six_lines_below_a_return_address_are_smaller_where_the_window_is_low() -> None:
    six = ".window:has(div:nth-child(6))"
    assert css(with_return_address(PROFILES["nf-right"]), six) == [
        "font-size: 9pt; line-height: 3.38mm }"
    ]
    assert css(PROFILES["nf-right"], six) == []
    assert css(with_return_address(PROFILES["din"]), six) == []


@pytest.mark.parametrize("window", WINDOWS.values(), ids=WINDOWS)
def test_a_return_address_is_refused_where_no_line_of_the_window_holds_it(window: Window) -> None:
    """“i” is 0.278 em wide in the face of the text."""
    fitting = int(line_mm(window) / (569 / 2048 * 7 * 25.4 / 72))
    refuse_wide(dataclasses.replace(window, return_address="i" * fitting), "campaign.toml")
    wide = dataclasses.replace(window, return_address="i" * (fitting + 1))
    with pytest.raises(LetterError) as refused:
        refuse_wide(wide, "campaign.toml")
    assert (refused.value.code, refused.value.path) == ("return-address-wide", "campaign.toml")
    room_mm, width_mm = (int(str(refused.value.facts[n])) for n in ("room_mm", "width_mm"))
    assert room_mm < width_mm


def test_the_marks_of_the_folds_are_thin_lines_in_the_margin_where_they_are_wanted() -> None:
    assert css(PROFILES["nf-right"], "body::before") == []
    mark = (
        'content: ""; position: absolute; left: -15mm; top: %smm; width: 4mm; '
        "border-top: 0.2mm solid #666 }"
    )
    window = PROFILES["din"]
    first, second = "body::before", ".head::after"
    assert css(window, first, fold_marks=True) == [mark % "84.9"]
    assert css(window, second, fold_marks=True) == [mark % "189.9"]
    one = dataclasses.replace(window, folds_mm=(105,))
    assert css(one, first, fold_marks=True) == [mark % "84.9"]
    assert css(one, second, fold_marks=True) == []
    none = dataclasses.replace(window, folds_mm=())
    assert css(none, first, fold_marks=True) == []


def test_areas_that_share_an_edge_do_not_touch() -> None:
    one = Area(left_mm=0, top_mm=0, right_mm=10, bottom_mm=10)
    beside = dataclasses.replace(one, left_mm=10, right_mm=20)
    below = dataclasses.replace(one, top_mm=10, bottom_mm=20)
    for other in (beside, below):
        assert not one.touches(other)
        assert not other.touches(one)
        assert dataclasses.replace(other, left_mm=9, top_mm=9).touches(one)
    assert one.holds(one)
    for side, beyond in (("left", -1), ("top", -1), ("right", 11), ("bottom", 11)):
        assert not one.holds(dataclasses.replace(one, **{f"{side}_mm": beyond}))
    assert not one.holds(beside)


@pytest.mark.parametrize("line", ["", RETURN_ADDRESS], ids=["alone", "below the sender's"])
@pytest.mark.parametrize("window", WINDOWS.values(), ids=WINDOWS)
def test_every_window_shows_an_address_of_any_height_and_nothing_else(
    window: Window, line: str
) -> None:
    need_pages()
    window = dataclasses.replace(window, return_address=line)
    addresses = [*ADDRESSES, OF_ACCENTS]
    template = campaigns_letter(window, fold_marks=True)
    town = Recipient(key="1", commune="Ham", article_code=0, postcode="80400", locality="Ham")
    page = template.render(town, Channel.PAPER)
    assert isinstance(page, Letter)
    block = _divs(page.address)
    letters = [
        page._replace(
            address=lines,
            page=Slotted((page.page.html.replace(block, _divs(lines)),)),
        )
        for lines in addresses
    ]
    run = run_of(*letters, sheet=window.sheet)
    assert flaws(run.pdf, run.pages, addresses, window) == (None,) * len(addresses)


def _divs(lines: Sequence[str]) -> str:
    return "".join(f"<div>{line}</div>" for line in lines)


@pytest.mark.parametrize(
    "window", [PROFILES["din"], with_return_address(PROFILES["din"])], ids=["alone", "returned"]
)
def test_what_a_press_draws_into_forms_is_read_where_it_is(tmp_path: Path, window: Window) -> None:
    """The marks of the folds are such forms, and the German window is near to them."""
    need_pages()
    letters = everyone(campaigns_letter(window, fold_marks=True))[:10]
    maker = Maker(Setup(folder=tmp_path, window=window))
    finished = maker.finish(tuple(letters), None, "auto", len(letters))
    assert [proof.fault for proof in finished.proofs] == [None] * 10
    assert finished.ways.fast > 0
    other = dataclasses.replace(window, return_address="" if window.return_address else "X")
    told = Maker(Setup(folder=tmp_path, window=other)).finish(tuple(letters), None, "auto", 0)
    assert None not in [proof.fault for proof in told.proofs]
