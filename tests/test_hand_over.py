"""A campaign that is handed over sends from one place: here until the .zip is whole, then there."""

from __future__ import annotations

import stat
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from merge.app.opening import users_accounts
from merge.ledger import handover
from merge.ledger.handover import LIST, is_whole
from merge.ledger.records import Kind, QuotaLimits, SuppressedName
from tests.desk import HAVRE, NICE, Desk, Y
from tests.dying import dies, dies_after_writing
from tests.mailboxes import SPAM, came_back

NOW = datetime.now(UTC).replace(microsecond=0)
ACCOUNT = "groupe@example.org · smtp.example.org"
WRITERS = (
    ("print",),
    ("edit", "Nice", "email=a@example.org"),
    ("suppress", "Nice", "--reason", "asked"),
    ("answer", "Nice", "yes"),
    ("import", "--undo"),
    ("purge", "--really", "--yes"),
)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.made(tmp_path, NICE, HAVRE, Y)


def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Another user, with a folder that is not there yet."""
    monkeypatch.setenv("PUBLIPOSTAGE_HOME", str(tmp_path / "home of another"))
    return Desk(tmp_path / "theirs")


def test_what_is_handed_over_is_refused_here_and_goes_on_there(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "campaign.zip"
    desk.ok("print")
    desk.ok("suppress", "y@example.org", "--reason", "by phone")
    figures = desk.figures()
    said = desk.ok("hand-over", str(file), "--yes")
    assert "Nothing leaves from here any more" in said.err
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for words in WRITERS:
        refused = desk.run(*words)
        assert (refused.code, "was handed over (" in refused.err) == (3, True), words
    assert desk.figures() == figures  # it can still be read
    assert desk.run("hand-over", str(tmp_path / "again.zip"), "--yes").code == 3

    theirs = elsewhere(tmp_path, monkeypatch)
    assert "1 line comes with it" in theirs.ok("adopt", str(file), "--yes").err
    assert theirs.figures() == figures
    assert "by phone" in theirs.ok("suppress").out
    theirs.ok("print", "--posted", "1")
    assert not (theirs.folder / LIST).exists()
    assert stat.S_IMODE(theirs.folder.stat().st_mode) == 0o700


def test_it_is_taken_back_by_adopting_it_and_handed_over_again(desk: Desk, tmp_path: Path) -> None:
    desk.ok("hand-over", str(tmp_path / "one.zip"), "--yes")
    told = desk.ok("adopt", "--yes").err
    assert "Whoever has the .zip may have taken it up" in told
    desk.ok("print")
    desk.ok("hand-over", str(tmp_path / "two.zip"), "--yes")
    assert desk.run("print").code == 3


def test_a_folder_that_was_unpacked_by_hand_brings_the_list_too(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "campaign.zip"
    desk.ok("suppress", "y@example.org", "--reason", "by phone")
    desk.ok("hand-over", str(file), "--yes")
    theirs = elsewhere(tmp_path, monkeypatch)
    with ZipFile(file) as packed:
        packed.extractall(theirs.folder)
    assert theirs.run("print").code == 3
    theirs.ok("adopt", "--yes")
    assert "by phone" in theirs.ok("suppress").out


def test_a_copy_on_this_machine_and_a_backup_of_before_are_refused_too(
    desk: Desk, tmp_path: Path
) -> None:
    desk.ok("backup", str(tmp_path / "before.zip"))
    desk.ok("hand-over", str(tmp_path / "campaign.zip"), "--yes")
    for name in ("ledger.db-wal", "ledger.db-shm"):
        (desk.folder / name).unlink(missing_ok=True)
    with ZipFile(tmp_path / "before.zip") as saved:
        saved.extract("ledger.db", desk.folder)
    said = desk.run("print")
    assert (said.code, "older than what has left" in said.err) == (3, True)


def test_a_no_leaves_the_campaign_as_it_was(desk: Desk, tmp_path: Path) -> None:
    assert desk.run("hand-over", str(tmp_path / "campaign.zip"), typed="n\n").code == 130
    assert not (tmp_path / "campaign.zip").exists()
    desk.ok("print")


def test_without_a_name_the_file_lies_beside_the_folder(desk: Desk) -> None:
    desk.ok("hand-over", "--yes")
    (file,) = desk.folder.parent.glob("campaign-*.zip")
    assert handover.read_list(ZipFile(file).read(LIST)).files


@pytest.mark.parametrize("point", ["_add_list", "_mark_done"])
def test_what_fails_on_the_way_leaves_the_campaign_open_here(
    desk: Desk, tmp_path: Path, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(handover, point, fails)
    said = desk.run("hand-over", str(tmp_path / "campaign.zip"), "--yes")
    assert (said.code, "The disk is full" in said.err) == (3, True)
    assert not (tmp_path / "campaign.zip").exists()
    desk.ok("print")


def torn(data: bytes) -> bytes:
    at = data.index(LIST.encode()) + len(LIST)
    return data[: at + 200] + b"\xff" * 200 + data[at + 400 :]


def with_password(data: bytes) -> bytes:
    at = data.rindex(b"PK\x01\x02") + 8  # the flags in its table of contents
    return data[:at] + bytes([data[at] | 1]) + data[at + 1 :]


@pytest.mark.parametrize("damage", [torn, with_password, lambda data: data[:-50]])
def test_a_damaged_file_hands_nothing_over(
    tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    file = tmp_path / "campaign.zip"
    with ZipFile(file, "w", ZIP_DEFLATED) as zip_file:
        zip_file.writestr(LIST, "".join(sha256(bytes([n])).hexdigest() for n in range(50)))
    file.write_bytes(damage(file.read_bytes()))
    assert not is_whole(file, "", 0)


# Killed


def one_place_at_most(desk: Desk, file: Path) -> None:
    """After a kill: it works here, or the .zip can be had and it does not."""
    works_here = desk.run("edit", "Nice", "email=b@example.org").code == 0
    size = file.stat().st_size if file.exists() else 0
    assert not (works_here and size)
    again = desk.run("hand-over", str(file), "--yes").code
    assert again == 0 or (size, again) == (file.stat().st_size, 3)  # the kill was after its end
    assert desk.run("print").code == 3
    said = handover.read_list(ZipFile(file).read(LIST))
    assert is_whole(file, said.campaign_id, said.counter)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    "point",
    [
        "merge.ledger.identity:hand_over",
        "merge.ledger.accounts:Accounts.witness",
        "merge.ledger.backup:_fill",
        "merge.ledger.handover:_add_list",
        "merge.ledger.backup:_keep_through_power_cut",
        "merge.ledger.backup:write",
    ],
)
def test_a_kill_leaves_no_two_that_send(desk: Desk, tmp_path: Path, point: str, when: str) -> None:
    file = tmp_path / "campaign.zip"
    dies(desk, point, when, "hand-over", str(file), "--yes")
    one_place_at_most(desk, file)


def test_nor_does_one_after_any_write(desk: Desk, tmp_path: Path) -> None:
    file, times = tmp_path / "campaign.zip", 0
    while dies_after_writing(desk, times + 1, "hand-over", str(file), "--yes"):
        times += 1
        one_place_at_most(desk, file)
        file.unlink()
        desk.ok("adopt", "--yes")
    assert times > 3


@pytest.mark.parametrize(
    "point",
    [
        "merge.ledger.unpacking:unpack",
        "merge.app.taking_up:Job.run",
        "merge.ledger.passing:Passing.take",
        "merge.ledger.opening:adopt",
    ],
)
def test_a_taking_up_that_was_killed_is_begun_again(
    desk: Desk, tmp_path: Path, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "campaign.zip"
    desk.ok("suppress", "y@example.org", "--reason", "by phone")
    desk.ok("hand-over", str(file), "--yes")
    theirs = elsewhere(tmp_path, monkeypatch)
    theirs.folder.mkdir()
    dies(theirs, point, "before", "adopt", str(file), "--yes")
    if (theirs.folder / "ledger.db").exists():
        assert theirs.run("print").code == 3
        theirs.ok("adopt", "--yes")
    else:
        theirs.ok("adopt", str(file), "--yes")
    assert theirs.ok("suppress").out.count("by phone") == 1
    theirs.ok("print")


# What goes along


def test_a_line_that_was_erased_stops_letters_there_too(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(users_accounts()) as accounts:
        accounts.suppression.add([SuppressedName(Kind.ADDRESS, "gone@example.org")], "x", NOW)
        accounts.suppression.forget([SuppressedName(Kind.ADDRESS, "gone@example.org")])
    file = tmp_path / "campaign.zip"
    desk.ok("hand-over", str(file), "--yes")
    assert b"gone@example.org" not in ZipFile(file).read(LIST)
    theirs = elsewhere(tmp_path, monkeypatch)
    theirs.ok("adopt", str(file), "--yes")
    with closing(users_accounts()) as accounts:
        named = SuppressedName(Kind.ADDRESS, "gone@example.org")
        assert accounts.suppression.known().reason(named) == ""
        assert accounts.suppression.add([named], "again", NOW) == 0
        assert accounts.suppression.take_back([named]) == 1
        assert accounts.suppression.known().reason(named) is None


def test_a_recipient_of_another_campaign_stays_here(desk: Desk, tmp_path: Path) -> None:
    with closing(users_accounts()) as accounts:
        accounts.suppression.add([SuppressedName(Kind.RECIPIENT, "another 12")], "x", NOW)
        passed = accounts.passing.give("this", ACCOUNT, NOW)
    assert passed.lines == ()
    file = tmp_path / "campaign.zip"
    desk.ok("hand-over", str(file), "--yes")
    assert b"another 12" not in ZipFile(file).read(LIST)


def test_what_an_account_has_spent_counts_there_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = QuotaLimits(per_day=100)

    def spend(n: int, minutes_ago: int) -> None:
        at = NOW - timedelta(minutes=minutes_ago)
        accounts.spend(ACCOUNT, limits, campaign_id="one", counter=0, to=[""] * n, now=at)

    with closing(users_accounts()) as accounts:
        spend(40, 30)
        spend(2, 10)
        accounts.pause(ACCOUNT, "one", [came_back(1, NOW, SPAM)])
        passed = accounts.passing.give("one", ACCOUNT, NOW - timedelta(days=2))
    monkeypatch.setenv("PUBLIPOSTAGE_HOME", str(tmp_path / "another"))
    with closing(users_accounts()) as accounts:
        spend(7, 20)
        for _time in range(2):
            accounts.passing.take(passed, NOW)
            assert accounts.quota_left(ACCOUNT, limits, NOW).now == 51
        sent = accounts.spent(ACCOUNT, NOW - timedelta(days=1))
        assert [n for _at, n in sent] == [40, 7, 2]
        paused = accounts.paused(ACCOUNT)
        assert paused is not None
        assert paused.reports == 1
