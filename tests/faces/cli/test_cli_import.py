"""`publipostage import` as a person meets it: what it says, asks, keeps and takes back."""

from __future__ import annotations

import csv
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.desk import HAVRE, HEADER, NICE, Desk, Y
from tests.rooms.recipients.test_workbook import workbook
from tests.servers.capture import CaptureServer

pytest_plugins = ["tests.servers.fixtures"]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    return Desk.made(tmp_path)


@pytest.fixture
def filled(desk: Desk) -> Desk:
    desk.ok("import", str(desk.sheet(NICE, HAVRE, Y)))
    return desk


@pytest.fixture
def written_to(filled: Desk, capture_server: CaptureServer) -> Desk:
    filled.connect(capture_server)
    filled.ok("send", "--really", "--yes", "--untested")
    return filled


def rows_of(report: Path) -> list[list[str]]:
    return list(csv.reader(report.read_text("utf-8-sig").splitlines(), delimiter=";"))


def file(tmp_path: Path, name: str, *lines: str) -> str:
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return str(path)


@pytest.mark.parametrize("mayors_first", [True, False])
def test_mayors_and_mailboxes_are_joined_by_code(
    desk: Desk, tmp_path: Path, mayors_first: bool
) -> None:
    mayors = file(tmp_path, "m.csv", "Code INSEE;Sexe;Nom", "06088;M;ÇELIK", "76351;F;LE GOFF")
    boxes = file(tmp_path, "b.csv", "département,commune,email", "06,Mairie - Nice,n@example.org")
    said = desk.ok("import", *((mayors, boxes) if mayors_first else (boxes, mayors)))
    assert "added: 2" in said.err
    shown = desk.ok("show", "06088").out
    assert ("n@example.org" in shown, "Çelik" in shown) == (True, True)


def test_a_workbook_that_begins_with_a_sheet_of_notes_names_the_others(
    desk: Desk, tmp_path: Path
) -> None:
    """Two rows of notes pass for a header and a row: no column of theirs can be mapped."""
    path = tmp_path / "mairies.xlsx"
    notes = [["Liste des mairies"], ["à jour en mars"]]
    path.write_bytes(workbook(("Lisez-moi", notes), ("Mairies", [["Code INSEE"], ["35238"]])))
    said = desk.run("import", str(path))
    assert said.code == 2
    assert "“Lisez-moi”" in said.err
    assert "(Mairies): publipostage import SHEET --sheet NAME" in said.err
    assert "taken: 1;" in desk.ok("import", str(path), "--sheet", "Mairies").err


def test_a_worksheet_of_a_text_file_is_wrong_use(desk: Desk) -> None:
    said = desk.run("import", str(desk.sheet(NICE)), "--sheet", "Bretagne")
    assert (said.code, "“Bretagne”" in said.err) == (2, True)
    assert desk.figures()["recipients"] == 0


def test_a_worksheet_is_wanted_of_the_workbook_beside_a_text_file(
    desk: Desk, tmp_path: Path
) -> None:
    path = tmp_path / "maires.xlsx"
    path.write_bytes(workbook(("Maires", [["Code INSEE", "Nom"], ["06088", "Çelik"]])))
    desk.ok("import", str(desk.sheet(NICE)), str(path), "--sheet", "Maires")
    assert "Çelik" in desk.ok("show", "06088").out


def test_kinds_are_counted_and_the_first_rows_are_shown_with_their_place(
    desk: Desk, tmp_path: Path
) -> None:
    towns = ("Nice", "Nice (?)", "Mairie déléguée de X", "Saint-Martin", "Cannes")
    sheet = file(tmp_path, "list.csv", "Dep;Commune", *(f"06;{town}" for town in towns))
    said = desk.run("import", sheet)
    assert said.code == 1
    kinds = [line.split() for line in said.out.splitlines() if line.strip()[:1].isdigit()]
    assert [(words[0], words[-1]) for words in kinds] == [*[("1", "no")] * 3, ("2", "yes")]
    assert f"{sheet}:3:Commune" in said.out
    assert said.err.startswith(f"{sheet}: Rows in the file: 5; taken: 2; left aside: 3.\n  1: ")


