"""A database that its user may not read is told as one, and not as a folder or a disk at fault."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.desk import Desk
from tests.disks import said


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.made(tmp_path)


@pytest.mark.parametrize("words", [["status"], ["print"], ["adopt"]])
def test_a_ledger_that_may_not_be_read_is_told_as_one(desk: Desk, words: list[str]) -> None:
    (desk.folder / "ledger.db").chmod(0o000)
    code, err = said(desk, *words)
    assert code == 3
    assert "ledger.db: This file cannot be reached or read: permission denied." in err
    assert "file and folder are yours" in err


@pytest.mark.parametrize("words", [["print"], ["suppress", "a@example.org", "--reason", "x"]])
def test_a_file_of_quotas_that_may_not_be_read_is_told_as_one(desk: Desk, words: list[str]) -> None:
    (Path(os.environ["PUBLIPOSTAGE_HOME"]) / "accounts.db").chmod(0o000)
    code, err = said(desk, *words)
    assert code == 3
    assert "accounts.db: This file cannot be reached or read: permission denied." in err
    assert "file and folder are yours" in err


def test_an_archive_that_may_not_be_read_is_told_as_one(desk: Desk, tmp_path: Path) -> None:
    archive = desk.folder / "archive.db"
    archive.touch()
    archive.chmod(0o000)
    code, err = said(desk, "backup", str(tmp_path / "backup.zip"))
    assert code == 3
    assert "archive.db: This file cannot be reached or read: permission denied." in err


def test_a_file_that_may_be_read_and_not_written_is_still_told_as_that(desk: Desk) -> None:
    (Path(os.environ["PUBLIPOSTAGE_HOME"]) / "accounts.db").chmod(0o400)
    code, err = said(desk, "print")
    assert code == 3
    assert "The folder where this program keeps your quotas cannot be written." in err
