"""What a group types in one evening, and what it is told; then everything that can go wrong."""

from __future__ import annotations

import csv
import email
import email.policy
import errno
import io
import itertools
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from machineid import MachineIdNotFound

from merge.app import backup
from merge.cli.output import prepare
from merge.french.communes import reference
from merge.settings import FILE_NAME
from tests.desk import HAVRE, HEADER, NICE, SAMPLE, Desk, Said, Y, run
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


def text_of(data: bytes) -> str:
    message = email.message_from_bytes(data, policy=email.policy.default)
    part = message.get_body(("plain",))
    assert part
    return str(part.get_content())


# --- the evening --------------------------------------------------------------------------------


def test_the_whole_evening_on_the_sample(desk: Desk, capture_server: CaptureServer) -> None:
    rows = list(csv.DictReader(SAMPLE.read_text("utf-8-sig").splitlines(), delimiter=";"))
    mailed = [row["Courriel"] for row in rows if row["Courriel"]]
    desk.connect(capture_server)
    desk.ok("import", str(SAMPLE))
    desk.ok("check")
    assert desk.run("send", "--really", "--yes").code == 3  # nobody has seen the letter arrive
    desk.ok("send", "--test", "groupe@example.org")
    desk.ok("send", "--really", "--yes")
    assert sorted(m.recipients[0] for m in capture_server.messages[1:]) == sorted(mailed)
    desk.ok("print")
    figures = desk.figures()
    assert figures["recipients"] == len(rows)
    assert (figures["email"]["sent"], figures["paper"]["made"]) == (61, 5)
    assert figures["unreachable"] == 1
    again = desk.ok("send", "--really", "--yes")
    assert "Nothing was sent" in again.err
    assert "Nobody is left" in desk.ok("print").err
    assert len(capture_server.messages) == 1 + len(mailed)


def test_what_arrives_is_what_show_keeps_bit_for_bit(
    filled: Desk, capture_server: CaptureServer
) -> None:
    filled.connect(capture_server)
    filled.ok("send", "--really", "--yes", "--untested")
    nice = next(m for m in capture_server.messages if m.recipients == ("nice@example.org",))
    assert filled.ok("show", "Nice", "--eml").out.encode() == nice.data
    assert "habitant·es de Nice" in text_of(nice.data)
    assert "sent" in filled.ok("show", "06088").out


def test_without_really_it_is_a_rehearsal(filled: Desk, capture_server: CaptureServer) -> None:
    filled.connect(capture_server)
    filled.ok("send", "--test", "groupe@example.org")
    before = filled.figures()
    assert "To send: the same command with --really." in filled.ok("send", "--limit", "1").err
    assert "To send: the same command with --really." in filled.ok("send", "--commune", "Y").err
    said = filled.ok("send")
    assert "To send: publipostage send --really" in said.err
    assert "Nothing has left" in said.err
    written = list((filled.folder / "outbox" / "rehearsal").glob("*.eml"))
    assert len(written) == 2
    assert filled.figures() == before


def test_a_rehearsal_names_what_comes_next_and_not_what_would_refuse(
    filled: Desk, capture_server: CaptureServer
) -> None:
    assert "Next: publipostage account set" in filled.ok("send").err
    filled.connect(capture_server)
    for options in ((), ("--limit", "1")):
        said = filled.ok("send", *options)
        assert "Next: publipostage send --test YOU@example.org" in said.err
        assert "--really" not in said.err
    assert filled.run("send", "--really", "--yes", "--untested", "--limit", "1").code == 4
    letter = filled.folder / "letter.md"
    letter.write_text(letter.read_text("utf-8") + "\nPost-scriptum.\n", "utf-8")
    said = filled.ok("send")
    assert ("--accept-edit" in said.err, "To send:" in said.err) == (True, False)


def test_a_rehearsal_of_letters_of_which_most_are_at_fault_leads_to_no_sending(
    filled: Desk, capture_server: CaptureServer
) -> None:
    filled.connect(capture_server)
    letter = filled.folder / "letter.md"
    letter.write_text(letter.read_text("utf-8") + "\n{{ sexe }}\n", "utf-8")
    filled.ok("import", str(filled.sheet(*(
        f"{c.insee};{c.name};;A;B;mairie-{c.insee}@example.org;;;"
        for c in itertools.islice(reference().values(), 30)
    ))))  # fmt: skip
    said = filled.run("send")
    assert (said.code, "To send:" in said.err, "at fault" in said.err) == (1, False, True)


def test_the_letter_that_is_tried_goes_to_somebody_with_an_address(
    filled: Desk, capture_server: CaptureServer
) -> None:
    filled.connect(capture_server)
    filled.ok("import", str(filled.sheet(HAVRE, NICE, Y)))
    said = filled.ok(
        "send", "--test", "groupe@example.org", "--commune", "Le Havre", "--commune", "Y"
    )
    assert "The letter to Y was sent" in said.err
    alone = filled.run("send", "--test", "groupe@example.org", "--commune", "Le Havre")
    assert (alone.code, "None of them has an e-mail address" in alone.err) == (2, True)
    filled.ok("send", "--really", "--yes")
    assert "The letter to Nice was sent" in filled.ok("send", "--test", "groupe@example.org").err


@pytest.mark.parametrize(("above", "offered"), [(2, True), (3, False)])
def test_from_shows_the_group_and_many_are_offered_a_way_out(
    filled: Desk, monkeypatch: pytest.MonkeyPatch, above: int, offered: bool
) -> None:
    monkeypatch.setattr("merge.app.mail.UNSUBSCRIBE_ABOVE", above)
    filled.ok("send")
    for written in (filled.folder / "outbox" / "rehearsal").glob("*.eml"):
        message = email.message_from_bytes(written.read_bytes(), policy=email.policy.default)
        assert message["From"].addresses[0].display_name == "Collectif d'exemple"
        header = str(message["List-Unsubscribe"] or "")
        mailto = "<mailto:groupe@example.org?subject=STOP%20R%C3%A9f.%20"
        assert header.startswith(mailto) is bool(header) is offered