def test_names_that_are_lost_are_counted_before_anything_else(desk: Desk, tmp_path: Path) -> None:
    rows = ("06088;Anne Ben Ali", "76351;(voir adjoint)", "35238;Élodie ÇELIK", "99999;Zoé ROY")
    sheet = file(tmp_path, "l.csv", "Code INSEE;Nom complet", *rows)
    said = desk.run("import", sheet)
    assert said.err.splitlines()[:3] == [
        f"{sheet}: Rows in the file: 4; taken: 3; left aside: 1.",
        "  1: There is no commune with the INSEE code “…”.",
        "Names not understood: 2; their letters name nobody.",
    ]


@pytest.mark.parametrize(
    "row",
    [
        ";TOTAL;3;36,00 €",
        "Somme;;;36",
        ";;Sous-total : 3;",
        ";Nombre total;35 communes;",
        "Total général;;3;",
    ],
)
def test_a_line_of_totals_is_left_aside_and_named_and_nothing_is_amiss(
    desk: Desk, tmp_path: Path, row: str
) -> None:
    header = "Code INSEE;Commune;Habitants;Dons"
    sheet = file(tmp_path, "l.csv", header, "06088;Nice;3;36", row)
    said = desk.ok("import", sheet)
    lines = said.err.splitlines()
    assert lines[0] == f"{sheet}: Rows in the file: 2; taken: 1; left aside: 1."
    assert (
        lines[1]
        == "  1: “…”: this row is a total, or repeats or explains the header; it is about nobody."
    )
    assert "this row is a total" in said.out


@pytest.mark.parametrize(
    "row", ["Code insee;COMMUNE;;Dons", "(obligatoire);(obligatoire);(facultatif);en €"]
)
def test_a_header_that_comes_again_or_is_explained_is_no_row_that_is_lost(
    desk: Desk, tmp_path: Path, row: str
) -> None:
    sheet = file(tmp_path, "l.csv", "Code INSEE;Commune;Habitants;Dons", row, "06088;Nice;3;36")
    said = desk.ok("import", sheet)
    assert (
        "  1: “…”: this row is a total, or repeats or explains the header; it is about nobody."
        in said.err.splitlines()
    )


def test_what_is_no_town_hall_in_the_annuaire_is_counted(desk: Desk, tmp_path: Path) -> None:
    def pivot(kind: str) -> str:
        return f'"[{{""type_service_local"": ""{kind}"", ""code_insee_commune"": [""06088""]}}]"'

    rows = (f"Mairie - Nice;{pivot('mairie')}", f"Préfecture;{pivot('prefecture')}")
    said = desk.ok("import", file(tmp_path, "annuaire.csv", "nom;pivot", *rows))
    assert said.err.splitlines()[:2] == [
        f"{tmp_path / 'annuaire.csv'}: Rows in the file: 2; taken: 1; left aside: 1.",
        "  1: “…” is not the mairie: an annex, a mairie déléguée or another service.",
    ]


def test_somebody_called_total_is_written_to(desk: Desk, tmp_path: Path) -> None:
    people = Desk(tmp_path / "people")
    people.make(audience="organisations")
    header = "Organisation;Courriel;Adresse;CP;Ville"
    rows = ("Total;info@example.org;;;", "Somme;;2 rue X;80000;Amiens")
    said = people.ok("import", file(tmp_path, "l.csv", header, *rows))
    assert "Rows in the file: 2; taken: 2; left aside: 0." in said.err


