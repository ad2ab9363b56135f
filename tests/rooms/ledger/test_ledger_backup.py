"""A backup of a live campaign is complete, consistent, private, and never over another file."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import pytest

from merge.app.campaign_files import of_folder
from merge.errors import LedgerError, Misuse
from merge.ledger.backup import Saved, backup
from merge.ledger.opening import adopt
from merge.ledger.suppression import HashedLines
from merge.model import Status
from tests.ledger_desk import Desk, new_desk
from tests.ledger_hands import COUNTED, NOON, claim, intent, settled

NOBODY = HashedLines(peppers=(), lines=())


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = new_desk(tmp_path, towns=300)
    (desk.folder / "campaign.toml").write_text("[campaign]\n", encoding="utf-8")
    (desk.folder / "outbox" / "lots").mkdir(parents=True)
    (desk.folder / "outbox" / "lots" / "lot-001.pdf").write_bytes(b"%PDF")
    return desk


def test_a_backup_has_what_stands_only_in_the_log(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "saved.zip"
    with desk.open("share", "send") as opened:
        ledger = opened.ledger
        digest = opened.archive.put([b"the exact bytes"])[0]
        for one in claim(ledger, None, 300, NOON):
            ledger.commit([], [intent(one)._replace(sha256=digest)], *COUNTED)
            ledger.commit([settled(one)], [], *COUNTED)
        assert (desk.folder / "ledger.db-wal").stat().st_size > 0
        assert backup(desk.folder, file, desk.accounts, of_folder, NOBODY) == Saved(
            files=4, left_out=()
        )
    with ZipFile(file) as saved:
        assert sorted(saved.namelist()) == [
            "archive.db",
            "campaign.toml",
            "ledger.db",
            "outbox/lots/lot-001.pdf",
        ]
        saved.extractall(tmp_path / "restored")
    restored = replace(desk, folder=tmp_path / "restored")
    assert restored.refusal() == "ledger-copied"
    adopt(restored.folder, accounts=restored.accounts)
    with restored.open("share") as opened:
        assert opened.ledger.counts().email[Status.SENT] == 300
        assert opened.archive.get(digest) == b"the exact bytes"


def test_a_backup_and_what_is_unpacked_of_it_are_private(desk: Desk) -> None:
    """Into a folder that others may read, as on a shared machine; it does not hold itself."""
    for path in desk.folder.rglob("*.*"):
        path.chmod(0o664)
    file = desk.folder / "saved.zip"
    backup(desk.folder, file, desk.accounts, of_folder, NOBODY)
    with ZipFile(file) as saved:
        modes = {info.filename: oct(info.external_attr >> 16) for info in saved.infolist()}
    private = oct(stat.S_IFREG | 0o600)
    names = ("campaign.toml", "ledger.db", "outbox/lots/lot-001.pdf")
    assert modes == dict.fromkeys(names, private)
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_lot_that_is_published_meanwhile_is_saved_where_it_lies_then(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`print` is at work beside it: scratch files come and go, and a lot moves to its place."""
    made, published = (desk.folder / "outbox" / name for name in ("making/2.pdf", "lots/2.pdf"))
    made.parent.mkdir()
    made.write_bytes(b"%PDF")
    write = ZipFile.write

    def moved_first(saved: ZipFile, path: Path, name: str) -> None:
        if Path(path) == made:
            made.rename(published)
        write(saved, path, name)

    monkeypatch.setattr(ZipFile, "write", moved_first)
    backup(desk.folder, tmp_path / "saved.zip", desk.accounts, of_folder, NOBODY)
    with ZipFile(tmp_path / "saved.zip") as saved:
        assert "outbox/lots/2.pdf" in saved.namelist()
        assert "outbox/making/2.pdf" not in saved.namelist()


def test_a_backup_put_over_a_ledger_whose_sender_was_killed_is_refused(
    desk: Desk, tmp_path: Path
) -> None:
    """Half of what was sent would wait again, beside a counter that says that all is well."""
    log = desk.folder / "ledger.db-wal"
    backup(desk.folder, tmp_path / "saved.zip", desk.accounts, of_folder, NOBODY)
    with desk.open("share", "send") as opened:
        (one,) = claim(opened.ledger, None, 1, NOON)
        opened.ledger.commit([], [intent(one)], *COUNTED)
        left_behind = log.read_bytes()
    with ZipFile(tmp_path / "saved.zip") as saved:
        saved.extract("ledger.db", desk.folder)
    log.write_bytes(left_behind)
    assert desk.refusal() == "ledger-damaged"
    assert desk.refusal("read") == "ledger-damaged"
    with pytest.raises(LedgerError, match="ledger-damaged"):
        adopt(desk.folder, accounts=desk.accounts)
    log.unlink()
    assert desk.refusal() == "ledger-behind"


def test_no_file_is_overwritten(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "saved.zip").write_bytes(b"mine")
    with pytest.raises(Misuse, match="file-exists"):
        backup(desk.folder, tmp_path / "saved.zip", desk.accounts, of_folder, NOBODY)
    assert (tmp_path / "saved.zip").read_bytes() == b"mine"
    with pytest.raises(Misuse, match="file-unwritable"):  # and no fault of the ledger
        backup(desk.folder, tmp_path / "nowhere" / "saved.zip", desk.accounts, of_folder, NOBODY)


def test_a_backup_that_fails_leaves_nothing_behind(desk: Desk, tmp_path: Path) -> None:
    target = tmp_path / "there"
    target.mkdir()

    def dies(_folder: Path) -> Sequence[str]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backup(desk.folder, target / "saved.zip", desk.accounts, dies, NOBODY)
    assert list(target.iterdir()) == []
    desk.ledger.write_bytes(b"no database")
    with pytest.raises(LedgerError, match="ledger-damaged"):
        backup(desk.folder, target / "saved.zip", desk.accounts, of_folder, NOBODY)
    assert list(target.iterdir()) == []
    with pytest.raises(LedgerError, match="ledger-missing"):
        backup(target, tmp_path / "saved.zip", desk.accounts, of_folder, NOBODY)
    assert not (tmp_path / "saved.zip").exists()