def test_really_asks_for_the_number_of_letters(filled: Desk, capture_server: CaptureServer) -> None:
    filled.connect(capture_server)
    assert filled.run("send", "--really", "--untested", typed="3\n").code == 2
    assert filled.run("send", "--really", "--untested", typed="").code == 2
    assert capture_server.messages == []
    filled.ok("send", "--really", "--untested", typed="2\n")
    assert len(capture_server.messages) == 2


def test_a_limit_stops_with_4_and_the_same_command_goes_on(
    filled: Desk, capture_server: CaptureServer
) -> None:
    filled.connect(capture_server)
    first = filled.run("send", "--really", "--yes", "--untested", "--limit", "1")
    assert first.code == 4
    filled.ok("send", "--really", "--yes", "--untested")
    assert len(capture_server.messages) == 2


def test_a_word_in_another_encoding_is_told_and_nothing_is_begun(tmp_path: Path) -> None:
    word = os.fsdecode("Collectif d'été".encode("latin-1"))
    said = run("new", str(tmp_path / "campaign"), "--group", word)
    assert (said.code, "is not in UTF-8" in said.err) == (2, True)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("limit", ["0", "99999999999999999999"])
def test_a_limit_that_is_no_number_of_letters_is_refused(filled: Desk, limit: str) -> None:
    assert filled.run("send", "--limit", limit).code == 2


def test_a_letter_changed_after_the_first_left_wants_a_yes(
    filled: Desk, capture_server: CaptureServer
) -> None:
    filled.connect(capture_server)
    filled.run("send", "--really", "--yes", "--untested", "--limit", "1")
    letter = filled.folder / "letter.md"
    letter.write_text(letter.read_text("utf-8") + "\nPost-scriptum.\n", "utf-8")
    said = filled.run("send", "--really", "--yes", "--untested")
    assert (said.code, "--accept-edit" in said.err) == (3, True)
    filled.ok("send", "--really", "--yes", "--untested", "--accept-edit")


def test_only_the_department_that_is_named(filled: Desk, capture_server: CaptureServer) -> None:
    filled.connect(capture_server)
    filled.ok("send", "--really", "--yes", "--untested", "--department", "80")
    assert [m.recipients[0] for m in capture_server.messages] == ["y@example.org"]


def test_import_again_updates_by_key_and_touches_no_delivery(
    filled: Desk, capture_server: CaptureServer
) -> None:
    filled.connect(capture_server)
    filled.ok("send", "--really", "--yes", "--untested")
    sheet = filled.sheet(NICE.replace("nice@", "mairie@"), HAVRE.replace("Anne", "Paule"))
    said = filled.ok("import", str(sheet))
    assert "added: 0, changed: 2, unchanged: 0." in said.err
    assert filled.figures()["email"]["sent"] == 2
    assert "mairie@example.org" in filled.ok("show", "Nice").out


def test_show_has_where_a_letter_went_and_where_the_next_would(
    filled: Desk, capture_server: CaptureServer
) -> None:
    filled.connect(capture_server)
    filled.ok("send", "--really", "--yes", "--untested")
    filled.ok("print")
    sheet = filled.sheet(NICE.replace("nice@", "mairie@"), HAVRE.replace("1517 place", "9 rue"))
    filled.ok("import", str(sheet))
    nice, havre = filled.ok("show", "Nice").out, filled.ok("show", "Le Havre").out
    assert "E-mail: mairie@example.org\n" in nice
    assert "Addressed to: nice@example.org\n" in nice
    assert "E-mail: —\n" in havre
    assert "Address: 9 rue" in havre
    assert "Addressed to: 1517 PLACE" in havre
    assert "76084 Le Havre" in havre


def test_a_sheet_of_mayors_empties_no_mailbox(filled: Desk) -> None:
    said = filled.ok("import", str(filled.sheet("06088;DUPONT;F", header="Code INSEE;Nom;Sexe")))
    assert "changed: 1" in said.err
    assert "nice@example.org" in filled.ok("show", "Nice").out
    assert "Étienne Dupont" in filled.ok("show", "Nice").out


def test_two_sheets_in_one_call_are_joined(desk: Desk, tmp_path: Path) -> None:
    mayors, mails = tmp_path / "mayors.csv", tmp_path / "mails.csv"
    mayors.write_text("Code INSEE;Nom\n06088;DUPONT\n", "utf-8")
    mails.write_text("Code INSEE;Courriel\n06088;nice@example.org\n", "utf-8")
    desk.ok("import", str(mayors), str(mails))
    assert desk.figures()["recipients"] == 1
    shown = desk.ok("show", "Nice").out
    assert "Dupont" in shown
    assert "nice@example.org" in shown


def test_an_edit_outlives_the_next_import(filled: Desk) -> None:
    filled.ok("edit", "76351", "email=havre@example.org")
    assert filled.figures()["email"]["queued"] == 3
    filled.ok("import", str(filled.sheet(NICE, HAVRE, Y)))
    assert filled.figures()["email"]["queued"] == 3


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("courriel=mairie@gmial.com", "Perhaps: mairie@gmail.com"),
        ("courriel=havre@example.org pas port@example.org", "“pas port@example.org”"),
        ("adresse=1 rue X, 29200 Le Havre", "“29200” is the postcode of another place"),
        ("nom=Mme LE GOFF", "taken as “Le Goff”"),
        ("note=x", ""),
    ],
)
def test_an_edit_tells_what_an_import_would(desk: Desk, change: str, told: str) -> None:
    desk.ok("import", str(desk.sheet("76351;", header="Code INSEE;Note")))
    said = desk.ok("edit", "76351", change).err
    assert told in said
    assert bool(told) == (said.count("\n") > 2)


