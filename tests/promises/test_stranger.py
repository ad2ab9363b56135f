"""A campaign folder from a stranger: nothing is written, read or waited for through its links."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZipFile

import pytest
from PIL import Image

from merge import disks
from merge.errors import Refused
from tests.desk import HAVRE, NICE, Desk
from tests.facts import wrong
from tests.rooms.app.test_writer import say, sign

TABLE = Path(__file__).with_suffix(".txt")
SECRET = "the start file of a shell\n"


@pytest.fixture
def full(desk: Desk) -> Desk:
    """One with a lot, whose letter has all that it can have: signers, pictures, attachments."""
    desk.ok("import", str(desk.sheet(NICE, HAVRE)))
    desk.ok("print")
    for name in ("signature.png", "picture.png", "background.png"):
        Image.new("RGB", (60, 20)).save(desk.folder / name)
    (desk.folder / "attached.pdf").write_bytes(b"%PDF")
    sign(desk, "Zoé;LE GOFF;")
    say(desk, "sender", signature_picture="signature.png")
    with (desk.folder / "letter.css").open("a", encoding="utf-8") as look:
        look.write("body { background: url(background.png) }\n")
    letter = desk.folder / "letter.md"
    text = letter.read_text("utf-8").replace("---\n", "---\nattachments: attached.pdf\n", 1)
    letter.write_text(f"{text}\n![Une image](picture.png)\n", encoding="utf-8")
    return desk


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


@contextmanager
def instead_of(path: Path) -> Iterator[None]:
    """Nothing lies there meanwhile but what the stranger puts there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    there = path.parents[1] / "was there"
    if is_there := path.exists():
        path.rename(there)
    yield
    path.unlink()
    if is_there:
        there.rename(path)


def touched(desk: Desk, mine: Path, words: str, named: Sequence[str]) -> str:
    """What is wrong with a command that has to end with 3, name these, and touch nothing."""
    before, ours = contents(mine), set(contents(desk.folder))
    said = desk.run(*words.split())
    new = set(contents(desk.folder)) - ours - {"locks", "locks/gate", "outbox", "outbox/making"}
    is_right = (
        said.code == 3
        and all(name in said.err for name in named)
        and SECRET.strip() not in said.out + said.err
        and contents(mine) == before
        and not new
    )
    return "" if is_right else f"{said} {new}"


def test_no_link_is_followed(full: Desk, mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(full.folder)  # a person may stand in it, and name a file of it
    (mine / "ledger").write_bytes((full.folder / "ledger.db").read_bytes())

    def came(name: str, where: str, words: str) -> str:
        with instead_of(full.folder / name):
            (full.folder / name).symlink_to(mine / where)
            return touched(full, mine, words, (name, str(mine / where)))

    assert wrong(TABLE, "no link is followed", came) == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes on this system")
def test_no_pipe_is_waited_for(full: Desk, mine: Path) -> None:
    def came(name: str, words: str) -> str:
        with instead_of(full.folder / name):
            os.mkfifo(full.folder / name)
            with opened_in_the_end(full.folder / name):
                return touched(full, mine, words, (name,))

    assert wrong(TABLE, "no pipe is waited for", came) == []


def test_a_name_that_can_be_guessed_is_none_that_is_written_first(desk: Desk, mine: Path) -> None:
    before = contents(mine)
    for beside in ("campaign.partial", ".campaign.toml.partial"):
        (desk.folder / beside).symlink_to(mine / "profile")
    desk.run("account", "set", "--provider", "gmail", "--no-test")
    assert "gmail" in (desk.folder / "campaign.toml").read_text(encoding="utf-8")
    assert contents(mine) == before


def test_what_the_ledger_says_lies_elsewhere_is_not_looked_for_there(
    desk: Desk, mine: Path
) -> None:
    """The ledger is the stranger's, too: its lots, and its senders, who have a lock each."""
    desk.ok("import", str(desk.sheet(NICE, HAVRE)))
    (mine / "profile.lock").touch()
    before = contents(mine)
    elsewhere = ("/etc/lot.pdf", "../mine/profile", "outbox/making/../../../mine/profile", "a\0b")
    for number, path in enumerate(elsewhere, start=1):
        desk.ok("print")
        (desk.folder / f"outbox/lots/lot-{number:04}.pdf").unlink()
        desk.sql("UPDATE lots SET path = :path", path=path)
        for words in (("show", "76351", "--pdf"), ("print", "--discard", str(number), "--yes")):
            assert desk.run(*words).code in (0, 3)
    sender = "../../mine/profile"
    desk.sql("UPDATE deliveries SET status = 'sending', claimant = :sender", sender=sender)
    assert desk.run("status").code == 3
    assert contents(mine) == before


# --- the databases --------------------------------------------------------------------------------


def test_one_s_own_ledger_is_not_gone_on_with_from_a_stranger_s_folder(
    desk: Desk, mine: Path
) -> None:
    """It was the ledger that is known, at the place that is known."""
    other = Desk(desk.folder.with_name("other"))
    other.make()
    (other.folder / "ledger.db").unlink()
    (other.folder / "ledger.db").symlink_to(desk.folder / "ledger.db")
    for words in ("status", "edit 06088 email=a@example.org", "send", "adopt --yes"):
        assert touched(other, mine, words, ("ledger.db", str(desk.folder))) == ""


# --- what is read ---------------------------------------------------------------------------------


def test_a_backup_holds_nothing_that_a_link_leads_to_and_says_so(desk: Desk, mine: Path) -> None:
    for name in ("notes.txt", "picture.png"):  # the second is called as a file of the campaign
        (desk.folder / name).symlink_to(mine / "profile")
    (desk.folder / "more").symlink_to(mine / "below")
    zip_file = desk.folder.with_name("saved.zip")
    assert desk.run("backup", str(zip_file)).code == 1
    with ZipFile(zip_file) as saved:
        assert {"ledger.db", "letter.md"} <= set(saved.namelist())
        assert not any(SECRET in saved.read(name).decode("latin-1") for name in saved.namelist())


def test_settings_that_never_end_are_not_read(desk: Desk) -> None:
    (desk.folder / "campaign.toml").unlink()
    (desk.folder / "campaign.toml").symlink_to("/dev/zero")
    program = [sys.executable, "-m", "merge", "-C", str(desk.folder), "status"]
    assert subprocess.run(program, capture_output=True, timeout=60, check=False).returncode == 3


def test_a_file_that_is_too_large_is_not_read(desk: Desk, mine: Path) -> None:
    for name, size_mb in (("letter.md", 30), ("campaign.toml", 2)):
        os.truncate(desk.folder / name, size_mb * 1_000_000)
        assert touched(desk, mine, "preview 06088", (f"{size_mb} MB",)) == ""


# --- the door itself ------------------------------------------------------------------------------


def test_a_name_that_leads_out_is_none(tmp_path: Path) -> None:
    for name in ("../x", "/etc/x", "a/../../x", "a\0b"):
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


@contextmanager
def opened_in_the_end(pipe: Path) -> Iterator[None]:
    """Whoever waits for a writer of the pipe waits for a minute, and not for ever."""
    rescue = threading.Timer(60, lambda: os.close(os.open(pipe, os.O_RDWR)))
    rescue.start()
    yield
    rescue.cancel()
    rescue.join()
