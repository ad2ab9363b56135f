"""What of a campaign folder may go with a letter, whatever names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from merge.app.campaign_files import CampaignFiles
from merge.errors import LetterError, Refused
from merge.letters.enclosures import Files
from merge.model import LARGEST_MESSAGE, Channel, Enclosure, Letter


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    campaign = tmp_path / "campaign"
    (campaign / "attachments" / "sub").mkdir(parents=True)
    (campaign / "a.pdf").write_bytes(b"a")
    (campaign / "ledger.db").write_bytes(b"names")
    (campaign / "attachments" / "own.pdf").write_bytes(b"own")
    (campaign / "attachments" / ".hidden").write_bytes(b"hidden")
    (tmp_path / "secret.pdf").write_bytes(b"secret")
    return campaign


def test_the_folder_fills_what_a_letter_wants(folder: Path) -> None:
    files: Files = CampaignFiles(folder)  # held by mypy
    assert files.read("a.pdf") == b"a"
    assert files.read("attachments/own.pdf") == b"own"
    assert files.attachable() == {"own.pdf": 3}


@pytest.mark.parametrize(
    "path", ["absent.pdf", "attachments", "../secret.pdf", "/etc/hostname", "ledger.db", "a.pdf/b"]
)
def test_what_is_no_file_of_the_folder_is_not_there(folder: Path, path: str) -> None:
    assert CampaignFiles(folder).read(path) is None


@pytest.mark.parametrize("target", ["../secret.pdf", "ledger.db", "a.pdf", "nowhere"])
def test_no_link_is_followed(folder: Path, target: str) -> None:
    files = CampaignFiles(folder)
    (folder / "link.pdf").symlink_to(folder / target)
    (folder / "attachments" / "link.pdf").symlink_to(folder / target)
    for reading in (lambda: files.read("link.pdf"), files.attachable):
        with pytest.raises(Refused, match="folder-link"):
            reading()


def test_a_linked_folder_of_attachments_is_not_looked_into(folder: Path) -> None:
    (folder / "attachments").rename(folder.parent / "elsewhere")
    (folder / "attachments").symlink_to(folder.parent / "elsewhere")
    with pytest.raises(Refused, match="folder-link"):
        CampaignFiles(folder).attachable()


def test_without_a_folder_of_attachments_there_are_none(tmp_path: Path) -> None:
    assert CampaignFiles(tmp_path).attachable() == {}


def test_a_file_that_fits_into_no_mail_is_not_read(folder: Path) -> None:
    with (folder / "a.pdf").open("wb") as file:
        file.truncate(LARGEST_MESSAGE + 100_000)
    with pytest.raises(LetterError) as caught:
        CampaignFiles(folder).read("a.pdf")
    assert caught.value.code == "enclosures-too-large"
    assert caught.value.facts == {"size_mb": 10.1, "limit_mb": 10}


def test_a_browser_sees_the_pictures_of_a_mail(folder: Path) -> None:
    letter = Letter(
        key="1",
        channel=Channel.EMAIL,
        reference="",
        subject="",
        text="",
        html='<img src="cid:x@y"> cid:x@y',
        enclosures=(Enclosure(path="a.pdf", media_type="image/png", content_id="x@y"),),
    )
    seen = CampaignFiles(folder).html_alone(letter)
    assert seen == '<img src="data:image/png;base64,YQ=="> cid:x@y'
