"""One letter after the other, shown by a helper that stays: by e-mail, and on paper as pictures."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from PIL import Image

from merge.app import preview
from merge.app import previewer as previewer_module
from merge.app.previewer import Previewer
from merge.confined.limits import MEBIBYTE
from merge.errors import LetterError, Misuse
from merge.words.language import speaking
from merge.words.troubles import explain
from tests.desk import HAVRE, NICE, Desk, Y
from tests.pages import LOOKS, POSIX, drawing, need_pages

pytest_plugins = ["tests.servers.fixtures"]


@pytest.fixture(scope="module")
def previewer() -> Iterator[Previewer]:
    with closing(Closing()) as previewer:
        yield previewer


class Closing(Previewer):
    def close(self) -> None:
        self.end()


@pytest.fixture
def three(desk: Desk) -> Desk:
    desk.ok("import", str(desk.sheet(NICE, HAVRE, Y)))
    return desk


def test_before_there_is_a_list_it_is_shown_to_three_made_up_mayors(desk, previewer):
    asked = [desk.reads(preview.select, number) for number in (None, 2, 3)]
    assert [(each.before, each.number, each.after) for each in asked] == [
        (None, 1, 2), (1, 2, 3), (2, 3, None),
    ]  # fmt: skip
    assert all(each.is_made_up and each.of == 3 for each in asked)
    subjects = {previewer.mail(each.shown).subject for each in asked}
    assert "Pas de vidéosurveillance algorithmique au Havre" in subjects
    assert len(subjects) == 3
    with pytest.raises(Misuse, match="nobody-called"):
        desk.reads(preview.select, 4)


def test_a_fault_of_one_recipient_is_shown_in_place_of_the_letter(three, previewer):
    source = "---\nsubject: Essai\n---\n\nBonjour {{ sexe }}\n"
    shown = previewer.mail(three.reads(preview.select, 3, source=source).shown)
    assert (shown.fault.code, shown.fault.field, shown.html) == ("empty-value", "sex", "")
    need_pages()
    page = previewer.page(three.reads(preview.select, 3, source=source).shown)
    assert (page.fault.code, page.pages) == ("empty-value", 0)


def test_pictures_travel_inside_the_mail_and_attachments_are_named(three, previewer):
    Image.new("RGB", (30, 20), "red").save(three.folder / "photo.png")
    (three.folder / "dossier.pdf").write_bytes(b"%PDF-1.7")
    source = "---\nsubject: E\nattachments: dossier.pdf\n---\n\n![Vue](photo.png)\n"
    shown = previewer.mail(three.reads(preview.select, 1, source=source).shown)
    data = base64.b64encode((three.folder / "photo.png").read_bytes()).decode()
    assert f'src="data:image/png;base64,{data}"' in shown.html
    assert "cid:" not in shown.html
    assert shown.attachments == ("dossier.pdf",)
    assert [each.code for each in shown.remarks] == ["attachments-not-on-paper"]


def test_an_address_that_the_window_hides_is_told_beside_its_page(three, previewer):
    need_pages()
    with (three.folder / "letter.css").open("a", encoding="utf-8") as look:
        look.write("\n.window { left: 0 !important; top: 0 !important }\n")
    shown = previewer.page(three.reads(preview.select, 2).shown)
    assert shown.fault is not None
    assert shown.fault.code in ("address-not-in-window", "text-in-window")
    assert shown.pictures


@POSIX
def test_a_page_that_runs_away_is_given_up_and_the_next_is_shown(three, monkeypatch):
    need_pages()
    small = replace(previewer_module.PAGE, cpu_s=2, memory=400 * MEBIBYTE)
    monkeypatch.setattr(previewer_module, "PAGE", small)
    look = (three.folder / "letter.css").read_text(encoding="utf-8")
    (three.folder / "x.svg").write_text(drawing(), encoding="utf-8")
    (three.folder / "letter.css").write_text(look + LOOKS["use"], encoding="utf-8")
    with closing(Closing()) as previewer:
        with pytest.raises(LetterError, match="letter-runaway") as caught:
            previewer.page(three.reads(preview.select, 2).shown)
        with speaking("en"):
            assert "given up" in explain(caught.value)
        assert not previewer.is_there
        (three.folder / "letter.css").write_text(look, encoding="utf-8")
        assert previewer.page(three.reads(preview.select, 2).shown).pages == 2


def test_it_begins_again_when_it_was_killed(three):
    with closing(Closing()) as previewer:
        previewer.make_ready()
        helper = previewer._helper._helper
        assert helper is not None
        helper._process.kill()
        helper._process.wait()
        assert not previewer.is_there
        assert previewer.mail(three.reads(preview.select, 1).shown).subject
