"""A file handed to the page: read as it would be imported, mended, taken, and remembered."""

from __future__ import annotations

import io
import os
import time
from pathlib import Path

import pytest

from merge.app import staging, uploads
from merge.app.importing import Undone
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


def problems(staged: Staged) -> dict[str, int]:
    return {kind.code: kind.n for kind in staged.kinds}


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


def test_each_column_is_shown_with_what_it_is_and_why(desk: Desk) -> None:
    header = "Code INSEE;Contact;CP;Notes;Date de naissance;Mail;Courriel"
    upload = hand_over(desk, header, "35238;a@example.org;35000;;1970;b@x.fr;c@x.fr")
    assert meanings(stage(desk, upload)) == {
        "Code INSEE": ("insee", "known"),
        "Contact": ("", ""),
        "CP": ("postcode", "known"),
        "Notes": ("", ""),
        "Date de naissance": ("", "dropped"),
        "Mail": ("", "contested"),
        "Courriel": ("", "contested"),
    }


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


@pytest.mark.parametrize("before", [(), (HAVRE,)])
def test_what_is_shown_is_what_comes_of_it(desk: Desk, before: tuple[str, ...]) -> None:
    for row in before:
        desk.ok("import", str(desk.sheet(row)))
    nobody = "01004;Ambérieu-en-Bugey;;;;;;;"
    upload = hand_over(desk, HEADER, NICE, Y, nobody)
    staged = stage(desk, upload)
    assert staged.outcome is not None
    taken = staging.take(desk.folder, upload, [])
    assert staged.outcome.counts == taken.counts
    assert staged.outcome.change == taken.change


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


def test_two_columns_cannot_be_one_field(desk: Desk) -> None:
    upload = hand_over(desk, *CONTACT)
    with pytest.raises(Misuse) as caught:
        staging.set_columns(upload, ["A", "B"], {"A": "email", "B": "email"})
    assert caught.value.code == "two-columns-one-field"


def test_personal_data_of_no_use_stays_out_unless_somebody_wants_it(desk: Desk) -> None:
    upload = hand_over(desk, "Code INSEE;Date de naissance", "35238;1970")
    headers = ["Code INSEE", "Date de naissance"]
    staging.set_columns(upload, headers, {"Code INSEE": "insee", headers[1]: staging.LEFT_OUT})
    assert meanings(stage(desk, upload))[headers[1]] == ("", "dropped")
    staging.set_columns(upload, headers, {"Code INSEE": "insee", headers[1]: ""})
    staged = stage(desk, upload)
    assert staged.outcome is not None
    assert staged.outcome.first[0].fields == {headers[1]: "1970"}


def test_whom_the_sheet_says_not_to_write_to_is_taken_by_a_choice_at_the_column(
    desk: Desk,
) -> None:
    upload = hand_over(desk, "Code INSEE;Désabonné", "35238;oui", "06088;")
    headers, chosen = ["Code INSEE", "Désabonné"], {"Code INSEE": "insee"}
    assert meanings(stage(desk, upload))[headers[1]] == ("", "aside")
    for choice, taken, command in ((staging.LEFT_OUT, 1, ()), ("", 2, ("--keep", "Désabonné"))):
        staging.set_columns(upload, headers, {**chosen, "Désabonné": choice})
        staged = stage(desk, upload)
        assert staged.outcome is not None
        assert (staged.outcome.rows.taken, staged.command) == (taken, command)


