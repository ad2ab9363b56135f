"""Claims about where the window of the envelope puts what stands on the page."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from itertools import product
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


def assert_shows(
    window: Window, hole: tuple[float, float, float, float], play: tuple[float, float]
) -> None:
    """`hole` is left, top, width and height in mm; the sheet slips as far as its `play` in mm."""
    (left, top, width, height), (across, down) = hole, play
    right, bottom = left + width, top + height
    assert window.always == Area(
        left_mm=left, top_mm=top, right_mm=right - across, bottom_mm=bottom - down
    )
    assert window.sometimes == Area(
        left_mm=left - across, top_mm=top - down, right_mm=right, bottom_mm=bottom
    )


@pytest.mark.parametrize(("name", "right_mm"), [("sn-left-c5", 109), ("sn-right-c5", 12)])
def test_a_swiss_c5_shows_the_address_wherever_the_sheet_slips(name: str, right_mm: int) -> None:
    """A window of 45 x 100 mm, 65 mm from the bottom of 162 x 229 mm; a sheet of 148.5 x 210 mm."""
    left_mm, top_mm = 229 - right_mm - 100, 162 - 65 - 45
    across_mm, down_mm = 229 - 210, 162 - 148.5
    assert_shows(PROFILES[name], (left_mm, top_mm, 100, 45), (across_mm, down_mm))


def test_a_c6_shows_the_address_on_a_folded_a5_wherever_it_slips() -> None:
    """A window of 45 x 90 mm, 20 mm from the left and 15 from the bottom of 114 x 162 mm."""
    left_mm, top_mm = 20, 114 - 15 - 45
    across_mm, down_mm = 162 - 148, 114 - 105
    window = PROFILES["din-c6"]
    assert window.folds_mm == (210 / 2,)
    assert_shows(window, (left_mm, top_mm, 90, 45), (across_mm, down_mm))


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


def with_return_address(window: Window) -> Window:
    return dataclasses.replace(window, return_address=RETURN_ADDRESS)


def test_a_return_address_is_refused_where_no_line_of_the_window_holds_it() -> None:
    """“i” is 0.278 em wide in the face of the text."""
    for window in WINDOWS.values():
        fitting = int(line_mm(window) / (569 / 2048 * 7 * 25.4 / 72))
        refuse_wide(dataclasses.replace(window, return_address="i" * fitting), "campaign.toml")
        wide = dataclasses.replace(window, return_address="i" * (fitting + 1))
        with pytest.raises(LetterError, match="return-address-wide"):
            refuse_wide(wide, "campaign.toml")


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


def test_every_window_shows_an_address_of_any_height_and_nothing_else() -> None:
    """Alone, and below a line of the sender's."""
    need_pages()
    town = Recipient(key="1", commune="Ham", article_code=0, postcode="80400", locality="Ham")
    addresses = [*ADDRESSES, OF_ACCENTS]
    spoiled = []
    for (name, each), line in product(WINDOWS.items(), ("", RETURN_ADDRESS)):
        window = dataclasses.replace(each, return_address=line)
        source = "---\nsubject: x\n---\n{{ signature }}"
        template = campaigns_letter(window, fold_marks=True, source=source)
        page = template.render(town, Channel.PAPER)
        assert isinstance(page, Letter)
        block, html = _divs(page.address), page.page.html
        letters = [
            page._replace(address=lines, page=Slotted((html.replace(block, _divs(lines)),)))
            for lines in addresses
        ]
        run = run_of(*letters, sheet=window.sheet)
        found = flaws(run.pdf, run.pages, addresses, window)
        spoiled += [(name, line, flaw) for flaw in found if flaw]
    assert spoiled == []


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
