"""Claims about where the window of the envelope puts what stands on the page."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import pytest

from merge.errors import LetterError
from merge.french.postal import CHARACTERS
from merge.model import Channel, Recipient, Slotted
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
from tests.facts import facts
from tests.pages import RETURN_ADDRESS, need_pages, run_of
from tests.vsa import campaigns_letter, everyone, rendered

OWN = {
    "in the middle": Window(left_mm=60, top_mm=60, width_mm=90, height_mm=30),
    "as small as may be": Window(
        left_mm=110, top_mm=50, width_mm=LEAST_WIDTH_MM, height_mm=LEAST_HEIGHT_MM
    ),
    "low": Window(left_mm=20, top_mm=110, width_mm=90, height_mm=45),
}
WINDOWS = {**PROFILES, **OWN}
ADDRESSES = [("W" * CHARACTERS,) * lines for lines in (2, 5, 6)]
ADDRESSES.append(("Ég" * (CHARACTERS // 2),) * 6)


def test_a_window_shows_what_is_left_of_the_hole_wherever_the_sheet_slips():
    failures = []
    for (name, *measures), folds in facts(Path(__file__).with_suffix(".txt"), "envelopes"):
        envelope, sheet, hole, place = (map(float, each.split(" x ")) for each in measures)
        (wide, high), (width, height), (left, bottom) = envelope, hole, place
        across, down = wide - next(sheet), high - next(sheet)
        right, top = left + width, high - bottom - height
        always = (left, top, right - across, top + height - down)
        sometimes = (left - across, top - down, right, top + height)
        window = PROFILES[name]
        found = [*edges(window.always), *edges(window.sometimes), *window.folds_mm]
        if found != pytest.approx([*always, *sometimes, *map(float, folds)]):
            failures.append((name, found))
    assert failures == []


@pytest.mark.parametrize("name", ["sn-left", "sn-right"])
def test_a_swiss_sheet_slips_as_far_as_its_envelope_lets_it(name):
    """A sheet of 105 x 210 mm in the middle of a C6/5, 114 x 229 mm (ISO 269)."""
    window = PROFILES[name]
    assert (window.play_across_mm, window.play_down_mm) == ((229 - 210) / 2, (114 - 105) / 2)


def edges(area: Area) -> tuple[float, float, float, float]:
    return area.left_mm, area.top_mm, area.right_mm, area.bottom_mm


def test_a_return_address_is_refused_where_no_line_of_the_window_holds_it() -> None:
    """“i” is 0.278 em wide in the face of the text."""
    for window in WINDOWS.values():
        fitting = int(line_mm(window) / (569 / 2048 * 7 * 25.4 / 72))
        refuse_wide(dataclasses.replace(window, return_address="i" * fitting), "campaign.toml")
        wide = dataclasses.replace(window, return_address="i" * (fitting + 1))
        with pytest.raises(LetterError, match="return-address-wide"):
            refuse_wide(wide, "campaign.toml")


def test_areas_that_share_an_edge_do_not_touch():
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


def test_every_window_shows_an_address_of_any_height_and_nothing_else():
    """Alone, and below a line of the sender's."""
    need_pages()
    town = Recipient(key="1", commune="Ham", article_code=0, postcode="80400", locality="Ham")
    spoiled = []
    for (name, each), line in product(WINDOWS.items(), ("", RETURN_ADDRESS)):
        window = dataclasses.replace(each, return_address=line)
        source = "---\nsubject: x\n---\n{{ signature }}"
        template = campaigns_letter(window, fold_marks=True, source=source)
        page = rendered(template, town, Channel.PAPER)
        block, html = _divs(page.address), page.page.html
        letters = [
            page._replace(address=lines, page=Slotted((html.replace(block, _divs(lines)),)))
            for lines in ADDRESSES
        ]
        run = run_of(*letters, sheet=window.sheet)
        found = flaws(run.pdf, run.pages, ADDRESSES, window)
        spoiled += [(name, line, flaw) for flaw in found if flaw]
    assert spoiled == []


def _divs(lines: Sequence[str]) -> str:
    return "".join(f"<div>{line}</div>" for line in lines)


def test_what_a_press_draws_into_forms_is_read_where_it_is(tmp_path):
    """The marks of the folds are such forms, and the German window is near to them."""
    need_pages()
    window = dataclasses.replace(PROFILES["din"], return_address=RETURN_ADDRESS)
    letters = tuple(everyone(window, fold_marks=True)[:8])
    maker = Maker(Setup(folder=tmp_path, window=window))
    finished = maker.finish(letters, None, "auto", len(letters))
    assert [proof.fault for proof in finished.proofs] == [None] * 8
    assert finished.ways.fast > 0
    told = Maker(Setup(folder=tmp_path, window=PROFILES["din"])).finish(letters, None, "auto", 0)
    assert None not in [proof.fault for proof in told.proofs]
