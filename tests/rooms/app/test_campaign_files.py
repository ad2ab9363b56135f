"""Which files a campaign has, and which of them may go with a letter, whatever names them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from zipfile import ZipFile

import pytest

from merge.app.campaign_files import CampaignFiles, belonging
from merge.errors import LetterError, Refused
from merge.letters.enclosures import Files
from merge.model import LARGEST_MESSAGE, Channel, Enclosure, Letter
from tests.desk import NICE, Desk


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


# The one list

OURS = {
    *("campaign.toml", "letter.md", "letter.css", "logo.png", "fonts/own.woff2"),
    *("attachments/plan.xlsx", "attachments/PLAN.PDF", "programme.odt", "signers.csv", "ca.pem"),
    *("ledger.db", "archive.db", "outbox/lots/lot-0001.pdf"),
    *("outbox/lots/lot-0001.zip", "outbox/rehearsal/1.eml"),
}
OTHERS = {
    *("publipostage.exe", "run.bat", "run.bat.", ".git/hooks/pre-commit", ".envrc", "Makefile"),
    *("multiprocessing.py", "communes.csv", "other.pem", "notes.txt", "old.db", "Ledger.db"),
    *("password", "attachments/run.bat", "attachments/.hidden.pdf", "fonts/x.py", "named.exe"),
    *("ledger.db-wal", "ledger.id", "locks/gate", "outbox/run.bat", "outbox/backup/whole.zip"),
    *("outbox/.x.pdf", "copy.zip", "../out.md", "/etc/x.md", "C:x.md", "a//b.md"),
}
TEXTS = {
    "campaign.toml": b'[sender]\nsigners = "signers.csv"\n[account]\nca_file = "ca.pem"\n',
    "letter.md": b"---\nattachments: ./programme.odt, named.exe, ledger.db\n---\n",
}


def test_one_list_says_which_files_a_campaign_has() -> None:
    assert set(belonging({*OURS, *OTHERS}, lambda name: TEXTS.get(name, b""))) == OURS


@pytest.mark.parametrize(
    "settings", [b"\xff", b"[sender", b"sender = 3\n", b"[sender]\nsigners = 3"]
)
def test_settings_that_nobody_can_read_name_nothing(settings: bytes) -> None:
    names = ["campaign.toml", "signers.csv", "letter.md"]
    assert belonging(names, {"campaign.toml": settings, "letter.md": b""}.__getitem__) == [
        "campaign.toml",
        "letter.md",
    ]


def put(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")


LEFT_OUT = ("publipostage.exe", "run.bat", ".git/hooks/pre-commit", "communes.csv", "old.db")


def test_a_backup_has_the_campaigns_files_alone_and_names_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk.made(tmp_path, NICE)
    put(desk.folder, (*LEFT_OUT, "attachments/plan.pdf", "attachments/password.txt"))
    secret = desk.folder / "attachments" / "password.txt"
    secret.chmod(0o600)
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD_FILE", str(secret))
    said = desk.ok("backup", str(tmp_path / "copy.zip"))
    with ZipFile(tmp_path / "copy.zip") as packed:
        assert {name for name in packed.namelist() if not name.startswith("outbox/")} == {
            *("campaign.toml", "letter.md", "letter.css", "reminder.md", "attachments/plan.pdf"),
            "ledger.db",
        }
    for name in (*LEFT_OUT, "attachments/password.txt"):
        assert name in said.err


def test_of_a_zip_the_campaigns_files_alone_are_unpacked_and_the_others_named(
    tmp_path: Path,
) -> None:
    desk = Desk.made(tmp_path, NICE)
    desk.ok("backup", "--close", str(tmp_path / "copy.zip"), "--yes")
    with ZipFile(tmp_path / "copy.zip", "a") as packed:
        for name in (*LEFT_OUT, "ledger.id"):
            packed.writestr(name, b"x")
    copy = Desk(tmp_path / "copy")
    said = copy.ok("adopt", str(tmp_path / "copy.zip"), "--yes")
    names = {path.relative_to(copy.folder).as_posix() for path in copy.folder.rglob("*")}
    assert not {*LEFT_OUT, ".git", "ledger.id"} & names
    assert copy.figures() == desk.figures()
    for name in (*LEFT_OUT, "ledger.id"):
        assert name in said.err
