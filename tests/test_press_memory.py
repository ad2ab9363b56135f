"""Claims about what a press leaves in memory."""

from __future__ import annotations

import gc
import weakref
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from merge.paper import loading
from merge.paper.press import Press, Tier, lines
from merge.paper.typesetting import Typesetter
from tests.pages import campaign_folder, need_pages
from tests.test_press import NAMES, PLAIN_BODY, letters, of_the_campaign


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    need_pages()
    return campaign_folder(tmp_path / "campaign")


@pytest.mark.parametrize("tier", ["auto", "plain"])
def test_no_box_of_a_letter_is_kept_when_its_run_is_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tier: Tier
) -> None:
    press = Press(folder)
    seen: list[weakref.ref[Any]] = []

    def render(*args: Any) -> Any:
        document = Typesetter.render(press._typesetter, *args)
        seen.extend(map(weakref.ref, loading.page_boxes(document)))
        return document

    monkeypatch.setattr(press._typesetter, "render", render)
    press.run(of_the_campaign(12), tier=tier)
    gc.collect()
    assert seen
    assert [each for each in seen if each() is not None] == []


def test_a_run_keeps_no_line_and_no_name_of_a_letter_that_is_set(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "_WORDS_KEPT", 10)
    names = [f"{name}-sur-{other}" for name in NAMES for other in NAMES]
    press = Press(folder)
    in_memory: list[Counter[type]] = []

    def in_memory_now() -> Counter[type]:
        return Counter(map(type, gc.get_objects()))

    def write(*args: Any) -> bytes:
        in_memory.append(in_memory_now() - before)
        return Typesetter.write(press._typesetter, *args)

    press.run(letters(PLAIN_BODY))
    monkeypatch.setattr(press._typesetter, "write", write)
    before = in_memory_now()
    press.run(letters(PLAIN_BODY, names))
    assert press.tally.fast == len(NAMES) + len(names)
    assert max(each[lines.Line] for each in in_memory) < 2 * len(names)  # each letter has 5
    assert max(each[lines.Word] for each in in_memory) < len(names)  # and 2 words of its own