def test_an_arrondissement_is_told_the_way_to_its_mayor(desk: Desk, tmp_path: Path) -> None:
    sheet = file(
        tmp_path, "paris.csv", "Code INSEE,Commune,Courriel", "75112,Paris 12e,a@example.org"
    )
    said = desk.run("import", sheet)
    assert said.code != 0
    told = " ".join((said.out + said.err).split())
    assert "“75112” is an arrondissement and no commune; its city is 75056 Paris." in told
    assert 'publipostage import FILE --map key="Code INSEE"' in told
    desk.ok("import", sheet, "--map", "key=Code INSEE")
    assert "Paris 12e" in desk.ok("show", "75112").out


def test_every_problem_change_and_absence_is_in_the_report(filled: Desk, tmp_path: Path) -> None:
    changed = NICE.replace("Étienne", "Paul").replace("ÇELIK", "=HYPERLINK()")
    sheet, report = filled.sheet(changed, "99999;Nulle-Part;;;;;;;"), tmp_path / "out" / "r.csv"
    said = filled.run("import", str(sheet), "--report", str(report))
    assert (said.code, str(report) in said.err) == (1, True)
    head, *rows = rows_of(report)
    assert (head[0], len(head)) == ("File", 7)
    unknown = next(row for row in rows if row[3] == "99999")
    assert (unknown[1], unknown[2], unknown[6]) == ("3", "Code INSEE", "no")
    renamed = {row[2]: row for row in rows if row[2].startswith("06088 Nice: ")}
    assert renamed["06088 Nice: Surname"][3] == "Çelik"
    assert "Paul" in renamed["06088 Nice: First name"][4]
    assert [row[3] for row in rows if row[2] == "Nom"] == ["'=HYPERLINK()"]
    assert {row[3] for row in rows if "not in these sheets" in row[4]} == {"76351", "80829"}
    assert not [cell for row in rows for cell in row if cell.startswith("=")]


def test_a_report_is_written_of_a_sheet_that_is_refused(desk: Desk, tmp_path: Path) -> None:
    lines = [f"{code};Lyon" for code in ("06088", "76351", "80829", "35238")]
    sheet, report = file(tmp_path, "l.csv", "INSEE;Commune", *lines), tmp_path / "r.csv"
    said = desk.run("import", sheet, "--report", str(report))
    assert (said.code, len(rows_of(report))) == (2, 5)
    assert desk.figures()["recipients"] == 0


def test_no_report_is_written_over_the_sheet_that_it_is_about(desk: Desk) -> None:
    sheet = desk.sheet(NICE)
    before = sheet.read_bytes()
    said = desk.run("import", str(sheet), "--report", str(sheet), "--dry-run")
    assert (said.code, "the report would be written over it" in said.err) == (2, True)
    assert sheet.read_bytes() == before


def test_a_report_that_cannot_be_written_keeps_nothing(desk: Desk) -> None:
    said = desk.run("import", str(desk.sheet(NICE)), "--report", "/proc/nowhere/r.csv")
    assert (said.code, desk.figures()["recipients"]) == (2, 0)


def test_a_dry_run_says_what_would_change_and_keeps_nothing(filled: Desk) -> None:
    sheet = filled.sheet(NICE.replace("nice@", "ville@"), "35238;Rennes;;;;r@example.org;;;")
    said = filled.ok("import", "--dry-run", str(sheet))
    assert "added: 1, changed: 1, unchanged: 0" in said.err
    assert "ville@example.org" in said.out
    assert filled.figures()["recipients"] == 3
    assert "nice@example.org" in filled.ok("show", "06088").out


def test_a_town_that_comes_again_under_another_key_is_told(filled: Desk, tmp_path: Path) -> None:
    """It would be written to twice: to the ledger it is somebody else."""
    header = "Réf;Commune;Code postal;Adresse;Courriel"
    known = ("R1;Nice;06364;1 rue;", "R2;LE HAVRE;76084;1 rue;", "R4;NICE;;;nice@example.org")
    other = "R3;Rennes;35000;1 rue;rennes@example.org"
    sheet = file(tmp_path, "r.csv", header, *known, other)
    said = filled.ok("import", sheet, "--map", "key=Réf", "--dry-run")
    assert "3 of those added seem to be here already" in said.err
    assert "second letter: R1, R2, R4." in said.err
    assert "second letter" not in filled.ok("import", str(filled.sheet(NICE, HAVRE, Y))).err