def test_an_edit_says_whether_a_letter_goes_to_it_now(desk: Desk) -> None:
    desk.ok("import", str(desk.sheet("35238;Rennes", header="Code INSEE;Commune")))
    assert "No letter goes to it" in desk.ok("edit", "35238", "adresse=1 rue X").err
    assert "No letter goes to it" in desk.ok("show", "35238").out  # and not "1 has neither…"
    said = desk.ok("edit", "35238", "adresse=1 rue X, 35000 Rennes")
    assert "Its letter: paper, waiting." in said.err


@pytest.mark.parametrize("called", ["email", "courriel", "E-mail"])
def test_an_edit_that_confirms_what_is_there_outlives_the_next_import(
    filled: Desk, called: str
) -> None:
    filled.ok("edit", "06088", f"{called}=nice@example.org")
    filled.ok("import", str(filled.sheet(NICE.replace("nice@", "new@"), HAVRE, Y)))
    assert "nice@example.org" in filled.ok("show", "06088").out


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ("courriel=havre@example.org", "havre@example.org"),
        ("Adresse=2 rue B", "2 rue B"),
        ("Code postal=76600", "76600"),
        ("nom=DE LA TOUR", "de La Tour"),
        ("commune_de=de la ville du Havre", "de la ville du Havre"),
    ],
)
def test_an_edit_names_a_column_as_the_sheet_does(filled: Desk, change: str, shown: str) -> None:
    filled.ok("edit", "76351", change)
    assert shown in filled.ok("show", "76351").out


def test_a_correction_of_the_grammar_wins(filled: Desk) -> None:
    filled.ok("edit", "76351", "commune_de=de la porte Océane")
    assert "habitant·es de la porte Océane" in filled.ok("preview", "76351").out


def test_a_dry_run_keeps_nothing(desk: Desk) -> None:
    desk.ok("import", "--dry-run", str(desk.sheet(NICE)))
    assert desk.figures()["recipients"] == 0


def test_a_row_that_was_not_taken_is_named_and_the_exit_code_says_so(
    desk: Desk, tmp_path: Path
) -> None:
    report = tmp_path / "problems.csv"
    sheet = desk.sheet(NICE, NICE.replace("Étienne", "Paul"))
    said = desk.run("import", str(sheet), "--report", str(report))
    assert said.code == 1
    assert f"{sheet}:3:" in said.out
    assert desk.figures()["recipients"] == 1
    rows = list(csv.reader(io.StringIO(report.read_text("utf-8-sig")), delimiter=";"))
    assert [row[1] for row in rows] == ["Row", "3"]


def test_a_lot_is_posted_or_given_back_by_a_persons_word(filled: Desk) -> None:
    filled.ok("print")
    assert filled.run("print", "--discard", "1", typed="n\n").code == 130
    filled.ok("print", "--discard", "1", "--yes")
    assert filled.figures()["paper"]["queued"] == 1
    assert "Set fast: 0; plainly: 1; both ways" in filled.ok("print", "-v").err
    filled.ok("print", "--printed", "2")
    filled.ok("print", "--posted", "2")
    assert filled.figures()["paper"]["posted"] == 1
    assert filled.run("print", "--discard", "2", "--yes").code == 3


@pytest.mark.parametrize(
    ("form", "start"), [("text", "À Rennes"), ("html", "<!DOCTYPE html>"), ("eml", "Date: ")]
)
def test_a_letter_can_be_looked_at_in_each_form(filled: Desk, form: str, start: str) -> None:
    assert filled.ok("preview", "Nice", "--as", form).out.startswith(start)


def test_the_printed_page_can_be_looked_at(filled: Desk, tmp_path: Path) -> None:
    page = tmp_path / "le-havre.pdf"
    filled.ok("preview", "Le Havre", "--as", "pdf", "-o", str(page))
    assert page.read_bytes().startswith(b"%PDF-")


def test_the_next_letter_is_shown(filled: Desk) -> None:
    assert "habitant·es" in filled.ok("preview").out


def test_log_for_a_french_excel_and_for_machines(filled: Desk) -> None:
    plain = list(csv.DictReader(io.StringIO(filled.ok("log", "--format", "csv").out)))
    assert [row["key"] for row in plain] == ["06088", "76351", "80829"]
    assert [row["channel"] for row in plain] == ["email", "paper", "email"]
    excel = filled.ok("log", "--format", "csv", "--excel").out
    assert excel.startswith("\ufeffkey;commune;channel;status;at;address;message_id;code;detail")
    assert len(json.loads(filled.ok("log", "--format", "json").out)) == 3
    assert "waiting" in filled.ok("log").out


def test_the_table_of_the_log_has_no_column_in_which_nothing_stands(filled: Desk) -> None:
    waits = filled.ok("log").out.splitlines()[0]
    assert ("Lot, letter" in waits, "Answer" in waits) == (False, False)
    filled.ok("print")
    filled.ok("suppress", "y@example.org", "--reason", "asked by phone")
    table = filled.ok("log").out
    assert ("Lot, letter" in table, "Answer" in table) == (True, True)
    assert "1/1" in table
    assert "asked by phone" in table


def test_no_cell_of_the_log_starts_a_formula(desk: Desk, tmp_path: Path) -> None:
    row = "x1;=cmd;M;A;B;;1 rue A;06364;=HYPERLINK(1)"
    sheet = desk.sheet(row, header=HEADER.replace("Code INSEE", "Ref"))
    desk.ok("import", str(sheet), "--map", "key=Ref")
    cells = [
        cell
        for line in csv.reader(io.StringIO(desk.ok("log", "--format", "csv").out))
        for cell in line
    ]
    assert "'=cmd" in cells
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@")]


def test_status_counts_each_recipient_once(filled: Desk) -> None:
    figures = filled.figures()
    assert figures["recipients"] == (
        sum(figures["email"].values()) + sum(figures["paper"].values()) + figures["unreachable"]
    )


