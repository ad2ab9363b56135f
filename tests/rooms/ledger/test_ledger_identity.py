"""A copied folder never sends twice: which ledger is the campaign's own, and which is refused."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from merge.errors import Busy, LedgerError
from merge.ledger.accounts import Accounts
from merge.ledger.driver.files import unlink_neighbours
from merge.ledger.driver.sqlite import SqliteDatabase
from merge.ledger.identity import place_of
from merge.ledger.opening import adopt, adoption_risk
from merge.model import Status
from tests.ledger_desk import Desk, new_desk
from tests.ledger_hands import COUNTED, NOON, claim, hands, intent, settled


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return new_desk(tmp_path, towns=3)


def send_one(desk: Desk) -> None:
    with desk.open("share", "send") as opened:
        (one,) = claim(opened.ledger, None, 1, NOON)
        assert opened.ledger.commit([], [intent(one)], *COUNTED).leaving
        opened.ledger.commit([settled(one)], [], *COUNTED)


def counter(desk: Desk) -> int:
    with desk.open("read") as opened:
        return opened.ledger.counter


def test_a_ledger_is_opened_again_and_again(desk: Desk) -> None:
    send_one(desk)
    send_one(desk)
    assert counter(desk) == 2


def test_a_copied_folder_is_refused(desk: Desk, tmp_path: Path) -> None:
    copy = replace(desk, folder=tmp_path / "copy")
    shutil.copytree(desk.folder, copy.folder)
    assert copy.refusal() == "ledger-copied"
    assert copy.refusal("exclusive") == "ledger-copied"
    send_one(desk)  # the original goes on


def test_a_folder_carried_to_another_disk_is_not_sent_back_to_where_it_was(
    desk: Desk, tmp_path: Path
) -> None:
    send_one(desk)
    carried = replace(desk, folder=tmp_path / "stick")
    shutil.copytree(desk.folder, carried.folder)
    shutil.rmtree(desk.folder)
    assert carried.refusal() == "ledger-carried"
    with carried.open("read") as opened:
        (caution,) = opened.cautions
    assert (caution.code, caution.detail) == ("ledger-carried", str(desk.ledger))
    assert adopt(carried.folder, accounts=carried.accounts).code == "ledger-carried"
    send_one(carried)


def test_a_ledger_copied_alone_is_refused_even_with_its_log_left_behind(
    desk: Desk, tmp_path: Path
) -> None:
    copy = replace(desk, folder=tmp_path / "copy")
    copy.folder.mkdir()
    with desk.open("share", "send") as opened:
        (one,) = claim(opened.ledger, None, 1, NOON)
        opened.ledger.commit([], [intent(one)], *COUNTED)
        shutil.copyfile(desk.ledger, copy.ledger)  # the intent stands in the WAL
    assert copy.refusal() in ("ledger-copied", "ledger-behind")


def test_a_restored_older_ledger_is_refused(desk: Desk, tmp_path: Path) -> None:
    saved = tmp_path / "saved.db"
    shutil.copyfile(desk.ledger, saved)
    send_one(desk)
    shutil.copyfile(saved, desk.ledger)
    with pytest.raises(LedgerError) as caught, desk.open("share"):
        pass
    assert caught.value.code == "ledger-behind"
    assert (caught.value.facts["counter"], caught.value.facts["counter_known"]) == (0, 1)


def test_a_ledger_that_lacks_one_commit_of_a_sender_that_was_killed_is_refused(
    desk: Desk, tmp_path: Path
) -> None:
    saved = tmp_path / "saved.db"
    with hands("witness", desk.folder, desk.accounts) as sender:
        for number in (1, 2):
            sender.says(f"witnessed {number}")
            if number == 2:
                with closing(SqliteDatabase(desk.ledger, read_only=True)) as database:
                    database.copy_to(saved)
            sender.goes_on()
        sender.says("witnessed 3")
        sender.kill()
    unlink_neighbours(desk.ledger)
    shutil.copyfile(saved, desk.ledger)
    with pytest.raises(LedgerError) as caught, desk.open("share"):
        pass
    assert caught.value.code == "ledger-behind"
    assert (caught.value.facts["counter"], caught.value.facts["counter_known"]) == (2, 3)


def test_a_restored_older_ledger_that_is_adopted_goes_before_the_one_that_knew_more(
    desk: Desk, tmp_path: Path
) -> None:
    saved, later = tmp_path / "saved.db", tmp_path / "later.db"
    shutil.copyfile(desk.ledger, saved)
    send_one(desk)
    send_one(desk)
    shutil.copyfile(desk.ledger, later)
    shutil.copyfile(saved, desk.ledger)
    adoption = adopt(desk.folder, accounts=desk.accounts)
    assert (adoption.code, adoption.behind) == ("ledger-behind", 2)
    assert counter(desk) == 3
    with desk.open("share"):
        pass
    shutil.copyfile(later, desk.ledger)
    assert desk.refusal() == "ledger-behind"


def test_a_restored_ledger_is_accepted_when_nothing_has_left_since(
    desk: Desk, tmp_path: Path
) -> None:
    send_one(desk)
    shutil.copyfile(desk.ledger, tmp_path / "saved.db")
    desk.ledger.unlink()
    shutil.copyfile(tmp_path / "saved.db", desk.ledger)  # another inode, the same place
    send_one(desk)


def test_a_moved_folder_is_accepted(desk: Desk, tmp_path: Path) -> None:
    moved = replace(desk, folder=tmp_path / "moved")
    desk.folder.rename(moved.folder)
    send_one(moved)
    send_one(moved)


def test_a_second_name_for_the_same_file_is_refused(desk: Desk, tmp_path: Path) -> None:
    """The file is the same, its log and its locks are not."""
    second = replace(desk, folder=tmp_path / "second")
    second.folder.mkdir()
    second.ledger.hardlink_to(desk.ledger)
    assert second.refusal() == desk.refusal() == "folder-second-name"
    second.ledger.unlink()
    send_one(desk)


def test_another_machine_is_refused_then_adopted(desk: Desk, tmp_path: Path) -> None:
    send_one(desk)
    elsewhere = replace(desk, accounts=Accounts(tmp_path / "other-machine" / "accounts.db"))
    assert elsewhere.refusal() == "ledger-foreign"
    adoption = adopt(elsewhere.folder, accounts=elsewhere.accounts)
    assert adoption.code == "ledger-foreign"
    assert (adoption.counter_here, adoption.counter_known, adoption.behind) == (1, None, 0)
    assert adoption.waiting == 2
    send_one(elsewhere)


def test_a_campaign_copied_with_what_vouches_for_it_is_refused(desk: Desk, tmp_path: Path) -> None:
    """A whole home folder synchronised to a second machine: both would send."""
    send_one(desk)
    home = desk.accounts.path
    moved = replace(desk, accounts=Accounts(home, machine="the second one"))
    assert moved.refusal() == "ledger-foreign"
    adopt(moved.folder, accounts=moved.accounts)
    send_one(moved)
    assert desk.refusal() == "ledger-foreign"  # and the first one has stopped


def test_a_ledger_that_lived_elsewhere_since_is_refused_at_home(desk: Desk, tmp_path: Path) -> None:
    elsewhere = replace(desk, accounts=Accounts(tmp_path / "other-machine" / "accounts.db"))
    adopt(elsewhere.folder, accounts=elsewhere.accounts)
    assert desk.refusal() == "ledger-foreign"


def test_adopting_a_copy_makes_the_original_refused(desk: Desk, tmp_path: Path) -> None:
    copy = replace(desk, folder=tmp_path / "copy")
    shutil.copytree(desk.folder, copy.folder)
    send_one(desk)
    adoption = adopt(copy.folder, accounts=copy.accounts)
    assert adoption.code == "ledger-behind"
    assert (adoption.behind, adoption.waiting) == (1, 3)
    assert adoption.known_path == str(desk.ledger)
    send_one(copy)
    assert desk.refusal() in ("ledger-behind", "ledger-copied")


def test_a_copy_is_not_adopted_while_the_original_is_at_work(desk: Desk, tmp_path: Path) -> None:
    """A `send --wait` sleeps for days: copied and adopted meanwhile, both would send."""
    copy = replace(desk, folder=tmp_path / "copy")
    with desk.open("share", "send"):
        shutil.copytree(desk.folder, copy.folder)
        with pytest.raises(Busy) as caught:
            adopt(copy.folder, accounts=copy.accounts)
    assert caught.value.facts["command"] == "send"
    assert caught.value.path == str(desk.folder)
    assert copy.refusal() == "ledger-copied"
    send_one(desk)  # nothing has changed for it
    adopt(copy.folder, accounts=copy.accounts)
    send_one(copy)


def test_a_campaign_is_not_adopted_while_a_command_is_at_work_in_it(
    desk: Desk, tmp_path: Path
) -> None:
    other = Accounts(tmp_path / "other-machine" / "accounts.db")
    with desk.open("share"), pytest.raises(Busy):
        adopt(desk.folder, accounts=other)
    assert adopt(desk.folder, accounts=other).code == "ledger-foreign"


def test_a_folder_that_is_called_by_another_name_is_adopted(desk: Desk) -> None:
    """A Mac tells no capitals apart, and a disk may be mounted twice."""
    with desk.open("read") as opened:
        seen = place_of(desk.ledger, counter=0)
        elsewhere = desk.folder / ".." / desk.folder.name / "ledger.db"
        desk.accounts.register(opened.ledger.campaign_id, replace(seen, path=str(elsewhere)))
    assert desk.refusal() == "ledger-copied"
    assert adopt(desk.folder, accounts=desk.accounts).code == "ledger-copied"
    send_one(desk)


def test_adopting_what_is_at_home_does_nothing(desk: Desk) -> None:
    assert adopt(desk.folder, accounts=desk.accounts).code is None
    assert counter(desk) == 0


def test_the_risk_is_told_before_anything_is_done(desk: Desk, tmp_path: Path) -> None:
    copy = replace(desk, folder=tmp_path / "copy")
    shutil.copytree(desk.folder, copy.folder)
    assert adoption_risk(copy.folder, accounts=desk.accounts).code == "ledger-copied"
    assert copy.refusal() == "ledger-copied"


def test_a_ledger_ahead_of_accounts_is_sound(desk: Desk) -> None:
    """The program died between the ledger's commit and that of accounts.db: nothing left."""
    with closing(sqlite3.connect(desk.ledger)) as ledger:
        ledger.execute("UPDATE campaign SET counter = 7")
        ledger.commit()
    with desk.open("share") as opened:
        known = desk.accounts.registered(opened.ledger.campaign_id)
    assert known is not None
    assert known.counter == 7


