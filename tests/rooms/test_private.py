"""What the program makes is its user's alone, whatever the machine would let others have."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from merge import disks
from tests.desk import HAVRE, NICE, Desk, Y
from tests.disks import said
from tests.pages import need_pages
from tests.servers.capture import CaptureServer

pytest_plugins = ["tests.servers.fixtures"]
pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows keeps no such rights")


@pytest.fixture
def open_house() -> Iterator[None]:
    """A machine whose users let all others write all that they make."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    monkeypatch.setenv("PUBLIPOSTAGE_HOME", str(tmp_path / "home" / "publipostage"))
    monkeypatch.setattr("click.launch", lambda file: 0)
    desk = Desk(tmp_path / "made" / "too" / "campaign")
    desk.make()
    return desk


def open_to_others(*tops: Path) -> list[str]:
    """What of these folders, and below them, others have any right to."""
    return [
        f"{path} {stat.filemode(found.st_mode)}"
        for top in tops
        for path, found in [(top, top.lstat()), *(disks.walk(top) if top.is_dir() else ())]
        if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    ]


@pytest.mark.usefixtures("open_house")
def test_a_whole_campaign_is_its_user_s_alone(
    desk: Desk, tmp_path: Path, capture_server: CaptureServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    need_pages()
    sheet, results = str(desk.sheet(NICE, HAVRE, Y)), tmp_path / "results" / "of" / "today"
    Path(sheet).chmod(0o600)  # the test's own
    monkeypatch.chdir(desk.folder)
    desk.connect(capture_server)
    for words in (
        ("import", sheet, "--report", str(results / "noticed.csv")),
        ("preview", "Le Havre", "--as", "pdf", "-o", str(results / "letter.pdf")),
        ("send",),
        ("send", "--really", "--yes", "--untested"),
        ("print", "--test-sheet"),
        ("print", "--separate"),
        ("print", "--lot", "1", "--from", "1", "--to", "1", "--yes"),
        ("log", "--format", "xlsx", "-o", "log.xlsx"),
        ("print", "--discard", "1", "--yes"),
        ("print", "--separate"),
        ("backup", str(results / "saved.zip")),
    ):
        desk.ok(*words)
    assert {"ledger.db", "archive.db", "log.xlsx"} <= {path.name for path in desk.folder.iterdir()}
    for made in ("outbox/rehearsal", "outbox/lots/lot-0002", "outbox/discarded"):
        assert any(path.is_file() for path in (desk.folder / made).rglob("*")), made
    assert open_to_others(*(tmp_path / name for name in ("made", "home", "results"))) == []


def test_a_result_is_its_user_s_alone_and_what_is_to_be_put_online_as_they_give_new_files(
    desk: Desk, tmp_path: Path
) -> None:
    sheet, result = str(desk.sheet(NICE, HAVRE)), tmp_path / "result"
    for umask, mode, words in (
        (0o000, 0o600, ("import", sheet, "--report")),
        (0o000, 0o600, ("log", "--format", "csv", "-o")),
        (0o022, 0o644, ("report", "--csv", "-o")),
        (0o077, 0o600, ("report", "--csv", "-o")),
    ):
        result.write_text("before", encoding="utf-8")
        result.chmod(0o777 - mode)
        before = os.umask(umask)
        try:
            desk.ok(*words, str(result))
        finally:
            os.umask(before)
        assert stat.S_IMODE(result.stat().st_mode) == mode, words
        assert result.read_text(encoding="utf-8") != "before"


def test_a_file_that_the_user_protected_is_not_replaced(desk: Desk, tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text("mine", encoding="utf-8")
    log.chmod(0o400)
    code, _err = said(desk, "log", "--format", "csv", "-o", str(log))
    assert (code, log.read_text(encoding="utf-8")) == (2, "mine")


def test_adopting_closes_a_folder_that_others_can_look_into_and_says_so(
    desk: Desk, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("mine", encoding="utf-8")
    elsewhere.chmod(0o644)
    (desk.folder / "link").symlink_to(elsewhere)
    (desk.folder / "second-name").hardlink_to(elsewhere)
    (desk.folder / "script").touch(mode=0o755)
    (desk.folder / "pictures").mkdir(mode=0o777)
    for path in (desk.folder, desk.folder / "letter.md", desk.folder / "ledger.db"):
        path.chmod(0o777)
    desk.ok("adopt", "--yes")
    assert [each for each in open_to_others(desk.folder) if "link" not in each] == [
        f"{desk.folder / 'second-name'} -rw-r--r--"
    ]
    assert stat.S_IMODE((desk.folder / "script").stat().st_mode) == 0o700
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o644
