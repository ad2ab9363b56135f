"""Pages that would take the computer are given up, with the limit that they met and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from merge.confined import helpers
from merge.confined.helpers import Kept
from merge.confined.limits import MEBIBYTE
from merge.errors import LetterError, Refused
from merge.paper import runs, typesetting
from merge.paper.pdf import LotPress
from merge.paper.runs import PAGES, Setup
from merge.paper.typesetting import Typesetter
from merge.paper.window import PROFILES
from tests import once
from tests.desk import NICE, Desk
from tests.pages import AT, LETTERS, LOOKS, POSIX, TINY, drawing
from tests.word_files import png

WINDOW = PROFILES["nf-right"]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Limits that a page of ours has room in, and that are soon met."""
    small = replace(PAGES, cpu_s=2, memory=400 * MEBIBYTE)
    monkeypatch.setattr(runs, "PAGES", small)
    helpers.end()
    yield
    helpers.end()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path / "stranger")
    desk.make()
    desk.ok("import", str(desk.sheet(NICE)))
    return desk


@POSIX
@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("kind", LOOKS)
def test_a_look_that_runs_away_is_given_up_with_its_limit_and_what_to_do(
    kind: str, desk: Desk
) -> None:
    (desk.folder / "x.svg").write_text(drawing(), encoding="utf-8")
    with (desk.folder / "letter.css").open("a", encoding="utf-8") as look:
        look.write(LOOKS[kind])
    said = desk.run("preview", "--as", "pdf", "-o", str(desk.folder / "x.pdf"))
    assert (said.code, "letter.css" in said.err) == (2, True)
    assert "Traceback" not in said.err
    assert not (desk.folder / "x.pdf").exists()


def test_a_picture_of_too_many_pixels_is_not_decoded(folder: Path) -> None:
    (folder / "x.png").write_bytes(png(16_000, 10_000))
    with pytest.raises(LetterError) as caught:
        Typesetter(folder).run([("", '<style>@page { size: A4 }</style><img src="x.png">')])
    error = caught.value
    assert (error.code, error.path) == ("letter-file-pixels", "x.png")
    assert error.facts == {"megapixels": 160, "most": typesetting.PIXELS_AT_MOST // 1_000_000}


def test_nor_is_one_that_stands_in_the_look_itself(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import base64

    monkeypatch.setattr(typesetting, "PIXELS_AT_MOST", 1_000_000)
    data = base64.b64encode(png(2_000, 1_000)).decode()
    page = f'<style>@page {{ size: A4 }}</style><img src="data:image/png;base64,{data}">'
    with pytest.raises(LetterError, match="letter-file-pixels"):
        Typesetter(folder).run([("", page)])
    monkeypatch.setattr(typesetting, "PIXELS_AT_MOST", 2_000_000)
    assert Typesetter(folder).run([("", page)]).pages == (1,)


def test_a_helper_makes_the_same_bytes(folder: Path) -> None:
    here = LotPress(folder, window=WINDOW)
    there = LotPress(folder, window=WINDOW, confined=True)
    for number in (1, 2):
        assert there.make(number, LETTERS, AT) == here.make(number, LETTERS, AT)
    assert list(there.prove(LETTERS, len(LETTERS))) == list(here.prove(LETTERS, len(LETTERS)))
    assert there.single(TINY) == here.single(TINY)


def test_a_helper_is_done_with_its_press(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Kept, "_started", once.started_cold)
    press = LotPress(folder, confined=True)
    press.single(TINY)
    assert isinstance(press._maker, runs.ConfinedMaker)
    helper = press._maker._helper._helper
    assert helper is not None
    del press
    assert helper.has_ended


@POSIX
def test_a_disk_that_is_full_is_told_from_the_helper(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from errno import ENOSPC

    def full(*_: object) -> None:
        raise OSError(ENOSPC, "No space left on device", "x")

    monkeypatch.setattr(runs, "_maker", full)
    with pytest.raises(Refused, match="disk-full"):
        runs._made(Setup(folder=folder), runs.Maker.finish, (), None, "auto", 0)