def test_what_comes_next_can_be_done(filled: Desk, capture_server: CaptureServer) -> None:
    assert "publipostage account set" in filled.ok("status").out
    assert "publipostage account set" in filled.ok("check").err
    said = filled.run("send", "--test", "me@example.org")
    assert (said.code, "publipostage account set" in said.err) == (2, True)
    filled.connect(capture_server)
    assert "publipostage send --really" in filled.ok("status").out
    assert "publipostage send --test YOU@example.org" in filled.ok("check").err
    filled.ok("send", "--really", "--yes", "--untested")
    filled.ok("print")
    assert "publipostage status" in filled.ok("check").err


def test_select_holds_for_who_was_imported_before_it_was_written(
    filled: Desk, capture_server: CaptureServer
) -> None:
    filled.connect(capture_server)
    path = filled.folder / FILE_NAME
    path.write_text(path.read_text("utf-8").replace("[select]", '[select]\nexclude = ["06088"]'))
    filled.ok("send", "--really", "--yes", "--untested")
    assert [m.recipients[0] for m in capture_server.messages] == ["y@example.org"]
    path.write_text(path.read_text("utf-8").replace("06088", "76351"))
    assert "Nobody is left" in filled.ok("print").err


def test_a_deferred_letter_whose_address_was_taken_away_goes_on_paper(filled: Desk) -> None:
    with closing(sqlite3.connect(filled.folder / "ledger.db")) as ledger, ledger:
        ledger.execute(
            "UPDATE deliveries SET status = 'deferred' WHERE recipient = ?", (_id(ledger, "06088"),)
        )
    ledger.close()
    filled.ok("edit", "06088", "courriel=")
    assert filled.figures()["paper"]["queued"] == 2


def test_a_discarded_lot_fixes_no_letter(filled: Desk) -> None:
    filled.ok("print")
    filled.ok("print", "--discard", "1", "--yes")
    letter = filled.folder / "letter.md"
    letter.write_text(letter.read_text("utf-8") + "\nPost-scriptum.\n", "utf-8")
    filled.ok("print")


def test_a_ledger_restored_from_before_a_lot_was_posted_is_refused(filled: Desk) -> None:
    filled.ok("print")
    ledger = filled.folder / "ledger.db"
    before = ledger.read_bytes()
    filled.ok("print", "--posted", "1")
    ledger.write_bytes(before)
    said = filled.run("print", "--discard", "1", "--yes")
    assert (said.code, "adopt" in said.err) == (3, True)


def test_a_question_without_a_terminal_says_what_to_add(filled: Desk) -> None:
    filled.ok("print")
    said = filled.run("print", "--discard", "1")
    assert (said.code, "--yes" in said.err) == (2, True)


def test_new_leaves_nothing_behind_when_an_answer_is_no_setting(tmp_path: Path) -> None:
    said, folder = new_for("x\ny", tmp_path)
    assert (said.code, folder.exists()) == (2, False)


def new_for(group: str, tmp_path: Path) -> tuple[Said, Path]:
    """What `new` says to a group that gives all on the command line, and its folder."""
    folder = tmp_path / "campaign"
    said = run(
        "new", str(folder), "--name", "N", "--group", group, "--contact", "c@example.org",
        "--from", "c@example.org", "--place", "Rennes",
    )  # fmt: skip
    return said, folder


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("35000\nRennes", 'place = "Rennes"'),
        ("35000 Rennes\nRennes", 'place = "Rennes"'),
        ("groupe@example.org\n35238", 'place_insee = "35238"'),
        ("0299\n2a004", 'place_insee = "2A004"'),
        ("le havre", 'place = "Le Havre"'),
        ("y", 'place = "Y"'),
        ("château-chinon", 'place = "château-chinon"'),  # two are called so
        ("Lausanne", 'place = "Lausanne"'),
    ],
)
def test_new_asks_again_for_a_place_that_is_none_and_spells_one_that_is(
    typed: str, kept: str, tmp_path: Path
) -> None:
    """A postcode was found out behind the last question, and every answer was lost."""
    folder = tmp_path / "campaign"
    said = run(
        "new", str(folder), "--name", "N", "--group", "G", "--contact", "c@example.org",
        "--from", "c@example.org", "--no-residents", typed=f"{typed}\n",
    )  # fmt: skip
    assert said.code == 0, said.err
    assert kept in (folder / "campaign.toml").read_text(encoding="utf-8").splitlines()


def test_blanks_that_were_pasted_around_an_answer_of_new_are_no_part_of_it(tmp_path: Path) -> None:
    folder = tmp_path / "campaign"
    typed = "  N \n\u00a0G\n c@example.org\t\n  groupe@example.org \n Rennes \nno\n"
    said = run("new", str(folder), typed=typed)
    assert said.code == 0, said.err
    toml = (folder / "campaign.toml").read_text("utf-8").splitlines()
    for line in ('name = "N"', 'name = "G"', 'contact = "c@example.org"', 'place = "Rennes"'):
        assert line in toml
    assert 'from = "groupe@example.org"' in toml


def test_what_holds_names_is_written_for_its_owner_alone(filled: Desk, tmp_path: Path) -> None:
    sheet = str(filled.sheet(NICE, HAVRE, Y))
    log, letter, report = tmp_path / "log.csv", tmp_path / "nice.eml", tmp_path / "report.csv"
    filled.ok("log", "--format", "csv", "-o", str(log))
    filled.ok("preview", "Nice", "--as", "eml", "-o", str(letter))
    filled.ok("import", sheet, "--report", str(report))
    assert {file.stat().st_mode & 0o077 for file in (log, letter, report)} == {0}
    log.chmod(0o644)
    filled.ok("log", "--format", "csv", "-o", str(log))
    assert log.stat().st_mode & 0o777 == 0o600
    page = tmp_path / "page.html"
    filled.ok("report", "--html", str(page))  # to put online
    assert page.stat().st_mode & 0o044


