"""What pages do that no text beside this file can tell: files to download, jobs, links."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from urllib.parse import urljoin
from zipfile import ZipFile

import pytest

from merge.app import recipients
from merge.app.following import last_printing
from merge.app.new import LETTER, model_letter
from merge.app.opening import open_campaign
from merge.errors import Busy
from merge.job import JobRecord, JobState
from merge.settings import FIELDS
from merge.web.jobs import Jobs
from merge.web.memory import Checks
from merge.words.settings import LABELS
from tests.desk import HAVRE, NICE, Desk, Y
from tests.servers.capture import CaptureServer
from tests.servers.ports import free_ports, until
from tests.webserver import Page, here, serving

pytest_plugins = ["tests.servers.fixtures"]

DINAN = "22050;Dinan;F;Élise;MARTIN;;1 rue Haute;22100;Dinan"
MODEL = (model_letter() / LETTER).read_bytes()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Two recipients on paper, two by e-mail."""
    return Desk.made(tmp_path, NICE, HAVRE, Y, DINAN)


@pytest.fixture
def today(desk: Desk) -> Iterator[Page]:
    with here(desk.folder) as server:
        yield server.enter()


@pytest.fixture
def sent(desk: Desk, capture_server: CaptureServer, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Those two e-mails have left."""
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", capture_server.password)
    desk.connect(capture_server)
    desk.ok("send", "--really", "--yes", "--untested")
    return desk


def wrong(page: Page) -> list[str]:
    """The fields that the summary names."""
    return [each.get("href").removeprefix("#") for each in page.html.xpath("//*[@id='wrong']//a")]


def exports(desk: Desk) -> set[tuple[str, str]]:
    """What the erasure will name."""
    with open_campaign(desk.folder, access="read", command="show") as opened:
        noted = opened.accounts.exports.of(opened.ledger.campaign_id)
    return {(each.kind, each.name) for each in noted}


# --- the letter and the settings ------------------------------------------------------------------


def test_a_letter_saved_untouched_keeps_every_byte(desk: Desk, today: Page) -> None:
    letter = desk.folder / LETTER
    odd = MODEL.replace(b"\n", b"\r\n") + b"{% if population %}\r\n\r\n> x\r\n{% endif %}\r\n\r\n"
    letter.write_bytes(odd)
    assert today.at("letter").submit("letter/save").status == 200
    assert letter.read_bytes() == odd


def test_what_no_editor_writes_is_refused(desk: Desk, today: Page) -> None:
    page = today.at("letter")
    for told in ("{", "[[]]", '[{"type": "script"}]', "[" * 10_000):
        (form,) = page.client.get(page.url).html.xpath("//form[contains(@action, 'letter/save')]")
        data = dict(form.form_values()) | {"document": told}
        assert page.client.post(urljoin(page.url, form.get("action")), data).status == 422
    assert (desk.folder / LETTER).read_bytes() == MODEL


def test_every_setting_is_a_field_with_a_name_for_people(today: Page) -> None:
    assert len({*LABELS.values()}) == len(FIELDS), "a name says which of two fields is meant"
    assert set(LABELS) == set(FIELDS) <= {*today.at("settings").html.xpath("//@name")}


# --- paper ----------------------------------------------------------------------------------------


def lot(page: Page) -> Page:
    """The page of the first lot, once it is made."""
    page.at("send?step=paper").submit("paper/make")
    until(lambda: page.at("paper/1").status == 200)
    until(lambda: "/paper/job" not in page.at("send?step=paper").answer.text)
    return page.at("paper/1")


def test_nothing_is_served_through_a_link(desk: Desk, today: Page) -> None:
    lot(today)
    assert today.at("paper/file?lot=1").answer.content.startswith(b"%PDF")
    assert exports(desk) == {("lot", "lot-0001.pdf")}
    for target in ("outbox/lots/lot-0001.pdf", "outbox/lots"):
        at, moved = desk.folder / target, desk.folder.with_name(target.replace("/", "-"))
        at.rename(moved)
        at.symlink_to(moved)
        assert today.at("paper/file?lot=1").status == 409


def test_a_server_that_is_killed_stops_no_printing(desk: Desk) -> None:
    with serving(campaign=desk.folder) as server:
        server.enter().at("send?step=paper").submit("paper/make")
        server.process.kill()
    until(lambda: (seen := desk.reads(last_printing)) and seen.record.state is JobState.ENDED)
    assert desk.figures()["paper"]["made"] == 2


# --- what is kept of one -------------------------------------------------------------------------


def test_the_page_shows_what_is_handed_to_whoever_asks_what_is_kept(
    sent: Desk, today: Page
) -> None:
    sent.ok("answer", "06088", "yes", "--note", "at the council of March")
    sent.ok("edit", "06088", "street=7 rue de France")
    sent.ok("suppress", "06088", "--reason", "asked by phone")
    kept = json.loads(sent.ok("show", "06088", "--json").out)
    (letter,), attempts = kept["letters"], kept["attempts"]
    shown = next(text for n in range(1, 5) if "06088" in (text := today.at(f"recipients/{n}").text))
    assert all((attempts, kept["jobs"], kept["edits"]))
    assert kept["must_not_be_written_to"] is True
    for said in (
        *(letter["message_id"], letter["address"]),
        *(attempt["words"] for attempt in attempts if attempt["phase"] == "body"),
        *(answer["note"] for answer in kept["answers"]),
        *(edit["value"] for edit in kept["edits"]),
    ):
        assert said
        assert said in shown, said


# --- keeping and erasing --------------------------------------------------------------------------


def test_files_that_were_downloaded_are_named_before_the_erasure(sent: Desk, today: Page) -> None:
    archive = today.at("settings").submit("keeping/backup").follow("Download the backup").answer
    assert "ledger.db" in ZipFile(io.BytesIO(archive.content)).namelist()
    document = sent.folder.parent / "deliberation.pdf"
    document.write_bytes(b"%PDF-1.7 oui")
    sent.ok("answer", "06088", "yes", "--evidence", str(document))
    digest = sha256(document.read_bytes()).hexdigest()
    assert today.at(f"evidence/{digest}").answer.content == document.read_bytes()
    assert today.at(f"evidence/{sha256(b'').hexdigest()}").status == 422
    (number,) = [n for n in range(1, 5) if "06088" in today.at(f"recipients/{n}").text]
    for path in (
        "keeping/never.csv",
        "recipients/file/csv",
        "recipients/file/xlsx",
        f"evidence/{digest}",
        f"recipients/{number}/letter.eml",
    ):
        answer = today.at(path).answer
        assert answer.headers["content-disposition"].startswith("attachment")
        assert answer.headers["content-security-policy"].startswith("sandbox")
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.content == sent.reads(recipients.message, "06088")
    kept = {
        ("log", "recipients.csv"),
        ("log", "recipients.xlsx"),
        ("letter", f"letter-{number}.eml"),
        ("evidence", f"document-{digest[:12]}.pdf"),
    }
    assert exports(sent) >= kept
    sent.ok("print", "--all")
    sent.ok("print", "--posted", "1")
    erase = today.at("keeping/erase")
    assert {name for _kind, name in kept} <= {*erase.text.replace(",", " ").split()}
    refused = erase.submit("keeping/erase", typed_name="another")
    assert (refused.status, "Étienne" in sent.ok("show", "Nice").out) == (422, True)
    done = refused.submit("keeping/erase", typed_name="campaign")
    assert "Étienne" not in sent.ok("show", "Nice").out
    before = len(exports(sent))
    done.submit("/deleted")
    assert len(exports(sent)) == before - 1


# --- what a page does by itself -------------------------------------------------------------------


def readings(desk: Desk) -> list[JobRecord]:
    """The jobs that read the mailbox, which have ended."""
    with open_campaign(desk.folder, access="read", command="log") as opened:
        found = list(opened.ledger.commands.latest("replies"))
    return [job for job in found if job.exit_code is not None]


def test_a_mailbox_is_read_with_a_yes_and_a_password_alone_and_not_tried_again_at_once(
    sent: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = sent.folder / "campaign.toml"
    imap = (
        f'[account.imap]\nhost = "127.0.0.1"\nport = {free_ports(1)[0]}\ntls = "none"\n\n[letter]'
    )
    settings.write_text(settings.read_text("utf-8").replace("[letter]", imap), "utf-8")
    with here(sent.folder) as server:
        server.enter()
    assert not readings(sent)
    sent.approve()
    with monkeypatch.context() as patch, here(sent.folder) as server:
        patch.delenv("PUBLIPOSTAGE_PASSWORD")
        server.enter()
    assert not readings(sent)
    with here(sent.folder) as server:
        today = server.enter()
        until(lambda: len(readings(sent)) == 1)
        for _ in range(2):
            today.client.get(today.url)
    assert [job.exit_code for job in readings(sent)] == [4]


def test_a_check_at_work_is_not_begun_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = []

    async def look(_jobs: Jobs, work: object, place: Path) -> None:
        begun.append(place)
        await asyncio.sleep(0)
        raise Busy("ledger-busy")

    async def three() -> None:
        of = Checks(Jobs())
        of.begin(Path("a"))
        of.begin(Path("a"))
        await asyncio.gather(*of._tasks)
        check = of.of(Path("a"))
        assert check is not None
        assert isinstance(check.trouble, Busy)
        of.begin(Path("a"))
        await asyncio.gather(*of._tasks)

    monkeypatch.setattr(Jobs, "look", look)
    asyncio.run(three())
    assert begun == [Path("a")] * 2