def test_a_file_is_read_as_a_person_says(desk: Desk) -> None:
    upload = hand_over(
        desk, "Liste", "x;Orléans", "Code INSEE;Commune", "45234;Orléans", code="cp1252"
    )
    staging.set_reading(upload, header_row=2, encoding="cp850")
    wrong = stage(desk, upload)
    assert wrong.trouble is not None
    staging.set_reading(upload, header_row=3, encoding=None)
    staged = stage(desk, upload)
    assert staged.file is not None
    assert (staged.file.header_row, staged.file.encoding) == (3, "cp1252")
    assert staged.command == ("--header-row", "3")


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (("Commune;Mail;Courriel", "Rennes;a@x.fr;b@x.fr"), "two-columns-one-field"),
        (("Qui;Quoi", "x;y"), "no-recipient-column"),
        (("Code INSEE",), "sheet-empty"),
        (("<html>", "</html>"), "not-a-sheet"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_and_keeps_nothing(
    desk: Desk, lines: tuple[str, ...], code: str
) -> None:
    staged = stage(desk, hand_over(desk, *lines))
    assert staged.trouble is not None
    assert (staged.trouble.code, staged.trouble.path) == (code, "mairies.csv")
    assert staged.outcome is None
    assert desk.figures()["recipients"] == 0


def test_problems_come_by_kind_with_the_cell_and_what_to_put_there(desk: Desk) -> None:
    rows = ("35238;r@oange.fr", "99999;n@example.org", "1004;a@example.org")
    staged = stage(desk, hand_over(desk, "Code INSEE;Courriel", *rows))
    assert problems(staged) == {"unknown-insee": 1, "email-typo": 1, "zero-restored": 1}
    assert [kind.taken for kind in staged.kinds] == [False, True, True]
    (typo,) = next(kind.first for kind in staged.kinds if kind.code == "email-typo")
    assert (typo.problem.row, typo.cell, typo.suggested) == (2, "r@oange.fr", "r@orange.fr")


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


def test_a_mended_cell_that_is_taken_back_is_forgotten(desk: Desk) -> None:
    header, wrong = "Code INSEE;Courriel", "35238;r@example"
    upload = hand_over(desk, header, wrong)
    staging.mend(upload, {(2, "Courriel"): "r@example.org"})
    staging.take(desk.folder, upload, [])
    again = hand_over(desk, header, wrong)
    assert stage(desk, again).mended == 1
    staging.mend(again, {(2, "Courriel"): "r@example"})
    staging.take(desk.folder, again, [])
    assert stage(desk, hand_over(desk, header, wrong)).mended == 0


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


def test_cells_that_say_several_things_are_shown_taken_apart(desk: Desk) -> None:
    header = "Code INSEE;Maire;CP Ville"
    staged = stage(desk, hand_over(desk, header, "35238;Mme Nathalie APPERE;35000 Rennes"))
    assert staged.outcome is not None
    shown = [
        (each.column, each.cell, each.recipient.surname) for each in staged.outcome.split_cells
    ]
    assert shown == [
        ("CP Ville", "35000 Rennes", "Appere"),
        ("Maire", "Mme Nathalie APPERE", "Appere"),
    ]


def test_a_name_that_nothing_tells_is_asked_about(desk: Desk) -> None:
    staged = stage(desk, hand_over(desk, "Code INSEE;Maire", "35238;Nathalie Appéré"))
    assert [each.is_order for each in staged.asked] == [True]
    assert problems(staged) == {"name-not-parted": 1}


def test_an_import_is_undone_and_its_mended_cells_are_still_known(desk: Desk) -> None:
    header, wrong = "Code INSEE;Courriel", "35238;r@example"
    upload = hand_over(desk, header, wrong)
    staging.mend(upload, {(2, "Courriel"): "r@example.org"})
    staging.take(desk.folder, upload, [])
    undone = staging.undo(desk.folder)
    assert isinstance(undone, Undone)
    assert (undone.n, desk.figures()["recipients"]) == (1, 0)
    (record,) = staging.overview(desk.folder).imports
    assert (record.undone_at is not None, record.can_be_undone) == (True, False)
    assert stage(desk, hand_over(desk, header, wrong)).mended == 1


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


@pytest.mark.parametrize("name", ["", "..", "/", "\x00", "?" * 300, "a" * 300 + ".csv"])
def test_any_name_becomes_one_that_can_be_shown(desk: Desk, name: str) -> None:
    upload = hand_over(desk, *CONTACT, name=name)
    assert 0 < len(upload.name) <= 80
    assert upload.path.is_file()


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
