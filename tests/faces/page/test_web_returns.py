"""What came back, on the page: each mail, each decision, many at once, and what cannot be kept."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from merge.ledger.driver.locks import FileLocks
from tests.cameback import ANSWERS, BOUNCED, DOUBT, REFUSED, STOPS, campaign, doubt
from tests.desk import Desk
from tests.servers.capture import CaptureServer
from tests.servers.certificates import Authority
from tests.webserver import Page, serving

pytest_plugins = ["tests.servers.fixtures"]

ENVIRONMENT = {
    "PUBLIPOSTAGE_PASSWORD": "secret",
    "PUBLIPOSTAGE_LANG": "en",
    "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Desk:
    """One campaign for all of them: each test decides what no other does."""
    folder = tmp_path_factory.mktemp("returns")
    mailbox = folder / "captured"
    mailbox.mkdir()
    with (
        CaptureServer(folder=mailbox, authority=authority).running() as server,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name, value in {**ENVIRONMENT, "PUBLIPOSTAGE_HOME": str(folder / "home")}.items():
            patch.setenv(name, value)
        return campaign(Desk(folder / "campaign"), server)


@pytest.fixture
def desk(made: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("PUBLIPOSTAGE_HOME", str(made.folder.parent / "home"))
    return made


@pytest.fixture(scope="module")
def first(made: Desk) -> Iterator[Page]:
    with serving(made.folder.parent / "home", campaign=made.folder) as server:
        yield server.enter()


@pytest.fixture
def page(first: Page) -> Page:
    """The first of its pages about what came back."""
    return first.follow("Came back")


def group(page: Page, name: str) -> Page:
    return page.client.get(page.url.partition("/returns")[0] + f"/returns/{name}")


def test_everything_that_waits_is_named_with_the_way_to_it(page):
    for title in ("In doubt 1", "Ask for no more letters 1", "Whose mail is it? 2", "Answers 1",
                  "Refused because of you 1", "Letters that came back 1"):  # fmt: skip
        assert title in page.text
    assert page.follow("Begin with: In doubt").html.findtext(".//h1").strip() == "In doubt"


def test_a_mail_of_nobody_on_the_list_says_so_beside_what_was_typed(page):
    mail = group(page, "strangers").follow("Read mail")
    (other,) = (name for name in mail.form("It is theirs").fields if "other" in name)
    came = mail.press("It is theirs", None, **{other: "Nowhere"})
    assert came.title.startswith("Error:")
    assert "Nowhere" in came.text


def test_many_are_decided_at_once_and_each_says_whose_it_is(page, desk):
    strangers = group(page, "strangers")
    boxes = [each.get("value") for each in strangers.html.xpath("//input[@name='pick']")]
    done = strangers.press("It is theirs, all that are ticked", pick=boxes)
    assert "2 decided: It is theirs" in done.text
    assert "example.com" in desk.ok("show", "Metz").out
    assert "example.com" in desk.ok("show", "Le Havre").out


def test_a_stop_is_kept_and_undone(page, desk):
    done = group(page, "stops").press("Never write again")
    assert "1 decided: Never write again (Brest)." in done.text
    assert "ne plus nous écrire" in desk.ok("suppress").out
    undone = done.press("Undo")
    assert "Off the suppression list again: Brest." in undone.text
    assert STOPS in desk.ok("show", "Brest").out
    assert "ne plus nous écrire" not in desk.ok("suppress").out


def test_an_answer_is_noted_from_its_mail(page, desk):
    mail = group(page, "mail/1")
    assert "Nice" in mail.text
    done = mail.press("Yes", note="au conseil du 3")
    assert "1 decided: Yes (Nice)." in done.text
    assert "au conseil du 3" in desk.ok("show", ANSWERS).out


def test_letters_that_came_back_because_of_us_are_decided(page, desk):
    done = group(page, "refused").press("Leave it")
    assert "1 decided: Leave it (Lille)." in done.text
    assert "It stays as it is, you said." in desk.ok("show", REFUSED).out


def test_a_bounce_shows_what_the_server_said_and_its_mail(page):
    shown = group(page, "bounces")
    assert "5.1.1 no such user" in shown.text
    assert BOUNCED in shown.text
    assert "Rennes" in shown.follow("Another address").html.findtext(".//h1")
    assert (
        "rennes@example.org"
        in shown.follow("Read mail").client.get(shown.follow("Read mail").url + "/file").answer.text
    )


def test_a_mail_is_shown_in_a_frame_that_can_do_nothing(page):
    mail = group(page, "mail/1")
    (frame,) = mail.html.iter("iframe")
    assert frame.get("sandbox") == ""
    shown = mail.client.get(mail.url + "/frame")
    assert "Nous nous y engageons." in shown.html.xpath("string(//*[@lang='fr'])")
    assert "sandbox" in shown.answer.headers["content-security-policy"].split("; ")


def test_nothing_ticked_is_said_and_nothing_is_done(page, desk):
    wrong = group(page, "stops").press("Never write again, all that are ticked")
    assert wrong.status == 422
    assert wrong.title.startswith("Error:")
    assert "Tick what you have decided about" in wrong.text
    (link,) = wrong.html.xpath("//*[@id='wrong']//a")
    box = wrong.html.get_element_by_id(link.get("href")[1:])
    assert (box.get("type"), box.get("aria-invalid")) == ("checkbox", "true")
    assert "ne plus nous écrire" not in desk.ok("suppress").out


def test_a_word_on_an_old_doubt_is_told_to_decide_nothing_of_the_letter_since(page, desk):
    shown = group(page, "doubts")
    doubt(desk, DOUBT, "2999-01-01T00:00:00.000000Z")
    late = shown.press("Send it again, Y")
    assert "Y: not decided." in late.text
    assert "has left again since this page was shown" in late.text
    assert desk.figures()["email"]["unknown"] == 1


def test_while_another_command_has_the_campaign_nothing_is_lost_and_it_is_told(page, desk):
    doubts = group(page, "doubts")
    with FileLocks(desk.folder).exclusive("import"):
        left = doubts.press("It was sent, Y")
    assert "Y: not decided." in left.text
    assert left.title.startswith("Error:")
    assert desk.figures()["email"]["unknown"] == 1
    done = left.press("It was sent, Y")
    assert "1 decided: It was sent (Y)." in done.text
    assert "Nothing waits for you here." in done.text
    assert desk.figures()["email"]["unknown"] == 0


def test_what_was_decided_in_another_tab_meanwhile_is_told(page):
    one, two = group(page, "stops"), group(page, "stops")
    done = one.press("Never write again")
    assert "not decided." in two.press("Never write again").text
    done.press("Undo")


@pytest.mark.parametrize("name", ["nothing", "mail", "all%00", "doubts/../../x"])
def test_there_is_no_other_group(page, name):
    assert group(page, name).status == 404
