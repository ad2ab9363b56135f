"""What forms change, and what they leave alone: another's words, an erased name, a lot that is not
in the post. What is said of it stands in the texts beside this file.
"""

from __future__ import annotations

import asyncio
import io
import resource
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin
from zipfile import ZipFile

import pytest

from merge.app import show
from merge.app.following import last_printing
from merge.app.new import LETTER, model_letter, unfinished
from merge.app.opening import open_campaign
from merge.errors import Busy
from merge.job import JobRecord, JobState
from merge.ledger.driver.locks import FileLocks
from merge.settings import FIELDS, load
from merge.web.jobs import Jobs
from merge.web.memory import Checks
from merge.web.pages.settings import LABELS
from tests.cameback import DOUBT, campaign, doubt
from tests.desk import HAVRE, HEADER, NICE, Desk, Y
from tests.dying import dies
from tests.servers.capture import CaptureServer
from tests.servers.ports import free_ports, until
from tests.webserver import Page, here, serving

pytest_plugins = ["tests.servers.fixtures"]

DINAN = "22050;Dinan;F;Élise;MARTIN;;1 rue Haute;22100;Dinan"
CONTACT = b"Code INSEE;Contact;Maire\n35238;r@example.org;Mme Nathalie APPERE\n29019;;Jean DUC\n"
MODEL = (model_letter() / LETTER).read_bytes()
ANSWERS = {
    "name": "Pas de VSA",
    "group": "Collectif",
    "address": "12 rue de la Paix, 35000 Rennes",
    "place": "rennes",
    "contact": "06 00 00 00 00",
    "residents": "no",
    "from_address": "groupe@example.org",
    "source": "l'annuaire de l'administration (service-public.fr)",
}


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


def value(page: Page, name: str) -> str:
    """What stands in a field."""
    found = page.html.xpath("//*[@name=$name]", name=name)[0]
    return str(found.text_content().strip() if found.tag == "textarea" else found.get("value"))


def wrong(page: Page) -> list[str]:
    """The fields that the summary names."""
    return [each.get("href").removeprefix("#") for each in page.html.xpath("//*[@id='wrong']//a")]


def exports(desk: Desk) -> set[tuple[str, str]]:
    """What the erasure will name."""
    with open_campaign(desk.folder, access="read", command="show") as opened:
        noted = opened.accounts.exports.of(opened.ledger.campaign_id)
    return {(each.kind, each.name) for each in noted}


# --- whoever else is at work ----------------------------------------------------------------------


def test_what_was_typed_is_not_lost_while_another_command_has_the_campaign(
    desk: Desk, today: Page
) -> None:
    page = today.at("log/1")
    with open_campaign(desk.folder, access="exclusive", command="send"):
        for form, typed in [
            (page, ("/answer", {"meaning": "no", "note": "a long talk", "day": ""})),
            (page, ("/never", {"reason": "asked by phone"})),
            (today.at("keeping"), ("keeping/never", {"whom": "Le Havre", "reason": "by phone"})),
        ]:
            way, fields = typed
            busy = form.submit(way, **fields)
            assert busy.status == 422
            assert {name: value(busy, name) for name in fields if name != "meaning"} == {
                name: words for name, words in fields.items() if name != "meaning"
            }
        upload = today.at("list").submit("list/upload", {"sheet": ("mairies.csv", CONTACT)})
        assert upload.status == 409
    assert "mairies.csv" in today.at("list").text  # the file waits
    assert desk.figures()["paper"]["suppressed"] == 0


def test_an_edit_is_kept_from_who_did_not_see_what_changed(desk: Desk, today: Page) -> None:
    (number,) = [n for n in range(1, 5) if "76351" in today.at(f"log/{n}").text]
    page = today.at(f"log/{number}")
    surname = page.html.xpath("//input[@value='Le Goff']/@name")[0]
    desk.ok("edit", "76351", "first_name=Zoé")
    stale = page.submit("/edit", **{surname: "Martin"})
    assert (stale.status, value(stale, surname)) == (409, "Martin")
    assert stale.submit("/edit").status == 200
    with open_campaign(desk.folder, access="read", command="show") as opened:
        found = opened.ledger.recipient("76351")
    assert found is not None
    assert (found.surname, "Zoé" in desk.ok("show", "76351").out) == ("Martin", True)