@pytest.mark.parametrize("asked", ["group", "residents"])
def test_whoever_stops_new_is_told_that_nothing_was_made(
    asked: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stops(prompt: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("click.termui.visible_prompt_func", stops)
    monkeypatch.setattr("merge.cli.output.somebody_is_there", lambda: True)
    folder = tmp_path / "campaign"
    if asked == "group":
        said = run("new", str(folder), "--name", "N")
    else:
        said, folder = new_for("G", tmp_path)
    assert (said.code, folder.exists()) == (130, False)
    assert "No campaign was made." in said.err
    assert "status" not in said.err


def test_new_asks_again_for_an_address_without_a_dot_in_its_domain(tmp_path: Path) -> None:
    folder = tmp_path / "campaign"
    said = run("new", str(folder), typed="N\nG\nc\ngroupe@exemple\nc@example.org\nRennes\nno\n")
    assert "“groupe@exemple” does not fit here." in said.err
    assert 'from = "c@example.org"' in (folder / "campaign.toml").read_text("utf-8")


def test_print_names_the_command_for_the_lot_that_it_made(filled: Desk) -> None:
    said = filled.ok("print", "--all").err
    assert "Print it, count" in said
    assert "publipostage print --posted 1\n" in said
    filled.ok("print", "--discard", "1", "--yes")
    toml = filled.folder / "campaign.toml"
    toml.write_text(toml.read_text("utf-8").replace("per_lot = 250", "per_lot = 1"), "utf-8")
    assert "Print them, count" in filled.ok("print", "--all").err


def test_a_lot_is_not_said_to_wait_for_the_printer_where_there_is_none(filled: Desk) -> None:
    said = filled.run("print", "--lot", "9")
    assert (said.code, "There is no lot 9" in said.err) == (2, True)
    filled.ok("print")
    filled.ok("print", "--posted", "1")
    said = filled.run("print", "--lot", "1")
    assert (said.code, said.err.splitlines()[0]) == (
        2,
        "--lot goes with: --printer, --from, --to, --separate.",
    )


def test_where_the_contact_stands_is_what_the_help_of_new_says(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "campaign")
    desk.make()
    toml = desk.folder / "campaign.toml"
    told = toml.read_text(encoding="utf-8").replace("contact@example.org", "06 12 34 56 78")
    toml.write_text(told, encoding="utf-8")
    desk.ok("import", str(desk.sheet(NICE)))
    mail = desk.ok("preview", "Nice").out
    assert "06 12 34 56 78" not in mail
    assert mail.count("groupe@example.org") == 2  # where to answer, and how to have suppression
    said = " ".join(run("new", "--help").out.split())
    assert "under your name on paper" in said
    assert "The foot of each letter has reply_to of campaign.toml, else --from." in said


def test_account_alone_says_how_it_is_called_in_the_language_of_the_rest() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "merge", "account"],
        env={**os.environ, "PUBLIPOSTAGE_LANG": "fr", "PYTHONIOENCODING": "utf-8"},
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert "publipostage account [OPTIONS] COMMANDE [ARGUMENTS]…" in done.stderr


def test_new_leaves_nothing_behind_where_the_quotas_cannot_be_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(folder: Path) -> None:
        raise PermissionError(errno.EACCES, "no", str(folder))

    monkeypatch.setattr("merge.ledger.accounts.make_private_folder", refuse)
    said, folder = new_for("G", tmp_path)
    assert (said.code, folder.exists()) == (3, False)
    assert "PUBLIPOSTAGE_HOME" in said.err
    assert "Copy it" not in said.err


def test_a_full_device_is_told(filled: Desk) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "merge", "-C", str(filled.folder), "log"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (done.returncode, b"Traceback" in done.stderr) == (2, False)
    assert b"the disk is full" in done.stderr


def test_status_is_told_without_an_accounts_file_that_cannot_be_read(filled: Desk) -> None:
    filled.ok("print")
    accounts = Path(os.environ["PUBLIPOSTAGE_HOME"]) / "accounts.db"
    for log in accounts.parent.glob("accounts.db-*"):
        log.unlink()
    accounts.write_bytes(b"nothing of the kind" * 1000)
    said = filled.ok("status")
    assert "Reading goes on" in said.err
    assert "3 recipients" in said.out
    assert "print --posted 1" in said.out


def test_another_user_is_told_that_the_suppression_list_stays_behind(
    filled: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled.ok("suppress", "@example.org", "--reason", "asked", "--yes")
    assert "suppress" not in filled.ok("adopt", "--yes").err  # nothing is taken over here
    monkeypatch.setenv("PUBLIPOSTAGE_HOME", str(tmp_path / "another"))
    assert "publipostage suppress" in filled.run("adopt", typed="n\n").err


def test_a_backup_goes_on_only_after_adopt(filled: Desk, tmp_path: Path) -> None:
    filled.ok("backup", str(tmp_path / "copy.zip"))
    shutil.unpack_archive(tmp_path / "copy.zip", tmp_path / "elsewhere")
    found = next((tmp_path / "elsewhere").rglob("ledger.db")).parent
    copy = Desk(found)
    assert copy.run("print").code == 3
    copy.ok("status")
    assert copy.run("adopt", typed="n\n").code == 130
    said = copy.ok("adopt", "--yes")
    assert "written to" in said.err or "still to go" in said.err
    copy.ok("print")
    assert filled.run("print").code == 3


def test_steps_that_a_ledger_has_missed_are_taken_over_by_their_number_alone(
    filled: Desk, tmp_path: Path
) -> None:
    shutil.copy(filled.folder / "ledger.db", tmp_path / "kept.db")
    filled.ok("print")
    filled.ok("print", "--posted", "1")
    shutil.copy(tmp_path / "kept.db", filled.folder / "ledger.db")
    said = filled.run("adopt", "--yes")
    missed = re.search(r"It has missed (\d+) step", said.err)
    assert missed
    n = int(missed[1])
    assert (said.code, f"publipostage adopt --missed {n}" in said.err) == (3, True)
    assert filled.run("adopt", "--yes", "--missed", str(n + 1)).code == 3
    assert filled.run("print").code == 3
    filled.ok("adopt", "--missed", str(n))
    assert "missed" not in filled.ok("adopt", "--yes").err


def test_adopt_asks_again_when_the_risk_has_changed_meanwhile(
    filled: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, plans = backup.adoption, list[backup.AdoptionPlan]()

    def adoption(place: Path) -> backup.AdoptionPlan:
        plans.append(real(place))
        risk = replace(plans[-1].risk, waiting=2) if len(plans) == 1 else plans[-1].risk
        return replace(plans[-1], risk=risk)

    monkeypatch.setattr(backup, "adoption", adoption)
    said = filled.run("adopt", typed="y\ny\n")
    assert (said.code, said.err.count("Take it over?")) == (0, 2)


def test_a_home_folder_carried_to_a_second_machine_does_not_vouch_for_a_campaign(
    filled: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("machineid.id", lambda: "the second machine")
    assert filled.run("print").code == 3
    filled.ok("status")


def test_a_machine_without_an_id_can_be_worked_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none() -> str:
        raise MachineIdNotFound

    monkeypatch.setattr("machineid.id", none)
    desk = Desk(tmp_path / "campaign")
    desk.make()
    desk.ok("import", str(desk.sheet(HAVRE)))


def test_a_doubt_is_settled_by_a_persons_word_only(
    filled: Desk, capture_server: CaptureServer
) -> None:
    filled.connect(capture_server)
    with closing(sqlite3.connect(filled.folder / "ledger.db")) as ledger, ledger:
        ledger.execute(
            "UPDATE deliveries SET status = 'unknown' WHERE recipient = ?", (_id(ledger, "06088"),)
        )
    ledger.close()
    said = filled.ok("send", "--really", "--yes", "--untested")
    assert [m.recipients[0] for m in capture_server.messages] == ["y@example.org"]
    assert "in doubt" in said.err
    assert filled.run("resolve", "Nice", typed="\n").code == 1
    assert filled.figures()["email"]["unknown"] == 1
    filled.ok("resolve", "Nice", "--not-sent")
    filled.ok("send", "--really", "--yes", "--untested")
    assert len(capture_server.messages) == 2
    assert filled.run("resolve", "Nice", "--sent").code != 0


def _id(ledger: sqlite3.Connection, key: str) -> object:
    columns = [row[1] for row in ledger.execute("PRAGMA table_info(recipients)")]
    if "id" not in columns:
        return key
    return ledger.execute("SELECT id FROM recipients WHERE key = ?", (key,)).fetchone()[0]


# --- what can go wrong --------------------------------------------------------------------------


def test_no_campaign_here(tmp_path: Path) -> None:
    said = Desk(tmp_path).run("status")
    assert (said.code, "There is no campaign here" in said.err) == (2, True)
    assert "publipostage new" in said.err


def test_a_new_campaign_never_overwrites(filled: Desk) -> None:
    with pytest.raises(AssertionError, match="something in this folder"):
        filled.make()


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("[sender]", "[sendre]", "no setting “sendre”"),
        ("per_lot = 250", 'per_lot = "many"', "per_lot"),
        ('name = "Collectif d\'exemple"', "", "sender.name"),
        ("[sender]", "[sender", "This cannot be read"),
    ],
)
def test_a_fault_in_the_settings_is_told_with_its_row(
    desk: Desk, before: str, after: str, told: str
) -> None:
    path = desk.folder / FILE_NAME
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), "utf-8")
    said = desk.run("status")
    assert (said.code, told in said.err) == (2, True), said.err
    assert said.err.startswith(f"{path}")


