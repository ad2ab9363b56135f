"""The log and one recipient on the page: looked through, decided about, and read bit for bit."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from merge.app import show
from merge.app.opening import open_campaign
from merge.mail.message import message_digest
from merge.model import Recipient
from tests import mails
from tests.desk import HAVRE, NICE, Desk, Y
from tests.servers.capture import CaptureServer
from tests.servers.certificates import Authority
from tests.webserver import Page, serving

ÉPINAL = "88160;Épinal;M;Luc;D'ANGELO;;;;"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, Path, Page]]:
    """Two whose e-mail has left, one on paper, one whom nothing reaches; and the first page."""
    folder = tmp_path_factory.mktemp("page")
    home, post = folder / "home", folder / "post"
    post.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PUBLIPOSTAGE_HOME", str(home))
        patch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
        desk = Desk(folder / "campaign")
        desk.make()
        desk.run("import", str(desk.sheet(NICE, HAVRE, Y, ÉPINAL)))
        capture = CaptureServer(folder=post, authority=Authority.in_folder(post))
        with capture.running():
            desk.connect(capture)
            desk.ok("send", "--really", "--yes", "--untested")
        with serving(home, campaign=desk.folder) as server:
            yield desk, home, server.enter()


@pytest.fixture
def desk(made: tuple[Desk, Path, Page], monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk, home, _today = made
    monkeypatch.setenv("PUBLIPOSTAGE_HOME", str(home))
    return desk


@pytest.fixture
def first(made: tuple[Desk, Path, Page], desk: Desk) -> Page:
    """The log, as a person comes to it."""
    _desk, _home, today = made
    return today.follow("Log")


def communes(page: Page) -> list[str]:
    """Those whose row is shown."""
    return [link.text_content() for link in page.html.cssselect("table.log th[scope=row] a")]


def number_of(page: Page) -> str:
    """Of the recipient that a page is about."""
    return page.url.partition("?")[0].rpartition("/")[2]


def test_the_log_is_searched_filtered_and_sorted(first: Page) -> None:
    assert communes(first) == ["Épinal", "Le Havre", "Nice", "Y"]
    found = first.press("Search", words="epinal d'angelo")
    assert communes(found) == ["Épinal"]
    assert found.html.get_element_by_id("words").get("value") == "epinal d'angelo"
    assert communes(found.client.get(found.url)) == ["Épinal"]  # as Back does
    latest = found.press("Search", words="", state="sent", sort="-at")
    assert communes(latest) == ["Y", "Nice"]
    assert "publipostage log --status sent --format csv --excel -o log.csv" in latest.text
    nobody = latest.press("Search", state="", channel="none")
    assert communes(nobody) == ["Épinal"]
    nobody = nobody.press("Search", channel="none", department="06")
    assert communes(nobody) == []
    assert communes(nobody.follow("Show everybody")) == communes(first)


def test_what_is_typed_while_it_is_typed_comes_as_lines_alone(first: Page) -> None:
    answer = first.client.http.get(
        first.url,
        params={"words": "havre"},
        headers={"Sec-Fetch-Site": "same-origin", "HX-Request": "true"},
    )
    lines = Page(first.client, answer)
    assert communes(lines) == ["Le Havre"]
    assert "<h1" not in answer.text
    (told,) = lines.html.xpath("//*[@hx-swap-oob='innerHTML:#live']")
    assert told.text_content().strip() == "1 recipient"


def test_nonsense_in_an_address_counts_for_nothing(first: Page) -> None:
    for query in (
        "state=../../etc&channel=x&department=%2e%2e&answer=%00&weeks=-1&sort=1;--&page=-9",
        "words=%20&page=99999999999999999999",
        "state=sent%20nonsense&page=2",
    ):
        page = first.client.get(f"{first.url.partition('?')[0]}?{query}")
        assert page.status == 200
        assert communes(page)
    for number in ("0", "5", "99999999999999999999"):
        assert first.client.get(f"{first.url.partition('?')[0]}/{number}").status == 404


def test_what_is_shown_is_had_as_a_file_for_excel_and_a_download_is_remembered(
    first: Page, desk: Desk
) -> None:
    shown = first.press("Search", state="sent", sort="name")
    table = shown.follow("table for Excel").answer
    assert table.headers["content-disposition"] == 'attachment; filename="log.csv"'
    assert table.content.startswith(b"\xef\xbb\xbfkey;commune;")
    assert [line.split(";")[1] for line in table.text.splitlines()[1:]] == ["Nice", "Y"]
    workbook = shown.follow("workbook").answer.content
    first.follow("Nice").follow("(.eml)")
    with open_campaign(desk.folder, access="read", command="show") as campaign:
        noted = campaign.accounts.exports.of(campaign.ledger.campaign_id)
    files = {(each.kind, each.name) for each in noted}
    assert files >= {("log", "log.csv"), ("log", "log.xlsx"), ("letter", "letter-1.eml")}
    with closing(zipfile.ZipFile(io.BytesIO(workbook))) as parts:
        assert "xl/worksheets/sheet1.xml" in parts.namelist()


def test_one_recipient_shows_its_very_letter_in_a_frame_that_its_own_header_shuts(
    first: Page, desk: Desk
) -> None:
    nice = first.follow("Nice")
    assert nice.title == f"Recipient {number_of(nice)} – publipostage"
    assert "Étienne Çelik" in nice.text
    source, as_text = [each.get("src") for each in nice.html.iter("iframe")]
    assert all(each.get("sandbox") == "" for each in nice.html.iter("iframe"))
    framed = nice.client.get(nice.url.partition("/c/")[0].rpartition("/")[0] + source)
    assert framed.answer.headers["content-security-policy"].startswith(
        "sandbox; default-src 'none'"
    )
    assert "habitant·es de Nice" in framed.text
    plain = nice.client.get(nice.url.partition("/c/")[0].rpartition("/")[0] + as_text)
    assert plain.answer.headers["content-security-policy"].startswith("sandbox;")
    assert "habitant·es de Nice" in plain.html.find(".//pre").text
    kept = nice.follow("(.eml)").answer
    assert kept.content == show.message(desk.folder, "06088")
    assert (
        kept.headers["content-disposition"]
        == f'attachment; filename="letter-{number_of(nice)}.eml"'
    )
    havre = first.follow("Le Havre")
    assert not list(havre.html.iter("iframe"))
    refused = havre.client.get(f"{havre.url}/mail")
    assert refused.status == 422


def test_an_answer_by_phone_is_written_down_with_its_day_and_a_form_that_is_wrong_comes_back(
    first: Page, desk: Desk
) -> None:
    nice = first.follow("Nice")
    wrong = nice.press("Write it down", note="rappeler", day="demain")
    assert wrong.status == 422
    assert wrong.title.startswith("Error:")
    assert wrong.html.get_element_by_id("note").text_content().strip() == "rappeler"
    assert {link.get("href") for link in wrong.html.cssselect("#wrong a")} == {"#meaning", "#day"}
    later = wrong.press("Write it down", meaning="yes", day="21/03/2099")
    assert later.status == 422
    assert "#day" in later.answer.text
    done = later.press("Write it down", meaning="yes", way="phone", day="21/03/2026")
    assert done.status == 200
    assert "The answer is written down, but the letter left after that day." in done.text
    assert "yes, on 2026-03-21, by phone (rappeler)" in done.text
    assert "yes" in desk.ok("log", "--answers").out
    assert communes(first.press("Search", answer="yes")) == ["Nice"]


def test_what_is_edited_is_checked_where_it_is_typed_and_kept_from_who_did_not_see_it(
    first: Page, desk: Desk
) -> None:
    havre = first.follow("Le Havre")
    labels = {
        label.text_content().strip(): label.get("for")
        for label in havre.form("Keep the change").iter("label")
    }
    email, name = labels["E-mail"], labels["Surname"]
    wrong = havre.press("Keep the change", None, **{email: "havre(at)example", name: "Martin"})
    assert wrong.status == 422
    assert [link.get("href") for link in wrong.html.cssselect("#wrong a")] == [f"#{email}"]
    assert wrong.html.get_element_by_id(name).get("value") == "Martin"
    desk.ok("edit", "76351", "first_name=Zoé")
    stale = wrong.press("Keep the change", None, **{email: "havre@example.org"})
    assert stale.status == 409
    assert "changed meanwhile" in stale.text
    assert stale.html.get_element_by_id(email).get("value") == "havre@example.org"
    kept = stale.press("Keep the change")
    assert kept.status == 200
    assert "The change is kept." in kept.text
    with open_campaign(desk.folder, access="read", command="show") as campaign:
        found: Recipient | None = campaign.ledger.recipient("76351")
    assert found is not None
    assert (found.email, found.surname) == ("havre@example.org", "Martin")


def test_never_again_and_that_taken_back(first: Page, desk: Desk) -> None:
    y = first.follow("Y")
    wrong = y.press("Never write again")
    assert wrong.status == 422
    never = wrong.press("Never write again", reason="par courrier, le 3 mars")
    assert "never written to again" in never.text
    assert "80829" in desk.ok("suppress").out
    again = never.press("It may be written to again", reason="une erreur")
    assert "may be written to again." in again.text
    assert "80829" not in desk.ok("suppress").out


def test_a_form_about_another_recipient_than_the_number_has_now_does_nothing(
    first: Page, desk: Desk
) -> None:
    nice = first.follow("Nice")
    refused = nice.press("Write it down", key="76351", meaning="yes")
    assert refused.status == 410
    assert "76351" not in desk.ok("log", "--answers", "--format", "csv").out


def test_a_mail_that_came_back_is_shown_as_text_and_in_a_shut_frame(
    first: Page, desk: Desk, tmp_path: Path
) -> None:
    with open_campaign(desk.folder, access="read", command="show") as campaign:
        refers = f"<{message_digest(campaign.ledger.campaign_id, '06088', 1)}@example.org>"
    folder = tmp_path / "mails"
    folder.mkdir()
    body = "Oui.\n\n<script>alert(1)</script>"
    (folder / "1.eml").write_bytes(mails.answer(refers=refers, own_id="<1@example.com>", body=body))
    desk.ok("replies", "--from", str(folder))
    nice = first.follow("Nice")
    assert "<script>alert(1)</script>" in nice.text
    assert "<script>alert" not in nice.answer.text
    framed = nice.client.get(f"{nice.url}/reply/1")
    assert framed.answer.headers["content-security-policy"].startswith("sandbox;")
    assert "<script>alert" not in framed.answer.text
    assert nice.client.get(f"{nice.url}/reply/7").status == 422
    assert nice.client.get(f"{nice.url}/reply/1/file").answer.content.startswith(b"Return-Path")


def test_each_recipient_has_one_next_step_that_fits(first: Page) -> None:
    assert "Another address is all that helps." in first.follow("Épinal").text
    havre = first.follow("Le Havre")
    assert "This letter has not left yet." in havre.text
    (step,) = havre.html.cssselect(".next a")
    assert havre.follow(step.text_content()).status == 200


def test_the_step_to_an_answer_leads_to_its_form_unfolded(first: Page) -> None:
    unanswered = first.follow("Y")
    (form,) = unanswered.html.xpath("//details[@id='answer']")
    assert form.get("open") is None
    (form,) = unanswered.follow("Write down an answer").html.xpath("//details[@id='answer']")
    assert form.get("open") is not None


def test_an_edit_while_a_job_is_at_work_keeps_what_was_typed_and_says_who_is(
    first: Page, desk: Desk
) -> None:
    nice = first.follow("Nice")
    labels = {
        label.text_content().strip(): label.get("for")
        for label in nice.form("Keep the change").iter("label")
    }
    with open_campaign(desk.folder, access="share", command="send"):
        busy = nice.press("Keep the change", None, **{labels["First name"]: "Zoé"})
    assert busy.status == 422
    assert "send" in busy.html.get_element_by_id("wrong").text_content()
    assert busy.html.get_element_by_id(labels["First name"]).get("value") == "Zoé"
    kept = busy.press("Keep the change")
    assert "The change is kept." in kept.text


def test_an_answer_and_a_reason_are_not_lost_while_a_job_is_at_work(
    first: Page, desk: Desk
) -> None:
    nice = first.follow("Nice")
    with open_campaign(desk.folder, access="exclusive", command="send"):
        answered = nice.press("Write it down", meaning="no", note="a long talk", day="")
        never = nice.press("Never write again", reason="asked by phone")
    for busy in (answered, never):
        assert busy.status == 422
        assert "send" in busy.html.get_element_by_id("wrong").text_content()
    note = answered.html.get_element_by_id("note")
    assert note.text_content().strip() == "a long talk"
    assert any(each.get("open") is not None for each in note.iterancestors("details"))
    assert never.html.get_element_by_id("reason").get("value") == "asked by phone"