def test_a_form_about_another_recipient_than_the_number_has_now_does_nothing(
    desk: Desk, today: Page
) -> None:
    assert today.at("log/1").submit("/answer", key="76351", meaning="yes").status == 410
    assert "76351" not in desk.ok("log", "--answers", "--format", "csv").out


# --- the list -------------------------------------------------------------------------------------


def hand_over(page: Page, content: bytes) -> Page:
    return page.submit("list/upload", {"sheet": ("mairies.csv", content)})


def sheet(*rows: str, header: str = HEADER) -> bytes:
    return "\r\n".join([header, *rows, ""]).encode()


def test_what_was_typed_is_mended_and_shown_before_the_list_is_taken(
    desk: Desk, today: Page
) -> None:
    seen = hand_over(today.at("list"), b"Code INSEE;Courriel\n35238;a@example.org\n29019;b@x\n")
    shown = seen.submit("/take", cell_3_1="b@example.org")
    assert desk.figures()["recipients"] == 4
    shown.submit("/take")
    assert "b@example.org" in desk.ok("show", "29019").out


def test_names_of_people_who_were_written_to_need_a_yes_of_their_own(
    sent: Desk, today: Page
) -> None:
    seen = hand_over(today.at("list"), sheet(NICE.replace("ÇELIK", "MARTIN")))
    refused = seen.submit("/take")
    assert (refused.status, "Çelik" in sent.ok("show", "06088").out) == (422, True)
    refused.submit("/take", names=True)
    assert "Martin" in sent.ok("show", "06088").out


