"""`import` wants to be told what it cannot know of a sheet, and remembers it."""

from __future__ import annotations

from pathlib import Path

import pytest

from merge.cli import output
from tests.desk import Desk, Said
from tests.rooms.recipients.test_workbook import workbook

CONTACT = ("Code INSEE;Contact", "35238;mairie-35238@example.org", "29019;mairie-29019@example.org")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.made(tmp_path)


@pytest.fixture
def asked(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The same with a person at the keyboard."""
    monkeypatch.setattr(output, "somebody_is_there", lambda: True)
    return desk


def sheet(desk: Desk, header: str, *rows: str, encoding: str = "utf-8") -> str:
    path = desk.folder.with_name("mairies.csv")
    path.write_text("\n".join([header, *rows, ""]), encoding=encoding)
    return str(path)


def by_email(desk: Desk) -> int:
    return int(desk.figures()["email"]["queued"])


def imported(desk: Desk, *words: str) -> Said:
    said = desk.run("import", *words)
    assert said.code in (0, 1), said.err
    return said


def refused(desk: Desk, path: str, *options: str) -> Said:
    """It keeps nothing, and shows these options; the first of them is in the line to type."""
    said = desk.run("import", path)
    assert (said.code, desk.figures()["recipients"]) == (3, 0), said.err
    assert [line for line in options if f"\n  {line}" not in said.err] == []
    assert f"publipostage import {path} {options[0]}" in said.err
    return said


def test_a_column_of_addresses_is_told_with_how_many_rows_speak_for_it(asked: Desk) -> None:
    path = sheet(asked, *CONTACT, "29232;")
    said = refused(asked, path, "--map email=Contact", "--keep Contact")
    assert "“Contact” looks like an e-mail address: 2 rows of 3" in said.err
    imported(asked, path, "--map", "email=Contact")
    assert by_email(asked) == 2


def test_a_column_that_was_kept_is_not_asked_about_again(asked: Desk) -> None:
    path = sheet(asked, *CONTACT)
    imported(asked, path, "--keep", "Contact")
    assert by_email(asked) == 0
    again = imported(asked, path)
    assert "looks like" not in again.err
    assert "Read as on" in again.err


def test_an_answer_serves_the_corrected_sheet(asked: Desk) -> None:
    imported(asked, sheet(asked, *CONTACT), "--map", "email=Contact")
    corrected = [CONTACT[0], "35238;autre@example.org", *CONTACT[2:], "29232;q@example.org"]
    said = asked.ok("import", sheet(asked, *corrected))
    assert "“Contact” is E-mail" in said.err
    assert by_email(asked) == 3
    assert "autre@example.org" in asked.ok("show", "35238").out


def test_a_script_without_an_answer_is_told_the_option_as_ever(desk: Desk) -> None:
    said = desk.run("import", sheet(desk, "Qui;Courrier e", "35238;x"))
    assert said.code == 2
    assert "--map insee=COLUMN" in said.err


def test_a_code_that_no_header_names_is_told_before_the_sheet_is_refused(asked: Desk) -> None:
    path = sheet(asked, "Qui;Mél", "35238;a@example.org")
    refused(asked, path, "--map insee=Qui")
    imported(asked, path, "--map", "insee=Qui")
    assert by_email(asked) == 1


def test_which_of_two_columns_counts_is_a_persons_to_say(asked: Desk) -> None:
    path = sheet(asked, "Code INSEE;Mail;Courriel", "35238;a@example.org;b@example.org")
    second = "--keep Mail --map email=Courriel"
    refused(asked, path, "--map email=Mail --keep Courriel", second)
    imported(asked, path, *second.split())
    assert "b@example.org" in asked.ok("show", "35238").out


def test_what_comes_first_in_a_name_is_said_once_for_all_rows(asked: Desk) -> None:
    path = sheet(asked, "Code INSEE;Mél;Maire", "35238;a@example.org;Nathalie Appéré")
    first = "--map first_name_surname=Maire"
    said = refused(asked, path, first, "--map surname_first_name=Maire", "--map whole_name=Maire")
    assert "“Nathalie Appéré”" in said.err
    imported(asked, path, *first.split())
    assert "Appéré" in asked.ok("show", "35238").out
    assert "name-not-parted" not in imported(asked, path).err


def test_a_person_may_leave_the_names_out(asked: Desk) -> None:
    path = sheet(asked, "Code INSEE;Mél;Maire", "35238;a@example.org;Nathalie Appéré")
    said = imported(asked, path, "--map", "whole_name=Maire")
    assert (said.code, "Nathalie Appéré" in said.out) == (1, False) or "first name" in said.out
    assert "Which comes first" not in imported(asked, path).err


def test_a_worksheet_is_to_be_named_where_the_first_has_no_recipients(asked: Desk) -> None:
    path = asked.folder.with_name("mairies.xlsx")
    notes = [["Liste des mairies"], ["à jour en mars"]]
    table = [["Code INSEE", "Courriel"], ["35238", "a@example.org"]]
    path.write_bytes(workbook(("Lisez-moi", notes), ("Mairies", table)))
    refused(asked, str(path), "--sheet Mairies")
    imported(asked, str(path), "--sheet", "Mairies")
    assert by_email(asked) == 1
    assert "several sheets" not in imported(asked, str(path)).err


def test_what_was_said_by_options_serves_the_next_file_of_its_shape(desk: Desk) -> None:
    rows = ("liste", "Code INSEE;Contact;Ville", "45234;mairie-45234@example.org;Orléans")
    first = sheet(desk, *rows, encoding="cp1252")
    desk.ok("import", first, "--map", "courriel=Contact", "--header-row", "2")
    desk.ok("import", "--undo")
    assert "Read as on" not in imported(desk, first, "--header-row", "2").err
    desk.ok("import", first, "--map", "courriel=Contact", "--header-row", "2")
    said = desk.ok("import", first)
    assert "headers in row 2" in said.err
    assert by_email(desk) == 1


def test_what_was_said_in_french_serves_the_corrected_sheet(desk: Desk) -> None:
    rows = ("Code INSEE;Où écrire", "45234;mairie@example.org")
    desk.ok("import", sheet(desk, *rows), "--map", "courriel=Où écrire")
    desk.ok("import", sheet(desk, rows[0], rows[1].replace("mairie", "accueil")))
    assert "E-mail: accueil@example.org" in desk.ok("show", "45234").out


def test_an_option_wins_over_what_is_remembered(desk: Desk) -> None:
    path = sheet(desk, "Code INSEE;A;B", "35238;a@example.org;b@example.org")
    desk.ok("import", path, "--map", "email=A")
    desk.ok("import", path, "--map", "email=B")
    assert "b@example.org" in desk.ok("show", "35238").out
    assert "“B” is E-mail" in imported(desk, path).err
    assert "“B” is E-mail" not in imported(desk, path, "--keep", "B").err


def test_a_column_that_is_kept_is_read_under_its_own_name(desk: Desk) -> None:
    path = sheet(desk, "Code INSEE;Courriel", "35238;a@example.org")
    imported(desk, path, "--keep", "Courriel")
    assert by_email(desk) == 0


def test_yes_takes_no_column_that_is_in_doubt(asked: Desk) -> None:
    assert "looks like" not in imported(asked, sheet(asked, *CONTACT), "--yes").err
