"""Who may hold a campaign together with whom, and what a dead holder leaves."""

from __future__ import annotations

import errno
import os
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from merge.errors import Busy
from merge.ledger.driver.locks import FileLocks
from merge.words import speaking
from merge.words.troubles import explain
from tests.both import in_files, on_each_database
from tests.ledger_desk import Desk, new_desk
from tests.ledger_hands import hands

pytest_plugins = ["tests.servers.fixtures"]
pytestmark = on_each_database


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return new_desk(tmp_path, towns=2)


def test_a_second_command_is_told_who_holds_the_campaign(desk: Desk) -> None:
    with hands("hold", desk.folder, desk.accounts, "exclusive") as other:
        other.says("held")
        with pytest.raises(Busy) as caught, desk.open("share", "send"):
            pass
        assert caught.value.code == "busy"
        assert caught.value.exit_code == 3
        assert caught.value.facts["command"] == "exclusive"
        assert caught.value.facts["pid"] == other.process.pid
        since = caught.value.facts["since"]
        assert isinstance(since, datetime)
        assert since <= datetime.now(UTC)
        with speaking("fr"):
            said = explain(caught.value)
        pid, host = other.process.pid, caught.value.facts["host"]
        assert f"depuis le {since:%d/%m/%Y} à {since:%H:%M}" in said
        assert f"exclusive (processus {pid} sur {host})" in said
        assert "puis réessayez" in said


def test_those_that_share_share_and_an_import_waits_for_none_of_them(desk: Desk) -> None:
    with hands("hold", desk.folder, desk.accounts, "share") as other:
        other.says("held")
        with desk.open("share", "print"):
            pass
        assert desk.refusal("exclusive") == "busy"


def test_an_import_waits_for_a_page_that_notes_what_was_seen(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as page:
        page.enter_context(desk.open("share", "preview"))
        monkeypatch.setattr("merge.ledger.driver.locks.sleep", lambda _s: page.close())
        with desk.open("exclusive", "import") as opened:
            assert opened.ledger.counts().recipients == 2


def test_a_reader_is_free(desk: Desk) -> None:
    with hands("hold", desk.folder, desk.accounts, "exclusive") as other:
        other.says("held")
        with desk.open("read") as opened:
            assert opened.ledger.counts().recipients == 2


def test_a_killed_holder_holds_nothing_and_is_swept(desk: Desk) -> None:
    with hands("hold", desk.folder, desk.accounts, "exclusive") as other:
        other.says("held")
        other.kill()
    if not desk.accounts.server:
        assert len(list((desk.folder / "locks").glob("exclusive-*"))) == 2
    with desk.open("exclusive"):
        pass
    assert not list((desk.folder / "locks").glob("*-*"))


@in_files
def test_a_token_lives_as_long_as_its_holder(tmp_path: Path) -> None:
    locks = FileLocks(tmp_path)
    with locks.share("send") as token:
        assert locks.alive(token)
        assert FileLocks(tmp_path).alive(token)
    assert not locks.alive(token)
    assert not locks.alive("send-1-never")


@in_files
@pytest.mark.parametrize("left", [None, "", '{"comma', "[]", '{"since": "noon"}'])
def test_a_holder_without_its_side_file_still_holds(tmp_path: Path, left: str | None) -> None:
    locks = FileLocks(tmp_path)
    with locks.exclusive("import") as token:
        side = tmp_path / "locks" / f"{token}.json"
        side.unlink()
        if left is not None:  # half of one: its holder was killed as it wrote
            side.write_text(left, encoding="utf-8")
        with pytest.raises(Busy) as caught, locks.share("send"):
            pass
        assert "command" not in caught.value.facts
        assert (
            explain(caught.value)
            .splitlines()[0]
            .endswith("Another command is at work on this campaign.")
        )


@in_files
def test_a_command_that_fails_lets_go(tmp_path: Path) -> None:
    locks = FileLocks(tmp_path)
    with pytest.raises(ZeroDivisionError), locks.exclusive("import"):
        raise ZeroDivisionError
    with locks.exclusive("import"):
        pass


@in_files
@pytest.mark.parametrize("number", [errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_disk_without_locks_is_told_as_one(
    desk: Desk, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    fcntl = pytest.importorskip("fcntl")

    def refused(descriptor: int, operation: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refused)
    assert desk.refusal("share") == "locks-unsupported"
    assert desk.refusal("exclusive") == "locks-unsupported"
    with desk.open("read") as opened:
        assert opened.ledger.counts().recipients == 2