def test_who_is_in_no_sheet_any_more_stays_and_is_listed(filled: Desk) -> None:
    said = filled.ok("import", str(filled.sheet(NICE)))
    assert "76351, 80829" in said.err
    assert filled.figures()["recipients"] == 3


def test_another_name_for_someone_written_to_is_asked_for(written_to: Desk) -> None:
    sheet = str(written_to.sheet(NICE.replace("ÇELIK", "MARTIN")))
    declined = written_to.run("import", sheet, typed="n\n")
    assert (declined.code, "Çelik" in declined.err, "Martin" in declined.err) == (130, True, True)
    assert "Çelik" in written_to.ok("show", "06088").out
    unanswered = written_to.run("import", sheet)
    assert (unanswered.code, "--yes" in unanswered.err) == (2, True)
    assert "Çelik" in written_to.ok("show", "06088").out
    written_to.ok("import", sheet, typed="y\n")
    assert "Martin" in written_to.ok("show", "06088").out


def test_a_script_answers_beforehand_and_other_changes_ask_nothing(written_to: Desk) -> None:
    written_to.ok("import", str(written_to.sheet(NICE.replace("nice@", "ville@"))))
    written_to.ok("import", str(written_to.sheet(HAVRE.replace("Anne", "Zoé"))))  # not written to
    written_to.ok("import", "--yes", str(written_to.sheet(NICE.replace("Étienne", "Léo"))))
    assert "Léo" in written_to.ok("show", "06088").out
    assert written_to.figures()["email"]["sent"] == 2


def test_whose_letter_may_leave_again_for_another_address_is_told(written_to: Desk) -> None:
    with closing(sqlite3.connect(written_to.folder / "ledger.db")) as ledger:
        ledger.execute("UPDATE deliveries SET status = 'deferred' WHERE recipient = '06088'")
        ledger.commit()
    written_to.ok("print")
    written_to.ok("print", "--posted", "1")
    written_to.ok("print", "--returned", "Le Havre")
    sheet = written_to.sheet(
        NICE.replace("nice@", "accueil@"), HAVRE.replace("1517 place", "3 rue"), Y
    )
    for words in (("--dry-run",), ()):
        said = written_to.ok("import", str(sheet), *words).err
        assert "1 letter that the post returned waits again, for another address: 76351." in said
        assert "1 e-mail that was refused for now may leave at once, to another" in said
    assert written_to.figures()["paper"]["queued"] == 1
    said = written_to.ok("import", str(written_to.sheet(HAVRE)), "--dry-run").err
    assert "1 letter stays returned, for the sheet names the address that it came back" in said
    written_to.ok("import", "--undo")
    assert written_to.figures()["paper"]["returned"] == 1


def test_an_import_is_undone(filled: Desk) -> None:
    filled.ok("import", str(filled.sheet(NICE.replace("ÇELIK", "MARTIN"), "35238;Rennes;;;;;;;")))
    said = filled.ok("import", "--undo")
    assert "it was about 2 recipients" in said.err
    assert "Çelik" in filled.ok("show", "06088").out
    assert filled.figures()["recipients"] == 3


def test_an_import_is_undone_after_its_lot_was_given_back(filled: Desk) -> None:
    filled.ok("print", "--all")
    said = filled.run("import", "--undo")
    assert (said.code, "publipostage print --discard LOT" in said.err) == (3, True)
    filled.ok("print", "--discard", "1", "--yes")
    filled.ok("import", "--undo")
    assert filled.figures()["recipients"] == 0


def test_what_was_sent_since_cannot_be_undone(written_to: Desk) -> None:
    said = written_to.run("import", "--undo")
    assert (said.code, "cannot be undone" in said.err) == (3, True)
    assert written_to.figures()["recipients"] == 3


