"""A campaign folder from a stranger: nothing is written, read or waited for through its links."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZipFile

import pytest
from PIL import Image

from merge import disks
from merge.errors import Refused
from tests.desk import HAVRE, NICE, Desk
from tests.rooms.app.test_writer import say, sign

pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes on this system")

EDIT = ("edit", "06088", "email=a@example.org")
PRINT = ("print",)
SECRET = "the start file of a shell\n"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A campaign with two recipients, one of them by e-mail."""
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    return Desk.made(tmp_path, NICE, HAVRE)


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A folder of the person's own."""
    folder = tmp_path / "mine"
    (folder / "below").mkdir(parents=True)
    (folder / "profile").write_text(SECRET, encoding="utf-8")
    # A rehearsal cleans its folder of letters that are called so.
    (folder / "below" / "a-0123456789abcdef.eml").write_text(SECRET, encoding="utf-8")
    return folder


def contents(folder: Path) -> Mapping[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else b""
        for path in folder.rglob("*")
    }


def link(desk: Desk, name: str, to: Path) -> None:
    """Put a link where the campaign has, or would have, a file or a folder."""
    path = desk.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        path.rename(desk.folder.with_name("was there"))
    path.unlink(missing_ok=True)
    path.symlink_to(to)


# --- what is written ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("campaign.toml", ("account", "set", "--provider", "gmail", "--no-test")),
        ("outbox/test-sheet.pdf", ("print", "--test-sheet")),
        ("locks/gate", EDIT),
        ("locks/send-1-ab.lock", EDIT),
        ("log.csv", ("log", "--format", "csv", "-o", "log.csv")),
        ("seen.html", ("preview", "06088", "--as", "html", "-o", "seen.html")),
        ("page.html", ("report", "--html", "page.html")),
        ("noticed.csv", ("import", "../communes.csv", "--report", "noticed.csv")),
    ],
)
def test_no_file_is_written_through_a_link(
    desk: Desk, mine: Path, name: str, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(desk.folder)  # a person may stand in it, and name a file of it
    link(desk, name, mine / "profile")
    refused(desk, mine, name, mine / "profile", *words)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("outbox", ("send",)),
        ("outbox/rehearsal", ("send",)),
        ("outbox", PRINT),
        ("outbox/making", PRINT),
        ("outbox/lots", PRINT),
        ("outbox", ("print", "--test-sheet")),
        ("locks", EDIT),
        ("locks", ("adopt", "--yes")),
        ("exports", ("log", "--format", "csv", "-o", "exports/log.csv")),
        ("exports", ("backup", "exports/saved.zip")),
    ],
)
def test_no_folder_is_written_into_or_cleaned_through_a_link(
    desk: Desk, mine: Path, name: str, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(desk.folder)
    link(desk, name, mine / "below")
    refused(desk, mine, name, mine / "below", *words)


def test_what_a_lot_was_made_of_is_put_away_through_no_link(desk: Desk, mine: Path) -> None:
    desk.ok("print")
    link(desk, "outbox/discarded", mine / "below")
    refused(desk, mine, "outbox/discarded", mine / "below", "print", "--discard", "1", "--yes")
    assert (desk.folder / "outbox/lots/lot-0001.pdf").exists()


@pytest.mark.parametrize("beside", ["campaign.partial", ".campaign.toml.partial"])
def test_a_name_that_can_be_guessed_is_none_that_is_written_first(
    desk: Desk, mine: Path, beside: str
) -> None:
    link(desk, beside, mine / "profile")
    before = contents(mine)
    desk.run("account", "set", "--provider", "gmail", "--no-test")
    assert "gmail" in (desk.folder / "campaign.toml").read_text(encoding="utf-8")
    assert contents(mine) == before


@pytest.mark.parametrize(
    "path", ["/etc/lot.pdf", "../mine/profile", "outbox/making/../../../mine/profile", "a\0b"]
)
def test_a_lot_that_the_ledger_says_lies_elsewhere_is_not_looked_for_there(
    desk: Desk, mine: Path, path: str
) -> None:
    """The ledger is the stranger's, too."""
    desk.ok("print")
    (desk.folder / "outbox/lots/lot-0001.pdf").unlink()
    desk.sql("UPDATE lots SET path = :path", path=path)
    before = contents(mine)
    for words in (("show", "76351", "--pdf"), ("print", "--discard", "1", "--yes")):
        assert desk.run(*words).code in (0, 3)
    assert contents(mine) == before


def test_a_sender_that_the_ledger_names_is_looked_for_among_the_locks_alone(
    desk: Desk, mine: Path
) -> None:
    (mine / "profile").rename(mine / "profile.lock")
    sender = "../../mine/profile"
    desk.sql("UPDATE deliveries SET status = 'sending', claimant = :sender", sender=sender)
    before = contents(mine)
    assert desk.run("status").code == 3
    assert contents(mine) == before


# --- the databases --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["ledger.db", "ledger.db-wal", "ledger.db-shm", "ledger.db-journal", "archive.db"]
)
def test_no_database_lies_behind_a_link(
    desk: Desk, mine: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(desk.folder)
    if name == "ledger.db":
        (mine / "profile").write_bytes((desk.folder / name).read_bytes())
    link(desk, name, mine / "profile")
    for words in (("status",), EDIT, ("adopt", "--yes"), ("backup", "../b.zip")):
        refused(desk, mine, name, mine / "profile", *words)


def test_one_s_own_ledger_is_not_gone_on_with_from_a_stranger_s_folder(
    desk: Desk, mine: Path
) -> None:
    """It was the ledger that is known, at the place that is known."""
    other = Desk(desk.folder.with_name("other"))
    other.make()
    link(other, "ledger.db", desk.folder / "ledger.db")
    for words in (("status",), EDIT, ("send",), ("adopt", "--yes")):
        refused(other, mine, "ledger.db", desk.folder / "ledger.db", *words)


# --- what is read ---------------------------------------------------------------------------------


def test_a_backup_holds_nothing_that_a_link_leads_to_and_says_so(desk: Desk, mine: Path) -> None:
    link(desk, "notes.txt", mine / "profile")
    link(desk, "more", mine / "below")
    link(desk, "picture.png", mine / "profile")  # called as a file of the campaign
    zip_file = desk.folder.with_name("saved.zip")
    assert desk.run("backup", str(zip_file)).code == 1
    with ZipFile(zip_file) as saved:
        assert {"ledger.db", "letter.md"} <= set(saved.namelist())
        assert not any(SECRET in saved.read(name).decode("latin-1") for name in saved.namelist())


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("campaign.toml", ("status",)),
        ("letter.md", ("preview", "06088")),
        ("letter.css", ("preview", "06088", "--as", "html")),
        ("local", ("preview", "06088")),
        ("signers.csv", ("preview", "06088")),
        ("signature.png", ("preview", "06088")),
        ("picture.png", ("preview", "06088")),
        ("attached.pdf", ("preview", "06088")),
        ("background.png", ("preview", "76351", "--as", "pdf")),
        ("outbox/lots/lot-0001.pdf", ("show", "76351", "--pdf")),
    ],
)
@pytest.mark.parametrize("kind", ["link", pytest.param("pipe", marks=pipes)])
def test_no_link_and_no_pipe_is_read(
    desk: Desk, mine: Path, name: str, words: tuple[str, ...], kind: str
) -> None:
    if name.startswith("outbox"):
        desk.ok("print")
    use_everything(desk)
    if kind == "link":
        link(desk, name, mine / "below" if name == "local" else mine / "profile")
        refused(desk, mine, name, mine, *words)
        return
    path = desk.folder / name
    if path.is_dir():
        path.rename(desk.folder.with_name("was there"))
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    with opened_in_the_end(path):
        said = desk.run(*words)
    assert (said.code, name in said.err) == (3, True), said.err


