"""The log and one recipient in a browser: by keyboard, and with a stranger's mail."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from merge.app.opening import open_campaign
from merge.mail.message import message_digest
from tests import mails
from tests.browser import open_all, person
from tests.desk import HAVRE, NICE, Desk, Y, a_user
from tests.servers.capture import CaptureServer
from tests.servers.certificates import Authority
from tests.webserver import Server, serving

LOUD = """<p>Oui.</p><script>document.title = "ran"; fetch("/x")</script>
<img src="http://127.0.0.1:9/pixel.gif"><link rel=stylesheet href="http://127.0.0.1:9/x.css">
<form action="http://127.0.0.1:9/"><button>Send</button></form>
<meta http-equiv=refresh content="0; url=http://127.0.0.1:9/">"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("records")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in a_user(folder).items():
            patch.setenv(name, value)
        desk = Desk(folder / "campaign")
        desk.make()
        others = [f"{code};;;;;x{code}@example.org;;;" for code in ("01001", "02001", "03001")]
        desk.run("import", str(desk.sheet(NICE, HAVRE, Y, *others)))
        post = folder / "post"
        post.mkdir()
        capture = CaptureServer(folder=post, authority=Authority.in_folder(post))
        with capture.running():
            desk.connect(capture)
            desk.ok("send", "--really", "--yes", "--untested")
        with open_campaign(desk.folder, access="read", command="show") as campaign:
            refers = f"<{message_digest(campaign.ledger.campaign_id, '06088', 1)}@example.org>"
        received = folder / "mails"
        received.mkdir()
        answer = mails.answer(refers=refers, own_id="<1@example.com>", body=LOUD)
        html = answer.replace(b"Content-Type: text/plain", b"Content-Type: text/html")
        (received / "1.eml").write_bytes(html)
        desk.ok("replies", "--from", str(received))
        desk.ok("answer", "80829", "yes", "--by", "phone", "--note", "à la mairie")
        with serving(campaign=desk.folder) as served:
            yield served


def go(page: Page, words: str) -> None:
    with page.expect_navigation():  # until its scripts are there too
        page.get_by_role("link", name=words, exact=True).first.click()


def test_who_types_keeps_the_caret_and_hears_how_many_there_are(
    server: Server, browser: Browser
) -> None:
    with person(browser, server.token()) as page:
        go(page, "Registre")
        page.keyboard.press("Tab")  # past the link to the content
        field = page.locator("#words")
        field.focus()
        page.keyboard.type("hav")
        expect(page.locator("#lines th[scope=row]")).to_have_count(1)
        expect(page.locator("#live")).to_have_text("1 destinataire")
        page.keyboard.type("re")
        expect(page.locator("#lines th[scope=row] a")).to_have_text("Le Havre")
        assert page.evaluate("document.activeElement.id") == "words"
        assert field.input_value() == "havre"
        assert page.evaluate("document.activeElement.selectionStart") == 5
        assert "havre" not in page.url
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.press("Delete")
        expect(page.locator("#lines th[scope=row]")).to_have_count(6)


def test_an_answer_is_written_down_with_the_keyboard_alone(
    server: Server, browser: Browser
) -> None:
    with person(browser, server.token()) as page:
        go(page, "Registre")
        page.get_by_role("link", name="Le Havre").focus()
        page.keyboard.press("Enter")
        page.get_by_text("Noter une réponse", exact=True).last.focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.press("ArrowDown")  # the second of them
        page.get_by_role("button", name="Noter", exact=True).focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("status").first).to_contain_text("La réponse est notée")
        expect(page.locator("main")).to_contain_text("non")


def test_a_strangers_mail_runs_asks_and_loads_nothing(server: Server, browser: Browser) -> None:
    with person(browser, server.token()) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        go(page, "Registre")
        go(page, "Nice")
        open_all(page)
        frame = page.frame_locator("iframe[src*='/reply/']")
        expect(frame.locator("body")).to_contain_text("Oui.")
        expect(frame.locator("body")).to_contain_text("1 image extérieure")
        assert frame.locator("form, script, link, img").count() == 0
        assert page.title().startswith("Destinataire nº 1")
        origin = page.url.partition("/c/")[0]
        assert all(url.startswith(origin) for url in asked)
        expect(page.frame_locator("iframe.letter >> nth=0").locator("body")).to_contain_text("Nice")