@pytest.mark.parametrize(
    "word",
    [("answer", "Rennes", "yes"), ("replies", "--yes", "--from", "mails")],
    ids=["answered", "proposed"],
)
def test_what_a_new_town_has_answered_since_keeps_it(filled: Desk, word: tuple[str, ...]) -> None:
    filled.ok("import", str(filled.sheet("35238;Rennes;F;Anne;BO;r@example.org;;;")))
    mail = b"From: Mairie de Rennes <x@example.net>\r\n\r\nBonjour\r\n"
    (filled.folder / "mails").mkdir()
    (filled.folder / "mails" / "1.eml").write_bytes(mail)
    filled.ok(*(each.replace("mails", str(filled.folder / "mails")) for each in word))
    said = filled.run("import", "--undo")
    assert (said.code, "answered: it cannot be undone" in said.err) == (3, True)
    assert filled.figures()["recipients"] == 4


def test_a_campaign_without_an_import_has_nothing_to_undo(desk: Desk) -> None:
    assert desk.run("import", "--undo").code == 3


@pytest.mark.parametrize("words", [(), ("--undo", "towns.csv")])
def test_a_sheet_or_undo_is_wanted(desk: Desk, words: tuple[str, ...]) -> None:
    assert desk.run("import", *words).code == 2


def test_whom_select_leaves_out_is_told(desk: Desk) -> None:
    settings = desk.folder / "campaign.toml"
    text = settings.read_text("utf-8").replace("[select]\n", '[select]\ndepartments = ["06"]\n')
    settings.write_text(text, "utf-8")
    said = desk.ok("import", str(desk.sheet(NICE, HAVRE, Y)))
    assert "Rows in the file: 3; taken: 1; left aside: 2." in said.err
    assert "  2: The campaign's settings leave this row out." in said.err.splitlines()
    assert desk.figures()["recipients"] == 1


def test_what_an_edit_holds_against_a_sheet_is_told(filled: Desk) -> None:
    filled.ok("edit", "06088", "courriel=accueil@example.org")
    said = filled.ok("import", str(filled.sheet(NICE.replace("nice@", "maire@"), HAVRE, Y)))
    assert "1 recipient keeps what was edited, though a sheet says otherwise: 06088." in said.err
    said = filled.ok("import", str(filled.sheet(NICE.replace("nice@", "accueil@"), HAVRE, Y)))
    assert "keeps what was edited" not in said.err


def test_whom_select_leaves_out_does_stand_in_the_sheet(filled: Desk) -> None:
    settings = filled.folder / "campaign.toml"
    text = settings.read_text("utf-8").replace("[select]\n", '[select]\ndepartments = ["06"]\n')
    settings.write_text(text, "utf-8")
    said = filled.ok("import", str(filled.sheet(NICE, HAVRE)))
    assert "  1: The campaign's settings leave this row out." in said.err.splitlines()
    assert "1 recipient stands in none of these sheets and stays: 80829." in said.err


def test_an_old_file_of_mayors_is_warned_about(desk: Desk, tmp_path: Path) -> None:
    header = "Code de la commune;Nom de l'élu;Code sexe;Date de début de la fonction"
    old = file(tmp_path, "rne.csv", header, "06088;ÇELIK;M;26/05/2020")
    said = desk.ok("import", old)
    assert ("2020-05-26" in said.err, "March 2026" in said.err) == (True, True)
    recent = file(tmp_path, "rne.csv", header, "06088;ÇELIK;M;2026-03-28")
    assert "March 2026" not in desk.ok("import", recent).err


