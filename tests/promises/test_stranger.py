"""A campaign folder from a stranger: nothing is written, read or waited for through its links."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path, PurePath
from zipfile import ZipFile

import pytest
from PIL import Image

from merge import disks
from merge.errors import Refused
from merge.ledger.accounts import Accounts
from merge.ledger.opening import create_ledger
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


def test_a_lot_is_cut_into_no_folder_behind_a_link(desk: Desk, mine: Path) -> None:
    desk.ok("print")
    link(desk, "outbox/lots/lot-0001", mine / "below")
    refused(desk, mine, "lot-0001", mine / "below", "print", "--lot", "1", "--separate", "--yes")


def test_letters_made_again_go_through_no_link(desk: Desk, mine: Path) -> None:
    desk.ok("print")
    link(desk, "outbox/lots/lot-0001-letters-1-1.pdf", mine / "profile")
    again = ("print", "--lot", "1", "--from", "1", "--to", "1", "--yes")
    refused(desk, mine, "lot-0001-letters-1-1.pdf", mine / "profile", *again)


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
    with closing(sqlite3.connect(desk.folder / "ledger.db")) as handle:
        handle.execute("UPDATE lots SET path = ?", [path])
        handle.commit()
    before = contents(mine)
    for words in (("show", "76351", "--pdf"), ("print", "--discard", "1", "--yes")):
        assert desk.run(*words).code in (0, 3)
    assert contents(mine) == before


def test_a_sender_that_the_ledger_names_is_looked_for_among_the_locks_alone(
    desk: Desk, mine: Path
) -> None:
    (mine / "profile").rename(mine / "profile.lock")
    with closing(sqlite3.connect(desk.folder / "ledger.db")) as handle:
        sender = "../../mine/profile"
        handle.execute("UPDATE deliveries SET status = 'sending', claimant = ?", [sender])
        handle.commit()
    before = contents(mine)
    assert desk.run("status").code == 3
    assert contents(mine) == before


# --- the databases --------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [("status",), EDIT, ("adopt", "--yes"), ("backup", "../b.zip")])
@pytest.mark.parametrize(
    "name", [*("ledger.db", "ledger.db-wal", "ledger.db-shm", "ledger.db-journal", "archive.db")]
)
def test_no_database_lies_behind_a_link(
    desk: Desk, mine: Path, name: str, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(desk.folder)
    if name == "ledger.db":
        (mine / "profile").write_bytes((desk.folder / name).read_bytes())
    link(desk, name, mine / "profile")
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


@pytest.mark.parametrize("name", ["ledger.db.making", "ledger.db.making-wal", "archive.db-wal"])
def test_no_ledger_is_begun_through_a_link(tmp_path: Path, mine: Path, name: str) -> None:
    folder = tmp_path / "new"
    folder.mkdir()
    (folder / name).symlink_to(mine / "profile")
    with (
        closing(Accounts(tmp_path / "accounts.db")) as accounts,
        pytest.raises(Refused, match="folder-link"),
    ):
        create_ledger(folder, accounts=accounts)
    assert (mine / "profile").read_text(encoding="utf-8") == SECRET


# --- what is read ---------------------------------------------------------------------------------


def test_a_backup_holds_nothing_that_a_link_leads_to_and_says_so(desk: Desk, mine: Path) -> None:
    link(desk, "notes.txt", mine / "profile")
    link(desk, "more", mine / "below")
    link(desk, "picture.png", mine / "profile")  # called as a file of the campaign
    zip_file = desk.folder.with_name("saved.zip")
    said = desk.run("backup", str(zip_file))
    assert said.code == 1
    assert "notes.txt is a link" in said.err
    assert "more is a link" in said.err
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
    assert said.code == 3, said.err
    assert name in said.err
    assert "This is no file but a pipe" in said.err


def test_settings_that_never_end_are_not_read(desk: Desk) -> None:
    link(desk, "campaign.toml", Path("/dev/zero"))
    said = by_itself(desk, "status")
    assert said.returncode == 3
    assert "This is a link, which leads to /dev/zero" in said.stderr


@pytest.mark.parametrize(("name", "size_mb"), [("campaign.toml", 2), ("letter.md", 30)])
def test_a_file_that_is_too_large_is_not_read(desk: Desk, name: str, size_mb: int) -> None:
    os.truncate(desk.folder / name, size_mb * 1_000_000)
    said = desk.run("preview", "06088")
    assert said.code == 3
    assert f"{name}: This file has {size_mb} MB" in said.err


# --- what goes on working -------------------------------------------------------------------------


def test_a_person_s_own_links_above_the_folder_and_outside_of_it_go_on_working(
    desk: Desk, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    above = desk.folder.with_name("above")
    above.symlink_to(desk.folder.parent)
    (mine / "latest.csv").symlink_to(mine / "log-of-today.csv")
    for folder in (above / "campaign", above / "campaign" / ".." / "campaign"):
        here = Desk(folder)
        for words in (EDIT, ("send",), PRINT, ("print", "--test-sheet"), ("status",)):
            here.run(*words)
            assert here.run(*words).code == 0, words
    desk.ok("log", "--format", "csv", "-o", str(mine / "latest.csv"))
    assert (mine / "latest.csv").is_symlink()
    assert "Nice" in (mine / "log-of-today.csv").read_text(encoding="utf-8")
    monkeypatch.chdir(above / "campaign")
    desk.ok("log", "--format", "csv", "-o", "log.csv")
    assert (desk.folder / "log.csv").exists()


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="there are no such devices")
def test_a_device_and_a_pipe_are_written_to_as_they_are(desk: Desk, tmp_path: Path) -> None:
    said = by_itself(desk, "log", "--format", "csv", "-o", "/dev/stdout")
    assert "06088" in said.stdout
    desk.ok("log", "--format", "csv", "-o", "/dev/null")
    assert not Path("/dev/null").is_file()
    both = tmp_path / "both.csv"
    both.write_text("before\n", encoding="utf-8")
    with both.open("a", encoding="utf-8") as file:
        by_itself(desk, "log", "--format", "csv", "-o", "/dev/stdout", stdout=file.fileno())
    sheet = str(desk.folder.with_name("communes.csv"))
    with both.open("a", encoding="utf-8") as file:
        by_itself(desk, "import", sheet, "--report", "/dev/stdout", stdout=file.fileno())
    kept = both.read_text(encoding="utf-8")
    assert kept.startswith("before\nkey,commune")
    assert "File;Row;Column" in kept
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE, text=True) as reading:
        desk.ok("log", "--format", "csv", "-o", str(pipe))
        out, _err = reading.communicate()
    assert "06088" in out


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


def test_what_cannot_be_written_is_told_by_the_name_that_a_person_knows(
    desk: Desk, tmp_path: Path
) -> None:
    (desk.folder / "outbox/test-sheet.pdf").mkdir(parents=True)
    assert f"{desk.folder}/outbox/test-sheet.pdf: " in desk.run("print", "--test-sheet").err
    with pytest.raises(FileNotFoundError) as caught:
        disks.write(tmp_path, "nowhere/a", b"new")
    assert caught.value.filename == str(tmp_path / "nowhere" / "a")


def test_a_second_name_of_a_file_keeps_what_was_in_it(tmp_path: Path) -> None:
    (tmp_path / "mine").write_bytes(b"mine")
    (tmp_path / "a").hardlink_to(tmp_path / "mine")
    disks.write(tmp_path, "a", b"new")
    assert contents(tmp_path) == {"a": b"new", "mine": b"mine"}


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("campaign/a/b", "a/b"),
        ("campaign/link/b", "link/b"),
        ("link/a", "a"),
        ("campaign/../campaign/a", "a"),
        ("campaign", None),
        ("a", None),
        ("campaigns/a", None),
    ],
)
def test_what_lies_below_a_folder_is_known_however_it_is_spelled(
    tmp_path: Path, path: str, name: str | None
) -> None:
    (tmp_path / "campaign").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "campaign")
    (tmp_path / "campaign" / "link").symlink_to(tmp_path)
    below = disks.name_below(tmp_path / "campaign", tmp_path / path)
    assert below == (PurePath(name) if name else None)


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


def by_itself(
    desk: Desk, *words: str, stdout: int = subprocess.PIPE
) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, which is ended if it does not end."""
    program = [sys.executable, "-m", "merge", "-C", str(desk.folder), *words]
    return subprocess.run(
        program, stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=60, check=False
    )


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
