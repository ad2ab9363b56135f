"""A file handed to the page: read as it would be imported, mended, taken, and remembered."""

from __future__ import annotations

import io
import os
import time
from pathlib import Path

import pytest

from merge.app import staging, uploads
from merge.app.opening import home
from merge.app.sheet_shown import Staged
from merge.app.uploads import Upload
from merge.errors import Misuse, Refused, SheetError
from merge.model import Status
from tests.desk import HAVRE, HEADER, NICE, Desk, Y

CONTACT = ("Code INSEE;Contact;Maire", "35238;r@example.org;Mme Nathalie APPERE", "29019;;X Y")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.made(tmp_path)


def hand_over(desk: Desk, *lines: str, name: str = "mairies.csv", code: str = "utf-8") -> Upload:
    content = "\r\n".join([*lines, ""]).encode(code)
    return uploads.keep(desk.folder, name, io.BytesIO(content))


def stage(desk: Desk, upload: Upload) -> Staged:
    return staging.stage(desk.folder, upload)


def by_email(staged: Staged) -> int:
    assert staged.outcome is not None, staged.trouble
    return staged.outcome.counts.email[Status.QUEUED]


def meanings(staged: Staged) -> dict[str, tuple[str, str]]:
    return {column.header: (column.field, column.why) for column in staged.columns}


def test_nothing_is_kept_before_it_is_taken(desk: Desk) -> None:
    upload = hand_over(desk, HEADER, NICE, HAVRE, Y)
    staged = stage(desk, upload)
    assert by_email(staged) == 2
    assert staged.outcome is not None
    assert [each.commune for each in staged.outcome.first] == ["Nice", "Le Havre", "Y"]
    assert desk.figures()["recipients"] == 0
    taken = staging.take(desk.folder, upload, [])
    assert (taken.change.added, taken.wants) == (3, ())
    assert desk.figures()["recipients"] == 3
    assert staging.overview(desk.folder).imports[0].files == ("mairies.csv",)
    assert uploads.find(desk.folder, upload.token) is None
    assert not list((home() / "uploads").iterdir())


def test_what_looks_like_a_field_is_counted_in_and_to_be_confirmed(desk: Desk) -> None:
    staged = stage(desk, hand_over(desk, *CONTACT))
    column = staged.columns[1]
    assert (column.field, column.why) == ("email", "proposed")
    assert column.proposal is not None
    assert (column.proposal.rows, column.proposal.of) == (1, 2)
    assert by_email(staged) == 1
    assert staged.command == ("--map", "email=Contact")


def test_what_was_confirmed_serves_the_next_file_with_these_columns(desk: Desk) -> None:
    staging.take(desk.folder, hand_over(desk, *CONTACT), [])
    assert by_email_now(desk) == 1
    again = stage(desk, hand_over(desk, CONTACT[0], "22050;d@example.org;M. Jean DUC"))
    assert again.remembered is not None
    assert meanings(again)["Contact"] == ("email", "remembered")


def test_erasing_takes_the_files_that_wait_along(desk: Desk) -> None:
    desk.ok("import", str(desk.sheet("06088;Nice;;;;;;;")))
    upload = hand_over(desk, HEADER, NICE)
    desk.ok("purge", "--really", "--yes")
    assert not upload.path.exists()


def by_email_now(desk: Desk) -> int:
    return int(desk.figures()["email"]["queued"])


def test_a_column_is_what_a_person_says_and_nothing_else(desk: Desk) -> None:
    upload = hand_over(desk, "Code INSEE;Courriel;Autre", "35238;a@example.org;b@example.org")
    headers = [column.header for column in stage(desk, upload).columns]
    staging.set_columns(upload, headers, {"Code INSEE": "insee", "Autre": "email"})
    staged = stage(desk, upload)
    assert meanings(staged)["Courriel"] == ("", "said")
    assert staged.outcome is not None
    assert staged.outcome.first[0].email == "b@example.org"
    assert staged.command == ("--map", "email=Autre", "--keep", "Courriel")
    staging.reset(upload)
    assert meanings(stage(desk, upload))["Courriel"] == ("email", "known")


def test_a_cell_is_mended_in_place_and_the_counts_follow(desk: Desk) -> None:
    upload = hand_over(desk, "Code INSEE;Courriel", "35238;r@example", "29019;b@example.org")
    assert by_email(stage(desk, upload)) == 1
    staging.mend(upload, {(2, "Courriel"): "r@example.org"})
    staged = stage(desk, upload)
    assert (by_email(staged), staged.mended) == (2, 1)
    (mended,) = next(kind.first for kind in staged.kinds if kind.code == "cell-mended")
    assert (mended.cell, mended.suggested) == ("r@example.org", "r@example")
    staging.mend(upload, {(2, "Courriel"): "r@example"})
    assert by_email(stage(desk, upload)) == 1


def test_what_was_mended_outlives_the_same_file_and_yields_to_a_corrected_one(desk: Desk) -> None:
    header, wrong = "Code INSEE;Courriel", "35238;r@example"
    upload = hand_over(desk, header, wrong)
    staging.mend(upload, {(2, "Courriel"): "mended@example.org"})
    staging.take(desk.folder, upload, [])
    path = desk.sheet("29019;b@example.org", wrong, header=header)
    said = desk.ok("import", str(path))
    assert "taken as “mended@example.org”" in said.out
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
