"""One letter after the other, shown by a helper that stays: by e-mail, and on paper as pictures."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from merge.app import confined, preview
from merge.app import previewer as previewer_module
from merge.app.opening import open_campaign
from merge.app.previewer import Previewer
from merge.confined.limits import MEBIBYTE
from merge.errors import LetterError, Misuse
from merge.words.language import speaking
from merge.words.troubles import explain
from tests.desk import HAVRE, NICE, Desk, Y
from tests.pages import need_pages
from tests.rooms.paper.test_confined_pages import LOOKS, POSIX, drawing

pytest_plugins = ["tests.servers.fixtures"]


@pytest.fixture(scope="module")
def previewer() -> Iterator[Previewer]:
    with closing(Closing()) as previewer:
        yield previewer


class Closing(Previewer):
    def close(self) -> None:
        self.end()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.made(tmp_path)


@pytest.fixture
def three(desk: Desk) -> Desk:
    desk.ok("import", str(desk.sheet(NICE, HAVRE, Y)))
    return desk


def test_before_there_is_a_list_it_is_shown_to_three_made_up_mayors(desk, previewer):
    asked = [preview.select(desk.folder, number) for number in (None, 2, 3)]
    assert [(each.before, each.number, each.after) for each in asked] == [
        (None, 1, 2), (1, 2, 3), (2, 3, None),
    ]  # fmt: skip
    assert all(each.is_made_up and each.of == 3 for each in asked)
    subjects = {previewer.mail(each.shown).subject for each in asked}
    assert "Pas de vidéosurveillance algorithmique au Havre" in subjects
    assert len(subjects) == 3
    with pytest.raises(Misuse, match="nobody-called"):
        preview.select(desk.folder, 4)


def test_the_first_shown_is_the_next_to_leave_and_numbers_lead_on(three):
    asked = preview.select(three.folder)
    assert (asked.before, asked.number, asked.after, asked.of) == (None, 1, 2, 3)
    asked = preview.select(three.folder, 3)
    assert (asked.before, asked.after, asked.is_made_up) == (2, None, False)
    assert asked.shown.recipient.commune == "Y"
    with pytest.raises(Misuse, match="nobody-called"):
        preview.select(three.folder, 4)


def test_a_letter_by_email_is_the_one_that_is_sent(three, previewer):
    for number, key in ((1, "06088"), (3, "80829")):
        shown = previewer.mail(preview.select(three.folder, number).shown)
        assert shown.html == three.ok("preview", key, "--as", "html").out
        assert shown.text == three.ok("preview", key, "--as", "text").out
        assert shown.fault is None


def test_a_draft_is_shown_before_it_is_saved(three, previewer):
    before = (three.folder / "letter.md").read_bytes()
    source = "---\r\nsubject: Essai {{ commune|a }}\r\n---\r\n\r\nBonjour, malgrés tout.\r\n"
    shown = previewer.mail(preview.select(three.folder, 2, source=source).shown)
    assert shown.subject == "Essai au Havre"
    (slip,) = shown.slips
    read = source.replace("\r\n", "\n")
    assert read[slip.span.start : slip.span.end] == "malgrés"
    assert (three.folder / "letter.md").read_bytes() == before


def test_a_blank_may_wait_for_a_column(three, previewer):
    source = "---\nsubject: Essai\n---\n\nBonjour {{ adjointe }}, {{ adjointe|majuscule }}.\n"
    shown = previewer.mail(preview.select(three.folder, 1, source=source).shown)
    assert shown.waits_for == ("adjointe",)
    assert "Bonjour [adjointe]" in shown.text


def test_what_is_wrong_with_a_draft_is_told_with_its_row(three, previewer):
    source = "---\nsubject: Essai\n---\n\nBonjour {{ commune|des }}\n"
    with pytest.raises(LetterError) as caught:
        previewer.mail(preview.select(three.folder, 1, source=source).shown)
    assert (caught.value.code, caught.value.path, caught.value.row) == (
        "unknown-filter", "letter.md", 5,
    )  # fmt: skip


def test_a_fault_of_one_recipient_is_shown_in_place_of_the_letter(three, previewer):
    source = "---\nsubject: Essai\n---\n\nBonjour {{ sexe }}\n"
    shown = previewer.mail(preview.select(three.folder, 3, source=source).shown)
    assert (shown.fault.code, shown.fault.field, shown.html) == ("empty-value", "sex", "")
    need_pages()
    page = previewer.page(preview.select(three.folder, 3, source=source).shown)
    assert (page.fault.code, page.pages) == ("empty-value", 0)


def test_pictures_travel_inside_the_mail_and_attachments_are_named(three, previewer):
    Image.new("RGB", (30, 20), "red").save(three.folder / "photo.png")
    (three.folder / "dossier.pdf").write_bytes(b"%PDF-1.7")
    source = "---\nsubject: E\nattachments: dossier.pdf\n---\n\n![Vue](photo.png)\n"
    shown = previewer.mail(preview.select(three.folder, 1, source=source).shown)
    data = base64.b64encode((three.folder / "photo.png").read_bytes()).decode()
    assert f'src="data:image/png;base64,{data}"' in shown.html
    assert "cid:" not in shown.html
    assert shown.attachments == ("dossier.pdf",)
    assert [each.code for each in shown.remarks] == ["attachments-not-on-paper"]


def test_a_page_comes_as_a_pdf_and_as_pictures(three, previewer):
    need_pages()
    shown = previewer.page(preview.select(three.folder, 2).shown)
    assert shown.pdf.startswith(b"%PDF")
    assert (shown.pages, len(shown.pictures), shown.fault) == (2, 2, None)
    assert all(picture.startswith(b"\x89PNG") for picture in shown.pictures)


def test_an_address_that_the_window_hides_is_told_beside_its_page(three, previewer):
    need_pages()
    with (three.folder / "letter.css").open("a", encoding="utf-8") as look:
        look.write("\n.window { left: 0 !important; top: 0 !important }\n")
    shown = previewer.page(preview.select(three.folder, 2).shown)
    assert shown.fault is not None
    assert shown.fault.code in ("address-not-in-window", "text-in-window")
    assert shown.pictures


def test_a_character_that_no_font_has_is_told_as_print_tells_it(three, previewer):
    need_pages()
    source = "---\nsubject: E\n---\n\nBonjour \U00013000\n"
    with pytest.raises(LetterError, match="letter-glyph-missing") as caught:
        previewer.page(preview.select(three.folder, 2, source=source).shown)
    assert caught.value.row == 5


@POSIX
def test_a_page_that_runs_away_is_given_up_and_the_next_is_shown(three, monkeypatch):
    need_pages()
    small = replace(previewer_module.PAGE, cpu_s=4, memory=400 * MEBIBYTE)
    monkeypatch.setattr(previewer_module, "PAGE", small)
    look = (three.folder / "letter.css").read_text(encoding="utf-8")
    (three.folder / "x.svg").write_text(drawing(), encoding="utf-8")
    (three.folder / "letter.css").write_text(look + LOOKS["use"], encoding="utf-8")
    with closing(Closing()) as previewer:
        with pytest.raises(LetterError, match="letter-runaway") as caught:
            previewer.page(preview.select(three.folder, 2).shown)
        with speaking("en"):
            assert "given up" in explain(caught.value)
        assert not previewer.is_there
        (three.folder / "letter.css").write_text(look, encoding="utf-8")
        assert previewer.page(preview.select(three.folder, 2).shown).pages == 2


@POSIX
def test_a_letter_that_runs_away_is_given_up(three, monkeypatch):
    monkeypatch.setattr(previewer_module, "LETTER", replace(confined.LETTER, memory=MEBIBYTE))
    source = "---\nsubject: E\n---\n\n" + "*a* " * 70_000
    with closing(Closing()) as previewer:
        with pytest.raises(LetterError, match="letter-runaway") as caught:
            previewer.mail(preview.select(three.folder, 2, source=source).shown)
        assert caught.value.facts["words"] == "memory"
        assert caught.value.path == "letter.md"


def test_a_helper_is_let_go_of_and_another_begins(three):
    with closing(Closing()) as previewer:
        assert not previewer.is_there
        previewer.make_ready()
        first = previewer._helper._helper
        assert first is not None
        previewer.mail(preview.select(three.folder, 1).shown)
        assert previewer._helper._helper is first
        previewer.end()
        assert first.has_ended
        assert previewer.mail(preview.select(three.folder, 1).shown).subject


def test_it_begins_again_when_it_was_killed(three):
    with closing(Closing()) as previewer:
        previewer.make_ready()
        helper = previewer._helper._helper
        assert helper is not None
        helper._process.kill()
        helper._process.wait()
        assert not previewer.is_there
        assert previewer.mail(preview.select(three.folder, 1).shown).subject


def test_a_reminder_speaks_of_the_first_letter(three, previewer):
    asked = preview.select(
        three.folder, 1, wave=2, source="---\nsubject: R\n---\n\n{{ premier_envoi.date }}"
    )
    assert previewer.mail(asked.shown).text.startswith("1er mars 2026")


def test_a_pdf_that_goes_along_is_named(three, previewer):
    settings = three.folder / "campaign.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(
        text.replace("[letter]", "[letter]\nattach_pdf = true", 1), encoding="utf-8"
    )
    (name,) = previewer.mail(preview.select(three.folder, 1).shown).attachments
    assert name.endswith("06088.pdf")


def test_numbers_are_places_in_the_sheet(three):
    with open_campaign(three.folder, access="read", command="x") as campaign:
        ledger = campaign.ledger
        assert ledger.numbers_of(["80829", "06088", "none"]) == {"06088": 1, "80829": 3}
        assert ledger.numbers_beside(2) == (1, 3)
        assert ledger.numbers_beside(0) == (None, 1)
        assert ledger.number_waiting() == 1
        found = ledger.recipient_numbered(2)
        assert found is not None
        assert found.key == "76351"


def test_without_pango_the_page_alone_is_missing(desk, monkeypatch, tmp_path):
    """In that system's words: see tests/rooms/paper/test_without_pango.py."""
    (tmp_path / "weasyprint.py").write_text(
        """raise OSError("cannot load library 'libpango-1.0-0'")""", encoding="utf-8"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")
    with closing(Closing()) as previewer:
        shown = preview.select(desk.folder, 1).shown
        assert previewer.mail(shown).subject
        with pytest.raises(Misuse, match="pango-missing") as caught:
            previewer.page(shown)
    assert "libpango" in str(caught.value.facts["library"])
