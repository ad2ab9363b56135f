"""A campaign on a server, worked on without its folder: what a worker gets, and what not."""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import psycopg
import pytest

from merge.app import letters
from merge.app.campaign_files import FETCHED, MOST_FILES, packed
from merge.app.opening import home, open_campaign
from merge.app.shared_files import materialised
from merge.errors import LedgerError, Refused
from tests.desk import HAVRE, NICE, Desk, Y
from tests.sharing import agree, campaign_id

pytest_plugins = ["tests.servers.fixtures"]

STRANGERS = ("run.bat", "../run.bat", "/run.bat", "ledger.db", "outbox/lots/run.bat", "a/run.bat")
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def desk(tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A campaign whose ledger is on the server, with all kinds of files in its folder."""
    monkeypatch.setenv("PUBLIPOSTAGE_DATABASE", postgres_url)
    desk = Desk(tmp_path / "campaign")
    desk.make()
    for name, data in {
        "picture.png": PNG,
        "fonts/own.woff2": b"wOF2",
        "attachments/plan.xlsx": b"PK",
        "maires.xlsx": b"PK Duchemin",
        "notes.txt": b"Duchemin",
        ".hidden.css": b"p {}",
        "outbox/old.pdf": b"Duchemin",
    }.items():
        (desk.folder / name).parent.mkdir(exist_ok=True)
        (desk.folder / name).write_bytes(data)
    desk.ok("import", str(desk.sheet(NICE, HAVRE, Y)))
    return desk


def names_in(folder: Path) -> set[str]:
    found = (path for path in folder.rglob("*") if path.is_file())
    names = {path.relative_to(folder).as_posix() for path in found}
    return {name for name in names if not name.startswith("locks/")}


def test_what_letters_are_made_of_or_name_travels_and_nothing_else(desk: Desk) -> None:
    for name, old, new in (
        ("letter.md", "---\n", "---\nattachments: ./programme.zip\n"),
        ("campaign.toml", "[sender]\n", '[sender]\nsigners = "signers.csv"\n'),
    ):
        text = (desk.folder / name).read_text("utf-8")
        assert old in text
        (desk.folder / name).write_text(text.replace(old, new, 1), "utf-8")
    for name in ("programme.zip", "unnamed.zip", "signers.csv"):
        (desk.folder / name).write_text("name\n")
    with open_campaign(desk.folder, access="share", command="send") as campaign:
        campaign.ledger.files.keep(packed(desk.folder))
    with materialised(campaign_id(desk)) as folder:
        assert folder.parent == home() / "campaigns" / campaign_id(desk)
        assert names_in(folder) == {
            *("campaign.toml", "letter.md", "letter.css", "reminder.md", "ledger.id", FETCHED),
            *("picture.png", "fonts/own.woff2", "attachments/plan.xlsx"),
            *("programme.zip", "signers.csv"),
        }
        assert (folder / "picture.png").read_bytes() == PNG
        assert folder.stat().st_mode & 0o777 == 0o700
        with open_campaign(folder, access="share", command="send") as campaign:
            assert campaign.ledger.count_recipients() == 3
            assert campaign.settings.campaign.name == "Pas de VSA"


def test_a_password_in_the_folder_does_not_travel(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = desk.folder / "attachments" / "password.txt"
    secret.write_text("s3cret")
    secret.chmod(0o600)
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD_FILE", str(secret))
    agree(desk)
    with materialised(campaign_id(desk)) as folder:
        assert "attachments/plan.xlsx" in names_in(folder)
        assert "attachments/password.txt" not in names_in(folder)


def test_a_worker_fetches_no_file_that_no_campaign_has(desk: Desk) -> None:
    """Whoever can write the database might have put it there."""
    for name in STRANGERS:
        whole = BytesIO()
        with ZipFile(whole, "w") as to:
            to.writestr("campaign.toml", "")
            to.writestr(name, b"x")
        with open_campaign(desk.folder, access="exclusive", command="edit") as campaign:
            campaign.ledger.files.keep(whole.getvalue())
        with pytest.raises(LedgerError, match="files-missing"), materialised(campaign_id(desk)):
            pytest.fail(name)
    assert not [*home().rglob("run.bat")]


def test_too_much_is_refused_with_its_sizes_when_it_is_published(desk: Desk) -> None:
    (desk.folder / "attachments" / "film.mp4").write_bytes(bytes(MOST_FILES))
    with pytest.raises(Refused, match="files-too-large") as refused:
        agree(desk)
    assert str(refused.value.facts["words"]).startswith("attachments/film.mp4 (20.0 MB), ")
    with open_campaign(desk.folder, access="read", command="status") as campaign:
        assert campaign.ledger.files.version() is None


def test_what_a_disk_has_changed_is_not_taken(desk: Desk, postgres_url: str) -> None:
    agree(desk)
    schema = f"campaign_{campaign_id(desk).replace('-', '')}"
    with psycopg.connect(postgres_url, options=f"-c search_path={schema}") as connection:
        connection.execute("UPDATE files SET packed = 'other'")
    with pytest.raises(LedgerError, match="files-missing"), materialised(campaign_id(desk)):
        pass


def test_an_edit_reaches_workers_when_it_is_agreed_to_and_stops_those_before_it(
    desk: Desk,
) -> None:
    agree(desk)
    with materialised(campaign_id(desk)) as former:
        (desk.folder / "picture.png").unlink()
        letter = desk.folder / "letter.md"
        letter.write_text(letter.read_text("utf-8") + "\nEt plus.\n", "utf-8")
        desk.ok("import", str(desk.sheet(NICE, HAVRE, Y)))
        with materialised(campaign_id(desk)) as same:
            assert same == former
        agree(desk)
        with materialised(campaign_id(desk)) as newer:
            assert "picture.png" not in names_in(newer)
            assert "Et plus." in (newer / "letter.md").read_text("utf-8")
        with (
            open_campaign(former, access="share", command="send") as campaign,
            pytest.raises(Refused, match="files-not-agreed"),
        ):
            letters.fix(campaign, letters.template(campaign), mailed=True)


def test_older_versions_go_when_nobody_uses_them(desk: Desk) -> None:
    css = desk.folder / "letter.css"
    held = []
    for number in range(4):
        css.write_text(css.read_text("utf-8") + f"/* {number} */\n", "utf-8")
        agree(desk)
        with materialised(campaign_id(desk)) as folder:
            held.append(folder)
            if number == 0:
                first = materialised(campaign_id(desk))
                first.__enter__()
    assert [path.exists() for path in held] == [True, False, False, True]
    first.__exit__(None, None, None)
    with materialised(campaign_id(desk)):
        assert [path.exists() for path in held] == [False, False, False, True]


def test_a_kill_while_fetching_leaves_no_folder_and_two_workers_share_one(desk: Desk) -> None:
    agree(desk)
    whole = home() / "campaigns" / campaign_id(desk)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, campaign_id(desk)], capture_output=True, check=False
    )
    assert killed.returncode == -9, killed.stderr.decode()
    assert [*whole.glob(".*.partial")]
    assert not [path for path in whole.iterdir() if (path / FETCHED).exists()]
    both = [
        subprocess.Popen(
            [sys.executable, "-c", FETCHING, campaign_id(desk)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    said = {process.communicate()[0] for process in both}
    assert [process.returncode for process in both] == [0, 0]
    assert len(said) == 1
    (folder,) = said
    assert "letter.md" in names_in(Path(folder.strip()))
    assert not [*whole.glob(".*.partial")]


KILLED = """
import os, signal, sys
from merge import disks
left, replacing = [4], disks.replacing

def killed(*args, **options):
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    return replacing(*args, **options)

from merge.app.shared_files import materialised
disks.replacing = killed
with materialised(sys.argv[1]):
    pass
"""

FETCHING = """
import sys
from merge.app.shared_files import materialised
with materialised(sys.argv[1]) as folder:
    print(folder)
"""
