"""Claims about what is read from the window of finished pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path

import pytest
from pypdfium2 import PdfDocument, PdfPage

from merge.model import Letter, Slotted
from merge.paper import binding
from merge.paper.measuring import Flaw, flaws
from merge.paper.press import Press
from merge.paper.window import PROFILES
from tests.facts import wrong
from tests.pages import (
    HAVRE,
    RETURN_ADDRESS,
    SHORT,
    TINY,
    campaign_folder,
    letter,
    run_of,
)
from tests.vsa import everyone, fullest

pytestmark = pytest.mark.usefixtures("pages_can_be_made")

WINDOW = PROFILES["nf-right"]


def found(*letters: Letter) -> Sequence[Flaw | None]:
    run = run_of(*letters)
    return flaws(run.pdf, run.pages, [each.address for each in letters], WINDOW)


def styled(style: str) -> Letter:
    return letter("1", "de X", *HAVRE.address, paragraphs=1, more=f"<style>{style}</style>")


SAID = Path(__file__).with_suffix(".txt")


def told(flaw: Flaw | None) -> tuple[str, ...]:
    return (flaw.code, flaw.words) if flaw else ()


def test_whatever_spoils_a_window_is_named():
    def flaw(style: str) -> tuple[str, ...]:
        return told(*found(styled(style)))

    assert wrong(SAID, "a window", flaw) == []


RETURNED = replace(WINDOW, return_address=RETURN_ADDRESS)
NOT_SHOWN = Flaw(code="return-address-not-in-window", words=RETURN_ADDRESS)


def test_one_line_of_the_senders_with_a_rule_below_it_stands_above_the_address():
    made = fullest(RETURNED)
    html = made.page.html

    def flaw(style: str) -> tuple[str, ...]:
        styled = html.replace("</head>", f"<style>{style}</style></head>")
        run = run_of(made._replace(page=Slotted((styled,))))
        return told(*flaws(run.pdf, run.pages, [made.address], RETURNED))

    assert wrong(SAID, "a window with the sender's line", flaw) == []


def test_a_return_address_is_that_of_the_settings_whatever_it_is_made_of() -> None:
    window = replace(WINDOW, return_address='L\'"Écho" {x} \\ </style> & Cie\u202f; 35000 Rennes')
    made = fullest(window)
    run = run_of(made)
    assert flaws(run.pdf, run.pages, [made.address], window) == (None,)
    assert flaws(run.pdf, run.pages, [made.address], RETURNED) == (NOT_SHOWN,)
    (flaw,) = flaws(run.pdf, run.pages, [made.address], WINDOW)
    assert flaw is not None
    assert flaw.code == "text-in-window"


def test_one_letter_at_fault_leaves_the_others_alone() -> None:
    wide = letter("2", "de X", "Mairie du Havre", "W" * 48, "76600 LE HAVRE")
    assert found(HAVRE, wide, TINY) == (
        None,
        Flaw(code="address-not-in-window", words="W" * 48),
        None,
    )


def test_one_page_is_in_memory_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[PdfPage] = []
    open_ones: list[int] = []

    def load(document: PdfDocument, number: int) -> PdfPage:
        loaded.append(document.get_page(number))
        open_ones.append(sum(page.raw is not None for page in loaded))
        return loaded[-1]

    monkeypatch.setattr(PdfDocument, "__getitem__", load)
    assert found(HAVRE, SHORT, TINY) == (None, None, None)
    assert open_ones == [1, 1, 1]


def test_of_a_press_only_first_pages_are_read_and_forms_away_from_the_window_are_empty(
    tmp_path: Path,
) -> None:
    letters = everyone()[:8]
    press = Press(campaign_folder(tmp_path / "campaign"))
    run = press.run((each.key, each.page) for each in letters)
    first_pages = list(accumulate(run.pages[:-1], initial=0))
    asked: list[str] = []

    def all_may_go(_number: int, names: Sequence[str]) -> list[bool]:
        asked.extend(set(names).difference(asked))
        return [True] * len(names)

    light = binding.without_forms(run.pdf, first_pages, all_may_go)
    with PdfDocument(run.pdf) as whole, PdfDocument(light) as document:
        assert len(document) == len(letters) < len(whole)
        drawn = [page.get_textpage().get_text_bounded() for page in document]
        assert all("Mairie" in text for text in drawn)
        assert max(map(len, drawn)) < len(whole[0].get_textpage().get_text_bounded()) / 2
    assert len(asked) > 1
