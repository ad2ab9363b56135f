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
    assert (said.code, "figures have no names" in said.err) == (2, True)


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