def test_standard_input_is_a_sheet(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    import io
    import sys

    stdin = io.TextIOWrapper(io.BytesIO(f"{HEADER}\n{NICE}\n".encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    from merge.cli import main

    assert main(["-C", str(desk.folder), "import", "-"]) == 0
    assert desk.figures()["recipients"] == 1


def test_a_column_that_is_not_there_is_named_with_its_sheet(desk: Desk) -> None:
    sheet = str(desk.sheet(NICE))
    said = desk.run("import", sheet, "--map", "email=Machin")
    assert said.code == 2
    assert said.err.startswith(f"{sheet}: “Machin” is none of: ")


def test_a_sheet_whose_commas_cut_its_rows_is_refused_and_keeps_nothing(
    desk: Desk, tmp_path: Path
) -> None:
    rows = ["06088,Nice,5, rue de l'Hôtel,06364,n@example.org", "80829,Y,1, rue X,80190,"]
    header = "Code INSEE,Commune,Adresse,Code postal,Courriel"
    sheet = file(tmp_path, "l.csv", header, *rows)
    said = desk.run("import", sheet)
    assert said.code == 2
    assert "2 of 2 rows have more cells than the header" in said.err
    assert f"2: {rows[0]} / 3: {rows[1]}" in said.err
    assert "separator “;”" in said.err
    assert desk.figures()["recipients"] == 0


def test_a_missing_separator_is_told_and_greets_nobody_by_an_address(
    desk: Desk, tmp_path: Path
) -> None:
    rows = ("06088;M;ÇELIK;n@example.org;1 rue X", "80829;F;y@example.org;1 rue Y")
    sheet = file(tmp_path, "l.csv", "Code INSEE;Sexe;Nom;Courriel;Adresse", *rows)
    said = desk.ok("import", sheet)
    assert "This row ends early, with “…”" in said.out
    assert "“y@example.org” is no name" in said.out
    assert f"{sheet}:3" in said.out
    assert "y@example.org" not in desk.ok("show", "80829").out


@pytest.mark.parametrize("words", [(), ("--dry-run",)])
def test_an_import_says_first_what_it_comes_to_and_why_nobody_is_reached(
    desk: Desk, tmp_path: Path, words: tuple[str, ...]
) -> None:
    towns = ("06088", "76351", "80829", "35238")
    rows = [f"{code};;m{code}@example.org" for code in towns]
    sheet = file(tmp_path, "l.csv", "Code INSEE;Courriel;Contact en mairie", *rows)
    said = desk.run("import", sheet, *words)
    assert said.code == 1
    counted, first, warning, *_rest = said.err.splitlines()
    assert counted == f"{sheet}: Rows in the file: 4; taken: 4; left aside: 0."
    assert first == "0 by e-mail, 0 on paper. 4 have neither an e-mail nor a postal address."
    assert warning.startswith(f"{sheet}: WARNING: Under “Contact en mairie” stand e-mail")
    assert "(rows: 4)" in warning
    assert warning.endswith('--map "email=Contact en mairie"')
    report = tmp_path / "r.csv"
    again = ("import", sheet, "--map", "email=Contact en mairie", "--report", str(report), *words)
    assert "4 by e-mail, 0 on paper." in desk.ok(*again).err.splitlines()


def test_a_dry_run_counts_who_would_be_reached_with_those_who_are_there(filled: Desk) -> None:
    sheet = filled.sheet(NICE.replace("nice@example.org", ""), "35238;Rennes;;;;r@example.org;;;")
    said = filled.ok("import", str(sheet), "--dry-run")
    assert "2 by e-mail, 2 on paper." in said.err.splitlines()
    assert filled.figures()["email"]["queued"] == 2


def test_a_warning_of_a_whole_sheet_is_in_the_report(desk: Desk, tmp_path: Path) -> None:
    rows = [f"{code};sans arobase" for code in ("06088", "76351", "80829")]
    report = tmp_path / "r.csv"
    sheet = file(tmp_path, "l.csv", "Code INSEE;Courriel", *rows)
    assert desk.run("import", sheet, "--report", str(report)).code == 1
    assert [row[1:4] for row in rows_of(report)][-1] == ["1", "Courriel", "3"]


def test_a_row_beyond_the_sheet_is_named(desk: Desk) -> None:
    said = desk.run("import", str(desk.sheet(NICE)), "--header-row", "9")
    assert "There is no header in row 9." in said.err