def test_settings_that_would_not_hold_are_not_written(desk: Desk) -> None:
    path = desk.folder / FILE_NAME
    before = path.read_bytes()
    said = desk.run("account", "set", "--provider", "nobody", "--no-test")
    assert (said.code, path.read_bytes() == before) == (2, True)


def test_an_unknown_variable_stops_all_and_names_its_line(filled: Desk) -> None:
    letter = filled.folder / "letter.md"
    letter.write_text(letter.read_text("utf-8") + "\n{{ comune }}\n", "utf-8")
    for command in (["check"], ["send"], ["print"]):
        said = filled.run(*command)
        assert said.code == 2
        assert "letter.md:" in said.err
        assert "“comune”" in said.err
        assert "every letter (3)" in said.err
        assert "commune" in said.err
    assert filled.figures()["email"]["queued"] == 2


def test_an_attachment_goes_with_every_letter_or_nothing_leaves(
    filled: Desk, capture_server: CaptureServer
) -> None:
    filled.connect(capture_server)
    letter = filled.folder / "letter.md"
    text = letter.read_text("utf-8").replace("---\nsubject", "---\nattachments: a.pdf\nsubject", 1)
    letter.write_text(text, "utf-8")
    said = filled.run("send")
    assert (said.code, "a.pdf" in said.err) == (2, True)
    (filled.folder / "a.pdf").write_bytes(b"%PDF-1.7 annex")
    filled.ok("send", "--really", "--yes", "--untested")
    for message in capture_server.messages:
        parsed = email.message_from_bytes(message.data, policy=email.policy.default)
        (annex,) = parsed.iter_attachments()
        assert (annex.get_filename(), annex.get_content()) == ("a.pdf", b"%PDF-1.7 annex")
    assert len(capture_server.messages) == 2


def test_each_can_take_its_own_letter_along_as_a_pdf(
    filled: Desk, capture_server: CaptureServer
) -> None:
    filled.connect(capture_server)
    settings = filled.folder / "campaign.toml"
    text = settings.read_text("utf-8").replace("# attach_pdf = true", "attach_pdf = true")
    settings.write_text(text, "utf-8")
    filled.ok("send", "--really", "--yes", "--untested")
    assert len(capture_server.messages) == 2
    for message, commune in zip(capture_server.messages, ("Nice", "Y"), strict=True):
        parsed = email.message_from_bytes(message.data, policy=email.policy.default)
        (page,) = parsed.iter_attachments()
        assert page.get_filename() == {"Nice": "Réf. 06088.pdf", "Y": "Réf. 80829.pdf"}[commune]
        printed = filled.folder / "printed.pdf"
        filled.ok("preview", commune, "--as", "pdf", "-o", str(printed))
        assert page.get_content() == printed.read_bytes()