def test_who_may_have_a_letter_already_needs_a_yes_of_its_own(
    tmp_path: Path, capture_server: CaptureServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    desk = Desk(tmp_path / "members")
    desk.make(audience="people")
    header, anne = "N° adhérent;Nom;Prénom;E-mail", "MARTIN;Anne;anne@example.org"
    desk.ok("import", str(desk.sheet(f"A7;{anne}", header=header)))
    (desk.folder / LETTER).write_text("---\nsubject: Bonjour\n---\n\nBonjour,\n\nÀ vous.\n")
    desk.connect(capture_server)
    desk.ok("send", "--really", "--yes", "--untested")
    with here(desk.folder) as server:
        page = server.enter().at("list")
        refused = hand_over(page, sheet(f"B7;{anne}", header=header)).submit("/take")
        assert (refused.status, desk.figures()["recipients"]) == (422, 1)
        refused.submit("/take", names=True)
    assert desk.figures()["recipients"] == 2


def test_a_second_tab_and_a_list_imported_meanwhile_take_nothing_unseen(
    desk: Desk, today: Page
) -> None:
    first = hand_over(today.at("list"), CONTACT)
    second = first.client.get(first.url)
    third = first.submit("/columns", column_1="")
    late = second.submit("/columns", column_2="")
    assert late.html.xpath("//select[@name='column-1']/option[@selected]/@value") == [""]
    second.submit("/take")
    assert desk.figures()["recipients"] == 4
    header, *rows = CONTACT.decode().splitlines()
    desk.ok("import", str(desk.sheet(*rows, header=header)), "--keep", "Contact")
    assert third.submit("/take").url.startswith(first.url)
    assert desk.figures()["email"]["queued"] == 2


def test_a_file_that_is_put_away_is_gone_and_a_full_disk_is_told(
    desk: Desk, tmp_path: Path
) -> None:
    room = tmp_path / "room"
    room.mkdir()
    with serving(campaign=desk.folder, environ={"TMPDIR": str(room)}) as server:
        page = server.enter().at("list")
        large = CONTACT + f"29019;;{'X ' * 2000}Y\n".encode() * 400  # few rows: quick to read
        seen = hand_over(page, large)
        seen.submit("/drop")
        assert page.client.get(seen.url).status == 410
        room.rename(tmp_path / "gone")  # the system's folder takes nothing any more
        assert hand_over(page, large).status == 500
        assert hand_over(page.client.get(page.url), CONTACT).status == 200


# --- the letter and the settings ------------------------------------------------------------------


def test_a_letter_saved_untouched_keeps_every_byte_and_a_form_posted_twice_changes_once(
    desk: Desk, today: Page
) -> None:
    letter = desk.folder / LETTER
    odd = MODEL.replace(b"\n", b"\r\n") + b"{% if population %}\r\n\r\n> x\r\n{% endif %}\r\n\r\n"
    letter.write_bytes(odd)
    assert today.at("letter").submit("letter/save").status == 200
    assert letter.read_bytes() == odd
    letter.write_bytes(MODEL)
    page = today.at("letter")
    for _ in range(2):
        page.submit("letter/save", added="Une fois.")
    assert letter.read_bytes() == MODEL + b"\nUne fois.\n"


def test_a_letter_that_another_program_has_changed_is_not_overwritten(
    desk: Desk, today: Page
) -> None:
    letter, page = desk.folder / LETTER, today.at("letter")
    theirs = MODEL.replace(b"habitant", b"citoyen")
    letter.write_bytes(theirs)
    shown = page.submit("letter/save", block_12="La mienne.")
    assert (shown.status, letter.read_bytes()) == (409, theirs)
    assert "{{" not in shown.text
    shown.submit("letter/mine", words=value(shown, "was"))
    assert letter.read_bytes() == MODEL.replace(b"{{ signature }}", b"La mienne.")


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


def test_settings_that_an_editor_has_changed_are_not_overwritten(desk: Desk, today: Page) -> None:
    toml = desk.folder / "campaign.toml"
    settings, mailbox = today.at("settings"), today.at("mailbox")
    theirs = toml.read_text("utf-8").replace("per_lot = 250", "per_lot = 77") + "# mine\n"
    toml.write_text(theirs, "utf-8")
    for late in (
        page := settings.submit("/settings", **{"paper.per_lot": "99"}),
        mailbox.submit("mailbox/pace", **{"account.per_day": "7"}),
        mailbox.submit("/mailbox", **{"from": "g@gmail.com"}, provider="gmail"),
    ):
        assert (late.status, toml.read_text("utf-8")) == (409, theirs)
    assert page.submit("/settings").status == 200  # with both before one's eyes
    assert load(desk.folder).paper.per_lot == 99
    toml.write_text(theirs, "utf-8")
    assert page.submit("/settings").status == 200  # the same form once more
    assert toml.read_text("utf-8") == theirs


def test_a_disk_that_takes_nothing_is_told_and_the_form_keeps_what_was_typed(desk: Desk) -> None:
    """A limit on the size of files stands for the full disk: the server cannot write any more."""
    before = (desk.folder / "campaign.toml").read_text("utf-8")
    with serving(campaign=desk.folder) as server:
        page = server.enter().at("settings")
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (100, 100))
        page = page.submit("/settings", **{"paper.per_lot": "99"})
        assert (page.status, value(page, "paper.per_lot")) == (422, "99")
        page = page.submit("settings/file", text=before + "# mine\n")
        assert (page.status, wrong(page)) == (422, ["text"])
    assert (desk.folder / "campaign.toml").read_text("utf-8") == before


# --- paper ----------------------------------------------------------------------------------------


def lot(page: Page) -> Page:
    """The page of the first lot, once it is made."""
    page.at("paper").submit("paper/make")
    until(lambda: page.at("paper/1").status == 200)
    until(lambda: "/paper/job" not in page.at("paper").answer.text)
    return page.at("paper/1")


def test_an_envelope_that_was_taken_out_waits_again(desk: Desk, today: Page) -> None:
    page = lot(today)
    desk.ok("suppress", "Dinan", "--reason", "asked")
    page = page.client.get(page.url)
    unsure = page.submit("/mark", **{"except": True}, others="")
    refused = unsure.submit("/mark", others="Nowhere", sure=True)
    assert (unsure.status, refused.status, desk.figures()["paper"]["posted"]) == (422, 422, 0)
    refused.submit("/mark", **{"except": True}, others="", sure=True)
    figures = desk.figures()["paper"]
    assert (figures["posted"], figures["suppressed"]) == (1, 1)