def test_settings_that_never_end_are_not_read(desk: Desk) -> None:
    link(desk, "campaign.toml", Path("/dev/zero"))
    program = [sys.executable, "-m", "merge", "-C", str(desk.folder), "status"]
    assert subprocess.run(program, capture_output=True, timeout=60, check=False).returncode == 3


@pytest.mark.parametrize(("name", "size_mb"), [("campaign.toml", 2), ("letter.md", 30)])
def test_a_file_that_is_too_large_is_not_read(desk: Desk, name: str, size_mb: int) -> None:
    os.truncate(desk.folder / name, size_mb * 1_000_000)
    said = desk.run("preview", "06088")
    assert (said.code, f"{size_mb} MB" in said.err) == (3, True)


# --- what goes on working -------------------------------------------------------------------------


# --- the door itself ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", "a\0b"])
def test_a_name_that_leads_out_is_none(tmp_path: Path, name: str) -> None:
    for asking in (disks.place, disks.folder_in, disks.read, disks.opened):
        with pytest.raises(Refused, match="folder-name-outside"):
            asking(tmp_path, name)


def test_a_file_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"before")

    def broken_off() -> None:
        with disks.replacing(tmp_path / "a") as file:
            file.write(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken_off()
    assert contents(tmp_path) == {"a": b"before"}


def test_a_second_name_of_a_file_keeps_what_was_in_it(tmp_path: Path) -> None:
    (tmp_path / "mine").write_bytes(b"mine")
    (tmp_path / "a").hardlink_to(tmp_path / "mine")
    disks.write(tmp_path, "a", b"new")
    assert contents(tmp_path) == {"a": b"new", "mine": b"mine"}


# --- hands ----------------------------------------------------------------------------------------


def refused(desk: Desk, mine: Path, name: str, to: Path, *words: str) -> None:
    """The command ends with 3, says which link leads where, and touches nothing of one's own."""
    before, ours = contents(mine), set(contents(desk.folder))
    said = desk.run(*words)
    assert said.code == 3, said.out + said.err
    assert f"{name}: This is a link, which leads to {to}" in said.err
    assert SECRET.strip() not in said.out + said.err
    assert contents(mine) == before
    new = set(contents(desk.folder)) - ours
    assert new <= {"locks", "locks/gate", "outbox", "outbox/making"}


@contextmanager
def opened_in_the_end(pipe: Path) -> Iterator[None]:
    """Whoever waits for a writer of the pipe waits for a minute, and not for ever."""
    rescue = threading.Timer(60, lambda: os.close(os.open(pipe, os.O_RDWR)))
    rescue.start()
    yield
    rescue.cancel()
    rescue.join()


def use_everything(desk: Desk) -> None:
    """Let the letter have all that it can: signers, pictures, attachments."""
    for name in ("signature.png", "picture.png", "background.png"):
        Image.new("RGB", (60, 20)).save(desk.folder / name)
    (desk.folder / "attached.pdf").write_bytes(b"%PDF")
    sign(desk, "Zoé;LE GOFF;")
    say(desk, "sender", signature_picture="signature.png")
    with (desk.folder / "letter.css").open("a", encoding="utf-8") as look:
        look.write("body { background: url(background.png) }\n")
    letter = desk.folder / "letter.md"
    text = letter.read_text(encoding="utf-8").replace(
        "---\n", "---\nattachments: attached.pdf\n", 1
    )
    letter.write_text(f"{text}\n![Une image](picture.png)\n", encoding="utf-8")