@pytest.mark.parametrize("command", ["check", "print"])
def test_a_sender_whom_no_font_can_print_is_refused(filled: Desk, command: str) -> None:
    settings = filled.folder / "campaign.toml"
    text = settings.read_text("utf-8")
    named = re.sub(r'(\[sender\].*?\nname = ")', "\\1\N{SNOWMAN} ", text, count=1, flags=re.DOTALL)
    assert named != text
    settings.write_text(named, "utf-8")
    said = filled.run(command)
    assert (said.code, "U+2603" in said.err, "campaign.toml" in said.err) == (2, True, True), said


def test_a_letter_that_no_page_can_show_is_not_sent_with_one(filled: Desk) -> None:
    settings, letter = filled.folder / "campaign.toml", filled.folder / "letter.md"
    text = settings.read_text("utf-8").replace("# attach_pdf = true", "attach_pdf = true")
    settings.write_text(text, "utf-8")
    letter.write_text(letter.read_text("utf-8") + "\n\U00013000\n", "utf-8")
    said = filled.run("send")
    assert (said.code, "U+13000" in said.err or "\U00013000" in said.err) == (2, True), said


def test_a_recipient_at_fault_is_held_and_an_edit_cures_it(
    desk: Desk, capture_server: CaptureServer
) -> None:
    desk.connect(capture_server)
    rows = [
        f"{code};{reference()[code].name};M;A;{surname};m{code}@example.org;1 rue A;;"
        for code, surname in [*((code, "B") for code in list(reference())[:30]), ("76351", "")]
    ]
    desk.ok("import", str(desk.sheet(*rows)))
    letter = desk.folder / "letter.md"
    text = letter.read_text("utf-8")
    letter.write_text(
        text.replace("{{ salutation }},", "{{ salutation }} {{ maire.nom }},"), "utf-8"
    )
    said = desk.run("check")
    assert said.code == 1
    told = re.search(r"publipostage edit 76351 (\w+)=", said.err)
    assert told
    assert desk.run("send", "--really", "--yes", "--untested").code == 1
    assert (desk.figures()["email"]["held"], desk.figures()["email"]["sent"]) == (1, 30)
    desk.ok("edit", "76351", f"{told[1]}=Martin")
    desk.ok("send", "--really", "--yes", "--untested")
    assert desk.figures()["email"]["sent"] == 31


def test_too_many_at_fault_stop_all(filled: Desk) -> None:
    sheet = filled.sheet(NICE.replace("ÇELIK", ""), HAVRE, Y.replace("VAN DEN BERG", ""))
    filled.ok("import", str(sheet))
    letter = filled.folder / "letter.md"
    letter.write_text(letter.read_text("utf-8") + "\n{{ maire.nom }}\n", "utf-8")
    assert filled.run("check").code == 3
    assert filled.run("send", "--really", "--yes", "--untested").code == 3


def test_one_at_fault_stops_nobody_else_and_a_mended_letter_frees_it(
    filled: Desk, capture_server: CaptureServer
) -> None:
    filled.connect(capture_server)
    filled.ok("import", str(filled.sheet(NICE.replace("ÇELIK", ""), HAVRE, Y)))
    letter = filled.folder / "letter.md"
    text = letter.read_text("utf-8")
    letter.write_text(text + "\n{{ maire.nom }}\n", "utf-8")
    assert filled.run("send", "--really", "--yes", "--untested").code == 1
    assert [m.recipients[0] for m in capture_server.messages] == ["y@example.org"]
    assert filled.figures()["email"]["held"] == 1
    letter.write_text(text, "utf-8")
    filled.ok("send", "--really", "--yes", "--untested", "--accept-edit")
    assert filled.figures()["email"]["sent"] == 2


def test_a_printed_lot_does_not_stand_for_the_test_letter(
    filled: Desk, capture_server: CaptureServer
) -> None:
    filled.connect(capture_server)
    filled.ok("print")
    assert filled.run("send", "--really", "--yes").code == 3


def test_the_pdf_of_a_discarded_lot_is_not_left_beside_its_successor(filled: Desk) -> None:
    filled.ok("print")
    filled.ok("print", "--discard", "1", "--yes")
    filled.ok("print")
    found = [path.name for path in (filled.folder / "outbox" / "lots").iterdir()]
    assert found == ["lot-0002.pdf"]
    assert (filled.folder / "outbox" / "discarded" / "lot-0001.pdf").exists()


def test_options_that_leave_nobody_test_with_nobody_else(
    filled: Desk, capture_server: CaptureServer
) -> None:
    filled.connect(capture_server)
    said = filled.run("send", "--test", "groupe@example.org", "--status", "posted")
    assert (said.code, capture_server.messages) == (2, [])


def test_a_changed_letter_is_not_printed_beside_the_first(filled: Desk) -> None:
    filled.ok("print")
    filled.ok("import", str(filled.sheet(NICE, HAVRE, Y, Y.replace("80829;Y", "76255;Eu")
                                         .replace("y@example.org", ""))))  # fmt: skip
    letter = filled.folder / "letter.md"
    letter.write_text(letter.read_text("utf-8") + "\nPost-scriptum.\n", "utf-8")
    assert filled.run("print").code == 3
    filled.ok("print", "--accept-edit")


def test_a_ledger_that_is_no_database(filled: Desk) -> None:
    (filled.folder / "ledger.db").write_bytes(b"%PDF-1.7 not a ledger" * 100)
    said = filled.run("status")
    assert (said.code, "damaged, or this is none" in said.err) == (3, True)


def test_a_ledger_of_a_later_version(filled: Desk) -> None:
    with closing(sqlite3.connect(filled.folder / "ledger.db")) as ledger, ledger:
        ledger.execute("UPDATE alembic_version SET version_num = '9999'")
    ledger.close()
    said = filled.run("status")
    assert (said.code, "later version" in said.err) == (3, True)