def test_a_letter_changed_after_the_first_lot_is_asked_about(desk: Desk, today: Page) -> None:
    lot(today).submit("/mark", sure=True)
    letter = desk.folder / LETTER
    for words in ("\nOne line more.\n", "\nAnd one that nobody has agreed to.\n"):
        letter.write_text(letter.read_text("utf-8") + words, "utf-8")
        asked = today.at("paper").submit("paper/make", all=True)
        assert asked.status == 422
    asked.submit("paper/make", accept_edit=True)
    until(lambda: today.at("paper/2").status == 200)
    with open_campaign(desk.folder, access="read", command="log") as opened:
        (agreed,) = next(opened.ledger.commands.latest("print")).consents
    assert (agreed.code, list(agreed.facts["versions"])) == ("letter-changed", ["1"])


def test_nothing_is_served_through_a_link(desk: Desk, today: Page) -> None:
    lot(today)
    assert today.at("paper/1/lot.pdf").answer.content.startswith(b"%PDF")
    assert exports(desk) == {("lot", "lot-0001.pdf")}
    for target in ("outbox/lots/lot-0001.pdf", "outbox/lots"):
        at, moved = desk.folder / target, desk.folder.with_name(target.replace("/", "-"))
        at.rename(moved)
        at.symlink_to(moved)
        assert today.at("paper/1/lot.pdf").status == 409


def test_a_server_that_is_killed_stops_no_printing(desk: Desk) -> None:
    with serving(campaign=desk.folder) as server:
        server.enter().at("paper").submit("paper/make")
        server.process.kill()
    until(lambda: (seen := last_printing(desk.folder)) and seen.record.state is JobState.ENDED)
    assert desk.figures()["paper"]["made"] == 2


# --- what came back -------------------------------------------------------------------------------


