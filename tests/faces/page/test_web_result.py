"""What came of a campaign: counted by the database as by the rest, and said by a page."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import lxml.etree  # type: ignore[import-untyped]  # shipped without types
import pytest

from merge.app import remind, result
from merge.app.chosen import Narrowing
from merge.app.opening import open_campaign
from merge.campaign import answers
from merge.errors import ExitCode
from merge.job import Consent, silent
from merge.ledger.records import Answer, Meaning, Reply
from merge.outcome import Sort
from tests.desk import Desk
from tests.webserver import Page, here

HEADER = "Code INSEE;Commune;Courriel;Code postal;Ville;Téléphone;Latitude;Longitude"
TOWNS = (
    "06088;Nice;nice@example.org;06300;Nice;04 00 00 00 01;43,7;7.26",
    "06004;Antibes;antibes@example.org;06600;Antibes;04 00 00 00 02;43.58;7.12",
    "29019;Brest;brest@example.org;29200;Brest;;48.39;-4.49",
    "35238;Rennes;rennes@example.org;35000;Rennes;02 00 00 00 04;nonsense;",
    "97411;Saint-Denis;sd@example.org;97400;Saint-Denis;;-20.88;55.45",
    "88160;Épinal;;;;;;",
)
SENT = datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Five were written to: Nice said yes, Antibes wrote, Brest came back, two are silent."""
    desk = Desk(tmp_path / "campaign")
    desk.make()
    desk.run("import", str(desk.sheet(*TOWNS, header=HEADER)))
    with closing(sqlite3.connect(desk.folder / "ledger.db")) as handle, handle:
        at = f"{SENT:%Y-%m-%d %H:%M:%S.%f}"
        handle.execute("UPDATE deliveries SET status = 'sent', at = ?", [at])
        handle.execute("UPDATE deliveries SET status = 'bounced' WHERE recipient = '29019'")
    with open_campaign(desk.folder, access="share", command="answer") as campaign:
        later = SENT + timedelta(days=2)
        for meaning in (Meaning.NO, Meaning.YES):
            campaign.ledger.answers.add(
                Answer(key="06088", meaning=meaning, at=later, noted_at=later)
            )
        mails = [("06004", 1), ("06088", -1)]
        campaign.ledger.replies.keep(
            [
                Reply(identity=key, sort=Sort.ANSWER, at=later + timedelta(days=days), key=key)
                for key, days in mails
            ]
        )
    return desk


@pytest.fixture
def first(desk: Desk) -> Iterator[Page]:
    with here(desk.folder) as server:
        yield server.enter().at("result")


def test_each_figure_leads_to_those_whom_it_counts(desk: Desk, first: Page) -> None:
    """Two are silent: only whoever was written to long ago is called, and nobody who came back."""
    found = desk.reads(result.look, timedelta(weeks=1))
    assert (found.tally.committed, found.to_call, found.lost) == (1, 2, 1)
    for n, towns in ((1, {"Nice"}), (2, {"Rennes", "Saint-Denis"})):
        row = next(
            each
            for each in first.html.cssselect("ul.rows > li")
            if each.cssselect("b")[0].text == str(n)
        )
        page = first.at(row.cssselect("a")[0].get("href").rpartition("/")[2])
        assert {link.text for link in page.html.cssselect("th[scope=row] a")} == towns


def test_the_database_counts_as_the_report_does(desk: Desk) -> None:
    found = desk.reads(result.look, timedelta(weeks=1))
    with open_campaign(desk.folder, access="read", command="report") as campaign:
        towns = answers.every_town(campaign.ledger)
    assert found.tally == answers.tally(towns)
    assert {each.code: each.tally for each in found.departments} == {
        code: answers.tally(each for each in towns if each.recipient.department == code)
        for code in {each.recipient.department for each in towns}
    }
    assert [each.code for each in found.departments] == sorted(
        each.code for each in found.departments
    )
    assert found.tally.unread == 1
    assert found.tally.meanings == {Meaning.YES: 1}


def test_the_map_has_a_dot_for_each_town_whose_place_is_known(desk: Desk) -> None:
    svg = lxml.etree.fromstring(desk.reads(result.map_svg).encode())
    outlined, dots = {}, {}
    for path in svg.iter("{*}path"):
        title = path.findtext("{*}title")
        if title:
            outlined[title.rpartition("(")[2][:2]] = path.get("class")
        else:
            dots[path.get("class")] = path.get("d").count("h0")
    # Brest came back, and Rennes has no number.
    assert dots == {"dots rim": 1, "dots answered": 1, "dots yes": 1}
    assert (outlined["06"], outlined["35"], outlined["88"]) == ("yes", "written", "none")
    assert len(outlined) == 96
    assert "Étienne" not in desk.reads(result.map_svg)


def test_a_mail_that_is_nobodys_takes_no_town_off_the_map(desk: Desk) -> None:
    with closing(sqlite3.connect(desk.folder / "ledger.db")) as handle, handle:
        handle.execute("UPDATE deliveries SET status = 'sent' WHERE recipient = '29019'")
    before = desk.reads(result.map_svg)
    assert 'class="dots written"' in before
    with open_campaign(desk.folder, access="share", command="replies") as campaign:
        later = SENT + timedelta(days=4)
        stranger = Reply(identity="stranger", sort=Sort.ANSWER, at=later, key=None)
        campaign.ledger.replies.keep([stranger])
    assert desk.reads(result.map_svg) == before


def test_the_public_report_names_no_address(first: Page) -> None:
    report = first.at("result/report.csv").answer
    assert report.headers["content-disposition"] == 'attachment; filename="report.csv"'
    assert "example.org" not in report.text


def test_the_result_is_published_as_editions_in_one_zip(desk: Desk, first: Page) -> None:
    assert first.at("result/report.zip").answer.status_code == 404
    for editions in (0, 1):
        published = first.at("result").press("Publish the result", contact="droit@example.org")
        assert "The report is made." in published.answer.text
        answer = first.at("result/report.zip").answer
        with ZipFile(BytesIO(answer.content)) as whole:
            names = whole.namelist()
            assert "droit@example.org" in whole.read("methode.html").decode()
        assert {"index.html", "departement/06.html", "SHA256SUMS"} <= {*names}
        assert sum(name.endswith("/index.html") for name in names) == editions
    kept = desk.folder / "outbox" / "report"
    (kept / "index.html").write_text("mine", encoding="utf-8")
    refused = first.at("result").press("Publish the result", contact="droit@example.org")
    assert refused.answer.status_code == 422
    assert "no edition of this report" in refused.answer.text
    desk.ok("purge", "Nice", "--really", "--yes")  # whose evidence may be in it
    assert not kept.exists()


def test_a_reminder_that_nobody_agreed_to_is_not_opened(desk: Desk) -> None:
    with remind.open(desk.folder, silent, really=True) as campaign:
        plan = remind.plan(
            campaign, silent, 2, file=None, after=timedelta(weeks=1), narrowing=Narrowing()
        )
        other = Consent(code="open-wave", facts={"wave": 2, "n": 1, "letter": "reminder.md"})
        for given in ((), (other,)):
            refused = remind.run(campaign, plan, given)
            assert refused.code is ExitCode.REFUSED
            assert refused.wants == plan.wants
    assert desk.figures()["email"]["queued"] == 0
