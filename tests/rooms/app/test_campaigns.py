"""The campaigns that this user's accounts.db knows: right ones, and all that can be wrong."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from merge.app import campaigns
from merge.app.campaigns import KnownCampaign
from tests.desk import NICE, Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path / "one")
    desk.make()
    return desk


def listed(*also: Path) -> Mapping[str, KnownCampaign]:
    """By the names of the folders, in their order."""
    return {each.place.name: each for each in campaigns.campaigns(also)}


def what(known: KnownCampaign) -> str:
    return known.trouble.code if known.trouble else known.cautions[0].code


def test_what_is_gone_broken_or_not_readable_is_told_and_hides_no_other(
    desk: Desk, tmp_path: Path
) -> None:
    for name in ("gone", "empty", "toml", "junk"):
        Desk(tmp_path / name).make()
    shutil.rmtree(tmp_path / "gone")
    (tmp_path / "empty" / "ledger.db").unlink()
    (tmp_path / "toml" / "campaign.toml").write_text("[campaign\n", "utf-8")
    (tmp_path / "junk" / "ledger.db").write_bytes(b"no database at all\n" * 100)
    found = listed()
    assert (found["one"].trouble, found["toml"].name) == (None, "toml")
    assert {name: what(each) for name, each in found.items() if name != "one"} == {
        "gone": "no-campaign",
        "empty": "ledger-missing",
        "toml": "settings-syntax",
        "junk": "ledger-damaged",
    }
    assert set(list(found)[-2:]) == {"gone", "empty"}


def test_a_copy_that_was_opened_is_told_as_one(desk: Desk, tmp_path: Path) -> None:
    shutil.copytree(desk.folder, tmp_path / "copy")
    found = listed(tmp_path / "copy")
    assert what(found["copy"]) == "ledger-copied"
    assert not found["one"].cautions


def test_one_that_was_moved_is_found_where_it_was_opened_last(desk: Desk, tmp_path: Path) -> None:
    desk.folder.rename(tmp_path / "moved")
    assert list(listed(tmp_path / "moved")) == ["moved", "one"]
    desk.folder = tmp_path / "moved"
    desk.ok("import", str(desk.sheet(NICE)))
    assert list(listed()) == ["moved"]


def test_of_very_many_the_last_ones_are_looked_into(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Desk(tmp_path / "two").make()
    os.utime(desk.folder / "ledger.db", (1, 1))
    monkeypatch.setattr(campaigns, "LOOKED_INTO", 1)
    found = listed()
    assert (found["two"].counts is None, found["one"].counts) == (False, None)
    assert found["one"].trouble is None


def test_those_written_at_one_time_stand_in_the_order_of_their_folders(tmp_path: Path) -> None:
    folders = [tmp_path / each for each in "jihgfedcba"]
    for folder in folders:
        folder.mkdir()
        (folder / "ledger.db").touch()
        os.utime(folder / "ledger.db", (1, 1))
    assert list(listed(*folders)) == list("abcdefghij")