def test_what_another_has_decided_or_sent_meanwhile_is_not_decided_again(
    tmp_path: Path, capture_server: CaptureServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    desk = campaign(Desk(tmp_path / "campaign"), capture_server)

    def decide(page: Page, said: str) -> Page:
        button = page.html.xpath("//button[substring-after(@value, ' ')=$said]", said=said)[0]
        group = page.url.rpartition("/")[2]
        return page.submit(f"returns/{group}", **{button.get("name"): button.get("value")})

    with here(desk.folder) as server:
        today = server.enter()
        one, two = today.at("returns/stops"), today.at("returns/stops")
        done = decide(one, "stop")
        assert "29019" in desk.ok("suppress").out
        decide(two, "stop")
        done.submit("stops/restore")
        assert "29019" not in desk.ok("suppress").out
        page = today.at("returns/doubts")
        with FileLocks(desk.folder).exclusive("import"):
            decide(page, "sent")
        doubt(desk, DOUBT, "2999-01-01T00:00:00.000000Z")  # it has left again since it was shown
        decide(page, "not-sent")
        assert desk.figures()["email"]["unknown"] == 1


# --- keeping and erasing --------------------------------------------------------------------------


def test_files_that_were_downloaded_are_named_before_the_erasure(sent: Desk, today: Page) -> None:
    archive = today.at("keeping").submit("keeping/backup")
    (backup,) = sent.folder.glob("outbox/backup/*.zip")
    assert "ledger.db" in ZipFile(io.BytesIO(archive.follow(backup.name).answer.content)).namelist()
    (number,) = [n for n in range(1, 5) if "06088" in today.at(f"log/{n}").text]
    for path in ("log/file/csv", "log/file/xlsx", f"log/{number}/mail/file"):
        answer = today.at(path).answer
        assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.content == show.message(sent.folder, "06088")
    kept = {("log", "log.csv"), ("log", "log.xlsx"), ("letter", f"letter-{number}.eml")}
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


def test_a_campaign_is_closed_and_adopted_by_another_user(
    desk: Desk, today: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = today.at("keeping").submit("keeping/close", typed_name="x")
    assert (refused.status, desk.run("print").code) == (422, 0)
    refused.submit("keeping/close", typed_name="campaign")
    assert desk.run("print").code == 3
    assert today.at("paper").submit("paper/make").status == 422
    (packed,) = desk.folder.glob("outbox/backup/*.zip")
    whole = io.BytesIO(packed.read_bytes())
    with ZipFile(whole, "a") as more:
        more.writestr("run.bat", b"x")
    home = tmp_path / "home of another"
    for name in ("HOME", "PUBLIPOSTAGE_HOME"):
        monkeypatch.setenv(name, str(home))
    with here() as server:
        first = server.enter()
        up = first.client.get(first.url + "take-up")
        bad = up.submit("take-up/upload", {"zip": ("x.zip", b"PK no")}, folder="theirs")
        assert (bad.status, (home / "theirs").exists()) == (422, False)
        taken = bad.submit("take-up/upload", {"zip": ("c.zip", whole.getvalue())})
        assert not (home / "theirs" / "run.bat").exists()
        taken = taken.submit("keeping/adopt")
        assert (taken.status, Desk(home / "theirs").run("print").code) == (422, 3)
        taken.submit("keeping/adopt", agree=True)
    Desk(home / "theirs").ok("print")


def test_a_closing_that_was_killed_is_gone_on_with_on_the_page(desk: Desk, today: Page) -> None:
    file = desk.folder / "outbox/backup/campaign-1.zip"
    file.parent.mkdir(parents=True)
    dies(desk, "merge.ledger.backup:_fill", "before", "backup", "--close", str(file), "--yes")
    today.at("keeping").submit("keeping/close", typed_name="campaign")
    packed = max(file.parent.glob("*.zip"), key=lambda each: each.stat().st_size)
    assert "ledger.db" in ZipFile(packed).namelist()
    assert desk.run("print").code == 3


# --- a new campaign -------------------------------------------------------------------------------


@pytest.fixture
def campaigns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DOCUMENTS_DIR", str(tmp_path / "Documents"))
    with here() as server:
        yield server.enter()


def test_a_campaign_is_made_without_a_terminal(campaigns: Page, tmp_path: Path) -> None:
    new = campaigns.client.get(campaigns.url + "new")
    made = new.submit(new.url.rpartition("/")[2], **ANSWERS)
    assert (made.status, made.url.endswith("/letter")) == (200, True)
    folder = tmp_path / "Documents" / "publipostage" / "pas-de-vsa"
    settings = load(folder)
    assert (settings.sender.place, settings.sender.signature) == ("Rennes", ("Collectif",))
    assert settings.sender.address == ("12 rue de la Paix", "35000 Rennes")
    assert folder.stat().st_mode & 0o077 == 0
    assert unfinished() == []


def test_what_can_be_no_folder_is_told_at_its_field(campaigns: Page, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "x").touch()
    (tmp_path / "file").touch()
    failures = []
    new = campaigns.client.get(campaigns.url + "new")
    for folder in ("a\nb", "~nobody-is-called-so/x", "x" * 300, "/proc/x/y", "file/below", "taken"):
        opened = campaigns.client.get(campaigns.url).submit("/open", folder=folder)
        data = {**ANSWERS, "once": value(new.client.get(new.url), "once"), "folder": folder}
        made = new.client.post(new.url, data)
        found = [(each.status, wrong(each)) for each in (opened, made)]
        failures += [(folder, found)] * (found != [(422, ["folder"])] * 2)
    assert failures == []


def test_a_copy_that_is_opened_is_told_as_one(campaigns: Page, tmp_path: Path) -> None:
    Desk(tmp_path / "one").make()
    shutil.copytree(tmp_path / "one", tmp_path / "copy")
    assert campaigns.submit("/open", folder="copy").status == 200
    links = campaigns.client.get(campaigns.url).html.xpath("//main//a/@href")
    assert [each for each in links if each.endswith("/keeping")]


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


def test_a_letter_to_oneself_leaves_once_and_counts(
    sent: Desk, today: Page, capture_server: CaptureServer
) -> None:
    before = len(capture_server.messages)
    page = today.at("check")
    for _ in range(2):
        done = page.submit("check/test", address="me@example.org")
    assert len(capture_server.messages) == before + 1
    assert value(done, "address") == "me@example.org"


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
