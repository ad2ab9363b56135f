"""The letterhead of the settings: on paper, in an e-mail, in its text; what is wrong with one."""

from __future__ import annotations

import re
from io import BytesIO
from itertools import product
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from merge.app import letters
from merge.app.opening import open_campaign
from merge.errors import LetterError
from merge.letters.enclosures import size_of
from merge.letters.letterhead import LARGEST_LOGO, Letterhead, logo
from merge.model import Channel, Letter
from merge.paper.measuring import flaws
from merge.paper.typesetting import Typesetter
from merge.paper.window import PROFILES
from merge.settings.check import LEAST_CONTRAST, contrast_on_white
from tests.desk import HAVRE, NICE, Desk
from tests.examples import each_line
from tests.goldens import unlike
from tests.pages import need_pages, texts
from tests.rooms.app.test_writer import say, version
from tests.rooms.letters.test_template import HAVRE as RECIPIENT
from tests.rooms.letters.test_template import Folder, compiled
from tests.vsa import fullest


def picture(size: tuple[int, int] = (900, 300), kind: str = "PNG") -> bytes:
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).ellipse((5, 5, size[1] - 5, size[1] - 5), fill="#1a4f8b")
    written = BytesIO()
    image.save(written, kind)
    return written.getvalue()


LOGO = picture()
HEAD = Letterhead(
    logo=logo("logo.png", LOGO, "logo.png"),
    colour="#1a4f8b",
    address=("Maison des <associations>", "{{ 35000 }} Rennes"),
)
FRAME = "{{ letter.letterhead }}{{ body }}|{{ letter.sender_lines }}"


def rendered(channel: Channel, head: Letterhead = HEAD) -> Letter:
    template = compiled("Bonjour.", frame=FRAME, files=Folder({"logo.png": LOGO}), letterhead=head)
    letter = template.render(RECIPIENT, channel)
    assert isinstance(letter, Letter)
    return letter


def test_an_e_mail_begins_with_the_logo_the_name_and_the_address() -> None:
    mail = rendered(Channel.EMAIL)
    (enclosed,) = mail.enclosures
    assert enclosed.path == "logo.png"
    assert f'<img src="cid:{enclosed.content_id}" width="219" height="73" alt=""' in mail.html
    assert '<strong style="color: #1a4f8b;">Collectif</strong><br>Maison des &lt;' in mail.html
    assert "<br>{{ 35000 }} Rennes<br>contact@example.org</td>" in mail.html
    assert mail.text.startswith(
        "Collectif\nMaison des <associations>\n{{ 35000 }} Rennes\ncontact@example.org\n\nBonjour."
    )


def test_a_letterhead_is_part_of_the_letters_version() -> None:
    def of(head: Letterhead) -> str:
        return compiled("a", files=Folder({"logo.png": LOGO}), letterhead=head).version

    other = logo("logo.png", picture(kind="JPEG"), "logo.png")
    coloured, addressed = Letterhead(colour="#000"), Letterhead(address=("a",))
    with_logos = Letterhead(logo=HEAD.logo), Letterhead(logo=other)
    assert len({of(each) for each in (Letterhead(), coloured, addressed, *with_logos)}) == 5


def test_it_stands_outside_the_window_of_every_envelope(tmp_path):
    need_pages()
    (tmp_path / "logo.png").write_bytes(LOGO)
    source = "---\nsubject: Invitation\n---\n# Titre\n\nBonjour.\n\n{{ signature }}"
    files, wrong = Folder({"logo.png": LOGO}), {}
    for profile, window in PROFILES.items():
        letter = fullest(window, source=source, letterhead=HEAD, files=files)
        run = Typesetter(tmp_path).run([(letter.key, letter.page.html)])
        wrong[profile] = flaws(run.pdf, run.pages, [letter.address], window)
        if profile == "nf-right":
            assert unlike(run.pdf, {"letterhead-1": 1}) == []
    assert wrong == dict.fromkeys(PROFILES, (None,))


def test_a_logo_is_as_large_as_there_is_room():
    sizes = {(900, 300): (58, 19.33), (300, 900): (7.33, 22), (5000, 10): (58, 0.12)}
    for (size, millimetres), kind in product(sizes.items(), ("PNG", "JPEG")):
        written = BytesIO()
        Image.new("RGB", size).save(written, kind)
        assert size_of(written.getvalue()) == size
        found = logo("x", written.getvalue(), "x")
        assert (found.width_mm, found.height_mm) == pytest.approx(millimetres, abs=0.01)


def test_a_logo_that_cannot_be_one_is_refused():
    for data, code in (
        (b"<svg/>", "picture-unfit"),
        (LOGO[: len(LOGO) // 2], "picture-unfit"),
        (LOGO + b"\0" * LARGEST_LOGO, "folder-file-too-large"),
    ):
        with pytest.raises(LetterError) as caught:
            logo("logo.png", data, "x/logo.png")
        assert (caught.value.code, caught.value.path) == (code, "x/logo.png")


@each_line
def test_a_contrast_is_that_of_wcag(colour: str, contrast: float) -> None:
    assert contrast_on_white(colour) == pytest.approx(contrast, abs=0.01)


def test_the_least_contrast_is_that_of_words() -> None:
    assert contrast_on_white("#777777") < LEAST_CONTRAST < contrast_on_white("#767676")


# --- a campaign -----------------------------------------------------------------------------------


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("PUBLIPOSTAGE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PUBLIPOSTAGE_LANG", "en")
    desk = Desk(tmp_path / "campaign")
    desk.make()
    desk.ok("import", str(desk.sheet(NICE, HAVRE)), "--yes")
    say(desk, "sender", address_source="l'annuaire de l'administration")
    return desk


def test_the_settings_of_a_campaign_are_on_its_letters(desk: Desk) -> None:
    (desk.folder / "mon logo.png").write_bytes(LOGO)
    say(desk, "letterhead", logo="mon logo.png", colour="#1a4f8b")
    with open_campaign(desk.folder, access="read", command="preview") as campaign:
        template = letters.template(campaign)
        nice = next(iter(campaign.ledger.recipients()))
        mail = template.render(nice, Channel.EMAIL)
        page = template.render(nice, Channel.PAPER)
    assert isinstance(mail, Letter)
    assert isinstance(page, Letter)
    assert [each.path for each in mail.enclosures] == ["mon logo.png"]
    assert 'url("mon%20logo.png")' in page.page.html
    assert re.search(r"\.sender strong, \.subject, h1, h2, h3 \{ color: #1a4f8b \}", page.page.html)


def test_who_writes_is_set_alike_on_the_letter_in_the_window_and_on_an_envelope(desk):
    need_pages()
    say(desk, "letterhead", address=["Maison d'ici", "35000 Rennes"])
    say(desk, "paper", return_address=True)
    desk.ok("print", "--all")
    desk.ok("print", "--lot", "1", "--envelopes", "DL")
    letter = texts(desk.folder / "outbox/lots/lot-0001.pdf")[2]
    envelope = texts(desk.folder / "outbox/lots/lot-0001-addresses-DL.pdf")[0]
    assert "Collectif d’exemple Maison d’ici 35000 Rennes" in letter
    assert "Collectif d’exemple · Maison d’ici · 35000 Rennes" in letter
    assert envelope.startswith("Collectif d’exemple Maison d’ici 35000 Rennes ")


def test_a_logo_that_is_not_there_is_told(desk: Desk) -> None:
    say(desk, "letterhead", logo="logo.png")
    with pytest.raises(LetterError) as caught:
        version(desk)
    assert caught.value.code == "names-file-missing"
    assert caught.value.path.endswith("logo.png")