def test_a_reader_of_a_copy_is_told_and_not_refused(desk: Desk, tmp_path: Path) -> None:
    copy = replace(desk, folder=tmp_path / "copy")
    shutil.copytree(desk.folder, copy.folder)
    with copy.open("read") as opened:
        [caution] = opened.cautions
        assert (caution.code, caution.detail) == ("ledger-copied", str(desk.ledger))
        assert len(opened.ledger.deliveries()) == 3


def test_a_reader_where_nothing_is_known_of_the_campaign_is_told(
    desk: Desk, tmp_path: Path
) -> None:
    elsewhere = replace(desk, accounts=Accounts(tmp_path / "other-machine" / "accounts.db"))
    with elsewhere.open("read") as opened:
        [caution] = opened.cautions
        assert (caution.code, caution.detail) == ("ledger-foreign", "")
    with desk.open("read") as opened:
        assert opened.cautions == ()


def test_a_reader_of_a_copy_changes_nothing_in_it(desk: Desk, tmp_path: Path) -> None:
    with closing(sqlite3.connect(desk.ledger)) as ledger:
        ledger.execute("UPDATE deliveries SET status = 'sending', claimant = 'dead' WHERE id = 1")
        ledger.commit()
    copy = replace(desk, folder=tmp_path / "copy")
    shutil.copytree(desk.folder, copy.folder)
    with copy.open("read") as opened:
        assert (opened.fallen_in_doubt, opened.ledger.counts().email[Status.SENDING]) == (0, 1)
    with desk.open("read") as opened:
        assert (opened.fallen_in_doubt, opened.ledger.counts().email[Status.UNKNOWN]) == (1, 1)


def test_a_reader_does_without_accounts(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "in-the-way").write_text("a file where a folder should be", encoding="utf-8")
    reader = replace(desk, accounts=Accounts(tmp_path / "in-the-way" / "accounts.db"))
    with reader.open("read") as opened:
        assert [caution.code for caution in opened.cautions] == ["accounts-unreachable"]
