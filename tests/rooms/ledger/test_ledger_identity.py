"""A copied folder never sends twice: which ledger is the campaign's own, and which is refused."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from merge.errors import Busy, LedgerError, Trouble
from merge.ledger.accounts import Accounts
from merge.ledger.driver.files import unlink_neighbours
from merge.ledger.driver.sqlite import SqliteDatabase
from merge.ledger.identity import Adoption, place_of
from merge.ledger.opening import adopt, adoption_risk
from merge.model import Status
from tests.ledger_desk import Desk, new_desk
from tests.ledger_hands import COUNTED, NOON, claim, hands, intent, settled
from tests.stories import failures


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


class Folders:
    """A campaign at home, and what becomes of its folder, as verbs."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.at = {"home": new_desk(place, towns=3)}

    def do(self, step: str) -> str:
        """What came of it, or the code that it was refused with."""
        verb, *words = step.split()
        try:
            return str(getattr(self, f"{verb}_")(*words))
        except Trouble as trouble:
            if trouble.code != "ledger-behind":
                return trouble.code
            facts = trouble.facts
            return f"{trouble.code} {facts['counter']} of {facts['counter_known']}"

    def send_(self, who: str) -> str:
        send_one(self.at[who])
        return "sent"

    def open_(self, who: str) -> str:
        with self.at[who].open("share"):
            return "open"

    def alone_(self, who: str) -> str:
        return self.at[who].refusal("exclusive")

    def read_(self, who: str) -> str:
        """What a reader is told, who is not refused."""
        with self.at[who].open("read") as opened:
            assert len(opened.ledger.deliveries()) == 3
            told = {caution.code: caution.detail for caution in opened.cautions}
        where = {str(desk.ledger): f" from {name}" for name, desk in self.at.items()}
        return " ".join(code + where.get(detail, "") for code, detail in told.items())

    def counter_(self, who: str) -> int:
        return counter(self.at[who])

    def copy_(self, who: str, to: str) -> None:
        self.at[to] = replace(self.at[who], folder=self.place / to)
        shutil.copytree(self.at[who].folder, self.at[to].folder)

    def link_(self, who: str, to: str) -> None:
        self.at[to] = replace(self.at[who], folder=self.place / to)
        self.at[to].folder.mkdir()
        self.at[to].ledger.hardlink_to(self.at[who].ledger)

    def move_(self, who: str) -> None:
        folder = self.at[who].folder.rename(self.place / "moved")
        self.at[who] = replace(self.at[who], folder=folder)

    def lose_(self, who: str, name: str = "") -> None:
        lost = self.at[who].folder / name
        (lost.unlink if name else lambda: shutil.rmtree(lost))()

    def save_(self, who: str, name: str = "saved") -> None:
        shutil.copyfile(self.at[who].ledger, self.place / f"{name}.db")

    def putback_(self, who: str, name: str = "saved") -> None:
        shutil.copyfile(self.place / f"{name}.db", self.at[who].ledger)

    def machine_(self, who: str, other: str) -> None:
        """The same folder, from a machine that knows nothing of it."""
        accounts = Accounts(self.place / other / "accounts.db")
        self.at[other] = replace(self.at[who], accounts=accounts)

    def twin_(self, who: str, other: str) -> None:
        """From one that has what vouches for it."""
        accounts = Accounts(self.at[who].accounts.path, machine="the second one")
        self.at[other] = replace(self.at[who], accounts=accounts)

    def adopt_(self, who: str) -> str:
        return told(adopt(self.at[who].folder, accounts=self.at[who].accounts))

    def risk_(self, who: str) -> str:
        return told(adoption_risk(self.at[who].folder, accounts=self.at[who].accounts))


def told(adoption: Adoption) -> str:
    return f"{adoption.code or 'at home'}, {adoption.behind} behind, {adoption.waiting} waiting"


def test_each_story_of_a_folder_ends_as_it_is_told(tmp_path: Path) -> None:
    text = Path(__file__).with_suffix(".txt")
    assert failures(text, lambda number: nullcontext(Folders(tmp_path / number))) == []


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


def test_a_ledger_ahead_of_accounts_is_sound(desk: Desk) -> None:
    """The program died between the ledger's commit and that of accounts.db: nothing left."""
    with closing(sqlite3.connect(desk.ledger)) as ledger:
        ledger.execute("UPDATE campaign SET counter = 7")
        ledger.commit()
    with desk.open("share") as opened:
        known = desk.accounts.registered(opened.ledger.campaign_id)
    assert known is not None
    assert known.counter == 7


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
