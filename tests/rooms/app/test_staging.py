"""A file handed to the page waits privately, is taken as it was seen, and is remembered; how it is
read and mended shows faces/page/list-taken.txt.
"""

from __future__ import annotations

import io
import os
import time

import pytest

from merge.app import staging, uploads
from merge.app.opening import home
from merge.app.staging import Staged
from merge.app.uploads import Upload
from merge.errors import Misuse, Refused, SheetError
from tests.desk import HEADER, NICE, Desk

CONTACT = ("Code INSEE;Contact;Maire", "35238;r@example.org;Mme Nathalie APPERE", "29019;;X Y")


def hand_over(desk: Desk, *lines: str, name: str = "mairies.csv", code: str = "utf-8") -> Upload:
    content = "\r\n".join([*lines, ""]).encode(code)
    return uploads.keep(desk.folder, name, io.BytesIO(content))


def stage(desk: Desk, upload: Upload) -> Staged:
    return staging.stage(desk.folder, upload)


def test_what_is_taken_waits_no_more_and_serves_the_next_file_with_these_columns(
    desk: Desk,
) -> None:
    upload = hand_over(desk, *CONTACT)
    assert desk.figures()["recipients"] == 0
    taken = staging.take(desk.folder, upload, [])
    assert (taken.change.added, taken.wants) == (2, ())
    assert desk.figures()["email"]["queued"] == 1
    (last,) = desk.reads(lambda it: it.ledger.readings.imports(5))
    assert last.files == ("mairies.csv",)
    assert not list((home() / "uploads").iterdir())
    again = staging.stage(
        desk.folder, hand_over(desk, CONTACT[0], "22050;d@example.org;M. Jean DUC")
    )
    assert again.remembered is not None
    found = {column.header: (column.field, column.why) for column in again.columns}
    assert found["Contact"] == ("email", "remembered")


def test_erasing_takes_the_files_that_wait_along(desk: Desk) -> None:
    desk.ok("import", str(desk.sheet("06088;Nice;;;;;;;")))
    upload = hand_over(desk, HEADER, NICE)
    desk.ok("purge", "--really", "--yes")
    assert not upload.path.exists()


def test_what_was_mended_outlives_the_same_file_and_yields_to_a_corrected_one(desk: Desk) -> None:
    header, wrong = "Code INSEE;Courriel", "35238;r@example"
    upload = hand_over(desk, header, wrong)
    staging.mend(upload, {(2, "Courriel"): "mended@example.org"})
    staging.take(desk.folder, upload, [])
    path = desk.sheet("29019;b@example.org", wrong, header=header)
    desk.ok("import", str(path))
    assert "mended@example.org" in desk.ok("show", "35238").out
    desk.ok("import", str(desk.sheet("35238;corrected@example.org", header=header)))
    assert "corrected@example.org" in desk.ok("show", "35238").out


def test_a_list_that_an_import_makes_mean_something_else_is_not_taken_unseen(desk: Desk) -> None:
    upload = hand_over(desk, *CONTACT)
    seen = uploads.version(upload)
    assert uploads.version(upload) == seen
    desk.ok("import", str(desk.sheet(*CONTACT[1:], header=CONTACT[0])), "--keep", "Contact")
    with pytest.raises(Refused) as caught:
        staging.take(desk.folder, upload, [], seen)
    assert caught.value.code == "list-changed"
    assert desk.figures()["email"]["queued"] == 0
    staging.take(desk.folder, upload, [], uploads.version(upload))


# The files that wait


def test_a_file_waits_privately_under_its_own_name_for_one_campaign(desk: Desk) -> None:
    upload = hand_over(desk, *CONTACT, name="../../C:\\x\\Mairies du 35.CSV")
    assert (upload.name, upload.path.suffix) == ("Mairies du 35.CSV", ".csv")
    assert home() in upload.path.parents
    if os.name == "posix":
        assert upload.path.stat().st_mode & 0o077 == 0
        assert upload.path.parent.stat().st_mode & 0o077 == 0
    assert uploads.find(desk.folder, upload.token) == upload
    assert uploads.find(desk.folder.parent, upload.token) is None
    for token in ("", "..", "../..", "x" * 16, upload.token + "/"):
        assert uploads.find(desk.folder, token) is None
    assert uploads.waiting(desk.folder) == [upload]
    uploads.remove(upload)
    assert uploads.waiting(desk.folder) == []


def test_a_file_without_a_byte_or_with_too_many_leaves_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SheetError) as empty:
        uploads.keep(desk.folder, "x.csv", io.BytesIO())
    monkeypatch.setattr("merge.disks.MOST_BYTES", 10)
    with pytest.raises(Misuse) as large:
        uploads.keep(desk.folder, "x.csv", io.BytesIO(b"x" * 11))
    assert (empty.value.code, large.value.code) == ("sheet-empty", "sheet-too-large")
    assert not list((home() / "uploads").iterdir())


def test_what_nobody_takes_is_removed_after_a_week(desk: Desk) -> None:
    upload = hand_over(desk, *CONTACT)
    before = time.time() - uploads.KEPT_S - 60
    os.utime(upload.path.parent, (before, before))
    assert uploads.waiting(desk.folder) == []
    assert not upload.path.exists()
