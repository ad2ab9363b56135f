"""A database that its user may not read is told as one, and not as a folder or a disk at fault."""

from __future__ import annotations

import os
from pathlib import Path

from tests.desk import Desk
from tests.disks import said


def test_the_file_that_may_not_be_read_or_written_is_the_one_that_is_told(
    desk: Desk, tmp_path: Path
) -> None:
    home = Path(os.environ["PUBLIPOSTAGE_HOME"])
    (desk.folder / "archive.db").touch()
    failures = []
    for file, mode, command, told in (
        (desk.folder / "ledger.db", 0o000, "status", "ledger.db: "),
        (desk.folder / "ledger.db", 0o000, "print", "ledger.db: "),
        (desk.folder / "ledger.db", 0o000, "adopt", "ledger.db: "),
        (desk.folder / "archive.db", 0o000, f"backup {tmp_path}/saved.zip", "archive.db: "),
        (home / "accounts.db", 0o000, "print", "accounts.db: "),
        (home / "accounts.db", 0o000, "suppress a@example.org --reason x", "accounts.db: "),
        (home / "accounts.db", 0o400, "print", "quotas cannot be written"),
    ):
        before = file.stat().st_mode
        file.chmod(mode)
        code, err = said(desk, *command.split())
        file.chmod(before)
        if code != 3 or told not in err:
            failures.append((file.name, command, code, err))
    assert failures == []
