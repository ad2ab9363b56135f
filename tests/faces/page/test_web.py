"""The page's server: who gets in, what is done once, and how it ends."""

from __future__ import annotations

import hashlib
import re
import signal
from pathlib import Path

import pytest

from merge.app.opening import home
from merge.errors import Busy
from merge.web import server as server_room
from merge.web.exchange import language_of
from merge.web.instance import Address, Instance, folder_of_snap
from tests.desk import NICE, Desk
from tests.house import ROOT
from tests.servers.ports import PATIENCE_S
from tests.webserver import here, serving

WEB = ROOT / "merge/web"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    desk = Desk(tmp_path / "campaign")
    desk.make()
    desk.ok("import", str(desk.sheet(NICE)))
    return desk.folder


def test_a_second_start_opens_the_first_server(place):
    with serving(campaign=place) as first, serving() as second:
        assert second.process.wait(PATIENCE_S) == 0
        assert second.start.split("/start/")[0] == first.start.split("/start/")[0]
        assert first.enter(second.start).status == 200
        assert first.process.poll() is None


def test_a_start_beside_a_server_that_never_says_where_it_is_ends_with_that(tmp_path, monkeypatch):
    monkeypatch.setattr(server_room, "_FIRST_SAYS_WITHIN_S", 0.0)
    told: list[str] = []
    with Instance(home()).alone(), pytest.raises(Busy):
        server_room.serve(None, opens=False, say=told.append)
    assert not told


def test_a_signal_or_its_user_ends_it_and_leaves_no_way_in(tmp_path):
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, None):
        with serving(tmp_path) as server:
            page = server.enter()
            if number is None:
                page.submit("/end")
            else:
                server.process.send_signal(number)
            assert server.process.wait(PATIENCE_S) == 0
        assert [path.name for path in (tmp_path / "web").iterdir()] == ["locks"]


def test_a_page_that_is_not_there_leads_back_to_its_campaign(place):
    with here(place) as server:
        today = server.enter()
        lost = today.client.get(today.url.replace("/today", "/recipients/list/abcdefghijklmnop"))
        assert lost.status == 410
        (back,) = lost.html.xpath("//a/@href")
        assert today.url.endswith(back)
        assert not server.client().get(lost.url).html.xpath("//a")  # a stranger learns of none


def test_a_token_with_a_path_in_it_is_none(tmp_path):
    instance = Instance(tmp_path)
    (tmp_path / "token-xxxxxxxxxxxx").write_text('{"campaign": ""}')
    for token in ("/../../token-xxxxxxxxxxxx", "../token-xxxxxxxxxxxx", ""):
        assert not instance.is_good(token)
        with pytest.raises(KeyError):
            instance.spend(token)


def test_a_browser_that_is_a_snap_gets_the_file_where_it_may_read(tmp_path):
    common = tmp_path / "snap/firefox/common"
    common.mkdir(parents=True)
    assert folder_of_snap("firefox_firefox.desktop", tmp_path) == common
    assert folder_of_snap("firefox.desktop", tmp_path) is None
    assert folder_of_snap("../x_y.desktop", tmp_path) is None
    assert folder_of_snap("", tmp_path) is None
    instance = Instance(tmp_path)
    token = instance.token(None)
    file = instance.start_file(Address(port=4711, root="/x/"), token, "fr", common)
    with instance.alone():  # what a server that was killed has left
        assert not file.exists()


def test_the_page_speaks_as_the_browser_asks():
    asked = {
        **{"": "fr", "fr-FR,fr;q=0.9,en;q=0.8": "fr", "en-GB,en;q=0.9,fr;q=0.5": "en"},
        **{"fr;q=0.8, en": "en", "de,en;q=0.5": "en", "*": "fr", "x;q=y": "fr"},
    }
    assert {accepted: language_of(accepted) for accepted in asked} == asked


def test_templates_have_nothing_that_the_policy_forbids():
    for path in sorted((WEB / "templates").glob("*.html")):
        source = path.read_text(encoding="utf-8")
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|https?://", source), path
        assert not re.search(r"<script(?![^>]* src=)", source), path
        for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", source, re.DOTALL):
            if 'url("start"' not in form:  # it has a token
                assert 'name="once"' in form or "form_id()" in form, (path, form)


def test_vendored_files_are_what_they_say():
    table = (WEB / "static/VENDORED.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\S+) \|.*\| ([0-9a-f]{64}) \|$", table, re.MULTILINE)
    assert "htmx.min.js" in dict(rows)
    for name, digest in rows:
        content = (WEB / "static" / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == digest, name
