"""A list of people: nothing that leaves the group names them, unless a person asks for it."""

from __future__ import annotations

import csv
import io
import stat
from contextlib import closing
from pathlib import Path

import pytest

from merge.app.opening import open_campaign, users_accounts
from merge.model import Audience
from tests.desk import Desk

HEADER = "Prénom;Nom;E-mail;Adresse;Code postal;Ville"
ANNE = "Anne;MARTIN;anne@example.org;1 rue du Port;35000;Rennes"
LOU = "Lou;ROY;lou@example.org;3 rue Haute;75011;Paris"


def made(folder: Path, audience: Audience = "people") -> Desk:
    desk = Desk(folder / "campaign")
    desk.make(audience=audience)
    desk.ok("import", str(desk.sheet(ANNE, LOU, header=HEADER)))
    desk.ok("answer", "anne@example.org", "yes")
    return desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return made(tmp_path)


def names(text: str) -> bool:
    return any(each in text for each in ("Martin", "MARTIN", "Roy", "ROY", "example.org"))


def test_the_report_about_people_has_figures_alone(desk: Desk, tmp_path: Path) -> None:
    assert not names(desk.ok("report").out)
    table = desk.ok("report", "--csv").out
    figures = {row["figure"]: row["n"] for row in csv.DictReader(io.StringIO(table))}
    assert (figures["recipients"], figures["answered"], figures["yes"]) == ("2", "1", "1")
    assert not names(table)
    desk.ok("report", "--html", str(tmp_path / "report.html"))
    page = (tmp_path / "report.html").read_text("utf-8")
    assert not names(page)
    assert "<svg" not in page  # of one member in a département, its figures would tell
    assert "it names nobody" in page


def test_names_are_asked_for_and_told_and_the_file_is_private_and_remembered(
    desk: Desk, tmp_path: Path
) -> None:
    file = tmp_path / "report.csv"
    said = desk.ok("report", "--names", "--csv", "-o", str(file))
    assert "These names are of members, customers or others of “Pas de VSA”" in said.err
    (row,) = csv.DictReader(io.StringIO(file.read_text("utf-8")))
    assert (row["commune"], row["answer"]) == ("Anne Martin", "yes")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert exported(desk) == [str(file)]
    desk.ok("report", "--names", "--html", str(tmp_path / "report.html"))
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "Anne Martin" in page
    assert "It names people" in page


def exported(desk: Desk) -> list[str]:
    with open_campaign(desk.folder, access="read", command="log") as campaign:
        campaign_id = campaign.ledger.campaign_id
    with closing(users_accounts()) as accounts:
        return [each.name for each in accounts.exports.of(campaign_id)]


# Who wants no more letters


PAUL = "Paul;MARTIN;couple@example.org;1 rue du Port;35000;Rennes"
EVE = "Ève;MARTIN;couple@example.org;1 rue du Port;35000;Rennes"


def test_a_stop_of_a_member_holds_in_the_next_campaign_to_members(
    desk: Desk, tmp_path: Path
) -> None:
    said = desk.ok("suppress", "anne@example.org", "--reason", "asked").err
    (number,) = (row[0] for row in csv.reader(desk.ok("log", "--format", "csv").out.splitlines())
                 if "lou@example.org" in row)  # fmt: skip
    assert "alone" not in desk.ok("suppress", number, "--reason", "by phone").err + said
    other = Desk(tmp_path / "other")
    other.make(audience="people")
    other.ok("import", str(desk.sheet(LOU, PAUL, EVE, ANNE, header=HEADER)))
    (other.folder / "letter.md").write_text("---\nsubject: Bonjour\n---\n\nBonjour,\n")
    assert "2 letters do not leave" in other.ok("print", "--all").err
    assert other.figures()["email"]["suppressed"] == 2


def test_a_stop_of_one_of_a_couple_keeps_nothing_back_from_the_other(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "campaign")
    desk.make(audience="people")
    desk.ok("import", str(desk.sheet(PAUL, EVE, header=HEADER)))
    said = desk.ok("suppress", "1", "--reason", "by phone")
    assert "It counts in this campaign alone" in said.err
    assert (desk.figures()["email"]["suppressed"], desk.figures()["email"]["queued"]) == (1, 1)
    desk.ok("suppress", "1", "--take-back", "--reason", "a mistake")
    assert desk.figures()["email"]["queued"] == 2


# Erasing


def everywhere(tmp_path: Path) -> tuple[Desk, Desk, Desk]:
    """Anne is in two of three campaigns, in the second by another address that she has."""
    one, two, three = (Desk(tmp_path / name) for name in ("one", "two", "three"))
    second = "Anne;MARTIN;am@example.org, anne@example.org;1 rue du Port;35000;Rennes"
    for desk, rows in ((one, (ANNE, LOU)), (two, (LOU, second)), (three, (LOU, EVE))):
        desk.make(audience="people")
        desk.run("import", str(desk.sheet(*rows, header=HEADER)))
        (desk.folder / "letter.md").write_text("---\nsubject: Bonjour\n---\n\nBonjour,\n")
    return one, two, three


def held(desk: Desk) -> bytes:
    return b"".join(path.read_bytes() for path in desk.folder.glob("*.db*"))


def test_a_person_is_erased_in_all_campaigns_by_one_address(tmp_path: Path) -> None:
    one, two, three = everywhere(tmp_path)
    waiting = one.run("purge", "anne@example.org", "--everywhere", "--really", "--yes")
    assert (waiting.code, waiting.err.count("still wait to leave: 1")) == (1, 2)
    one.ok("suppress", "anne@example.org", "--reason", "asked to be erased")
    for desk in (one, two):
        desk.ok("print", "--all")
        desk.ok("print", "--posted", "1")
    one.ok("log", "--format", "csv", "-o", str(tmp_path / "log.csv"))
    rehearsed = one.ok("purge", "ANNE@example.org", "--everywhere")
    assert "nothing is erased" in rehearsed.err
    assert "log.csv (log, " in rehearsed.err  # no erasure reaches it
    assert (b"anne@example.org" in held(one), str(three.folder) in rehearsed.err) == (True, False)
    one.ok("purge", "anne@example.org", "--everywhere", "--really", "--yes")
    for desk in (one, two):
        assert not any(each in held(desk) for each in (b"anne@example.org", b"Martin", b"MARTIN"))
        assert b"lou@example.org" in held(desk)
    assert "Nobody in your campaigns" in one.ok("purge", "anne@example.org", "--everywhere").err
    again = Desk(tmp_path / "again")
    again.make(audience="people")
    again.ok("import", str(again.sheet(ANNE, header=HEADER)))
    assert again.figures()["email"]["queued"] == 1
    again.run("print", "--all")
    assert again.figures()["email"]["suppressed"] == 1  # erased, and still not written to


def test_of_a_couple_with_one_mailbox_nobody_is_erased_before_it_is_said_who(
    tmp_path: Path,
) -> None:
    desk = Desk(tmp_path / "campaign")
    desk.make(audience="people")
    desk.ok("import", str(desk.sheet(PAUL, EVE, header=HEADER)))
    said = desk.run("purge", "couple@example.org", "--everywhere", "--really", "--yes")
    assert said.code == 1
    assert b"couple@example.org" in held(desk)