def test_a_sheet_that_is_a_pdf(desk: Desk, tmp_path: Path) -> None:
    wrong = tmp_path / "communes.csv"
    wrong.write_bytes(b"%PDF-1.7\n" + bytes(range(256)))
    said = desk.run("import", str(wrong))
    assert (said.code, said.err.startswith(f"{wrong}: ")) == (2, True)
    assert "PDF" in said.err


def test_nobody_and_several_are_told_apart(filled: Desk) -> None:
    twins = [
        f"{c.insee};{c.name};M;A;B;;1 rue A;{c.postcodes[0]};{c.name}"
        for c in reference().values()
        if c.name == "Saint-Denis"
    ]
    assert len(twins) > 1
    filled.ok("import", str(filled.sheet(*twins)))
    nobody, several = filled.run("show", "Trifouillis"), filled.run("show", "Saint-Denis")
    assert (nobody.code, several.code) == (2, 2)
    assert all(row.split(";")[0] in several.err for row in twins)


def test_a_wrong_password_sends_nothing_and_is_never_shown(
    filled: Desk, capture_server: CaptureServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled.connect(capture_server)
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "hunter2-wrong")
    said = filled.run("send", "--really", "--yes", "--untested")
    assert said.code == 4
    assert "hunter2" not in said.out + said.err
    assert capture_server.messages == []
    assert filled.figures()["email"]["queued"] == 2


def test_a_server_that_is_not_there(filled: Desk, capture_server: CaptureServer) -> None:
    filled.connect(capture_server)
    path = filled.folder / FILE_NAME
    text = path.read_text("utf-8").replace(f"port = {capture_server.port}", "port = 1")
    path.write_text(text, "utf-8")
    filled.approve()
    said = filled.run("send", "--really", "--yes", "--untested")
    assert (said.code, "cannot be reached" in said.err) == (4, True)
    assert filled.figures()["email"]["queued"] == 2


def test_no_password_anywhere(
    filled: Desk, capture_server: CaptureServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled.connect(capture_server)
    monkeypatch.delenv("PUBLIPOSTAGE_PASSWORD")
    said = filled.run("send", "--really", "--yes", "--untested")
    assert (said.code, "account set" in said.err) == (2, True)


def test_the_password_stands_nowhere_in_the_campaign(
    filled: Desk, capture_server: CaptureServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", capture_server.password)
    filled.connect(capture_server)
    filled.ok("send", "--really", "--yes", "--untested")
    home = Path(os.environ["PUBLIPOSTAGE_HOME"])
    for file in [*filled.folder.rglob("*"), *home.rglob("*")]:
        if file.is_file():
            assert capture_server.password.encode() not in file.read_bytes(), file


def test_wrong_use_is_2_and_no_traceback(filled: Desk) -> None:
    for words in (["sned"], ["send", "--nope"], ["edit", "06088", "x"], ["log", "--format", "x"]):
        said = filled.run(*words)
        assert (said.code, "Traceback" in said.err) == (2, False)


def test_help_is_no_failure() -> None:
    said = run("--help")
    assert said.code == 0
    assert "send" in said.out


def test_an_error_that_nobody_foresaw_shows_no_traceback(
    filled: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("merge.app.status.figures", fail)
    said = filled.run("status", "--json")
    assert (said.code, "ZeroDivisionError" in said.err) == (1, True)
    assert "Traceback" not in said.err


# --- languages and terminals --------------------------------------------------------------------


def speak(
    *words: str, program: Sequence[str] = ("-m", "merge"), **environ: str
) -> subprocess.CompletedProcess[bytes]:
    keep = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "PUBLIPOSTAGE_HOME")}
    return subprocess.run(
        [sys.executable, *program, *words],
        env=keep | environ,
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("environ", "word"),
    [
        ({"LANG": "fr_FR.UTF-8"}, "personne"),
        ({"LANG": "C.UTF-8"}, "personne"),
        ({}, "personne"),
        ({"LANG": "en_GB.UTF-8"}, "Nothing leaves"),
        ({"LANG": "en_GB.UTF-8", "PUBLIPOSTAGE_LANG": "fr"}, "personne"),
    ],
)
def test_french_unless_told_otherwise(environ: dict[str, str], word: str) -> None:
    said = speak("--help", PYTHONIOENCODING="utf-8", **environ).stdout.decode()
    assert ("Nothing leaves" in said) == (word == "Nothing leaves"), said


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "cp850"])
def test_french_passes_any_pipe(filled: Desk, encoding: str) -> None:
    commands = [["status"], ["log"], ["preview", "Nice"], ["nonsense"]]
    several = (
        "import sys; from merge.cli import main; "
        f"sys.exit([main(['-C', sys.argv[1], *words]) for words in {commands}] != [0, 0, 0, 2])"
    )
    environ = {"PYTHONIOENCODING": encoding, "LANG": "fr_FR"}
    said = speak(str(filled.folder), program=("-c", several), **environ)
    assert said.returncode == 0, said.stderr
    assert b"Traceback" not in said.stderr
    assert b"UnicodeEncodeError" not in said.stderr


def test_what_a_pipe_cannot_show_is_shown_as_nearly_as_it_can() -> None:
    pipe = io.TextIOWrapper(io.BytesIO(), encoding="cp1252", newline="")
    prepare([pipe])
    pipe.write("Œuilly\u202f→ L'Haÿ ✓ 日")
    pipe.flush()
    assert isinstance(pipe.buffer, io.BytesIO)
    assert pipe.buffer.getvalue().decode("cp1252") == "Œuilly\xa0-> L'Haÿ x ?"


def test_a_closed_pipe_is_no_failure(filled: Desk) -> None:
    command = f"{sys.executable} -m merge -C {filled.folder} log --format csv"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command} | true"],
        capture_output=True,
        check=False,
    )
    assert done.stderr == b""


def test_the_header_that_the_guide_shows_is_understood() -> None:
    assert SAMPLE.read_text("utf-8-sig").splitlines()[0] == HEADER
