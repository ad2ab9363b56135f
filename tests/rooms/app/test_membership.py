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
from tests.webserver import serving

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


def test_names_without_a_file_to_put_them_in_are_refused(desk: Desk) -> None:
    said = desk.run("report", "--names")
    assert (said.code, "--names goes with: --csv, --html." in said.err) == (2, True)


def test_the_log_about_people_is_the_groups_own_and_says_so(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "log.csv"
    said = desk.ok("log", "--format", "csv", "-o", str(file))
    assert "It has personal data" in said.err
    assert exported(desk) == [str(file)]


def test_the_page_says_what_a_file_about_people_is_before_the_click(desk: Desk) -> None:
    with serving(campaign=desk.folder) as server:
        log = server.enter().follow("Log")
        assert "These files have personal data" in log.text
        kept = log.follow("table for Excel").answer
        assert 'filename="log-personal-data.csv"' in kept.headers["content-disposition"]
        result = log.client.get(log.url.partition("/log")[0] + "/result")
        public = result.follow("Report as a table for Excel").answer
        assert not names(public.text)
        report = result.url + "/report/csv"
        assert not names(result.client.get(f"{report}?names=yes").answer.text)
        named = result.client.get(f"{report}?names=1").answer
        assert "Anne Martin" in named.text
        assert 'filename="report-names.csv"' in named.headers["content-disposition"]
    assert exported(desk) == ["log-personal-data.csv", "report-names.csv"]


def test_a_report_about_organisations_names_them_as_one_about_communes_does(
    tmp_path: Path,
) -> None:
    desk = Desk(tmp_path / "campaign")
    desk.make(audience="organisations")
    school = "École Jules-Ferry;jf@example.org"
    desk.ok("import", str(desk.sheet(school, header="École;Courriel")))
    desk.ok("answer", "jf@example.org", "yes")
    assert "École Jules-Ferry" in desk.ok("report", "--csv").out


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


def test_the_page_leads_to_the_other_campaigns_that_have_this_person(tmp_path: Path) -> None:
    one, two, _three = everywhere(tmp_path)
    two.ok("suppress", "am@example.org", "--reason", "asked to be erased")
    with serving(campaign=one.folder) as server:
        erase = server.enter().follow("Keeping").follow("See what would be erased")
        found = erase.press("See what would be erased", who="anne@example.org")
        assert "three" not in found.text
        there = found.follow("two")
        assert "1recipient" in there.text
        done = there.press("Erase it", typed_name="two")
        assert "Erased." in done.text
    assert (b"anne@example.org" in held(one), b"anne@example.org" in held(two)) == (True, False)


def test_of_a_couple_with_one_mailbox_nobody_is_erased_before_it_is_said_who(
    tmp_path: Path,
) -> None:
    desk = Desk(tmp_path / "campaign")
    desk.make(audience="people")
    desk.ok("import", str(desk.sheet(PAUL, EVE, header=HEADER)))
    said = desk.run("purge", "couple@example.org", "--everywhere", "--really", "--yes")
    assert said.code == 1
    assert b"couple@example.org" in held(desk)


@pytest.mark.parametrize("word", ["Anne", "", "*"])
def test_what_is_no_address_erases_nobody_anywhere(desk: Desk, word: str) -> None:
    said = desk.run("purge", word, "--everywhere", "--really", "--yes")
    assert (said.code, f"“{word}” does not fit here." in said.err) == (2, True)
    assert "For example: anne@example.org" in said.err
    assert b"anne@example.org" in held(desk)
