"""Claims about what campaign.toml says of who writes, in the letters that come of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import tomlkit
from PIL import Image, ImageChops

from merge.app import letters
from merge.app.opening import open_campaign
from merge.errors import LetterError, Refused
from tests.desk import HAVRE, NICE, Desk
from tests.pages import need_pages


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A campaign with two recipients, whose settings say all that a letter must."""
    monkeypatch.setenv("PUBLIPOSTAGE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PUBLIPOSTAGE_LANG", "en")
    desk = Desk(tmp_path / "campaign")
    desk.make()
    desk.ok("import", str(desk.sheet(NICE, HAVRE)), "--yes")
    say(desk, "sender", address_source="l'annuaire de l'administration")
    return desk


def say(desk: Desk, section: str, **values: object) -> None:
    """Write these settings into campaign.toml."""
    path = desk.folder / "campaign.toml"
    settings = tomlkit.parse(path.read_text(encoding="utf-8"))
    settings[section].update(values)
    path.write_text(tomlkit.dumps(settings), encoding="utf-8")


def sign(desk: Desk, *lines: str) -> None:
    """signers.csv, as a French Excel writes it."""
    text = "\r\n".join(["Prénom;Nom;Commune", *lines, ""])
    (desk.folder / "signers.csv").write_text(text, encoding="cp1252", newline="")
    say(desk, "sender", signers="signers.csv")


def version(desk: Desk) -> str:
    with open_campaign(desk.folder, access="read", command="preview") as campaign:
        return letters.template(campaign).version


def test_a_sending_that_begins_before_midnight_fixes_the_date_that_its_letters_bear(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody types the number of letters after it."""
    evening = datetime(2026, 3, 1, 22, 59, tzinfo=UTC)  # 23:59 in Paris
    monkeypatch.setattr("merge.app.opening.now", lambda: evening)
    with open_campaign(desk.folder, access="share", command="send") as campaign:
        letter = letters.template(campaign)
        monkeypatch.setattr("merge.app.opening.now", lambda: evening + timedelta(hours=1))
        letters.fix(campaign, letter, mailed=True)
        assert campaign.ledger.fact("letter_date") == "2026-03-01"
    assert "Le 1er mars 2026," in desk.ok("preview", "Nice", "--as", "text").out


def test_each_town_reads_its_own_signers(desk: Desk) -> None:
    sign(desk, "Zoé;Martin;", "Ali;Benali;Nice", "Inès;Petit;Le Havre")
    nice, havre = (desk.ok("preview", town, "--as", "text").out for town in ("Nice", "Le Havre"))
    assert "Collectif d'exemple\nZoé Martin\nAli Benali\n" in nice
    assert "Collectif d'exemple\nZoé Martin\nInès Petit\n" in havre


def test_one_more_signer_of_one_town_is_another_version_of_the_letter(desk: Desk) -> None:
    sign(desk, "Zoé;Martin;")
    before = version(desk)
    sign(desk, "Zoé;Martin;", "Ali;Benali;Nice")
    assert version(desk) != before
    sign(desk, "Zoé;Martin;")
    assert version(desk) == before


def test_more_names_than_two_pages_hold_stop_the_printer_and_no_e_mail(desk: Desk) -> None:
    everywhere = [f"Zoé;Martin {n};" for n in range(119)]
    sign(desk, *everywhere, "Ali;Benali;Nice")
    desk.ok("check")
    sign(desk, *everywhere, "Ali;Benali;Nice", "Inès;Petit;Nice")
    for command in ("check", "print"):
        said = desk.run(command)
        assert (said.code, "signers.csv: 121 people" in said.err) == (2, True)
    desk.ok("check", "--commune", "Nice")  # which has an e-mail


@pytest.mark.parametrize("command", [["check"], ["send"], ["print", "--yes"]])
def test_nothing_is_made_while_nobody_says_where_the_addresses_come_from(
    desk: Desk, command: list[str]
) -> None:
    say(desk, "sender", address_source=" ")
    said = desk.run(*command)
    assert said.code in (2, 3)
    assert "address_source" in said.err
    assert not list((desk.folder / "outbox").rglob("*.*"))


# --- a picture of a signature ---------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_picture_of_the_signature_stands_on_the_page_and_in_no_e_mail(
    desk: Desk, kind: str
) -> None:
    need_pages()
    import pypdfium2 as pdfium

    name = "signature à l'encre (1).img"
    Image.new("RGB", (600, 200), "red").save(desk.folder / name, kind)
    say(desk, "sender", signature_picture=name)
    pdf = desk.folder.with_name("letter.pdf")
    desk.ok("preview", "Le Havre", "--as", "pdf", "-o", str(pdf))
    with pdfium.PdfDocument(pdf) as document:
        page = document[len(document) - 1].render(scale=254 / 72).to_pil()  # 10 dots a mm
    red, green, _blue = page.convert("RGB").split()
    left, top, right, bottom = ImageChops.subtract(red, green).getbbox() or (0, 0, 0, 0)
    assert (bottom - top) / 10 == pytest.approx(20, abs=0.3)
    assert (right - left) / 10 == pytest.approx(60, abs=0.3)
    assert "img" not in desk.ok("preview", "Le Havre", "--as", "html").out


@pytest.mark.parametrize(
    ("content", "code"),
    [(None, "names-file-missing"), (b"<svg/>", "picture-unfit")],
)
def test_a_signature_that_is_no_picture_stops_everything(
    desk: Desk, content: bytes | None, code: str
) -> None:
    if content:
        (desk.folder / "signature.png").write_bytes(content)
    say(desk, "sender", signature_picture="signature.png")
    with pytest.raises(LetterError) as caught:
        version(desk)
    assert caught.value.code == code
    assert caught.value.path.endswith("signature.png")


# --- a folder from a stranger ---------------------------------------------------------------------


def test_no_reminder_comes_from_elsewhere(desk: Desk) -> None:
    desk.folder.with_name("id_rsa").write_text("secret", encoding="utf-8")
    with (
        open_campaign(desk.folder, access="read", command="remind") as campaign,
        pytest.raises(Refused) as caught,
    ):
        letters.reminder(campaign, 2, {}, "../id_rsa")
    assert caught.value.code == "folder-name-outside"
